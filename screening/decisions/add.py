"""New decisions against those already recorded: which are added, which are known, which contradict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from screening.decisions.judge import plain_name, unsuperseded
from screening.decisions.record import Recorded, with_id
from screening.errors import DecisionError


class Sorted(NamedTuple):
    """added: to be written. known: already recorded as they are."""

    added: tuple[Recorded, ...]
    known: tuple[Recorded, ...]


def sort_out(new: Sequence[Recorded], recorded: Sequence[Recorded], day: date, *, supersede: bool) -> Sorted:
    """Which of the new decisions to add to those recorded.

    supersede: replace what is in force on the same subject and data, instead of refusing a contradiction.
    Raises DecisionError for contradictions, all of them listed.
    """
    in_force = [
        entry for entry in unsuperseded(recorded) if not entry.until or entry.until >= day.isoformat()
    ]
    added: list[Recorded] = []
    known: list[Recorded] = []
    problems: list[str] = []
    for entry in new:
        same = [old for old in in_force if _about(old) == _about(entry)]
        against = [old for old in same if old.disposition != entry.disposition]
        if (
            any((old.disposition, old.until) == (entry.disposition, entry.until) for old in same)
            and not against
        ):
            known.append(entry)
            continue
        if against and not supersede:
            problems += [
                f"{entry.subject()}: {entry.disposition} contradicts {old.id} in {old.where or 'this file'}, "
                f"{old.disposition} by {old.by} on {old.decided_on}"
                for old in against
            ]
            continue
        if supersede and same:
            entry = with_id(replace(entry, supersedes=tuple(sorted(old.id for old in same))))
            in_force = [old for old in in_force if old not in same]
        added.append(entry)
        in_force.append(entry)
    if problems:
        raise DecisionError(
            "Decisions in force contradict each other:\n" + "\n".join(problems) + "\n",
            "Nothing was recorded. With --supersede the new decision replaces the earlier one.",
        )
    return Sorted(tuple(added), tuple(known))


def _about(entry: Recorded) -> tuple[str, str, str]:
    return entry.hit, entry.fingerprint, plain_name(entry.name)
