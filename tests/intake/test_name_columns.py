"""Where the cell of a name begins in its line: what an annotation points at."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.intake import open_table
from tests.intake.helpers import everything, read, write


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name,id\nAcme,1\n", [(1,)]),
        ("id,name\n1,Acme\n", [(3,)]),
        ("id,name\n1, Acme \n", [(3,)]),
        ('id,name\n"1",Acme\n', [(5,)]),
        ('id,name\n"1","Acme"\n', [(5,)]),
        ('id,name\n"a ""b"", c",Acme\n', [(14,)]),
        ('id,name\na "b" c,Acme\n', [(9,)]),
        ("id,name\r\n1,Acme\r\n2,Beta\r\n", [(3,), (3,)]),
        ('id,name\r"1",Acme\r2,Beta\r', [(5,), (3,)]),
        ("id\tname\n1\tAcme\n", [(3,)]),
        ("\ufeffname,id\nAcme,1\n", [(1,)]),
        ('sep=;\nid;name\n"1";Acme\n2;Beta\n', [(5,), (3,)]),
        ("id,name\n\n1,Acme\n", [(3,)]),
        ('id,name\n"",""\n"x",Acme\n', [(5,)]),
        # the characters are code points
        ("id,name\n企业,Acme\n", [(4,)]),
        # a record over several lines: the cells of its first line have a column, the others none
        ('name,note\nAcme,"one\ntwo"\nBeta,x\n', [(1,), (1,)]),
        ('note,name\n"one\ntwo",Acme\nx,Beta\n', [(), (3,)]),
        ('note,name\n"one\ntwo","Acme"\n"x",Beta\n', [(), (5,)]),
        # several names: all or none
        ("name,alias,id\nAcme,Acme Trading,1\n", [(1, 6)]),
        ('name,note,alias\nAcme,"a\nb",Acme Trading\n', [()]),
        # the same name twice is one name: its first cell
        ("name,alias\nAcme,Acme\n", [(1,)]),
        ("first name,last name\nAda,Lovelace\n", [(1,)]),
        ("id,first name,last name\n1,,Lovelace\n", [(4,)]),
        # nothing to point at
        ("id,name\n1,\n", [()]),
    ],
)
def test_name_columns(tmp_path: Path, content: str, expected: list[tuple[int, ...]]) -> None:
    assert [party.name_columns for party in read(tmp_path, content)] == expected


def test_rows_that_cannot_be_read_have_a_column_too(tmp_path: Path) -> None:
    [party] = read(tmp_path, 'id,name\n"1",Acme,too,many\n')
    assert (party.names, party.name_columns) == (("Acme",), (5,))


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_other_formats_have_none(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, '{"id": "1", "name": "Acme"}\n', name)
    assert [party.name_columns for party in everything(open_table(path))] == [()]


CELLS = st.text(st.sampled_from("ab \",;\t\n'é企"), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5),
    quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    batch_rows=st.integers(1, 3),
)
def test_read_again_from_that_column_the_line_holds_the_name(
    tmp_path: Path, rows: list[tuple[str, str, str]], quoted: bool, end: str, batch_rows: int
) -> None:
    # Letters at both ends keep the name usable and whole.
    table = [(a, f"x{b}y", c) for a, b, c in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator=end)
    writer.writerows([("id", "name", "note"), *table])
    content = text.getvalue()
    lines = io.StringIO(content, newline="").readlines()
    path = write(tmp_path, content)
    batches = open_table(path, mapping={"name": "name"}, batch_rows=batch_rows).batches()
    found = [(batch.counterparty(i), i in batch.problems) for batch in batches for i in range(len(batch))]
    assert len(found) == len(table)
    for (first, name, note), (party, broken) in zip(table, found, strict=True):
        if broken:  # a line inside a cell that looks like a row of its own
            continue
        if "\n" in first:
            assert party.name_columns == ()
            continue
        [column] = party.name_columns
        rest = "".join(lines[party.row - 1 :])[column - 1 :]
        assert next(csv.reader(io.StringIO(rest, newline=""))) == [name, note]
