"""Ids for lists that give their parties none: readable, stable from one edition to the next."""

from __future__ import annotations

import hashlib
import re

from anyascii import anyascii


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens; a short hash where nothing readable is left."""
    words = re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
    return words[:80].rstrip("-") or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class Ids:
    """Hands out ids: the parts joined by hyphens, and a number from 2 up where that id was given before."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def new(self, *parts: str) -> str:
        base = "-".join(part for part in parts if part)
        self._given[base] = count = self._given.get(base, 0) + 1
        return base if count == 1 else self.new(base, str(count))
