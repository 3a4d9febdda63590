"""`screening screen`: a counterparty file against watchlists."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli import dataset, options
from screening.cli.config import loaded
from screening.errors import EXIT_CLEAR, EXIT_FOUND, EXIT_PARTIAL, UsageError

if TYPE_CHECKING:
    from screening.config import Config
    from screening.model import Run
    from screening.settings import Settings


class FailOn(StrEnum):
    """From when on the exit status is 1. The last three compare with --baseline."""

    match = "match"
    review = "review"
    never = "never"
    new_match = "new-match"
    new_review = "new-review"
    changed = "changed"


_NEWS = (FailOn.new_match, FailOn.new_review, FailOn.changed)


def screen(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Counterparties: CSV, TSV, XLSX, JSON lines or Parquet; - is standard input. A folder, a quoted glob "
            "or a URL (s3://...) stands for all such files in it.",
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
            help="Write a report; the ending says the format. Repeat for several. -: CSV on standard output. A folder "
            "(out/) takes the hits in parts, a manifest and a summary.",
        ),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            help="Exit with 1 from this status on; never: hits do not fail. With --baseline: on a status that the "
            "earlier run did not have (new-match, new-review), or on any change."
        ),
    ] = FailOn.review,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="REPORT",
            help="JSON report of an earlier run: tells new, changed and gone hits. With -o FOLDER, the folder of an "
            "earlier run: the same, and rows that were clear are screened only against what is new or changed since.",
        ),
    ] = None,
    decisions: Annotated[
        list[Path] | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="Apply the decisions in this file (see decide). Repeat for several.",
        ),
    ] = None,
    owners: Annotated[
        Path | None,
        typer.Option(
            "--owners", metavar="FILE", help="Who owns whom: a table with the columns owner, owned and share."
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Add a line on the run to this log (see log)."),
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option(
            metavar="AGE",
            help="Exit with 3 when an official list is older: 12h, 2d, 1w. Default: as its source says.",
        ),
    ] = None,
    as_of: options.AsOf = None,
    changed_since: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SNAPSHOT",
            help="Only entities that are new or changed since: LIST@DAY, or a day for all stored lists. Repeat for "
            "several lists.",
        ),
    ] = None,
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
    engine: Annotated[
        str,
        typer.Option(
            metavar="ENGINE",
            help="With -o FOLDER, where the parts are screened: local, dask[://address] or spark[://master].",
        ),
    ] = "local",
    resume: Annotated[
        bool, typer.Option("--resume", help="With -o FOLDER: go on with the run in it; finished parts stay.")
    ] = False,
    kind: Annotated[
        dataset.Kind, typer.Option("--format", help="With -o FOLDER: format of the parts.")
    ] = dataset.Kind.parquet,
    data_dir: options.DataDir = None,
    no_progress: options.NoProgress = False,
    no_color: options.NoColor = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the summary line only.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say each step on standard error, and how long it took.")
    ] = False,
) -> None:
    """Screen the counterparties of FILE against watchlists.

    Exit status: 0 all clear; 1 something at or above --fail-on; 2 wrong usage, unreadable input or list;
    3 finished, but some rows could not be screened or a list is too old.
    """
    config = loaded(ctx).config
    from screening.reports import renderer
    from screening.reports.atomic import check_target, write_atomically

    # What is wrong with the command is said before anything heavy is loaded or read.
    out = dataset.wanted_folder(file, output or [])
    if out is None and (resume or engine != "local" or kind is not dataset.Kind.parquet):
        raise UsageError(
            "--engine, --resume and --format are for output in parts.",
            "Name a folder: -o hits/ (with the slash).",
        )
    if out is not None and exhaustive:
        raise UsageError("--exhaustive is for single reports.", "Name a report with -o instead of a folder.")
    to_stdout, targets = _targets(output or [], file) if out is None else (False, [])
    renderers = [renderer(path) for path in targets]
    for path in targets:
        check_target(path)
    settings = with_threshold(threshold, config)
    if fail_on in _NEWS and baseline is None:
        raise UsageError(
            f"--fail-on {fail_on.value} needs an earlier run.", "Name its JSON report with --baseline."
        )
    if changed_since and baseline is not None:
        raise UsageError(
            "--changed-since leaves entities out, so that their hits would count as gone against --baseline.",
            "Give one of the two.",
        )
    wanted_columns = columns(mapping or [])

    import msgspec

    from screening.decisions import read_files
    from screening.lists.freshness import parse_age
    from screening.ownership import NO_OWNERS, read_owners
    from screening.reports import json_report

    recorded = read_files(decisions or [])
    known_owners = read_owners(str(owners)) if owners else NO_OWNERS
    earlier = json_report.read_file(Path(baseline)) if baseline and out is None else None
    before = dataset.baseline(baseline) if baseline and out is not None else None
    oldest = None if max_age is None else parse_age(max_age)

    from screening import delta
    from screening.audit import append_log, file_info
    from screening.cli import console
    from screening.cli.progress import Progress
    from screening.intake import open_files, open_table
    from screening.lists.limits import stale_lists
    from screening.model import Request
    from screening.pipeline import open_screener
    from screening.pipeline import screen as run_screening
    from screening.reports import csv_report, github, terminal
    from screening.reports.text import summary_line, visible
    from screening.storage import is_set

    request = Request(
        watchlists=tuple(watchlist or ()),
        mapping={role: tuple(headers) for role, headers in wanted_columns.items()},
        encoding=encoding,
        sheet=sheet,
        every_row=every_row,
        baseline=before.info if before else file_info(Path(baseline)) if baseline else None,
        changed_since=tuple(changed_since or ()),
    )
    started_at = now()
    with Progress(enabled=not (no_progress or quiet), steps=verbose) as progress:
        progress.phase("opening the counterparties")
        if out is not None:
            planned = dataset.plan(file, out, request, kind, engine, resume=resume)
        else:
            opened = open_files if is_set(file) else open_table
            table = opened(file, mapping=wanted_columns, encoding=encoding, sheet=sheet)
        progress.phase("preparing the watchlists")
        screener = open_screener(
            watchlist or (),
            settings,
            as_of=as_of,
            changed_since=request.changed_since,
            data_dir=data_dir,
            exhaustive=exhaustive,
        )
        too_old = stale_lists(
            screener.lists, request.watchlists, max_age=oldest, as_of=as_of, now=started_at, folder=data_dir
        )
        if out is not None:
            finished = dataset.run(
                planned,
                screener,
                progress,
                clock=lambda: started_at,
                warnings=too_old,
                as_of=as_of,
                decisions=recorded,
                owners=known_owners,
                request=request,
                before=before,
            )
            run, targets, shown, _ = finished
            news = finished.changes is not None and finished.changes.any_news(fail_on.value)
        else:
            progress.phase("screening")
            # The CSV report is made while rows are screened; one that tells of an earlier run, when that is compared.
            lines: list[bytes] = []
            early = earlier is None and (to_stdout or csv_report.render in renderers)
            run = run_screening(
                table,
                screener,
                clock=lambda: started_at,
                warnings=too_old,
                as_of=as_of,
                keep_clear=every_row,
                progress=progress.rows,
                workers=os.cpu_count() or 1,
                decisions=recorded,
                owners=known_owners,
                request=request,
                render=partial(csv_report.part, every_row=every_row) if early else None,
                rendered=lines.append,
            )
            run = msgspec.structs.replace(
                run, every_row=every_row, delta=delta.compare(run, earlier) if earlier else None
            )
            news = fail_on in _NEWS and delta.any_news(run, fail_on.value)
            progress.phase("writing reports")
            as_csv = partial(csv_report.joined, lines) if early else csv_report.render
            for path, content in [
                (path, as_csv(run) if render is csv_report.render else render(run))
                for path, render in zip(targets, renderers, strict=True)
            ]:
                write_atomically(path, content)
        status = exit_status(run, fail_on, too_old=bool(too_old), news=news)
        if log is not None:
            append_log(log, run, targets, status)

    for sentence in too_old if quiet or to_stdout else ():  # the whole report says it by itself
        console.say(visible(f"warning: {sentence}"))
    if out is not None:
        console.write(summary_line(run.manifest.counts) + "\n" if quiet else shown)
        raise typer.Exit(status)
    on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    if on_github and not to_stdout:
        console.write(github.render(run).decode())
    elif on_github:  # the runner reads them from both streams; standard output is the report's
        console.say(github.render(run).decode().rstrip("\n"))
    if to_stdout:
        console.write(as_csv(run).decode())
        console.say(summary_line(run.manifest.counts))
    elif quiet:
        console.write(summary_line(run.manifest.counts) + "\n")
    else:
        console.show(terminal.render(run, width=console.width(), colour=console.colour(no_color=no_color)))
    raise typer.Exit(status)


def now() -> datetime:
    """The clock of the command line."""
    return datetime.now(UTC)


def exit_status(run: Run, fail_on: FailOn, *, too_old: bool = False, news: bool = False) -> int:
    """1 for a hit at or above fail_on, else 3 for rows that could not be screened or lists too old, else 0.

    news: whether what fail_on means is there, where it compares with an earlier run.
    """
    counts = run.manifest.counts
    if fail_on in (FailOn.match, FailOn.review):
        found = counts.match > 0 or (fail_on is FailOn.review and counts.review > 0)
    else:
        found = fail_on is not FailOn.never and news
    if found:
        return EXIT_FOUND
    return EXIT_PARTIAL if counts.unscreened or too_old else EXIT_CLEAR


def with_threshold(threshold: float | None, config: Config | None = None) -> Settings:
    """The settings of a config with another review threshold (0-100). Raises UsageError when it is no number."""
    import msgspec

    from screening.config import Config, settings

    config = config or Config()
    if threshold is None:
        return settings(config)
    if not 0 <= threshold <= 100:  # "nan" passes a check of bounds
        raise UsageError(f"The threshold {threshold} is not a number from 0 to 100.")
    chosen = settings(config)
    thresholds = msgspec.structs.replace(
        chosen.thresholds, review=threshold, match=max(threshold, chosen.thresholds.match)
    )
    return msgspec.structs.replace(chosen, thresholds=thresholds)


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
    from screening.storage import is_set, would_hold

    paths = [Path(item) for item in outputs if item != "-"]
    resolved = [path.resolve() for path in paths]
    for path, place in zip(paths, resolved, strict=True):
        if resolved.count(place) > 1:
            raise UsageError(f"The report {path} is named twice.", "Name each report once with -o.")
        if file != "-" and place == Path(file).resolve():
            raise UsageError(f"The report {path} would overwrite the input.", "Name another file with -o.")
        if is_set(file) and would_hold(file, str(path)):
            raise UsageError(
                f"The report {path} would be a file of the input {file}.", "Name a file elsewhere with -o."
            )
    return len(paths) < len(outputs), paths
