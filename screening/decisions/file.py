"""Decisions files: YAML (a list of entries) or CSV (one row an entry), read strictly and only ever appended to.

The YAML that the HTML report downloads has the same shape, without `id` and `decided_on`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from screening.decisions.record import (
    DISPOSITIONS,
    FINGERPRINT_LENGTH,
    Disposition,
    Recorded,
    with_id,
)
from screening.errors import DecisionError
from screening.lists import strict_yaml
from screening.locked import locked
from screening.model import FileInfo

KEYS = (
    "id",
    "hit",
    "counterparty_id",
    "counterparty_name",
    "list_id",
    "entity_id",
    "entity_name",
    "name",
    "disposition",
    "reason",
    "by",
    "decided_on",
    "until",
    "supersedes",
    "run_id",
    "fingerprint",
)
ENDINGS = (".yml", ".yaml", ".csv")
MAX_BYTES = 64 << 20  # some 100,000 decisions
_PAIR = ("hit", "list_id", "entity_id", "fingerprint")
_FINGERPRINT = re.compile(rf"(?=.{{{FINGERPRINT_LENGTH}}}$)[0-9a-f]{{32}}-[0-9a-f]+")
# What YAML calls not printable, invisible and bidirectional controls: written as escapes, so that a reviewer sees them.
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
_ONLY_COMMENTS = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:[ \t]*#[^\n]*)?")
_FORMULA = re.compile(r"'?[\s]*[=+\-@＝＋－＠]")


class Cells(NamedTuple):
    """The texts of one entry by key (keys without a text left out), and where it stands."""

    texts: dict[str, str]
    where: str


class Decisions(NamedTuple):
    """Decisions read from files: the entries in order, and each file with its hash."""

    entries: tuple[Recorded, ...] = ()
    files: tuple[FileInfo, ...] = ()


def read_files(paths: Sequence[str | Path]) -> Decisions:
    """Everything in decisions files.

    Raises DecisionError when a file cannot be read or an entry is wrong; all problems of a file are listed.
    """
    entries: list[Recorded] = []
    files: list[FileInfo] = []
    for path in map(Path, paths):
        content = read_bytes(path)
        entries += parse(content, path)
        files.append(FileInfo(path=str(path), sha256=hashlib.sha256(content).hexdigest()))
    return Decisions(tuple(entries), tuple(files))


def parse(content: bytes, path: Path) -> tuple[Recorded, ...]:
    """The entries of a file's bytes. Raises as `read_files` does."""
    problems: list[str] = []
    found: list[Recorded] = []
    for cells in read_cells(content, path):
        said = list(mistakes(cells.texts))
        if said:
            problems += [f"{cells.where}: {text}" for text in said]
        else:
            found.append(entry_of(cells))
    if problems:
        raise DecisionError(
            f"{path} has {len(problems)} problem{'' if len(problems) == 1 else 's'}:\n"
            + "\n".join(problems)
            + "\n",
            "Correct the file; `screening decide` writes entries as they must be.",
        )
    return tuple(found)


def append(path: Path, entries: Sequence[Recorded]) -> bytes:
    """Add entries at the end of a decisions file, in one write; what is there is not touched. Creates the file.
    Returns the bytes that were added.

    Raises DecisionError when the file cannot be read or would not be valid with them, OutputError when it cannot
    be written.
    """
    check_ending(path)
    with locked(path) as file:
        return append_to(file, path, entries)


def append_to(file: BinaryIO, path: Path, entries: Sequence[Recorded]) -> bytes:
    """As `append`, for a file that is held already (see `screening.locked`). path: for messages and for its ending."""
    before = content_of(file, path)
    old = parse(before, path) if before.strip() else ()
    added = _csv(entries, before) if path.suffix.lower() == ".csv" else _yaml(entries)
    if before and not before.endswith(b"\n"):
        added = b"\n" + added
    after = parse(before + added, path)
    if [texts_of(entry) for entry in after] != [texts_of(entry) for entry in (*old, *entries)]:
        raise DecisionError(
            f"{path} is laid out so that nothing can be added at its end.",
            "Begin each entry with `- ` at the start of a line, or name another file.",
        )
    file.write(added)
    return added


def take_back(path: Path, added: bytes) -> None:
    """Remove from the end of a decisions file what `append` has just added; what stands before it is not touched.

    Raises DecisionError when the file does not end so any more, OutputError when it cannot be written.
    """
    with locked(path) as file:
        content = content_of(file, path)
        if not content.endswith(added):
            raise DecisionError(
                f"{path} has been changed since, so that nothing was taken back.",
                "Remove the decision from the file, or record another one that replaces it.",
            )
        file.truncate(len(content) - len(added))


def check_ending(path: Path) -> None:
    """Raises DecisionError for a file that is neither YAML nor CSV by its ending."""
    if path.suffix.lower() not in ENDINGS:
        raise DecisionError(
            f"{path} is no decisions file.", f"Its ending must be one of {', '.join(ENDINGS)}."
        )


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises DecisionError."""
    try:
        with path.open("rb") as file:
            return content_of(file, path)
    except OSError as error:
        raise DecisionError(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path."
        ) from error


def content_of(file: BinaryIO, path: Path) -> bytes:
    """The bytes of an open file from its beginning. Raises DecisionError where there are too many, else OSError."""
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DecisionError(f"{path} is larger than {MAX_BYTES >> 20} MB.", "Split it and name each part.")
    return content


def read_cells(content: bytes, path: Path) -> list[Cells]:
    """The entries of a file as texts, not yet checked. Raises DecisionError when it cannot be read as a whole."""
    check_ending(path)
    is_csv = path.suffix.lower() == ".csv"
    if not content.strip() or (not is_csv and _ONLY_COMMENTS.fullmatch(content)):
        return []  # no decision, so nothing is cleared
    return _csv_cells(content, path) if is_csv else _yaml_cells(content, path)


def _yaml_cells(content: bytes, path: Path) -> list[Cells]:
    reader = strict_yaml.Reader(file=str(path))
    root = strict_yaml.parse(content, reader)
    found: list[Cells] = []
    if root is not None and root.kind != "sequence":
        reader.problem(root, "", "a list of decisions", strict_yaml.describe(root))
        root = None
    for index, item in enumerate(root.items if root else ()):
        if item.kind != "mapping":
            reader.problem(item, f"[{index}]", "a decision", strict_yaml.describe(item))
            continue
        texts: dict[str, str] = {}
        for key, (place, value) in item.pairs.items():
            if key not in KEYS:
                known = f"one of {', '.join(KEYS)}"
                reader.problem(
                    place, f"[{index}]", known, f"the unknown key {strict_yaml.nearest(key, KEYS)}"
                )
            elif value.kind != "scalar":
                reader.problem(value, f"[{index}].{key}", "text", strict_yaml.describe(value))
            elif value.text:
                texts[key] = value.text
        found.append(Cells(texts, f"{path}:{item.line}"))
    if reader.problems:
        said = "\n".join(str(problem) for problem in reader.problems)
        raise DecisionError(f"{path} is no valid decisions file:\n{said}\n", "Correct the file.")
    return found


def _csv_cells(content: bytes, path: Path) -> list[Cells]:
    advice = "Save it as CSV in UTF-8 with commas and the header that `screening decide` writes."
    try:
        text = content.decode("utf-8-sig")
        table = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(table)
        found: list[Cells] = []
        wrong = [key for key in header if key not in KEYS] or [k for k in header if header.count(k) > 1]
        if wrong:
            raise DecisionError(
                f"{path}:1: the column {strict_yaml.nearest(wrong[0], KEYS)} is wrong.", advice
            )
        line = table.line_num
        for row in table:
            where = f"{path}:{line + 1}"
            line = table.line_num
            if len(row) > len(header):
                raise DecisionError(f"{where}: {len(row)} cells under {len(header)} columns.", advice)
            if any(row):
                pairs = zip(header, row, strict=False)
                found.append(Cells({key: unneutral(cell) for key, cell in pairs if cell}, where))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DecisionError(f"{path} cannot be read as CSV: {error}.", advice) from error
    return found


def mistakes(texts: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with an entry, one sentence each."""
    for key in ("disposition", "reason", "by", "decided_on"):
        if not texts.get(key, "").strip() and not (key == "disposition" and "name" in texts):
            yield f"`{key}` is missing"
    disposition = texts.get("disposition", "false-positive")
    if disposition not in DISPOSITIONS:
        yield f"`disposition` must be one of {', '.join(DISPOSITIONS)}, found {strict_yaml.quote(disposition)}"
    if "name" in texts:
        both = [key for key in KEYS[1:7] if key in texts]
        if both:
            yield f"`name` excludes a whole name and cannot stand with {', '.join(f'`{key}`' for key in both)}"
        if disposition == "true-match":
            yield "a whole name can only be a false-positive"
        if not texts["name"].strip():
            yield "`name` is blank"
    else:
        for key in _PAIR:
            if key not in texts:
                yield f"`{key}` is missing"
        if "counterparty_id" not in texts and "counterparty_name" not in texts:
            yield "`counterparty_id` and `counterparty_name` are both missing"
        if "fingerprint" in texts and not _FINGERPRINT.match(texts["fingerprint"]):
            yield "`fingerprint` is not one"
    yield from date_problems(texts)
    for key, text in texts.items():
        if any("\ud800" <= character <= "\udfff" for character in text):
            yield f"`{key}` holds half a character (a lone surrogate)"


def date_problems(texts: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with `decided_on` and `until`, one sentence each."""
    days: dict[str, date] = {}
    for key in ("decided_on", "until"):
        text = texts.get(key, "")
        try:
            if text:
                days[key] = date.fromisoformat(text)
        except ValueError:
            pass
        if text and (key not in days or days[key].isoformat() != text):
            yield f"`{key}` must be a date like 2027-06-30, found {strict_yaml.quote(text)}"
    if len(days) == 2 and days["until"] < days["decided_on"]:
        yield f"`until` ({days['until']}) lies before `decided_on` ({days['decided_on']})"


def entry_of(cells: Cells) -> Recorded:
    texts = dict(cells.texts)
    supersedes = tuple(texts.pop("supersedes", "").replace(",", " ").split())
    given = texts.pop("id", "")
    disposition = cast(Disposition, texts.pop("disposition", "false-positive"))
    entry = Recorded(id=given, disposition=disposition, supersedes=supersedes, **texts)
    entry = entry if given else with_id(entry)
    return _at(entry, cells.where)


def _at(entry: Recorded, where: str) -> Recorded:
    import msgspec

    return msgspec.structs.replace(entry, where=where)


def texts_of(entry: Recorded) -> dict[str, str]:
    """An entry as texts by key, in the order of KEYS, empty ones left out."""
    values = {key: getattr(entry, key) for key in KEYS}
    values["supersedes"] = ", ".join(entry.supersedes)
    if entry.name:
        values["disposition"] = ""  # an excluded name can only be a false positive
    return {key: value for key, value in values.items() if value}


def _yaml(entries: Sequence[Recorded]) -> bytes:
    lines: list[str] = []
    for entry in entries:
        for place, (key, value) in enumerate(texts_of(entry).items()):
            lines.append(f"{'  ' if place else '- '}{key}: {quoted(value)}\n")
    return "".join(lines).encode()


def quoted(text: str) -> str:
    """The text as a YAML double-quoted scalar on one line (a JSON string is one, hidden characters apart)."""
    return _HIDDEN.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _csv(entries: Sequence[Recorded], before: bytes) -> bytes:
    """Rows in the order of the columns that the file has; with a header where it has none."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    header = next(csv.reader(io.StringIO(before.decode("utf-8-sig"), newline="")), None)
    if header is None:
        writer.writerow(KEYS)
    for entry in entries:
        texts = texts_of(entry)
        writer.writerow([_neutral(texts.get(key, "")) for key in header or KEYS])
    return buffer.getvalue().encode()


def _neutral(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe before it."""
    return "'" + cell if _FORMULA.match(cell) else cell


def unneutral(cell: str) -> str:
    """The cell without the apostrophe that was set before a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
