"""The frame: help, version, wrong usage, exit statuses."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from typer.testing import Result

from screening import __version__
from screening.cli.screen import FailOn, columns, exit_status, with_threshold
from screening.errors import UsageError
from screening.model import Counts, InputInfo, Manifest, Run
from screening.settings import DEFAULT

Invoke = Callable[..., Result]


def test_help_names_every_command(invoke: Invoke) -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    for name in ("screen", "check", "lists"):
        assert f"\n  {name} " in result.stdout


def test_version_with_the_dates_of_the_lists(
    invoke: Invoke, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENING_DATA_DIR", str(tmp_path))
    result = invoke("--version")
    assert result.exit_code == 0
    version, *lists = result.stdout.splitlines()
    assert version == f"screening {__version__}"
    assert any(re.fullmatch(r"listed-affiliates, as of \d{4}-\d\d-\d\d", line) for line in lists)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom screening.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('pandas', 'numpy', 'numba', 'rich', 'yaml', 'httpx', 'pyarrow')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["screen"], "Missing argument"),
        (["screen", "x.csv", "--frobnicate"], "No such option: --frobnicate"),
        (["screen", "x.csv", "-t", "101"], "less than or equal to 100"),
        (["screen", "x.csv", "-t", "-1"], "greater than or equal to 0"),
        (["screen", "x.csv", "-t", "nan"], "100"),
        (["screen", "x.csv", "-t", "high"], "valid number"),
        (["screen", "x.csv", "--fail-on", "always"], "always"),
        (
            ["screen", "x.csv", "-o", "report.txt"],
            "No report format for report.txt: it has the ending '.txt'",
        ),
        (["screen", "x.csv", "-o", "report"], "No report format for report: it has no ending"),
        (["screen", "x.csv", "-o", "a.csv", "-o", "./a.csv"], "is named twice"),
        (["screen", "x.csv", "-o", "./x.csv"], "would overwrite the input"),
        (["screen", "x.csv", "-o", "missing/report.csv"], "the folder missing does not exist"),
        (["screen", "x.csv", "--map", "name"], "not of the form ROLE=HEADER"),
        (["check"], "Missing argument"),
        (["check", "..."], "has no letter or digit"),
        (["check", "Acme " * 2_001], "The name has 10,005 characters; a name has at most 10,000."),
        (["check", "\udce6\udcb5\udcb7"], "cannot be read in the encoding of this terminal"),
        (["check", "Acme", "--country", "China"], "is not a country code"),
        (["check", "Acme", "--id", "914201000668186736"], "not of the form SCHEME:VALUE"),
        (["check", "Acme", "--type", "company"], "company"),
    ],
)
def test_wrong_usage_exits_2_with_a_message(
    invoke: Invoke, arguments: list[str], message: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def run_with(**counts: int) -> Run:
    manifest = Manifest(
        run_id="r",
        started_at="2031-06-01T12:00:00Z",
        version="1",
        dependencies={},
        settings={},
        settings_sha256="0",
        input=InputInfo(path="x.csv", format="csv", sha256="0"),
        lists=(),
        as_of=None,
        counts=Counts(**counts),
    )
    return Run(manifest=manifest, hits=())


@pytest.mark.parametrize(
    ("counts", "match", "review", "never"),
    [
        ({"clear": 5}, 0, 0, 0),
        ({"review": 1}, 0, 1, 0),
        ({"match": 1}, 1, 1, 0),
        ({"cleared": 1}, 0, 0, 0),
        ({"unscreened": 1}, 3, 3, 3),
        ({"review": 1, "unscreened": 1}, 3, 1, 3),
        ({"match": 1, "unscreened": 1}, 1, 1, 3),
    ],
)
def test_exit_status(counts: dict[str, int], match: int, review: int, never: int) -> None:
    run = run_with(**counts)
    choices = (FailOn.match, FailOn.review, FailOn.never)
    assert [exit_status(run, fail_on) for fail_on in choices] == [match, review, never]


@pytest.mark.parametrize(
    ("review", "thresholds"), [(None, None), (70.0, (70.0, None)), (99.0, (99.0, 99.0)), (0.0, (0.0, None))]
)
def test_the_match_threshold_is_never_below_review(
    review: float | None, thresholds: tuple[float, float | None] | None
) -> None:
    settings = with_threshold(review)
    if thresholds is None:
        assert settings == DEFAULT
    else:
        wanted_review, wanted_match = thresholds
        assert settings.thresholds.review == wanted_review
        assert settings.thresholds.match == (wanted_match or DEFAULT.thresholds.match)
        assert msgspec.structs.replace(settings, thresholds=DEFAULT.thresholds) == DEFAULT


def test_map() -> None:
    assert columns(["name=Vendor=Name", "name=DBA", "id=No"]) == {
        "name": ["Vendor=Name", "DBA"],
        "id": ["No"],
    }
    with pytest.raises(UsageError, match="ROLE=HEADER"):
        columns(["=x"])


def test_a_fault_of_the_program_does_not_look_like_a_hit(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENING_CACHE_DIR", str(tmp_path))  # no index is kept, so the lists are read
    code = (
        "import screening.lists\nfrom screening.cli import main\n"
        "def broken(*arguments, **options):\n    raise ZeroDivisionError('broken')\n"
        "screening.lists.load_watchlists = broken\n"
        "import sys\nsys.argv = ['screening', 'check', 'Acme']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "ZeroDivisionError: broken" in done.stderr
    assert "error: This is a fault of the program" in done.stderr


def test_the_source_s_spelling_is_not_called_an_official_name(invoke: Invoke) -> None:
    """Of Dalian Machine Tool Group no official name is known."""
    assert "HIKVISION (alias)" in invoke("check", "HIKVISION").stdout
    named = invoke("check", "Dalian Machine Tool Group").stdout
    assert "listed name Dalian Machine Tool Group (name as written in the source)\n" in named
