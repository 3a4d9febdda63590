"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Watchlists = Annotated[
    list[str] | None,
    typer.Option(
        "-w",
        "--watchlist",
        metavar="LIST",
        help="A list's id, a YAML file or a folder of them. Repeat for several. Default: the built-in lists.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="DATE", help="Only listings in force on this day (YYYY-MM-DD) count. Default: all listings."
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="SCREENING_DATA_DIR",
        help="Folder of the stored lists. Default: the user's data folder.",
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "-t",
        "--threshold",
        min=0,
        max=100,
        metavar="0-100",
        help="Score from which a row is to be reviewed. The match threshold is never below it.",
    ),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", help="No colour. NO_COLOR in the environment does the same.")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress line on standard error.")]
