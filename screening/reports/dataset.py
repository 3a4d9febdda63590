"""The output of a data set: parts with one row a hit, one manifest, one summary."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

from screening.engines.dataset import DatasetRun
from screening.engines.part import Kind
from screening.model import Hit, RowOutcome
from screening.reports.csv_report import COLUMNS, hit_cells, neutral, outcome_cells
from screening.reports.text import clip, count_words, input_line, list_line, summary_line, visible

FORMAT = "screening-dataset"
VERSION = 1
_RUN_ID = COLUMNS.index("run_id")
PART_COLUMNS = ("file", *COLUMNS[:_RUN_ID], *COLUMNS[_RUN_ID + 1 :])
"""As in the CSV report, with the file that `row` counts in, and without the run: a part does not depend on when it
was screened. The manifest beside the parts names the run."""
_SHOWN = 20  # parts with a problem that the summary names


def part(kind: Kind, file: str, hits: Sequence[Hit], outcomes: Sequence[RowOutcome]) -> bytes:
    """One part of the output, as a file's bytes. The same arguments give the same bytes."""
    rows = list(_rows(file, hits, outcomes))
    return _parquet(rows) if kind == "parquet" else _csv(rows)


def _rows(file: str, hits: Sequence[Hit], outcomes: Sequence[RowOutcome]) -> Iterator[tuple[str, ...]]:
    cells = [(hit.counterparty.row, hit_cells(hit, "")) for hit in hits]
    cells += [(outcome.counterparty.row, outcome_cells(outcome, "")) for outcome in outcomes]
    cells.sort(key=lambda item: item[0])  # stable: hits of one row keep their order
    return ((file, *row[:_RUN_ID], *row[_RUN_ID + 1 :]) for _, row in cells)


def _csv(rows: Sequence[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(PART_COLUMNS)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _parquet(rows: Sequence[tuple[str, ...]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Text that is not valid Unicode (lone surrogates) and control characters as in every report.
    columns = {name: [visible(row[place]) for row in rows] for place, name in enumerate(PART_COLUMNS)}
    arrays = {
        name: pa.array(cells, pa.string()) for name, cells in columns.items() if name not in ("score", "row")
    }
    arrays["score"] = pa.array([float(cell) if cell else None for cell in columns["score"]], pa.float64())
    arrays["row"] = pa.array([int(cell) for cell in columns["row"]], pa.int64())
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: arrays[name] for name in PART_COLUMNS}), buffer, compression="zstd")
    return buffer.getvalue()


def manifest(run: DatasetRun) -> bytes:
    """manifest.json: what was run on what, and the account of each part; their counts add up to the manifest's."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "manifest": run.manifest,
        "counts": run.manifest.counts,
        "parts": run.accounts,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def summary(run: DatasetRun) -> bytes:
    """summary.txt: what a reader needs first, the counts on its last line."""
    found = run.manifest
    bad = [account for account in run.accounts if account.problem]
    lines = [
        f"run         {found.run_id}, {found.started_at}, screening {found.version}",
        f"input       {input_line(found)}, {len(run.accounts):,} parts",
        *(f"columns     {role}: {', '.join(names)}" for role, names in found.input.columns.items()),
        *(f"notes       {note}" for note in found.input.notes),
        *(
            f"lists       {list_line(info)}{count_words(info)}, sha256 {info.sha256[:16]}"
            for info in found.lists
        ),
        *([f"as of       {found.as_of}"] if found.as_of else ()),
        f"hits        {sum(account.hits for account in run.accounts):,}",
        *(f"unscreened  from row {a.first_row} of {a.file}: {a.problem}" for a in bad[:_SHOWN]),
        *([f"            and {len(bad) - _SHOWN:,} more parts"] if len(bad) > _SHOWN else ()),
        *(f"warning: {warning}" for warning in found.warnings),
        summary_line(found.counts),
    ]
    return "".join(clip(visible(line), 1000) + "\n" for line in lines).encode()
