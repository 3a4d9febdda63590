"""The terminal report: what it must say, at any width, without escape codes outside a terminal."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from rich.cells import cell_len

from screening.model import Counterparty, Hit, Run, Step
from screening.reports.terminal import MAX_BLOCKS, render, render_hits


def flat(text: str) -> str:
    """The text without the line breaks and indents of the layout."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_everything_is_said_at_any_width(run: Run, width: int) -> None:
    text = render(run, width=width, colour=False)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    said = flat(text)
    for part in (
        "0123456789abcdef, 2031-06-01T12:00:00Z, screening 9.9.9",
        "vendors.csv (csv, utf-8, delimiter ',')",
        '"Consolidated list of Examplia" (sanctions)',
        "10 entities, 1 rejected",
        "review from 80.0, match from 92.0",
        "1. review 88.2 row 2",
        "Zorvan Sensor (name as written in the source)",
        "adverse-media: reported by the source; an allegation, not a sanctions listing",
        "zorvan",
        "equal 60%",
        "country-agreement +2.0: both in CN",
        'the source alleges: "Zorvan Sensor and two others shipped optics to the plant."',
        "source: gazette-1, P3, 100-157",
        "official listings, facts apart from the report above:",
        "Treasury of Examplia, Blocked Parties, EX-7, since 2031-05-01, id 4711",
        "Zorvan Sensei: a school of martial arts",
        "affiliate: Zorvan Trading House, 51 %",
        "2. match 100.0 row 3",
        "sanctions: an official sanctions list",
        "false-positive by R. Example on 2031-05-20: a school",
        "row 6 id 0009: no name",
    ):
        assert part in said
    assert said.endswith("rows read 6: clear 2, review 1, match 1, cleared 1, unscreened 1")


def test_clear_rows_are_listed_only_when_asked(run: Run) -> None:
    assert "Blue Ferry" not in render(run, width=100, colour=False)
    assert "Blue Ferry" in render(msgspec.structs.replace(run, every_row=True), width=100, colour=False)


def test_escape_codes_only_with_colour(run: Run) -> None:
    assert "\x1b" not in render(run, width=100, colour=False)
    assert "\x1b[1;31m" in render(run, width=100, colour=True)


def test_the_environment_does_not_change_the_report(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(run, width=100, colour=False)
    for name, value in (("FORCE_COLOR", "1"), ("COLUMNS", "40"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)
    assert render(run, width=100, colour=False) == before


def test_a_run_without_hits_proves_what_was_compared(make_run: Callable[..., Run]) -> None:
    said = flat(render(make_run(), width=100, colour=False))
    assert "No hits. 2 rows were compared with 12 entities of 2 list(s) above." in said
    assert "No hit is no clearance" in said
    assert "as of 2031-05-01" in said
    assert "sha256 bbbbbbbbbbbbbbbb" in said
    assert said.endswith("rows read 2: clear 2, review 0, match 0, cleared 0, unscreened 0")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07Zorvan", "\\x1b[2J\\x1b]0;owned\\x07Zorvan"),
        ("[red]Zorvan[/red] [link=http://x]y", "[red]Zorvan[/red] [link=http://x]y"),
        ("[/]", "[/]"),
        ("<b>Zorvan</b>", "<b>Zorvan</b>"),
        ("a\u202eb", "a\\u202eb"),
        (":warning: Zorvan", ":warning: Zorvan"),
        ("a\ud800b", "a\\ud800b"),
        ("nul\x00", "nul\\x00"),
        ("佐万传感器有限公司", "佐万传感器有限公司"),
    ],
)
def test_hostile_names_are_shown_and_not_run(
    name: str, shown: str, make_hit: Callable[..., Hit], make_run: Callable[..., Run]
) -> None:
    text = render(
        make_run((make_hit(counterparty=Counterparty(row=2, names=(name,)), name=name),)),
        width=120,
        colour=False,
    )
    assert shown in text
    assert "\x1b" not in text


def test_a_huge_name_is_clipped_and_its_length_said(
    make_hit: Callable[..., Hit], make_run: Callable[..., Run]
) -> None:
    text = render(make_run((make_hit(name="x" * 1_000_000),)), width=100, colour=False)
    assert "(1,000,000 characters)" in text
    assert len(text) < 10_000


def test_what_is_left_out_is_said(make_hit: Callable[..., Hit], make_run: Callable[..., Run]) -> None:
    hits = tuple(
        make_hit(id=f"h-{row}", counterparty=Counterparty(row=row, names=("Zorvan",)))
        for row in range(2, 602)
    )
    text = render(make_run(hits), width=100, colour=False)
    assert f"{MAX_BLOCKS}. review" in text
    assert f"{MAX_BLOCKS + 1}. review" not in text
    assert "600 hits: the table shows the first 500, the blocks the first 50." in flat(text)


def test_single_name(run: Run) -> None:
    lists = run.manifest.lists
    short = flat(render_hits(run.hits[:1], lists, explain=False, as_of=None, width=100, colour=False))
    assert "an allegation, not a sanctions listing" in short
    assert "the source alleges" not in short
    full = flat(render_hits(run.hits[:1], lists, explain=True, as_of=None, width=100, colour=False))
    assert "the source alleges" in full
    nothing = flat(render_hits((), lists, explain=True, as_of=None, width=100, colour=False))
    assert nothing.startswith("No hit.")
    assert "press-2031" in nothing
    assert "No hit is no clearance" in nothing


def test_what_was_not_in_force_is_not_said_to_be_unknown(
    make_hit: Callable[..., Hit], make_run: Callable[..., Run]
) -> None:
    hit = make_hit()
    bare = msgspec.structs.replace(hit, entity=msgspec.structs.replace(hit.entity, listings=()))
    assert "no official listing is recorded" in flat(render(make_run((bare,)), width=100, colour=False))
    said = flat(render(make_run((bare,), as_of="2031-04-30"), width=100, colour=False))
    assert "no official listing recorded for this entity was in force on 2031-04-30" in said
    assert "2031-04-30: only listings in force that day count" in said


def test_a_recorded_false_friend_is_named(make_hit: Callable[..., Hit], make_run: Callable[..., Run]) -> None:
    step = Step(
        kind="note", relation="false-friend", left="Zorvan Sensei", right="Zorvan Sensei", text="A school."
    )
    text = render(make_run((make_hit(explanation=(step,)),)), width=100, colour=False)
    assert "recorded by the list as another party: Zorvan Sensei: A school." in text
