"""What every file format hands over: a header, and chunks of rows as text."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Lines(NamedTuple):
    """Where cells begin in lines of delimited text.

    quoted: index in the chunk -> the row's first line, of the rows with a quote in it. The others need no text: their
    cells, joined by the delimiter, are the line.
    """

    delimiter: str
    quoted: dict[int, str]

    def begins(self, i: int, cells: Sequence[str]) -> list[int]:
        """The character (from 1) at which each cell of the row at index i begins, as far as they begin in its first line."""
        line = self.quoted.get(i)
        if line is None:
            return list(itertools.accumulate((len(cell) + 1 for cell in cells[:-1]), initial=1))
        line = line.rstrip("\r\n")
        found, at = [], 0
        while 0 <= at <= len(line):
            found.append(at + 1)
            if line.startswith('"', at):
                closing = _QUOTED.match(line, at)
                if closing is None:  # the cell goes on in the next line
                    break
                at = closing.end()
            at = line.find(self.delimiter, at) + 1 or -1
        return found


_QUOTED = re.compile(r'"(?:[^"]|"")*+"')  # possessive: of two quotes in a row the first does not close


class Chunk(NamedTuple):
    """Rows of a table, as columns of text.

    rows: line numbers. columns: one for each header, each as long as rows. problems: index in the chunk -> why the row
    cannot be read. beyond: index -> cells beyond the last header. lines: None where the format has no lines of cells.
    """

    rows: list[int]
    columns: Sequence[Sequence[str]]
    problems: dict[int, str]
    beyond: dict[int, list[str]]
    lines: Lines | None = None


def chunk_of(
    rows: list[int],
    cells: list[list[str]],
    width: int,
    problems: dict[int, str],
    lines: Lines | None = None,
) -> Chunk:
    """A chunk from rows that have at least width cells each."""
    beyond = {i: cells[i][width:] for i in problems if len(cells[i]) > width}
    columns = list(zip(*cells, strict=False))[:width] or [()] * width
    return Chunk(rows, columns, problems, beyond, lines)


def merged(chunks: Iterator[Chunk], size: int, most: int) -> Iterator[Chunk]:
    """Small chunks, of at most `most` rows each, put together to chunks of at most size rows (or of one that is larger)."""
    rows: list[int] = []
    columns: list[list[str]] = []
    problems: dict[int, str] = {}
    beyond: dict[int, list[str]] = {}
    lines: Lines | None = None
    for chunk in chunks:
        if not chunk.rows:
            continue
        if not rows:
            columns = [[] for _ in chunk.columns]
            lines = Lines(chunk.lines.delimiter, {}) if chunk.lines else None
        if lines and chunk.lines:
            lines.quoted.update((i + len(rows), text) for i, text in chunk.lines.quoted.items())
        problems.update((i + len(rows), text) for i, text in chunk.problems.items())
        beyond.update((i + len(rows), cells) for i, cells in chunk.beyond.items())
        for column, more in zip(columns, chunk.columns, strict=True):
            column.extend(more)
        rows.extend(chunk.rows)
        if len(rows) + most > size:
            yield Chunk(rows, columns, problems, beyond, lines)
            rows, problems, beyond = [], {}, {}
    if rows:
        yield Chunk(rows, columns, problems, beyond, lines)


class Tally:
    """What is counted while rows are read, to be said in the manifest."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int]] = {}

    def blank(self, row: int) -> None:
        """A line in which every cell is empty: no row."""
        self._add("blank", row)

    def short(self, row: int) -> None:
        """A row with fewer cells than the header."""
        self._add("short", row)

    def _add(self, what: str, row: int) -> None:
        count, first = self._counts.get(what, (0, row))
        self._counts[what] = (count + 1, first)

    def notes(self) -> list[str]:
        """One sentence a count."""
        texts = {
            "blank": ("blank line, not counted as a row", "blank lines, not counted as rows"),
            "short": ("row has", "rows have"),
        }
        found = []
        for what, (one, many) in texts.items():
            if what in self._counts:
                count, first = self._counts[what]
                text = f"{count:,} {one if count == 1 else many}"
                text += (
                    " fewer cells than the header; the missing cells count as empty"
                    if what == "short"
                    else ""
                )
                found.append(f"{text} (first: row {first}).")
        return found


class Reader(ABC):
    """One file format. header: as in the file, without outer blanks."""

    format: str
    header: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    lists: frozenset[int] = frozenset()
    """Columns whose cells may hold several values, joined by "; "."""
    objects: frozenset[int] = frozenset()
    """Columns with cells that are objects (structs, maps): no such column can be a name."""
    notes: tuple[str, ...] = ()

    @abstractmethod
    def chunks(self, size: int, tally: Tally) -> Iterator[Chunk]:
        """All rows in file order, at most size a chunk; blank lines go to the tally. May be called again."""

    def first(self, size: int) -> Chunk | None:
        """The first rows of the file, at most size, None where it has none."""
        return next(self.chunks(size, Tally()), None)
