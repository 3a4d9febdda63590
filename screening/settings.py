"""Every threshold and weight, typed, with its reason beside it. Unknown keys are refused."""

from __future__ import annotations

from screening.model import Record


class Thresholds(Record):
    """Scores 0-100. At or above `match` a hit needs no second look to be worth stopping for; from `review` a human looks."""

    match: float = 92.0
    review: float = 80.0


class Settings(Record):
    """The settings of one run. A hash of this record goes into every manifest."""

    thresholds: Thresholds = Thresholds()


DEFAULT = Settings()
