"""The XLSX report: hits with typed columns and cells for a decision; the manifest; rows not screened.

The columns are those of the CSV report, and hits that are gone come last. A reviewer fills `decision`,
`decision_reason`, `decision_by` and `decision_until`. A decision that has lapsed is told in `decision_reason` and leaves
`decision` empty, so that reading the file back cannot renew it.

Texts are stored as texts, never as formulas. Same Run, same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from screening.errors import OutputError
from screening.model import Hit, ListInfo, RowOutcome, Run
from screening.reports.csv_report import COLUMNS, gone_rows, hit_rows
from screening.reports.links import safe_url, xml_text
from screening.reports.text import SEPARATOR, delta_line, input_line, visible

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | date

DISPOSITIONS = ("true-match", "false-positive")
DECISION_COLUMNS = ("decision", "decision_reason", "decision_by", "decision_until")
ROW_COLUMNS = (
    "status",
    "row",
    "counterparty_id",
    "counterparty_name",
    "counterparty_country",
    "reason",
    "file",
)
LIST_COLUMNS = (
    "list_id",
    "title",
    "kind",
    "publisher",
    "as_of",
    "fetched_at",
    "accepted",
    "rejected",
    "sha256",
)

# Microsoft, "Excel specifications and limits".
MOST_ROWS = 1_048_576
MOST_LINKS = 65_530
LONGEST_CELL = 32_767

WIDTHS = {
    "status": 11,
    "score": 8,
    "row": 8,
    "counterparty_name": 36,
    "matched_name": 36,
    "entity_name": 36,
    "list_id": 18,
    "list_kind": 15,
    "programmes": 22,
    "explanation": 60,
    "evidence": 60,
    "evidence_source": 22,
    "evidence_locator": 32,
    "decision_reason": 40,
    "decision_by": 18,
    "changed": 40,
    "reason": 60,
    "title": 48,
    "publisher": 30,
    "sha256": 68,
}
WIDTH = 16

HEADER_FILL, INPUT_FILL = "FF1F2A44", "FFFFF8DC"
STATUS_FILLS = {
    "match": "FFF8D7DA",
    "review": "FFFFE8C7",
    "cleared": "FFDDEBDD",
    "unscreened": "FFE2E3E5",
    "gone": "FFE2E3E5",
}

# Excel reads _x0041_ in a text as "A" (ECMA-376, 22.9.2.19); a literal underscore there is written that way.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def render(run: Run) -> bytes:
    """The report as a file's bytes.

    Raises OutputError when there are more hits or rows than a sheet holds.
    """
    from openpyxl import Workbook

    hits = len(run.hits) + (len(run.delta.gone) if run.delta else 0)
    for what, count in (("hits", hits), ("rows", len(run.outcomes))):
        if count >= MOST_ROWS:
            raise OutputError(
                f"An XLSX sheet holds {MOST_ROWS - 1:,} rows; this run has {count:,} {what}.",
                "Write the report as .csv or .jsonl.",
            )
    book = Workbook()
    book.remove(book.worksheets[0])
    _hits_sheet(book.create_sheet("Hits"), run)
    _run_sheet(book.create_sheet("Run"), run)
    unscreened = [outcome for outcome in run.outcomes if outcome.status == "unscreened"]
    _rows_sheet(book.create_sheet("Not screened"), unscreened)
    if run.every_row:
        _rows_sheet(book.create_sheet("Clear"), [item for item in run.outcomes if item.status == "clear"])
    return _saved(book, datetime.fromisoformat(run.manifest.started_at).replace(tzinfo=None))


def _hits_sheet(sheet: Worksheet, run: Run) -> None:
    from openpyxl.formatting.rule import Rule
    from openpyxl.styles import Font, PatternFill
    from openpyxl.styles.differential import DifferentialStyle
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    rows = [*hit_rows(run), *gone_rows(run)]
    _header(sheet, COLUMNS, len(rows))
    link_column = COLUMNS.index("evidence_locator") + 1
    link_font = Font(color="FF0B5CAD", underline="single")
    links = 0
    # The style of a column holds for its empty cells; cells with a value need their own.
    paper = PatternFill("solid", fgColor=INPUT_FILL)
    decision_columns = [COLUMNS.index(column) + 1 for column in DECISION_COLUMNS]
    for column in decision_columns:
        sheet.column_dimensions[get_column_letter(column)].fill = paper
    for place, (hit, cells) in enumerate(rows, start=2):
        _write(sheet, place, _hit_values(hit, cells))
        address = _address(hit)
        if address and links < MOST_LINKS:
            cell = sheet.cell(place, link_column)
            cell.hyperlink = address
            cell.font = link_font
            links += 1
        if hit.decision or hit.decision_note:
            for column in decision_columns:
                sheet.cell(place, column).fill = paper
    last = len(rows) + 1
    score = get_column_letter(COLUMNS.index("score") + 1)
    until = get_column_letter(COLUMNS.index("decision_until") + 1)
    decision = get_column_letter(COLUMNS.index("decision") + 1)
    for cell in sheet[score][1:]:
        cell.number_format = "0.0"
    sheet.column_dimensions[until].number_format = "yyyy-mm-dd"
    if rows:
        choice = DataValidation(type="list", formula1=f'"{",".join(DISPOSITIONS)}"', allow_blank=True)
        choice.error = f"Use one of: {', '.join(DISPOSITIONS)}."
        choice.errorTitle = "Decision"
        choice.showErrorMessage = True
        choice.add(f"{decision}2:{decision}{last}")
        day = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        day.error = "Give a date, or leave the cell empty for a decision without an end."
        day.errorTitle = "Decision until"
        day.showErrorMessage = True
        day.add(f"{until}2:{until}{last}")
        sheet.add_data_validation(choice)
        sheet.add_data_validation(day)
        for status, colour in STATUS_FILLS.items():
            fill = PatternFill("solid", bgColor=colour)
            rule = Rule(type="cellIs", operator="equal", dxf=DifferentialStyle(fill=fill))
            rule.formula = [f'"{status}"']
            sheet.conditional_formatting.add(f"A2:A{last}", rule)


def _hit_values(hit: Hit, cells: tuple[str, ...]) -> list[Value]:
    values: dict[str, Value] = dict(zip(COLUMNS, cells, strict=True))
    values["score"] = round(hit.score, 1)
    values["row"] = hit.counterparty.row
    for column in ("decision_on", "decision_until"):
        values[column] = _day(str(values[column]))
    return [values.get(column, "") for column in COLUMNS]


def _address(hit: Hit) -> str | None:
    """The first address among the evidence and the official listings."""
    found = [safe_url(item.locator) for item in hit.entity.evidence]
    found += [safe_url(listing.url) for listing in hit.entity.listings]
    return next((address for address in found if address), None)


def _run_sheet(sheet: Worksheet, run: Run) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    manifest, counts = run.manifest, run.manifest.counts
    facts: list[tuple[Value, ...]] = [
        ("A hit is no legal finding, and no hit is no clearance.",),
        (),
        ("run_id", manifest.run_id),
        ("started_at", manifest.started_at),
        ("version", manifest.version),
        ("as_of", manifest.as_of or ""),
        ("input", input_line(manifest)),
        ("input_sha256", manifest.input.sha256),
        *((f"input_sha256 of {file.path}", file.sha256) for file in manifest.input.files),
        ("settings_sha256", manifest.settings_sha256),
        *((f"setting: {name}", _flat(value)) for name, value in manifest.settings.items()),
        *((f"version of {name}", version) for name, version in manifest.dependencies.items()),
        *(("note", note) for note in manifest.input.notes),
        *(("warning", warning) for warning in manifest.warnings),
        (),
        ("rows read", counts.read),
        ("match", counts.match),
        ("review", counts.review),
        ("cleared", counts.cleared),
        ("clear", counts.clear),
        ("unscreened", counts.unscreened),
        *([("changes", delta_line(run.delta))] if run.delta else ()),
        (),
        LIST_COLUMNS,
        *(_list_values(info) for info in manifest.lists),
    ]
    for place, values in enumerate(facts, start=1):
        _write(sheet, place, values)
        if values is LIST_COLUMNS:
            for cell in sheet[place]:
                cell.font = Font(bold=True)
    for place, column in enumerate(LIST_COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = max(WIDTHS.get(column, WIDTH), 20)


def _list_values(info: ListInfo) -> tuple[Value, ...]:
    return (
        info.id,
        info.title,
        info.kind,
        info.publisher,
        info.as_of,
        info.fetched_at or "",
        info.accepted,
        info.rejected,
        info.sha256,
    )


def _rows_sheet(sheet: Worksheet, outcomes: Sequence[RowOutcome]) -> None:
    _header(sheet, ROW_COLUMNS, len(outcomes))
    for place, outcome in enumerate(outcomes, start=2):
        party = outcome.counterparty
        values = (
            outcome.status,
            party.row,
            party.id,
            SEPARATOR.join(party.names),
            SEPARATOR.join(party.countries),
            outcome.reason,
            party.file,
        )
        _write(sheet, place, values)


def _header(sheet: Worksheet, columns: Sequence[str], count: int) -> None:
    """The header row: frozen, repeated on paper, with filters over all rows."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    _write(sheet, 1, columns)
    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(1, place)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=HEADER_FILL)
        cell.alignment = Alignment(vertical="center")
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column, WIDTH)
    sheet.row_dimensions[1].height = 22
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _write(sheet: Worksheet, place: int, values: Iterable[Value]) -> None:
    for column, value in enumerate(values, start=1):
        if value == "":
            continue
        cell = sheet.cell(place, column)
        if isinstance(value, str):
            cell.value = _cell_text(value)
            cell.data_type = "s"  # openpyxl takes "=..." for a formula and "#N/A" for an error
            if value.startswith(_FORMULA):
                cell.quotePrefix = 1  # so that editing the cell does not turn it into a formula
        else:
            cell.value = value


def _cell_text(text: str) -> str:
    shown = _ESCAPE.sub("_x005F_", xml_text(visible(text)))
    if len(shown) <= LONGEST_CELL:
        return shown
    note = f"... ({len(shown):,} characters; the JSON report has them all)"
    return shown[: LONGEST_CELL - len(note)] + note


def _day(text: str | None) -> Value:
    """A full ISO date as a date; anything else stays text."""
    try:
        return date.fromisoformat(text) if text else ""
    except ValueError:
        return text or ""


def _flat(value: object) -> str:
    """A settings table on one line, keys in their own order."""
    if isinstance(value, dict):
        return SEPARATOR.join(f"{name} = {_flat(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_flat(item) for item in value)
    return str(value)


def _saved(book: Workbook, moment: datetime) -> bytes:
    """The workbook's bytes with the run's time in place of the clock's."""
    book.properties.creator = "screening"
    book.properties.created = moment
    draft, final = io.BytesIO(), io.BytesIO()
    book.save(draft)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(draft) as source, zipfile.ZipFile(final, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":  # openpyxl writes the present time on saving
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return final.getvalue()
