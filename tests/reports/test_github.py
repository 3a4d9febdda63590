"""GitHub annotations: one command a line, whatever the names hold."""

from __future__ import annotations

import re
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screening.model import Run
from screening.reports import github
from tests.reports.sample import sample_run

COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^:,]*)(?:,[a-z]+=[^:,]*)*)::(.*)")


def commands_of(run: Run) -> list[tuple[str, dict[str, str], str]]:
    commands = []
    for line in github.render(run).decode().split("\n")[:-1]:
        found = COMMAND.fullmatch(line)
        assert found, line
        properties = dict(pair.split("=", 1) for pair in found[2].split(","))
        commands.append(
            (found[1], {key: unquote(value) for key, value in properties.items()}, unquote(found[3]))
        )
    return commands


def test_levels_places_and_counts() -> None:
    run = sample_run()
    commands = commands_of(run)
    assert commands[0][:2] == (
        "error",
        {
            "file": "vendors/suppliers 2026.csv",
            "line": "2",
            "col": "7",
            "title": "Match 98.5: Tongli Precision Instrument Co Ltd",
        },
    )
    assert [level for level, _, _ in commands].count("error") == 2
    assert [level for level, _, _ in commands].count("warning") == len(
        run.hits
    ) - 3  # two matches, one cleared
    assert commands[-3][2] == "the name cell is empty"
    assert commands[-1] == (
        "notice",
        {"title": "Screening"},
        "rows read 61: clear 41, review 15, match 2, cleared 1, unscreened 2",
    )


def test_same_run_same_bytes() -> None:
    assert github.render(sample_run()) == github.render(sample_run())


@given(st.text(max_size=60))
def test_no_name_breaks_out_of_its_command(name: str) -> None:
    run = sample_run()
    hit = replace(run.hits[0], name=name, counterparty=replace(run.hits[0].counterparty, names=(name,)))
    assert len(commands_of(replace(run, hits=(hit,), outcomes=()))) == 2


def test_percent_colon_and_comma_are_escaped() -> None:
    run = sample_run()
    hit = replace(run.hits[0], name="100%, a::b")
    line = github.render(replace(run, hits=(hit,), outcomes=())).decode().splitlines()[0]
    assert "title=Match 98.5%3A 100%25%2C a%3A%3Ab::100%25, a::b against" in line
