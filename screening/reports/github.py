"""Annotations for GitHub Actions: workflow commands on standard output, shown beside the lines of the file.

Source: GitHub Docs, "Workflow commands for GitHub Actions", and the escaping in actions/toolkit, command.ts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from screening.model import Hit, Run, Status
from screening.reports.text import SEPARATOR, clip, explanation_line, score_text, summary_line, visible

COMMANDS = {"match": "error", "review": "warning"}
NAME_LIMIT = 200
MESSAGE_LIMIT = 1000


def render(run: Run) -> bytes:
    """One command a line: an error for a match, a warning for a review, a notice for an unscreened row.

    Cleared hits, and those set aside by their list, are not annotated each: a notice says how many they are. It and the
    notice with the counts of the run go before the other notices, because GitHub shows the first ten annotations of
    each level of a step and drops the rest.
    """
    path = run.manifest.input.path
    lines = [_hit_line(hit, path) for hit in run.hits if hit.status in COMMANDS]
    lines.append(_command("notice", {"title": "Screening"}, summary_line(run.manifest.counts)))
    lines += _not_annotated(run.hits)
    for outcome in run.outcomes:
        if outcome.status == "unscreened":
            party = outcome.counterparty
            name = clip(SEPARATOR.join(party.names), NAME_LIMIT)
            message = f"{name}: {outcome.reason}" if name else outcome.reason
            place = {"file": party.file or path, "line": str(party.row), "title": "Row not screened"}
            lines.append(_command("notice", place, message))
    return ("\n".join(lines) + "\n").encode()


def _not_annotated(hits: Sequence[Hit]) -> Iterator[str]:
    """One notice for all hits without an annotation of their own; none where there are no such hits."""
    found = Counter(hit.status for hit in hits)
    said: dict[Status, str] = {
        "cleared": "cleared by a recorded decision",
        "clear": "set aside, because the list records the name as another party's",
    }
    parts = [
        f"{found[status]} hit{'' if found[status] == 1 else 's'} {words}"
        for status, words in said.items()
        if found[status]
    ]
    if parts:
        message = f"Not annotated: {SEPARATOR.join(parts)}. The other reports show each."
        yield _command("notice", {"title": "Screening"}, message)


def _hit_line(hit: Hit, path: str) -> str:
    party = hit.counterparty
    place = {"file": party.file or path, "line": str(party.row)}
    if hit.name in party.names and len(party.name_columns) == len(party.names):
        place["col"] = str(party.name_columns[party.names.index(hit.name)])
    place["title"] = f"{hit.status.capitalize()} {score_text(hit.score)}: {clip(hit.name, NAME_LIMIT)}"
    lapsed = (
        f" An earlier decision does not apply: {clip(hit.decision_note, NAME_LIMIT)}."
        if hit.decision_note
        else ""
    )
    message = (
        f"{clip(hit.name, NAME_LIMIT)} against {clip(hit.matched_name.value, NAME_LIMIT)} "
        f"({hit.entity.id}, {hit.list.title}, {hit.list.kind}): {explanation_line(hit.explanation)}"
    )
    return _command(COMMANDS[hit.status], place, clip(message, MESSAGE_LIMIT) + lapsed)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    values = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {values}::{_data(message)}"


def _data(text: str) -> str:
    # visible() leaves no line break, so that no text can start a command of its own.
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
