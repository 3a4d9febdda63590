"""`screening evaluate`: how well the engine does on labelled examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from screening.cli import options
from screening.cli.config import loaded
from screening.errors import EXIT_CLEAR, EXIT_PARTIAL, UsageError


def evaluate(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="LABELLED",
            help="Pairs of names (name_a, name_b, is_match), or counterparties with the ids of their true hits.",
        ),
    ],
    watchlist: options.Watchlists = None,
    truth: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Column with the ids of the true hits, divided by ;. Default: truth."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Only rows with this value. Repeat for several columns."),
    ] = None,
    worst: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many misses and false alarms to explain.")
    ] = 20,
    recall: Annotated[
        float | None, typer.Option(metavar="0-1", help="Find the threshold that gives this recall.")
    ] = None,
    alert_rate: Annotated[
        float | None,
        typer.Option(metavar="0-1", help="Find the threshold that gives this rate of false alerts."),
    ] = None,
    threshold: options.Threshold = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write .json, .svg (the curves) or .txt. Repeat for several.",
        ),
    ] = None,
    as_of: options.AsOf = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="ROLE=HEADER", help='Use this column: --map name="Vendor Name".'),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Text encoding of the file. Default: recognised.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file. Default: the first.")] = None,
    data_dir: options.DataDir = None,
) -> None:
    """Measure precision, recall and thresholds on labelled examples.

    Pairs of names are compared with each other. Counterparties are screened against the watchlists.

    Exit status: 0; 2 wrong usage, unreadable file or list; 3 finished, but some rows could not be evaluated or
    some true ids stand on none of the lists.
    """
    from screening.cli import console
    from screening.cli.screen import columns, with_threshold
    from screening.evaluate import FORMATS, evaluate_file, render_text
    from screening.reports.atomic import check_target, write_atomically

    targets = output or []
    for path in targets:
        if path.suffix.lower() not in FORMATS:
            raise UsageError(
                f"The result {path} cannot be written: {path.suffix or 'no ending'} is no format of it.",
                f"End it in {', '.join(sorted(FORMATS))}.",
            )
        if path.resolve() == file.resolve() or targets.count(path) > 1:
            raise UsageError(
                f"The result {path} would overwrite the input or another result.", "Name another."
            )
        check_target(path)
    for name, value in (("--recall", recall), ("--alert-rate", alert_rate)):
        if value is not None and not 0 <= value <= 1:  # "nan" passes a check of bounds
            raise UsageError(f"{name} {value:g} is not a share from 0 to 1.")
    if str(file) == "-":
        raise UsageError(
            "Labelled examples are read more than once, so not from standard input.", "Name a file."
        )
    settings = with_threshold(threshold, loaded(ctx).config)

    from screening.pipeline import Screener, open_screener

    def screener() -> Screener:
        return open_screener(watchlist or (), settings, as_of=as_of, data_dir=data_dir)

    found = evaluate_file(
        file,
        settings,
        screener=screener,
        truth=truth,
        where=where or (),
        worst=worst,
        recall=recall,
        alert_rate=alert_rate,
        mapping=columns(mapping or []),
        encoding=encoding,
        sheet=sheet,
    )
    if found.what == "pairs" and watchlist:
        raise UsageError("-w: a file of name pairs is not compared with watchlists.", "Leave -w out.")
    for path in targets:
        write_atomically(path, FORMATS[path.suffix.lower()](found))
    console.show(render_text(found))
    raise typer.Exit(EXIT_PARTIAL if found.rows.unscreened or found.rows.unknown else EXIT_CLEAR)
