"""What an engine is: something that maps a function over items, in several processes or on several machines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Generic, NamedTuple, TypeVar

from screening.errors import ScreeningError

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS = 3
"""How often an item is begun before the death of its process is taken as the item's doing."""


class EngineError(ScreeningError):
    """An engine, or its workers, cannot run what is asked."""


class Lost(NamedTuple):
    """In place of a result: the item's process died each time. reason: in words."""

    reason: str


class Done(NamedTuple, Generic[R]):
    """The result of the item at a place in the sequence."""

    place: int
    result: R | Lost


class Engine(ABC):
    """Use it in a `with`: what it started ends with it."""

    name: str

    @abstractmethod
    def map(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[Done[R]]:
        """Each item's result, exactly one for each, in the order in which they are done.

        function: picklable, and pure but for files it writes whole, since it may run more than once on an item: a
        process or machine that dies is made up for. What it raises ends the map and is raised here.
        Raises EngineError when the engine itself fails.
        """

    def open(self) -> None:
        """Reach or start what the engine runs on. Raises EngineError."""
        return

    def close(self) -> None:
        """End what the engine started."""
        return

    def __enter__(self) -> Engine:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
