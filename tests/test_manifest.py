"""The manifest: complete, and its id follows from its content."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from screening import __version__
from screening.manifest import (
    DEPENDENCIES,
    build_manifest,
    dependency_versions,
    results_sha256,
    run_id,
    settings_dict,
    settings_sha256,
)
from screening.model import Counts, InputInfo, ListInfo, Manifest
from screening.settings import DEFAULT, Thresholds
from tests.reports.sample import sample_run

NOON = datetime(2031, 6, 1, 12, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "started_at": NOON,
    "settings": DEFAULT,
    "input": InputInfo(path="vendors.csv", format="csv", sha256="d" * 64),
    "lists": (),
    "as_of": None,
    "counts": Counts(read=1, clear=1),
}


def build(**changes: Any) -> Manifest:
    return build_manifest(**(FACTS | changes))


def test_same_facts_same_id() -> None:
    assert build() == build()
    assert run_id(build()) == build().run_id
    assert len(build().run_id) == 16


@pytest.mark.parametrize(
    "change",
    [
        {"started_at": NOON + timedelta(seconds=1)},
        {"settings": msgspec.structs.replace(DEFAULT, thresholds=Thresholds(review=81.0))},
        {"input": InputInfo(path="vendors.csv", format="csv", sha256="e" * 64)},
        {"as_of": "2031-01-01"},
        {"counts": Counts(read=1, review=1)},
        {"warnings": ("a list is old",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_changes_the_id(change: dict[str, Any]) -> None:
    assert build(**change).run_id != build().run_id


def test_time_is_kept_in_utc() -> None:
    assert build(started_at=datetime(2031, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))) == build()
    assert build().started_at == "2031-06-01T12:00:00Z"


def test_lists_are_sorted() -> None:
    lists = [
        ListInfo(
            id=name, title=name, kind="internal", publisher="x", as_of="2031-01-01", sha256="0", accepted=1
        )
        for name in ("b", "a")
    ]
    assert [info.id for info in build(lists=lists).lists] == ["a", "b"]


def test_rows_that_are_not_accounted_for_are_refused() -> None:
    with pytest.raises(ValueError, match="2 read, 1 with an outcome"):
        build(counts=Counts(read=2, clear=1))


def test_settings_are_written_out_in_full() -> None:
    thresholds = DEFAULT.thresholds
    assert settings_dict(DEFAULT)["thresholds"] == {"match": thresholds.match, "review": thresholds.review}
    other = msgspec.structs.replace(DEFAULT, thresholds=Thresholds(review=81.0))
    assert settings_sha256(other) != settings_sha256(DEFAULT)


def test_the_dependencies_are_those_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    declared = [line.split(">=")[0] for line in project["dependencies"]]
    assert list(DEPENDENCIES) == sorted(declared)
    versions = dependency_versions()
    assert list(versions) == ["python", *DEPENDENCIES]
    assert "missing" not in versions.values()


def test_another_rule_for_the_hash_of_results_is_another_version() -> None:
    """`verify` tells by the version whether it can check a report: change the version with the rule."""
    run = sample_run()
    assert (__version__, results_sha256(run.hits, run.outcomes)[:16]) == ("0.1.0", "4632136499b25456")
