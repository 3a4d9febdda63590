"""The lists and source records that come with the program: what they say, and that an installed copy has them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from screening.lists import builtin, load_watchlists, seeds, verify
from screening.lists.curated import read_curated
from screening.lists.schema import seed_schema, watchlist_schema
from screening.lists.strict_yaml import Node, Reader, parse
from screening.lists.verify import name_problems
from screening.model import NO_PARTY, Entity, Listing, Watchlist

LISTS = builtin.yaml_files(builtin.folder("watchlists"))
SEEDS = seeds.builtin_files()
REPORT = "ft-2024-04-russia-supply"
REPORT_DAY = "2024-04-12"


@pytest.fixture(scope="module")
def report() -> Watchlist:
    return load_watchlists([REPORT])[0]


def entity(watchlist: Watchlist, entity_id: str) -> Entity:
    return next(item for item in watchlist.entities if item.id == entity_id)


def test_everything_is_sound() -> None:
    assert verify(LISTS, SEEDS) == ()
    assert name_problems(LISTS, read_curated(LISTS, ())) == ()


def test_the_report_has_the_six_organisations_and_is_no_sanctions_list(report: Watchlist) -> None:
    assert report.info.kind == "adverse-media"
    assert [(item.id, item.name) for item in report.entities] == [
        ("wuhan-global-sensor-technology", "WUHAN GLOBAL SENSOR TECHNOLOGY CO., LTD."),
        ("wuhan-tongsheng-technology", "WUHAN TONGSHENG TECHNOLOGY CO., LTD."),
        ("hikvision", "HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD."),
        ("yantai-iray-technology", "YANTAI IRAY TECHNOLOGY CO LTD"),
        (
            "north-china-research-institute-of-electro-optics",
            "North China Research Institute of Electro-Optics",
        ),
        ("dalian-machine-tool-group", "Dalian Machine Tool Group"),
    ]
    assert all(evidence.stance == "alleges" for item in report.entities for evidence in item.evidence)


def test_each_party_has_evidence_and_a_name_as_written_in_it(report: Watchlist) -> None:
    for item in report.entities:
        written = [name for name in item.names if name.as_written]
        assert len(written) == 1, item.id
        assert written[0].note
        assert any(written[0].value in evidence.passage for evidence in item.evidence), item.id
        assert all(evidence.summary for evidence in item.evidence)


LISTED = [
    ("wuhan-global-sensor-technology", [("SDN", "2024-05-01")]),
    ("wuhan-tongsheng-technology", [("SDN", "2024-05-01"), ("UK Sanctions List", "2024-06-13")]),
    ("hikvision", [("Entity List", "2019-10-09"), ("NS-CMIC", "2021-06-03")]),
    ("yantai-iray-technology", [("SDN", "2024-05")]),
    ("north-china-research-institute-of-electro-optics", [("Consolidated Screening List", None)]),
    ("dalian-machine-tool-group", []),
]


@pytest.mark.parametrize(("entity_id", "listings"), LISTED)
def test_official_listings_are_facts_with_dates(
    report: Watchlist, entity_id: str, listings: list[tuple[str, str | None]]
) -> None:
    assert [(item.list, item.from_) for item in entity(report, entity_id).listings] == listings


@pytest.mark.parametrize(
    ("day", "listed"),
    [
        ("2019-10-08", []),
        (REPORT_DAY, ["hikvision"]),
        ("2024-04-30", ["hikvision"]),
        ("2024-05-01", ["hikvision", "wuhan-global-sensor-technology", "wuhan-tongsheng-technology",
                        "yantai-iray-technology"]),
    ],
)  # fmt: skip
def test_as_of_a_day_only_listings_of_that_day_count(day: str, listed: list[str]) -> None:
    then, affiliates = load_watchlists([REPORT, "listed-affiliates"], as_of=day)
    undated = ["north-china-research-institute-of-electro-optics"]
    assert len(then.entities) == 6, "a report is dated by its document, not by listings"
    assert sorted(item.id for item in then.entities if item.listings) == sorted(listed + undated)
    assert affiliates.entities == ()
    assert affiliates.info.not_in_force == 1


def test_the_affiliate_is_listed_from_its_day_on() -> None:
    assert load_watchlists(["listed-affiliates"], as_of="2024-08-22")[0].entities == ()
    assert len(load_watchlists(["listed-affiliates"], as_of="2024-08-23")[0].entities) == 1


def test_relations_lead_both_ways_between_the_lists() -> None:
    found = {
        f"{item.info.id}:{party.id}": [relation.entity for relation in party.related]
        for item in load_watchlists()
        for party in item.entities
        if party.related and party.type not in NO_PARTY
    }
    group, affiliate = (
        f"{REPORT}:dalian-machine-tool-group",
        "listed-affiliates:gtg-dalian-machine-tool-import-export",
    )
    assert found == {group: [affiliate], affiliate: [group]}


def test_cmic_is_said_not_to_block(report: Watchlist) -> None:
    cmic = next(item for item in entity(report, "hikvision").listings if item.list == "NS-CMIC")
    assert isinstance(cmic, Listing)
    assert "Not a blocking list" in (cmic.note or "")


def test_nobody_who_is_no_target_is_on_a_list() -> None:
    records, _, _ = seeds.read_seeds(SEEDS)
    spared = {item.name.casefold() for read in records for item in read.seed.not_targets}
    assert {"dennis wilder", "liu bingyu", "cia"} <= spared
    names = {
        name.casefold()
        for item in load_watchlists()
        for party in item.entities
        if party.type not in NO_PARTY  # "Russia" is a destination
        for name in (party.name, *(name.value for name in party.names))
    }
    assert not spared & names


def test_a_seed_quotes_a_small_part_of_its_document_only() -> None:
    records, _, _ = seeds.read_seeds(SEEDS)
    for read in records:
        if read.seed.characters:
            quoted = {
                position
                for passage in read.seed.passages
                for position in range(passage.start or 0, passage.end or 0)
            }
            assert len(quoted) < read.seed.characters / 5


@pytest.mark.shared
def test_every_quotation_stands_in_the_document(shared: Path, tmp_path: Path) -> None:
    document = shared / "seeds" / "000_800a5cde95950df4.txt"
    assert verify(LISTS, SEEDS, document) == ()
    text = document.read_text(encoding="utf-8")
    changed = tmp_path / document.name
    changed.write_text(text.replace("iRay Technology", "iRoy Technology"), encoding="utf-8")
    found = [problem.path for problem in verify(LISTS, SEEDS, changed)]
    assert found == ["passages[1].text", "passages[7].text", "sha256"]


def plain(node: Node) -> Any:
    """A YAML node as an editor that follows YAML 1.2 sees it: plain numbers and booleans are no text."""
    if node.kind == "sequence":
        return [plain(item) for item in node.items]
    if node.kind == "mapping":
        return {key: plain(value) for key, (_, value) in node.pairs.items()}
    if node.plain and re.fullmatch(r"[0-9]+", node.text):
        return int(node.text)
    return {"true": True, "false": False}.get(node.text, node.text) if node.plain else node.text


def as_editors_see(source: Traversable) -> Any:
    root = parse(source.read_bytes(), Reader(file=source.name))
    assert root is not None
    return plain(root)


@pytest.mark.parametrize("source", LISTS, ids=lambda item: item.name)
def test_lists_keep_to_the_published_schema(source: Traversable) -> None:
    jsonschema.Draft202012Validator(watchlist_schema()).validate(as_editors_see(source))


@pytest.mark.parametrize("source", SEEDS, ids=lambda item: item.name)
def test_source_records_keep_to_the_published_schema(source: Traversable) -> None:
    jsonschema.Draft202012Validator(seed_schema()).validate(as_editors_see(source))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"colour": "red"}, []),
        ({"kind": "sanction"}, ["kind"]),
        ({"as_of": "2024"}, ["as_of"]),
        ({"id": "Own List"}, ["id"]),
        ({"entities": []}, ["entities"]),
        ({"entities": [{"id": "a", "type": "person"}]}, ["entities", 0]),
        ({"entities": [{"id": "a", "type": "person", "name": "A", "countries": ["cn"]}]},
         ["entities", 0, "countries", 0]),
        ({"entities": [{"id": "a", "type": "person", "name": "A", "listings": [
            {"authority": "A", "list": "B", "from": "May 2024"}]}]}, ["entities", 0, "listings", 0, "from"]),
        ({"licence": None}, ["licence"]),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_reader_refuses(change: dict[str, Any], path: list[object]) -> None:
    jsonschema.Draft202012Validator.check_schema(watchlist_schema())
    good = {"id": "own", "title": "Own", "kind": "internal", "publisher": "P", "as_of": "2024-01-01",
            "entities": [{"id": "a", "type": "person", "name": "A", "identifiers": {"inn": 7707083893}}]}  # fmt: skip
    validator = jsonschema.Draft202012Validator(watchlist_schema())
    validator.validate(good)
    assert path in [list(error.absolute_path) for error in validator.iter_errors(good | change)]


def test_an_installed_copy_finds_its_lists_from_any_folder(tmp_path: Path) -> None:
    """A wheel carries the folders inside the package; this lays the files out as a wheel does."""
    import screening

    package = Path(screening.__file__).parent
    site = tmp_path / "site" / "screening"
    for source in sorted(package.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts and "_bundled" not in source.parts:
            target = site / source.relative_to(package)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    for name in ("watchlists", "seeds"):
        for item in builtin.yaml_files(builtin.folder(name)):
            target = site / "_bundled" / name / item.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(item.read_bytes())
    code = (
        "import json, screening.lists as l\n"
        "from screening.lists import builtin\n"
        "print(json.dumps([[w.info.id, len(w.entities)] for w in l.load_watchlists()] "
        "+ [str(builtin.folder('seeds'))]))"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    *lists, folder = json.loads(done.stdout)
    assert lists == [[item.info.id, len(item.entities)] for item in load_watchlists()]
    assert folder == str(site / "_bundled" / "seeds")


def test_lists_can_be_read_from_a_zip_archive(tmp_path: Path) -> None:
    """Resources need not be files; the readers take whatever importlib.resources gives."""
    archive = tmp_path / "lists.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for item in (*LISTS, *SEEDS):
            zipped.writestr(item.name, item.read_bytes())
    with zipfile.ZipFile(archive) as zipped:
        inside = zipfile.Path(zipped)
        lists = [inside / item.name for item in LISTS]
        records = [inside / item.name for item in SEEDS]
        assert verify(lists, records) == ()
