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
    notices = [command for command in commands if command[0] == "notice"]
    assert commands[-len(notices) :] == notices
    assert notices[0] == (
        "notice",
        {"title": "Screening"},
        "rows read 61: clear 41, review 15, match 2, cleared 1, unscreened 2",
    )
    assert notices[2][2] == "the name cell is empty"


def test_no_hit_is_dropped_in_silence() -> None:
    run = sample_run()
    assert [hit.status for hit in run.hits].count("cleared") == 1
    only = "Not annotated: 1 hit cleared by a recorded decision. The other reports show each."
    assert ("notice", {"title": "Screening"}, only) in commands_of(run)
    hits = [replace(hit, status="clear") if hit.status == "review" else hit for hit in run.hits]
    aside = sum(hit.status == "clear" for hit in hits)
    commands = commands_of(replace(run, hits=hits))
    both = f"{only.split('. ')[0]}; {aside} hits set aside, because the list records the name as another party's. "
    assert [text for _, _, text in commands if text.startswith("Not ann")] == [
        both + "The other reports show each."
    ]
    assert [level for level, _, _ in commands].count("warning") == 0
    none = replace(run, hits=[hit for hit in run.hits if hit.status in ("match", "review")])
    assert not any("Not annotated" in message for _, _, message in commands_of(none))


def test_the_counts_stand_where_github_still_shows_them() -> None:
    run = sample_run()
    unscreened = next(outcome for outcome in run.outcomes if outcome.status == "unscreened")
    commands = commands_of(replace(run, outcomes=(unscreened,) * 30))
    shown = [message for level, _, message in commands if level == "notice"][:10]  # the rest it drops
    assert shown[0].startswith("rows read 61: ")
    assert shown[1].startswith("Not annotated: 1 hit cleared")


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
