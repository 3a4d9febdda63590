"""The readers on real files of OFAC, the United Nations, BIS and the International Trade Administration."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from screening.lists.formats import read_list
from screening.model import Entity, Watchlist

pytestmark = pytest.mark.shared

CASES = (
    # folder or file, id, accepted, rejected by reason (its last words)
    ("ofac-sdn", "ofac-sdn", 7379, {"which sdn.csv lacks": 10}),
    ("ofac-consolidated", "ofac-consolidated", 442, {}),
    ("un-sc/consolidated.xml", "un-sc", 1003, {}),
    ("bis-dpl/dpl.txt", "bis-dpl", 543, {"word for word": 3}),
    ("us-csl/consolidated.csv", "us-csl", 115, {}),
)


@pytest.fixture(scope="module")
def lists(shared: Path) -> dict[str, Watchlist]:
    return {case[1]: read_list(shared / "data/lists" / case[0]) for case in CASES}


def by_id(watchlist: Watchlist) -> dict[str, Entity]:
    return {entity.id: entity for entity in watchlist.entities}


@pytest.mark.parametrize(("_path", "list_id", "accepted", "reasons"), CASES)
def test_every_record_is_accepted_or_rejected_with_a_reason(
    lists: dict[str, Watchlist], _path: str, list_id: str, accepted: int, reasons: dict[str, int]
) -> None:
    watchlist = lists[list_id]
    assert watchlist.info.id == list_id
    assert watchlist.info.accepted == len(watchlist.entities) == accepted
    assert watchlist.info.rejected == len(watchlist.rejected)
    found = Counter(" ".join(item.reason.split()[-3:]) for item in watchlist.rejected)
    assert found == reasons


def test_the_united_nations_list_has_its_people_entities_and_date(lists: dict[str, Watchlist]) -> None:
    kinds = Counter(entity.type for entity in lists["un-sc"].entities)
    assert kinds == {"person": 730, "organization": 273}
    assert lists["un-sc"].info.as_of == "2026-02-27"


def _raw(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8").rstrip("\x1a")
    return [row for row in csv.reader(text.splitlines(keepends=True)) if row]


@pytest.mark.parametrize(
    ("folder", "list_id", "prefix", "aliases", "addresses"),
    [
        ("ofac-sdn", "ofac-sdn", "", 9_682, 11_696),
        ("ofac-consolidated", "ofac-consolidated", "cons_", 1_073, 574),
    ],
)
def test_no_alias_and_no_address_of_ofac_is_lost(
    shared: Path,
    lists: dict[str, Watchlist],
    folder: str,
    list_id: str,
    prefix: str,
    aliases: int,
    addresses: int,
) -> None:
    entities = by_id(lists[list_id])
    rows = _raw(shared / "data/lists" / folder / f"{prefix}alt.csv")
    assert len(rows) == aliases
    for uid, _, kind, name, _ in rows:
        entity = entities[uid]
        known = {(item.value, item.former) for item in entity.names}
        known.add((entity.name, False))
        assert (" ".join(name.split()), kind == "fka") in known, (uid, name)
    rows = _raw(shared / "data/lists" / folder / f"{prefix}add.csv")
    assert len(rows) == addresses
    for uid, _, street, city, country, _ in rows:
        parts = [part.strip(" ,") for part in (street, city, country) if not part.startswith("-0")]
        text = ", ".join(dict.fromkeys(" ".join(part.split()) for part in parts))
        assert not text or any(address.text.startswith(text) for address in entities[uid].addresses), uid


def test_every_party_has_evidence(lists: dict[str, Watchlist]) -> None:
    for watchlist in lists.values():
        for entity in watchlist.entities:
            assert entity.evidence
            assert all(item.document == watchlist.info.id and item.locator for item in entity.evidence)
            assert all(item.stance == "lists" for item in entity.evidence)
