"""Decisions files: round trips, strict reading, and appending without touching what is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screening.decisions import Recorded, append, exclude, read_files
from screening.decisions.add import sort_out
from screening.decisions.file import KEYS, parse, quoted, texts_of
from screening.errors import DecisionError, OutputError

from .made import a_decision, a_hit

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","x")',
    "'=1+1",
    "- name: |\n  x: &a *a !!python/object",
    "Evil\u202egnp.exe",
    "\x1b[31m",
    "a\tb\r\nc",
    'quote " and \\ backslash',
    "# no comment",
    "null",
    "\u2028 \ufeff \U000e0041 🚢",
    "2026-01-01",
)


def plain(entries: tuple[Recorded, ...]) -> list[Recorded]:
    return [replace(entry, where="") for entry in entries]


@pytest.mark.parametrize("ending", [".yml", ".yaml", ".csv"])
def test_round_trip(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"decisions{ending}"
    first = [
        a_decision(until="2027-01-01"),
        exclude("Own Ltd", reason="own", by="M", decided_on="2026-01-01"),
    ]
    second = [a_decision(disposition="true-match", decided_on="2026-05-01", supersedes=(first[0].id,))]
    append(path, first)
    before = path.read_bytes()
    append(path, second)
    assert path.read_bytes().startswith(before)
    found = read_files([path])
    assert plain(found.entries) == [*first, *second]
    assert [info.path for info in found.files] == [str(path)]


@pytest.mark.parametrize("ending", [".yml", ".csv"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_round_trip(tmp_path: Path, ending: str, text: str) -> None:
    path = tmp_path / f"decisions{ending}"
    hit = a_hit(party={"names": (text,), "id": text}, entity={"name": text}, name=text)
    entry = a_decision(hit, reason=text, by=text)
    append(path, [entry])
    assert plain(read_files([path]).entries) == [entry]
    assert "\u202e" not in path.read_text("utf-8") or ending == ".csv"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_survives_yaml(text: str) -> None:
    entry = replace(a_decision(), counterparty_name=text)
    lines = "".join(
        f"{'- ' if not place else '  '}{key}: {quoted(value)}\n"
        for place, (key, value) in enumerate(texts_of(entry).items())
    )
    assert plain(parse(lines.encode(), Path("x.yml"))) == [entry]
    assert lines.count("\n") == len(texts_of(entry))


def test_a_csv_file_runs_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    append(path, [a_decision(reason="=1+1", by="@me")])
    cells = path.read_text().split("\n")[1].split(",")
    assert "'=1+1" in cells
    assert "'@me" in cells


def test_one_decision_is_one_entry_of_stable_keys(tmp_path: Path) -> None:
    path = tmp_path / "d.yml"
    append(path, [a_decision(until="2027-01-01")])
    keys = [line[2:].split(":")[0] for line in path.read_text().splitlines()]
    assert keys == [key for key in KEYS if key not in ("name", "supersedes", "run_id")]


def test_comments_and_layout_stay(tmp_path: Path) -> None:
    path = tmp_path / "d.yml"
    append(path, [a_decision()])
    text = "# reviewed in March\n" + path.read_text().rstrip("\n") + "  # see the file"
    path.write_text(text)
    append(path, [a_decision(decided_on="2026-04-01")])
    assert path.read_text().startswith(text + "\n- id: ")
    assert len(read_files([path]).entries) == 2


def test_columns_in_another_order_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(",".join(reversed(KEYS)) + "\n")
    append(path, [a_decision()])
    assert plain(read_files([path]).entries) == [a_decision()]


def test_a_layout_that_cannot_be_added_to_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "d.yml"
    append(path, [a_decision()])
    path.write_text("".join(f"   {line}\n" for line in path.read_text().splitlines()))
    before = path.read_bytes()
    with pytest.raises(DecisionError):
        append(path, [a_decision(decided_on="2026-04-01")])
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", ["", "\n", "# none yet\n", "[]\n"])
def test_a_file_without_entries_holds_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "d.yml"
    path.write_text(content)
    assert read_files([path]).entries == ()


def entry_lines(**change: str) -> str:
    texts = {**texts_of(a_decision()), **change}
    return "- " + "\n  ".join(f"{key}: {quoted(value)}" for key, value in texts.items() if value) + "\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (entry_lines(disposition="maybe"), 'must be one of true-match, false-positive, found "maybe"'),
        (entry_lines(disposition=""), "`disposition` is missing"),
        (entry_lines(reason=""), "`reason` is missing"),
        (entry_lines(by=" "), "`by` is missing"),
        (entry_lines(decided_on="02/03/2026"), "`decided_on` must be a date"),
        (entry_lines(until="2026-02-30"), "`until` must be a date"),
        (entry_lines(until="20270101"), "`until` must be a date"),
        (entry_lines(until="2026-01-01"), "lies before `decided_on`"),
        (entry_lines(hit=""), "`hit` is missing"),
        (entry_lines(fingerprint=""), "`fingerprint` is missing"),
        (entry_lines(fingerprint="abc"), "`fingerprint` is not one"),
        (entry_lines(list_id=""), "`list_id` is missing"),
        (entry_lines(name="Own Ltd"), "cannot stand with"),
        (entry_lines(reaso="x"), 'the unknown key "reaso" (did you mean "reason"?)'),
        ('- {name: "Own", disposition: true-match, reason: x, by: y, decided_on: 2026-01-01}', "whole name"),
        ("- {name: ' ', reason: x, by: y, decided_on: 2026-01-01}", "`name` is blank"),
        ("decisions: []", "expected a list of decisions"),
        ("- text", "expected a decision"),
        ("- hit: [1]", "expected text"),
        ("- reason: a\n  reason: b", "each key once"),
        ("- !!python/object:os.system {}", "no YAML tags"),
        ("- &a {reason: *a}", "no YAML anchors"),
        ("- reason: 'unclosed", "YAML"),
        ("--- []\n--- []", "one YAML document"),
        ("<html></html>", "expected a list of decisions"),
        ('- counterparty_name: "\\ud800"', ""),
    ],
)
def test_a_wrong_file_is_refused_with_place_and_reason(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "d.yml"
    path.write_text(content)
    with pytest.raises(DecisionError) as caught:
        read_files([path])
    assert message in str(caught.value)
    assert f"{path}:" in str(caught.value) or "d.yml is" in str(caught.value)


def test_all_problems_are_named(tmp_path: Path) -> None:
    path = tmp_path / "d.yml"
    path.write_text(entry_lines(by="") + entry_lines() + entry_lines(reason="", until="x"))
    with pytest.raises(DecisionError) as caught:
        read_files([path])
    assert "3 problems" in caught.value.message
    assert f"{path}:1: `by` is missing" in caught.value.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id;hit\n1;2\n", "column"),
        (b"id,hit,hit\n", "column"),
        (b"id,hit\n1,2,3\n", "3 cells under 2 columns"),
        (b'id,hit\n"1,2\n', "CSV"),
        (b"id,hit\n\xff\xfe,2\n", "CSV"),
        (b"id,hit\n1,2\n", "`reason` is missing"),
    ],
)
def test_a_wrong_csv_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(content)
    with pytest.raises(DecisionError, match=message):
        read_files([path])


def test_a_missing_file_another_ending_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match="cannot be read"):
        read_files([tmp_path / "none.yml"])
    with pytest.raises(DecisionError, match=r"\.yml, \.yaml, \.csv"):
        append(tmp_path / "d.json", [a_decision()])
    with pytest.raises(OutputError, match="cannot be written"):
        append(tmp_path / "no" / "d.yml", [a_decision()])


# --- what is added ------------------------------------------------------------------------------

DAY = date(2026, 6, 1)


def test_the_same_decision_is_not_recorded_twice() -> None:
    again = a_decision(decided_on="2026-06-01", reason="Other words.")
    result = sort_out([again], [a_decision()], DAY, supersede=False)
    assert (result.added, result.known) == ((), (again,))


def test_a_decision_that_has_expired_or_lapsed_is_recorded_anew() -> None:
    for old in (a_decision(until="2026-05-01"), a_decision(a_hit(party={"address": "2 Quay"}))):
        new = a_decision(decided_on="2026-06-01")
        assert sort_out([new], [old], DAY, supersede=False).added == (new,)


def test_a_contradiction_is_refused_and_all_are_listed() -> None:
    other = a_hit(id="fedcba9876543210", party={"id": "V-2"})
    recorded = [a_decision(), a_decision(other)]
    new = [a_decision(hit, disposition="true-match", decided_on="2026-06-01") for hit in (a_hit(), other)]
    with pytest.raises(DecisionError) as caught:
        sort_out(new, recorded, DAY, supersede=False)
    assert caught.value.message.count("contradicts") == 2


def test_supersede_names_what_it_replaces() -> None:
    old = a_decision()
    new = a_decision(disposition="true-match", decided_on="2026-06-01")
    (added,) = sort_out([new], [old], DAY, supersede=True).added
    assert added.supersedes == (old.id,)
    assert added.id != new.id


def test_contradictions_within_one_report_are_refused() -> None:
    new = [a_decision(), a_decision(disposition="true-match")]
    with pytest.raises(DecisionError, match="contradict"):
        sort_out(new, [], DAY, supersede=False)
