"""Every listed name, screened against its own list: is its own party the top hit?

    python -m tests.benchmarks.listed_names PATH...    the official lists at these paths
    python -m tests.benchmarks.listed_names            those of the folder `shared` beside the checkout

Prints for each list how many names were screened and every name whose party is not found, or not at the top. A party
of equal score beside it is no failure (two parties may bear one name); those names are counted. Exit status 1 when
there is a failure.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import screening
from screening.lists.formats import read_list
from screening.model import Entity, Hit, Watchlist

SHARED = Path(__file__).resolve().parents[3] / "shared/data/lists"
LISTS = (
    "ofac-sdn",
    "ofac-consolidated",
    "un-sc/consolidated.xml",
    "bis-dpl/dpl.txt",
    "us-csl/consolidated.csv",
)


@dataclass(frozen=True)
class Searched:
    """What became of one listed name. outcome: top, shared (others score as high), below, lost or unscreened."""

    entity: Entity
    name: str
    quality: str
    outcome: str
    score: float = 0.0
    above: str = ""


def names_of(watchlist: Watchlist, every: int = 1) -> list[tuple[Entity, str, str]]:
    """(party, name, quality of the name) for every name of the list, or for one in so many."""
    names = [
        (entity, value, quality)
        for entity in watchlist.entities
        for value, quality in (
            (entity.name, "primary"),
            *(
                (name.value, f"former {name.quality}" if name.former else name.quality)
                for name in entity.names
            ),
        )
    ]
    return names[::every]


def search(watchlist: Watchlist, asked: Sequence[tuple[Entity, str, str]]) -> Iterator[Searched]:
    """What becomes of each name, in order. Only the name is given, as the least that a user knows."""
    frame = pd.DataFrame({"name": [name for _, name, _ in asked]})
    run = screening.Screener([watchlist]).screen(frame).run
    hits: dict[int, list[Hit]] = {}
    for hit in run.hits:
        hits.setdefault(hit.counterparty.row, []).append(hit)
    unscreened = {outcome.counterparty.row for outcome in run.outcomes if outcome.status == "unscreened"}
    for row, (entity, name, quality) in enumerate(asked, start=2):
        found = hits.get(row, [])
        own = next((hit.score for hit in found if hit.entity.id == entity.id), None)
        best = max(found, key=lambda hit: hit.score, default=None)
        if own is None or best is None:
            outcome = "unscreened" if row in unscreened else "lost"
            yield Searched(entity, name, quality, outcome, above=best.matched_name.value if best else "")
            continue
        beside = any(hit.score == own and hit.entity.id != entity.id for hit in found)
        outcome = "below" if best.score > own else "shared" if beside else "top"
        yield Searched(entity, name, quality, outcome, own, best.matched_name.value)


def failures(found: Iterable[Searched]) -> list[Searched]:
    """Those whose party is not the top hit."""
    return [item for item in found if item.outcome not in ("top", "shared")]


def main() -> None:
    """Print the account of each list."""
    paths = [Path(argument) for argument in sys.argv[1:]] or [SHARED / name for name in LISTS]
    failed = 0
    for path in paths:
        watchlist = read_list(path)
        found = list(search(watchlist, names_of(watchlist)))
        counts = Counter(item.outcome for item in found)
        said = ", ".join(f"{outcome} {count}" for outcome, count in sorted(counts.items()))
        print(
            f"{watchlist.info.id}: {len(found)} names of {len(watchlist.entities)} parties: {said}",
            flush=True,
        )
        for item in failures(found):
            failed += 1
            above = f"; best is {item.above!r}" if item.above else ""
            print(f"  {item.outcome} {item.entity.id} {item.quality} {item.name!r} {item.score:.1f}{above}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
