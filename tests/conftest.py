"""Fixtures for all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure() -> None:
    """The same output wherever the tests run: on GitHub the program adds annotations."""
    os.environ.pop("GITHUB_ACTIONS", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started in the background by a shell: the programs under test would inherit that, and not hear Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside a development checkout; skips the test where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("reference data is not beside this checkout")
    return SHARED


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the test works, with a store and a cache of its own in `data` and `cache`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCREENING_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SCREENING_DATA_DIR", str(tmp_path / "data"))
    return tmp_path
