"""Wording shared by all reports: one way to show a name, an explanation, a listing, a source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from screening.model import (
    Counterparty,
    Counts,
    Delta,
    Entity,
    Evidence,
    Hit,
    ListInfo,
    Listing,
    Manifest,
    Relation,
    Run,
    Step,
)

SEPARATOR = "; "
PASSAGE_SEPARATOR = " | "

# Control characters, bidirectional controls, invisible characters that reorder or hide text (Unicode TR 36,
# CVE-2021-42574), lone surrogates. Zero-width joiner and non-joiner stay: Persian and Indic names need them.
_SUSPECT = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

KIND_MEANING = {
    "sanctions": "an official sanctions list",
    "export-control": "an official export-control list",
    "adverse-media": "reported by the source; an allegation, not a sanctions listing",
    "internal": "an internal list, not a sanctions listing",
}
COUNT_WORDS = {"checked": "count declared", "not-declared": "count not declared"}
COUNT_MEANING = {
    "checked": "number of records declared by the file and checked",
    "not-declared": "number of records not declared by the file: completeness cannot be checked",
}
STANCE_MEANING = {
    "alleges": "the source alleges",
    "suspects": "the source suspects",
    "lists": "the authority lists",
    "denies": "the source denies",
}


def visible(text: str) -> str:
    """The text as it may be shown anywhere: line breaks and tabs as one space, control characters,
    bidirectional controls and lone surrogates as their escapes (``\\x1b``, ``\\u202e``)."""
    # None of them counts as printable. That is told in a quarter of the time of the search.
    if text.isprintable() or not _SUSPECT.search(text):
        return text
    return _SUSPECT.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in "\t\n\r\x0b\x0c\x85\u2028\u2029":
        return " "
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with the full length said where something is left out."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text):,} characters)"


def score_text(score: float) -> str:
    """One decimal, as in every report."""
    return f"{score:.1f}"


def effect_text(effect: float) -> str:
    """The points of a rule with their sign."""
    return f"{effect:+.1f}"


def explanation_line(steps: Sequence[Step]) -> str:
    """The explanation on one line: aligned words, words of one side alone, rules with points, notes."""
    aligned: list[str] = []
    left: list[str] = []
    right: list[str] = []
    rules: list[str] = []
    notes: list[str] = []
    for step in steps:
        if step.kind == "aligned":
            aligned.append(_aligned(step))
        elif step.kind == "rule":
            rules.append(rule_line(step))
        elif step.kind == "note":
            notes.append(note_line(step))
        elif step.left:
            left.append(step.left)
        else:
            right.append(step.right)
    if left:
        aligned.append("only in the counterparty's name: " + ", ".join(left))
    if right:
        aligned.append("only in the listed name: " + ", ".join(right))
    return visible(SEPARATOR.join([*aligned, *rules, *notes]))


def _aligned(step: Step) -> str:
    if step.relation == "equal":
        return f"{step.left} = {step.right}"
    return f"{step.left} ~ {step.right} ({step.relation} {step.similarity:.2f})"


def rule_line(step: Step) -> str:
    """`country-agreement +2.0: both in CN`."""
    text = f": {visible(step.text)}" if step.text else ""
    return f"{step.relation} {effect_text(step.effect)}{text}"


def note_line(step: Step) -> str:
    """What a note says; a recorded false friend is named as such."""
    if step.relation == "false-friend":
        return visible(f"recorded by the list as another party: {step.right}: {step.text}")
    return visible(step.text or step.relation)


def listing_line(listing: Listing) -> str:
    """`OFAC, SDN, RUSSIA-EO14024, since 2024-05-01, id 47368`: one official designation."""
    parts = [listing.authority, listing.list]
    if listing.programme:
        parts.append(listing.programme)
    parts.append(f"since {listing.from_}" if listing.from_ else "date not given")
    if listing.until:
        parts.append(f"until {listing.until}")
    if listing.id:
        parts.append(f"id {listing.id}")
    line = ", ".join(parts)
    if listing.note:
        line += f" ({listing.note})"
    return visible(line)


def source_line(evidence: Evidence) -> str:
    """Document and place of a passage."""
    return visible(f"{evidence.document}, {evidence.locator}")


def relation_line(relation: Relation) -> str:
    """`affiliate: NAME (entity-id), owns 50 %`."""
    party = relation.name or relation.entity or "not named"
    line = f"{relation.relation}: {party}"
    if relation.name and relation.entity:
        line += f" ({relation.entity})"
    if relation.share is not None:
        line += f", {relation.share:g} %"
    if relation.note:
        line += f" ({relation.note})"
    return visible(line)


def name_kind(hit: Hit) -> str:
    """What kind of name matched: the official name, an alias, or the source's own spelling.

    An entity of which no official name is known is called as its source calls it.
    """
    name = hit.matched_name
    if name.as_written or any(n.as_written and n.value == name.value for n in hit.entity.names):
        return "name as written in the source"
    if name.value == hit.entity.name:
        return "official name"
    if name.former:
        return "former name"
    return "weak alias" if name.quality == "weak" else "alias"


def row_words(party: Counterparty) -> str:
    """`row 3`, and of which file where several were screened as one table: `row 3 of north.csv`."""
    return f"row {party.row}" + (f" of {visible(party.file)}" if party.file else "")


def list_line(info: ListInfo) -> str:
    """`id, "title" (kind), as of DATE`."""
    return visible(f'{info.id}, "{info.title}" ({info.kind}), {info.publisher}, as of {info.as_of}')


def count_line(info: ListInfo) -> str:
    """Whether anything shows that no record is missing from the file of the list; "" for a curated list."""
    return COUNT_MEANING[info.count_check] if info.count_check else ""


def count_words(info: ListInfo) -> str:
    """`, count declared`: the same in short, to follow other facts of the list; "" for a curated list."""
    return f", {COUNT_WORDS[info.count_check]}" if info.count_check else ""


def kind_line(info: ListInfo) -> str:
    """What being on this list means, so that nobody takes a reported allegation for a sanction."""
    return f"{info.kind}: {KIND_MEANING[info.kind]}"


def programmes(entity: Entity) -> tuple[str, ...]:
    """The distinct programmes of the entity's listings, sorted."""
    return tuple(sorted({listing.programme for listing in entity.listings if listing.programme}))


def summary_line(counts: Counts) -> str:
    """The line that ends every run."""
    return (
        f"rows read {counts.read}: clear {counts.clear}, review {counts.review}, match {counts.match}, "
        f"cleared {counts.cleared}, unscreened {counts.unscreened}"
    )


def delta_line(delta: Delta) -> str:
    """`against run 5f3c9a0b12de4477 of 2026-10-09: new 1, changed 2, unchanged 14, gone 1`."""
    states = Counter(change.state for change in delta.changes)
    counts = ", ".join(f"{state} {states[state]}" for state in ("new", "changed", "unchanged"))
    return visible(
        f"against run {delta.baseline_run_id} of {delta.baseline_started_at[:10]}: {counts}, gone {len(delta.gone)}"
    )


def delta_lines(run: Run) -> Iterator[tuple[str, Hit, str]]:
    """State, hit and what changed, of every hit that is not as it was in the earlier run; those gone come last."""
    if run.delta is None:
        return
    for hit, change in zip(run.hits, run.delta.changes, strict=True):
        if change.state != "unchanged":
            yield change.state, hit, ", ".join(change.what)
    for hit in run.delta.gone:
        yield "gone", hit, f"was {hit.status}"


def input_line(manifest: Manifest) -> str:
    """The input file and how it was read."""
    info = manifest.input
    how = [info.format]
    if info.encoding:
        how.append(info.encoding)
    if info.delimiter:
        how.append(f"delimiter {info.delimiter!r}")
    if info.sheet:
        how.append(f"sheet {info.sheet}")
    files = f", {len(info.files):,} file{'' if len(info.files) == 1 else 's'}" if info.files else ""
    return visible(f"{info.path} ({', '.join(how)}), sha256 {info.sha256[:16]}{files}")
