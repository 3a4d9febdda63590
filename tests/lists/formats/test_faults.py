"""Damaged files: an error or a complete account, never another exception, never fewer parties in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from screening.errors import ListError
from screening.lists.formats import read_list
from screening.model import Watchlist

from .made import FIXTURES, account, place, total

SINGLE = sorted(path.name for path in FIXTURES.iterdir() if path.is_file())
TRIOS = sorted(
    f"{folder.name}/{path.name}"
    for folder in FIXTURES.iterdir()
    if folder.is_dir()
    for path in folder.iterdir()
)
ALL = SINGLE + TRIOS
# Formats whose own structure shows the end of the file.
CLOSED = [name for name in SINGLE if name.endswith((".xml", "csl.json"))]


def whole(name: str) -> Watchlist:
    return read_list(FIXTURES / name.split("/")[0])


@pytest.mark.parametrize("name", [name for name in ALL if name not in CLOSED])
def test_a_table_cut_anywhere_is_refused_or_has_every_record_before_the_cut(
    name: str, tmp_path: Path
) -> None:
    """A cut at the end of a line leaves a file that is well formed. Only a second file can show it."""
    data = (FIXTURES / name).read_bytes()
    expected = total(whole(name))
    step = max(1, len(data) // 150)
    for position in range(1, len(data), step):
        kept = account(place(tmp_path, name, data[:position]))
        if kept is None:
            continue
        if "/" in name:
            assert total(kept) == expected, position
        elif name not in ("own.csv", "entities.ftm.json"):
            at_line_end = data[position - 1 : position + 1] in (b"\r\n", b'"\n') or data[:position].endswith(
                (b"\n", b"\r")
            )
            assert at_line_end or data[position:].strip() == b"" or data[position : position + 1] in b"\r\n"


def test_the_primary_file_of_ofac_is_refused_when_it_ends_early(tmp_path: Path) -> None:
    """Its addresses then belong to parties it lacks."""
    name = "ofac-sdn/sdn.csv"
    lines = (FIXTURES / name).read_bytes().splitlines(keepends=True)
    for count in range(1, len(lines) - 1):
        with pytest.raises(ListError, match=r"is not in sdn\.csv"):
            read_list(place(tmp_path, name, b"".join(lines[:count])))


def test_the_address_file_of_ofac_is_refused_when_it_ends_early(tmp_path: Path) -> None:
    name = "ofac-sdn/add.csv"
    lines = (FIXTURES / name).read_bytes().splitlines(keepends=True)
    with pytest.raises(ListError, match=r"add\.csv is cut off: it has no line for 105"):
        read_list(place(tmp_path, name, b"".join(lines[:4])))


def test_rows_of_one_id_in_an_own_list_are_one_party(tmp_path: Path) -> None:
    text = "id,type,name\n7,entity,Kestrel Optics\n8,entity,Blue Harbor\n7,entity,Kestrel Optical Works\n7,vessel,KESTREL\n"
    watchlist = account(place(tmp_path, "mine.csv", text.encode()))
    assert watchlist is not None
    named = {e.id: (e.name, [n.value for n in e.names]) for e in watchlist.entities}
    assert named == {"7": ("Kestrel Optics", ["Kestrel Optical Works"]), "8": ("Blue Harbor", [])}
    assert [item.where for item in watchlist.rejected] == ["mine.csv, line 5"]


def test_two_records_of_one_id_are_reported(tmp_path: Path) -> None:
    cases: tuple[tuple[str, Callable[[str], str], str], ...] = (
        ("un.xml", lambda text: text.replace("XXe.001</REF", "XXi.001</REF"), "XXi.001"),
        ("eu.xml", lambda text: text.replace("EU.9002.20", "EU.9001.10"), "EU.9001.10"),
        ("sdn.xml", lambda text: text.replace("<uid>102</uid>", "<uid>101</uid>"), "101"),
        ("seco.xml", lambda text: text.replace('target ssid="9030"', 'target ssid="9001"'), "9001"),
        ("targets.simple.csv", lambda text: text.replace("NK-abc", "ofac-102"), "ofac-102"),
    )
    for name, change, id in cases:
        before = (FIXTURES / name).read_text(encoding="utf-8")
        watchlist = account(place(tmp_path, name, change(before).encode()))
        assert watchlist is not None, name
        assert total(watchlist) == total(whole(name)), name
        assert [item.reason.split(" (")[0] for item in watchlist.rejected] == [
            f"the id {id} appears again"
        ], name


REAL = (
    ("us-csl/consolidated.csv", 40),
    ("bis-dpl/dpl.txt", 20),
    ("un-sc/consolidated.xml", 8),
    ("ofac-consolidated/cons_prim.csv", 10),
    ("ofac-consolidated/cons_alt.csv", 10),
    ("ofac-consolidated/cons_add.csv", 10),
    ("ofac-consolidated/cons_comments.csv", 10),
)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "rounds"), REAL)
def test_damage_to_real_files(name: str, rounds: int, shared: Path, tmp_path: Path) -> None:
    """A changed byte or a cut of a real file: an error or an account of every record."""
    source = shared / "data/lists" / name
    data, random = source.read_bytes(), Random(name)
    paths = [source.parent / item.name for item in source.parent.iterdir()]
    target = tmp_path / "list"
    target.mkdir()
    for path in paths:
        (target / path.name).write_bytes(path.read_bytes())
    where = target if "ofac" in name else target / source.name
    before = read_list(where)
    for _ in range(rounds):
        at = random.randrange(len(data))
        changed = data[:at] if random.random() < 0.2 else data[:at] + random.randbytes(1) + data[at + 1 :]
        (target / source.name).write_bytes(changed)
        kept = account(where)
        if kept is not None and len(changed) == len(data):
            assert total(kept) >= total(before) or len(kept.rejected) > len(before.rejected)
