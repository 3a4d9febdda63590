"""The cells of a table as they stand, without roles: for files whose columns are not those of counterparties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from screening.errors import InputError
from screening.intake.reader import Tally
from screening.intake.table import reader_of
from screening.intake.text import Source

_CHUNK = 20_000


class Cells(NamedTuple):
    """A row of a file: line number as an editor shows it, one cell for each header, and why it cannot be read or ""."""

    row: int
    cells: Sequence[str]
    problem: str


class RawTable:
    """A file with a header and rows of text. header: as in the file. Rows may be read as often as wanted."""

    def __init__(self, path: str | Path, *, encoding: str | None = None, sheet: str | None = None) -> None:
        """Raises InputError or UsageError as open_table does; the header must not repeat a name."""
        source = Source(path)
        self.shown = source.shown
        self.sha256 = source.sha256()
        self._reader = reader_of(source, encoding, sheet)
        self.header = self._reader.header

    def column(self, name: str) -> int:
        """The place of the column with this header. Raises InputError when there is none, or more than one."""
        places = [n for n, text in enumerate(self.header) if text == name]
        if len(places) == 1:
            return places[0]
        shown = ", ".join(f'"{text}"' for text in self.header if text) or "none"
        problem = "has no column" if not places else "has more than one column"
        raise InputError(f'{self.shown} {problem} "{name}".', f"Columns found: {shown}.")

    def rows(self) -> Iterator[Cells]:
        """Every row in file order."""
        for chunk in self._reader.chunks(_CHUNK, Tally()):
            for i, (row, cells) in enumerate(zip(chunk.rows, zip(*chunk.columns, strict=True), strict=True)):
                yield Cells(row, cells, chunk.problems.get(i, ""))
