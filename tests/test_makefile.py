"""`make screen` shows its hits and ends with 0, run for real in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("make") is None, reason="needs make and a shell"
)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, check=False, env=dict(os.environ)
    )


def test_screen(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "screening" / "_examples", tmp_path / "screening" / "_examples")
    # -o: the environment is there already and is not to be made again
    done = make(tmp_path, "-o", ".venv/.base-installed", f"BIN={Path(sys.executable).parent}", "screen")
    assert done.returncode == 0, done.stderr
    assert "rows read 25:" in done.stdout
    assert "not a sanctions listing" in done.stdout
    assert (tmp_path / "screening-report.csv").read_text().startswith("status,score,row,")


def test_without_a_recent_python_it_says_so(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    done = make(tmp_path, "CANDIDATES=no-such-python", "screen")
    assert done.returncode == 2
    assert "Python 3.11 or later is needed" in done.stderr


@pytest.mark.parametrize("target", ["screen", "test", "check", "bench", "clean"])
def test_every_target_has_a_recipe(target: str) -> None:
    done = make(ROOT, "-n", target)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
