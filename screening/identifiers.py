"""Identifiers of parties: how they are compared and which of them prove themselves by a check digit."""

from __future__ import annotations

import importlib
import re
import unicodedata

from screening.model import Identifier

# Scheme -> module of python-stdnum that knows its format and check digits.
_CHECKED = {
    "bic": "stdnum.bic",  # ISO 9362, banks
    "brn": "stdnum.kr.brn",  # Republic of Korea, business registration number
    "edrpou": "stdnum.ua.edrpou",  # Ukraine, register of enterprises
    "iban": "stdnum.iban",  # ISO 13616, bank accounts
    "imo": "stdnum.imo",  # ships; companies have numbers of their own: imo-company
    "inn": "stdnum.ru.inn",  # Russia, taxpayers
    "isin": "stdnum.isin",  # ISO 6166, securities
    "lei": "stdnum.lei",  # ISO 17442, legal entities
    "ogrn": "stdnum.ru.ogrn",  # Russia, state register
    "unp": "stdnum.by.unp",  # Belarus, taxpayers
    "uscc": "stdnum.cn.uscc",  # China, GB 32100-2015
}

# Schemes without a check digit: what their values look like, and the same in words.
_FORMATS = {
    "imo-company": (r"[0-9]{7}", "7 digits"),
    "ofac": (r"[0-9]{1,7}", "the number OFAC gives an entry (uid)"),
}

# What columns such as "Registration number" and "Tax number" hold: a number that does not say of which register.
UNSPECIFIC = frozenset({"registration", "tax"})
# Schemes that such a number is taken for. Each is told by its length, has at least ten characters and check digits, so
# that a number of another register is not taken for it by chance (a ship's number of seven digits would be).
_TOLD_BY_LENGTH = {
    "inn": re.compile("[0-9]{10}|[0-9]{12}"),
    "ogrn": re.compile("[0-9]{13}|[0-9]{15}"),
    "uscc": re.compile("[0-9A-Z]{18}"),
    "lei": re.compile("[0-9A-Z]{20}"),
}

_SCHEME = re.compile(r"[a-z][a-z0-9-]{1,39}")


def normalise(scheme: str, value: str) -> str:
    """The form in which two values of a scheme are compared; "" where nothing is left.

    Full-width characters become plain ones, letters capitals, and everything but letters and digits is
    dropped. Leading zeros stay: they are part of a number such as 002415. A leading "IMO" is dropped from
    ships' numbers.

    >>> normalise("uscc", "9142 0100-0668186736")
    '914201000668186736'
    """
    text = "".join(c for c in unicodedata.normalize("NFKC", value).upper() if c.isalnum())
    if scheme in ("imo", "imo-company"):
        text = text.removeprefix("IMO")
    return text


def specific(identifier: Identifier) -> Identifier | None:
    """The identifier that an unspecific number may be, with its scheme; None for any other. Check digits: see `problem`."""
    if identifier.scheme not in UNSPECIFIC:
        return None
    plain = normalise(identifier.scheme, identifier.value)
    scheme = next((name for name, form in _TOLD_BY_LENGTH.items() if form.fullmatch(plain)), None)
    return Identifier(scheme=scheme, value=identifier.value) if scheme else None


def problem(scheme: str, value: str) -> str | None:
    """What is wrong with a value, as words to follow "found ...", or None.

    Schemes with a check digit are checked with python-stdnum; a few more by their form; the rest must hold a
    letter or a digit.
    """
    if not _SCHEME.fullmatch(scheme):
        return f'the scheme "{scheme}" (lower-case letters, digits and hyphens are allowed)'
    plain = normalise(scheme, value)
    if not plain:
        return "no letter or digit"
    if scheme in _FORMATS:
        pattern, words = _FORMATS[scheme]
        return None if re.fullmatch(pattern, plain) else f"something else than {words}"
    if scheme not in _CHECKED:
        return _near_miss(scheme)
    exceptions = importlib.import_module("stdnum.exceptions")
    try:
        importlib.import_module(_CHECKED[scheme]).validate(plain)
    except exceptions.InvalidLength:
        return f"{len(plain)} characters, which is the wrong length"
    except exceptions.InvalidChecksum:
        return "a wrong check digit"
    except exceptions.ValidationError:
        return "a wrong format"
    return None


def is_checked(scheme: str) -> bool:
    """Whether values of the scheme carry a check digit that `problem` verifies."""
    return scheme in _CHECKED


def _near_miss(scheme: str) -> str | None:
    """A slip in a scheme's name would switch its check off in silence; short names are too close to tell."""
    from rapidfuzz.distance import OSA

    near = sorted(known for known in _CHECKED if len(known) > 3 and OSA.distance(known, scheme) == 1)
    return f'the unknown scheme "{scheme}" (did you mean "{near[0]}"?)' if near else None
