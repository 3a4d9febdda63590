"""Kana and Burmese to Latin letters, syllable by syllable, as names are usually spelt.

Kana by the modified Hepburn of the Library of Congress, long vowels unmarked; Burmese by sound, after the conventional
spelling of names (Min Aung Hlaing, Aung San Suu Kyi), which leaves tones unwritten.
"""

from __future__ import annotations

import re

_ROWS = {
    "アイウエオ": "a i u e o", "カキクケコ": "ka ki ku ke ko", "ガギグゲゴ": "ga gi gu ge go",
    "サシスセソ": "sa shi su se so",
    "ザジズゼゾ": "za ji zu ze zo", "タチツテト": "ta chi tsu te to", "ダヂヅデド": "da ji zu de do",
    "ナニヌネノ": "na ni nu ne no", "ハヒフヘホ": "ha hi fu he ho", "バビブベボ": "ba bi bu be bo",
    "パピプペポ": "pa pi pu pe po", "マミムメモ": "ma mi mu me mo", "ヤユヨ": "ya yu yo", "ラリルレロ": "ra ri ru re ro",
    "ワヰヱヲン": "wa i e o n", "ヴヵヶ": "vu ka ke", "ヷヸヹヺ": "va vi ve vo",
}  # fmt: skip
_KANA = {c: latin for row, read in _ROWS.items() for c, latin in zip(row, read.split(), strict=True)}
_SMALL_VOWELS = dict(zip("ァィゥェォヮ", "aiueoa", strict=True))
_SMALL_Y = dict(zip("ャュョ", ("ya", "yu", "yo"), strict=True))
_LONG, _DOUBLING = "ー", "ッ"


def kana(text: str) -> str:
    """Katakana and Hiragana to Latin letters; other characters stay."""
    out: list[str] = []
    doubled = False
    for char in text:
        if "ぁ" <= char <= "ゖ":
            char = chr(ord(char) + 0x60)
        if char == _DOUBLING:
            doubled = True
        elif char in _SMALL_Y and out and out[-1].endswith("i"):
            stem = out[-1][:-1]
            out[-1] = stem + _SMALL_Y[char][1 if stem.endswith(("sh", "ch", "j")) else 0 :]
        elif char in _SMALL_VOWELS and out and out[-1][-1:] in ("a", "i", "u", "e", "o"):
            stem = out[-1][:-1] or "w"  # ウィ is wi, フィ is fi, ティ is ti
            out[-1] = stem + _SMALL_VOWELS[char]
        elif char != _LONG:
            latin = _KANA.get(char) or _SMALL_Y.get(char) or _SMALL_VOWELS.get(char) or char
            if doubled and latin[0] not in "aiueo":
                latin = latin[0] + latin
            doubled = False
            out.append(latin)
    return "".join(out)


_CONSONANTS = "ကခဂဃငစဆဇဈဉညဋဌဍဎဏတထဒဓနပဖဗဘမယရလဝသဟဠအဿ"
_READ = "k kh g g ng s s z z ny ny t ht d d n t ht d d n p ph b b m y y l w th h l _ th"
_INITIALS = dict(zip(_CONSONANTS, _READ.split(), strict=True))
_ALONE = str.maketrans({"ဣ": "i", "ဤ": "i", "ဥ": "u", "ဦ": "u", "ဧ": "e", "ဩ": "aw", "ဪ": "aw"})
_SYLLABLE = re.compile("([က-အဿ])([ျြွှ]*)([ါ-ဲံ]*)(်?)[့း]*(?:([က-အ])(့?)(?:်|(?=္))([့း]*)္?)?")
_OPEN = {
    "": "a", "ာ": "a", "ါ": "a", "ိ": "i", "ီ": "i", "ု": "u", "ူ": "u", "ေ": "e", "ဲ": "e", "ော": "aw", "ေါ": "aw",
    "ို": "o", "ံ": "an", "ုံ": "on", "ိံ": "ein",
}  # fmt: skip
# by the final consonant, then by the vowel
_CLOSED = {
    "င": {"": "in", "ော": "aung", "ေါ": "aung", "ို": "aing"},
    "က": {"": "et", "ော": "auk", "ေါ": "auk", "ို": "aik"},
    "စ": {"": "it"},
    "ည": {"": "i"},
    "ဉ": {"": "in"},
    "ယ": {"": "e"},
    "တ": {"": "at", "ိ": "eit", "ု": "ok"},
    "ပ": {"": "at", "ိ": "eit", "ု": "ok"},
    "န": {"": "an", "ိ": "ein", "ု": "on"},
    "မ": {"": "an", "ိ": "ein", "ု": "on"},
    "ဏ": {"": "an", "ိ": "ein", "ု": "on"},
}  # fmt: skip


def burmese(text: str) -> str:
    """Burmese to Latin letters; other characters stay."""
    return _SYLLABLE.sub(_burmese_syllable, text.translate(_ALONE)).replace("့", "").replace("း", "")


def _burmese_syllable(match: re.Match[str]) -> str:
    first, medials, vowel, _, final, *tones = match.groups()
    start = _INITIALS[first].replace("_", "")
    if "ှ" in medials:
        start = "sh" if first in "ရယ" or ("ျ" in medials and first == "လ") else "h" + start
    if ("ျ" in medials or "ြ" in medials) and not start.endswith(("sh", "y")):
        start = "ch" if start == "kh" else start + "y"
    if final is None:
        rhyme = _OPEN.get(vowel, "a")
        if "ွ" in medials:
            start += "w"
    else:
        rhyme = _CLOSED.get(final, {}).get(vowel) or _OPEN.get(vowel, "a") + _INITIALS[final].replace("_", "")
        if "ွ" in medials:
            rhyme = {"an": "un", "at": "ut"}.get(rhyme, "w" + rhyme)
        if "့" in "".join(tones) and rhyme.endswith("n"):
            rhyme += "t"  # Nyunt, Myint: the creaky tone
    return start + rhyme
