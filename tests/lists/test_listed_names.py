"""A listed name screened against its own list finds its own party, and nothing above it.

A sample for every run of the tests; `python -m tests.benchmarks.listed_names` does the whole lists.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from screening.lists.formats import read_list
from tests.benchmarks.listed_names import failures, names_of, search

FIXTURES = Path(__file__).parent / "formats/fixtures"


@pytest.mark.parametrize("path", sorted(FIXTURES.iterdir()), ids=lambda path: path.name)
def test_every_name_of_an_invented_list(path: Path) -> None:
    watchlist = read_list(path)
    asked = names_of(watchlist)
    found = list(search(watchlist, asked))
    assert len(found) == len(asked) >= len(watchlist.entities)
    assert [(item.outcome, item.entity.id, item.name) for item in failures(found)] == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "every"),
    [
        ("ofac-sdn", 37),
        ("ofac-consolidated", 7),
        ("un-sc/consolidated.xml", 11),
        ("bis-dpl/dpl.txt", 5),
        ("us-csl/consolidated.csv", 3),
    ],
)
def test_a_sample_of_the_names_of_a_real_list(shared: Path, name: str, every: int) -> None:
    watchlist = read_list(shared / "data/lists" / name)
    asked = names_of(watchlist, every)
    found = list(search(watchlist, asked))
    assert len(found) == len(asked) > 90
    assert [(item.outcome, item.entity.id, item.name) for item in failures(found)] == []
