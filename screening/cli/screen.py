"""`screening screen`: a counterparty file against watchlists."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli import options
from screening.errors import EXIT_CLEAR, EXIT_FOUND, EXIT_PARTIAL, UsageError

if TYPE_CHECKING:
    from screening.model import Run
    from screening.settings import Settings


class FailOn(StrEnum):
    """The status from which the exit status is 1."""

    match = "match"
    review = "review"
    never = "never"


def screen(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Counterparties: CSV, TSV, XLSX, JSON lines or Parquet; - is standard input."
        ),
    ],
    watchlist: options.Watchlists = None,
    threshold: options.Threshold = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="REPORT",
            help="Write a report; the ending says the format. Repeat for several. -: CSV on standard output.",
        ),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 1 from this status on; never: hits do not fail.")
    ] = FailOn.review,
    decisions: Annotated[
        list[Path] | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="Apply the decisions in this file (see decide). Repeat for several.",
        ),
    ] = None,
    as_of: options.AsOf = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="ROLE=HEADER", help='Use this column: --map name="Vendor Name".'),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Text encoding of FILE. Default: recognised.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file. Default: the first.")] = None,
    every_row: Annotated[bool, typer.Option("--all", help="Report clear and unscreened rows too.")] = False,
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="Score every pair without the index: slow, the same hits.")
    ] = False,
    data_dir: options.DataDir = None,
    no_progress: options.NoProgress = False,
    no_color: options.NoColor = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the summary line only.")] = False,
) -> None:
    """Screen the counterparties of FILE against watchlists.

    Exit status: 0 all clear; 1 something at or above --fail-on; 2 wrong usage, unreadable input or list;
    3 finished, but some rows could not be screened.
    """
    from screening.reports import renderer
    from screening.reports.atomic import check_target, write_atomically

    # What is wrong with the command is said before anything heavy is loaded or read.
    to_stdout, targets = _targets(output or [], file)
    renderers = [renderer(path) for path in targets]
    for path in targets:
        check_target(path)
    settings = with_threshold(threshold)
    wanted_columns = columns(mapping or [])

    import msgspec

    from screening.decisions import read_files

    recorded = read_files(decisions or [])

    from screening.cli import console
    from screening.cli.progress import Progress
    from screening.intake import open_table
    from screening.model import Request
    from screening.pipeline import open_screener
    from screening.pipeline import screen as run_screening
    from screening.reports import csv_report, terminal
    from screening.reports.text import summary_line

    request = Request(
        watchlists=tuple(watchlist or ()),
        mapping={role: tuple(headers) for role, headers in wanted_columns.items()},
        encoding=encoding,
        sheet=sheet,
        every_row=every_row,
    )
    with Progress(enabled=not (no_progress or quiet)) as progress:
        progress.phase("opening the counterparties")
        table = open_table(file, mapping=wanted_columns, encoding=encoding, sheet=sheet)
        progress.phase("preparing the watchlists")
        screener = open_screener(
            watchlist or (), settings, as_of=as_of, data_dir=data_dir, exhaustive=exhaustive
        )
        progress.phase("screening")
        run = run_screening(
            table,
            screener,
            clock=now,
            as_of=as_of,
            keep_clear=every_row,
            progress=progress.rows,
            workers=os.cpu_count() or 1,
            decisions=recorded,
            request=request,
        )
        run = msgspec.structs.replace(run, every_row=every_row)
        progress.phase("writing reports")
        for path, content in [(path, render(run)) for path, render in zip(targets, renderers, strict=True)]:
            write_atomically(path, content)

    if to_stdout:
        console.write(csv_report.render(run).decode())
        console.say(summary_line(run.manifest.counts))
    elif quiet:
        console.write(summary_line(run.manifest.counts) + "\n")
    else:
        console.write(terminal.render(run, width=console.width(), colour=console.colour(no_color=no_color)))
    raise typer.Exit(exit_status(run, fail_on))


def now() -> datetime:
    """The clock of the command line."""
    return datetime.now(UTC)


def exit_status(run: Run, fail_on: FailOn) -> int:
    """1 for a hit at or above fail_on, else 3 for rows that could not be screened, else 0."""
    counts = run.manifest.counts
    found = {
        FailOn.match: counts.match,
        FailOn.review: counts.match + counts.review,
        FailOn.never: 0,
    }[fail_on]
    if found:
        return EXIT_FOUND
    return EXIT_PARTIAL if counts.unscreened else EXIT_CLEAR


def with_threshold(threshold: float | None) -> Settings:
    """The default settings with another review threshold (0-100). Raises UsageError when it is no number."""
    import msgspec

    from screening.settings import DEFAULT

    if threshold is None:
        return DEFAULT
    if not 0 <= threshold <= 100:  # "nan" passes a check of bounds
        raise UsageError(f"The threshold {threshold} is not a number from 0 to 100.")
    match = max(threshold, DEFAULT.thresholds.match)
    thresholds = msgspec.structs.replace(DEFAULT.thresholds, review=threshold, match=match)
    return msgspec.structs.replace(DEFAULT, thresholds=thresholds)


def columns(mapping: list[str]) -> dict[str, list[str]]:
    """Role -> headers, from ROLE=HEADER. Raises UsageError for one without a role or a header."""
    found: dict[str, list[str]] = {}
    for item in mapping:
        role, equals, header = item.partition("=")
        if not (role and equals and header):
            raise UsageError(
                f"--map {item!r} is not of the form ROLE=HEADER.", 'Write --map name="Vendor Name".'
            )
        found.setdefault(role, []).append(header)
    return found


def _targets(outputs: list[str], file: str) -> tuple[bool, list[Path]]:
    """Whether CSV goes to standard output, and the report files. Refuses the input and one file twice."""
    paths = [Path(item) for item in outputs if item != "-"]
    resolved = [path.resolve() for path in paths]
    for path, place in zip(paths, resolved, strict=True):
        if resolved.count(place) > 1:
            raise UsageError(f"The report {path} is named twice.", "Name each report once with -o.")
        if file != "-" and place == Path(file).resolve():
            raise UsageError(f"The report {path} would overwrite the input.", "Name another file with -o.")
    return len(paths) < len(outputs), paths
