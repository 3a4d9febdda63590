"""A data set on the cores of this machine."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from screening import __version__
from screening.cli.screen import with_threshold
from screening.decisions import Decisions
from screening.engines import dataset, engine
from screening.engines import part as part_module
from screening.engines.dataset import plan
from screening.engines.interface import ATTEMPTS, Done, Engine, EngineError, Lost
from screening.engines.local import Local
from screening.engines.part import screen_part
from screening.errors import InputError, OutputError, UsageError
from screening.intake import open_files, open_table
from screening.intake.parts import Reading, open_part
from screening.ownership import NO_OWNERS
from screening.pipeline import open_screener, screen, screen_batch
from screening.reports import csv_report
from screening.reports import dataset as output
from tests.engines.conftest import cells_of

Contents = Callable[[Path], dict[str, bytes]]
Check = Callable[[Path], None]
START = datetime(2026, 5, 1, tzinfo=UTC)


def test_the_hits_are_those_of_the_files_one_by_one(place: Any, check_accounts: Check) -> None:
    done = place.run(Local(2), "out")
    out = place.folder / "out"
    check_accounts(out)
    assert len(done.accounts) > 10
    found = cells_of(out)
    for file in ("a.csv", "below/b.csv", "c.parquet"):
        path = str(place.rows / file)
        run = screen(open_table(path), place.screener, clock=lambda: START)
        run = msgspec.structs.replace(run, every_row=True)
        single = [
            dict(zip(csv_report.COLUMNS, map(csv_report.neutral, row), strict=True))
            for row in csv_report.rows(run)
        ]
        for row in single:
            assert (row.pop("change"), row.pop("changed"), row.pop("file")) == ("", "", "")
            del row["run_id"]
        parts = [dict(row) for row in found if row["file"] == path]
        for row in parts:
            del row["file"]
        assert parts == single
    damaged = [row for row in found if row["file"].endswith("d.csv")]
    assert [(row["status"], row["row"]) for row in damaged] == [("unscreened", "2")]
    assert "not a text file" in damaged[0]["explanation"]
    assert "1 part could not be screened (1 rows)" in (out / "summary.txt").read_text()
    assert (out / "summary.txt").read_text().endswith("cleared 0, unscreened 11\n")


def test_the_hits_are_those_of_the_files_as_one_table(place: Any) -> None:
    done = place.run(Local(1), "out")
    run = screen(open_files(str(place.rows)), place.screener, clock=lambda: START)
    assert run.manifest.counts == done.manifest.counts
    run = msgspec.structs.replace(run, every_row=True)
    whole = [
        dict(zip(csv_report.COLUMNS, map(csv_report.neutral, row), strict=True))
        for row in csv_report.rows(run)
    ]
    for row in whole:
        del row["change"], row["changed"], row["run_id"]
    assert whole == cells_of(place.folder / "out")
    workers = screen(
        open_files(str(place.rows), batch_rows=50), place.screener, clock=lambda: START, workers=2
    )
    assert workers.manifest == run.manifest


def test_the_output_does_not_depend_on_the_number_of_processes(place: Any, contents: Contents) -> None:
    place.run(Local(1), "one")
    place.run(Local(3), "three")
    assert contents(place.folder / "one") == contents(place.folder / "three")


def test_chains_over_rows_are_not_followed_and_that_is_said(place: Any) -> None:
    assert not any("Owners of owners" in text for text in place.run(Local(2), "plain").manifest.warnings)
    path = place.rows / "a.csv"
    lines = path.read_text().splitlines()
    path.write_text("".join(f"{line},{'Blue Lantern' if n else 'owner'}\n" for n, line in enumerate(lines)))
    warnings = place.run(Local(2), "owned").manifest.warnings
    assert [text for text in warnings if text.startswith("Owners of owners were followed through the file")]


class StoppedError(Exception):
    """Stands for a kill of the whole program."""


class StopsAfter(Local):
    """Local, until a number of parts is done."""

    def __init__(self, parts: int) -> None:
        super().__init__(2)
        self._parts = parts

    def map(self, function: Any, items: Any) -> Iterator[Done[Any]]:
        for n, done in enumerate(super().map(function, items)):
            if getattr(function, "func", None) is screen_part and n == self._parts:
                raise StoppedError
            yield done


def test_resume_does_the_rest_and_gives_the_same(
    place: Any, contents: Contents, check_accounts: Check
) -> None:
    place.run(Local(2), "whole")
    with pytest.raises(StoppedError):
        place.run(StopsAfter(5), "out")
    out = place.folder / "out"
    assert not (out / "manifest.json").exists()
    kept = {file.name: file.stat().st_mtime_ns for file in (out / "accounts").iterdir()}
    assert len(kept) >= 5
    with pytest.raises(OutputError, match="holds a run already"):
        place.run(Local(2), "out")
    done = place.run(Local(2), "out", resume=True)
    assert done.kept == len(kept)
    assert {name: (out / "accounts" / name).stat().st_mtime_ns for name in kept} == kept
    check_accounts(out)
    assert contents(out) == contents(place.folder / "whole")
    assert place.run(Local(2), "out", resume=True).kept == len(done.accounts)


def test_resume_does_again_what_is_no_longer_the_same(place: Any, contents: Contents) -> None:
    first = place.run(Local(2), "out")
    out = place.folder / "out"
    hits = sorted((out / "hits").iterdir())
    hits[0].write_bytes(hits[0].read_bytes() + b"x")  # not what its account says
    hits[1].unlink()
    account = sorted((out / "accounts").iterdir())[5]
    account.write_bytes(b"{}")
    again = place.run(Local(2), "out", resume=True)
    assert len(first.accounts) - again.kept == 3
    # A row of one part changes: that part is done again, and what the old one wrote is gone.
    path = place.rows / "a.csv"
    path.write_text(path.read_text().replace('Blue Lantern Bakery 1"', 'Grey Heron Shipping"'))
    changed = place.run(Local(2), "out", resume=True)
    assert changed.kept < len(first.accounts)
    place.run(Local(2), "fresh")
    assert contents(out) == contents(place.folder / "fresh")


def test_resume_does_again_what_could_not_be_read_for_a_while(
    place: Any, monkeypatch: pytest.MonkeyPatch, contents: Contents
) -> None:
    whole = place.run(Local(2), "whole")
    with monkeypatch.context() as broken:

        def out_of_reach(part: Any, *arguments: Any) -> Any:
            if part.file.endswith("b.csv"):
                raise InputError(f"{part.file} cannot be read: out of reach.")
            return open_part(part, *arguments)

        broken.setattr(part_module, "open_part", out_of_reach)
        first = place.run(Local(2), "out")
    lost = [account for account in first.accounts if "out of reach" in account.problem]
    assert sum(account.counts.unscreened for account in lost) == 500
    assert place.run(Local(2), "out", resume=True).kept == len(whole.accounts) - len(lost)
    assert contents(place.folder / "out") == contents(place.folder / "whole")


def test_other_settings_and_lists_do_everything_again(place: Any) -> None:
    place.run(Local(2), "out")
    (place.folder / "list.yml").write_text((place.folder / "list.yml").read_text() + "    countries: [PA]\n")
    lists = [str(place.folder / "list.yml")]
    for screener in (open_screener(lists), open_screener(lists, with_threshold(70))):
        assert place._replace(screener=screener).run(Local(2), "out", resume=True).kept == 0


# --- what goes wrong ------------------------------------------------------------------------------


def kill_once(flag: Path, item: int) -> int:
    """Kills its own process on item 3 the first time."""
    if item == 3 and not flag.exists():
        flag.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    return item * 10


def kill_always(item: int) -> int:
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item * 10


class Once:
    """Screens a part; the first time on one of them its process dies after the work and before the account."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __call__(self, job: Any, task: Any) -> Any:
        if task.place == 4 and not self.flag.exists():
            self.flag.write_text("")
            os.kill(os.getpid(), signal.SIGKILL)
        return screen_part(job, task)


def never_the_fourth(job: Any, task: Any) -> Any:
    if task.place == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return screen_part(job, task)


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    done = list(Local(2).map(partial(kill_once, tmp_path / "flag"), range(12)))
    assert sorted(done) == [(n, n * 10) for n in range(12)]


def test_what_kills_its_process_each_time_is_given_up_and_nothing_else() -> None:
    done = dict(Local(2).map(kill_always, range(12)))
    assert done.pop(3) == Lost(f"its process died {ATTEMPTS} times")
    assert done == {n: n * 10 for n in range(12) if n != 3}


def test_a_process_killed_in_the_middle_of_a_run(
    place: Any, monkeypatch: pytest.MonkeyPatch, contents: Contents, check_accounts: Check
) -> None:
    place.run(Local(2), "whole")
    monkeypatch.setattr("screening.engines.dataset.screen_part", Once(place.folder / "flag"))
    place.run(Local(2), "out")
    assert (place.folder / "flag").exists()
    check_accounts(place.folder / "out")
    assert contents(place.folder / "out") == contents(place.folder / "whole")


def test_a_part_that_is_given_up_is_unscreened(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screening.engines.dataset.screen_part", never_the_fourth)
    done = place.run(Local(2), "out")
    account = done.accounts[4]
    assert account.problem == f"its process died {ATTEMPTS} times"
    assert account.counts.read == account.counts.unscreened > 10
    assert done.manifest.counts.read == 1301


def test_a_poisoned_row_is_unscreened_and_the_others_are_not(
    place: Any, monkeypatch: pytest.MonkeyPatch, check_accounts: Check
) -> None:
    def poisoned(batch: Any, *arguments: Any, **options: Any) -> Any:
        if "Blue Lantern Bakery 42" in {name for names in batch.names for name in names}:
            raise ZeroDivisionError("of no use")
        return screen_batch(batch, *arguments, **options)

    healthy = place.run(Local(2), "healthy")
    monkeypatch.setattr(part_module, "screen_batch", poisoned)
    done = place.run(Local(2), "out")
    assert done.manifest.counts.unscreened == healthy.manifest.counts.unscreened + 1
    assert done.manifest.counts.read == healthy.manifest.counts.read
    rows = [row for row in cells_of(place.folder / "out") if "ZeroDivisionError" in row["explanation"]]
    assert [(row["status"], row["row"], row["counterparty_id"]) for row in rows] == [
        ("unscreened", "44", "42")
    ]


def test_a_data_set_of_which_nothing_can_be_read_is_an_error(place: Any) -> None:
    for file in ("a.csv", "below/b.csv", "c.parquet"):
        (place.rows / file).write_bytes(b"")
    with pytest.raises(InputError, match=r"No part of .* could be read"):
        place.run(Local(2), "out")


def refused(place: Any, **changes: Any) -> EngineError:
    """What a worker says of a job whose identity is not its own."""
    wanted = plan(
        str(place.rows),
        str(place.folder / "out"),
        Reading(),
        kind="csv",
        render=output.RENDER,
        every_row=False,
        resume=True,
    )
    job = dataset._job(wanted, place.screener, START, None, Decisions(), NO_OWNERS, shared=True)
    identity = msgspec.structs.replace(job.identity, **changes)
    part_module._workers.clear()
    with pytest.raises(EngineError) as caught:
        part_module.ready(job._replace(identity=identity))
    return caught.value


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"version": "9.9"}, f"another version than the run was planned with: {__version__} there, 9.9 here"),
        ({"dependencies": {"numpy": "0.1"}}, "numpy 0.1"),
        ({"knowledge": "0"}, "another knowledge of names"),
        ({"settings_sha256": "0"}, "another settings"),
        ({"lists": (("blocked", "0"),)}, "another lists"),
    ],
)
def test_a_worker_that_is_not_the_same_refuses(place: Any, changes: dict[str, Any], what: str) -> None:
    problem = refused(place, **changes)
    assert what in problem.message
    assert problem.exit_code == 2


def test_a_worker_elsewhere_unpacks_the_index_once(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    place.run(Local(1), "out")
    seen: list[Any] = []
    monkeypatch.setattr(dataset, "prepare", lambda job, *_: seen.append(job))

    class Elsewhere(Engine):
        """Workers on a machine with a cache of its own."""

        name = "elsewhere"

        def map(self, function: Any, items: Any) -> Iterator[Done[Any]]:
            monkeypatch.setenv("SCREENING_CACHE_DIR", str(place.folder / "other"))
            part_module._workers.clear()
            for n, item in enumerate(items):
                if getattr(function, "func", None) is screen_part:
                    job = function.args[0]
                    job = job._replace(lists=job.lists._replace(folder="/nowhere"))
                    yield Done(n, screen_part(job, item))
                else:
                    yield Done(n, function(item))

    place.run(Elsewhere(), "there")
    (received,) = (place.folder / "other" / "indexes").iterdir()
    assert received.name.startswith("received-")
    same = [json.loads((place.folder / out / "manifest.json").read_text()) for out in ("out", "there")]
    assert same[0] == same[1]


# --- the plan -------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["ray", "local://here", ""])
def test_engines_that_are_not_there(wanted: str) -> None:
    with pytest.raises(UsageError):
        engine(wanted)


def test_the_output_may_not_lie_among_the_input(place: Any) -> None:
    place.run(Local(2), "rows/out")
    with pytest.raises(OutputError, match="holds files of the input"):
        place.run(Local(2), "rows/out", resume=True)
