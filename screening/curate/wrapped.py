"""Text whose lines were broken at a margin: the lines of a paragraph joined for reading, with the way back.

Plain text and Markdown are read as they stand, so that offsets count in the file. A sentence that goes on in the next
line is one sentence all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from screening.curate.document import Document, Paragraph

_FORMATS = ("plain text", "Markdown")  # the readers of other formats give paragraphs
_NARROW, _WIDE = (
    40,
    100,
)  # columns of a margin: mail is broken at 72, typewritten text and terminals below 100
_SLACK = 8  # columns by which a line may fall short of the margin: `fmt` and people break a little before it
_MARK = re.compile(
    r"(?:[•▪●◦*+–—-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\([ivx]{1,5}\)|[#>|]|[（(]?[一二三四五六七八九十]{1,3}[、）)])\s"
)
_ENDS = re.compile(r"[;:；：]$|[.!?。！？…][\"'”’»)\]」』]*$")


class Flow(NamedTuple):
    """A document with its lines joined. places: for each character of the joined text its offset in the file's."""

    document: Document
    places: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A part of the joined text as a part of the file's: 0-based code points, end exclusive."""
        return self.places[start], self.places[end - 1] + 1


def flowed(document: Document) -> Flow:
    """A document as it is to be read. One that is not broken at a margin stays as it is."""
    lines = document.paragraphs
    goes_on = _goes_on(document) if document.format in _FORMATS else []
    if not any(goes_on):
        return Flow(document, range(len(document.text)))
    text = document.text
    pieces: list[str] = []
    places: list[int] = []
    joined: list[Paragraph] = []
    for index, line in enumerate(lines):
        begins, ends = index == 0 or not goes_on[index - 1], index == len(goes_on) or not goes_on[index]
        start, end = _bare(text, line)
        start, end = line.start if begins else start, line.end if ends else end
        if places:
            before = text[places[-1]]
            gap = "\n" if begins else "" if before == "-" or _unspaced(before, text[start]) else " "
            pieces.append(gap)
            places += [places[-1] + 1] * len(gap)
        if begins:
            joined.append(replace(line, start=len(places)))
        pieces.append(text[start:end])
        places += range(start, end)
        joined[-1] = replace(joined[-1], end=len(places))
    return Flow(replace(document, text="".join(pieces), paragraphs=tuple(joined)), places)


def _bare(text: str, line: Paragraph) -> tuple[int, int]:
    """A line without the blanks around it."""
    words = text[line.start : line.end]
    start = line.start + len(words) - len(words.lstrip())
    return start, start + len(words.strip())


def _goes_on(document: Document) -> list[bool]:
    """For each line but the last whether the next goes on with it."""
    text, lines = document.text, document.paragraphs
    bare = [text[a:b] for a, b in (_bare(text, line) for line in lines)]
    beside = [b.start - a.end == 1 for a, b in pairwise(lines)]
    widths = [_columns(line) for line in bare]
    margin = max(
        (w for w, b, line in zip(widths, beside, bare, strict=False) if b and " " in line), default=0
    )
    margin = margin or max((w for w, b in zip(widths, beside, strict=False) if b), default=0)
    if not _NARROW <= margin <= _WIDE:
        return [False] * len(beside)
    full = [
        b and widths[i] + _columns(_first_word(bare[i + 1])) + 1 > margin - _SLACK
        for i, b in enumerate(beside)
    ]
    found = []
    for index, is_full in enumerate(full):
        here, following = bare[index], bare[index + 1]
        found.append(
            is_full
            and not _new_paragraph(text, lines[index], lines[index + 1])
            and (_in_mid_sentence(here, following) or _usual(beside, full, index))
        )
    return found


def _new_paragraph(text: str, line: Paragraph, following: Paragraph) -> bool:
    """Whether the next line is an entry of a list, is set in as a first line is, or one of both is a heading."""
    (start, end), (next_start, next_end) = _bare(text, line), _bare(text, following)
    here, after = text[start:end], text[next_start:next_end]
    set_in = next_start - following.start > start - line.start
    return bool(
        _MARK.match(after)
        or here.startswith("#")
        or here.endswith((";", "；", ":", "："))
        or here.isupper() != after.isupper()
        or (set_in and not _MARK.match(here))
    )


def _in_mid_sentence(here: str, following: str) -> bool:
    """Whether no sentence can end between two lines: prose, not an entry of a list, without a stop at its end."""
    if _ENDS.search(here):
        return False
    words = here.split()
    prose = sum(word[0].islower() for word in words) * 2 >= len(words)
    return prose or following[0].islower() or _unspaced(here[-1], following[0])


def _usual(beside: Sequence[bool], full: Sequence[bool], index: int) -> bool:
    """Whether the lines of a block mostly reach the margin, so that this one ends there and no sooner."""
    first = last = index
    while first and beside[first - 1]:
        first -= 1
    while last + 1 < len(beside) and beside[last + 1]:
        last += 1
    block = full[first : last + 1]
    return sum(full) > 2 and sum(block) * 3 >= len(block) * 2


def _first_word(line: str) -> str:
    return line[:1] if _wide(line[:1]) else line.split(maxsplit=1)[0]


def _unspaced(before: str, after: str) -> bool:
    """Whether two characters are written without a blank between them."""
    return _wide(before) and _wide(after)


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def _columns(line: str) -> int:
    return len(line) if line.isascii() else sum(1 + _wide(c) for c in line)
