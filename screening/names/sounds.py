"""Keys under which spellings of one sound meet, whatever language romanised it.

Both keys are deliberately coarse: they only say that two words may be the same. The score of such a pair is lower
than that of an equal one (settings.TokenWeights). The rules are those on which the usual romanisation standards
differ: BGN/PCGN, GOST and ISO 9 for Cyrillic, ALA-LC and the French and English habits for Arabic and Persian,
Revised and McCune-Reischauer for Korean, pinyin and Wade-Giles for Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# Longest first; each pair is (spelling, sound). Capital letters in the sound are protected from later rules.
_RULES = (
    ("shch", "C"), ("szcz", "C"), ("stsch", "C"), ("schtsch", "C"), ("dzh", "J"), ("dsch", "J"), ("tsch", "C"),
    ("tch", "C"), ("sch", "S"), ("sh", "S"), ("ch", "C"), ("cz", "C"), ("zh", "J"), ("dj", "J"), ("kh", "H"),
    ("gh", "G"), ("ph", "F"), ("th", "T"), ("dh", "D"), ("bh", "B"), ("ts", "Z"), ("tz", "Z"), ("dz", "Z"),
    ("hs", "X"), ("ck", "K"), ("cc", "K"), ("ks", "X"), ("x", "X"), ("q", "K"), ("ce", "Si"), ("ci", "Si"), ("cy", "Si"),
    ("c", "K"), ("w", "V"), ("v", "V"), ("oo", "U"), ("ou", "U"), ("eo", "U"), ("eu", "U"), ("ee", "I"),
    ("ei", "I"), ("ey", "I"), ("ie", "I"), ("iy", "I"), ("yeo", "U"), ("you", "U"), ("yi", "I"), ("ij", "I"),
    ("ii", "I"), ("yy", "I"),
    ("ai", "AI"), ("ay", "AI"), ("ae", "AI"), ("au", "AU"), ("aw", "AU"), ("ya", "A"), ("ia", "A"), ("yu", "U"),
    ("iu", "U"), ("oe", "U"), ("ue", "U"), ("yo", "U"), ("io", "U"), ("ye", "I"),
)  # fmt: skip
_SOUND = dict(_RULES)
_PATTERN = re.compile("|".join(sorted((re.escape(a) for a, _ in _RULES), key=len, reverse=True)))
_SINGLE = str.maketrans("eoyj", "iuij")
_REPEAT = re.compile(r"(.)\1+")
_LAST_H = re.compile(r"(?<=..[aiu])h$", re.MULTILINE)
_VOWELS = str.maketrans("", "", "aiu")
_MOST_KNOWN = 500_000
_sounds: dict[str, str] = {}


def hear(words: Iterable[str]) -> None:
    """Find the sound keys of many words at once, in half the time, for `sound_key` to know."""
    if len(_sounds) > _MOST_KNOWN:
        _sounds.clear()
    new = [word for word in dict.fromkeys(words) if word not in _sounds and word.isalpha()]
    _sounds.update(zip(new, _folded("\n".join(new)).split("\n"), strict=False))


def _folded(lines: str) -> str:
    """The sounds of words, one a line."""
    folded = _PATTERN.sub(lambda m: _SOUND[m.group()], lines).translate(_SINGLE).lower()
    folded = _REPEAT.sub(_once, folded)
    return _LAST_H.sub("", folded)  # Fatima, Fatimah


def _once(match: re.Match[str]) -> str:
    return match[1]


def sound_key(word: str) -> str:
    """Fold an ASCII lower-case word to its sound: "yury", "iurii" and "yuriy" give one key; "" for digits."""
    found = _sounds.get(word)
    if found is None:
        if len(_sounds) > _MOST_KNOWN:
            _sounds.clear()
        found = _sounds[word] = _folded(word) if word.isalpha() else ""
    return found


@lru_cache(maxsize=262144)
def skeleton(word: str) -> str:
    """The consonants of the sound key, with a leading vowel kept as "a": muhammad and mhmd give "mhmd"."""
    key = sound_key(word)
    if not key:
        return ""
    head = "a" if key[0] in "aiu" else ""
    return head + _REPEAT.sub(_once, key.translate(_VOWELS))


_ROUGH_PAIRS = (
    ("shch", "s"), ("sh", "s"), ("ch", "s"), ("zh", "s"), ("ts", "s"), ("tz", "s"), ("dz", "s"), ("kh", "h"), ("gh", "k"),
    ("ph", "p"), ("th", "t"), ("dh", "t"), ("bh", "p"), ("ck", "k"), ("ce", "s"), ("ci", "s"), ("cy", "s"), ("x", "ks"),
)  # fmt: skip
_ROUGH = dict(_ROUGH_PAIRS)
_ROUGH_PATTERN = re.compile("|".join(sorted(map(re.escape, _ROUGH), key=len, reverse=True)))
_WRITTEN_VOWELS = str.maketrans("", "", "aeiouy")
_ROUGH_LETTERS = str.maketrans("bfvwdgqczjrm", "pppptkkkssln")


@lru_cache(maxsize=262144)
def transcribed(word: str) -> str:
    """The consonants that a brand keeps in another script: "hikvision", "haikubijiyon" and "khikvizhn" give "hkpsn".

    Japanese, Korean, Arabic and Russian do not tell all of b, p, v and f, of l and r, or of s, z, j and sh apart, and put
    vowels where theirs must stand. "" for fewer than five consonants: four are those of too many words.
    """
    folded = _ROUGH_PATTERN.sub(lambda m: _ROUGH[m.group()], word).translate(_ROUGH_LETTERS)
    folded = folded[:1] + folded[1:].replace("h", "")
    kept = _REPEAT.sub(_once, folded.translate(_WRITTEN_VOWELS))
    return kept if len(kept) > 4 else ""


def joined_sound(first: str, second: str) -> str:
    """The sound key of two words written as one, from their keys; "" when either has none."""
    if not first or not second:
        return ""
    return first + (second[1:] if second[0] == first[-1] else second)
