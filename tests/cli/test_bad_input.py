"""What can be wrong with files, each with its message and exit status, through the whole program."""

from __future__ import annotations

import datetime
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
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


def sheet_with(part: str) -> bytes:
    """A workbook of which one part of the sheet's XML is another: what no spreadsheet writes."""
    data = io.BytesIO()
    plain = workbook(lambda sheet: sheet.append(["name"]))
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, part.encode() + content if name.endswith("sheet1.xml") else content)
    return data.getvalue()


def typed(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet.append(["id", "name"])
    for name in (datetime.date(2031, 2, 3), 3.25, True, "#N/A", "Zorvan Sensor Works_x000D_"):
        sheet.append([1, name])


def parquet(**columns: pa.Array) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


ZORVAN = "Zorvan Sensor Works"
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
    Case("only blank lines", "vendors.csv", b"\n\r\n\n", 2, "holds only blank lines"),
    Case("byte order mark alone", "vendors.csv", b"\xef\xbb\xbf", 2, "holds only blank lines"),
    Case(
        "no header",
        "vendors.csv",
        b"Zorvan Sensor Works,CN\n",
        2,
        'Columns found: "Zorvan Sensor Works", "CN"',
    ),
    Case("UTF-16 without a mark", "vendors.csv", f"name\n{ZORVAN}\n".encode("utf-16-le"), 1, "utf-16-le"),
    Case("cut in UTF-16", "vendors.csv", f"name\n{ZORVAN}".encode("utf-16")[:-1], 2, "The file is damaged"),
    Case("a NUL that reads as UTF-16", "vendors.csv", b"name\nZor\0van\n", 2, "NUL byte at offset 8"),
    Case("short in GB18030", "vendors.csv", "name\n海康威视\n".encode("gb18030"), 0, "gb18030"),
    Case("short in cp1251", "vendors.csv", "name\nРомашка\n".encode("cp1251"), 0, "cp1251"),
    Case("short in Big5", "vendors.csv", "name\n海康威視\n".encode("big5"), 2, "--encoding"),
    Case("semicolons", "vendors.csv", b"id;name\n1;Zorvan, Sensor Works\n", 1, "delimiter ';'"),
    Case("tabs", "vendors.csv", b"id\tname\n1\tZorvan, Sensor Works\n", 1, "delimiter 'tab'"),
    Case("pipes", "vendors.csv", b"id|name\n1|Zorvan, Sensor Works\n", 1, "delimiter '|'"),
    Case("mixed ends of lines", "vendors.csv", b"name\r\nA\rB\nZorvan Sensor Works\r\n", 1, "row 4"),
    Case("CR alone", "vendors.csv", b"name\rA\rZorvan Sensor Works\r", 1, "row 3"),
    Case("quoted line break", "vendors.csv", b'name\n"Blue\nFerry"\nZorvan Sensor Works\n', 1, "row 4"),
    Case("too many cells", "vendors.csv", b"id,name\n1,Zorvan,Rome\n2,Blue Ferry\n", 3, "may be shifted"),
    Case("too few cells", "vendors.csv", b"id,name\n1\n2,Zorvan Sensor Works\n", 1, "row 2 id 1"),
    Case(
        "right-to-left override",
        "vendors.csv",
        "name\n\u202eZorvan Sensor Works\n".encode(),
        1,
        "\\u202eZorvan",
    ),
    Case("letters that show nothing", "vendors.csv", "id,name\n1,\u3164\n".encode(), 3, "no letter or digit"),
    Case(
        "an escape before the name", "vendors.csv", b"name\n\x1b[31mZorvan Sensor Works\n", 1, "match 100.0"
    ),
    Case("name of 100,000 characters", "vendors.csv", b"name\n" + b"Zorvan " * 14_286, 3, "at most 10,000"),
    Case("name of 5,000 words", "vendors.csv", b"name\n" + b"a " * 4_999 + b"\n", 0, "clear 1"),
    Case(
        "1,000 columns",
        "vendors.csv",
        (",".join(["name", *(f"c{n}" for n in range(999))]) + "\n" + ",".join([ZORVAN, *"x" * 999])).encode(),
        1,
        "match 1",
    ),
    Case("XLSX bomb", "vendors.xlsx", sheet_with(" " * (64 << 20)), 2, "that is no honest table"),
    Case(
        "XLSX with entities", "vendors.xlsx", sheet_with('<!DOCTYPE x [<!ENTITY a "a">]>'), 2, "holds a DTD"
    ),
    Case("XLSX with dates and numbers as names", "vendors.xlsx", workbook(typed), 1, "placeholder '#N/A'"),
    Case(
        "Parquet with structs as names",
        "vendors.parquet",
        parquet(name=pa.array([{"short": ZORVAN}])),
        2,
        'the column "name" of names holds objects, not text',
    ),
    Case(
        "Parquet with bytes as names", "vendors.parquet", parquet(name=[ZORVAN.encode(), b"\xff"]), 1, "row 3"
    ),
    Case(
        "Parquet with dates beyond the calendar",
        "vendors.parquet",
        parquet(
            name=[ZORVAN], dob=pa.array([1 << 30], pa.date32()), seen=pa.array([1 << 50], pa.timestamp("ms"))
        ),
        1,
        "match 1",
    ),
    Case("no Parquet", "vendors.parquet", b"PAR1" + b"x" * 90, 2, "is not a readable Parquet file"),
    Case(
        "JSON nested deeply",
        "vendors.jsonl",
        b'{"name":' + b"[" * 99_999 + b'\n{"name":"A"}',
        3,
        "too deeply",
    ),
    Case(
        "JSON with a key twice",
        "vendors.jsonl",
        b'{"name":"A","name":"B"}\n{"name":"C"}\n',
        3,
        '"name" stands',
    ),
    Case(
        "JSON with half a pair",
        "vendors.jsonl",
        b'{"name":"\\ud800"}\n{"name":"A"}\n',
        3,
        "is half of a pair",
    ),
    Case(
        "JSON with a huge number", "vendors.jsonl", b'{"name":"A","id":' + b"9" * 9_999 + b"}\n", 0, "clear 1"
    ),
    Case("JSON with objects as names", "vendors.jsonl", b'{"name":{"short":"Zorvan"}}\n', 2, "holds objects"),
    Case("JSON array", "vendors.json", b'[{"name":"A"}]\n', 2, "jq -c"),
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


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_device_without_end(folder: Path, invoke: Invoke) -> None:
    result = invoke("screen", "/dev/zero", "-w", "list.yml")
    assert result.exit_code == 2
    assert (
        result.stderr == "error: /dev/zero is a device, not a file.\nName a file, or - for standard input.\n"
    )


@pytest.mark.parametrize(
    "case", [case for case in FILES if case.content is not None], ids=lambda case: case.title
)
def test_standard_input_ends_as_the_file_does(case: Case, folder: Path, invoke: Invoke) -> None:
    result = invoke("screen", "-", "-w", "list.yml", "-t", "70", "--no-progress", stdin=case.content)
    assert result.exit_code == case.status, result.output
    assert ("rows read " in result.stdout) == (case.status != 2)


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


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_output_through_links(folder: Path, invoke: Invoke) -> None:
    """A link is followed: the file it names is written, and the input is not, whatever it is called."""
    (folder / "vendors.csv").write_bytes(GOOD)
    (folder / "elsewhere").mkdir()
    for link, target in [
        ("report.csv", "elsewhere/real.csv"),
        ("input.csv", "vendors.csv"),
        ("lost.csv", "no/x.csv"),
    ]:
        (folder / link).symlink_to(target)
    assert invoke("screen", "vendors.csv", "-w", "list.yml", "-o", "report.csv").exit_code == 1
    assert (folder / "report.csv").is_symlink()
    assert (folder / "elsewhere" / "real.csv").read_bytes().startswith(b"status,score,")
    for output, message in [
        ("input.csv", "would overwrite the input"),
        ("lost.csv", f"{folder / 'no'} does not exist"),
    ]:
        result = invoke("screen", "vendors.csv", "-w", "list.yml", "-o", output)
        assert result.exit_code == 2
        assert message in result.stderr
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "-o", "report.csv", "-o", "elsewhere/real.csv")
    assert result.exit_code == 2
    assert "is named twice" in result.stderr
    assert (folder / "vendors.csv").read_bytes() == GOOD


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root may write")
def test_output_where_nobody_may_write(folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "-o", "/proc/report.csv")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: The report /proc/report.csv cannot be written: ")


def test_output_over_a_folder(folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_bytes(GOOD)
    (folder / "report.csv").mkdir()
    result = invoke("screen", "vendors.csv", "-w", "list.yml", "-o", "report.csv")
    assert result.exit_code == 2
    assert "it is a folder or a device" in result.stderr


def test_a_name_of_which_nothing_can_be_compared_is_unscreened(folder: Path, invoke: Invoke) -> None:
    (folder / "vendors.csv").write_text("vendor\n\x1b[31m\nʰʷ\n和\nBlue Lantern Bakery\n", encoding="utf-8")
    result = invoke("screen", "vendors.csv", "-w", "list.yml")
    assert result.exit_code == 3
    assert "row 2 \\x1b[31m: no usable name: nothing of it can be compared" in result.stdout
    assert result.stdout.endswith("rows read 4: clear 3, review 0, match 0, cleared 0, unscreened 1\n")
