"""Dates as lists write them, to ISO dates that may be partial ("1962", "1962-05")."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*|Z|[+-]\d\d:\d\d)?$")
_WORDS = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?[ .-]+)?([A-Za-z]{3,9})\.?[ ,-]+(\d{4})$")
_US_WORDS = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$")
_NUMBERS = re.compile(r"([\dD]{1,2})[/.]([\dM]{1,2})[/.](\d{4})$", re.IGNORECASE)
_ABOUT = re.compile(r"(?:circa|approximately|approx\.?|about|c\.|ca\.|around)\s*", re.IGNORECASE)
_RANGE = re.compile(r"(?:between\s+)?(.+?)\s+(?:to|and)\s+(.+)$|(\d{4})\s*[-–]\s*(\d{4})$", re.IGNORECASE)
# A wider range says too little to compare birth dates with; it is kept as wording.
_WIDEST_RANGE = 6


def _iso(year: int, month: int = 0, day: int = 0) -> str | None:
    if not 1 <= year <= 9999 or not 0 <= month <= 12:
        return None
    if not month:
        return f"{year:04d}"
    if not day:
        return f"{year:04d}-{month:02d}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def partial(text: str | None, *, month_first: bool = False) -> str | None:
    """The ISO date of one written date, or None.

    Reads 1962, 1962-05, 1962-05-17, 17 May 1962, May 1962, May 17, 1962, 17/05/1962 and dd/mm/1962
    (unknown day and month). month_first: 05/17/1962, as United States lists write it.
    """
    words = (text or "").strip().rstrip(".").strip()
    if not words:
        return None
    if found := _ISO.match(words):
        return _iso(int(found[1]), _number(found[2]), _number(found[3]))
    if found := _WORDS.match(words):
        month = _MONTHS.get(found[2].lower())
        return _iso(int(found[3]), month, _number(found[1])) if month else None
    if found := _US_WORDS.match(words):
        month = _MONTHS.get(found[1].lower())
        return _iso(int(found[3]), month, int(found[2])) if month else None
    if found := _NUMBERS.match(words):
        day, month = _number(found[1]), _number(found[2])
        if month_first:
            day, month = month, day
        return _iso(int(found[3]), month, day)
    return None


def years(first: str, last: str) -> tuple[str, ...]:
    """The years from first to last, () when the range is reversed or wider than six years."""
    if not (first.isdigit() and last.isdigit()):
        return ()
    low, high = int(first), int(last)
    if not low <= high < low + _WIDEST_RANGE:
        return ()
    return tuple(f"{year:04d}" for year in range(low, high + 1))


def births(text: str) -> tuple[str, ...]:
    """The dates a birth date in words may mean: "circa 1951" one year, "1962 to 1965" four years."""
    words = _ABOUT.sub("", text.strip(), count=1) if _ABOUT.match(text.strip()) else text.strip()
    single = partial(words)
    if single:
        return (single,)
    found = _RANGE.match(words)
    if not found:
        return ()
    low = partial(_ABOUT.sub("", found[1] or found[3]))
    high = partial(_ABOUT.sub("", found[2] or found[4]))
    if not low or not high:
        return ()
    if low[:4] == high[:4]:
        return (low[:7],) if low[:7] == high[:7] else (low[:4],)
    return years(low[:4], high[:4])


def is_plain(text: str) -> bool:
    """Whether the wording is a single date and nothing more."""
    return partial(text) is not None
