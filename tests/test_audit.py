"""Proof afterwards: replay, verify, and the log. Everything is run from files, as a user would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from screening import __version__, audit, manifest
from screening.cli import app
from screening.errors import InputError, OutputError, UsageError
from screening.reports import json_report
from tests.blocked import BRIGHTWATER, GREYHERON, IN_GERMANY, blocked

LISTING = """    listings:
      - {authority: Example Ltd, list: Blocked, from: 2026-02-14}
"""
LIST = blocked(BRIGHTWATER, IN_GERMANY, LISTING, GREYHERON)
ROWS = "id,name,country\n1,Brightwater Optics,DE\n2,Blue Lantern Bakery,US\n3,Grey Heron Shiping,PA\n4,,\n"


def run(*arguments: str) -> int:
    try:
        app([str(item) for item in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("the program did not exit")


@pytest.fixture
def place(workplace: Path) -> Path:
    """A folder with a finished run: report.json, its other forms, decisions, an earlier run and a log of both."""
    (workplace / "list.yml").write_text(LIST)
    (workplace / "rows.csv").write_text(ROWS)
    screen = ("screen", "rows.csv", "-w", "list.yml", "-q", "--log", "runs.jsonl", "-t", "78")
    assert run(*screen, "-o", "earlier.json") == 1
    hit = json.loads((workplace / "earlier.json").read_text())["hits"][0]["id"]
    decide = (
        "decide",
        "--run",
        "earlier.json",
        "--hit",
        hit,
        "--as",
        "false-positive",
        "--reason",
        "x",
        "--by",
        "M",
    )
    assert run(*decide) == 0
    others = [
        item
        for ending in ("csv", "md", "sarif", "xml", "html", "xlsx", "jsonl")
        for item in ("-o", f"report.{ending}")
    ]
    options = ("--decisions", "decisions.yml", "--baseline", "earlier.json", "--all", "--as-of", "2026-04-01")
    assert run(*screen, *options, "-o", "report.json", *others) == 1
    return workplace


# --- replay -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["earlier.json", "report.json"])
def test_a_run_repeated_is_byte_identical(place: Path, name: str) -> None:
    result = audit.replay(Path(name))
    assert result.differences == ()
    assert result.identical
    assert json_report.render(result.run) == (place / name).read_bytes()


def test_a_manifest_alone(place: Path) -> None:
    alone = json.loads((place / "report.json").read_text())["manifest"]
    (place / "manifest.json").write_text(json.dumps(alone))
    result = audit.replay(Path("manifest.json"))
    assert (result.identical, result.compared) == (True, "manifest")


CHANGES: list[tuple[str, Callable[[str], str], list[str]]] = [
    (
        "rows.csv",
        lambda text: text + "5,Grey Heron Shipping,PA\n",
        ["the input rows.csv has changed", "new: row 6"],
    ),
    (
        "rows.csv",
        lambda text: text.replace("1,Brightwater Optics,DE\n", ""),
        ["the input rows.csv", "gone: row 2"],
    ),
    (
        "list.yml",
        lambda text: text.replace("countries: [DE]", "countries: [AT]"),
        ["the list blocked has changed", "changed: row 2"],
    ),
    (
        "decisions.yml",
        lambda text: text.replace("false-positive", "true-match"),
        ["the decisions in decisions.yml"],
    ),
    ("earlier.json", lambda text: text + "\n", ["the baseline has changed"]),
]


@pytest.mark.parametrize(("name", "change", "said"), CHANGES)
def test_what_differs_is_said(place: Path, name: str, change: Callable[[str], str], said: list[str]) -> None:
    path = place / name
    path.write_text(change(path.read_text()))
    result = audit.replay(Path("report.json"))
    assert not result.identical
    for text in said:
        assert any(line.startswith(text) for line in result.differences), result.differences


@pytest.mark.parametrize(
    ("place_in", "value", "said"),
    [
        (("manifest", "version"), "0.0.9", "screening 0.0.9 then"),
        (("manifest", "dependencies", "numpy"), "1.0", "numpy 1.0 then"),
        (("hits", 1, "score"), 12.0, "changed: row 4"),
        (("manifest", "settings_sha256"), "0", "the settings differ"),
        (("every_row",), False, "the report differs from line"),
    ],
)
def test_a_report_that_was_altered(place: Path, place_in: tuple[Any, ...], value: Any, said: str) -> None:
    alter(place / "report.json", place_in, value)
    result = audit.replay(Path("report.json"))
    assert not result.identical
    assert any(line.startswith(said) for line in result.differences), result.differences


def alter(path: Path, place_in: tuple[Any, ...], value: Any) -> None:
    """Change one value of a JSON report and leave its form as it was."""
    document = msgspec.json.decode(path.read_bytes())
    inner = document
    for key in place_in[:-1]:
        inner = inner[key]
    inner[place_in[-1]] = value
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


def test_what_cannot_be_repeated(place: Path) -> None:
    alter(place / "earlier.json", ("manifest", "input", "path"), "-")
    with pytest.raises(InputError, match="cannot be repeated"):
        audit.replay(Path("earlier.json"))
    with pytest.raises(InputError, match="not a screening report"):
        audit.replay(Path("rows.csv"))
    with pytest.raises(InputError, match="cannot be read"):
        audit.replay(Path("none.json"))
    (place / "rows.csv").unlink()
    with pytest.raises(InputError, match=r"rows\.csv"):
        audit.replay(Path("report.json"))
    alter(place / "report.json", ("manifest", "settings", "thresholds"), {"unknown": 1})
    with pytest.raises(InputError, match="settings"):
        audit.replay(Path("report.json"))


def test_exit_status(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", "report.json") == 0
    assert "byte-identical" in capsys.readouterr().out
    (place / "rows.csv").write_text(ROWS + "5,x,\n")
    assert run("replay", "report.json") == 1
    assert "the input rows.csv has changed" in capsys.readouterr().out
    (place / "rows.csv").unlink()
    assert run("replay", "report.json") == 2


# --- verify -------------------------------------------------------------------------------------


def wrong(findings: list[audit.Finding]) -> list[str]:
    return [item.text for item in findings if item.state == "wrong"]


def test_a_report_as_it_was_written(place: Path) -> None:
    findings = audit.verify(Path("report.json"), log=Path("runs.jsonl"))
    assert {item.state for item in findings} == {"ok"}
    assert len(findings) == 12


@pytest.mark.parametrize("ending", ["csv", "md", "sarif", "xml", "html", "xlsx", "jsonl"])
def test_every_other_format_is_checked_against_the_json_report(place: Path, ending: str) -> None:
    path = Path(f"report.{ending}")
    findings = audit.verify(path, run_report=Path("report.json"), log=Path("runs.jsonl"))
    assert wrong(findings) == []
    path.write_bytes(path.read_bytes().replace(b"Brightwater", b"Bluewater", 1) + b" ")
    said = wrong(audit.verify(path, run_report=Path("report.json"), log=Path("runs.jsonl")))
    assert said == ["the file is what report.json renders to", f"the log holds this very report.{ending}"]


@pytest.mark.parametrize(
    ("place_in", "value", "said"),
    [
        (
            ("hits", 0, "status"),
            "match",
            ["the hits and rows are those of the run", "the counts add up to the rows"],
        ),
        (("hits", 1, "score"), 12.0, ["the hits and rows are those of the run"]),
        (("hits", 1, "entity", "name"), "X", ["the hits and rows are those of the run"]),
        (("hits",), [], ["the hits and rows are those of the run", "the counts add up to the rows"]),
        (("counts", "match"), 0, ["the file is as it was written"]),
        (("manifest", "started_at"), "2020-01-01T00:00:00Z", ["the run id belongs to the manifest"]),
        (
            ("manifest", "counts", "clear"),
            99,
            ["the run id belongs to the manifest", "the counts add up to the rows"],
        ),
        (("manifest", "settings", "thresholds", "review"), 99.0, ["the settings have their hash"]),
        (("manifest", "input", "sha256"), "0", ["the input rows.csv has its hash"]),
        (("manifest", "lists", 0, "sha256"), "0", ["the list blocked has its hash"]),
    ],
)
def test_what_was_altered_is_found(
    place: Path, place_in: tuple[Any, ...], value: Any, said: list[str]
) -> None:
    alter(place / "report.json", place_in, value)
    found = wrong(audit.verify(Path("report.json"), log=Path("runs.jsonl")))
    assert set(said) <= set(found)
    assert "the log holds this very report.json" in found


def test_files_that_changed_and_files_that_are_gone(place: Path) -> None:
    (place / "rows.csv").write_text("x")
    (place / "decisions.yml").write_text("")
    (place / "earlier.json").unlink()
    (place / "list.yml").unlink()
    findings = audit.verify(Path("report.json"))
    assert wrong(findings) == ["the input rows.csv has its hash", "the decisions decisions.yml has its hash"]
    unknown = [item.text for item in findings if item.state == "unknown"]
    assert unknown[0] == "the baseline earlier.json is not here to be checked"
    assert unknown[1].startswith("the lists cannot be read")


def test_another_format_needs_the_json_report(place: Path) -> None:
    with pytest.raises(UsageError, match="--run"):
        audit.verify(Path("report.csv"))


def test_verify_on_the_command_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "report.csv", "--run", "report.json", "--log", "runs.jsonl") == 0
    assert "NOT SO" not in capsys.readouterr().out
    (place / "rows.csv").write_text("x")
    assert run("verify", "report.json") == 1
    assert "NOT SO       the input rows.csv has its hash" in capsys.readouterr().out
    assert run("verify", "none.json") == 2


# --- a report of another version ------------------------------------------------------------------


def of_version(path: Path, version: str, *, own_id: bool = True) -> None:
    """Make a report one that another version made. own_id: with the id that belongs to the manifest."""
    run_of = json_report.read_file(path)
    changed = msgspec.structs.replace(run_of.manifest, version=version)
    if own_id:
        changed = msgspec.structs.replace(changed, run_id=manifest.run_id(changed))
    path.write_bytes(json_report.render(msgspec.structs.replace(run_of, manifest=changed)))


def states(findings: list[audit.Finding]) -> dict[str, str]:
    return {item.text.partition(": made by ")[0]: item.state for item in findings}


def test_another_version_that_hashes_otherwise(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = place / "earlier.json"
    alter(report, ("manifest", "results_sha256"), "0" * 64)  # as if made by another rule
    of_version(report, "0.0.9")
    assert run("verify", "earlier.json") == 3
    said = capsys.readouterr().out
    assert "NOT SO" not in said
    assert (
        "cannot tell  the hits and rows are those of the run: made by version 0.0.9 of screening, and this is "
        f"{__version__}\n" in said
    )
    found = states(audit.verify(Path("earlier.json")))
    assert [text for text, state in found.items() if state != "ok"] == [
        "the hits and rows are those of the run"
    ]
    assert found["the input rows.csv has its hash"] == found["the counts add up to the rows"] == "ok"
    (place / "rows.csv").write_text("x")  # what still holds is checked, and goes before
    assert run("verify", "earlier.json") == 1
    assert "NOT SO       the input rows.csv has its hash" in capsys.readouterr().out


def test_another_version_that_does_all_alike(place: Path) -> None:
    of_version(place / "report.json", "0.0.9")
    assert run("verify", "report.json") == 0


@pytest.mark.parametrize(
    ("place_in", "value", "said"),
    [
        (("manifest", "settings"), {"of": "another"}, "the settings have their hash"),
        (("manifest", "settings_sha256"), "0", "the settings have their hash"),
        (("hits", 1, "score"), 12.0, "the hits and rows are those of the run"),
    ],
)
def test_what_another_version_may_have_done_otherwise(
    place: Path, place_in: tuple[Any, ...], value: Any, said: str
) -> None:
    alter(place / "report.json", place_in, value)
    of_version(place / "report.json", "0.0.9", own_id=False)
    found = states(audit.verify(Path("report.json")))
    assert found[said] == found["the run id belongs to the manifest"] == "other-version"
    assert "wrong" not in found.values()


def test_another_format_of_another_version(place: Path) -> None:
    of_version(place / "report.json", "0.0.9")
    found = states(audit.verify(Path("report.csv"), run_report=Path("report.json")))
    assert found["the file is what report.json renders to"] == "other-version"
    assert run("verify", "report.csv", "--run", "report.json") == 3


def test_built_in_lists_are_those_of_the_version(place: Path) -> None:
    assert run("screen", "rows.csv", "-q", "-o", "built-in.json") in (0, 3)
    alter(place / "built-in.json", ("manifest", "lists", 0, "sha256"), "0")
    assert [text for text in wrong(audit.verify(Path("built-in.json"))) if text.startswith("the list")] != []
    of_version(place / "built-in.json", "0.0.9")
    found = audit.verify(Path("built-in.json"))
    assert wrong(found) == []
    assert "other-version" in {item.state for item in found if item.text.startswith("the list ")}


def test_the_first_builds_hashed_json(place: Path) -> None:
    """Reports of 0.1.0 from before its hash was over MessagePack are checked by the hash of then."""
    report = place / "report.json"
    old = json_report.read_file(report)
    then = manifest.earlier_results_sha256(old.hits, old.outcomes)
    assert then != old.manifest.results_sha256
    alter(report, ("manifest", "results_sha256"), then)
    of_version(report, __version__)
    assert run("verify", "report.json") == 0
    (place / "report.csv").write_bytes(
        b"status\n"
    )  # it wrote this one in another way, or somebody altered it
    found = states(audit.verify(Path("report.csv"), run_report=report))
    assert [state for state in found.values() if state != "ok"] == ["other-version"]
    alter(report, ("hits", 1, "score"), 12.0)
    assert "the hits and rows are those of the run" in wrong(audit.verify(Path("report.json")))


def test_a_form_of_another_version_that_this_one_cannot_read(place: Path) -> None:
    alter(place / "report.json", ("hits", 0, "mood"), "good")
    with pytest.raises(InputError, match=r"not a screening report: .*`mood`"):
        audit.verify(Path("report.json"))
    alter(place / "report.json", ("manifest", "version"), "9.0")
    with pytest.raises(
        InputError, match=rf"made by version 9\.0 of screening, and this is {__version__}, .*`mood`"
    ):
        audit.verify(Path("report.json"))


def test_settings_out_of_range_are_no_settings(place: Path) -> None:
    alter(place / "report.json", ("manifest", "settings", "similarities", "sound"), 7.0)
    assert "the settings have their hash" in wrong(audit.verify(Path("report.json")))
    with pytest.raises(InputError, match=r"similarities\.sound is 7\.0, and must be a number from 0 to 1\."):
        audit.replay(Path("report.json"))


# --- the log ------------------------------------------------------------------------------------


@pytest.fixture
def log(place: Path) -> Path:
    """A log of five runs."""
    found = json_report.read_file(place / "earlier.json")
    for _ in range(3):
        audit.append_log(place / "runs.jsonl", found, [place / "earlier.json"], 1)
    return place / "runs.jsonl"


def problems(log: Path) -> list[str]:
    return audit.read_log(log)[1]


def test_a_log_is_whole_and_says_what_was_run(log: Path) -> None:
    entries, found = audit.read_log(log)
    assert found == []
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[1].counts["cleared"] == 1
    assert entries[1].exit_status == 1
    assert entries[1].decisions[0].path == "decisions.yml"
    assert {Path(item.path).name for item in entries[1].reports} >= {"report.json", "report.xlsx"}


@pytest.mark.parametrize("number", range(5))
def test_every_altered_byte_of_a_line_is_found(log: Path, number: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    for place in range(0, len(lines[number]) - 1, 7):
        line = bytearray(lines[number])
        line[place] = ord("8") if line[place] != ord("8") else ord("9")
        log.write_bytes(b"".join([*lines[:number], bytes(line), *lines[number + 1 :]]))
        assert problems(log), f"byte {place} of line {number + 1}"


@pytest.mark.parametrize("number", range(4))
def test_a_removed_line_is_found(log: Path, number: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
    (found,) = problems(log)
    assert f":{number + 1}: does not follow the line before: 1 line missing" in found


def test_lines_removed_at_the_end_are_found_by_the_last_hash(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = audit.read_log(log)[0][-1].hash
    assert run("log", "verify", "runs.jsonl", "--last", last) == 0
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    assert problems(log) == []
    assert run("log", "verify", "runs.jsonl", "--last", last) == 1
    assert "lines are missing" in capsys.readouterr().out


def test_moved_and_repeated_lines_are_found(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    for changed in ([*lines[:2], lines[3], lines[2], lines[4]], [*lines, lines[-1]], lines[::-1]):
        log.write_bytes(b"".join(changed))
        assert problems(log)


@pytest.mark.parametrize("content", [b"x\n", b'{"number":1}\n', b"\xff\n", b"\n", b"[" * 3000 + b"\n"])
def test_what_is_no_log_is_named(log: Path, content: bytes) -> None:
    log.write_bytes(content)
    assert problems(log)
    with pytest.raises(OutputError, match="damaged"):
        audit.append_log(log, json_report.read_file(log.parent / "earlier.json"), [], 0)
    assert log.read_bytes() == content


def test_a_line_cut_short_is_found_and_nothing_is_added_to_it(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-20])
    assert any("not complete" in text for text in problems(log))
    with pytest.raises(OutputError, match="damaged"):
        audit.append_log(log, json_report.read_file(log.parent / "earlier.json"), [], 0)


def test_a_log_that_cannot_be_written_is_said(place: Path) -> None:
    assert run("screen", "rows.csv", "-w", "list.yml", "-q", "--log", "missing/runs.jsonl") == 2


def test_an_empty_log(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "empty.jsonl").write_bytes(b"")
    assert run("log", "verify", "empty.jsonl") == 0
    assert f"0 runs, whole, last hash {audit.FIRST}" in capsys.readouterr().out
    assert run("log", "verify", "none.jsonl") == 2
