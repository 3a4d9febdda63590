"""Watchlists: the curated YAML lists, the official formats and the local store of snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from screening.errors import ListError
from screening.lists import builtin
from screening.lists import seeds as source_records
from screening.lists.curated import read_curated
from screening.lists.in_force import in_force, listing_in_force, warnings
from screening.lists.strict_yaml import Problem, fail, nearest
from screening.lists.verify import verify
from screening.model import Watchlist

__all__ = [
    "Problem",
    "in_force",
    "listing_in_force",
    "load_watchlists",
    "resolve",
    "verify",
    "warnings",
]


def load_watchlists(
    references: Sequence[str] = (), *, as_of: str | None = None, data_dir: Path | None = None
) -> tuple[Watchlist, ...]:
    """Watchlists ready to screen against, sorted by id.

    references: ids of built-in lists, YAML files, or folders of YAML files; none means all built-in lists.
    as_of: ISO date; only listings in force on that day count (see `in_force`). None: all count.
    data_dir: folder of the local store; None: the user's own.

    Raises ListError when a reference leads nowhere, a file cannot be read, or anything in the files is wrong:
    all problems of all files are listed. Raises UsageError when as_of is no date.
    """
    found: list[Traversable | Watchlist] = []
    for reference in references or [builtin.list_id(source) for source in _builtin_files()]:
        found += [item for item in resolve(reference, as_of=as_of, data_dir=data_dir) if item not in found]
    loaded = [item for item in found if isinstance(item, Watchlist)]
    watchlists = [*loaded, *_curated([item for item in found if not isinstance(item, Watchlist)])]
    ids = [watchlist.info.id for watchlist in watchlists]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ListError(f"Several lists have the id {twice[0]}.", "Name each list once.")
    if as_of is not None:
        watchlists = [in_force(watchlist, as_of) for watchlist in watchlists]
    return tuple(sorted(watchlists, key=lambda item: item.info.id))


def resolve(
    reference: str, *, as_of: str | None = None, data_dir: Path | None = None
) -> tuple[Traversable | Watchlist, ...]:
    """What a reference stands for: YAML files still to be read (together), or lists already loaded.

    Tried in this order: id of a built-in list; list in the store ("ofac-sdn" its newest snapshot, or that of
    as_of; "ofac-sdn@2026-02-27" that day's, see `store.Store.find`); YAML file or folder of them; file or folder
    in an official format. Raises ListError when it is none of them, StoreError as `store.load_reference` does.
    """
    from screening.lists import store

    if not reference:
        raise ListError("The name of a watchlist is empty.", "Give the id of a list or a path.")
    built_in = {builtin.list_id(source): source for source in _builtin_files()}
    if reference in built_in:
        return (built_in[reference],)
    if store.is_reference(reference):
        kept = store.load_reference(reference, as_of=as_of, folder=data_dir)
        if kept is not None:
            return (kept,)
    path = Path(reference)
    if path.is_dir() and (files := builtin.yaml_files(path)):
        return files
    if path.is_file() and path.suffix in (".yml", ".yaml"):
        return (path,)
    if path.exists():
        from screening.lists.formats import read_list

        return (read_list(path),)
    ids = store.Store(store.data_dir(data_dir)).list_ids()
    raise ListError(
        f"There is no watchlist {nearest(reference, [*built_in, *ids])}.",
        f"Built-in lists: {', '.join(sorted(built_in))}. In the store: {', '.join(ids) or 'none'}; "
        "`screening lists update` and `screening lists import` add official lists. A list of your own is named "
        "by its path.",
    )


def _builtin_files() -> tuple[Traversable, ...]:
    return builtin.yaml_files(builtin.folder("watchlists"))


def seed_files(sources: Sequence[Traversable]) -> tuple[Traversable, ...]:
    """The source records that lists may quote: the built-in ones, and those in a folder `seeds` beside a list
    or beside the list's folder.
    """
    own = builtin.yaml_files(builtin.folder("seeds"))
    names = {str(Path(str(source)).resolve()) for source in own}
    beside: dict[str, Traversable] = {}
    for source in sources:
        if not isinstance(source, Path):
            continue
        folder = source.resolve().parent
        for place in (folder / "seeds", folder.parent / "seeds"):
            for item in builtin.yaml_files(place) if place.is_dir() else ():
                if str(item) not in names:
                    beside[str(item)] = item
    return (*own, *(beside[name] for name in sorted(beside)))


def _curated(sources: Sequence[Traversable]) -> tuple[Watchlist, ...]:
    """Curated lists, read and checked together; their relations may lead into any built-in list."""
    if not sources:
        return ()
    read, ids, problems = source_records.read_seeds(seed_files(sources))
    result = read_curated(sources, read, seed_ids=ids, others=_builtin_ids(sources))
    fail([*problems, *result.problems])
    return result.watchlists


def _builtin_ids(sources: Sequence[Traversable]) -> dict[str, frozenset[str]]:
    rest = [source.name for source in _builtin_files() if source not in sources]
    return {builtin_id: ids for name in rest for builtin_id, ids in _entity_ids(name).items()}


@cache
def _entity_ids(name: str) -> dict[str, frozenset[str]]:
    """List id -> ids of its entities, of the built-in list in this file, which does not change while the program runs."""
    read = read_curated([source for source in _builtin_files() if source.name == name], ())
    return {item.info.id: frozenset(entity.id for entity in item.entities) for item in read.watchlists}
