"""The review of a draft: what a person says of each proposal, and the list that comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from screening.curate import canonical
from screening.curate.proposals import Draft, Proposal
from screening.errors import DocumentError, ListError, UsageError
from screening.lists.countries import ALPHA_2
from screening.lists.curated import ListFile, is_list_id
from screening.lists.seeds import NotTarget, Passage, Seed
from screening.model import Entity, Evidence, Identifier, Name, Relation

HELP = """\
a            accept as proposed (a target goes on the list, another stays off it)
r REASON     reject: off the list, with this reason in the source record
e FIELD VALUE   change a field, then decide; fields: {fields}
m NUMBER     take over name, other names, identifiers, listings and the rest from that match
s            leave it open
q            stop here; what was decided is kept in the draft
? or help    this text"""
FIELDS = ("id", "name", "type", "role", "countries", "alias", "stance", "summary", "identifier", "because")
HEAD_FIELDS = ("id", "title", "kind", "publisher", "licence", "description")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "type": ("person", "organization", "vessel", "aircraft"),
    "role": ("target", "accuser", "source", "official", "commentator", "denial", "bystander"),
    "stance": ("alleges", "suspects", "lists", "denies"),
    "kind": ("sanctions", "export-control", "adverse-media", "internal"),
}


def open_proposals(draft: Draft) -> list[int]:
    """The indexes of proposals that wait for a decision."""
    return [index for index, item in enumerate(draft.proposals) if item.decision == "open"]


def change_head(draft: Draft, field: str, value: str) -> Draft:
    """A draft with one field of its head changed. Raises UsageError for an unknown field or a wrong value."""
    _known(field, HEAD_FIELDS)
    _allowed(field, value)
    if field == "id" and not is_list_id(value):
        raise UsageError(
            f"{value!r} cannot be the id of a list.",
            "Use lower-case letters, digits, dots, underscores and hyphens.",
        )
    return replace(draft, **{field: value})


def accept(item: Proposal) -> Proposal:
    """An accepted proposal. Raises UsageError for a target without a quotation."""
    if item.role == "target" and not item.evidence:
        raise UsageError("A target needs a quotation.", "Set `e stance alleges` (or suspects, lists) first.")
    return replace(item, decision="accepted")


def reject(item: Proposal, reason: str) -> Proposal:
    """A rejected proposal: no party of the list. Raises UsageError without a reason."""
    if not reason.strip():
        raise UsageError(
            "A rejection needs a reason.", "Write it after the r: r a commentator, not a supplier"
        )
    return replace(item, decision="rejected", reason=reason.strip())


def change(item: Proposal, field: str, value: str) -> Proposal:
    """A proposal with one field changed. Raises UsageError for an unknown field or a wrong value."""
    _known(field, FIELDS)
    _allowed(field, value)
    if field == "countries":
        codes = tuple(code.upper() for code in re.split(r"[\s,]+", value) if code)
        wrong = [code for code in codes if code not in ALPHA_2]
        if wrong:
            raise UsageError(f"{wrong[0]} is no country code.", "Use ISO 3166-1 alpha-2, such as CN or RU.")
        return replace(item, countries=codes)
    if field == "alias":
        return replace(item, names=(*item.names, Name(value=value)))
    if field == "identifier":
        scheme, _, number = value.partition(":")
        return replace(item, identifiers=(*item.identifiers, _identifier(scheme.strip(), number.strip())))
    if field == "role":
        reason = None if value == "target" else item.reason or f"Judged to be no target: {value}."
        return replace(item, role=value, reason=reason)
    if field in ("stance", "summary"):
        evidence = item.evidence or tuple(
            Evidence(document=s.document, passage=s.passage, locator=s.locator, stance="alleges")
            for s in item.seen
        )
        return replace(item, evidence=tuple(replace(one, **{field: value}) for one in evidence))
    if field == "id" and not re.fullmatch(r"[^\s:]{1,200}", value):
        raise UsageError(f"{value!r} cannot be an id.", "Write it without blanks and colons.")
    return replace(item, **{field: value})


def take(item: Proposal, number: str) -> Proposal:
    """A proposal that takes over the facts of one of its matches, counted from 1."""
    if not number.isdigit() or not 1 <= int(number) <= len(item.matches):
        raise UsageError(
            f"There is no match {number}.", f"There are {len(item.matches)}; write m 1 for the first."
        )
    match = item.matches[int(number) - 1]
    return replace(item, taken=f"{match.list}:{match.entity}")


def _identifier(scheme: str, number: str) -> Identifier:
    from screening import identifiers

    wrong = identifiers.problem(scheme, number)
    if wrong:
        raise UsageError(
            f"{scheme}:{number} is no valid identifier: {wrong}.", "Write scheme:value, as in uscc:9133..."
        )
    return Identifier(scheme=scheme, value=number)


def _known(field: str, fields: Sequence[str]) -> None:
    if field not in fields:
        raise UsageError(f"There is no field {field}.", f"Fields: {', '.join(fields)}.")


def _allowed(field: str, value: str) -> None:
    if not value.strip():
        raise UsageError(f"The value of {field} is missing.", f"Write: e {field} VALUE")
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in value):
        raise UsageError(
            f"The value of {field} has control characters.", "Write it on one line of plain text."
        )
    choices = _CHOICES.get(field)
    if choices and value not in choices:
        raise UsageError(f"{value} is no {field}.", f"Choose one of {', '.join(choices)}.")


# --- the list -----------------------------------------------------------------------------------------------

Find = Callable[[str, str], Entity | None]


def entities(draft: Draft, find: Find) -> Iterator[Entity]:
    """The entities of the list: accepted targets. find: list id, entity id -> the entity whose facts were taken.

    Raises ListError when a list that facts were taken from no longer has the entity.
    """
    for item in draft.proposals:
        if item.decision != "accepted" or item.role != "target":
            continue
        own = Entity(
            id=item.id,
            type=item.type,
            name=item.name,
            names=item.names,
            countries=item.countries,
            identifiers=item.identifiers,
            evidence=item.evidence,
        )
        yield _with_facts(own, item.taken, find) if item.taken else own


def _with_facts(own: Entity, taken: str, find: Find) -> Entity:
    list_id, _, entity_id = taken.partition(":")
    listed = find(list_id, entity_id)
    if listed is None:
        raise ListError(
            f"{taken}, whose facts were taken over, is not in the lists.", "Import the list again."
        )
    names = [name for name in listed.names if name.value != own.name or not name.as_written]
    names.append(
        next(
            (name for name in listed.names if name.value == own.name and name.as_written),
            Name(value=own.name, as_written=True),
        )
    )
    known = {listed.name, *(name.value for name in names)}
    names += [name for name in own.names if name.value not in known]
    return replace(
        listed,
        id=own.id,
        names=tuple(names),
        countries=listed.countries or own.countries,
        identifiers=listed.identifiers or own.identifiers,
        related=tuple(_relation(relation, list_id) for relation in listed.related),
        evidence=own.evidence,
    )


def _relation(relation: Relation, list_id: str) -> Relation:
    if relation.entity is None or ":" in relation.entity:
        return relation
    return replace(relation, entity=f"{list_id}:{relation.entity}")


def list_file(draft: Draft, found: Sequence[Entity], day: str) -> ListFile:
    """The list. day: the date of the review, ISO. Raises DocumentError when no target was accepted."""
    if not found:
        raise DocumentError(
            "No target was accepted, so there is no list.", "The draft keeps what was decided."
        )
    return ListFile(
        id=draft.id,
        title=draft.title,
        kind=draft.kind,
        publisher=draft.publisher,
        as_of=day,
        licence=draft.licence,
        description=draft.description,
        entities=tuple(found),
    )


def final_seed(seed: Seed, draft: Draft) -> Seed:
    """The source record after the review: who is no target and why, and every passage that evidence quotes."""
    mine = [item for item in draft.proposals if _in_document(item, seed.id)]
    places = [item for item in seed.not_targets if not item.paragraphs]
    others = [
        NotTarget(name=item.name, paragraphs=_paragraphs(item), reason=item.reason or item.because)
        for item in mine
        if item.decision == "rejected" or item.role != "target"
    ]
    passages = list(seed.passages)
    known = {passage.text for passage in passages}
    for item in mine:
        for evidence in item.evidence if item.decision == "accepted" else ():
            if evidence.document == seed.id and evidence.passage not in known:
                known.add(evidence.passage)
                passages.append(_passage(evidence))
    ordered = sorted(passages, key=lambda p: (p.start or 0, -(p.end or 0)))
    return replace(seed, passages=tuple(ordered), not_targets=(*others, *places))


def _in_document(item: Proposal, seed_id: str) -> bool:
    documents = [evidence.document for evidence in item.evidence] + [seen.document for seen in item.seen]
    return seed_id in documents


def _paragraphs(item: Proposal) -> tuple[int, ...]:
    return tuple(sorted({int(place[1:].split(",")[0]) for place in item.mentions}))


def _passage(evidence: Evidence) -> Passage:
    match = re.fullmatch(r"P(\d+), (\d+)-(\d+)", evidence.locator)
    if match is None:
        return Passage(id=f"p{len(evidence.passage)}", text=evidence.passage, locator=evidence.locator)
    paragraph, start, end = map(int, match.groups())
    return Passage(
        id=f"p{paragraph}-{start}-{end}", text=evidence.passage, paragraph=paragraph, start=start, end=end
    )


def written(new: ListFile, before: bytes | None, shown: str) -> bytes:
    """The list's YAML. before: the file as it is, whose entities, order and comments are kept; None: a new one."""
    if before is None:
        return canonical.render(new)
    return canonical.with_items(
        before, shown, "entities", "id", [msgspec.to_builtins(e) for e in new.entities], "evidence"
    )


def written_seed(new: Seed, before: bytes | None, shown: str) -> bytes:
    """The source record's YAML; before as for `written`: what it has stays, what is new is added."""
    if before is None:
        return canonical.render(new)
    data = before
    for key, name in (("passages", "id"), ("goods", "item"), ("not_targets", "name")):
        items = [msgspec.to_builtins(item) for item in getattr(new, key)]
        if items:
            data = canonical.with_items(data, shown, key, name, items, "")
    return data


def seed_path(target: Path, seed_id: str) -> Path:
    """Where the source record of a list's document goes."""
    return target.parent / "seeds" / f"{seed_id}.yml"
