"""The mentions of a document, from the finders of all languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from screening.curate import english, han, patterns, russian
from screening.curate.document import Document, Sentence
from screening.curate.mentions import Mention


def gather(
    document: Document,
    sentences: Sequence[Sentence],
    known: Iterable[str],
    spotted: Iterable[tuple[int, Mention]],
) -> tuple[list[tuple[int, Mention]], frozenset[Mention]]:
    """(index of the sentence, mention) in the order of the text, none overlapping another; and those of a model."""
    text = document.text
    by_sentence = english.find(document, sentences)
    for index, sentence in enumerate(sentences):
        found = by_sentence[index]
        found += patterns.find(text, sentence.start, sentence.end)
        found += russian.find(text, sentence.start, sentence.end)
    for index, more in enumerate(han.find(text, sentences, known)):
        by_sentence[index] += more
    for found in by_sentence:
        _listed_beside(text, found)
        _people_of(text, found)
    russian.add_surnames(text, sentences, by_sentence)
    from_model = frozenset(_spotted(by_sentence, spotted))
    flat = [(i, m) for i, found in enumerate(by_sentence) for m in _without_overlaps(found)]
    return flat, from_model


_BESIDE = re.compile(r"\.?,? (?:and|or) (?:the )?|\.?, (?:the )?|; (?:and )?(?:the )?")


def _listed_beside(text: str, found: list[Mention]) -> None:
    """Names of several words that stand in one list with an organisation are organisations too."""
    for step in (1, -1):  # from an organisation onwards, then back
        ordered = sorted(m for m in found if m.kind in ("organization", "unknown"))[::step]
        for at in range(1, len(ordered)):
            known, other = ordered[at - 1], ordered[at]
            left, right = sorted((known, other))
            if (
                known.kind == "organization"
                and not known.body
                and other.kind == "unknown"
                and " " in other.text
                and _BESIDE.fullmatch(text, left.end, right.start)
            ):
                ordered[at] = other._replace(kind="organization", rule="in a list of organisations")
                found[found.index(other)] = ordered[at]


def _people_of(text: str, found: list[Mention]) -> None:
    """Two or three words before "of" and an organisation are a person: "Emre Aksoy of Bosphorus Marin"."""
    firms = [m for m in found if m.kind == "organization"]
    for at, mention in enumerate(found):
        if mention.kind == "unknown" and 1 < len(mention.text.split()) < 4:
            gap = re.match(r",? (?:of|from) (?:the )?", text[mention.end : mention.end + 12])
            behind = mention.end + gap.end() if gap else -1
            if any(firm.start == behind for firm in firms):
                found[at] = mention._replace(kind="person", rule="of an organisation")


def _spotted(by_sentence: list[list[Mention]], spotted: Iterable[tuple[int, Mention]]) -> Iterator[Mention]:
    """Add a model's mentions where the rules found none, and its kind where they found capitals alone; those added."""
    for index, mention in spotted:
        found = by_sentence[index]
        shared = [m for m in found if m.start < mention.end and mention.start < m.end]
        if [(m.kind, m.start, m.end) for m in shared] == [("unknown", mention.start, mention.end)]:
            found.remove(shared[0])
        elif shared:
            continue
        found.append(mention)
        yield mention


_RANK: dict[str, int] = {
    "vessel": 0,
    "programme": 1,
    "organization": 2,
    "person": 2,
    "unknown": 4,
    "place": 5,
    "goods": 6,
}


def _without_overlaps(found: list[Mention]) -> list[Mention]:
    """Of mentions that share characters the weightier, then the longer, then the first."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (_rank(m), m.start - m.end, m.start)):
        if all(mention.end <= other.start or mention.start >= other.end for other in kept):
            kept.append(mention)
    return sorted(kept)


def _rank(mention: Mention) -> int:
    if mention.body == "embassy":
        return 0
    return _RANK.get(mention.kind, 3)
