"""`screening screen` into a folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from typer.testing import Result

from tests.blocked import BRIGHTWATER, blocked

Invoke = Callable[..., Result]

LIST = blocked(BRIGHTWATER)
FILES = 40


@pytest.fixture
def place(workplace: Path) -> Path:
    (workplace / "list.yml").write_text(LIST)
    (workplace / "rows").mkdir()
    for n in range(FILES):
        rows = f"id,name\n{n}-1,Brightwater Optics\n{n}-2,Blue Lantern Bakery\n{n}-3,\n"
        (workplace / "rows" / f"{n:02}.csv").write_text(rows)
    return workplace


SCREEN = ("-w", "list.yml", "--fail-on", "never")
ALL = f"rows read {3 * FILES}: clear {FILES}, review 0, match {FILES}, cleared 0, unscreened {FILES}"


def files_of(out: Path) -> dict[str, bytes]:
    return {str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()}


def test_a_folder_gives_a_folder(place: Path, invoke: Invoke) -> None:
    result = invoke("screen", "rows", *SCREEN, "-o", "out/", "--log", "runs.jsonl")
    assert result.exit_code == 3
    assert result.stdout.splitlines()[-1] == ALL
    assert sorted(file.name for file in (place / "out").iterdir()) == [
        "accounts",
        "clear",
        "entities.bin",
        "found",
        "hits",
        "manifest.json",
        "summary.txt",
    ]
    assert (place / "out" / "summary.txt").read_text() == result.stdout
    table = ds.dataset(place / "out" / "hits").to_table().to_pydict()
    assert table["file"] == [f"rows/{n:02}.csv" for n in range(FILES) for _ in (1, 2)]
    assert table["row"] == [2, 4] * FILES
    assert table["status"] == ["match", "unscreened"] * FILES
    assert table["score"] == [100.0, None] * FILES or table["score"][1] is None
    document = json.loads((place / "out" / "manifest.json").read_text())
    assert document["counts"] == document["manifest"]["counts"]
    assert document["manifest"]["input"]["path"] == "rows"
    logged = json.loads((place / "runs.jsonl").read_text())
    assert logged["run_id"] == document["manifest"]["run_id"]


@pytest.mark.parametrize("wanted", ["rows/*.csv", "rows/00.csv"])
def test_globs_and_single_files_in_parts(place: Path, invoke: Invoke, wanted: str) -> None:
    result = invoke("screen", wanted, *SCREEN, "-o", "out/", "--format", "csv", "-q", "--all")
    rows = 3 * (FILES if "*" in wanted else 1)
    assert result.stdout.startswith(f"rows read {rows}: ")
    lines = [f.read_text().splitlines() for f in sorted((place / "out" / "hits").iterdir())]
    assert sum(map(len, lines)) == rows + len(lines)
    assert lines[0][0].startswith("file,status,score,row,")


def test_a_killed_run_is_resumed(place: Path, invoke: Invoke, command: list[str]) -> None:
    invoke("screen", "rows", *SCREEN, "-o", "whole/")
    started = subprocess.Popen(
        [*command, "screen", "rows", *SCREEN, "-o", "out/"], stdout=subprocess.DEVNULL, start_new_session=True
    )
    accounts = place / "out" / "accounts"
    while started.poll() is None and not (accounts.is_dir() and list(accounts.glob("*.json"))):
        time.sleep(0.005)
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    kept = {file.name: file.stat().st_mtime_ns for file in accounts.glob("*.json")}
    assert kept
    result = invoke("screen", "rows", *SCREEN, "-o", "out/", "--resume")
    assert result.stdout.splitlines()[-1] == ALL
    assert {name: (accounts / name).stat().st_mtime_ns for name in kept} == kept
    whole, resumed = files_of(place / "whole"), files_of(place / "out")
    for files in (whole, resumed):  # they name the run, and the clock is not the same
        del files["manifest.json"], files["summary.txt"]
    assert resumed == whole


def test_the_next_night(place: Path, invoke: Invoke) -> None:
    invoke("screen", "rows", *SCREEN, "-o", "monday/")
    (place / "rows" / "07.csv").write_text("id,name\n7-1,Brightwater Optics\n7-2,Brightwater Optic\n7-3,\n")
    result = invoke("screen", "rows", *SCREEN, "-o", "tuesday/", "--baseline", "monday")
    document = json.loads((place / "tuesday" / "manifest.json").read_text())
    assert document["manifest"]["request"]["baseline"]["path"] == "monday"
    assert [part["known"] for part in document["parts"]] == [int(n != 7) for n in range(FILES)]
    assert f"{FILES - 1} rows were clear in run" in result.stdout
    invoke("screen", "rows", *SCREEN, "-o", "all/")
    assert "new 1, changed 0, unchanged 40, gone 0" in result.stdout
    changes = ds.dataset(place / "tuesday" / "changes").to_table().to_pydict()
    assert sorted(set(zip(changes["change"], changes["was"], strict=True))) == [
        ("new", ""),
        ("unchanged", "match"),
    ]
    assert [
        row for row, change in zip(changes["row"], changes["change"], strict=True) if change == "new"
    ] == [3]
    tuesday, everything = files_of(place / "tuesday"), files_of(place / "all")
    assert {k: v for k, v in tuesday.items() if k.startswith("hits")} == {
        k: v for k, v in everything.items() if k.startswith("hits")
    }


@pytest.mark.parametrize(
    ("changed", "statuses"),
    [
        ("7-1,Brightwater Optics\n7-2,Blue Lantern Bakery\n", (0, 0, 0)),
        ("7-1,Brightwater Optics\n7-2,Brightwater Optics\n", (1, 1, 1)),
        ("7-1,Blue Lantern Bakery\n7-2,Blue Lantern Bakery\n", (0, 0, 1)),  # a hit is gone
    ],
)
def test_a_night_fails_on_what_is_new(
    place: Path, invoke: Invoke, changed: str, statuses: tuple[int, int, int]
) -> None:
    for n in range(FILES):
        (place / "rows" / f"{n:02}.csv").write_text(
            "id,name\n7-1,Brightwater Optics\n7-2,Blue Lantern Bakery\n"
        )
        if n > 7:
            (place / "rows" / f"{n:02}.csv").unlink()
    invoke("screen", "rows", *SCREEN, "-o", "monday/")
    (place / "rows" / "07.csv").write_text(f"id,name\n{changed}")
    for what, status in zip(("new-match", "new-review", "changed"), statuses, strict=True):
        arguments = ("-w", "list.yml", "--baseline", "monday", "--fail-on", what)
        assert invoke("screen", "rows", *arguments, "-o", f"{what}/").exit_code == status, what


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rows", "-o", "out/", "--fail-on", "changed"), "--fail-on changed needs an earlier run"),
        (("rows", "-o", "out/", "-o", "r.csv"), "Name one folder"),
        (("rows/00.csv", "--resume"), "Name a folder"),
        (("rows/00.csv", "--engine", "dask"), "Name a folder"),
        (("rows/00.csv", "--format", "csv", "-o", "r.csv"), "Name a folder"),
        (("rows", "-o", "out/", "--baseline", "rows"), "rows holds no finished run"),
        (("rows", "-o", "out/", "--exhaustive"), "--exhaustive is for single reports"),
        (("rows", "-o", "out/", "--engine", "ray"), "Use one of local, dask, spark"),
        (("none*", "-o", "out/"), "none* holds no file"),
        (("none", "-o", "out/"), "none does not exist"),
        (("-", "-o", "out/"), "Standard input is no data set"),
        (("rows", "-o", "rows/"), "holds files of the input"),
        (("nofs://x/rows", "-o", "out/"), "no storage that is known"),
        (("rows", "-o", "list.yml/out/"), "cannot be written"),
        (("rows", "-o", "out/", "--map", "name=Vendor"), "No part of rows could be read"),
    ],
)
def test_what_is_wrong_with_the_command(
    place: Path, invoke: Invoke, arguments: tuple[str, ...], said: str
) -> None:
    result = invoke("screen", *SCREEN, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr.replace("\n", " ")


def test_a_run_that_is_there_is_not_overwritten(place: Path, invoke: Invoke) -> None:
    invoke("screen", "rows", *SCREEN, "-o", "out/")
    before = files_of(place / "out")
    result = invoke("screen", "rows", *SCREEN, "-o", "out/")
    assert result.exit_code == 2
    assert "holds a run already" in result.stderr
    assert files_of(place / "out") == before
