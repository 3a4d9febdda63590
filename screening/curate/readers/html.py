"""HTML: the text that a reader of the page sees. Nothing is run and nothing is fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from screening.curate.document import Extracted
from screening.curate.readers import MAX_CHARACTERS, text, too_long
from screening.errors import DocumentError

MAX_BYTES = 20 * 1024 * 1024

_UNREAD = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "math",
        "iframe",
        "object",
        "canvas",
        "select",
        "textarea",
    ]
)
# Elements without an end tag.
_EMPTY = frozenset(
    [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    ]
)  # fmt: skip
_BLOCKS = frozenset(
    [
        "address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
        "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr",
        "ul",
    ]
)  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,40})", re.IGNORECASE)


def read(data: bytes, shown: str) -> Extracted:
    """See `readers.read_document`. title: the page's title."""
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{shown} is larger than {MAX_BYTES // 2**20} MB.", "Save the article alone.")
    decoded, notes = _decode(data, shown)
    found = extract(decoded, shown)
    return Extracted(text=found.text, title=found.title, notes=(*notes, *found.notes))


def extract(markup: str, shown: str) -> Extracted:
    """The visible text of markup, one block a line."""
    page = _Page(shown)
    page.feed(markup)
    page.close()
    lines = (" ".join(line.split()) for line in "".join(page.pieces).split("\n"))
    joined = "\n".join(line for line in lines if line)
    notes = []
    if page.scripts:
        notes.append(f"Scripts, styles and frames were left out ({page.scripts}).")
    if page.hidden:
        notes.append(f"Elements that the page hides from its readers were left out ({page.hidden}).")
    return Extracted(text=joined, title=" ".join("".join(page.title).split()), notes=tuple(notes))


def _decode(data: bytes, shown: str) -> tuple[str, tuple[str, ...]]:
    declared = _CHARSET.search(data[:4096])
    if declared:
        name = declared[1].decode("ascii").lower()
        try:
            return data.decode(name), () if name in ("utf-8", "utf8") else (
                f"Read as {name}, as the page says.",
            )
        except (LookupError, UnicodeDecodeError):
            pass
    return text.decode(data, shown)


class _Page(HTMLParser):
    def __init__(self, shown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shown = shown
        self.pieces: list[str] = []
        self.title: list[str] = []
        self.scripts = 0
        self.hidden = 0
        self._length = 0
        self._in_title = False
        # Open elements since one that is left out; empty where text is read.
        self._left_out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS and not self._left_out:
            self.pieces.append("\n")
        if tag in _EMPTY:
            return
        if self._left_out:
            if tag == self._left_out[0]:
                self._left_out.append(tag)
            return
        hidden = any(
            name == "hidden" or (name == "style" and value is not None and _HIDDEN.search(value))
            for name, value in attrs
        )
        if tag in _UNREAD:
            self.scripts += 1
            self._left_out.append(tag)
        elif hidden:
            self.hidden += 1
            self._left_out.append(tag)
        elif tag == "title":
            self._in_title = True

    def handle_endtag(self, tag: str) -> None:
        if self._left_out:
            if tag == self._left_out[0]:
                self._left_out.pop()
            return
        if tag == "title":
            self._in_title = False
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self._left_out:
            return
        if self._in_title:
            self.title.append(data)
            return
        self._length += len(data)
        if self._length > 2 * MAX_CHARACTERS:
            raise too_long(self.shown)
        self.pieces.append(re.sub(r"[\s\x00-\x1f\x7f]+", " ", data))
