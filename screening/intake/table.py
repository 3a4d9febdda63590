"""A table of counterparties: opened by content, read in batches of columns."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from screening.errors import InputError, UsageError
from screening.intake import columns, values
from screening.intake.columns import Layout
from screening.intake.reader import Chunk, Reader, Tally
from screening.intake.text import Source, encoding_of
from screening.model import Counterparty, EntityType, Identifier, InputInfo

if TYPE_CHECKING:
    import pandas as pd

V = TypeVar("V")
_CACHED = 100_000  # distinct cells remembered a column; a column of free text must not fill the memory
_PEEKED = 200  # rows looked at to tell a column of names from one of numbers
_EXAMPLES = 3  # cells quoted in a note


# Rows a batch: few enough that both cores have work from ten thousand rows on, more than it costs to hand one over.
BATCH_ROWS = 5_000


def open_table(
    path: str | Path,
    *,
    mapping: Mapping[str, str | Sequence[str]] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Table:
    """Open a counterparty file: CSV, TSV, XLSX, JSON lines or Parquet, told apart by content.

    path: a file, or "-" for the bytes of standard input. mapping: role -> header, or headers where a role takes
    several; goes before recognition. encoding: a Python codec for text files; None recognises it. sheet: name of an
    XLSX sheet; None takes the only one with content. batch_rows: rows a batch, at least 1.

    Raises InputError when the file cannot be read as a whole or its name column is missing or ambiguous, UsageError for
    an unknown role, header, encoding or sheet.
    """
    source = Source(path)
    sha256 = source.sha256()
    reader = reader_of(source, encoding, sheet)
    return Table(reader, source.path, source.shown, sha256, mapping, batch_rows)


def from_frame(frame: pd.DataFrame, *, mapping: Mapping[str, str | Sequence[str]] | None = None) -> Table:
    """A DataFrame as a table. Rows are counted from 2, as if the frame were a file with a header line.

    Missing values are empty; numbers and dates are written as text (whole floats without ".0", dates as ISO). The
    manifest's hash is over that text. Raises as open_table does.
    """
    from screening.intake.frame import Frame

    reader = Frame(frame)
    return Table(reader, "DataFrame", "The DataFrame", reader.sha256(), mapping, BATCH_ROWS)


def reader_of(source: Source, encoding: str | None, sheet: str | None) -> Reader:
    """The reader for a source, by its content. Raises InputError and UsageError as open_table does."""
    head, name = source.head, source.name
    if sheet is not None and not head.startswith(b"PK\x03\x04"):
        raise UsageError(f"--sheet: {source.shown} is not an XLSX file.", "Leave --sheet out.")
    for magic, what, advice in _REFUSED:
        if head.startswith(magic):
            raise InputError(f"{source.shown} is {what}.", advice)
    if head.startswith(b"PK\x03\x04"):
        from screening.intake.xlsx import Workbook

        return Workbook(source, sheet)
    if head.startswith(b"PAR1"):
        from screening.intake.parquet import Parquet

        return Parquet(source)
    codec = encoding_of(source, encoding)
    start = head.decode(codec, "ignore").lstrip("\ufeff \t\r\n")
    if start[:1] in ("{", "[") or name.endswith((".jsonl", ".ndjson", ".json")):
        from screening.intake.jsonlines import JsonLines

        return JsonLines(source, codec)
    if start[:9].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise InputError(f"{source.shown} is an HTML or XML page, not a table.", "Export it as CSV or XLSX.")
    from screening.intake.delimited import Delimited

    return Delimited(source, codec)


_REFUSED = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a password-protected XLSX file or an old XLS file; neither can be read",
        "Remove the password, or save it as XLSX or CSV.",
    ),
    (b"\x1f\x8b", "compressed (gzip)", "Unpack it first: gunzip."),
    (b"PK\x05\x06", "an empty ZIP archive", "Give CSV, TSV, XLSX, JSON lines or Parquet."),
    (b"%PDF", "a PDF document", "Export the table as CSV or XLSX."),
)


class Rows(Protocol):
    """What is screened: a table, or several files read as one."""

    @property
    def info(self) -> InputInfo:
        """How it was read. The notes on its rows are complete once batches() has been read to the end."""

    def batches(self) -> Iterator[Batch]:
        """All rows in their order, as often as it is called."""


class Noticed:
    """What is counted and noticed while rows are read, to be said when they are: of one file at a time.

    ids: those of the rows read before; a repeated one is noticed. They are kept here. read: rows, so far.
    """

    def __init__(self, ids: set[str] | None = None) -> None:
        self.tally = Tally()
        self.cells = _Cells(set() if ids is None else ids)
        self.read = 0
        self._named = self._lettered = False

    def add(self, batch: Batch) -> None:
        """Take in the rows that come next."""
        self.read += len(batch)
        self._named = self._named or any(batch.names)
        self._lettered = self._lettered or any(
            c.isalpha() for names in batch.names for name in names for c in name
        )

    def notes(self) -> tuple[str, ...]:
        """One sentence for each thing to be said of the rows."""
        said = [] if self.read else ["The table has a header and no rows."]
        if self._named and not self._lettered:
            said.append("None of the names holds a letter: the name column may be a column of numbers.")
        return (*said, *self.tally.notes(), *self.cells.notes())


class Table:
    """A table of counterparties. Rows are read by batches(), in file order, as often as it is called."""

    def __init__(
        self,
        reader: Reader,
        path: str,
        shown: str,
        sha256: str,
        mapping: Mapping[str, str | Sequence[str]] | None,
        batch_rows: int,
    ) -> None:
        if batch_rows < 1:
            raise UsageError(f"batch_rows must be at least 1, not {batch_rows}.")
        self._reader, self._size = reader, batch_rows
        layout = columns.resolve(reader.header, mapping, shown, self._first_columns)
        for n in sorted({n for source in layout.names for n in source.indexes} & reader.objects):
            raise InputError(
                f'{shown}: the column "{columns.clipped(reader.header[n])}" of names holds objects, not text.',
                "Write the name itself into a column of its own, or name another column: --map name=COLUMN.",
            )
        if reader.lists:
            names = (
                n._replace(how="list") if n.how == "cell" and n.indexes[0] in reader.lists else n
                for n in layout.names
            )
            layout = layout._replace(names=tuple(names))
        self._layout = layout
        self._info = InputInfo(
            path=path,
            format=reader.format,
            sha256=sha256,
            encoding=reader.encoding,
            delimiter=reader.delimiter,
            sheet=reader.sheet,
            columns=layout.columns(),
            notes=(*reader.notes, *layout.notes),
        )
        self._found: tuple[str, ...] = ()

    def _first_columns(self) -> Sequence[Sequence[str]]:
        chunk = self._reader.first(_PEEKED)
        return chunk.columns if chunk else ()

    @property
    def info(self) -> InputInfo:
        """How the file was read. The notes on its rows are complete once batches() has been read to the end."""
        import msgspec

        return msgspec.structs.replace(self._info, notes=(*self._info.notes, *self._found))

    def batches(self) -> Iterator[Batch]:
        """All rows in file order. Raises InputError where the file is broken or changed while it is read."""
        noticed = Noticed()
        yield from self.noted_batches(noticed)
        self._found = noticed.notes()

    def noted_batches(self, noticed: Noticed) -> Iterator[Batch]:
        """As batches; what is to be said of the rows goes to `noticed`, with that of other parts of the file."""
        chunks = self._reader.chunks(self._size, noticed.tally)
        while True:
            with _no_collection():
                batch = next((Batch(chunk, self._layout, noticed.cells) for chunk in chunks), None)
            if batch is None:
                return
            noticed.add(batch)
            yield batch


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the cycle collector: rows make no cycles, and walking them again and again doubles the time of reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Batch:
    """Some rows of a table, as columns of equal length.

    rows: line numbers as an editor shows them (header = 1). names: the usable names of each row, () where there are
    none. problems: index -> why the row cannot be screened; its names are (). ids, countries (ISO 3166-1 alpha-2),
    birth_dates (ISO, partial or ""), types and identifiers: of each row, empty where the file says nothing.
    file: the one in which the rows count, where several are read as one table. lost: index -> how many rows of a part
    that cannot be read the one there stands for.
    """

    file = ""
    lost: Mapping[int, int] = MappingProxyType({})

    def __init__(self, chunk: Chunk, layout: Layout, cells: _Cells) -> None:
        self.rows = chunk.rows
        self._layout, self._columns, self._beyond, self._lines = (
            layout,
            chunk.columns,
            chunk.beyond,
            chunk.lines,
        )
        self.problems = dict(chunk.problems)
        self.names = self._usable_names()
        roles = layout.roles
        size = len(self)
        self.ids = cells.ids(self._columns[roles["id"][0]], self.rows) if "id" in roles else [""] * size
        found = [cells.countries(self._columns[n]) for n in roles.get("country", ())]
        self.countries = _merged(found) if found else [()] * size
        self.birth_dates = (
            cells.birth_dates(self._columns[roles["birth_date"][0]]) if "birth_date" in roles else [""] * size
        )
        self.types = cells.types(self._columns[roles["type"][0]]) if "type" in roles else [None] * size

    @classmethod
    def unreadable(cls, file: str, row: int, rows: int, reason: str) -> Batch:
        """One row that stands for `rows` rows of a file, which cannot be read from this row on."""
        nothing = Layout(header=(), names=(), roles={}, notes=())
        batch = cls(Chunk([row], (), {0: reason}, {}), nothing, _Cells(set()))
        batch.file, batch.lost = file, {0: rows}
        return batch

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, indexes: Sequence[int]) -> Batch:
        """The rows at these indexes, which rise, as a batch of their own."""
        place = {i: n for n, i in enumerate(indexes)}

        def moved(found: dict[int, V]) -> dict[int, V]:
            return {place[i]: value for i, value in found.items() if i in place}

        def taken(found: Sequence[V]) -> list[V]:
            return [found[i] for i in indexes]

        part = Batch.__new__(Batch)
        part.file, part.lost = self.file, moved(dict(self.lost))
        part.rows, part.names, part.ids = taken(self.rows), taken(self.names), taken(self.ids)
        part.countries, part.birth_dates = taken(self.countries), taken(self.birth_dates)
        part.types, part.problems = taken(self.types), moved(self.problems)
        part._layout, part._columns = self._layout, [taken(column) for column in self._columns]
        part._beyond = moved(self._beyond)
        part._lines = self._lines and self._lines._replace(quoted=moved(self._lines.quoted))
        return part

    def digests(self) -> list[bytes]:
        """A hash of what is screened in each row, 16 bytes, the last of them never nought.

        Rows with the same hash are screened alike, in whatever file, line and order of columns they stand.
        """
        layout = self._layout
        shape = (
            [(name.how, len(name.indexes)) for name in layout.names],
            sorted((role, len(found)) for role, found in layout.roles.items()),
        )
        used = [n for name in layout.names for n in name.indexes]
        used += [n for role in sorted(layout.roles) for n in layout.roles[role]]
        start = hashlib.blake2b(repr(shape).encode(), digest_size=16)
        found: list[bytes] = []
        for cells in zip(*(self._columns[n] for n in used), strict=True):
            digest = start.copy()
            digest.update("\x1f".join(cells).encode("utf-8", "surrogatepass"))
            content = digest.digest()
            found.append(content[:15] + bytes((content[15] | 1,)))
        return found

    def where(self, i: int) -> str:
        """Where the row at index i stands: `row 3`, `row 3 of north.csv`."""
        return f"row {self.rows[i]}" + (f" of {self.file}" if self.file else "")

    def cells(self, role: str) -> list[Sequence[str]]:
        """The columns that have this role, as text; none where the file has no such column."""
        return [self._columns[n] for n in self._layout.roles.get(role, ())]

    def address(self, i: int) -> str:
        """The address of the row at index i on one line, "" where it has none."""
        parts = (column[i].strip() for column in self.cells("address"))
        return ", ".join(part for part in parts if part)

    def counterparty(self, i: int) -> Counterparty:
        """The full record of the row at index i of this batch."""
        layout, row = self._layout, [column[i] for column in self._columns]
        names = self.names[i] or self._names_of(i)[0]
        used, named = self._used, self._named
        if names:
            used = used | named
        # A cell whose text says more than what was read from it stays in the record as it is.
        for role, known in (
            ("country", self.countries[i]),
            ("birth_date", self.birth_dates[i]),
            ("type", self.types[i]),
        ):
            indexes = layout.roles.get(role, ())
            for n in indexes:
                cell = row[n].strip()
                # Of several columns of countries, one may not be understood.
                unread = not known or (len(indexes) > 1 and values.countries(cell) is None)
                if cell and (unread or (role == "birth_date" and known != cell)):
                    used = used - {n}
        extra = [
            (label, columns.clipped(row[n]) if n in named and len(row[n]) > values.NAME_LIMIT else row[n])
            for n, label in enumerate(self._labels)
            if n not in used
        ]
        extra += [
            (f"column {n + 1}", cell) for n, cell in enumerate(self._beyond.get(i, ()), len(layout.header))
        ]
        return Counterparty(
            row=self.rows[i],
            names=names,
            id=self.ids[i],
            type=self.types[i],
            countries=self.countries[i],
            birth_date=self.birth_dates[i],
            identifiers=self.identifiers[i],
            address=self.address(i),
            extra=tuple(extra),
            name_columns=self._name_columns(i, names, row),
            file=self.file,
        )

    @cached_property
    def _named(self) -> frozenset[int]:
        """The columns of names."""
        return frozenset(n for name in self._layout.names for n in name.indexes)

    @cached_property
    def _used(self) -> frozenset[int]:
        """The columns of which the record has a field, names and goods apart."""
        roles = self._layout.roles
        return frozenset(n for role, indexes in roles.items() if role not in columns.GOODS for n in indexes)

    @cached_property
    def _labels(self) -> list[str]:
        """What each column is called among `extra`."""
        goods = {n: role for role in columns.GOODS for n in self._layout.roles.get(role, ())}
        return [goods.get(n) or header or f"column {n + 1}" for n, header in enumerate(self._layout.header)]

    def _name_columns(self, i: int, names: tuple[str, ...], row: list[str]) -> tuple[int, ...]:
        """Where the cell of each name begins in the row's line; () where it is not known of all of them."""
        if self._lines is None:
            return ()
        begins = self._lines.begins(i, row)
        first = self._layout.names[0]
        if len(self._layout.names) == 1 and first.how == "cell":  # as in most files: nothing to look for
            n = first.indexes[0]
            return (begins[n],) if names and n < len(begins) else ()
        cells: dict[str, int] = {}
        for source in self._layout.names:
            filled = [n for n in source.indexes if row[n].strip() and not values.unusable(row[n].strip())]
            for text in self._texts(source, i):
                cells.setdefault(text, filled[0] if filled else source.indexes[0])
        places = [cells[name] for name in names]
        return tuple(begins[n] for n in places) if places and max(places) < len(begins) else ()

    def _usable_names(self) -> list[tuple[str, ...]]:
        sources = self._layout.names
        if len(sources) == 1 and sources[0].how == "cell":
            cells = list(map(str.strip, self._columns[sources[0].indexes[0]]))
            names: list[tuple[str, ...]] = list(zip(cells, strict=False))
            for i in values.all_unusable(cells):
                self.problems.setdefault(i, self._names_of(i)[1])
        else:
            names = []
            for i in range(len(self)):
                found, problem = self._names_of(i)
                names.append(found)
                if problem:
                    self.problems.setdefault(i, problem)
        self.problems = dict(sorted(self.problems.items()))
        for i in self.problems:
            names[i] = ()
        return names

    def _names_of(self, i: int) -> tuple[tuple[str, ...], str]:
        """The usable names of a row, and why it cannot be screened ("" when it can)."""
        found: dict[str, None] = {}
        reasons: dict[str, bool] = {}
        for source in self._layout.names:
            texts = self._texts(source, i)
            headers = ", ".join(f'"{columns.clipped(self._layout.header[n])}"' for n in source.indexes)
            for text in texts:
                reason = values.unusable(text)
                if reason:
                    reasons[f"{headers} {reason}"] = len(text) > values.NAME_LIMIT
                else:
                    found[text] = None
        too_long = [reason for reason, long in reasons.items() if long]
        if too_long:
            return tuple(found), f"name column {too_long[0]}"
        if found:
            return tuple(found), ""
        return (), "no usable name: column " + "; column ".join(reasons)

    def _texts(self, source: columns.NameColumns, i: int) -> list[str]:
        """What one source of names says in the row at index i: at least one text, which may be empty."""
        if source.how == "joined":
            parts = [self._columns[n][i].strip() for n in source.indexes]
            return [" ".join(part for part in parts if part and not values.unusable(part))]
        if source.how == "list":
            return values.several(self._columns[source.indexes[0]][i]) or [""]
        return [self._columns[source.indexes[0]][i].strip()]

    @cached_property
    def identifiers(self) -> list[tuple[Identifier, ...]]:
        """The identifiers of each row; the scheme is the column's ("registration" and "tax" where it says no more)."""
        used = [(scheme, n) for scheme in columns.SCHEMES for n in self._layout.roles.get(scheme, ())]
        if not used:
            return [()] * len(self)
        one: list[list[tuple[Identifier, ...]]] = [
            [
                (Identifier(scheme=scheme, value=text),) if text else ()
                for text in map(str.strip, self._columns[n])
            ]
            for scheme, n in used
        ]
        return one[0] if len(one) == 1 else [tuple(itertools.chain(*row)) for row in zip(*one, strict=True)]


def _merged(columns: list[list[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    if len(columns) == 1:
        return columns[0]
    return [
        tuple(dict.fromkeys(code for codes in row for code in codes)) for row in zip(*columns, strict=True)
    ]


class _Memo(dict[str, V], Generic[V]):
    """What the distinct cells of a column say, computed once each."""

    def __init__(self, read: Callable[[str], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> V:
        value = self._read(cell.strip())
        if len(self) < _CACHED:
            self[cell] = value
        return value


class _Cells:
    """The reading of cells beyond their text, and what has to be said about it in the end."""

    def __init__(self, ids: set[str]) -> None:
        self._ids = ids
        self._gaps: dict[str, tuple[int, list[str]]] = {}
        self._countries = _Memo(lambda cell: values.countries(cell) or () if cell else ())
        self._birth_dates = _Memo(lambda cell: values.birth_date(cell) if cell else ("", False))
        self._types = _Memo(lambda cell: values.entity_type(cell) if cell else None)

    def ids(self, column: Sequence[str], rows: list[int]) -> list[str]:
        """The ids as they are; a repeated one is noted."""
        ids = list(map(str.strip, column))
        fresh = set(ids)
        if len(fresh) == len(ids) and self._ids.isdisjoint(fresh):
            self._ids |= fresh
            return ids
        for text, row in zip(ids, rows, strict=True):
            if text and text in self._ids:
                self._note("id", f"{columns.clipped(text)} in row {row}")
            self._ids.add(text)
        return ids

    def countries(self, column: Sequence[str]) -> list[tuple[str, ...]]:
        """ISO codes of each cell, () where it is not recognised."""
        found = list(map(self._countries.__getitem__, column))
        if () in found:
            for cell, codes in zip(column, found, strict=True):
                if not codes and cell.strip():
                    self._note("country", columns.clipped(cell.strip()))
        return found

    def birth_dates(self, column: Sequence[str]) -> list[str]:
        """ISO dates of each cell, "" where it is not recognised."""
        found = [self._birth_dates[cell] for cell in column]
        for cell, (date, ambiguous) in zip(column, found, strict=True):
            if ambiguous or (not date and cell.strip()):
                self._note("ambiguous_date" if ambiguous else "birth_date", columns.clipped(cell.strip()))
        return [date for date, _ in found]

    def types(self, column: Sequence[str]) -> list[EntityType | None]:
        """The type each cell states, None where it is not recognised."""
        found = list(map(self._types.__getitem__, column))
        if None in found:
            for cell, known in zip(column, found, strict=True):
                if known is None and cell.strip():
                    self._note("type", columns.clipped(cell.strip()))
        return found

    def notes(self) -> tuple[str, ...]:
        """One sentence for each thing that was not understood as it stands."""
        texts = {
            "id": "Ids of an earlier row, kept: {count} ({examples}).",
            "country": "Countries not recognised, screened without: {count} ({examples}).",
            "birth_date": "Birth dates not recognised, screened without: {count} ({examples}).",
            "ambiguous_date": "Birth dates that could be day-month or month-day, used as years: {count} ({examples}).",
            "type": "Types not recognised, screened as any: {count} ({examples}).",
        }
        found = []
        for what, text in texts.items():
            if what in self._gaps:
                count, examples = self._gaps[what]
                more = ", ..." if len(examples) == _EXAMPLES and count > _EXAMPLES else ""
                found.append(text.format(count=f"{count:,}", examples=", ".join(examples) + more))
        return tuple(found)

    def _note(self, what: str, example: str) -> None:
        count, examples = self._gaps.get(what, (0, []))
        if len(examples) < _EXAMPLES and example not in examples:
            examples.append(example)
        self._gaps[what] = (count + 1, examples)
