"""A recorded decision, and the fingerprint that binds it to the data it was made on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Literal

import msgspec

from screening.identifiers import normalise
from screening.model import Counterparty, Decision, Entity, Hit, Identifier, Listing, Record
from screening.remember import by_identity

Disposition = Literal["true-match", "false-positive"]
DISPOSITIONS: tuple[Disposition, ...] = ("true-match", "false-positive")

_WHOLE = 32  # hex digits of the hash of everything: 128 bits, so that nobody can craft data to fit a decision
_PART = 4  # hex digits of each part, which only say what changed
_PARTS = (
    "the list entry: names",
    "the list entry: type",
    "the list entry: identifiers",
    "the list entry: birth dates",
    "the list entry: countries",
    "the list entry: listings",
    "the counterparty: names",
    "the counterparty: id",
    "the counterparty: type",
    "the counterparty: countries",
    "the counterparty: birth date",
    "the counterparty: identifiers",
    "the counterparty: address",
)
_encode = msgspec.json.Encoder().encode
FINGERPRINT_LENGTH = _WHOLE + 1 + _PART * len(_PARTS)


class Recorded(Record, frozen=True, kw_only=True):
    """One entry of a decisions file: a decision on a counterparty-entity pair, or a whole name that is excluded.

    A pair has hit (id of the hit), the ids and names of both sides, run_id and fingerprint; an exclusion has name.
    decided_on, until: full ISO dates; until is the last day the decision holds, "" when it has no end.
    supersedes: ids of earlier decisions that this one replaces. where: file and line, for messages; not written.
    """

    id: str
    disposition: Disposition
    reason: str
    by: str
    decided_on: str
    until: str = ""
    supersedes: tuple[str, ...] = ()
    hit: str = ""
    counterparty_id: str = ""
    counterparty_name: str = ""
    list_id: str = ""
    entity_id: str = ""
    entity_name: str = ""
    run_id: str = ""
    fingerprint: str = ""
    name: str = ""
    where: str = ""

    def decision(self) -> Decision:
        """As reports show it."""
        return Decision(
            disposition=self.disposition,
            reason=self.reason,
            by=self.by,
            decided_on=self.decided_on,
            until=self.until or None,
            id=self.id,
        )

    def subject(self) -> str:
        """What it is about, in words for a message."""
        if self.name:
            return f'the name "{self.name}"'
        who = f"{self.counterparty_id} {self.counterparty_name}".strip()
        return f"{who} / {self.entity_name} ({self.list_id}:{self.entity_id})"


def decide(
    hit: Hit,
    disposition: Disposition,
    *,
    reason: str,
    by: str,
    decided_on: str,
    until: str = "",
    supersedes: Sequence[str] = (),
    run_id: str = "",
) -> Recorded:
    """The decision on a hit, bound to the data of both sides."""
    return with_id(
        Recorded(
            id="",
            disposition=disposition,
            reason=reason,
            by=by,
            decided_on=decided_on,
            until=until,
            supersedes=tuple(supersedes),
            hit=hit.id,
            counterparty_id=hit.counterparty.id,
            counterparty_name=hit.name,
            list_id=hit.list.id,
            entity_id=hit.entity.id,
            entity_name=hit.entity.name,
            run_id=run_id,
            fingerprint=fingerprint(hit),
        )
    )


def exclude(
    name: str, *, reason: str, by: str, decided_on: str, until: str = "", supersedes: Sequence[str] = ()
) -> Recorded:
    """The exclusion of a whole name, such as one's own company: its hits by name are cleared on every list."""
    return with_id(
        Recorded(
            id="",
            disposition="false-positive",
            reason=reason,
            by=by,
            decided_on=decided_on,
            until=until,
            supersedes=tuple(supersedes),
            name=name,
        )
    )


def with_id(entry: Recorded) -> Recorded:
    """The entry with the id that follows from what it says: 12 hex digits after "d-"."""
    said = [getattr(entry, key) for key in entry.__struct_fields__ if key not in ("id", "where")]
    return msgspec.structs.replace(entry, id="d-" + _digest(_json(said))[:12])


def fingerprint(hit: Hit) -> str:
    """A hash of what a decision rests on: the matched part of the list entry, and the counterparty's data.

    The order of names, numbers and listings, and blanks and hyphens in numbers, do not count. 32 hex digits of
    the whole, a hyphen, and 4 of each part, which tell what changed.
    """
    entry, entry_digests = _entry_parts(hit.entity)
    party, party_digests = _party_parts(hit.counterparty)
    ids = f"[{_json(hit.list.id)},{_json(hit.entity.id)},".encode()
    whole = hashlib.sha256(b"%b%b,%b]" % (ids, entry, party)).hexdigest()
    return f"{whole[:_WHOLE]}-{entry_digests}{party_digests}"


def changed_parts(before: str, now: str) -> str:
    """Which parts two fingerprints differ in, in words."""
    left, right = before.partition("-")[2], now.partition("-")[2]
    found: dict[str, list[str]] = {}
    for place, label in enumerate(_PARTS):
        here = slice(place * _PART, (place + 1) * _PART)
        if left[here] != right[here]:
            side, _, what = label.partition(": ")
            found.setdefault(side, []).append(what)
    return (
        "; ".join(f"{side} changed ({', '.join(what)})" for side, what in found.items()) or "the data changed"
    )


@by_identity(50_000)
def _entry_parts(entity: Entity) -> tuple[bytes, str]:
    return _written(_entry(entity))


@by_identity(256)  # the hits of a counterparty stand together
def _party_parts(party: Counterparty) -> tuple[bytes, str]:
    return _written(_party(party))


def _written(values: Sequence[object]) -> tuple[bytes, str]:
    """Some parts of the whole as ASCII JSON without blanks, and the digests of each."""
    try:
        # Where there is nothing to escape msgspec writes what json writes, in a third of the time.
        parts = [_encode(value) for value in values]
        whole = b",".join(parts)
        plain = whole.isascii() and b"\x7f" not in whole
    except UnicodeEncodeError:  # half characters
        plain = False
    if not plain:
        parts = [_json(value).encode() for value in values]
        whole = b",".join(parts)
    return whole, "".join(map(_part_digest, parts))


@lru_cache(maxsize=65536)
def _part_digest(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()[:_PART]


def _entry(entity: Entity) -> list[object]:
    return [
        [entity.name, *sorted([[name.value, name.quality, str(name.former)] for name in entity.names])],
        entity.type,
        _numbers(entity.identifiers),
        sorted(entity.birth_dates),
        sorted(entity.countries),
        sorted([_listing(item) for item in entity.listings]),
    ]


def _party(party: Counterparty) -> list[object]:
    return [
        sorted(party.names),
        party.id,
        party.type or "",
        sorted(party.countries),
        party.birth_date,
        _numbers(party.identifiers),
        party.address,
    ]


def _listing(item: Listing) -> list[str]:
    told = (item.authority, item.list, item.programme, item.id, item.from_, item.until)
    return [text or "" for text in told]


def _numbers(identifiers: Sequence[Identifier]) -> list[list[str]]:
    return sorted([[item.scheme, normalise(item.scheme, item.value)] for item in identifiers])


def _json(value: object) -> str:
    """Text, and lists of it, as JSON without blanks: json's own encoder takes five times as long to begin."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if not isinstance(value, list | tuple):
        raise TypeError(f"no text: {value!r}")
    texts = [encode_basestring_ascii(item) if isinstance(item, str) else _json(item) for item in value]
    return f"[{','.join(texts)}]"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
