"""Which listings count on which day."""

from __future__ import annotations

import pytest

from screening.errors import UsageError
from screening.lists import in_force, listing_in_force, warnings
from screening.lists.in_force import is_date
from screening.model import Entity, ListInfo, Listing, ListKind, Watchlist

DAY = "2024-04-12"


@pytest.mark.parametrize(
    ("start", "until", "day", "counts"),
    [
        (None, None, DAY, True),
        ("2024-04-12", None, DAY, True),
        ("2024-04-13", None, DAY, False),
        ("2024-04", None, DAY, True),
        ("2024-05", None, DAY, False),
        ("2024-05", None, "2024-05-01", True),
        ("2024", None, DAY, True),
        ("2025", None, DAY, False),
        ("2019-10-09", "2024-04-12", DAY, False),
        ("2019-10-09", "2024-04-13", DAY, True),
        ("2019-10-09", "2024-04", DAY, True),
        ("2019-10-09", "2024-03", DAY, False),
        ("2019-10-09", "2024", DAY, True),
        ("2019-10-09", "2023", DAY, False),
        (None, "2023-12-31", DAY, False),
    ],
)
def test_a_listing_counts_from_its_first_day_and_not_on_its_last(
    start: str | None, until: str | None, day: str, counts: bool
) -> None:
    listing = Listing(authority="A", list="B", from_=start, until=until)
    assert listing_in_force(listing, day) is counts


def watchlist(kind: ListKind, *dates: tuple[str | None, ...], as_of: str = "2024-01-01") -> Watchlist:
    """A list with an entity for each tuple of listing dates."""
    entities = tuple(
        Entity(
            id=f"e{number}",
            type="organization",
            name=f"Invented {number}",
            listings=tuple(Listing(authority="A", list="B", from_=item) for item in starts),
        )
        for number, starts in enumerate(dates)
    )
    info = ListInfo(
        id="l", title="t", kind=kind, publisher="p", as_of=as_of, sha256="0" * 64, accepted=len(entities)
    )
    return Watchlist(info=info, entities=entities)


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("sanctions", ["e0", "e2", "e3", "e4"]),
        ("export-control", ["e0", "e2", "e3", "e4"]),
        ("adverse-media", ["e0", "e1", "e2", "e3", "e4"]),
        ("internal", ["e0", "e1", "e2", "e3", "e4"]),
    ],
)
def test_only_official_lists_lose_entities(kind: ListKind, left: list[str]) -> None:
    whole = watchlist(kind, (), ("2024-08-23",), ("2020", "2024-08-23"), (None,), ("2024-04-12",))
    then = in_force(whole, DAY)
    assert [entity.id for entity in then.entities] == left
    assert len(then.entities) + then.info.not_in_force == then.info.accepted == 5
    assert [item.from_ for entity in then.entities if entity.id == "e2" for item in entity.listings] == [
        "2020"
    ]


def test_the_later_day_has_everything() -> None:
    whole = watchlist("sanctions", ("2024-08-23",), ("2020",))
    assert in_force(whole, "2024-08-23") == whole


@pytest.mark.parametrize(
    "day", ["2024-04", "2024-02-30", "12.04.2024", "", "2024-04-12T00:00", "２０２４-04-12"]
)
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        in_force(watchlist("sanctions"), day)


@pytest.mark.parametrize(
    ("text", "whole", "partial"),
    [
        ("2024-02-29", True, True),
        ("2023-02-29", False, False),
        ("2024-02", False, True),
        ("2024-13", False, False),
        ("1962", False, True),
        ("0000", False, False),
        ("24", False, False),
        ("2024-2-9", False, False),
    ],
)
def test_is_date(text: str, whole: bool, partial: bool) -> None:
    assert (is_date(text, partial=False), is_date(text)) == (whole, partial)


def test_what_is_left_out_undated_or_younger_is_said() -> None:
    then = in_force(watchlist("sanctions", ("2024-08-23",), (None,), as_of="2025-01-01"), DAY)
    assert warnings(then, DAY) == (
        "l is dated 2025-01-01, after 2024-04-12: its entries may not have been known then.",
        "l: 1 entity was not listed on 2024-04-12 and left out.",
        "l: 1 listing without a date taken as in force on 2024-04-12.",
    )
    assert warnings(in_force(watchlist("sanctions", ("2020",)), DAY), DAY) == ()
    report = in_force(watchlist("adverse-media", (), as_of="2025-01-01"), DAY)
    assert warnings(report, DAY) == (
        "l is dated 2025-01-01, after 2024-04-12: its reports may not have been known then.",
    )
