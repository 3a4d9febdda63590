"""`screening decide` and `screening explain`: from a hit to a cleared row and back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import Result

from tests.blocked import BRIGHTWATER, GREYHERON, IN_GERMANY, blocked

Invoke = Callable[..., Result]

LISTING = """    listings:
      - {authority: Example Ltd, list: Blocked, programme: debts, from: 2026-02-14}
"""
LIST = blocked(BRIGHTWATER, IN_GERMANY, LISTING, GREYHERON)
ROWS = "id,name,country,address\n1,Brightwater Optics,DE,1 Road\n2,Blue Lantern Bakery,US,\n3,Grey Heron Shiping,PA,=2+2\n"


@pytest.fixture
def place(workplace: Path) -> Path:
    (workplace / "list.yml").write_text(LIST)
    (workplace / "rows.csv").write_text(ROWS)
    return workplace


@pytest.fixture
def screen(place: Path, invoke: Invoke) -> Callable[..., dict[str, Any]]:
    """Screens and gives the JSON report."""

    def run(*options: str) -> dict[str, Any]:
        result = invoke(
            "screen",
            "rows.csv",
            "-w",
            "list.yml",
            "-o",
            "r.json",
            "-o",
            "r.csv",
            "-o",
            "r.xlsx",
            "-q",
            *options,
        )
        assert result.exit_code in (0, 1), result.stderr
        found: dict[str, Any] = json.loads((place / "r.json").read_text())
        return found

    return run


def statuses(report: dict[str, Any]) -> list[str]:
    return [hit["status"] for hit in report["hits"]]


CLEAR = ("--as", "false-positive", "--reason", "Another company.", "--by", "M. Reviewer")


def test_decide_screen_cleared_entry_changes_lapsed(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    first = screen()
    assert "cleared" not in statuses(first)
    hit = first["hits"][0]["id"]
    result = invoke("decide", "--run", "r.json", "--hit", hit, *CLEAR)
    assert result.exit_code == 0
    assert (
        "false-positive, 1 Brightwater Optics / Brightwater Optics GmbH (blocked:brightwater)"
        in result.stdout
    )

    second = screen("--decisions", "decisions.yml")
    assert second["hits"][0]["status"] == "cleared"
    assert second["hits"][0]["decision"]["by"] == "M. Reviewer"
    counts = second["counts"]
    assert (counts["read"], counts["clear"], counts["cleared"]) == (3, 1, 1)
    assert second["manifest"]["decisions"][0]["path"] == "decisions.yml"
    row = next(csv.DictReader(io.StringIO((place / "r.csv").read_text())))
    assert (row["status"], row["decision"], row["decision_reason"]) == (
        "cleared",
        "false-positive",
        "Another company.",
    )
    assert row["decision_by"] == "M. Reviewer"
    assert row["decision_on"]

    (place / "list.yml").write_text(LIST.replace("programme: debts", "programme: fraud"))
    third = screen("--decisions", "decisions.yml")
    assert statuses(third) == statuses(first)
    assert third["hits"][0]["decision_note"] == "the list entry changed (listings) since the decision"
    row = next(csv.DictReader(io.StringIO((place / "r.csv").read_text())))
    assert row["decision"] == ""
    assert "lapsed: false-positive by M. Reviewer" in row["decision_reason"]


def test_a_cleared_hit_does_not_fail_the_run(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    hits = [hit["id"] for hit in screen()["hits"]]
    options = [item for hit in hits for item in ("--hit", hit)]
    assert invoke("decide", "--run", "r.json", *options, *CLEAR).exit_code == 0
    result = invoke("screen", "rows.csv", "-w", "list.yml", "--decisions", "decisions.yml", "-q")
    assert result.exit_code == 0
    assert "cleared 2" in result.stdout


def fill_csv(place: Path, name: str, fills: dict[int, dict[str, str]]) -> None:
    rows = list(csv.DictReader(io.StringIO((place / "r.csv").read_text())))
    for number, cells in fills.items():
        rows[number].update(cells)
    with (place / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


FILLED = {
    0: {"decision": "false-positive", "decision_reason": "Another.", "decision_until": "2099-01-01"},
    1: {"decision": "true-match", "decision_reason": "It is.", "decision_by": "N. Second"},
}


def test_decisions_filled_into_csv(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    screen()
    fill_csv(place, "filled.csv", FILLED)
    result = invoke("decide", "--from", "filled.csv", "--by", "M. Reviewer")
    assert result.exit_code == 0, result.stderr
    report = screen("--decisions", "decisions.yml")
    assert statuses(report) == ["cleared", "match"]
    assert [hit["decision"]["by"] for hit in report["hits"]] == ["M. Reviewer", "N. Second"]
    assert report["hits"][0]["decision"]["until"] == "2099-01-01"
    again = invoke("decide", "--from", "r.csv")
    assert again.exit_code == 0
    assert again.stdout.count("already recorded") == 2


def test_decisions_filled_into_xlsx(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    import datetime

    screen()
    book = openpyxl.load_workbook(place / "r.xlsx")
    sheet = book["Hits"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    values = {**FILLED[0], "decision_by": "M. Reviewer", "decision_until": datetime.date(2099, 1, 1)}
    for column, value in values.items():
        sheet.cell(2, columns[column]).value = value
    book.save(place / "filled.xlsx")
    result = invoke("decide", "--from", "filled.xlsx", "--decisions", "d.csv")
    assert result.exit_code == 0, result.stderr
    report = screen("--decisions", "d.csv")
    assert statuses(report)[0] == "cleared"
    assert report["hits"][0]["decision"]["until"] == "2099-01-01"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"decision": "perhaps"}, "`disposition` must be one of true-match, false-positive"),
        ({"decision_reason": ""}, "`reason` is missing"),
        ({"decision_by": ""}, "`by` is missing"),
        ({"decision_until": "next year"}, "`until` must be a date"),
        ({"fingerprint": ""}, "`fingerprint` is missing"),
    ],
)
def test_a_wrongly_filled_row_is_refused_and_nothing_recorded(
    place: Path,
    invoke: Invoke,
    screen: Callable[..., dict[str, Any]],
    cells: dict[str, str],
    message: str,
) -> None:
    screen()
    fill_csv(place, "filled.csv", {0: {**FILLED[1], **cells}, 1: FILLED[1]})
    result = invoke("decide", "--from", "filled.csv")
    assert result.exit_code == 2
    assert f"filled.csv: row 2: {message}" in result.stderr
    assert not (place / "decisions.yml").exists()


def test_a_contradiction_needs_supersede(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    hit = screen()["hits"][0]["id"]
    one = ("decide", "--run", "r.json", "--hit", hit, "--reason", "x", "--by", "M", "--as")
    assert invoke(*one, "false-positive").exit_code == 0
    before = (place / "decisions.yml").read_bytes()
    refused = invoke(*one, "true-match")
    assert refused.exit_code == 2
    assert "contradicts d-" in refused.stderr
    assert (place / "decisions.yml").read_bytes() == before
    assert invoke(*one, "true-match", "--supersede").exit_code == 0
    assert statuses(screen("--decisions", "decisions.yml"))[0] == "match"


def test_a_true_match_of_an_excluded_name_is_not_recorded(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    hit = screen()["hits"][0]["id"]
    assert invoke("decide", "--name", "brightwater OPTICS", *CLEAR[2:]).exit_code == 0
    before = (place / "decisions.yml").read_bytes()
    refused = invoke("decide", "--run", "r.json", "--hit", hit, "--as", "true-match", *CLEAR[2:])
    assert refused.exit_code == 2
    assert "contradict each other" in refused.stderr
    assert "new: d-" in refused.stderr
    assert (place / "decisions.yml").read_bytes() == before


def test_contradicting_files_stop_the_run(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    hit = screen()["hits"][0]["id"]
    one = ("decide", "--run", "r.json", "--hit", hit, "--reason", "x", "--by", "M", "--as")
    invoke(*one, "false-positive", "--decisions", "a.yml")
    invoke(*one, "true-match", "--decisions", "b.csv")
    result = invoke("screen", "rows.csv", "-w", "list.yml", "--decisions", "a.yml", "--decisions", "b.csv")
    assert result.exit_code == 2
    assert "contradict" in result.stderr
    assert "a.yml:1" in result.stderr
    assert "b.csv:2" in result.stderr


def test_an_excluded_name(place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]) -> None:
    result = invoke("decide", "--name", "BRIGHTWATER optics", "--reason", "We are.", "--by", "M")
    assert result.exit_code == 0, result.stderr
    assert statuses(screen("--decisions", "decisions.yml"))[0] == "cleared"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give one of --run, --name or --from; found none of them"),
        (["--run", "r.json", "--name", "x"], "found --run, --name"),
        (["--run", "r.json"], "--hit and --as are needed"),
        (["--run", "r.json", "--hit", "x", "--as", "false-positive"], "--reason and --by: missing"),
        (["--run", "r.json", "--hit", "x", "--as", "perhaps"], "perhaps"),
        (["--run", "r.json", "--hit", "x", *CLEAR], 'has no hit "x"; it has 2 hits'),
        (["--run", "none.json", "--hit", "x", *CLEAR], "none.json cannot be read"),
        (["--run", "rows.csv", "--hit", "x", *CLEAR], "rows.csv is not a screening report"),
        (["--run", "r.json", "--hit", "x", *CLEAR, "--until", "2020-01-01"], "lies before"),
        (["--run", "r.json", "--hit", "x", *CLEAR, "--until", "soon"], "--until: until must be a date"),
        (["--run", "r.json", "--hit", "x", *CLEAR, "--decisions", "d.txt"], "d.txt is no decisions file"),
        (["--name", "...", *CLEAR[2:]], "no letter or digit"),
        (["--name", "x", "--as", "true-match", *CLEAR[2:]], "only be excluded as a false positive"),
        (["--from", "r.csv"], "r.csv holds no decision"),
        (["--from", "rows.csv"], "it has no column hit_id, counterparty_id"),
        (["--from", "r.json"], "not a report that decisions can be read from"),
        (["--from", "r.csv", "--hit", "x"], "--hit and --as do not go with --from"),
    ],
)
def test_wrong_usage(
    place: Path,
    invoke: Invoke,
    screen: Callable[..., dict[str, Any]],
    arguments: list[str],
    message: str,
) -> None:
    screen()
    result = invoke("decide", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert not (place / "decisions.yml").exists()


def test_explain(place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]) -> None:
    hit = screen()["hits"][0]["id"]
    result = invoke("explain", "r.json", hit)
    assert result.exit_code == 0
    assert "Brightwater Optics GmbH" in result.stdout
    assert "Grey Heron" not in result.stdout
    assert "words" in result.stdout
    wrong = invoke("explain", "r.json", hit[:-1])
    assert wrong.exit_code == 2
    assert f'did you mean "{hit}"?' in wrong.stderr


def test_the_file_that_the_html_report_downloads(
    place: Path, invoke: Invoke, screen: Callable[..., dict[str, Any]]
) -> None:
    """The script of the HTML report writes each value as a JSON string, empty ones too, and no id and no day."""
    screen()
    (row, *_) = csv.DictReader(io.StringIO((place / "r.csv").read_text()))
    keys = (
        "counterparty_id",
        "counterparty_name",
        "list_id",
        "entity_id",
        "entity_name",
        "run_id",
        "fingerprint",
    )
    made = {"hit": row["hit_id"], **{key: row[key] for key in keys}}
    made |= {
        "disposition": "false-positive",
        "reason": 'Said "no"\nand why',
        "by": "M. Reviewer",
        "until": "",
    }
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in made.items()]
    (place / "decisions-1.yml").write_text("- " + "  ".join(lines))
    result = invoke("decide", "--from", "decisions-1.yml")
    assert result.exit_code == 0, result.stderr
    report = screen("--decisions", "decisions.yml")
    assert statuses(report)[0] == "cleared"
    assert report["hits"][0]["decision"]["reason"] == 'Said "no"\nand why'
