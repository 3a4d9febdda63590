"""The CSV report: one row a hit, columns in a fixed order. A reviewer can fill the decision columns.

Plain UTF-8 without a byte order mark, comma, lines end with a line feed. Control characters are made visible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from screening.decisions.record import fingerprint
from screening.model import Change, Entity, Hit, RowOutcome, Run
from screening.remember import by_identity
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
    "file",
)

# OWASP, "CSV Injection": a cell that starts with one of these is run as a formula. Full-width forms and
# leading blanks are included, because spreadsheets fold and trim them.
_FORMULA = re.compile(r"[\s\u200c\u200d]*[=+\-@＝＋－＠]")


_RUN_ID = COLUMNS.index("run_id")
# From here to the run's id stand sentences, and cells that are mostly empty.
_LONG = COLUMNS.index("explanation")
# Stands for the run's id until that is known. No cell can hold it: `neutral` makes control characters visible.
_LATER = "\0"


def render(run: Run) -> bytes:
    """The report as a file's bytes. Rows without a hit are included when the run keeps every row."""
    changes = run.delta.changes if run.delta else None
    gone = "".join([line(cells) for _, cells in gone_rows(run)])
    return joined(
        [part(run.hits, run.outcomes, every_row=run.every_row, changes=changes), gone.encode()], run
    )


def part(
    hits: Sequence[Hit],
    outcomes: Sequence[RowOutcome],
    *,
    every_row: bool,
    changes: Sequence[Change] | None = None,
) -> bytes:
    """The lines of some rows, to be put together by `joined`: made while other rows are still being screened.

    changes: how each hit stands against an earlier run, where there is one.
    """
    rows = _rows(hits, outcomes if every_row else (), "", changes)
    lines = [
        f"{_short_cells(row[:_LONG])},{_cells(row[_LONG:_RUN_ID])},{_LATER},{_short_cells(row[_RUN_ID + 1 :])}\n"
        for row in rows
    ]
    return "".join(lines).encode()


def joined(parts: Iterable[bytes], run: Run) -> bytes:
    """The report of a run as a file's bytes. parts: of all its rows, in their order."""
    lines = b"".join((line(COLUMNS).encode(), *parts))
    return lines.replace(_LATER.encode(), _cells((run.manifest.run_id,)).encode())


def line(cells: Iterable[str]) -> str:
    """The cells as a line of CSV: neutralised, and quoted where csv.writer would quote them."""
    return _cells(cells) + "\n"


def _cells(cells: Iterable[str]) -> str:
    return ",".join([_written(cell) if cell else "" for cell in cells])


# A cell that does not begin with a plain letter or digit, among cells joined by commas.
_SPECIAL = re.compile("(?:^|,)[^0-9A-Za-z,]")


def _short_cells(cells: Sequence[str]) -> str:
    """As _cells, for cells that hardly ever need quotes: looked at all together, in a third of the time."""
    text = ",".join(cells)
    plain = text.isprintable() and '"' not in text and text.count(",") == len(cells) - 1
    return text if plain and not _SPECIAL.search(text) else _cells(cells)


def _written(cell: str) -> str:
    # One pass in place of neutral's and csv.writer's: half of the time that both take.
    if cell[0].isalnum() and '"' not in cell and "," not in cell and cell.isprintable():
        return cell
    shown = neutral(cell)
    return '"' + shown.replace('"', '""') + '"' if '"' in shown or "," in shown else shown


def rows(run: Run) -> Iterator[tuple[str, ...]]:
    """The cells of the report in order of row, as text and not yet neutralised. Hits that are gone come last."""
    changes = run.delta.changes if run.delta else None
    yield from _rows(run.hits, run.outcomes if run.every_row else (), run.manifest.run_id, changes)
    yield from (row for _, row in gone_rows(run))


def _rows(
    hits: Sequence[Hit], outcomes: Iterable[RowOutcome], run_id: str, changes: Sequence[Change] | None
) -> Iterator[tuple[str, ...]]:
    of_hits = zip(hits, changes or (None,) * len(hits), strict=True)
    cells = [(hit.counterparty.place, hit_cells(hit, run_id, change)) for hit, change in of_hits]
    cells += [(outcome.counterparty.place, outcome_cells(outcome, run_id)) for outcome in outcomes]
    cells.sort(key=itemgetter(0))  # stable: hits of one row keep their order
    return (row for _, row in cells)


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
    programmes, countries, evidence, source, locator = _entity_cells(entity)
    disposition, reason, by, on, until = _decision(hit)
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
        programmes,
        countries,
        SEPARATOR.join(party.countries),
        explanation_line(hit.explanation),
        evidence,
        hit.list.id if source is None else source,
        locator,
        disposition,
        reason,
        run_id,
        by,
        on,
        until,
        hit.id,
        fingerprint(hit),
        *((change.state, SEPARATOR.join(change.what)) if change else ("", "")),
        party.file,
    )


@by_identity(50_000)
def _entity_cells(entity: Entity) -> tuple[str, str, str, str | None, str]:
    """Programmes, countries, and of the evidence its text, source (None: the list itself) and locator."""
    told, countries = SEPARATOR.join(programmes(entity)), SEPARATOR.join(entity.countries)
    if not entity.evidence:
        evidence = PASSAGE_SEPARATOR.join([listing_line(listing) for listing in entity.listings])
        locator = PASSAGE_SEPARATOR.join([listing.url or listing.id or "" for listing in entity.listings])
        return told, countries, evidence, None, locator
    passages, documents, locators = zip(
        *[(item.passage, item.document, item.locator) for item in entity.evidence], strict=True
    )
    join = PASSAGE_SEPARATOR.join
    return told, countries, join(passages), join(documents), join(locators)


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
        "file": party.file,
    }
    return tuple(filled.get(column, "") for column in COLUMNS)


def neutral(cell: str) -> str:
    """The cell so that no spreadsheet runs it: a leading apostrophe where it would be a formula."""
    if cell[:1].isalnum() and cell.isascii() and cell.isprintable():
        return cell
    shown = visible(cell)
    # Tab and carriage return at the start are formula triggers too; `visible` has turned them into a blank.
    return "'" + shown if _FORMULA.match(shown) else shown
