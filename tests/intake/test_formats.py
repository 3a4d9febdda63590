"""XLSX, JSON lines, Parquet and DataFrames."""

from __future__ import annotations

import datetime
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screening.errors import InputError, UsageError
from screening.intake import from_frame, open_table
from tests.intake.helpers import everything, names, problems, write


def workbook(folder: Path, rows: Sequence[Any], change: Callable[[Any], None] | None = None) -> Path:
    """A workbook of one sheet, changed before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    if change:
        change(book)
    path = folder / "input.xlsx"
    book.save(path)
    return path


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same archive with one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"

# --- XLSX ----------------------------------------------------------------------------------------


def test_xlsx_cells_are_text_as_shown(tmp_path: Path) -> None:
    def formats(book: Any) -> None:
        book.worksheets[0]["A3"].number_format = "00000"

    moment = datetime.datetime(2020, 5, 6, 7, 8)
    rows = [
        ["Vendor No", "Name", "Country", "A", "B"],
        ["00123", "NULL Ltd", "NA", datetime.date(2020, 5, 6), True],
        [123, "Acme", None, moment, 1.5],
        [7, "TRUE", "Deutschland", 1e5, 12345678901234],
    ]
    table = open_table(workbook(tmp_path, rows, formats))
    parties = everything(table)
    assert [party.id for party in parties] == ["00123", "00123", "7"]
    assert [party.names for party in parties] == [("NULL Ltd",), ("Acme",), ("TRUE",)]
    assert [party.countries for party in parties] == [("NA",), (), ("DE",)]
    assert [tuple(value for _, value in party.extra) for party in parties] == [
        ("2020-05-06", "TRUE"),
        ("2020-05-06 07:08:00", "1.5"),
        ("100000", "12345678901234"),
    ]
    assert [party.row for party in parties] == [2, 3, 4]
    assert table.info.format == "xlsx"
    assert table.info.sheet == "Sheet"
    assert table.info.encoding is None


def test_xlsx_escaped_characters_are_undone(tmp_path: Path) -> None:
    """_x000D_ is how the format writes a carriage return; half of a surrogate pair stays as it is written."""
    rows = [["name"], ["Acme_x000D_"], ["A_x005F_x000D_"], ["B_xD800_"], ["C_x00e9_"], ["D_x41_"]]
    shown = names(open_table(workbook(tmp_path, rows)))
    assert shown == {2: ("Acme",), 3: ("A_x000D_",), 4: ("B_xD800_",), 5: ("Cé",), 6: ("D_x41_",)}


def test_xlsx_formulas_give_the_saved_value_or_cost_the_row(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["id", "name"], [1, '="Acme"&" Ltd"'], [2, "Beta"], [3, '="Gam"&"ma"']])
    saved = rewritten(
        path,
        SHEET,
        lambda data: data.replace(b"<v></v></c>", b"<v>Acme Ltd</v></c>", 1).replace(
            b"<v />", b"<v>Acme Ltd</v>", 1
        ),
    )
    saved = rewritten(saved, SHEET, lambda data: re.sub(rb'(<c r="B2")', rb'\1 t="str"', data))
    table = open_table(saved)
    assert names(table) == {2: ("Acme Ltd",), 3: ("Beta",), 4: ()}
    assert list(problems(table)) == [4]
    assert "the formula in B4 has no saved value" in problems(table)[4]
    assert any("formulas" in note for note in table.info.notes)


def test_xlsx_merged_rows_share_their_value(tmp_path: Path) -> None:
    rows = [["name", "id", "city"], ["Acme", 1, "x"], [None, 2, "y"], [None, 3, "z"], ["Beta", 4, "w"]]
    table = open_table(workbook(tmp_path, rows, lambda book: book.worksheets[0].merge_cells("A2:A4")))
    assert names(table) == {2: ("Acme",), 3: ("Acme",), 4: ("Acme",), 5: ("Beta",)}
    assert any("merged" in note for note in table.info.notes)


def test_xlsx_title_above_the_header_is_skipped_and_said(tmp_path: Path) -> None:
    rows = [["Vendors of 2024"], [], ["id", "name"], [1, "Acme"]]
    table = open_table(workbook(tmp_path, rows, lambda book: book.worksheets[0].merge_cells("A1:B1")))
    assert names(table) == {4: ("Acme",)}
    assert "The header is row 3; what stands above it is not read." in table.info.notes


def test_xlsx_of_one_column_has_its_header_first(tmp_path: Path) -> None:
    assert names(open_table(workbook(tmp_path, [["Name"], ["Acme"], ["Beta"]]))) == {
        2: ("Acme",),
        3: ("Beta",),
    }


def test_xlsx_blank_rows_are_noted_and_values_beyond_the_header_cost_the_row(tmp_path: Path) -> None:
    table = open_table(
        workbook(tmp_path, [["id", "name"], [1, "A"], [], [2, "B", "C"], [3, "N/A"], [4, "=1/0"]])
    )
    assert list(problems(table)) == [4, 5, 6]
    assert "beyond the last column" in problems(table)[4]
    assert "1 blank line, not counted as a row (first: row 3)." in table.info.notes


def test_xlsx_rows_beyond_a_wrong_dimension_are_read(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["id", "name"], [1, "A"], [2, "B"]])
    path = rewritten(
        path, SHEET, lambda data: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', data)
    )
    assert names(open_table(path)) == {2: ("A",), 3: ("B",)}


def test_xlsx_sheets(tmp_path: Path) -> None:
    def more(*titles: str, hidden: bool = False) -> Callable[[Any], None]:
        def change(book: Any) -> None:
            for title in titles:
                sheet = book.create_sheet(title)
                sheet.append(["name" if title.startswith("N") else "amount"])
                sheet.append([title])
                if hidden:
                    sheet.sheet_state = "hidden"

        return change

    rows = [["id", "name"], [1, "A"]]
    table = open_table(workbook(tmp_path, rows, more("Other", "More")))
    assert table.info.sheet == "Sheet"
    assert table.info.notes == ("Sheets not read: 'Other', 'More'.",)
    assert open_table(workbook(tmp_path, rows, more("N1", hidden=True))).info.sheet == "Sheet"
    path = workbook(tmp_path, rows, more("N1"))
    with pytest.raises(
        InputError, match=r"several sheets that may hold the counterparties: 'Sheet', 'N1'"
    ) as caught:
        open_table(path)
    assert "--sheet" in caught.value.advice
    assert names(open_table(path, sheet="N1")) == {2: ("N1",)}
    with pytest.raises(UsageError, match="no sheet 'X'"):
        open_table(path, sheet="X")
    with pytest.raises(UsageError, match="is not an XLSX file"):
        open_table(write(tmp_path, "name\nA\n"), sheet="X")


def test_xlsx_without_cells_and_with_a_header_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is empty"):
        open_table(workbook(tmp_path, []))
    table = open_table(workbook(tmp_path, [["name"]]))
    assert everything(table) == []
    assert "no rows" in table.info.notes[0]


def test_xlsx_bombs_dtds_and_damage_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["name"], ["A"]])
    bomb = rewritten(path, "xl/theme/theme1.xml", lambda data: data + b" " * (64 << 20))
    with pytest.raises(InputError, match="no honest table"):
        open_table(bomb)
    dtd = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    path = workbook(tmp_path, [["name"], ["A"]])
    for bad in (dtd, dtd.decode().encode("utf-16"), b"<!-- " + b" " * (1 << 17) + b" -->" + dtd):
        with pytest.raises(InputError, match="DTD"):
            open_table(rewritten(path, SHEET, bad.__add__))
    whole = workbook(tmp_path, [["name"], ["A"]]).read_bytes()
    with pytest.raises(InputError, match="damaged"):
        open_table(write(tmp_path, whole[: len(whole) // 2], "cut.xlsx"))
    with pytest.raises(InputError, match="not a readable XLSX file"):
        open_table(
            rewritten(workbook(tmp_path, [["name"], ["A"]]), "xl/workbook.xml", lambda data: data[:100])
        )
    with pytest.raises(InputError, match="not a readable XLSX file"):
        everything(
            open_table(rewritten(workbook(tmp_path, [["name"], ["A"]]), SHEET, lambda data: data[:-60]))
        )


def test_an_ordinary_zip_is_no_workbook(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("input.csv", "name\nA\n")
    with pytest.raises(InputError, match="is a ZIP archive, not an XLSX file"):
        open_table(write(tmp_path, data.getvalue()))


def test_xlsx_row_numbers_beyond_the_format_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["name"], ["A"]])
    path = rewritten(
        path,
        SHEET,
        lambda data: data.replace(b'<row r="2"', b'<row r="99999999"').replace(b'r="A2"', b'r="A99999999"'),
    )
    with pytest.raises(InputError, match="not a readable XLSX file"):
        everything(open_table(path))


# --- JSON lines ----------------------------------------------------------------------------------


def test_json_lines(tmp_path: Path) -> None:
    content = (
        '{"id": 123.50, "name": "NULL Ltd", "country": "NA", "big": 12345678901234567890123, "e": 1E5}\n'
        '\n{"name": "Acme", "aliases": ["A; B", "C"], "active": true, "nothing": null, "deep": {"k": [1, 2]}}\n'
    )
    table = open_table(write(tmp_path, content, "input.jsonl"))
    first, second = everything(table)
    assert (first.row, first.id, first.names, first.countries) == (1, "123.50", ("NULL Ltd",), ("NA",))
    assert dict(first.extra) == {
        "big": "12345678901234567890123",
        "e": "1E5",
        "active": "",
        "nothing": "",
        "deep": "",
    }
    assert (second.row, second.names) == (3, ("Acme", "A", "B", "C"))
    assert dict(second.extra) == {"big": "", "e": "", "active": "true", "nothing": "", "deep": "k: 1; 2"}
    assert table.info.format == "jsonl"
    assert table.info.encoding == "utf-8"
    assert table.info.notes == ("1 blank line, not counted as a row (first: row 2).",)


def test_json_names_in_lists_all_count(tmp_path: Path) -> None:
    table = open_table(
        write(tmp_path, '{"name": ["Acme", "Acme Ltd"]}\n{"name": "Beta; Gamma"}\n{"name": []}\n')
    )
    assert names(table) == {1: ("Acme", "Acme Ltd"), 2: ("Beta", "Gamma"), 3: ()}


BROKEN_LINES = [
    ("{broken", "no valid JSON"),
    ("[1]", "no JSON object"),
    ('"text"', "no JSON object"),
    ('{"name": "A", "name": "B"}', 'the key "name" stands more than once'),
    ('{"name": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ('{"name": "A", "id": "\\ud83d"}', "\\ud83d is half of a pair and no character"),
    ('{"name": "\\ude00\\ud83d"}', "\\ude00 is half of a pair and no character"),
    ('{"id": 1}', "no usable name"),
    ('{"name": null}', "no usable name"),
]


@pytest.mark.parametrize(("line", "said"), BROKEN_LINES)
def test_a_broken_json_line_is_a_row_that_is_not_screened(tmp_path: Path, line: str, said: str) -> None:
    table = open_table(write(tmp_path, '{"name": "Acme"}\n' + line + '\n{"name": "Beta"}\n'))
    assert list(problems(table)) == [2]
    assert said in problems(table)[2]
    assert names(table) == {1: ("Acme",), 2: (), 3: ("Beta",)}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1, max_size=4), _JSON, max_size=4),
        min_size=1,
    )
)
def test_any_json_objects_are_rows(tmp_path: Path, objects: list[dict[str, Any]]) -> None:
    lines = "".join(json.dumps({"name": "A", **found}) + "\n" for found in objects)
    parties = everything(open_table(write(tmp_path, lines), mapping={"name": "name"}))
    assert [party.row for party in parties] == list(range(1, len(objects) + 1))


def test_json_pairs_of_surrogates_are_characters(tmp_path: Path) -> None:
    assert names(open_table(write(tmp_path, '{"name": "Acme \\ud83d\\ude00"}\n'))) == {1: ("Acme 😀",)}


@pytest.mark.parametrize("value", ['{"short": "Acme"}', '[{"short": "Acme"}]', '[["A", {}]]'])
def test_json_objects_are_no_names(tmp_path: Path, value: str) -> None:
    path = write(tmp_path, '{"name": "Acme", "x": {"y": 1}}\n{"name": ' + value + "}\n")
    with pytest.raises(InputError, match='the column "name" of names holds objects, not text'):
        open_table(path)


# --- Parquet and DataFrames ----------------------------------------------------------------------


def test_parquet(tmp_path: Path) -> None:
    columns = {
        "id": pa.array(["00123", "NA", None]),
        "name": pa.array(["NULL Ltd", "Müller", "None"]).dictionary_encode(),
        "aliases": pa.array([["a", "b"], None, []], pa.list_(pa.string())),
        "n": pa.array([1, None, 3]),
        "x": pa.array([1.5, 2.0, None]),
        "d": pa.array([datetime.date(2020, 1, 2), None, None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet", row_group_size=2)
    table = open_table(tmp_path / "t.parquet", batch_rows=2)
    parties = everything(table)
    assert [party.row for party in parties] == [2, 3, 4]
    assert [party.id for party in parties] == ["00123", "NA", ""]
    assert [party.names for party in parties] == [("NULL Ltd", "a", "b"), ("Müller",), ("None",)]
    assert [tuple(value for _, value in party.extra) for party in parties] == [
        ("1", "1.5", "2020-01-02"),
        ("", "2", ""),
        ("3", "", ""),
    ]
    assert table.info.format == "parquet"


def test_parquet_bytes_that_are_no_text_are_no_name(tmp_path: Path) -> None:
    """In a column of bytes, and in one of strings that a careless writer filled with Latin-1."""
    strings = pa.StringArray.from_buffers(
        2, pa.py_buffer(b"\0\0\0\0\4\0\0\0\x08\0\0\0"), pa.py_buffer(b"Caf\xe9Acme")
    )
    for column in (strings, pa.array([b"Caf\xe9", b"Acme"])):
        pq.write_table(pa.table({"name": column}), tmp_path / "t.parquet")
        table = open_table(tmp_path / "t.parquet")
        assert names(table) == {2: (), 3: ("Acme",)}
        assert list(problems(table)) == [2]


def test_parquet_dates_beyond_the_calendar_of_python_are_read(tmp_path: Path) -> None:
    days = pa.array([1 << 22, 0], pa.date32())
    moments = pa.array([1 << 50, 1], pa.timestamp("ms"))
    pq.write_table(pa.table({"name": ["A", "B"], "d": days, "m": moments}), tmp_path / "t.parquet")
    extra = [[value for _, value in party.extra] for party in everything(open_table(tmp_path / "t.parquet"))]
    assert extra == [
        ["13453-08-13", f"<value out of range: {1 << 50}>"],
        ["1970-01-01", "1970-01-01 00:00:00.001000"],
    ]


@pytest.mark.parametrize(
    "kind",
    [
        pa.struct([("a", pa.string())]),
        pa.map_(pa.string(), pa.string()),
        pa.list_(pa.struct([("a", pa.string())])),
    ],
    ids=str,
)
def test_parquet_objects_are_no_names(tmp_path: Path, kind: pa.DataType) -> None:
    pq.write_table(pa.table({"name": pa.array([None], kind), "title": ["Acme"]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match='the column "name" of names holds objects, not text'):
        open_table(tmp_path / "t.parquet")
    assert names(open_table(tmp_path / "t.parquet", mapping={"name": "title"})) == {2: ("Acme",)}


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"name": ["A"] * 1000}), tmp_path / "t.parquet")
    data = (tmp_path / "t.parquet").read_bytes()
    for broken in (data[:-20], data[:40] + b"\xff" * 100 + data[140:]):
        with pytest.raises(InputError, match="not a readable Parquet file"):
            everything(open_table(write(tmp_path, broken)))


def test_a_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "Vendor No": ["00123", "NA", None],
            "Vendor": ["NULL Ltd", "Acme", float("nan")],
            "n": [1.0, float("nan"), 2.5],
            "d": pd.to_datetime(["2020-01-02", "NaT", "2021-02-03"]),
            "c": pd.Categorical(["x", "y", None]),
        },
        index=[7, 7, 9],
    )
    table = from_frame(frame)
    parties = everything(table)
    assert [party.row for party in parties] == [2, 3, 4]
    assert [party.id for party in parties] == ["00123", "NA", ""]
    assert [party.names for party in parties] == [("NULL Ltd",), ("Acme",), ()]
    assert [tuple(value for _, value in party.extra[-3:]) for party in parties] == [
        ("1", "2020-01-02", "x"),
        ("", "", "y"),
        ("2.5", "2021-02-03", ""),
    ]
    assert problems(table)[4].startswith("no usable name")
    assert table.info.format == "dataframe"


def test_a_frame_is_hashed_by_its_content() -> None:
    first = from_frame(pd.DataFrame({"name": ["A", "B"]})).info.sha256
    assert from_frame(pd.DataFrame({"name": ["A", "B"]})).info.sha256 == first
    assert from_frame(pd.DataFrame({"name": ["AB", ""]})).info.sha256 != first
    assert from_frame(pd.DataFrame({"name": ["A", "C"]})).info.sha256 != first


def test_frames_that_cannot_be_screened() -> None:
    with pytest.raises(InputError, match="no columns"):
        from_frame(pd.DataFrame())
    with pytest.raises(InputError, match="The DataFrame: no column is recognised"):
        from_frame(pd.DataFrame({"amount": [1]}))
    with pytest.raises(InputError, match="holds objects, not text"):
        from_frame(pd.DataFrame({"name": [{"short": "Acme"}]}))
    with pytest.raises(InputError, match="half of a pair of surrogates"):
        from_frame(pd.DataFrame({"name": ["Acme"], "note": ["\ud800"]}, dtype=object))
    assert everything(from_frame(pd.DataFrame({"name": []}))) == []
    assert everything(from_frame(pd.DataFrame({"x": ["A"]}), mapping={"name": "x"}))[0].names == ("A",)


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"id": ["1", "2", "3"], "name": ["Müller AG", "N/A", "上海"], "country": ["DE", "x", "中国"]}
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_json(tmp_path / "t.jsonl", orient="records", lines=True, force_ascii=False)
    expected = everything(from_frame(frame))
    assert [party.names for party in expected] == [("Müller AG",), (), ("上海",)]
    for ending in ("csv", "tsv", "xlsx", "parquet"):
        found = everything(open_table(tmp_path / f"t.{ending}"))
        assert [replace(party, name_columns=()) for party in found] == expected
        placed = [party.name_columns for party in found]
        assert placed == ([(3,), (), (3,)] if ending in ("csv", "tsv") else [(), (), ()])
    from_json = everything(open_table(tmp_path / "t.jsonl"))
    assert [(p.id, p.names, p.countries) for p in from_json] == [
        (p.id, p.names, p.countries) for p in expected
    ]
    assert [party.row for party in from_json] == [1, 2, 3]  # the lines of a file without a header
