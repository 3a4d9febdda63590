"""The command group: turns every foreseeable failure into a message and an exit status, never a traceback."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from screening.cli import console
from screening.errors import EXIT_CLEAR, EXIT_ERROR, EXIT_INTERRUPTED, ScreeningError


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


def fail(message: str, advice: str = "") -> None:
    """Print an error and what to do about it to standard error, hostile characters made visible."""
    from screening.reports.text import visible

    lines = [visible(line) for line in message.split("\n")]
    typer.echo("error: " + "\n".join(lines), err=True)
    if advice:
        typer.echo("\n".join(visible(line) for line in advice.split("\n")), err=True)
