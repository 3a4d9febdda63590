"""The SARIF 2.1.0 report, for code scanning: each hit points at its row in the counterparty file.

One rule for each list and status, so that a viewer can filter by both. Cleared hits are suppressed results
with the decision as the justification; clear ones, which their list sets aside, are results of kind `pass` (3.27.9);
rows that could not be screened are notes. `partialFingerprints` holds the hit's id, which does not change with the order
of rows or the run. In a run against an earlier one every result has its `baselineState` (3.27.24); what is gone since is
a result of kind `notApplicable`, which is no failure.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from screening.delta import row_key, unscreened
from screening.model import (
    Change,
    Counterparty,
    Decision,
    FileInfo,
    Hit,
    InputInfo,
    ListInfo,
    Manifest,
    RowOutcome,
    Run,
)
from screening.reports.text import (
    KIND_MEANING,
    SEPARATOR,
    STANCE_MEANING,
    clip,
    explanation_line,
    listing_line,
    programmes,
    row_words,
    score_text,
    visible,
)
from screening.storage import is_remote

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
UNSCREENED = "unscreened"
LEVELS = {"match": "error", "review": "warning", "cleared": "note", "clear": "none"}
HEADINGS = {
    "match": "Match with {list}",
    "review": "Possible match with {list}",
    "cleared": "Cleared match with {list}",
    "clear": "Name of another party, as {list} records",
}
HELP = (
    "Compare the row with the entry. A hit is no legal finding. If the two are different parties, record the "
    "decision with `screening decide`."
)
NAME_LIMIT = 300  # characters of a name in a message; the whole name stands in the properties
PASSAGE_LIMIT = 1000

Result = dict[str, Any]


def render(run: Run) -> bytes:
    """The report as a file's bytes: UTF-8, indented, keys in a fixed order."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(run)]}
    return json.dumps(log, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


def artifact_uri(path: str) -> str:
    """The input's path as a URI reference (RFC 3986): relative as it was given, `file:` when absolute; a URL as it is."""
    if path in ("", "-"):
        return "stdin"
    if is_remote(path):
        scheme, rest = path.split("://", 1)
        return f"{scheme}://{quote(rest.encode('utf-8', 'surrogateescape'), safe='/:@')}"
    drive = re.match(r"[A-Za-z]:[\\/]", path)
    slashed = path.replace("\\", "/") if drive or ("\\" in path and "/" not in path) else path
    encoded = quote(slashed.encode("utf-8", "surrogateescape"), safe="/:" if drive else "/")
    if drive:
        return f"file:///{encoded}"
    return f"file://{encoded}" if slashed.startswith("/") else encoded.removeprefix("./")


class _Artifacts:
    """The files that results point at: the input, or where several files were screened as one table each of them."""

    def __init__(self, info: InputInfo) -> None:
        self._files = info.files or (FileInfo(path=info.path, sha256=info.sha256),)
        self._path = info.path
        self._index = {file.path: n for n, file in enumerate(self._files)}

    def artifacts(self) -> list[dict[str, object]]:
        """One for each file, with its hash where it could be read."""
        return [
            {
                "location": {"uri": artifact_uri(file.path)},
                "roles": ["analysisTarget"],
                **({"hashes": {"sha-256": file.sha256}} if file.sha256 else {}),
            }
            for file in self._files
        ]

    def location(self, party: Counterparty, column: int) -> dict[str, object]:
        """A place in a row. A file of the earlier run alone has no index."""
        path = party.file or self._path
        index = {"index": self._index[path]} if path in self._index else {}
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": artifact_uri(path), **index},
                "region": {"startLine": max(party.row, 1), "startColumn": column},
            }
        }


def _run(run: Run) -> dict[str, object]:
    manifest = run.manifest
    rules, index = _rules(run)
    files = _Artifacts(manifest.input)
    results = [_hit_result(hit, files, index) for hit in run.hits]
    results += [_unscreened_result(outcome, files, index) for outcome in unscreened(run)]
    if delta := run.delta:
        results = [
            *(
                _changed(result, c)
                for result, c in zip(results, (*delta.changes, *delta.unscreened), strict=True)
            ),
            *(_absent(_hit_result(hit, files, index)) for hit in delta.gone),
            *(_absent(_unscreened_result(outcome, files, index)) for outcome in delta.unscreened_gone),
        ]
    return {
        "tool": {
            "driver": {
                "name": "screening",
                "version": manifest.version,
                "semanticVersion": manifest.version,
                "rules": rules,
            }
        },
        "automationDetails": {"id": f"screening/{manifest.run_id}", "guid": _guid(manifest.run_id)},
        **({"baselineGuid": _guid(delta.baseline_run_id)} if delta else {}),
        "invocations": [_invocation(manifest)],
        "artifacts": files.artifacts(),
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "runId": manifest.run_id,
            "asOf": manifest.as_of or "",
            "settingsSha256": manifest.settings_sha256,
            "rows": {
                "read": manifest.counts.read,
                "clear": manifest.counts.clear,
                "review": manifest.counts.review,
                "match": manifest.counts.match,
                "cleared": manifest.counts.cleared,
                "unscreened": manifest.counts.unscreened,
            },
            "lists": [_list_properties(info) for info in manifest.lists],
        },
    }


def _invocation(manifest: Manifest) -> dict[str, object]:
    invocation: dict[str, object] = {
        "executionSuccessful": True,
        "startTimeUtc": manifest.started_at.replace("+00:00", "Z"),
    }
    if manifest.warnings:
        invocation["toolExecutionNotifications"] = [
            {"level": "warning", "message": {"text": _plain(warning, PASSAGE_LIMIT)}}
            for warning in manifest.warnings
        ]
    return invocation


def _list_properties(info: ListInfo) -> dict[str, object]:
    return {
        "id": info.id,
        "title": info.title,
        "kind": info.kind,
        "publisher": info.publisher,
        "asOf": info.as_of,
        "sha256": info.sha256,
        "accepted": info.accepted,
        "rejected": info.rejected,
    }


def _rules(run: Run) -> tuple[list[dict[str, object]], dict[str, int]]:
    """The rules that the results use, sorted by id, and the place of each."""
    gone = run.delta.gone if run.delta else ()
    lists = {_rule_id(hit): (hit.list, hit.status) for hit in (*gone, *run.hits)}
    rules = {rule_id: _list_rule(rule_id, *lists[rule_id]) for rule_id in lists}
    if any(unscreened(run)) or (run.delta and run.delta.unscreened_gone):
        rules[UNSCREENED] = {
            "id": UNSCREENED,
            "name": "RowNotScreened",
            "shortDescription": {"text": "Row not screened"},
            "fullDescription": {"text": "The row could not be compared with any list. It is not clear."},
            "help": {"text": "Correct the row and screen the file again."},
            "defaultConfiguration": {"level": "note"},
        }
    ordered = sorted(rules)
    return [rules[rule_id] for rule_id in ordered], {rule_id: place for place, rule_id in enumerate(ordered)}


def _rule_id(hit: Hit) -> str:
    return f"{hit.list.id}/{hit.status}"


def _list_rule(rule_id: str, info: ListInfo, status: str) -> dict[str, object]:
    words = re.findall(r"[A-Za-z0-9]+", rule_id)
    return {
        "id": rule_id,
        "name": "".join(word[:1].upper() + word[1:] for word in words),
        "shortDescription": {"text": _plain(HEADINGS[status].format(list=info.title), NAME_LIMIT)},
        "fullDescription": {
            "text": _plain(
                f"{info.title}, {info.publisher}, as of {info.as_of}; {KIND_MEANING[info.kind]}.",
                PASSAGE_LIMIT,
            )
        },
        "help": {"text": HELP},
        "defaultConfiguration": {"level": LEVELS[status]},
        "properties": {"tags": [info.kind, status]},
    }


def _guid(run_id: str) -> str:
    """A GUID for a run, the same for the same run: so a report names the earlier run it was compared with."""
    return str(uuid5(NAMESPACE_URL, f"screening:{run_id}"))


def _changed(result: Result, change: Change) -> Result:
    said = {"baselineState": "updated" if change.state == "changed" else change.state}
    return result | said | ({"properties": result["properties"] | {"baselineChanges": list(change.what)}})


def _absent(result: Result) -> Result:
    """A result of the earlier run that is none of this one. Its row is that of the earlier file."""
    message = {"text": "No longer so. In the earlier run: " + result["message"]["text"]}
    return result | {"kind": "notApplicable", "level": "none", "message": message, "baselineState": "absent"}


def _hit_result(hit: Hit, files: _Artifacts, index: dict[str, int]) -> Result:
    party, entity = hit.counterparty, hit.entity
    rule_id = _rule_id(hit)
    result: Result = {
        "ruleId": rule_id,
        "ruleIndex": index[rule_id],
        "level": LEVELS[hit.status],
        "message": {"text": _message(hit)},
        "locations": [files.location(party, _column(hit))],
        "partialFingerprints": {"screeningHit/v1": hit.id},
        "properties": {
            "status": hit.status,
            "score": round(hit.score, 1),
            "counterpartyId": party.id,
            "counterpartyName": hit.name,
            "matchedName": hit.matched_name.value,
            "entityId": entity.id,
            "entityName": entity.name,
            "entityType": entity.type,
            "entityCountries": list(entity.countries),
            "listId": hit.list.id,
            "listKind": hit.list.kind,
            "programmes": list(programmes(entity)),
            "evidence": [
                {
                    "passage": item.passage,
                    "source": item.document,
                    "locator": item.locator,
                    "stance": item.stance,
                }
                for item in entity.evidence
            ],
            "decisionNote": hit.decision_note,
        },
    }
    if hit.status == "clear":
        result["kind"] = "pass"
    if hit.status == "cleared" and hit.decision:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": _plain(_decision_line(hit.decision), PASSAGE_LIMIT),
            }
        ]
    return result


def _unscreened_result(outcome: RowOutcome, files: _Artifacts, index: dict[str, int]) -> Result:
    party = outcome.counterparty
    named = f" ({SEPARATOR.join(party.names)})" if party.names else ""
    return {
        "ruleId": UNSCREENED,
        "ruleIndex": index[UNSCREENED],
        "level": "note",
        "message": {
            "text": _plain(
                f"R{row_words(party)[1:]}{named} was not screened: {outcome.reason}.", PASSAGE_LIMIT
            )
        },
        "locations": [files.location(party, 1)],
        "partialFingerprints": {"screeningRow/v1": row_key(outcome)},
        "properties": {"status": "unscreened", "counterpartyId": party.id, "reason": outcome.reason},
    }


def _column(hit: Hit) -> int:
    """Where the matched name's cell begins in its line; 1 where the format has no lines."""
    party = hit.counterparty
    if hit.name in party.names and len(party.name_columns) == len(party.names):
        return max(party.name_columns[party.names.index(hit.name)], 1)
    return 1


def _message(hit: Hit) -> str:
    entity, kind = hit.entity, KIND_MEANING[hit.list.kind]
    parts = [
        f"{_quoted(hit.name)} scores {score_text(hit.score)} of 100 against {_quoted(hit.matched_name.value)}"
        f" ({_quoted(entity.name)}, {clip(entity.id, 80)}) on {hit.list.title} ({kind}).",
        f"Why: {clip(explanation_line(hit.explanation), PASSAGE_LIMIT)}.",
    ]
    parts += [f"Listed: {clip(listing_line(listing), NAME_LIMIT)}." for listing in entity.listings]
    if entity.evidence:
        first = entity.evidence[0]
        parts.append(
            f'{STANCE_MEANING[first.stance].capitalize()}: "{clip(first.passage, PASSAGE_LIMIT)}" '
            f"({first.document}, {first.locator})."
        )
    if hit.decision_note:
        parts.append(f"An earlier decision does not apply: {clip(hit.decision_note, NAME_LIMIT)}.")
    return _plain(" ".join(parts), 4 * PASSAGE_LIMIT)


def _quoted(name: str) -> str:
    return f'"{clip(name, NAME_LIMIT)}"'


def _decision_line(decision: Decision) -> str:
    until = f", until {decision.until}" if decision.until else ""
    return f"{decision.disposition}: {decision.reason} ({decision.by}, {decision.decided_on}{until})"


def _plain(text: str, limit: int) -> str:
    """Text that a viewer shows as it is: no control characters, no `[text](link)`, no `{0}` placeholder.

    SARIF 2.1.0, 3.11.5 and 3.11.6: braces are doubled, and a bracket followed by a parenthesis is a link.
    """
    shown = clip(visible(text), limit)
    return shown.replace("{", "{{").replace("}", "}}").replace("](", "] (")
