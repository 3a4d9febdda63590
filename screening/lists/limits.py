"""Which lists of a run are older than they may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from screening.lists.freshness import parse_age, stale
from screening.lists.sources import load_sources
from screening.lists.store import Store, data_dir
from screening.model import ListInfo


def stale_lists(
    lists: Sequence[ListInfo],
    references: Sequence[str],
    *,
    max_age: timedelta | None,
    as_of: str | None,
    now: datetime,
    folder: Path | None = None,
) -> tuple[str, ...]:
    """A sentence for each list that is too old.

    references: as given with -w. max_age: what the user allows; None: what the source of each list allows. Sources
    judge only the newest snapshots of the store: neither a day that the user chose (as_of, or "list@version") nor a
    file named by its path. now: with a time zone. folder: the data folder. Raises as `load_sources` and
    `Store.list_ids` do.
    """
    limits: dict[str, timedelta] = {}
    if as_of is None and references:
        kept = set(Store(data_dir(folder)).list_ids()).intersection(references)
        sources = load_sources(data_dir(folder)).values()
        limits = {s.id: parse_age(s.max_age) for s in sources if s.max_age and s.id in kept}
    return stale(lists, max_age=max_age, limits=limits, now=now)
