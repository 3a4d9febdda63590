"""Descriptions of goods compared by words: phrases found in running text, whatever the ending of a word.

Words are compared by stem: plural endings of English and case endings of Russian and Ukrainian are set aside, nothing
more. Chinese, Japanese and Korean phrases are found as they stand. Up to two other words may stand inside a phrase
("optical and electronic components").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
GAP = 2
NEGATIONS = frozenset(
    {
        *(
            "no",
            "not",
            "non",
            "without",
            "excluding",
            "except",
            "nicht",
            "kein",
            "keine",
            "ohne",
            "sans",
            "ni",
            "sin",
        ),
        *("senza", "не", "без", "нет", "niet", "zonder", "nie"),
    }
)
# Longest first; a stem keeps at least four letters.
_ENDINGS = (
    "иями", "ями", "ами", "иях", "ого", "его", "ому", "ему", "ыми", "ими", "ией", "ых", "их", "ой", "ей", "ый", "ий",
    "ая", "яя", "ое", "ее", "ые", "ие", "ую", "юю", "ым", "им", "ом", "ем", "ам", "ям", "ах", "ях", "ов", "ев", "ии",
    "ия", "ію", "ій", "ів", "у", "ю", "а", "я", "ы", "и", "е", "о", "ь", "й", "і",
)  # fmt: skip


class Word(NamedTuple):
    """A word of a text. text: as written. stem: how it is compared. start: where it begins in the folded text."""

    text: str
    stem: str
    start: int


def fold(text: str) -> str:
    """NFKC, lower case, without combining marks."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The part of a folded word that its endings leave.

    >>> stem("circuits"), stem("batteries"), stem("микросхемами")
    ('circuit', 'battery', 'микросхем')
    """
    if _CYRILLIC.search(word):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 4:
                return word[: -len(ending)]
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def words(text: str) -> list[Word]:
    """The words of a text, in order."""
    folded = fold(text)
    return [Word(found[0], stem(found[0]), found.start()) for found in _WORD.finditer(folded)]


class Seen(NamedTuple):
    """Where a phrase was found. words: those of the text that make it up. first, last: places among the text's words;
    -1 for a phrase without blanks between words.
    """

    words: tuple[str, ...]
    first: int
    last: int
    negated: bool


class Phrases(Generic[T]):
    """Phrases to look for, each with what it stands for."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        self._whole: list[tuple[str, T]] = []
        for text, value in phrases:
            if _CJK.search(text):
                self._whole.append(("".join(fold(text).split()), value))
                continue
            stems = tuple(word.stem for word in words(text))
            if stems:
                self._by_first.setdefault(stems[0], []).append((stems, value))

    def find(self, text: str) -> list[tuple[Seen, T]]:
        """Every phrase that stands in the text, in the order of the text."""
        found: list[tuple[Seen, T]] = []
        if self._whole and _CJK.search(text):
            closed = "".join(fold(text).split())
            found += [
                (Seen((phrase,), -1, -1, False), value) for phrase, value in self._whole if phrase in closed
            ]
        if not self._by_first:
            return found
        spoken = words(text)
        for place, word in enumerate(spoken):
            for stems, value in self._by_first.get(word.stem, ()):
                places = _walk(spoken, place, stems)
                if places:
                    taken = tuple(spoken[at].text for at in places)
                    before = {w.text for w in spoken[max(0, place - 2) : place]}
                    found.append((Seen(taken, place, places[-1], bool(before & NEGATIONS)), value))
        return found


def _walk(spoken: list[Word], place: int, stems: tuple[str, ...]) -> list[int]:
    """The places of a phrase's words from place on; [] where it does not stand there."""
    places, spare = [place], GAP
    for wanted in stems[1:]:
        for at in range(places[-1] + 1, min(places[-1] + 2 + spare, len(spoken))):
            if spoken[at].stem == wanted:
                spare -= at - places[-1] - 1
                places.append(at)
                break
        else:
            return []
    return places
