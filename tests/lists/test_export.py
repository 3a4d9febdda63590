"""What is exported reads back as the same list, and other systems can read it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.errors import ListError, UsageError
from screening.lists.export import render
from screening.lists.formats import read_list, recognise
from screening.lists.imports import read_any
from screening.model import Detail, Entity, Evidence, Name, Relation, Watchlist

from .made import COMPANY, PARTIES, PERSON, SHIP, made_list, numbered

WHOLE = [".yml", ".jsonl", ".csv"]
# What our readers of official lists accept: text on one line or several, without control characters.
texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"), min_size=1, max_size=40
).filter(lambda text: bool(text.strip()))
# A watchlist in YAML refuses a name in which there is nothing to compare.
names = texts.filter(lambda text: any(map(str.isalnum, text)))


def written(folder: Path, watchlist: Watchlist, ending: str) -> Path:
    path = folder / f"exported{ending}"
    path.write_bytes(render(watchlist, ending))
    return path


@pytest.mark.parametrize("ending", WHOLE)
def test_every_field_comes_back(tmp_path: Path, ending: str) -> None:
    watchlist = made_list(*PARTIES)
    found = read_any(written(tmp_path, watchlist, ending))
    assert found.entities == PARTIES
    assert (found.info.id, found.info.title, found.info.kind, found.info.publisher, found.info.as_of) == (
        "test-list",
        "Test list",
        "sanctions",
        "Nobody",
        "2026-02-27",
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, alias=names, note=texts, passage=texts, person=st.booleans())
@pytest.mark.parametrize("ending", WHOLE)
def test_any_text_comes_back(
    tmp_path: Path, ending: str, name: str, alias: str, note: str, passage: str, person: bool
) -> None:
    entity = Entity(
        id="1",
        type="person" if person else "organization",
        name=name,
        names=(Name(value=alias, note=note),),
        evidence=(Evidence(document="test-list", passage=passage, locator=note, stance="lists"),),
    )
    assert read_any(written(tmp_path, made_list(entity), ending)).entities == (entity,)


WORDS = [
    "NO",
    "null",
    "~",
    "yes",
    "1e3",
    "0123",
    "2024-05-01",
    "- x",
    "a: b",
    "# c",
    "'q'",
    '"',
    "\\",
    "a\u2028b",
    "\ufeffx",
    "&a",
    "*a",
    "!t",
    "%",
    "@",
    "`",
    "x ",
    " x",
    "0x1F",
    "é",
    "{}",
    "[",
    "|",
    ">",
]


@pytest.mark.parametrize("word", WORDS)
def test_words_that_yaml_takes_for_something_else(tmp_path: Path, word: str) -> None:
    entity = Entity(id="1", type="person", name="A", details=(Detail(label="title", value=word),))
    path = written(tmp_path, made_list(entity), ".yml")
    assert read_any(path).entities == (entity,)
    # Another program's YAML reader sees the same text.
    assert yaml.safe_load(path.read_text("utf-8"))["entities"][0]["details"][0]["value"] == word


def test_control_characters_are_refused_in_yaml_and_carried_by_the_others(tmp_path: Path) -> None:
    watchlist = made_list(Entity(id="1", type="person", name="A\x1b[31m\x00"))
    with pytest.raises(ListError, match="control characters"):
        render(watchlist, ".yml")
    for ending in (".jsonl", ".csv"):
        assert read_any(written(tmp_path, watchlist, ending)).entities == watchlist.entities


@pytest.mark.shared
@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize(
    "name",
    ["ofac-sdn", "ofac-consolidated", "un-sc/consolidated.xml", "us-csl/consolidated.csv", "bis-dpl/dpl.txt"],
)
def test_official_lists_come_back(shared: Path, tmp_path: Path, name: str, ending: str) -> None:
    watchlist = read_list(shared / "data/lists" / name, as_of="2026-02-27")
    found = read_any(written(tmp_path, watchlist, ending))
    assert found.entities == watchlist.entities
    assert found.info.kind == watchlist.info.kind


def test_the_same_list_gives_the_same_bytes() -> None:
    for ending in (".yml", ".csv", ".jsonl"):
        assert render(made_list(*PARTIES), ending) == render(made_list(*PARTIES), ending)


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(UsageError, match=r"cannot be exported as '\.xlsx'"):
        render(made_list(PERSON), ".xlsx")


# --- CSV --------------------------------------------------------------------------------------------


def test_csv_is_a_table_that_our_own_reader_takes(tmp_path: Path) -> None:
    path = written(tmp_path, made_list(*PARTIES), ".csv")
    [row, *_] = csv.DictReader(io.StringIO(path.read_text("utf-8")))
    assert row["aliases"] == "Вадим Орлов-Тест"
    assert row["weak_aliases"] == "The Miller"
    assert row["former_names"] == "Vadim Petrov"
    assert row["identifiers"] == "passport 751234567; inn 7707083893"
    assert row["from"] == "2022-03-01"
    # Without its last column it is a table like any other.
    with path.open(encoding="utf-8", newline="") as file:
        table = [row[:-1] for row in csv.reader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    assert recognise(path).name == "own-csv"
    found = read_list(path)
    assert [(e.id, e.type, e.name, e.countries, e.birth_dates) for e in found.entities] == [
        (e.id, e.type, e.name, e.countries, e.birth_dates) for e in PARTIES
    ]
    assert {(n.value, n.quality, n.former) for n in found.entities[0].names} == {
        (n.value, n.quality, n.former) for n in PERSON.names
    }


def test_a_changed_cell_of_an_exported_table_is_not_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, made_list(*PARTIES), ".csv")
    text = path.read_text("utf-8")
    path.write_text(text.replace("1003,vessel,INVENTED STAR", "1003,vessel,RENAMED STAR"), "utf-8")
    found = read_list(path)
    assert [entity.id for entity in found.entities] == ["1001", "1002", "1004"]
    [rejected] = found.rejected
    assert (rejected.where, "cell name was changed" in rejected.reason) == ("exported.csv, line 4", True)


def test_a_table_exported_and_cut_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path, made_list(*numbered(5)), ".csv")
    kept = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(kept[:-1]))
    with pytest.raises(ListError, match="declares 5 records and has 4"):
        read_list(path)
    path.write_bytes(b"".join(kept)[:-30])
    with pytest.raises(ListError, match="cut off"):
        read_list(path)


def test_csv_runs_no_formula() -> None:
    hostile = Entity(id="@x", type="person", name="=HYPERLINK(1)", countries=("RU",))
    [row] = csv.DictReader(io.StringIO(render(made_list(hostile), ".csv").decode()))
    assert (row["id"], row["name"]) == ("'@x", "'=HYPERLINK(1)")


# --- FollowTheMoney ---------------------------------------------------------------------------------


def lines(watchlist: Watchlist) -> list[dict[str, object]]:
    return [json.loads(line) for line in render(watchlist, ".jsonl").decode().splitlines()]


def test_ftm_for_other_systems() -> None:
    found = lines(made_list(*PARTIES))
    parties = {line["id"]: line for line in found if line["target"]}
    assert {key: line["schema"] for key, line in parties.items()} == {
        "test-list-1001": "Person",
        # Owned by a party of the list, and so a company.
        "test-list-1002": "Company",
        "test-list-1003": "Vessel",
        "test-list-1004": "Airplane",
    }
    person = parties["test-list-1001"]["properties"]
    assert person["weakAlias"] == ["The Miller"]
    assert person["previousName"] == ["Vadim Petrov"]
    assert person["passportNumber"] == ["751234567"]
    assert person["innCode"] == ["7707083893"]
    assert person["topics"] == ["sanction"]
    assert person["country"] == ["ru"]
    assert "DOB May 1962; POB Tver." in person["notes"]
    assert parties["test-list-1003"]["properties"]["imoNumber"] == ["9074729"]
    [owned] = [line["properties"] for line in found if line["schema"] == "Ownership"]
    assert owned == {
        "owner": ["test-list-1001"],
        "asset": ["test-list-1002"],
        "percentage": ["60"],
        "role": ["owner of"],
    }
    sanctions = [line["properties"] for line in found if line["schema"] == "Sanction"]
    assert sanctions[0]["entity"] == ["test-list-1001"]
    assert (sanctions[1]["startDate"], sanctions[1]["endDate"]) == (["2022"], ["2026-01-31"])


def test_ftm_names_every_party_that_a_line_refers_to_and_each_id_once() -> None:
    found = lines(made_list(*PARTIES))
    ids = [line["id"] for line in found]
    assert len(set(ids)) == len(ids)
    ends = {"entity", "owner", "asset", "subject", "object", "person", "relative", "director", "organization"}
    referred = {id for line in found for key in ends for id in line["properties"].get(key, [])}
    assert referred <= set(ids)


def test_an_allegation_is_no_sanction_in_ftm() -> None:
    watchlist = made_list(SHIP)
    reported = msgspec.structs.replace(
        watchlist, info=msgspec.structs.replace(watchlist.info, kind="adverse-media")
    )
    [line] = lines(reported)
    assert "topics" not in line["properties"]


@pytest.mark.parametrize(
    ("words", "other", "schema"),
    [
        ("owner of", COMPANY, "Ownership"),
        ("owner of", SHIP, "Ownership"),
        ("owned by", COMPANY, "UnknownLink"),
        ("director of", COMPANY, "Directorship"),
        ("brother of", PERSON, "Family"),
        ("brother of", COMPANY, "UnknownLink"),
        ("linked to", COMPANY, "UnknownLink"),
        ("owner of", None, "Ownership"),
    ],
)
def test_a_relation_becomes_what_ftm_has_for_it(words: str, other: Entity | None, schema: str) -> None:
    relation = Relation(relation=words, entity=other.id if other else None, name="Somebody")
    someone = Entity(id="1", type="person", name="A", related=(relation,))
    found = lines(made_list(someone, *([msgspec.structs.replace(other, related=())] if other else [])))
    [link] = [
        line["schema"]
        for line in found
        if line["schema"] not in ("Person", "Company", "Organization", "Vessel", "Sanction")
    ]
    assert link == schema


def test_parties_only_named_are_no_targets(tmp_path: Path) -> None:
    found = [line for line in lines(made_list(PERSON)) if line["schema"] in ("Company", "LegalEntity")]
    assert [(line["caption"], line["target"]) for line in found] == [("1002", False), ("A. Orlov", False)]
    assert len(read_list(written(tmp_path, made_list(PERSON), ".jsonl")).entities) == 1


def test_a_cut_export_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path, made_list(*numbered(5)), ".jsonl")
    kept = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(kept[:-1]))
    with pytest.raises(ListError, match="declares 5 records and has 4"):
        read_list(path)
    path.write_bytes(b"".join(kept)[:-30])
    with pytest.raises(ListError):
        read_list(path)


def test_a_party_without_its_record_is_rejected_with_the_reason(tmp_path: Path) -> None:
    path = written(tmp_path, made_list(*numbered(3)), ".jsonl")
    first, second, third = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(first + second.replace('"entity":{"id":"1"', '"entity":{"nr":"1"') + third, "utf-8")
    assert recognise(path).name == "exported-json"
    found = read_list(path)
    assert [entity.id for entity in found.entities] == ["0", "2"]
    [rejected] = found.rejected
    assert "carries no record of this program" in rejected.reason


def test_a_party_of_another_list_is_rejected(tmp_path: Path) -> None:
    one = render(made_list(*numbered(1)), ".jsonl")
    other = render(made_list(*numbered(1, start=1), list_id="other"), ".jsonl")
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(one + other)
    with pytest.raises(ListError, match="declares 1 records and has 2"):
        read_list(path)
