"""Every reader on damaged files: an error or a complete list, never a traceback, never a shorter list in silence.

Kinds of damage: a cut anywhere, changed bytes, lines removed, doubled and swapped, the text in another encoding, byte
order marks, other line ends, other delimiters. Seeds are our own fixtures, and the real files where they are beside
the checkout.

A list with fewer records than the undamaged file is allowed only where the file declares no count and the list says so
(`count_check`). Then nothing in the file can show that a record is gone; `lists import` and `lists update` compare with
the version before, and refuse a list that shrank by more than a tenth.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.lists.formats import FORMATS, read_list, recognise
from screening.model import Watchlist

from .made import FIXTURES, account, as_exported, place, total

SINGLE = sorted(path.name for path in FIXTURES.iterdir() if path.is_file())
TRIOS = sorted(
    f"{folder.name}/{path.name}"
    for folder in FIXTURES.iterdir()
    if folder.is_dir()
    for path in folder.iterdir()
)
EXPORTED = ["exported.jsonl", "exported.csv"]
ALL = [*SINGLE, *TRIOS, *EXPORTED]
# Tables whose lines are records, with no count and no end of their own.
TABLES = [name for name in ALL if not name.endswith((".xml", "csl.json"))]
QUICK = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def seed(name: str) -> bytes:
    return as_exported(name) if name in EXPORTED else (FIXTURES / name).read_bytes()


def parties(watchlist: Watchlist) -> dict[str, object]:
    return {entity.id: entity for entity in watchlist.entities}


def whole(name: str, folder: Path) -> Watchlist:
    """The undamaged list."""
    found = account(place(folder, name, seed(name)))
    assert found is not None
    return found


def account_of(path: Path, before: Watchlist) -> Watchlist | None:
    """As `account`; a list with fewer records than the undamaged one must say that its completeness is not known."""
    after = account(path)
    if after is not None and total(after) < total(before):
        assert after.info.count_check == "not-declared", "a shorter list in silence"
    return after


def test_every_format_is_damaged_here(tmp_path: Path) -> None:
    seen = {recognise(place(tmp_path, name, seed(name))).name for name in ALL}
    assert seen == {format.name for format in FORMATS}


# --- damage that must not matter, or must be refused ------------------------------------------------


def in_utf16(data: bytes) -> bytes:
    text = data.decode("utf-8-sig")
    return re.sub(r'encoding="utf-8"', 'encoding="utf-16"', text, count=1, flags=re.IGNORECASE).encode(
        "utf-16"
    )


# The text says the same in another form: the same parties, or no list at all.
HARMLESS: dict[str, Callable[[bytes], bytes]] = {
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16 with its mark": in_utf16,
    "CRLF": lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "LF": lambda data: data.replace(b"\r\n", b"\n"),
    "blank lines at the end": lambda data: data + b"\n\n",
    "blanks at the end": lambda data: data + b"  ",
    "NUL at the end": lambda data: data + b"\x00\x00",
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("form", HARMLESS)
def test_the_same_text_in_another_form_is_the_same_list_or_refused(
    form: str, name: str, tmp_path: Path
) -> None:
    before = parties(whole(name, tmp_path))
    after = account(place(tmp_path, name, HARMLESS[form](seed(name))))
    if after is not None:
        assert [(e.id, e.name) for e in after.entities] == [(k, v.name) for k, v in before.items()]
        assert len(after.rejected) == 0


# The text says something else; no party may go without a reason.
def other_delimiter(delimiter: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        return data.replace(b"\t" if b"\t" in data else b",", delimiter)

    return change


def latin(data: bytes) -> bytes:
    return data.decode("utf-8-sig").encode("latin-1", "replace")


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "semicolons for commas": other_delimiter(b";"),
    "tabs for commas": other_delimiter(b"\t"),
    "bars for commas": other_delimiter(b"|"),
    "Latin-1 that says UTF-8": latin,
    "UTF-16 without a mark": lambda data: data.decode("utf-8-sig").encode("utf-16-le"),
    "UTF-8 read as Latin-1 and written again": lambda data: data.decode("latin-1").encode("utf-8"),
    "CR alone": lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
    "no line ends": lambda data: data.replace(b"\r", b"").replace(b"\n", b""),
    "quotes lost": lambda data: data.replace(b'"', b""),
    "twice in one file": lambda data: data + data,
    "a page before it": lambda data: b"<!DOCTYPE html><html></html>\n" + data,
    "a page after it": lambda data: data + b"\n<html><body>502 Bad Gateway</body></html>\n",
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("form", WRONG)
def test_a_file_in_the_wrong_form_is_refused_or_accounts_for_every_record(
    form: str, name: str, tmp_path: Path
) -> None:
    before = whole(name, tmp_path)
    after = account_of(place(tmp_path, name, WRONG[form](seed(name))), before)
    if after is not None:
        lost = len(before.entities) - len(after.entities)
        assert lost <= 0 or after.rejected, "parties went without a reason"


# --- cuts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in ALL if name not in TABLES])
def test_a_file_with_an_end_is_refused_at_every_byte(name: str, tmp_path: Path) -> None:
    data = seed(name).rstrip()
    step = max(1, len(data) // 300)
    for at in [*range(1, len(data), step), *range(max(1, len(data) - 60), len(data))]:
        assert account(place(tmp_path, name, data[:at])) is None, at


@pytest.mark.parametrize("name", [name for name in TRIOS if "comments" not in name] + EXPORTED)
def test_a_table_with_an_end_or_a_count_is_refused_at_every_byte(name: str, tmp_path: Path) -> None:
    """OFAC's files end with a mark; what we export says how many parties there are."""
    data = seed(name).rstrip(b"\x00 \n") if name in EXPORTED else seed(name)
    before = whole(name, tmp_path)
    for at in range(1, len(data)):
        after = account(place(tmp_path, name, data[:at]))
        if after is not None:  # only what says nothing of its own was cut off
            assert after.entities == before.entities, at


# --- lines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_a_doubled_line_gives_no_party_twice(name: str, tmp_path: Path) -> None:
    before = whole(name, tmp_path)
    lines = seed(name).splitlines(keepends=True)
    for at in range(len(lines)):
        after = account(place(tmp_path, name, b"".join([*lines[: at + 1], *lines[at:]])))
        if after is not None:
            assert parties(before).keys() <= parties(after).keys(), at


# What a record of each fixture is; the marked ones declare how many there are.
RECORDS = {
    "sdn.xml": rb"<sdnEntry>.*?</sdnEntry>",
    "sdn_advanced.xml": rb"<DistinctParty .*?</DistinctParty>",
    "eu.xml": rb"<sanctionEntity .*?</sanctionEntity>",
    "uk.xml": rb"<Designation>.*?</Designation>",
    "un.xml": rb"<INDIVIDUAL>.*?</INDIVIDUAL>|<ENTITY>.*?</ENTITY>",
    "seco.xml": rb"<target .*?</target>",
    "csl.json": rb"\n  \{.*?\n  \},?",
}
DECLARING = {"sdn.xml", "csl.json", *EXPORTED}


@pytest.mark.parametrize("name", ALL)
def test_the_list_says_whether_its_file_declares_a_count(name: str, tmp_path: Path) -> None:
    expected = "checked" if name in DECLARING else "not-declared"
    assert whole(name, tmp_path).info.count_check == expected


@pytest.mark.parametrize("name", [*TABLES, *RECORDS])
def test_a_removed_record_is_noticed_or_the_list_says_that_it_cannot_be(name: str, tmp_path: Path) -> None:
    """A file that declares a count is refused; the others say that their completeness is not known."""
    data, before = seed(name), whole(name, tmp_path)
    form = re.compile(RECORDS.get(name, rb"(?m)^.*\n"), re.DOTALL if name in RECORDS else 0)
    shorter = 0
    for found in form.finditer(data):
        after = account_of(place(tmp_path, name, data[: found.start()] + data[found.end() :]), before)
        shorter += after is not None and total(after) < total(before)
    assert form.search(data)
    assert shorter == 0 or name not in DECLARING


@pytest.mark.parametrize("name", TABLES)
def test_a_removed_line_takes_no_other_party_with_it(name: str, tmp_path: Path) -> None:
    """Nothing shows that a record is not there; but nothing else may go with it."""
    before = whole(name, tmp_path)
    lines = seed(name).splitlines(keepends=True)
    for at in range(len(lines)):
        after = account_of(place(tmp_path, name, b"".join([*lines[:at], *lines[at + 1 :]])), before)
        if after is not None:
            gone = parties(before).keys() - parties(after).keys()
            assert len(gone) <= 1 + len(after.rejected), at


@pytest.mark.parametrize("name", ALL)
@QUICK
@given(order=st.permutations(range(12)))
def test_lines_in_another_order(name: str, order: list[int], tmp_path: Path) -> None:
    lines = seed(name).splitlines(keepends=True)
    head = lines[: len(order)]
    shuffled = [head[at] for at in order if at < len(head)]
    account_of(place(tmp_path, name, b"".join([*shuffled, *lines[len(order) :]])), whole(name, tmp_path))


# --- anything ---------------------------------------------------------------------------------------

edits = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, 10**6), st.integers(0, 7)),
    st.tuples(
        st.just("set"), st.integers(0, 10**6), st.sampled_from(list(b"\x00\x1a\"',;\t\r\n<>&\xff\xc3{}[]0"))
    ),
    st.tuples(st.just("cut"), st.integers(0, 10**6), st.integers(1, 200)),
    st.tuples(st.just("copy"), st.integers(0, 10**6), st.integers(1, 200)),
    st.tuples(st.just("move"), st.integers(0, 10**6), st.integers(1, 200)),
)


def edited(data: bytes, edit: tuple[str, int, int]) -> bytes:
    kind, where, what = edit
    at = where % max(1, len(data))
    if kind == "flip":
        return data[:at] + bytes([data[at] ^ (1 << what)]) + data[at + 1 :]
    if kind == "set":
        return data[:at] + bytes([what]) + data[at + 1 :]
    piece = data[at : at + what]
    if kind == "cut":
        return data[:at] + data[at + what :]
    return data[:at] + piece + data[at:] if kind == "copy" else data[:at] + data[at + what :] + piece


@pytest.mark.parametrize("name", ALL)
@QUICK
@given(changes=st.lists(edits, min_size=1, max_size=6))
def test_any_damage(name: str, changes: list[tuple[str, int, int]], tmp_path: Path) -> None:
    data, before = seed(name), whole(name, tmp_path)
    for change in changes:
        data = edited(data, change) or b" "
    account_of(place(tmp_path, name, data), before)


@pytest.mark.parametrize("name", ALL)
@QUICK
@given(where=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_bit_loses_no_record_in_silence(name: str, where: int, bit: int, tmp_path: Path) -> None:
    before = whole(name, tmp_path)
    after = account_of(place(tmp_path, name, edited(seed(name), ("flip", where, bit))), before)
    if after is not None:
        assert total(after) >= len(before.entities)


# --- real files -------------------------------------------------------------------------------------

REAL = (
    "us-csl/consolidated.csv",
    "bis-dpl/dpl.txt",
    "ofac-consolidated/cons_prim.csv",
    "ofac-consolidated/cons_alt.csv",
    "ofac-consolidated/cons_add.csv",
    "ofac-consolidated/cons_comments.csv",
)


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
@settings(QUICK, max_examples=12)
@given(changes=st.lists(edits, min_size=1, max_size=4))
def test_any_damage_to_a_real_file(
    name: str, changes: list[tuple[str, int, int]], shared: Path, tmp_path: Path
) -> None:
    source = shared / "data/lists" / name
    target = tmp_path / "list"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source.parent, target)
    where = target if "ofac" in name else target / source.name
    data, before = source.read_bytes(), read_list(where)
    for change in changes:
        data = edited(data, (change[0], change[1] * 7919, change[2])) or b" "
    (target / source.name).write_bytes(data)
    account_of(where, before)


@pytest.mark.shared
@pytest.mark.parametrize("form", [*HARMLESS, *WRONG])
@pytest.mark.parametrize(
    "name", ["us-csl/consolidated.csv", "bis-dpl/dpl.txt", "ofac-consolidated/cons_prim.csv"]
)
def test_a_real_file_in_another_form(name: str, form: str, shared: Path, tmp_path: Path) -> None:
    source = shared / "data/lists" / name
    target = tmp_path / "list"
    shutil.copytree(source.parent, target)
    where = target if "ofac" in name else target / source.name
    before = read_list(where)
    (target / source.name).write_bytes({**HARMLESS, **WRONG}[form](source.read_bytes()))
    after = account_of(where, before)
    if after is not None:
        assert len(after.entities) >= len(before.entities) or len(after.rejected) > len(before.rejected)
