"""XLSX workbooks, read row by row."""

from __future__ import annotations

import contextlib
import itertools
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from screening.errors import InputError, UsageError
from screening.intake import columns
from screening.intake.reader import Chunk, Reader, Tally, chunk_of
from screening.intake.text import CHUNK, Source
from screening.intake.typed import text as as_text

_UNPACKED_LIMIT = 1 << 30
"""Bytes of all parts unpacked. A full sheet of a million rows and ten columns stays under it."""
_RATIO_LIMIT = 400
"""Unpacked to packed size. Spreadsheet XML packs to between a fifth and a hundredth of its size, a bomb to a thousandth."""
_SMALL = 32 << 20  # unpacked parts this small do no harm at any ratio
_LAST_ROW = 1_048_576  # of the XLSX format
_PROLOG = 1 << 16
_TITLES = 10  # non-blank rows looked at to find the header below a title
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_DTD = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")
_ROOT = re.compile(rb"<\0?[A-Za-z_]")
# How the format writes characters that XML may not hold, such as the CR of "Acme_x000D_" (ECMA-376, ST_Xstring).
_ESCAPED = re.compile("_x((?![dD][89a-fA-F])[0-9a-fA-F]{4})_")
_ZEROS = re.compile(r"0+")
_BLANK_ROWS = 100_000  # trailing formatted rows; openpyxl yields every one of them


class _Merge(NamedTuple):
    """A merged range that spans several rows. Counted from 1."""

    first: int
    last: int
    column: int


class Workbook(Reader):
    """One sheet of a workbook, its cells as a spreadsheet shows them.

    Text stays as typed, a number whose format is a row of zeros keeps its leading zeros, dates are ISO. A formula gives
    the value it had when the file was saved; a row whose formula has none cannot be screened. The value of a range
    merged over several rows counts in each of them.
    """

    format = "xlsx"

    def __init__(self, source: Source, sheet: str | None) -> None:
        self._source = source
        _check_archive(source)
        with self._book(values=True) as book:
            self.sheet, notes = _pick(book, sheet, source.shown)
            part = book[self.sheet]._worksheet_path
        self._formulas, self._merged = _scan(source, part)
        if self._formulas:
            notes.append("The sheet holds formulas; the values they had when the file was saved are used.")
        if self._merged:
            notes.append(
                f"Ranges merged over several rows: {len(self._merged):,}; the value counts in each of the rows."
            )
        early = []
        for row, cells, _ in itertools.islice((found for found in self._rows() if any(found[1])), _TITLES):
            early.append((row, [cell.strip() for cell in cells]))
        if not early:
            raise InputError(f"{source.shown}: sheet {self.sheet!r} is empty.", "Name another with --sheet.")
        self._first, header = _header(early)
        while header and not header[-1]:
            header.pop()
        self.header = tuple(header)
        if self._first != early[0][0]:
            notes.append(f"The header is row {self._first}; what stands above it is not read.")
        self.notes = tuple(notes)

    def chunks(self, size: int, tally: Tally) -> Iterator[Chunk]:
        width = len(self.header)
        rows: list[int] = []
        cells: list[list[str]] = []
        problems: dict[int, str] = {}
        for row, record, problem in self._rows():
            if row <= self._first:
                continue
            if not any(record) and not problem:
                tally.blank(row)
                continue
            if any(map(str.strip, record[width:])):
                problem = problem or "the row has values beyond the last column of the header"
            else:
                del record[width:]
            record.extend([""] * (width - len(record)))
            if problem:
                problems[len(rows)] = problem
            rows.append(row)
            cells.append(record)
            if len(rows) == size:
                yield chunk_of(rows, cells, width, problems)
                rows, cells, problems = [], [], {}
        if rows:
            yield chunk_of(rows, cells, width, problems)
        self._source.check_unchanged()

    @contextlib.contextmanager
    def _book(self, *, values: bool) -> Iterator[Any]:
        """The workbook, with saved values or with formulas. Raises InputError for whatever the reading of it raises."""
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            with self._source.open() as stream, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about validation rules and styles, which are not read
                book = openpyxl.load_workbook(stream, read_only=True, data_only=values, keep_links=False)
                try:
                    yield book
                finally:
                    book.close()
        except (
            InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError,
            OSError, SyntaxError, NotImplementedError, RuntimeError,
        ) as problem:  # fmt: skip
            raise InputError(
                f"{self._source.shown} is not a readable XLSX file ({type(problem).__name__}: {problem}).",
                "Open it in a spreadsheet and save it again, or save it as CSV.",
            ) from problem

    def _rows(self) -> Iterator[tuple[int, list[str], str]]:
        """(row number, cells, problem) of every row of the sheet."""
        waiting = sorted(self._merged, reverse=True)
        held: list[tuple[_Merge, str]] = []
        with contextlib.ExitStack() as stack:
            shown = _sheet_rows(stack.enter_context(self._book(values=True)), self.sheet)
            written = (
                _sheet_rows(stack.enter_context(self._book(values=False)), self.sheet)
                if self._formulas
                else None
            )
            for number, row in enumerate(shown, 1):
                if number > _LAST_ROW:
                    raise ValueError(f"a row number above {_LAST_ROW:,}")
                cells = [_shown(cell) if cell.value is not None else "" for cell in row]
                problem = _without_value(next(written), row) if written is not None else ""
                while waiting and waiting[-1].first <= number:
                    merge = waiting.pop()
                    if merge.first == number and merge.column <= len(cells) and cells[merge.column - 1]:
                        held.append((merge, cells[merge.column - 1]))
                held = [(merge, value) for merge, value in held if merge.last >= number]
                for merge, value in held:
                    cells.extend([""] * (merge.column - len(cells)))
                    cells[merge.column - 1] = value
                yield number, cells, problem


def _sheet_rows(book: Any, sheet: str | None) -> Iterator[Any]:
    worksheet = book[sheet]
    # The size that a file states for its sheet may be wrong, and rows beyond it would be lost.
    worksheet.reset_dimensions()
    rows: Iterator[Any] = worksheet.iter_rows()
    return rows


def _without_value(written: Any, shown: Any) -> str:
    for written_cell, cell in zip(written, shown, strict=True):
        if written_cell.value is not None and written_cell.data_type == "f" and cell.value is None:
            return f"the formula in {written_cell.coordinate} has no saved value; open the file in a spreadsheet and save it"
    return ""


def _shown(cell: Any) -> str:
    """A cell as a spreadsheet shows it, numbers without rounding."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        zeros = cell.number_format or ""
        if len(zeros) > 1 and _ZEROS.fullmatch(zeros) and float(value).is_integer():
            return f"{int(value):0{len(zeros)}}"
    if isinstance(value, str) and "_x" in value:
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return as_text(value)


def _header(early: list[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The header among the first non-blank rows: the first, unless that is a title in one cell above a wider row."""
    for row, cells in early:
        filled = [cell for cell in cells if cell]
        if len(filled) > 1 or columns.read_header(filled[0]) is not None:
            return row, cells
    return early[0]


def _pick(book: Any, wanted: str | None, shown: str) -> tuple[str, list[str]]:
    """The sheet to read, and what to say of the others."""
    sheets = [sheet.title for sheet in book.worksheets]
    listed = ", ".join(repr(title) for title in sheets)
    if wanted is not None:
        if wanted not in sheets:
            raise UsageError(f"--sheet: {shown} has no sheet {wanted!r}.", f"Sheets: {listed}.")
        return wanted, []
    if not sheets:
        raise InputError(f"{shown} has no sheet with cells.", "Save the table in a worksheet, or as CSV.")
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"] or sheets
    if len(sheets) == 1:
        return sheets[0], []
    named = [title for title in visible if _has_names(book, title)] or visible
    if len(named) > 1:
        raise InputError(
            f"{shown} has several sheets that may hold the counterparties: {', '.join(repr(title) for title in named)}.",
            f"Name one with --sheet, for example --sheet {named[0]!r}.",
        )
    others = ", ".join(repr(title) for title in sheets if title != named[0])
    return named[0], [f"Sheets not read: {others}."]


def _has_names(book: Any, title: str) -> bool:
    rows = ([_shown(cell) for cell in row if cell.value is not None] for row in _sheet_rows(book, title))
    early = itertools.islice((row for row in rows if row), _TITLES)
    known = (columns.read_header(cell) for row in early for cell in row)
    return any(
        found is not None and found.role in (*columns.NAME_KINDS, *columns.PART_KINDS) for found in known
    )


def _check_archive(source: Source) -> None:
    """Refuse an archive that is no workbook, encrypted, unpacks beyond the limits or holds a DTD."""
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if "[Content_Types].xml" not in archive.namelist() or not any(
                p.filename.startswith("xl/") for p in parts
            ):
                raise InputError(
                    f"{source.shown} is a ZIP archive, not an XLSX file.",
                    "Unpack it and name the table in it.",
                )
            if any(part.flag_bits & 1 for part in parts):
                raise InputError(f"{source.shown} is encrypted.", "Remove the password.")
            unpacked = sum(part.file_size for part in parts)
            packed = sum(part.compress_size for part in parts)
            if unpacked > _UNPACKED_LIMIT or (unpacked > _SMALL and unpacked > _RATIO_LIMIT * max(packed, 1)):
                raise InputError(
                    f"{source.shown} unpacks from {packed:,} to {unpacked:,} bytes; that is no honest table.",
                    "Save it again, or as CSV.",
                )
            for part in parts:
                if not part.filename.lower().endswith((".xml", ".rels")):
                    continue
                with archive.open(part) as data:
                    prolog = data.read(_PROLOG)
                if _DTD.search(prolog) or (part.file_size > _PROLOG and not _ROOT.search(prolog)):
                    raise InputError(
                        f"{source.shown}: the part {part.filename!r} holds a DTD, which spreadsheets never write.",
                        "Save it again with a spreadsheet program.",
                    )
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError) as problem:
        raise InputError(
            f"{source.shown} is a damaged ZIP or XLSX file ({problem}).", "Fetch or export it again."
        ) from problem


def _scan(source: Source, part: str) -> tuple[bool, tuple[_Merge, ...]]:
    """Whether a sheet holds formulas, and its merges over several rows.

    Read from the bytes, because the row-by-row reader tells neither.
    """
    formulas, merged, rest = False, [], b""
    with source.open() as stream, zipfile.ZipFile(stream) as archive, archive.open(part.lstrip("/")) as data:
        while chunk := data.read(CHUNK):
            window = rest + chunk
            formulas = formulas or _FORMULA.search(window) is not None
            end = 0
            for found in _MERGE.finditer(window):
                letters, first, _, last = found.groups()
                if int(last) > int(first):
                    merged.append(_Merge(int(first), int(last), _column_number(letters)))
                end = found.end()
            rest = window[max(end, len(window) - 200) :]
    return formulas, tuple(merged)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
