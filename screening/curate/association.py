"""Who stands beside a target: parties that no words accuse, and that a sentence names together with an accused one.

A report seldom accuses each member of a network in so many words: "payment came from X", "its customer was Y". On the
labelled documents two in three of the companies and most of the people that share a sentence with a target are accused
too. They are proposed as suspected, with the party beside which they stand as the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from screening.curate import lexicon, roles
from screening.curate.parties import Found, Party
from screening.curate.roles import Claim, Judged


def with_associates(text: str, found: Found, judged: Sequence[Judged]) -> list[Judged]:
    """The roles with those that stand beside a target as targets too, in the same order."""
    beside: dict[int, Party] = {}
    for item in judged:
        if item.role == "target":
            for index, _ in item.party.mentions:
                beside.setdefault(index, item.party)
    return [_associate(text, found, item, beside) if _open(text, found, item) else item for item in judged]


def _associate(text: str, found: Found, item: Judged, beside: Mapping[int, Party]) -> Judged:
    claims = tuple(
        Claim("beside", "suspects", index, mention.start, mention.end, f"named beside {beside[index].name}")
        for index, mention in item.party.mentions
        if index in beside
    )
    if not claims:
        return item
    return item._replace(role="target", stance="suspects", because=claims[0].why, claims=claims)


def _open(text: str, found: Found, item: Judged) -> bool:
    """Whether nothing says what part a party has, and it is of a kind that can be part of a network."""
    party = item.party
    if item.role != "bystander" or party.body or any(claim.what == "said" for claim in item.claims):
        return False
    if party.kind == "person" and party.office and party.office not in lexicon.titles("callings"):
        return False
    if party.kind == "unknown":
        return False
    if _OUTSIDE.search(party.name):
        return False
    return not any(
        roles.is_excused(text[found.sentences[index].start : found.sentences[index].end])
        for index, _ in party.mentions
    )


# Who serves anyone: banks, insurers, lawyers, auditors.
_OUTSIDE = re.compile(
    r"\b(?:Bank|Banque|Banco|Insurance|Mutual|LLP|Solicitors|Chambers|Law|Auditors?)\b|银行|律师|保险|\bбанк", re.IGNORECASE
)
