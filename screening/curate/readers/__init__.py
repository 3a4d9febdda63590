"""Documents of all formats to text. One file a format; the registry is READERS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from screening.curate.document import Document, Extracted, paragraphs
from screening.errors import DocumentError

# A report of a thousand pages has some 3 million characters; reading one takes half a minute.
MAX_CHARACTERS = 4_000_000
# Files hold pictures too, so they may be larger than their text.
MAX_BYTES = 64 * 1024 * 1024

# Ending -> module of this package and the name of the format.
READERS: Mapping[str, tuple[str, str]] = {
    ".txt": ("text", "plain text"),
    ".text": ("text", "plain text"),
    ".md": ("markdown", "Markdown"),
    ".markdown": ("markdown", "Markdown"),
    ".html": ("html", "HTML"),
    ".htm": ("html", "HTML"),
    ".xhtml": ("html", "HTML"),
    ".pdf": ("pdf", "PDF"),
    ".docx": ("docx", "DOCX"),
    ".eml": ("eml", "EML"),
}

Read = Callable[[bytes, str], Extracted]


def read_document(path: Path) -> Document:
    """The document in a file; its ending says the format.

    Raises DocumentError when it cannot be read, is too large, is not what its ending says, or has no text.
    """
    ending = path.suffix.lower()
    if ending not in READERS:
        raise DocumentError(
            f"{path} cannot be read: {ending or 'a file without an ending'} is no format of documents.",
            f"Formats: {', '.join(sorted(READERS))}.",
        )
    data = _bytes(path)
    module, name = READERS[ending]
    read: Read = import_module(f"screening.curate.readers.{module}").read
    extracted = read(data, str(path))
    if len(extracted.text) > MAX_CHARACTERS:
        raise too_long(str(path))
    found = paragraphs(extracted.text, extracted.page_starts)
    if not found:
        raise DocumentError(f"{path} has no text.", _no_text_advice(extracted))
    return Document(
        name=path.name,
        format=name,
        sha256=hashlib.sha256(data).hexdigest(),
        text=extracted.text,
        paragraphs=found,
        title=extracted.title,
        pages=len(extracted.page_starts) or None,
        scanned=extracted.scanned,
        notes=extracted.notes,
    )


def too_long(shown: str) -> DocumentError:
    """The error for a document with more text than one draft can be made of."""
    return DocumentError(
        f"{shown} has more than {MAX_CHARACTERS:,} characters of text.",
        "Split it, or keep the part that names the parties.",
    )


def _no_text_advice(extracted: Extracted) -> str:
    if extracted.scanned:
        return "Its pages are scanned pictures without a text layer. Run OCR over it first, then draft again."
    return "Give a document with text."


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"{path} cannot be read: {reason}.", "Check the path.") from error
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{path} is larger than {MAX_BYTES // 2**20} MB.", "Split it.")
    if not data:
        raise DocumentError(f"{path} is empty (0 bytes).", "Give a document with text.")
    return data
