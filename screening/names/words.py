"""Text to comparison words: lower case, Latin letters, one word a token. Unspaced scripts stay as they are."""

from __future__ import annotations

import re

from screening.names.scripts import to_latin, unmix

# Apostrophes and the like inside words vanish (AL-'ALI, O'Neill, Ta'izz); all else that is no letter separates.
_APOSTROPHES = re.compile("['`´‘’ʻʼʽʾʿ׳״\"“”„]")
# S.A., J.K., U.S.A, S.A: dotted single letters are one word.
_DOTTED = re.compile(r"(?<!\w)(?:[^\W\d_]\.)+[^\W\d_](?!\w)\.?")
_SLASHED = re.compile(r"(?<![^\W_])([^\W\d_])/([^\W\d_])(?![^\W_])")
# Vowel signs and tone marks of the Indic scripts, of Thai, Lao, Burmese and Khmer are part of their words though they
# are no letters.
_WORD = re.compile(
    r"(?:[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ecd\u1000-\u109f\u1780-\u17d3])+"
)
_ASCII_WORD = re.compile(r"[0-9a-z]+")
_UNSPACED_RUN = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U000323af\u0e00-\u0e7f]+"
)


def _join_dots(match: re.Match[str]) -> str:
    return " " + match.group().replace(".", "") + " "


def split_raw(text: str) -> list[str]:
    """Case-folded text to words of their own scripts. A run of an unspaced script is one word."""
    if "." in text:
        text = _DOTTED.sub(_join_dots, text)
    if "/" in text:
        text = _SLASHED.sub(r"\1\2", text)
    if "&" in text or "+" in text:
        text = text.replace("&", " and ").replace("+", " and ")
    if text.isascii():
        if "'" in text or '"' in text or "`" in text:
            text = _APOSTROPHES.sub("", text)
        return _ASCII_WORD.findall(text)
    text = _APOSTROPHES.sub("", text)
    return _WORD.findall(_UNSPACED_RUN.sub(r" \g<0> ", _with_marks(text)))


def _with_marks(text: str) -> str:
    """Drop combining marks that `\\w` would split words at, where the base script does not need them."""
    import unicodedata

    if any(unicodedata.combining(c) for c in text):
        text = unicodedata.normalize("NFC", text)
        return "".join(c for c in text if not unicodedata.combining(c) or "\u0900" <= c <= "\u17ff")
    return text


def split_words(text: str) -> list[str]:
    """Case-folded text to Latin comparison words (for the keys of the knowledge); unspaced runs are kept as they are."""
    words: list[str] = []
    for raw in split_raw(text):
        if _UNSPACED_RUN.fullmatch(raw):
            words.append(raw)
        else:
            latin = to_latin(unmix(raw)[0])
            if latin:
                words.append(latin)
    return words


def is_unspaced_run(word: str) -> bool:
    """Whether a word of split_raw is a run of a script written without spaces."""
    return not word.isascii() and _UNSPACED_RUN.fullmatch(word) is not None
