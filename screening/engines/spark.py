"""Apache Spark 4: a cluster that runs already, by its master or by Spark Connect, or this machine's cores.

spark://HOST:7077 is a standalone master; spark://sc://HOST:15002 a Spark Connect server; any other text after spark://
is given to Spark as the master (yarn, k8s://..., local[4]). Without one Spark's own configuration decides.
"""

from __future__ import annotations

import os
import pickle
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from screening.engines.attempt import Attempt, result_of
from screening.engines.interface import Done, Engine, EngineError, Lost
from screening.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
R = TypeVar("R")
_HOSTS = re.compile(r"[\w.-]+:\d+(,[\w.-]+:\d+)*")
_DIED = re.compile(r"exited unexpectedly|ExecutorLostFailure|executor .*(lost|exited)|crashed", re.IGNORECASE)


class Spark(Engine):
    """Each item is a partition of a DataFrame, mapped with mapInPandas: Spark places and repeats the tasks."""

    name = "spark"

    def __init__(self, address: str) -> None:
        self._address = address
        self._session: Any = None

    def open(self) -> None:
        sql: Any = import_module("pyspark.sql")
        builder = sql.SparkSession.builder.appName("screening")
        if self._address.startswith("sc://"):
            builder = builder.remote(self._address)
        elif self._address:
            hosts = _HOSTS.fullmatch(self._address)
            builder = builder.master(f"spark://{self._address}" if hosts else self._address)
        if self._address.startswith("local"):
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers are on this machine
        if not self._address.startswith("sc://"):
            quiet = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
            for key, value in quiet.items():
                builder = builder.config(key, value)
        try:
            with _quiet():
                self._session = builder.getOrCreate()
                self._session.range(1).count()  # Spark Connect answers only when it is asked something
        except Exception as problem:  # from Java, from gRPC or from pyspark, each with a family of its own
            self.close()
            raise EngineError(
                f"Spark{' at ' + self._address if self._address else ''} cannot be reached or started: "
                f"{_first_line(problem)}.",
                "Check the address: spark://HOST:PORT. Spark needs Java 17, found by JAVA_HOME or PATH.",
            ) from problem

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[Done[R]]:
        """The results come when all are there. Where a task's process dies each time Spark gives up the whole job: then
        the items are mapped in halves, until the one is alone that does it.
        """
        yield from self._some(Attempt(function), items, range(len(items)))

    def _some(self, function: Any, items: Sequence[T], places: Sequence[int]) -> Iterator[Done[Any]]:
        if not places:
            return
        chosen = [items[place] for place in places]

        def work(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
            import pandas as pd

            for frame in frames:
                for number in frame["id"]:
                    result = pickle.dumps(function(chosen[number]))
                    yield pd.DataFrame({"id": [number], "result": [result]})

        frame = self._session.range(0, len(chosen), 1, len(chosen))
        try:
            with _quiet():
                rows = frame.mapInPandas(work, "id long, result binary").collect()
        except Exception as problem:  # as above
            if not _DIED.search(str(problem)):
                raise EngineError(
                    f"A Spark worker failed: {_last_line(problem)}.",
                    "Workers need screening[spark] of this version; then run again with --resume.",
                ) from problem
            if len(places) == 1:
                yield Done(places[0], Lost("its process died each time"))
                return
            middle = len(places) // 2
            yield from self._some(function, items, places[:middle])
            yield from self._some(function, items, places[middle:])
            return
        for row in rows:
            result = pickle.loads(bytes(row["result"]))  # noqa: S301 - what our own function gave
            yield Done(places[row["id"]], result_of(result))

    def close(self) -> None:
        if self._session is not None:
            self._session.stop()
            self._session = None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Spark's warning of new versions of pandas: numbers and bytes are all that pandas carries here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _first_line(problem: Exception) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return (lines[0] if lines else type(problem).__name__).rstrip(".")


def _last_line(problem: Exception) -> str:
    """Of what Python said in a worker the last line is the error; Java's trace may follow."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    said = [line for line in lines if re.match(r"\w+(\.\w+)*(Error|Exception): ", line)]
    return (said[0] if said else _first_line(problem)).rstrip(".")


def start(address: str) -> Engine:
    """The engine. Raises UsageError where the extra is not installed."""
    if find_spec("pyspark") is None:
        raise UsageError(
            "The engine spark is not installed.", 'Install the extra: pip install "screening[spark]".'
        )
    return Spark(address)
