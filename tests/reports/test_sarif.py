"""SARIF: valid against the official schema, pointing at the rows, stable from run to run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from screening.model import Run
from screening.reports import sarif
from tests.reports.sample import HOSTILE, delta_run, many_run, run_on_files, sample_run

# The SARIF 2.1.0 schema as Microsoft's SARIF SDK ships it (npm: @microsoft/sarif-multitool-linux 5.7.0, MIT).
SCHEMA = Path(__file__).parent / "data" / "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def log_of(run: Run) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(sarif.render(run))
    return log


def results_of(run: Run) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = log_of(run)["runs"][0]["results"]
    return results


def empty_run() -> Run:
    return replace(sample_run(), hits=(), outcomes=())


@pytest.mark.parametrize(
    "run",
    [sample_run(), empty_run(), many_run(50), delta_run(), run_on_files()],
    ids=["sample", "empty", "many", "delta", "files"],
)
def test_valid_against_the_schema(run: Run, validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(log_of(run))] == []


def test_the_schema_refuses_a_broken_report(validator: jsonschema.Draft202012Validator) -> None:
    log = log_of(sample_run())
    log["runs"][0]["results"][0]["level"] = "fatal"
    log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert len(list(validator.iter_errors(log))) == 2


def test_same_run_same_bytes() -> None:
    assert sarif.render(sample_run()) == sarif.render(sample_run())


def test_every_hit_and_every_unscreened_row_is_a_result() -> None:
    run = sample_run()
    results = results_of(run)
    fingerprints = [result["partialFingerprints"].get("screeningHit/v1") for result in results]
    assert [item for item in fingerprints if item] == [hit.id for hit in run.hits]
    assert [result["message"]["text"] for result in results if result["ruleId"] == "unscreened"] == [
        "Row 16 was not screened: the name cell is empty.",
        "Row 17 (<b>???</b>) was not screened: no letter or digit in the name.",
    ]


def test_hit_points_at_the_cell_of_the_name() -> None:
    run = sample_run()
    location = results_of(run)[0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "vendors/suppliers%202026.csv", "index": 0}
    assert location["region"] == {"startLine": 2, "startColumn": 7}
    second_name = replace(run.hits[0], name=run.hits[0].counterparty.names[1])
    assert results_of(replace(run, hits=(second_name,)))[0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 43,
    }
    without_columns = results_of(run)[2]["locations"][0]["physicalLocation"]["region"]
    assert without_columns == {"startLine": 3, "startColumn": 1}


def test_levels_rules_and_suppressions_follow_the_status() -> None:
    run = sample_run()
    log = log_of(run)["runs"][0]
    rules = log["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    for result in log["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["defaultConfiguration"]["level"] == result["level"]
    by_hit = {result["partialFingerprints"].get("screeningHit/v1"): result for result in log["results"]}
    assert by_hit["h-tongli-1"]["ruleId"] == "nor-sanctions/match"
    assert by_hit["h-tongli-1"]["level"] == "error"
    assert by_hit["h-brightwave"]["ruleId"] == "press-2026/review"
    assert by_hit["h-brightwave"]["level"] == "warning"
    assert by_hit["h-cleared"]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "false-positive: Different company: registered in Leith, no link to the Alder "
            "group. (M. Reviewer, 2026-03-02, until 2027-03-01)",
        }
    ]
    assert [key for key, result in by_hit.items() if "suppressions" in result] == ["h-cleared"]


def test_adverse_media_is_an_allegation_and_never_a_sanction() -> None:
    text = {
        r["partialFingerprints"].get("screeningHit/v1"): r["message"]["text"]
        for r in results_of(sample_run())
    }
    assert "an allegation, not a sanctions listing" in text["h-brightwave"]
    assert 'The source alleges: "Customs records' in text["h-brightwave"]
    assert "an official sanctions list" in text["h-tongli-1"]


def test_a_lapsed_decision_is_told() -> None:
    text = {
        r["partialFingerprints"].get("screeningHit/v1"): r["message"]["text"]
        for r in results_of(sample_run())
    }
    assert "An earlier decision does not apply: expired on 2026-01-01." in text["h-lapsed"]


def test_messages_hold_no_link_no_placeholder_and_no_control_character() -> None:
    for result in results_of(sample_run()):
        text = result["message"]["text"]
        assert "](" not in text
        assert text.replace("{{", "").replace("}}", "").count("{") == 0
        assert not [character for character in text if ord(character) < 32 or character in "\x7f\u202e"]
    names = [result["properties"].get("counterpartyName") for result in results_of(sample_run())]
    assert set(HOSTILE) <= set(names)  # the properties keep the exact text


def test_a_run_against_an_earlier_one_tells_what_is_new() -> None:
    run = delta_run()
    log = log_of(run)["runs"][0]
    hits = [result for result in log["results"] if result["ruleId"] != "unscreened"]
    rows = [result for result in log["results"] if result["ruleId"] == "unscreened"]
    rest = ["unchanged"] * (len(run.hits) - 2)
    assert [item["baselineState"] for item in hits] == ["new", "updated", *rest, "absent"]
    assert [item["baselineState"] for item in rows] == ["new", "updated", "absent"]
    assert hits[1]["properties"]["baselineChanges"] == ["score 88.0 to 91.0", "<b>name</b>"]
    # the states are those against the run that is named
    assert log["baselineGuid"] != log["automationDetails"]["guid"]
    earlier = replace(sample_run(), manifest=replace(run.manifest, run_id=run.delta.baseline_run_id))
    assert log_of(earlier)["runs"][0]["automationDetails"]["guid"] == log["baselineGuid"]


def test_what_is_gone_is_no_failure() -> None:
    """A viewer that does not know `baselineState` must not show it as an open alert."""
    gone = [result for result in results_of(delta_run()) if result.get("baselineState") == "absent"]
    assert [(item["kind"], item["level"]) for item in gone] == [("notApplicable", "none")] * 2
    assert all(item["message"]["text"].startswith("No longer so. In the earlier run: ") for item in gone)
    assert gone[0]["partialFingerprints"] == {"screeningHit/v1": "h-gone"}
    assert gone[1]["partialFingerprints"]["screeningRow/v1"].startswith("40:")


def test_without_an_earlier_run_there_is_no_state() -> None:
    log = log_of(sample_run())["runs"][0]
    assert "baselineGuid" not in log
    assert not any("baselineState" in result or "kind" in result for result in log["results"])


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("vendors.csv", "vendors.csv"),
        ("./vendors.csv", "vendors.csv"),
        ("data/a b#1?.csv", "data/a%20b%231%3F.csv"),
        ("../up.csv", "../up.csv"),
        ("100%.csv", "100%25.csv"),
        ("a:b.csv", "a%3Ab.csv"),
        ("供应商.csv", "%E4%BE%9B%E5%BA%94%E5%95%86.csv"),
        ("/srv/vendors.csv", "file:///srv/vendors.csv"),
        ("data\\vendors.csv", "data/vendors.csv"),
        ("C:\\data\\vendors.csv", "file:///C:/data/vendors.csv"),
        ("s3://bank/a b#.csv", "s3://bank/a%20b%23.csv"),
        ("abfs://rows@bank.example/a.csv", "abfs://rows@bank.example/a.csv"),
        ("-", "stdin"),
    ],
)
def test_artifact_uri(path: str, uri: str) -> None:
    assert sarif.artifact_uri(path) == uri


def test_of_several_files_each_is_an_artifact() -> None:
    log = log_of(run_on_files())["runs"][0]
    assert [artifact["location"]["uri"] for artifact in log["artifacts"]] == [
        "rows/a%20b.csv",
        "s3://bank/rows/c%23.csv",
        "rows/z.csv",
    ]
    assert ["hashes" in artifact for artifact in log["artifacts"]] == [True, True, False]
    for result in log["results"]:
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert log["artifacts"][place["index"]]["location"]["uri"] == place["uri"]
    assert log["results"][-1]["message"]["text"] == "Row 2 of rows/z.csv was not screened: lost."
