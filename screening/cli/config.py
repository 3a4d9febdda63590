"""`screening config`: the settings in force, and the file that the other commands take theirs from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from screening.errors import UsageError

if TYPE_CHECKING:
    from screening.config import Loaded

app = typer.Typer(name="config", no_args_is_help=True, help="Show the settings in force.")

CONFIGURED = ("screen", "check", "decide", "review")


@app.callback()
def config() -> None:
    """Show the settings in force."""


def configure(ctx: typer.Context) -> None:
    """Give the commands that take settings the defaults of the file in the working directory.

    A wrong file is told by `loaded`, so that `--help` still answers.
    """
    if ctx.invoked_subcommand in CONFIGURED:
        from screening.config import load, option_defaults

        try:
            ctx.obj = load(Path())
            ctx.default_map = option_defaults(ctx.obj.config)
        except UsageError as error:
            ctx.obj = error


def loaded(ctx: typer.Context) -> Loaded:
    """What `configure` has read. Raises UsageError where the file is wrong."""
    from screening.config import Loaded

    found = ctx.find_root().obj
    if isinstance(found, UsageError):
        raise found
    return found if isinstance(found, Loaded) else Loaded()


@app.command()
def show() -> None:
    """Print every setting with its value and where it comes from.

    The file is screening.toml, or [tool.screening] of pyproject.toml, in the working directory. Options of the command
    line go before it.

    Exit status: 0; 2 the file is wrong.
    """
    from screening.cli import console
    from screening.config import Setting, effective, load
    from screening.lists.store import data_dir
    from screening.names.knowledge import cache_folder
    from screening.reports.text import visible

    rows = effective(load(Path()))
    folders = (
        ("data-dir", data_dir(None), "SCREENING_DATA_DIR"),
        ("cache-dir", cache_folder(), "SCREENING_CACHE_DIR"),
    )
    for name, folder, variable in folders:
        rows.append(Setting(name, str(folder), variable if os.environ.get(variable) else "default"))
    widths = [max(len(visible(row[place])) for row in rows) for place in (0, 1)]
    for row in rows:
        cells = [visible(row[place]).ljust(widths[place]) for place in (0, 1)]
        console.write("  ".join([*cells, visible(row.origin)]) + "\n")
