"""A function as it runs in a worker elsewhere: its own errors come back as values, so that no engine tries them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from screening.errors import ScreeningError

T = TypeVar("T")
R = TypeVar("R")


class Failed(NamedTuple):
    """What the function raised."""

    error: ScreeningError


class Attempt(NamedTuple, Generic[T, R]):
    """Called in place of the function."""

    function: Callable[[T], R]

    def __call__(self, item: T) -> R | Failed:
        try:
            return self.function(item)
        except ScreeningError as error:
            return Failed(error)


def result_of(found: R | Failed) -> R:
    """The result, or the error raised here."""
    if isinstance(found, Failed):
        raise found.error
    return found
