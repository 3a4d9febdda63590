"""`screening decide`: record what a reviewer says of hits."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli.config import loaded
from screening.errors import DecisionError, UsageError

if TYPE_CHECKING:
    from screening.decisions import Recorded
    from screening.model import Hit

DEFAULT_FILE = Path("decisions.yml")


class Disposition(StrEnum):
    """What a hit is, in a reviewer's judgement."""

    true_match = "true-match"
    false_positive = "false-positive"


def decide(
    ctx: typer.Context,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="REPORT", help="The JSON report that holds the hit.")
    ] = None,
    hit: Annotated[
        list[str] | None, typer.Option("--hit", metavar="ID", help="Id of the hit. Repeat for several.")
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="Exclude a whole name instead, such as your own company: no hit by that name counts.",
        ),
    ] = None,
    filled: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Read decisions filled into a CSV or XLSX report, or downloaded from the HTML report.",
        ),
    ] = None,
    disposition: Annotated[
        Disposition | None, typer.Option("--as", help="What the hit is.", show_default=False)
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why. Shown in every later report.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides.")] = "",
    until: Annotated[
        str, typer.Option(metavar="DATE", help="Last day on which it holds (YYYY-MM-DD). Default: no end.")
    ] = "",
    supersede: Annotated[
        bool, typer.Option("--supersede", help="Replace an earlier decision on the same pair.")
    ] = False,
    decisions: Annotated[
        Path, typer.Option("--decisions", metavar="FILE", help="Decisions file, YAML or CSV, to add to.")
    ] = DEFAULT_FILE,
) -> None:
    """Record decisions in a file that `screening screen --decisions FILE` applies.

    A false positive is cleared in later runs, and every report shows it with reason, author and date. It lapses
    after --until, and when the list entry or the counterparty's data changes.

    Exit status: 0 recorded; 2 wrong usage, a file that cannot be read, or a contradiction: nothing was recorded.
    """
    from screening.cli import console
    from screening.cli.screen import now
    from screening.decisions.add import record
    from screening.decisions.file import check_ending, date_problems
    from screening.reports.text import visible

    loaded(ctx)
    sources = [option for option, given in (("--run", run), ("--name", name), ("--from", filled)) if given]
    if len(sources) != 1:
        raise UsageError(
            f"Give one of --run, --name or --from; found {', '.join(sources) or 'none of them'}.",
            "For one hit: --run REPORT.json --hit ID --as false-positive --reason TEXT --by NAME.",
        )
    check_ending(decisions)
    day = now().date()
    wrong = list(date_problems({"decided_on": day.isoformat(), "until": until}))
    if wrong:
        raise UsageError(f"--until: {wrong[0].replace('`', '')}.", "Give a day that is still to come.")
    texts = {"reason": reason, "by": by, "until": until, "decided_on": day.isoformat()}
    hits: list[Hit] = []
    if filled:
        from screening.decisions.filled import read_filled

        if hit or disposition:
            raise UsageError("--hit and --as do not go with --from.", "Leave them out.")
        new = list(read_filled(filled, texts))
    elif name:
        new = _exclusions(name, disposition, texts)
    else:
        hits, new = _decisions(run or Path(), hit or [], disposition, texts)
    result = record(decisions, new, day, supersede=supersede, hits=hits)
    for entry in result.added:
        end = f" until {entry.until}" if entry.until else ""
        console.write(visible(f"recorded {entry.id}: {entry.disposition}{end}, {entry.subject()}") + "\n")
    for entry in result.known:
        console.write(visible(f"already recorded: {entry.disposition}, {entry.subject()}") + "\n")
    if filled and not new:
        raise DecisionError(
            f"{filled} holds no decision.", "Fill the decision column of the hits you judged."
        )
    console.say(visible(f"{decisions}: {len(result.added)} added, {len(result.known)} already recorded"))


def _needed(texts: dict[str, str]) -> None:
    missing = [f"--{key}" for key in ("reason", "by") if not texts[key].strip()]
    if missing:
        raise UsageError(f"{' and '.join(missing)}: missing.", "A decision has a reason and an author.")


def _exclusions(names: list[str], disposition: Disposition | None, texts: dict[str, str]) -> list[Recorded]:
    from screening.decisions import exclude

    if disposition is Disposition.true_match:
        raise UsageError("A whole name can only be excluded as a false positive.", "Decide on a hit instead.")
    if any(not any(map(str.isalnum, name)) for name in names):
        raise UsageError("The name has no letter or digit.", "Give the name as your file has it.")
    _needed(texts)
    return [exclude(name, **texts) for name in names]


def _decisions(
    report: Path, ids: list[str], disposition: Disposition | None, texts: dict[str, str]
) -> tuple[list[Hit], list[Recorded]]:
    from screening.cli.explain import find_hits
    from screening.decisions import decide as decision_on
    from screening.reports import json_report

    if not ids or disposition is None:
        raise UsageError("--hit and --as are needed with --run.", "The reports show the id of each hit.")
    _needed(texts)
    found = json_report.read_file(report)
    hits = [find_hits(found, one, report)[0] for one in dict.fromkeys(ids)]
    made = [decision_on(hit, disposition.value, run_id=found.manifest.run_id, **texts) for hit in hits]
    return hits, made
