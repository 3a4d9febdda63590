"""The JSON lines report: one line for the manifest, then one a hit and one a row without a hit.

Each line is an object with one key that says what it is: "manifest", "hit" or "outcome".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from screening.model import Run


def render(run: Run) -> bytes:
    """The report as a file's bytes: UTF-8, keys in a fixed order, lines end with a line feed."""
    encoder = msgspec.json.Encoder(order="deterministic")
    return b"".join(encoder.encode(line) + b"\n" for line in _lines(run))


def _lines(run: Run) -> Iterator[dict[str, object]]:
    yield {"manifest": run.manifest}
    for hit in run.hits:
        yield {"hit": hit}
    for outcome in run.outcomes:
        yield {"outcome": outcome}
