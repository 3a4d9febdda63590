"""The Markdown report, for a job summary or a comment on a change.

Every text that comes from the input or a list stands in a code span: there Markdown, HTML, links and
@mentions have no effect. A pipe would still end a table cell and is shown as a broken bar.

Source: GitHub Flavored Markdown, 6.1 (code spans) and 4.10 (tables).
"""

from __future__ import annotations

import re

from screening.model import HIT_STATUSES, Change, Counterparty, Counts, Hit, Run
from screening.reports.text import (
    KIND_MEANING,
    SEPARATOR,
    STANCE_MEANING,
    clip,
    explanation_line,
    listing_line,
    score_text,
    source_line,
    visible,
)

# GitHub refuses a job summary above 1 MiB (GitHub Docs, "Workflow commands", job summaries).
LIMIT = 1_000_000
GONE_LIMIT = 100_000
NAME_LIMIT = 200
TEXT_LIMIT = 600
NOTICE = "A hit is no legal finding, and no hit is no clearance."


def render(run: Run) -> bytes:
    """The report as a file's bytes: at most LIMIT bytes; what does not fit is left out and counted."""
    head = _head(run)
    changes = run.delta.changes if run.delta else (None,) * len(run.hits)
    hits = sorted(
        zip(run.hits, changes, strict=True), key=lambda item: HIT_STATUSES.index(item[0].status)
    )  # stable
    unscreened = [outcome for outcome in run.outcomes if outcome.status == "unscreened"]
    rows = [
        f"| {_place(outcome.counterparty)} | {code(SEPARATOR.join(outcome.counterparty.names), NAME_LIMIT)} "
        f"| {code(outcome.reason, TEXT_LIMIT)} |"
        for outcome in unscreened
    ]
    # At most half the room is for rows not screened, and before the hits, so that neither can hide the other.
    room = LIMIT - len(head.encode()) - GONE_LIMIT - 2000
    kept_rows, used = _fit([(row,) for row in rows], room // 2)
    kept_hits, _ = _fit([(_table_line(hit, change), _evidence(hit)) for hit, change in hits], room - used)
    parts = [head]
    if hits:
        parts += ["## Hits", "| Status | Score | Row | Counterparty | Listed name | List | Why |"]
        parts[-1] += "\n|---|---:|---:|---|---|---|---|\n" + "\n".join(line for line, _ in kept_hits)
        parts += _left_out(len(hits) - len(kept_hits), "hits")
        parts += ["## Evidence", "\n".join(evidence for _, evidence in kept_hits)]
    if run.delta:
        gone = [
            f"| {hit.status} | {score_text(hit.score)} | {code(hit.counterparty.id)} | {code(hit.name, NAME_LIMIT)} "
            f"| {code(hit.entity.name, NAME_LIMIT)} | {code(hit.list.id)} |"
            for hit in run.delta.gone
        ]
        kept_gone, _ = _fit([(line,) for line in gone], GONE_LIMIT)
        parts += ["## Gone since the earlier run"]
        parts += [
            f"Run {code(run.delta.baseline_run_id)}, {code(run.delta.baseline_started_at)}: {len(gone)} gone."
        ]
        if gone:
            table = "| Status then | Score | Id | Counterparty | Entry | List |\n|---|---:|---|---|---|---|\n"
            parts += [table + "\n".join(line for (line,) in kept_gone)]
        parts += _left_out(len(gone) - len(kept_gone), "hits that are gone")
    if rows:
        table = "| Row | Name | Reason |\n|---:|---|---|\n" + "\n".join(row for (row,) in kept_rows)
        parts += ["## Rows not screened", table]
        parts += _left_out(len(rows) - len(kept_rows), "rows")
    return ("\n\n".join(parts) + "\n").encode()


def code(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text as a code span that also holds inside a table; nothing for an empty text."""
    shown = clip(visible(text), limit).replace("|", "¦")
    if not shown.strip():
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] in " `" or shown[-1] in " `" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _head(run: Run) -> str:
    manifest = run.manifest
    lists = [
        f"| {code(info.id)} | {code(info.title, NAME_LIMIT)} | {info.kind} | {code(info.as_of)} "
        f"| {info.accepted} | {info.rejected} | {code(info.sha256[:16])} |"
        for info in manifest.lists
    ]
    parts = [
        "# Screening report",
        f"{code(manifest.input.path)}, run {code(manifest.run_id)}, {code(manifest.started_at)}, "
        f"screening {code(manifest.version)}",
        NOTICE,
        _counts_table(manifest.counts),
        "| List | Title | Kind | As of | Records | Rejected | SHA-256 |\n|---|---|---|---|---:|---:|---|\n"
        + "\n".join(lists),
    ]
    if manifest.warnings:
        parts.append("\n".join(f"- Warning: {code(warning)}" for warning in manifest.warnings))
    return "\n\n".join(parts)


def _counts_table(counts: Counts) -> str:
    return (
        "| Rows read | Match | Review | Cleared | Clear | Not screened |\n|---:|---:|---:|---:|---:|---:|\n"
        f"| {counts.read} | {counts.match} | {counts.review} | {counts.cleared} | {counts.clear} "
        f"| {counts.unscreened} |"
    )


def _table_line(hit: Hit, change: Change | None) -> str:
    cells = (
        ("**match**" if hit.status == "match" else hit.status) + _since(change),
        score_text(hit.score),
        _place(hit.counterparty),
        code(hit.name, NAME_LIMIT),
        code(hit.matched_name.value, NAME_LIMIT),
        f"{code(hit.list.id)} {hit.list.kind}",
        code(explanation_line(hit.explanation)),
    )
    return "| " + " | ".join(cells) + " |"


def _place(party: Counterparty) -> str:
    """The row, and the file in which it counts where there are several."""
    return f"{party.row} of {code(party.file, NAME_LIMIT)}" if party.file else str(party.row)


def _since(change: Change | None) -> str:
    """How the hit stands against the earlier run, where there is something to tell."""
    if change is None or change.state == "unchanged":
        return ""
    return f", {change.state}" + (f" {code(SEPARATOR.join(change.what))}" if change.what else "")


def _evidence(hit: Hit) -> str:
    """What stands behind the entry, and what was decided about it."""
    entity = hit.entity
    lines = [
        f"- Row {_place(hit.counterparty)}, {code(entity.name, NAME_LIMIT)} ({code(entity.id)}) "
        f"on {code(hit.list.id)}: {KIND_MEANING[hit.list.kind]}; hit {code(hit.id)}"
    ]
    lines += [f"  - Listed: {code(listing_line(listing))}" for listing in entity.listings]
    lines += [
        f"  - {STANCE_MEANING[item.stance].capitalize()}: {code(item.passage)} ({code(source_line(item))})"
        for item in entity.evidence
    ]
    if hit.decision:
        until = f", until {code(hit.decision.until)}" if hit.decision.until else ""
        lines.append(
            f"  - Decision: {hit.decision.disposition}, {code(hit.decision.reason)}, "
            f"{code(hit.decision.by)}, {code(hit.decision.decided_on)}{until}"
        )
    if hit.decision_note:
        lines.append(f"  - The decision does not apply: {code(hit.decision_note)}")
    return "\n".join(lines)


def _fit(blocks: list[tuple[str, ...]], room: int) -> tuple[list[tuple[str, ...]], int]:
    """The first blocks that fit into `room` bytes, and the bytes they take."""
    used = 0
    for place, block in enumerate(blocks):
        size = sum(len(text.encode()) + 1 for text in block)
        if used + size > room:
            return blocks[:place], used
        used += size
    return blocks, used


def _left_out(count: int, what: str) -> list[str]:
    if not count:
        return []
    return [
        f"**{count} more {what} are left out for length. The JSON, CSV and HTML reports hold all of them.**"
    ]
