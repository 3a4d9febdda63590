"""What a comparison says, and that it misses nothing."""

from __future__ import annotations

import csv
import io
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.lists.diff import as_csv, as_json, as_text, changed_entities, describe, diff
from screening.model import Entity, Evidence, Identifier, Listing, Name, Record, Watchlist

from .made import COMPANY, PARTIES, PERSON, PLANE, SHIP, made_list

CHANGED = msgspec.structs.replace(
    COMPANY,
    name="Tverskaya New Machines LLC",
    names=(Name(value="TIM LLC"), COMPANY.names[0]),
    identifiers=(*COMPANY.identifiers, Identifier(scheme="inn", value="7707083893", note="new")),
)
OLD = made_list(PERSON, COMPANY, SHIP, as_of="2026-02-20")
NEW = made_list(PLANE, CHANGED, PERSON, as_of="2026-02-27")


def test_added_removed_and_changed_field_by_field() -> None:
    found = diff(OLD, NEW)
    assert [party.id for party in found.added] == ["1004"]
    assert [party.name for party in found.removed] == ["INVENTED STAR"]
    [change] = found.changed
    assert (change.id, change.name) == ("1002", "Tverskaya New Machines LLC")
    assert [(field.field, field.before, field.after) for field in change.fields] == [
        ("name", ("Tverskaya Invented Machines LLC",), ("Tverskaya New Machines LLC",)),
        ("names", ("TIM LLC (quality: weak, as written: yes)",), ("TIM LLC",)),
        ("identifiers", (), ("inn 7707083893 (note: new)",)),
    ]
    assert found.summary == "1 added, 1 removed, 1 changed"


def test_the_order_of_items_and_entities_is_no_change() -> None:
    turned = msgspec.structs.replace(PERSON, names=PERSON.names[::-1], birth_dates=PERSON.birth_dates[::-1])
    assert diff(made_list(PERSON, SHIP), made_list(SHIP, turned)).summary == "0 added, 0 removed, 0 changed"


def test_a_record_on_another_line_of_its_file_is_no_change() -> None:
    def at(locator: str, passage: str = "Kestrel") -> Entity:
        proof = Evidence(document="own", passage=passage, locator=locator, stance="lists")
        return msgspec.structs.replace(COMPANY, evidence=(proof,))

    def changes(new: Entity) -> int:
        return len(diff(made_list(at("own.csv, line 4")), made_list(new)).changed)

    assert changes(at("own.csv, line 12")) == 0
    assert changes(at("other.csv, line 4")) == 1
    assert changes(at("own.csv, line 12", "Merlin")) == 1


def test_a_name_written_as_another_is_described_is_another_name() -> None:
    """What is screened again after a change depends on it."""
    weak = msgspec.structs.replace(COMPANY, names=(Name(value="TIM", quality="weak"),))
    text = msgspec.structs.replace(COMPANY, names=(Name(value="TIM (quality: weak)"),))
    assert [change.id for change in diff(made_list(weak), made_list(text)).changed] == [COMPANY.id]
    assert changed_entities(made_list(weak), made_list(text)).entities == (text,)
    number = msgspec.structs.replace(COMPANY, identifiers=(Identifier(scheme="tax no", value="7"),))
    other_number = msgspec.structs.replace(COMPANY, identifiers=(Identifier(scheme="tax", value="no 7"),))
    assert len(diff(made_list(number), made_list(other_number)).changed) == 1


def test_the_same_list_under_another_name_is_not_changed() -> None:
    """A table of one's own has the name of its file in its records."""

    def table(name: str, *countries: str) -> Watchlist:
        entity = msgspec.structs.replace(
            COMPANY,
            countries=countries,
            listings=(Listing(authority="own list", list=name, id="17"),),
            evidence=(Evidence(document=name, passage="x", locator=f"{name}.csv, line 2", stance="lists"),),
        )
        made = made_list(entity)
        return msgspec.structs.replace(made, info=msgspec.structs.replace(made.info, id=name))

    assert diff(table("monday", "DE"), table("tuesday", "DE")).changed == ()
    [change] = diff(table("monday", "DE"), table("tuesday", "FR")).changed
    assert [field.field for field in change.fields] == ["countries"]
    # between versions of one list it is told where a record comes from
    moved = table("monday", "DE")
    elsewhere = msgspec.structs.replace(
        moved,
        entities=(
            msgspec.structs.replace(
                moved.entities[0], listings=(Listing(authority="own list", list="other", id="17"),)
            ),
        ),
    )
    assert len(diff(moved, elsewhere).changed) == 1


def test_a_repeated_item_is_a_change() -> None:
    twice = msgspec.structs.replace(PERSON, countries=("RU", "RU"))
    [change] = diff(made_list(PERSON), made_list(twice)).changed
    assert change.fields[0].after == ("RU",)


def test_only_new_and_changed_entities_are_screened_again() -> None:
    found = changed_entities(OLD, NEW)
    assert [entity.id for entity in found.entities] == ["1004", "1002"]
    assert found.info == msgspec.structs.replace(NEW.info, accepted=2)
    assert changed_entities(NEW, NEW).entities == ()


def other(value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, tuple):
        return value[1:] if value else ("XX",)
    return "vessel" if value in ("person", "organization", "aircraft") else f"{value} II"


@pytest.mark.parametrize("field", [f for f in Entity.__struct_fields__ if f != "id"])
def test_a_change_of_any_field_is_seen(field: str) -> None:
    assert getattr(PERSON, field), "the invented person must have every field"
    changed = msgspec.structs.replace(PERSON, **{field: other(getattr(PERSON, field))})
    [change] = diff(made_list(PERSON), made_list(changed)).changed
    assert [item.field for item in change.fields] == [field]


@pytest.mark.parametrize("party", PARTIES, ids=lambda party: party.type)
def test_a_description_says_every_value_of_an_item(party: Entity) -> None:
    for field in ("names", "identifiers", "addresses", "related", "listings", "evidence", "details"):
        for item in getattr(party, field):
            said = describe(item)
            for value in values(item):
                assert value in said


def values(item: Record) -> list[str]:
    return [str(v) for v in msgspec.to_builtins(item).values() if not isinstance(v, bool)]


people = st.builds(
    Entity,
    id=st.sampled_from("abcdef"),
    type=st.just("person"),
    name=st.sampled_from(["A", "B"]),
    countries=st.lists(st.sampled_from(["RU", "CN"]), max_size=3).map(tuple),
)
lists = st.lists(people, unique_by=lambda entity: entity.id, max_size=6)


@given(old=lists, new=lists)
def test_nothing_is_missed_and_nothing_invented(old: list[Entity], new: list[Entity]) -> None:
    found = diff(made_list(*old), made_list(*new))
    before, after = ({e.id: (e.name, sorted(e.countries)) for e in entities} for entities in (old, new))
    assert [p.id for p in found.added] == sorted(after.keys() - before.keys())
    assert [p.id for p in found.removed] == sorted(before.keys() - after.keys())
    both = sorted(before.keys() & after.keys())
    assert [c.id for c in found.changed] == [key for key in both if before[key] != after[key]]
    again = changed_entities(made_list(*old), made_list(*new)).entities
    assert {e.id for e in again} == {p.id for p in (*found.added, *found.changed)}


def test_text() -> None:
    assert (
        as_text(diff(OLD, NEW))
        == """\
test-list of 2026-02-20 (3 entities) -> test-list of 2026-02-27 (3 entities)
1 added, 1 removed, 1 changed

Added:
  + 1004  EP-ZZZ (aircraft)

Removed:
  - 1003  INVENTED STAR (vessel)

Changed:
  ~ 1002  Tverskaya New Machines LLC (organization)
      name:
        - Tverskaya Invented Machines LLC
        + Tverskaya New Machines LLC
      names:
        - TIM LLC (quality: weak, as written: yes)
        + TIM LLC
      identifiers:
        + inn 7707083893 (note: new)
"""
    )


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(diff(OLD, NEW)))))
    assert [(row["change"], row["entity_id"], row["field"], row["after"]) for row in rows] == [
        ("added", "1004", "", ""),
        ("removed", "1003", "", ""),
        ("changed", "1002", "name", "Tverskaya New Machines LLC"),
        ("changed", "1002", "names", "TIM LLC"),
        ("changed", "1002", "identifiers", "inn 7707083893 (note: new)"),
    ]


def test_json() -> None:
    content = json.loads(as_json(diff(OLD, NEW)))
    assert content["old"] == {
        "id": "test-list",
        "as_of": "2026-02-20",
        "sha256": OLD.info.sha256,
        "entities": 3,
    }
    assert content["added"] == [{"id": "1004", "type": "aircraft", "name": "EP-ZZZ"}]
    assert content["changed"][0]["fields"][2]["after"] == ["inn 7707083893 (note: new)"]


def test_a_list_without_a_date() -> None:
    found = as_text(diff(made_list(PERSON, as_of=""), made_list(PERSON, as_of="2026-02-27")))
    assert found.startswith("test-list without a date (1 entity) -> test-list of 2026-02-27 (1 entity)\n")


def test_names_are_shown_as_they_are_written() -> None:
    name = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 A\u3000B\xa0C"  # Persian, and wide blanks
    found = diff(made_list(), made_list(Entity(id="1", type="person", name=name)))
    assert f"  + 1  {name} (person)\n" in as_text(found)
    assert name in as_csv(found)


def test_hostile_names_harm_neither_terminal_nor_spreadsheet() -> None:
    hostile = Entity(id="=1+1", type="person", name="\x1b[31m=cmd|' /C calc'!A0\x00")
    found = diff(made_list(), made_list(hostile))
    assert "\\x1b[31m" in as_text(found)
    assert "\x1b" not in as_text(found)
    [row] = csv.DictReader(io.StringIO(as_csv(found)))
    assert row["entity_id"] == "'=1+1"
    assert row["entity_name"] == "\\x1b[31m=cmd|' /C calc'!A0\\x00"
    broken = diff(made_list(), made_list(Entity(id="1", type="person", name="A\n  + 2  B\u2028C\u202eD")))
    assert as_text(broken).splitlines()[-1] == "  + 1  A   + 2  B C\\u202eD (person)"
