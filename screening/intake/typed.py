"""Typed values (spreadsheets, Parquet, DataFrames) as the text a user reads."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable


def text(value: object) -> str:
    """A cell as text.

    "" for a missing value, whole floats without ".0", dates as ISO without a midnight, lists joined by "; ". Bytes that
    are not UTF-8 are U+FFFD, which cannot be screened as a name.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return "\N{REPLACEMENT CHARACTER}"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {text(part)}" for key, part in value.items())
    if isinstance(value, Iterable):
        return "; ".join(part for part in map(text, value) if part)
    return str(value)


def number(value: float) -> str:
    """A float as text: 12.0 is "12", not-a-number is missing."""
    if value != value:
        return ""
    # Above 2**53 a float no longer tells neighbouring whole numbers apart.
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
