"""Parquet files, one row group after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from screening.errors import InputError
from screening.intake.reader import Chunk, Reader, Tally
from screening.intake.text import Source
from screening.intake.typed import text


class Parquet(Reader):
    """A Parquet file as text. Rows are counted from 2, as if the file had a header line."""

    format = "parquet"

    def __init__(self, source: Source, groups: tuple[int, int] | None = None, first_row: int = 2) -> None:
        """groups: only these row groups (from, up to but not with), the first of whose rows is first_row."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._source, self._groups, self._first_row = source, groups, first_row
        try:
            with pq.ParquetFile(source.file) as file:
                schema = file.schema_arrow
        except (pa.ArrowException, OSError) as problem:
            raise self._broken(problem) from problem
        self.header = tuple(name.strip() for name in schema.names)
        self.lists = frozenset(
            n
            for n, field in enumerate(schema)
            if pa.types.is_list(field.type) or pa.types.is_large_list(field.type)
        )
        self.objects = frozenset(n for n, field in enumerate(schema) if _is_object(field.type))
        if not self.header:
            raise InputError(f"{source.shown} has no columns.", "Give a table with a column of names.")

    def chunks(self, size: int, tally: Tally) -> Iterator[Chunk]:  # noqa: ARG002 - no blank lines here
        import pyarrow as pa
        import pyarrow.parquet as pq

        row = self._first_row
        try:
            with pq.ParquetFile(self._source.file) as file:
                groups = None if self._groups is None else list(range(*self._groups))
                for batch in file.iter_batches(batch_size=size, row_groups=groups):
                    columns = [_column(column) for column in batch.columns]
                    yield Chunk(list(range(row, row + batch.num_rows)), columns, {}, {})
                    row += batch.num_rows
        except (pa.ArrowException, OSError) as problem:
            raise self._broken(problem) from problem
        self._source.check_unchanged()

    def _broken(self, problem: Exception) -> InputError:
        reason = str(problem).splitlines()[0].rstrip(".")
        return InputError(
            f"{self._source.shown} is not a readable Parquet file: {reason}.", "Write it again."
        )


def _is_object(kind: Any) -> bool:
    """Whether values are structs or maps, or lists of them."""
    import pyarrow.types as types

    while types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        kind = kind.value_type
    return bool(types.is_struct(kind) or types.is_map(kind))


def _column(column: Any) -> list[str]:
    try:
        return [text(value) for value in column.to_pylist()]
    except (OverflowError, ValueError):  # a date that Python cannot hold, or a string that is not UTF-8
        return [_cell(value) for value in column]


def _cell(value: Any) -> str:
    import pyarrow as pa

    try:
        return text(value.as_py())
    except OverflowError:
        return str(value.cast(pa.string()).as_py())
    except ValueError:
        return text(bytes(value.as_buffer())) if hasattr(value, "as_buffer") else str(value)
