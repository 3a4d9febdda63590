"""Goods, destinations, parties and red flags of whole files, through the pipeline."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from screening.decisions import Decisions
from screening.decisions.record import decide, exclude
from screening.errors import ListError
from screening.goods.rules import FLAGS, Book
from screening.intake import open_table
from screening.lists import load_watchlists
from screening.model import Detail, Entity, Hit, Identifier, ListInfo, Run
from screening.pipeline import NO_DECISIONS, Screener, screen
from screening.reports import renderer
from screening.settings import DEFAULT, RedFlags, Settings

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEADER = "id,name,country,hs_code,eccn,goods_description,destination,end_use"
CHPL, REPORTED, FLAGGED = "goods-high-priority", "goods-ft-2024-04-russia-supply", "red-flags"


@cache
def screener(settings: Settings = DEFAULT, lists: tuple[str, ...] = ()) -> Screener:
    return Screener(load_watchlists(lists), settings)


def run(
    folder: Path,
    rows: Sequence[str],
    settings: Settings = DEFAULT,
    lists: tuple[str, ...] = (),
    decisions: Decisions = NO_DECISIONS,
    header: str = HEADER,
    workers: int = 1,
) -> Run:
    path = folder / "rows.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    table = open_table(path, batch_rows=2 if workers > 1 else 20_000)
    return screen(table, screener(settings, lists), clock=lambda: NOW, decisions=decisions, workers=workers)


def row(
    name: str = "Quiet Meadow Trading", country: str = "", hs: str = "", eccn: str = "", goods: str = "",
    to: str = "", use: str = "",
) -> str:  # fmt: skip
    cells = io.StringIO()
    csv.writer(cells).writerow(["r1", name, country, hs, eccn, goods, to, use])
    return cells.getvalue().strip()


def hits(found: Run, *lists: str) -> list[tuple[str, str, str]]:
    return [
        (hit.list.id, hit.entity.id, hit.status) for hit in found.hits if not lists or hit.list.id in lists
    ]


def best(found: Run) -> float:
    return max((hit.score for hit in found.hits), default=0.0)


def rules(hit: Hit) -> list[str]:
    return [step.relation for step in hit.explanation if step.kind == "rule"]


FOUND = [
    (row(hs="8542310000", to="RU"), "hs-854231", "match"),
    (row(hs="8542.31", to="Russian Federation"), "hs-854231", "match"),
    (row(hs="8542.31", to="россия"), "hs-854231", "match"),
    (row(hs="8542.31", country="BY"), "hs-854231", "match"),  # no destination: the party's country counts
    (row(hs="8457 10 90", to="Sevastopol, Ukraine"), "hs-845710", "match"),
    (row(hs="854231", to="KZ"), "hs-854231", "review"),
    (row(hs="854231", to="DE"), "hs-854231", "review"),
    (row(hs="854231"), "hs-854231", "review"),
    (row(hs="8542", to="RU"), "hs-854231", "review"),
    (row(eccn="3a001.a.7", to="KZ"), "hs-854129", "review"),
    (row(goods="CNC milling machines, 5 axis", to="RU"), "hs-845961", "review"),
    (row(goods="电子集成电路 100个", to="RU"), "hs-854231", "match"),
    (row(goods="шарикоподшипники", to="RU"), "hs-848210", "review"),
    (row(goods="oscilloscope"), "hs-903020", "review"),
]


@pytest.mark.parametrize(("line", "entity", "status"), FOUND)
def test_goods_are_found_by_code_number_and_words(
    tmp_path: Path, line: str, entity: str, status: str
) -> None:
    found = hits(run(tmp_path, [line]), CHPL)
    assert len(found) == 1
    also = [
        step.text for hit in run(tmp_path, [line]).hits for step in hit.explanation if step.relation == "also"
    ]
    assert found[0][1] == entity or any(entity in text for text in also)
    assert found[0][2] == status


@pytest.mark.parametrize(
    "line",
    [
        row(hs="8542"),
        row(hs="8542", to="DE"),
        row(hs="0101.21", to="RU"),
        row(hs="8542.90", to="RU"),
        row(goods="potato chips", to="RU"),
        row(goods="oranges", to="RU"),
        row(goods="oscilloscope", to="DE"),
        row(eccn="EAR99", to="RU"),
        row(to="RU"),
        row(country="RU"),
        row(use="civil use in hospitals, non-military", to="RU"),
        row(),
    ],
)
def test_what_is_no_hit(tmp_path: Path, line: str) -> None:
    assert hits(run(tmp_path, [line])) == []


def test_a_party_and_goods_rank_above_either_alone(tmp_path: Path) -> None:
    party = "Hikvison Digital Technology"
    goods = {"hs": "8525.89", "to": "KZ", "country": "KZ"}
    alone = run(tmp_path, [row(name=party, country="KZ")])
    only_goods = run(tmp_path, [row(**goods)])
    both = run(tmp_path, [row(name=party, **goods)])
    assert 0 < best(alone) < 100
    assert best(both) > max(best(alone), best(only_goods))
    scores = {hit.list.id: hit.score for hit in both.hits}
    assert scores[CHPL] > {hit.list.id: hit.score for hit in only_goods.hits}[CHPL]
    assert all("party-and-goods" in rules(hit) for hit in both.hits)


def test_the_order_of_gravity(tmp_path: Path) -> None:
    lines = [
        row(name="Hikvision", hs="854231", to="RU"),
        row(hs="854231", to="RU"),
        row(hs="845710", to="RU"),  # a lower tier
        row(hs="854231", to="KZ"),
        row(hs="854231"),
        row(hs="854231", to="DE"),
        row(goods="integrated circuits", to="DE"),
    ]
    scores = [
        best(run(tmp_path, [line], lists=(CHPL, "destinations", "ft-2024-04-russia-supply")))
        for line in lines
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_the_explanation_adds_up_and_names_its_sources(tmp_path: Path) -> None:
    found = run(tmp_path, [row(country="DE", hs="8542.31.0000", to="RU", use="army")])
    hit = next(hit for hit in found.hits if hit.list.id == CHPL)
    first = hit.explanation[0]
    assert (first.left, first.right, first.relation) == ("8542310000", "8542.31", "national line of")
    effects = sum(step.effect for step in hit.explanation if step.kind == "rule")
    assert hit.score == pytest.approx(DEFAULT.goods.code + effects, abs=0.3)
    text = " ".join(step.text for step in hit.explanation)
    assert "15 CFR 746.8" in text
    assert "15 CFR 744.21" in text
    assert "Supplement No. 3 to 15 CFR part 732" in text


FLAG_ROWS = {
    "military-end-use": row(hs="854231", use="for the ministry of defence", to="KZ", country="KZ"),
    "destination-mismatch": row(hs="854231", to="KZ", country="GE"),
    "free-zone": row(name="Quiet Meadow FZCO", hs="854231", to="KZ", country="KZ"),
    "freight-forwarder": row(name="Quiet Meadow Logistics", hs="854231", to="KZ", country="KZ"),
}


@pytest.mark.parametrize("flag", sorted(FLAG_ROWS))
def test_each_red_flag_raises_and_can_be_switched_off(tmp_path: Path, flag: str) -> None:
    found = run(tmp_path, [FLAG_ROWS[flag]])
    off = msgspec.structs.replace(
        DEFAULT, red_flags=msgspec.structs.replace(RedFlags(), **{flag.replace("-", "_"): False})
    )
    without = run(tmp_path, [FLAG_ROWS[flag]], settings=off)
    assert [name for name in rules(found.hits[0]) if name.startswith("red-flag")] == [f"red-flag-{flag}"]
    assert not any(name.startswith("red-flag") for hit in without.hits for name in rules(hit))
    assert best(without) < best(found)


def test_every_red_flag_has_a_setting_and_a_source() -> None:
    entities = {entity.id: entity for entity in load_watchlists([FLAGGED])[0].entities}
    assert set(entities) == set(FLAGS)
    assert {name.replace("_", "-") for name in RedFlags.__struct_fields__} == set(FLAGS)
    assert all(entity.listings for entity in entities.values())


@pytest.mark.parametrize(
    ("to", "status"), [("RU", "match"), ("CN", "review"), ("DE", "review"), ("", "review")]
)
def test_a_military_end_use_is_a_hit_of_its_own(tmp_path: Path, to: str, status: str) -> None:
    found = run(tmp_path, [row(goods="boots", use="supply to the army", to=to)])
    assert hits(found) == [(FLAGGED, "military-end-use", status)]


def test_every_destination_has_a_source() -> None:
    for entity in load_watchlists(["destinations"])[0].entities:
        assert entity.listings
        if "diversion-risk" in (item.value for item in entity.details):
            assert all(listing.from_ for listing in entity.listings)


def test_a_destination_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        "id: own\ntitle: Own\nkind: internal\npublisher: us\nas_of: 2026-01-01\nentities:\n"
        "  - id: fr\n    type: destination\n    name: France\n    countries: [FR]\n"
        "    details:\n      - {label: risk, value: sanctioned}\n"
    )
    found = run(tmp_path, [row(hs="854231", to="FR")], lists=(CHPL, str(own)))
    assert hits(found) == [(CHPL, "hs-854231", "match")]


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        (Entity(id="a", type="destination", name="A"), "risk"),
        (Entity(id="a", type="destination", name="A", details=(Detail(label="risk", value="high"),)), "risk"),
        (Entity(id="nonsense", type="red-flag", name="A"), "no rule has this id"),
        (Entity(id="free-zone", type="red-flag", name="A"), "source"),
        (
            Entity(id="a", type="goods", name="A", identifiers=(Identifier(scheme="hs", value="85"),)),
            "HS code",
        ),
        (
            Entity(id="a", type="goods", name="A", identifiers=(Identifier(scheme="eccn", value="X1"),)),
            "ECCN",
        ),
    ],
)
def test_a_wrong_entry_is_an_error(entity: Entity, said: str) -> None:
    info = ListInfo(
        id="own",
        title="Own",
        kind="internal",
        publisher="us",
        as_of="2026-01-01",
        sha256="0" * 64,
        accepted=1,
    )
    with pytest.raises(ListError, match=said) as caught:
        Book([(entity, info)], DEFAULT)
    assert "own, " in str(caught.value)


def test_names_of_goods_are_no_names_of_parties(tmp_path: Path) -> None:
    found = run(tmp_path, ["satellite imagery", "nitrocellulose", "Russia", "free zone"], header="name")
    assert hits(found) == []


def test_without_goods_columns_the_lists_of_goods_are_not_named(tmp_path: Path) -> None:
    plain = run(tmp_path, ["Hikvision"], header="name")
    assert [info.id for info in plain.manifest.lists] == ["ft-2024-04-russia-supply", "listed-affiliates"]
    goods = run(tmp_path, [row(hs="854231")])
    assert {CHPL, "destinations", FLAGGED} <= {info.id for info in goods.manifest.lists}


def test_goods_without_a_list_of_goods_are_said(tmp_path: Path) -> None:
    found = run(tmp_path, [row(hs="854231", to="RU")], lists=("ft-2024-04-russia-supply",))
    assert found.hits == ()
    assert any("no list of goods" in text for text in found.manifest.warnings)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    found = run(tmp_path, [row(hs="8.5E+09"), row(eccn="??"), row(hs="854231", to="Atlantis")])
    assert any(text.startswith("2 rows have goods codes") for text in found.manifest.warnings)
    assert any(text.startswith("1 row has a destination") for text in found.manifest.warnings)


def test_a_row_without_a_name_stays_unscreened_and_says_so_of_its_goods(tmp_path: Path) -> None:
    found = run(tmp_path, [row(name="", hs="854231", to="RU"), row(name="", hs="0101.21", to="RU")])
    assert found.manifest.counts.unscreened == 2
    first, second = found.outcomes
    assert "hs-854231" in first.reason
    assert "goods" not in second.reason


def test_every_row_is_accounted_for_and_every_report_copes(tmp_path: Path) -> None:
    lines = [
        *FLAG_ROWS.values(),
        *(line for line, _, _ in FOUND),
        row(),
        row(name=""),
        row(name="Hikvision", hs="854231"),
    ]
    found = run(tmp_path, lines)
    counts = found.manifest.counts
    assert counts.read == len(lines)
    assert counts.read == counts.clear + counts.review + counts.match + counts.cleared + counts.unscreened
    for ending in ("csv", "xlsx", "json", "jsonl", "html", "sarif", "xml", "md"):
        content = renderer(tmp_path / f"out.{ending}")(found)
        assert content == renderer(tmp_path / f"out.{ending}")(found)
        if ending not in ("xlsx",):
            assert b"hs-854231" in content
    assert json.loads(renderer(tmp_path / "o.json")(found))


def test_the_result_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    lines = [line for line, _, _ in FOUND]
    assert run(tmp_path, lines).hits == run(tmp_path, lines, workers=2).hits


def test_a_decision_holds_for_the_same_delivery_only(tmp_path: Path) -> None:
    hit = next(h for h in run(tmp_path, [row(hs="854231", to="DE")]).hits if h.list.id == CHPL)
    made = Decisions(
        entries=(decide(hit, "false-positive", reason="licence", by="me", decided_on="2026-01-01"),)
    )
    assert hits(run(tmp_path, [row(hs="854231", to="DE")], decisions=made), CHPL) == [
        (CHPL, "hs-854231", "cleared")
    ]
    assert hits(run(tmp_path, [row(hs="854231", to="RU")], decisions=made), CHPL) == [
        (CHPL, "hs-854231", "match")
    ]


def test_an_excluded_name_does_not_clear_goods(tmp_path: Path) -> None:
    made = Decisions(
        entries=(exclude("Quiet Meadow Trading", reason="our own", by="me", decided_on="2026-01-01"),)
    )
    found = run(tmp_path, [row(hs="854231", to="RU")], decisions=made)
    assert hits(found, CHPL) == [(CHPL, "hs-854231", "match")]


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=12)] * 5), max_size=4))
def test_no_cells_break_a_run(tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, ...]]) -> None:
    folder = tmp_path_factory.mktemp("rows")
    path = folder / "rows.jsonl"
    keys = ("hs_code", "eccn", "goods_description", "destination", "end_use")
    path.write_text(
        "".join(json.dumps({"name": "Quiet Meadow", **dict(zip(keys, c, strict=True))}) + "\n" for c in cells)
        or json.dumps({"name": "Quiet", "hs_code": ""}) + "\n"
    )
    found = screen(open_table(path), screener(), clock=lambda: NOW)
    counts = found.manifest.counts
    assert counts.read == max(1, len(cells)) == counts.clear + counts.review + counts.match
