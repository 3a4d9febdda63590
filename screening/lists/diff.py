"""What changed between two versions of a list: entities added, removed and changed, field by field."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from screening.model import (
    Address,
    Detail,
    Entity,
    EntityType,
    Evidence,
    FalseFriend,
    Identifier,
    ListInfo,
    Listing,
    Name,
    Record,
    Relation,
    Watchlist,
)

_T = TypeVar("_T")

# What an item of each kind is called by; its other fields follow in brackets.
_TITLES: dict[type, tuple[str, ...]] = {
    Name: ("value",),
    Identifier: ("scheme", "value"),
    Address: ("text",),
    Relation: ("relation", "entity", "name"),
    Listing: ("authority", "list", "programme"),
    Evidence: ("passage",),
    FalseFriend: ("name",),
    Detail: ("label", "value"),
}
_CSV_COLUMNS = ("change", "entity_id", "entity_type", "entity_name", "field", "before", "after")
# A spreadsheet runs a cell that begins so as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_JOINERS = "\u200c\u200d"  # Persian and Indic names need them
# The place of a record of a list that gives its records no address of their own.
_LINE = re.compile(r", line \d+$")


class Party(Record, frozen=True, kw_only=True):
    """An entity that was added or removed."""

    id: str
    type: EntityType
    name: str


class FieldChange(Record, frozen=True, kw_only=True):
    """One field of an entity.

    before, after: what only the old and only the new version says, one text an item.
    """

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class Change(Record, frozen=True, kw_only=True):
    """An entity that both versions have and of which they do not say the same. name: in the new version."""

    id: str
    type: EntityType
    name: str
    fields: tuple[FieldChange, ...]


class Diff(Record, frozen=True, kw_only=True):
    """Two versions compared. All three are sorted by entity id; fields stand in the order of the record."""

    old: ListInfo
    new: ListInfo
    added: tuple[Party, ...] = ()
    removed: tuple[Party, ...] = ()
    changed: tuple[Change, ...] = ()

    @property
    def summary(self) -> str:
        """ "2 added, 1 removed, 3 changed"."""
        return f"{len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed"


def diff(old: Watchlist, new: Watchlist) -> Diff:
    """Compares two versions of a list by entity id. The order of the items of a field is not a change.

    A table is called by its file's name: under another name it is still the same list.
    """
    if old.info.id != new.info.id:
        ids = {old.info.id, new.info.id}
        old, new = _without_ids(old, ids), _without_ids(new, ids)
    before = {entity.id: entity for entity in old.entities}
    after = {entity.id: entity for entity in new.entities}
    changes = (
        (after[key], field_changes(before[key], after[key])) for key in sorted(before.keys() & after.keys())
    )
    return Diff(
        old=old.info,
        new=new.info,
        added=tuple(_party(after[key]) for key in sorted(after.keys() - before.keys())),
        removed=tuple(_party(before[key]) for key in sorted(before.keys() - after.keys())),
        changed=tuple(
            Change(id=entity.id, type=entity.type, name=entity.name, fields=fields)
            for entity, fields in changes
            if fields
        ),
    )


def changed_entities(old: Watchlist, new: Watchlist) -> Watchlist:
    """The new version with only the entities that the old one lacks or says otherwise, in its order.

    info is that of the new version, with accepted the number of entities that stayed. The rejected records
    stay: they were not screened against before either.
    """
    before = {entity.id: entity for entity in old.entities}
    entities = tuple(
        entity
        for entity in new.entities
        if entity.id not in before or field_changes(before[entity.id], entity)
    )
    return msgspec.structs.replace(
        new, entities=entities, info=msgspec.structs.replace(new.info, accepted=len(entities))
    )


def as_json(difference: Diff) -> str:
    """The comparison as JSON text, keys in the order of the records."""
    content = {
        "old": _version(difference.old),
        "new": _version(difference.new),
        "added": difference.added,
        "removed": difference.removed,
        "changed": difference.changed,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def as_csv(difference: Diff) -> str:
    """The comparison as CSV text, a row for every entity added or removed and for every field changed.

    Several items of a field stand on lines of their own inside the cell. A cell that a spreadsheet would
    run as a formula begins with an apostrophe; control characters are shown as their escapes.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_COLUMNS)
    for kind, parties in (("added", difference.added), ("removed", difference.removed)):
        writer.writerows([kind, *_cells(p), "", "", ""] for p in parties)
    for c in difference.changed:
        for f in c.fields:
            before, after = ("\n".join(map(_plain, items)) for items in (f.before, f.after))
            writer.writerow(["changed", *_cells(c), f.field, _cell(before), _cell(after)])
    return out.getvalue()


def as_text(difference: Diff) -> str:
    """The comparison as plain text for a person, without control characters."""
    return "".join(f"{_plain(line)}\n" for line in _lines(difference))


# --- inside -----------------------------------------------------------------------------------------


def _lines(difference: Diff) -> Iterator[str]:
    old, new = difference.old, difference.new
    yield " -> ".join(
        f"{info.id} {f'of {info.as_of}' if info.as_of else 'without a date'} ({_entities(info)})"
        for info in (old, new)
    )
    yield difference.summary
    for title, sign, parties in (("Added", "+", difference.added), ("Removed", "-", difference.removed)):
        if parties:
            yield ""
            yield f"{title}:"
        for party in parties:
            yield f"  {sign} {party.id}  {party.name} ({party.type})"
    if difference.changed:
        yield ""
        yield "Changed:"
    for change in difference.changed:
        yield f"  ~ {change.id}  {change.name} ({change.type})"
        for field in change.fields:
            yield f"      {field.field.replace('_', ' ')}:"
            yield from (f"        - {item}" for item in field.before)
            yield from (f"        + {item}" for item in field.after)


def _entities(info: ListInfo) -> str:
    return "1 entity" if info.accepted == 1 else f"{info.accepted} entities"


def _version(info: ListInfo) -> dict[str, object]:
    return {"id": info.id, "as_of": info.as_of, "sha256": info.sha256, "entities": info.accepted}


def _party(entity: Entity) -> Party:
    return Party(id=entity.id, type=entity.type, name=entity.name)


def field_changes(old: Entity, new: Entity) -> tuple[FieldChange, ...]:
    """The fields of which two versions of an entity do not say the same, in the order of the record."""
    if old == new:
        return ()
    found = []
    for field in Entity.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if before == after:
            continue
        if not isinstance(before, tuple):
            found.append(FieldChange(field=field, before=(before,), after=(after,)))
            continue
        # The items are compared, not their texts: a name may be written as another one is described.
        items_before, items_after = Counter(map(without_line, before)), Counter(map(without_line, after))
        gone, come = items_before - items_after, items_after - items_before
        if gone or come:
            found.append(FieldChange(field=field, before=_described(gone), after=_described(come)))
    return tuple(found)


def _described(items: Counter[Record | str]) -> tuple[str, ...]:
    return tuple(map(describe, items.elements()))


def _without_ids(watchlist: Watchlist, ids: set[str]) -> Watchlist:
    """The list with nothing in its entities that says these ids of lists, nor where in such a list they stand."""

    def changed(entity: Entity) -> Entity:
        return msgspec.structs.replace(
            entity,
            listings=tuple(
                msgspec.structs.replace(item, list="") if item.list in ids else item
                for item in entity.listings
            ),
            evidence=tuple(
                msgspec.structs.replace(item, document="", locator="") if item.document in ids else item
                for item in entity.evidence
            ),
        )

    return msgspec.structs.replace(watchlist, entities=tuple(map(changed, watchlist.entities)))


def without_line(item: _T) -> _T:
    """An item without the line that it stands on: a record removed above it does not change it."""
    if isinstance(item, Evidence):
        return msgspec.structs.replace(item, locator=_LINE.sub("", item.locator))
    return item


def describe(item: Record | str) -> str:
    """An item of a field as one text that says all of it: `TIM LLC (quality: weak)`."""
    if isinstance(item, str):
        return item
    titles = _TITLES[type(item)]
    values: dict[str, object] = msgspec.to_builtins(item)
    title = " ".join(_said(values.pop(key)) for key in titles if key in values)
    rest = ", ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in values.items())
    return f"{title} ({rest})" if rest else title


def _said(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _cells(party: Party | Change) -> list[str]:
    return [_cell(_plain(text)) for text in (party.id, party.type, party.name)]


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(line: str) -> str:
    """The text without line breaks and control characters. What joins letters or parts words stays as it is."""
    return line if line.isprintable() else "".join(map(_shown, line))


def _shown(character: str) -> str:
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode()
