"""The command group: turns every foreseeable failure into a message and an exit status, never a traceback."""

from __future__ import annotations

import os
import signal
import traceback
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Any

import typer
from typer.core import TyperGroup

from screening.cli import console
from screening.errors import EXIT_CLEAR, EXIT_ERROR, EXIT_INTERRUPTED, EXIT_TERMINATED, ScreeningError


class Program(TyperGroup):
    """A typer group with the exit statuses of this program."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Errors go to standard error; nothing is caught that nobody foresaw."""
        try:
            return super().invoke(ctx)
        except ScreeningError as error:
            fail(error.message, error.advice)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            fail("Interrupted.")
            raise typer.Exit(EXIT_INTERRUPTED) from error
        except BrokenPipeError as error:
            console.discard()  # the reader of a pipe has left (`| head`), which is no failure
            raise typer.Exit(EXIT_CLEAR) from error
        except OSError as error:
            place = f": {error.filename}" if error.filename else ""
            fail(f"{error.strerror or error}{place}.")
            raise typer.Exit(EXIT_ERROR) from error
        except MemoryError as error:
            fail("The computer has not enough memory for this.")
            raise typer.Exit(EXIT_ERROR) from error


class Unforeseen(AbstractContextManager[None]):
    """Ends with 2 on a fault of the program itself: Python's own status 1 would read as "found something"."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, SystemExit):
            traceback.print_exception(error)
            fail(
                "This is a fault of the program, not of your files.", "Please report it with the lines above."
            )
            raise SystemExit(EXIT_ERROR)


def end_on_sigterm() -> None:
    """Let SIGTERM, with which a service manager or `timeout` ends a process, end it as a command does: what was opened is
    closed, and temporary files are removed. A second one ends it at once, and so does the first one in a worker process.
    """
    owner = os.getpid()

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        if os.getpid() != owner:
            os.kill(os.getpid(), number)
        raise SystemExit(EXIT_TERMINATED)

    signal.signal(signal.SIGTERM, end)


def fail(message: str, advice: str = "") -> None:
    """Print an error and what to do about it to standard error, hostile characters made visible."""
    from screening.reports.text import visible

    lines = [visible(line) for line in message.split("\n")]
    console.say("error: " + "\n".join(lines))
    if advice:
        console.say("\n".join(visible(line) for line in advice.split("\n")))
