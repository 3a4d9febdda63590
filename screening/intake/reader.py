"""What every file format hands over: a header, and chunks of rows as text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Chunk(NamedTuple):
    """Rows of a table, as columns of text.

    rows: line numbers. columns: one for each header, each as long as rows. problems: index in the chunk -> why the row
    cannot be read. beyond: index -> cells beyond the last header.
    """

    rows: list[int]
    columns: Sequence[Sequence[str]]
    problems: dict[int, str]
    beyond: dict[int, list[str]]


def chunk_of(rows: list[int], cells: list[list[str]], width: int, problems: dict[int, str]) -> Chunk:
    """A chunk from rows that have at least width cells each."""
    beyond = {i: cells[i][width:] for i in problems if len(cells[i]) > width}
    columns = list(zip(*cells, strict=False))[:width] or [()] * width
    return Chunk(rows, columns, problems, beyond)


def merged(chunks: Iterator[Chunk], size: int, most: int) -> Iterator[Chunk]:
    """Small chunks, of at most `most` rows each, put together to chunks of at most size rows (or of one that is larger)."""
    rows: list[int] = []
    columns: list[list[str]] = []
    problems: dict[int, str] = {}
    beyond: dict[int, list[str]] = {}
    for chunk in chunks:
        if not chunk.rows:
            continue
        if not rows:
            columns = [[] for _ in chunk.columns]
        problems.update((i + len(rows), text) for i, text in chunk.problems.items())
        beyond.update((i + len(rows), cells) for i, cells in chunk.beyond.items())
        for column, more in zip(columns, chunk.columns, strict=True):
            column.extend(more)
        rows.extend(chunk.rows)
        if len(rows) + most > size:
            yield Chunk(rows, columns, problems, beyond)
            rows, problems, beyond = [], {}, {}
    if rows:
        yield Chunk(rows, columns, problems, beyond)


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
    notes: tuple[str, ...] = ()

    @abstractmethod
    def chunks(self, size: int, tally: Tally) -> Iterator[Chunk]:
        """All rows in file order, at most size a chunk; blank lines go to the tally. May be called again."""
