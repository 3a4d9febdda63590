"""The cores of this machine."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from screening.engines.interface import ATTEMPTS, Done, Engine, Lost
from screening.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")


class Local(Engine):
    """One process a core."""

    name = "local"

    def __init__(self, processes: int) -> None:
        self._processes = processes

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[Done[R]]:
        """Where a process dies, so do the others of its pool: what they had in hand is begun again in a new one.

        From the second time on an item is begun alone, so that only the one that kills its process is given up.
        """
        begun = [0] * len(items)
        waiting = list(reversed(range(len(items))))
        while waiting:
            alone = begun[waiting[-1]] > 0
            pool = self._pool(1 if alone else self._processes)
            running: dict[Future[R], int] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < (1 if alone else 2 * self._processes):
                        if bool(begun[waiting[-1]]) != alone:
                            break
                        place = waiting[-1]
                        running[pool.submit(function, items[place])] = place
                        begun[place] += 1
                        waiting.pop()
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        done = Done(running[future], future.result())
                        del running[future]
                        yield done
            except BrokenProcessPool:
                for place in sorted(running.values(), reverse=True):
                    if begun[place] < ATTEMPTS:
                        waiting.append(place)
                    else:
                        yield Done(place, Lost(f"its process died {ATTEMPTS} times"))
            except BaseException:
                # Ctrl-C or a failure: the work in hand is of no use to anyone.
                for child in multiprocessing.active_children():
                    child.terminate()
                raise
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _pool(self, processes: int) -> ProcessPoolExecutor:
        if "fork" in multiprocessing.get_all_start_methods():
            gc.freeze()  # what is inherited is not searched for garbage, and so not copied
            context = multiprocessing.get_context("fork")
            return ProcessPoolExecutor(processes, context, initializer=_leave_ctrl_c)
        return ProcessPoolExecutor(processes, initializer=_leave_ctrl_c)


def _leave_ctrl_c() -> None:
    """Leave Ctrl-C to the process that started this one: it ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def start(address: str) -> Engine:
    """The engine. address: must be empty."""
    if address:
        raise UsageError("The engine local takes no address.", "Write --engine local.")
    return Local(os.cpu_count() or 1)
