"""Decisions that a reviewer filled into a report: the CSV or XLSX report, or the file the HTML report downloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from screening.decisions import file
from screening.decisions.record import DISPOSITIONS, Recorded, with_id
from screening.errors import DecisionError
from screening.intake.reader import Reader, Tally
from screening.lists.strict_yaml import quote

# Column of a report -> key of a decision.
_COLUMNS = {
    "hit_id": "hit",
    "counterparty_id": "counterparty_id",
    "counterparty_name": "counterparty_name",
    "list_id": "list_id",
    "entity_id": "entity_id",
    "entity_name": "entity_name",
    "decision": "disposition",
    "decision_reason": "reason",
    "decision_by": "by",
    "decision_until": "until",
    "run_id": "run_id",
    "fingerprint": "fingerprint",
}
_ROWS = 10_000


def read_filled(path: Path, defaults: Mapping[str, str]) -> tuple[Recorded, ...]:
    """The decisions in a filled report, in its order; rows without a disposition are left out.

    defaults: texts for keys that a row leaves empty (by, reason, until, decided_on). Raises DecisionError when the
    file cannot be read or a row is wrong: all problems are listed; InputError for a damaged table.
    """
    cells = list(_cells(path))
    problems: list[str] = []
    found: list[Recorded] = []
    for texts, where in cells:
        entry = {**{key: text for key, text in defaults.items() if text}, **texts}
        said = list(file.mistakes(entry))
        problems += [f"{where}: {text}" for text in said]
        if not said:
            found.append(file.entry_of(file.Cells(entry, where)))
    if problems:
        raise DecisionError(
            f"{path} has {len(problems)} problem{'' if len(problems) == 1 else 's'}:\n"
            + "\n".join(problems)
            + "\n",
            "Correct the file and read it again; nothing was recorded.",
        )
    return tuple(with_id(entry) for entry in found)


def _cells(path: Path) -> Iterator[file.Cells]:
    if path.suffix.lower() in (".yml", ".yaml"):
        yield from file.read_cells(file.read_bytes(path), path)
        return
    reader = _table(path)
    header = [cell.strip() for cell in reader.header]
    missing = [column for column in _COLUMNS if column not in header]
    if missing:
        raise DecisionError(
            f"{path} is no report of this program: it has no column {', '.join(missing)}.",
            "Give the CSV or XLSX report of a run with all its columns, or the file that the HTML report downloads.",
        )
    places = {key: header.index(column) for column, key in _COLUMNS.items()}
    for chunk in reader.chunks(_ROWS, Tally()):
        for index, row in enumerate(chunk.rows):
            where = f"{path}: row {row}"
            if index in chunk.problems:
                raise DecisionError(f"{where}: {chunk.problems[index]}.", "Correct the file.")
            texts = {
                key: file.unneutral(chunk.columns[place][index].strip()) for key, place in places.items()
            }
            if texts["disposition"]:
                yield file.Cells(_known(texts), where)


def _known(texts: dict[str, str]) -> dict[str, str]:
    """The texts that are there; a date that a spreadsheet made a time of is a date again."""
    until = texts["until"]
    for midnight in ("T00:00:00", " 00:00:00"):
        until = until.removesuffix(midnight)
    return {key: text for key, text in (texts | {"until": until}).items() if text}


def _table(path: Path) -> Reader:
    from screening.intake.delimited import Delimited
    from screening.intake.text import Source, encoding_of
    from screening.intake.xlsx import Workbook

    ending = path.suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise DecisionError(
            f"{path} is not a report that decisions can be read from: {quote(ending)}.",
            f"Give a CSV or XLSX report, or a decisions file in YAML (dispositions: {', '.join(DISPOSITIONS)}).",
        )
    source = Source(path)
    return Workbook(source, "Hits") if ending == ".xlsx" else Delimited(source, encoding_of(source, None))
