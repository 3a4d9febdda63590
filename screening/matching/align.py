"""Which word of one name stands for which of the other. Symmetric: swapping the names swaps the sides, nothing else."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from screening.matching.similarity import similarity
from screening.names.prepare import NUMBER, WORD, Mode, Prepared, Token, acronyms
from screening.names.sounds import joined_sound
from screening.settings import Similarities

# From here two words are one, whatever was done to their letters.
SAME = 0.999
# Words written as one: a name broken into more than four pieces was not seen in 17,000 listed names.
MOST_JOINED = 4
# Letters of an acronym that stands for too many things (see Similarities.short_acronym).
SHORT_ACRONYM = 3
# Text is hashed so that the hash of two words written as one follows from the hashes of both.
BASE = 0x01000193
MASK = 0xFFFFFFFF


@lru_cache(maxsize=262144)
def rolling(text: str) -> int:
    """The hash of a text: rolling(a + b) == rolling(a) * BASE ** len(b) + rolling(b), modulo 2 ** 32."""
    value = 0
    for code in text.encode():
        value = (value * BASE + code + 1) & MASK
    return value


class Link(NamedTuple):
    """Words of a (by index) that stand for words of b, how alike (0-1) and by which relation."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    similarity: float
    relation: str


class Similar:
    """similarity() with a memory, because the same words meet again and again."""

    def __init__(self, settings: Similarities) -> None:
        self.settings = settings
        self._known: dict[tuple[Token, Token], tuple[float, str]] = {}

    def __call__(self, a: Token, b: Token) -> tuple[float, str]:
        """Similarity (0-1) and relation of two words."""
        key = (a, b)
        found = self._known.get(key)
        if found is None:
            found = similarity(a, b, self.settings)
            if len(self._known) > 2_000_000:  # bounds memory at about 400 MB in the longest runs
                self._known.clear()
            self._known[key] = found
        return found


def align(a: Prepared, b: Prepared, similar: Similar, mode: Mode) -> list[Link]:
    """The links between two prepared names, best first. Acronyms are looked for outside people's names only.

    one_for_one.py does the same for many names whose words stand one for one.
    """
    ta, tb = a.tokens, b.tokens
    swapped = len(tb) < len(ta)
    if len(ta) == len(tb):  # any order will do that does not depend on which name comes first
        swapped = [rolling(t.text) for t in tb] < [rolling(t.text) for t in ta]
    if swapped:
        return [_turned(x) for x in _align(tb, ta, similar, mode)]
    return _align(ta, tb, similar, mode)


def _align(ta: tuple[Token, ...], tb: tuple[Token, ...], similar: Similar, mode: Mode) -> list[Link]:
    links: list[Link] = []
    free_b = list(range(len(tb)))
    free_a: list[int] = []
    for i, x in enumerate(ta):
        for j in free_b:
            if tb[j] is x:
                links.append(Link((i,), (j,), 1.0, "equal"))
                free_b.remove(j)
                break
        else:
            free_a.append(i)
    if not free_a or not free_b:
        return links
    pairs: list[tuple[float, int, int, float, str]] = []
    same: list[tuple[int, int, float, str]] = []
    for i in free_a:
        x = ta[i]
        for j in free_b:
            value, relation = similar(x, tb[j])
            if value >= SAME:
                same.append((i, j, value, relation))
            elif value:
                pairs.append((-value * value * (x.weight + tb[j].weight), i, j, value, relation))
    for i, j, value, relation in same:  # equal words come before words written as one
        if i in free_a and j in free_b:
            links.append(Link((i,), (j,), value, relation))
            free_a.remove(i)
            free_b.remove(j)
    if len(free_a) + len(free_b) > 2:
        s = similar.settings
        joined = _joined(ta, free_a, tb, free_b, s)
        joined += [_turned(k) for k in _joined(tb, free_b, ta, free_a, s)]
        joined = [*_parted(ta, free_a, tb, free_b, s), *joined]
        if mode == "other":
            joined += _acronym(ta, free_a, tb, s)
            joined += [_turned(k) for k in _acronym(tb, free_b, ta, s)]
        joined.sort(key=lambda link: -link.similarity)
        for link in joined:
            if all(i in free_a for i in link.left) and all(j in free_b for j in link.right):
                links.append(link)
                free_a = [i for i in free_a if i not in link.left]
                free_b = [j for j in free_b if j not in link.right]
    pairs.sort()
    for _, i, j, value, relation in pairs:
        if i in free_a and j in free_b:
            links.append(Link((i,), (j,), value, relation))
            free_a.remove(i)
            free_b.remove(j)
    return links


def _parted(
    ta: tuple[Token, ...], free_a: list[int], tb: tuple[Token, ...], free_b: list[int], s: Similarities
) -> list[Link]:
    """Neighbouring words of the same letters, parted elsewhere (Kan gJin, Kang Jin): two, or all that are left over."""
    if len(free_a) < 2 or len(free_b) < 2:
        return []
    found: list[Link] = []
    runs_b = _runs(free_b)
    for run in _runs(free_a):
        first, size = ta[run[0]].text[0], sum([len(ta[i].text) for i in run])
        for other in runs_b:
            if tb[other[0]].text[0] != first or size < 4 or size != sum([len(tb[j].text) for j in other]):
                continue
            if "".join([ta[i].text for i in run]) == "".join([tb[j].text for j in other]):
                found.append(Link(run, other, s.joined, "joined"))
    return found


def _runs(free: list[int]) -> list[tuple[int, ...]]:
    """Runs of two neighbouring free words, and the one of all of them."""
    runs: list[tuple[int, ...]] = [(i, j) for i, j in pairwise(free) if j == i + 1]
    if 2 < len(free) <= MOST_JOINED and free[-1] - free[0] < len(free):
        runs.append(tuple(free))
    return runs


def _turned(link: Link) -> Link:
    return Link(link.right, link.left, link.similarity, link.relation)


def _joined(
    whole: tuple[Token, ...],
    free_whole: list[int],
    parts: tuple[Token, ...],
    free_parts: list[int],
    s: Similarities,
) -> list[Link]:
    """Words of `whole` that are written apart in `parts` (Hikvision, Hik Vision), and acronyms of words in it."""
    found: list[Link] = []
    for i in free_whole:
        x = whole[i]
        if len(x.text) < 4 or x.kind == NUMBER:
            continue
        if len(x.meaning) > 1:
            found.extend(_spelled_out(i, x, parts, free_parts, s))
        for start in range(len(free_parts)):
            first = parts[free_parts[start]]
            if first.text[0] != x.text[0] and first.sound[:1] != x.sound[:1]:
                continue
            text, sound = first.text, first.sound
            for stop in range(start + 1, min(start + MOST_JOINED, len(free_parts))):
                if free_parts[stop] != free_parts[stop - 1] + 1:
                    break
                token = parts[free_parts[stop]]
                text, sound = text + token.text, joined_sound(sound, token.sound)
                if len(text) > len(x.text) + 2:
                    break
                run = tuple(free_parts[start : stop + 1])
                if text == x.text:
                    found.append(Link((i,), run, s.joined, "joined"))
                elif len(text) > 5 and sound and sound == x.sound:
                    found.append(Link((i,), run, s.joined * s.sound, "joined"))
    return found


def _spelled_out(
    i: int, x: Token, parts: tuple[Token, ...], free_parts: list[int], s: Similarities
) -> list[Link]:
    """Runs of words that one word can stand for (jichuang, machine tool)."""
    size = len(x.meaning)
    found = []
    for start in range(len(free_parts) - size + 1):
        run = tuple(free_parts[start : start + size])
        if run[-1] - run[0] == size - 1 and tuple(parts[j].canon for j in run) == x.meaning:
            found.append(Link((i,), run, s.variant, "translation"))
    return found


def _acronym(
    short: tuple[Token, ...], free_short: list[int], long: tuple[Token, ...], s: Similarities
) -> list[Link]:
    """Words of `short` that are an acronym of how `long` begins (NCRIEO)."""
    made: dict[str, tuple[int, ...]] | None = None
    found: list[Link] = []
    for i in free_short:
        x = short[i]
        if x.kind == WORD and not x.han and 3 <= len(x.text) <= 10 and x.text.isalpha():
            if made is None:
                made = acronyms(long)
            run = made.get(x.text)
            if run is not None:
                found.append(
                    Link((i,), run, s.acronym if len(x.text) > SHORT_ACRONYM else s.short_acronym, "acronym")
                )
    return found
