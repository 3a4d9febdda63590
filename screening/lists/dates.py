"""The lists at hand and their dates."""

from __future__ import annotations

from pathlib import Path

from screening.lists import load_watchlists
from screening.lists.store import Store, data_dir


def list_dates(folder: Path | None = None) -> list[tuple[str, str]]:
    """(id, the list's own date) of the built-in lists and of the newest snapshot of each list in the store, sorted.

    folder: the data folder. Raises ListError or StoreError when one cannot be read.
    """
    found = {item.info.id: item.info.as_of for item in load_watchlists(data_dir=folder)}
    store = Store(data_dir(folder))
    for list_id in store.list_ids():
        snapshot = store.find(list_id)
        if snapshot is not None:
            found.setdefault(list_id, snapshot.info.as_of)
    return sorted(found.items())
