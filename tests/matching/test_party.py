"""The same party on several lists: joined by rule, never on a guess."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from screening.matching.party import join, same_parties
from screening.model import Counterparty, Entity, Hit, Identifier, ListInfo, Name


def entity(id: str = "e", name: str = "Grey Heron Shipping", **fields: Any) -> Entity:
    numbers = tuple(Identifier(scheme=s, value=v) for s, v in fields.pop("numbers", ()))
    return Entity(**{"id": id, "type": "organization", "name": name, "identifiers": numbers, **fields})


def person(**fields: Any) -> Entity:
    return entity(**{"name": "Ali Example", "type": "person", **fields})


JOINED = [
    (
        entity(numbers=[("un", "QDe.001")]),
        entity(name="Other", numbers=[("un", "QDE 001")]),
        "UN reference QDe.001",
    ),
    (entity(numbers=[("ofac", "36")]), entity(name="Other", numbers=[("ofac", "36")]), "OFAC number 36"),
    (
        entity(numbers=[("lei", "5493001KJTIIGC8Y1R12")]),
        entity(name="X", numbers=[("lei", "5493 001KJTIIGC8Y1R12")]),
        "equal lei 5493001KJTIIGC8Y1R12",
    ),
    (
        entity(type="vessel", numbers=[("imo", "IMO 9074729")]),
        entity(type="vessel", name="New Name", numbers=[("imo", "9074729")]),
        "equal imo IMO 9074729",
    ),
    (
        entity(countries=("PA",)),
        entity(name="GREY HERON, Shipping", countries=("LR", "PA")),
        "equal name, type",
    ),
    (
        person(birth_dates=("1962-05-01",)),
        person(name="EXAMPLE, Áli", birth_dates=("1962-05-01", "1963")),
        "equal name and birth date 1962-05-01",
    ),
    (
        person(birth_dates=("1962",), countries=("SY",)),
        person(birth_dates=("1962-05-01",), countries=("SY",)),
        "equal name, country SY and birth year 1962",
    ),
]


@pytest.mark.parametrize(("left", "right", "rule"), JOINED)
def test_joined_and_the_rule_says_why(left: Entity, right: Entity, rule: str) -> None:
    found, other_way = join(left, right), join(right, left)
    assert found is not None
    assert found.rule.startswith(rule)
    assert other_way is not None
    assert other_way.strength == found.strength


APART = [
    (entity(), entity()),  # a name alone
    (entity(countries=("PA",)), entity(countries=("LR",))),
    (entity(countries=("PA",)), entity(countries=("PA",), type="vessel")),
    (entity(countries=("PA",)), entity(name="Grey Heron Shipping II", countries=("PA",))),
    (entity(numbers=[("un", "QDe.001")]), entity(numbers=[("un", "QDe.002")])),
    (entity(numbers=[("imo", "9074729")]), entity(type="vessel", numbers=[("imo", "9074729")])),
    (
        entity(numbers=[("imo", "1111111")]),
        entity(name="X", numbers=[("imo", "1111111")]),
    ),  # wrong check digit
    (entity(numbers=[("duns", "1")]), entity(name="X", numbers=[("duns", "1")])),
    (entity(numbers=[("tax-id", "1234567")]), entity(name="X", numbers=[("tax-id", "1234567")])),
    (
        entity(countries=("PA",), numbers=[("lei", "5493001KJTIIGC8Y1R12")]),
        entity(countries=("PA",), numbers=[("lei", "5493000IBP32UQZ0KL24")]),
    ),
    (person(countries=("SY",)), person(countries=("SY",))),
    (person(birth_dates=("1962",)), person(birth_dates=("1962",))),
    (
        person(birth_dates=("1962",), countries=("SY",)),
        person(birth_dates=("1971",), countries=("SY",)),
    ),
    (
        person(birth_dates=("1962",), numbers=[("passport", "A1234567")]),
        person(birth_dates=("1971",), numbers=[("passport", "A1234567")]),
    ),
    (
        person(identifiers=(Identifier(scheme="passport", value="A1234567", country="SY"),)),
        person(name="X", identifiers=(Identifier(scheme="passport", value="A1234567", country="IQ"),)),
    ),
]


@pytest.mark.parametrize(("left", "right"), APART)
def test_kept_apart(left: Entity, right: Entity) -> None:
    assert join(left, right) is None
    assert join(right, left) is None


def hit(list_id: str, listed: Entity, row: int = 2) -> Hit:
    info = ListInfo(
        id=list_id, title=list_id, kind="sanctions", publisher="P", as_of="2026-01-01", sha256="0", accepted=1
    )
    return Hit(
        id=f"{row}-{list_id}-{listed.id}",
        status="match",
        score=95.0,
        counterparty=Counterparty(row=row, names=("x",)),
        name="x",
        matched_name=Name(value=listed.name),
        entity=listed,
        list=info,
        explanation=(),
    )


def parties(hits: list[Hit]) -> dict[str, str]:
    return {found.id: found.party for found in same_parties(hits)}


UN = hit("un", entity("u1", numbers=[("un", "QDe.001")]))
EU = hit("eu", entity("e1", name="Heron", numbers=[("un", "QDe.001"), ("lei", "5493001KJTIIGC8Y1R12")]))
GB = hit("gb", entity("g1", name="GH", numbers=[("lei", "5493001KJTIIGC8Y1R12")]))


def test_a_chain_is_one_party_and_each_hit_says_its_own_link() -> None:
    found = list(same_parties([UN, EU, GB]))
    assert [item.party for item in found] == ["eu:e1"] * 3
    assert [item.party_rule for item in found] == [
        "same as eu:e1 (UN reference QDe.001)",
        "same as un:u1 (UN reference QDe.001); gb:g1 (equal lei 5493001KJTIIGC8Y1R12)",
        "same as eu:e1 (equal lei 5493001KJTIIGC8Y1R12)",
    ]


def test_the_order_of_hits_does_not_matter() -> None:
    other = hit("gb", entity("g2", name="Another"))
    expected = parties([UN, EU, GB, other])
    assert expected[other.id] == ""
    for order in permutations([UN, EU, GB, other]):
        assert parties(list(order)) == expected


def test_rows_are_apart() -> None:
    other_row = hit("eu", EU.entity, row=3)
    assert set(parties([UN, other_row]).values()) == {""}


def test_one_list_alone_joins_nothing() -> None:
    same = entity("u2", numbers=[("un", "QDe.001")])
    assert set(parties([UN, hit("un", same)]).values()) == {""}


def test_two_candidates_on_one_list_are_a_guess() -> None:
    twin = hit("eu", entity("e2", numbers=[("un", "QDe.001")]))
    assert set(parties([UN, EU, twin]).values()) == {""}


def test_the_stronger_rule_decides_between_two_candidates() -> None:
    un = hit("un", entity("u1", countries=("PA",), numbers=[("un", "QDe.001")]))
    namesake = hit("eu", entity("e2", countries=("PA",)))
    referring = hit("eu", entity("e1", name="Other", numbers=[("un", "QDe.001")]))
    found = parties([un, namesake, referring])
    assert found == {un.id: "eu:e1", namesake.id: "", referring.id: "eu:e1"}


def test_a_third_entry_does_not_join_two_of_one_list() -> None:
    eu_other = hit("eu", entity("e9", name="GH", countries=("PA",)))
    gb = hit("gb", entity("g1", name="GH", countries=("PA",), numbers=[("ofac", "36")]))
    us = hit("us", entity("o1", name="Z", numbers=[("ofac", "36"), ("un", "QDe.001")]))
    eu = hit("eu", entity("e1", name="Y", numbers=[("un", "QDe.001")]))
    found = parties([eu_other, gb, us, eu])
    assert found[gb.id] == found[us.id] == found[eu.id] == "eu:e1"
    assert found[eu_other.id] == ""
