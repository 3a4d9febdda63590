"""A must outrank B: orders that survive any change of the weights."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.intake.values import entity_type
from screening.matching.compare import compare
from screening.model import EntityType
from tests.matching.freeze import Pair, pairs

with (Path(__file__).parents[1] / "cases" / "ranking.csv").open(encoding="utf-8", newline="") as _file:
    RANKING = list(csv.DictReader(_file))
NAMES = [name for pair in pairs() for name in (pair.name_a, pair.name_b)]


def _type(text: str) -> EntityType:
    kind = entity_type(text)
    assert kind is not None
    return kind


def test_the_table_is_large_enough() -> None:
    assert len({(row["query"], row["better"], row["worse"]) for row in RANKING}) >= 60
    assert {row["kind"] for row in RANKING} == {"person", "organization", "vessel", "aircraft"}


@pytest.mark.parametrize("row", RANKING, ids=[f"{row['why']}: {row['query']}"[:60] for row in RANKING])
def test_better_outranks_worse(row: dict[str, str]) -> None:
    better = compare(row["query"], row["better"], kind=_type(row["kind"]))
    worse = compare(row["query"], row["worse"], kind=_type(row["kind"]))
    assert better.score > worse.score


@pytest.mark.parametrize("pair", pairs(), ids=lambda p: f"{p.name_a} | {p.name_b}"[:60])
def test_scores_are_symmetric(pair: Pair) -> None:
    kind = _type(pair.kind)
    there, back = compare(pair.name_a, pair.name_b, kind=kind), compare(pair.name_b, pair.name_a, kind=kind)
    assert there.score == back.score
    assert sorted(s.relation for s in there.explanation if s.kind == "aligned") == sorted(
        s.relation for s in back.explanation if s.kind == "aligned"
    )


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["person", "organization", "vessel"]))
def test_any_two_names_score_alike_both_ways(a: str, b: str, kind: EntityType) -> None:
    score = compare(a, b, kind=kind).score
    assert 0 <= score <= 100
    assert score == compare(b, a, kind=kind).score


@pytest.mark.parametrize("name", sorted(set(NAMES)), ids=lambda name: name[:50])
def test_a_name_is_itself(name: str) -> None:
    assert compare(name, name).score == 100.0
