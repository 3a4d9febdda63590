"""A memory for what is worked out from records that come again and again as the same object."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")
V = TypeVar("V")


def by_identity(most: int) -> Callable[[Callable[[T], V]], Callable[[T], V]]:
    """Remember what a function says of its argument, told by identity, for at most `most` arguments at a time.

    For frozen records of many fields: the hash that lru_cache needs takes longer than the work that it saves.
    """

    def decorated(function: Callable[[T], V]) -> Callable[[T], V]:
        known: dict[int, tuple[T, V]] = {}  # the argument is held, so that no other object gets its id

        @wraps(function)
        def remembered(record: T) -> V:
            found = known.get(id(record))
            if found is None:
                if len(known) >= most:
                    known.clear()
                found = known[id(record)] = (record, function(record))
            return found[1]

        return remembered

    return decorated
