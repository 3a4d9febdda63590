"""Lists that this program exported, as FollowTheMoney JSON lines or as CSV: every party carries its record whole.

Lines that describe a party (listings, relations, parties only named) and the other cells of a row say again
what the record says, for other systems. The number of parties stands in every record, so a cut file is
noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from screening.errors import ListError
from screening.lists.export import CSV_COLUMNS, OWN_KEY, csv_cells
from screening.lists.formats import tabular
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.jsontext import lines
from screening.model import Entity, ListInfo, Record, Rejected

EXPECTS_JSON = "JSON lines exported by `screening lists export`"
EXPECTS_CSV = f"CSV exported by `screening lists export`: its last column is {OWN_KEY}"


class Carried(Record, frozen=True, kw_only=True):
    """The record of a party, and the list it is of."""

    list: ListInfo
    entity: Entity


Read = Iterator[tuple[str, Carried | str]]  # (where, record), or (where, reason)


def fits_json(sample: Sample) -> bool:
    return sample.text.startswith("{") and f'"{OWN_KEY}":{{"list":' in sample.text


def fits_csv(sample: Sample) -> bool:
    return [cell.strip('"') for cell in sample.first_line.split(",")] == list(CSV_COLUMNS)


def read_json(path: Path, options: Options) -> Records:
    """One entity for each party. A line that cannot be read, or a party without its record, is rejected."""
    return _read(path, options, _json_records(path))


def read_csv(path: Path, options: Options) -> Records:
    """One entity for each row. A row whose cells were changed since the export is rejected: its record says otherwise."""
    return _read(path, options, _csv_records(path))


def _json_records(path: Path) -> Read:
    for where, value in lines(path):
        if isinstance(value, str):
            yield where, value
        elif value.get("target"):
            try:
                yield where, msgspec.convert(value.get(OWN_KEY) or {}, Carried)
            except msgspec.ValidationError as error:
                yield where, _no_record(error)


def _csv_records(path: Path) -> Read:
    for where, row in tabular.table(path, tabular.stream(path), CSV_COLUMNS):
        if isinstance(row, str):
            yield where, row
            continue
        try:
            carried = msgspec.json.decode(row[OWN_KEY].encode("utf-8", "surrogatepass"), type=Carried)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield where, _no_record(error)
            continue
        shown = [row[column] for column in CSV_COLUMNS[:-1]]
        if shown != csv_cells(carried.entity):
            changed = next(
                c for c, a, b in zip(CSV_COLUMNS, shown, csv_cells(carried.entity), strict=False) if a != b
            )
            yield (
                where,
                f"the cell {changed} was changed since the export; to import the cells, delete the column {OWN_KEY}",
            )
        else:
            yield where, carried


def _no_record(error: Exception) -> str:
    return f"the party carries no record of this program ({error})"


def _read(path: Path, options: Options, records: Read) -> Records:
    info: ListInfo | None = None
    for where, value in records:
        if isinstance(value, str):
            yield Rejected(where=where, reason=value)
        elif info is not None and value.list != info:
            yield Rejected(where=where, reason=f"the party is of another list or version ({value.list.id})")
        else:
            info = value.list
            yield value.entity
    if info is None:
        raise ListError(f"{path.name} has no party that can be read.", "Export the list again.")
    return Facts(
        id=options.list_id or info.id,
        title=info.title,
        kind=info.kind,
        publisher=info.publisher,
        as_of=info.as_of,
        declared=info.accepted,
        source=info.source,
        licence=info.licence,
    )
