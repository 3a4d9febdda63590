"""Two real processes and one decisions file: no decision is lost, none comes twice, and the file stays valid."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from screening.decisions import read_files
from screening.errors import OutputError
from screening.locked import locked

ROOT = Path(__file__).parents[2]
ROUNDS = 15  # each is flushed to the disk, which may be slow


def written(file: Path, **processes: str) -> list[str]:
    """Runs one process for each name, all at once, and says which hits they say they have decided on."""
    command = [sys.executable, "-m", "tests.decisions.at_once", str(file)]
    running = [
        subprocess.Popen(
            [*command, name, how, str(ROUNDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for name, how in processes.items()
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said: list[str] = []
    for process in running:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        said += out.split()
    return said


@pytest.mark.parametrize("ending", ["yml", "csv"])
@pytest.mark.parametrize("how", ["keep", "undo"])
def test_two_writers_lose_nothing(tmp_path: Path, ending: str, how: str) -> None:
    file = tmp_path / f"decisions.{ending}"
    said = written(file, one="keep", two=how)
    assert len(said) >= ROUNDS + ROUNDS // 2
    assert sorted(entry.hit for entry in read_files([file]).entries) == sorted(said)


def test_two_writers_do_not_contradict_each_other_unseen(tmp_path: Path) -> None:
    file = tmp_path / "decisions.yml"
    said = written(file, one="false-positive", two="true-match")
    assert sorted(said) == sorted(f"all-{number}" for number in range(ROUNDS))
    assert sorted(entry.hit for entry in read_files([file]).entries) == sorted(said)


def test_a_file_that_was_replaced_meanwhile_is_not_written_to(tmp_path: Path) -> None:
    """Whoever waits for a file that is then replaced must write to the new one."""
    file = tmp_path / "decisions.yml"
    file.write_bytes(b"# old\n")
    waits = "import sys, pathlib; from screening.locked import locked\nwith locked(pathlib.Path(sys.argv[1])) as f: "
    with locked(file):
        process = subprocess.Popen(
            [sys.executable, "-c", f"{waits}f.write(b'# added\\n')", str(file)], cwd=ROOT
        )
        (tmp_path / "new").write_bytes(b"# new\n")
        (tmp_path / "new").replace(file)
    assert process.wait() == 0
    assert file.read_bytes() == b"# new\n# added\n"


def test_a_file_that_gets_nothing_is_not_left_behind(tmp_path: Path) -> None:
    file = tmp_path / "decisions.yml"
    with locked(file):
        assert file.exists()
    assert not file.exists()
    file.write_bytes(b"")
    with locked(file):
        pass
    assert file.exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none" / "decisions.yml"):
        with pytest.raises(OutputError, match="cannot be written"), locked(place):
            pass
