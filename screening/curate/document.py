"""A document as text: paragraphs and sentences with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from screening.model import Record


class Paragraph(Record, frozen=True, kw_only=True):
    """A non-empty line of the text.

    number: counted from 1. start, end: 0-based code points of the text, end exclusive. page: counted from 1,
    None where the document has no pages.
    """

    number: int
    start: int
    end: int
    page: int | None = None


class Document(Record, frozen=True, kw_only=True):
    """A document that was read.

    name: the file's name without its folder. sha256: of the file's bytes. text: for plain text the file
    itself, else what was extracted. scanned: pages without a text layer. notes: what a reviewer must know of
    the reading.
    """

    name: str
    format: str
    sha256: str
    text: str
    paragraphs: tuple[Paragraph, ...]
    title: str = ""
    pages: int | None = None
    scanned: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


class Sentence(Record, frozen=True, kw_only=True):
    """A sentence of a paragraph. start, end: as of a paragraph."""

    paragraph: Paragraph
    start: int
    end: int


class Extracted(Record, frozen=True, kw_only=True):
    """What a reader of a format makes of a file.

    page_starts: for each page the offset of its first character; () where there are no pages.
    """

    text: str
    title: str = ""
    page_starts: tuple[int, ...] = ()
    scanned: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def paragraphs(text: str, page_starts: tuple[int, ...] = ()) -> tuple[Paragraph, ...]:
    """The non-empty lines of a text (the rule of source records: a line ends at a line feed alone)."""
    found: list[Paragraph] = []
    page = 0
    for match in re.finditer(r"[^\n]+", text):
        if not match[0].strip():
            continue
        while page < len(page_starts) and page_starts[page] <= match.start():
            page += 1
        found.append(
            Paragraph(number=len(found) + 1, start=match.start(), end=match.end(), page=page or None)
        )
    return tuple(found)


# A full stop after these ends no sentence. Single capitals (initials, "U.S.") are told by their form.
_ABBREVIATIONS = frozenset(
    [
        "co", "ltd", "inc", "corp", "mr", "mrs", "ms", "dr", "prof", "gen", "col", "lt", "maj", "capt",
        "sgt", "sen", "rep", "gov", "st", "jr", "sr", "no", "nos", "vs", "v", "art", "para", "sec",
        "fig", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
        "approx", "est", "dept", "univ", "assn", "bros", "mfg", "intl", "ave", "blvd", "rd", "bldg",
        "rm", "vol", "pp", "cf", "al", "e.g", "i.e", "a.k.a", "f.k.a", "d.b.a", "cir", "supp", "ed",
        "bv", "nv", "sa", "pte", "pvt", "pty", "fed", "reg", "u.s.c", "cfr", "т.е", "т.д", "т.п", "г",
        "ул", "д", "им", "стр", "гг", "тыс", "млн", "млрд", "руб", "см", "ст", "п", "рис", "пр", "обл",
        "корп", "оф", "кв",
    ]
)  # fmt: skip
_LATIN_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|;(?=\s*$)")
_HAN_END = re.compile(r"[。！？；]+[”’」』）》]*")
_LAST_WORD = re.compile(r"([^\s(\[“\"«]+)$")


def sentences(document_text: str, found: tuple[Paragraph, ...]) -> Iterator[Sentence]:
    """The sentences of paragraphs, without the blanks around them."""
    for paragraph in found:
        start = paragraph.start
        line = document_text[paragraph.start : paragraph.end]
        for at in _ends(line):
            yield from _trimmed(document_text, paragraph, start, paragraph.start + at)
            start = paragraph.start + at
        yield from _trimmed(document_text, paragraph, start, paragraph.end)


def _ends(line: str) -> list[int]:
    ends = [match.end() for match in _HAN_END.finditer(line)]
    for match in _LATIN_END.finditer(line):
        if match[0].startswith(".") and not match[0].startswith("..") and _abbreviated(line, match):
            continue
        ends.append(match.end())
    return sorted(ends)


def _abbreviated(line: str, match: re.Match[str]) -> bool:
    """Whether the full stop belongs to an abbreviation that ends no sentence."""
    before = _LAST_WORD.search(line, max(0, match.start() - 40), match.start())
    after = line[match.end() :].lstrip()
    if before is None or not after:
        return False
    if re.search(r"\b(?:Annex|Part|Title|Schedule|Section|Appendix) [IVXA-Z]$", line[: match.start()]):
        return False
    if after[0].islower() or after[0] in ",;:":
        return True
    word = before[1].casefold().strip("“”\"'()")
    if word in ("co", "ltd", "inc", "corp", "sa", "bv", "nv", "u.s", "e.u", "u.k", "u.n"):
        # "... Trading Co. The company" ends a sentence, "... Co. Ltd." and "U.S. Treasury" do not.
        return (
            re.match(r"(?:The|It|Its|He|She|They|In|On|This|That|But|According|Its|A|An|We|As)\b", after)
            is None
        )
    return word in _ABBREVIATIONS or re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", word) is not None


def _trimmed(text: str, paragraph: Paragraph, start: int, end: int) -> Iterator[Sentence]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Sentence(paragraph=paragraph, start=start, end=end)
