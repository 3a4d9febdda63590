"""Finds the names that can score at least a cut-off, without scoring the rest; the hits are exactly the oracle's.

How: a score is made of two coverages, the share of each name's weight that the other covers, and rules that only
lower it. Both coverages are bounded from above by summing, over the query's words, the best that each related word
of the list could add. One sparse product gives that bound for every name that shares a related word; names whose
bound is below the cut-off cannot be hits. What is left is scored by the same Scorer as in the oracle.

A query's commonest words are left out of the product while the rest of it is still enough to reach the cut-off
(prefix filter: a name found only through the words left out could not reach it); the bound then counts them as if
they were matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import msgspec
import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from screening.matching.align import MOST_JOINED
from screening.matching.keys import KeyMap, deletion_keys, key, start, word_keys
from screening.matching.oracle import Found
from screening.matching.score import Scorer
from screening.matching.similarity import most_edits
from screening.names.prepare import GENERIC, INITIAL, NUMBER, WORD, Mode, Prepared, Preparer, Token, acronyms
from screening.names.sounds import joined_sound
from screening.settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

# Rounding in the 32-bit sums of the bound; ten times the largest error seen in the property tests.
MARGIN = 1e-3
# Queries in one sparse product: bounds its memory to some hundred megabytes against a million names.
PRODUCT_ROWS = 512
# Key spaces of runs and of the words they can meet.
JOINED, JOINED_SOUND, TEXT, SOUND = start("J"), start("Q"), start("T"), start("S")
# Up to so many queries the sums are made without scipy, whose import takes longer than they do.
FEW = 4


class _Related(NamedTuple):
    """Features of the list that relate to a word, with similarity squared and the list's weight times that."""

    features: NDArray[np.int32]
    squares: NDArray[np.float32]
    weights: NDArray[np.float32]
    most: float  # largest value of weights
    cost: int  # names reached


class _Unit(NamedTuple):
    """A word or run of words of a query and what it relates to. weight: its share of the query's total."""

    weight: float
    related: _Related


_NOTHING = _Related(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.float32), 0.0, 0)


def run_keys(tokens: Sequence[Token], spaces: tuple[int, ...], sounds: int) -> list[tuple[list[int], float]]:
    """Neighbouring words written as one: the keys and the weight of every run of two to four words.

    spaces: starts (see `keys.start`) of the key spaces of the text, sounds: of its sound.
    """
    found = []
    count = len(tokens)
    for first in range(count - 1):
        token = tokens[first]
        length, weight, sound = len(token.text), token.weight, token.sound
        hashes = [crc32(token.bytes, space) for space in spaces]
        for at in range(first + 1, min(first + MOST_JOINED, count)):
            token = tokens[at]
            length, weight = length + len(token.text), weight + token.weight
            hashes = [crc32(token.bytes, value) for value in hashes]
            sound = joined_sound(sound, token.sound)
            if length > 5 and sound:
                found.append(([*hashes, crc32(sound.encode(), sounds)], weight))
            elif length > 3:
                found.append((hashes, weight))
    return found


def meanings(tokens: Sequence[Token]) -> list[tuple[str, float]]:
    """Runs of two or three company words as one meaning: (canonical words, weight)."""
    found = []
    for start in range(len(tokens) - 1):
        text, weight = tokens[start].canon, tokens[start].weight
        for at in range(start, min(start + 3, len(tokens))):
            if tokens[at].kind != GENERIC:
                break
            if at > start:
                text, weight = f"{text} {tokens[at].canon}", weight + tokens[at].weight
                found.append((text, weight))
    return found


class Arrays(NamedTuple):
    """An index of one mode as arrays (memory-mapped when opened from the cache).

    names: position of each name in the caller's list. start, words: word ids of each name (CSR).
    feature_start, feature_names: names that have a feature (CSR); name_start, name_features: the other way.
    A feature is a word, a run of words written as
    one, or an acronym; words come first. weight: by feature. total, initials: weight of each name, and of its
    initials. spelled_out: number of words that can stand for several. family: surname's place in each name or -1. blob, blob_start: the words' fields, msgpack.
    """

    names: NDArray[np.int32]
    start: NDArray[np.int64]
    words: NDArray[np.int32]
    family: NDArray[np.int8]
    total: NDArray[np.float32]
    initials: NDArray[np.float32]
    feature_start: NDArray[np.int64]
    feature_names: NDArray[np.int32]
    name_start: NDArray[np.int64]
    name_features: NDArray[np.int32]
    weight: NDArray[np.float32]
    spelled_out: NDArray[np.int32]
    keys: NDArray[np.uint32]
    key_values: NDArray[np.int32]
    deletions: NDArray[np.uint32]
    deletion_values: NDArray[np.int32]
    blob: NDArray[np.uint8]
    blob_start: NDArray[np.int64]


def build(names: Sequence[tuple[int, Prepared]], mode: Mode) -> Arrays:
    """Index prepared names. names: (position in the caller's list, prepared name)."""
    words: dict[Token, int] = {}
    word_rows: list[int] = []
    start = np.zeros(len(names) + 1, np.int64)
    features: dict[int, int] = {}  # key of a run or acronym -> feature, numbered after the words
    feature_weight: list[float] = []
    pairs_feature: list[int] = []
    pairs_name: list[int] = []
    initials = np.zeros(len(names), np.float32)
    for row, (_, prepared) in enumerate(names):
        tokens = prepared.tokens
        for token in tokens:
            word_rows.append(words.setdefault(token, len(words)))
            if token.kind == INITIAL:
                initials[row] += token.weight
        start[row + 1] = len(word_rows)
        if len(tokens) > 1:
            made: list[tuple[int, float]] = []
            made.extend((key("M", canons), weight) for canons, weight in meanings(tokens))
            made.extend(
                (k, weight) for found, weight in run_keys(tokens, (JOINED,), JOINED_SOUND) for k in found
            )
            if mode == "other":
                for text, run in acronyms(tokens).items():
                    made.append((key("A", text), sum(tokens[i].weight for i in run)))
            for feature_key, weight in made:
                feature = features.setdefault(feature_key, len(features))
                if feature == len(feature_weight):
                    feature_weight.append(weight)
                elif weight > feature_weight[feature]:
                    feature_weight[feature] = weight
                pairs_feature.append(feature)
                pairs_name.append(row)
    count = len(words)
    word_list = list(words)
    word_ids = np.asarray(word_rows, np.int32)
    name_of = np.repeat(np.arange(len(names), dtype=np.int32), np.diff(start))
    all_features = np.concatenate([word_ids, np.asarray(pairs_feature, np.int32) + count]).astype(np.int32)
    all_names = np.concatenate([name_of, np.asarray(pairs_name, np.int32)]).astype(np.int32)
    order = np.lexsort((all_names, all_features))
    counts = np.bincount(all_features, minlength=count + len(features))
    keys: list[int] = []
    values: list[int] = []
    spelled_out = 0
    for i, token in enumerate(word_list):
        found = word_keys(token)
        if len(token.meaning) > 1:
            spelled_out += 1
            found.append(key("W", " ".join(token.meaning)))
        keys.extend(found)
        values.extend([i] * len(found))
    keys.extend(features)
    values.extend(count + i for i in features.values())
    keymap = KeyMap.build(np.asarray(keys, np.uint32), np.asarray(values, np.int32))
    deletions = KeyMap.build(*deletion_keys([t.text if t.kind != NUMBER else "" for t in word_list]))
    blobs = [
        msgspec.msgpack.encode(
            (t.text, t.canon, t.kind, t.shown, t.han, t.abjad, t.languages, sorted(t.classes))
        )
        for t in word_list
    ]
    return Arrays(
        names=np.asarray([i for i, _ in names], np.int32),
        start=start,
        words=word_ids,
        family=np.asarray([p.family for _, p in names], np.int8),
        total=np.asarray([p.total for _, p in names], np.float32),
        initials=initials,
        feature_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        feature_names=all_names[order],
        name_start=np.concatenate([[0], np.cumsum(np.bincount(all_names, minlength=len(names)))]).astype(
            np.int64
        ),
        name_features=all_features[np.lexsort((all_features, all_names))],
        weight=np.asarray([t.weight for t in word_list] + feature_weight, np.float32),
        spelled_out=np.asarray([spelled_out], np.int32),
        keys=keymap.keys,
        key_values=keymap.values,
        deletions=deletions.keys,
        deletion_values=deletions.values,
        blob=np.frombuffer(b"".join(blobs), np.uint8),
        blob_start=np.concatenate([[0], np.cumsum([len(b) for b in blobs])]).astype(np.int64),
    )


def save(arrays: Arrays, folder: Path) -> None:
    """Write each array to its own file in a new folder."""
    folder.mkdir(parents=True)
    for name, array in arrays._asdict().items():
        np.save(folder / f"{name}.npy", array)


def load(folder: Path) -> Arrays:
    """Open an index without reading it into memory. Raises OSError or ValueError when a file is missing or damaged."""
    return Arrays(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in Arrays._fields))


class ModeIndex:
    """Search over the names of one mode."""

    def __init__(
        self, arrays: Arrays, mode: Mode, preparer: Preparer, scorer: Scorer, settings: Settings
    ) -> None:
        self.arrays, self.mode, self.preparer, self.scorer, self.settings = (
            arrays,
            mode,
            preparer,
            scorer,
            settings,
        )
        self._count = len(arrays.blob_start) - 1
        self._keys = KeyMap(arrays.keys, arrays.key_values)
        self._deletions = KeyMap(arrays.deletions, arrays.deletion_values)
        self._sizes = np.diff(arrays.feature_start)
        self._spelled_out = bool(arrays.spelled_out[0])
        self._words: dict[int, Token] = {}
        self._related: dict[Token, _Related] = {}
        self._prepared: dict[int, Prepared] = {}
        self._width = len(arrays.feature_start) - 1
        self._features: sparse.csr_matrix | None = None

    def search(self, queries: Sequence[str], cutoff: float) -> list[list[Found]]:
        """For each query the names that score at least cutoff (0-100)."""
        out: list[list[Found]] = [[] for _ in queries]
        if not len(self.arrays.names):
            return out
        prepared = [
            (i, p) for i, q in enumerate(queries) if (p := self.preparer.prepare(q, self.mode)).total > 0
        ]
        self._relate({t for _, p in prepared for t in p.tokens})
        run_units = self._run_units([p for _, p in prepared])
        for at in range(0, len(prepared), PRODUCT_ROWS):
            part = prepared[at : at + PRODUCT_ROWS]
            for row, name in self._candidates(
                [p for _, p in part], run_units[at : at + PRODUCT_ROWS], cutoff
            ):
                i, query = part[row]
                score = self.scorer.score(query, self._name(name), self.mode).score
                if score >= cutoff:
                    out[i].append(Found(int(self.arrays.names[name]), score))
        return out

    # --- candidates --------------------------------------------------------------------------------

    def _candidates(
        self, queries: list[Prepared], run_units: list[list[_Unit]], cutoff: float
    ) -> list[tuple[int, int]]:
        """(query, name) pairs whose upper bound reaches the cut-off."""
        better = self.settings.score.better_side
        least = cutoff / 100 - MARGIN
        # Of either name at least this share must be covered, even if all of the other is.
        needed = (least - better) / (1 - better)
        rows: list[int] = []
        units: list[_Unit] = []
        left_share = np.zeros(len(queries), np.float32)
        left_weight = np.zeros(len(queries), np.float32)
        for row, query in enumerate(queries):
            own = []
            for token in query.tokens:
                unit = _Unit(token.weight / query.total, self._related[token])
                if token.kind == INITIAL:
                    left_share[row] += unit.weight
                elif unit.related.cost:
                    own.append(unit)
            own.sort(key=lambda u: (-u.related.cost, u.weight))
            skip = 0
            for unit in own:
                if left_share[row] + unit.weight >= needed - MARGIN:
                    break
                left_share[row] += unit.weight
                left_weight[row] += unit.related.most
                skip += 1
            for unit in (*own[skip:], *run_units[row]):
                rows.append(row)
                units.append(unit)
        found_rows, found_names = self._product(queries, rows, units, left_share, left_weight, least)
        # Names that share no word of the product can still score when initials or left-out words nearly suffice.
        for row in np.flatnonzero(left_share >= needed - MARGIN).tolist():
            theirs = np.minimum(1.0, (left_weight[row] + self.arrays.initials) / self.arrays.total)
            more = np.flatnonzero(_score_bound(left_share[row], theirs, better) >= least).astype(np.int32)
            more = np.setdiff1d(more, found_names[found_rows == row])
            found_names = np.concatenate([found_names, more])
            found_rows = np.concatenate([found_rows, np.full(len(more), row, np.int32)])
        sure = self._tighter(queries, run_units, found_rows, found_names) >= least
        return list(zip(found_rows[sure].tolist(), found_names[sure].tolist(), strict=True))

    def _product(
        self,
        queries: list[Prepared],
        rows: list[int],
        units: list[_Unit],
        left_share: NDArray[np.float32],
        left_weight: NDArray[np.float32],
        least: float,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(queries, names) that share a word and whose bound, by sums over words, reaches least (0-1)."""
        if not units:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        lengths = [len(u.related.features) for u in units]
        columns = np.concatenate([u.related.features for u in units])
        share = np.concatenate([u.related.squares for u in units]) * np.repeat(
            np.asarray([u.weight for u in units], np.float32), lengths
        )
        values = (share + 1j * np.concatenate([u.related.weights for u in units])).astype(np.complex64)
        multiply = self._few_times_features if len(queries) <= FEW else self._times_features
        row_of, names, sums = multiply(np.repeat(rows, lengths), columns, values, len(queries))
        arrays = self.arrays
        mine = np.minimum(1.0, sums.real + left_share[row_of])
        theirs = (sums.imag + left_weight[row_of] + arrays.initials[names]) / arrays.total[names]
        bound = _score_bound(mine, np.minimum(1.0, theirs), self.settings.score.better_side)
        kept = np.flatnonzero(bound >= least)
        return row_of[kept], names[kept]

    def _times_features(
        self, rows: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.complex64], count: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.complex64]]:
        """Sums of values by (row, name having the column's feature), as a sparse product."""
        from scipy import sparse  # half a second to import, which a single name need not wait for

        arrays = self.arrays
        if self._features is None:
            self._features = sparse.csr_matrix(
                (
                    np.ones(len(arrays.feature_names), np.complex64),
                    arrays.feature_names,
                    arrays.feature_start,
                ),
                shape=(self._width, len(arrays.names)),
                copy=False,
            )
        matrix = sparse.csr_matrix((values, (rows, columns)), shape=(count, self._width))
        product = (matrix @ self._features).tocsr()
        row_of = np.repeat(np.arange(count, dtype=np.int32), np.diff(product.indptr))
        return row_of, product.indices.astype(np.int32), product.data

    def _few_times_features(
        self, rows: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.complex64], count: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.complex64]]:
        """The same for few rows, one dense row of sums after the other."""
        start, size = self.arrays.feature_start, len(self.arrays.names)
        parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.complex64]]] = []
        for row in range(count):
            sums = np.zeros(size, np.complex64)
            for at in np.flatnonzero(rows == row).tolist():
                feature = int(columns[at])
                np.add.at(sums, self.arrays.feature_names[start[feature] : start[feature + 1]], values[at])
            names = np.flatnonzero(sums).astype(np.int32)
            parts.append((np.full(len(names), row, np.int32), names, sums[names]))
        rows_of, names_of, sums_of = zip(*parts, strict=True)
        return np.concatenate(rows_of), np.concatenate(names_of), np.concatenate(sums_of)

    def _tighter(
        self,
        queries: list[Prepared],
        run_units: list[list[_Unit]],
        rows: NDArray[np.int32],
        names: NDArray[np.int32],
    ) -> NDArray[np.float64]:
        """A closer upper bound for few pairs: each word of either name is covered once, by the best it meets."""
        arrays = self.arrays
        unit_rows: list[int] = []
        units: list[_Unit] = []
        initials = np.zeros(len(queries))
        for row in np.unique(rows).tolist():
            query = queries[row]
            for token in query.tokens:
                if token.kind == INITIAL:
                    initials[row] += token.weight / query.total
                unit_rows.append(row)
                units.append(_Unit(token.weight / query.total, self._related[token]))
            for unit in run_units[row]:
                unit_rows.append(row)
                units.append(unit)
        if not units or not len(rows):
            return np.zeros(len(rows))
        lengths = [len(u.related.features) for u in units]
        unit_of = np.repeat(np.arange(len(units)), lengths)
        width = np.int64(self._width)
        known = np.repeat(np.asarray(unit_rows, np.int64), lengths) * width + np.concatenate(
            [u.related.features for u in units]
        )
        order = np.argsort(known, kind="stable")
        known, unit_of = known[order], unit_of[order]
        squares = np.concatenate([u.related.squares for u in units])[order]
        unit_weight = np.asarray([u.weight for u in units])
        # every feature of every name in question ...
        counts = arrays.name_start[names + 1] - arrays.name_start[names]
        pair_of = np.repeat(np.arange(len(names)), counts)
        offsets = np.repeat(arrays.name_start[names] - np.r_[0, np.cumsum(counts)[:-1]], counts)
        features = arrays.name_features[offsets + np.arange(int(counts.sum()))]
        # ... that a unit of its query relates to
        wanted = rows[pair_of].astype(np.int64) * width + features
        first = np.searchsorted(known, wanted, side="left")
        met = np.searchsorted(known, wanted, side="right") - first
        entry = np.repeat(first - np.r_[0, np.cumsum(met)[:-1]], met) + np.arange(int(met.sum()))
        pair, unit, square = np.repeat(pair_of, met), unit_of[entry], squares[entry]
        place = np.repeat(np.arange(len(features)), met)
        by_unit = _most(pair.astype(np.int64) * len(units) + unit, square)
        mine = np.bincount(
            by_unit[0] // len(units), by_unit[1] * unit_weight[by_unit[0] % len(units)], len(names)
        )
        by_place = _most(place, square)
        theirs = np.bincount(
            pair_of[by_place[0]], by_place[1] * arrays.weight[features[by_place[0]]], len(names)
        )
        mine = np.minimum(1.0, mine + initials[rows])
        theirs = np.minimum(1.0, (theirs + arrays.initials[names]) / arrays.total[names])
        return _score_bound(mine, theirs, self.settings.score.better_side)

    # --- words -------------------------------------------------------------------------------------

    def _word(self, feature: int) -> Token:
        token = self._words.get(feature)
        if token is None:
            first, last = self.arrays.blob_start[feature], self.arrays.blob_start[feature + 1]
            text, canon, kind, shown, han, abjad, languages, classes = msgspec.msgpack.decode(
                self.arrays.blob[first:last].tobytes()
            )
            token = self.preparer.token(
                text, canon, kind, self.mode, shown=shown, han=han, abjad=abjad, languages=tuple(languages)
            )
            token.classes = frozenset(classes)
            self._words[feature] = token
        return token

    def _name(self, row: int) -> Prepared:
        prepared = self._prepared.get(row)
        if prepared is None:
            first, last = self.arrays.start[row], self.arrays.start[row + 1]
            tokens = tuple(self._word(int(w)) for w in self.arrays.words[first:last])
            prepared = Prepared("", tokens, sum(t.weight for t in tokens), int(self.arrays.family[row]), ())
            if len(self._prepared) > 200_000:
                self._prepared.clear()
            self._prepared[row] = prepared
        return prepared

    def _relate(self, tokens: set[Token]) -> None:
        """Find, once for each new word, every feature of the list that it relates to."""
        new = sorted(
            (t for t in tokens if t not in self._related), key=lambda t: (t.text, t.canon, t.kind, t.shown)
        )
        if not new:
            return
        if len(self._related) > 500_000:
            self._related = {t: r for t, r in self._related.items() if t in tokens}
        keys: list[int] = []
        owners: list[int] = []
        for i, token in enumerate(new):
            found = word_keys(token)
            if token.kind not in (NUMBER, INITIAL) and len(token.text) > 3:
                found.append(key("J", token.text))
                if token.sound:
                    found.append(key("Q", token.sound))
            if self.mode == "other" and token.kind == WORD:
                found.append(key("A", token.text))
            if len(token.meaning) > 1:
                found.append(key("M", " ".join(token.meaning)))
            keys.extend(found)
            owners.extend([i] * len(found))
        who, features = self._keys.lookup(np.asarray(keys, np.uint32), np.asarray(owners, np.int32))
        texts = [t.text if t.kind != NUMBER else "" for t in new]
        who2, features2 = self._near(texts, *self._deletions.lookup(*deletion_keys(texts)))
        packed = np.unique(
            np.concatenate([who, who2]).astype(np.uint64) << np.uint64(32)
            | np.concatenate([features, features2]).astype(np.uint64)
        )
        who = (packed >> np.uint64(32)).astype(np.int64)
        features = (packed & np.uint64(0xFFFFFFFF)).astype(np.int32)
        bounds = np.searchsorted(who, np.arange(len(new) + 1))
        for i, token in enumerate(new):
            self._related[token] = self._verified(token, features[bounds[i] : bounds[i + 1]])

    def _near(
        self, texts: list[str], who: NDArray[np.int32], features: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Of words that share a deletion variant, those that are few enough edits apart."""
        if not len(who):
            return who, features
        left = [texts[i] for i in who.tolist()]
        right = [self._word(f).text for f in features.tolist()]
        edits = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8, workers=1)
        longest = np.maximum(
            np.fromiter(map(len, left), int, len(left)), np.fromiter(map(len, right), int, len(left))
        )
        near = edits <= np.asarray([most_edits(n) for n in range(int(longest.max()) + 1)])[longest]
        return who[near], features[near]

    def _verified(self, token: Token, features: NDArray[np.int32]) -> _Related:
        similar, s = self.scorer.similar, self.settings.similarities
        kept: list[int] = []
        squares: list[float] = []
        for feature in features.tolist():
            if feature < self._count:
                value, relation = similar(token, self._word(feature))
                if relation == "initial":
                    continue
            else:
                value = max(s.joined, s.acronym, s.short_acronym, s.variant)
            if value > 0:
                kept.append(feature)
                squares.append(value * value)
        return self._make(kept, squares)

    def _make(self, features: list[int], squares: list[float]) -> _Related:
        if not features:
            return _NOTHING
        at = np.asarray(features, np.int32)
        square = np.asarray(squares, np.float32)
        weights = self.arrays.weight[at] * square
        return _Related(at, square, weights, float(weights.max()), int(self._sizes[at].sum()))

    def _run_units(self, queries: list[Prepared]) -> list[list[_Unit]]:
        """For each query, runs of its words (and their acronyms) that one word of the list can stand for."""
        keys: list[int] = []
        owners: list[int] = []
        weights: list[float] = []
        rows: list[int] = []

        def add(row: int, found: list[int], weight: float) -> None:
            keys.extend(found)
            owners.extend([len(weights)] * len(found))
            weights.append(weight)
            rows.append(row)

        for row, query in enumerate(queries):
            tokens = query.tokens
            if len(tokens) < 2:
                continue
            if self._spelled_out:
                for canons, weight in meanings(tokens):
                    add(row, [key("W", canons)], weight / query.total)
            for found, weight in run_keys(tokens, (TEXT, JOINED), SOUND):
                add(row, found, weight / query.total)
            if self.mode == "other":
                for text, run in acronyms(tokens).items():
                    add(row, [key("T", text)], sum(tokens[i].weight for i in run) / query.total)
        out: list[list[_Unit]] = [[] for _ in queries]
        if not keys:
            return out
        who, features = self._keys.lookup(np.asarray(keys, np.uint32), np.asarray(owners, np.int32))
        s = self.settings.similarities
        square = max(s.joined, s.acronym, s.short_acronym, s.variant) ** 2
        bounds = np.searchsorted(who, np.arange(len(weights) + 1))
        for unit in np.unique(who).tolist():
            found_features = features[bounds[unit] : bounds[unit + 1]].tolist()
            related = self._make(found_features, [square] * len(found_features))
            out[rows[unit]].append(_Unit(weights[unit], related))
        return out


def _score_bound(mine: Any, theirs: Any, better: float) -> NDArray[np.float64]:
    """The score (0-1) before rules of two coverages, as in Scorer.score."""
    bound: NDArray[np.float64] = better * np.maximum(mine, theirs) + (1 - better) * np.minimum(mine, theirs)
    return bound


def _most(
    keys: NDArray[np.int64], values: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The largest value of each key: (keys, values)."""
    if not len(keys):
        return keys, values
    order = np.lexsort((-values, keys))
    keys, values = keys[order], values[order]
    first = np.r_[True, keys[1:] != keys[:-1]]
    return keys[first], values[first]


class Index:
    """Both modes together; the same interface as the oracle."""

    def __init__(self, arrays: dict[Mode, Arrays], settings: Settings) -> None:
        preparer, scorer = Preparer(settings.words), Scorer(settings)
        self._modes = [ModeIndex(a, mode, preparer, scorer, settings) for mode, a in sorted(arrays.items())]

    @classmethod
    def of(cls, names: Sequence[tuple[str, Mode]], settings: Settings) -> Index:
        """Build in memory."""
        return cls(build_all(names, settings), settings)

    def search(self, queries: Sequence[str], cutoff: float) -> list[list[Found]]:
        """For each query the names that score at least cutoff (0-100), in the order of the list."""
        by_mode = [index.search(queries, cutoff) for index in self._modes]
        return [sorted(found for part in parts for found in part) for parts in zip(*by_mode, strict=True)]


def build_all(names: Sequence[tuple[str, Mode]], settings: Settings) -> dict[Mode, Arrays]:
    """Arrays of both modes. names: (text, mode)."""
    preparer = Preparer(settings.words)
    modes: tuple[Mode, Mode] = ("other", "person")
    return {
        mode: build([(i, preparer.prepare(t, mode)) for i, (t, m) in enumerate(names) if m == mode], mode)
        for mode in modes
    }
