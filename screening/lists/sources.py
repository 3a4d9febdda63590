"""Where official lists come from: the sources that come with the program, and the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from screening.errors import ListError, ScreeningError
from screening.lists.freshness import parse_age
from screening.lists.store import check_list_id
from screening.lists.strict_yaml import Problem, Reader, read_bytes, read_record
from screening.model import Record

FILE_NAME = "sources.yml"
# Larger than any official list of 2026 (OFAC advanced: 120 MB), small enough to fit on any disk.
DEFAULT_MEGABYTES = 500


class Source(Record, frozen=True, kw_only=True):
    """Where one list comes from.

    addresses: http(s) addresses, or paths of a file or folder; several for a list of several files.
    format: name of the format the file must turn out to be, None: any the program knows.
    rhythm: how often the publisher changes it, in words. max_age: as in "7d". max_megabytes: of all its
    files. on_request: updated only when it is named.
    """

    id: str
    title: str
    publisher: str
    addresses: tuple[str, ...]
    licence: str | None = None
    format: str | None = None
    rhythm: str | None = None
    max_age: str | None = None
    max_megabytes: int = DEFAULT_MEGABYTES
    on_request: bool = False

    @property
    def max_bytes(self) -> int:
        return self.max_megabytes * 1_000_000

    @property
    def is_remote(self) -> bool:
        """Whether it is fetched over the network; otherwise it is one local file or folder."""
        return is_remote(self.addresses[0])


class Entry(Record, frozen=True, kw_only=True):
    """A source as a file gives it: all keys, or only those that replace the ones of an earlier file."""

    id: str
    title: str | None = None
    publisher: str | None = None
    addresses: tuple[str, ...] | None = None
    licence: str | None = None
    format: str | None = None
    rhythm: str | None = None
    max_age: str | None = None
    max_megabytes: int | None = None
    on_request: bool | None = None


class SourcesFile(Record, frozen=True, kw_only=True):
    """A sources file."""

    sources: tuple[Entry, ...]


def is_remote(address: str) -> bool:
    """Whether an address is an http or https address rather than a path."""
    return address.lower().startswith(("http://", "https://"))


def shown(address: str) -> str:
    """An address without the user name and password it may hold, for messages and records."""
    if not is_remote(address):
        return address
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def load_sources(folder: Path, own: Path | None = None) -> dict[str, Source]:
    """All sources by list id, sorted: those of the program, changed and extended by the user's file.

    folder: the data folder, whose sources.yml is read where it exists. own: a file read in its place.
    Raises ListError when a file is missing, cannot be read or has a mistake; all mistakes are named.
    """
    chain: list[Traversable] = [files("screening.lists") / FILE_NAME]
    if own is not None:
        chain.append(own)
    elif (folder / FILE_NAME).exists():
        chain.append(folder / FILE_NAME)
    known: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for source in chain:
        problems += _merge(source, known)
    if problems:
        lines = "".join(f"\n{problem}" for problem in problems)
        raise ListError(
            f"The sources of the lists have mistakes:{lines}\n", "Correct the file and run again."
        )
    return {key: Source(**known[key]) for key in sorted(known)}


def choose(sources: dict[str, Source], names: Sequence[str]) -> tuple[Source, ...]:
    """The sources of the lists named, in the order named, each once; where none is named all but those on request.

    Raises ListError for a name that has no source.
    """
    unknown = [name for name in names if name not in sources]
    if unknown:
        raise ListError(
            f"No source is known for {', '.join(map(repr, unknown))}.",
            f"Known: {', '.join(sources)}. Add your own in sources.yml in the data folder or with --sources.",
        )
    usual = [name for name, source in sources.items() if not source.on_request]
    return tuple(sources[name] for name in (dict.fromkeys(names) or usual))


def _merge(source: Traversable, known: dict[str, dict[str, Any]]) -> list[Problem]:
    """Adds the entries of a file to those known. Returns what is wrong with them."""
    reader = Reader(file=str(source))
    content, _ = read_record(read_bytes(source), SourcesFile, reader)
    problems = list(reader.problems)
    if content is None or problems:
        return problems
    here: set[str] = set()
    for entry in content.sources:
        place = reader.places[id(entry)]
        given = {name: value for name, value in msgspec.structs.asdict(entry).items() if value is not None}
        if isinstance(source, Path) and entry.addresses:
            given["addresses"] = tuple(_absolute(address, source.parent) for address in entry.addresses)
        merged = known.get(entry.id, {}) | given
        if entry.id in here:
            problems.append(place.problem("each id once", f"{entry.id} again", "id"))
        here.add(entry.id)
        problems += [place.problem(expected, found, key) for key, expected, found in _mistakes(merged)]
        known[entry.id] = merged
    return problems


def _absolute(address: str, folder: Path) -> str:
    return address if is_remote(address) or "://" in address else str(folder.absolute() / address)


def _mistakes(entry: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(key, expected, found) for each thing wrong with a merged entry."""
    wrong = [
        (key, "a value, for a list that the program does not know", "none")
        for key in ("title", "publisher", "addresses")
        if not entry.get(key)
    ]
    for key, check in (("id", check_list_id), ("max_age", parse_age)):
        try:
            check(entry.get(key) or "1d")
        except ScreeningError as error:
            wrong.append((key, "something else", error.message))
    if not 0 < entry.get("max_megabytes", DEFAULT_MEGABYTES) <= 100_000:
        wrong.append(("max_megabytes", "1 to 100000", str(entry["max_megabytes"])))
    addresses = entry.get("addresses") or ()
    local = [address for address in addresses if not is_remote(address)]
    if local and len(addresses) > 1:
        wrong.append(("addresses", "http and https addresses only, or one path", f"{local[0]} among others"))
    wrong += [("addresses", "https, http or a path", address) for address in local if "://" in address]
    wrong += [
        ("addresses", "an address with a host", address)
        for address in addresses
        if is_remote(address) and not urlsplit(address).hostname
    ]
    return wrong
