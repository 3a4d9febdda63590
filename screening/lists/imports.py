"""Takes a list from a local file into the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from screening.errors import ListError
from screening.lists.store import Store, Stored, newest
from screening.model import ListInfo, Watchlist

_YAML = (".yml", ".yaml")


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
) -> Stored:
    """Reads a list as `read_any` does and keeps it as a snapshot.

    now: with a time zone; the list's date where neither the file nor as_of gives one.
    Raises ListError when it cannot be read, StoreError when it cannot be kept.
    """
    if not path.exists():
        raise ListError(f"{path} is not there.", "Check the path.")
    watchlist = read_any(path, list_id=list_id, mapping=mapping, as_of=as_of)
    # A damaged snapshot must not stand in the way of the import that repairs it.
    old = newest(store.snapshots(watchlist.info.id))
    info = dated(watchlist.info, old.info if old else None, now)
    info = msgspec.structs.replace(info, fetched_at=iso(now), source=str(path))
    return store.save(msgspec.structs.replace(watchlist, info=info), program=program)


def dated(info: ListInfo, old: ListInfo | None, now: datetime) -> ListInfo:
    """The info with a date: a list that gives none is of the day its file was first taken into the store."""
    if info.as_of:
        return info
    first = old.as_of if old is not None and old.sha256 == info.sha256 else iso(now)[:10]
    return msgspec.structs.replace(info, as_of=first)


def iso(moment: datetime) -> str:
    """ISO date-time in UTC to the second: 2026-02-27T06:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
