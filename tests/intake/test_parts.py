"""Files cut into parts: every row is in one part, as reading the whole file would give it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.errors import InputError, UsageError
from screening.intake import open_table
from screening.intake.parts import PART_ROWS, Part, Reading, open_part, parts_of

READING = Reading()
Row = tuple[int, tuple[str, ...], str, str]


def rows_of(table: Any) -> list[Row]:
    """Line number, names, id and problem of every row."""
    return [
        (batch.rows[i], batch.names[i], batch.ids[i], batch.problems.get(i, ""))
        for batch in table.batches()
        for i in range(len(batch))
    ]


def read_parts(parts: tuple[Part, ...]) -> list[Row]:
    found: list[Row] = []
    for part in parts:
        with open_part(part, READING, 1000) as table:
            found += rows_of(table)
    return found


CELL = st.text(alphabet='ab1"\n\r, é', max_size=6)
LINE_END = st.sampled_from(["\n", "\r\n"])


@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=3), max_size=12),
    quoted=st.lists(st.booleans(), min_size=40, max_size=40),
    size=st.integers(1, 60),
    end=LINE_END,
    mark=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_slices_hold_what_the_whole_holds(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    quoted: list[bool],
    size: int,
    end: str,
    mark: bool,
) -> None:
    """Well-quoted cells and broken ones, blank lines, line breaks in cells: all cuts lie between records."""
    flags = iter(quoted * 3)
    lines = [",".join('"' + c.replace('"', '""') + '"' if next(flags) else c for c in row) for row in rows]
    path = tmp_path_factory.mktemp("cut") / "t.csv"
    text = end.join(["name,id", "Acme,0", *lines, "Brightwater,9", ""])
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + text.encode())
    try:
        whole = rows_of(open_table(path))
    except (InputError, UsageError) as problem:
        parts = parts_of(str(path), READING, size)
        said = [part.problem for part in parts if part.problem]
        for part in parts:  # what is whole is read; the rest says why not
            if not part.problem:
                try:
                    read_parts((part,))
                except InputError as found:
                    said.append(found.message)
        assert problem.message in said
        return
    parts = parts_of(str(path), READING, size)
    assert not [part.problem for part in parts if part.problem]
    assert read_parts(parts) == whole
    assert sum(part.rows or 0 for part in parts) >= len(whole) or parts[0].form == "whole"


def test_a_large_file_is_cut_and_the_cuts_are_its_own(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,id\n" + "".join(f'"Acme {n}, Ltd\nof town",{n}\n' for n in range(3000)))
    parts = parts_of(str(path), READING, 1000)
    assert len(parts) > 50
    assert parts == parts_of(str(path), READING, 1000)
    assert [part.first_row for part in parts[:2]] == [2, 2 + 2 * (parts[0].rows or 0)]
    assert sum(part.rows or 0 for part in parts) == 3000
    assert read_parts(parts) == rows_of(open_table(path))


def test_an_open_quote_leaves_the_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,id\nAcme,1\nBrightwater,2\n" + '"Grey Heron,3\nBlue Lantern,4\n')
    first, broken = parts_of(str(path), READING)
    assert [row[1] for row in read_parts((first,))] == [("Acme",), ("Brightwater",)]
    assert (broken.first_row, broken.rows) == (4, 2)
    assert "line 4: a quote opens here and is not closed" in broken.problem


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name,id\nAcme,1\nBrightwater,2\n", "utf-16"),
        ("name,id\n武汉,1\n北京,2\n", "gb18030"),
        ("name,id\rAcme,1\rBrightwater,2\r", "utf-8"),
        ("name,id\nAcme,1\rBrightwater,2\n", "utf-8"),
        ('{"name": "Acme"}\n{"name": "Brightwater"}\n', "utf-8"),
        ("name,id\n", "utf-8"),
    ],
)
def test_what_cannot_be_cut_is_one_part(tmp_path: Path, content: str, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode(encoding))
    reading = Reading(encoding=encoding if encoding == "gb18030" else None)
    (part,) = parts_of(str(path), reading, 4)
    assert part.form == "whole"
    with open_part(part, reading, 10) as table:
        assert rows_of(table) == rows_of(open_table(path, encoding=reading.encoding))


def test_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    names = [f"Acme {n}" for n in range(2 * PART_ROWS + 10)]
    pq.write_table(pa.table({"name": names, "id": range(len(names))}), path, row_group_size=PART_ROWS // 2)
    parts = parts_of(str(path), READING)
    assert [(part.start, part.end, part.first_row, part.rows) for part in parts] == [
        (0, 2, 2, PART_ROWS),
        (2, 4, PART_ROWS + 2, PART_ROWS),
        (4, 5, 2 * PART_ROWS + 2, 10),
    ]
    assert read_parts(parts) == rows_of(open_table(path))
    assert len({part.sha256 for part in parts}) == 3


def test_a_damaged_row_group_is_a_matter_of_its_own_part(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    names = [f"Acme {n * 7919}" for n in range(2 * PART_ROWS)]
    pq.write_table(pa.table({"name": names}), path, row_group_size=PART_ROWS)
    second = parts_of(str(path), READING)[1]
    with path.open("r+b") as file:
        file.seek(second.ranges[0][0])
        file.write(b"\xff" * 64)
    good, bad = parts_of(str(path), READING)
    assert len(read_parts((good,))) == PART_ROWS
    assert bad.rows == PART_ROWS
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_parts((bad,))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"\x00\x01\x02garbage\x00", "not a text file"),
        ("t.parquet", b"PAR1 cut off", "not a readable Parquet file"),
        ("t.csv.gz", b"\x1f\x8b\x08\x00", "compressed"),
        ("missing", None, "does not exist"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_part_with_its_reason(
    tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    (part,) = parts_of(str(path), READING)
    assert why in part.problem
    assert part.rows is None


def test_a_part_that_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,id\nAcme,1\nBrightwater,2\n")
    parts = parts_of(str(path), READING, 5)
    path.write_text("name,id\nAcme,1\nBrightwaters,2\n")
    assert len(read_parts(parts[:1])) == 1  # its own bytes are as they were
    with pytest.raises(InputError, match="changed while it was screened"):
        read_parts(parts[1:])
