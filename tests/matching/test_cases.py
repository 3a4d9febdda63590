"""Variants of the listed organisations must be found; names that are none of them must be clear.

Each table is screened as a user would: one run over a file, the built-in watchlists, default settings.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from screening.intake import open_table
from screening.lists import load_watchlists
from screening.model import Hit
from screening.pipeline import Screener, screen

CASES = Path(__file__).parents[1] / "cases"
Hits = Callable[[str], list[Hit]]


def _table(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FOUND, CLEAR = _table("found.csv"), _table("clear.csv")


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(load_watchlists())


def _hits(screener: Screener, name: str) -> dict[int, list[Hit]]:
    run = screen(
        open_table(CASES / name, mapping={"name": "name"}),
        screener,
        clock=lambda: datetime(2026, 11, 25, tzinfo=UTC),
    )
    assert run.manifest.counts.unscreened == 0
    by_row = defaultdict(list)
    for hit in run.hits:
        by_row[hit.counterparty.row].append(hit)
    return by_row


@pytest.fixture(scope="module")
def found(screener: Screener) -> dict[int, list[Hit]]:
    return _hits(screener, "found.csv")


@pytest.fixture(scope="module")
def clear(screener: Screener) -> dict[int, list[Hit]]:
    return _hits(screener, "clear.csv")


def test_the_tables_are_large_enough() -> None:
    assert len({row["name"] for row in FOUND}) == len(FOUND) >= 60
    assert len({row["name"] for row in CLEAR}) == len(CLEAR) >= 60
    assert len({row["entity"] for row in FOUND}) >= 6


@pytest.mark.parametrize(
    ("line", "row"), [*enumerate(FOUND, 2)], ids=[f"{n}-{row['name'][:40]}" for n, row in enumerate(FOUND, 2)]
)
def test_a_variant_is_found(line: int, row: dict[str, str], found: dict[int, list[Hit]]) -> None:
    entities = {hit.entity.id: hit for hit in found.get(line, [])}
    assert row["entity"] in entities, f"{row['variant']}: {row['name']}"
    assert entities[row["entity"]].status in ("review", "match")
    assert entities[row["entity"]].entity.evidence, "a hit carries its evidence"


@pytest.mark.parametrize(
    ("line", "row"), [*enumerate(CLEAR, 2)], ids=[f"{n}-{row['name'][:40]}" for n, row in enumerate(CLEAR, 2)]
)
def test_another_name_is_clear(line: int, row: dict[str, str], clear: dict[int, list[Hit]]) -> None:
    hits = [(hit.score, hit.matched_name.value) for hit in clear.get(line, [])]
    assert not hits, f"{row['why']}: {row['name']}"


def test_a_false_friend_of_the_same_name_is_a_hit_that_says_so(screener: Screener) -> None:
    """The X-ray firm's name is word for word a listed alias: no name score can tell them apart, a note must."""
    from screening.model import Counterparty
    from screening.pipeline import check

    hits = check(Counterparty(row=1, names=("iRay Technology Company Limited",)), screener)
    assert [hit.entity.id for hit in hits] == ["yantai-iray-technology"]
    assert hits[0].status == "review"  # it is a name of the listed party too: only a person can tell
    assert [s.relation for s in hits[0].explanation if s.kind == "rule"][-1] == "recorded-false-friend"
    notes = [step for step in hits[0].explanation if step.relation == "false-friend"]
    assert len(notes) == 1
    assert "X-ray" in notes[0].text
