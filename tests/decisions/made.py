"""Hits built by hand. All parties are invented."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from screening.decisions import Recorded, decide
from screening.model import Counterparty, Entity, Hit, Identifier, ListInfo, Listing, Name, Step

INFO = ListInfo(
    id="nor",
    title="Norland List",
    kind="sanctions",
    publisher="Norland Treasury",
    as_of="2026-10-01",
    sha256="1f" * 32,
    accepted=2,
)
ENTITY = Entity(
    id="N-1",
    type="organization",
    name="Grey Heron Shipping",
    names=(Name(value="GH Shipping"), Name(value="Heron", quality="weak")),
    countries=("PA", "LR"),
    identifiers=(Identifier(scheme="imo-company", value="1234567"),),
    birth_dates=("1962",),
    listings=(
        Listing(authority="Norland Treasury", list="Consolidated", programme="SHIPS", from_="2025-01-15"),
    ),
)
PARTY = Counterparty(
    row=2,
    names=("Gray Heron Shipping Ltd", "GHS"),
    id="V-1",
    countries=("GB",),
    birth_date="1970",
    identifiers=(Identifier(scheme="tax", value="GB 12-34"),),
    address="1 Quay",
)


def a_hit(*, entity: dict[str, Any] | None = None, party: dict[str, Any] | None = None, **fields: Any) -> Hit:
    """The hit, with some fields of its entity, its counterparty or its own set otherwise."""
    hit = Hit(
        id="0123456789abcdef",
        status="review",
        score=88.0,
        counterparty=replace(PARTY, **(party or {})),
        name="Gray Heron Shipping Ltd",
        matched_name=Name(value="Grey Heron Shipping"),
        entity=replace(ENTITY, **(entity or {})),
        list=INFO,
        explanation=(Step(kind="aligned", relation="equal", left="heron", right="heron", similarity=1.0),),
    )
    return replace(hit, **fields)


def a_decision(hit: Hit | None = None, **fields: Any) -> Recorded:
    """A false positive on the hit."""
    given = {
        "disposition": "false-positive",
        "reason": "Another company.",
        "by": "M. Reviewer",
        "decided_on": "2026-03-02",
        **fields,
    }
    return decide(hit or a_hit(), given.pop("disposition"), **given)
