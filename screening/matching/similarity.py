"""How alike two words are, 0-1, and by which relation. Symmetric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA, Indel

from screening.names.prepare import (
    FILLER,
    GENERIC,
    INITIAL,
    KIND_NAMES,
    LEGAL,
    NUMBER,
    PARTICLE,
    PLACE,
    SUFFIX,
    TITLE,
    WORD,
    Token,
)
from screening.names.sounds import transcribed
from screening.settings import Similarities

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = (0.0, "")
_BY_MEANING = frozenset({GENERIC, PLACE, TITLE, PARTICLE, SUFFIX, FILLER})
_osa = OSA.distance
_indel = Indel.normalized_similarity


def most_edits(length: int) -> int:
    """Edits allowed between two words of which the longer has this many letters: none to 2, 1 to 4, else 2.

    More than two edits is left to the sound and skeleton keys: Damerau (1964) found four of five spelling errors to
    be a single edit, and the index looks up deletions of at most two letters.
    """
    return 0 if length < 3 else 1 if length < 5 else 2


def similarity(a: Token, b: Token, s: Similarities) -> tuple[float, str]:
    """Similarity (0-1) and relation of two words; (0, "") when nothing relates them."""
    if a is b:
        return 1.0, "equal"
    ka, kb = a.kind, b.kind
    if ka == NUMBER or kb == NUMBER:
        if ka == kb and a.canon == b.canon:
            return (1.0, "equal") if a.text == b.text else (s.variant, "variant")
        return NONE
    if ka == LEGAL and kb == LEGAL:
        if a.text == b.text:
            return 1.0, "equal"
        if a.canon == b.canon or not set(a.canon.split("|")).isdisjoint(b.canon.split("|")):
            return s.variant, "legal form"
        return (s.field, "same field") if a.field and a.field == b.field else NONE
    ta, tb = a.text, b.text
    if a.han and b.han:
        return _han(a, b, s)
    if ta == tb:
        # a Chinese word that stands for several English ones is shown with the one meant in brackets
        how = "translation" if "(" in a.shown or "(" in b.shown else "transliteration"
        return 1.0, "equal" if a.shown == b.shown else how
    if ka in _BY_MEANING and ka == kb and a.canon == b.canon:
        if ka == GENERIC and not _same_word(a, b):
            return s.related, "same field"
        return s.variant, "translation" if a.han or b.han or not (a.shown + b.shown).isascii() else "variant"
    if a.field and a.field == b.field:
        return s.field, "same field"
    if ka == INITIAL or kb == INITIAL:
        if (
            (ka == INITIAL) != (kb == INITIAL)
            and ta[0] == tb[0]
            and ka not in _UNINITIALED
            and kb not in _UNINITIALED
        ):
            return s.initial, "initial"
        return NONE
    if (a.plain or b.plain) and (a.plain or ta) == (b.plain or tb):
        return s.name_variant, "look-alike digits"
    best = NONE
    shared = a.classes & b.classes
    if shared:
        if all(c.startswith("nick:") for c in shared):
            best = (s.nickname, "nickname")
        else:
            return s.name_variant, "name variant"
    if (a.meaning and kb in (GENERIC, PLACE) and a.meaning == (b.canon,)) or (
        b.meaning and ka in (GENERIC, PLACE) and b.meaning == (a.canon,)
    ):
        best = (s.variant, "translation")
    la, lb = len(ta), len(tb)
    longest = la if la > lb else lb
    if ka in _KNOWN and kb in _KNOWN:
        pass  # two different words of the knowledge may sound alike
    elif a.sound and a.sound == b.sound:
        found = s.sound if longest > 4 else s.sound - 0.05 if longest > 2 else 0.0
        if found > best[0]:
            best = (found, "sound")
    elif a.skeleton and a.skeleton == b.skeleton:
        size = len(a.skeleton)
        if (size > 2 and longest > 3) or (size > 1 and (a.abjad or b.abjad)):
            if a.abjad or b.abjad:  # the vowels are not written: nothing differs
                found = s.unvowelled if size > 2 else s.skeleton
            else:
                found = s.skeleton if size > 2 else s.skeleton - 0.1
                if a.classes and b.classes:
                    found -= s.known_vowels
                found -= s.vowels * (1 - _indel(a.sound, b.sound))
            if found > best[0]:
                best = (found, "sound")
    if ka == WORD == kb and best[0] < s.transcribed and not (a.han or b.han):
        latin = (a.shown + b.shown).isascii()
        if a.shown.isascii() != b.shown.isascii() and (rough := transcribed(ta)) and rough == transcribed(tb):
            best = (s.transcribed, "transcription")
        elif (
            a.hard_h
            and a.skeleton != b.skeleton
            and a.hard_h == b.hard_h
            and (not latin or best[0] < s.skeleton)
        ):
            best = (s.skeleton if latin else s.transcribed, "sound")
    if ka == LEGAL or kb == LEGAL:
        edits = 1 if longest > 4 and (ka == WORD or kb == WORD) else 0
    elif ka in _KNOWN or kb in _KNOWN:
        # two known words are two words (import, export); one known word has at most a slip in it
        edits = min(1, most_edits(longest)) if ka not in _KNOWN or kb not in _KNOWN else 0
    else:
        edits = most_edits(longest)
    if edits and abs(la - lb) <= edits:
        distance = _osa(ta, tb, score_cutoff=edits)
        if distance <= edits:
            share = distance / longest
            found = 1.0 - (s.edit_cost + s.second_edit_cost * (distance - 1)) / longest if distance else 1.0
            if longest < 5 and la != lb and ta[0] != tb[0]:
                found -= s.short_front_edit
            if 1.0 - share >= s.least_edit and found > best[0] and _same_digits(ta, tb):
                if bool(a.han) != bool(b.han):
                    found -= s.other_reading
                latin = a.shown.isascii() and b.shown.isascii()
                found -= _another_word(ta, tb, distance, s, latin=latin)
                if found > best[0]:
                    best = (found, "edit")
    if best[0] > s.other_name and a.classes and b.classes and not shared and best[1] == "edit":
        if la == lb and sorted(ta) == sorted(tb):
            return best  # two letters swapped give no other name but by a slip (Lotfi, Lotif)
        return s.other_name, best[1]
    return best


def _another_word(a: str, b: str, distance: int, s: Similarities, *, latin: bool) -> float:
    """What an edit costs beside, where it makes another word rather than a slip of the pen.

    One consonant for another (Rico, Nico; Haram, Haraz): Pollock and Zamora (1984) find that slips leave letters out,
    double and swap them more often than they put another in, and romanisations differ in vowels. And what a compound
    has in common (Abdul Manan, Abdul Kanan) is no part of the word that differs. latin: whether both are so written.
    """
    whole = longest = max(len(a), len(b))
    if a[:3] == "abd" == b[:3]:
        a, b, longest = a[3:], b[3:], longest - 3
    if a[-3:] == "din" == b[-3:]:
        a, b, longest = a[:-3], b[:-3], longest - 3
    cost = 0.0
    if longest < whole:
        cost = (s.edit_cost + s.second_edit_cost * (distance - 1)) * (1 / max(longest, 1) - 1 / whole)
    if latin and distance == 1 and len(a) == len(b):
        at = 0
        while at < len(a) and a[at] == b[at]:
            at += 1
        if at < len(a) and a[at + 1 :] == b[at + 1 :] and not (a[at] in _VOWELS and b[at] in _VOWELS):
            cost += 0.0 if frozenset((a[at], b[at])) in _ALIKE else s.other_consonant / longest
    return cost


def _same_digits(a: str, b: str) -> bool:
    """Whether two words have the same digits, or one none: a changed digit is another number (YV2030, YV2031)."""
    if a.isalpha() or b.isalpha():
        return True
    return [c for c in a if c.isdigit()] == [c for c in b if c.isdigit()]


def facts(words: Sequence[Token]) -> NDArray[np.uint16]:
    """What edit_similarity and skeleton_similarity need of words, one row each: kind, length, first letter, whether it has
    Chinese characters, whether it is a known name, the sum of its letters (two words of one length that a swap relates
    have the same), the length of its skeleton, whether its vowels are not written, whether it is written in Latin letters.
    """
    rows = [
        (
            t.kind,
            min(len(t.text), 65535),
            ord(t.text[0]),
            bool(t.han),
            bool(t.classes),
            sum(t.text.encode()) & 65535,
            min(len(t.skeleton), 65535),
            t.abjad,
            t.shown.isascii(),
        )
        for t in words
    ]
    return np.asarray(rows, np.uint16).reshape(len(rows), 9)


def allowed_edits(a: NDArray[np.uint16], b: NDArray[np.uint16]) -> NDArray[np.int64]:
    """How many edits apart pairs of words may be to be alike by their letters alone, as in similarity(). a, b: see facts."""
    kind_a, kind_b = a[:, 0], b[:, 0]
    longest = np.maximum(a[:, 1], b[:, 1])
    allowed = np.where(longest < 3, 0, np.where(longest < 5, 1, 2))
    known_a, known_b = _IS_KNOWN[kind_a], _IS_KNOWN[kind_b]
    allowed = np.where(known_a | known_b, np.minimum(allowed, 1), allowed)
    legal_a, legal_b = kind_a == LEGAL, kind_b == LEGAL
    word = (kind_a == WORD) | (kind_b == WORD)
    allowed = np.where(legal_a | legal_b, (longest > 4) & word, allowed)
    apart = (known_a & known_b) | (legal_a & legal_b) | ((a[:, 3] > 0) & (b[:, 3] > 0))
    allowed[apart | (kind_a == NUMBER) | (kind_b == NUMBER)] = 0
    return allowed


def edit_similarity(
    a: NDArray[np.uint16], b: NDArray[np.uint16], distance: NDArray[np.uint8], s: Similarities
) -> NDArray[np.float64]:
    """similarity(), or more, of pairs of words that nothing but their letters relates. a, b: see facts. distance: OSA,
    from 1.
    """
    longest, far = np.maximum(a[:, 1], b[:, 1]).astype(np.int64), distance.astype(np.int64)
    short_front = (longest < 5) & (a[:, 1] != b[:, 1]) & (a[:, 2] != b[:, 2])
    found = 1.0 - (s.edit_cost + s.second_edit_cost * (far - 1)) / longest - s.short_front_edit * short_front
    swapped = (a[:, 1] == b[:, 1]) & (a[:, 5] == b[:, 5])
    two_names = (a[:, 4] > 0) & (b[:, 4] > 0) & ~swapped
    found = np.where(two_names, np.minimum(found, s.other_name), found)
    counts = (far <= allowed_edits(a, b)) & (1.0 - far / longest >= s.least_edit)
    return np.where(counts, np.maximum(found, 0.0), 0.0)


def skeleton_similarity(a: NDArray[np.uint16], b: NDArray[np.uint16], s: Similarities) -> NDArray[np.float64]:
    """similarity(), or more, of pairs of words that nothing but their equal consonants relates. a, b: see facts."""
    kind_a, kind_b, size = a[:, 0], b[:, 0], np.minimum(a[:, 6], b[:, 6])
    unwritten = (a[:, 7] > 0) | (b[:, 7] > 0)
    counts = ((size > 2) & (np.maximum(a[:, 1], b[:, 1]) > 3)) | ((size > 1) & unwritten)
    counts &= ~((_IS_KNOWN[kind_a] & _IS_KNOWN[kind_b]) | ((a[:, 3] > 0) & (b[:, 3] > 0)))
    counts &= ~((kind_a == LEGAL) & (kind_b == LEGAL))
    counts &= ~(np.isin(kind_a, (INITIAL, NUMBER)) | np.isin(kind_b, (INITIAL, NUMBER)))
    short = np.where(size > 2, 0.0, 0.1)
    written = s.skeleton - short - s.known_vowels * ((a[:, 4] > 0) & (b[:, 4] > 0))
    found = np.where(unwritten, np.where(size > 2, s.unvowelled, s.skeleton), written)
    return np.where(counts, np.maximum(found, 0.0), 0.0)


def script_similarity(
    a: NDArray[np.uint16], b: NDArray[np.uint16], s: Similarities, *, transcribed: bool
) -> NDArray[np.float64]:
    """similarity(), or more, of pairs of words that nothing but the consonants relates which other scripts keep of them
    (transcribed), or those with h for g. a, b: see facts.
    """
    if transcribed:
        return np.where(a[:, 8] != b[:, 8], s.transcribed, 0.0)
    return np.where((a[:, 8] > 0) & (b[:, 8] > 0), s.skeleton, s.transcribed)


_VOWELS = frozenset("aeiouy")
# Letters that standards of romanisation, or the sounds of a language, put for one another.
_ALIKE = frozenset(map(frozenset, ("bp", "bv", "ck", "cq", "cs", "cz", "dt", "fv", "gh", "gj", "gk", "gq", "hk", "hx", "jz",
                                   "iy", "jy", "kq", "lr", "mn", "sx", "sz", "uw", "vw", "uv")))  # fmt: skip
_KNOWN = frozenset({GENERIC, PLACE, TITLE, PARTICLE, SUFFIX, FILLER})
_IS_KNOWN = np.isin(np.arange(len(KIND_NAMES)), list(_KNOWN))
_UNINITIALED = frozenset({LEGAL, TITLE, NUMBER, FILLER, PARTICLE})


def _same_word(a: Token, b: Token) -> bool:
    """Whether two company words of one meaning are one word: a translation, an inflection or an abbreviation.

    Gold and silver stand in one class, as translations do not keep them apart, but in one language they are two.
    """
    if not a.languages or not b.languages or set(a.languages).isdisjoint(b.languages):
        return True
    return (
        bool(a.han) != bool(b.han) or a.sound == b.sound or same_form(a.text, b.text)
    )  # a reading; two romanisations


def same_form(a: str, b: str) -> bool:
    """Whether one Latin word is the other inflected or abbreviated (trading, trade; international, intl)."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if short[0] != long[0]:
        return False
    if short[:4] == long[:4]:
        return True
    letters = iter(long)
    return all(c in letters for c in short)


def _han(a: Token, b: Token, s: Similarities) -> tuple[float, str]:
    """Two words of Chinese characters: the characters decide, an equal reading alone is a homophone."""
    if a.han == b.han:
        return 1.0, "equal"
    if a.kind in _BY_MEANING and a.kind == b.kind and a.canon == b.canon:
        return s.variant, "variant"
    if a.text == b.text:
        return s.homophone, "homophone"
    if a.classes and b.classes and a.classes & b.classes and len(a.han) > 1:
        return s.name_variant, "name variant"
    longest = max(len(a.han), len(b.han))
    if longest > 2 and _osa(a.han, b.han, score_cutoff=1) <= 1:
        found = 1.0 - 1.0 / longest
        if found >= s.least_edit:
            return found, "edit"
    return NONE
