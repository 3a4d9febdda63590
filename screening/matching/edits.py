"""Words of a list that are at most two edits from given words, by deletion variants that they share (see keys.py).

One compiled loop: made of steps over arrays, with rapidfuzz for the distances, it took four times as long, most of it
for pairs that are met under several keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from screening.matching.compiled import fast
from screening.matching.keys import PREFIX, KeyMap, kept_letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAR = 99


class Spelled(NamedTuple):
    """The comparison forms of words, ASCII, one behind the other, and where each begins (CSR)."""

    text: NDArray[np.uint8]
    start: NDArray[np.int64]

    @classmethod
    def of(cls, words: Sequence[str]) -> Spelled:
        encoded = [word.encode("ascii", "replace") for word in words]
        sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
        return cls(np.frombuffer(b"".join(encoded), np.uint8), np.concatenate([[0], np.cumsum(sizes)]))


def equal(
    words: Spelled, which: NDArray[np.int32], listed: Spelled, others: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether pairs of words are the same letter by letter. which, others: the words of each pair."""
    size = words.start[which + 1] - words.start[which]
    same: NDArray[np.bool_] = size == listed.start[others + 1] - listed.start[others]
    at, letter = np.flatnonzero(same & (size > 0)), 0
    while len(at):
        differ = words.text[words.start[which[at]] + letter] != listed.text[listed.start[others[at]] + letter]
        same[at[differ]] = False
        letter += 1
        at = at[~differ & (size[at] > letter)]
    return same


def near(
    words: Spelled, deletions: KeyMap, listed: Spelled
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
    """(word, listed word, edits apart: optimal string alignment), each pair once, sorted by word.

    deletions: of the listed words. Words of one letter have none; of three or four letters one edit counts, of more two.
    """
    count = len(words.start) - 1
    masks, mask_start = kept_letters()
    loop = fast(_near, 2000 * count)
    return loop(
        words, listed, masks, mask_start, deletions.keys, deletions.values, *deletions.noted(200 * count)
    )


def _near(
    words: Spelled,
    listed: Spelled,
    masks: NDArray[np.int64],
    mask_start: NDArray[np.int64],
    keys: NDArray[np.uint32],
    values: NDArray[np.int32],
    starts: NDArray[np.int64],
    shift: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
    seen = np.full(len(listed.start) - 1, -1, np.int32)
    out_word, out_listed, out_edits = (
        np.empty(1024, np.int32),
        np.empty(1024, np.int32),
        np.empty(1024, np.uint8),
    )
    found = 0
    for i in range(len(words.start) - 1):
        first = words.start[i]
        size = words.start[i + 1] - first
        if size < 2:
            continue
        letters = min(size, PREFIX)
        for m in range(mask_start[letters], mask_start[letters + 1]):
            value = 0x811C9DC5
            for at in range(letters):
                if masks[m] >> at & 1:
                    value = ((value ^ int(words.text[first + at])) * 0x01000193) & 0xFFFFFFFF
            key = value ^ (value >> 15)
            low, high = starts[key >> shift], starts[(key >> shift) + 1]
            while low < high:
                middle = (low + high) // 2
                if keys[middle] < key:
                    low = middle + 1
                else:
                    high = middle
            while low < len(keys) and keys[low] == key:
                other = values[low]
                low += 1
                if seen[other] == i:
                    continue
                seen[other] = i
                a, b = first, listed.start[other]
                left, right = size, listed.start[other + 1] - b
                most = max(left, right)
                allowed = 0 if most < 3 else 1 if most < 5 else 2
                if abs(left - right) > allowed:
                    continue
                # What both begin and end with is no edit. The first letter that differs is another, is left out, is put
                # in, or is swapped with the next; and what then remains is the same, or one more edit apart.
                while left and right and words.text[a] == listed.text[b]:
                    a, b, left, right = a + 1, b + 1, left - 1, right - 1
                while left and right and words.text[a + left - 1] == listed.text[b + right - 1]:
                    left, right = left - 1, right - 1
                edits = max(left, right)
                if left and right and edits > 1:
                    edits = _FAR
                    for change in range(4):
                        skip_a, skip_b = (1, 1) if change == 0 else (1, 0) if change == 1 else (0, 1)
                        if change == 3:
                            if (
                                left < 2
                                or right < 2
                                or words.text[a] != listed.text[b + 1]
                                or words.text[a + 1] != listed.text[b]
                            ):
                                continue
                            skip_a = skip_b = 2
                        x, y, behind_x, behind_y = a + skip_a, b + skip_b, left - skip_a, right - skip_b
                        if abs(behind_x - behind_y) > 1:
                            continue
                        while behind_x and behind_y and words.text[x] == listed.text[y]:
                            x, y, behind_x, behind_y = x + 1, y + 1, behind_x - 1, behind_y - 1
                        while (
                            behind_x
                            and behind_y
                            and words.text[x + behind_x - 1] == listed.text[y + behind_y - 1]
                        ):
                            behind_x, behind_y = behind_x - 1, behind_y - 1
                        swapped = (
                            behind_x == behind_y == 2
                            and words.text[x] == listed.text[y + 1]
                            and words.text[x + 1] == listed.text[y]
                        )
                        if max(behind_x, behind_y) < 2 or swapped:
                            edits = min(edits, 1 + (1 if swapped else max(behind_x, behind_y)))
                if edits > allowed:
                    continue
                if found == len(out_word):
                    out_word = np.concatenate((out_word, np.empty(found, np.int32)))
                    out_listed = np.concatenate((out_listed, np.empty(found, np.int32)))
                    out_edits = np.concatenate((out_edits, np.empty(found, np.uint8)))
                out_word[found], out_listed[found], out_edits[found] = i, other, edits
                found += 1
    return out_word[:found], out_listed[:found], out_edits[:found]
