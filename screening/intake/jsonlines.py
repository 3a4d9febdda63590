"""JSON lines: one object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from screening.errors import InputError
from screening.intake.columns import clipped
from screening.intake.reader import Chunk, Reader, Tally, chunk_of
from screening.intake.text import Source, text_stream

_MANY_KEYS = 10_000
"""Distinct keys of a file. A file with more uses keys as values."""


# An object is read as a tuple of its pairs, so that a repeated key is seen; a list stays a list.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # as escaped in JSON; two of them in order are a character
_LONE = re.compile("[\ud800-\udfff]")
_DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=str)


class JsonLines(Reader):
    """A file of JSON objects, one a line. The columns are the keys of all objects, in order of appearance.

    Numbers keep their literal text, null is empty, lists are joined by "; ". A line that is no JSON object becomes a
    row that cannot be screened.
    """

    format = "jsonl"

    def __init__(self, source: Source, codec: str) -> None:
        self._source, self._codec = source, codec
        self.encoding = codec
        found: dict[str, int] = {}
        lists: set[str] = set()
        nested: set[str] = set()
        objects, first_problem = 0, ""
        for row, line in self._lines():
            pairs, problem = _object(line)
            first_problem = first_problem or (f"line {row}: {problem}" if problem else "")
            objects += not problem
            for name, value in pairs:
                found.setdefault(name, len(found))
                if isinstance(value, list):
                    lists.add(name)
                if _holds_object(value):
                    nested.add(name)
            if len(found) > _MANY_KEYS:
                raise InputError(
                    f"{source.shown} has more than {_MANY_KEYS:,} different keys.", "It is no table."
                )
        if not objects:
            if source.head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"["):
                raise InputError(
                    f"{source.shown} is one JSON array, not JSON lines.",
                    "Write one object a line: jq -c '.[]' FILE.",
                )
            raise InputError(
                f"{source.shown} holds no JSON object ({first_problem or 'only blank lines'}).",
                "One object a line.",
            )
        self._index = found
        self.header = tuple(name.strip() for name in found)
        self.lists = frozenset(found[name] for name in lists)
        self.objects = frozenset(found[name] for name in nested)

    def chunks(self, size: int, tally: Tally) -> Iterator[Chunk]:
        width = len(self.header)
        rows: list[int] = []
        cells: list[list[str]] = []
        problems: dict[int, str] = {}
        for row, line in self._lines(tally):
            pairs, problem = _object(line)
            record = [""] * width
            for name, value in pairs:
                record[self._index[name]] = value if isinstance(value, str) else _text(value)
            if problem:
                problems[len(rows)] = problem
            rows.append(row)
            cells.append(record)
            if len(rows) == size:
                yield chunk_of(rows, cells, width, problems)
                rows, cells, problems = [], [], {}
        if rows:
            yield chunk_of(rows, cells, width, problems)
        self._source.check_unchanged()

    def _lines(self, tally: Tally | None = None) -> Iterator[tuple[int, str]]:
        with text_stream(self._source, self._codec) as stream:
            for row, line in enumerate(stream, 1):
                if line.strip():
                    yield row, line
                elif tally is not None:
                    tally.blank(row)


def _object(line: str) -> tuple[tuple[tuple[str, object], ...], str]:
    """The pairs of the object on a line, and why it cannot be screened ("" when it can)."""
    try:
        pairs = _DECODER.decode(line)
    except json.JSONDecodeError as problem:
        return (), f"no valid JSON: {problem.msg} at character {problem.pos + 1}"
    except RecursionError:
        return (), "the JSON is nested too deeply"
    if not isinstance(pairs, tuple):
        return (), "no JSON object"
    if _SURROGATE.search(line) and (half := _LONE.search(_text(pairs))):
        return (), f"\\u{ord(half[0]):04x} is half of a pair and no character"
    if len(dict(pairs)) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        return pairs, f'the key "{clipped(twice)}" stands more than once'
    return pairs, ""


def _holds_object(value: object) -> bool:
    return isinstance(value, tuple) or (isinstance(value, list) and any(map(_holds_object, value)))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(part for part in map(_text, value) if part)
    if isinstance(value, tuple):
        return "; ".join(f"{name}: {_text(part)}" for name, part in value)
    return str(value)
