"""New decisions against those already recorded: which are added, which are known, which contradict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from screening.decisions.file import append_to, check_ending, content_of, parse
from screening.decisions.judge import Judge, plain_name, unsuperseded
from screening.decisions.record import Recorded, with_id
from screening.errors import DecisionError
from screening.locked import locked
from screening.model import Hit


class Sorted(NamedTuple):
    """added: to be written. known: already recorded as they are. written: the bytes added to the file, for take_back."""

    added: tuple[Recorded, ...]
    known: tuple[Recorded, ...]
    written: bytes = b""


def record(
    path: Path, new: Sequence[Recorded], day: date, *, supersede: bool, hits: Sequence[Hit] = ()
) -> Sorted:
    """Add new decisions to a decisions file, which is created where there is none, and say which were added.

    hits: on which they are, where that is known; then a true match whose name is excluded is refused too.
    Raises DecisionError as `sort_out`, `Judge` and `append` do, OutputError when the file cannot be written.
    """
    check_ending(path)
    # Held from reading to writing: two reviewers at once neither lose a decision nor contradict each other unseen.
    with locked(path) as file:
        recorded = parse(content_of(file, path), path)
        result = sort_out(new, recorded, day, supersede=supersede)
        judge = Judge((*recorded, *result.added), day)
        for hit in hits:
            judge(hit)
        return result._replace(written=append_to(file, path, result.added)) if result.added else result


def sort_out(new: Sequence[Recorded], recorded: Sequence[Recorded], day: date, *, supersede: bool) -> Sorted:
    """Which of the new decisions to add to those recorded.

    supersede: replace what is in force on the same subject and data, instead of refusing a contradiction.
    Raises DecisionError for contradictions, all of them listed.
    """
    in_force: dict[tuple[str, ...], list[Recorded]] = {}  # by what they are about: a run can have 10,000 hits
    for entry in unsuperseded(recorded):
        if not entry.until or entry.until >= day.isoformat():
            in_force.setdefault(_about(entry), []).append(entry)
    added: list[Recorded] = []
    known: list[Recorded] = []
    problems: list[str] = []
    for entry in new:
        same = in_force.setdefault(_about(entry), [])
        against = [old for old in same if old.disposition != entry.disposition]
        if not against and any(_says(old, supersede) == _says(entry, supersede) for old in same):
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
            same.clear()
        added.append(entry)
        same.append(entry)
    if problems:
        raise DecisionError(
            "Decisions in force contradict each other:\n" + "\n".join(problems) + "\n",
            "Nothing was recorded. With --supersede the new decision replaces the earlier one.",
        )
    return Sorted(tuple(added), tuple(known))


def _says(entry: Recorded, supersede: bool) -> tuple[str, ...]:
    """What must be the same for a decision to be no news; one that is to replace another may have a better reason."""
    said = (entry.disposition, entry.until)
    return (*said, entry.reason, entry.by) if supersede else said


def _about(entry: Recorded) -> tuple[str, ...]:
    return entry.hit, entry.fingerprint, plain_name(entry.name)
