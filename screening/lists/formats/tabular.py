"""Delimited text, read strictly: a list that is cut off or damaged is refused, not shortened."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from screening.errors import ListError

END_MARK = "\x1a"


def load(path: Path) -> str:
    """The text of a file: UTF-8, else Windows-1252, else Latin-1; without byte order mark and end mark.

    Raises ListError when the file cannot be read or is empty.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ListError(f"{path.name} cannot be read: {error.strerror}.") from error
    text = decode(data)
    if not text.strip():
        raise ListError(f"{path.name} is empty.", "Download the list again.")
    return text


def decode(data: bytes) -> str:
    """Bytes of a list to text; UTF-16 only with its byte order mark. The end mark 0x1A is removed."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16", "latin-1") if marked else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    return text.rstrip("\x00").rstrip(END_MARK)


def truncated(path: Path, what: str) -> ListError:
    return ListError(f"{path.name} is cut off: {what}.", "Download the list again and compare its size.")


def rows(path: Path, text: str | Iterable[str], delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """(line number of the record's first line, fields) of every record that is not blank.

    Raises ListError for quotes that do not balance and for a field beyond 10 MB.
    """
    csv.field_size_limit(min(10_000_000, sys.maxsize))
    lines = io.StringIO(text, newline="") if isinstance(text, str) else text
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ListError(
                f"{path.name}, line {line}: {error}. The file is damaged or cut off.",
                "Download the list again.",
            ) from error
        if any(field.strip() for field in fields):
            yield line, fields
        line = reader.line_num + 1


def table(
    path: Path, text: str | Iterable[str], needed: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str] | str]]:
    """(where, row by header), or (where, reason) for a line of another width than the header.

    Raises ListError when a needed column is missing or a header stands twice.
    """
    lines = rows(path, text)
    header = next(lines, (1, []))[1]
    missing = [column for column in needed if column not in header]
    if missing or len(set(header)) < len(header):
        what = f"has no column {missing[0]}" if missing else "has two columns of the same name"
        raise ListError(
            f"{path.name} {what}. It is damaged or of another format.", "Download the list again."
        )
    for line, fields in lines:
        where = f"{path.name}, line {line}"
        if len(fields) == len(header):
            yield where, dict(zip(header, fields, strict=True))
        else:
            yield where, f"{len(fields)} fields where {len(header)} are expected"


def ends_with_line_end(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def stream(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, with their line ends, for files too large to hold.

    Raises ListError when the file is not UTF-8 or its last line has no line end.
    """
    line = "\n"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in file:
                yield line
    except UnicodeDecodeError as error:
        raise ListError(
            f"{path.name} is not UTF-8 ({error.reason}). It is damaged or another file."
        ) from error
    except OSError as error:
        raise ListError(f"{path.name} cannot be read: {error.strerror}.") from error
    if not ends_with_line_end(line):
        raise truncated(path, "the last line has no line end")
