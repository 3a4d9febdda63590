"""Parts of a data set: what one worker reads at a time. A file is one part, or several where it is large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from screening import storage
from screening.errors import InputError, UsageError
from screening.intake.cut import cut
from screening.intake.delimited import Delimited, Slice
from screening.intake.parquet import Parquet
from screening.intake.reader import Reader
from screening.intake.table import Table, reader_of
from screening.intake.text import Source
from screening.model import Record

PART_BYTES = 1 << 20
"""Of a file of text: some 20,000 rows, seconds of work. What is in hand is all that a kill can lose."""
PART_ROWS = 20_000
_SAMPLED = 1 << 20  # bytes from which encoding, delimiter and columns of text are recognised


class Reading(Record, frozen=True, kw_only=True, omit_defaults=False):
    """How to read the files: as the options --map, --encoding and --sheet say."""

    mapping: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None


class Part(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What is screened as one.

    file: as it was found. form: the whole file, some of its lines, or some of its row groups. start, end: bytes of
    the lines, or numbers of the row groups (up to but not with end). first_row: row of the first. rows: how many it
    holds (blank lines among them), None where that is not known without reading it. ranges: the bytes that decide
    what is read, sha256: their hash. problem: why it cannot be read, "" when nothing is known against it.

    Its encoding is hashed, so no default is left out: msgspec tells one by identity, which a pickled text loses.
    """

    file: str
    form: Literal["whole", "lines", "groups"] = "whole"
    start: int = 0
    end: int = 0
    first_row: int = 2
    rows: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    ranges: tuple[tuple[int, int], ...] = ()
    sha256: str = ""
    problem: str = ""


def parts_of(file: str, reading: Reading, part_bytes: int = PART_BYTES, base: str = "") -> tuple[Part, ...]:
    """The parts of a file: each row is in one of them, and the cuts depend on nothing but its content.

    base: the folder from which a relative path leads to it, "" for the one that this process is in.
    A file that cannot be read is one part with a problem.
    """
    try:
        with storage.at_hand(storage.begun_at(base, file)) as path:
            return parts_at(path, file, reading, part_bytes)
    except (InputError, UsageError) as problem:
        return (Part(file=file, problem=problem.message),)
    except OSError as problem:
        return (Part(file=file, problem=cannot_be_read(file, problem)),)


def parts_at(path: Path, file: str, reading: Reading, part_bytes: int) -> tuple[Part, ...]:
    """As parts_of, of a file whose bytes are in a local one. Raises OSError."""
    try:
        source = Source(file, path)
        reader = reader_of(source, reading.encoding, reading.sheet)
        found = _parts(file, source, reader, part_bytes)
    except (InputError, UsageError) as problem:
        return (Part(file=file, problem=problem.message),)
    return tuple(msgspec.structs.replace(part, sha256=storage.sha256(path, part.ranges)) for part in found)


def cannot_be_read(file: str, problem: OSError) -> str:
    """The sentence that says so."""
    return f"{file} cannot be read: {problem.strerror or problem}."


def not_screened(part: Part, why: str, read: int = 0) -> tuple[int, str]:
    """How many rows of a part are unscreened when it cannot be read on after `read` of them, and the reason in words.

    Where it is not known how many rows it has, what is left counts as one.
    """
    if part.rows is not None:
        rows = max(part.rows - read, 1)
        return rows, f"none of the {rows:,} rows from here on was screened: {why}"
    if not read:
        what = "nothing of this file was screened, and its rows could not be counted: it stands as one row"
    else:
        what = "nothing from here on was screened, and these rows could not be counted: they stand as one row"
    return 1, f"{what}: {why}"


def _parts(file: str, source: Source, reader: Reader, part_bytes: int) -> Sequence[Part]:
    size = source.file.stat().st_size
    whole = Part(
        file=file, encoding=reader.encoding, delimiter=reader.delimiter, ranges=((0, size),), end=size
    )
    if isinstance(reader, Parquet):
        return _row_groups(whole, source)
    if isinstance(reader, Delimited) and (cuts := cut(source, reader, part_bytes)) and cuts.cuts:
        return [
            msgspec.structs.replace(
                whole,
                form="lines",
                start=item.slice.start,
                end=item.slice.end,
                first_row=item.slice.first_row,
                rows=item.records,
                ranges=((0, cuts.head), (item.slice.start, item.slice.end)),
                problem=item.problem,
            )
            for item in cuts.cuts
        ]
    return [whole]


def _row_groups(whole: Part, source: Source) -> list[Part]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(source.file) as opened:
        about = opened.metadata
    footer = (whole.end - 8 - about.serialized_size, whole.end)
    found: list[Part] = []
    first_row, start = 2, 0
    rows, least, most = 0, whole.end, 0
    for number in range(about.num_row_groups):
        group = about.row_group(number)
        rows += group.num_rows
        for place in range(group.num_columns):
            low, high = _bytes_of(group.column(place))
            least, most = min(least, low), max(most, high)
        if rows < PART_ROWS and number + 1 < about.num_row_groups:
            continue
        found.append(
            msgspec.structs.replace(
                whole,
                form="groups",
                start=start,
                end=number + 1,
                first_row=first_row,
                rows=rows,
                ranges=((least, most), footer),
            )
        )
        first_row, start = first_row + rows, number + 1
        rows, least, most = 0, whole.end, 0
    return found or [whole]


def _bytes_of(column: Any) -> tuple[int, int]:
    starts = [column.data_page_offset]
    if column.has_dictionary_page:
        starts.append(column.dictionary_page_offset)
    start = min(starts)
    return start, start + column.total_compressed_size


@contextmanager
def open_part(part: Part, reading: Reading, batch_rows: int, base: str = "") -> Iterator[Table]:
    """The rows of a part as a table; only its bytes of a remote file are fetched. base: as for parts_of.

    Raises InputError when it cannot be read or its bytes are no longer those of its hash, UsageError as open_table.
    """
    try:
        file = storage.begun_at(base, part.file)
        with storage.at_hand(file, _needed(part, file)) as path:
            if storage.sha256(path, part.ranges) != part.sha256:
                raise InputError(f"{part.file} changed while it was screened.", "Run again with --resume.")
            yield table_at(path, part, reading, batch_rows)
    except OSError as problem:
        raise InputError(cannot_be_read(part.file, problem)) from problem


def table_at(path: Path, part: Part, reading: Reading, batch_rows: int) -> Table:
    """As open_part, of a part whose bytes are in a local file."""
    reader = _reader(part, Source(part.file, path), reading)
    return Table(reader, part.file, part.file, part.sha256, reading.mapping, batch_rows)


def _needed(part: Part, file: str) -> list[storage.Range] | None:
    if part.form == "whole":
        return None
    sampled = [(0, min(_SAMPLED, storage.size(file)))] if part.form == "lines" else []
    return [*sampled, *part.ranges]


def _reader(part: Part, source: Source, reading: Reading) -> Reader:
    if part.form == "lines":
        return Delimited(source, str(part.encoding), Slice(part.start, part.end, part.first_row))
    if part.form == "groups":
        return Parquet(source, (part.start, part.end), part.first_row)
    return reader_of(source, reading.encoding, reading.sheet)
