"""The JSON lines report: one line for the manifest, then one a hit and one a row without a hit.

Each line is an object with one key that says what it is: "manifest", "hit" or "outcome". Against an earlier run a second
line says which ("baseline"), the line of a hit also has its "change", and the hits that are gone come last ("gone").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from screening.model import Run


def render(run: Run) -> bytes:
    """The report as a file's bytes: UTF-8, keys in a fixed order, lines end with a line feed."""
    encoder = msgspec.json.Encoder(order="deterministic")
    return b"".join(encoder.encode(line) + b"\n" for line in _lines(run))


def _lines(run: Run) -> Iterator[Mapping[str, object]]:
    yield {"manifest": run.manifest}
    delta = run.delta
    if delta:
        yield {"baseline": {"run_id": delta.baseline_run_id, "started_at": delta.baseline_started_at}}
        yield from (
            {"hit": hit, "change": change} for hit, change in zip(run.hits, delta.changes, strict=True)
        )
    else:
        yield from ({"hit": hit} for hit in run.hits)
    yield from ({"outcome": outcome} for outcome in run.outcomes)
    if delta:
        yield from ({"gone": hit} for hit in delta.gone)
