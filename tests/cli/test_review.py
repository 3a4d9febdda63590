"""`screening review`: what it refuses, and a review in a real terminal."""

from __future__ import annotations

import importlib.util
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from screening.decisions import read_files
from screening.reports import json_report
from tests.reports.sample import sample_run

Invoke = Callable[..., Result]


def _shown(sent: bytes) -> str:
    return re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|.)", "", sent.decode(errors="replace"))


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "r.json"
    path.write_bytes(json_report.render(sample_run()))
    return path


def test_without_a_terminal(invoke: Invoke, report: Path) -> None:
    result = invoke("review", report)
    assert result.exit_code == 2
    assert "The review needs a terminal." in result.stderr


def test_without_textual(invoke: Invoke, report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "textual" else found(name, *rest)
    )
    result = invoke("review", report)
    assert result.exit_code == 2
    assert "needs textual" in result.stderr
    assert "extra `review`" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")
@pytest.mark.skipif(importlib.util.find_spec("textual") is None, reason="textual is not installed")
class TestInATerminal:
    @pytest.fixture(autouse=True)
    def nothing_is_left_running(self) -> Iterator[None]:
        self.started: list[subprocess.Popen[bytes]] = []
        yield
        for process in self.started:
            process.kill()
            process.wait()

    def start(self, command: list[str], *arguments: str) -> tuple[subprocess.Popen[bytes], int]:
        import fcntl
        import pty
        import struct
        import termios

        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
        process = subprocess.Popen(
            [*command, "review", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"TERM": "xterm-256color"},
        )
        os.close(slave)
        self.started.append(process)
        return process, master

    def read_until(self, master: int, wanted: str) -> str:
        """What the terminal was sent until the text stands there, without colours and places; fails after a minute."""
        text, until = b"", time.monotonic() + 60
        while wanted not in _shown(text):
            if not select.select([master], [], [], max(0.0, until - time.monotonic()))[0]:
                pytest.fail(f"{wanted!r} was not shown: {_shown(text)[-2000:]}")
            try:
                text += os.read(master, 65536)
            except OSError:
                pytest.fail(f"{wanted!r} was not shown: {_shown(text)[-2000:]}")
        return text.decode(errors="replace")

    def test_decide_and_quit(self, command: list[str], report: Path) -> None:
        process, master = self.start(command, "r.json", "--decisions", "d.yml", "--by", "A")
        self.read_until(master, "Open")
        os.write(master, b"f")
        self.read_until(master, "Record")
        os.write(master, b"why\r")
        file = report.parent / "d.yml"
        self.read_until(master, "1 written")
        os.write(master, b"q")
        self.read_until(master, "d.yml: 1 decision recorded")
        assert process.wait() == 0
        os.close(master)
        assert [(entry.reason, entry.by) for entry in read_files([file]).entries] == [("why", "A")]

    def test_a_report_that_is_none_leaves_the_terminal_alone(self, command: list[str], report: Path) -> None:
        report.write_text("{}")
        process, master = self.start(command, "r.json")
        said = self.read_until(master, "error: ")
        assert process.wait() == 2
        os.close(master)
        assert "\x1b[?1049h" not in said  # the whole-screen mode
