"""What can be wrong with files, each with its message and exit status, through the whole program."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from typer.testing import Result

Invoke = Callable[..., Result]
GOOD_LIST = """\
id: example
title: An example
kind: internal
publisher: Example Ltd
as_of: 2031-01-01
licence: internal
entities:
  - id: zorvan
    type: organization
    name: Zorvan Sensor Works
"""
GOOD = b"name\nZorvan Sensor Works\n"


class Case(NamedTuple):
    """content: of vendors.csv (None: no file). message: a part of what is said on standard error, or, for a run that
    finishes, in the report."""

    title: str
    name: str
    content: bytes | None
    status: int
    message: str


def workbook(write: Callable[[openpyxl.worksheet.worksheet.Worksheet], None]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    write(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def formulas(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet.append(["id", "name"])
    sheet.append(["1", "Zorvan Sensor Works"])
    sheet.append(["2", '="Blue"&" Ferry"'])


def merged(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet.append(["id", "name"])
    sheet.append(["1", "Zorvan Sensor Works"])
    sheet.append(["2", None])
    sheet.merge_cells("B2:B3")


FILES = [
    Case("missing file", "vendors.csv", None, 2, "vendors.csv"),
    Case("empty", "vendors.csv", b"", 2, "empty"),
    Case("header only", "vendors.csv", b"name\n", 0, "a header and no rows"),
    Case("binary", "vendors.csv", bytes(range(256)) * 40, 2, "vendors.csv"),
    Case("program", "vendors.csv", b"\x7fELF\x02\x01\x01" + b"\0" * 400, 2, "vendors.csv"),
    Case("wrong encoding", "vendors.csv", b"name\nCaf\xe9 \x81\xff\x9d\xfe\n\xc3\x28\x8f\n", 2, "--encoding"),
    Case("NUL in a name", "vendors.csv", b"name\nZorvan\x00Sensor Works\nBlue Ferry\n", 2, "NUL"),
    Case("cell of 10 MB", "vendors.csv", b"name\n" + b"x" * 10_000_000 + b"\nBlue Ferry\n", 3, "row 2"),
    Case("unbalanced quote", "vendors.csv", b'name,city\n"Zorvan,Rome\nBlue Ferry,Oslo\n', 2, "quote"),
    Case("duplicate header", "vendors.csv", b"name,name\nA,B\n", 2, "name"),
    Case("no name column", "vendors.csv", b"colour,size\nred,1\n", 2, "--map name="),
    Case("two name columns", "vendors.csv", b"vendor,customer\nA,B\n", 2, "--map name="),
    Case(
        "password-protected XLSX",
        "vendors.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        2,
        "password",
    ),
    Case("broken XLSX", "vendors.xlsx", b"PK\x03\x04" + b"\0" * 100, 2, "vendors.xlsx"),
    Case("HTML page", "vendors.csv", b"<!DOCTYPE html><html><body>Log in</body></html>", 2, "HTML"),
    Case("gzip", "vendors.csv", b"\x1f\x8b\x08\x00rest", 2, "gzip"),
    Case("XLSX with formulas", "vendors.xlsx", workbook(formulas), 1, "the formula in B3 has no saved value"),
    Case("XLSX with merged cells", "vendors.xlsx", workbook(merged), 1, "Zorvan Sensor Works"),
    Case("terminal escapes", "vendors.csv", b"name\n\x1b[2J\x1b]0;x\x07Zorvan Sensor Works\n", 1, "\\x1b[2J"),
    Case(
        "HTML in a name", "vendors.csv", b"name\n<script>Zorvan Sensor Works</script>\n", 1, "<script>Zorvan"
    ),
    Case("leading =", "vendors.csv", b"name\n=Zorvan Sensor Works\n", 1, "=Zorvan Sensor Works"),
    Case("row without a name", "vendors.csv", b"id,name\n1,\n2,Blue Ferry\n", 3, "row 2"),
]
TITLES = [case.title for case in FILES]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a sound watchlist, list.yml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.yml").write_text(GOOD_LIST)
    return tmp_path


@pytest.mark.parametrize("case", FILES, ids=TITLES)
def test_counterparty_file(case: Case, folder: Path, invoke: Invoke) -> None:
    if case.content is not None:
        (folder / case.name).write_bytes(case.content)
    result = invoke("screen", case.name, "-w", "list.yml", "-t", "70", "-o", "report.csv", "--no-progress")
    assert result.exit_code == case.status, result.output
    said = " ".join((result.stderr if case.status == 2 else result.stdout).split())
    assert case.message in said
    assert "\x1b" not in result.output
    assert (folder / "report.csv").exists() == (case.status != 2)
    if case.status == 2:
        assert result.stderr.startswith("error: ")
        assert result.stdout == ""
    else:
        assert "rows read " in result.stdout
    for line in (folder / "report.csv").read_bytes().splitlines() if case.status != 2 else []:
        assert not any(cell.startswith(b"=") for cell in line.split(b","))


def test_folder_instead_of_a_file(folder: Path, invoke: Invoke) -> None:
    result = invoke("screen", folder, "-w", "list.yml")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "folder" in result.stderr


LISTS = [
    ("malformed YAML", GOOD_LIST.replace("title: An example", "title: [An example"), "list.yml"),
    ("YAML tag", GOOD_LIST.replace("An example", "!!python/object/apply:os.system [ls]"), "tag"),
    ("unknown key", GOOD_LIST + "colour: red\n", "colour"),
    ("unknown key of an entity", GOOD_LIST + "    colour: red\n", "colour"),
    ("missing key", GOOD_LIST.replace("kind: internal\n", ""), "kind"),
    ("wrong kind", GOOD_LIST.replace("kind: internal", "kind: rumour"), "rumour"),
    ("duplicate entity", GOOD_LIST + GOOD_LIST.split("entities:\n")[1], "zorvan"),
    ("empty list file", "", "list.yml"),
    ("alias bomb", "a: &a [x, x]\nb: &b [*a, *a]\n" + GOOD_LIST, "list.yml"),
]


@pytest.mark.parametrize(
    ("content", "message"), [case[1:] for case in LISTS], ids=[case[0] for case in LISTS]
)
def test_watchlist(content: str, message: str, folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    (folder / "list.yml").write_text(content)
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "-o", "report.csv")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "list.yml" in result.stderr
    assert message in result.stderr
    assert not (folder / "report.csv").exists()


def test_two_lists_with_one_id(folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    (folder / "other.yml").write_text(GOOD_LIST)
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "-w", "other.yml")
    assert result.exit_code == 2
    assert "other.yml:1:5: id: expected an id of its own, found that of list.yml" in result.stderr


def test_a_list_that_is_not_there(folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    result = invoke("screen", "vendors.csv", "-w", "no-such-list")
    assert result.exit_code == 2
    assert "no-such-list" in result.stderr


@pytest.mark.parametrize("as_of", ["yesterday", "2024-13-01", "12.04.2024", ""])
def test_a_date_that_is_none(folder: Path, invoke: Invoke, as_of: str) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "--as-of", as_of)
    assert result.exit_code == 2
    assert "is not a date" in result.stderr


@pytest.mark.parametrize(
    "option", ["--encoding=klingon", "--sheet=Sheet9", "--map=colour=name", "--map=name=Nome"]
)
def test_an_option_that_does_not_fit_the_file(folder: Path, invoke: Invoke, option: str) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    result = invoke("screen", "vendors.csv", "-w", "list.yml", option)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_output_that_may_not_be_written(folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "-o", closed / "report.csv")
    assert result.exit_code == 2
    assert "permission denied" in result.stderr


def test_output_over_a_folder(folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    (folder / "report.csv").mkdir()
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "-o", "report.csv")
    assert result.exit_code == 2
    assert "it is a folder or a device" in result.stderr
