"""DOCX: the text of the main part and its notes. External references are counted and never followed."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from screening.curate.document import Extracted
from screening.curate.readers import MAX_CHARACTERS, too_long
from screening.errors import DocumentError

# Unpacked size of one part. A thousand pages of text take some 20 MB of XML.
MAX_PART = 96 * 1024 * 1024
MAX_PARTS = 10_000
MAX_DEPTH = 200

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = frozenset(
    [
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",  # the same text once more
        f"{_W}del",  # removed by a tracked change
        f"{_W}instrText",
        f"{_W}pPr",
        f"{_W}rPr",
        f"{_W}sectPr",
    ]
)
_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")


def read(data: bytes, shown: str) -> Extracted:
    """See `readers.read_document`. title: that of the document's properties."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise DocumentError(f"{shown} is no DOCX: {error}.", "Save it again as DOCX.") from error
    with archive:
        names = archive.namelist()
        if len(names) > MAX_PARTS:
            raise DocumentError(f"{shown} has {len(names)} parts, more than {MAX_PARTS}.", "Save it as text.")
        if _PARTS[0] not in names:
            raise DocumentError(f"{shown} is no DOCX: {_PARTS[0]} is missing.", "Save it again as DOCX.")
        lines: list[str] = []
        length = 0
        for name in _PARTS:
            if name not in names:
                continue
            for line in _lines(_parsed(archive, name, shown), shown):
                length += len(line)
                if length > MAX_CHARACTERS:
                    raise too_long(shown)
                lines.append(line)
        external = sum(
            len(re.findall(rb'TargetMode\s*=\s*["\']External["\']', _part(archive, name, shown)))
            for name in names
            if name.endswith(".rels")
        )
        title = ""
        if "docProps/core.xml" in names:
            found = _parsed(archive, "docProps/core.xml", shown).find(
                "{http://purl.org/dc/elements/1.1/}title"
            )
            title = " ".join((found.text or "").split()) if found is not None else ""
    places = f"{external} external place{'s' if external > 1 else ''}"
    notes = (f"References to {places} were not followed.",) if external else ()
    return Extracted(text="\n".join(lines), title=title, notes=notes)


def _part(archive: zipfile.ZipFile, name: str, shown: str) -> bytes:
    try:
        with archive.open(name) as stream:
            data = stream.read(MAX_PART + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise DocumentError(
            f"{shown}: {name} cannot be unpacked: {error}.", "Save it again as DOCX."
        ) from error
    if len(data) > MAX_PART:
        raise DocumentError(
            f"{shown}: {name} unpacks to more than {MAX_PART // 2**20} MB.",
            "It is no ordinary document; it was not read.",
        )
    return data


def _parsed(archive: zipfile.ZipFile, name: str, shown: str) -> Any:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(_part(archive, name, shown), forbid_dtd=True)
    except DefusedXmlException as error:
        raise DocumentError(
            f"{shown}: {name} has a document type definition or entities, which no DOCX needs.",
            "It was not read.",
        ) from error
    except (ParseError, ValueError) as error:
        raise DocumentError(f"{shown}: {name} is broken XML ({error}).", "Save it again as DOCX.") from error


def _lines(root: Any, shown: str) -> Iterator[str]:
    """The paragraphs below an element, in the order of the text; a nested one (a text box) comes after its host."""
    pieces: list[str] = []
    waiting: list[tuple[Any, bool, int]] = [(root, False, 0)]
    open_paragraphs: list[list[str]] = []
    while waiting:
        element, done, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise DocumentError(f"{shown} is nested more than {MAX_DEPTH} levels deep.", "It was not read.")
        tag = element.tag
        if done:
            line = " ".join("".join(pieces).split())
            pieces = open_paragraphs.pop()
            if line:
                yield line
            continue
        if tag in _SKIPPED:
            continue
        if tag == f"{_W}p":
            open_paragraphs.append(pieces)
            pieces = []
            waiting.append((element, True, depth))
        elif tag == f"{_W}t":
            pieces.append(element.text or "")
        elif tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            pieces.append(" ")
        elif tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        waiting += [(child, False, depth + 1) for child in reversed(element)]
