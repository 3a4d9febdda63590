"""What the snapshots tell of an entity over time."""

from __future__ import annotations

from pathlib import Path

import msgspec

from screening.lists.history import history
from screening.lists.store import Store

from .made import COMPANY, PERSON, SHIP, made_list


def test_every_change_stands_in_the_history_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    renamed = msgspec.structs.replace(COMPANY, name="New Machines LLC")
    versions = {
        "2026-01-01": (PERSON,),
        "2026-01-02": (PERSON, COMPANY),
        "2026-01-03": (PERSON, COMPANY),
        "2026-01-04": (PERSON, COMPANY, SHIP),
        "2026-01-05": (PERSON, renamed),
        "2026-01-06": (PERSON,),
        "2026-01-07": (PERSON, renamed),
    }
    for day, entities in reversed(versions.items()):
        store.save(made_list(*entities, as_of=day), program="1")
    assert [(event.day, event.what) for event in history(store, "test-list", "1002")] == [
        ("2026-01-02", "added"),
        ("2026-01-05", "changed"),
        ("2026-01-06", "removed"),
        ("2026-01-07", "added"),
    ]
    [changed] = [event for event in history(store, "test-list", "1002") if event.fields]
    assert [(f.field, f.after) for f in changed.fields] == [("name", ("New Machines LLC",))]
    assert [(event.day, event.what) for event in history(store, "test-list", "1001")] == [
        ("2026-01-01", "first")
    ]
    assert history(store, "test-list", "nobody") == ()


def test_a_damaged_record_is_said(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for day in ("2026-01-01", "2026-01-02"):
        store.save(made_list(PERSON, as_of=day), program="1")
    [path] = (tmp_path / "lists" / "test-list").glob("2026-01-02*.json")
    path.write_text("{}")
    assert [event.what for event in history(store, "test-list", "1001")] == ["first", "damaged"]


def test_damaged_content_hides_no_other_version(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for day, entities in (
        ("2026-01-01", (SHIP, PERSON)),
        ("2026-01-02", (PERSON,)),
        ("2026-01-03", (PERSON, COMPANY)),
    ):
        content = store.save(made_list(*entities, as_of=day), program="1").snapshot.entities_sha256
        if day < "2026-01-03":
            [path] = (tmp_path / "lists" / "test-list").glob(f"{content}*")
            path.write_bytes(b"damaged")
    found = history(store, "test-list", "1001")
    assert [(event.day, event.what) for event in found] == [
        ("2026-01-01", "damaged"),
        ("2026-01-02", "damaged"),
        ("2026-01-03", "first"),  # nothing tells whether it was added then
    ]
