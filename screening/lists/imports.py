"""Takes a list from a local file into the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from screening.errors import ListError, StoreError
from screening.lists.diff import diff
from screening.lists.store import Snapshot, Store, day_of, newest
from screening.model import ListInfo, Record, Watchlist

# A list that loses more than a tenth of its entities from one version to the next was cut or broken more likely than
# relaxed.
SHRINK_LIMIT = 0.10
_YAML = (".yml", ".yaml")


class Imported(Record, frozen=True, kw_only=True):
    """What an import did. new: False when the store had this version already.

    since: day of the snapshot that was the newest up to this version's day, None where there was none or nothing new.
    added, removed, changed: entities against that snapshot; None where it could not be read, and remark says why.
    """

    snapshot: Snapshot
    new: bool
    since: str | None = None
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    remark: str = ""


def read_any(
    path: Path,
    *,
    list_id: str | None = None,
    mapping: Mapping[str, str] | None = None,
    as_of: str | None = None,
) -> Watchlist:
    """The list of a file or folder: our YAML (by the file's ending), or an official format (by content).

    list_id: replaces the id the file gives. mapping: role -> column header, for a list of one's own.
    as_of: ISO date of the list where the file gives none. Raises ListError when it is not a whole, sound list.
    """
    if path.is_file() and path.suffix.lower() in _YAML:
        from screening.lists import load_watchlists

        [watchlist] = load_watchlists([str(path)])
        if list_id is None:
            return watchlist
        return msgspec.structs.replace(watchlist, info=msgspec.structs.replace(watchlist.info, id=list_id))
    from screening.lists.formats import read_list

    return read_list(path, list_id=list_id, mapping=mapping, as_of=as_of)


def import_list(
    path: Path,
    store: Store,
    *,
    program: str,
    now: datetime,
    list_id: str | None = None,
    mapping: Mapping[str, str] | None = None,
    as_of: str | None = None,
    allow_shrink: bool = False,
) -> Imported:
    """Reads a list as `read_any` does, keeps it as a snapshot, and compares it with the version before it.

    now: with a time zone; the list's date where neither the file nor as_of gives one.
    allow_shrink: keep a list that lost more than SHRINK_LIMIT of the entities of the version before it.
    Raises ListError when it cannot be read or shrank, StoreError when it cannot be kept.
    """
    if not path.exists():
        raise ListError(f"{path} is not there.", "Check the path.")
    watchlist = read_any(path, list_id=list_id, mapping=mapping, as_of=as_of)
    # A damaged snapshot must not stand in the way of the import that repairs it.
    kept = [item for item in store.snapshots(watchlist.info.id) if isinstance(item, Snapshot)]
    old = newest(kept)
    info = dated(watchlist.info, old.info if old else None, now)
    info = msgspec.structs.replace(
        info, fetched_at=iso(now), source=str(path), count_check=info.count_check or "not-declared"
    )
    # A version of an earlier day is compared with what was in force then, not with what came after it.
    before = newest(item for item in kept if item.day <= day_of(info))
    known = any((item.info.sha256, item.info.accepted) == (info.sha256, info.accepted) for item in kept)
    if before and not known and not allow_shrink and (problem := shrunk(info, before.info)):
        raise ListError(
            f"{problem} The snapshot of {before.day} stays in use.",
            "See that the file is whole; if the list really shrank, import it with --allow-shrink.",
        )
    watchlist = msgspec.structs.replace(watchlist, info=info)
    stored = store.save(watchlist, program=program)
    if before is None or not stored.new:
        return Imported(snapshot=stored.snapshot, new=stored.new)
    try:
        changes = diff(store.load(before), watchlist)
    except StoreError as error:
        remark = f"not compared with the version before: {error.message}"
        return Imported(snapshot=stored.snapshot, new=True, since=before.day, remark=remark)
    return Imported(
        snapshot=stored.snapshot,
        new=True,
        since=before.day,
        added=len(changes.added),
        removed=len(changes.removed),
        changed=len(changes.changed),
    )


def shrunk(info: ListInfo, old: ListInfo) -> str:
    """A sentence where a list lost more than SHRINK_LIMIT of its entities since the version before; else ""."""
    if info.accepted >= old.accepted * (1 - SHRINK_LIMIT):
        return ""
    return (
        f"The list shrank from {old.accepted:,} to {info.accepted:,} entities "
        f"({info.rejected:,} records rejected), more than a tenth."
    )


def dated(info: ListInfo, old: ListInfo | None, now: datetime) -> ListInfo:
    """The info with a date: a list that gives none is of the day its file was first taken into the store."""
    if info.as_of:
        return info
    first = old.as_of if old is not None and old.sha256 == info.sha256 else iso(now)[:10]
    return msgspec.structs.replace(info, as_of=first)


def iso(moment: datetime) -> str:
    """ISO date-time in UTC to the second: 2026-02-27T06:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
