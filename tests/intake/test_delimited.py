"""Delimited text: rows, lines, quotes, delimiters."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.errors import InputError
from screening.intake import open_table
from tests.intake.helpers import csv_text, everything, names, problems, read, write

DELIMITERS = {",": ",", ";": ";", "\t": "tab", "|": "|"}


def test_a_plain_file(tmp_path: Path) -> None:
    table = open_table(
        write(
            tmp_path,
            "Vendor ID,Vendor Name,Country,City,Street,LEI,Amount\n00123, Acme Ltd ,DE,Bonn,Weg 1,X9,1e5\n",
        )
    )
    [party] = everything(table)
    assert (party.row, party.names, party.id, party.countries) == (2, ("Acme Ltd",), "00123", ("DE",))
    assert party.address == "Weg 1, Bonn"
    assert [(i.scheme, i.value) for i in party.identifiers] == [("lei", "X9")]
    assert party.extra == (("Amount", "1e5"),)
    assert table.info.format == "csv"
    assert table.info.delimiter == ","
    assert table.info.encoding == "utf-8"
    assert table.info.notes == ()
    assert table.info.columns == {
        "name": ("Vendor Name",),
        "id": ("Vendor ID",),
        "country": ("Country",),
        "address": ("Street", "City"),
        "lei": ("LEI",),
    }


@pytest.mark.parametrize(
    "value",
    ["00123", "NA", "NULL", "null", "None", "TRUE", "1e5", "1.0", "-5", "=1+1", "nan", "2024-01-01", "+49"],
)
def test_every_value_stays_text(tmp_path: Path, value: str) -> None:
    [party] = read(tmp_path, f"id,name,other\n{value},{value} x,{value}\n")
    assert (party.id, party.names, party.extra) == (value, (f"{value} x",), (("other", value),))


def test_a_company_may_be_called_null_and_namibia_is_a_country(tmp_path: Path) -> None:
    parties = read(tmp_path, "name,country\nNULL Ltd,NA\nNULL,NA\nNone,NA\nNA,NA\nTest,NA\n")
    assert [party.names for party in parties] == [("NULL Ltd",), ("NULL",), ("None",), ("NA",), ("Test",)]
    assert {party.countries for party in parties} == {("NA",)}


@pytest.mark.parametrize(("delimiter", "said"), DELIMITERS.items())
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_recognised_and_said(tmp_path: Path, delimiter: str, said: str, end: str) -> None:
    rows = [
        ["id", "name", "city"],
        ["1", "Acme; Sons, Ltd | Co", "A"],
        ["2", "Beta\tGmbH", "B"],
        ["3", 'The "Gamma"', "C"],
    ]
    table = open_table(write(tmp_path, csv_text(rows, delimiter, end)))
    assert [party.names[0] for party in everything(table)] == [row[1] for row in rows[1:]]
    assert table.info.delimiter == said
    assert table.info.format == ("tsv" if delimiter == "\t" else "csv")


DELIMITED = [
    ("name;city, country\nAcme, Inc.;Bonn, DE\nBeta, Inc.;Ulm, DE\n", ";", ["Acme, Inc.", "Beta, Inc."]),
    ("name,notes\nAcme,a;b;c\nBeta,d;e;f\n", ",", ["Acme", "Beta"]),
    ("name\nAcme, Inc.\nBeta; Sons\n", "none", ["Acme, Inc.", "Beta; Sons"]),
    ("name|id\nAcme, Inc.|1\n", "|", ["Acme, Inc."]),
    ("sep=;\nname;id\nAcme;1\n", ";", ["Acme"]),
    ("name;id\n", ";", []),
    ('"Company, full name";"id"\n"Acme, A";"1"\n', ";", ["Acme, A"]),
]


@pytest.mark.parametrize(("content", "delimiter", "expected"), DELIMITED)
def test_delimiters_that_mislead(tmp_path: Path, content: str, delimiter: str, expected: list[str]) -> None:
    table = open_table(
        write(tmp_path, content), mapping={"name": "Company, full name"} if "full" in content else None
    )
    assert [party.names[0] for party in everything(table)] == expected
    assert table.info.delimiter == delimiter


def test_rows_are_the_lines_an_editor_shows(tmp_path: Path) -> None:
    content = 'name,address\nA,x\nB,"line 1\nline 2\r\nline 3"\nC,y\n\nD,z\n"E\nF",w\nG,v\n'
    table = open_table(write(tmp_path, content))
    assert [party.row for party in everything(table)] == [2, 3, 6, 8, 9, 11]
    assert table.info.notes == ("1 blank line, not counted as a row (first: row 7).",)


def test_a_declared_delimiter_and_blank_lines_before_the_header_count_as_lines(tmp_path: Path) -> None:
    assert [p.row for p in read(tmp_path, "sep=;\nname;id\nA;1\n")] == [3]
    assert [p.row for p in read(tmp_path, "\n\nname;id\nA;1\n")] == [4]


def test_rows_do_not_depend_on_the_size_of_batches(tmp_path: Path) -> None:
    lines = [f'{n},"Name {n}{chr(10) * (n % 3)} Ltd",DE' for n in range(50)]
    path = write(tmp_path, "id,name,country\n" + "\n".join(lines) + "\n")
    whole = everything(open_table(path))
    for size in (1, 2, 7, 50, 51):
        table = open_table(path, batch_rows=size)
        assert everything(table) == whole
        assert max(len(batch) for batch in table.batches()) <= size


def test_batches_may_be_read_again_and_notes_do_not_grow(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "id,name\n1,A\n1,B\n\n"))
    first, said = everything(table), table.info.notes
    assert everything(table) == first
    assert table.info.notes == said
    assert len(said) == 2


UNBALANCED = [
    (
        'name,id\nA,1\n"B,2\nC,3\n',
        "line 3: a quote opens here and is not closed before the end of the file (line 4)",
    ),
    (
        'name,id\nA,1\n"B,2\n"C,3",4\n',
        "line 3: a quote opens here and ends in the middle of a cell of line 4",
    ),
    ('name,id\n"A', "line 2: a quote opens here"),
    ('"name,id\nA,1\n', "line 1: a quote opens here"),
]


@pytest.mark.parametrize(("content", "said"), UNBALANCED)
def test_an_unbalanced_quote_is_an_error_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert said in caught.value.message
    assert '""' in caught.value.advice


def test_a_quote_inside_one_line_costs_that_row_only(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, 'name,id\n"Acme" Ltd,1\nBeta,2\n"Ga"mma" x,3\nDelta,4\n'))
    assert problems(table) == {
        2: "the quotes of this line are not balanced",
        4: "the quotes of this line are not balanced",
    }
    assert names(table) == {2: (), 3: ("Beta",), 4: (), 5: ("Delta",)}
    assert everything(table)[0].names == ("Acme Ltd",)


def test_a_cell_that_swallowed_rows_is_not_trusted(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, 'id,name,city\n1,"A,x\n2,B,y\n3,C 12",z\n4,D,w\n'))
    assert list(problems(table)) == [2]
    assert "lines 2 to 4" in problems(table)[2]
    assert names(table)[5] == ("D",)


def test_an_address_over_several_lines_is_trusted(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, 'id,name,address\n1,A,"1 Main St\nSpringfield, US"\n2,B,x\n'))
    assert problems(table) == {}
    assert everything(table)[0].address == "1 Main St\nSpringfield, US"


def test_too_few_cells_are_empty_and_noted_too_many_cost_the_row(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "id,name,city\n1,A\n2,B,x,y\n3,C,z,,\n4\n5,E,w\n"))
    parties = everything(table)
    assert problems(table) == {
        3: "the row has 4 cells, the header 3: its columns may be shifted",
        5: 'no usable name: column "name" is empty',
    }
    assert names(table) == {2: ("A",), 3: (), 4: ("C",), 5: (), 6: ("E",)}
    assert parties[1].extra == (("column 4", "y"),)
    assert "2 rows have fewer cells than the header" in table.info.notes[0]


def test_lines_with_delimiters_alone_are_blank(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "id,name,city\n1,A,x\n,,\n  \n,\n2,B,y\n"))
    assert list(names(table)) == [2, 6]
    assert table.info.notes == ("3 blank lines, not counted as rows (first: row 3).",)


UNUSABLE = [
    "",
    "  ",
    "N/A",
    "n/a",
    "-",
    "--",
    "...",
    "?",
    "unknown",
    "UNKNOWN",
    "TBD",
    "Unbekannt",
    "неизвестно",
    "未知",
    "#REF!",
    "\u00a0",
    "🙂",
]


@pytest.mark.parametrize("cell", UNUSABLE)
def test_a_cell_without_a_name_makes_the_row_unscreened(tmp_path: Path, cell: str) -> None:
    table = open_table(write(tmp_path, csv_text([["id", "name"], ["7", cell], ["8", "Acme"]])))
    assert list(problems(table)) == [2]
    assert problems(table)[2].startswith('no usable name: column "name" ')
    assert names(table) == {2: (), 3: ("Acme",)}
    party = everything(table)[0]
    assert (party.id, party.names, party.extra) == ("7", (), (("name", cell),))


USABLE = ["X", "3M", "A.", "Unknown Pleasures Ltd", "公", "Ng", "007", "Test", "N/A Records", "İş", "Ł"]


@pytest.mark.parametrize("cell", USABLE)
def test_short_and_odd_names_are_names(tmp_path: Path, cell: str) -> None:
    [party] = read(tmp_path, csv_text([["id", "name"], ["7", cell]]))
    assert party.names == (cell,)


def test_several_name_columns_all_count(tmp_path: Path) -> None:
    content = (
        "legal name,trading name,aliases\nAcme Ltd,Acme,Alpha; Beta |Gamma\n-,Acme,\nAcme,Acme,n/a\n-,,n/a\n"
    )
    table = open_table(write(tmp_path, content))
    assert names(table) == {
        2: ("Acme Ltd", "Acme", "Alpha", "Beta", "Gamma"),
        3: ("Acme",),
        4: ("Acme",),
        5: (),
    }
    assert list(problems(table)) == [5]
    assert problems(table)[5].count("column") == 3


def test_first_and_last_names_are_joined(tmp_path: Path) -> None:
    parties = read(tmp_path, "Last name,First name\nDoe,Jane\nPlato,\n,\n")
    assert [party.names for party in parties] == [("Jane Doe",), ("Plato",)]


def test_a_name_of_ten_thousand_characters_is_screened_a_longer_one_is_not(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, f"name,id\n{'x' * 10_000},1\n{'x' * 10_001},2\nA,3\n"))
    assert list(problems(table)) == [3]
    assert "10,001 characters" in problems(table)[3]
    assert len(everything(table)[1].extra[0][1]) < 300


def test_one_name_too_long_costs_the_row_though_another_is_usable(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, f"legal name,trading name\n{'x' * 20_000},A\n"))
    assert "20,000 characters" in problems(table)[2]
    assert names(table) == {2: ()}


def test_a_cell_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    table = open_table(
        write(tmp_path, f"name,id,note\n{'x' * 10_000_000},1,\nA,2,{'y' * 10_000_000}\nB,3,\n")
    )
    assert list(problems(table)) == [2]
    assert names(table) == {2: (), 3: ("A",), 4: ("B",)}


def test_a_cell_beyond_the_limit_is_an_error_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 3: a cell holds more than 16 million characters"):
        read(tmp_path, f"name,id\nA,1\n{'x' * (17 << 20)},2\n")


def test_duplicate_ids_are_kept_and_noted(tmp_path: Path) -> None:
    content = "id,name\n" + "".join(f"{n % 4},N{n}\n" for n in range(8)) + ",X\n,Y\n"
    for size in (3, 100):
        table = open_table(write(tmp_path, content), batch_rows=size)
        assert len(everything(table)) == 10
        [note] = table.info.notes
        assert note.startswith("Ids of an earlier row, kept: 4 (")
        assert "0 in row 6, 1 in row 7, 2 in row 8, ..." in note


def test_a_header_alone_is_valid_and_noted(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "name,id\n"))
    assert everything(table) == []
    assert table.info.notes == ("The table has a header and no rows.",)


def test_goods_columns_stay_with_their_canonical_header(tmp_path: Path) -> None:
    content = "Name,HS-Code,Warenbeschreibung,Bestimmungsland,Colour\nAcme,8542.31,Chips,Iran,red\n"
    table = open_table(write(tmp_path, content))
    [party] = everything(table)
    assert party.extra == (
        ("hs_code", "8542.31"),
        ("goods_description", "Chips"),
        ("destination", "Iran"),
        ("Colour", "red"),
    )
    assert table.info.columns["destination"] == ("Bestimmungsland",)
    assert party.countries == ()


def test_hostile_names_pass_as_they_are(tmp_path: Path) -> None:
    hostile = [
        "\x1b[31mred\x1b[0m Ltd",
        "<script>alert(1)</script>",
        '=HYPERLINK("http://x")',
        "a\u202eb",
        "A\x07B",
        "@SUM(1)",
    ]
    rows = read(tmp_path, csv_text([["id", "name"], *([str(n), text] for n, text in enumerate(hostile))]))
    assert [party.names[0] for party in rows] == hostile


def test_a_file_of_sap_is_read_without_a_map(tmp_path: Path) -> None:
    table = open_table(
        write(tmp_path, "Vendor;Name 1;Name 2;City\n0000100123;Hangzhou Example Tech;nology Co., Ltd.;x\n")
    )
    [party] = everything(table)
    assert party.id == "0000100123"
    assert party.names == (
        "Hangzhou Example Tech",
        "nology Co., Ltd.",
        "Hangzhou Example Tech nology Co., Ltd.",
    )


def test_a_column_of_numbers_for_names_is_said(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "Vendor,City\n100,x\n200,y\n"))
    assert [party.names for party in everything(table)] == [("100",), ("200",)]
    assert table.info.notes == (
        "None of the names holds a letter: the name column may be a column of numbers.",
    )


# --- properties --------------------------------------------------------------------------------

_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_PIECES = ["A", "b", "é", "ж", "公", " ", '"', ",", ";", "|", "\t", "\n", "\r\n", "\r", "'", "1"]
_NAMES = st.lists(st.sampled_from(_PIECES), max_size=8).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(_NAMES, _CELLS, _CELLS), max_size=8),
    delimiter=st.sampled_from(list(DELIMITERS)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_cells_survive_the_round_trip(
    tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str, encoding: str, end: str
) -> None:
    """Whatever the csv module writes is read back cell by cell, on the line where it was written."""
    rows = [("key " + name, first, second) for name, first, second in rows]
    text = io.StringIO(newline="")
    # The csv module leaves a line break unquoted when it is not the file's own.
    breaks = any("\r" in cell or "\n" in cell for row in rows for cell in row)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if breaks else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["name", "one", "two"])
    lines = []
    for row in rows:
        written = text.getvalue().replace("\r\n", "\n").replace("\r", "\n")
        lines.append(written.count("\n") + 1)
        writer.writerow(row)
    path = write(tmp_path, text.getvalue(), encoding=encoding)
    given_encoding = encoding if encoding == "gb18030" else None
    table = open_table(path, encoding=given_encoding, batch_rows=3)
    parties = everything(table)
    assert [party.row for party in parties] == lines
    swallowed = problems(table)
    for party, (name, first, second) in zip(parties, rows, strict=True):
        assert party.names == (name.strip(),)
        assert party.extra == (("one", first), ("two", second))
        if party.row in swallowed:  # a cell whose inner line could be a row of its own
            assert any(
                line.count(delimiter) >= 2 for cell in (name, first, second) for line in cell.splitlines()[1:]
            )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=200),
    head=st.sampled_from([b"", b"name,id\n", b"\xef\xbb\xbfname;x\n", b"\xff\xfe", b"{", b"PK\x03\x04"]),
)
def test_no_bytes_crash_the_reader(tmp_path: Path, data: bytes, head: bytes) -> None:
    """Any bytes are read or refused; no row is lost: each line of content is a row, or blank, or the header."""
    try:
        parties = everything(open_table(write(tmp_path, head + data)))
    except InputError as refused:
        assert str(refused)
    else:
        assert [party.row for party in parties] == sorted({party.row for party in parties})
