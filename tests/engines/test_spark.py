"""A data set on a real Spark cluster of one machine: a master, and two workers with an executor process each."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from screening.engines import engine
from screening.engines.interface import Done, Engine, EngineError, Lost
from screening.engines.known import read_baseline
from screening.engines.local import Local
from screening.lists.imports import import_list
from screening.lists.store import Store
from screening.pipeline import open_screener
from tests.engines.conftest import cells_of, next_night
from tests.engines.killing import kill_in_the_middle

pytest.importorskip("pyspark", reason="the extra spark is not installed")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(
        shutil.which("java") is None and "JAVA_HOME" not in os.environ,
        reason="Spark needs Java, which is not here",
    ),
]

Contents = Callable[[Path], dict[str, bytes]]
Check = Callable[[Path], None]
NEW_LIST = "id,name\n1,Brightwater Optics\n2,Grey Heron Shipping\n"
SMALL = 200  # bytes of a part: more than a hundred parts, so that a run has a middle


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    with engine("spark://local-cluster[2,1,1024]") as started:
        yield started


def executors() -> list[int]:
    """Processes of executors that descend from this one."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if b"CoarseGrainedExecutorBackend" in (folder / "cmdline").read_bytes() and descends(folder):
                found.append(int(folder.name))
        except (OSError, ValueError):
            continue
    return sorted(found)


def descends(folder: Path) -> bool:
    process = int(folder.name)
    while process > 1 and process != os.getpid():
        process = int((Path("/proc") / str(process) / "stat").read_text().rsplit(")", 1)[1].split()[1])
    return process == os.getpid()


def test_the_same_as_local_also_when_an_executor_is_killed(
    place: Any, spark: Engine, contents: Contents, check_accounts: Check
) -> None:
    whole = place.run(Local(2), "local", part_bytes=SMALL)
    place.run(spark, "spark", part_bytes=SMALL)
    before = executors()
    assert len(before) == 2
    killed = kill_in_the_middle(before[0], place.folder / "killed" / "accounts")
    place.run(spark, "killed", part_bytes=SMALL)
    assert 5 <= killed() < len(whole.accounts)
    assert before[0] not in executors()
    for out in ("spark", "killed"):
        check_accounts(place.folder / out)
        assert contents(place.folder / out) == contents(place.folder / "local")


def test_the_next_night_is_that_of_local(place: Any, spark: Engine, contents: Contents) -> None:
    place.run(Local(2), "first")
    now = next_night(place)
    before = read_baseline(str(place.folder / "first"))
    now.run(Local(2), "local", baseline=before)
    done = now.run(spark, "spark", baseline=before)
    assert sum(account.known for account in done.accounts) > 1000
    assert done.changes.counts["gone"] == 1
    assert contents(place.folder / "spark") == contents(place.folder / "local")


def test_only_what_is_new_or_changed_is_that_of_local(place: Any, spark: Engine, contents: Contents) -> None:
    data = place.folder / "data"
    for day, text in (("2026-04-01", "id,name\n1,Brightwater Optics\n"), ("2026-05-01", NEW_LIST)):
        (place.folder / "own.csv").write_text(text)
        import_list(
            place.folder / "own.csv",
            Store(data),
            program="1",
            now=datetime(2026, 5, 1, tzinfo=UTC),
            as_of=day,
        )
    screener = open_screener(["own"], changed_since=["2026-04-01"], data_dir=data)
    since = place._replace(screener=screener)
    since.run(Local(2), "local")
    since.run(spark, "spark")
    assert contents(place.folder / "spark") == contents(place.folder / "local")
    found = {row["entity_id"] for row in cells_of(place.folder / "spark")}
    assert found == {"", "2"}  # "": rows that cannot be screened


def test_what_kills_its_process_each_time_is_given_up_and_nothing_else(spark: Engine) -> None:
    def fatal(item: int) -> int:
        if item == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return item * 10

    done = {found.place: found.result for found in spark.map(fatal, range(6))}
    assert done == {n: Lost("its process died each time") if n == 3 else n * 10 for n in range(6)}


def test_what_a_worker_raises_is_raised_here(spark: Engine) -> None:
    def refuses(item: int) -> int:
        raise EngineError("A worker has another version.", "Install the same.")

    def fails(item: int) -> int:
        raise ModuleNotFoundError("No module named 'screening'")

    with pytest.raises(EngineError, match="another version") as caught:
        list(spark.map(refuses, [1]))
    assert caught.value.advice == "Install the same."
    with pytest.raises(EngineError, match="ModuleNotFoundError: No module named 'screening'"):
        list(spark.map(fails, [1]))


def test_nothing_to_do(spark: Engine) -> None:
    nothing: list[Done[int]] = list(spark.map(int, []))
    assert nothing == []
