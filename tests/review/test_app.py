"""The review on textual's own test screen, key by key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("textual", reason="textual is not installed")

from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from screening.decisions import read_files
from screening.reports.text import visible
from screening.review import app as review
from screening.review.app import Decide, Hits, OpenHit, Review
from screening.review.session import Session
from tests.reports.sample import HOSTILE, many_run, sample_run

Steps = Callable[["Pilot[None]"], Awaitable[None]]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(sample_run(), tmp_path / "decisions.yml", date(2026, 10, 9))


def play(
    session: Session, steps: Steps, *, author: str = "A. Reviewer", size: tuple[int, int] = (120, 36)
) -> None:
    async def run() -> None:
        app = Review(session, Path("report.json"), author)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await steps(pilot)

    asyncio.run(run())


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def type_text(pilot: Pilot[None], text: str) -> None:
    await press(pilot, *("space" if character == " " else character for character in text))


def table(pilot: Pilot[None]) -> DataTable[object]:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, Hits)).query_one(DataTable)


def rows(pilot: Pilot[None]) -> list[list[str]]:
    shown = table(pilot)
    return [[str(cell) for cell in shown.get_row_at(line)] for line in range(shown.row_count)]


def state(pilot: Pilot[None]) -> str:
    hits = next(screen for screen in pilot.app.screen_stack if isinstance(screen, Hits))
    return str(hits.query_one("#state", Static).content)


def problem(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#problem", Static).content)


def test_j_and_k_move_and_stop_at_the_ends(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        assert table(pilot).cursor_row == 0
        await press(pilot, "j", "j", "k")
        assert table(pilot).cursor_row == 1
        await press(pilot, "k", "k", "k")
        assert table(pilot).cursor_row == 0
        await press(pilot, "G", "j")
        assert table(pilot).cursor_row == len(session.hits) - 1
        await press(pilot, "g")
        assert table(pilot).cursor_row == 0

    play(session, steps)


@pytest.mark.parametrize("key", ["o", "enter"])
def test_open_shows_the_hit_in_full_and_goes_back(session: Session, key: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, key)
        assert isinstance(pilot.app.screen, OpenHit)
        shown = str(pilot.app.screen.query_one("#hit", Static).content)
        assert "Tongli Precision Instrument Co Ltd" in shown
        assert "identifier-agreement" in shown
        await press(pilot, "j")
        assert "Пётр Вымышленный" in str(pilot.app.screen.query_one("#hit", Static).content)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, Hits)
        assert table(pilot).cursor_row == 1

    play(session, steps)


def test_decide_writes_the_decision_and_goes_on(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "f")
        await type_text(pilot, "Another company")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Hits)
        assert table(pilot).cursor_row == 1
        assert rows(pilot)[0][0] == "cleared"
        assert rows(pilot)[0][6] == "False positive, A. Reviewer"
        assert "2 decided, 1 written" in state(pilot)

    play(session, steps)
    (entry,) = read_files([session.file]).entries
    assert (entry.hit, entry.disposition, entry.reason, entry.by, entry.decided_on) == (
        session.hits[0].id,
        "false-positive",
        "Another company",
        "A. Reviewer",
        "2026-10-09",
    )


def test_decide_from_the_open_hit_with_every_field(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "o", "d")
        assert isinstance(pilot.app.screen, Decide)
        await press(pilot, "ctrl+s")
        assert "Choose one" in problem(pilot)
        await press(pilot, "enter", "tab")  # true match, the first
        await press(pilot, "ctrl+s")
        assert problem(pilot) == "reason is missing; by is missing."
        await type_text(pilot, "Same number")
        await press(pilot, "tab")
        await type_text(pilot, "N. Second")
        await press(pilot, "tab")
        await type_text(pilot, "tomorrow")
        await press(pilot, "ctrl+s")
        assert problem(pilot).startswith("until must be a date")
        pilot.app.screen.query_one("#until", Input).value = "2027-01-31"
        await press(pilot, "ctrl+s")
        assert isinstance(pilot.app.screen, OpenHit)
        assert "Пётр" in str(pilot.app.screen.query_one("#hit", Static).content)  # the next hit
        await press(pilot, "t")
        assert pilot.app.screen.query_one("#by", Input).value == "N. Second"
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, OpenHit)

    play(session, steps, author="")
    (entry,) = read_files([session.file]).entries
    assert (entry.disposition, entry.by, entry.until) == ("true-match", "N. Second", "2027-01-31")


def test_undo(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "u")
        assert not session.file.exists()
        await press(pilot, "j", "f", "x", "enter", "G", "u")
        assert table(pilot).cursor_row == 1  # back at the hit it was on
        assert rows(pilot)[1][0] == "match"
        assert rows(pilot)[1][6] == ""
        await press(pilot, "f", "x", "enter", "u", "u", "u")

    play(session, steps)
    assert session.file.read_bytes() == b""


def test_a_file_changed_by_someone_else_is_said(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "f", "x", "enter")
        session.file.write_bytes(session.file.read_bytes() + b"# seen\n")
        await press(pilot, "u")
        (said,) = [notice.message for notice in pilot.app._notifications]
        assert "has been changed since" in said

    play(session, steps)
    assert len(read_files([session.file]).entries) == 1


def test_filter_by_words(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "slash")
        await type_text(pilot, "tongli")
        assert [row[3] for row in rows(pilot)] == ["Tongli Precision Instrument Co Ltd"] * 2
        await press(pilot, "enter", "j", "f", "x", "enter")  # keys are commands again
        assert session.is_decided(session.hits[2])
        assert "2 of 19 hits" in state(pilot)
        assert "filter: tongli" in state(pilot)
        await press(pilot, "escape")
        assert len(rows(pilot)) == len(session.hits)

    play(session, steps)


def test_undecided_only(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "a")
        assert len(rows(pilot)) == len(session.hits) - 1
        await press(pilot, "f", "x", "enter")
        assert len(rows(pilot)) == len(session.hits) - 2
        assert table(pilot).cursor_row == 0
        assert rows(pilot)[0][3] == "Пётр Вымышленный"
        await press(pilot, "a")
        assert len(rows(pilot)) == len(session.hits)

    play(session, steps)


def test_the_last_undecided_hit_closes_when_it_is_decided(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "a", "slash", *"h-lapsed", "enter", "o", "f", "x", "enter")
        assert isinstance(pilot.app.screen, Hits)
        assert rows(pilot) == []
        await press(pilot, "j", "k", "g", "G", "o", "f", "d")  # nothing to do, and no fault
        assert isinstance(pilot.app.screen, Hits)

    play(session, steps)
    assert len(read_files([session.file]).entries) == 1


def test_hostile_names_are_text(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        assert {visible(name) for name in HOSTILE} <= {row[3] for row in rows(pilot)}
        pilot.app.screen.query_one("#filter", Input).value = "press-2026"  # the list of the hostile names
        await pilot.pause()
        await press(pilot, "o")
        for _ in HOSTILE:
            shown = str(pilot.app.screen.query_one("#hit", Static).content)
            assert not set(shown) & {"\u202e", "\x1b", "\x07", "\x00"}
            await pilot.press("j")
        await press(pilot, "f", "escape")

    play(session, steps)


def test_a_replaced_decision_is_named_in_the_form(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "f", "x", "enter", "k", "t")
        said = " ".join(str(label.content) for label in pilot.app.screen.query("#form Label").results(Static))
        assert "Replaces: False positive by A. Reviewer on 2026-10-09" in said
        await press(pilot, "y", "enter")

    play(session, steps)
    assert [entry.disposition for entry in read_files([session.file]).entries] == [
        "false-positive",
        "true-match",
    ]


def test_the_form_fits_a_small_terminal(session: Session) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "f")
        button = pilot.app.screen.query_one("#record")
        assert button.region.bottom <= 24
        assert button.region.height == 3

    play(session, steps, size=(80, 24))


def test_more_hits_than_are_laid_out_are_counted_and_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "MAX_ROWS", 20)
    session = Session(many_run(60), tmp_path / "d.yml", date(2026, 10, 9))

    async def steps(pilot: Pilot[None]) -> None:
        assert len(rows(pilot)) == 20
        assert "60 of 60 hits, the first 20 shown" in state(pilot)
        last = session.hits[-1]
        await press(pilot, "slash")
        await type_text(pilot, last.id)
        assert [row[2] for row in rows(pilot)] == [str(last.counterparty.row)]

    play(session, steps)


def test_a_report_without_hits(tmp_path: Path) -> None:
    from msgspec.structs import replace

    session = Session(replace(sample_run(), hits=()), tmp_path / "d.yml", date(2026, 10, 9))

    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "j", "o", "f", "u", "a")
        assert "0 of 0 hits" in state(pilot)

    play(session, steps)
    assert not session.file.exists()
