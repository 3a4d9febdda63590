"""Invented parties and lists for the tests of the store, the update, the diff and the export."""

from __future__ import annotations

import hashlib

from screening.model import (
    Address,
    Detail,
    Entity,
    Evidence,
    FalseFriend,
    Identifier,
    ListInfo,
    Listing,
    Name,
    Rejected,
    Relation,
    Watchlist,
)

PERSON = Entity(
    id="1001",
    type="person",
    name="Orlov-Test, Vadim",
    names=(
        Name(value="Вадим Орлов-Тест", script="Cyrl", language="ru"),
        Name(value="The Miller", quality="weak"),
        Name(value="Vadim Petrov", former=True, note="until 1999"),
    ),
    countries=("RU",),
    identifiers=(
        Identifier(scheme="passport", value="751234567", country="RU", note="expired"),
        Identifier(scheme="inn", value="7707083893"),
    ),
    birth_dates=("1962-05", "1963"),
    addresses=(Address(text="1 Invented Lane, Tver, Russia", city="Tver", postcode="170000", country="RU"),),
    related=(
        Relation(relation="owner of", entity="1002", share=60.0),
        Relation(relation="brother", name="A. Orlov"),
    ),
    listings=(
        Listing(
            authority="OFAC",
            list="SDN",
            programme="TEST-EO1",
            id="1001",
            from_="2022-03-01",
            url="https://example.org/1001",
        ),
    ),
    evidence=(
        Evidence(
            document="test-list",
            passage="DOB May 1962; POB Tver.",
            locator="1001",
            stance="lists",
            summary="x",
        ),
    ),
    false_friends=(FalseFriend(name="Vadim Orlov", reason="a violinist"),),
    details=(Detail(label="place of birth", value="Tver"), Detail(label="title", value="Director")),
)
COMPANY = Entity(
    id="1002",
    type="organization",
    name="Tverskaya Invented Machines LLC",
    names=(Name(value="ООО Тверские Машины"), Name(value="TIM LLC", quality="weak", as_written=True)),
    countries=("RU", "CY"),
    identifiers=(
        Identifier(scheme="ogrn", value="1027700132195"),
        Identifier(scheme="lei", value="253400V1H6ART1UQ0N98"),
    ),
    listings=(Listing(authority="OFAC", list="SDN", programme="TEST-EO1", from_="2022", until="2026-01-31"),),
)
SHIP = Entity(
    id="1003",
    type="vessel",
    name="INVENTED STAR",
    identifiers=(Identifier(scheme="imo", value="9074729"),),
    details=(Detail(label="flag", value="Panama"),),
)
PLANE = Entity(
    id="1004", type="aircraft", name="EP-ZZZ", related=(Relation(relation="operated by", entity="1002"),)
)

PARTIES = (PERSON, COMPANY, SHIP, PLANE)


def made_list(
    *entities: Entity,
    list_id: str = "test-list",
    as_of: str = "2026-02-27",
    fetched_at: str | None = "2026-02-28T06:00:00Z",
    rejected: tuple[Rejected, ...] = (),
    sha256: str | None = None,
) -> Watchlist:
    """A list of the entities given; the hash of its official file follows from what it holds."""
    return Watchlist(
        info=ListInfo(
            id=list_id,
            title="Test list",
            kind="sanctions",
            publisher="Nobody",
            as_of=as_of,
            sha256=sha256 or hashlib.sha256(repr((as_of, entities)).encode()).hexdigest(),
            accepted=len(entities),
            rejected=len(rejected),
            fetched_at=fetched_at,
        ),
        entities=entities,
        rejected=rejected,
    )


def numbered(count: int, *, start: int = 0, name: str = "Invented Party") -> tuple[Entity, ...]:
    """So many organisations, each with a name of its own."""
    return tuple(
        Entity(id=str(n), type="organization", name=f"{name} {n}", countries=("PA",))
        for n in range(start, start + count)
    )
