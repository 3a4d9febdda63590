"""A name that its list records as another party's is clear, everywhere, and nowhere out of sight."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import Result

from screening.reports import FORMATS, json_report
from screening.review.session import Session
from tests.blocked import BRIGHTWATER, blocked

Invoke = Callable[..., Result]

WHY = "A shop for spectacles in Leith."
FRIEND = f"    false_friends:\n      - name: Brightwater Optics\n        reason: {WHY}\n"
ROWS = "id,name\n1,Brightwater Optics\n2,Blue Lantern Bakery\n3,Brightwater Optics GmbH\n4,\n"
SCREEN = ("screen", "rows.csv", "-w", "list.yml", "-q")


@pytest.fixture
def place(workplace: Path) -> Path:
    (workplace / "list.yml").write_text(blocked(BRIGHTWATER + FRIEND))
    (workplace / "rows.csv").write_text(ROWS)
    (workplace / "friend.csv").write_text("".join(ROWS.splitlines(keepends=True)[:3]))
    return workplace


def hits(report: Path) -> list[tuple[str, str]]:
    return [
        (hit["counterparty"].get("id", ""), hit["status"]) for hit in json.loads(report.read_text())["hits"]
    ]


def text_of(report: Path) -> str:
    if report.suffix == ".xlsx":
        rows = openpyxl.load_workbook(report)["Hits"].iter_rows(values_only=True)
        return " ".join(str(cell) for row in rows for cell in row)
    text = report.read_text(encoding="utf-8")
    return html.unescape(re.sub(r"</?(?:bdi|mark|sup)[^>]*>", "", text))


def test_the_row_is_clear_and_counted_once(place: Path, invoke: Invoke) -> None:
    result = invoke(*SCREEN, "-o", "r.json")
    assert result.stdout == "rows read 4: clear 2, review 0, match 1, cleared 0, unscreened 1\n"
    assert hits(place / "r.json") == [("1", "clear"), ("3", "match")]
    assert "decision" not in json.loads((place / "r.json").read_text())["hits"][0]
    assert invoke("verify", "r.json").exit_code == 0
    assert "byte-identical" in invoke("replay", "r.json").stdout


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_every_report_shows_it(place: Path, invoke: Invoke, ending: str) -> None:
    result = invoke("screen", "friend.csv", "-w", "list.yml", "-o", f"r{ending}", "-q")
    assert (result.exit_code, result.stdout.split(":")[1].split(",")[0]) == (0, " clear 2")
    text = text_of(place / f"r{ending}")
    score = invoke("check", "Brightwater Optics", "-w", "list.yml").stdout.split()[2]
    assert {part for part in ("brightwater", "optics", "clear", WHY) if part not in text} == set()
    if ending not in (".json", ".jsonl"):  # these hold the explanation's steps and the score as a number
        assert score in text
        assert "recorded by the list as another party" in text


def test_the_terminal_and_check_show_it(place: Path, invoke: Invoke) -> None:
    for arguments in (
        ("screen", "friend.csv"),
        ("check", "Brightwater Optics"),
        ("check", "--explain", "Brightwater Optics"),
    ):
        result = invoke(*arguments, "-w", "list.yml")
        said = " ".join(result.stdout.split())
        assert result.exit_code == 0
        assert "1. clear " in said
        assert f"recorded by the list as another party: Brightwater Optics: {WHY}" in said
        assert re.search(r"brightwater += +brightwater", said)
        assert "but for 1 above that the list records as another party" in said
        assert "No hit is no clearance" in said


def test_junit_and_sarif_call_it_passed(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-o", "r.xml", "-o", "r.sarif")
    assert '<testsuite name="rows.csv" tests="4" failures="1" errors="1" skipped="0"' in text_of(
        place / "r.xml"
    )
    names = re.findall('<testcase [^>]*name="([^"]*)"', text_of(place / "r.xml"))
    assert names[0] == "1 row clear without a hit"  # and the one that is set aside: the two of the manifest
    assert names[1:] == ["row 2: Brightwater Optics", "row 4: Brightwater Optics GmbH", "row 5"]
    assert '<property name="rows" value="rows read 4: clear 2, review 0, match 1, ' in text_of(
        place / "r.xml"
    )
    results = json.loads((place / "r.sarif").read_text())["runs"][0]["results"]
    assert [(one.get("kind"), one["level"]) for one in results] == [
        ("pass", "none"),
        (None, "error"),
        (None, "note"),
    ]


def test_with_all_the_row_stands_there_once(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "--all", "-o", "r.csv")
    rows = csv.DictReader(io.StringIO((place / "r.csv").read_text()))
    assert [(row["counterparty_id"], row["status"]) for row in rows] == [
        ("1", "clear"),
        ("2", "clear"),
        ("3", "match"),
        ("4", "unscreened"),
    ]


def test_a_graver_hit_decides_the_row(place: Path, invoke: Invoke) -> None:
    (place / "rows.csv").write_text("name,trading name\nBrightwater Optics,\nBrightwater Optics,Grey Heron\n")
    other = blocked("\n  - id: heron\n    type: organization\n    name: Grey Heron\n")
    (place / "other.yml").write_text(other.replace("id: blocked", "id: other"))
    result = invoke(*SCREEN, "-w", "other.yml", "-o", "r.json")
    assert result.stdout.startswith("rows read 2: clear 1, review 0, match 1, ")
    assert [status for _, status in hits(place / "r.json")] == ["clear", "match", "clear"]


def test_against_an_earlier_run(place: Path, invoke: Invoke) -> None:
    (place / "list.yml").write_text(blocked(BRIGHTWATER))
    invoke(*SCREEN, "-o", "before.json")
    (place / "list.yml").write_text(blocked(BRIGHTWATER + FRIEND))
    again = (*SCREEN, "-o", "now.json", "--baseline", "before.json")
    invoke(*again)
    delta = json.loads((place / "now.json").read_text())["delta"]
    assert (delta["changes"][0]["state"], delta["changes"][0]["what"][0]) == (
        "changed",
        "status match to clear",
    )
    (place / "list.yml").write_text(blocked(BRIGHTWATER))
    result = invoke(*SCREEN, "--baseline", "now.json", "--fail-on", "new-match")
    assert result.exit_code == 1


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_data_set_tells_it_every_night(place: Path, invoke: Invoke, kind: str) -> None:
    screen = (*SCREEN, "--format", kind, "--fail-on", "never")
    first = invoke(*screen, "-o", "first/")
    second = invoke(*screen, "-o", "second/", "--baseline", "first")
    assert (
        first.stdout == second.stdout == "rows read 4: clear 2, review 0, match 1, cleared 0, unscreened 1\n"
    )
    for out in ("first", "second"):
        said = (place / out / "summary.txt").read_text().splitlines()
        assert "hits        1, and 1 that the list records as another party" in said
    [one], [two] = (list((place / out / "hits").iterdir()) for out in ("first", "second"))
    assert one.read_bytes() == two.read_bytes()
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(one.read_text())))
        assert [row["status"] for row in rows] == ["clear", "match", "unscreened"]
        assert WHY in rows[0]["explanation"]
        [changes] = (place / "second" / "changes").iterdir()
        assert [row["change"] for row in csv.DictReader(io.StringIO(changes.read_text()))] == [
            "unchanged"
        ] * 2


@pytest.mark.parametrize(
    ("disposition", "status", "summary"),
    [
        ("true-match", "match", "clear 1, review 0, match 2, cleared 0"),
        ("false-positive", "cleared", "clear 1, review 0, match 1, cleared 1"),
    ],
)
def test_a_reviewer_may_decide(
    place: Path, invoke: Invoke, disposition: str, status: str, summary: str
) -> None:
    invoke(*SCREEN, "-o", "r.json")
    hit = json.loads((place / "r.json").read_text())["hits"][0]["id"]
    said = ("--as", disposition, "--reason", "Seen.", "--by", "M")
    assert invoke("decide", "--run", "r.json", "--hit", hit, *said).exit_code == 0
    result = invoke(*SCREEN, "--decisions", "decisions.yml", "-o", "r.json")
    assert summary in result.stdout
    assert hits(place / "r.json")[0] == ("1", status)


def test_it_waits_for_no_decision(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-o", "r.json")
    session = Session(json_report.read_file(place / "r.json"), place / "decisions.yml", date(2026, 10, 9))
    assert [hit.status for hit in session.hits] == ["match", "clear"]
    assert session.fitting() == [0, 1]
    assert session.fitting(only_open=True) == [0]


def test_what_it_owns_is_no_hit(place: Path, invoke: Invoke) -> None:
    (place / "rows.csv").write_text(
        "name,owner,owner_share\nPort Alder Tools,Brightwater Optics,100\nPort Elder Inn,Brightwater Optics GmbH,100\n"
    )
    invoke(*SCREEN, "-o", "r.json")
    rows = [hit["counterparty"]["row"] for hit in json.loads((place / "r.json").read_text())["hits"]]
    assert rows == [3]


def test_its_goods_are_those_of_any_party(place: Path, invoke: Invoke) -> None:
    (place / "rows.csv").write_text(
        "name,hs_code,destination\nBrightwater Optics,854231,DE\nBlue Lantern Bakery,854231,DE\n"
        "Brightwater Optics GmbH,854231,DE\n"
    )
    invoke(*SCREEN, "-w", "goods-high-priority", "-o", "r.csv")
    rows = list(csv.DictReader(io.StringIO((place / "r.csv").read_text())))
    goods = [float(row["score"]) for row in rows if row["list_id"] == "goods-high-priority"]
    assert goods[0] == goods[1] < goods[2]


def test_evaluate_counts_no_alarm(place: Path, invoke: Invoke) -> None:
    (place / "labelled.csv").write_text(
        "name,truth\nBrightwater Optics,\nBrightwater Optics GmbH,brightwater\n"
    )
    invoke("evaluate", "labelled.csv", "-w", "list.yml", "-o", "e.json")
    assert json.loads((place / "e.json").read_text())["false"] == 0
