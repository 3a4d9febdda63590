"""Writes the frozen scores of tests/cases/pairs.csv: python -m tests.matching.freeze

Read the difference before it is committed: each line that changed is a case that moved.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from screening.intake.values import entity_type
from screening.matching.compare import compare

PAIRS = Path(__file__).parents[1] / "cases" / "pairs.csv"
FROZEN = Path(__file__).parent / "frozen_scores.csv"
COMMAND = "python -m tests.matching.freeze"
TOLERANCE = 0.1  # points: scores are rounded to one decimal


class Pair(NamedTuple):
    """A labelled pair of names. expected: "same" or "other"."""

    kind: str
    category: str
    name_a: str
    name_b: str
    expected: str

    def score(self) -> float:
        """The score of today's engine under the default settings."""
        kind = entity_type(self.kind)
        assert kind is not None, self
        return compare(self.name_a, self.name_b, kind=kind).score


def pairs() -> list[Pair]:
    """The table of pairs."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return [Pair(**row) for row in csv.DictReader(file)]


def frozen() -> dict[tuple[str, str, str], float]:
    """Kind and names -> frozen score."""
    with FROZEN.open(encoding="utf-8", newline="") as file:
        return {(r["kind"], r["name_a"], r["name_b"]): float(r["score"]) for r in csv.DictReader(file)}


def main() -> None:
    """Write the scores in the order of the table."""
    with FROZEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["kind", "name_a", "name_b", "score"])
        for pair in pairs():
            writer.writerow([pair.kind, pair.name_a, pair.name_b, f"{pair.score():.1f}"])


if __name__ == "__main__":
    main()
