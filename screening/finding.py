"""What is found beside the name, in the form in which the parts of the program hand it to the pipeline."""

from __future__ import annotations

from typing import NamedTuple

from screening.model import Entity, ListInfo, Name, Step


class Finding(NamedTuple):
    """A hit that does not rest on the counterparty's own name.

    score: 0-100. steps: its explanation. about: the cells it rests on; a decision on the hit holds for these only.
    """

    entity: Entity
    list: ListInfo
    matched: Name
    score: float
    steps: tuple[Step, ...]
    about: str


def raised(score: float, factor: float) -> float:
    """The score after a factor: below 1 it multiplies, above 1 the distance to 100 shrinks by the excess."""
    return score * factor if factor <= 1 else score + (100 - score) * (factor - 1)


def rule(name: str, before: float, after: float, text: str) -> Step:
    """The line of an explanation for a rule that took the score from before to after."""
    return Step(kind="rule", relation=name, effect=round(after - before, 1), text=text)
