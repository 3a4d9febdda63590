"""Every threshold and weight, typed, with its reason beside it. Unknown keys are refused."""

from __future__ import annotations

from screening.model import Record


class Thresholds(Record, frozen=True, kw_only=True):
    """Scores 0-100: from `review` a person looks, from `match` the hit stands until someone clears it."""

    match: float = 92.0
    review: float = 80.0


class WordWeights(Record, frozen=True, kw_only=True):
    """What a word counts in its name: rarity (0-1, from names/data/frequencies.yml) times the factor of its kind."""

    floor: float = 0.09  # even the most common word of a company's name says something
    person_floor: float = 0.51  # and more so in a person's: Muhammad and Ali are two people
    legal: float = 0.25
    generic: float = 0.97
    place: float = 0.76
    particle: float = 0.26
    title: float = 0.02
    suffix: float = 0.3
    initial: float = 0.38
    number: float = 0.8
    filler: float = 0.05  # and, of, the


class Similarities(Record, frozen=True, kw_only=True):
    """How alike two words are, 0-1, by the relation between them."""

    variant: float = 0.97  # the same company word, place or number in other letters or another language
    related: float = 0.68  # two company words of one field in one language (gold, silver)
    name_variant: float = 0.97
    nickname: float = 0.74
    sound: float = 0.97
    skeleton: float = 0.75
    homophone: float = 0.8  # same pinyin, other characters
    joined: float = 0.97
    initial: float = 0.78
    acronym: float = 0.95
    short_acronym: float = 0.9  # three letters stand for too many things to be a hit by themselves
    least_edit: float = 0.6  # share of letters kept; below, an edit is no evidence
    edit_cost: float = 0.4  # of one letter's share of the word, for the first edit: slips of the pen
    second_edit_cost: float = 1.0  # for the second: two edits are rarely a slip
    vowels: float = 0  # a skeleton's cost of vowels that differ altogether


class ScoreWeights(Record, frozen=True, kw_only=True):
    """How the two coverages become one score."""

    better_side: float = 0.55
    clash: float = 0.38  # both sides keep a distinctive word that the other does not have
    clash_at: float = 0.7  # weight of the open words from which the whole penalty applies
    alike_from: float = 0.35  # open words less alike than this (0-1) are simply different
    number_clash: float = 0.52
    only_generic: float = 0.6  # no distinctive word agrees: the least this factor can be
    generic_enough: float = 1.2  # weight of company words and places that together are a name (Dalian Machine Tool)


class ContextWeights(Record, frozen=True, kw_only=True):
    """Factors of the context rules. Below 1 the score is multiplied; above 1 the distance to 100 shrinks by the excess."""

    country_agrees: float = 1.1
    country_conflict: float = 0.95
    country_conflict_person: float = 0.95  # people move, and nationality is no residence
    birth_date_agrees: float = 1.4
    birth_year_agrees: float = 1.15
    birth_date_conflict: float = 0.75
    identifier_conflict: float = 0.9
    type_conflict: float = 0.8
    weak_alias: float = 0.8
    weak_strict: float = 97.0  # from this name score a weak alias counts without context


class Settings(Record, frozen=True, kw_only=True):
    """The settings of one run. A hash of this record goes into every manifest."""

    thresholds: Thresholds = Thresholds()
    words: WordWeights = WordWeights()
    similarities: Similarities = Similarities()
    score: ScoreWeights = ScoreWeights()
    context: ContextWeights = ContextWeights()


DEFAULT = Settings()
