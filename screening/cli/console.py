"""Standard output and standard error: how wide, whether in colour, and what when the reader has left."""

from __future__ import annotations

import os
import shutil
import sys

import typer

from screening.errors import OutputError

PIPE_WIDTH = 100  # columns where there is no terminal to ask: the same report in every pipe


def width() -> int:
    """Columns of the terminal, or PIPE_WIDTH outside one."""
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if sys.stdout.isatty() else PIPE_WIDTH


def colour(*, no_color: bool) -> bool:
    """Whether standard output may have escape codes: a terminal, and nobody asked for none (no-color.org)."""
    plain = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout.isatty()


def write(text: str) -> None:
    """Write to standard output, now. A reader who has left (`| head`) is no failure.

    Raises OutputError when it cannot be written (disk full, closed).
    """
    try:
        typer.echo(text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        discard()
    except OSError as error:
        discard()
        raise OutputError(f"Standard output cannot be written: {error.strerror or error}.") from error


def discard() -> None:
    """Send standard output nowhere: what is buffered must not fail again when the interpreter closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Write a line to standard error."""
    typer.echo(text, err=True)
