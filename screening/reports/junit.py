"""The JUnit XML report, for CI servers: one test case for each row that is not clear.

A match or a review is a failure, a row that could not be screened an error, a cleared row a skipped test, a row with
nothing but hits that its list sets aside a passing test. The clear rows without a hit are one passing test with their
number, so that the file stays small; with those set aside they are the clear rows of the run. Against an earlier run each
hit says how it stands, and each hit that is gone is a passing test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape
from itertools import groupby

from screening.model import HIT_STATUSES, Change, Hit, RowOutcome, Run
from screening.reports.links import xml_text
from screening.reports.text import (
    SEPARATOR,
    clip,
    delta_line,
    explanation_line,
    kind_line,
    list_line,
    listing_line,
    row_words,
    score_text,
    source_line,
    summary_line,
    visible,
)

NAME_LIMIT = 300


def render(run: Run) -> bytes:
    """The report as a file's bytes: UTF-8 XML."""
    manifest = run.manifest
    path = visible(manifest.input.path)
    changes = run.delta.changes if run.delta else (None,) * len(run.hits)
    pairs = zip(run.hits, changes, strict=True)
    rows = [list(group) for _, group in groupby(pairs, key=lambda pair: pair[0].counterparty.place)]
    unscreened = [outcome for outcome in run.outcomes if outcome.status == "unscreened"]
    cases = [(pairs[0][0].counterparty.place, _hit_case(pairs, path)) for pairs in rows]
    cases += [(outcome.counterparty.place, _unscreened_case(outcome, path)) for outcome in unscreened]
    cases.sort(key=lambda case: case[0])
    gone = run.delta.gone if run.delta else ()
    gravest = Counter(_gravest(pairs).status for pairs in rows)
    clear = manifest.counts.clear - gravest["clear"]
    clear_name = f"{clear} row{'' if clear == 1 else 's'} clear without a hit"
    totals = {
        "name": "screening",
        "tests": str(len(cases) + len(gone) + 1),
        "failures": str(gravest["match"] + gravest["review"]),
        "errors": str(len(unscreened)),
        "skipped": str(gravest["cleared"]),
        "time": "0",
    }
    started = manifest.started_at.removesuffix("Z").removesuffix("+00:00")
    suite = {**totals, "name": path, "timestamp": started, "hostname": "localhost"}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes(totals)}>",
        f"<testsuite{_attributes(suite)}>",
        "<properties>",
        *(f"<property{_attributes({'name': name, 'value': value})}/>" for name, value in _properties(run)),
        "</properties>",
        _element("testcase", {"classname": path, "name": clear_name, "time": "0"}),
        *(case for _, case in cases),
        *(_gone_case(hit, path) for hit in gone),
        "</testsuite>",
        "</testsuites>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _properties(run: Run) -> Iterable[tuple[str, str]]:
    manifest = run.manifest
    yield "run_id", manifest.run_id
    yield "version", manifest.version
    yield "input_sha256", manifest.input.sha256
    yield "rows", summary_line(manifest.counts)
    if run.delta:
        yield "changes", delta_line(run.delta)
    for info in manifest.lists:
        yield f"list:{info.id}", list_line(info)
    for warning in manifest.warnings:
        yield "warning", warning


def _gravest(pairs: list[tuple[Hit, Change | None]]) -> Hit:
    return min((hit for hit, _ in pairs), key=lambda hit: (HIT_STATUSES.index(hit.status), -hit.score))


def _hit_case(pairs: list[tuple[Hit, Change | None]], path: str) -> str:
    worst = _gravest(pairs)
    message = (
        f"{worst.status} {score_text(worst.score)}: {clip(worst.name, NAME_LIMIT)} against "
        f"{clip(worst.matched_name.value, NAME_LIMIT)} ({worst.list.id}, {worst.list.kind})"
    )
    text = _text("\n\n".join(_hit_text(hit, change) for hit, change in pairs))
    if worst.status == "cleared":
        outcome = _element("skipped", {"message": f"{message}; {_decision(worst)}"}, text)
    elif worst.status == "clear":
        outcome = _element("system-out", {}, text)
    else:
        outcome = _element("failure", {"message": message, "type": worst.status}, text)
    party = worst.counterparty
    attributes = {
        "classname": path,
        "name": f"{row_words(party)}: {worst.name}",
        "file": party.file or path,
        "line": str(party.row),
        "time": "0",
    }
    return _element("testcase", attributes, outcome)


def _gone_case(hit: Hit, path: str) -> str:
    pair = f"{clip(hit.name, NAME_LIMIT)} against {clip(hit.entity.name, NAME_LIMIT)}"
    name = f"gone: {pair} ({hit.list.id}), was {hit.status}"
    return _element("testcase", {"classname": path, "name": name, "time": "0"})


def _hit_text(hit: Hit, change: Change | None) -> str:
    entity = hit.entity
    lines = [
        f"{hit.status} {score_text(hit.score)}  {hit.name}  ~  {hit.matched_name.value}",
        f"entity: {entity.name} ({entity.type}, {entity.id})",
        f"list: {list_line(hit.list)}",
        kind_line(hit.list),
        f"why: {explanation_line(hit.explanation)}",
        *(f"listing: {listing_line(listing)}" for listing in entity.listings),
        *(f'{item.stance}: "{item.passage}" ({source_line(item)})' for item in entity.evidence),
    ]
    if hit.decision:
        lines.append(f"decision: {_decision(hit)}")
    if hit.decision_note:
        lines.append(f"decision does not apply: {hit.decision_note}")
    if change:
        lines.append(f"change: {SEPARATOR.join([change.state, *change.what])}")
    lines.append(f"hit: {hit.id}")
    return "\n".join(visible(line) for line in lines)


def _decision(hit: Hit) -> str:
    made = hit.decision
    if made is None:
        return ""
    until = f", until {made.until}" if made.until else ""
    return f"{made.disposition}, {made.by}, {made.decided_on}{until}: {made.reason}"


def _unscreened_case(outcome: RowOutcome, path: str) -> str:
    party = outcome.counterparty
    name = f"{row_words(party)}: {SEPARATOR.join(party.names)}".removesuffix(": ")
    file = party.file or path
    attributes = {"classname": path, "name": name, "file": file, "line": str(party.row), "time": "0"}
    error = _element("error", {"message": f"not screened: {outcome.reason}", "type": "unscreened"})
    return _element("testcase", attributes, error)


def _element(tag: str, attributes: dict[str, str], content: str = "") -> str:
    """An element; `content` is XML already."""
    start = f"<{tag}{_attributes(attributes)}"
    return f"{start}>{content}</{tag}>" if content else f"{start}/>"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{_text(visible(value))}"' for name, value in attributes.items())


def _text(text: str) -> str:
    """Escaped; characters that XML forbids (visible() shows most of them as escapes) become U+FFFD."""
    return escape(xml_text(text), quote=True)
