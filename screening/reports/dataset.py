"""The output of a data set: parts with one row a hit, one manifest, one summary."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence

import msgspec

from screening.engines.changes import Changes
from screening.engines.dataset import DatasetRun
from screening.engines.part import Account, Kind, Render
from screening.model import Change, Hit, RowOutcome
from screening.reports.csv_report import COLUMNS, hit_cells, line, outcome_cells
from screening.reports.text import (
    clip,
    count_words,
    input_line,
    list_line,
    score_text,
    summary_line,
    visible,
)

FORMAT = "screening-dataset"
VERSION = 1
_RUN_ID = COLUMNS.index("run_id")
_CHANGE = COLUMNS.index("change")
PART_COLUMNS = ("file", *COLUMNS[:_RUN_ID], *COLUMNS[_RUN_ID + 1 : _CHANGE])
"""As in the CSV report, with the file that `row` counts in, and without the run and the earlier run: a part does not
depend on when it was screened. The manifest beside the parts names the run."""
CHANGE_COLUMNS = (
    "change",
    "changed",
    "was",
    *("file", "row", "hit_id", "status", "score", "counterparty_id", "counterparty_name"),
    *("matched_name", "entity_id", "entity_name", "list_id"),
)
"""change: new, unchanged, changed or gone. changed: in what. was: the status in the earlier run. The others are those of the
hit; of one that is gone, as they were."""
_SHOWN = 20  # parts with a problem that the summary names


def part(kind: Kind, file: str, hits: Sequence[Hit], outcomes: Sequence[RowOutcome]) -> bytes:
    """One part of the output, as a file's bytes. The same arguments give the same bytes."""
    return _written(kind, PART_COLUMNS, list(_rows(file, hits, outcomes)))


def changes(kind: Kind, file: str, hits: Sequence[Hit], found: Sequence[Change]) -> bytes:
    """How the hits of one part stand against an earlier run, in the order of the part, as a file's bytes."""
    rows = []
    for hit, change in sorted(zip(hits, found, strict=True), key=lambda pair: pair[0].counterparty.row):
        cells = dict(zip(COLUMNS, hit_cells(hit, "", change), strict=True))
        cells |= {"file": file, "was": change.was or ""}
        rows.append(tuple(cells[column] for column in CHANGE_COLUMNS))
    return _written(kind, CHANGE_COLUMNS, rows)


def gone(kind: Kind, earlier: Kind, content: bytes, is_gone: Callable[[str], bool]) -> bytes:
    """The hits in one part of an earlier run that are gone, as a file's bytes; none where no hit is.

    earlier, content: the kind and the bytes of that part. is_gone: asked for the id of each of its hits, in their order.
    """
    rows = []
    for found in _read(earlier, content):
        if found["hit_id"] and is_gone(found["hit_id"]):
            cells = found | {"change": "gone", "changed": "", "was": found["status"]}
            rows.append(tuple(cells[column] for column in CHANGE_COLUMNS))
    return _written(kind, CHANGE_COLUMNS, rows) if rows else b""


RENDER = Render(part, changes, gone)


def _read(kind: Kind, content: bytes) -> Iterator[dict[str, str]]:
    """The rows of a part as texts."""
    if kind == "csv":
        yield from csv.DictReader(io.StringIO(content.decode(), newline=""))
        return
    import pyarrow.parquet as pq

    for row in pq.read_table(io.BytesIO(content)).to_pylist():
        score = "" if row["score"] is None else score_text(row["score"])
        yield {name: str(cell) for name, cell in row.items()} | {"score": score}


def _written(kind: Kind, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> bytes:
    return _parquet(columns, rows) if kind == "parquet" else _csv(columns, rows)


def _rows(file: str, hits: Sequence[Hit], outcomes: Sequence[RowOutcome]) -> Iterator[tuple[str, ...]]:
    cells = [(hit.counterparty.row, hit_cells(hit, "")) for hit in hits]
    cells += [(outcome.counterparty.row, outcome_cells(outcome, "")) for outcome in outcomes]
    cells.sort(key=lambda item: item[0])  # stable: hits of one row keep their order
    return ((file, *row[:_RUN_ID], *row[_RUN_ID + 1 : _CHANGE]) for _, row in cells)


def _csv(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> bytes:
    return "".join(map(line, (names, *rows))).encode()


def _parquet(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Text that is not valid Unicode (lone surrogates) and control characters as in every report.
    columns = {name: [visible(row[place]) for row in rows] for place, name in enumerate(names)}
    arrays = {
        name: pa.array(cells, pa.string()) for name, cells in columns.items() if name not in ("score", "row")
    }
    arrays["score"] = pa.array([float(cell) if cell else None for cell in columns["score"]], pa.float64())
    arrays["row"] = pa.array([int(cell) for cell in columns["row"]], pa.int64())
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: arrays[name] for name in names}), buffer, compression="zstd")
    return buffer.getvalue()


def manifest(run: DatasetRun) -> bytes:
    """manifest.json: what was run on what, and the account of each part; their counts add up to the manifest's."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "manifest": run.manifest,
        "counts": run.manifest.counts,
        **({"changes": run.changes._asdict()} if run.changes else {}),
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
        f"hits        {_hits(run.accounts)}",
        *([f"changes     {_change_line(run.changes)}"] if run.changes else ()),
        *(f"unscreened  from row {a.first_row} of {a.file}: {a.problem}" for a in bad[:_SHOWN]),
        *([f"            and {len(bad) - _SHOWN:,} more parts"] if len(bad) > _SHOWN else ()),
        *(f"warning: {warning}" for warning in found.warnings),
        summary_line(found.counts),
    ]
    return "".join(clip(visible(line), 1000) + "\n" for line in lines).encode()


def _hits(accounts: Sequence[Account]) -> str:
    """How many alerts there are, and how many hits beside them that are clear."""
    aside = sum(account.set_aside for account in accounts)
    alerts = f"{sum(account.hits for account in accounts) - aside:,}"
    return f"{alerts}, and {aside:,} that the list records as another party" if aside else alerts


def _change_line(found: Changes) -> str:
    counts = ", ".join(f"{kind} {found.counts[kind]:,}" for kind in ("new", "changed", "unchanged", "gone"))
    return f"against run {found.run_id} of {found.started_at[:10]}: {counts}"
