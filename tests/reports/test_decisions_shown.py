"""Every report shows a cleared hit with reason, author and day, and a lapsed decision with why it lapsed."""

from __future__ import annotations

import html
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from screening.decisions import Judge, decide
from screening.model import Hit, Run
from screening.reports import FORMATS, github, renderer, terminal
from tests.decisions.made import a_hit
from tests.reports.sample import sample_run

SAID = {"reason": "Registered in Leith.", "by": "M. Reviewer", "decided_on": "2026-03-02"}


def a_run(*, until: str = "2027-03-01", hits: int = 1) -> Run:
    """A run with hits of one row, each with a decision, applied on 2026-10-09."""
    run = sample_run()
    found: list[Hit] = [a_hit(id=f"{number:016x}") for number in range(hits)]
    entries = [
        decide(hit, "false-positive", until=until, **{**SAID, "reason": f"{SAID['reason']} {number}"})
        for number, hit in enumerate(found)
    ]
    judge = Judge(entries, date(2026, 10, 9))
    counts = replace(run.manifest.counts, match=0, review=0, cleared=1, read=42, clear=41, unscreened=0)
    manifest = replace(run.manifest, counts=counts)
    return replace(run, hits=tuple(map(judge, found)), outcomes=(), manifest=manifest)


def shown(run: Run, ending: str) -> str:
    if ending == "terminal":
        return " ".join(terminal.render(run, width=200, colour=False).split())
    content = renderer(Path(f"report{ending}"))(run)
    if ending == ".xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(content))["Hits"].iter_rows(values_only=True)
        return " ".join(str(cell) for row in rows for cell in row)
    assert not zipfile.is_zipfile(io.BytesIO(content))
    return (
        html.unescape(re.sub(r"<[^>]*>", "", content.decode()))
        if ending == ".html"
        else html.unescape(content.decode())
    )


@pytest.mark.parametrize("ending", [*sorted(FORMATS), "terminal"])
def test_a_cleared_hit(ending: str) -> None:
    text = shown(a_run(), ending)
    assert {part for part in (*SAID.values(), "2027-03-01", "false-positive") if part not in text} <= (
        {"false-positive"} if ending == ".html" else set()
    )


@pytest.mark.parametrize("ending", [*sorted(FORMATS), "terminal"])
def test_a_lapsed_decision(ending: str) -> None:
    assert "expired: its last day was 2026-10-01" in shown(a_run(until="2026-10-01"), ending)


@pytest.mark.parametrize("ending", [*sorted(FORMATS), "terminal"])
def test_every_cleared_hit_of_a_row(ending: str) -> None:
    text = shown(a_run(hits=2), ending)
    assert "Leith. 0" in text
    assert "Leith. 1" in text


def test_an_annotation_says_that_a_decision_lapsed() -> None:
    line, *_ = github.render(a_run(until="2026-10-01")).decode().splitlines()
    assert line.startswith("::warning ")
    assert line.endswith("An earlier decision does not apply: expired: its last day was 2026-10-01.")
