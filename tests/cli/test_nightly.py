"""Settings from a file, runs against an earlier one, and lists that are too old."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.blocked import BRIGHTWATER, GREYHERON, IN_GERMANY, blocked

Invoke = Callable[..., Result]

ENTITIES = (BRIGHTWATER, IN_GERMANY, GREYHERON)
ROWS = "id,name,country\n1,Brightwater Optics,DE\n2,Blue Lantern Bakery,US\n"


@pytest.fixture
def place(workplace: Path) -> Path:
    (workplace / "list.yml").write_text(blocked(*ENTITIES))
    (workplace / "rows.csv").write_text(ROWS)
    return workplace


def states(path: Path) -> list[str]:
    return [change["state"] for change in json.loads(path.read_text())["delta"]["changes"]]


SCREEN = ("screen", "rows.csv", "-w", "list.yml", "-q")


def test_the_four_states_and_what_fails_on_them(place: Path, invoke: Invoke) -> None:
    (place / "rows.csv").write_text(ROWS + "3,Grey Heron Shipping,PA\n4,Grey Heron Shiping,PA\n")
    assert invoke(*SCREEN, "-o", "previous.json").exit_code == 1
    compare = (*SCREEN, "--baseline", "previous.json")
    for fail_on in ("new-match", "new-review", "changed"):
        assert invoke(*compare, "--fail-on", fail_on).exit_code == 0

    # 1 changes its country, 3 goes, 4 stays, 5 is new
    rows = ROWS.replace("Optics,DE", "Optics,FR") + "4,Grey Heron Shiping,PA\n5,Grey Heron Shipping Ltd,\n"
    (place / "rows.csv").write_text(rows)
    result = invoke(*compare, "--fail-on", "new-match", "-o", "now.json")
    assert result.exit_code == 1
    assert states(place / "now.json") == ["changed", "unchanged", "new"]
    delta = json.loads((place / "now.json").read_text())["delta"]
    assert [hit["counterparty"]["id"] for hit in delta["gone"]] == ["3"]
    assert "counterparty: countries" in delta["changes"][0]["what"]
    shown = invoke(
        "screen", "rows.csv", "-w", "list.yml", "--baseline", "previous.json", "--fail-on", "never"
    )
    assert "new 1, changed 1, unchanged 1, gone 1" in shown.stdout
    assert shown.exit_code == 0


def test_a_hit_that_is_gone_is_a_change(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-o", "previous.json")
    (place / "rows.csv").write_text("id,name\n2,Blue Lantern Bakery\n")
    compare = (*SCREEN, "--baseline", "previous.json", "--fail-on")
    assert [invoke(*compare, item).exit_code for item in ("changed", "new-review", "new-match")] == [1, 0, 0]


def test_a_lapsed_decision_is_new(place: Path, invoke: Invoke) -> None:
    invoke(*SCREEN, "-o", "first.json")
    hit = json.loads((place / "first.json").read_text())["hits"][0]["id"]
    made = invoke(
        "decide", "--run", "first.json", "--hit", hit, "--as", "false-positive", "--reason", "x", "--by", "M"
    )
    assert made.exit_code == 0
    decided = (*SCREEN, "--decisions", "decisions.yml")
    assert invoke(*decided, "-o", "cleared.json").exit_code == 0
    (place / "rows.csv").write_text(ROWS.replace("DE", "AT"))
    result = invoke(*decided, "--baseline", "cleared.json", "--fail-on", "new-review")
    assert result.exit_code == 1


@pytest.mark.parametrize("fail_on", ["new-match", "new-review", "changed"])
def test_without_a_baseline_nothing_is_new(place: Path, invoke: Invoke, fail_on: str) -> None:
    result = invoke(*SCREEN, "--fail-on", fail_on)
    assert result.exit_code == 2
    assert f"--fail-on {fail_on} needs an earlier run" in result.stderr


def test_a_baseline_that_cannot_be_read(place: Path, invoke: Invoke) -> None:
    assert "none.json cannot be read" in invoke(*SCREEN, "--baseline", "none.json").stderr
    assert "rows.csv is not a screening report" in invoke(*SCREEN, "--baseline", "rows.csv").stderr


# --- settings from a file -----------------------------------------------------------------------


def test_the_file_gives_the_defaults_and_the_command_line_goes_before_it(place: Path, invoke: Invoke) -> None:
    (place / "screening.toml").write_text(
        'watchlists = ["list.yml"]\nreports = ["out.json"]\nfail-on = "never"\nlog = "runs.jsonl"\n'
        "thresholds = {review = 60, match = 70}\nmap.name = 'supplier'\n"
    )
    (place / "rows.csv").write_text("supplier,name\nBrightwater Optics,\n")
    assert invoke("screen", "rows.csv", "-q").exit_code == 0
    report = json.loads((place / "out.json").read_text())
    assert report["manifest"]["lists"][0]["id"] == "blocked"
    assert report["manifest"]["input"]["columns"]["name"] == ["supplier"]
    assert report["manifest"]["settings"]["thresholds"] == {"review": 60.0, "match": 70.0}
    assert report["counts"]["match"] == 1
    assert (place / "runs.jsonl").read_text().count("\n") == 1

    assert invoke(
        "screen", "rows.csv", "-q", "--fail-on", "review", "-t", "95", "-o", "b.json"
    ).exit_code in (0, 1)
    report = json.loads((place / "b.json").read_text())
    assert report["manifest"]["settings"]["thresholds"] == {"review": 95.0, "match": 95.0}


@pytest.mark.parametrize(
    "command", [["screen", "rows.csv"], ["check", "Acme"], ["decide"], ["config", "show"]]
)
def test_a_wrong_file_stops_the_commands_that_use_it(place: Path, invoke: Invoke, command: list[str]) -> None:
    (place / "screening.toml").write_text("watchlist = []")
    result = invoke(*command)
    assert result.exit_code == 2
    assert 'unknown key "watchlist" (did you mean "watchlists"?)' in result.stderr


def test_help_and_lists_do_not_need_the_file(place: Path, invoke: Invoke) -> None:
    (place / "screening.toml").write_text("watchlist = []")
    assert invoke("--help").exit_code == 0
    assert invoke("screen", "--help").exit_code == 0
    assert invoke("lists", "ls", "list.yml").exit_code == 0


def test_config_show(place: Path, invoke: Invoke) -> None:
    (place / "pyproject.toml").write_text("[tool.screening]\nfail-on = 'match'\n")
    result = invoke("config", "show")
    assert result.exit_code == 0
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines()}
    assert rows["fail-on"].split(maxsplit=1) == ["match", "pyproject.toml [tool.screening]"]
    assert rows["thresholds.review"].endswith("default")
    assert rows["data-dir"].endswith("SCREENING_DATA_DIR")


# --- age ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "status"),
    [
        ("sanctions", (), 0),
        ("sanctions", ("--max-age", "2d"), 3),
        ("sanctions", ("--max-age", "2d", "--fail-on", "review"), 1),
        ("sanctions", ("--max-age", "9999w"), 0),
        ("internal", ("--max-age", "2d"), 0),
    ],
)
def test_a_list_too_old_ends_with_3_and_is_named(
    place: Path, invoke: Invoke, kind: str, options: tuple[str, ...], status: int
) -> None:
    (place / "list.yml").write_text(blocked(*ENTITIES, kind=kind))
    result = invoke(*SCREEN, "--fail-on", "never", *options, "-o", "r.json", "-o", "r.md")
    assert result.exit_code == status
    warnings: list[Any] = json.loads((place / "r.json").read_text())["manifest"].get("warnings", [])
    if status:
        assert "blocked is of 2026-03-01" in warnings[0]
        assert "blocked is of 2026" in (place / "r.md").read_text()
        assert result.stderr == f"warning: {warnings[0]}\n"  # the summary alone would not say it
    else:
        assert warnings == []
        assert result.stderr == ""


def test_a_data_set_says_so_too(place: Path, invoke: Invoke) -> None:
    (place / "list.yml").write_text(blocked(*ENTITIES, kind="sanctions"))
    result = invoke(*SCREEN, "--max-age", "2d", "--fail-on", "never", "-o", "out/")
    assert result.exit_code == 3
    assert result.stderr.startswith("warning: blocked is of 2026-03-01")


def test_a_wrong_age(place: Path, invoke: Invoke) -> None:
    result = invoke(*SCREEN, "--max-age", "soon")
    assert result.exit_code == 2
    assert "'soon' is not an age" in result.stderr


def test_verbose_says_each_step_on_standard_error(place: Path, invoke: Invoke) -> None:
    result = invoke(*SCREEN, "--verbose")
    steps = [line.rpartition(":")[0] for line in result.stderr.splitlines()]
    assert steps == ["opening the counterparties", "preparing the watchlists", "screening", "writing reports"]
    assert result.stdout.startswith("rows read 2")
