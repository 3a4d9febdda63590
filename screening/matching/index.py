"""Finds the names that can score at least a cut-off, without scoring the rest; the hits are exactly the oracle's.

How: a score is made of two coverages, the share of each name's weight that the other covers, and rules that only
lower it. Both coverages are bounded from above by summing, over the query's words, the best that each related word
of the list could add. One sparse product gives that bound for every name that shares a related word; names whose
bound is below the cut-off cannot be hits. What is left is scored by the same Scorer as in the oracle.

A query's commonest words are left out of the product while the rest of it is still enough to reach the cut-off
(prefix filter: a name found only through the words left out could not reach it); the bound then counts them as if
they were matched.

Terms: a *feature* of a name is one of its words, a run of its words written as one, or an acronym of how it begins.
A *unit* of a query is one of its words, a run, or an acronym. An *entry* says that a unit relates to a feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from screening.matching.keys import (
    ACRONYM,
    RUN,
    RUN_SOUND,
    SOUND,
    TEXT,
    Codes,
    KeyMap,
    acronym_keys,
    deletion_keys,
    key,
    run_keys,
    run_spaces,
    text_key,
    text_space,
    word_keys,
)
from screening.matching.oracle import Found
from screening.matching.score import Scorer
from screening.matching.similarity import most_edits
from screening.names.prepare import GENERIC, INITIAL, NUMBER, WORD, Mode, Prepared, Preparer, Token
from screening.settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

# Rounding in the 32-bit sums of the bound; ten times the largest error seen in the property tests.
MARGIN = 1e-3
# Queries in one sparse product: bounds its memory to some hundred megabytes against a million names.
PRODUCT_ROWS = 1024
# Up to so many queries the sums are made without scipy, whose import takes longer than they do.
FEW = 4


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
    feature_start, feature_names: names that have a feature (CSR); name_start, name_features: the other way. Words
    come first among the features. weight: by feature. parting: of runs, where their words part (see keys.Runs).
    total, initials: weight of each name, and of its initials. spelled_out: number of words that can stand for
    several. keys, deletions: see KeyMap. blob, blob_start: the fields of the words, msgpack.
    """

    names: NDArray[np.int32]
    start: NDArray[np.int64]
    words: NDArray[np.int32]
    total: NDArray[np.float32]
    initials: NDArray[np.float32]
    feature_start: NDArray[np.int64]
    feature_names: NDArray[np.int32]
    name_start: NDArray[np.int64]
    name_features: NDArray[np.int32]
    weight: NDArray[np.float32]
    parting: NDArray[np.int64]
    spelled_out: NDArray[np.int32]
    keys: NDArray[np.uint32]
    key_values: NDArray[np.int32]
    deletions: NDArray[np.uint32]
    deletion_values: NDArray[np.int32]
    blob: NDArray[np.uint8]
    blob_start: NDArray[np.int64]


def build(names: Sequence[tuple[int, Prepared]], mode: Mode, preparer: Preparer) -> Arrays:
    """Index names that this preparer prepared. names: (position in the caller's list, prepared name)."""
    ids = np.fromiter((t.id for _, p in names for t in p.tokens), np.int64)
    sizes = np.fromiter((len(p.tokens) for _, p in names), np.int64, len(names))
    row_of = np.repeat(np.arange(len(names)), sizes)
    used, word_ids = np.unique(ids, return_inverse=True)
    words = [preparer.tokens[i] for i in used.tolist()]
    codes, weights = Codes(preparer.tokens).of(ids)
    initials = np.bincount(row_of, weights * (codes[:, 9] == INITIAL), len(names))
    # runs, acronyms and meanings of every name, as keys
    runs = run_keys(codes, weights, row_of)
    parts = [(run_spaces(runs.hashes, runs.is_sound, RUN, RUN_SOUND), runs.rows, runs.weights, runs.parting)]
    if mode == "other":
        rows, hashes, made = acronym_keys(codes, weights, row_of)
        parts.append((text_space(hashes, ACRONYM), rows, made, np.zeros(len(rows), np.int64)))
        said = [(key("M", m), row, w) for row, (_, p) in enumerate(names) for m, w in meanings(p.tokens)]
        parts.append(_columns(said))
    made_keys, made_rows, made_weights, parting = (np.concatenate(p) for p in zip(*parts, strict=True))
    # runs of one text that part in different places are different features
    order = np.lexsort((parting, made_keys))
    fresh = np.ones(len(order), np.bool_)
    if len(order):
        fresh[1:] = (np.diff(made_keys[order].astype(np.int64)) != 0) | (np.diff(parting[order]) != 0)
    feature_of = np.empty(len(order), np.int64)
    feature_of[order] = np.cumsum(fresh) - 1
    feature_keys, feature_parting = made_keys[order][fresh], parting[order][fresh]
    feature_weights = np.zeros(len(feature_keys))
    np.maximum.at(feature_weights, feature_of, made_weights)
    count = len(words)
    all_features = np.concatenate([word_ids, feature_of + count]).astype(np.int32)
    all_names = np.concatenate([row_of, made_rows]).astype(np.int32)
    by_feature = np.lexsort((all_names, all_features))
    by_name = np.lexsort((all_features, all_names))
    keys: list[int] = []
    values: list[int] = []
    spelled_out = 0
    for i, token in enumerate(words):
        found = word_keys(token)
        if len(token.meaning) > 1:
            spelled_out += 1
            found.append(key("W", " ".join(token.meaning)))
        keys.extend(found)
        values.extend([i] * len(found))
    keymap = KeyMap.build(
        np.concatenate([np.asarray(keys, np.uint32), feature_keys]).astype(np.uint32),
        np.concatenate([np.asarray(values, np.int64), np.arange(len(feature_keys)) + count]).astype(np.int32),
    )
    deletions = KeyMap.build(*deletion_keys([t.text if t.kind != NUMBER else "" for t in words]))
    blobs = [
        msgspec.msgpack.encode(
            (t.text, t.canon, t.kind, t.shown, t.han, t.abjad, t.languages, sorted(t.classes))
        )
        for t in words
    ]
    return Arrays(
        names=np.asarray([i for i, _ in names], np.int32),
        start=_starts(sizes),
        words=word_ids.astype(np.int32),
        total=np.asarray([p.total for _, p in names], np.float32),
        initials=initials.astype(np.float32),
        feature_start=_starts(np.bincount(all_features, minlength=count + len(feature_keys))),
        feature_names=all_names[by_feature],
        name_start=_starts(np.bincount(all_names, minlength=len(names))),
        name_features=all_features[by_name],
        weight=np.concatenate([[t.weight for t in words], feature_weights]).astype(np.float32),
        parting=np.concatenate([np.zeros(count, np.int64), feature_parting]),
        spelled_out=np.asarray([spelled_out], np.int32),
        keys=keymap.keys,
        key_values=keymap.values,
        deletions=deletions.keys,
        deletion_values=deletions.values,
        blob=np.frombuffer(b"".join(blobs), np.uint8),
        blob_start=_starts(np.asarray([len(b) for b in blobs], np.int64)),
    )


def _columns(
    said: list[tuple[int, int, float]], parting: int = 0
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """(key, row, weight) triples as columns, with the same parting for all."""
    return (
        np.asarray([k for k, _, _ in said], np.uint32),
        np.asarray([r for _, r, _ in said], np.int64),
        np.asarray([w for _, _, w in said], np.float64),
        np.full(len(said), parting, np.int64),
    )


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def save(arrays: Arrays, folder: Path) -> None:
    """Write each array to its own file in a new folder."""
    folder.mkdir(parents=True)
    for name, array in arrays._asdict().items():
        np.save(folder / f"{name}.npy", array)


def load(folder: Path) -> Arrays:
    """Open an index without reading it into memory. Raises OSError or ValueError when a file is missing or damaged."""
    return Arrays(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in Arrays._fields))


class _Units(NamedTuple):
    """Units of some queries, as columns: the query, the unit's share of its query's weight, its entries.

    first, size: where its entries stand in the features, squares (similarity squared) and weights (the list's weight
    times that). cost: names its entries lead to. most: the largest of its weights. whole: a word, not a run.
    """

    rows: NDArray[np.int64]
    share: NDArray[np.float64]
    first: NDArray[np.int64]
    size: NDArray[np.int64]
    features: NDArray[np.int32]
    squares: NDArray[np.float32]
    weights: NDArray[np.float32]

    def entries(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Entries of the chosen units: (the unit of each, its place among features, squares and weights)."""
        size = self.size[chosen]
        return np.repeat(chosen, size), _spread(self.first[chosen], size)


def _spread(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """first, first + 1, ... count times, for each."""
    offsets = np.cumsum(count) - count
    places: NDArray[np.int64] = np.repeat(first - offsets, count) + np.arange(int(count.sum()))
    return places


class _Related:
    """What each word met so far relates to; grows. By word id: first entry (-1: not looked up), count, cost, most."""

    def __init__(self) -> None:
        self.table: NDArray[np.float64] = np.full((0, 4), -1.0)
        self.used = 0
        self.features: NDArray[np.int32] = np.empty(0, np.int32)
        self.squares: NDArray[np.float32] = np.empty(0, np.float32)
        self.weights: NDArray[np.float32] = np.empty(0, np.float32)

    def write(
        self,
        features: NDArray[np.int32],
        squares: NDArray[np.float32],
        weights: NDArray[np.float32],
        *,
        keep: bool,
    ) -> None:
        """Put entries behind those kept. keep: keep them too; else the next write takes their place."""
        end = self.used + len(features)
        if end > len(self.features):
            room = end + len(self.features) // 2 + 65536
            self.features = np.concatenate([self.features[: self.used], np.empty(room - self.used, np.int32)])
            self.squares = np.concatenate([self.squares[: self.used], np.empty(room - self.used, np.float32)])
            self.weights = np.concatenate([self.weights[: self.used], np.empty(room - self.used, np.float32)])
        self.features[self.used : end] = features
        self.squares[self.used : end] = squares
        self.weights[self.used : end] = weights
        if keep:
            self.used = end

    def missing(self, ids: NDArray[np.int64], known: int) -> NDArray[np.int64]:
        """Those of ids not looked up yet, sorted. known: number of words of the Preparer."""
        if known > len(self.table):
            self.table = np.concatenate([self.table, np.full((known - len(self.table) + 4096, 4), -1.0)])
        distinct = np.unique(ids)
        new: NDArray[np.int64] = distinct[self.table[distinct, 0] < 0]
        return new


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
        self._width = len(arrays.feature_start) - 1
        self._features: sparse.csr_matrix | None = None
        self._spelled_out = bool(arrays.spelled_out[0])
        self._words: dict[int, Token] = {}
        self._prepared: dict[int, Prepared] = {}
        self._related = _Related()
        self._codes = Codes(preparer.tokens)
        self._better = max(settings.score.better_side, settings.score.better_side_shortened)
        s = settings.similarities
        # the most that words written as one, acronyms and words spelled out can be alike
        self._most_joined = max(s.joined, s.acronym, s.short_acronym, s.variant) ** 2

    def search(self, queries: Sequence[str], cutoff: float) -> list[list[Found]]:
        """For each query the names that score at least cutoff (0-100)."""
        out: list[list[Found]] = [[] for _ in queries]
        if not len(self.arrays.names):
            return out
        prepared = [
            (i, p) for i, q in enumerate(queries) if (p := self.preparer.prepare(q, self.mode)).total > 0
        ]
        for at in range(0, len(prepared), PRODUCT_ROWS):
            part = prepared[at : at + PRODUCT_ROWS]
            for row, name in self._candidates([p for _, p in part], cutoff):
                i, query = part[row]
                score = self.scorer.score(query, self._name(name), self.mode).score
                if score >= cutoff:
                    out[i].append(Found(int(self.arrays.names[name]), score))
        return out

    # --- candidates --------------------------------------------------------------------------------

    def _candidates(self, queries: list[Prepared], cutoff: float) -> list[tuple[int, int]]:
        """(query, name) pairs whose upper bound reaches the cut-off."""
        better = self._better
        least = cutoff / 100 - MARGIN
        # Of either name at least this share must be covered, even if all of the other is.
        needed = (least - better) / (1 - better)
        ids = np.fromiter((t.id for p in queries for t in p.tokens), np.int64)
        rows = np.repeat(np.arange(len(queries)), [len(p.tokens) for p in queries])
        totals = np.asarray([p.total for p in queries])
        self._relate(ids)
        codes, weights = self._codes.of(ids)
        share = weights / totals[rows]
        table = self._related.table[ids]
        cost, most, initial = table[:, 2], table[:, 3], codes[:, 9] == INITIAL
        # The costliest words of a query that together cannot bring a name to the cut-off are left out.
        order = np.lexsort((share, -cost, rows))
        left = np.where(initial, share, 0.0)
        initials = np.bincount(rows, left, len(queries)).astype(np.float64)
        running = np.where(initial | (cost <= 0), 0.0, share)[order]
        total = np.cumsum(running)
        starts = np.searchsorted(rows[order], np.arange(len(queries)))
        before = np.where(starts > 0, total[np.maximum(starts - 1, 0)], 0.0)
        so_far = total - before[rows[order]] + initials[rows[order]]
        out = np.zeros(len(ids), np.bool_)
        out[order] = so_far < needed - MARGIN
        out &= ~initial & (cost > 0)
        left_share = np.bincount(rows, np.where(out | initial, share, 0.0), len(queries)).astype(np.float64)
        left_weight = np.bincount(rows, np.where(out, most, 0.0), len(queries)).astype(np.float64)
        units = self._units(queries, rows, share, table, codes, weights, totals)
        kept = np.concatenate([~(out | initial), np.ones(len(units.rows) - len(ids), np.bool_)])
        found_rows, found_names = self._product(
            units, np.flatnonzero(kept), left_share, left_weight, least, len(queries)
        )
        # Names that share no word of the product can still score when initials or left-out words nearly suffice.
        for row in np.flatnonzero(left_share >= needed - MARGIN).tolist():
            theirs = np.minimum(1.0, _over(left_weight[row] + self.arrays.initials, self.arrays.total))
            more = np.flatnonzero(_score_bound(min(1.0, left_share[row]), theirs, better) >= least).astype(
                np.int32
            )
            more = np.setdiff1d(more, found_names[found_rows == row])
            found_names = np.concatenate([found_names, more])
            found_rows = np.concatenate([found_rows, np.full(len(more), row, np.int32)])
        sure = self._tighter(units, initials, found_rows, found_names) >= least
        return list(zip(found_rows[sure].tolist(), found_names[sure].tolist(), strict=True))

    def _units(
        self,
        queries: list[Prepared],
        rows: NDArray[np.int64],
        share: NDArray[np.float64],
        table: NDArray[np.float64],
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> _Units:
        """The words of the queries, in order, then the runs, acronyms and meanings that the list has a word for."""
        runs = run_keys(codes, weights, rows)
        text = ~runs.is_sound
        spaced = run_spaces(runs.hashes, runs.is_sound, TEXT, SOUND)
        parts = [
            (spaced, runs.rows, runs.weights, np.full(len(spaced), -1)),
            (text_space(runs.hashes[text], RUN), runs.rows[text], runs.weights[text], runs.parting[text]),
        ]
        if self.mode == "other":
            made_rows, hashes, made = acronym_keys(codes, weights, rows)
            parts.append((text_space(hashes, TEXT), made_rows, made, np.full(len(made_rows), -1)))
            if self._spelled_out:
                said = [(key("W", m), row, w) for row, p in enumerate(queries) for m, w in meanings(p.tokens)]
                parts.append(_columns(said, parting=-1))
        keys, unit_rows, unit_weights, parting = (np.concatenate(p) for p in zip(*parts, strict=True))
        who, features = self._keys.lookup(keys.astype(np.uint32), np.arange(len(keys), dtype=np.int32))
        # Runs that part in the same places are equal word by word, which the words' own entries say already.
        other = self.arrays.parting[features] != parting[who]
        who, features = who[other], features[other]
        met, count = np.unique(who, return_counts=True)
        known = self._related
        square = np.full(len(features), self._most_joined, np.float32)
        known.write(features, square, self.arrays.weight[features] * square, keep=False)
        return _Units(
            rows=np.concatenate([rows, unit_rows[met]]),
            share=np.concatenate([share, unit_weights[met] / totals[unit_rows[met]]]),
            first=np.concatenate([table[:, 0].astype(np.int64), known.used + np.cumsum(count) - count]),
            size=np.concatenate([table[:, 1].astype(np.int64), count]),
            features=known.features,
            squares=known.squares,
            weights=known.weights,
        )

    def _product(
        self,
        units: _Units,
        chosen: NDArray[np.int64],
        left_share: NDArray[np.float64],
        left_weight: NDArray[np.float64],
        least: float,
        count: int,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(queries, names) that share a word and whose bound, by sums over words, reaches least (0-1)."""
        unit, place = units.entries(chosen)
        values = (units.squares[place] * units.share[unit] + 1j * units.weights[place]).astype(np.complex64)
        multiply = self._few_times_features if count <= FEW else self._times_features
        row_of, names, sums = multiply(units.rows[unit], units.features[place], values, count)
        arrays = self.arrays
        mine = np.minimum(1.0, sums.real + left_share[row_of])
        theirs = np.minimum(
            1.0, _over(sums.imag + left_weight[row_of] + arrays.initials[names], arrays.total[names])
        )
        kept = np.flatnonzero(_score_bound(mine, theirs, self._better) >= least)
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
        rows_of, names_of, sums_of = [], [], []
        for row in range(count):
            sums = np.zeros(size, np.complex64)
            for at in np.flatnonzero(rows == row).tolist():
                feature = int(columns[at])
                np.add.at(sums, self.arrays.feature_names[start[feature] : start[feature + 1]], values[at])
            names = np.flatnonzero(sums).astype(np.int32)
            rows_of.append(np.full(len(names), row, np.int32))
            names_of.append(names)
            sums_of.append(sums[names])
        return np.concatenate(rows_of), np.concatenate(names_of), np.concatenate(sums_of)

    def _tighter(
        self, units: _Units, initials: NDArray[np.float64], rows: NDArray[np.int32], names: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """A closer upper bound for few pairs: each word of either name is covered once, by the best it meets."""
        arrays = self.arrays
        if not len(rows):
            return np.zeros(0)
        wanted_rows = np.zeros(int(units.rows.max(initial=0)) + 1, np.bool_)
        wanted_rows[rows] = True
        unit, place = units.entries(np.flatnonzero(wanted_rows[units.rows]))
        known = units.rows[unit] * np.int64(self._width) + units.features[place]
        order = np.argsort(known, kind="stable")
        known, unit, squares = known[order], unit[order], units.squares[place][order]
        # every feature of every name in question ...
        counts = arrays.name_start[names + 1] - arrays.name_start[names]
        pair_of = np.repeat(np.arange(len(names)), counts)
        features = arrays.name_features[_spread(arrays.name_start[names], counts)]
        # ... that a unit of its query relates to
        wanted = rows[pair_of].astype(np.int64) * self._width + features
        first = np.searchsorted(known, wanted, side="left")
        met = np.searchsorted(known, wanted, side="right") - first
        entry = _spread(first, met)
        pair, square = np.repeat(pair_of, met), squares[entry]
        by_unit = _most(pair.astype(np.int64) * len(units.rows) + unit[entry], square)
        mine = np.bincount(
            by_unit[0] // len(units.rows), by_unit[1] * units.share[by_unit[0] % len(units.rows)], len(names)
        )
        by_place = _most(np.repeat(np.arange(len(features)), met), square)
        theirs = np.bincount(
            pair_of[by_place[0]], by_place[1] * arrays.weight[features[by_place[0]]], len(names)
        )
        mine = np.minimum(1.0, mine + initials[rows])
        theirs = np.minimum(1.0, _over(theirs + arrays.initials[names], arrays.total[names]))
        return _score_bound(mine, theirs, self._better)

    # --- words -------------------------------------------------------------------------------------

    def _word(self, feature: int) -> Token:
        token = self._words.get(feature)
        if token is None:
            first, last = self.arrays.blob_start[feature], self.arrays.blob_start[feature + 1]
            text, canon, kind, shown, han, abjad, languages, classes = msgspec.msgpack.decode(
                self.arrays.blob[first:last].tobytes()
            )
            token = self.preparer.token(
                text,
                canon,
                kind,
                self.mode,
                shown=shown,
                han=han,
                abjad=abjad,
                languages=tuple(languages),
                classes=tuple(classes),
            )
            self._words[feature] = token
        return token

    def _name(self, row: int) -> Prepared:
        prepared = self._prepared.get(row)
        if prepared is None:
            first, last = self.arrays.start[row], self.arrays.start[row + 1]
            tokens = tuple(self._word(int(w)) for w in self.arrays.words[first:last])
            prepared = Prepared("", tokens, sum(t.weight for t in tokens), ())
            if len(self._prepared) > 200_000:
                self._prepared.clear()
            self._prepared[row] = prepared
        return prepared

    def _relate(self, ids: NDArray[np.int64]) -> None:
        """Find, once for each new word, every feature of the list that it relates to."""
        new_ids = self._related.missing(ids, len(self.preparer.tokens))
        if not len(new_ids):
            return
        new = [self.preparer.tokens[i] for i in new_ids.tolist()]
        keys: list[int] = []
        owners: list[int] = []
        for i, token in enumerate(new):
            found = word_keys(token)
            if token.kind not in (NUMBER, INITIAL) and len(token.text) > 3:
                found.append(text_key(token.text, RUN))
                if token.sound:
                    found.append(text_key(token.sound, RUN_SOUND))
            if self.mode == "other" and token.kind == WORD:
                found.append(text_key(token.text, ACRONYM))
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
        whose = (packed >> np.uint64(32)).astype(np.int64)
        features = (packed & np.uint64(0xFFFFFFFF)).astype(np.int32)
        squares = self._squares(new, whose.tolist(), features.tolist())
        kept = squares > 0
        whose, features, squares = whose[kept], features[kept], squares[kept]
        weights = (self.arrays.weight[features] * squares).astype(np.float32)
        known = self._related
        count = np.bincount(whose, minlength=len(new))
        most = np.zeros(len(new))
        np.maximum.at(most, whose, weights)
        known.table[new_ids, 0] = known.used + np.cumsum(count) - count
        known.table[new_ids, 1] = count
        known.table[new_ids, 2] = np.bincount(whose, self._sizes[features], len(new))
        known.table[new_ids, 3] = most
        known.write(features, squares, weights, keep=True)

    def _squares(self, new: list[Token], whose: list[int], features: list[int]) -> NDArray[np.float32]:
        """Similarity squared of words and features; 0 where nothing relates them."""
        similar, words, most = self.scorer.similar, self._words, self._most_joined
        out = np.empty(len(whose), np.float32)
        for at, (i, feature) in enumerate(zip(whose, features, strict=True)):
            if feature < self._count:
                value, relation = similar(new[i], words.get(feature) or self._word(feature))
                out[at] = value * value if relation != "initial" else 0.0
            else:
                out[at] = most
        return out

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


def _over(weight: Any, total: Any) -> NDArray[np.float64]:
    """weight / total; 0 for a name without words, which nothing can cover."""
    out: NDArray[np.float64] = np.divide(weight, total, out=np.zeros(np.shape(total)), where=total > 0)
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
        mode: build(
            [(i, preparer.prepare(t, mode)) for i, (t, m) in enumerate(names) if m == mode], mode, preparer
        )
        for mode in modes
    }
