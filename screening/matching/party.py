"""The same party on several lists: which hits of one counterparty are one alert, and which rule says so.

Two entries are joined only when they are of one type, on different lists, and one of these holds (the stronger first):

1. cross-reference: one list names the other's number (the UN's reference in EU and UK lists, OFAC's in the CSL);
2. identifier: an equal number that one party alone has (`STRONG`), its check digit right where it has one;
3. name: equal primary names and a context that agrees: birth dates equal to the day, or a country in common and,
   for people, the same year of birth.

Nothing is joined when both have a number of which a party has one and the numbers differ, or birth years differ; nor
when an entry could be joined to two entries of one list: either choice would be a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby
from typing import NamedTuple

from msgspec.structs import replace

from screening.identifiers import normalise, problem
from screening.matching.context import SINGLE_SCHEMES, STRONG_SCHEMES
from screening.model import Entity, Hit, Identifier

CROSS_REFERENCES = {"un": "UN reference", "ofac": "OFAC number"}
STRONG = STRONG_SCHEMES - set(CROSS_REFERENCES) | {"imo-company"}
# A ship's IMO number also stands with its owners, and a wallet with everyone who used it; types must agree anyway.
_LEAST_DIGITS = 5  # a shorter number ("1", "n/a") is no evidence


class Join(NamedTuple):
    """Two entries that are one party. strength: 0 is the strongest rule. rule: in words."""

    strength: int
    rule: str


def same_parties(hits: Iterable[Hit]) -> Iterator[Hit]:
    """The hits with `party` and `party_rule` set where several of a row are one party. Those of a row stand together."""
    for _, of_row in groupby(hits, key=lambda hit: hit.counterparty.row):
        yield from _row(list(of_row))


def _row(hits: list[Hit]) -> list[Hit]:
    if len({hit.list.id for hit in hits}) < 2:
        return hits
    places = {_key(hit): hit for hit in hits}
    keys = sorted(places)
    joins: dict[tuple[str, str], dict[tuple[str, str], Join]] = {key: {} for key in keys}
    for left, right in combinations(keys, 2):
        found = join(places[left].entity, places[right].entity) if left[0] != right[0] else None
        if found:
            joins[left][right] = joins[right][left] = found
    sure = {key: _sure(joins[key]) for key in keys}
    edges = sorted(
        (joins[left][right].strength, left, right)
        for left, right in combinations(keys, 2)
        if right in sure[left] and left in sure[right]
    )
    groups: dict[tuple[str, str], set[tuple[str, str]]] = {key: {key} for key in keys}
    rules: dict[tuple[str, str], list[str]] = {key: [] for key in keys}
    for _, left, right in edges:
        if groups[left] is not groups[right]:
            lists = [list_id for list_id, _ in (*groups[left], *groups[right])]
            if len(set(lists)) < len(lists):
                continue  # through a third entry, two of one list would become one party
            together = groups[left] | groups[right]
            groups.update(dict.fromkeys(together, together))
        rule = joins[left][right].rule
        rules[left].append(f"{':'.join(right)} ({rule})")
        rules[right].append(f"{':'.join(left)} ({rule})")
    return [
        replace(
            hit, party=":".join(min(groups[_key(hit)])), party_rule="same as " + "; ".join(rules[_key(hit)])
        )
        if len(groups[_key(hit)]) > 1
        else hit
        for hit in hits
    ]


def _sure(joins: dict[tuple[str, str], Join]) -> set[tuple[str, str]]:
    """Of an entry's possible joins, the strongest to each list, where it is the only one of that strength."""
    kept: set[tuple[str, str]] = set()
    for _, of_list in groupby(sorted(joins), key=lambda key: key[0]):
        keys = list(of_list)
        best = min(joins[key].strength for key in keys)
        strongest = [key for key in keys if joins[key].strength == best]
        if len(strongest) == 1:
            kept.add(strongest[0])
    return kept


def join(left: Entity, right: Entity) -> Join | None:
    """The strongest rule by which two entries are one party, or None."""
    if left.type != right.type:
        return None
    mine, theirs = _numbers(left), _numbers(right)
    for scheme, label in sorted(CROSS_REFERENCES.items()):
        same = sorted(mine.get(scheme, set()) & theirs.get(scheme, set()))
        if same:
            return Join(0, f"{label} {_shown(left, scheme, same[0])}")
    if any(mine[scheme].isdisjoint(theirs[scheme]) for scheme in SINGLE_SCHEMES & set(mine) & set(theirs)):
        return None
    if _years(left) and _years(right) and not _years(left) & _years(right):
        return None
    for scheme in sorted(STRONG):
        same = sorted(mine.get(scheme, set()) & theirs.get(scheme, set()))
        usable = [
            number for number in same if len(number) >= _LEAST_DIGITS and problem(scheme, number) is None
        ]
        if usable and not _other_country(left, right, scheme, usable[0]):
            return Join(1, f"equal {scheme} {_shown(left, scheme, usable[0])}")
    if _plain(left) != _plain(right):
        return None
    days = {day for day in left.birth_dates if len(day) == 10} & set(right.birth_dates)
    if days:
        return Join(2, f"equal name and birth date {min(days)}")
    countries = sorted(set(left.countries) & set(right.countries))
    if not countries:
        return None
    if left.type != "person":
        return Join(2, f"equal name, type and country {countries[0]}")
    years = sorted(_years(left) & _years(right))
    return Join(2, f"equal name, country {countries[0]} and birth year {years[0]}") if years else None


def _key(hit: Hit) -> tuple[str, str]:
    return hit.list.id, hit.entity.id


def _numbers(entity: Entity) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in entity.identifiers:
        number = normalise(item.scheme, item.value)
        if number:
            found.setdefault(item.scheme, set()).add(number)
    return found


def _having(entity: Entity, scheme: str, number: str) -> list[Identifier]:
    return [i for i in entity.identifiers if i.scheme == scheme and normalise(scheme, i.value) == number]


def _shown(entity: Entity, scheme: str, number: str) -> str:
    return _having(entity, scheme, number)[0].value


def _other_country(left: Entity, right: Entity, scheme: str, number: str) -> bool:
    """Whether the two numbers are said to be of different countries, as passports are."""
    here = {item.country for item in _having(left, scheme, number) if item.country}
    there = {item.country for item in _having(right, scheme, number) if item.country}
    return bool(here and there) and here.isdisjoint(there)


def _years(entity: Entity) -> set[str]:
    return {day[:4] for day in entity.birth_dates}


def _plain(entity: Entity) -> tuple[str, ...]:
    """The primary name without case, accents and punctuation; the order of a person's names does not count."""
    folded = unicodedata.normalize("NFKD", entity.name).casefold()
    words: Sequence[str] = re.findall(r"\w+", "".join(c for c in folded if not unicodedata.combining(c)))
    return tuple(sorted(words) if entity.type == "person" else words)
