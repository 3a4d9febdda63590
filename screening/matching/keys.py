"""Keys under which two related words meet, so that related words are found without comparing all with all.

Complete by construction: whatever `similarity` relates shares at least one key (tests/matching compares with the
exhaustive search). Keys are 32-bit hashes; a collision costs a comparison, never a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from screening.names.prepare import FILLER, GENERIC, LEGAL, NUMBER, PARTICLE, PLACE, SUFFIX, TITLE, Token

if TYPE_CHECKING:  # numpy's typing module takes longer to import than a name takes to check
    from numpy.typing import NDArray

    U32 = NDArray[np.uint32]
    I32 = NDArray[np.int32]

_MEANING = frozenset({GENERIC, PLACE, TITLE, PARTICLE, SUFFIX, FILLER})
# Deletion variants are taken from the first letters only: of two words at most two edits apart, the common
# remainder's first PREFIX - 2 letters can be had from both prefixes by at most two deletions (SymSpell, W. Garbe).
PREFIX = 9
EDITS = 2


def key(kind: str, value: str) -> int:
    """The 32-bit key of a value in a key space."""
    return crc32(f"{kind}{value}".encode())


def start(kind: str) -> int:
    """Where the keys of a key space begin: crc32(value, start(kind)) == key(kind, value)."""
    return crc32(kind.encode())


def word_keys(token: Token) -> list[int]:
    """Every key of a word but those of its deletions."""
    keys = [key("T", token.text)]
    if token.kind == NUMBER:
        return [key("N", token.canon)]
    if token.kind == LEGAL:
        keys.extend(key("L", c) for c in token.canon.split("|"))
    elif token.kind in _MEANING and token.canon:
        keys.append(key("C", f"{token.kind} {token.canon}"))
    elif token.kind == FILLER:
        keys.append(key("C", f"{FILLER} "))
    if len(token.meaning) == 1:
        keys.append(key("C", f"{GENERIC} {token.meaning[0]}"))
    keys.extend(key("G", c) for c in sorted(token.classes))
    if token.plain:
        keys.append(key("T", token.plain))
    if token.sound:
        keys.append(key("S", token.sound))
    if token.skeleton:
        keys.append(key("K", token.skeleton))
    if token.han:
        keys.append(key("H", token.han))
        keys.extend(key("H", token.han[:i] + token.han[i + 1 :]) for i in range(len(token.han)))
    return list(dict.fromkeys(keys))


@lru_cache(maxsize=64)
def _kept(length: int) -> tuple[tuple[int, ...], ...]:
    """Which letters each deletion variant of a word of this length keeps."""
    taken = min(length, PREFIX)
    # two and three letters can be one edit apart, three and five two
    shortest = 2 if length < 4 else max(3, taken - EDITS)
    longest = min(taken, PREFIX - EDITS) if length >= PREFIX else taken
    return tuple(c for size in range(shortest, longest + 1) for c in combinations(range(taken), size))


def deletion_keys(words: Sequence[str]) -> tuple[U32, I32]:
    """Keys of all words' deletion variants: (keys, position of the word), each one-dimensional and of equal length."""
    groups: dict[int, list[int]] = {}
    for i, word in enumerate(words):
        if len(word) > 1:
            groups.setdefault(min(len(word), PREFIX), []).append(i)
    keys: list[U32] = []
    owners: list[I32] = []
    multiplier = np.uint32(0x01000193)
    for length, members in sorted(groups.items()):
        letters = np.array(
            [list(words[i][:length].encode("ascii", "replace")) for i in members], dtype=np.uint32
        )
        owner = np.asarray(members, dtype=np.int32)
        for kept in _kept(length):
            value = np.full(len(members), 0x811C9DC5, dtype=np.uint32)
            for column in kept:
                value = (value ^ letters[:, column]) * multiplier
            keys.append(value ^ (value >> np.uint32(15)))
            owners.append(owner)
    if not keys:
        return np.empty(0, np.uint32), np.empty(0, np.int32)
    return np.concatenate(keys), np.concatenate(owners)


class KeyMap:
    """Keys to positions: two arrays sorted by key, fit for memory mapping."""

    def __init__(self, keys: U32, values: I32) -> None:
        self.keys, self.values = keys, values

    @classmethod
    def build(cls, keys: U32, values: I32) -> KeyMap:
        """Sort by key, then value."""
        packed = (keys.astype(np.uint64) << np.uint64(32)) | values.astype(np.uint32)
        packed.sort()
        if len(packed):
            packed = packed[np.r_[True, packed[1:] != packed[:-1]]]
        return cls(
            (packed >> np.uint64(32)).astype(np.uint32), (packed & np.uint64(0xFFFFFFFF)).astype(np.int32)
        )

    def lookup(self, keys: U32, owners: I32) -> tuple[I32, I32]:
        """All (owner, value) pairs whose key is in the map; each pair once, sorted."""
        first = np.searchsorted(self.keys, keys, side="left")
        last = np.searchsorted(self.keys, keys, side="right")
        counts = last - first
        total = int(counts.sum())
        if total == 0:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        starts = np.repeat(first - np.r_[0, np.cumsum(counts)[:-1]], counts)
        values = self.values[starts + np.arange(total)]
        packed = (np.repeat(owners, counts).astype(np.uint64) << np.uint64(32)) | values.astype(np.uint32)
        packed = np.unique(packed)
        return (packed >> np.uint64(32)).astype(np.int32), (packed & np.uint64(0xFFFFFFFF)).astype(np.int32)
