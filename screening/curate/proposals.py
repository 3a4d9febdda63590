"""The form of a draft: proposals for a watchlist that a person still has to judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from screening.errors import DocumentError
from screening.lists import strict_yaml
from screening.lists.strict_yaml import Reader
from screening.model import (
    EntityType,
    Evidence,
    Identifier,
    ListKind,
    Name,
    Record,
)

Role = Literal["target", "accuser", "source", "official", "commentator", "denial", "bystander"]
DraftDecision = Literal["open", "accepted", "rejected"]


class Match(Record, frozen=True, kw_only=True):
    """A listed party that has a like name. already: its listings, in words ("OFAC SDN 46633, RUSSIA-EO14024").

    list, entity: ids. score: 0-100.
    """

    list: str
    entity: str
    name: str
    score: float
    already: tuple[str, ...] = ()


class Seen(Record, frozen=True, kw_only=True):
    """A sentence that names a party which is proposed as no target."""

    document: str
    passage: str
    locator: str


class Proposal(Record, frozen=True, kw_only=True):
    """One party that a document names, with the part it is proposed to have.

    because: why it has that role. words: what the document says of it, as it stands there. mentions: every place
    that names it ("P18, 3603-3633"). decision: what a reviewer said; reason: why it was rejected, or why it is
    no target. seen: for no target, where it is named first. taken: "list:entity" whose facts a reviewer took over.
    """

    id: str
    decision: DraftDecision = "open"
    role: Role
    because: str
    reason: str | None = None
    type: EntityType
    name: str
    names: tuple[Name, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    words: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    seen: tuple[Seen, ...] = ()
    mentions: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    taken: str | None = None


class Draft(Record, frozen=True, kw_only=True):
    """A draft watchlist. documents: ids of the source records. matched_against: lists, with their dates."""

    status: Literal["draft"]
    id: str
    title: str
    kind: ListKind
    publisher: str
    licence: str | None = None
    description: str | None = None
    documents: tuple[str, ...]
    matched_against: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...]


HEADER = """\
A draft, made by `screening draft` from the documents named below. Nobody has judged it yet, and it is no list to
screen against. `screening draft review FILE -o LIST.yml` goes through the proposals and writes the list."""


def read_draft(path: Path) -> Draft:
    """The draft in a file. Raises DocumentError with every problem when it is none."""
    source: Traversable = path
    reader = Reader(file=str(path), checks={Draft: _check_draft})
    draft, _ = strict_yaml.read_record(strict_yaml.read_bytes(source), Draft, reader)
    if draft is None or reader.problems:
        problems = sorted(reader.problems, key=lambda item: (item.line, item.column))
        raise DocumentError(
            "\n".join([f"{path} is no sound draft:", *map(str, problems)]) + "\n",
            "Correct it, or draft the document again.",
        )
    return draft


def _check_draft(draft: Draft) -> Iterator[tuple[str, str, str]]:
    ids = [item.id for item in draft.proposals]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield "proposals", "each id once", f'"{name}" twice'
    for index, item in enumerate(draft.proposals):
        if not re.fullmatch(r"[^\s:]{1,200}", item.id):
            yield f"proposals[{index}].id", "text without blanks and colons", strict_yaml.quote(item.id)
        if item.decision == "rejected" and not item.reason:
            yield f"proposals[{index}].reason", "a reason for the rejection", "none"
