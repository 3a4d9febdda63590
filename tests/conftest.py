"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure() -> None:
    """The same output wherever the tests run: on GitHub the program adds annotations."""
    os.environ.pop("GITHUB_ACTIONS", None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside a development checkout; skips the test where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("reference data is not beside this checkout")
    return SHARED
