"""JUnit XML: well-formed whatever the names hold, and every row accounted for."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import defusedxml.ElementTree
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screening.model import Run
from screening.reports import junit
from tests.reports.sample import delta_run, sample_run


def suite_of(run: Run) -> Element:
    root: Element = defusedxml.ElementTree.fromstring(junit.render(run).decode())
    suite = root.find("testsuite")
    assert suite is not None
    return suite


def test_same_run_same_bytes() -> None:
    assert junit.render(sample_run()) == junit.render(sample_run())


def test_one_case_a_row_with_its_outcome() -> None:
    run = sample_run()
    cases = suite_of(run).findall("testcase")
    outcome = {case.get("line"): (case[0].tag, case[0].get("type")) for case in cases[1:]}
    assert cases[0].get("name") == "41 rows clear without a hit"
    assert len(cases[0]) == 0
    assert outcome["2"] == ("failure", "match")
    assert outcome["3"] == ("failure", "review")
    assert outcome["8"] == ("skipped", None)
    assert outcome["9"] == ("failure", "review")
    assert outcome["16"] == ("error", "unscreened")
    assert [int(line or 0) for line in outcome] == sorted(
        {hit.counterparty.row for hit in run.hits} | {16, 17}
    )


def test_totals_are_those_of_the_cases() -> None:
    run = sample_run()
    suite = suite_of(run)
    counts = run.manifest.counts
    assert (
        int(suite.get("failures", ""))
        == len(suite.findall("testcase/failure"))
        == counts.match + counts.review
    )
    assert int(suite.get("errors", "")) == len(suite.findall("testcase/error")) == counts.unscreened
    assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped")) == counts.cleared
    assert int(suite.get("tests", "")) == len(suite.findall("testcase"))


def test_the_failure_shows_every_hit_of_the_row_with_its_evidence() -> None:
    cases = suite_of(sample_run()).findall("testcase")
    text = {case.get("line"): case[0].text or "" for case in cases[1:]}
    assert "hit: h-tongli-1" in text["2"]
    assert "hit: h-tongli-2" in text["2"]
    assert "allegation, not a sanctions listing" in text["3"]
    assert "people familiar with the matter" in text["3"]
    assert "decision does not apply: expired on 2026-01-01" in text["9"]


def test_a_cleared_row_names_the_reason() -> None:
    skipped = suite_of(sample_run()).findall("testcase/skipped")
    assert "registered in Leith" in (skipped[0].get("message") or "")


def test_how_each_hit_stands_against_an_earlier_run() -> None:
    run = delta_run()
    suite = suite_of(run)
    texts = "\n".join(case[0].text or "" for case in suite.findall("testcase") if len(case))
    assert texts.count("change: new\n") == 1
    assert "change: changed; score 88.0 to 91.0; <b>name</b>\n" in texts
    assert texts.count("change: unchanged\n") == len(run.hits) - 2
    *_, gone = suite.findall("testcase")
    assert len(gone) == 0  # it passes
    assert (gone.get("name") or "").startswith("gone: ")
    assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
    assert suite.get("failures") == suite_of(sample_run()).get("failures")
    values = {item.get("name"): item.get("value") for item in suite.findall("properties/property")}
    assert "gone 1" in (values["changes"] or "")
    assert "change: " not in junit.render(sample_run()).decode()


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_any_name_is_well_formed_xml(name: str) -> None:
    run = sample_run()
    party = replace(run.hits[0].counterparty, names=(name,))
    hit = replace(run.hits[0], name=name, counterparty=party)
    case = suite_of(replace(run, hits=(hit,), outcomes=())).findall("testcase")[1]
    assert case[0].tag == "failure"
