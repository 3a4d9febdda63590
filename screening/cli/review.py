"""`screening review`: go through the hits of a report on the screen."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Annotated

import typer

from screening.cli.config import loaded
from screening.cli.decide import DEFAULT_FILE
from screening.errors import EXIT_ERROR, UsageError


def review(
    ctx: typer.Context,
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A JSON report.")],
    decisions: Annotated[
        Path, typer.Option("--decisions", metavar="FILE", help="Decisions file, YAML or CSV, to add to.")
    ] = DEFAULT_FILE,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides; can be changed in the form.")] = "",
) -> None:
    """Go through the hits of a report on the whole screen, and record decisions.

    Keys: j, k next and previous; o open a hit; d decide, f as a false positive, t as a true match; u undo; / filter,
    a undecided only; q quit. Each decision is written to the file at once, as `screening decide` does.

    Exit status: 0; 2 the report or the decisions cannot be read, or there is no terminal.
    """
    loaded(ctx)
    if importlib.util.find_spec("textual") is None:
        raise UsageError(
            "The review needs textual, which is not installed.",
            "Install this program with its extra `review`, or textual beside it.",
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The review needs a terminal.", "In scripts use `screening decide`.")

    from screening.cli.screen import now
    from screening.reports import json_report
    from screening.review.app import Review
    from screening.review.session import Session

    session = Session(json_report.read_file(report), decisions, now().date())
    app = Review(session, report, by)
    app.run()
    if app.return_code:  # textual has shown what went wrong
        raise typer.Exit(EXIT_ERROR)
    from screening.cli import console
    from screening.reports.text import visible

    noun = "decision" if session.made == 1 else "decisions"
    console.say(visible(f"{decisions}: {session.made} {noun} recorded in this review"))
