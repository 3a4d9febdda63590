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
from screening.model import Counterparty, Counts, Hit, Identifier, Run
from screening.pipeline import Screener, check, screen

CASES = Path(__file__).parents[1] / "cases"
Hits = Callable[[str], list[Hit]]


def _table(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FOUND, CLEAR = _table("found.csv"), _table("clear.csv")


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(load_watchlists())


def _run(screener: Screener, name: str) -> Run:
    return screen(
        open_table(CASES / name, mapping={"name": "name"}),
        screener,
        clock=lambda: datetime(2026, 11, 25, tzinfo=UTC),
    )


def _by_row(run: Run) -> dict[int, list[Hit]]:
    assert run.manifest.counts.unscreened == 0
    by_row = defaultdict(list)
    for hit in run.hits:
        by_row[hit.counterparty.row].append(hit)
    return by_row


@pytest.fixture(scope="module")
def found(screener: Screener) -> dict[int, list[Hit]]:
    return _by_row(_run(screener, "found.csv"))


@pytest.fixture(scope="module")
def clear(screener: Screener) -> Run:
    return _run(screener, "clear.csv")


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
def test_another_name_is_clear(line: int, row: dict[str, str], clear: Run) -> None:
    hits = _by_row(clear).get(line, [])
    assert [hit for hit in hits if hit.status != "clear"] == [], f"{row['why']}: {row['name']}"


def test_all_those_rows_count_as_clear(clear: Run) -> None:
    assert clear.manifest.counts == Counts(read=len(CLEAR), clear=len(CLEAR))


def test_only_a_name_that_no_score_can_part_from_a_listed_one_is_set_aside(clear: Run) -> None:
    assert [hit.name for hit in clear.hits] == ["iRay Technology Company Limited"]


def test_a_recorded_false_friend_is_clear_and_says_why(screener: Screener) -> None:
    """The X-ray firm's name is a listed alias but for the spelling of its legal form; only the list can tell them apart."""
    hits = check(Counterparty(row=1, names=("iRay Technology Company Limited",)), screener)
    assert [hit.entity.id for hit in hits] == ["yantai-iray-technology"]
    assert (hits[0].status, hits[0].decision) == ("clear", None)
    notes = [step for step in hits[0].explanation if step.relation == "false-friend"]
    assert len(notes) == 1
    assert "X-ray" in notes[0].text


def test_an_equal_identifier_outweighs_a_recorded_false_friend(screener: Screener) -> None:
    number = Identifier(scheme="uscc", value="91370600557897249A")
    names = ("iRay Technology Company Limited",)
    hits = check(Counterparty(row=1, names=names, identifiers=(number,)), screener)
    assert [(hit.entity.id, hit.status) for hit in hits] == [("yantai-iray-technology", "match")]


def test_a_listed_spelling_beside_a_false_friend_is_a_match(screener: Screener) -> None:
    hits = check(Counterparty(row=1, names=("IRAY TECHNOLOGY CO LTD",)), screener)
    assert [(hit.entity.id, hit.status) for hit in hits] == [("yantai-iray-technology", "match")]
