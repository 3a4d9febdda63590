"""A run against an earlier one: new, unchanged, changed and gone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from screening.delta import compare, is_new_at
from screening.model import (
    Change,
    Counterparty,
    Counts,
    Decision,
    Hit,
    InputInfo,
    Manifest,
    Name,
    RowOutcome,
    Run,
    Status,
)
from screening.reports import json_report, terminal
from screening.reports.text import delta_line

from .decisions.made import a_hit


def run_of(*hits: Hit, run_id: str = "now") -> Run:
    manifest = Manifest(
        run_id=run_id,
        started_at="2026-06-01T12:00:00Z",
        version="1",
        dependencies={},
        settings={},
        settings_sha256="0",
        input=InputInfo(path="x.csv", format="csv", sha256="0"),
        lists=(),
        as_of=None,
        counts=Counts(),
    )
    return Run(manifest=manifest, hits=hits)


OTHER = a_hit(id="other", party={"id": "V-2", "row": 3})


def test_the_four_states() -> None:
    kept = a_hit(id="kept")
    before = run_of(a_hit(), kept, a_hit(id="gone"), run_id="then")
    delta = compare(run_of(a_hit(score=90.0), kept, OTHER), before)
    assert [change.state for change in delta.changes] == ["changed", "unchanged", "new"]
    assert [hit.id for hit in delta.gone] == ["gone"]
    assert delta.baseline_run_id == "then"
    assert delta_line(delta) == "against run then of 2026-06-01: new 1, changed 1, unchanged 1, gone 1"


def test_rows_that_could_not_be_screened_have_states_too() -> None:
    def row(number: int, reason: str = "the name cell is empty") -> RowOutcome:
        return RowOutcome(status="unscreened", counterparty=Counterparty(row=number, names=()), reason=reason)

    clear = RowOutcome(status="clear", counterparty=Counterparty(row=9, names=("A",)))
    before = replace(run_of(), outcomes=(row(2), row(3), clear, row(4)))
    delta = compare(replace(run_of(), outcomes=(row(2), clear, row(3, "no letter"), row(5))), before)
    assert [change.state for change in delta.unscreened] == ["unchanged", "changed", "new"]
    assert delta.unscreened_gone == (row(4),)


CLEARED = Decision(disposition="false-positive", reason="r", by="b", decided_on="2026-01-01", id="d-1")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({}, ()),
        ({"party": {"row": 9, "extra": (("phone", "1"),), "name_columns": (3,)}}, ()),
        ({"entity": {"countries": ("LR", "PA")}}, ()),
        ({"score": 91.5}, ("score 88.0 to 91.5",)),
        ({"status": "match", "score": 93.0}, ("status review to match", "score 88.0 to 93.0")),
        ({"entity": {"birth_dates": ()}}, ("list entry: birth dates",)),
        (
            {"entity": {"names": (), "listings": ()}},
            ("list entry: names", "list entry: listings"),
        ),
        ({"party": {"address": "2 Quay"}}, ("counterparty: address",)),
        ({"name": "GHS"}, ("the names that match",)),
        ({"matched_name": Name(value="GH Shipping")}, ("the names that match",)),
        ({"status": "cleared", "decision": CLEARED}, ("status review to cleared", "decision")),
        ({"decision": CLEARED, "decision_note": "expired"}, ("decision",)),
    ],
)
def test_what_changed(change: dict[str, Any], what: tuple[str, ...]) -> None:
    (found,) = compare(run_of(a_hit(**change)), run_of(a_hit())).changes
    assert found.what == what
    assert found.state == ("changed" if what else "unchanged")
    assert found.was == "review"


def test_a_counterparty_on_two_rows_is_paired_row_by_row() -> None:
    first, second = a_hit(), a_hit(party={"row": 7})
    delta = compare(run_of(first, second), run_of(first))
    assert [change.state for change in delta.changes] == ["unchanged", "new"]
    assert compare(run_of(first), run_of(first, second)).gone == (second,)


@pytest.mark.parametrize(
    ("was", "now", "new_match", "new_review"),
    [
        (None, "match", True, True),
        (None, "review", False, True),
        (None, "cleared", False, False),
        (None, "clear", False, False),
        ("clear", "review", False, True),
        ("match", "clear", False, False),
        ("review", "match", True, False),
        ("cleared", "match", True, True),
        ("cleared", "review", False, True),
        ("match", "match", False, False),
        ("match", "review", False, False),
        ("review", "review", False, False),
        ("review", "cleared", False, False),
    ],
)
def test_what_counts_as_new(was: Status | None, now: Status, new_match: bool, new_review: bool) -> None:
    change = Change(state="new" if was is None else "changed", was=was)
    hit = a_hit(status=now)
    assert is_new_at(change, "match", hit) == new_match
    assert is_new_at(change, "review", hit) == new_review


def test_the_delta_is_in_the_json_report_and_comes_back() -> None:
    run = run_of(a_hit(score=90.0), OTHER)
    run = replace(run, delta=compare(run, run_of(a_hit(), a_hit(id="gone"))))
    assert json_report.read(json_report.render(run)) == run


def test_the_terminal_tells_what_is_not_as_it_was() -> None:
    run = run_of(a_hit(score=90.0), OTHER)
    run = replace(run, delta=compare(run, run_of(a_hit(), a_hit(id="gone"))))
    text = terminal.render(run, width=160, colour=False)
    assert "new 1, changed 1, unchanged 0, gone 1" in text
    assert "review 90.0: score 88.0 to 90.0" in text
    assert "gone" in text


def test_a_run_against_itself_has_no_change() -> None:
    run = run_of(a_hit(), OTHER, a_hit(id="third", entity={"id": "N-2"}))
    delta = compare(run, run)
    assert {change.state for change in delta.changes} == {"unchanged"}
    assert delta.gone == ()
