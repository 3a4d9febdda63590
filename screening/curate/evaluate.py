"""How well drafts find names and judge roles, measured on documents in which people marked the names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from screening.curate.document import Document, paragraphs
from screening.curate.draft import analyse
from screening.curate.wrapped import flowed
from screening.errors import DocumentError

ROLES = ("target", "accuser", "source", "official", "commentator", "denial", "bystander")
_KINDS = {"o": "organization", "p": "person", "v": "vessel"}
_MARK = re.compile(r"\[\[(?P<name>[^\[\]|]+)\|(?P<kind>[^\[\]:|]*):(?P<role>[^\[\]:|]*)\]\]")


class Label(NamedTuple):
    """A name in a text with its kind (organization, person, vessel) and role."""

    start: int
    end: int
    kind: str
    role: str


_Key = Callable[[Label], tuple[object, ...]]


class Labelled(NamedTuple):
    """A document without its marks, and the marks."""

    document: Document
    labels: tuple[Label, ...]


class Outcome(NamedTuple):
    """One document: what was marked and what was found. Both sorted by place."""

    labelled: Labelled
    found: tuple[Label, ...]


class Measure(NamedTuple):
    """Precision and recall, 0-1. right: in both; found and marked: all of each."""

    right: int
    found: int
    marked: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what is marked that was found; 1 where nothing is marked."""
        return self.right / self.marked if self.marked else 1.0


def read_labelled(folder: Path) -> list[Labelled]:
    """The marked documents (.txt) of a folder, by name. Raises DocumentError for none or a broken mark."""
    if not folder.is_dir():
        raise DocumentError(f"{folder} is no folder.", "Name a folder of documents with marked names.")
    found = [parse(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.txt"))]
    if not found:
        raise DocumentError(
            f"{folder} has no document that ends with .txt.", "Name a folder of marked documents."
        )
    return found


def parse(name: str, marked: str) -> Labelled:
    """A text in which names are marked as [[name|kind:role]]; kind is o, p or v."""
    pieces: list[str] = []
    labels: list[Label] = []
    length = at = 0
    for match in _MARK.finditer(marked):
        if match["kind"] not in _KINDS or match["role"] not in ROLES:
            raise DocumentError(
                f"{name}: {match[0]} has an unknown kind or role.",
                f"Kinds: o, p, v. Roles: {', '.join(ROLES)}.",
            )
        before = marked[at : match.start()]
        pieces += [before, match["name"]]
        start = length + len(before)
        length = start + len(match["name"])
        labels.append(Label(start, length, _KINDS[match["kind"]], match["role"]))
        at = match.end()
    text = "".join([*pieces, marked[at:]])
    if "[[" in text or "]]" in text:
        raise DocumentError(f"{name} has a broken mark.", "Write [[name|kind:role]].")
    document = Document(
        name=name,
        format="plain text",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        paragraphs=paragraphs(text),
    )
    return Labelled(document, tuple(labels))


def outcome(labelled: Labelled) -> Outcome:
    """What the rules of a draft find in a document. Words such as "the company" are no names and do not count."""
    flow = flowed(labelled.document)
    _, judged, _ = analyse(flow.document)
    found = {
        Label(
            *flow.span(m.start, m.end),
            "organization" if item.party.kind == "unknown" else item.party.kind,
            item.role,
        )
        for item in judged
        if item.party.kind != "unknown" or item.claims
        for _, m in item.party.mentions
        if m.rule != "stands for the party last named"
    }
    return Outcome(labelled, tuple(sorted(found)))


def finding(outcomes: Iterable[Outcome]) -> Measure:
    """Names found: the same characters and the same kind."""
    return _measure(outcomes, lambda label: label[:3])


def roles(outcomes: Iterable[Outcome], role: str) -> Measure:
    """Names found with a role, end to end: a name that was not found counts against recall."""
    return _measure(outcomes, lambda label: label, role)


def role_accuracy(outcomes: Iterable[Outcome]) -> float:
    """Share of the names found rightly that have the right role too, 0-1."""
    both = right = 0
    for item in outcomes:
        marked = {label[:3]: label.role for label in item.labelled.labels}
        for label in item.found:
            if label[:3] in marked:
                both += 1
                right += marked[label[:3]] == label.role
    return right / both if both else 1.0


def _measure(outcomes: Iterable[Outcome], key: _Key, role: str = "") -> Measure:
    right = found = marked = 0
    for item in outcomes:
        a = {key(label) for label in item.labelled.labels if not role or label.role == role}
        b = {key(label) for label in item.found if not role or label.role == role}
        right, found, marked = right + len(a & b), found + len(b), marked + len(a)
    return Measure(right, found, marked)


def report(outcomes: Sequence[Outcome], *, errors: bool = False) -> Iterator[str]:
    """The measures as lines; with errors, each name that was missed, invented or misjudged."""
    whole = finding(outcomes)
    yield f"{len(outcomes)} documents, {whole.marked} names marked, {whole.found} found"
    yield _line("finding", whole)
    yield f"  {'right role':<12} {role_accuracy(outcomes):6.1%} of the names found"
    for role in ROLES:
        yield _line(role, roles(outcomes, role))
    if not errors:
        return
    for item in outcomes:
        text = item.labelled.document.text
        marked = {label[:3]: label.role for label in item.labelled.labels}
        got = {label[:3]: label.role for label in item.found}
        for place in sorted({*marked, *got}):
            want, have = marked.get(place, "-"), got.get(place, "-")
            if want != have:
                name = " ".join(text[place[0] : place[1]].split())
                yield f"{item.labelled.document.name}: {name} ({place[2]}): marked {want}, found {have}"


def _line(name: str, measure: Measure) -> str:
    return (
        f"  {name:<12} precision {measure.precision:6.1%}  recall {measure.recall:6.1%}"
        f"  ({measure.right} right, {measure.found} found, {measure.marked} marked)"
    )
