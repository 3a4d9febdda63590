"""Every threshold and weight, typed, with its range, and its reason beside it. Unknown keys and values out of range are
refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Annotated, NamedTuple, get_args, get_type_hints

from screening.errors import UsageError
from screening.model import Record


class Range(NamedTuple):
    """The numbers that a setting may be, both ends with them."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g} or more" if self.high == math.inf else f"from {self.low:g} to {self.high:g}"

    def holds(self, value: object) -> bool:
        """Whether a value is a number of this range; NaN and infinity are in none."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return self.low <= value <= self.high and value != math.inf


Score = Annotated[float, Range(0, 100)]
# Of a whole: a similarity, the weight of a word, a factor that only lowers (the index relies on it).
Share = Annotated[float, Range(0, 1)]
Amount = Annotated[float, Range(0, math.inf)]
Divisor = Annotated[float, Range(0.01, math.inf)]
BelowOne = Annotated[float, Range(0, 0.99)]
Raising = Annotated[float, Range(0, 1.9)]  # at 2 every score would be 100


class Thresholds(Record, frozen=True, kw_only=True):
    """Scores 0-100: from `review` a person looks, from `match` the hit stands until someone clears it.

    review: on 20,000 generated rows against the OFAC list's 17,000 names, 85 finds 98.6 % of the listed names with
    a real-life slip and alerts on 0.8 % of the others; 80 alerts on 5 %, 90 finds 97 %.
    match: from here only legal form, word order, spelling standard or a single slip is left between two names.
    """

    match: Score = 95.0
    review: Score = 86.0


class WordWeights(Record, frozen=True, kw_only=True):
    """What a word counts in its name: rarity (0-1, from names/data/frequencies.yml) times the factor of its kind."""

    floor: Share = 0.07  # even the most common word of a company's name says something
    person_floor: Share = 0.39  # and more so in a person's: Muhammad and Ali are two people
    legal: Share = 0.2
    generic: Share = 0.82
    place: Share = 0.81
    particle: Share = 0.21
    title: Share = 0.02
    suffix: Share = 0.3
    initial: Share = 0.5
    number: Share = 0.89
    filler: Share = 0.05  # and, of, the


class Similarities(Record, frozen=True, kw_only=True):
    """How alike two words are, 0-1, by the relation between them."""

    variant: Share = 0.98  # the same company word, place or number in other letters or another language
    related: Share = 0.72  # two company words of one field in one language (gold, silver)
    field: Share = 0.8  # two words of nearly one meaning (association, union; department, directorate)
    name_variant: Share = 0.97
    nickname: Share = 0.9
    sound: Share = 0.96
    skeleton: Share = 0.86
    unvowelled: Share = 0.95  # equal consonants where one is written without vowels (Arabic, Hebrew)
    transcribed: Share = (
        0.95  # the same five consonants or more in another script (Hikvision, ハイクビジョン)
    )
    other_reading: Share = (
        0.05  # an edit between characters and pinyin: readings have no slips (鑫 is xin, never xing)
    )
    homophone: Share = 0.8  # same pinyin, other characters
    joined: Share = 0.97
    initial: Share = 0.7  # covers the initial, never the word it stands for
    acronym: Share = 0.95
    short_acronym: Share = 0.9  # three letters stand for too many things to be a hit by themselves
    least_edit: Share = 0.6  # share of letters kept; below, an edit is no evidence
    edit_cost: Amount = 0.2  # of one letter's share of the word, for the first edit: slips of the pen
    second_edit_cost: Amount = 1.2  # for the second: two edits are rarely a slip
    short_front_edit: Share = (
        0.15  # a letter more in front of a word of three or four is another word (ray, iray)
    )
    # one consonant for another, as a share of a letter's share (Rico, Nico; Joya, Joza): mostly another word
    other_consonant: Amount = 0.6
    # two names that are both known as different ones (Maria, Marina) are no slip of the pen
    other_name: Share = 0.4
    known_vowels: Share = 0.15  # two known names of the same consonants (Mahmud, Muhammad)
    vowels: Share = 0.02  # a skeleton's cost of vowels that differ altogether


class ScoreWeights(Record, frozen=True, kw_only=True):
    """How the two coverages become one score."""

    better_side: Share = 0.6
    better_side_shortened: Share = 0.8  # where a company's name is the other's shortened (Hikvision Digital)
    better_side_middle: Share = 0.8  # where only middle names are missing in one of two people's
    better_side_last: Share = 0.76  # where a last name is (a second family name, or another family's)
    # with fewer words alone a name counts as the other's only where those it has are the same (two slips are two names)
    exact: Share = 0.966
    first_name: Share = 0.84  # only one begins with this given name: a child is named for the parent
    shortened_enough: Amount = 1.4  # weight of the words of a shortened name (Al Wafa says too little)
    one_name: Share = 0.88  # a person's single name with another title, or with Abu on one side
    clash: Share = 0.27  # both sides keep a distinctive word that the other does not have
    clash_at: Divisor = 0.7  # weight of the open words from which the whole penalty applies
    alike_from: BelowOne = 0.35  # open words less alike than this (0-1) are simply different
    number_clash: Share = 0.6
    only_generic: Share = 0.8  # no distinctive word agrees: the least this factor can be
    only_translated: Share = 0.88  # and one of two agrees by meaning alone, both in Latin letters
    # weight of company words and places that together are a name (Dalian Machine Tool)
    generic_enough: Amount = 1.2


class ContextWeights(Record, frozen=True, kw_only=True):
    """Factors of the context rules. Below 1 the score is multiplied; above 1 the distance to 100 shrinks by the excess."""

    country_agrees: Raising = 1.1
    country_conflict: Share = 0.95
    country_conflict_person: Share = 0.95  # people move, and nationality is no residence
    birth_date_agrees: Raising = 1.4
    birth_year_agrees: Raising = 1.15
    birth_date_conflict: Share = 0.75
    identifier_conflict: Share = 0.9
    type_conflict: Share = 0.8
    # Parties shorten a listed name; a line of business added is mostly another party.
    more_business: Share = 0.89
    more_business_from: Share = 0.2  # share of the name that the added words have at least
    weak_alias: Share = 0.8
    weak_strict: Score = 97.0  # from this name score a weak alias counts without context


class GoodsWeights(Record, frozen=True, kw_only=True):
    """Scores (0-100) of what names controlled goods, and factors as in ContextWeights. Made for review from 85, match
    from 95.
    """

    code: Score = 88.0  # an HS code or ECCN says what the goods are, not that the deal is wrong
    description: Score = 85.0  # words describe loosely
    heading: Score = 75.0  # only the heading is given (8542): below review until the destination speaks
    tier_1: Score = 4.0  # points by tier: the authorities order them so
    tier_2: Score = 3.0
    tier_3: Score = 2.0
    tier_4: Score = 1.0
    sanctioned: Raising = 1.75  # listed goods to a sanctioned destination are a hit of their own
    sanctioned_description: Raising = 1.6  # a match only where the words name goods of tier 1 or 2
    diversion: Raising = 1.25  # most trade with these places is lawful
    other_destination: Raising = 0.96  # on no list of destinations; codes with a tier stay for review
    party: Raising = 1.25  # a listed party and listed goods in one row: above either alone
    red_flag: Raising = 1.1  # each red flag calls for an inquiry, none proves anything
    military: Score = 88.0  # a military end use with nothing listed beside it
    military_destination: Raising = 1.25  # in a country of 15 CFR 744.21


class OwnershipWeights(Record, frozen=True, kw_only=True):
    """Factors on the score of a listed owner's name, by what the tests of screening/ownership say."""

    possible: Share = 0.94  # met only if a share that is missing is large: never a match
    minority: Share = 0.9  # below every test; OFAC urges caution with significant minority stakes (FAQ 398)


class AddressWeights(Record, frozen=True, kw_only=True):
    """Scores (0-100) of a shared address. It is never a match: a building has many tenants. 0 switches it off."""

    same_building: Score = 88.0
    same_unit: Score = 91.0  # the same floor, room or suite too


class RedFlags(Record, frozen=True, kw_only=True):
    """Which red flags count. The rules and their sources stand in watchlists/red-flags.yml."""

    military_end_use: bool = True
    destination_mismatch: bool = True
    free_zone: bool = True
    freight_forwarder: bool = True
    listed_address: bool = True


class Settings(Record, frozen=True, kw_only=True):
    """The settings of one run. A hash of this record goes into every manifest.

    Raises UsageError when a value is out of its range, or the review threshold above the match threshold, wherever the
    record is made: in a program, from a file, from a manifest.
    """

    thresholds: Thresholds = Thresholds()
    words: WordWeights = WordWeights()
    similarities: Similarities = Similarities()
    score: ScoreWeights = ScoreWeights()
    context: ContextWeights = ContextWeights()
    goods: GoodsWeights = GoodsWeights()
    ownership: OwnershipWeights = OwnershipWeights()
    addresses: AddressWeights = AddressWeights()
    red_flags: RedFlags = RedFlags()

    def __post_init__(self) -> None:
        wrong = [
            problem
            for section in self.__struct_fields__
            for problem in out_of_range(getattr(self, section), f"{section}.")
        ]
        refuse(wrong, self.thresholds.review, self.thresholds.match)


def out_of_range(record: Record, prefix: str) -> Iterator[str]:
    """A sentence without its stop for each value of a record that is out of its range. prefix: what goes before the name
    of a field. Values of None are not set.
    """
    for name, allowed in ranges(type(record)).items():
        value = getattr(record, name)
        if value is not None and not allowed.holds(value):
            yield f"{prefix}{name} is {value!r}, and must be a number {allowed}"


def refuse(wrong: list[str], review: float | None, match: float | None, source: str = "") -> None:
    """Raises UsageError where something is wrong, or the review threshold above the match threshold (None: not set).

    source: what to call the place of the settings.
    """
    if not wrong and review is not None and match is not None and review > match:
        wrong = [f"thresholds.review is {review!r}, and must be at most thresholds.match, which is {match!r}"]
    if wrong:
        raise UsageError(f"{source}{'; '.join(wrong)}.", "Correct the value.")


@cache
def ranges(kind: type[Record]) -> dict[str, Range]:
    """The range of each number of a record."""
    found: dict[str, Range] = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for one in (hint, *get_args(hint)):  # the number itself, or one of a union
            for item in getattr(one, "__metadata__", ()):
                if isinstance(item, Range):
                    found[name] = item
    return found


DEFAULT = Settings()
