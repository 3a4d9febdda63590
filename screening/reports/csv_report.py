"""The CSV report: one row a hit, columns in a fixed order. A reviewer can fill the decision columns.

Plain UTF-8 without a byte order mark, comma, lines end with a line feed. Control characters are made visible.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache

from screening.decisions.record import fingerprint
from screening.model import Change, Hit, RowOutcome, Run
from screening.reports.text import (
    PASSAGE_SEPARATOR,
    SEPARATOR,
    explanation_line,
    listing_line,
    programmes,
    score_text,
    visible,
)

COLUMNS = (
    "status",
    "score",
    "row",
    "counterparty_id",
    "counterparty_name",
    "matched_name",
    "entity_id",
    "entity_name",
    "entity_type",
    "list_id",
    "list_kind",
    "programmes",
    "entity_countries",
    "counterparty_country",
    "explanation",
    "evidence",
    "evidence_source",
    "evidence_locator",
    "decision",
    "decision_reason",
    "run_id",
    "decision_by",
    "decision_on",
    "decision_until",
    "hit_id",
    "fingerprint",
    "change",
    "changed",
)

# OWASP, "CSV Injection": a cell that starts with one of these is run as a formula. Full-width forms and
# leading blanks are included, because spreadsheets fold and trim them.
_FORMULA = re.compile(r"[\s\u200c\u200d]*[=+\-@＝＋－＠]")


def render(run: Run) -> bytes:
    """The report as a file's bytes. Rows without a hit are included when the run keeps every row."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([neutral(cell) for cell in row] for row in rows(run))
    return buffer.getvalue().encode()


def rows(run: Run) -> Iterator[tuple[str, ...]]:
    """The cells of the report in order of row, as text and not yet neutralised. Hits that are gone come last."""
    kept = run.outcomes if run.every_row else ()
    cells = [(hit.counterparty.row, row) for hit, row in hit_rows(run)]
    cells += [(outcome.counterparty.row, outcome_cells(outcome, run.manifest.run_id)) for outcome in kept]
    cells.sort(key=lambda item: item[0])  # stable: hits of one row keep their order
    yield from (row for _, row in cells)
    yield from (row for _, row in gone_rows(run))


def hit_rows(run: Run) -> Iterator[tuple[Hit, tuple[str, ...]]]:
    """Each hit of the run with its cells."""
    changes = run.delta.changes if run.delta else (None,) * len(run.hits)
    return (
        (hit, hit_cells(hit, run.manifest.run_id, change))
        for hit, change in zip(run.hits, changes, strict=True)
    )


def gone_rows(run: Run) -> Iterator[tuple[Hit, tuple[str, ...]]]:
    """Each hit that is gone since the earlier run, with its cells: as it was then, in the run and the row of then, but
    with the status "gone", so that nobody counts it as a match of this run.
    """
    if run.delta is None:
        return
    for hit in run.delta.gone:
        cells = dict(zip(COLUMNS, hit_cells(hit, run.delta.baseline_run_id), strict=True))
        cells |= {"status": "gone", "change": "gone", "changed": f"was {hit.status}"}
        yield hit, tuple(cells.values())


def hit_cells(hit: Hit, run_id: str, change: Change | None = None) -> tuple[str, ...]:
    """One hit, in the order of COLUMNS. Without a passage the official listings are the evidence."""
    entity, party = hit.entity, hit.counterparty
    if entity.evidence:
        evidence = PASSAGE_SEPARATOR.join(item.passage for item in entity.evidence)
        source = PASSAGE_SEPARATOR.join(item.document for item in entity.evidence)
        locator = PASSAGE_SEPARATOR.join(item.locator for item in entity.evidence)
    else:
        evidence = PASSAGE_SEPARATOR.join(listing_line(listing) for listing in entity.listings)
        source = hit.list.id
        locator = PASSAGE_SEPARATOR.join(listing.url or listing.id or "" for listing in entity.listings)
    return (
        hit.status,
        score_text(hit.score),
        str(party.row),
        party.id,
        hit.name,
        hit.matched_name.value,
        entity.id,
        entity.name,
        entity.type,
        hit.list.id,
        hit.list.kind,
        SEPARATOR.join(programmes(entity)),
        SEPARATOR.join(entity.countries),
        SEPARATOR.join(party.countries),
        explanation_line(hit.explanation),
        evidence,
        source,
        locator,
        *_decision(hit)[:2],
        run_id,
        *_decision(hit)[2:],
        hit.id,
        fingerprint(hit),
        *((change.state, SEPARATOR.join(change.what)) if change else ("", "")),
    )


def _decision(hit: Hit) -> tuple[str, str, str, str, str]:
    """Disposition, reason, author, day and last day. A decision that lapsed leaves the cells free for a new one,
    and the reason tells of it; reading the file back cannot renew it.
    """
    made = hit.decision
    if made is None:
        return ("", hit.decision_note, "", "", "")
    if hit.decision_note:
        lapsed = f"{made.disposition} by {made.by} on {made.decided_on} ({made.reason})"
        return ("", f"lapsed: {lapsed}: {hit.decision_note}", "", "", "")
    return (made.disposition, made.reason, made.by, made.decided_on, made.until or "")


def outcome_cells(outcome: RowOutcome, run_id: str) -> tuple[str, ...]:
    """A row without a hit, in the order of COLUMNS; the reason stands in `explanation`."""
    party = outcome.counterparty
    filled = {
        "status": outcome.status,
        "row": str(party.row),
        "counterparty_id": party.id,
        "counterparty_name": SEPARATOR.join(party.names),
        "counterparty_country": SEPARATOR.join(party.countries),
        "explanation": outcome.reason,
        "run_id": run_id,
    }
    return tuple(filled.get(column, "") for column in COLUMNS)


@lru_cache(maxsize=32768)  # most cells stand in many rows
def neutral(cell: str) -> str:
    """The cell so that no spreadsheet runs it: a leading apostrophe where it would be a formula."""
    if cell[:1].isalnum() and cell.isascii() and cell.isprintable():
        return cell
    shown = visible(cell)
    # Tab and carriage return at the start are formula triggers too; `visible` has turned them into a blank.
    return "'" + shown if _FORMULA.match(shown) else shown
