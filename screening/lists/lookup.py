"""Where an id stands: a list, or an entity of the built-in and the stored lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from screening.errors import StoreError
from screening.lists import load_watchlists
from screening.lists.in_force import in_force
from screening.lists.store import Store, data_dir, is_reference
from screening.model import Entity, ListInfo, Watchlist


class Found(NamedTuple):
    """What has an id.

    loaded: lists read as a whole. lists: those with this id. entities: those with this id, each with its list.
    searched: references of the lists searched. missed: why a stored list was not searched, one sentence each.
    """

    loaded: tuple[Watchlist, ...]
    lists: tuple[Watchlist, ...]
    entities: tuple[tuple[ListInfo, Entity], ...]
    searched: tuple[str, ...]
    missed: tuple[str, ...]


def look_up(
    name: str, references: Sequence[str] = (), *, as_of: str | None = None, folder: Path | None = None
) -> Found:
    """Find a list or entity by its id, or an entity by "list:entity".

    references: lists to search; none: the built-in ones and every list in the store. as_of: the day whose snapshots and
    listings count. folder: the data folder. Raises as `load_watchlists` does; a stored list that cannot be read is no
    failure but in `missed`.
    """
    loaded = list(load_watchlists(references, as_of=as_of, data_dir=folder))
    searched = [item.info.id for item in loaded]
    stored: list[tuple[ListInfo, Entity]] = []
    missed: list[str] = []
    store = Store(data_dir(folder))
    for list_id in () if references else store.list_ids():
        if list_id in searched:
            continue  # a built-in list goes before one of the same id in the store
        try:
            if name.partition("@")[0] == list_id:
                loaded += load_watchlists([name], as_of=as_of, data_dir=folder)
                searched.append(name)
                continue
            snapshot = store.find(list_id, as_of)
            if snapshot is None:
                continue
            entity = store.entity(snapshot, name.removeprefix(f"{list_id}:"))
        except StoreError as error:
            missed.append(error.message)
            continue
        searched.append(f"{list_id}@{snapshot.day}")
        if entity is not None:
            alone = Watchlist(info=snapshot.info, entities=(entity,))
            kept = in_force(alone, as_of) if as_of else alone
            stored += [(snapshot.info, item) for item in kept.entities]
    ids = (name, name.partition("@")[0]) if is_reference(name) else (name,)
    return Found(
        loaded=tuple(loaded),
        lists=tuple(item for item in loaded if item.info.id in ids),
        entities=(
            *(
                (item.info, entity)
                for item in loaded
                for entity in item.entities
                if name in (entity.id, f"{item.info.id}:{entity.id}")
            ),
            *stored,
        ),
        searched=tuple(searched),
        missed=tuple(missed),
    )
