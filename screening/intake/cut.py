"""Large delimited text cut into slices of whole records, without reading the records."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from screening.intake.delimited import Delimited, Slice, broken_record, is_one_line
from screening.intake.text import Source

# Text in which no byte of a longer character is a quote, a delimiter or a line break, so that it can be cut as bytes.
_PLAIN = ("utf-8", "ascii", "latin", "iso8859", "cp125", "koi8")
_MARK = 3  # bytes of the byte order mark of UTF-8


class Cut(NamedTuple):
    """A slice of a file. records: in it, blank lines among them; lines where it cannot be read.

    problem: why it cannot be read, "" when it can.
    """

    slice: Slice
    records: int
    problem: str = ""


class Cuts(NamedTuple):
    """head: bytes up to the end of the header. cuts: all that follows, in order, without a gap."""

    head: int
    cuts: tuple[Cut, ...]


def cut(source: Source, reader: Delimited, size: int) -> Cuts | None:
    """Cut a file into slices of about size bytes each.

    None where it cannot be cut without reading all of it as text: an encoding whose characters hold bytes of others,
    or lines that end with a carriage return alone. The slices are those that reading the whole would find, because a
    block with a quote in it goes through the same csv reader; one without cannot hold a line break in a cell.
    """
    codec = str(reader.encoding)
    if not codec.startswith(_PLAIN):
        return None
    with source.open() as stream:
        lines = _Lines(stream, _MARK if codec == "utf-8-sig" else 0)
        head = _head(lines, reader)
        if lines.lone_return:
            return None
        found: list[Cut] = []
        while True:
            start, first = lines.position, lines.number + 1
            block = stream.read(size)
            block += stream.readline()
            if not block:
                return Cuts(head, tuple(found))
            if block.count(b"\r") != block.count(b"\r\n"):
                return None
            if b'"' not in block:
                breaks = block.count(b"\n")
                lines.position += len(block)
                lines.number += breaks
                records = breaks + (not block.endswith(b"\n"))
                found.append(Cut(Slice(start, lines.position, first), records))
                continue
            stream.seek(start)
            cuts = list(_careful(lines, reader, source.shown, start + len(block)))
            if lines.lone_return:
                return None
            found += cuts


class _Lines:
    """Lines of a stream as text of one character a byte. position: bytes read. number: lines read."""

    def __init__(self, stream: BinaryIO, position: int) -> None:
        self._stream = stream
        self.position, self.number = position, 0
        self.lone_return = False
        stream.seek(position)

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline():
            self.position += len(line)
            self.number += 1
            if b"\r" in line and line.count(b"\r") != line.count(b"\r\n"):
                self.lone_return = True
            yield line.decode("latin-1")

    def rest(self) -> int:
        """Read to the end; how many lines that were."""
        before = self.number
        for _ in self:
            pass
        return self.number - before


def _head(lines: _Lines, reader: Delimited) -> int:
    """The bytes up to the end of the header: lines that are skipped, blank ones, and the first record."""
    text = iter(lines)
    for _ in range(reader.skip):
        next(text, "")
    records = csv.reader(text, delimiter=reader.separator, strict=True)
    while True:
        try:
            record = next(records, None)
        except csv.Error:  # of its own line, or the reader would not have found a header
            return lines.position
        if record is None or any(record):
            return lines.position


def _careful(lines: _Lines, reader: Delimited, shown: str, until: int) -> Iterator[Cut]:
    """The slice that reaches up to a byte, or to the end of the record that goes past it; and what is broken behind it."""
    records = csv.reader(iter(lines), delimiter=reader.separator, strict=True)
    begin, first = lines.position, lines.number + 1
    count = 0
    while lines.position < until:
        start, row = lines.position, lines.number + 1
        try:
            if next(records, None) is None:
                break
        except csv.Error as problem:
            end = lines.number
            if not is_one_line(row, end, str(problem)):
                if count:
                    yield Cut(Slice(begin, start, first), count)
                message = broken_record(shown, row, end, str(problem)).message
                lost = end - row + 1 + lines.rest()
                yield Cut(Slice(start, lines.position, row), lost, message)
                return
        count += 1
    yield Cut(Slice(begin, lines.position, first), count)
