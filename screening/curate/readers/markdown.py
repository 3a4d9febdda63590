"""Markdown. The text is the file itself; its marks do not hide names, and offsets count as in any editor."""

from __future__ import annotations

from screening.curate.document import Extracted
from screening.curate.readers import text


def read(data: bytes, shown: str) -> Extracted:
    """See `readers.read_document`. title: the first heading."""
    found, notes = text.decode(data, shown)
    heading = next((line.lstrip("# ").strip() for line in found.splitlines() if line.startswith("# ")), "")
    return Extracted(text=found, title=heading, notes=notes)
