"""A run against an earlier one: which hits are new, unchanged, changed (and in what) or gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from screening.lists.diff import without_line
from screening.model import HIT_STATUSES, Change, Counterparty, Delta, Entity, Hit, RowOutcome, Run

# What may differ without being news: where the row stands, and columns that play no part in screening.
_ASIDE = frozenset({"row", "file", "name_columns", "extra"})
_ENTITY = Entity.__struct_fields__
_COUNTERPARTY = tuple(field for field in Counterparty.__struct_fields__ if field not in _ASIDE)
# What a hit can change in besides status and score, as reports say it.
ASPECTS = (
    *(f"list entry: {field.replace('_', ' ')}" for field in _ENTITY),
    *(f"counterparty: {field.replace('_', ' ')}" for field in _COUNTERPARTY),
    "the names that match",
    "decision",
)


def compare(run: Run, baseline: Run) -> Delta:
    """How each hit of a run stands against an earlier run on the same or a like file.

    Hits are the same when their ids are: same counterparty, entity and list. Where one counterparty stands in
    several rows its hits are paired in the order of the rows.
    """
    before = dict(_numbered(baseline.hits))
    changes: list[Change] = []
    for key, hit in _numbered(run.hits):
        old = before.pop(key, None)
        if old is None:
            changes.append(Change(state="new"))
        else:
            what = tuple(differences(old, hit))
            changes.append(Change(state="changed" if what else "unchanged", what=what, was=old.status))
    rows = {row_key(outcome): outcome for outcome in unscreened(baseline)}
    return Delta(
        baseline_run_id=baseline.manifest.run_id,
        baseline_started_at=baseline.manifest.started_at,
        changes=tuple(changes),
        gone=tuple(before.values()),
        unscreened=tuple(
            _row_change(outcome, rows.pop(row_key(outcome), None)) for outcome in unscreened(run)
        ),
        unscreened_gone=tuple(rows.values()),
    )


def unscreened(run: Run) -> Iterator[RowOutcome]:
    """The rows of a run that could not be screened, in their order."""
    return (outcome for outcome in run.outcomes if outcome.status == "unscreened")


def row_key(outcome: RowOutcome) -> str:
    """What tells a row without a hit from the others of the run: its file, where there are several, line and id."""
    party = outcome.counterparty
    return (f"{party.file}:" if party.file else "") + f"{party.row}:{party.id}"


def _row_change(new: RowOutcome, old: RowOutcome | None) -> Change:
    if old is None:
        return Change(state="new")
    what = () if old.reason == new.reason else ("reason",)
    return Change(state="changed" if what else "unchanged", what=what, was="unscreened")


def differences(old: Hit, new: Hit) -> Iterator[str]:
    """What changed from one hit to the other, a phrase each."""
    if old.status != new.status:
        yield f"status {old.status} to {new.status}"
    if old.score != new.score:
        yield f"score {old.score:.1f} to {new.score:.1f}"
    for label, before, after in zip(ASPECTS, aspects(old), aspects(new), strict=True):
        if before != after:
            yield label


def aspects(hit: Hit) -> tuple[object, ...]:
    """What a hit can change in besides status and score, in the order of ASPECTS; equal where nothing changed."""
    return (*aspects_of_entity(hit.entity), *aspects_of_rest(hit))


def aspects_of_entity(entity: Entity) -> tuple[object, ...]:
    """The first of the aspects, which all hits on an entity share."""
    return tuple(_plain(getattr(entity, field)) for field in _ENTITY)


def aspects_of_rest(hit: Hit) -> tuple[object, ...]:
    """The aspects that are not the entity's."""
    return (
        *(_plain(getattr(hit.counterparty, field)) for field in _COUNTERPARTY),
        (hit.name, hit.matched_name.value),
        (hit.decision and hit.decision.id, hit.decision_note),
    )


def is_new_at(change: Change, status: str, hit: Hit) -> bool:
    """Whether a hit has reached a status (review or match) that it did not have in the earlier run, or is new there.

    So a review that became a match, and a cleared hit whose decision lapsed, count as new.
    """
    wanted = HIT_STATUSES.index(status)
    return HIT_STATUSES.index(hit.status) <= wanted and (
        change.was is None or HIT_STATUSES.index(change.was) > wanted
    )


def any_news(run: Run, what: str) -> bool:
    """Whether a run that was compared has a new match ("new-match"), a new review or match ("new-review"), or any
    hit that is new, changed or gone ("changed").
    """
    if run.delta is None:
        return False
    if what == "changed":
        return bool(run.delta.gone) or any(change.state != "unchanged" for change in run.delta.changes)
    status = what.removeprefix("new-")
    return any(
        is_new_at(change, status, hit) for hit, change in zip(run.hits, run.delta.changes, strict=True)
    )


def _numbered(hits: Sequence[Hit]) -> Iterator[tuple[tuple[str, int], Hit]]:
    seen: Counter[str] = Counter()
    for hit in hits:
        seen[hit.id] += 1
        yield (hit.id, seen[hit.id]), hit


def _plain(value: object) -> object:
    """The value without the order of its parts: a list that is written in another order has not changed."""
    return sorted(repr(without_line(item)) for item in value) if isinstance(value, tuple) else value
