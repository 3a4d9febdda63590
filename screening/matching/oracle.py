"""Exhaustive search: every query against every name. Slow, simple, and the measure of every faster way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screening.matching.score import Scorer
from screening.names.prepare import Mode, Prepared, Preparer
from screening.settings import Settings


class Found(NamedTuple):
    """A name of the list that scored at or above the cut-off: its position and the name score (0-100)."""

    name: int
    score: float


class Oracle:
    """Scores every pair of names. names: (text, mode) of each name on the lists."""

    def __init__(self, names: Sequence[tuple[str, Mode]], settings: Settings) -> None:
        self.preparer = Preparer(settings.words)
        self.scorer = Scorer(settings)
        self._names: dict[Mode, list[tuple[int, Prepared]]] = {"person": [], "other": []}
        for i, (text, mode) in enumerate(names):
            self._names[mode].append((i, self.preparer.prepare(text, mode)))

    def search(self, queries: Sequence[str], cutoff: float) -> list[list[Found]]:
        """For each query the names that score at least cutoff, in the order of the list."""
        return [self._search(query, cutoff) for query in queries]

    def _search(self, query: str, cutoff: float) -> list[Found]:
        found: list[Found] = []
        for mode, names in self._names.items():
            prepared = self.preparer.prepare(query, mode)
            if prepared.total <= 0:
                continue
            for i, name in names:
                score = self.scorer.score(prepared, name, mode).score
                if score >= cutoff:
                    found.append(Found(i, score))
        return sorted(found)
