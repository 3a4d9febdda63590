"""XLSX: typed cells, no formula, decision columns with a drop-down, the same bytes for the same run."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from openpyxl.worksheet.worksheet import Worksheet

from screening.errors import OutputError
from screening.model import Run
from screening.reports import xlsx
from screening.reports.csv_report import COLUMNS
from screening.reports.text import visible
from tests.reports.sample import HOSTILE, delta_run, sample_run


def book_of(run: Run) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx.render(run)))


def records(sheet: Worksheet) -> list[dict[str, object]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip([str(name) for name in header], row, strict=True)) for row in rows]


def parts_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_same_run_same_bytes() -> None:
    assert xlsx.render(sample_run()) == xlsx.render(sample_run())


def test_times_are_those_of_the_run() -> None:
    content = xlsx.render(sample_run())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.properties.created == datetime(2026, 10, 9, 8, 30)
    assert book.properties.modified == datetime(2026, 10, 9, 8, 30)


def test_columns_are_those_of_the_csv_report() -> None:
    sheet = book_of(sample_run())["Hits"]
    assert tuple(cell.value for cell in sheet[1]) == COLUMNS


def test_every_hit_is_a_row_with_numbers_as_numbers() -> None:
    run = sample_run()
    rows = records(book_of(run)["Hits"])
    assert [row["hit_id"] for row in rows] == [hit.id for hit in run.hits]
    assert [row["score"] for row in rows] == [hit.score for hit in run.hits]
    assert [row["row"] for row in rows] == [hit.counterparty.row for hit in run.hits]
    assert rows[0]["list_kind"] == "sanctions"
    assert rows[2]["list_kind"] == "adverse-media"


def test_frozen_header_and_filters() -> None:
    sheet = book_of(sample_run())["Hits"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{openpyxl.utils.get_column_letter(len(COLUMNS))}20"


def test_decisions_round_trip_and_lapsed_ones_are_not_renewed() -> None:
    rows = {row["hit_id"]: row for row in records(book_of(sample_run())["Hits"])}
    cleared, lapsed, fresh = rows["h-cleared"], rows["h-lapsed"], rows["h-tongli-1"]
    assert cleared["decision"] == "false-positive"
    assert cleared["decision_by"] == "M. Reviewer"
    assert cleared["decision_until"] == datetime(2027, 3, 1)
    assert lapsed["decision"] is None
    assert "expired on 2026-01-01" in str(lapsed["decision_reason"])
    assert (lapsed["decision_by"], lapsed["decision_until"]) == (None, None)
    assert [fresh[column] for column in xlsx.DECISION_COLUMNS] == [None] * 4


def test_hits_that_are_gone_come_last_and_are_told_apart() -> None:
    book = book_of(delta_run())
    first, second, *_, gone = records(book["Hits"])
    assert (first["change"], second["change"]) == ("new", "changed")
    assert second["changed"] == "score 88.0 to 91.0; <b>name</b>"
    assert (gone["hit_id"], gone["status"], gone["change"]) == ("h-gone", "gone", "gone")
    assert gone["run_id"] == "0123456789abcdef"
    assert book["Hits"].auto_filter.ref.endswith("21")
    facts = {row[0]: row[1] for row in book["Run"].iter_rows(values_only=True)}
    assert (
        facts["changes"]
        == "against run 0123456789abcdef of 2026-10-08: new 1, changed 1, unchanged 17, gone 1"
    )
    assert {row["change"] for row in records(book_of(sample_run())["Hits"])} == {None}


def test_drop_down_holds_the_two_dispositions() -> None:
    sheet = book_of(sample_run())["Hits"]
    found = {str(item.sqref): (item.type, item.formula1) for item in sheet.data_validations.dataValidation}
    column = openpyxl.utils.get_column_letter(COLUMNS.index("decision") + 1)
    assert found[f"{column}2:{column}20"] == ("list", '"true-match,false-positive"')


def test_no_formula_and_no_error_value_in_any_sheet() -> None:
    content = xlsx.render(sample_run())
    for name, part in parts_of(content).items():
        if name.startswith("xl/worksheets/"):
            cells = re.sub(
                r"<conditionalFormatting.*?</conditionalFormatting>|<dataValidations.*?</dataValidations>",
                "",
                part,
            )
            assert "<f>" not in cells
            assert 't="e"' not in cells
    texts = [
        cell
        for row in book_of(sample_run())["Hits"].iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
    ]
    assert {cell.value for cell in texts} >= {HOSTILE[4]}
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in texts)


@pytest.mark.parametrize(
    "name", ["=1+1", "#N/A", "+cmd|' /C calc'!A0", "-1", "@SUM(A1)", "TRUE", "1e5", "007"]
)
def test_text_stays_text(name: str) -> None:
    run = sample_run()
    sheet = book_of(replace(run, hits=(replace(run.hits[0], name=name),)))["Hits"]
    cell = sheet.cell(2, COLUMNS.index("counterparty_name") + 1)
    assert (cell.value, cell.data_type) == (name, "s")


def test_hostile_names_are_shown_with_their_escapes() -> None:
    names = {row["counterparty_name"] for row in records(book_of(sample_run())["Hits"])}
    assert r"\x1b[31mRed\x1b[0m \x07 Ltd\x00" in names
    assert r"Evil\u202egnp.exe Ltd" in names
    assert {visible(name) for name in HOSTILE[:-1]} <= names
    # Excel would read _x0041_ as a letter: in the file its underscore is escaped.
    assert "_x005F_x0041_" in parts_of(xlsx.render(sample_run()))["xl/worksheets/sheet1.xml"]


def test_only_http_links() -> None:
    sheet = book_of(sample_run())["Hits"]
    targets = {cell.hyperlink.target for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert targets == {"https://lists.example/entry/1001", "https://sud.example/list?id=77&lang=en"}


def test_manifest_and_rows_not_screened_have_sheets_of_their_own() -> None:
    run = sample_run()
    book = book_of(run)
    assert book.sheetnames == ["Hits", "Run", "Not screened"]
    facts = {row[0]: row[1] for row in book["Run"].iter_rows(values_only=True)}
    assert facts["run_id"] == run.manifest.run_id
    assert facts["rows read"] == 61
    assert facts["unscreened"] == 2
    assert facts["warning"] == "house-list is 100 days old (limit 30)"
    assert [row["reason"] for row in records(book["Not screened"])] == [
        "the name cell is empty",
        "no letter or digit in the name",
    ]


def test_clear_rows_only_when_asked_for() -> None:
    book = book_of(replace(sample_run(), every_row=True))
    assert book.sheetnames == ["Hits", "Run", "Not screened", "Clear"]
    assert [row["counterparty_name"] for row in records(book["Clear"])] == ["Meadow Bakery"]


def test_a_run_without_hits() -> None:
    book = book_of(replace(sample_run(), hits=(), outcomes=()))
    assert [sheet.max_row for sheet in (book["Hits"], book["Not screened"])] == [1, 1]


def test_a_long_text_is_cut_where_excel_would_refuse_it() -> None:
    run = sample_run()
    hit = replace(run.hits[0], name="x" * 40_000)
    sheet = book_of(replace(run, hits=(hit,)))["Hits"]
    text = sheet.cell(2, COLUMNS.index("counterparty_name") + 1).value
    assert isinstance(text, str)
    assert len(text) == xlsx.LONGEST_CELL
    assert text.endswith("... (40,000 characters; the JSON report has them all)")


def test_more_hits_than_a_sheet_holds_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 10)
    with pytest.raises(OutputError, match=r"this run has 19 hits.*\.csv"):
        xlsx.render(sample_run())


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), min_size=1, max_size=30))
def test_any_name_makes_a_readable_file(name: str) -> None:
    run = sample_run()
    rows = records(book_of(replace(run, hits=(replace(run.hits[0], name=name),)))["Hits"])
    assert rows[0]["hit_id"] == "h-tongli-1"


@pytest.mark.parametrize(("text", "value"), [("2027-03-01", date(2027, 3, 1)), ("2027", "2027"), (None, "")])
def test_partial_dates_stay_text(text: str | None, value: object) -> None:
    run = sample_run()
    hit = next(hit for hit in run.hits if hit.status == "cleared")
    assert hit.decision
    hit = replace(hit, decision=replace(hit.decision, until=text))
    row = records(book_of(replace(run, hits=(hit,)))["Hits"])[0]
    shown = row["decision_until"]
    assert (shown.date() if isinstance(shown, datetime) else shown or "") == value
