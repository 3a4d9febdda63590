"""Several files read as one table of counterparties, file after file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from screening import storage
from screening.errors import InputError, UsageError
from screening.intake.parts import (
    Part,
    Reading,
    cannot_be_read,
    not_screened,
    open_part,
    parts_at,
    table_at,
)
from screening.intake.table import BATCH_ROWS, Batch, Noticed
from screening.model import FileInfo, InputInfo

PART_BYTES = 16 << 20
"""Of a file of text, in memory at a time; where a part cannot be read, the others of its file still are."""
_NOTES = 20  # those on files that a report repeats


class _File(NamedTuple):
    """A file that was looked at. sha256: "" where its bytes cannot be read. info: how it is read, None where it is not,
    and then why (problem).
    """

    name: str
    sha256: str
    parts: tuple[Part, ...]
    info: InputInfo | None
    problem: str


class Files:
    """Several files as one table. Each row says in which of them it counts.

    A file that cannot be read, or a part of it, is a row with the reason, which stands for the rows that are lost.
    """

    def __init__(self, location: str, reading: Reading, batch_rows: int) -> None:
        """Raises InputError where there is no file or none that can be read, UsageError as storage.files."""
        self._location, self._reading, self._size = location, reading, batch_rows
        self._files = [_look(name, reading) for name in storage.files(location)]
        if all(file.info is None for file in self._files):
            raise self._nothing(self._files[0].problem)
        self._info = _info(location, reading, self._files)
        self._found: tuple[str, ...] = ()

    @property
    def info(self) -> InputInfo:
        """The files as one input. The notes on their rows are complete once batches() has been read to the end."""
        return msgspec.structs.replace(self._info, notes=_few((*self._info.notes, *self._found)))

    def batches(self) -> Iterator[Batch]:
        """All rows in the order of files and rows.

        Raises InputError where no part of any file can be read.
        """
        ids: set[str] = set()
        notes: list[str] = []
        problems: list[str] = []
        read = False
        for file in self._files:
            noticed, before = Noticed(ids), len(problems)
            for part in file.parts:
                rows, row = 0, part.first_row
                try:
                    if part.problem:
                        raise InputError(part.problem)
                    with open_part(part, self._reading, self._size) as table:
                        for batch in table.noted_batches(noticed):
                            rows, row = rows + len(batch), batch.rows[-1] + 1
                            batch.file = file.name
                            yield batch
                    read = True
                except (InputError, UsageError) as problem:
                    read = read or rows > 0
                    problems.append(problem.message)
                    count, reason = not_screened(part, problem.message.rstrip("."), rows)
                    yield Batch.unreadable(file.name, row, count, reason)
            if noticed.read or len(problems) == before:
                notes += (f"{file.name}: {note}" for note in noticed.notes())
        if not read:
            raise self._nothing(problems[0])
        self._found = tuple(notes)

    def _nothing(self, problem: str) -> InputError:
        return InputError(
            f"No part of {self._location} could be read. {problem.rstrip('.')}.", "Check the files."
        )


def open_files(
    location: str,
    *,
    mapping: Mapping[str, Sequence[str]] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Files:
    """Open the files of a folder, a glob or a URL as one table. The other arguments are those of open_table.

    Raises InputError when none of them can be read, UsageError when the scheme of a URL is not known.
    """
    chosen = {role: tuple(headers) for role, headers in (mapping or {}).items()}
    return Files(location, Reading(mapping=chosen, encoding=encoding, sheet=sheet), batch_rows)


def files_sha256(files: Iterable[FileInfo]) -> str:
    """The hash of several files as one input: of the name and the hash of each."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.sha256}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _look(name: str, reading: Reading) -> _File:
    try:
        with storage.at_hand(name) as path:
            sha256 = storage.sha256(path, ((0, path.stat().st_size),))
            parts = parts_at(path, name, reading, PART_BYTES)
            good = next((part for part in parts if not part.problem), None)
            if good is None:
                return _File(name, sha256, parts, None, parts[0].problem)
            try:
                return _File(name, sha256, parts, table_at(path, good, reading, BATCH_ROWS).info, "")
            except (InputError, UsageError) as problem:
                return _File(name, sha256, parts, None, problem.message)
    except OSError as problem:
        said = cannot_be_read(name, problem)
        return _File(name, "", (Part(file=name, problem=said),), None, said)


def _info(location: str, reading: Reading, files: Sequence[_File]) -> InputInfo:
    """The files as one input: what is the same in all of them, the columns of each, and their notes."""
    good = [(file.name, file.info) for file in files if file.info is not None]
    columns: dict[str, tuple[str, ...]] = {}
    for _, info in good:
        for role, headers in info.columns.items():
            columns[role] = tuple(dict.fromkeys((*columns.get(role, ()), *headers)))
    notes = [f"{name}: {note}" for name, info in good for note in info.notes]
    first, about = good[0]
    other = next((name for name, info in good if info.columns != about.columns), None)
    if other is not None:
        notes.insert(0, f"The columns are not the same in all files: {first}, {other}.")
    bad = [file.name for file in files if file.info is None]
    if bad:
        noun = "file" if len(bad) == 1 else "files"
        notes.insert(0, f"{len(bad):,} {noun} of {len(files):,} could not be read. First: {bad[0]}.")
    hashed = tuple(FileInfo(path=file.name, sha256=file.sha256) for file in files)
    return InputInfo(
        path=location,
        format=", ".join(sorted({info.format for _, info in good})),
        sha256=files_sha256(hashed),
        encoding=_only({info.encoding for _, info in good}),
        delimiter=_only({info.delimiter for _, info in good}),
        sheet=reading.sheet,
        columns=columns,
        notes=tuple(notes),
        files=hashed,
    )


def _only(found: set[str | None]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None


def _few(notes: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(notes))
    if len(kept) <= _NOTES:
        return kept
    return (*kept[:_NOTES], f"{len(kept) - _NOTES:,} more notes on files are left out.")
