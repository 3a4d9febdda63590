"""JSON read one object at a time, so that a large file is never held as objects all at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from screening.errors import ListError
from screening.lists.formats.tabular import stream, truncated

_BLANK = re.compile(r"[ \t\r\n]*")
Located = tuple[str, dict[str, object] | str]


def _broken(path: Path, text: str, position: int, what: str) -> ListError:
    line = text.count("\n", 0, position) + 1
    return ListError(
        f"{path.name}, line {line}: {what}. The file is damaged or cut off.", "Download the list again."
    )


def objects(path: Path, text: str, key: str) -> tuple[dict[str, object], Iterator[Located]]:
    """The objects of the array under a key of the outermost object, and that object's other plain members.

    The array's objects are (where, object), or (where, reason) for a member that is no object. The outer
    members are those before the array; those after it are checked for form only.
    Raises ListError when the text is not JSON to its very end.
    """
    decoder = json.JSONDecoder()
    head: dict[str, object] = {}
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        raise _broken(path, text, position, "an object { was expected")
    position = _skip(text, position + 1)
    while True:
        name, position = _value(path, text, decoder, position)
        position = _skip(text, position)
        if text[position : position + 1] != ":" or not isinstance(name, str):
            raise _broken(path, text, position, 'a "name": was expected')
        position = _skip(text, position + 1)
        if name == key and text[position : position + 1] == "[":
            return head, _members(path, text, decoder, position + 1)
        head[name], position = _value(path, text, decoder, position)
        position = _skip(text, position)
        if text[position : position + 1] != ",":
            raise _broken(path, text, position, f'"{key}": [ was expected')
        position = _skip(text, position + 1)


def lines(path: Path) -> Iterator[Located]:
    """JSON lines: (where, object) for each line that is not blank, or (where, reason) for one that is none.

    Raises ListError when the file is not UTF-8, is cut off, or its last line is not whole.
    """
    found: Located | None = None
    whole = True
    for number, line in enumerate(stream(path), start=1):
        if not line.strip():
            continue
        if found:
            yield found
        where = f"{path.name}, line {number}"
        try:
            value = json.loads(line)
            whole = True
        except (ValueError, RecursionError) as error:
            value, whole = f"the line is not JSON ({error})", False
        if isinstance(value, dict) or not whole:
            found = where, value
        else:
            found = where, "the line is not a JSON object"
    if found and not whole:
        raise truncated(path, "the last line is not whole")
    if found:
        yield found


def _skip(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    return found.end() if found else position


def _value(path: Path, text: str, decoder: json.JSONDecoder, position: int) -> tuple[object, int]:
    try:
        return decoder.raw_decode(text, position)
    except (ValueError, RecursionError) as error:
        raise _broken(path, text, position, f"not JSON ({error})") from error


def _members(path: Path, text: str, decoder: json.JSONDecoder, position: int) -> Iterator[Located]:
    number = 0
    position = _skip(text, position)
    while text[position : position + 1] != "]":
        value, position = _value(path, text, decoder, position)
        number += 1
        where = f"{path.name}, record {number}"
        yield where, value if isinstance(value, dict) else "the record is not a JSON object"
        position = _skip(text, position)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        elif text[position : position + 1] != "]":
            raise _broken(path, text, position, "a comma or ] was expected")
    _check_end(path, text, decoder, _skip(text, position + 1))


def _check_end(path: Path, text: str, decoder: json.JSONDecoder, position: int) -> None:
    """The rest of the outermost object after the array, to its closing brace and the end of the text."""
    while text[position : position + 1] == ",":
        name, position = _value(path, text, decoder, _skip(text, position + 1))
        position = _skip(text, position)
        if text[position : position + 1] != ":" or not isinstance(name, str):
            raise _broken(path, text, position, 'a "name": was expected')
        _, position = _value(path, text, decoder, _skip(text, position + 1))
        position = _skip(text, position)
    if text[position : position + 1] != "}" or text[position + 1 :].strip():
        raise _broken(path, text, position, "the closing brace and nothing more was expected")
