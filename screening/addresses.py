"""Addresses compared with listed ones: the same building under another name is worth a look.

An address is taken apart into the numbers of buildings, the numbers of units (floor, room, suite), the words of the
street and the place, and the postcode. Two addresses are the same building when a building number is equal and none
contradicts, the distinctive words of the street agree, and the place does not differ. A shared city, a shared postcode or
a shared post box town is nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from screening.finding import Finding
from screening.intake import values
from screening.model import Address, Entity, ListInfo, Name, Step
from screening.settings import AddressWeights

_SHOWN = 5  # other parties at an address that a note names
_TOKEN = re.compile(r"[^\W_]+")
_CJK = re.compile("[\u3400-\u9fff]")
# "黄龙山南路6号2号楼": what ends a part of a Chinese or Japanese address.
_CJK_UNITS = re.compile(
    "(省|自治区|市|区|縣|县|镇|乡|村|大道|大街|路|街|道|巷|弄|胡同|号楼|號樓|号院|号|號|栋|棟|幢|座|单元|楼|樓|层|層|室|丁目|番地)"
)
_UK_POSTCODE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b")
_SETS = ("generic", "units", "places", "grids")
_MIXED = re.compile(r"(?=.*\d)[^\W_]+")


class Parts(NamedTuple):
    """An address taken apart. buildings, units: numbers (12, 12a). words: of street and place that are not
    in every address. spoken: all words. segments: of each part between commas, the words
    that can name a street or a place, and the building numbers; the country at the end left out.
    """

    buildings: frozenset[str]
    units: frozenset[str]
    words: frozenset[str]
    postcodes: frozenset[str]
    spoken: frozenset[str]
    segments: tuple[tuple[frozenset[str], frozenset[str]], ...]


class _Listed(NamedTuple):
    entity: Entity
    list: ListInfo
    address: Address
    parts: Parts
    city: frozenset[str]
    countries: frozenset[str]


class _Knowledge(NamedTuple):
    units: frozenset[str]
    generic: frozenset[str]  # units too
    places: frozenset[str]
    grids: frozenset[str]
    same: dict[str, str]


@lru_cache(maxsize=1)
def _knowledge() -> _Knowledge:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text, no tag is honoured
    text = files(__package__).joinpath("addresses.yml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506
    same = {_fold(word): _fold(whole) for whole, words in table["same"].items() for word in words}
    sets = {name: frozenset(_fold(w) for line in table[name] for w in line) for name in _SETS}
    generic = sets["generic"] | sets["units"] | sets["places"]
    return _Knowledge(sets["units"], generic, sets["places"], sets["grids"], same)


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def parts(text: str, postcode: str = "") -> Parts:
    """The parts of an address. postcode: where it is known apart."""
    known = _knowledge()
    folded = _fold(text)
    if _CJK.search(folded):
        folded = _CJK_UNITS.sub(r" \1 ", folded)
    postcodes = {re.sub(r"\s", "", found) for found in _UK_POSTCODE.findall(folded)}
    folded = _UK_POSTCODE.sub(" ", folded)
    if postcode:
        postcodes.add("".join(_TOKEN.findall(_fold(postcode))))
    buildings: set[str] = set()
    units: set[str] = set()
    words: set[str] = set()
    spoken: list[str] = []
    segments: list[tuple[frozenset[str], frozenset[str]]] = []
    pieces = re.split(r"[,;\n]", folded)
    if len(pieces) > 1 and _is_country(pieces[-1]):
        spoken += _TOKEN.findall(pieces.pop())
    for segment in pieces:
        tokens = [_word(token) for token in _TOKEN.findall(segment)]
        spoken += tokens
        taken = _unit_places(tokens)
        here: set[str] = set()
        numbers: set[str] = set()
        for place, token in enumerate(tokens):
            if _is_number(token):
                number = token.lstrip("0") or "0"
                if place in taken:
                    units.add(number)
                elif token in postcodes or re.fullmatch(r"\d{5,7}", token):
                    postcodes.add(token)
                elif place and tokens[place - 1] in known.grids:
                    here.add(f"{tokens[place - 1]} {number}")
                else:
                    numbers.add(number)
            elif token not in known.generic and (len(token) > 1 or _CJK.match(token)):
                here.add(token)
        words |= here
        buildings |= numbers
        segments.append((frozenset(here | (known.places & set(tokens))), frozenset(numbers)))
    return Parts(
        frozenset(buildings),
        frozenset(units),
        frozenset(words),
        frozenset(postcodes),
        frozenset(spoken),
        tuple(segment for segment in segments if segment[0] or segment[1]),
    )


@lru_cache(maxsize=65536)
def _is_country(text: str) -> bool:
    """Whether a part of an address is the country and nothing more; Hong Kong and Singapore are places too."""
    text = text.strip()
    return bool(values.countries(text)) and not _knowledge().places & set(_TOKEN.findall(text))


@lru_cache(maxsize=65536)
def _word(token: str) -> str:
    """The usual spelling of a word; 12 for 12th, hauptstrasse for hauptstr."""
    token = _knowledge().same.get(token, token)
    token = re.sub(r"^(\d+)(?:st|nd|rd|th)$", r"\1", token)
    return re.sub(r"(?<=[^\W\d_]{3})str$", "strasse", token)


def _unit_places(tokens: Sequence[str]) -> set[int]:
    """Where the numbers of floors, rooms and suites stand: before the word ("5th floor"), else after it ("room 5")."""
    known, taken = _knowledge(), set[int]()
    for place, token in enumerate(tokens):
        if token in known.units:
            for at in (place - 1, place + 1):
                if 0 <= at < len(tokens) and at not in taken and _is_number(tokens[at]):
                    taken.add(at)
                    break
    return taken


def _is_number(token: str) -> bool:
    return _MIXED.fullmatch(token) is not None


class Addresses:
    """Listed addresses, found by number and street."""

    def __init__(self, entries: Iterable[tuple[Entity, ListInfo]], weights: AddressWeights) -> None:
        self._weights = weights
        self._listed: list[_Listed] = []
        if weights.same_building <= 0:
            entries = ()
        for entity, info in entries:
            for address in entity.addresses:
                found = parts(address.text, address.postcode or "")
                if not found.buildings or not found.words:
                    continue
                city = frozenset(_TOKEN.findall(_fold(address.city or "")))
                countries = frozenset((address.country,) if address.country else entity.countries)
                self._listed.append(_Listed(entity, info, address, found, city, countries))
        # A word that stands in the addresses of many parties (Moscow, Road) tells no building from another.
        frequency: Counter[str] = Counter(word for item in self._listed for word in item.parts.words)
        self._least = math.log(1 + max(len(self._listed), 20))
        self._common = max(3, len(self._listed) // 200)
        self._frequency = frequency
        self._by_pair: dict[tuple[str, str], list[int]] = {}
        for at, item in enumerate(self._listed):
            for number in item.parts.buildings:
                for word in item.parts.words - item.city:
                    if frequency[word] <= self._common:
                        self._by_pair.setdefault((number, word), []).append(at)
        self.found = lru_cache(maxsize=65536)(self._same_building)

    def __len__(self) -> int:
        return len(self._listed)

    def find(self, text: str, countries: Sequence[str], known: set[tuple[str, str]]) -> Finding | None:
        """The best listed party at the address, with a note that names others there; None where there is none.

        countries: of the row, alpha-2. known: (list id, entity id) of parties that the row hits anyway.
        """
        same = [
            (score, item, steps)
            for score, item, steps in self.found(text, tuple(countries))
            if (item.list.id, item.entity.id) not in known
        ]
        if not same:
            return None
        score, item, steps = same[0]
        rest = list(
            dict.fromkeys(
                f"{o.entity.name} ({o.list.id})" for _, o, _ in same[1:] if o.entity.id != item.entity.id
            )
        )
        if rest:
            more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
            text_ = f"at this address too: {'; '.join(rest[:_SHOWN])}{more}"
            steps = (*steps, Step(kind="note", relation="also", text=text_))
        name = Name(value=item.entity.name)
        return Finding(item.entity, item.list, name, score, steps, f"address={text}")

    def _same_building(
        self, text: str, countries: tuple[str, ...]
    ) -> tuple[tuple[float, _Listed, tuple[Step, ...]], ...]:
        asked = parts(text)
        places = {at for n in asked.buildings for w in asked.words for at in self._by_pair.get((n, w), ())}
        if not places:
            return ()
        spoken = frozenset(countries) | _countries_in(text)
        found = [made for at in places if (made := self._compare(text, asked, spoken, self._listed[at]))]
        return tuple(
            sorted(
                found, key=lambda item: (-item[0], item[1].list.id, item[1].entity.id, item[1].address.text)
            )
        )

    def _compare(
        self, text: str, asked: Parts, countries: frozenset[str], item: _Listed
    ) -> tuple[float, _Listed, tuple[Step, ...]] | None:
        theirs = item.parts
        shared = asked.buildings & theirs.buildings
        if not shared or not (asked.buildings <= theirs.buildings or theirs.buildings <= asked.buildings):
            return None
        if countries and item.countries and countries.isdisjoint(item.countries):
            return None
        words = asked.words & theirs.words
        near = _beside(asked, shared)
        street = {word for word in words & near - item.city if self._frequency[word] <= self._common}
        if not street:
            return None
        least = min(self._weight(asked.words - item.city), self._weight(theirs.words - item.city))
        if self._weight(words - item.city) < 0.6 * least:
            return None
        postcode = asked.postcodes & theirs.postcodes
        apart = bool(asked.postcodes and theirs.postcodes) and not postcode
        city = item.city & asked.spoken
        if not (city or postcode or (not item.city and not apart and _same_place(asked, theirs))):
            return None
        unit = asked.units & theirs.units
        score = self._weights.same_unit if unit else self._weights.same_building
        said = [f"number {', '.join(sorted(shared))}", f"street {', '.join(sorted(street))}"]
        said += [f"unit {', '.join(sorted(unit))}"] if unit else []
        said += [f"city {', '.join(sorted(city))}"] if city else []
        said += [f"postcode {', '.join(sorted(postcode))}"] if postcode else []
        steps = (
            Step(kind="rule", relation="same-building", text=f"equal: {'; '.join(said)}"),
            Step(
                kind="note",
                relation="addresses",
                left=text,
                right=item.address.text,
                text=f'"{text}" against "{item.address.text}"',
            ),
            Step(
                kind="note", relation="other-name", text="the names differ; a building may have many tenants"
            ),
        )
        return score, item, steps

    def _weight(self, words: Iterable[str]) -> float:
        return sum(max(0.1, self._least - math.log(1 + self._frequency[word])) for word in words)


def _beside(asked: Parts, numbers: frozenset[str]) -> frozenset[str]:
    """The words in the part of the address that has one of the numbers; of its neighbours where it has none."""
    near: set[str] = set()
    for place, (words, here) in enumerate(asked.segments):
        if here & numbers:
            sides = (asked.segments[at][0] for at in (place - 1, place + 1) if 0 <= at < len(asked.segments))
            near |= words or frozenset().union(*sides)
    return frozenset(near)


def _same_place(asked: Parts, theirs: Parts) -> bool:
    """Whether the street and a part of the address beside it are shared, where no city is known apart."""
    if len(asked.segments) == 1:  # "5 Main Street London", "武汉市黄龙山南路6号"
        return len(asked.words & theirs.words) > 1
    return sum(bool(words & theirs.spoken) or bool(words & theirs.words) for words, _ in asked.segments) > 1


@lru_cache(maxsize=65536)
def _countries_in(text: str) -> frozenset[str]:
    """The country that an address ends with."""
    last = re.split(r"[,;\n]", text)[-1]
    return frozenset(values.countries(re.sub(r"\d", "", last).strip()) or ())
