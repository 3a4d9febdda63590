"""The local store: immutable snapshots of official lists, kept so that a run can be repeated years later.

    <data folder>/lists/<list id>/<entities sha256>.msgpack.gz     the entities
    <data folder>/lists/<list id>/<list date>-<hash>.json          one snapshot: what it is, which entities
    <data folder>/lists/<list id>/<list date>-<hash>.seen          when its publisher last confirmed it

The first two never change once written, and their names carry a hash of what they hold, so damage is
noticed. There is no index file: the folder is the index. Every file is written beside its place, flushed to
the disk and then renamed, entities before the snapshot that names them. A crash, a full disk or a second
process therefore leaves at most a file that nothing refers to, and never a snapshot without its entities.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from screening.errors import StoreError
from screening.model import Entity, ListInfo, Record, Rejected, Watchlist

_LIST_ID = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9])){0,99}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HASH = re.compile(r"[0-9a-f]{8,64}")
# Names that Windows gives to devices; a folder of that name cannot be made there.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_ENTITIES_END = ".msgpack.gz"
_TEMPORARY = ".tmp-"
# A temporary file this old (seconds) belongs to a process that died; a live one is renamed within seconds.
_ABANDONED_AFTER = 24 * 3600

# Entities that are encoded together.
_PIECE = 500

_R = TypeVar("_R", bound=Record)
_T = TypeVar("_T")


class Validator(Record, frozen=True, kw_only=True):
    """What a server gave to ask later whether the file behind `address` has changed (RFC 9110, 8.8)."""

    address: str
    etag: str | None = None
    last_modified: str | None = None


class Seen(Record, frozen=True, kw_only=True):
    """The last time the publisher's server served or confirmed a snapshot (ISO date-time, UTC).

    program: the version of this program that read what was served.
    """

    checked_at: str
    program: str
    validators: tuple[Validator, ...] = ()


class Snapshot(Record, frozen=True, kw_only=True):
    """One version of a list.

    info: as the reader gave it, and checked_at; info.sha256 is the hash of the official file.
    entities_sha256: of the encoded entities; names the file that holds them.
    size: bytes of the encoded entities before compression.
    program: the version of this program that read the official file.
    seen: None for a snapshot that came from a local file only. Kept in a file of its own.
    """

    info: ListInfo
    entities_sha256: str
    size: int
    program: str
    rejected: tuple[Rejected, ...] = ()
    seen: Seen | None = None

    @property
    def day(self) -> str:
        """The list's own date (ISO), else the day it was fetched."""
        return day_of(self.info)


class Broken(Record, frozen=True, kw_only=True):
    """A snapshot record that is damaged: where it is and what is wrong."""

    list_id: str
    path: str
    problem: str


class Stored(Record, frozen=True, kw_only=True):
    """What `Store.save` did. new: False when the store had this version already."""

    snapshot: Snapshot
    new: bool


def data_dir(chosen: Path | None = None) -> Path:
    """The data folder: the one chosen on the command line, else SCREENING_DATA_DIR, else the user's own."""
    if chosen is not None:
        return chosen
    if named := os.environ.get("SCREENING_DATA_DIR"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("screening", appauthor=False)


def split_reference(reference: str) -> tuple[str, str | None]:
    """("ofac-sdn", "2026-02-27") for "ofac-sdn@2026-02-27"; the second is None for a list id alone.

    After the @ stands a day, or the first eight or more digits of the hash of the official file or of the
    entities.
    Raises StoreError for a list id that is not one, and for anything else after the @.
    """
    list_id, at, version = reference.partition("@")
    check_list_id(list_id)
    if not at:
        return list_id, None
    version = version.lower()
    if _DAY.fullmatch(version):
        try:
            datetime.strptime(version, "%Y-%m-%d")
        except ValueError:
            raise StoreError(
                f"{reference!r} names a day that is not in the calendar.", "Write it as 2026-02-27."
            ) from None
        return list_id, version
    if _HASH.fullmatch(version):
        return list_id, version
    raise StoreError(
        f"{reference!r} does not name a snapshot: after the @ stands neither a day nor a hash.",
        f"Write {list_id}@2026-02-27, or {list_id}@ and at least eight digits of a hash shown by "
        "`screening lists ls`.",
    )


def check_list_id(list_id: str) -> str:
    """The id itself. Raises StoreError when it is no folder name on some system, or would leave the store."""
    if not _LIST_ID.fullmatch(list_id) or list_id.split(".")[0] in _DEVICES:
        raise StoreError(
            f"{list_id[:120]!r} cannot be the id of a list.",
            "Use up to 100 small letters, digits, hyphens, underscores and single dots, beginning with a "
            "letter or digit.",
        )
    return list_id


def is_reference(text: str) -> bool:
    """Whether text can name a list or a snapshot in the store, rather than a path."""
    return _LIST_ID.fullmatch(text.partition("@")[0]) is not None


def load_reference(
    reference: str, *, as_of: str | None = None, folder: Path | None = None
) -> Watchlist | None:
    """The list that "ofac-sdn", "ofac-sdn@2026-02-27" or "ofac-sdn@<hash>" means, or None if not kept.

    as_of: ISO day that chooses the snapshot where the reference names no version. folder: the data folder.
    Raises StoreError as `split_reference`, `Store.find` and `Store.load` do.
    """
    list_id, version = split_reference(reference)
    store = Store(data_dir(folder))
    snapshot = store.find(list_id, version or as_of)
    return store.load(snapshot) if snapshot else None


class Store:
    """The snapshots under one data folder. Nothing is written until the first save."""

    def __init__(self, folder: Path) -> None:
        """folder: the data folder, see `data_dir`."""
        self.folder = folder / "lists"

    # --- reading ----------------------------------------------------------------------------

    def list_ids(self) -> list[str]:
        """The lists of which there is at least one snapshot, sorted."""
        try:
            folders = [entry for entry in self.folder.iterdir() if entry.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self.folder, error) from error
        return sorted(f.name for f in folders if _LIST_ID.fullmatch(f.name) and self._records(f.name))

    def snapshots(self, list_id: str) -> list[Snapshot | Broken]:
        """All snapshots of a list, newest first; damaged records stand among them as Broken."""
        found: list[Snapshot | Broken] = []
        for group in self._by_day(list_id):
            good: list[Snapshot] = []
            for path in group:
                try:
                    good.append(self._snapshot(list_id, path))
                except StoreError as error:
                    found.append(Broken(list_id=list_id, path=str(path), problem=error.message))
            good.sort(key=_newest_first, reverse=True)
            found.extend(good)
        return found

    def find(self, list_id: str, version: str | None = None) -> Snapshot | None:
        """The snapshot meant by a list id, with a day or hash, or None when the store has no such list.

        version: a day: the newest snapshot whose own date is that day or before it, which is the list as it
            was in force that day, whenever it was fetched; a hash: that very snapshot; None: the newest.
        Newest is by the list's own date, then by when it was fetched.
        Raises StoreError when the list is there but not that version, or when the snapshot meant is damaged.
        """
        groups = self._by_day(check_list_id(list_id))
        if not groups:
            return None
        if version is not None and not _DAY.fullmatch(version):
            return self._by_hash(list_id, version)
        for group in groups:
            if version is None or group[0].name[:10] <= version:
                return max((self._snapshot(list_id, path) for path in group), key=_newest_first)
        oldest = groups[-1][0].name[:10]
        raise StoreError(
            f"The store has no snapshot of {list_id} of {version} or earlier; the oldest is of {oldest}.",
            "Import the list of that time with `screening lists import FILE`, or choose a later day.",
        )

    def load(self, snapshot: Snapshot) -> Watchlist:
        """The list of a snapshot.

        Raises StoreError when the entities are missing, damaged or written by a program this one cannot read.
        """
        entities = self._decoded(snapshot, tuple[Entity, ...])
        return Watchlist(info=snapshot.info, entities=entities, rejected=snapshot.rejected)

    def entity(self, snapshot: Snapshot, entity_id: str) -> Entity | None:
        """One entity of a snapshot, without decoding the others. Raises StoreError as `load` does."""
        wanted = msgspec.msgpack.encode(entity_id)
        for raw in self._decoded(snapshot, tuple[msgspec.Raw, ...]):
            if wanted in bytes(raw):
                entity = msgspec.msgpack.decode(raw, type=Entity)
                if entity.id == entity_id:
                    return entity
        return None

    # --- writing ----------------------------------------------------------------------------

    def save(self, watchlist: Watchlist, *, program: str, seen: Seen | None = None) -> Stored:
        """Keeps a list as a snapshot; the same version again only renews when it was last seen.

        program: version of this program. Raises StoreError when the disk is full or the folder cannot be
        written; what the store held before is untouched then.
        """
        info = msgspec.structs.replace(watchlist.info, checked_at=None)
        check_list_id(info.id)
        try:
            packed = _packed(watchlist.entities)
        except UnicodeEncodeError as error:
            raise StoreError(
                f"The list {info.id} has text that is none: {error.reason} ({error.object[:60]!a}).",
                "Correct it in the file and import that.",
            ) from error
        snapshot = Snapshot(
            info=info,
            entities_sha256=packed.sha256,
            size=packed.size,
            program=program,
            rejected=watchlist.rejected,
        )
        folder = self.folder / info.id
        record = folder / _record_name(snapshot)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            self._keep_entities(snapshot, packed.content)
            kept = self._kept(info.id, record)
            if seen is not None:
                _write(record.with_suffix(".seen"), msgspec.json.encode(seen))
            # Last, for this file is what makes it a snapshot.
            if kept is None:
                _write(record, msgspec.json.format(msgspec.json.encode(snapshot), indent=1))
        except OSError as error:
            raise StoreError(
                f"The snapshot of {info.id} cannot be written to {folder}: {_said(error)}.",
                "The snapshots kept before are untouched. Make room, or choose another folder: --data-dir.",
            ) from error
        kept_now = kept or snapshot
        return Stored(snapshot=_seen(kept_now, seen or kept_now.seen), new=kept is None)

    def confirm(self, snapshot: Snapshot, seen: Seen) -> None:
        """Records that the publisher still serves this snapshot. Raises StoreError as `save` does."""
        path = self.folder / snapshot.info.id / _record_name(snapshot)
        try:
            _write(path.with_suffix(".seen"), msgspec.json.encode(seen))
        except OSError as error:
            raise StoreError(
                f"{path.with_suffix('.seen')} cannot be written: {_said(error)}.",
                "The snapshots are untouched. Make room or choose another folder with --data-dir.",
            ) from error

    # --- inside -----------------------------------------------------------------------------

    def _entities_path(self, list_id: str, sha256: str) -> Path:
        return self.folder / check_list_id(list_id) / f"{sha256}{_ENTITIES_END}"

    def _records(self, list_id: str) -> list[Path]:
        """The record files of a list, newest day first, then by name."""
        folder = self.folder / check_list_id(list_id)
        try:
            paths = [path for path in folder.iterdir() if path.suffix == ".json" and _DAY.match(path.name)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _unreadable(folder, error) from error
        return sorted(sorted(paths), key=lambda path: path.name[:10], reverse=True)

    def _by_day(self, list_id: str) -> list[list[Path]]:
        groups: dict[str, list[Path]] = {}
        for path in self._records(list_id):
            groups.setdefault(path.name[:10], []).append(path)
        return list(groups.values())

    def _by_hash(self, list_id: str, digits: str) -> Snapshot:
        snapshots = self.snapshots(list_id)
        found = [
            snapshot
            for snapshot in snapshots
            if isinstance(snapshot, Snapshot)
            and (snapshot.info.sha256.startswith(digits) or snapshot.entities_sha256.startswith(digits))
        ]
        if not found:
            damaged = "".join(f" {s.problem}" for s in snapshots if isinstance(s, Broken))
            raise StoreError(
                f"The store has no snapshot of {list_id} whose hash begins with {digits}.{damaged}",
                "`screening lists ls` shows the snapshots that are there.",
            )
        if len({snapshot.entities_sha256 for snapshot in found}) > 1:
            raise StoreError(
                f"{len(found)} snapshots of {list_id} have a hash that begins with {digits}.",
                "Give more digits of the hash.",
            )
        return found[0]

    def _snapshot(self, list_id: str, path: Path) -> Snapshot:
        try:
            snapshot = _decode(path, Snapshot)
        except OSError as error:
            raise _unreadable(path, error) from error
        if path.name != _record_name(snapshot) or snapshot.info.id != list_id:
            raise _damaged(path, "its content is not what its name stands for", list_id)
        try:
            seen = _decode(path.with_suffix(".seen"), Seen)
        except (OSError, StoreError):
            # Without it the list counts as not confirmed since its own date: never younger than it is.
            seen = None
        return _seen(snapshot, seen)

    def _decoded(self, snapshot: Snapshot, kind: type[_T]) -> _T:
        path = self._entities_path(snapshot.info.id, snapshot.entities_sha256)
        content = self._entities(path, snapshot)
        try:
            return msgspec.msgpack.decode(content, type=kind)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise StoreError(
                f"{path} was written by screening {snapshot.program}, whose records this version does not "
                f"know ({error}).",
                "Import the list again, or use that version.",
            ) from error

    def _entities(self, path: Path, snapshot: Snapshot) -> bytes:
        list_id = snapshot.info.id
        try:
            packed = path.read_bytes()
        except FileNotFoundError:
            raise _damaged(path, "the file is missing", list_id) from None
        except OSError as error:
            raise _unreadable(path, error) from error
        content = _unpack(packed, snapshot.size)
        if content is None or hashlib.sha256(content).hexdigest() != snapshot.entities_sha256:
            raise _damaged(path, "its content does not have the hash in its name", list_id)
        return content

    def _keep_entities(self, snapshot: Snapshot, packed: bytes) -> None:
        path = self._entities_path(snapshot.info.id, snapshot.entities_sha256)
        try:
            # The same entities may have been packed by another version of zlib, so that only their hash is compared.
            content = _unpack(path.read_bytes(), snapshot.size)
            if content is not None and hashlib.sha256(content).hexdigest() == snapshot.entities_sha256:
                return
        except FileNotFoundError:
            pass
        _write(path, packed)

    def _kept(self, list_id: str, record: Path) -> Snapshot | None:
        """The snapshot already kept under this record, or None when there is none or it is damaged."""
        try:
            return self._snapshot(list_id, record)
        except StoreError:
            return None


# --- files ------------------------------------------------------------------------------------------


class _Packed(NamedTuple):
    """Entities encoded and compressed. sha256 and size are those of the encoded bytes."""

    content: bytes
    sha256: str
    size: int


def _packed(entities: Sequence[Entity]) -> _Packed:
    """The entities as one MessagePack array, compressed.

    They are encoded one after the other: a list from a file of 150 MB is 100 MB of MessagePack, which would stand in
    memory beside the entities.
    """
    # Level 3 of gzip: a list shrinks to a fifth, and writing stays faster than reading the official file.
    packer = zlib.compressobj(3, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    digest, size, packed = hashlib.sha256(), 0, []
    for piece in _encoded(entities):
        digest.update(piece)
        size += len(piece)
        packed.append(packer.compress(piece))
    packed.append(packer.flush())
    return _Packed(b"".join(packed), digest.hexdigest(), size)


def _encoded(entities: Sequence[Entity]) -> Iterator[bytes]:
    """The bytes of `msgspec.msgpack.encode(entities)`, piece by piece."""
    count = len(entities)
    if count < 1 << 4:
        yield bytes([0x90 | count])
    elif count < 1 << 16:
        yield b"\xdc" + count.to_bytes(2, "big")
    else:
        yield b"\xdd" + count.to_bytes(4, "big")
    encoder = msgspec.msgpack.Encoder()
    for start in range(0, count, _PIECE):
        yield b"".join(map(encoder.encode, entities[start : start + _PIECE]))


def _unpack(packed: bytes, size: int) -> bytes | None:
    """The content, or None when it is damaged or not of that size (a swapped-in bomb is not unpacked)."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(packed, size + 1)
    except zlib.error:
        return None
    return content if len(content) == size and not unpacker.unconsumed_tail else None


def _write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all: beside its place, flushed to the disk, then renamed."""
    temporary = path.with_name(f"{_TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Makes a rename last through a loss of power, where the system can (POSIX)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Removes what a process that died left behind."""
    limit = time.time() - _ABANDONED_AFTER
    for path in folder.glob(f"{_TEMPORARY}*"):
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
        except OSError:
            continue  # Another process swept it, or it is not ours to remove; it harms nothing.


def _decode(path: Path, kind: type[_R]) -> _R:
    content = path.read_bytes()
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise _damaged(path, f"it is not a record of this store ({error})", path.parent.name) from error


# --- names and order --------------------------------------------------------------------------------


def day_of(info: ListInfo) -> str:
    """The full date of a list: its own, else when it was fetched. A month or year alone counts as its first day.

    Raises StoreError when it has neither.
    """
    date = info.as_of or info.fetched_at or ""
    day = date[:10] + "-01-01"[len(date[:10]) - 4 :] if 4 <= len(date[:10]) < 10 else date[:10]
    if not _DAY.fullmatch(day):
        raise StoreError(
            f"The list {info.id} has no date (as of: {info.as_of!r}).", "Give one with --as-of 2026-02-27."
        )
    return day


def _record_name(snapshot: Snapshot) -> str:
    """Day and hash. The hash leaves out what differs between two fetches of the same version."""
    info = msgspec.structs.replace(snapshot.info, fetched_at=None, checked_at=None, source=None)
    identity = msgspec.structs.replace(snapshot, info=info, program="", seen=None)
    return f"{snapshot.day}-{hashlib.sha256(msgspec.json.encode(identity)).hexdigest()[:32]}.json"


def _seen(snapshot: Snapshot, seen: Seen | None) -> Snapshot:
    info = msgspec.structs.replace(snapshot.info, checked_at=seen.checked_at if seen else None)
    return msgspec.structs.replace(snapshot, info=info, seen=seen)


def _newest_first(snapshot: Snapshot) -> tuple[str, str, str]:
    return (snapshot.day, snapshot.info.fetched_at or "", snapshot.entities_sha256)


def newest(snapshots: Iterable[Snapshot | Broken]) -> Snapshot | None:
    """The newest sound snapshot of those given, or None."""
    return max((s for s in snapshots if isinstance(s, Snapshot)), key=_newest_first, default=None)


# --- errors -----------------------------------------------------------------------------------------


def _said(error: OSError) -> str:
    return error.strerror or str(error)


def _unreadable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path} cannot be read: {_said(error)}.", "Check the rights of the data folder.")


def _damaged(path: Path, problem: str, list_id: str) -> StoreError:
    return StoreError(
        f"The snapshot file {path} is damaged: {problem}.",
        f"Delete it and run `screening lists update {list_id}` or import the list again. Older snapshots "
        f"stay usable: {list_id}@DAY, see `screening lists ls`.",
    )
