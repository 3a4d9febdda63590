"""Codes of goods as people write them: HS and national tariff codes, ECCN and EU dual-use numbers."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_SEPARATORS = re.compile(r"[;,|/\r\n\t]+")
_LABEL = re.compile(
    r"^(?:hs|hts|htsus|taric|cn|ncm|gtip|тн\s*вэд|уктзед)(?:[\s-]*(?:code|no|nr))?[\s.:#-]*(?=\d)", re.I
)
# 854231 and 8542.31; blanks, dots and hyphens between groups are layout (WCO: 8542.31; EU: 8542 31 90; US: 8542.31.0000).
_LAYOUT = re.compile(r"[\s.\-\u2010-\u2015]+")
_DECIMAL_COMMA = re.compile(r"\d{4},\d{1,2}")
# A spreadsheet that took a code for a number: 8482.10 became 8482.1, 8542310000 became 8542310000.0.
_LOST_ZERO = re.compile(r"(\d{4})\.(\d)")
_FLOAT = re.compile(r"(\d{6,})\.0")
_NONE = frozenset({"", "-", "--", "n/a", "na", "none", "no", "nil", "0", "ear99", "nlr", "nocode", "x"})


class Codes(NamedTuple):
    """The codes of a cell. digits: each without layout. unread: parts that are no code."""

    digits: tuple[str, ...]
    unread: tuple[str, ...]


def hs_codes(cell: str) -> Codes:
    """The HS or national tariff codes of a cell (several separated by ; , | / or line breaks), 2 to 14 digits each.

    >>> hs_codes("8542.31; HS 8542 32 0000").digits
    ('854231', '8542320000')
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    if text.casefold() in _NONE:
        return Codes((), ())
    if _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    found: dict[str, None] = {}
    unread: list[str] = []
    for part in _SEPARATORS.split(text):
        plain = _LABEL.sub("", part.strip())
        if plain.casefold().replace(" ", "") in _NONE:
            continue
        codes = [_digits(item) for item in _several(plain)]
        if all(codes):
            found.update(dict.fromkeys(code for code in codes if code))
        else:
            unread.append(part.strip())
    return Codes(tuple(found), tuple(unread))


def _several(text: str) -> list[str]:
    """ "8542.31 8542.32" are two codes, "8542 31 0000" is one."""
    words = text.split()
    long = [word for word in words if len(_LAYOUT.sub("", word)) >= 6]
    return words if len(words) > 1 and len(long) == len(words) else [text]


def _digits(text: str) -> str | None:
    if found := _LOST_ZERO.fullmatch(text):
        return f"{found[1]}{found[2]}0"
    if found := _FLOAT.fullmatch(text):
        return found[1]
    digits = _LAYOUT.sub("", text)
    return digits if re.fullmatch(r"[0-9]{2,14}", digits) else None


def hs_relation(given: str, listed: str) -> str:
    """How a given code stands to a listed one, both as digits.

    "equal"; "below" (the given code is a national line of the listed one); "heading" (the given code is too short to
    tell); "" (other goods). The first six digits are the Harmonised System's, those after it a country's own.
    """
    if given == listed:
        return "equal"
    if given.startswith(listed):
        return "below"
    # A table of numbers loses the zero of chapters 01 to 09.
    if len(given) % 2 and f"0{given}".startswith(listed) and listed.startswith("0"):
        return "below"
    return "heading" if len(given) in (4, 5) and listed.startswith(given) else ""


_ECCN = re.compile(r"(?<![0-9A-Z])([0-9])\s*([A-E])\s*([0-9]{3})((?:\s*\.?\s*[A-Z0-9]+)*)")


def eccns(cell: str) -> Codes:
    """The ECCN or EU dual-use numbers of a cell as letters and digits alone, sub-paragraphs kept.

    >>> eccns("3a001.a.7; EAR99").digits
    ('3A001A7',)
    """
    text = unicodedata.normalize("NFKC", cell).strip().upper()
    if text.casefold() in _NONE:
        return Codes((), ())
    found: dict[str, None] = {}
    unread: list[str] = []
    for part in re.split(r"[;,|/\r\n\t]+", text):
        if part.strip().casefold() in _NONE:
            continue
        code = _ECCN.fullmatch(part.strip().removeprefix("ECCN").strip(" :."))
        if code:
            found["".join(code.groups()[:3]) + re.sub(r"[\s.]", "", code[4])] = None
        else:
            unread.append(part.strip())
    return Codes(tuple(found), tuple(unread))


def eccn_matches(given: str, listed: str) -> bool:
    """Whether a given number is the listed one or stands below it (3A001A7 below 3A001). Both as `eccns` gives them."""
    return given.startswith(listed)
