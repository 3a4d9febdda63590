"""The score of two prepared names: how much of each is covered by the other, and the rules that change it.

This is the oracle: every other path to a score must give the same number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rapidfuzz.distance import Indel

from screening.matching.align import Link, Similar, align
from screening.matching.similarity import same_form
from screening.names.prepare import (
    FILLER,
    GENERIC,
    INITIAL,
    LEGAL,
    NUMBER,
    PARTICLE,
    PLACE,
    SUFFIX,
    TITLE,
    WORD,
    Mode,
    Prepared,
    Token,
)
from screening.settings import DEFAULT, Settings


class Effect(NamedTuple):
    """A named rule. factor below 1 multiplies the score; above 1, the distance to 100 shrinks by the excess."""

    rule: str
    factor: float
    text: str

    def apply(self, score: float) -> float:
        """The score (0-100) after this rule."""
        return score * self.factor if self.factor <= 1 else score + (100 - score) * (self.factor - 1)


class Scored(NamedTuple):
    """score 0-100, not rounded; base is the score before the rules; the alignment and the rules that gave it."""

    score: float
    base: float
    links: list[Link]
    effects: list[Effect]


class Scorer:
    """Scores prepared names under one set of settings."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self.settings = settings
        self.similar = Similar(settings.similarities)

    def score(
        self, a: Prepared, b: Prepared, mode: Mode, least: float = 0.0, links: list[Link] | None = None
    ) -> Scored:
        """Score two names prepared in the same mode. Symmetric. A name without words scores 0.

        least: a score (0-100) below which the caller needs no exact one; the rules, which only lower it, are left out.
        links: those that align() gives, where the caller has them.
        """
        if a.total <= 0 or b.total <= 0:
            return Scored(0.0, 0.0, [], [])
        if links is None:
            links = align(a, b, self.similar, mode)
        w = self.settings.score
        ta, tb = a.tokens, b.tokens
        open_a = [t.weight for t in ta]
        open_b = [t.weight for t in tb]
        covered_a = covered_b = 0.0
        for left, right, value, relation in links:
            square = value * value
            # An initial is explained by the word it stands for, but does not say that word.
            one_way = relation == "initial"
            for i in left:
                part = ta[i].weight * square
                if not one_way or ta[i].kind == INITIAL:
                    covered_a += part
                open_a[i] = 0.0
            for j in right:
                part = tb[j].weight * square
                if not one_way or tb[j].kind == INITIAL:
                    covered_b += part
                open_b[j] = 0.0
        ca, cb = covered_a / a.total, covered_b / b.total
        high, low = (ca, cb) if ca >= cb else (cb, ca)
        better = w.better_side
        if (
            mode == "other"
            and (
                _shortened(a, open_a, b, open_b, w.shortened_enough)
                or _shortened(b, open_b, a, open_a, w.shortened_enough)
            )
            and self._exact(links)
        ):
            better = w.better_side_shortened
        first = ""
        if mode == "person" and low < 0.995 and high > 0.5:
            x, y = _front(a), _front(b)
            if open_a[x] > 0.5 or open_b[y] > 0.5:
                first = a.tokens[x].shown if open_a[x] > 0.5 else b.tokens[y].shown
            if self._exact(links):
                better = max(better, self._missing(a, open_a, b, open_b, links, (x, y)))
        base = better * high + (1 - better) * low
        effects: list[Effect] = []
        if links and base > 0.3 and 100 * base >= least:
            if mode == "other" and low < 0.995:
                self._generic(a, b, links, low, effects)
            if mode == "person":
                self._one_name(a, open_a, b, open_b, effects)
            if first:
                effects.append(Effect("first-name-differs", w.first_name, f"only one begins with {first}"))
            self._rules(a, b, open_a, open_b, effects)
        score = 100 * base
        for effect in effects:
            score = effect.apply(score)
        return Scored(score, 100 * base, links, effects)

    def _exact(self, links: list[Link]) -> bool:
        """Whether no two words are more than a slip in a long word apart."""
        least = self.settings.score.exact
        return not any(link.relation == "edit" and link.similarity < least for link in links)

    def _missing(
        self,
        a: Prepared,
        open_a: list[float],
        b: Prepared,
        open_b: list[float],
        links: list[Link],
        front: tuple[int, int],
    ) -> float:
        """The weight of the better side where one person's name is the other's without some of it; else 0."""
        met = False
        for link in links:
            if front[0] in link.left and front[1] in link.right:
                met = True
        if not (_middle_missing(a, open_a, b, open_b, met) or _middle_missing(b, open_b, a, open_a, met)):
            return 0.0
        last = _last(a), _last(b)
        w = self.settings.score
        if any(last[0] in link.left and last[1] in link.right for link in links):
            return w.better_side_middle
        return w.better_side_last

    def _one_name(
        self, a: Prepared, open_a: list[float], b: Prepared, open_b: list[float], effects: list[Effect]
    ) -> None:
        """A single name is told apart by what stands beside it: Mullah Yahya is not Colonel Yahya, Abu Jihad not Jihad."""
        if min(sum(t.kind not in _BESIDE for t in name.tokens) for name in (a, b)) > 1:
            return
        w = self.settings.score
        for name, opened, other in ((a, open_a, b), (b, open_b, a)):
            kunya = [
                t for t, w_open in zip(name.tokens, opened, strict=True) if w_open > 0 and t.canon in _KUNYAS
            ]
            if kunya and not any(t.canon in _KUNYAS for t in other.tokens):
                effects.append(Effect("kunya-differs", w.one_name, f"only one has {kunya[0].shown}"))
                return
        titles = [[t for t in name.tokens if t.kind == TITLE] for name in (a, b)]
        if all(titles) and not {t.canon for t in titles[0]} & {t.canon for t in titles[1]}:
            text = f"one name alone, and {titles[0][0].shown} is not {titles[1][0].shown}"
            effects.append(Effect("titles-differ", w.one_name, text))

    def _generic(
        self, a: Prepared, b: Prepared, links: list[Link], low: float, effects: list[Effect]
    ) -> None:
        """Company words, places and legal forms never suffice: Wuhan Trading Co is not Wuhan Shipping Co."""
        for link in links:
            said_a = said_b = False
            for i in link.left:
                said_a = said_a or a.tokens[i].kind == WORD
            for j in link.right:
                said_b = said_b or b.tokens[j].kind == WORD
            if said_a and said_b:
                return
            if (
                link.relation == "acronym"
                and len((a.tokens[link.left[0]] if said_a else b.tokens[link.right[0]]).text) > 3
            ):
                return  # a long acronym is distinctive though the words it stands for are not
        least = self.settings.score.only_generic
        if not any(t.kind == WORD for t in a.tokens) and not any(t.kind == WORD for t in b.tokens):
            # Names made of such words alone are told apart by them, if they say enough.
            said = min(
                sum(a.tokens[i].weight for link in links for i in link.left if a.tokens[i].kind != LEGAL),
                sum(b.tokens[j].weight for link in links for j in link.right if b.tokens[j].kind != LEGAL),
            )
            lonely = any(
                t.kind == PLACE and i not in {k for link in links for k in side(link)}
                for prepared, side in ((a, _left), (b, _right))
                for i, t in enumerate(prepared.tokens)
            )
            if said >= self.settings.score.generic_enough and not lonely:
                return
        if min(_said(a, links, _left), _said(b, links, _right)) > 0.995:
            return
        factor = least + (1 - least) * low * low
        effects.append(Effect("only-generic-words-agree", factor, "no distinctive word agrees"))
        translated = _translated(a, b, links)
        if translated:
            effects.append(Effect("only-translated", self.settings.score.only_translated, translated))

    def _rules(
        self, a: Prepared, b: Prepared, open_a: list[float], open_b: list[float], effects: list[Effect]
    ) -> None:
        """Rules on the names alone. They only lower a score: the index relies on it."""
        if not any(open_a) or not any(open_b):
            return  # each is about words that both sides keep
        w = self.settings.score
        rare_a = max(range(len(open_a)), key=lambda i: 0.0 if a.tokens[i].kind in _SMALL else open_a[i])
        rare_b = max(range(len(open_b)), key=lambda i: 0.0 if b.tokens[i].kind in _SMALL else open_b[i])
        small = a.tokens[rare_a].kind in _SMALL or b.tokens[rare_b].kind in _SMALL
        x, y = a.tokens[rare_a], b.tokens[rare_b]
        small = small or ({x.kind, y.kind} == _LETTER and x.text[0] == y.text[0])
        both = 0.0 if small else min(open_a[rare_a], open_b[rare_b])
        if both > 0.1:
            alike = _alike(_left_over(a, open_a), _left_over(b, open_b), w.alike_from)
            factor = 1 - w.clash * min(1.0, both / w.clash_at) * (1 - alike)
            effects.append(
                Effect("both-sides-differ", factor, f"only one has {x.shown}, only the other {y.shown}")
            )
        sa = [i for i, t in enumerate(a.tokens) if t.kind == SUFFIX and open_a[i] > 0]
        sb = [j for j, t in enumerate(b.tokens) if t.kind == SUFFIX and open_b[j] > 0]
        if sa and sb:
            text = f"{a.tokens[sa[0]].shown} is not {b.tokens[sb[0]].shown}"
            effects.append(Effect("generations-differ", w.number_clash, text))
        na = [i for i, t in enumerate(a.tokens) if t.kind == NUMBER and open_a[i] > 0.2]
        nb = [j for j, t in enumerate(b.tokens) if t.kind == NUMBER and open_b[j] > 0.2]
        if na and nb:
            effects.append(
                Effect(
                    "numbers-differ",
                    w.number_clash,
                    f"{a.tokens[na[0]].shown} is not {b.tokens[nb[0]].shown}",
                )
            )


_SMALL = frozenset({LEGAL, FILLER})
_LETTER = frozenset({PARTICLE, INITIAL})  # Al-Kheir, A. Kheir
_PATRONYMIC = ("vich", "vych", "vitch", "vna", "ichna", "vic", "uly", "kyzy", "qizi", "oglu", "ogly", "ugli")
_KUNYAS = frozenset({"abu", "umm"})
_BESIDE = frozenset({TITLE, PARTICLE, SUFFIX})


def _said(name: Prepared, links: list[Link], side: Callable[[Link], tuple[int, ...]]) -> float:
    """The share of a name that the links cover, legal forms apart: these are left out as often as not."""
    tokens = name.tokens
    total = met = 0.0
    for token in tokens:
        if token.kind != LEGAL:
            total += token.weight
    if not total:
        return 0.0
    for link in links:
        weight = 0.0
        for i in side(link):
            if tokens[i].kind != LEGAL:
                weight += tokens[i].weight
        met += link.similarity * link.similarity * weight
    return met / total


def _translated(a: Prepared, b: Prepared, links: list[Link]) -> str:
    """The words of two short names that agree by meaning alone though both are in Latin letters; "" where there are none.

    A firm may be called Verde Shipping, and another Green Shipping: who translates a name translates all of it.
    """
    words = min(sum(t.kind not in _SMALL for t in name.tokens) for name in (a, b))
    if words > 2 or (words == 2 and _of_one_language(a) and _of_one_language(b)):
        return ""
    for left, right, _, relation in links:
        x, y = a.tokens[left[0]], b.tokens[right[0]]
        if by_meaning_alone(x, y, relation):
            return f"{x.shown} and {y.shown} agree by meaning alone"
    return ""


def by_meaning_alone(x: Token, y: Token, relation: str) -> bool:
    """Whether two company words, both in Latin letters, are of one meaning but not of one form."""
    return relation == "variant" and x.kind == GENERIC and not same_form(x.text, y.text)


def _of_one_language(name: Prepared) -> bool:
    """Whether the company words of a name can all be of one language."""
    said = [set(t.languages) for t in name.tokens if t.languages]
    return not said or bool(set.intersection(*said))


def _left(link: Link) -> tuple[int, ...]:
    return link.left


def _right(link: Link) -> tuple[int, ...]:
    return link.right


def _shortened(
    short: Prepared, open_short: list[float], long: Prepared, open_long: list[float], enough: float
) -> bool:
    """Whether a name is the other's shortened: all its words are in the other, and one of them is distinctive.

    A single word (iRay) has to be all that is distinctive in the other; several have to weigh `enough` together.
    """
    words = 0
    said = 0.0
    distinctive = False
    for token, weight in zip(short.tokens, open_short, strict=True):
        if token.kind in (LEGAL, FILLER):
            continue
        if weight > 0:
            return False
        words += 1
        said += token.weight
        distinctive = distinctive or token.kind == WORD
    if not distinctive:
        return False
    if _branch(long, open_long):
        return False
    if words > 1:
        return said >= enough
    return not any(t.kind in (WORD, NUMBER) and w > 0 for t, w in zip(long.tokens, open_long, strict=True))


def _branch(name: Prepared, opened: list[float]) -> bool:
    """Whether a place that the other name lacks stands behind the brand, as in the name of a branch (Petropars UK).

    The home town in front (Hangzhou Hikvision) is mostly left out, and behind the legal form stands an address.
    """
    branded = False
    for token, weight in zip(name.tokens, opened, strict=True):
        if token.kind == LEGAL and branded:
            return False
        if token.kind == PLACE and branded and weight > 0:
            return True
        branded = branded or token.kind == WORD
    return False


def _front(name: Prepared) -> int:
    """Position of the first word of a person's name proper; a Muhammad before two more names is mostly dropped."""
    tokens = name.tokens
    for i, token in enumerate(tokens):
        if token.kind not in _BESIDE:
            if "given:muhammad" in token.classes:
                rest = [j for j in range(i + 1, len(tokens)) if tokens[j].kind not in _BESIDE]
                return rest[0] if len(rest) > 1 else i
            return i
    return 0


def _last(name: Prepared) -> int:
    """Position of the last word of a person's name proper."""
    return next((i for i in range(len(name.tokens) - 1, -1, -1) if name.tokens[i].kind not in _BESIDE), 0)


def _middle_missing(
    short: Prepared, open_short: list[float], long: Prepared, open_long: list[float], met: bool
) -> bool:
    """Whether a person's name is the other without middle names: it has two words or more, and all are in the other.

    met: whether both begin with the same name. If they do not, only patronymics may be missing (Yuri Shcherbakov,
    Shcherbakov Yuri Petrovich). A syllable of a Chinese or Korean given name is no middle name (Kim Jong, Kim Jong Un).
    """
    words = 0
    family = False
    for token, weight in zip(short.tokens, open_short, strict=True):
        if token.kind in _BESIDE:
            continue
        if weight > 0:
            return False
        words += token.kind == WORD
        family = family or token.chinese
    if words < 2:
        return False
    missing = [t for t, w in zip(long.tokens, open_long, strict=True) if w > 0 and t.kind not in _BESIDE]
    if family and any(t.syllable for t in missing):
        return False
    return met or all(t.text.endswith(_PATRONYMIC) for t in missing)


def _left_over(name: Prepared, opened: list[float]) -> str:
    return "".join(t.sound or t.text for t, w in zip(name.tokens, opened, strict=True) if w > 0.1)


def _alike(a: str, b: str, start: float) -> float:
    """How alike the words left over are as a whole, 0 below `start` and 1 when equal."""
    value: float = Indel.normalized_similarity(a, b)
    return max(0.0, (value - start) / (1 - start))
