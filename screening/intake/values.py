"""What single cells say: whether a name can be screened, which country, which type, which date."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from screening.intake.columns import key
from screening.model import EntityType

NAME_LIMIT = 10_000
"""Code points of a name. The longest names in official lists stay under 1,000; a longer cell is not a name."""

_LETTER_OR_DIGIT = re.compile(
    r"[^\W_\u115f\u1160\u3164\uffa0]"
)  # Hangul fillers count as letters and show nothing
_SEVERAL = re.compile(r"[;|\r\n\t]+")
# The languages whose country names are read; the translations are pycountry's.
_LANGUAGES = (
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "tr",
    "ru",
    "uk",
    "zh_CN",
    "zh_TW",
    "ja",
    "ko",
    "ar",
    "fa",
)


class Vocabulary(NamedTuple):
    """values.yml. placeholders: casefolded cells; types and countries: key of a word -> value."""

    placeholders: frozenset[str]
    types: dict[str, EntityType]
    countries: dict[str, str]


def unusable(cell: str) -> str:
    """Why a stripped cell cannot be screened as a name; "" when it can."""
    if not cell:
        return "is empty"
    if len(cell) > NAME_LIMIT:
        return f"holds {len(cell):,} characters; a name has at most {NAME_LIMIT:,}"
    if _LETTER_OR_DIGIT.search(cell) is None:
        return "has no letter or digit"
    if cell.casefold() in vocabulary().placeholders:
        return f"holds the placeholder {cell!r}"
    return ""


def all_unusable(cells: list[str]) -> list[int]:
    """The indexes of the stripped cells for which unusable() gives a reason; made for whole columns."""
    letter, placeholders = _LETTER_OR_DIGIT.search, vocabulary().placeholders
    # Built-in functions over the whole column first: most columns are clean, and this is several times faster.
    if all(map(letter, cells)) and max(map(len, cells), default=0) <= NAME_LIMIT:
        if placeholders.isdisjoint(map(str.casefold, cells)):
            return []
        return [i for i, cell in enumerate(cells) if cell.casefold() in placeholders]
    return [i for i, cell in enumerate(cells) if unusable(cell)]


def several(cell: str) -> list[str]:
    """The values of a cell that may hold several, separated by ; or | or line breaks."""
    return [part for part in (p.strip() for p in _SEVERAL.split(cell)) if part]


def countries(cell: str) -> tuple[str, ...] | None:
    """ISO 3166-1 alpha-2 codes of a cell, without repeats; None when some of it is not recognised."""
    whole = _country(cell)
    if whole:
        return (whole,)
    for separator in (";", "|", "/", ","):
        parts = [part for part in cell.split(separator) if part.strip()]
        if len(parts) > 1:
            found = [_country(part) for part in parts]
            if all(found):
                return tuple(dict.fromkeys(code for code in found if code))
    return None


def entity_type(cell: str) -> EntityType | None:
    """The type a cell states, or None when it is not recognised."""
    return vocabulary().types.get(key(cell))


_YEAR = re.compile(r"(1[89]|20)\d\d")
_ISO = re.compile(r"((?:1[89]|20)\d\d)([-/.年])(\d{1,2})(?:[-/.月](\d{1,2})日?)?月?(?:[T ]\d\d:\d\d.*)?")
_COMPACT = re.compile(r"((?:1[89]|20)\d\d)(\d\d)(\d\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2((?:1[89]|20)\d\d)(?: \d\d?:\d\d.*)?")
_WORDS = re.compile(
    r"(?:(\d{1,2})[-. ]+)?([A-Za-z]{3,9})[-., ]+(?:(\d{1,2})(?:st|nd|rd|th)?,? +)?((?:1[89]|20)\d\d)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def birth_date(cell: str) -> tuple[str, bool]:
    """A date as ISO text, partial where the cell is, "" where it is no date.

    The flag is True when day and month could be exchanged ("03/04/1962"): then the year alone is returned. A dot
    between the parts is day-month order everywhere it is used.
    """
    if _YEAR.fullmatch(cell):
        return cell, False
    if found := _ISO.fullmatch(cell):
        return _date(found[1], found[3], found[4]), False
    if found := _COMPACT.fullmatch(cell):
        return _date(*found.groups()), False
    if found := _DAY_FIRST.fullmatch(cell):
        first, separator, second, year = found.groups()
        if int(second) > 12:
            return _date(year, second=first, third=second), False
        if separator != "." and int(first) <= 12 and first != second:
            return year, True
        return _date(year, second=second, third=first), False
    if found := _WORDS.fullmatch(cell):
        before, word, after, year = found.groups()
        month = next((n for n, name in enumerate(_MONTHS, 1) if word.casefold().startswith(name)), 0)
        if month and not (before and after):
            return _date(year, str(month), before or after), False
    return "", False


def _date(year: str, second: str, third: str | None) -> str:
    import datetime

    try:
        datetime.date(int(year), int(second), int(third or 1))
    except ValueError:
        return ""
    return f"{year}-{int(second):02}" + (f"-{int(third):02}" if third else "")


def _country(text: str) -> str | None:
    text = text.strip()
    if not text:
        return None
    found = _codes().get(text.upper()) or vocabulary().countries.get(key(text)) or _english().get(key(text))
    return found or _translated().get(key(text))


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The contents of values.yml."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text, no tag is honoured
    text = files(__package__).joinpath("values.yml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506
    types: dict[str, EntityType] = {}
    kinds: tuple[EntityType, ...] = ("person", "organization", "vessel", "aircraft")
    for kind in kinds:
        types.update((key(word), kind) for word in _flat(table["types"][kind]))
    named = {key(word): code for code, found in table["countries"].items() for word in _flat(found)}
    return Vocabulary(frozenset(word.casefold() for word in _flat(table["placeholders"])), types, named)


def _flat(entries: list[Any]) -> list[str]:
    return [word for entry in entries for word in ([entry] if isinstance(entry, str) else entry)]


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    import pycountry

    codes: dict[str, str] = {}
    for country in pycountry.countries:
        codes.update(
            {
                country.alpha_2: country.alpha_2,
                country.alpha_3: country.alpha_2,
                country.numeric: country.alpha_2,
            }
        )
    return codes


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    import pycountry

    found: dict[str, str] = {}
    for country in pycountry.countries:
        for field in ("name", "official_name", "common_name"):
            if name := getattr(country, field, None):
                found[key(name)] = country.alpha_2
                # "Korea, Republic of" is also written "Republic of Korea".
                found.setdefault(key(" ".join(reversed(name.split(", ")))), country.alpha_2)
    return found


@lru_cache(maxsize=1)
def _translated() -> dict[str, str]:
    import gettext

    import pycountry

    found: dict[str, str] = {}
    for language in _LANGUAGES:
        texts = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for country in pycountry.countries:
            for field in ("name", "official_name", "common_name"):
                if name := getattr(country, field, None):
                    found.setdefault(key(texts.gettext(name)), country.alpha_2)
    return found
