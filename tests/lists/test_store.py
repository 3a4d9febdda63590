"""The store: what goes in comes out, and no fault makes it lose or invent a snapshot."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.errors import StoreError
from screening.lists.store import (
    Broken,
    Seen,
    Snapshot,
    Store,
    Validator,
    check_list_id,
    data_dir,
    load_reference,
    newest,
    split_reference,
)
from screening.model import Entity, Identifier, Name, Rejected, Watchlist

from .made import PARTIES, PERSON, made_list, numbered

SEEN = Seen(
    checked_at="2026-03-01T00:00:00Z",
    program="0.1.0",
    validators=(Validator(address="https://example.org/list.xml", etag='"a"'),),
)


def save(store: Store, watchlist: Watchlist, seen: Seen | None = None) -> Snapshot:
    return store.save(watchlist, program="0.1.0", seen=seen).snapshot


def files(store: Store, list_id: str = "test-list") -> list[str]:
    return sorted(path.name for path in (store.folder / list_id).iterdir())


def newest_of(store: Store, list_id: str = "test-list") -> Watchlist:
    snapshot = store.find(list_id)
    assert snapshot is not None
    return store.load(snapshot)


# --- what goes in comes out -------------------------------------------------------------------------


def test_round_trip_keeps_every_field(tmp_path: Path) -> None:
    rejected = (Rejected(where="line 7", reason="the record has no name"),)
    watchlist = made_list(*PARTIES, rejected=rejected)
    assert load(tmp_path, save(Store(tmp_path), watchlist)) == watchlist


def load(folder: Path, snapshot: Snapshot) -> Watchlist:
    return Store(folder).load(snapshot)


@pytest.mark.parametrize("party", PARTIES, ids=lambda party: party.type)
def test_one_entity_without_the_others(tmp_path: Path, party: Entity) -> None:
    store = Store(tmp_path)
    snapshot = save(store, made_list(*PARTIES))
    assert store.entity(snapshot, party.id) == party
    assert store.entity(snapshot, party.name) is None


texts = st.text(max_size=30)
entities = st.builds(
    Entity,
    id=texts,
    type=st.sampled_from(["person", "organization", "vessel", "aircraft"]),
    name=texts,
    names=st.lists(st.builds(Name, value=texts, former=st.booleans()), max_size=3).map(tuple),
    identifiers=st.lists(st.builds(Identifier, scheme=texts, value=texts), max_size=2).map(tuple),
    birth_dates=st.lists(texts, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parties=st.lists(entities, max_size=5))
def test_any_text_survives(tmp_path: Path, parties: list[Entity]) -> None:
    watchlist = made_list(*parties)
    assert load(tmp_path, save(Store(tmp_path), watchlist)).entities == tuple(parties)


def test_the_same_list_twice_is_one_snapshot(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.save(made_list(*PARTIES), program="0.1.0")
    before = files(store)
    again = store.save(made_list(*PARTIES, fetched_at="2026-03-05T06:00:00Z"), program="0.2.0")
    assert (first.new, again.new) == (True, False)
    assert again.snapshot == first.snapshot
    assert files(store) == before


def test_seen_again_adds_one_file_and_is_renewed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, made_list(*PARTIES))
    save(store, made_list(*PARTIES), SEEN)
    save(store, made_list(*PARTIES), SEEN)
    assert [Path(name).suffix for name in files(store)].count(".seen") == 1
    assert len(files(store)) == 3
    snapshot = store.find("test-list")
    assert snapshot is not None
    assert snapshot.seen == SEEN
    later = Seen(checked_at="2026-03-09T00:00:00Z", program="0.1.0")
    store.confirm(snapshot, later)
    assert newest_of(store).info.checked_at == "2026-03-09T00:00:00Z"
    assert len(files(store)) == 3


def test_a_new_date_with_the_same_entities_shares_their_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, made_list(*PARTIES))
    save(store, made_list(*PARTIES, as_of="2026-03-02"))
    assert len([name for name in files(store) if name.endswith(".msgpack.gz")]) == 1
    assert [s.day for s in store.snapshots("test-list") if isinstance(s, Snapshot)] == [
        "2026-03-02",
        "2026-02-27",
    ]


def test_nothing_is_written_by_reading(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    assert store.list_ids() == []
    assert store.snapshots("test-list") == []
    assert store.find("test-list") is None
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="text that is none"):
        save(Store(tmp_path), made_list(Entity(id="1", type="person", name="\ud800")))
    assert Store(tmp_path).list_ids() == []


# --- which snapshot is meant ------------------------------------------------------------------------


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Snapshots of 20, 25 and 27 February; the oldest list date fetched last, two versions on the 25th."""
    store = Store(tmp_path)
    save(store, made_list(*numbered(3), as_of="2026-02-25", fetched_at="2026-02-25T08:00:00Z"))
    save(store, made_list(*numbered(4), as_of="2026-02-25", fetched_at="2026-02-25T18:00:00Z"))
    save(store, made_list(*numbered(5), as_of="2026-02-27", fetched_at="2026-02-28T06:00:00Z"))
    save(store, made_list(*numbered(2), as_of="2026-02-20", fetched_at="2026-03-15T06:00:00Z"))
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "as_of", "count"),
    [
        ("test-list", None, 5),
        ("test-list@2026-02-27", None, 5),
        ("test-list@2030-01-01", None, 5),
        ("test-list@2026-02-26", None, 4),
        ("test-list@2026-02-25", None, 4),
        ("test-list@2026-02-24", None, 2),
        ("test-list", "2026-02-26", 4),
        ("test-list@2026-02-20", "2026-02-27", 2),
    ],
)
def test_a_day_means_the_list_in_force_that_day(
    three: Path, reference: str, as_of: str | None, count: int
) -> None:
    watchlist = load_reference(reference, as_of=as_of, folder=three)
    assert watchlist is not None
    assert len(watchlist.entities) == count


def test_a_hash_means_that_snapshot(three: Path) -> None:
    wanted = made_list(*numbered(3), as_of="2026-02-25", fetched_at="2026-02-25T08:00:00Z")
    found = load_reference(f"test-list@{wanted.info.sha256[:12]}", folder=three)
    assert found is not None
    assert found.entities == wanted.entities


def test_the_same_moment_gives_the_same_choice_whatever_was_saved_first(tmp_path: Path) -> None:
    lists = [made_list(*numbered(n)) for n in (3, 4, 5)]
    for folder, order in (("a", lists), ("b", lists[::-1])):
        for watchlist in order:
            save(Store(tmp_path / folder), watchlist)
    a, b = (load_reference("test-list", folder=tmp_path / folder) for folder in "ab")
    assert a == b


def test_an_unknown_list_is_none_but_an_unknown_day_or_hash_is_an_error(three: Path) -> None:
    assert load_reference("other-list@2026-02-27", folder=three) is None
    with pytest.raises(
        StoreError, match=r"no snapshot of test-list of 2026-02-19 or earlier; the oldest is of 2026-02-20"
    ):
        load_reference("test-list@2026-02-19", folder=three)
    with pytest.raises(StoreError, match="whose hash begins with deadbeef"):
        load_reference("test-list@deadbeef", folder=three)


@pytest.mark.parametrize(
    "reference",
    [
        "test-list@",
        "test-list@yesterday",
        "test-list@2026-02-30",
        "test-list@2026-2-1",
        "test-list@abc",
        "a@b@c",
    ],
)
def test_a_reference_that_means_nothing_is_refused(reference: str) -> None:
    with pytest.raises(StoreError):
        split_reference(reference)


@pytest.mark.parametrize(
    "list_id",
    [
        "",
        ".",
        "..",
        "../evil",
        "a/b",
        "a\\b",
        "/etc",
        "a..b",
        "a.",
        "A",
        "con",
        "nul.txt",
        "a\x00b",
        "a" * 101,
        "-a",
        "é",
        "a b",
    ],
)
def test_an_id_that_leaves_the_folder_is_refused(tmp_path: Path, list_id: str) -> None:
    with pytest.raises(StoreError, match="cannot be the id of a list"):
        check_list_id(list_id)
    with pytest.raises(StoreError):
        save(Store(tmp_path), made_list(PERSON, list_id=list_id))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("list_id", ["ofac-sdn", "un-sc", "opensanctions-us_ofac_sdn", "block.list-2", "0"])
def test_a_plain_id_is_taken(list_id: str) -> None:
    assert check_list_id(list_id) == list_id


@pytest.mark.parametrize(
    ("as_of", "day"),
    [
        ("2026", "2026-01-01"),
        ("2026-05", "2026-05-01"),
        ("2026-05-04T12:00:00Z", "2026-05-04"),
        ("", "2026-02-28"),
    ],
)
def test_the_day_of_a_snapshot(tmp_path: Path, as_of: str, day: str) -> None:
    assert save(Store(tmp_path), made_list(PERSON, as_of=as_of)).day == day


def test_a_list_without_any_date_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="has no date"):
        save(Store(tmp_path), made_list(PERSON, as_of="", fetched_at=None))


def test_where_the_data_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENING_DATA_DIR", str(tmp_path / "named"))
    assert data_dir(tmp_path / "chosen") == tmp_path / "chosen"
    assert data_dir() == tmp_path / "named"
    monkeypatch.delenv("SCREENING_DATA_DIR")
    assert data_dir().name == "screening"


# --- damage -----------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def swap_in_a_bomb(path: Path) -> None:
    path.write_bytes(gzip.compress(b"\x00" * 50_000_000))


@pytest.mark.parametrize("damage", [flip, cut, empty, swap_in_a_bomb, Path.unlink])
@pytest.mark.parametrize("what", ["entities", "record"])
def test_damage_is_an_error_that_names_the_file_and_spares_the_older_snapshot(
    tmp_path: Path, damage: object, what: str
) -> None:
    store = Store(tmp_path)
    old = made_list(*numbered(40), as_of="2026-02-20")
    save(store, old)
    snapshot = save(store, made_list(*numbered(41)))
    end = f"{snapshot.entities_sha256}.msgpack.gz" if what == "entities" else ".json"
    [path] = [
        p
        for p in (store.folder / "test-list").iterdir()
        if p.name.endswith(end) and not p.name.startswith("2026-02-20")
    ]
    assert callable(damage)
    damage(path)
    if what == "record" and not path.exists():
        # A record that is gone leaves no trace: the older snapshot is then the newest.
        assert newest_of(store) == old
    else:
        with pytest.raises(StoreError) as caught:
            newest_of(store)
        assert str(path) in caught.value.message
        assert "update test-list" in caught.value.advice
    assert load_reference("test-list@2026-02-26", folder=tmp_path) == old
    # Importing the list again repairs it.
    if path.exists() and what == "record":
        assert any(isinstance(s, Broken) and s.path == str(path) for s in store.snapshots("test-list"))
    save(store, made_list(*numbered(41)))
    assert newest_of(store) == made_list(*numbered(41))


def test_every_single_byte_of_a_record_is_guarded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    saved = save(store, made_list(PERSON, rejected=(Rejected(where="1", reason="no name"),)))
    [path] = list((store.folder / "test-list").glob("*.json"))
    whole = path.read_bytes()
    guarded = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1 :])
        [found] = store.snapshots("test-list")
        guarded += isinstance(found, Broken) or found == saved or differs_only_in_origin(found, saved)
    assert guarded == len(whole)


def differs_only_in_origin(found: Snapshot, saved: Snapshot) -> bool:
    """When a version was fetched first and by which program is no part of what the version is."""
    return (found.entities_sha256, found.rejected, found.size, found.info.sha256, found.info.as_of) == (
        saved.entities_sha256,
        saved.rejected,
        saved.size,
        saved.info.sha256,
        saved.info.as_of,
    )


def test_damage_to_the_note_of_when_it_was_seen_makes_a_list_older_not_younger(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, made_list(*PARTIES), SEEN)
    [path] = list((store.folder / "test-list").glob("*.seen"))
    path.write_bytes(b"{")
    assert newest_of(store).info.checked_at is None


def test_newest_passes_over_damaged_records(tmp_path: Path) -> None:
    store = Store(tmp_path)
    good = save(store, made_list(PERSON))
    broken = Broken(list_id="test-list", path="x", problem="y")
    assert newest([broken, good]) == good
    assert newest([broken]) is None


# --- crashes, crowds and full disks -----------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from screening.lists.store import Store
from tests_made import made_list, numbered
folder, first, count, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
for n in range(first, first + count):
    day = f"2026-{1 + n // 28:02}-{1 + n % 28:02}"
    Store(folder).save(made_list(*numbered(size + n), as_of=day), program="0")
    print(n, flush=True)
"""


def writer(
    folder: Path, first: int, count: int, size: int = 400, limit: int | None = None
) -> subprocess.Popen[str]:
    here = Path(__file__).resolve().parent
    code = WRITER.replace("from tests_made", f"sys.path.insert(0, {str(here)!r})\nfrom made")

    def cap() -> None:
        if limit is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(first), str(count), str(size)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=cap,
        env={**os.environ, "PYTHONPATH": str(here.parents[1])},
    )


def assert_valid(folder: Path) -> int:
    """Every snapshot loads whole. Returns how many there are."""
    store = Store(folder)
    found = store.snapshots("test-list")
    for snapshot in found:
        assert isinstance(snapshot, Snapshot)
        watchlist = store.load(snapshot)
        assert len(watchlist.entities) == watchlist.info.accepted
    return len(found)


@pytest.mark.parametrize("delay", [0.0, 0.002, 0.005, 0.011, 0.023])
def test_killed_in_the_middle(tmp_path: Path, delay: float) -> None:
    process = writer(tmp_path, 0, 300, size=4000)
    assert process.stdout is not None
    assert process.stdout.readline() == "0\n"
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    said = process.communicate()[0]
    assert process.returncode == -signal.SIGKILL
    assert assert_valid(tmp_path) >= 1 + said.count("\n")
    save(Store(tmp_path), made_list(*numbered(7), as_of="2027-01-01"))
    assert len(newest_of(Store(tmp_path)).entities) == 7


def test_several_processes_at_once(tmp_path: Path) -> None:
    # Two write the same thirty snapshots, two write thirty of their own.
    processes = [writer(tmp_path, first, 30) for first in (0, 0, 30, 60)]
    for process in processes:
        errors = process.communicate()[1]
        assert (process.returncode, errors) == (0, "")
    assert assert_valid(tmp_path) == 90
    assert not [name for name in files(Store(tmp_path)) if name.startswith(".tmp-")]


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The limit of a process stands in for a full disk where a small disk cannot be mounted."""
    save(Store(tmp_path), made_list(*PARTIES))
    process = writer(tmp_path, 0, 1, size=20_000, limit=4096)
    errors = process.communicate()[1]
    assert process.returncode == 1
    assert "StoreError" in errors
    assert "untouched" in errors
    assert newest_of(Store(tmp_path)) == made_list(*PARTIES)
    assert len(files(Store(tmp_path))) == 2


def test_a_full_disk(tmp_path: Path) -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.strip()}")
    try:
        store = Store(disk)
        save(store, made_list(*PARTIES))
        with pytest.raises(StoreError, match="No space left on device"):
            save(store, made_list(*numbered(50_000), as_of="2026-03-01"))
        assert newest_of(store) == made_list(*PARTIES)
        assert not [name for name in files(store) if name.startswith(".tmp-")]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_what_a_dead_process_left_is_swept_after_a_day(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, made_list(PERSON))
    old, young = (store.folder / "test-list" / f".tmp-1-{name}" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    save(store, made_list(*PARTIES))
    assert (old.exists(), young.exists()) == (False, True)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        save(Store(tmp_path), made_list(PERSON))
    assert "--data-dir" in caught.value.advice


@pytest.mark.parametrize("count", [0, 1, 15, 16, 499, 500, 501, 70_000])
def test_entities_are_encoded_as_one_array_whatever_their_number(tmp_path: Path, count: int) -> None:
    party = Entity(id="1", type="person", name="A")
    snapshot = save(Store(tmp_path), made_list(*[party] * count))
    whole = msgspec.msgpack.encode((party,) * count)
    assert (snapshot.size, snapshot.entities_sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert Store(tmp_path).load(snapshot).entities == (party,) * count
