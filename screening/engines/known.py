"""Rows that an earlier run found clear: what makes a nightly run cost in proportion to what changed.

The score of a row against an entity depends on these two alone. So a row that was clear, and is the same still, can have
hits only on entities that are new or changed since; against those alone it is screened. All other rows, those with hits
among them, are screened against everything. The result is that of a run without the earlier one.

A run leaves, for each part, the hashes of its clear rows, and the hashes of all its entities. It also leaves the records of
its hits (see engines.changes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from screening.engines import changes
from screening.errors import InputError, UsageError
from screening.model import Entity, FileInfo, Manifest, Watchlist
from screening.names.knowledge import fingerprint
from screening.pipeline import Screener
from screening.storage import Folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENTITIES = "entities.bin"
_SIZE = 16  # bytes of a hash: among a billion rows no two are taken for one


class Baseline(NamedTuple):
    """An earlier run: its manifest, where it lies, its clear rows and entities as sorted hashes, the sorted records of its
    hits, and its parts that have some.
    """

    manifest: Manifest
    info: FileInfo
    clear: NDArray[np.bytes_]
    entities: NDArray[np.bytes_]
    found: NDArray[np.void]
    parts: tuple[EarlierPart, ...]


class EarlierPart(msgspec.Struct):
    """The files of one part of an earlier run, as its account names them."""

    hits: int = 0
    output: str = ""
    output_sha256: str = ""
    clear_output: str = ""
    clear_sha256: str = ""
    found_output: str = ""
    found_sha256: str = ""


class _Document(msgspec.Struct):
    format: str
    version: int
    manifest: Manifest
    parts: tuple[EarlierPart, ...]


def hashes(content: bytes) -> NDArray[np.bytes_]:
    """Hashes as an array, from the bytes of a file. None ends in a nought, so numpy compares all of their bytes."""
    import numpy as np

    return np.frombuffer(content, dtype=f"S{_SIZE}")


def packed_hashes(found: Sequence[bytes]) -> bytes:
    """Hashes as the bytes of a file, sorted."""
    return b"".join(sorted(found))


def among(wanted: Sequence[bytes], known: NDArray[np.bytes_]) -> NDArray[np.bool_]:
    """For each hash whether it is among the known ones, which are sorted."""
    import numpy as np

    if not len(known):
        return np.zeros(len(wanted), dtype=bool)
    asked = np.array(wanted, dtype=known.dtype)
    place = np.searchsorted(known, asked)
    place[place == len(known)] = 0
    found: NDArray[np.bool_] = known[place] == asked
    return found


def entity_hash(list_id: str, entity: Entity) -> bytes:
    """The hash of all that is known of an entity, and of names.

    By repr, because msgspec leaves a default out by identity and not by value.
    """
    content = f"{fingerprint()}\0{list_id}\0{entity!r}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=_SIZE).digest()
    return digest[:-1] + bytes((digest[-1] | 1,))


def entity_hashes(screener: Screener) -> list[bytes]:
    """The hash of each entity, in the order of the catalog."""
    entries = (screener.catalog.entity(place) for place in range(len(screener.catalog)))
    return [entity_hash(info.id, entity) for entity, info in entries]


def read_baseline(location: str) -> Baseline:
    """The earlier run in an output folder. Raises InputError where there is none, or it is damaged."""
    import numpy as np

    folder = Folder(location)
    content = folder.read("manifest.json")
    if content is None:
        raise InputError(
            f"{location} holds no finished run on a data set.", "Name a folder written with -o FOLDER/."
        )
    try:
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"{folder.path('manifest.json')} is damaged: {problem}.") from problem
    clear = [
        hashes(checked(folder, part.clear_output, part.clear_sha256))
        for part in document.parts
        if part.clear_output
    ]
    parts = tuple(part for part in document.parts if part.hits)
    found = [changes.unpacked(checked(folder, part.found_output, part.found_sha256)) for part in parts]
    entities = folder.read(ENTITIES)
    if entities is None:
        raise InputError(f"{folder.path(ENTITIES)} is missing.", "Screen everything again.")
    merged = np.concatenate([*clear, hashes(b"")])
    merged.sort()
    return Baseline(
        document.manifest,
        FileInfo(path=location, sha256=hashlib.sha256(content).hexdigest()),
        merged,
        hashes(entities),
        changes.in_order(found),
        parts,
    )


def checked(folder: Folder, name: str, sha256: str) -> bytes:
    """The content of a file of an earlier run. Raises InputError where it is not what its account says."""
    content = folder.read(name)
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"{folder.path(name)} is missing or damaged.", "Screen everything again.")
    return content


def check_same(
    baseline: Baseline, *, version: str, dependencies: dict[str, str], settings: str, owners: FileInfo | None
) -> None:
    """Raise UsageError unless the earlier run was made with this program and these settings (their hash)."""
    old = baseline.manifest
    since = old.request.changed_since if old.request else ()
    for what, then, now in (
        ("another version of screening", old.version, version),
        ("other versions of its dependencies", old.dependencies, dependencies),
        ("other settings", old.settings_sha256, settings),
        ("other owners", old.owners and old.owners.sha256, owners and owners.sha256),
        ("--changed-since, against some entities only", since, ()),
    ):
        if then != now:
            raise UsageError(
                f"The run in {baseline.info.path} was made with {what}: nothing of it can stand.",
                "Screen everything once without --baseline.",
            )


class Changed(NamedTuple):
    """What is new since the earlier run. screener: of the entities that it did not have as they are, None where there
    are none. entities: how many. same: whether none is gone either.
    """

    screener: Screener | None
    entities: int
    same: bool


def changed(screener: Screener, hashed: Sequence[bytes], baseline: Baseline) -> Changed:
    """The entities that the earlier run did not have as they are now. hashed: the hash of each, in catalog order."""
    known = among(hashed, baseline.entities)
    entities: dict[str, list[Entity]] = {info.id: [] for info in screener.lists}
    for place in range(len(screener.catalog)):
        if not known[place]:
            entity, info = screener.catalog.entity(place)
            entities[info.id].append(entity)
    count = int(len(known) - known.sum())
    if not count:
        return Changed(None, 0, len(known) == len(baseline.entities))
    lists = [Watchlist(info=i, entities=tuple(entities[i.id])) for i in screener.lists if entities[i.id]]
    fresh = [content for content, old in zip(hashed, known, strict=True) if not old]
    stamp = hashlib.sha256(b"changed" + repr(screener.lists).encode() + packed_hashes(fresh)).hexdigest()
    return Changed(Screener.kept(stamp, lambda: (lists, ()), screener.settings), count, False)
