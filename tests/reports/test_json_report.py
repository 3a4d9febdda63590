"""The JSON report: complete, versioned, and readable back."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import msgspec
import pytest

from screening.errors import InputError
from screening.model import Run
from screening.reports import json_report, jsonl_report
from tests.reports.sample import delta_run, sample_run


def test_round_trip(run: Run, make_run: Callable[..., Run]) -> None:
    for original in (run, make_run(), make_run(every_row=True, warnings=("a list is old",))):
        content = json_report.render(original)
        assert json_report.read(content) == original
        assert json_report.render(json_report.read(content)) == content


def test_shape(run: Run) -> None:
    document = json.loads(json_report.render(run))
    assert list(document) == ["format", "version", "manifest", "counts", "every_row", "hits", "outcomes"]
    assert (document["format"], document["version"]) == ("screening-report", 1)
    assert document["counts"] == {
        "read": 6, "clear": 2, "review": 1, "match": 1, "cleared": 1, "unscreened": 1
    }  # fmt: skip
    assert document["hits"][0]["entity"]["evidence"][0]["stance"] == "alleges"
    assert document["hits"][0]["explanation"][1]["left"] == "senser"
    assert document["hits"][0]["list"]["kind"] == "adverse-media"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a screening report"),
        (b"status,score\n", "is not a screening report"),
        (b"\xff\xfe", "is not a screening report"),
        (b"[]", "is not a screening report"),
        (b"{}", '"format" must be "screening-report"'),
        (b'{"format": "screening-report", "version": 2}', "has report version 2"),
        (b'{"format": "screening-report", "version": 1}', "missing required field"),
    ],
)
def test_what_is_not_a_report_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        json_report.read(content, "old.json")
    assert caught.value.message.startswith("old.json ")


def test_an_unknown_field_is_refused(run: Run) -> None:
    content = json_report.render(run).replace(b'"every_row"', b'"extra": 1, "every_row"')
    with pytest.raises(InputError, match="extra"):
        json_report.read(content)


def test_lines(run: Run) -> None:
    lines = [json.loads(line) for line in jsonl_report.render(run).splitlines()]
    assert [next(iter(line)) for line in lines] == ["manifest", "hit", "hit", "hit", "outcome", "outcome"]
    assert lines[0]["manifest"]["run_id"] == "0123456789abcdef"
    assert lines[-1]["outcome"]["reason"] == "no name"


def test_lines_against_an_earlier_run() -> None:
    run = delta_run()
    manifest, baseline, *lines = [json.loads(line) for line in jsonl_report.render(run).splitlines()]
    assert list(manifest) == ["manifest"]
    assert baseline == {"baseline": {"run_id": "0123456789abcdef", "started_at": "2026-10-08T08:30:00Z"}}
    hits = [line for line in lines if "hit" in line]
    assert [line["change"]["state"] for line in hits] == [
        "new",
        "changed",
        *["unchanged"] * (len(run.hits) - 2),
    ]
    assert hits[1]["change"]["what"] == ["score 88.0 to 91.0", "<b>name</b>"]
    assert [next(iter(line)) for line in lines[len(hits) :]] == [*["outcome"] * len(run.outcomes), "gone"]
    assert lines[-1]["gone"]["id"] == "h-gone"


def test_hits_from_another_process_are_written_alike() -> None:
    run = sample_run()
    assert json_report.render(pickle.loads(pickle.dumps(run))) == json_report.render(run)
    for hit in run.hits:
        again = pickle.loads(pickle.dumps(hit))
        assert again == hit
        assert msgspec.json.encode(again) == msgspec.json.encode(hit)
