"""What the tests of intake share."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from screening.intake import Table, open_table
from screening.model import Counterparty


def write(folder: Path, content: str | bytes, name: str = "input.csv", encoding: str = "utf-8") -> Path:
    """A file of exactly this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def csv_text(rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n") -> str:
    """Rows as the csv module writes them."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


def everything(table: Table) -> list[Counterparty]:
    """The full record of every row."""
    return [batch.counterparty(i) for batch in table.batches() for i in range(len(batch))]


def read(folder: Path, content: str | bytes) -> list[Counterparty]:
    """The full record of every row of a file of this content."""
    return everything(open_table(write(folder, content)))


def problems(table: Table) -> dict[int, str]:
    """row -> why it cannot be screened."""
    return {batch.rows[i]: text for batch in table.batches() for i, text in batch.problems.items()}


def names(table: Table) -> dict[int, tuple[str, ...]]:
    """row -> its usable names."""
    return {
        row: found for batch in table.batches() for row, found in zip(batch.rows, batch.names, strict=True)
    }
