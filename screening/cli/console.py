"""Standard output and standard error: how wide, whether in colour, and what when the reader has left."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import TextIO

import typer

from screening.errors import OutputError

PIPE_WIDTH = 100  # columns where there is no terminal to ask: the same report in every pipe


def width() -> int:
    """Columns of the terminal, or PIPE_WIDTH outside one."""
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if _is_terminal() else PIPE_WIDTH


def colour(*, no_color: bool) -> bool:
    """Whether standard output may have escape codes: a terminal, and nobody asked for none (no-color.org)."""
    plain = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return not plain and _is_terminal()


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()  # None: the caller closed it (`>&-`)


def write(text: str) -> None:
    """Write to standard output, now. A reader who has left (`| head`) is no failure.

    Raises OutputError when it cannot be written (disk full, closed).
    """
    if sys.stdout is None:
        raise OutputError("Standard output is closed.", "Send it to a file, a pipe or /dev/null.")
    try:
        typer.echo(text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        discard()
    except OSError as error:
        discard()
        raise OutputError(f"Standard output cannot be written: {error.strerror or error}.") from error


def show(text: str) -> None:
    """Write what is for eyes: through a pager where it is longer than the terminal, else as `write` does.

    The pager is $PAGER, or less; PAGER=cat or PAGER= means none.
    """
    command = _pager() if text.count("\n") >= shutil.get_terminal_size().lines else []
    if not command or not _paged(command, text):
        write(text)


def _pager() -> list[str]:
    """The words of the pager's command; none outside a terminal and where there is no such program."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        return []
    try:
        words = shlex.split(os.environ.get("PAGER", "less"))
    except ValueError:  # an open quotation mark
        return []
    return words if words and words[0] != "cat" and shutil.which(words[0]) else []


def _paged(command: list[str], text: str) -> bool:
    """Whether a pager has shown the text. One that is left early, or interrupted inside, is no failure."""
    # R: colours. F and X: as git calls it, what fits is simply printed, and it stays on the screen afterwards.
    environment = {"LESS": "FRX", **os.environ}
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)  # noqa: S603  the user's own pager
    except OSError:
        return False
    assert process.stdin is not None
    try:
        process.stdin.write(text.encode("utf-8", "backslashreplace"))
        process.stdin.close()
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    while True:
        try:
            process.wait()
            return True
        except KeyboardInterrupt:  # Ctrl-C is the pager's: it stops a search, and the pager goes on
            pass


def discard() -> None:
    """Send standard output nowhere: what is buffered must not fail again when the interpreter closes it."""
    _to_nowhere(sys.stdout)


def say(text: str) -> None:
    """Write a line to standard error."""
    tell(text + "\n")


def tell(text: str) -> None:
    """Write to standard error, now. A reader who has left must not change the exit status."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        _to_nowhere(sys.stderr)


def _to_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
