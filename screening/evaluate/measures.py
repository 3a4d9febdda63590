"""Measures over scored examples. Scores are 0-100 with one decimal; equal scores are never told apart.

Average precision is the sum over distinct scores of precision times the recall gained there (Manning, Raghavan and
Schuetze, Introduction to Information Retrieval, section 8.4), so it does not depend on the order of ties.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

from screening.model import Record

BANDS = (0.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 100.0)


class Point(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What a threshold gives. flagged: examples at or above it; true: those of them that are true.

    precision is None where nothing is flagged, recall and f1 where no example is true. alerts: units that should be
    quiet and are not (false pairs, or rows without a true hit); alert_rate: their share, None where there are none.
    """

    threshold: float
    flagged: int
    true: int
    precision: float | None
    recall: float | None
    f1: float | None
    alerts: int
    alert_rate: float | None


class Band(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Examples with a score from low up to, not including, high (the last: 100 alone); share of them that are true."""

    low: float
    high: float
    examples: int
    true: int
    share: float | None


class Sample:
    """Scored examples.

    scored: score and truth of each example. positives: true examples in all, those that were never scored included.
    quiet: the score of each unit that should raise no alert, 0 where it raises none. Scores 0-100.
    """

    def __init__(self, scored: Iterable[tuple[float, bool]], positives: int, quiet: Iterable[float]) -> None:
        scores = [(round(score, 1), true) for score, true in scored]
        self.positives = positives
        self._all = sorted(score for score, _ in scores)
        self._true = sorted(score for score, true in scores if true)
        self._quiet = sorted(round(score, 1) for score in quiet)
        if len(self._true) > positives:
            raise ValueError(f"{len(self._true)} true examples scored, {positives} in all")

    def at(self, threshold: float) -> Point:
        """The measures at one threshold."""
        flagged = len(self._all) - bisect_left(self._all, threshold)
        true = len(self._true) - bisect_left(self._true, threshold)
        alerts = len(self._quiet) - bisect_left(self._quiet, threshold)
        precision = true / flagged if flagged else None
        recall = true / self.positives if self.positives else None
        f1 = 2 * true / (flagged + self.positives) if self.positives else None
        return Point(
            threshold=threshold,
            flagged=flagged,
            true=true,
            precision=precision,
            recall=recall,
            f1=f1,
            alerts=alerts,
            alert_rate=alerts / len(self._quiet) if self._quiet else None,
        )

    def curve(self) -> tuple[Point, ...]:
        """A point for each distinct score above 0, highest first."""
        return tuple(self.at(score) for score in sorted({s for s in self._all if s > 0}, reverse=True))

    def threshold_for_recall(self, wanted: float) -> float | None:
        """The highest threshold with at least this recall (0-1); None when no threshold above 0 reaches it."""
        for point in self.curve():
            if point.recall is not None and point.recall >= wanted:
                return point.threshold
        return None

    def threshold_for_alert_rate(self, wanted: float) -> float | None:
        """The lowest threshold, in tenths, with at most this alert rate (0-1); None when even 100 alerts on more."""
        if not self._quiet:
            return None
        loud = sorted({0.0, *self._quiet})
        for score in loud:
            threshold = round(score + 0.1, 1)
            if threshold <= 100 and (self.at(threshold).alert_rate or 0.0) <= wanted:
                return threshold
        return None

    def bands(self) -> tuple[Band, ...]:
        """Share of true examples by score: whether a score can be read as a likelihood."""

        def place(score: float) -> int:
            return max(n for n, low in enumerate(BANDS) if score >= low)

        every, true = Counter(map(place, self._all)), Counter(map(place, self._true))
        return tuple(
            Band(
                low=low,
                high=(*BANDS[1:], 100.0)[n],
                examples=every[n],
                true=true[n],
                share=true[n] / every[n] if every[n] else None,
            )
            for n, low in enumerate(BANDS)
        )


def average_precision(curve: Sequence[Point]) -> float | None:
    """Average precision, 0-1, ties grouped; None where no example is true."""
    total, before = 0.0, 0.0
    for point in curve:
        if point.recall is None:
            return None
        total += (point.precision or 0.0) * (point.recall - before)
        before = point.recall
    return total if curve else None


def best_f1(curve: Sequence[Point]) -> Point | None:
    """The point with the highest F1, the highest threshold of equals; None where no example is true."""
    known = [point for point in curve if point.f1 is not None]
    return max(known, key=lambda point: (point.f1 or 0.0, point.threshold)) if known else None
