"""`screening lists fmt`: YAML in canonical form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from screening.errors import EXIT_CLEAR, EXIT_FOUND


def register(app: typer.Typer) -> None:
    """Adds the command to a group."""
    app.command()(fmt)


def fmt(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Watchlists, source records or drafts, in YAML.")
    ],
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; end with 1 where a file is not in canonical form."),
    ] = False,
) -> None:
    """Bring YAML into canonical form: one order of keys, one indentation, text folded at one width.

    Comments are kept, and what a file says is not changed.

    Exit status: 0 done; 1 with --check: a file would change; 2 a file cannot be read, is no such file, or would
    lose a comment: it was left as it is.
    """
    from screening.cli import console
    from screening.curate.canonical import canonical
    from screening.lists.strict_yaml import read_bytes
    from screening.reports.atomic import write_atomically
    from screening.reports.text import visible

    forms = [(path, before := read_bytes(path), canonical(before, str(path))) for path in files]
    changed = [(path, after) for path, before, after in forms if before != after]
    for path, after in changed:
        if not check:
            write_atomically(path, after)
        console.write(visible(f"{'would change' if check else 'changed'} {path}") + "\n")
    console.say(f"files {'that would change' if check else 'changed'}: {len(changed)} of {len(forms)}")
    raise typer.Exit(EXIT_FOUND if check and changed else EXIT_CLEAR)
