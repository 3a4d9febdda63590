"""The CSV report: columns, order, rows of all kinds, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.model import Counterparty, Hit, Hits, Run, packed
from screening.reports.csv_report import COLUMNS, joined, line, neutral, part, render
from tests.reports.sample import delta_run

DESIGN_ORDER = (
    "status, score, row, counterparty_id, counterparty_name, matched_name, entity_id, entity_name, "
    "entity_type, list_id, list_kind, programmes, "
    "entity_countries, counterparty_country, explanation, evidence, "
    "evidence_source, evidence_locator, decision, decision_reason, run_id"
)
AGAINST_BASELINE = "change, changed"
OF_SEVERAL_FILES = "file"
DECIDED_BY = "decision_by, decision_on, decision_until, hit_id, fingerprint"  # to read decisions back


def parse(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_the_columns_are_the_published_ones() -> None:
    assert ", ".join(COLUMNS) == f"{DESIGN_ORDER}, {DECIDED_BY}, {AGAINST_BASELINE}, {OF_SEVERAL_FILES}"


def test_one_row_a_hit(run: Run) -> None:
    rows = parse(render(run))
    assert [(row["row"], row["status"], row["score"]) for row in rows] == [
        ("2", "review", "88.2"),
        ("3", "match", "100.0"),
        ("5", "cleared", "88.2"),
    ]
    first, person, cleared = rows
    assert first["counterparty_id"] == "0007"
    assert first["list_kind"] == "adverse-media"
    assert first["evidence"] == "Zorvan Sensor and two others shipped optics to the plant."
    assert (first["evidence_source"], first["evidence_locator"]) == ("gazette-1", "P3, 100-157")
    assert first["explanation"] == (
        "zorvan = zorvan; senser ~ sensor (edit 0.83); only in the counterparty's name: global; "
        "only in the listed name: works; country-agreement +2.0: both in CN; legal forms were left out"
    )
    assert person["programmes"] == "EX-7; EX-9"
    assert person["entity_countries"] == "XA; XB"
    assert "Blocked Parties, EX-9, date not given, id 9" in person["evidence"]
    assert (cleared["decision"], cleared["decision_reason"]) == ("false-positive", "a school")
    assert cleared["counterparty_id"] == "'=1+1"
    assert {row["run_id"] for row in rows} == {"0123456789abcdef"}


def test_every_row_adds_clear_and_unscreened_rows_in_place(run: Run) -> None:
    rows = parse(render(msgspec.structs.replace(run, every_row=True)))
    assert [(row["row"], row["status"]) for row in rows] == [
        ("2", "review"),
        ("3", "match"),
        ("4", "clear"),
        ("5", "cleared"),
        ("6", "unscreened"),
    ]
    assert rows[4]["explanation"] == "no name"
    assert rows[4]["score"] == ""


def test_how_each_hit_stands_against_an_earlier_run() -> None:
    run = delta_run()
    assert run.delta
    first, second, *rest, gone = parse(render(run))
    assert (first["change"], first["changed"]) == ("new", "")
    assert (second["change"], second["changed"]) == ("changed", "score 88.0 to 91.0; <b>name</b>")
    assert {(row["change"], row["changed"]) for row in rest} == {("unchanged", "")}
    then = run.delta.gone[0]
    assert (gone["change"], gone["status"], gone["changed"]) == ("gone", "gone", f"was {then.status}")
    assert (gone["hit_id"], gone["row"]) == (then.id, str(then.counterparty.row))
    assert gone["run_id"] == run.delta.baseline_run_id != first["run_id"]
    assert {row["change"] for row in parse(render(msgspec.structs.replace(run, delta=None)))} == {""}


def test_rows_without_a_hit_stand_before_the_hits_that_are_gone() -> None:
    rows = parse(render(msgspec.structs.replace(delta_run(), every_row=True)))
    assert [row["status"] for row in rows].index("gone") == len(rows) - 1
    assert {row["change"] for row in rows if row["status"] in ("clear", "unscreened")} == {""}


def test_bytes_are_stable_and_plain(run: Run) -> None:
    content = render(run)
    assert content == render(run)
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Plain Ltd", "Plain Ltd"),
        ("", ""),
        ("00123", "00123"),
        ("a=b", "a=b"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 30 1", "'+49 30 1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\n=1", "' =1"),
        ("\u3000＝1", "'\u3000＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u200d=1", "'\u200d=1"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("A\x00B", "A\\x00B"),
        ("two\nlines", "two lines"),
    ],
)
def test_neutral(cell: str, expected: str) -> None:
    assert neutral(cell) == expected


@given(st.text(st.characters(), max_size=12))
def test_no_cell_starts_a_formula_or_carries_a_control_character(text: str) -> None:
    shown = neutral(text)
    assert not shown.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not any(ord(character) < 32 for character in shown)
    shown.encode()  # lone surrogates are escaped, so this cannot fail


@given(name=st.text(st.characters(), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_keeps_the_table_in_shape(
    name: str, make_hit: Callable[..., Hit], make_run: Callable[..., Run]
) -> None:
    party = Counterparty(row=2, names=(name,), id=name)
    (row,) = parse(render(make_run((make_hit(counterparty=party, name=name),))))
    assert tuple(row) == COLUMNS
    assert row["counterparty_name"] == row["counterparty_id"] == neutral(name)


def test_render_with_hostile_names(make_hit: Callable[..., Hit], make_run: Callable[..., Run]) -> None:
    name = '=cmd|"/c calc"!A1,\n\x1b]0;x\x07<script>'
    rows = parse(render(make_run((make_hit(name=name),))))
    assert rows[0]["counterparty_name"] == '\'=cmd|"/c calc"!A1, \\x1b]0;x\\x07<script>'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=2, max_size=5))
@settings(deadline=None)
def test_a_line_is_what_the_csv_module_writes(cells: list[str]) -> None:
    expected = io.StringIO()
    csv.writer(expected, lineterminator="\n").writerow([neutral(cell) for cell in cells])
    assert line(cells) == expected.getvalue()


@pytest.mark.parametrize("cell", ["\0", 'a "b"', "a,b", "=1,2", "Мир, Ltd", " x", "\u200d=1", "two\nlines"])
def test_special_cells_are_written_as_the_csv_module_writes_them(cell: str) -> None:
    expected = io.StringIO()
    csv.writer(expected, lineterminator="\n").writerow([neutral(cell), "x"])
    assert line([cell, "x"]) == expected.getvalue()
    assert "\0" not in line([cell, "x"])  # it stands for the run's id


def test_lines_made_part_by_part_are_the_report(run: Run) -> None:
    for every_row in (False, True):
        whole = msgspec.structs.replace(run, every_row=every_row)
        parts = [
            part(
                [hit for hit in run.hits if hit.counterparty.row in rows],
                [outcome for outcome in run.outcomes if outcome.counterparty.row in rows],
                every_row=every_row,
            )
            for rows in ((2, 3), (4,), (5, 6, 7))
        ]
        assert joined(parts, whole) == render(whole)


def test_a_cell_that_is_a_nul_is_not_taken_for_the_run(make_hit: Callable[..., Hit], run: Run) -> None:
    hit = make_hit(counterparty=Counterparty(row=2, names=("A",), id="\0"))
    [row] = parse(render(msgspec.structs.replace(run, hits=(hit,), outcomes=())))
    assert (row["counterparty_id"], row["run_id"]) == ("\\x00", run.manifest.run_id)


def test_hits_of_another_process_are_the_same_hits(run: Run) -> None:
    there = Hits([packed(hit) for hit in run.hits])
    assert there == run.hits
    assert (len(there), there[0], there[1:]) == (len(run.hits), run.hits[0], run.hits[1:])
    assert Hits.joined([Hits(there.packed[:1]), Hits(there.packed[1:])]) == run.hits
    assert Hits.joined([run.hits[:1], there[1:]]) == run.hits
    assert Hits.joined([]) == ()
    assert render(msgspec.structs.replace(run, hits=there)) == render(run)
