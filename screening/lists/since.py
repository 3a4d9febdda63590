"""Screening against only what is new: the earlier snapshot each list is compared with, and what that leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from screening.errors import StoreError, UsageError
from screening.lists.diff import changed_entities
from screening.lists.in_force import in_force, is_date
from screening.lists.store import Snapshot, Store, data_dir, split_reference
from screening.model import Watchlist


def only_changed(
    watchlists: Sequence[Watchlist],
    since: Sequence[str],
    *,
    as_of: str | None = None,
    folder: Path | None = None,
) -> tuple[list[Watchlist], list[str]]:
    """The lists with only the entities that are new or changed, and for each list a sentence that says what was left out.

    since: snapshots ("ofac-sdn@2026-02-20"), each for the list with that id, and at most one day for all other lists.
    A list of which the store has no snapshot so old is kept whole: all of it may be new. as_of: the day by which the
    lists were filtered; an earlier version is then taken as in force on its own day. folder: the data folder.

    Raises UsageError when `since` names a list or a day twice, a list without a version, or one that is not among the
    lists; StoreError when the store does not have the snapshot, or it cannot be read.
    """
    store = Store(data_dir(folder))
    named, day = _named(since, store)
    strange = sorted(named.keys() - {item.info.id for item in watchlists})
    if strange:
        raise UsageError(
            f"--changed-since names {strange[0]}, which is not screened against.",
            f"Lists of this run: {', '.join(item.info.id for item in watchlists)}.",
        )
    kept: list[Watchlist] = []
    said: list[str] = []
    for item in watchlists:
        snapshot = named.get(item.info.id) or _of_day(store, item.info.id, day)
        if snapshot is None:
            kept.append(item)
            said.append(f"{item.info.id}: no earlier snapshot to compare with, screened against as a whole.")
            continue
        old = store.load(snapshot)
        new = changed_entities(in_force(old, snapshot.day) if as_of else old, item)
        left_out = len(item.entities) - len(new.entities)
        kept.append(new)
        said.append(
            f"{item.info.id}: screened only against {_count(len(new.entities))} new or changed since the snapshot of "
            f"{snapshot.day} (sha256 {snapshot.info.sha256[:16]}); {_count(left_out)} left out."
        )
    return kept, said


def _named(since: Sequence[str], store: Store) -> tuple[dict[str, Snapshot], str]:
    """The snapshots named, by list id, and the day for all other lists ("" for none)."""
    days = [reference for reference in since if is_date(reference, partial=False)]
    if len(days) > 1:
        raise UsageError(
            "--changed-since names two days.", f"Write LIST@{days[1]} where it is meant for one list."
        )
    found: dict[str, Snapshot] = {}
    for reference in since:
        if reference in days:
            continue
        list_id, version = split_reference(reference)
        if version is None:
            raise UsageError(
                f"--changed-since {reference} does not say which snapshot.",
                f"Write a day: {list_id}@2026-02-20.",
            )
        if list_id in found:
            raise UsageError(f"--changed-since names {list_id} twice.", "Name one snapshot of each list.")
        snapshot = store.find(list_id, version)
        if snapshot is None:
            ids = ", ".join(store.list_ids()) or "none"
            raise StoreError(f"The store has no list {list_id}.", f"In the store: {ids}.")
        found[list_id] = snapshot
    return found, days[0] if days else ""


def _of_day(store: Store, list_id: str, day: str) -> Snapshot | None:
    """The snapshot that was the newest on a day, None where the store has none so old."""
    if not day or list_id not in store.list_ids():
        return None
    kept = store.snapshots(list_id)
    if not any(isinstance(item, Snapshot) and item.day <= day for item in kept):
        return None
    return store.find(list_id, day)


def _count(entities: int) -> str:
    return "1 entity" if entities == 1 else f"{entities:,} entities"
