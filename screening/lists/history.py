"""What the snapshots in the store tell of one entity over time."""

from __future__ import annotations

from screening.errors import StoreError
from screening.lists.diff import FieldChange, field_changes
from screening.lists.store import Broken, Store
from screening.model import Entity, Record


class Event(Record, frozen=True, kw_only=True):
    """What a snapshot says otherwise than the one before it.

    day: ISO date of the list, or the place of a record that cannot be read. what: "first" (on the oldest snapshot that
    can be read), "added", "changed" (see fields), "removed", or "damaged" (the snapshot cannot be read).
    """

    day: str
    what: str
    fields: tuple[FieldChange, ...] = ()


def history(store: Store, list_id: str, entity_id: str) -> tuple[Event, ...]:
    """The events of an entity, oldest first; none where no snapshot has it. What a damaged one says is not known."""
    events: list[Event] = []
    before: Entity | None = None
    loaded = ""
    for snapshot in reversed(store.snapshots(list_id)):
        if isinstance(snapshot, Broken):
            events.append(Event(day=snapshot.path, what="damaged"))
            continue
        if snapshot.entities_sha256 == loaded:
            continue
        try:
            now = store.entity(snapshot, entity_id)
        except StoreError:
            events.append(Event(day=snapshot.day, what="damaged"))
            continue
        if now is not None and before is None:
            events.append(Event(day=snapshot.day, what="added" if loaded else "first"))
        elif now is None and before is not None:
            events.append(Event(day=snapshot.day, what="removed"))
        elif now is not None and before is not None and (fields := field_changes(before, now)):
            events.append(Event(day=snapshot.day, what="changed", fields=fields))
        before, loaded = now, snapshot.entities_sha256
    return tuple(events) if any(event.what != "damaged" for event in events) else ()
