"""A Dask cluster: one that runs already (dask://scheduler:8786), or one of this machine's cores (dask)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from screening.engines.attempt import Attempt, result_of
from screening.engines.interface import Done, Engine, EngineError, Lost
from screening.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")
_WAIT = "30s"  # for a scheduler that does not answer
_RETRIES = 2  # of what fails for a reason that may pass, as storage that is out of reach


class Dask(Engine):
    """Dask's own futures: it places, counts and repeats; what was in hand when a worker died goes to another one."""

    name = "dask"

    def __init__(self, address: str) -> None:
        """address: host:port of a scheduler, or a URL of Dask's own; "": a cluster of this machine, for this run."""
        self._address = address if "://" in address or not address else f"tcp://{address}"
        self._client: Any = None
        self._cluster: Any = None

    def open(self) -> None:
        distributed: Any = import_module("distributed")
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is raised
        try:
            if not self._address:
                # One thread a process: screening holds Python's lock most of the time.
                self._cluster = distributed.LocalCluster(
                    processes=True, threads_per_worker=1, dashboard_address=None
                )
            self._client = distributed.Client(
                self._cluster or self._address, timeout=_WAIT, set_as_default=False
            )
        except (OSError, ValueError, TimeoutError) as problem:
            self.close()
            raise EngineError(
                f"The Dask scheduler {self._address or 'of this machine'} cannot be reached: {problem}.",
                "Check the address: dask://HOST:PORT.",
            ) from problem

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[Done[R]]:
        """Dask counts the death of a worker against all that it held. So what it gave up is tried once more alone."""
        lost: list[int] = []
        for done in self._all(function, items):
            if isinstance(done.result, Lost):
                lost.append(done.place)
            else:
                yield done
        for place in lost:
            for done in self._all(function, [items[place]]):
                yield Done(place, done.result)

    def _all(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[Done[R]]:
        distributed: Any = import_module("distributed")
        # pure=False: what an earlier run did is for its accounts to say, not for a name in the scheduler.
        futures = self._client.map(Attempt(function), items, pure=False, retries=_RETRIES)
        places = {future.key: place for place, future in enumerate(futures)}
        completed = distributed.as_completed(futures, loop=self._client.loop)
        del futures  # the cluster forgets a result once it was taken
        for future in completed:
            place = places[future.key]
            try:
                result = future.result()
            except distributed.KilledWorker:
                yield Done(place, Lost("its worker died each time"))
                continue
            except Exception as problem:  # whatever a worker could not do
                raise EngineError(
                    f"A Dask worker failed: {type(problem).__name__}: {problem}.",
                    "Workers and scheduler need screening[dask] of this version; then run again with --resume.",
                ) from problem
            yield Done(place, result_of(result))

    def close(self) -> None:
        for opened in (self._client, self._cluster):
            if opened is not None:
                opened.close()
        self._client = self._cluster = None


def start(address: str) -> Engine:
    """The engine. Raises UsageError where the extra is not installed."""
    if find_spec("distributed") is None:
        raise UsageError(
            "The engine dask is not installed.", 'Install the extra: pip install "screening[dask]".'
        )
    return Dask(address)
