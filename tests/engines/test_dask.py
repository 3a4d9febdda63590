"""A data set on a real Dask cluster: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from screening.engines import engine
from screening.engines.interface import EngineError
from screening.engines.known import read_baseline
from screening.engines.local import Local
from tests.engines.conftest import next_night
from tests.engines.killing import kill_in_the_middle

pytest.importorskip("distributed")

Contents = Callable[[Path], dict[str, bytes]]
Check = Callable[[Path], None]
SMALL = 200  # bytes of a part: more than a hundred parts, so that a run has a middle


class Cluster(NamedTuple):
    address: str
    workers: list[subprocess.Popen[bytes]]


class Clusters:
    """Starts clusters, and ends them with the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def _start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *map(str, arguments), "--no-dashboard"]
        with (self._folder / f"dask-{len(self._started)}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        self._started.append(process)
        return process

    def start(self, *, workers: int, preload: Path | None = None) -> Cluster:
        file = self._folder / "scheduler.json"
        scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)
        found = [
            self._start(
                "worker",
                *("--scheduler-file", file, "--nthreads", "1", "--no-nanny"),
                *("--local-directory", self._folder / f"worker-{n}"),
                *(("--preload", preload) if preload else ()),
            )
            for n in range(workers)
        ]
        import distributed

        while not file.exists():
            assert scheduler.poll() is None, (self._folder / "dask-0.log").read_text()
            time.sleep(0.05)
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=120)
            address = client.scheduler.address
        return Cluster(address.removeprefix("tcp://"), found)

    def end(self) -> None:
        for process in reversed(self._started):
            process.kill()
            process.wait()


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[Clusters]:
    made = Clusters(tmp_path)
    yield made
    made.end()


def test_the_same_as_local_also_when_a_worker_is_killed(
    place: Any, clusters: Clusters, contents: Contents, check_accounts: Check
) -> None:
    whole = place.run(Local(2), "local", part_bytes=SMALL)
    cluster = clusters.start(workers=2)
    with engine(f"dask://{cluster.address}") as dask:
        place.run(dask, "dask", part_bytes=SMALL)
        killed = kill_in_the_middle(cluster.workers[0].pid, place.folder / "killed" / "accounts")
        place.run(dask, "killed", part_bytes=SMALL)
    assert 5 <= killed() < len(whole.accounts)
    assert cluster.workers[0].wait() == -signal.SIGKILL
    for out in ("dask", "killed"):
        check_accounts(place.folder / out)
        assert contents(place.folder / out) == contents(place.folder / "local")


def test_the_next_night_is_that_of_local(place: Any, clusters: Clusters, contents: Contents) -> None:
    place.run(Local(2), "first")
    now = next_night(place)
    before = read_baseline(str(place.folder / "first"))
    local = now.run(Local(2), "local", baseline=before)
    assert sum(account.known for account in local.accounts) > 1000
    assert local.changes.counts["gone"] == 1
    with engine(f"dask://{clusters.start(workers=1).address}") as dask:
        now.run(dask, "dask", baseline=before)
    assert contents(place.folder / "dask") == contents(place.folder / "local")


def test_relative_paths_begin_where_the_run_does(
    place: Any, clusters: Clusters, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.folder / "here").mkdir()
    monkeypatch.chdir(place.folder / "here")  # the workers run in the folder above
    relative = place._replace(folder=Path(".."), rows=Path("../rows"))
    relative.run(Local(2), "local")
    first = read_baseline("../local")
    with engine(f"dask://{clusters.start(workers=1).address}") as dask:
        done = relative.run(dask, "dask")
        again = relative.run(dask, "again", baseline=first)
    assert contents(place.folder / "dask") == contents(place.folder / "local")
    assert {account.file for account in done.accounts if account.file.endswith("a.csv")} == {"../rows/a.csv"}
    # the worker is the process of the run before, of the same lists
    assert again.changes.counts["unchanged"] == sum(account.hits for account in done.accounts) > 100
    assert sum(account.known for account in again.accounts) > 1000


def test_a_worker_of_another_version_refuses(place: Any, clusters: Clusters) -> None:
    other = place.folder / "other.py"
    other.write_text("import screening\nscreening.__version__ = '9.9'\n")
    cluster = clusters.start(workers=1, preload=other)
    with engine(f"dask://{cluster.address}") as dask, pytest.raises(EngineError) as caught:
        place.run(dask, "out")
    assert "another version than the run was planned with: 9.9 there" in caught.value.message
    assert "Install the same version" in caught.value.advice
    assert not (place.folder / "out" / "hits").exists()


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screening.engines.dask._WAIT", "1s")
    with pytest.raises(EngineError, match="cannot be reached"), engine("dask://127.0.0.1:9"):
        pass
