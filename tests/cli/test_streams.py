"""Terminals, pipes, full disks and Ctrl-C, each with a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs POSIX terminals and signals", allow_module_level=True)

import fcntl
import pty
import struct
import termios

RunProcess = Callable[..., subprocess.CompletedProcess[bytes]]
ROWS = "name,country\nWuhan Tongsheng Technology,CN\nBlue Lantern Bakery,US\n"


@pytest.fixture
def vendors(tmp_path: Path) -> Path:
    path = tmp_path / "vendors.csv"
    path.write_text(ROWS)
    return path


class Terminal:
    """A pseudo-terminal of a given width; text is what was written to it so far."""

    def __init__(self, columns: int) -> None:
        self._master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.text = ""

    def read_until(self, wanted: str) -> None:
        """Read until the text holds `wanted`."""
        while wanted not in self.text:
            self.text += os.read(self._master, 65536).decode()

    def read_all(self) -> str:
        """Read until every writer has gone."""
        os.close(self.slave)
        try:
            while data := os.read(self._master, 65536):
                self.text += data.decode()
        except OSError:  # how Linux says that the other side is closed
            pass
        os.close(self._master)
        return self.text


def in_terminal(columns: int, command: list[str], env: dict[str, str] | None = None) -> str:
    """What the command prints to a terminal."""
    terminal = Terminal(columns)
    clean = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "COLUMNS"}}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=terminal.slave, stderr=terminal.slave,
        env=clean | {"TERM": "xterm-256color"} | (env or {}),
    )  # fmt: skip
    text = terminal.read_all()
    process.wait()
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_the_report_fits_the_terminal(command: list[str], vendors: Path, columns: int) -> None:
    text = in_terminal(columns, [*command, "screen", str(vendors), "--no-color"])
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= columns
    assert "allegation, not a sanctions listing" in " ".join(text.split())


def test_colour_only_where_it_is_wanted(command: list[str], vendors: Path, run_process: RunProcess) -> None:
    start = [*command, "screen", str(vendors)]
    assert "\x1b[" in in_terminal(100, start)
    assert "\x1b" not in in_terminal(100, start, {"NO_COLOR": "1"})
    assert "\x1b" not in in_terminal(100, start, {"TERM": "dumb"})
    piped = run_process("screen", vendors, env={"FORCE_COLOR": "1", "COLUMNS": "40"})
    assert b"\x1b" not in piped.stdout
    assert piped.stderr == b""


def test_progress_shows_in_a_terminal_and_goes_away(command: list[str], tmp_path: Path) -> None:
    terminal = Terminal(80)
    process = subprocess.Popen(
        [*command, "screen", "-", "--quiet", "--fail-on", "never"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = process.communicate(ROWS.encode())
    assert (process.returncode, err) == (0, b"")
    assert out.startswith(b"rows read 2: ")

    process = subprocess.Popen(
        [*command, "screen", "-", "-o", str(tmp_path / "r.csv"), "--fail-on", "never"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=terminal.slave,
    )  # fmt: skip
    assert process.stdin is not None
    terminal.read_until("counterparties, 2 s")  # standard input is slow: nothing has come yet
    process.stdin.write(ROWS.encode())
    process.stdin.close()
    assert process.wait() == 0
    assert terminal.read_all().endswith("\r")


def test_no_progress(command: list[str]) -> None:
    terminal = Terminal(80)
    process = subprocess.Popen(
        [*command, "screen", "-", "--no-progress", "--fail-on", "never"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=terminal.slave,
    )  # fmt: skip
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)  # longer than the time after which progress would show
    process.communicate(ROWS.encode())
    assert terminal.read_all() == ""


def rows(count: int) -> bytes:
    """Many rows that take a while to compare."""
    return b"name\n" + b"".join(b"Wuhan Example Sensor Works %d Ltd\n" % number for number in range(count))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("wait_for_rows", [False, True], ids=["while reading", "while screening"])
def test_who_ends_it_finds_no_half_report_and_no_temporary_file(
    command: list[str], tmp_path: Path, wait_for_rows: bool, number: signal.Signals
) -> None:
    report = tmp_path / "report.csv"
    report.write_text("the report of yesterday\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    terminal = Terminal(80)
    process = subprocess.Popen(
        [*command, "screen", "-", "--exhaustive", "-o", str(report)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=terminal.slave, cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    assert process.stdin is not None
    if wait_for_rows:
        process.stdin.write(rows(300_000))
        process.stdin.close()
        terminal.read_until("screening, ")
    else:
        process.stdin.write(b"name\n")
        process.stdin.flush()
        terminal.read_until("opening the counterparties, ")
    assert [item.name[:10] for item in temporary.iterdir()] == ["screening-"]  # the copy of standard input
    process.send_signal(number)
    process.wait()
    text = terminal.read_all()
    assert process.returncode == (130 if number == signal.SIGINT else 143)
    assert ("error: Interrupted." in text) == (number == signal.SIGINT)
    assert "Traceback" not in text
    assert report.read_text() == "the report of yesterday\n"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["report.csv", "temporary"]
    assert list(temporary.iterdir()) == []


def test_a_reader_that_leaves_is_no_failure(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("name\n" + "Wuhan Tongsheng Technology\n" * 3000)
    process = subprocess.Popen(
        [*command, "screen", str(path), "--fail-on", "never", "-o", "-"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"status,score,row,")
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait() == 0
    assert err.startswith(b"rows read 3000: ")
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err


@pytest.mark.parametrize("arguments", [["screen", "vendors.csv"], ["check", "Wuhan Tongsheng Technology"]])
def test_standard_output_that_is_closed(command: list[str], vendors: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command, *arguments],
        stderr=subprocess.PIPE, cwd=vendors.parent, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: Standard output is closed.\n")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("stderr", ["2>&-", "2> >(exec true)"], ids=["closed", "without a reader"])
@pytest.mark.parametrize(
    ("arguments", "status"), [(["screen", "vendors.csv", "-v"], 1), (["screen", "missing.csv"], 2)], ids=str
)
def test_standard_error_that_nobody_reads_changes_no_status(
    command: list[str], vendors: Path, stderr: str, arguments: list[str], status: int
) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"$@" {stderr}', "bash", *command, *arguments],
        stdout=subprocess.PIPE, cwd=vendors.parent, check=False,
    )  # fmt: skip
    assert done.returncode == status
    assert done.stdout.endswith(b"cleared 0, unscreened 0\n") == (status == 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["screen", "vendors.csv"], ["check", "Wuhan Tongsheng Technology"]])
def test_standard_output_on_a_full_disk(command: list[str], vendors: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*command, *arguments], stdout=full, stderr=subprocess.PIPE, cwd=vendors.parent, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"error: Standard output cannot be written: No space left on device.\n"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_report_on_a_full_disk(small_disk: Path, tmp_path: Path, run_process: RunProcess) -> None:
    path = tmp_path / "many.csv"
    path.write_text("name\n" + "Wuhan Tongsheng Technology\n" * 500)
    report = small_disk / "report.csv"
    report.write_text("the report of yesterday\n")
    done = run_process("screen", path, "-o", report)
    assert done.returncode == 2
    assert f"error: The report {report} cannot be written: No space left on device.".encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert [item.name for item in small_disk.iterdir()] == ["report.csv"]
    assert report.read_text() == "the report of yesterday\n"


PAGER = """import sys
text = sys.stdin.read()
open(sys.argv[1], "w").write(text)
print("paged", len(text.splitlines()))
"""


@pytest.fixture
def pager(tmp_path: Path) -> str:
    """A command for PAGER that keeps what it was given."""
    (tmp_path / "pager.py").write_text(PAGER)
    return f"{sys.executable} {tmp_path / 'pager.py'} '{tmp_path / 'paged text'}'"


def in_full_terminal(command: list[str], env: dict[str, str], rows: int = 24) -> tuple[int, str]:
    """Exit status and output of a command whose standard input is the terminal too."""
    terminal = Terminal(100)
    fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 100, 0, 0))
    process = subprocess.Popen(
        command, stdin=terminal.slave, stdout=terminal.slave, stderr=terminal.slave,
        env=os.environ | {"TERM": "xterm-256color"} | env,
    )  # fmt: skip
    text = terminal.read_all()
    return process.wait(), text.replace("\r\n", "\n")


LONG = ("lists", "show", "ft-2024-04-russia-supply:wuhan-tongsheng-technology")


def test_long_output_goes_through_the_pager(
    command: list[str], vendors: Path, tmp_path: Path, pager: str
) -> None:
    for words, part in ((("screen", str(vendors)), "rows read 2"), (LONG, "listings")):
        status, text = in_full_terminal([*command, *words], {"PAGER": pager}, rows=10)
        assert "paged" in text
        assert part in (tmp_path / "paged text").read_text()
        assert part not in text
        assert status == (1 if words[0] == "screen" else 0)


def test_short_output_does_not(command: list[str], tmp_path: Path, pager: str) -> None:
    _, text = in_full_terminal([*command, "check", "Blue Lantern Bakery"], {"PAGER": pager})
    assert "No hit." in text
    assert not (tmp_path / "paged text").exists()


@pytest.mark.parametrize(
    ("pager", "term"),
    [("cat", "xterm"), ("", "xterm"), ("no-such-program", "xterm"), ("'open", "xterm"), ("less", "dumb")],
)
def test_no_pager(command: list[str], pager: str, term: str) -> None:
    status, text = in_full_terminal([*command, *LONG], {"PAGER": pager, "TERM": term}, rows=5)
    assert "listings" in text
    assert "\x1b" not in text
    assert status == 0


def test_a_pager_that_is_left_early_is_no_failure(command: list[str], vendors: Path, tmp_path: Path) -> None:
    (tmp_path / "quit.py").write_text("import sys; sys.stdin.close()")
    pager = f"{sys.executable} {tmp_path / 'quit.py'}"
    status, text = in_full_terminal([*command, "screen", str(vendors)], {"PAGER": pager}, rows=5)
    assert status == 1
    assert "rror" not in text


def test_a_pipe_is_never_paged(command: list[str], tmp_path: Path, pager: str) -> None:
    done = subprocess.run(
        [*command, *LONG], capture_output=True, env=os.environ | {"PAGER": pager}, check=True
    )
    assert b"listings" in done.stdout
    assert not (tmp_path / "paged text").exists()
