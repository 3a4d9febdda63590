"""The wheel is complete: installed elsewhere, it finds its lists and source records from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed wheel."""
    pytest.importorskip("hatchling", reason="the build back end is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # -S drops the editable install of this checkout; the dependencies come back by path
    site = next(Path(item) for item in sys.path if item.endswith("site-packages"))
    return subprocess.run(
        [sys.executable, "-S", "-c", "from screening.cli import main; main()", *arguments],
        cwd=folder,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join([str(installed), str(site)]),
            "SCREENING_DATA_DIR": str(folder / "data"),
            "SCREENING_CACHE_DIR": str(folder / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_holds_every_file_of_the_package(installed: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "screening", "watchlists", "seeds"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout")
    missing = [
        name
        for name in tracked
        if not (installed / name).is_file() and not (installed / "screening" / "_bundled" / name).is_file()
    ]
    assert missing == []


def test_the_modules_are_those_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import screening; print(screening.__file__)"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_it_screens_from_another_folder(installed: Path, tmp_path: Path) -> None:
    lists = run(installed, tmp_path, "lists", "verify")
    assert lists.returncode == 0, lists.stderr + lists.stdout
    example = installed / "screening" / "_examples" / "counterparties.csv"
    done = run(installed, tmp_path, "screen", str(example), "-o", "report.csv")
    assert done.returncode == 1, done.stderr
    assert "rows read 25:" in done.stdout
    assert (tmp_path / "report.csv").is_file()
    checked = run(installed, tmp_path, "check", "Wuhan Tongsheng Technology", "--explain")
    assert checked.returncode == 1, checked.stderr
    assert "WUHAN TONGSHENG TECHNOLOGY CO., LTD." in checked.stdout
