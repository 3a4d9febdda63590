"""`screening screen` on a data set: many files or many rows, into a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from screening.errors import UsageError

if TYPE_CHECKING:
    from screening.cli.progress import Progress
    from screening.decisions import Decisions
    from screening.engines.changes import Changes
    from screening.engines.dataset import Plan
    from screening.engines.interface import Engine
    from screening.engines.known import Baseline
    from screening.model import Request, Run
    from screening.ownership import Owners
    from screening.pipeline import Screener


class Kind(StrEnum):
    """Format of the parts of the output."""

    parquet = "parquet"
    csv = "csv"


def wanted_folder(file: str, outputs: Sequence[str]) -> str | None:
    """The output folder that -o names, None where the reports are single files.

    Raises UsageError where other reports are named beside a folder.
    """
    from screening.storage import is_remote

    def is_folder(item: str) -> bool:
        # a folder that is called report.csv is a mistake, which the check of report files tells
        return item.endswith("/") or is_remote(item) or (Path(item).is_dir() and not Path(item).suffix)

    folders = [item for item in outputs if is_folder(item)]
    if not folders:
        return None
    if len(outputs) > 1:
        raise UsageError(
            f"The folder {folders[0]} takes the whole output.", "Name one folder with -o and no other report."
        )
    if file == "-":
        raise UsageError("Standard input is no data set.", "Write it to a file first.")
    return folders[0]


class Finished(NamedTuple):
    """A run (its hits are in the parts alone), the local files written, the summary, and what changed."""

    run: Run
    written: list[Path]
    summary: str
    changes: Changes | None


class Planned(NamedTuple):
    """A plan and the engine to run it on."""

    plan: Plan
    engine: Engine


def plan(file: str, out: str, request: Request, kind: Kind, engine: str, *, resume: bool) -> Planned:
    """What is asked for, checked before lists are read. Raises as engines.engine and engines.dataset.plan do."""
    from screening import engines
    from screening.engines import dataset
    from screening.intake.parts import Reading
    from screening.reports import dataset as output

    chosen = engines.engine(engine)
    reading = Reading(mapping=request.mapping, encoding=request.encoding, sheet=request.sheet)
    wanted = dataset.plan(
        file,
        out,
        reading,
        kind=kind.value,
        render=output.RENDER,
        every_row=request.every_row,
        resume=resume,
    )
    return Planned(wanted, chosen)


def baseline(location: str) -> Baseline:
    """The earlier run that --baseline names. Raises InputError."""
    from screening.engines.known import read_baseline

    return read_baseline(location)


def run(
    planned: Planned,
    screener: Screener,
    progress: Progress,
    *,
    clock: Callable[[], datetime],
    warnings: Sequence[str],
    as_of: str | None,
    decisions: Decisions,
    owners: Owners,
    request: Request,
    before: Baseline | None,
) -> Finished:
    """Screen a data set, and write manifest and summary beside its parts."""
    from screening.engines.dataset import screen_dataset
    from screening.model import Run
    from screening.reports import dataset
    from screening.storage import is_remote

    out = planned.plan.out
    with planned.engine as engine:
        done = screen_dataset(
            planned.plan,
            screener,
            engine,
            clock=clock,
            as_of=as_of,
            progress=progress.rows,
            phase=progress.phase,
            warnings=warnings,
            decisions=decisions,
            owners=owners,
            request=request,
            baseline=before,
        )
    progress.phase("writing manifest and summary")
    summary = dataset.summary(done)
    out.write("summary.txt", summary)
    out.write("manifest.json", dataset.manifest(done))
    written = [] if is_remote(out.location) else [Path(out.path("manifest.json"))]
    return Finished(Run(manifest=done.manifest, hits=()), written, summary.decode(), done.changes)
