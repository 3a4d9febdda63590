"""Reports and logs that are damaged or hostile: every command that reads them ends with 2 and says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from screening.reports import json_report
from tests.reports.sample import sample_run

Invoke = Callable[..., Result]
DEEP = b"[" * 200_000
REPORT = json_report.render(sample_run())
FILES = {
    "empty": b"",
    "not text": b"\xff\xfe\x00",
    "another kind": b'{"results": []}',
    "cut off": REPORT[: len(REPORT) // 2],
    "another version": REPORT.replace(b'"version":1', b'"version":99', 1).replace(
        b'"version": 1', b'"version": 99', 1
    ),
    "an unknown field": REPORT.replace(b'"hits"', b'"hitz"', 1),
    "nested too deeply": b'{"format":"screening-report","manifest":{"settings":{"a":' + DEEP,
    "a manifest nested too deeply": b'{"settings":{"a":' + DEEP,
    "a number out of range": REPORT.replace(b'"score":', b'"score":1e999,"s":', 1),
}
COMMANDS: dict[str, tuple[str, ...]] = {
    "explain": ("explain", "r.json", "x"),
    "verify": ("verify", "r.json"),
    "replay": ("replay", "r.json"),
    "decide": ("decide", "--run", "r.json", "--hit", "x", "--as", "true-match", "--reason", "x", "--by", "y"),
    "baseline": ("screen", "rows.csv", "--baseline", "r.json"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", FILES)
def test_a_report_that_is_none(
    kind: str, command: str, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.json").write_bytes(FILES[kind])
    (tmp_path / "rows.csv").write_text("name\nBlue Lantern Bakery\n")
    assert FILES[kind] != REPORT
    result = invoke(*COMMANDS[command])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: r.json ")
    assert not (tmp_path / "decisions.yml").exists()


@pytest.mark.parametrize(
    "line", [b"", b"\xff", b"[]", b'{"number":' + DEEP, b'{"number":1,"extra":{}}', b"x" * 1_000_000]
)
def test_a_line_that_is_none_of_a_log(line: bytes, tmp_path: Path, invoke: Invoke) -> None:
    log = tmp_path / "runs.jsonl"
    log.write_bytes(line + b"\n")
    result = invoke("log", "verify", log)
    assert result.exit_code == 1
    assert "runs.jsonl:1: not a line of a run log" in result.stdout
    rows = tmp_path / "rows.csv"
    rows.write_text("name\nBlue Lantern Bakery\n")
    refused = invoke("screen", rows, "--log", log, "-q")
    assert refused.exit_code == 2
    assert "damaged in its last line" in refused.stderr
    assert log.read_bytes() == line + b"\n"
