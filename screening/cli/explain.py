"""`screening explain`: one hit of a report in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli import options
from screening.errors import UsageError

if TYPE_CHECKING:
    from screening.model import Hit, Run


def explain(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A JSON report.")],
    hit: Annotated[str, typer.Argument(metavar="HIT", help="Id of a hit.")],
    no_color: options.NoColor = False,
) -> None:
    """Show one hit of a report in full: aligned words, rules, quoted passages, sources, decisions.

    Exit status: 0; 2 when the report cannot be read or has no such hit.
    """
    from screening.cli import console
    from screening.reports import json_report, terminal

    run = json_report.read_file(report)
    hits = find_hits(run, hit, report)
    lists = [info for info in run.manifest.lists if info.id == hits[0].list.id]
    console.show(
        terminal.render_hits(
            hits,
            lists,
            explain=True,
            as_of=run.manifest.as_of,
            width=console.width(),
            colour=console.colour(no_color=no_color),
        )
    )


def find_hits(run: Run, hit_id: str, path: Path) -> list[Hit]:
    """The hits with an id: several where a file holds the same counterparty in several rows.

    Raises UsageError when there is none.
    """
    found = [hit for hit in run.hits if hit.id == hit_id]
    if not found:
        from screening.lists.strict_yaml import nearest

        raise UsageError(
            f"{path} has no hit {nearest(hit_id, [hit.id for hit in run.hits])}; it has {len(run.hits)} hits.",
            "The ids stand in every report beside the hits.",
        )
    return found
