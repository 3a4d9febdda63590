"""CSV, TSV and other delimited text."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from screening.errors import InputError
from screening.intake import columns
from screening.intake.reader import Chunk, Lines, Reader, Tally, chunk_of, merged
from screening.intake.text import Source, text_stream

CELL_LIMIT = 16 << 20
"""Characters of one cell. Beyond it a quote is missing, or the file is no table."""
_DELIMITERS = ("\t", ";", "|", ",")
_NO_DELIMITER = (
    "\x1f"  # the unit separator: a table of one column is read with a delimiter that does not occur
)
_BLOCK = 1_000  # rows held as rows; a block that fits the processor's cache is read twice as fast
_SAMPLE = 1 << 18
_SAMPLE_ROWS = 200
_LABELS = {"\t": "tab", _NO_DELIMITER: "none"}


class _Records(NamedTuple):
    rows: list[int]
    cells: list[list[str]]
    problems: dict[int, str]
    quoted: dict[int, str]  # index -> its first line, where it holds a quote

    def after(self, index: int) -> _Records:
        """The records behind the one at index."""
        rest = index + 1
        problems = {i - rest: text for i, text in self.problems.items() if i >= rest}
        quoted = {i - rest: text for i, text in self.quoted.items() if i >= rest}
        return _Records(self.rows[rest:], self.cells[rest:], problems, quoted)


class Slice(NamedTuple):
    """Some whole records of a file: the bytes from start up to end; the first stands in line first_row."""

    start: int
    end: int
    first_row: int


class Delimited(Reader):
    """A table in delimited text, read as a stream."""

    def __init__(self, source: Source, codec: str, only: Slice | None = None) -> None:
        """only: the rows to read; header and delimiter are those of the whole file."""
        if csv.field_size_limit() < CELL_LIMIT:
            csv.field_size_limit(CELL_LIMIT)
        self._source, self._codec, self._only = source, codec, only
        with text_stream(source, codec) as stream:
            sample = stream.read(_SAMPLE)
        complete = len(sample) < _SAMPLE
        self.skip, declared = _declared(sample)
        self.separator = declared or _delimiter(sample, complete=complete)
        self.format = "tsv" if self.separator == "\t" else "csv"
        self.encoding = codec
        self.delimiter = _LABELS.get(self.separator, self.separator)
        with text_stream(source, codec) as stream:
            first = next(
                (cells for part in self._records(stream, 1) for cells in part.cells if any(cells)), []
            )
            self.header = tuple(map(str.strip, first))
        if not any(self.header):
            raise InputError(f"{source.shown} holds only blank lines.", "A table has at least a header line.")

    def chunks(self, size: int, tally: Tally) -> Iterator[Chunk]:
        block = min(size, _BLOCK)
        yield from merged(self._small_chunks(block, tally, self._only), size, block)
        self._source.check_unchanged()

    def first(self, size: int) -> Chunk | None:
        block = min(size, _BLOCK)
        return next(merged(self._small_chunks(block, Tally(), None), size, block), None)

    def _stream(self, only: Slice | None) -> TextIO:
        if only is None:
            return text_stream(self._source, self._codec)
        with self._source.open() as stream:
            stream.seek(only.start)
            content = io.BytesIO(stream.read(only.end - only.start))
        codec = self._codec.removesuffix("-sig")  # a mark stands only where the file begins
        return io.TextIOWrapper(content, encoding=codec, errors="strict", newline="")

    def _small_chunks(self, size: int, tally: Tally, only: Slice | None) -> Iterator[Chunk]:
        width = len(self.header)
        started = only is not None
        with self._stream(only) as stream:
            for records in self._records(stream, size, only):
                if not started:  # the header, and blank lines before it
                    first = next(
                        (i for i, cells in enumerate(records.cells) if any(cells)), len(records.cells)
                    )
                    started = first < len(records.cells)
                    records = records.after(first)
                yield self._chunk(records, width, tally)

    def _chunk(self, records: _Records, width: int, tally: Tally) -> Chunk:
        same_width = set(map(len, records.cells)) == {width}
        if same_width and all(map(any, records.cells)) and not records.problems:
            return chunk_of(records.rows, records.cells, width, {}, Lines(self.separator, records.quoted))
        rows: list[int] = []
        cells: list[list[str]] = []
        problems: dict[int, str] = {}
        quoted: dict[int, str] = {}
        for i, (row, record) in enumerate(zip(records.rows, records.cells, strict=True)):
            problem = records.problems.get(i, "")
            if not problem and (not any(record) or (len(record) == 1 and not record[0].strip())):
                tally.blank(row)
                continue
            if len(record) < width:
                if not problem:
                    tally.short(row)
                record.extend([""] * (width - len(record)))
            elif len(record) > width and not any(map(str.strip, record[width:])):
                del record[width:]
            elif len(record) > width and not problem:
                problem = f"the row has {len(record)} cells, the header {width}: its columns may be shifted"
            if problem:
                problems[len(rows)] = problem
            if i in records.quoted:
                quoted[len(rows)] = records.quoted[i]
            rows.append(row)
            cells.append(record)
        return chunk_of(rows, cells, width, problems, Lines(self.separator, quoted))

    def _records(self, stream: TextIO, size: int, only: Slice | None = None) -> Iterator[_Records]:
        """All records, blank ones too, with the line on which each begins."""
        delimiter = self.separator
        above = self.skip if only is None else only.first_row - 1  # lines before those of the stream's reader
        last = ""
        with_quotes: dict[int, str] = {}  # lines read before -> the line

        def lines() -> Iterator[str]:
            nonlocal last
            for line in stream:
                last = line
                if '"' in line:
                    with_quotes[reader.line_num] = line
                yield line

        for _ in range(self.skip if only is None else 0):
            next(stream, "")
        # strict: without it a missing quote would swallow the following rows in silence.
        reader = csv.reader(lines(), delimiter=delimiter, strict=True)
        begin = above + 1  # line of the next record
        while True:
            cells: list[list[str]] = []
            broken = False
            try:
                # extend keeps what it got before an error.
                cells.extend(itertools.islice(reader, size))
            except csv.Error as problem:
                row, end = begin + sum(map(_lines, cells)), above + reader.line_num
                if not is_one_line(row, end, str(problem)):
                    raise broken_record(self._source.shown, row, end, str(problem)) from problem
                broken = True
                cells.append(next(csv.reader([last], delimiter=delimiter), []))
            except UnicodeError as problem:
                raise InputError(
                    f"{self._source.shown} changed while it was read.", "Run again."
                ) from problem
            if not cells:
                return
            problems = {len(cells) - 1: "the quotes of this line are not balanced"} if broken else {}
            after = above + 1 + reader.line_num
            rows = list(range(begin, begin + len(cells)))
            if after - begin != len(cells):
                ends = list(itertools.accumulate(map(_lines, cells), initial=begin))
                rows = ends[:-1]
                for i, record in enumerate(cells):
                    text = _swallowed(record, delimiter, ends[i], ends[i + 1] - 1)
                    if text:
                        problems[i] = text
            quoted: dict[int, str] = {}
            if with_quotes:
                before = above + 1
                quoted = {
                    i: with_quotes[row - before] for i, row in enumerate(rows) if row - before in with_quotes
                }
                with_quotes.clear()
            begin = after
            yield _Records(rows, cells, problems, quoted)


def broken_record(shown: str, row: int, end: int, problem: str) -> InputError:
    """What is wrong with a record that begins in line `row` and breaks in line `end`, after what csv says of it."""
    where = f"{shown}, line {row}"
    advice = 'Close the quote, or write a quote inside a quoted cell as "".'
    if "field larger" in problem:
        return InputError(f"{where}: a cell holds more than {CELL_LIMIT >> 20} million characters.", advice)
    if "unexpected end" in problem:
        return InputError(
            f"{where}: a quote opens here and is not closed before the end of the file (line {end}).", advice
        )
    return InputError(f"{where}: a quote opens here and ends in the middle of a cell of line {end}.", advice)


def is_one_line(row: int, end: int, problem: str) -> bool:
    """Whether a broken record is a matter of its own line, so that the next line can be read."""
    return row == end and "unexpected end" not in problem and "field larger" not in problem


def _lines(record: list[str]) -> int:
    """The lines of the file that a record takes."""
    return 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in record)


def _declared(sample: str) -> tuple[int, str | None]:
    """Lines to skip and the delimiter that a first line "sep=;" declares, as Excel writes it."""
    first = sample.split("\n", 1)[0].rstrip("\r")
    if first.lower().startswith("sep=") and len(first) == 5:
        return 1, first[4]
    return 0, None


def _delimiter(sample: str, *, complete: bool) -> str:
    """The delimiter under which the rows agree best with the header.

    A candidate must split the header. Most rows of the header's width decide, then how many headers are known, then
    the number of columns.
    """
    best: tuple[tuple[float, int, float, int], str] | None = None
    for delimiter in _DELIMITERS:
        try:
            records = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
            rows = [row for row in itertools.islice(records, _SAMPLE_ROWS) if any(row)]
        except csv.Error:
            continue
        if not complete and len(rows) < _SAMPLE_ROWS:
            rows = rows[:-1] or rows  # the sample may end inside a row
        if not rows or len(rows[0]) < 2:
            continue
        width = len(rows[0])
        agree = sum(len(row) == width for row in rows[1:]) / max(1, len(rows) - 1) if len(rows) > 1 else 1.0
        known = sum(columns.read_header(text) is not None for text in rows[0][:200])
        rank = (float(agree >= 0.8), known, agree, width)
        if best is None or rank > best[0]:
            best = (rank, delimiter)
    return best[1] if best else _NO_DELIMITER


def _swallowed(record: list[str], delimiter: str, first: int, last: int) -> str:
    """Why a record over several lines is not trusted: a line inside one of its cells looks like a row of its own."""
    needed = len(record) - 1
    if needed >= 2 and any(
        line.count(delimiter) >= needed
        for cell in record
        if "\n" in cell or "\r" in cell
        for line in cell.splitlines()[1:]
    ):
        return f"a quoted cell spans lines {first} to {last} and holds what look like rows: a quote may be missing"
    return ""
