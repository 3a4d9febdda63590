"""How old a list is, and whether that is too old."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from screening.errors import UsageError
from screening.model import ListInfo

_AGE = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
# Lists that an authority keeps up to date. A report about a party, or a list of one's own, does not go out
# of date because nobody touched it.
_OFFICIAL = ("sanctions", "export-control")


def parse_age(text: str) -> timedelta:
    """The time that "12h", "2d" or "1w" means. Raises UsageError for anything else."""
    match = _AGE.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(
            f"{text[:40]!r} is not an age.",
            "Write a number and h, d or w for hours, days or weeks: 12h, 2d, 1w.",
        )
    return int(match[1]) * _UNITS[match[2]]


def age(info: ListInfo, now: datetime) -> timedelta:
    """How long ago the publisher last confirmed this version, or else the list's own date.

    A list that an update fetched or found unchanged is as old as that update, even if the publisher has not
    changed it for months. A file that was imported or read directly is as old as its own date says, since
    nothing shows that it is still the current one. now: with a time zone. A moment in the future counts as
    now.
    """
    moment = _moment(info.checked_at) or _moment(info.as_of) or _moment(info.fetched_at)
    return max(now - moment, timedelta()) if moment else timedelta.max


def too_old(info: ListInfo, max_age: timedelta, now: datetime) -> str | None:
    """A sentence that says the list is older than max_age, or None. now: with a time zone."""
    old = age(info, now)
    if old <= max_age:
        return None
    if old == timedelta.max:
        return f"{info.id} has no date, and lists may be at most {say(max_age)} old."
    since = f"was last confirmed on {info.checked_at[:10]}" if info.checked_at else f"is of {info.as_of}"
    return f"{info.id} {since}, {say(old)} ago; it may be at most {say(max_age)} old."


def stale(
    lists: Iterable[ListInfo], *, max_age: timedelta | None, limits: Mapping[str, timedelta], now: datetime
) -> tuple[str, ...]:
    """A sentence for each list that is too old, in the order given.

    max_age: what the user asked for; it holds for lists of kind sanctions and export-control, which
    authorities keep up to date, and for every list in limits. limits: list id -> the age its source allows,
    where the user asked for nothing.
    """
    said = []
    for info in lists:
        limit = limits.get(info.id)
        if max_age is not None and (limit is not None or info.kind in _OFFICIAL):
            limit = max_age
        if limit is not None and (sentence := too_old(info, limit, now)):
            said.append(sentence)
    return tuple(said)


def say(length: timedelta) -> str:
    """A length of time in its largest whole unit: "36 hours", "2 days". Days from 48 hours on."""
    hours = int(length.total_seconds() // 3600)
    number, unit = (hours // 24, "day") if hours >= 48 or hours == 24 else (hours, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _moment(text: str | None) -> datetime | None:
    """An ISO date (may be partial: its first day) or date-time, in UTC where it names no zone."""
    if not text:
        return None
    whole = text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
