"""Every threshold and weight, typed, with its reason beside it. Unknown keys are refused."""

from __future__ import annotations

from screening.model import Record


class Thresholds(Record, frozen=True, kw_only=True):
    """Scores 0-100: from `review` a person looks, from `match` the hit stands until someone clears it."""

    match: float = 92.0
    review: float = 80.0


class Settings(Record, frozen=True, kw_only=True):
    """The settings of one run. A hash of this record goes into every manifest."""

    thresholds: Thresholds = Thresholds()


DEFAULT = Settings()
