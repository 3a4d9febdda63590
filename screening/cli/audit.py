"""`screening replay`, `verify` and `log`: proof afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from screening.cli import options
from screening.errors import EXIT_CLEAR, EXIT_FOUND, EXIT_PARTIAL

log_app = typer.Typer(name="log", no_args_is_help=True, help="Check a run log (see screen --log).")


@log_app.callback()
def log() -> None:
    """Check a run log (see screen --log)."""


def replay(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT", help="A JSON report, or its manifest in a JSON file.")
    ],
    data_dir: options.DataDir = None,
) -> None:
    """Run a run again, with the same input, lists, settings, decisions and time, and say what differs.

    Run it in the working directory of the first run: paths are those of the manifest. Lists of the store are taken
    by their hash.

    Exit status: 0 byte-identical; 1 something differs; 2 the run cannot be repeated.
    """
    from screening import audit
    from screening.cli import console
    from screening.reports.text import visible

    result = audit.replay(report, folder=data_dir)
    found = result.run.manifest
    if result.identical:
        what = "the report is byte-identical" if result.compared == "report" else "the manifest is identical"
        console.write(visible(f"run {found.run_id} repeated: {what}") + "\n")
        raise typer.Exit(EXIT_CLEAR)
    console.write(f"run repeated as {found.run_id}: not identical\n")
    console.write("".join(visible(f"  {line}") + "\n" for line in result.differences))
    raise typer.Exit(EXIT_FOUND)


def verify(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A report in any format.")],
    run: Annotated[
        Path | None,
        typer.Option("--run", metavar="REPORT", help="The JSON report of the same run, for other formats."),
    ] = None,
    log_file: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Run log that must hold the run.")
    ] = None,
    data_dir: options.DataDir = None,
) -> None:
    """Check a report against its manifest, and input, lists and decisions against their hashes.

    A report of another version is checked as far as the two agree: files by their hashes always, the rest where this
    version writes and hashes as that one did.

    Exit status: 0 nothing is wrong; 1 something is; 2 a file cannot be read; 3 nothing is wrong, but another version
    made the report, and not all of it can be checked by this one.
    """
    from screening import audit
    from screening.cli import console
    from screening.reports.text import visible

    findings = audit.verify(report, run_report=run, log=log_file, folder=data_dir)
    signs = {"ok": "ok", "wrong": "NOT SO", "other-version": "cannot tell", "unknown": "not checked"}
    console.write("".join(visible(f"{signs[item.state]:<13}{item.text}") + "\n" for item in findings))
    states = {item.state for item in findings}
    raise typer.Exit(
        EXIT_FOUND if "wrong" in states else EXIT_PARTIAL if "other-version" in states else EXIT_CLEAR
    )


@log_app.command("verify")
def log_verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A run log.")],
    last: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="Hash that the last line must have; shows whether the end is missing."
        ),
    ] = None,
) -> None:
    """Find a line of a run log that was altered, removed, moved or added.

    Lines removed at the end leave no trace in the file itself: keep the last hash elsewhere and give it with --last.

    Exit status: 0 the log is whole; 1 it is not; 2 it cannot be read.
    """
    from screening import audit
    from screening.cli import console
    from screening.reports.text import visible

    entries, problems = audit.read_log(file)
    end = entries[-1].hash if entries else audit.FIRST
    if last is not None and end != last.strip().lower():
        problems.append(
            f"{file}: the last hash is {end}, not {last}: lines are missing, or were added, at the end"
        )
    console.write("".join(visible(problem) + "\n" for problem in problems))
    state = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}" if problems else "whole"
    count = f"{len(entries)} run{'' if len(entries) == 1 else 's'}"
    console.write(visible(f"{file}: {count}, {state}, last hash {end}") + "\n")
    raise typer.Exit(EXIT_FOUND if problems else EXIT_CLEAR)
