"""Who stands beside a target: parties that no words accuse, and that the text names together with an accused one.

A report seldom accuses each member of a network in so many words: "payment came from X", "its customer was Y". On the
labelled documents two in three of the companies, and most of the people and ships, that share a sentence with a target
are accused too, and as many of those in the sentences next to it. They are proposed as suspected, with the party beside
which they stand as the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from screening.curate import lexicon, wording
from screening.curate.party import Found, Party
from screening.curate.roles import Claim, Judged

_ROUNDS = 2  # who stands beside a suspected party is suspected too, and no further


def with_associates(text: str, found: Found, judged: Sequence[Judged]) -> list[Judged]:
    """The roles, in the same order: those that stand beside a target as targets, and those that speak for one."""
    result = list(judged)
    for _ in range(_ROUNDS):
        beside = _beside(text, found, result)
        if not beside:
            break
        result = [_associate(text, found, item, beside) for item in result]
    beside = _beside(text, found, result)
    result = [_spokesman(item, beside) for item in result] if beside else result
    return _unexplained(text, found, result)


def _unexplained(text: str, found: Found, judged: list[Judged]) -> list[Judged]:
    """Where a document accuses and the rules place few of those it names, the others are suspected too."""
    waiting = [item for item in judged if item.party.kind != "vessel" and _open(text, found, item)]
    targets = sum(item.role == "target" for item in judged)
    if len(waiting) < 2 or len(waiting) < targets or not wording.accuses(text):
        return judged
    result = []
    for item in judged:
        if item in waiting:
            index, mention = item.party.mentions[0]
            why = "nothing else says why a document that accuses names it"
            claim = Claim("beside", "suspects", index, mention.start, mention.end, why)
            item = item._replace(role="target", stance="suspects", because=why, claims=(claim,))
        result.append(item)
    return result


def _beside(text: str, found: Found, judged: Iterable[Judged]) -> dict[int, Party]:
    """Sentence -> the target that it names, or that stands up to two sentences away in its paragraph.

    A sentence that begins with "Its" goes on to speak of the sentence before it, whatever the paragraph.
    """
    beside: dict[int, Party] = {}
    for item in judged:
        if item.role == "target":
            for index, _ in item.party.mentions:
                beside.setdefault(index, item.party)
    named = dict(beside)
    for index, sentence in enumerate(found.sentences):
        if index - 1 in named and _ITS.match(text, sentence.start):
            beside.setdefault(index, named[index - 1])
        for near in (index - 1, index + 1, index - 2, index + 2):
            if near in named and found.sentences[near].paragraph == sentence.paragraph:
                beside.setdefault(index, named[near])
    return beside


_ITS = re.compile(
    r"(?:Its|Their|His|Her|The (?:company|firm|group|trader|supplier)[’']s) |其|Его |Её |Ее |Их "
)


def _associate(text: str, found: Found, item: Judged, beside: dict[int, Party]) -> Judged:
    if not _open(text, found, item):
        return item
    claims = tuple(
        Claim("beside", "suspects", index, mention.start, mention.end, f"named beside {beside[index].name}")
        for index, mention in item.party.mentions
        if index in beside
    )
    if not claims and item.party.kind == "vessel":
        index, mention = item.party.mentions[0]
        why = "a ship in a report that accuses others"
        claims = (Claim("beside", "suspects", index, mention.start, mention.end, why),)
    if not claims:
        return item
    return item._replace(role="target", stance="suspects", because=claims[0].why, claims=claims)


def _open(text: str, found: Found, item: Judged) -> bool:
    """Whether nothing says what part a party has, and it is of a kind that can be part of a network."""
    party = item.party
    if (
        item.role != "bystander"
        or party.body
        or any(claim.what in ("said", "source", "denial") for claim in item.claims)
    ):
        return False
    own = party.office in lexicon.titles("callings") or party.office.startswith("former ")
    if party.kind == "person" and party.office and not own:
        return False
    if party.kind == "unknown":
        return False
    if _OUTSIDE.search(party.name):
        return False
    return not any(
        wording.is_excused(text[found.sentences[index].start : found.sentences[index].end])
        for index, _ in party.mentions
    )


# Who serves anyone: banks, insurers, lawyers, auditors.
_OUTSIDE = re.compile(
    r"\b(?:Bank|Banque|Banco|Insurance|Mutual|LLP|Solicitors|Chambers|Law|Auditors?)\b|银行|律师|保险|\bбанк",
    re.IGNORECASE,
)


def _spokesman(item: Judged, beside: dict[int, Party]) -> Judged:
    """A person of a firm who is quoted beside a target speaks for it."""
    party = item.party
    if item.role != "source" or party.kind != "person" or party.office not in lexicon.titles("callings"):
        return item
    index = next((i for i, _ in party.mentions if i in beside), None)
    if index is None:
        return item
    return item._replace(role="denial", stance="denies", because=f"speaks for {beside[index].name}")
