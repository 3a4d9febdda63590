"""Known words that an unknown word is one slip of the pen away from (Compayn, Limiteda, Joint Tock Company).

One slip is a letter more, less or other, or two neighbours swapped (Damerau 1964: four of five spelling errors).
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

_ENDS = 3  # letters; a slip in a word of five or more leaves its first or its last three as they are, but for the middle
_distance = OSA.distance


class Slips:
    """words: lower-case Latin words, each at least five letters long."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        self._by_end: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            self._by_start.setdefault(f"{word[:_ENDS]}{len(word)}", []).append(word)
            self._by_end.setdefault(f"{word[-_ENDS:]}{len(word)}", []).append(word)

    def near(self, word: str) -> tuple[str, ...]:
        """The words one slip away, sorted; a word shorter than four letters has none."""
        size = len(word)
        if size < 4:
            return ()
        start, end = word[:_ENDS], word[-_ENDS:]
        found = []
        for length in (size - 1, size, size + 1):
            found += [
                w
                for w in self._by_start.get(f"{start}{length}", ())
                if _distance(word, w, score_cutoff=1) < 2
            ]
            found += [
                w for w in self._by_end.get(f"{end}{length}", ()) if _distance(word, w, score_cutoff=1) < 2
            ]
        return tuple(sorted(set(found))) if found else ()
