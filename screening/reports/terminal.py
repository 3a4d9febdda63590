"""The report people read in a terminal or a pipe: what was screened, a table, a block a hit, the summary.

Pure text: the caller says how wide and whether to colour. Without colour there is no escape code.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from screening.model import Evidence, Hit, ListInfo, Manifest, Run, Status, Step
from screening.reports.text import (
    STANCE_MEANING,
    clip,
    count_words,
    delta_line,
    delta_lines,
    explanation_line,
    input_line,
    kind_line,
    list_line,
    listing_line,
    name_kind,
    note_line,
    relation_line,
    row_words,
    rule_line,
    score_text,
    source_line,
    summary_line,
    visible,
)

NARROW = 80  # columns; below it the table keeps the row, the score and the two names
MAX_TABLE_ROWS = 500  # more is for a file, not for eyes; what is left out is said
MAX_BLOCKS = 50
MAX_CELL = 300  # characters of one name that are shown; the full length is said

_STYLES: dict[Status, str] = {
    "match": "bold red",
    "review": "bold yellow",
    "cleared": "green",
    "clear": "green",
    "unscreened": "bold magenta",
}


def render(run: Run, *, width: int, colour: bool) -> str:
    """The whole report. width: columns of the terminal, at least 20 are used. colour: write escape codes."""
    parts: list[RenderableType] = [_header(run.manifest), Text()]
    if run.hits:
        parts += [_hit_table(run.hits[:MAX_TABLE_ROWS], width), Text()]
        for number, hit in enumerate(run.hits[:MAX_BLOCKS], start=1):
            parts += [_block(number, hit, width, run.manifest.as_of), Text()]
        parts += _left_out(len(run.hits))
    counts = run.manifest.counts
    if not counts.match + counts.review + counts.cleared:  # what hits there are, are clear
        parts += [_no_hits(run.manifest, len(run.hits)), Text()]
    parts += _outcomes(run)
    parts += _changes(run)
    parts += [_line(f"warning: {warning}", "yellow") for warning in run.manifest.warnings]
    parts.append(_line(summary_line(run.manifest.counts), "bold"))
    return _print(parts, width, colour)


def render_hits(
    hits: Sequence[Hit],
    lists: Sequence[ListInfo],
    *,
    explain: bool,
    as_of: str | None,
    width: int,
    colour: bool,
) -> str:
    """The answer for a single name: the hits, in full when `explain`, and what was searched."""
    parts: list[RenderableType] = []
    for number, hit in enumerate(hits, start=1):
        parts += [_block(number, hit, width, as_of) if explain else _short(number, hit), Text()]
    none = all(hit.status == "clear" for hit in hits)
    if none:
        parts.append(_line(_none("No hit", len(hits)), "bold green"))
    parts.append(_fields([("searched", [_text(list_line(info)) for info in lists])]))
    if none:
        parts.append(Text("No hit is no clearance: it says only that these lists hold no similar name."))
    return _print(parts, width, colour)


def _print(parts: Iterable[RenderableType], width: int, colour: bool) -> str:
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=max(width, 20),
        color_system="standard" if colour else None,
        force_terminal=colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    console.print(Group(*parts))
    # rich pads the cells of a table; trailing blanks only make copies and diffs noisy
    return "\n".join(line.rstrip(" ") for line in buffer.getvalue().split("\n"))


def _text(value: str, style: str = "") -> Text:
    return Text(clip(visible(value), MAX_CELL), style=style, overflow="fold")


def _line(value: str, style: str = "") -> Text:
    return Text(visible(value), style=style, overflow="fold")


def _fields(fields: Iterable[tuple[str, Sequence[RenderableType]]]) -> Table:
    """Labels on the left, values on the right, nothing cut off."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", no_wrap=True, width=11)
    grid.add_column(overflow="fold")
    for label, values in fields:
        for index, value in enumerate(values):
            grid.add_row(label if index == 0 else "", value)
    return grid


def _header(manifest: Manifest) -> Table:
    thresholds = manifest.settings.get("thresholds")
    fields: list[tuple[str, Sequence[RenderableType]]] = [
        ("run", [_text(f"{manifest.run_id}, {manifest.started_at}, screening {manifest.version}")]),
        ("input", [_text(input_line(manifest))]),
        ("columns", [_text(f"{role}: {', '.join(found)}") for role, found in manifest.input.columns.items()]),
        ("notes", [_text(note) for note in manifest.input.notes]),
        ("lists", [_list_fact(info) for info in manifest.lists]),
    ]
    if manifest.as_of:
        fields.append(("as of", [_text(f"{manifest.as_of}: only listings in force that day count")]))
    if isinstance(thresholds, dict):
        fields.append(
            ("thresholds", [_text(f"review from {thresholds['review']}, match from {thresholds['match']}")])
        )
    return _fields((label, values) for label, values in fields if values)


def _list_fact(info: ListInfo) -> Text:
    rejected = f", {info.rejected} rejected" if info.rejected else ""
    noun = "entity" if info.accepted == 1 else "entities"
    outside = f", {info.not_in_force} not in force that day" if info.not_in_force else ""
    return _text(
        f"{list_line(info)}, {info.accepted} {noun}{rejected}{count_words(info)}{outside}, sha256 {info.sha256[:16]}"
    )


def _hit_table(hits: Sequence[Hit], width: int) -> Table:
    wide = width >= NARROW
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold", show_edge=False)
    several = any(hit.counterparty.file for hit in hits)
    if several:
        table.add_column("file", overflow="fold")
    table.add_column("row", justify="right", no_wrap=True)
    if wide:
        table.add_column("status", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("counterparty", overflow="fold", ratio=3 if wide else 1)
    table.add_column("listed name", overflow="fold", ratio=3 if wide else 1)
    if wide:
        table.add_column("list kind", overflow="fold")
    for hit in hits:
        style = _STYLES[hit.status]
        cells = [_text(hit.counterparty.file)] if several else []
        cells.append(Text(str(hit.counterparty.row)))
        if wide:
            cells.append(Text(hit.status, style))
        cells += [Text(score_text(hit.score), style), _text(hit.name), _text(hit.matched_name.value)]
        if wide:
            cells.append(Text(hit.list.kind))
        table.add_row(*cells)
    return table


def _left_out(count: int) -> list[RenderableType]:
    if count <= MAX_BLOCKS:
        return []
    return [
        _line(
            f"{count} hits: the table shows the first {min(count, MAX_TABLE_ROWS)}, the blocks the first "
            f"{MAX_BLOCKS}. Write all of them to a file with -o REPORT.csv.",
            "yellow",
        ),
        Text(),
    ]


def _none(what: str, set_aside: int) -> str:
    """set_aside: hits that are clear, shown before."""
    but = f", but for {set_aside} above that the list records as another party" if set_aside else ""
    return f"{what}{but}."


def _no_hits(manifest: Manifest, set_aside: int) -> Group:
    parties = sum(info.accepted - info.not_in_force for info in manifest.lists)
    screened = manifest.counts.read - manifest.counts.unscreened
    return Group(
        _line(_none("No hits", set_aside), "bold green"),
        _line(
            f"{screened} rows were compared with {parties} entities of {len(manifest.lists)} list(s) above."
        ),
        _line("No hit is no clearance: it says only that these lists hold no similar name."),
    )


def _title(number: int, hit: Hit, place: str) -> Text:
    title = Text(f"{number}. ", "bold")
    title.append(f"{hit.status} {score_text(hit.score)}", _STYLES[hit.status])
    title.append(place)
    return title


def _short(number: int, hit: Hit) -> Group:
    return Group(
        _title(number, hit, ""),
        _fields(
            [
                ("listed name", [_text(f"{hit.matched_name.value} ({name_kind(hit)})")]),
                ("entity", [_entity(hit)]),
                ("list", [_text(list_line(hit.list)), _text(kind_line(hit.list), _kind_style(hit))]),
                ("why", [_line(explanation_line(hit.explanation))] if hit.status == "clear" else []),
                ("listings", [_text(listing_line(listing)) for listing in hit.entity.listings]),
            ]
        ),
    )


def _block(number: int, hit: Hit, width: int, as_of: str | None) -> Group:
    entity = hit.entity
    fields: list[tuple[str, Sequence[RenderableType]]] = [
        ("name", [_counterparty(hit)]),
        ("listed name", [_text(f"{hit.matched_name.value} ({name_kind(hit)})")]),
        ("entity", [_entity(hit)]),
        ("as written", [_text(name.value) for name in entity.names if name.as_written]),
        ("list", [_text(list_line(hit.list)), _text(kind_line(hit.list), _kind_style(hit))]),
        ("words", _words(hit.explanation, width)),
        ("rules", [_text(rule_line(step)) for step in hit.explanation if step.kind == "rule"]),
        ("notes", [_text(note_line(step)) for step in hit.explanation if step.kind == "note"]),
        ("evidence", [line for evidence in entity.evidence for line in _evidence(evidence)]),
        ("listings", _listings(hit, as_of)),
        ("distinct", [_text(f"{friend.name}: {friend.reason}") for friend in entity.false_friends]),
        ("related", [_text(relation_line(relation)) for relation in entity.related]),
        ("decision", _decision(hit)),
        ("same party", [_text(f"{hit.party}: {hit.party_rule}")] if hit.party_rule else []),
    ]
    place = f"  {row_words(hit.counterparty)}" if hit.counterparty.row else ""
    return Group(_title(number, hit, place), _fields((label, values) for label, values in fields if values))


def _kind_style(hit: Hit) -> str:
    return "" if hit.list.kind in {"sanctions", "export-control"} else "yellow"


def _counterparty(hit: Hit) -> Text:
    party = hit.counterparty
    facts = [f"id {party.id}"] if party.id else []
    facts += [party.type] if party.type else []
    facts += list(party.countries)
    line = _text(hit.name, "bold")
    if facts:
        line.append_text(_text(f"  ({', '.join(facts)})"))
    return line


def _entity(hit: Hit) -> Text:
    entity = hit.entity
    facts = [entity.type, *entity.countries, f"id {entity.id}"]
    line = _text(entity.name, "bold")
    line.append_text(_text(f"  ({', '.join(facts)})"))
    return line


def _words(steps: Sequence[Step], width: int) -> list[RenderableType]:
    """The alignment: the counterparty's word, the listed word, how they relate, the share of the weight."""
    wide = width >= NARROW
    grid = Table.grid(padding=(0, 2 if wide else 1, 0, 0))
    grid.add_column(overflow="fold", style="bold")
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", style="bold")
    grid.add_column(overflow="fold")
    grid.add_column(justify="right", no_wrap=True)
    for step in steps:
        share = f"{step.weight:.0%}"
        if step.kind == "aligned":
            sign = "=" if step.relation == "equal" else "~"
            how = step.relation if step.relation == "equal" else f"{step.relation} {step.similarity:.2f}"
            grid.add_row(_text(step.left), sign, _text(step.right), how, share)
        elif step.kind == "unaligned":
            how = "only in the name" if step.left else "only in the listed name"
            grid.add_row(_text(step.left or "-"), "", _text(step.right or "-"), how, share)
    return [grid] if grid.row_count else []


def _evidence(evidence: Evidence) -> list[RenderableType]:
    lines: list[RenderableType] = [
        _line(f'{STANCE_MEANING[evidence.stance]}: "{evidence.passage}"'),
        _text(f"source: {source_line(evidence)}"),
    ]
    if evidence.summary:
        lines.append(_text(f"in short: {evidence.summary}"))
    return lines


def _listings(hit: Hit, as_of: str | None) -> list[RenderableType]:
    official = [_text(listing_line(listing)) for listing in hit.entity.listings]
    if hit.list.kind in {"sanctions", "export-control"}:
        return list(official)
    if official:
        return [Text("official listings, facts apart from the report above:"), *official]
    if as_of:
        return [Text(f"no official listing recorded for this entity was in force on {as_of}")]
    return [Text("no official listing is recorded for this entity")]


def _decision(hit: Hit) -> list[RenderableType]:
    lines: list[RenderableType] = []
    if hit.decision:
        made = hit.decision
        until = f" until {made.until}" if made.until else ""
        lines.append(_text(f"{made.disposition} by {made.by} on {made.decided_on}{until}: {made.reason}"))
    if hit.decision_note:
        lines.append(_text(f"does not apply: {hit.decision_note}"))
    return lines


def _changes(run: Run) -> list[RenderableType]:
    """What is not as it was in the earlier run."""
    if run.delta is None:
        return []
    lines = list(delta_lines(run))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for state, hit, what in lines[:MAX_TABLE_ROWS]:
        row = "" if state == "gone" else f"{row_words(hit.counterparty)}, "
        said = f"{row}{hit.name} / {hit.entity.name} ({hit.list.id}), {hit.status} {score_text(hit.score)}"
        grid.add_row(Text(state), _text(said + (f": {what}" if what else "")))
    more = len(lines) - MAX_TABLE_ROWS
    parts: list[RenderableType] = [_line(f"Changes {delta_line(run.delta)}", "bold"), grid]
    if more > 0:
        parts.append(_line(f"and {more} more; the JSON report has all of them"))
    return [*parts, Text()]


def _outcomes(run: Run) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for status, title in (("unscreened", "Not screened:"), ("clear", "Clear:")):
        rows = [outcome for outcome in run.outcomes if outcome.status == status]
        if not rows or (status == "clear" and not run.every_row):
            continue
        shown = rows[:MAX_TABLE_ROWS]
        grid = Table.grid(padding=(0, 1))
        several = any(outcome.counterparty.file for outcome in shown)
        grid.add_column(justify="left" if several else "right", no_wrap=not several, overflow="fold")
        grid.add_column(overflow="fold")
        for outcome in shown:
            party = outcome.counterparty
            facts = [", ".join(party.names) or (f"id {party.id}" if party.id else ""), outcome.reason]
            grid.add_row(_text(row_words(party)), _text(": ".join(fact for fact in facts if fact)))
        parts += [_line(title, _STYLES[outcome.status]), grid]
        if len(rows) > len(shown):
            parts.append(
                _line(f"and {len(rows) - len(shown)} more; write all of them with --all -o REPORT.csv")
            )
        parts.append(Text())
    return parts
