"""Several files as one table: rows with their file, broken files, what is said of all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import fsspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from screening.errors import InputError
from screening.intake import open_files
from screening.intake.several import Files
from screening.model import Counterparty

Row = tuple[str, int, tuple[str, ...]]


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder `rows` of the working directory."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "rows"
    (folder / "deep").mkdir(parents=True)
    return folder


def everything(files: Files) -> list[Counterparty]:
    return [batch.counterparty(i) for batch in files.batches() for i in range(len(batch))]


def places(files: Files) -> list[Row]:
    return [(*found.place, found.names) for found in everything(files)]


def lost(files: Files) -> list[tuple[str, int, int, str]]:
    """File, first row, how many rows, and why, of what cannot be screened."""
    return [
        (batch.file, batch.rows[i], batch.lost.get(i, 1), text)
        for batch in files.batches()
        for i, text in batch.problems.items()
    ]


def test_every_format_file_after_file(rows: Path) -> None:
    (rows / "b.csv").write_text('id,name\n1,"Ash\nBirch"\n2,Cedar\n')
    (rows / "a.tsv").write_text("country\tname\nDE\tDogwood\n")
    (rows / "deep" / "c.jsonl").write_text('{"name": "Elm"}\n{"name": "Fir"}\n')
    pq.write_table(pa.table({"name": ["Ginkgo"]}), rows / "d.parquet")
    book = openpyxl.Workbook()
    book.active.append(["name"])
    book.active.append(["Hazel"])
    book.save(rows / "e.xlsx")
    (rows / "_SUCCESS").write_text("")
    files = open_files("rows/")
    expected = [
        ("rows/a.tsv", 2, ("Dogwood",)),
        ("rows/b.csv", 2, ("Ash\nBirch",)),
        ("rows/b.csv", 4, ("Cedar",)),
        ("rows/d.parquet", 2, ("Ginkgo",)),
        ("rows/deep/c.jsonl", 1, ("Elm",)),
        ("rows/deep/c.jsonl", 2, ("Fir",)),
        ("rows/e.xlsx", 2, ("Hazel",)),
    ]
    assert places(files) == expected
    assert places(files) == expected == sorted(expected)  # may be read again; the order is that of the places
    assert [found.name_columns for found in everything(files)][:3] == [(4,), (3,), (3,)]
    info = files.info
    assert info.format == "csv, jsonl, parquet, tsv, xlsx"
    assert info.columns == {"name": ("name",), "country": ("country",), "id": ("id",)}
    assert [(f.path, f.sha256) for f in info.files] == [
        (name, hashlib.sha256(Path(name).read_bytes()).hexdigest())
        for name in sorted({e[0] for e in expected})
    ]


def test_each_file_has_columns_of_its_own(rows: Path) -> None:
    (rows / "a.csv").write_text("name,id\nAsh,1\n")
    (rows / "b.csv").write_text("ref;vendor\n2;Birch\n")
    files = open_files("rows/*.csv")
    assert [(found.names, found.id) for found in everything(files)] == [(("Ash",), "1"), (("Birch",), "2")]
    assert files.info.columns == {"name": ("name", "vendor"), "id": ("id", "ref")}
    assert files.info.delimiter is None
    assert files.info.notes[0] == "The columns are not the same in all files: rows/a.csv, rows/b.csv."


def test_an_id_of_an_earlier_file_is_noticed(rows: Path) -> None:
    (rows / "a.csv").write_text("id,name\n1,Ash\n2,Birch\n")
    (rows / "b.csv").write_text("id,name\n3,Cedar\n2,Dogwood\n")
    files = open_files("rows")
    everything(files)
    everything(files)
    assert files.info.notes == ("rows/b.csv: Ids of an earlier row, kept: 1 (2 in row 3).",)


def test_a_file_that_cannot_be_read_is_accounted_for(rows: Path) -> None:
    (rows / "a.csv").write_bytes(b"name\n\x00\x01\x02\n")
    (rows / "b.csv").write_text("name\nAsh\n")
    (rows / "c.csv").write_text("town,city\nx,y\nz,u\n")
    (rows / "d.csv").write_text('id,name\n1,Birch\n2,Cedar\n3,"Dogwood\n4,Elm\n5,Fir\n')
    files = open_files("rows")
    assert [place for place in places(files) if place[2]] == [
        ("rows/b.csv", 2, ("Ash",)),
        ("rows/d.csv", 2, ("Birch",)),
        ("rows/d.csv", 3, ("Cedar",)),
    ]
    found = lost(files)
    assert [item[:3] for item in found] == [("rows/a.csv", 2, 1), ("rows/c.csv", 2, 2), ("rows/d.csv", 4, 3)]
    assert "its rows could not be counted: it stands as one row: rows/a.csv" in found[0][3]
    assert "none of the 2 rows from here on was screened: rows/c.csv: no column is recognised" in found[1][3]
    assert "rows/d.csv, line 4: a quote opens here and is not closed" in found[2][3]
    assert files.info.notes[0] == "2 files of 4 could not be read. First: rows/a.csv."
    assert all(len(file.sha256) == 64 for file in files.info.files)


def broken_group(path: Path, number: int) -> None:
    """A Parquet file of three row groups of 25,000 rows each, one of them overwritten with noughts."""
    names = [f"Ash {n}" for n in range(75_000)]
    pq.write_table(pa.table({"name": names}), path, row_group_size=25_000)
    about = pq.ParquetFile(path).metadata.row_group(number).column(0)
    content = bytearray(path.read_bytes())
    start = about.dictionary_page_offset
    content[start : start + about.total_compressed_size] = bytes(about.total_compressed_size)
    path.write_bytes(content)


def test_rows_before_and_after_a_broken_part_are_read(rows: Path) -> None:
    broken_group(rows / "a.parquet", 1)
    files = open_files("rows")
    ((file, row, count, why),) = lost(files)
    assert (file, row, count) == ("rows/a.parquet", 25_002, 25_000)
    assert why.startswith(
        "none of the 25,000 rows from here on was screened: rows/a.parquet is not a readable"
    )
    names = [names for _, _, names in places(files) if names]
    assert len(names) == 50_000
    assert (names[24_999], names[25_000]) == (("Ash 24999",), ("Ash 50000",))


def test_nothing_that_can_be_read_is_an_error(rows: Path) -> None:
    (rows / "a.csv").write_text("town,city\nx,y\n")
    (rows / "b.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"No part of rows could be read. rows/a.csv: no column"):
        open_files("rows")
    (rows / "a.csv").unlink()
    path = rows / "b.parquet"
    pq.write_table(pa.table({"name": ["Ash"] * 100}), path)
    files = open_files("rows")
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"No part of rows could be read. rows/b.csv is empty"):
        everything(files)


def test_a_file_that_changes_meanwhile_is_not_screened(rows: Path) -> None:
    (rows / "a.csv").write_text("name\nAsh\nBirch\n")
    (rows / "b.csv").write_text("name\nCedar\n")
    files = open_files("rows")
    (rows / "a.csv").write_text("name\nAsh\nBirhc\n")
    assert [item[:3] for item in lost(files)] == [("rows/a.csv", 2, 2)]
    (rows / "a.csv").unlink()
    assert [item[:3] for item in lost(files)] == [("rows/a.csv", 2, 2)]


def test_only_some_notes_are_repeated(rows: Path) -> None:
    for n in range(30):
        (rows / f"{n:02}.csv").write_text("name\n")
    files = open_files("rows")
    assert everything(files) == []
    assert files.info.notes[0] == "rows/00.csv: The table has a header and no rows."
    assert files.info.notes[19:] == (
        "rows/19.csv: The table has a header and no rows.",
        "10 more notes on files are left out.",
    )


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()


def test_files_of_a_storage(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe_file("/rows/a.csv", b"id,name\n1,Ash\n")
    memory.pipe_file("/rows/b.jsonl", b'{"name": "Birch"}\n')
    files = open_files("memory://rows")
    assert places(files) == [
        ("memory:///rows/a.csv", 2, ("Ash",)),
        ("memory:///rows/b.jsonl", 1, ("Birch",)),
    ]
    assert files.info.files[0].sha256 == hashlib.sha256(b"id,name\n1,Ash\n").hexdigest()
