"""The names of a list as arrays: what the index searches, kept in the cache folder and mapped into memory from there.

Terms as in index.py: a *feature* of a name is one of its words, a run of its words written as one, or an acronym of
how it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import msgspec
import numpy as np

from screening.matching.edits import Spelled, near
from screening.matching.keys import (
    ACRONYM,
    RUN,
    RUN_SOUND,
    Codes,
    KeyMap,
    WordKeys,
    acronym_keys,
    consonant_keys,
    deletion_keys,
    key,
    rolling_of,
    run_keys,
    run_spaces,
    text_space,
    word_keys,
)
from screening.matching.reach import ALMOST_SIGNS, COUNTS, DISTINCTIVE, FORM, MARGIN, OTHER_SIGNS, TOWN, TRACE
from screening.matching.similarity import facts
from screening.names.many import PreparedNames
from screening.names.prepare import (
    FILLER,
    INITIAL,
    LEGAL,
    NUMBER,
    PARTICLE,
    PLACE,
    SUFFIX,
    TITLE,
    WORD,
    Mode,
    Preparer,
    Token,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A name is led by its rarest words, as many as it takes for the others to stay below this share of its weight. From
# this score up (0-1) the names that a query's dropped words lead to are found by what leads them: see reach.py.
LED_FROM = 0.75
# A company word counts as common that is in so many names.
COMMON = 50
# What a name's words weigh where any weight will do.
ANY_WEIGHT = 1e9

# Words that a name can do without and still be called shortened, beside initials, as in Scorer.score.
_PASSED_OVER: dict[Mode, tuple[int, ...]] = {
    "other": (LEGAL, FILLER, INITIAL),
    "person": (TITLE, PARTICLE, SUFFIX, INITIAL),
}


def meanings(
    tokens: Sequence[Token], known: Mapping[str, Sequence[tuple[str, ...]]]
) -> list[tuple[str, int, int]]:
    """Runs of words that one word can stand for, as in align(): (canonical words, first word, number of words).

    known: by their first word, the meanings of several words that a word can have (see Preparer.meanings).
    """
    return [
        (" ".join(meaning), start, len(meaning))
        for start, token in enumerate(tokens)
        for meaning in known.get(token.canon, ())
        if tuple([t.canon for t in tokens[start : start + len(meaning)]]) == meaning
    ]


class Spans(NamedTuple):
    """Neighbouring words that count as one, as columns: key, name, parting (see keys.Runs), the first word (by
    its place among the words of all names) and the number of words.
    """

    keys: NDArray[np.uint32]
    rows: NDArray[np.int64]
    parting: NDArray[np.int64]
    first: NDArray[np.int64]
    words: NDArray[np.int64]

    @classmethod
    def together(cls, parts: Sequence[Spans]) -> Spans:
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def chosen(self, which: NDArray[Any]) -> Spans:
        return Spans(
            self.keys[which],
            self.rows[which],
            self.parting[which],
            self.first[which],
            self.words[which],
        )

    @classmethod
    def of_meanings(
        cls,
        kind: str,
        names: PreparedNames,
        parting: int,
        known: Mapping[str, Sequence[tuple[str, ...]]],
    ) -> Spans:
        said = [
            (key(kind, text), row, first, size)
            for row in names.having(lambda token: token.canon in known)
            for text, first, size in meanings(names.name(row).tokens, known)
        ]
        keys, rows, first, words = zip(*said, strict=True) if said else ((),) * 4
        of = np.asarray(rows, np.int64)
        return cls(
            np.asarray(keys, np.uint32),
            of,
            np.full(len(said), parting),
            names.start[of] + np.asarray(first, np.int64),
            np.asarray(words, np.int64),
        )


class Arrays(NamedTuple):
    """An index of one mode as arrays (memory-mapped when opened from the cache).

    Of names: names: position in the caller's list; start, words: word ids (CSR), and share: of each, its share of the
    name's weight; initials, distinct: the share of initials, and of distinctive words; needed, said: how many words a
    shortened one needs and what they weigh (without limit where any weight will do, 0 where it is no shortened one);
    brief: see brief_of; noted: whether something was undone in them.
    Of features (words, then the rest): posting_start, posting_names: the names that have them (CSR), and of each
    posting_share: a word's share of its weight, 0 in one with initials; posting_distinct, posting_signs: how much of it is
    distinctive, and its signs; of words posting_other, posting_other_share: the heaviest other word that a shortened name
    has to have; posting_first, posting_words: the first and the number of the words it is made of there.
    acronyms: of those that are no words, whether they are acronyms or meanings. parting: where their words part (see
    keys.Runs). leading_start, leading_names, leading_share, leading_distinct, leading_signs: the same for the names that a
    word leads; leading_other, leading_other_share too.
    Of words: weights; hashes: of their texts (see align.rolling); marks, signs: see reach.py; facts: see similarity.facts;
    text, text_start: the comparison forms, ASCII; blob, blob_start: all fields, msgpack. spelled_out: how many can stand
    for several. keys, deletions: see KeyMap.
    """

    names: NDArray[np.int32]
    start: NDArray[np.int64]
    words: NDArray[np.int32]
    share: NDArray[np.float32]
    initials: NDArray[np.float32]
    distinct: NDArray[np.float32]
    noted: NDArray[np.uint8]
    posting_start: NDArray[np.int64]
    posting_names: NDArray[np.int32]
    posting_share: NDArray[np.float32]
    posting_distinct: NDArray[np.float32]
    posting_signs: NDArray[np.int64]
    posting_other: NDArray[np.int32]
    posting_other_share: NDArray[np.float32]
    posting_first: NDArray[np.uint16]
    posting_words: NDArray[np.uint16]
    leading_start: NDArray[np.int64]
    leading_names: NDArray[np.int32]
    leading_share: NDArray[np.float32]
    leading_distinct: NDArray[np.float32]
    leading_signs: NDArray[np.int64]
    leading_other: NDArray[np.int32]
    leading_other_share: NDArray[np.float32]
    weights: NDArray[np.float64]
    hashes: NDArray[np.int64]
    marks: NDArray[np.uint8]
    acronyms: NDArray[np.bool_]
    signs: NDArray[np.int64]
    needed: NDArray[np.int16]
    said: NDArray[np.float32]
    brief: NDArray[np.uint8]
    parting: NDArray[np.int64]
    spelled_out: NDArray[np.int32]
    keys: NDArray[np.uint32]
    key_values: NDArray[np.int32]
    deletions: NDArray[np.uint32]
    deletion_values: NDArray[np.int32]
    facts: NDArray[np.uint16]
    text: NDArray[np.uint8]
    text_start: NDArray[np.int64]
    blob: NDArray[np.uint8]
    blob_start: NDArray[np.int64]


def build(positions: Sequence[int], names: PreparedNames, mode: Mode, preparer: Preparer) -> Arrays:
    """Arrays of names that this preparer prepared. positions: of each in the caller's list."""
    ids, starts = names.ids, names.start
    row_of = np.repeat(np.arange(len(names)), np.diff(starts))
    used, word_ids = np.unique(ids, return_inverse=True)
    words = [preparer.tokens[i] for i in used.tolist()]
    of_all = Codes(preparer.tokens)
    codes, weights = of_all.of(ids)
    by_initial = np.where(codes[:, 9] == INITIAL, np.maximum(weights, TRACE), 0.0)
    initials = np.bincount(row_of, by_initial, len(names)).astype(np.float64)
    # runs, acronyms and meanings of every name, as keys
    runs = run_keys(codes, starts)
    keys = run_spaces(runs.hashes, runs.is_sound, RUN, RUN_SOUND)
    parts = [Spans(keys, runs.rows, runs.parting, runs.first, runs.words)]
    if mode == "other":
        rows, hashes, first, spanned = acronym_keys(codes, starts)
        keys = text_space(hashes, ACRONYM)
        parts.append(Spans(keys, rows, np.zeros(len(rows), np.int64), first, spanned))
        parts.append(Spans.of_meanings("M", names, 0, preparer.meanings))
    made_keys, made_rows, parting, first, spanned = Spans.together(parts)
    # runs of one text that part in different places are different features
    order = np.lexsort((parting, made_keys))
    fresh = np.ones(len(order), np.bool_)
    if len(order):
        fresh[1:] = (np.diff(made_keys[order].astype(np.int64)) != 0) | (np.diff(parting[order]) != 0)
    feature_of = np.empty(len(order), np.int64)
    feature_of[order] = np.cumsum(fresh) - 1
    feature_keys, feature_parting = made_keys[order][fresh], parting[order][fresh]
    count = len(words)
    all_features = np.concatenate([word_ids, feature_of + count]).astype(np.int32)
    all_names = np.concatenate([row_of, made_rows]).astype(np.int32)
    by_feature = np.lexsort((all_names, all_features))
    place = np.concatenate([np.arange(len(ids)), first]) - starts[all_names]
    size_of = np.concatenate([np.ones(len(ids), np.int64), spanned])
    of_words = WordKeys.together([word_keys(words, of_all.of(used)[0]), *consonant_keys(words).values()])
    spelled = [(i, key("W", " ".join(t.meaning))) for i, t in enumerate(words) if len(t.meaning) > 1]
    spelled_words, spelled_keys = zip(*spelled, strict=True) if spelled else ((), ())
    keymap = KeyMap.build(
        np.concatenate([of_words.keys, np.asarray(spelled_keys, np.uint32), feature_keys]).astype(np.uint32),
        np.concatenate(
            [of_words.owners, np.asarray(spelled_words, np.int32), np.arange(len(feature_keys)) + count]
        ).astype(np.int32),
    )
    deletions = KeyMap.build(*deletion_keys([t.text if t.kind != NUMBER else "" for t in words]))
    blobs = [
        msgspec.msgpack.encode(
            (t.text, t.canon, t.kind, t.shown, t.han, t.abjad, t.languages, sorted(t.classes))
        )
        for t in words
    ]
    shortening = shortening_of(codes[:, 9], weights, row_of, len(names), mode)
    kinds = np.asarray([t.kind for t in words], np.int64)
    shortening["marks"] = marks_of(kinds, np.asarray([t.weight for t in words], np.float64), mode)
    total = names.totals
    whole = np.where(total > 0, total, 1.0)  # a name without weight scores nothing
    share = weights / whole[row_of]
    having = np.bincount(all_features, minlength=count + len(feature_keys))
    legal = np.isin(codes[:, 9], (LEGAL, FILLER))
    led_words, led_names, led_share = _led(
        word_ids, row_of, weights, legal, total, initials, _like(words, having[:count])
    )
    shares = np.where(initials[row_of] > 0, 0.0, share)
    counted = np.where(shortening["marks"][word_ids] & COUNTS, shares, 0.0)
    led_other, led_other_share = _heaviest_other(led_words, led_names, word_ids, row_of, counted)
    whole_words = by_feature[: len(ids)]  # words come before what is made of them
    other, other_share = _heaviest_other(
        all_features[whole_words], all_names[whole_words], word_ids, row_of, counted
    )
    text = Spelled.of([t.text for t in words])
    signs = _signs(words, kinds, having[:count], deletions, text)
    of_names = np.zeros(len(names), np.int64)
    np.bitwise_or.at(of_names, row_of, signs[word_ids])
    distinct = np.bincount(row_of, share * (codes[:, 9] == WORD), len(names)).astype(np.float32)
    arrays = Arrays(
        names=np.asarray(positions, np.int32),
        start=starts,
        words=word_ids.astype(np.int32),
        share=share.astype(np.float32),
        initials=(initials / whole).astype(np.float32),
        distinct=distinct,
        noted=names.noted(),
        posting_start=starts_of(having),
        posting_names=all_names[by_feature],
        posting_share=np.append(shares, np.zeros(len(made_keys)))[by_feature].astype(np.float32),
        posting_distinct=distinct[all_names[by_feature]],
        posting_signs=of_names[all_names[by_feature]],
        posting_other=other,
        posting_other_share=other_share,
        posting_first=np.minimum(place[by_feature], 65535).astype(np.uint16),
        posting_words=np.minimum(size_of[by_feature], 65535).astype(np.uint16),
        leading_start=starts_of(np.bincount(led_words, minlength=count)),
        leading_names=led_names.astype(np.int32),
        leading_share=led_share.astype(np.float32),
        leading_distinct=distinct[led_names],
        leading_signs=of_names[led_names],
        leading_other=led_other,
        leading_other_share=led_other_share,
        signs=signs,
        weights=np.asarray([t.weight for t in words], np.float64),
        hashes=rolling_of([t.text for t in words]).astype(np.int64),
        acronyms=np.asarray(feature_parting == 0),
        **shortening,
        brief=brief_of(codes, row_of, len(names)),
        parting=np.concatenate([np.zeros(count, np.int64), feature_parting]),
        spelled_out=np.asarray([len(spelled)], np.int32),
        keys=keymap.keys,
        key_values=keymap.values,
        deletions=deletions.keys,
        deletion_values=deletions.values,
        facts=facts(words),
        text=text.text,
        text_start=text.start,
        blob=np.frombuffer(b"".join(blobs), np.uint8),
        blob_start=starts_of(np.asarray([len(b) for b in blobs], np.int64)),
    )
    for array in arrays:
        array.setflags(write=False)  # as it is when opened from the cache
    return arrays


def _signs(
    words: Sequence[Token],
    kinds: NDArray[np.int64],
    having: NDArray[np.int64],
    deletions: KeyMap,
    text: Spelled,
) -> NDArray[np.int64]:
    """The sign of each word as a bit (see reach.py), 0 of those that are not distinctive. having: names that have it."""
    common = (kinds != WORD) & (kinds != NUMBER) & (having >= COMMON)
    company, almost, _ = near(
        Spelled.of([t.text if of else "" for t, of in zip(words, common.tolist(), strict=True)]),
        deletions,
        text,
    )
    sign = np.asarray([crc32((t.skeleton or t.text).encode()) % OTHER_SIGNS for t in words], np.int64)
    sign += ALMOST_SIGNS
    meaning = np.asarray([crc32(t.canon.encode()) % ALMOST_SIGNS for t in words], np.int64)
    sign[almost] = meaning[company]
    signs: NDArray[np.int64] = np.where(kinds == WORD, np.left_shift(np.int64(1), sign), 0)
    return signs


def _led(
    words: NDArray[np.int64],
    rows: NDArray[np.int64],
    weights: NDArray[np.float64],
    legal: NDArray[np.bool_],
    total: NDArray[np.float64],
    initials: NDArray[np.float64],
    alike: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(words, names they lead, share of the name's weight, 0 in one with initials), sorted.

    words, weights: of all names in order, rows: the name of each. alike: by word, the number of names with a word like it.
    """
    # legal forms that are written differently are still one form, and so never rare
    order = np.lexsort((words, alike[words] / np.maximum(weights, MARGIN), legal, rows))
    before = np.cumsum(weights[order]) - weights[order]
    first = starts_of(np.bincount(rows, minlength=len(total)))[rows]
    if len(before):
        before -= before[first]
    leads = before <= (1 - LED_FROM) * total[rows] + initials[rows] + MARGIN
    word, name = words[order][leads], rows[leads]
    share = np.where(initials[name] > 0, 0.0, weights[order][leads] / np.maximum(total[name], MARGIN))
    sort = np.lexsort((name, word))
    return word[sort], name[sort], share[sort]


def _heaviest_other(
    which: NDArray[Any],
    names: NDArray[Any],
    words: NDArray[np.int64],
    rows: NDArray[np.int64],
    share: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Of words in names, the other word of the name with the largest share, and this, 0 where there is none.

    words, share: of all names in order, rows: the name of each.
    """
    order = np.lexsort((words, -share, rows))
    sizes = np.bincount(rows, minlength=int(names.max(initial=-1)) + 1)
    first = starts_of(sizes)[names]
    second = np.where(sizes[names] > 1, first + 1, first)
    at = order[np.where(words[order[first]] == which, second, first)]
    other = words[at]
    return other.astype(np.int32), np.where(other == which, 0.0, share[at]).astype(np.float32)


def _like(words: Sequence[Token], having: NDArray[np.int64]) -> NDArray[np.float64]:
    """About how many names have a word like each of these: of its consonants, or of its meaning. having: it itself."""
    found = having.astype(np.float64)
    for same in ([t.skeleton or t.text for t in words], [f"{t.kind} {t.canon}" for t in words]):
        _, group = np.unique(np.asarray(same, object).astype(str), return_inverse=True)
        found = np.maximum(found, np.bincount(group, having)[group])
    return found


def shortening_of(
    kinds: NDArray[np.int64], weights: NDArray[np.float64], rows: NDArray[np.int64], names: int, mode: Mode
) -> dict[str, Any]:
    """What decides whether a name can be another's shortened, as in Scorer.score (see Arrays); marks is by word."""
    marks = marks_of(kinds, weights, mode)
    distinctive = np.bincount(rows, kinds == WORD, names)
    if mode == "person":
        said = np.where(distinctive > 1, ANY_WEIGHT, 0.0)
    else:
        big = ~np.isin(kinds, (LEGAL, FILLER))
        said = np.bincount(rows, weights * big, names).astype(np.float64)
        said[np.bincount(rows, big, names) == 1] = ANY_WEIGHT
        said[distinctive == 0] = 0.0
    needed = np.bincount(rows, marks & COUNTS, names)
    return {
        "marks": marks,
        "needed": needed.astype(np.int16),
        "said": (said + MARGIN).astype(np.float32),
    }


def brief_of(codes: NDArray[np.int64], rows: NDArray[np.int64], names: int) -> NDArray[np.uint8]:
    """Twice the number of words of each name, legal forms and small words apart, three at the most; and one more where its
    company words can be of one language.
    """
    words = np.minimum(np.bincount(rows, ~np.isin(codes[:, 9], (LEGAL, FILLER)), names), 3).astype(np.uint8)
    common = np.full(names, -1, np.int64)
    np.bitwise_and.at(common, rows, codes[:, 14])
    brief: NDArray[np.uint8] = words * np.uint8(2) + (common != 0)
    return brief


def marks_of(kinds: NDArray[np.int64], weights: NDArray[np.float64], mode: Mode) -> NDArray[np.uint8]:
    """The marks of words of these kinds and weights (see Arrays)."""
    marks: NDArray[np.uint8] = (
        COUNTS * (~np.isin(kinds, _PASSED_OVER[mode]) & (weights > 0))
        + DISTINCTIVE * (kinds == WORD)
        + FORM * (kinds == LEGAL)
        + TOWN * (kinds == PLACE)
    ).astype(np.uint8)
    return marks


def starts_of(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def save(arrays: Arrays, folder: Path) -> None:
    """Write each array to its own file in a new folder."""
    folder.mkdir(parents=True)
    for name, array in arrays._asdict().items():
        np.save(folder / f"{name}.npy", array)


def load(folder: Path) -> Arrays:
    """Open an index without reading it into memory. Raises OSError or ValueError when a file is missing or damaged."""
    return Arrays(
        *(np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in Arrays._fields)
    )
