"""What a recorded decision does to a hit, and when it no longer does."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screening.decisions import Judge, Recorded, exclude, fingerprint
from screening.decisions.record import FINGERPRINT_LENGTH
from screening.errors import DecisionError
from screening.model import Identifier, Listing, Name, Step

from .made import ENTITY, INFO, a_decision, a_hit

DAY = date(2026, 6, 1)


def test_a_false_positive_is_cleared_with_reason_author_and_date() -> None:
    hit = Judge([a_decision(until="2026-12-31")], DAY)(a_hit())
    assert (hit.status, hit.decision_note) == ("cleared", "")
    assert hit.decision is not None
    assert (hit.decision.reason, hit.decision.by) == ("Another company.", "M. Reviewer")
    assert (hit.decision.decided_on, hit.decision.until) == ("2026-03-02", "2026-12-31")


def test_a_true_match_is_a_match_whatever_its_score() -> None:
    hit = Judge([a_decision(disposition="true-match")], DAY)(a_hit(status="review"))
    assert (hit.status, hit.score) == ("match", 88.0)
    assert hit.decision is not None


@pytest.mark.parametrize(
    ("until", "applies"), [("2026-06-01", True), ("2026-05-31", False), ("", True), ("2030-01-01", True)]
)
def test_the_last_day_still_counts(until: str, applies: bool) -> None:
    hit = Judge([a_decision(until=until)], DAY)(a_hit())
    assert (hit.status == "cleared") == applies
    assert hit.decision_note == ("" if applies else f"expired: its last day was {until}")


LISTING = ENTITY.listings[0]
CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"entity": {"name": "Grey Heron Lines"}}, "the list entry changed (names)"),
    ({"entity": {"names": (*ENTITY.names, Name(value="GHL"))}}, "the list entry changed (names)"),
    (
        {"entity": {"names": (Name(value="GH Shipping"), Name(value="Heron"))}},
        "the list entry changed (names)",
    ),
    ({"entity": {"type": "vessel"}}, "the list entry changed (type)"),
    ({"entity": {"identifiers": ()}}, "the list entry changed (identifiers)"),
    ({"entity": {"birth_dates": ("1962", "1963")}}, "the list entry changed (birth dates)"),
    ({"entity": {"countries": ("PA",)}}, "the list entry changed (countries)"),
    (
        {"entity": {"listings": (LISTING, Listing(authority="Sudmark", list="Export"))}},
        "the list entry changed (listings)",
    ),
    (
        {"entity": {"listings": (replace(LISTING, until="2026-01-01"),)}},
        "the list entry changed (listings)",
    ),
    ({"party": {"names": ("Gray Heron Shipping Ltd",)}}, "the counterparty changed (names)"),
    ({"party": {"countries": ("PA",)}}, "the counterparty changed (countries)"),
    ({"party": {"birth_date": "1962"}}, "the counterparty changed (birth date)"),
    (
        {"party": {"identifiers": (Identifier(scheme="tax", value="GB 12-35"),)}},
        "the counterparty changed (identifiers)",
    ),
    ({"party": {"address": "2 Quay"}}, "the counterparty changed (address)"),
    ({"party": {"type": "person"}}, "the counterparty changed (type)"),
    (
        {"entity": {"countries": (), "type": "vessel"}, "party": {"address": ""}},
        "the list entry changed (type, countries); the counterparty changed (address)",
    ),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_decision_lapses_when_the_data_changes_and_says_what(change: dict[str, Any], said: str) -> None:
    hit = Judge([a_decision()], DAY)(a_hit(**change))
    assert hit.status == "review"
    assert hit.decision is not None
    assert hit.decision_note == f"{said} since the decision"


@pytest.mark.parametrize(
    "change",
    [
        {"party": {"row": 99, "extra": (("note", "x"),)}},
        {"party": {"names": ("GHS", "Gray Heron Shipping Ltd")}},
        {"party": {"identifiers": (Identifier(scheme="tax", value="gb1234"),)}},
        {"entity": {"countries": ("LR", "PA"), "names": tuple(reversed(ENTITY.names))}},
        {"entity": {"listings": (replace(LISTING, url="https://lists.example/1"),)}},
        {"score": 97.0, "name": "GHS", "explanation": ()},
        {"list": replace(INFO, as_of="2026-11-01", sha256="2e" * 32)},
    ],
)
def test_what_says_nothing_new_does_not_end_a_decision(change: dict[str, Any]) -> None:
    assert Judge([a_decision()], DAY)(a_hit(**change)).status == "cleared"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "fedcba9876543210"},
        {"party": {"id": "V-2"}},
        {"entity": {"id": "N-2"}},
        {"list": replace(INFO, id="sud")},
    ],
)
def test_a_decision_on_another_pair_never_applies(change: dict[str, Any]) -> None:
    assert Judge([a_decision()], DAY)(a_hit(**change)).status == "review"


def test_a_decision_edited_to_bear_another_hits_id_does_not_apply() -> None:
    other = a_hit(party={"id": "V-2"}, id="fedcba9876543210")
    moved = replace(a_decision(), hit=other.id)
    hit = Judge([moved], DAY)(other)
    assert hit.status == "review"
    assert hit.decision_note.startswith("it was made for another pair: V-1 ")


def test_contradicting_decisions_are_an_error_even_without_a_hit() -> None:
    first = replace(a_decision(), where="a.yml:1")
    second = replace(a_decision(disposition="true-match", by="B"), where="b.yml:7")
    with pytest.raises(DecisionError, match=r"a\.yml:1(.|\n)*b\.yml:7"):
        Judge([first, second], DAY)


def test_a_contradiction_ends_when_one_has_expired() -> None:
    old = a_decision(until="2026-05-01")
    new = a_decision(disposition="true-match", decided_on="2026-05-20")
    assert Judge([old, new], DAY)(a_hit()).status == "match"


def test_a_contradiction_ends_when_one_supersedes_the_other() -> None:
    old = a_decision()
    new = a_decision(disposition="true-match", decided_on="2026-05-20", supersedes=(old.id,))
    assert Judge([old, new], DAY)(a_hit()).status == "match"
    assert Judge([new, old], DAY)(a_hit()).status == "match"


def test_what_was_superseded_does_not_come_back_when_the_later_one_expires() -> None:
    old = a_decision()
    new = a_decision(
        disposition="true-match", decided_on="2026-05-20", until="2026-05-25", supersedes=(old.id,)
    )
    assert Judge([old, new], DAY)(a_hit()).status == "review"


def test_agreeing_decisions_stand_together_and_the_latest_is_shown() -> None:
    entries = [a_decision(), a_decision(decided_on="2026-04-01", by="N. Second")]
    hit = Judge(entries, DAY)(a_hit())
    assert hit.status == "cleared"
    assert hit.decision is not None
    assert hit.decision.by == "N. Second"


def test_data_that_change_back_do_not_revive_an_older_decision() -> None:
    changed = a_hit(entity={"countries": ("PA",)})
    cleared = a_decision()
    confirmed = a_decision(changed, disposition="true-match", decided_on="2026-05-01")
    judge = Judge([cleared, confirmed], DAY)
    assert judge(changed).status == "match"
    back = judge(a_hit())
    assert back.status == "review"
    assert back.decision_note


@pytest.mark.parametrize(
    ("supersedes", "message"),
    [("d-unknown", "in none of the decisions files"), ("other", "about something else"), ("later", "later")],
)
def test_supersedes_must_make_sense(supersedes: str, message: str) -> None:
    other = a_decision(a_hit(id="fedcba9876543210", party={"id": "V-2"}))
    later = a_decision(decided_on="2026-05-01")
    wanted = {"other": other.id, "later": later.id}.get(supersedes, supersedes)
    with pytest.raises(DecisionError, match=message):
        Judge([other, later, a_decision(supersedes=(wanted,), decided_on="2026-04-01")], DAY)


def test_the_same_entry_twice_is_an_error() -> None:
    with pytest.raises(DecisionError, match="twice"):
        Judge([a_decision(), a_decision()], DAY)


# --- whole names --------------------------------------------------------------------------------


def own(**fields: Any) -> Recorded:
    given = {"reason": "Our own company.", "by": "M. Reviewer", "decided_on": "2026-01-01", **fields}
    return exclude(given.pop("name", "gray  HERON shipping ltd"), **given)


def test_an_excluded_name_clears_its_hits_on_every_list() -> None:
    for info in (INFO, replace(INFO, id="sud")):
        hit = Judge([own()], DAY)(a_hit(list=info))
        assert hit.status == "cleared"
        assert hit.decision is not None
        assert hit.decision.reason == "Our own company."


@pytest.mark.parametrize("name", ["Gray Heron Shipping", "Gray Heron Shipping Ltd.", "Heron"])
def test_only_the_whole_name_is_excluded(name: str) -> None:
    assert Judge([own(name=name)], DAY)(a_hit()).status == "review"


def test_another_name_of_the_same_row_is_not_excluded() -> None:
    assert Judge([own()], DAY)(a_hit(name="GHS")).status == "review"


def test_an_exclusion_expires() -> None:
    hit = Judge([own(until="2026-05-31")], DAY)(a_hit())
    assert (hit.status, hit.decision_note) == ("review", "expired: its last day was 2026-05-31")


def test_an_exclusion_does_not_clear_an_equal_identifier() -> None:
    rule = Step(kind="rule", relation="identifier-equal", effect=12.0, text="lei X")
    hit = Judge([own()], DAY)(a_hit(status="match", explanation=(rule,)))
    assert hit.status == "match"
    assert "identifier" in hit.decision_note


def test_the_rule_of_equal_identifiers_has_the_name_that_exclusions_look_for() -> None:
    from screening.decisions.judge import EQUAL_IDENTIFIER
    from screening.model import Counterparty, Watchlist
    from screening.pipeline import Screener, check

    number = Identifier(scheme="lei", value="5493001KJTIIGC8Y1R12")
    listed = replace(ENTITY, identifiers=(number,))
    screener = Screener([Watchlist(info=INFO, entities=(listed,))], exhaustive=True)
    hits = check(Counterparty(row=1, names=("Zzyzx Quarry",), identifiers=(number,)), screener)
    assert EQUAL_IDENTIFIER in [step.relation for hit in hits for step in hit.explanation]


def test_a_true_match_under_an_excluded_name_is_a_contradiction() -> None:
    with pytest.raises(DecisionError, match="contradict"):
        Judge([own(), a_decision(disposition="true-match")], DAY)(a_hit())


# --- the fingerprint ----------------------------------------------------------------------------


def test_the_fingerprint_is_frozen() -> None:
    """A decision recorded by an older version must hold: this value may change only with a new format."""
    assert fingerprint(a_hit()) == FROZEN
    assert len(FROZEN) == FINGERPRINT_LENGTH


@settings(deadline=None)
@given(text=st.text(max_size=20), other=st.text(max_size=20))
def test_different_names_have_different_fingerprints(text: str, other: str) -> None:
    left, right = a_hit(party={"names": (text,)}), a_hit(party={"names": (other,)})
    assert (fingerprint(left) == fingerprint(right)) == (text == other)


@settings(deadline=None)
@given(first=st.text(max_size=6), second=st.text(max_size=6), third=st.text(max_size=6))
def test_names_do_not_run_together(first: str, second: str, third: str) -> None:
    left = a_hit(party={"names": (first, second + third)})
    right = a_hit(party={"names": (first + second, third)})
    same = sorted((first, second + third)) == sorted((first + second, third))
    assert (fingerprint(left) == fingerprint(right)) == same


@settings(deadline=None)
@given(text=st.text(st.characters(), max_size=8))
def test_parts_are_hashed_as_the_json_module_writes_them(text: str) -> None:
    """Half characters and what JSON escapes too: recorded decisions must hold, whatever writes the parts."""
    hit = a_hit(party={"names": (text,), "id": text})
    names = json.dumps([text], separators=(",", ":"))
    digest = hashlib.sha256(names.encode()).hexdigest()[:4]
    assert fingerprint(hit)[57:65] == digest + hashlib.sha256(json.dumps(text).encode()).hexdigest()[:4]


FROZEN = "863d647ae3e71bb3927733dde93c7b43-7cae5b60ee159ada82891be98dc7df3112ae48cb61c5cae2727e"
