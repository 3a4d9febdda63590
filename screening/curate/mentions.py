"""Mentions of parties, and the words of Latin-script text that the finders of mentions share."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["organization", "person", "vessel", "aircraft", "place", "programme", "goods", "unknown"]
Body = Literal["", "authority", "media", "research", "embassy"]


class Mention(NamedTuple):
    """A name in a text.

    start, end: code points of the text, end exclusive. rule: what told it. body: what sort of organisation,
    where the name itself says so. office: words beside a person's name that say what the person does.
    item: for goods the vocabulary's entry, for other kinds a normalised value ("9074729" of an IMO number).
    """

    start: int
    end: int
    text: str
    kind: Kind
    rule: str
    body: Body = ""
    office: str = ""
    item: str = ""


class Word(NamedTuple):
    """A word of a sentence. text: without a possessive ending, which `end` leaves out too."""

    text: str
    start: int
    end: int
    possessive: bool

    @property
    def low(self) -> str:
        return self.text.casefold()


_WORD = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?\b|[^\W_]+(?:[-–&/’'.·][^\W_]+)*|&")
_POSSESSIVE = re.compile(r"[’']s?$", re.IGNORECASE)


def words_of(text: str, start: int, end: int) -> list[Word]:
    """The words of a part of a text."""
    found = []
    for match in _WORD.finditer(text, start, end):
        word, stop, possessive = match[0], match.end(), False
        tail = re.search(r"[’']s$", word)
        if tail and len(word) > 2:
            word, stop, possessive = word[:-2], stop - 2, True
        elif text[stop : stop + 1] in ("’", "'") and word.endswith("s") and text[stop + 1 : stop + 2] == " ":
            possessive = True
        found.append(Word(word, match.start(), stop, possessive))
    return found


def is_capital(word: str) -> bool:
    """Whether a word is written as a name: a capital first or within (iRay), and no adjective like Moscow-based."""
    if not any(c.isupper() for c in word) or any("\u0400" <= c <= "\u04ff" for c in word):
        return False
    last = re.split(r"[-–]", word)[-1]
    if last != word and last.islower() and len(last) > 3:
        return False
    return (
        word[0].isupper()
        or (word[0].isalpha() and sum(c.isupper() for c in word) == 1 and len(word) > 2)
        or (word[0].isdigit() and word[-1].isupper() and len(word) < 5)
    )
