"""Official lists from end to end: versions and days, what changed, one party on several lists, faults, old lists."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.lists.served import Publisher, publisher, un_xml

Invoke = Callable[..., Result]

SCREEN = importlib.import_module("screening.cli.screen")  # the package gives this name to the command itself
FIXTURES = Path(__file__).parents[1] / "lists/formats/fixtures"


@pytest.fixture
def place(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a store and a cache of its own, on the first of March 2026."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(SCREEN, "now", lambda: datetime(2026, 3, 1, tzinfo=UTC))
    return workplace


def screened(invoke: Invoke, *arguments: str) -> tuple[Result, dict[str, Any]]:
    result = invoke("screen", "rows.csv", "-q", "--fail-on", "never", "-o", "report.json", *arguments)
    report: dict[str, Any] = json.loads(Path("report.json").read_text()) if result.exit_code != 2 else {}
    return result, report


def found(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(hit["counterparty"]["row"], hit["entity"]["id"]) for hit in report["hits"]]


# --- versions and days ------------------------------------------------------------------------------

AMBER = "Amber Ridge Front"


def listed(day: str, until: str, *names: tuple[str, str]) -> bytes:
    """A UN list of a day. names: (name, day it was listed)."""
    entities = "".join(
        f"<ENTITY><DATAID>{n}</DATAID><FIRST_NAME>{name}</FIRST_NAME><UN_LIST_TYPE>Test</UN_LIST_TYPE>"
        f"<REFERENCE_NUMBER>XXe.{n:03}</REFERENCE_NUMBER><LISTED_ON>{since}</LISTED_ON>{until}</ENTITY>"
        for n, (name, since) in enumerate(names, start=1)
    )
    return (
        f'<?xml version="1.0"?><CONSOLIDATED_LIST dateGenerated="{day}T00:00:00Z"><INDIVIDUALS/>'
        f"<ENTITIES>{entities}</ENTITIES></CONSOLIDATED_LIST>"
    ).encode()


@pytest.fixture
def two_versions(place: Path, invoke: Invoke) -> Path:
    """The UN list of 20 and 27 February: the second has one party more, and one under another name."""
    old = [(AMBER, "2014-02-28"), ("Grey Heron Shipping", "2015-01-01")]
    new = [
        (AMBER, "2014-02-28"),
        ("Winter Quay Trading", "2015-01-01"),
        ("Quiet Harbour Group", "2026-02-25"),
    ]
    for day, names in (("2026-02-20", old), ("2026-02-27", new)):
        Path("un.xml").write_bytes(listed(day, "", *names))
        assert invoke("lists", "import", "un.xml").exit_code == 0
    Path("rows.csv").write_text(
        f"name\n{AMBER}\nGrey Heron Shipping\nWinter Quay Trading\nQuiet Harbour Group\n"
    )
    return place


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize(
    ("options", "day", "rows"),
    [
        (("-w", "un-sc"), "2026-02-27", [2, 4, 5]),
        (("-w", "un-sc@2026-02-27"), "2026-02-27", [2, 4, 5]),
        (("-w", "un-sc@2026-02-20"), "2026-02-20", [2, 3]),
        (("-w", "un-sc@2026-02-24"), "2026-02-20", [2, 3]),
        (("-w", "un-sc", "--as-of", "2026-02-21"), "2026-02-20", [2, 3]),
        # the list of the 27th, of which one party was not listed before the 25th
        (("-w", "un-sc@2026-02-27", "--as-of", "2026-02-21"), "2026-02-27", [2, 4]),
    ],
)
def test_a_version_of_a_list(invoke: Invoke, options: tuple[str, ...], day: str, rows: list[int]) -> None:
    result, report = screened(invoke, *options)
    assert result.exit_code == 0
    assert [row for row, _ in found(report)] == rows
    [info] = report["manifest"]["lists"]
    assert (info["id"], info["as_of"]) == ("un-sc", day)


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("version", ["2026-02-19", "1990-01-01", "ffffffff", "soon"])
def test_a_version_that_is_not_kept_stops_the_run(invoke: Invoke, version: str) -> None:
    result, _ = screened(invoke, "-w", f"un-sc@{version}")
    assert result.exit_code == 2
    assert "un-sc" in result.stderr
    assert not Path("report.json").exists()


@pytest.mark.usefixtures("two_versions")
def test_the_report_of_a_version_can_be_repeated_when_a_newer_one_is_there(invoke: Invoke) -> None:
    screened(invoke, "-w", "un-sc@2026-02-20")
    assert invoke("replay", "report.json").exit_code == 0


# --- what changed -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize(
    ("ending", "says"),
    [
        ("txt", "~ XXe.002  Winter Quay Trading (organization)"),
        (
            "csv",
            "changed,XXe.002,organization,Winter Quay Trading,name,Grey Heron Shipping,Winter Quay Trading",
        ),
        ("json", '"name": "Winter Quay Trading"'),
    ],
)
def test_the_difference_in_three_forms(invoke: Invoke, ending: str, says: str) -> None:
    for pair in (("un-sc@2026-02-20", "un-sc"), ("2026-02-20", "un-sc"), ("un-sc@2026-02-20", "un.xml")):
        target = Path(f"difference.{ending}")
        assert invoke("lists", "diff", *pair, "-o", target).exit_code == 0
        text = target.read_text("utf-8")
        assert says in text
        assert "Quiet Harbour Group" in text
        assert AMBER not in text


@pytest.mark.parametrize("way", [(), ("--exhaustive",)])
def test_only_what_changed_is_the_whole_run_without_the_rest(
    place: Path, invoke: Invoke, way: tuple[str, ...]
) -> None:
    """Hits, scores and explanations of the entities that changed are those of a run against the whole list."""
    before = [
        (f"{word} Harbour {kind}", "2015-01-01") for word in WORDS[:20] for kind in ("Trading", "Shipping")
    ]
    after = [
        (name.replace("Trading", "Transport") if n % 7 == 0 else name, day)
        for n, (name, day) in enumerate(before)
    ]
    after += [(f"{word} Harbour Trading", "2026-02-25") for word in WORDS[20:]]
    for day, names in (("2026-02-20", before), ("2026-02-27", after)):
        Path("un.xml").write_bytes(listed(day, "", *names))
        assert invoke("lists", "import", "un.xml").exit_code == 0
    Path("rows.csv").write_text("name\n" + "".join(f"{word} Harbor Trade\n" for word in WORDS))
    _, whole = screened(invoke, "-w", "un-sc", "-t", "70", *way)
    _, part = screened(invoke, "-w", "un-sc", "-t", "70", "--changed-since", "2026-02-20", *way)
    invoke("lists", "diff", "un-sc@2026-02-20", "un-sc", "-o", "difference.json")
    difference = json.loads(Path("difference.json").read_text())
    changed = {item["id"] for item in (*difference["added"], *difference["changed"])}
    expected = [hit for hit in whole["hits"] if hit["entity"]["id"] in changed]
    assert 0 < len(expected) < len(whole["hits"])
    for hit in (*part["hits"], *expected):
        del hit["list"]["accepted"]  # how many entities were screened against
    assert part["hits"] == expected


WORDS = [
    f"{a}{b}"
    for a in ("Amber", "Brisk", "Copper", "Dusk", "Thistle")
    for b in ("field", "gate", "mere", "ton", "wick")
]


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("ending", ["yml", "csv", "jsonl"])
def test_what_is_exported_is_imported_as_the_same_entities(invoke: Invoke, ending: str) -> None:
    assert invoke("lists", "export", "un-sc@2026-02-20", "-o", f"again.{ending}").exit_code == 0
    assert invoke("lists", "import", f"again.{ending}", "--id", "again").exit_code == 0
    said = invoke("lists", "diff", "un-sc@2026-02-20", "again").stdout
    assert "0 added, 0 removed, 0 changed" in said


def test_an_import_refuses_a_list_that_shrank(place: Path, invoke: Invoke) -> None:
    for day, count, status in (("2026-02-20", 20, 0), ("2026-02-21", 18, 0), ("2026-02-22", 16, 2)):
        Path("un.xml").write_bytes(un_xml(count, day))
        result = invoke("lists", "import", "un.xml")
        assert result.exit_code == status
    assert "shrank from 18 to 16 entities (0 records rejected), more than a tenth" in result.stderr
    assert "The snapshot of 2026-02-21 stays in use" in " ".join(result.stderr.split())
    assert "un-sc@2026-02-22" not in invoke("lists", "ls", "un-sc").stdout
    result = invoke("lists", "import", "un.xml", "--allow-shrink")
    assert result.exit_code == 0
    assert "  since 2026-02-21: 0 added, 2 removed, 0 changed" in result.stdout.splitlines()
    # what is kept is not refused again
    assert invoke("lists", "import", "un.xml").exit_code == 0


def test_the_manifest_says_which_lists_declare_their_count(place: Path, invoke: Invoke) -> None:
    assert invoke("lists", "import", FIXTURES / "un.xml").exit_code == 0
    Path("rows.csv").write_text("name\nBlue Lantern Bakery\n")
    lists = ("-w", "un-sc", "-w", str(FIXTURES / "sdn.xml"), "-w", "listed-affiliates")
    _, report = screened(invoke, *lists)
    said = {info["id"]: info.get("count_check") for info in report["manifest"]["lists"]}
    assert said == {"un-sc": "not-declared", "ofac-sdn": "checked", "listed-affiliates": None}
    text = " ".join(invoke("screen", "rows.csv", *lists).stdout.split())
    assert "3 entities, count declared, sha256" in text
    assert "2 entities, count not declared, sha256" in text


# --- one party on several lists ---------------------------------------------------------------------


def test_one_party_on_several_lists_is_one_alert_with_the_rule_that_joined_it(
    place: Path, invoke: Invoke
) -> None:
    names = {
        "un.xml": "un-sc",
        "eu.xml": "eu-fsf",
        "sdn.xml": "ofac-sdn",
        "csl.json": "us-csl",
        "uk.xml": "uk-sanctions",
    }
    for name in names:
        assert invoke("lists", "import", FIXTURES / name, "--as-of", "2026-02-27").exit_code == 0
    Path("rows.csv").write_text(f'name\n{AMBER}\n"Orlov, Pyotr Ilyich"\n')
    lists = [item for list_id in names.values() for item in ("-w", list_id)]
    _, report = screened(invoke, *lists, "-o", "report.html")
    joined = {
        (hit["counterparty"]["row"], hit["list"]["id"], hit["entity"]["id"]): hit for hit in report["hits"]
    }
    un, eu = joined[2, "un-sc", "XXe.001"], joined[2, "eu-fsf", "EU.9002.20"]
    assert un["party"] == eu["party"] == "eu-fsf:EU.9002.20"
    assert un["party_rule"] == "same as eu-fsf:EU.9002.20 (UN reference XXe.001)"
    orlov = [hit for (row, _, _), hit in joined.items() if row == 3]
    assert len(orlov) == 4
    assert len({hit["party"] for hit in orlov}) == 1
    assert "us-csl:sdn-102 (OFAC number 102)" in joined[3, "ofac-sdn", "102"]["party_rule"]
    assert "(equal passport 70123456)" in joined[3, "eu-fsf", "EU.9001.10"]["party_rule"]
    result = invoke("screen", "rows.csv", *lists, "--fail-on", "never")
    assert "same party  eu-fsf:EU.9002.20: same as un-sc:XXe.001 (UN reference XXe.001)" in result.stdout
    assert "UN reference XXe.001" in Path("report.html").read_text("utf-8")


def test_two_parties_of_one_name_are_two_alerts(place: Path, invoke: Invoke) -> None:
    """Nothing but the name agrees: who joins them guesses."""
    for name, country in (("one", "PA"), ("two", "LB")):
        Path(f"{name}.csv").write_text(
            f"name,type,country,id\nGrey Heron Shipping,company,{country},{name}-1\n"
        )
        assert invoke("lists", "import", f"{name}.csv").exit_code == 0
    Path("rows.csv").write_text("name\nGrey Heron Shipping\n")
    _, report = screened(invoke, "-w", "one", "-w", "two")
    assert len(report["hits"]) == 2
    assert not any(hit.get("party") for hit in report["hits"])


# --- the update, as a user runs it ------------------------------------------------------------------


@pytest.fixture
def server(place: Path) -> Iterator[Publisher]:
    with publisher() as running:
        yield running


def sources(server: Publisher, **paths: str) -> None:
    lines = [
        f'  - {{id: {key}, title: T, publisher: P, addresses: ["{server.address}{path}"], format: un-xml}}\n'
        for key, path in paths.items()
    ]
    Path("data").mkdir(exist_ok=True)
    Path("data/sources.yml").write_text("sources:\n" + "".join(lines))


def test_a_list_that_fails_ends_with_3_and_the_others_are_updated(server: Publisher, invoke: Invoke) -> None:
    ids = {"good": "/good.xml", "gone": "/gone.xml", "short": "/short.xml", "page": "/page.xml"}
    sources(server, **ids)
    for path in ids.values():
        server.plays[path] = lambda visit: visit.answer(200, un_xml(20, "2026-02-20"))
    result = invoke("lists", "update", *ids)
    assert result.exit_code == 0
    assert (
        result.stdout.splitlines()[0]
        == "good: new, as of 2026-02-20, 20 accepted, 0 rejected, count not declared"
    )
    server.plays |= {
        "/good.xml": lambda visit: visit.answer(200, un_xml(21, "2026-02-27")),
        "/gone.xml": lambda visit: visit.answer(404),
        "/short.xml": lambda visit: visit.answer(200, un_xml(17, "2026-02-27")),
        "/page.xml": lambda visit: visit.answer(200, b"<html><body>Sign in</body></html>"),
    }
    result = invoke("lists", "update", *ids)
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "good: updated, as of 2026-02-27, 21 accepted, 0 rejected, count not declared, 1 added, 0 removed, 0 changed",
        "gone: failed",
        "short: failed",
        "page: failed",
    ]
    said = " ".join(result.stderr.split())
    for sentence in (
        "3 lists were not updated; the snapshots kept before stay in use.",
        "answered 404 Not Found",
        "shrank from 20 to 17 entities (0 records rejected), more than a tenth",
        "a web page in place of the list",
    ):
        assert sentence in said
    ages = invoke("lists", "ls", "good", "gone").stdout
    assert "good@2026-02-27" in ages and "gone@2026-02-20" in ages
    result = invoke("lists", "update", "short", "--allow-shrink")
    assert (result.exit_code, "17 accepted" in result.stdout) == (0, True)


def test_a_list_without_a_file_in_an_air_gapped_folder(place: Path, invoke: Invoke) -> None:
    (place / "share").mkdir()
    (place / "sources.yml").write_text("sources:\n  - {id: un-sc, addresses: [share/un.xml], max_age: 2d}\n")
    update = ("lists", "update", "un-sc", "--sources", "sources.yml")
    result = invoke(*update)
    assert (result.exit_code, "is not there" in result.stderr) == (3, True)
    (place / "share/un.xml").write_bytes(un_xml(5))
    assert (
        invoke(*update).stdout == "un-sc: new, as of 2026-02-27, 5 accepted, 0 rejected, count not declared\n"
    )


# --- a store that cannot be written -----------------------------------------------------------------


def test_a_store_on_a_disk_that_is_read_only(two_versions: Path, invoke: Invoke) -> None:
    """Screening goes on; an import and an update say why they cannot."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a folder read-only, and for root rights alone do not count")
    data = two_versions / "data"
    mounted = subprocess.run(["mount", "--bind", str(data), str(data)], capture_output=True, text=True)
    if mounted.returncode == 0:
        again = ["mount", "-o", "remount,bind,ro", str(data)]
        mounted = subprocess.run(again, capture_output=True, text=True)
    if mounted.returncode != 0:
        subprocess.run(["umount", str(data)], capture_output=True)
        pytest.skip(f"a folder cannot be mounted read-only here: {mounted.stderr.strip()}")
    try:
        before = sorted(path.name for path in data.rglob("*"))
        Path("un.xml").write_bytes(un_xml(5, "2026-02-28"))
        result = invoke("lists", "import", "un.xml")
        assert result.exit_code == 2
        assert "cannot be written" in " ".join(result.stderr.split())
        assert "Read-only file system" in " ".join(result.stderr.split())
        Path("sources.yml").write_text("sources:\n  - {id: un-sc, addresses: [un.xml]}\n")
        result = invoke("lists", "update", "un-sc", "--sources", "sources.yml")
        assert (result.exit_code, "Read-only file system" in " ".join(result.stderr.split())) == (3, True)
        assert sorted(path.name for path in data.rglob("*")) == before
        assert [row for row, _ in found(screened(invoke, "-w", "un-sc")[1])] == [2, 4, 5]
    finally:
        subprocess.run(["umount", str(data)], check=True)


# --- old lists --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--max-age", "12h"), 3),
        (("--max-age", "2d"), 0),
        (("--max-age", "47h"), 3),
        ((), 0),  # the source of un-sc allows seven days
    ],
)
def test_a_list_that_is_too_old_ends_with_3(invoke: Invoke, options: tuple[str, ...], status: int) -> None:
    result, report = screened(invoke, "-w", "un-sc", *options)
    assert result.exit_code == status
    said = [text for text in report["manifest"].get("warnings", []) if "un-sc is of 2026-02-27" in text]
    assert bool(said) == (status == 3)
