"""Keys under which two related words meet, so that related words are found without comparing all with all.

Complete by construction: whatever `similarity` relates shares at least one key (tests/matching compares with the
exhaustive search). Keys are 32-bit hashes; a collision costs a comparison, never a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from screening.matching.align import BASE, MASK, MOST_JOINED, rolling
from screening.matching.compiled import fast
from screening.names.prepare import (
    FILLER,
    GENERIC,
    LEGAL,
    NUMBER,
    PARTICLE,
    PLACE,
    SUFFIX,
    TITLE,
    WORD,
    Token,
)
from screening.names.sounds import transcribed
from screening.settings import Similarities

if TYPE_CHECKING:  # numpy's typing module takes longer to import than a name takes to check
    from numpy.typing import NDArray

    U32 = NDArray[np.uint32]
    I32 = NDArray[np.int32]
    F32 = NDArray[np.float32]
    Bools = NDArray[np.bool_]

# What relates two words that share a key.
BY_TEXT, BY_MEANING, BY_CLASS, BY_SOUND, BY_FIELD, BY_CONSONANTS, BY_HARD_H, BY_TRANSCRIPTION = range(8)
# And a word and several: it is them written as one, or sounds so, stands for them, or is their acronym.
BY_JOINING, BY_JOINED_SOUND, BY_SPELLING_OUT, BY_ACRONYM, BY_SHORT_ACRONYM = range(8, 13)

_MEANING = frozenset({GENERIC, PLACE, TITLE, PARTICLE, SUFFIX, FILLER})
# Deletion variants are taken from the first letters only: of two words at most two edits apart, the common
# remainder's first PREFIX - 2 letters can be had from both prefixes by at most two deletions (SymSpell, W. Garbe).
PREFIX = 9
EDITS = 2
# Longest acronym that `align` looks for.
LONGEST_ACRONYM = 10
# Key spaces of text: a word, a run of words, their sounds, an acronym; the consonants of a word, with h for g, and those
# that a brand keeps in another script.
TEXT, RUN, SOUND, RUN_SOUND, ACRONYM = 0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1
CONSONANTS, HARD_H, TRANSCRIPTION = 0x2545F491, 0x5851F42D, 0x14057B7E


def key(kind: str, value: str) -> int:
    """The 32-bit key of a value in a key space."""
    return crc32(f"{kind}{value}".encode())


def text_key(text: str, space: int) -> int:
    """The key of a text in one of the key spaces of text."""
    value = (rolling(text) ^ space) * 0x9E3779B1 & MASK
    return value ^ (value >> 15)


def _text_keys(hashes: U32, space: int) -> U32:
    value = (hashes ^ np.uint32(space)) * np.uint32(0x9E3779B1)
    mixed: U32 = value ^ (value >> np.uint32(15))
    return mixed


class WordKeys(NamedTuple):
    """Keys of words as columns, sorted by word: the word, by its place; the key; what relates words that share it."""

    owners: I32
    keys: U32
    by: NDArray[np.uint8]

    @classmethod
    def together(cls, parts: Sequence[WordKeys]) -> WordKeys:
        owners, keys, by = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(owners, kind="stable")
        return cls(owners[order], keys[order], by[order])

    @classmethod
    def of_texts(
        cls, which: NDArray[np.int64], hashes: U32, space: int, by: int | NDArray[np.uint8]
    ) -> WordKeys:
        """which: the words, one text of each. hashes: of the texts (see align.rolling)."""
        return cls(
            which.astype(np.int32), _text_keys(hashes, space), np.broadcast_to(np.uint8(by), len(which))
        )


def word_keys(words: Sequence[Token], codes: NDArray[np.int64]) -> WordKeys:
    """The keys of words, without those of their deletions and consonants. codes: of these words (see Codes)."""
    kinds, text, sound, sounds = codes[:, 9], codes[:, 0], codes[:, 3], codes[:, 7] > 0
    written = np.flatnonzero(kinds != NUMBER)
    heard = np.flatnonzero((kinds != NUMBER) & sounds)
    more = [
        (i, made, relation)
        for i, token in enumerate(words)
        if token.kind != WORD or token.classes or token.meaning or token.plain or token.han
        for made, relation in _other_keys(token)
    ]
    owners, keys, by = zip(*more, strict=True) if more else ((), (), ())
    return WordKeys.together(
        [
            WordKeys.of_texts(written, text[written].astype(np.uint32), TEXT, BY_TEXT),
            WordKeys.of_texts(heard, sound[heard].astype(np.uint32), SOUND, BY_SOUND),
            WordKeys(np.asarray(owners, np.int32), np.asarray(keys, np.uint32), np.asarray(by, np.uint8)),
        ]
    )


def _other_keys(token: Token) -> Iterator[tuple[int, int]]:
    """The keys of a word beside those of its text and its sound."""
    if token.kind == NUMBER:
        yield key("N", token.canon), BY_TEXT
        return
    if token.plain:
        yield text_key(token.plain, TEXT), BY_TEXT
    if token.han:
        yield key("H", token.han), BY_TEXT
        for i in range(len(token.han)):
            yield key("H", token.han[:i] + token.han[i + 1 :]), BY_TEXT
    if token.kind == LEGAL:
        for c in token.canon.split("|"):
            yield key("L", c), BY_MEANING
    elif token.kind in _MEANING and token.canon:
        yield key("C", f"{token.kind} {token.canon}"), BY_MEANING
    elif token.kind == FILLER:
        yield key("C", f"{FILLER} "), BY_MEANING
    if len(token.meaning) == 1:
        for kind in (GENERIC, PLACE):
            yield key("C", f"{kind} {token.meaning[0]}"), BY_MEANING
    for c in token.classes:
        yield key("G", c), BY_CLASS
    if token.field:
        yield key("F", token.field), BY_FIELD


def most_alike(s: Similarities) -> list[float]:
    """By what relates them, the most alike that words can be by that alone, as in similarity() and align(); 0 where it
    depends on more.
    """
    most = {
        BY_TEXT: 1.0,
        BY_MEANING: max(s.variant, s.related),
        BY_CLASS: 1.0,  # names of one class may be an edit apart as well
        BY_SOUND: s.sound,
        BY_FIELD: s.field,
        BY_JOINING: s.joined,
        BY_JOINED_SOUND: s.joined * s.sound,
        BY_SPELLING_OUT: s.variant,
        BY_ACRONYM: s.acronym,
        BY_SHORT_ACRONYM: s.short_acronym,
    }
    return [most.get(i, 0.0) for i in range(BY_SHORT_ACRONYM + 1)]


def consonant_keys(words: Sequence[Token]) -> dict[int, WordKeys]:
    """The keys of words' consonants, by what relates words that share one: how alike these are depends on more."""
    rough = [transcribed(t.text) if t.kind == WORD and not t.han else "" for t in words]
    found: dict[int, WordKeys] = {}
    for by, space, texts in (
        (BY_CONSONANTS, CONSONANTS, [t.skeleton if t.kind != NUMBER else "" for t in words]),
        (BY_HARD_H, HARD_H, [t.hard_h for t in words]),
        (BY_TRANSCRIPTION, TRANSCRIPTION, rough),
    ):
        which = np.flatnonzero(np.fromiter(map(bool, texts), np.bool_, len(texts)))
        found[by] = WordKeys.of_texts(which, rolling_of([text for text in texts if text]), space, by)
    return found


class Codes:
    """What run and acronym keys need of words, as columns by word id; grows with the words of a Preparer."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._known = 0
        self._rows: NDArray[np.int64] = np.empty((0, 15), np.int64)
        self._weights: NDArray[np.float64] = np.empty(0)

    def of(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Columns and weights of the words with these ids.

        Columns: hash, power and length of the text; hash and power of the sound, and of the sound without its first
        letter; its first and last letter; kind; hash, power and number of the letters given to an acronym; whether a word of
        the same letters may be another (in Chinese characters, or a number); its languages as bits.
        """
        known, wanted = self._known, len(self._tokens)
        if known < wanted:
            if wanted > len(self._rows):
                more = wanted + wanted // 2 - known
                self._rows = np.concatenate([self._rows[:known], np.empty((more, 15), np.int64)])
                self._weights = np.concatenate([self._weights[:known], np.empty(more)])
            new = self._tokens[known:]
            self._rows[known:wanted] = _coded(new)
            self._weights[known:wanted] = [t.weight for t in new]
            self._known = wanted
        return self._rows[ids], self._weights[ids]


def _coded(new: Sequence[Token]) -> NDArray[np.int64]:
    """The columns of words: see Codes.of."""
    text, text_power, text_size = _hashed([t.text for t in new])
    sounds = [t.sound for t in new]
    sound, sound_power, sound_size = _hashed(sounds)
    letters = _hashed([t.letters for t in new])
    first, last = _ends(sounds, sound_size)
    # without its first letter, which comes first in the hash
    tail_power = _powers(int(sound_size.max(initial=1)))[np.maximum(sound_size - 1, 0)]
    tail = sound - np.where(sound_size > 0, (first + 1).astype(np.uint32) * tail_power, np.uint32(0))
    kinds = [t.kind for t in new]
    other = [bool(t.han) or t.kind == NUMBER for t in new]
    return np.array(
        [
            text,
            text_power,
            text_size,
            sound,
            sound_power,
            tail,
            tail_power,
            first,
            last,
            kinds,
            *letters,
            other,
            [_languages(t.languages) for t in new],
        ],
        np.int64,
    ).T


@lru_cache(maxsize=4096)
def _languages(languages: tuple[str, ...]) -> int:
    """Languages as bits: words that have one in common have a bit in common. All bits where none is said."""
    bits = 0
    for language in languages:
        bits |= 1 << crc32(language.encode()) % 62
    return bits or -1


def rolling_of(texts: Sequence[str]) -> U32:
    """align.rolling of many texts."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)))
    made: U32 = fast(_rolling_of, 10 * len(texts))(np.frombuffer(b"".join(encoded), np.uint8), ends)
    return made


def _rolling_of(text: NDArray[np.uint8], ends: NDArray[np.int64]) -> U32:
    made = np.empty(len(ends), np.uint32)
    at = 0
    for i in range(len(ends)):
        value = 0
        while at < ends[i]:
            value = (value * BASE + int(text[at]) + 1) & MASK
            at += 1
        made[i] = value
    return made


def _hashed(texts: Sequence[str]) -> tuple[U32, U32, NDArray[np.int64]]:
    """Of texts the hash, its power and the length."""
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    return rolling_of(texts), _powers(int(sizes.max(initial=0)))[sizes], sizes


def _powers(most: int) -> U32:
    powers = np.full(most + 1, BASE, np.uint32)
    powers[0] = 1
    made: U32 = np.cumprod(powers, dtype=np.uint32)
    return made


def _ends(texts: Sequence[str], sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the last letter of ASCII texts of these sizes, as numbers; 0 of empty ones."""
    letters = np.frombuffer("".join(texts).encode() + b"\0", np.uint8).astype(np.int64)
    behind = np.cumsum(sizes)
    some = sizes > 0
    return np.where(some, letters[behind - sizes], 0), np.where(some, letters[behind - 1], 0)


class Runs(NamedTuple):
    """Runs as columns: the name, the hash of the text or of the sound, whether it is the sound, where the
    words part (equal for runs that part after the same numbers of letters), the first word and the number of words.
    """

    rows: NDArray[np.int64]
    hashes: U32
    is_sound: Bools
    parting: NDArray[np.int64]
    first: NDArray[np.int64]
    words: NDArray[np.int64]


def run_keys(codes: NDArray[np.int64], start: NDArray[np.int64]) -> Runs:
    """Neighbouring words written as one, for many names at once: every run of two to four words, by text and sound.

    codes: of all words in order (see Codes). start: the first word of each name (CSR).
    """
    return Runs(*fast(_runs, 20 * len(codes))(codes, start))


def _runs(
    codes: NDArray[np.int64], start: NDArray[np.int64]
) -> tuple[NDArray[np.int64], U32, Bools, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    most = 2 * (MOST_JOINED - 1) * len(codes)
    rows, hashes, is_sound = np.empty(most, np.int64), np.empty(most, np.uint32), np.empty(most, np.bool_)
    partings, first, words = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    made = 0
    for row in range(len(start) - 1):
        for i in range(start[row], start[row + 1]):
            text, length = int(codes[i, 0]), codes[i, 2]
            sound, sounds, last = int(codes[i, 3]), codes[i, 7] > 0, codes[i, 8]
            parting = length
            for j in range(i + 1, min(i + MOST_JOINED, start[row + 1])):
                text = (text * int(codes[j, 1]) + int(codes[j, 0])) & MASK
                length += codes[j, 2]
                parting = parting * 4099 + codes[j, 2]
                sounds = sounds and codes[j, 7] > 0
                tail = 2 if last == codes[j, 7] else 0  # a letter that both share is said once
                sound = (sound * int(codes[j, 4 + tail]) + int(codes[j, 3 + tail])) & MASK
                last = codes[j, 8]
                for by_sound in range(2):
                    if (by_sound and sounds and length > 5) or (not by_sound and length > 3):
                        rows[made], hashes[made] = row, sound if by_sound else text
                        is_sound[made], partings[made] = by_sound == 1, parting
                        first[made], words[made] = i, j - i + 1
                        made += 1
    return rows[:made], hashes[:made], is_sound[:made], partings[:made], first[:made], words[:made]


def acronym_keys(
    codes: NDArray[np.int64], start: NDArray[np.int64]
) -> tuple[NDArray[np.int64], U32, NDArray[np.int64], NDArray[np.int64]]:
    """Acronyms of how names begin (see names.prepare.acronyms), for many names at once.

    Columns: row, hash, the first word, and the number of words up to the last one.
    """
    rows, hashes, first, words = fast(_acronyms, 20 * len(codes))(codes, start)
    return rows, hashes, first, words


def _acronyms(
    codes: NDArray[np.int64], start: NDArray[np.int64]
) -> tuple[NDArray[np.int64], U32, NDArray[np.int64], NDArray[np.int64]]:
    most = 3 * len(codes)
    rows, hashes = np.empty(most, np.int64), np.empty(most, np.uint32)
    first, words = np.empty(most, np.int64), np.empty(most, np.int64)
    made = 0
    for row in range(len(start) - 1):
        end = start[row + 1]
        front = start[row]
        while front < end and codes[front, 9] == LEGAL:
            front += 1
        begin = front
        while begin < end and (codes[begin, 9] == LEGAL or codes[begin, 9] == FILLER):
            begin += 1
        fillers = 0
        for i in range(front, end):
            fillers += codes[i, 9] == FILLER
        # without small words; with them; with those in front as well
        for variant in range(3 if begin > front else 2 if fillers else 1):
            value = length = said = small = 0
            opened = -1
            for i in range(front if variant == 2 else begin, end):
                kind, letters = codes[i, 9], codes[i, 12]
                if kind == NUMBER or (kind == FILLER and variant == 0):
                    continue
                if opened < 0:
                    opened = i
                value = (value * int(codes[i, 11]) + int(codes[i, 10])) & MASK
                length += letters
                if length > LONGEST_ACRONYM:
                    break
                if kind == FILLER:
                    small += letters
                elif kind != LEGAL:
                    said += letters
                if said > 2 or (said == 2 and small > 1):
                    rows[made], hashes[made] = row, value
                    first[made], words[made] = opened, i - opened + 1
                    made += 1
    return rows[:made], hashes[:made], first[:made], words[:made]


def run_spaces(hashes: U32, is_sound: Bools, text: int, sound: int) -> U32:
    """Keys of runs: text hashes in one key space, sound hashes in another."""
    return np.where(is_sound, _text_keys(hashes, sound), _text_keys(hashes, text))


def text_space(hashes: U32, space: int) -> U32:
    """Keys of text hashes in a key space of text."""
    return _text_keys(hashes, space)


@lru_cache(maxsize=1)
def kept_letters() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which letters each deletion variant keeps, as bits, and where those of words of each length begin among them."""
    masks: list[int] = []
    starts = [0]
    for length in range(PREFIX + 1):
        # two and three letters can be one edit apart, three and five two
        shortest = 2 if length < 4 else max(3, length - EDITS)
        longest = PREFIX - EDITS if length == PREFIX else length
        for size in range(shortest, longest + 1):
            masks += [sum(1 << at for at in kept) for kept in combinations(range(length), size)]
        starts.append(len(masks))
    return np.asarray(masks, np.int64), np.asarray(starts, np.int64)


def deletion_keys(words: Sequence[str]) -> tuple[U32, I32]:
    """Keys of all words' deletion variants: (keys, position of the word), each one-dimensional and of equal length."""
    taken = [w[:PREFIX].encode("ascii", "replace") if len(w) > 1 else b"" for w in words]
    ends = np.cumsum(np.fromiter(map(len, taken), np.int64, len(taken)))
    masks, starts = kept_letters()
    text = np.frombuffer(b"".join(taken), np.uint8)
    keys, owners = fast(_deletions, 200 * len(words))(text, ends, masks, starts)
    return keys, owners


def _deletions(
    text: NDArray[np.uint8], ends: NDArray[np.int64], masks: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[U32, I32]:
    total = first = 0
    for end in ends:
        total += starts[end - first + 1] - starts[end - first]
        first = end
    keys, owners = np.empty(total, np.uint32), np.empty(total, np.int32)
    made = first = 0
    for word in range(len(ends)):
        length = ends[word] - first
        for m in range(starts[length], starts[length + 1]):
            value = 0x811C9DC5
            for at in range(length):
                if masks[m] >> at & 1:
                    value = ((value ^ int(text[first + at])) * 0x01000193) & 0xFFFFFFFF
            keys[made] = value ^ (value >> 15)
            owners[made] = word
            made += 1
        first = ends[word]
    return keys, owners


# From so many keys on it is worth the time to note where keys begin that begin alike.
_MANY_KEYS = 10_000
_NOTED_BITS = 16


class KeyMap:
    """Keys to positions: two arrays sorted by key, fit for memory mapping."""

    def __init__(self, keys: U32, values: I32) -> None:
        self.keys, self.values = keys, values
        # where the keys with each beginning are found
        self._bits = 0
        self._starts = np.asarray([0, len(keys)], np.int64)

    @classmethod
    def build(cls, keys: U32, values: I32) -> KeyMap:
        """Sort by key, then value."""
        packed = (keys.astype(np.uint64) << np.uint64(32)) | values.astype(np.uint32)
        packed.sort()
        if len(packed):
            packed = packed[np.r_[True, packed[1:] != packed[:-1]]]
        return cls((packed >> np.uint64(32)).astype(np.uint32), (packed & np.uint64(MASK)).astype(np.int32))

    def noted(self, wanted: int) -> tuple[NDArray[np.int64], int]:
        """Where the keys with each beginning begin, and how many bits stand behind it. wanted: keys to be looked up."""
        if wanted > _MANY_KEYS and not self._bits:
            self._bits = _NOTED_BITS
            beginnings = np.arange(1 << _NOTED_BITS, dtype=np.uint32) << np.uint32(32 - _NOTED_BITS)
            self._starts = np.append(np.searchsorted(self.keys, beginnings), len(self.keys))
        return self._starts, 32 - self._bits

    def lookup(self, keys: U32, owners: I32, most: NDArray[np.float64] | None = None) -> tuple[I32, I32, F32]:
        """All (owner, value) pairs whose key is in the map, each once and sorted, with the most that their keys have.

        owners: sorted. most: a number 0-1 for each key; 0 for all where there is none.
        """
        if most is None:
            most = np.zeros(len(keys))
        share = np.ceil(most * _WHOLE).astype(np.int64)
        search = fast(_lookup, 20 * len(keys))
        found, packed = search(self.keys, self.values, *self.noted(len(keys)), keys, owners, share)
        return (
            found,
            (packed >> _SHARE_BITS).astype(np.int32),
            ((packed & _WHOLE) / _WHOLE).astype(np.float32),
        )


# A value and a share (0-1, rounded up) as one number, which sorts by both.
_SHARE_BITS = 16
_WHOLE = (1 << _SHARE_BITS) - 1


def _lookup(
    known: U32,
    known_values: I32,
    starts: NDArray[np.int64],
    shift: int,
    keys: U32,
    owners: I32,
    share: NDArray[np.int64],
) -> tuple[I32, NDArray[np.int64]]:
    found, packed = np.empty(1024, np.int32), np.empty(1024, np.int64)
    count = 0  # of pairs kept
    begun = 0  # where the pairs of the present owner begin
    for k in range(len(keys)):
        beginning = np.int64(keys[k]) >> shift
        low, high = starts[beginning], starts[beginning + 1]
        while low < high:
            middle = (low + high) // 2
            if known[middle] < keys[k]:
                low = middle + 1
            else:
                high = middle
        while low < len(known) and known[low] == keys[k]:
            if count == len(found):
                found = np.concatenate((found, np.empty(count, np.int32)))
                packed = np.concatenate((packed, np.empty(count, np.int64)))
            found[count] = owners[k]
            packed[count] = np.int64(known_values[low]) << _SHARE_BITS | share[k]
            count += 1
            low += 1
        if k + 1 == len(keys) or owners[k + 1] != owners[k]:
            if count > begun + 1:
                packed[begun:count] = np.sort(packed[begun:count])
            kept = begun
            for at in range(begun, count):
                if at == begun or packed[at] >> _SHARE_BITS != packed[kept - 1] >> _SHARE_BITS:
                    kept += 1
                packed[kept - 1] = packed[at]
            count = begun = kept
    return found[:count], packed[:count]
