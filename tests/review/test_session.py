"""What a review does, without a screen. All parties are invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from screening.decisions import append, decide, exclude, read_files
from screening.errors import DecisionError
from screening.review.session import Session
from tests.decisions.made import INFO, a_hit
from tests.reports.sample import sample_run

DAY = date(2026, 10, 9)
SAID: dict[str, Any] = {"reason": "Another company.", "by": "M. Reviewer"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "decisions.yml"


@pytest.fixture
def session(file: Path) -> Session:
    return Session(sample_run(), file, DAY)


def hit_ids(session: Session, places: list[int]) -> list[str]:
    return [session.hits[place].id for place in places]


def test_the_most_serious_hits_come_first(session: Session) -> None:
    order = [(["match", "review", "cleared", "clear"].index(hit.status), -hit.score) for hit in session.hits]
    assert order == sorted(order)
    assert len(order) == len(sample_run().hits)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tongli nor-", ["h-tongli-1"]),
        ("TONGLI", ["h-tongli-1", "h-tongli-2"]),
        ("петр вымышленный", ["h-russian"]),  # ё without its dots
        ("cleared", ["h-cleared"]),
        ("no such words", []),
    ],
)
def test_words_filter(session: Session, words: str, found: list[str]) -> None:
    assert hit_ids(session, session.fitting(words)) == found


def test_a_decision_is_written_at_once_and_undone_to_the_byte(session: Session, file: Path) -> None:
    before = b"# kept by hand\n"
    file.write_bytes(before)
    hit, other = session.hits[0], session.hits[1]
    session.decide(hit, "false-positive", until="2027-01-31", **SAID)
    session.decide(other, "true-match", **SAID)
    entries = read_files([file]).entries
    assert [(entry.hit, entry.disposition, entry.until) for entry in entries] == [
        (hit.id, "false-positive", "2027-01-31"),
        (other.id, "true-match", ""),
    ]
    assert entries[0].decided_on == "2026-10-09"
    assert entries[0].run_id == session.run.manifest.run_id
    assert session.judged(hit).status == "cleared"
    assert session.made == 2
    assert session.undo() is other
    assert session.is_decided(hit)
    assert not session.is_decided(other)
    assert session.undo() is hit
    assert file.read_bytes() == before
    assert session.undo() is None


def test_a_second_decision_replaces_the_first_and_undo_brings_it_back(session: Session, file: Path) -> None:
    hit = session.hits[0]
    session.decide(hit, "false-positive", **SAID)
    session.decide(hit, "true-match", reason="It is.", by="N. Second")
    first, second = read_files([file]).entries
    assert second.supersedes == (first.id,)
    assert session.judged(hit).status == "match"
    session.undo()
    assert session.judged(hit).status == "cleared"


def test_a_better_reason_is_recorded_and_the_same_one_is_not(session: Session, file: Path) -> None:
    hit = session.hits[0]
    session.decide(hit, "false-positive", **SAID)
    with pytest.raises(DecisionError, match="recorded already"):
        session.decide(hit, "false-positive", **SAID)
    session.decide(hit, "false-positive", reason="Another register number.", by="M. Reviewer")
    assert [entry.reason for entry in read_files([file]).entries] == [
        "Another company.",
        "Another register number.",
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"reason": " "}, "reason is missing"),
        ({"by": ""}, "by is missing"),
        ({"until": "soon"}, "until must be a date"),
        ({"until": "2026-10-08"}, "lies before"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_written(
    session: Session, file: Path, said: dict[str, str], message: str
) -> None:
    with pytest.raises(DecisionError, match=message):
        session.decide(session.hits[0], "false-positive", **{**SAID, **said})
    assert not file.exists()


def test_undo_leaves_a_file_alone_that_someone_else_has_changed(session: Session, file: Path) -> None:
    session.decide(session.hits[0], "false-positive", **SAID)
    changed = file.read_bytes() + b"# seen\n"
    file.write_bytes(changed)
    with pytest.raises(DecisionError, match="changed since"):
        session.undo()
    assert file.read_bytes() == changed
    assert session.made == 1


def test_only_undecided_hits(session: Session) -> None:
    everything = session.fitting()
    assert hit_ids(session, [p for p in everything if p not in session.fitting(only_open=True)]) == [
        "h-cleared"
    ]
    session.decide(session.hits[0], "false-positive", **SAID)
    assert 0 not in session.fitting(only_open=True)


def test_a_decision_on_earlier_data_is_shown_as_lapsed(file: Path) -> None:
    run = sample_run()
    Session(replace(run, hits=(a_hit(),)), file, DAY).decide(a_hit(), "false-positive", **SAID)
    now = a_hit(entity={"countries": ("PA",)})
    session = Session(replace(run, hits=(now,)), file, DAY)
    assert session.fitting(only_open=True) == [0]
    assert session.judged(now).decision_note == "the list entry changed (countries) since the decision"


def test_a_true_match_of_an_excluded_name_is_refused(session: Session, file: Path) -> None:
    hit = next(hit for hit in session.hits if hit.id == "h-lapsed")
    append(file, [exclude(hit.name, reason="Ourselves.", by="M", decided_on="2026-01-01")])
    before = file.read_bytes()
    with pytest.raises(DecisionError, match="contradict"):
        session.decide(hit, "true-match", **SAID)
    assert file.read_bytes() == before
    append(file, [decide(hit, "true-match", decided_on="2026-01-01", **SAID)])
    with pytest.raises(DecisionError, match="contradict"):
        Session(session.run, file, DAY)


def test_a_contradicting_file_is_refused(file: Path) -> None:
    run = replace(sample_run(), hits=(a_hit(list=INFO),))
    session = Session(run, file, DAY)
    session.decide(session.hits[0], "false-positive", **SAID)
    text = file.read_text()
    file.write_text(text + text.replace("false-positive", "true-match").replace("id: ", "id: x", 1))
    with pytest.raises(DecisionError, match="contradict"):
        Session(run, file, DAY)
