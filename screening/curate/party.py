"""A party of a document, and what its names have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from screening.curate import lexicon
from screening.curate.document import Sentence
from screening.curate.mentions import Body, Kind, Mention
from screening.names.words import split_words

PARTY_KINDS = ("organization", "person", "vessel", "aircraft", "unknown")


@dataclass
class Party:
    """Someone or something with a name. mentions: (index of the sentence, mention), in the order of the text.

    aliases: other names that the document itself gives, such as an acronym in brackets.
    """

    kind: Kind
    name: str
    mentions: list[tuple[int, Mention]] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    body: Body = ""
    office: str = ""
    imo: str = ""

    @property
    def first(self) -> int:
        """Where the party is first named."""
        return min(mention.start for _, mention in self.mentions)


@dataclass(frozen=True)
class Found:
    """All that was found. loose: mentions that are no parties (goods, places, programmes), by sentence."""

    sentences: tuple[Sentence, ...]
    parties: tuple[Party, ...]
    loose: tuple[tuple[int, Mention], ...]


@lru_cache(maxsize=65536)
def core(name: str) -> tuple[str, ...]:
    """The comparison words of a name without articles and legal forms."""
    words = [w for w in split_words(name.casefold()) if w not in ("the", "a")]
    while (
        len(words) > 1
        and (known := lexicon.phrase(words[-1])) is not None
        and known.kind == "legal"
        and words[-1] != "group"
    ):
        words.pop()
    while (
        len(words) > 1
        and (known := lexicon.phrase(words[0])) is not None
        and known.kind == "legal"
        and words[0] != "group"
    ):
        words.pop(0)
    return tuple(words)


def key_of(mention: Mention) -> tuple[str, ...]:
    """What mentions of one party have in common; `item` says it where the words alone do not."""
    return core(mention.item or mention.text) or (mention.text,)


def distinctive(words: Iterable[str]) -> list[str]:
    """Those words of a name that are neither places nor company words."""
    return [
        w
        for w in words
        if len(w) > 2
        and not lexicon.is_place(w)
        and not lexicon.is_company_word(w)
        and w not in ("of", "and", "for", "the")
    ]


@lru_cache(maxsize=65536)
def acronyms(name: str) -> frozenset[str]:
    """The initials of a name, with and without small words and the legal form."""
    words = [w for w in re.findall(r"[^\W_]+", name) if w]
    if len(words) < 2:
        return frozenset()
    large = [w for w in words if w[0].isupper()]
    bare = core(name)
    split = re.findall(r"[^\W_]+", name.replace("-", " "))
    return frozenset(
        "".join(w[0] for w in part).casefold()
        for part in (
            words,
            large,
            bare,
            [w for w in bare if w not in ("of", "and", "for", "the")],
            [w for w in split if w[0].isupper()],
        )
        if len(part) > 1
    )
