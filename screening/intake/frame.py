"""DataFrames."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from types import UnionType
from typing import TYPE_CHECKING

from screening.errors import InputError
from screening.intake.reader import Chunk, Reader, Tally
from screening.intake.typed import text

if TYPE_CHECKING:
    import pandas as pd


class Frame(Reader):
    """A DataFrame as text."""

    format = "dataframe"

    def __init__(self, frame: pd.DataFrame) -> None:
        if not len(frame.columns):
            raise InputError("The DataFrame has no columns.", "Give a frame with a column of names.")
        self.header = tuple(text(label).strip() for label in frame.columns)
        self._rows = len(frame)
        self._columns = [_column(frame.iloc[:, n]) for n in range(len(frame.columns))]
        self.lists = frozenset(n for n in range(len(frame.columns)) if _holds(list | tuple, frame.iloc[:, n]))
        self.objects = frozenset(n for n in range(len(frame.columns)) if _holds(dict, frame.iloc[:, n]))

    def sha256(self) -> str:
        """SHA-256 over the header and every cell, each with its length, column by column."""
        digest = hashlib.sha256()
        for column in (self.header, *self._columns):
            for cell in column:
                try:
                    data = cell.encode()
                except UnicodeEncodeError as problem:
                    raise InputError(
                        f"The DataFrame holds {cell[:80]!r}, which is no text: it has half of a pair of surrogates.",
                        "Read the source again in its right encoding.",
                    ) from problem
                digest.update(b"%d:" % len(data) + data)
        return digest.hexdigest()

    def chunks(self, size: int, tally: Tally) -> Iterator[Chunk]:  # noqa: ARG002 - no blank lines here
        for start in range(0, self._rows, size):
            part = [column[start : start + size] for column in self._columns]
            rows = list(range(start + 2, start + 2 + len(part[0])))
            yield Chunk(rows, part, {}, {})


def _column(series: pd.Series) -> list[str]:
    missing = series.isna()
    return [
        "" if gone else text(_plain(value))
        for value, gone in zip(series.tolist(), missing.tolist(), strict=True)
    ]


def _plain(value: object) -> object:
    """numpy scalars and arrays as Python values."""
    convert = getattr(value, "tolist", None)
    return convert() if callable(convert) else value


def _holds(kind: type | UnionType, series: pd.Series) -> bool:
    return series.dtype == object and any(isinstance(_plain(value), kind) for value in series.tolist())
