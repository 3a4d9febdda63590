"""`screening screen` on a folder, a glob or a URL, with reports that are single files."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from typer.testing import Result

from screening.reports import FORMATS
from tests.blocked import BRIGHTWATER, blocked

Invoke = Callable[..., Result]

NORTH = "id,name\nN-1,Brightwater Optics\nN-2,Blue Lantern Bakery\n"
SOUTH = "note,id,name\nx,S-1,Brightwater Optics GmbH\n,S-2,\n"
SCREEN = ("screen", "rows/", "-w", "list.yml")
COUNTS = "rows read 4: clear 1, review 0, match 2, cleared 0, unscreened 1"


@pytest.fixture
def place(workplace: Path) -> Path:
    (workplace / "list.yml").write_text(blocked(BRIGHTWATER))
    (workplace / "rows").mkdir()
    (workplace / "rows" / "north.csv").write_text(NORTH)
    (workplace / "rows" / "south.csv").write_text(SOUTH)
    return workplace


def document(report: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(report).read_text())
    return found


def text_of(report: Path) -> str:
    if report.suffix == ".xlsx":
        sheets = openpyxl.load_workbook(report)
        return " ".join(
            str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row
        )
    return html.unescape(report.read_text(encoding="utf-8"))


@pytest.mark.parametrize("wanted", ["rows", "rows/", "rows/*.csv", "**/[ns]*.csv"])
def test_the_terminal_says_file_and_row(place: Path, invoke: Invoke, wanted: str) -> None:
    result = invoke("screen", wanted, "-w", "list.yml")
    assert result.exit_code == 1
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[-1] == COUNTS
    assert "1. match 97.9 row 2 of rows/north.csv" in lines
    assert "2. match 100.0 row 2 of rows/south.csv" in lines
    assert "rows/north.csv 2 match 97.9 Brightwater Optics Brightwater Optics GmbH internal" in lines
    assert any(line.startswith("row 3 of rows/south.csv id S-2: no usable name") for line in lines)
    assert ", 2 files" in " ".join(lines)


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_every_report_names_the_files(place: Path, invoke: Invoke, ending: str) -> None:
    result = invoke(*SCREEN, "-o", f"r{ending}", "-o", "run.json", "-q", "--all")
    assert (result.exit_code, result.stdout) == (1, COUNTS + "\n")
    text = text_of(place / f"r{ending}")
    assert text.count("rows/north.csv") >= 1
    assert text.count("rows/south.csv") >= 2  # of a hit, and of the row that was not screened
    assert invoke("verify", f"r{ending}", "--run", "run.json").exit_code == 0


def test_csv_and_github_and_junit_and_sarif_point_at_the_row(
    place: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = invoke(*SCREEN, "-q", "--all", "-o", "r.csv", "-o", "r.xml", "-o", "r.sarif").stdout
    assert "::error file=rows/north.csv,line=2,col=5,title=Match" in said
    assert "::error file=rows/south.csv,line=2,col=7,title=Match" in said
    assert "::notice file=rows/south.csv,line=3,title=Row not screened" in said
    cells = csv.DictReader(io.StringIO((place / "r.csv").read_text()))
    assert [(row["file"], row["row"], row["status"]) for row in cells] == [
        ("rows/north.csv", "2", "match"),
        ("rows/north.csv", "3", "clear"),
        ("rows/south.csv", "2", "match"),
        ("rows/south.csv", "3", "unscreened"),
    ]
    cases = list(ET.parse(place / "r.xml").getroot().iter("testcase"))[1:]
    assert [(case.get("file"), case.get("line")) for case in cases] == [
        ("rows/north.csv", "2"),
        ("rows/south.csv", "2"),
        ("rows/south.csv", "3"),
    ]
    log = json.loads((place / "r.sarif").read_text())["runs"][0]
    assert [artifact["location"]["uri"] for artifact in log["artifacts"]] == [
        "rows/north.csv",
        "rows/south.csv",
    ]
    found = [result["locations"][0]["physicalLocation"] for result in log["results"]]
    assert [
        (f["artifactLocation"]["uri"], f["artifactLocation"]["index"], *f["region"].values()) for f in found
    ] == [
        ("rows/north.csv", 0, 2, 5),
        ("rows/south.csv", 1, 2, 7),
        ("rows/south.csv", 1, 3, 1),
    ]


def test_equal_rows_of_two_files_are_two_rows(place: Path, invoke: Invoke) -> None:
    same = "id,name\n1,Brightwater Optics\n,Blue\n2,\n"
    for name in ("north", "south"):
        (place / "rows" / f"{name}.csv").write_text(same)
    reports = [item for ending in FORMATS for item in ("-o", f"r{ending}")]
    result = invoke(*SCREEN, "-q", *reports)
    assert result.stdout == "rows read 6: clear 2, review 0, match 2, cleared 0, unscreened 2\n"
    assert invoke("verify", "r.json").exit_code == 0
    junit = ET.parse(place / "r.xml").getroot()
    assert (junit.get("failures"), junit.get("errors")) == ("2", "2")
    assert (place / "r.html").read_text().count('<li class="alert') == 2
    results = json.loads((place / "r.sarif").read_text())["runs"][0]["results"]
    unscreened = [r["partialFingerprints"] for r in results if r["ruleId"] == "unscreened"]
    assert unscreened == [
        {"screeningRow/v1": "rows/north.csv:4:2"},
        {"screeningRow/v1": "rows/south.csv:4:2"},
    ]


def test_ids_of_hits_do_not_depend_on_the_file(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-q", "-o", "r.json")
    of_set = [hit["id"] for hit in document("r.json")["hits"]]
    assert len(set(of_set)) == 2
    of_files = []
    for name in ("north", "south"):
        invoke("screen", f"rows/{name}.csv", "-w", "list.yml", "-q", "-o", f"{name}.json")
        assert '"file"' not in Path(f"{name}.json").read_text()
        of_files += [hit["id"] for hit in document(f"{name}.json")["hits"]]
    assert of_set == of_files


def test_the_manifest_names_each_file(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-q", "-o", "r.json", "--log", "runs.jsonl")
    result = invoke("verify", "r.json", "--log", "runs.jsonl")
    assert result.exit_code == 0
    assert "ok           the input rows/north.csv has its hash" in result.stdout
    assert "ok           the input rows/ holds the files of the run and no others" in result.stdout
    assert "byte-identical" in invoke("replay", "r.json").stdout
    (place / "rows" / "north.csv").write_text(NORTH + "N-3,Brightwater Optics\n")
    (place / "rows" / "west.csv").write_text(NORTH)
    result = invoke("verify", "r.json")
    assert result.exit_code == 1
    wrong = [line.split("NOT SO", 1)[1].strip() for line in result.stdout.splitlines() if "NOT SO" in line]
    assert wrong == [
        "the input rows/ holds the files of the run and no others",
        "the input rows/north.csv has its hash",
    ]
    said = invoke("replay", "r.json").stdout
    assert "the file rows/north.csv has changed" in said
    assert "the file rows/west.csv was not there" in said
    assert "new: row 4 of rows/north.csv" in said
    (place / "rows" / "north.csv").unlink()
    assert "the file rows/north.csv is not there" in invoke("replay", "r.json").stdout
    assert "the input rows/north.csv is not here to be checked" in invoke("verify", "r.json").stdout


def test_a_manifest_whose_files_were_altered(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-q", "-o", "r.json")
    text = (place / "r.json").read_text()
    sha256 = re.findall(r'"sha256": "(\w+)"', text.split('"files"')[1])[0]
    (place / "r.json").write_text(text.replace(sha256, "0" * 64))
    assert "NOT SO       the hash of the input is that of its files" in invoke("verify", "r.json").stdout


def test_broken_files_are_counted_as_in_a_data_set(place: Path, invoke: Invoke) -> None:
    (place / "rows" / "a.csv").write_bytes(b"name\n\x00\x01\n")
    (place / "rows" / "b.csv").write_text('id,name\n1,Brightwater Optics\n2,x\n3,"y\n4,z\n5,z\n')
    (place / "rows" / "c.csv").write_text("town,city\nx,y\nz,u\n")
    single = invoke(*SCREEN, "-q", "-o", "r.json", "-o", "r.csv", "--fail-on", "never")
    parts = invoke(*SCREEN, "-q", "-o", "out/", "--fail-on", "never")
    assert single.stdout == parts.stdout
    assert single.stdout == "rows read 12: clear 2, review 0, match 3, cleared 0, unscreened 7\n"
    assert single.exit_code == parts.exit_code == 3
    assert invoke("verify", "r.json").exit_code == 0
    assert "byte-identical" in invoke("replay", "r.json").stdout


def test_decisions_and_an_earlier_run(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-q", "-o", "monday.json", "-o", "monday.csv")
    (hit, _) = document("monday.json")["hits"]
    decided = ("decide", "--run", "monday.json", "--hit", hit["id"], "--as", "false-positive")
    said = ("--reason", "a shop", "--by", "A. Reviewer", "--decisions", "decisions.yml")
    assert invoke(*decided, *said).exit_code == 0
    (place / "rows" / "west.csv").write_text("id,name\nW-1,Brightwater Optics\n")
    # A row that moves to another file is the same row.
    (place / "rows" / "east.csv").write_text(SOUTH)
    (place / "rows" / "south.csv").write_text("id,name\nS-9,Blue\n")
    tuesday = (*SCREEN, "-q", "--decisions", "decisions.yml", "--baseline", "monday.json")
    result = invoke(*tuesday, "--fail-on", "new-match", "-o", "r.json", "-o", "r.csv", "-o", "r.sarif")
    assert result.exit_code == 1
    assert result.stdout == "rows read 6: clear 2, review 0, match 2, cleared 1, unscreened 1\n"
    cells = csv.DictReader(io.StringIO((place / "r.csv").read_text()))
    assert [(row["file"], row["status"], row["change"]) for row in cells] == [
        ("rows/east.csv", "match", "unchanged"),
        ("rows/north.csv", "cleared", "changed"),
        ("rows/west.csv", "match", "new"),
    ]
    assert "byte-identical" in invoke("replay", "r.json").stdout
    (place / "rows" / "west.csv").unlink()
    (place / "rows" / "north.csv").unlink()
    result = invoke("screen", "rows", "-w", "list.yml", "-o", "r.sarif", "--baseline", "r.json", "-q")
    results = json.loads((place / "r.sarif").read_text())["runs"][0]["results"]
    gone = [r for r in results if r["baselineState"] == "absent"]
    where = [r["locations"][0]["physicalLocation"]["artifactLocation"] for r in gone]
    assert where == [{"uri": "rows/north.csv"}, {"uri": "rows/west.csv"}]


def test_owners_are_followed_from_file_to_file(place: Path, invoke: Invoke) -> None:
    (place / "list.yml").write_text(blocked(BRIGHTWATER, kind="sanctions"))
    (place / "rows" / "north.csv").write_text("name,owner,share\nZorvath Foods,Zorvath Holding,80\n")
    (place / "rows" / "south.csv").write_text(
        "name,owner,share\nZorvath Holding,Brightwater Optics GmbH,90\n"
    )
    invoke(*SCREEN, "-q", "-o", "r.json")
    hits = [(hit["counterparty"]["file"], hit["name"]) for hit in document("r.json")["hits"]]
    assert ("rows/north.csv", "Zorvath Foods") in hits
    assert "row 2 of rows/south.csv" in (place / "r.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--resume",), "are for output in parts"),
        (("-o", "r.csv", "--resume"), "are for output in parts"),
        (("-o", "r.csv", "--engine", "dask"), "are for output in parts"),
        (("-o", "r.csv", "--format", "csv"), "are for output in parts"),
        (("-o", "rows/r.csv"), "would be a file of the input rows/"),
        (("-o", "rows/deep/r.csv"), "would be a file of the input rows/"),
        (("-o", "rows/north.csv"), "would be a file of the input rows/"),
        (("-o", "r.csv", "--map", "name=Vendor"), "No part of rows/ could be read"),
    ],
)
def test_what_is_wrong_with_the_command(
    place: Path, invoke: Invoke, arguments: tuple[str, ...], said: str
) -> None:
    result = invoke(*SCREEN, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr.replace("\n", " ")
    assert sorted(item.name for item in (place / "rows").iterdir()) == ["north.csv", "south.csv"]


@pytest.mark.parametrize(
    ("output", "status"), [("new.csv", 2), ("rows/new.csv", 1), ("_new.csv", 1), ("new.json", 1)]
)
def test_a_report_that_a_glob_fits(place: Path, invoke: Invoke, output: str, status: int) -> None:
    (place / "a.csv").write_text(NORTH)
    assert invoke("screen", "*.csv", "-w", "list.yml", "-o", output).exit_code == status
