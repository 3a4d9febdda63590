"""Measures against arithmetic by hand, both kinds of labelled file, and the command."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from screening.cli import app
from screening.errors import InputError, UsageError
from screening.evaluate import Evaluation, evaluate_file, render_json, render_svg, render_text
from screening.evaluate.measures import Sample, average_precision, best_f1
from screening.model import Entity, ListInfo, Name, Watchlist
from screening.pipeline import Screener
from screening.settings import DEFAULT

PAIRS = """name_a,name_b,is_match,kind,split
Kometa Shipping Ltd,Kometa Shipping Limited,true,organization,check
Kometa Shipping Ltd,Orlan Foods GmbH,false,organization,check
Viktor Orlov,"ORLOV, Viktor",true,person,tune
Viktor Orlov,Anna Petrova,false,person,tune
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def write(folder: Path, text: str, name: str = "labelled.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def never() -> Screener:
    raise AssertionError("pairs need no watchlist")


def listed() -> Screener:
    def watchlist(list_id: str, *entities: Entity) -> Watchlist:
        info = ListInfo(
            id=list_id, title=list_id, kind="sanctions", publisher="nobody", as_of="2026-01-01", sha256="0" * 64,
            accepted=len(entities),
        )  # fmt: skip
        return Watchlist(info=info, entities=entities)

    return Screener(
        [
            watchlist(
                "one",
                Entity(id="1", type="organization", name="Kometa Shipping Ltd", countries=("RU",)),
                Entity(id="2", type="person", name="Viktor Orlov", names=(Name(value="Vitya Orlov"),)),
                Entity(id="3", type="organization", name="Severny Veter LLC"),
            ),
            watchlist("two", Entity(id="1", type="vessel", name="Blue Dolphin")),
        ]
    )


# --- measures -----------------------------------------------------------------------------------


def test_measures_by_hand() -> None:
    sample = Sample([(90, True), (80, False), (80, True), (70, False), (60, True)], 4, [80, 70])
    at = sample.at(80)
    assert (at.flagged, at.true, at.alerts) == (3, 2, 1)
    assert (at.precision, at.recall, at.f1, at.alert_rate) == (2 / 3, 2 / 4, 4 / 7, 1 / 2)
    # 90: 1/1 for 1/4 of the recall; 80, its tie undivided: 2/3 for 1/4; 60: 3/5 for 1/4; the fourth is never found
    assert average_precision(sample.curve()) == pytest.approx((1 + 2 / 3 + 3 / 5) / 4)
    best = best_f1(sample.curve())
    assert best is not None
    assert (best.threshold, best.f1) == (60, 6 / 9)


def test_thresholds_that_were_asked_for() -> None:
    sample = Sample([(90, True), (80, True), (40, True), (85, False)], 3, [85.0, 30.0, 0.0, 0.0])
    assert sample.threshold_for_recall(0.6) == 80
    assert sample.threshold_for_recall(1.0) == 40
    assert Sample([(90, True)], 2, []).threshold_for_recall(0.9) is None
    assert sample.threshold_for_alert_rate(0.25) == 30.1
    assert sample.threshold_for_alert_rate(0.0) == 85.1
    assert sample.threshold_for_alert_rate(1.0) == 0.1
    assert Sample([(100, True)], 1, [100.0]).threshold_for_alert_rate(0.0) is None
    assert Sample([(100, True)], 1, []).threshold_for_alert_rate(0.5) is None


def test_bands_hold_every_example_once() -> None:
    bands = Sample([(0, False), (49.9, False), (50, True), (99.9, True), (100, True)], 3, []).bands()
    assert [(b.low, b.examples, b.true) for b in bands if b.examples] == [
        (0, 1, 0), (40, 1, 0), (50, 1, 1), (95, 1, 1), (100, 1, 1),
    ]  # fmt: skip


SCORED = st.lists(
    st.tuples(st.integers(0, 1000).map(lambda n: n / 10), st.booleans()), min_size=1, max_size=60
)


@given(SCORED, st.integers(0, 5), st.randoms(use_true_random=False))
def test_measures_do_not_depend_on_order_and_agree_with_counting(
    scored: list[tuple[float, bool]], never_found: int, shuffler: random.Random
) -> None:
    positives = sum(true for _, true in scored) + never_found
    sample = Sample(scored, positives, [score for score, true in scored if not true])
    shuffled = list(scored)
    shuffler.shuffle(shuffled)
    again = Sample(shuffled, positives, [score for score, true in shuffled if not true])
    assert sample.curve() == again.curve()
    for point in sample.curve():
        flagged = [true for score, true in scored if score >= point.threshold]
        assert (point.flagged, point.true) == (len(flagged), sum(flagged))
        assert point.alerts == len(flagged) - sum(flagged)
    recalls = [point.recall for point in sample.curve()]
    assert recalls == sorted(recalls, key=lambda r: r or 0.0)
    found = average_precision(sample.curve())
    assert found is None or 0 <= found <= 1
    for wanted in (0.0, 0.5, 0.9):
        threshold = sample.threshold_for_alert_rate(wanted)
        if threshold is not None:
            assert (sample.at(threshold).alert_rate or 0) <= wanted
    assert sum(band.examples for band in sample.bands()) == len(scored)


def test_more_true_examples_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="2 true examples scored, 1 in all"):
        Sample([(1, True), (2, True)], 1, [])


# --- pairs --------------------------------------------------------------------------------------


def test_pairs(tmp_path: Path) -> None:
    found = evaluate_file(write(tmp_path, PAIRS), DEFAULT, screener=never, recall=1.0, alert_rate=0.0)
    assert (found.what, found.rows.read, found.rows.evaluated) == ("pairs", 4, 4)
    assert (found.positives, found.negatives, found.average_precision) == (2, 2, 1.0)
    assert found.at_review.recall == 1.0
    assert found.at_review.alert_rate == 0.0
    assert not found.misses
    assert not found.false_alarms
    assert [w.point is not None for w in found.wanted] == [True, True]


def test_where_keeps_the_account(tmp_path: Path) -> None:
    found = evaluate_file(write(tmp_path, PAIRS), DEFAULT, screener=never, where=["split=check"])
    assert (found.rows.read, found.rows.evaluated, found.rows.left_out) == (4, 2, 2)
    assert found.positives == 1


@pytest.mark.parametrize(
    "header",
    [
        "left,right,label",
        "Name 1,Name 2,Match",
        "a,b,same",
        "NAME_A,NAME_B,IS_MATCH",
        "query,candidate,expected",
    ],
)
@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("TRUE", "False"), ("yes", "no"), ("match", "no match")])
def test_other_headers_and_labels(tmp_path: Path, header: str, yes: str, no: str) -> None:
    path = write(tmp_path, f"{header}\nKometa Foods,Kometa Foods Ltd,{yes}\nKometa Foods,Orlan Steel,{no}\n")
    found = evaluate_file(path, DEFAULT, screener=never)
    assert (found.positives, found.negatives, found.average_precision) == (1, 1, 1.0)


def test_the_worst_are_explained_in_order(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "name_a,name_b,is_match\nKometa,Orlan,true\nKometa Steel,Kometa Foods Trading House Baltic,yes\n"
        "Kometa Ltd,Kometa Ltd,false\nKometa,Kometa,true\n",
    )
    found = evaluate_file(path, DEFAULT, screener=never)
    assert [case.row for case in found.misses] == [2, 3]
    assert [case.row for case in found.false_alarms] == [4]
    assert (found.missed, found.false) == (2, 1)
    assert {step.kind for step in found.misses[0].explanation} == {"unaligned"}
    assert not evaluate_file(path, DEFAULT, screener=never, worst=0).misses
    assert [c.row for c in evaluate_file(path, DEFAULT, screener=never, worst=1).misses] == [2]


def test_a_pair_without_a_name_is_accounted_for(tmp_path: Path) -> None:
    path = write(tmp_path, PAIRS + ",Orlan,true,person,check\n")
    found = evaluate_file(path, DEFAULT, screener=never)
    assert (found.rows.read, found.rows.evaluated, found.rows.unscreened) == (5, 4, 1)
    assert found.positives == 2
    assert found.problems[0].startswith("row 6: a name of the pair ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name_a,name_b,is_match\nA Co,B Co,perhaps\n", "row 2: the label 'perhaps'"),
        ("name_a,name_b,is_match,kind\nA Co,B Co,true,planet\n", "row 2: 'planet' is no kind of party"),
        ("name_a,name_b,is_match\nA Co,B Co,false\n", "no example is true"),
        ("name_a,name_b,is_match\n", "no example is true"),
        ("name,country\nA Co,RU\n", "has no labels"),
    ],
)
def test_what_cannot_be_evaluated(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        evaluate_file(write(tmp_path, text), DEFAULT, screener=never)


@pytest.mark.parametrize("where", ["split", "=check", " =check"])
def test_a_condition_that_is_none(tmp_path: Path, where: str) -> None:
    with pytest.raises(UsageError, match="COLUMN=VALUE"):
        evaluate_file(write(tmp_path, PAIRS), DEFAULT, screener=never, where=[where])


def test_a_condition_on_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='no column "part"'):
        evaluate_file(write(tmp_path, PAIRS), DEFAULT, screener=never, where=["part=1"])


# --- counterparties -----------------------------------------------------------------------------

ROWS = """id,name,country,truth,part
10,Kometa Shipping Limited,RU,one:1,a
11,Orlov Viktor,,2,a
12,Northern Dairy Cooperative,,,a
13,Viktor Orlov,,,b
14,Completely Different Name,,3,b
15,,,,b
16,Kometa Shipping,,1,b
17,Somebody Else,,99,b
"""


def rows_evaluated(
    tmp_path: Path,
    text: str = ROWS,
    *,
    truth: str | None = None,
    where: tuple[str, ...] = (),
    recall: float | None = None,
    alert_rate: float | None = None,
) -> Evaluation:
    return evaluate_file(
        write(tmp_path, text),
        DEFAULT,
        screener=listed,
        truth=truth,
        where=where,
        recall=recall,
        alert_rate=alert_rate,
    )


def test_counterparties(tmp_path: Path) -> None:
    found = rows_evaluated(tmp_path)
    assert found.what == "counterparties"
    rows = found.rows
    assert (rows.read, rows.evaluated, rows.left_out, rows.unscreened, rows.unknown) == (8, 7, 0, 1, 1)
    assert (found.positives, found.negatives) == (4, 2)
    assert (found.at_review.true, found.at_review.alerts) == (3, 1)
    assert [(case.row, case.entity) for case in found.misses] == [(6, "one:3")]
    assert [(case.row, case.entity) for case in found.false_alarms] == [(5, "one:2")]
    assert found.false_alarms[0].explanation
    assert any("99" in text for text in found.problems)
    assert any(text.startswith("row 7: ") for text in found.problems)


def test_an_id_on_two_lists_is_found_on_either_and_several_ids_count_each(tmp_path: Path) -> None:
    found = rows_evaluated(
        tmp_path, "name,hits\nBlue Dolphin,1\nKometa Shipping Ltd,one:1; two:1\n", truth="hits"
    )
    assert found.positives == 3
    assert found.at_review.true == 2
    assert [(case.row, case.entity) for case in found.misses] == [(3, "two:1")]


def test_where_on_counterparties(tmp_path: Path) -> None:
    found = rows_evaluated(tmp_path, where=("part=a",))
    assert (found.rows.read, found.rows.evaluated, found.rows.left_out) == (8, 3, 5)
    assert found.positives == 2


def test_a_missing_truth_column_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='no column "answer"'):
        rows_evaluated(tmp_path, truth="answer")


# --- rendering and the command ------------------------------------------------------------------


def test_renderings_are_pure_and_complete(tmp_path: Path) -> None:
    found = rows_evaluated(tmp_path, recall=0.5, alert_rate=0.9)
    text = render_text(found)
    assert text == render_text(rows_evaluated(tmp_path, recall=0.5, alert_rate=0.9))
    for part in (
        "average precision",
        "best F1",
        "By threshold",
        "Calibration",
        "Misses: 1",
        "False alarms: 1",
    ):
        assert part in text
    assert "recall of at least 0.5: threshold" in text
    assert not any(line.endswith(" ") for line in text.splitlines())
    body = json.loads(render_json(found))
    assert body["format"] == "screening-evaluation"
    assert body["rows"] == {
        "read": 8, "evaluated": 7, "left_out": 0, "unscreened": 1, "unknown": 1, "same_party": 0
    }  # fmt: skip
    assert len(body["curve"]) == len(found.curve)
    root = ElementTree.fromstring(render_svg(found))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 4


def test_hostile_names_are_made_visible(tmp_path: Path) -> None:
    path = write(tmp_path, 'name_a,name_b,is_match\n"Kometa \x1b[31m",Orlan,true\n', "a<b>&.csv")
    found = evaluate_file(path, DEFAULT, screener=never)
    assert "\x1b" not in render_text(found)
    assert b"<b>" not in render_svg(found)
    assert b"\x1b" not in render_svg(found)


def test_the_command(tmp_path: Path) -> None:
    path = write(tmp_path, PAIRS)
    outputs = [tmp_path / f"out{ending}" for ending in (".json", ".svg", ".txt")]
    result = run(path, "--recall", "0.9", *(part for out in outputs for part in ("-o", out)))
    assert result.exit_code == 0, result.output
    assert outputs[2].read_text(encoding="utf-8") == result.output
    assert json.loads(outputs[0].read_bytes())["average_precision"] == 1.0
    assert outputs[1].read_bytes().startswith(b"<svg")


def test_the_command_against_a_watchlist_and_a_partial_run(tmp_path: Path) -> None:
    path = write(tmp_path, "name,truth\nHikvision,hikvision\nNorthern Dairy,\n")
    assert run(path).exit_code == 0
    partial = run(write(tmp_path, "id,name,truth\n1,Hikvision,hikvision\n2,,\n"))
    assert partial.exit_code == 3
    assert "unscreened 1" in partial.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "plot.png"], ".png is no format of it"),
        (["--recall", "1.5"], "--recall 1.5 is not a share"),
        (["--alert-rate", "nan"], "--alert-rate nan is not a share"),
        (["-w", "ofac-sdn"], "not compared with watchlists"),
        (["--where", "split"], "COLUMN=VALUE"),
        (["--map", "name=name_a"], "are not mapped"),
        (["-o", "nowhere/x.json"], "does not exist"),
    ],
)
def test_wrong_usage(tmp_path: Path, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, PAIRS)
    monkeypatch.chdir(tmp_path)
    result = run(path, *options)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 20])
def test_files_that_are_no_tables(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labelled.csv"
    path.write_bytes(content)
    assert run(path).exit_code == 2
    assert run(tmp_path / "missing.csv").exit_code == 2
