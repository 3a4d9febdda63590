"""Report files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from screening.errors import OutputError, UsageError
from screening.reports import FORMATS, renderer
from screening.reports.atomic import check_target, write_atomically


def test_write_and_replace(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [item.name for item in tmp_path.iterdir()] == ["report.csv"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_keeps_the_old_file_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"old")

    def fail(_: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["report.csv"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_targets_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        check_target(tmp_path / "missing" / "report.csv")
    with pytest.raises(OutputError, match="folder or a device"):
        check_target(tmp_path)
    check_target(tmp_path / "report.csv")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="permission denied"):
        check_target(tmp_path / "report.csv")


def test_the_ending_chooses_the_format() -> None:
    for ending in FORMATS:
        assert callable(renderer(Path(f"report{ending.upper()}")))
    with pytest.raises(UsageError, match=r"the ending '\.txt'") as caught:
        renderer(Path("report.txt"))
    assert ".csv" in caught.value.advice
    with pytest.raises(UsageError, match="no ending"):
        renderer(Path("report"))
