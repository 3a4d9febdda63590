"""Which listings count on a given day."""

from __future__ import annotations

import re
from datetime import date

import msgspec

from screening.errors import UsageError
from screening.model import Entity, Listing, Watchlist

_PARTIAL = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_OFFICIAL = ("sanctions", "export-control")


def is_date(text: str, *, partial: bool = True) -> bool:
    """Whether text is an ISO date: 2024-05-01, and where partial ones are allowed 2024-05 and 2024."""
    if not _PARTIAL.fullmatch(text) or (len(text) < 10 and not partial):
        return False
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def listing_in_force(listing: Listing, as_of: str) -> bool:
    """Whether a listing counts on a day (ISO date).

    It counts from the day of `from` on and no longer on the day of `until`. Partial dates are compared at
    their own precision and always towards counting: from "2024-05" counts on every day of May 2024, until
    "2024-05" too. A listing without `from` counts (`warnings` says so), for an unknown date is no proof that
    it came later.
    """
    if listing.from_ is not None and listing.from_ > as_of[: len(listing.from_)]:
        return False
    if listing.until is None:
        return True
    return listing.until > as_of or (len(listing.until) < 10 and as_of.startswith(listing.until))


def in_force(watchlist: Watchlist, as_of: str) -> Watchlist:
    """The list as it counts on a day: listings of other days are left out.

    On lists of kind sanctions or export-control, an entity that has listings but none in force that day is
    left out and counted in `info.not_in_force`; an entity without listings stays, because its list gives no
    dates. Entities of the other kinds always stay: a report about a party is dated by its document, not by a
    listing.

    as_of: a full ISO date. Raises UsageError when it is none.
    """
    if not is_date(as_of, partial=False):
        raise UsageError(f'"{as_of}" is not a date.', "Write it as YYYY-MM-DD.")
    entities: list[Entity] = []
    left_out = 0
    for entity in watchlist.entities:
        listings = tuple(item for item in entity.listings if listing_in_force(item, as_of))
        if watchlist.info.kind in _OFFICIAL and entity.listings and not listings:
            left_out += 1
        elif len(listings) == len(entity.listings):
            entities.append(entity)
        else:
            entities.append(msgspec.structs.replace(entity, listings=listings))
    info = msgspec.structs.replace(watchlist.info, not_in_force=watchlist.info.not_in_force + left_out)
    return msgspec.structs.replace(watchlist, info=info, entities=tuple(entities))


def warnings(watchlist: Watchlist, as_of: str) -> tuple[str, ...]:
    """What a reader must know of a list that was filtered by `in_force`, one sentence each; for the manifest.

    Says how many entities were left out, how many listings count because they have no date, and whether the
    list is younger than the day asked for, so that it may know what was not known then.
    """
    info = watchlist.info
    said = []
    if info.as_of > as_of:
        what = "its reports" if info.kind == "adverse-media" else "its entries"
        said.append(f"{info.id} is dated {info.as_of}, after {as_of}: {what} may not have been known then.")
    if info.not_in_force:
        parties = "1 entity was" if info.not_in_force == 1 else f"{info.not_in_force} entities were"
        said.append(f"{info.id}: {parties} not listed on {as_of} and left out.")
    undated = sum(item.from_ is None for entity in watchlist.entities for item in entity.listings)
    if undated:
        some = "1 listing" if undated == 1 else f"{undated} listings"
        said.append(f"{info.id}: {some} without a date taken as in force on {as_of}.")
    return tuple(said)
