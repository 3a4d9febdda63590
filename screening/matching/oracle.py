"""Exhaustive search: every query against every name. Slow, simple, and the measure of every faster way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screening.matching.score import Scored, Scorer
from screening.names.prepare import Mode, Prepared, Preparer
from screening.settings import Settings


class Found(NamedTuple):
    """A name of the list that scored at or above the cut-off: its position and the name score (0-100).

    query, listed: both names as they were compared. scored: what the score is made of. noted: something was undone in the
    listed name, which `listed` does not tell.
    """

    name: int
    score: float
    query: Prepared
    listed: Prepared
    scored: Scored
    noted: bool = False


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
                scored = self.scorer.score(prepared, name, mode)
                if scored.score >= cutoff:
                    found.append(Found(i, scored.score, prepared, name, scored))
        return sorted(found, key=lambda f: f.name)
