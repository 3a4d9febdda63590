"""Ways to run the program: in this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from screening.cli import app

Invoke = Callable[..., Result]
START = "from screening.cli import main; main()"


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs the program in this process; an exception that is no exit fails the test."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
        result = CliRunner().invoke(app, [str(item) for item in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def command() -> list[str]:
    """The command line that starts the program in a process of its own."""
    return [sys.executable, "-c", START]


@pytest.fixture
def run_process(command: list[str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs the program as a process and waits for it."""

    def run(
        *arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None, **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        place = options.pop("cwd", tmp_path)
        assert not options
        return subprocess.run(
            [*command, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env=os.environ | (env or {}),
            cwd=str(place),
            check=False,
        )

    return run
