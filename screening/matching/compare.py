"""Two names, one score, and why."""

from __future__ import annotations

from functools import lru_cache

from screening.matching.explain import steps
from screening.matching.score import Scorer
from screening.model import Comparison, EntityType
from screening.names.prepare import Preparer, mode_of
from screening.settings import DEFAULT


@lru_cache(maxsize=1)
def _default() -> tuple[Preparer, Scorer]:
    return Preparer(DEFAULT.words), Scorer(DEFAULT)


def compare(a: str, b: str, *, kind: EntityType = "organization") -> Comparison:
    """Compare two names of the same kind of party.

    Returns the score (0-100, one decimal, symmetric in a and b) and the alignment that gave it, with a on the left.
    """
    preparer, scorer = _default()
    mode = mode_of(kind)
    left, right = preparer.prepare(a, mode), preparer.prepare(b, mode)
    scored = scorer.score(left, right, mode)
    return Comparison(score=round(scored.score, 1), explanation=steps(left, right, scored))
