"""Recorded decisions applied to hits.

The rules, in this order:

1. A decision is on one counterparty-entity pair: hit id, counterparty id, list and entity must all be the hit's.
2. It lapses when its last day has passed, when its fingerprint is no longer the hit's, and when a later decision on
   the same pair was made on other data. The hit then stands, and says which decision lapsed and why.
3. A decision that another one names in `supersedes` does not count.
4. Two decisions in force on the same pair and the same data with different dispositions are an error; so is a
   true match whose name is excluded. Of several that agree the latest is shown.
5. A false positive is cleared; a true match is a match, whatever its score.
6. An excluded name clears the hits on exactly that name (case, width and blanks apart), on every list. It does not
   clear a hit on an equal identifier or on goods: those are no matter of names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from screening.decisions.record import Recorded, changed_parts, fingerprint
from screening.errors import DecisionError
from screening.model import NO_PARTY, Hit

EQUAL_IDENTIFIER = "identifier-equal"  # the context rule of screening.matching


class Judge:
    """Decisions ready to be applied on a day.

    Raises DecisionError when two contradict each other, or one supersedes what is not there.
    """

    def __init__(self, entries: Sequence[Recorded], day: date) -> None:
        """day: of the run, from the injected clock."""
        self._day = day.isoformat()
        counted = unsuperseded(entries)
        self._pairs = _grouped((entry.hit, entry) for entry in counted if entry.hit)
        self._names = _grouped((plain_name(entry.name), entry) for entry in counted if entry.name)
        for of_pair in self._pairs.values():
            by_data = _grouped((entry.fingerprint, entry) for entry in of_pair if not self._expired(entry))
            for of_data in by_data.values():
                _agree(of_data)

    def __call__(self, hit: Hit) -> Hit:
        """The hit with the decision that applies to it, or with the one that lapsed and why."""
        judged = [(entry, self._lapse(entry, hit)) for entry in self._pairs.get(hit.id, ())]
        if self._names:
            of_name = self._names.get(plain_name(hit.name), ())
            judged += [(entry, self._exclusion_lapse(entry, hit)) for entry in of_name]
        if not judged:
            return hit
        in_force = [entry for entry, why in judged if not why]
        if not in_force:
            entry, why = judged[0]
            return replace(hit, decision=entry.decision(), decision_note=why)
        _agree(in_force)
        entry = in_force[0]
        status = "cleared" if entry.disposition == "false-positive" else "match"
        return replace(hit, status=status, decision=entry.decision(), decision_note="")

    def _expired(self, entry: Recorded) -> bool:
        return bool(entry.until) and entry.until < self._day

    def _lapse(self, entry: Recorded, hit: Hit) -> str:
        """Why a decision does not apply to the hit with its id; "" when it does."""
        stated = (entry.counterparty_id, entry.list_id, entry.entity_id)
        if stated != (hit.counterparty.id, hit.list.id, hit.entity.id):
            return f"it was made for another pair: {entry.subject()}"
        if self._expired(entry):
            return f"expired: its last day was {entry.until}"
        now = fingerprint(hit)
        if entry.fingerprint != now:
            return f"{changed_parts(entry.fingerprint, now)} since the decision"
        for other in self._pairs[hit.id]:
            if other.fingerprint != entry.fingerprint and other.decided_on > entry.decided_on:
                return f"the later decision {other.id} was made on other data"
        return ""

    def _exclusion_lapse(self, entry: Recorded, hit: Hit) -> str:
        if self._expired(entry):
            return f"expired: its last day was {entry.until}"
        if any(step.kind == "rule" and step.relation == EQUAL_IDENTIFIER for step in hit.explanation):
            return "a name is excluded, and this hit rests on an equal identifier"
        if hit.entity.type in NO_PARTY:
            return "a name is excluded, and this hit rests on goods"
        return ""


def unsuperseded(entries: Sequence[Recorded]) -> list[Recorded]:
    """The entries that no other one supersedes, the latest first.

    Raises DecisionError for an id that occurs twice, a superseded id that is not there, that is about something
    else or was decided later.
    """
    by_id: dict[str, Recorded] = {}
    places = {entry.id: place for place, entry in enumerate(entries)}
    for entry in entries:
        if entry.id in by_id:
            raise DecisionError(
                f"{entry.where}: the decision {entry.id} stands there twice (first: {by_id[entry.id].where}).",
                "Remove one of the two.",
            )
        by_id[entry.id] = entry
    gone: set[str] = set()
    for place, entry in enumerate(entries):
        for old_id in entry.supersedes:
            old = by_id.get(old_id)
            if old is None:
                problem = "which is in none of the decisions files"
            elif (old.hit, plain_name(old.name)) != (entry.hit, plain_name(entry.name)):
                problem = f"which is about something else: {old.subject()}"
            elif (old.decided_on, places[old_id]) >= (entry.decided_on, place):
                problem = "which was decided later"
            else:
                gone.add(old_id)
                continue
            raise DecisionError(
                f"{entry.where}: {entry.id} supersedes {old_id}, {problem}.", "Correct `supersedes`."
            )
    kept = [entry for entry in entries if entry.id not in gone]
    return sorted(kept, key=lambda entry: (entry.decided_on, entry.id), reverse=True)


def plain_name(name: str) -> str:
    """A whole name as exclusions compare it: NFKC, case folded, blanks as one space."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _grouped(pairs: Iterable[tuple[str, Recorded]]) -> dict[str, list[Recorded]]:
    groups: dict[str, list[Recorded]] = {}
    for key, entry in pairs:
        groups.setdefault(key, []).append(entry)
    return groups


def _agree(entries: Sequence[Recorded]) -> None:
    first = entries[0]
    for other in entries[1:]:
        if other.disposition != first.disposition:
            raise DecisionError(
                f"Two decisions in force contradict each other on {other.subject()}:\n"
                + "\n".join(
                    f"{entry.where or 'new'}: {entry.id}, {entry.disposition} by {entry.by} on {entry.decided_on}"
                    for entry in sorted((first, other), key=lambda entry: (entry.decided_on, entry.id))
                )
                + "\n",
                "Remove one, or name the id of the one that no longer counts in `supersedes` of the other.",
            )
