"""What every reader of an official format offers.

A reader is a generator: it yields one `Entity` or one `Rejected` for each record of the file, in file order,
and returns the `Facts` the file states about itself (some stand at its end). It raises ListError where the
file as a whole cannot be trusted: not this format, truncated, unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from screening.model import Entity, ListKind, Rejected

SAMPLE_BYTES = 65_536


@dataclass(frozen=True)
class Facts:
    """What the file says of the list it holds.

    as_of: ISO date of the list, "" where the file gives none.
    declared: number of records the file claims to have, None where it makes no claim.
    """

    id: str
    title: str
    kind: ListKind
    publisher: str
    as_of: str = ""
    declared: int | None = None
    source: str | None = None
    licence: str | None = None


@dataclass(frozen=True)
class Options:
    """What the caller decides. mapping: role -> column header, for a list of one's own."""

    list_id: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """The beginning of a file, or the names of the files of a folder: all that recognition looks at.

    text: up to 65,536 bytes, decoded without errors, byte order mark removed.
    """

    path: Path
    text: str = ""
    files: tuple[str, ...] = ()

    @property
    def is_folder(self) -> bool:
        return bool(self.files)

    @property
    def first_line(self) -> str:
        return self.text.split("\n", 1)[0].rstrip("\r")


Records = Generator[Entity | Rejected, None, Facts]


def only_itself(path: Path) -> tuple[Path, ...]:
    """The files of a format that is a single file."""
    return (path,)


@dataclass(frozen=True)
class Format:
    """One official format.

    name: short name, as in "ofac-csv". expects: what a file of this format looks like, for error messages.
    fits: whether a sample is of this format. read: the reader. files: what the reader reads, for the hash.
    """

    name: str
    expects: str
    fits: Callable[[Sample], bool]
    read: Callable[[Path, Options], Records]
    files: Callable[[Path], tuple[Path, ...]] = only_itself
