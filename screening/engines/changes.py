"""The hits of a data set against those of an earlier run: which are new, unchanged, changed (in what) or gone.

Each part of a run leaves a record of fixed size for each of its hits: its id, and hashes of all that a change can be in.
All records of an earlier run, sorted by id, are one file that every worker maps into its memory. So the hits of a part get
their states where they are found, whichever part they were in before. What is gone shows when all parts are done.

Where one counterparty stands in several rows, their hits on one entity have one id: a hit is unchanged when it is like
any of them, and as many are gone as there are fewer.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from screening.delta import ASPECTS, aspects_of_entity, aspects_of_rest, is_new_at
from screening.model import Change, Entity, Hit, Status

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Their places are what records hold: a new one comes last.
_STATUSES: tuple[Status, ...] = ("cleared", "review", "match", "clear")
# id: the 16 hex digits of the hit's id as a number. whole: of all that follows. score: in tenths. aspects: two bytes of the
# hash of each, which say what changed where `whole` says that something did.
_RECORD = [
    ("id", "<u8"),
    ("whole", "<u8"),
    ("status", "u1"),
    ("score", "<u2"),
    ("aspects", "<u2", (len(ASPECTS),)),
]
KINDS = ("new", "unchanged", "changed", "gone", "new-match", "new-review")


class Changes(NamedTuple):
    """What changed since an earlier run. run_id, started_at: of that run. counts: hits by the words of KINDS."""

    run_id: str
    started_at: str
    counts: dict[str, int]

    def any_news(self, what: str) -> bool:
        """As `delta.any_news`: "new-match", "new-review", or "changed" for any change."""
        kinds = ("new", "changed", "gone") if what == "changed" else (what,)
        return any(self.counts.get(kind, 0) for kind in kinds)


def packed(hits: Sequence[Hit]) -> bytes:
    """The records of hits as the bytes of a file, in the order of the hits."""
    return _records(hits).tobytes()


def unpacked(content: bytes) -> NDArray[np.void]:
    """Records from the bytes of a file."""
    import numpy as np

    return np.frombuffer(content, dtype=np.dtype(_RECORD))


def mapped(path: object) -> NDArray[np.void]:
    """Records of a file that is not empty, mapped into memory."""
    import numpy as np

    return np.memmap(str(path), dtype=np.dtype(_RECORD), mode="r")


def in_order(records: Sequence[NDArray[np.void]]) -> NDArray[np.void]:
    """All records, sorted as `states` needs them."""
    import numpy as np

    merged = np.concatenate([*records, unpacked(b"")])
    return merged[np.lexsort((merged["whole"], merged["id"]))]


def states(hits: Sequence[Hit], before: NDArray[np.void]) -> list[Change]:
    """How each hit stands against the earlier run's, whose records are sorted."""
    import numpy as np

    if not hits:
        return []
    now = _records(hits)
    first = np.searchsorted(before["id"], now["id"], side="left")
    last = np.searchsorted(before["id"], now["id"], side="right")
    return [_change(record, before[start:end]) for record, start, end in zip(now, first, last, strict=True)]


def _change(now: np.void, like: NDArray[np.void]) -> Change:
    if not len(like):
        return Change(state="new")
    old = like[0]
    for one in like:
        if one["whole"] == now["whole"]:
            return Change(state="unchanged", was=_STATUSES[one["status"]])
    what = []
    if old["status"] != now["status"]:
        what.append(f"status {_STATUSES[old['status']]} to {_STATUSES[now['status']]}")
    if old["score"] != now["score"]:
        what.append(f"score {old['score'] / 10:.1f} to {now['score'] / 10:.1f}")
    differing = old["aspects"] != now["aspects"]
    what += [label for label, differs in zip(ASPECTS, differing, strict=True) if differs]
    return Change(state="changed", what=tuple(what) or ("the data",), was=_STATUSES[old["status"]])


def counted(hits: Sequence[Hit], changes: Sequence[Change]) -> dict[str, int]:
    """Hits by the words of KINDS; none is gone here."""
    found = Counter(change.state for change in changes)
    counts = {kind: found[kind] for kind in ("new", "unchanged", "changed")}
    for status in ("match", "review"):
        pairs = zip(changes, hits, strict=True)
        counts[f"new-{status}"] = sum(is_new_at(change, status, hit) for change, hit in pairs)
    return counts


class Fewer(NamedTuple):
    """How many hits of one id there were, and how many there are."""

    before: int
    now: int


def fewer(before: NDArray[np.void], now: Iterator[NDArray[np.void]]) -> dict[str, Fewer]:
    """The ids of hits of which there are fewer than before. before: sorted records. now: those of each part."""
    import numpy as np

    ids = np.concatenate([*(part["id"] for part in now), np.empty(0, dtype="<u8")])
    old, were = np.unique(before["id"], return_counts=True)
    new, are = np.unique(ids, return_counts=True)
    there = np.zeros(len(old), dtype=np.int64)
    _, at, place = np.intersect1d(old, new, assume_unique=True, return_indices=True)
    there[at] = are[place]
    less = there < were
    return {
        hit_id(number): Fewer(int(was), int(left))
        for number, was, left in zip(old[less], were[less], there[less], strict=True)
    }


class Gone:
    """Says of each occurrence of a hit in an earlier run, in their order, whether it is gone: the last ones are."""

    def __init__(self, found: Mapping[str, Fewer]) -> None:
        self._left = {hit: item.now for hit, item in found.items()}

    def __call__(self, hit: str) -> bool:
        if hit not in self._left:
            return False
        self._left[hit] -= 1
        return self._left[hit] < 0


def hit_id(number: int) -> str:
    """A hit's id from the number in its record."""
    return f"{int(number):016x}"


def _records(hits: Sequence[Hit]) -> NDArray[np.void]:
    import numpy as np

    found = np.zeros(len(hits), dtype=np.dtype(_RECORD))
    for place, hit in enumerate(hits):
        status, score = _STATUSES.index(hit.status), round(hit.score * 10)
        aspects = _entity_digests(hit.entity) + b"".join(map(_digest, aspects_of_rest(hit)))
        whole = hashlib.blake2b(b"%d %d " % (status, score) + aspects, digest_size=8).digest()
        short = [int.from_bytes(aspects[at : at + 2], "little") for at in range(0, len(aspects), _DIGEST)]
        found[place] = (int(hit.id, 16), int.from_bytes(whole, "little"), status, score, short)
    return found


_DIGEST = 8


@lru_cache(maxsize=65536)
def _entity_digests(entity: Entity) -> bytes:
    return b"".join(map(_digest, aspects_of_entity(entity)))


def _digest(value: object) -> bytes:
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
