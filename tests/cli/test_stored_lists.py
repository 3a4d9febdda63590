"""Screening against stored lists: their age, only what changed since, and where `lists show` looks."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Invoke = Callable[..., Result]

COMMAND = importlib.import_module("screening.cli.screen")  # the package gives this name to the command itself
OLD = "name,country,id,from\nBrightwater Optics GmbH,DE,1,2020-01-01\nGrey Heron Shipping,PA,2,2020-01-01\n"
NEW = (
    "name,country,id,from\nBrightwater Optics GmbH,DE,1,2020-01-01\nGrey Heron Shipping,CY,2,2020-01-01\n"
    "Quiet Harbour Logistics,LB,3,2026-02-25\n"
)
ROWS = "id,name\n1,Brightwater Optics GmbH\n2,Grey Heron Shipping\n3,Quiet Harbour Logistics\n4,Blue Lantern Bakery\n"
SOURCES = (
    "sources:\n  - {{id: {id}, title: T, publisher: P, format: own, addresses: [blocked.csv], max_age: 7d}}\n"
)


@pytest.fixture
def place(workplace: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> Path:
    """A folder with rows.csv, and a store with the list `blocked` of 20 and of 27 February and `other` of the 27th."""
    monkeypatch.setattr(COMMAND, "now", lambda: datetime(2026, 3, 1, tzinfo=UTC))
    (workplace / "rows.csv").write_text(ROWS)
    for name, text, day in (
        ("blocked.csv", OLD, "2026-02-20"),
        ("blocked.csv", NEW, "2026-02-27"),
        ("other.csv", "name,id\nWinter Quay Trading,9\n", "2026-02-27"),
    ):
        (workplace / name).write_text(text)
        assert invoke("lists", "import", name, "--as-of", day).exit_code == 0
    return workplace


def screened(place: Path, invoke: Invoke, *arguments: str) -> tuple[Result, dict[str, Any]]:
    result = invoke("screen", "rows.csv", "-q", "--fail-on", "never", "-o", "report.json", *arguments)
    report: dict[str, Any] = json.loads((place / "report.json").read_text()) if result.exit_code != 2 else {}
    return result, report


def found(report: dict[str, Any]) -> list[str]:
    return [hit["counterparty"]["id"] for hit in report["hits"]]


# --- age ----------------------------------------------------------------------------------------


def limit(place: Path, list_id: str) -> None:
    (place / "data" / "sources.yml").write_text(SOURCES.format(id=list_id))


@pytest.mark.parametrize(
    ("day", "options", "status"),
    [
        ("2026-03-05", ("-w", "blocked"), 0),
        ("2026-03-07", ("-w", "blocked"), 3),
        ("2026-03-07", ("-w", "blocked", "--max-age", "9d"), 0),
        ("2026-03-07", ("-w", "blocked", "--max-age", "2d"), 3),
        ("2026-03-07", ("-w", "blocked", "--fail-on", "review"), 1),
        # chosen by day, so its age is no surprise
        ("2026-03-07", ("-w", "blocked@2026-02-27"), 0),
        ("2026-03-07", ("-w", "blocked", "--as-of", "2026-02-27"), 0),
        # the limits of sources are for lists of the store
        ("2026-03-07", ("-w", "blocked.csv"), 0),
        ("2026-03-07", ("-w", "other"), 0),
        ("2026-03-07", (), 0),
    ],
)
def test_a_source_limits_the_age_of_its_stored_list(
    place: Path,
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    day: str,
    options: tuple[str, ...],
    status: int,
) -> None:
    limit(place, "blocked")
    monkeypatch.setattr(COMMAND, "now", lambda: datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    result, report = screened(place, invoke, *options)
    assert result.exit_code == status
    old = [text for text in report["manifest"].get("warnings", []) if "it may be at most" in text]
    assert bool(old) == (status != 0)


def test_every_report_says_that_a_list_is_too_old(place: Path, invoke: Invoke) -> None:
    limit(place, "blocked")
    endings = ("csv", "json", "jsonl", "html", "sarif", "xml", "md", "xlsx")
    outputs = [item for ending in endings for item in ("-o", f"r.{ending}")]
    result = invoke(
        "screen", "rows.csv", "-w", "blocked", "--max-age", "1d", "--fail-on", "never", "--all", *outputs
    )
    assert result.exit_code == 3
    said = "blocked is of 2026-02-27"
    assert said in result.stdout
    for ending in ("json", "jsonl", "html", "sarif", "xml", "md"):
        assert said in (place / f"r.{ending}").read_text().replace("\\", ""), ending
    from openpyxl import load_workbook

    cells = [str(c.value) for sheet in load_workbook(place / "r.xlsx") for row in sheet.rows for c in row]
    assert any(said in cell for cell in cells)


# --- only what changed --------------------------------------------------------------------------


@pytest.mark.parametrize("since", ["blocked@2026-02-20", "2026-02-20", "2026-02-22"])
@pytest.mark.parametrize("way", [(), ("--exhaustive",)])
def test_only_what_is_new_or_changed(place: Path, invoke: Invoke, since: str, way: tuple[str, ...]) -> None:
    assert found(screened(place, invoke, "-w", "blocked")[1]) == ["1", "2", "3"]
    result, report = screened(place, invoke, "-w", "blocked", "--changed-since", since, *way)
    assert result.exit_code == 0
    assert found(report) == ["2", "3"]
    assert report["counts"]["clear"] == 2
    manifest = report["manifest"]
    assert manifest["request"]["changed_since"] == [since]
    assert manifest["lists"][0]["accepted"] == 2
    assert manifest["warnings"][0].startswith(
        "blocked: screened only against 2 entities new or changed since the snapshot of 2026-02-20 (sha256 "
    )
    assert manifest["warnings"][0].endswith("; 1 entity left out.")
    # and without it again, from the cached index of the whole list
    assert found(screened(place, invoke, "-w", "blocked")[1]) == ["1", "2", "3"]


def test_nothing_changed(place: Path, invoke: Invoke) -> None:
    result, report = screened(place, invoke, "-w", "blocked", "--changed-since", "2026-02-27")
    assert result.exit_code == 0
    assert found(report) == []
    assert report["manifest"]["warnings"][0].endswith("; 3 entities left out.")


def test_several_lists_each_with_its_own_snapshot(place: Path, invoke: Invoke) -> None:
    (place / "rows.csv").write_text(ROWS + "5,Winter Quay Trading\n")
    lists = ("-w", "blocked", "-w", "other")
    _, report = screened(place, invoke, *lists, "--changed-since", "2026-02-20")
    assert found(report) == ["2", "3", "5"]
    assert "other: no earlier snapshot to compare with" in report["manifest"]["warnings"][1]
    since = ("--changed-since", "other@2026-02-27", "--changed-since", "2026-02-20")
    assert found(screened(place, invoke, *lists, *since)[1]) == ["2", "3"]
    # a list named by its path is compared with the snapshots of its id
    assert found(screened(place, invoke, "-w", "blocked.csv", "--changed-since", "2026-02-20")[1]) == [
        "2",
        "3",
    ]


def test_a_new_snapshot_is_not_answered_from_the_cache(place: Path, invoke: Invoke) -> None:
    since = ("-w", "blocked", "--changed-since", "2026-02-26")
    assert found(screened(place, invoke, *since)[1]) == ["2", "3"]
    (place / "blocked.csv").write_text(NEW)
    invoke("lists", "import", "blocked.csv", "--as-of", "2026-02-26")
    assert found(screened(place, invoke, *since)[1]) == []


def test_the_run_can_be_repeated(place: Path, invoke: Invoke) -> None:
    screened(place, invoke, "-w", "blocked", "--changed-since", "2026-02-20", "--max-age", "1d")
    assert invoke("replay", "report.json").exit_code == 0


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (("blocked@2026-02-01",), "no snapshot of blocked of 2026-02-01 or earlier"),
        (("blocked",), "does not say which snapshot"),
        (("blocked@soon",), "names neither a day nor a hash"),
        (("nothing@2026-02-20",), "The store has no list nothing"),
        (("other@2026-02-27",), "names other, which is not screened against"),
        (("blocked@2026-02-20", "blocked@2026-02-27"), "names blocked twice"),
        (("2026-02-20", "2026-02-27"), "names two days"),
        (("../x@2026-02-20",), "cannot be the id of a list"),
    ],
)
def test_a_snapshot_that_is_none(place: Path, invoke: Invoke, since: tuple[str, ...], said: str) -> None:
    options = [item for text in since for item in ("--changed-since", text)]
    result = invoke("screen", "rows.csv", "-w", "blocked", *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split()).replace("stands neither", "names neither")


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_only_what_is_new_or_changed_of_a_data_set(place: Path, invoke: Invoke, engine: str) -> None:
    since = ("-w", "blocked", "--changed-since", "2026-02-20")
    output = ("--format", "csv", "--engine", engine, "--fail-on", "never")
    result = invoke("screen", "rows.csv", *since, *output, "-o", "out/")
    assert result.exit_code == 0
    (part,) = (place / "out" / "hits").iterdir()
    with part.open(newline="") as file:
        assert [row["counterparty_id"] for row in csv.DictReader(file)] == ["2", "3"]
    assert "screened only against 2 entities new or changed since" in result.stdout
    # such a run says nothing of the other entities, so no later one may rest on it
    refused = invoke("screen", "rows.csv", "-w", "blocked", *output, "-o", "next/", "--baseline", "out")
    assert refused.exit_code == 2
    assert "was made with --changed-since" in refused.stderr


def test_not_together_with_a_baseline(place: Path, invoke: Invoke) -> None:
    screened(place, invoke, "-w", "blocked")
    result = invoke("screen", "rows.csv", "--changed-since", "2026-02-20", "--baseline", "report.json")
    assert result.exit_code == 2
    assert "would count as gone" in result.stderr


# --- GitHub -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["true", "", None])
def test_annotations_in_github_actions(
    place: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("GITHUB_ACTIONS", value)
    lines = invoke("screen", "rows.csv", "-w", "blocked", "-q").stdout.splitlines()
    errors = [line for line in lines if line.startswith("::error file=rows.csv,line=2,col=3,")]
    assert bool(errors) == (value == "true")
    assert lines[-1].startswith("rows read 4:")


def test_annotations_leave_a_report_on_standard_output_alone(
    place: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = invoke("screen", "rows.csv", "-w", "blocked", "-o", "-").stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = invoke("screen", "rows.csv", "-w", "blocked", "-o", "-")
    assert result.stdout == plain
    assert result.stderr.startswith("::error file=rows.csv,line=2,col=3,")


# --- lists show ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["3", "blocked:3"])
def test_show_finds_an_entity_of_the_store(place: Path, invoke: Invoke, name: str) -> None:
    lines = invoke("lists", "show", name).stdout.splitlines()
    assert lines[0] == "blocked:3 (organization)"
    assert lines[-1].startswith("Searched: ")
    assert "blocked@2026-02-27, other@2026-02-27." in lines[-1]


def test_show_takes_the_snapshot_of_the_day(place: Path, invoke: Invoke) -> None:
    day = ("--as-of", "2026-02-22")
    shown = invoke("lists", "show", "2", *day)
    assert "    PA" in shown.stdout.splitlines()
    assert "note: not searched: The store has no snapshot of other of 2026-02-22" in shown.stdout
    missing = invoke("lists", "show", "blocked:3", *day)
    assert missing.exit_code == 2
    assert "in force on 2026-02-22" in missing.stderr


@pytest.mark.parametrize("name", ["blocked", "blocked@2026-02-27"])
def test_show_names_the_entities_of_a_stored_list(place: Path, invoke: Invoke, name: str) -> None:
    lines = invoke("lists", "show", name).stdout.splitlines()
    assert lines[0] == "blocked: blocked"
    assert lines[-1] == "    3  Quiet Harbour Logistics"


def test_show_says_where_it_looked(place: Path, invoke: Invoke) -> None:
    result = invoke("lists", "show", "blockd")
    assert result.exit_code == 2
    assert '(did you mean "blocked' in result.stderr
    assert "other@2026-02-27." in result.stderr


def test_show_tells_how_many_records_were_rejected(place: Path, invoke: Invoke) -> None:
    (place / "part.csv").write_text("name,id\nWinter Quay Trading,9\n,10\n,11\n")
    assert invoke("lists", "import", "part.csv").exit_code == 0
    assert "  rejected   2\n  entities   1\n" in invoke("lists", "show", "part").stdout
    assert "rejected" not in invoke("lists", "show", "other").stdout


def test_show_names_a_damaged_list_it_could_not_search(place: Path, invoke: Invoke) -> None:
    for path in (place / "data" / "lists" / "other").glob("*.gz"):
        path.write_bytes(b"damaged")
    shown = invoke("lists", "show", "3")
    assert shown.exit_code == 0
    assert "note: not searched: " in shown.stdout
    assert "other" in shown.stdout.splitlines()[-1]
