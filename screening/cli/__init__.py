"""Commands: parse, call, render, exit. No logic.

Modules of this package import heavy things inside their functions: `screening --help` must answer at once.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from screening import __version__
from screening.cli import audit, config, draft, lists
from screening.cli.check import check
from screening.cli.completion import completion
from screening.cli.decide import decide
from screening.cli.evaluate import evaluate
from screening.cli.explain import explain
from screening.cli.program import Program, Unforeseen, end_on_sigterm
from screening.cli.review import review
from screening.cli.screen import screen

COLLECT_AFTER = 100_000
"""New objects between two searches for cyclic garbage. With Python's 700 they take a sixth of the time of `check`: tables
of names are many objects, and none of them is garbage."""

app = typer.Typer(
    name="screening",
    cls=Program,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(screen)
app.command()(check)
app.command()(decide)
app.command()(review)
app.command()(explain)
app.command()(evaluate)
app.command()(audit.replay)
app.command()(audit.verify)
app.add_typer(lists.app, name="lists")
app.add_typer(draft.app, name="draft")
app.add_typer(audit.log_app, name="log")
app.add_typer(config.app, name="config")
app.command()(completion)


def _version(wanted: bool) -> None:
    if wanted:
        from screening.lists.dates import list_dates

        lines = [f"{list_id}, as of {day}" for list_id, day in list_dates()]
        typer.echo("\n".join([f"screening {__version__}", *lines]))
        raise typer.Exit


@app.callback()
def program(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Print the version, and the dates of the lists.",
        ),
    ] = False,
) -> None:
    """Screen counterparties against watchlists, with the source passage as evidence.

    A hit is a reason to look, not a legal finding. No hit is no clearance.
    """
    del version  # its callback has done it
    config.configure(ctx)


def main() -> None:
    """The console script."""
    if sys.stderr is None:  # the caller closed it (`2>&-`): messages go nowhere
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape; a report must not fail on a name.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if "_SCREENING_COMPLETE" in os.environ:
        # A shell asks for candidates, one a line. typer wraps their help at the width of a terminal, and the shell
        # would take the second line for a candidate of its own.
        os.environ["TERMINAL_WIDTH"] = "1000"
    end_on_sigterm()
    gc.set_threshold(COLLECT_AFTER)
    with Unforeseen():
        app(prog_name="screening")
