"""Settings in a file: what it may say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from screening.config import FAIL_ON, Config, Thresholds, effective, load, option_defaults, settings
from screening.errors import UsageError
from screening.settings import DEFAULT

EVERYTHING = """
watchlists = ["ofac-sdn", "lists/own.yml"]
decisions = ["decisions.yml"]
baseline = "previous.json"
fail-on = "new-match"
max-age = "2d"
reports = ["out.html", "out.sarif"]
log = "runs.jsonl"
red-flags-off = ["free-zone"]

[thresholds]
review = 85
match = 93.5

[map]
name = ["Vendor Name", "Trading As"]
country = "Land"
"""


def written(folder: Path, text: str, name: str = "screening.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_everything(tmp_path: Path) -> None:
    found = load(written(tmp_path, EVERYTHING))
    assert found.source == "screening.toml"
    assert found.config == Config(
        watchlists=("ofac-sdn", "lists/own.yml"),
        thresholds=Thresholds(review=85.0, match=93.5),
        map={"name": ("Vendor Name", "Trading As"), "country": "Land"},
        decisions=("decisions.yml",),
        baseline="previous.json",
        fail_on="new-match",
        max_age="2d",
        reports=("out.html", "out.sarif"),
        log="runs.jsonl",
        red_flags_off=("free-zone",),
    )
    assert [
        name for name, on in msgspec.structs.asdict(settings(found.config).red_flags).items() if not on
    ] == ["free_zone"]
    assert {row.origin for row in effective(found)} == {"screening.toml"}
    defaults = option_defaults(found.config)
    assert defaults["screen"]["mapping"] == ["name=Vendor Name", "name=Trading As", "country=Land"]
    assert defaults["decide"] == {"decisions": "decisions.yml"}


def test_pyproject(tmp_path: Path) -> None:
    text = "[tool.other]\nx = 1\n[tool.screening]\nfail-on = 'match'\nthresholds.review = 70\n"
    found = load(written(tmp_path, text, "pyproject.toml"))
    assert (found.config.fail_on, found.config.thresholds.review) == ("match", 70.0)
    origins = {row.name: row.origin for row in effective(found)}
    assert origins["fail-on"] == origins["thresholds.review"] == "pyproject.toml [tool.screening]"
    assert origins["thresholds.match"] == origins["reports"] == "default"


@pytest.mark.parametrize("text", [None, "[project]\nname = 'x'\n", "[tool]\n"])
def test_nothing_said_means_the_defaults(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        written(tmp_path, text, "pyproject.toml")
    found = load(tmp_path)
    assert (found.config, found.source) == (Config(), "")
    assert settings(found.config) == DEFAULT


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")).source == "screening.toml"


def test_both_files_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "fail-on = 'match'")
    written(tmp_path, "[tool.screening]\n", "pyproject.toml")
    with pytest.raises(UsageError, match=r"Both screening\.toml and \[tool\.screening\]"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("watchlist = ['x']", 'unknown key "watchlist" (did you mean "watchlists"?)'),
        ("fail_on = 'match'", 'unknown key "fail_on" (did you mean "fail-on"?)'),
        ("a = 1\nb = 2", 'unknown key "a", key "b"'),
        ("thresholds.revew = 80", 'unknown key thresholds."revew" (did you mean "review"?)'),
        ("thresholds = 80", "thresholds: Expected `object`"),
        ("thresholds.review = 101", "thresholds.review is 101.0, and must be a number from 0 to 100."),
        ("thresholds.review = nan", "thresholds.review is nan, and must be a number from 0 to 100."),
        ("thresholds.match = 1" + "0" * 400, "thresholds.match"),
        ("thresholds.match = -inf", "thresholds.match is -inf, and must be a number from 0 to 100."),
        ("thresholds.match = -0.5", "thresholds.match is -0.5, and must be a number from 0 to 100."),
        ("thresholds.review = '80'", "thresholds.review: Expected `float | null`, got `str`"),
        (
            "thresholds = {review = 90, match = 80}",
            "thresholds.review is 90.0, and must be at most thresholds.match, which is 80.0.",
        ),
        ("max-age = '-2d'", "max-age: '-2d' is not an age."),
        ("fail-on = 'always'", "fail-on: Invalid enum value 'always'"),
        ("watchlists = 'ofac-sdn'", "watchlists: Expected `array`, got `str`"),
        ("reports = [1]", "reports[0]: Expected `str`, got `int`"),
        ("reports = ['']", "reports[0]: Expected `str` of length >= 1"),
        ("map.name = 1", "got `int`"),
        ("log = 2026-01-01", "log: Expected `str | null`"),
        ("fail-on = ", "not valid TOML"),
        ("[[[", "not valid TOML"),
        ("x = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(written(tmp_path, text))
    assert caught.value.message.startswith("screening.toml")
    assert message in caught.value.message


def test_a_file_that_is_no_text_too_large_or_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "screening.toml"
    for content, message in ((b"\xff\xfe", "not valid TOML"), (b"#" * (1 << 21), "larger than 1 MB")):
        path.write_bytes(content)
        with pytest.raises(UsageError, match=message):
            load(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path)


def test_pyproject_with_a_section_that_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a table"):
        load(written(tmp_path, "[tool]\nscreening = 1\n", "pyproject.toml"))


@pytest.mark.parametrize(
    ("review", "match", "expected"),
    [
        (None, None, (DEFAULT.thresholds.review, DEFAULT.thresholds.match)),
        (97.0, None, (97.0, 97.0)),
        (None, 50.0, (50.0, 50.0)),
        (60.0, 70.0, (60.0, 70.0)),
    ],
)
def test_thresholds(review: float | None, match: float | None, expected: tuple[float, float]) -> None:
    chosen = settings(Config(thresholds=Thresholds(review=review, match=match))).thresholds
    assert (chosen.review, chosen.match) == expected


def test_the_choices_are_those_of_the_command_line() -> None:
    from screening.cli.screen import FailOn

    assert tuple(item.value for item in FailOn) == FAIL_ON
