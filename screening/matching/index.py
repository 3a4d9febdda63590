"""Finds the names that can score at least a cut-off, without scoring the rest; the hits are exactly the oracle's.

How: a score is made of two coverages, the share of each name's weight that the other covers, and rules that only
lower it. Both coverages are bounded from above by summing, over the query's words, the best that each related word
of the list could add. One sparse product gives that bound for every name that shares a related word; names whose
bound is below the cut-off cannot be hits. What is left is scored by the same Scorer as in the oracle.

Common words (Trading, Ltd, Muhammad) are not followed to all the names that have them: a name that shares only such
words with a query can reach the cut-off only if they are nearly all of that name (it is *plain*) or of the query. The
bound counts them as if they were matched.

Terms: a *feature* of a name is one of its words, a run of its words written as one, or an acronym of how it begins.
A *unit* of a query is one of its words, a run, or an acronym. An *entry* says that a unit relates to a feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from screening.matching.arrays import (
    MARGIN,
    PLAIN_FROM,
    Arrays,
    Spans,
    build,
    often,
    shortening_of,
    starts_of,
    without_common,
)
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
from screening.matching.similarity import allowed_edits, edit_similarity, facts
from screening.names.prepare import (
    INITIAL,
    NUMBER,
    WORD,
    Mode,
    Prepared,
    Preparer,
    Token,
)
from screening.settings import DEFAULT, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

# Queries in one sparse product: bounds its memory to some hundred megabytes against a million names.
PRODUCT_ROWS = 1024
# Up to so many queries the sums are made without scipy, whose import takes longer than they do.
FEW = 4
# Share of a query that is dropped at most: beyond it the names that come along cost more than the words would.
MOST_DROPPED = 0.3
# A word is worth dropping when it leads to more than one in so many names, and to more than so many.
DROP_SHARE, LEAST_DROPPED = 170, 100
# Pairs of a query from which looking up its missed words is quicker than the closer bound.
WORTH_LOOKING_UP = 20
# A word is looked up in all names at once when more than one in so many of them asks for it: it costs about as much as
# the closer bound of that many pairs.
WORTH_COVERING = 400
# Memory for what single words cover of all names.
COVERED_BYTES = 1 << 27


class _Units(NamedTuple):
    """Units of some queries, as columns: the query, the unit's share of its query's weight, its entries.

    first, size: where its entries stand in the features, squares (similarity squared) and weights (the list's weight
    times that). word, words: the first and the number of the words that it covers.
    counts: of words; needed, said: of queries (see Arrays).
    """

    rows: NDArray[np.int64]
    share: NDArray[np.float64]
    first: NDArray[np.int64]
    size: NDArray[np.int64]
    features: NDArray[np.int32]
    squares: NDArray[np.float32]
    weights: NDArray[np.float32]
    word: NDArray[np.int64]
    words: NDArray[np.int64]
    counts: NDArray[np.uint8]
    needed: NDArray[np.int16]
    said: NDArray[np.float32]

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
    """What each word met so far relates to; grows.

    table: by word id, first entry (-1: not looked up) and count. common: by word id, of the common words that it relates
    to, the largest similarity squared, the sum of the weights, and the number of names they lead to.
    """

    def __init__(self) -> None:
        self.table: NDArray[np.int64] = np.full((0, 2), -1)
        self.common: NDArray[np.float64] = np.zeros((0, 3))
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
            more = known - len(self.table) + 4096
            self.table = np.concatenate([self.table, np.full((more, 2), -1)])
            self.common = np.concatenate([self.common, np.zeros((more, 3))])
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
        self._width = len(arrays.weight)
        self._features: sparse.csr_matrix | None = None
        self._worth_dropping = max(LEAST_DROPPED, len(arrays.names) // DROP_SHARE)
        self._covered: dict[int, tuple[NDArray[np.uint8], NDArray[np.uint8]]] = {}
        self._spelled_out = bool(arrays.spelled_out[0])
        self._words: dict[int, Token] = {}
        self._texts: dict[int, str] = {}
        self._prepared: dict[int, Prepared] = {}
        self._related = _Related()
        self._codes = Codes(preparer.tokens)
        score, s = settings.score, settings.similarities
        # a name that is the other's shortened counts more on its better side (see Scorer.score)
        self._better = (
            max(score.better_side, score.better_side_middle, score.better_side_last)
            if mode == "person"
            else max(score.better_side, score.better_side_shortened)
        )
        # what an initial is covered by when a word begins with it; an equal one is an entry like any other word's
        self._initial = s.initial**2
        self._by_initial: NDArray[np.float32] = arrays.initials * np.float32(self._initial)
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
                listed = self._name(name)
                scored = self.scorer.score(query, listed, self.mode, cutoff)
                if scored.score >= cutoff:
                    out[i].append(Found(int(self.arrays.names[name]), scored.score, query, listed, scored))
        return out

    # --- candidates --------------------------------------------------------------------------------

    def _candidates(self, queries: list[Prepared], cutoff: float) -> list[tuple[int, int]]:
        """(query, name) pairs whose upper bound reaches the cut-off."""
        least = cutoff / 100 - MARGIN
        ids = np.fromiter((t.id for p in queries for t in p.tokens), np.int64)
        rows = np.repeat(np.arange(len(queries)), [len(p.tokens) for p in queries])
        totals = np.asarray([p.total for p in queries])
        self._relate(ids)
        codes, weights = self._codes.of(ids)
        share = weights / totals[rows]
        by_initial = np.where(codes[:, 9] == INITIAL, share * self._initial, 0.0)
        initials = np.bincount(rows, by_initial, len(queries)).astype(np.float64)
        units = self._units(queries, rows, share, self._related.table[ids], codes, weights, totals)
        found_rows, found_names = self._product(units, ids, initials, least, len(queries))
        # Names that share no word can still score where initials suffice: only under a very low cut-off.
        for row in np.flatnonzero(_score_bound(initials, self._initial, self._better) >= least).tolist():
            theirs = _over(self._by_initial, self.arrays.total)
            more = np.flatnonzero(_score_bound(initials[row], theirs, self._better) >= least).astype(np.int32)
            more = np.setdiff1d(more, found_names[found_rows == row])
            found_names = np.concatenate([found_names, more])
            found_rows = np.concatenate([found_rows, np.full(len(more), row, np.int32)])
        sure = self._tighter(queries, units, initials, found_rows, found_names) >= least
        return list(zip(found_rows[sure].tolist(), found_names[sure].tolist(), strict=True))

    def _units(
        self,
        queries: list[Prepared],
        rows: NDArray[np.int64],
        share: NDArray[np.float64],
        table: NDArray[np.int64],
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> _Units:
        """The words of the queries, in order, then the runs, acronyms and meanings that the list has a word for."""
        runs = run_keys(codes, weights, rows)
        text = ~runs.is_sound
        keys = run_spaces(runs.hashes, runs.is_sound, TEXT, SOUND)
        whole = Spans(keys, runs.rows, runs.weights, np.full(len(keys), -1), runs.first, runs.words)
        keys = text_space(runs.hashes, RUN)
        parts = [whole, whole._replace(keys=keys, parting=runs.parting).chosen(text)]
        if self.mode == "other":
            made_rows, hashes, made, first, spanned = acronym_keys(codes, weights, rows)
            none = np.full(len(made_rows), -1)
            parts.append(Spans(text_space(hashes, TEXT), made_rows, made, none, first, spanned))
            if self._spelled_out:
                starts = starts_of(np.asarray([len(p.tokens) for p in queries], np.int64))
                parts.append(Spans.of_meanings("W", queries, starts, -1))
        spans = Spans.together(parts)
        who, features = self._keys.lookup(spans.keys, np.arange(len(spans.keys), dtype=np.int32))
        # Runs that part in the same places are equal word by word, which the words' own entries say already.
        other = self.arrays.parting[features] != spans.parting[who]
        who, features = who[other], features[other]
        met, count = np.unique(who, return_counts=True)
        known = self._related
        square = np.full(len(features), self._most_joined, np.float32)
        known.write(features, square, self.arrays.weight[features] * square, keep=False)
        return _Units(
            rows=np.concatenate([rows, spans.rows[met]]),
            share=np.concatenate([share, spans.weights[met] / totals[spans.rows[met]]]),
            first=np.concatenate([table[:, 0], known.used + np.cumsum(count) - count]),
            size=np.concatenate([table[:, 1], count]),
            features=known.features,
            squares=known.squares,
            weights=known.weights,
            word=np.concatenate([np.arange(len(rows)), spans.first[met]]),
            words=np.concatenate([np.ones(len(rows), np.int64), spans.words[met]]),
            **shortening_of(codes[:, 9], weights, rows, len(queries)),
        )

    def _product(
        self, units: _Units, ids: NDArray[np.int64], initials: NDArray[np.float64], least: float, count: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(queries, names) that share a word and whose bound, by sums over words, reaches least (0-1).

        Common words of the list are not followed from a query's costliest words, which are *dropped* while together
        they cannot bring any name to least; nor, but to plain names, from its next ones, while together they cannot
        bring any other name to least. What was not followed is then looked up for the names found.
        """
        arrays, better, size, words = self.arrays, self._better, len(units.rows), len(ids)
        of_word = units.rows[:words]
        # the most that common words can cover of the query, and of a name; runs are few and followed everywhere
        part, weight, cost = self._related.common[ids].T
        part = part * units.share[:words]
        order = np.flatnonzero(cost > self._worth_dropping)
        order = order[np.lexsort((units.share[order], -cost[order], of_word[order]))]
        so_far = _running(part[order], of_word[order], initials)
        dropped, whole = np.zeros(size, np.bool_), np.ones(size, np.bool_)
        dropped[order] = so_far < min(_share_below(least, 1.0, better) - MARGIN, MOST_DROPPED)
        whole[order] = (so_far >= _share_below(least, PLAIN_FROM, better) - MARGIN) & ~dropped[order]

        unit, place = units.entries(np.arange(size))
        features, squares, weights = units.features[place], units.squares[place], units.weights[place]
        common = arrays.common[features] > 0
        chosen = np.flatnonzero(~common | ~dropped[unit])
        of = unit[chosen]
        values = (squares[chosen] * units.share[of] + 1j * weights[chosen]).astype(np.complex64)
        columns = features[chosen] + np.where(whole[of] & common[chosen], self._width, 0)
        multiply = self._few_times_features if count <= FEW else self._times_features
        rows, names, sums = multiply(units.rows[of], columns, values, count)
        mine = sums.real + initials.astype(np.float32)[rows]
        theirs = sums.imag + self._by_initial[names]
        # first as if all that was not followed were there, then with what is
        plain = arrays.plain[names] > 0
        missed = ~whole[:words] & (part > 0)
        by_row = [np.bincount(of_word, x * missed, count) for x in (part, weight)]
        by_row += [np.bincount(of_word, x * (missed & dropped[:words]), count) for x in (part, weight)]
        most_share, most_weight, plain_share, plain_weight = by_row
        bound = self._bound(
            mine + np.where(plain, plain_share[rows], most_share[rows]),
            theirs + np.where(plain, plain_weight[rows], most_weight[rows]),
            names,
        )
        kept = np.flatnonzero(bound >= least)
        rows, names, mine, theirs, plain = rows[kept], names[kept], mine[kept], theirs[kept], plain[kept]
        if len(rows) > WORTH_LOOKING_UP * count and missed.any():
            self._look_up(
                units, np.flatnonzero(missed), ids, ~dropped, part, weight, rows, names, mine, theirs, plain
            )
            kept = np.flatnonzero(self._bound(mine, theirs, names) >= least)
            rows, names = rows[kept], names[kept]
        return rows, names

    def _bound(self, mine: Any, weight: Any, names: NDArray[np.int32]) -> NDArray[np.float64]:
        """Upper bound of the score (0-1) from the share of the queries and the weight of the names covered."""
        theirs = _over(weight, self.arrays.total[names])
        return _score_bound(np.minimum(1.0, mine), np.minimum(1.0, theirs), self._better)

    def _look_up(
        self,
        units: _Units,
        missed: NDArray[np.int64],
        ids: NDArray[np.int64],
        plain_known: NDArray[np.bool_],
        part: NDArray[np.float64],
        weight: NDArray[np.float64],
        rows: NDArray[np.int32],
        names: NDArray[np.int32],
        mine: NDArray[np.float32],
        theirs: NDArray[np.float32],
        plain: NDArray[np.bool_],
    ) -> None:
        """Add to mine and theirs what the common words related to the missed units cover of these pairs.

        part, weight: the most that this can be by unit, taken for words that few of the pairs ask for.
        """
        first = np.searchsorted(rows, np.arange(int(units.rows.max()) + 2))
        missed = missed[np.argsort(ids[missed], kind="stable")]
        of_row = units.rows[missed]
        count = first[of_row + 1] - first[of_row]
        pairs = _spread(first[of_row], count)
        unit = np.repeat(missed, count)
        known = np.flatnonzero(~(plain_known[unit] & plain[pairs]))
        pairs, unit = pairs[known], unit[known]
        words = ids[unit]
        begin = np.r_[0, np.flatnonzero(np.diff(words)) + 1]
        size = np.diff(np.r_[begin, len(words)])
        covered = size * WORTH_COVERING > len(self.arrays.names)
        rest = np.repeat(~covered, size)
        mine += np.bincount(pairs[rest], part[unit[rest]], len(mine))
        theirs += np.bincount(pairs[rest], weight[unit[rest]], len(theirs))
        for at, end in zip(begin[covered].tolist(), (begin + size)[covered].tolist(), strict=True):
            squares, weights = self._covered_by(int(words[at]))
            these = pairs[at:end]
            met = names[these]
            # a query can have a word twice, and so a pair stand here twice
            np.add.at(mine, these, squares[met] * (units.share[unit[at:end]] / 255).astype(np.float32))
            np.add.at(theirs, these, weights[met] * self.arrays.total[met] * np.float32(1 / 255))

    def _covered_by(self, word: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Of each name: similarity squared of its most alike common word, and share covered; in 1/255, rounded up."""
        found = self._covered.get(word)
        if found is None:
            known, arrays = self._related, self.arrays
            first, size = known.table[word]
            entries = np.arange(first, first + size)
            entries = entries[arrays.common[known.features[entries]] > 0]
            features = known.features[entries]
            begin = arrays.posting_start[features + self._width]
            count = arrays.posting_start[features + self._width + 1] - begin
            names = arrays.posting_names[_spread(begin, count)]
            best = np.zeros(len(arrays.names), np.float32)
            np.maximum.at(best, names, np.repeat(known.squares[entries], count))
            weight = np.bincount(names, np.repeat(known.weights[entries], count), len(arrays.names))
            found = (
                np.ceil(best * 255).astype(np.uint8),
                np.ceil(np.minimum(1.0, _over(weight, arrays.total)) * 255).astype(np.uint8),
            )
            if len(self._covered) * 2 * len(arrays.names) > COVERED_BYTES:
                self._covered.clear()
            self._covered[word] = found
        return found

    def _sizes_of(self, features: NDArray[np.int32]) -> NDArray[np.int64]:
        """Number of names that have each of these common words."""
        start, place = self.arrays.posting_start, features + self._width
        sizes: NDArray[np.int64] = start[place + 1] - start[place]
        return sizes

    def _times_features(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int32],
        values: NDArray[np.complex64],
        count: int,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.complex64]]:
        """Sums of values by (row, name having the column's feature), as a sparse product."""
        from scipy import sparse  # half a second to import, which a single name need not wait for

        if self._features is None:
            names = self.arrays.posting_names
            self._features = sparse.csr_matrix(
                (np.ones(len(names), np.complex64), names, self.arrays.posting_start),
                shape=(2 * self._width, len(self.arrays.names)),
                copy=False,
            )
        matrix = sparse.csr_matrix((values, (rows, columns)), shape=(count, 2 * self._width))
        product = (matrix @ self._features).tocsr()
        row_of = np.repeat(np.arange(count, dtype=np.int32), np.diff(product.indptr))
        return row_of, product.indices.astype(np.int32), product.data

    def _few_times_features(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int32],
        values: NDArray[np.complex64],
        count: int,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.complex64]]:
        """The same for few rows, one dense row of sums after the other."""
        start, names_having = self.arrays.posting_start, self.arrays.posting_names
        rows_of, names_of, sums_of = [], [], []
        for row in range(count):
            mine = np.flatnonzero(rows == row)
            first = start[columns[mine]]
            size = start[columns[mine] + 1] - first
            met = names_having[_spread(first, size)]
            names, place = np.unique(met, return_inverse=True)
            value = np.repeat(values[mine], size)
            sums = np.bincount(place, value.real, len(names)) + 1j * np.bincount(
                place, value.imag, len(names)
            )
            rows_of.append(np.full(len(names), row, np.int32))
            names_of.append(names.astype(np.int32))
            sums_of.append(sums.astype(np.complex64))
        return np.concatenate(rows_of), np.concatenate(names_of), np.concatenate(sums_of)

    def _tighter(
        self,
        queries: list[Prepared],
        units: _Units,
        initials: NDArray[np.float64],
        rows: NDArray[np.int32],
        names: NDArray[np.int32],
    ) -> NDArray[np.float64]:
        """A closer upper bound for few pairs: each word of either name is covered once, by the best it meets."""
        arrays = self.arrays
        if not len(rows):
            return np.zeros(0)
        wanted_rows = np.zeros(len(queries), np.bool_)
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
        feature, pair, square = (
            np.repeat(np.arange(len(features)), met),
            np.repeat(pair_of, met),
            squares[entry],
        )
        # A run, or an acronym, covers each of its words.
        size = units.words[unit[entry]]
        word = _spread(units.word[unit[entry]], size)
        pairs, word, best = _most_of(np.repeat(pair, size), word, np.repeat(square, size))
        mine = np.bincount(pairs, best * units.share[word], len(names))
        mine = np.minimum(1.0, mine + initials[rows])
        in_query = np.bincount(pairs, units.counts[word], len(names))
        at = _spread(arrays.name_start[names], counts)[feature]
        size = arrays.name_words[at].astype(np.int64)
        word = _spread(arrays.start[names[pair]] + arrays.name_first[at], size)
        pairs, word, best = _most_of(np.repeat(pair, size), word, np.repeat(square, size))
        listed = arrays.words[word]
        theirs = np.bincount(pairs, best * arrays.weight[listed], len(names))
        theirs = np.minimum(1.0, _over(theirs + self._by_initial[names], arrays.total[names]))
        in_name = np.bincount(pairs, arrays.counts[listed], len(names))
        bound = _score_bound(mine, theirs, self._better)
        if self.mode == "person":
            return bound
        # Only a name all of whose words are met can be the other's shortened (see Scorer.score).
        enough = self.settings.score.shortened_enough
        shortened = (in_query == units.needed[rows]) | (arrays.initials[names] > 0)
        shortened &= units.said[rows] >= enough
        other = (in_name == arrays.needed[names]) | (initials[rows] > 0)
        shortened |= other & (arrays.said[names] >= enough)
        return np.where(shortened, bound, _score_bound(mine, theirs, self.settings.score.better_side))

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

    def related_to(self, words: NDArray[np.int64]) -> NDArray[np.int32]:
        """Every feature that one of these words (by id) relates to."""
        self._relate(words)
        return np.unique(self._related.features[: self._related.used])

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
        met = (who.astype(np.int64) << 32) | features
        squares = self._squares(new, who.tolist(), features.tolist())
        # Words that only an edit relates need no more than the distance.
        about = facts(new)
        near_who, near_features, edits = self._near(new, about)
        near = (near_who.astype(np.int64) << 32) | near_features
        only = ~np.isin(near, met)
        near_who, near_features = near_who[only], near_features[only]
        by_edit = edit_similarity(
            about[near_who], self.arrays.facts[near_features], edits[only], self.settings.similarities
        )
        whose = np.concatenate([who, near_who]).astype(np.int64)
        features = np.concatenate([features, near_features])
        squares = np.concatenate([squares, np.square(by_edit).astype(np.float32)])
        order = np.argsort(whose, kind="stable")
        whose, features, squares = whose[order], features[order], squares[order]
        kept = squares > 0
        whose, features, squares = whose[kept], features[kept], squares[kept]
        weights = (self.arrays.weight[features] * squares).astype(np.float32)
        known = self._related
        count = np.bincount(whose, minlength=len(new))
        known.table[new_ids, 0] = known.used + np.cumsum(count) - count
        known.table[new_ids, 1] = count
        at = np.flatnonzero(self.arrays.common[features])
        common = np.zeros((len(new), 3))
        np.maximum.at(common[:, 0], whose[at], squares[at])
        common[:, 1] = np.bincount(whose[at], weights[at], len(new))
        common[:, 2] = np.bincount(whose[at], self._sizes_of(features[at]), len(new))
        known.common[new_ids] = common
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
        self, new: list[Token], about: NDArray[np.uint16]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
        """(word, listed word, edits) of the words that share a deletion variant and are few enough edits apart."""
        texts = [t.text if t.kind != NUMBER else "" for t in new]
        who, features = self._deletions.lookup(*deletion_keys(texts))
        mine, theirs = about[who], self.arrays.facts[features]
        allowed = allowed_edits(mine, theirs)
        apart = np.abs(mine[:, 1].astype(np.int64) - theirs[:, 1])
        possible = np.flatnonzero((allowed > 0) & (apart <= allowed))
        who, features = who[possible], features[possible]
        if not len(who):
            return who, features, np.empty(0, np.uint8)
        left = [texts[i] for i in who.tolist()]
        right = [self._text(f) for f in features.tolist()]
        edits = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8, workers=1)
        near = edits <= 2
        return who[near], features[near], edits[near]

    def _text(self, feature: int) -> str:
        text = self._texts.get(feature)
        if text is None:
            first, last = self.arrays.text_start[feature], self.arrays.text_start[feature + 1]
            text = self._texts[feature] = self.arrays.text[first:last].tobytes().decode("ascii")
        return text


def _running(
    values: NDArray[np.float64], rows: NDArray[np.int64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sums of values so far within each row, beginning with the row's start. rows: sorted."""
    total = np.cumsum(values)
    first = np.searchsorted(rows, np.arange(len(start)))
    before = np.where(first > 0, total[np.maximum(first - 1, 0)], 0.0) if len(total) else np.zeros(len(start))
    sums: NDArray[np.float64] = total - before[rows] + start[rows]
    return sums


def _share_below(least: float, other: float, better: float) -> float:
    """The coverage of one name below which the score stays below least when the other's coverage is `other`."""
    share = (least - better * other) / (1 - better)
    return share if share <= other else (least - (1 - better) * other) / better


def _over(weight: Any, total: Any) -> NDArray[np.float64]:
    """weight / total; 0 for a name without words, which nothing can cover."""
    out: NDArray[np.float64] = np.divide(weight, total, out=np.zeros(np.shape(total)), where=total > 0)
    return out


def _score_bound(mine: Any, theirs: Any, better: float) -> NDArray[np.float64]:
    """The score (0-1) before rules of two coverages, as in Scorer.score."""
    bound: NDArray[np.float64] = better * np.maximum(mine, theirs) + (1 - better) * np.minimum(mine, theirs)
    return bound


def _most_of(
    pairs: NDArray[np.int64], words: NDArray[np.int64], values: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """The largest value of each word of each pair: (pairs, words, values)."""
    if not len(pairs):
        return pairs, words, values
    keys = pairs * (int(words.max()) + 1) + words
    order = np.argsort(keys, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
    chosen = order[first]
    return pairs[chosen], words[chosen], np.maximum.reduceat(values[order], first)


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
        return [sorted(chain(*parts), key=lambda found: found.name) for parts in zip(*by_mode, strict=True)]


def build_all(names: Sequence[tuple[str, Mode]], settings: Settings) -> dict[Mode, Arrays]:
    """Arrays of both modes. names: (text, mode)."""
    preparer = Preparer(settings.words)
    modes: tuple[Mode, Mode] = ("other", "person")
    built: dict[Mode, Arrays] = {}
    for mode in modes:
        of_mode = [(i, preparer.prepare(text, mode)) for i, (text, m) in enumerate(names) if m == mode]
        arrays, words = build(of_mode, mode, preparer)
        common = often(arrays, len(words))
        near = ModeIndex(arrays, mode, preparer, Scorer(), DEFAULT).related_to(words[common])
        built[mode] = without_common(arrays, common, near)
    return built
