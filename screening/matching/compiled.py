"""Plain loops over arrays: compiled by numba where there is much to do, interpreted as they stand where there is not.

numba takes half a second to load, which a single name need not wait for. Machine code is kept beside the source file,
or in the user's cache folder where that cannot be written; where neither can be, it is made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

T = TypeVar("T")

# So many steps of a loop take as long interpreted as numba takes to load.
WORTH_COMPILING = 500_000
_steps = 0


def fast(function: Callable[..., T], steps: int) -> Callable[..., T]:
    """The function, compiled once about so many steps have been asked for altogether that it is worth it."""
    global _steps
    _steps += steps
    return _compiled(function) if _steps > WORTH_COMPILING else function


@cache
def _compiled(function: Callable[..., T]) -> Callable[..., T]:
    from numba import njit

    try:
        compiled: Callable[..., T] = njit(cache=True)(function)
    except RuntimeError:  # no folder to keep machine code in
        compiled = njit(function)
    return compiled
