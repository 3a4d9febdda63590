"""How old a list counts as, and from when it is too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from screening.errors import UsageError
from screening.lists.freshness import age, parse_age, say, stale, too_old
from screening.model import ListInfo

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
INFO = ListInfo(
    id="un-sc", title="T", kind="sanctions", publisher="P", as_of="2026-02-27", sha256="0" * 64, accepted=1
)


def info(**fields: object) -> ListInfo:
    return msgspec.structs.replace(INFO, **fields)


@pytest.mark.parametrize(
    ("text", "hours"), [("12h", 12), ("2d", 48), ("1w", 168), (" 3D ", 72), ("1h", 1), ("99999h", 99999)]
)
def test_an_age(text: str, hours: int) -> None:
    assert parse_age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "2", "d", "0d", "-1d", "1.5d", "2 d", "2m", "2dd", "100000d", "1d\n2"])
def test_no_age(text: str) -> None:
    with pytest.raises(UsageError, match="is not an age"):
        parse_age(text)


@pytest.mark.parametrize(
    ("fields", "hours"),
    [
        # A list confirmed by its publisher is as old as the confirmation, whenever it last changed.
        ({"checked_at": "2026-03-10T06:00:00Z", "fetched_at": "2026-03-01T00:00:00Z"}, 6),
        # A list from a file is as old as its own date, whenever it was imported.
        ({"fetched_at": "2026-03-10T06:00:00Z"}, 11 * 24 + 12),
        ({}, 11 * 24 + 12),
        ({"as_of": "2026-03"}, 9 * 24 + 12),
        ({"as_of": "2026"}, (31 + 28 + 9) * 24 + 12),
        ({"as_of": "", "fetched_at": "2026-03-09T12:00:00Z"}, 24),
        ({"checked_at": "2026-03-11T00:00:00Z"}, 0),
    ],
)
def test_how_old_a_list_is(fields: dict[str, object], hours: int) -> None:
    assert age(info(**fields), NOW) == timedelta(hours=hours)


def test_the_limit_itself_is_not_too_old() -> None:
    checked = info(checked_at="2026-03-08T12:00:00Z")
    assert too_old(checked, timedelta(days=2), NOW) is None
    assert too_old(checked, timedelta(days=2), NOW + timedelta(seconds=1)) is not None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"checked_at": "2026-03-05T12:00:00Z"},
            "un-sc was last confirmed on 2026-03-05, 5 days ago; it may be at most 2 days old.",
        ),
        ({}, "un-sc is of 2026-02-27, 11 days ago; it may be at most 2 days old."),
        ({"as_of": ""}, "un-sc has no date, and lists may be at most 2 days old."),
    ],
)
def test_the_sentence(fields: dict[str, object], sentence: str) -> None:
    assert too_old(info(**fields), timedelta(days=2), NOW) == sentence


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (1, "1 hour"),
        (0, "0 hours"),
        (23, "23 hours"),
        (24, "1 day"),
        (36, "36 hours"),
        (48, "2 days"),
        (169, "7 days"),
    ],
)
def test_a_length_of_time_in_words(hours: int, text: str) -> None:
    assert say(timedelta(hours=hours)) == text


@pytest.mark.parametrize(
    ("kind", "asked", "limits", "found"),
    [
        ("sanctions", 2, {}, True),
        ("export-control", 2, {}, True),
        ("sanctions", 20, {}, False),
        ("sanctions", None, {}, False),
        ("sanctions", None, {"un-sc": timedelta(days=7)}, True),
        ("sanctions", None, {"eu-fsf": timedelta(days=7)}, False),
        # What the user asks for counts, stricter or not.
        ("sanctions", 20, {"un-sc": timedelta(days=7)}, False),
        ("sanctions", 2, {"un-sc": timedelta(days=70)}, True),
        # A reported allegation and a list of one's own do not age, unless a source says so.
        ("adverse-media", 2, {}, False),
        ("internal", 2, {}, False),
        ("internal", 2, {"un-sc": timedelta(days=70)}, True),
    ],
)
def test_which_lists_can_be_too_old(
    kind: str, asked: int | None, limits: dict[str, timedelta], found: bool
) -> None:
    limit = timedelta(days=asked) if asked else None
    assert bool(stale([info(kind=kind)], max_age=limit, limits=limits, now=NOW)) == found
