"""The Python API for data frames: the pipeline with a DataFrame at either end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from screening import pipeline
from screening.intake import from_frame
from screening.model import Manifest, Run, Watchlist
from screening.settings import DEFAULT, Settings

if TYPE_CHECKING:
    import pandas as pd


class FrameRun(NamedTuple):
    """hits: one row a hit, the columns of the CSV report. manifest: what was run on what. run: all of it as records."""

    hits: pd.DataFrame
    manifest: Manifest
    run: Run


def _now() -> datetime:
    return datetime.now(UTC)


class Screener:
    """Watchlists ready to screen data frames against.

    exhaustive: score every pair instead of using the index; slow, the same hits.
    """

    def __init__(
        self, watchlists: Sequence[Watchlist], settings: Settings = DEFAULT, *, exhaustive: bool = False
    ) -> None:
        self._screener = pipeline.Screener(watchlists, settings, exhaustive=exhaustive)

    def screen(
        self,
        frame: pd.DataFrame,
        *,
        mapping: Mapping[str, str | Sequence[str]] | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> FrameRun:
        """Screen each row. Columns are recognised as in a file, or mapped by role (`{"name": "Vendor Name"}`).

        Row numbers are those the frame would have in a CSV file: the first row is 2. Raises InputError or UsageError
        when the columns cannot be told.
        """
        import pandas as pd

        from screening.reports.csv_report import COLUMNS, hit_cells

        run = pipeline.screen(from_frame(frame, mapping=mapping), self._screener, clock=clock)
        cells = [hit_cells(hit, run.manifest.run_id) for hit in run.hits]
        hits = pd.DataFrame(cells, columns=list(COLUMNS)).astype({"score": float, "row": int})
        return FrameRun(hits, run.manifest, run)
