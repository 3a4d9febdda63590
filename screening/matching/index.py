"""Finds the names that can score at least a cut-off, without scoring the rest; the hits are exactly the oracle's.

How: a score is made of two coverages, the share of each name's weight that the other covers, and rules that only
lower it. Both coverages are bounded from above by what the words that are related can cover. What each word relates to
is found once for each distinct word; which names the bound lets through is found in reach.py; those are scored by the
same Scorer as in the oracle.

Terms: a *feature* of a name is one of its words, a run of its words written as one, or an acronym of how it begins.
A *unit* of a query is one of its words, a run, or an acronym. An *entry* says that a unit relates to a feature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from screening.matching.align import SHORT_ACRONYM, Link
from screening.matching.arrays import (
    ANY_WEIGHT,
    LED_FROM,
    Arrays,
    Spans,
    brief_of,
    build,
    shortening_of,
    starts_of,
)
from screening.matching.edits import Spelled, equal, near
from screening.matching.keys import (
    ACRONYM,
    BY_ACRONYM,
    BY_CONSONANTS,
    BY_JOINED_SOUND,
    BY_JOINING,
    BY_SHORT_ACRONYM,
    BY_SPELLING_OUT,
    BY_TRANSCRIPTION,
    RUN,
    RUN_SOUND,
    SOUND,
    TEXT,
    Codes,
    KeyMap,
    WordKeys,
    acronym_keys,
    consonant_keys,
    key,
    most_alike,
    run_keys,
    run_spaces,
    text_space,
    word_keys,
)
from screening.matching.one_for_one import FAR, MEANT, SAME_WORD, Entries, Words, linked
from screening.matching.oracle import Found
from screening.matching.reach import MARGIN, TRACE, Asked, Limits, Listed, Reached, Scratch, reach
from screening.matching.score import Scorer, by_meaning_alone
from screening.matching.similarity import (
    edit_similarity,
    facts,
    script_similarity,
    skeleton_similarity,
)
from screening.names.many import ManyPreparer, PreparedNames
from screening.names.prepare import (
    INITIAL,
    NUMBER,
    WORD,
    Mode,
    Prepared,
    Preparer,
    Token,
)
from screening.settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What stands for the parting of an acronym, which has none.
_ACRONYM = -2
# Queries looked up at once: bounds the memory for their entries.
TOGETHER = 5_000


# Relations of words by number, for columns; grows as they are met.
_RELATIONS: list[str] = []


def _number(relation: str) -> int:
    if relation not in _RELATIONS:
        _RELATIONS.append(relation)
    return _RELATIONS.index(relation)


# Words asked for (by their place) and features, and how alike they can be at the most (0-1).
Alike = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.float32]"]


class _Related:
    """What each word met so far relates to; grows.

    table: by word id, first entry (-1: not looked up) and count, and the number of names that the entries lead to.
    best: by word id, the largest similarity squared of its entries. Of entries: the feature, similarity squared or more,
    similarity (not a number where it is not known yet), the number of its relation, and how beside (see one_for_one.py).
    same: of entries, whether the words are surely the same.
    """

    def __init__(self) -> None:
        self.table: NDArray[np.int64] = np.full((0, 3), -1)
        self.best: NDArray[np.float64] = np.zeros(0)
        self.used = 0
        self.features: NDArray[np.int32] = np.empty(0, np.int32)
        self.squares: NDArray[np.float32] = np.empty(0, np.float32)
        self.similarity: NDArray[np.float64] = np.empty(0)
        self.relation: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.how: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.same: NDArray[np.bool_] = np.empty(0, np.bool_)

    def write(self, features: NDArray[np.int32], squares: NDArray[np.float32], *, keep: bool) -> None:
        """Put entries behind those kept. keep: keep them too; else the next write takes their place."""
        end = self.used + len(features)
        if end > len(self.features):
            more = end + len(self.features) // 2 + 65536 - self.used
            for name in ("features", "squares", "similarity", "relation", "how", "same"):
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column[: self.used], np.empty(more, column.dtype)]))
        self.features[self.used : end] = features
        self.squares[self.used : end] = squares
        self.similarity[self.used : end] = np.nan
        self.same[self.used : end] = False
        if keep:
            self.used = end

    def missing(self, ids: NDArray[np.int64], known: int) -> NDArray[np.int64]:
        """Those of ids not looked up yet, sorted. known: number of words of the Preparer."""
        if known > len(self.table):
            more = known - len(self.table) + 4096
            self.table = np.concatenate([self.table, np.full((more, 3), -1)])
            self.best = np.concatenate([self.best, np.zeros(more)])
        new: NDArray[np.int64] = np.unique(ids[self.table[ids, 0] < 0])
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
        self._count, self._names = len(arrays.blob_start) - 1, len(arrays.names)
        self._keys = KeyMap(arrays.keys, arrays.key_values)
        self._deletions = KeyMap(arrays.deletions, arrays.deletion_values)
        self._spelled_out = bool(arrays.spelled_out[0])
        self._words: dict[int, Token] = {}
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
        self._better_else = score.better_side
        self._enough = 1.0 if mode == "person" else score.shortened_enough
        # what an initial is covered by when a word begins with it; an equal one is an entry like any other word's
        self._initial = s.initial**2
        self._by_initial: NDArray[np.float32] = arrays.initials * np.float32(self._initial)
        self._most_alike = np.asarray(most_alike(s))
        self._listed = Listed(*(getattr(arrays, field) for field in Listed._fields))
        longest = int(np.diff(arrays.start).max(initial=1))
        self._spelled = Spelled(arrays.text, arrays.text_start)
        self._their_words = Words(arrays.start, arrays.words, arrays.weights, arrays.hashes, arrays.marks)
        self._scratch = Scratch.of(len(arrays.posting_start) - 1, self._count, self._names, longest)

    def search(self, queries: PreparedNames, cutoff: float) -> Iterator[tuple[int, Found]]:
        """The names that score at least cutoff (0-100), each with the place of its query."""
        if not len(self.arrays.names) or not len(queries.ids):
            return
        for row, name, links in self._candidates(queries, cutoff):
            query, listed = queries.name(row), self._name(name)
            scored = self.scorer.score(query, listed, self.mode, cutoff, links)
            if scored.score >= cutoff:
                noted = bool(self.arrays.noted[name])
                yield row, Found(int(self.arrays.names[name]), scored.score, query, listed, scored, noted)

    # --- candidates --------------------------------------------------------------------------------

    def _candidates(
        self, queries: PreparedNames, cutoff: float
    ) -> Iterator[tuple[int, int, list[Link] | None]]:
        """(query, name) pairs whose upper bound reaches the cut-off, with their links where they are known."""
        least = cutoff / 100 - MARGIN
        ids = queries.ids
        rows = np.repeat(np.arange(len(queries)), np.diff(queries.start))
        self._relate(ids)
        codes, weights = self._codes.of(ids)
        share = weights / queries.totals[rows]
        by_initial = np.where(codes[:, 9] == INITIAL, np.maximum(share * self._initial, TRACE), 0.0)
        initials = np.bincount(rows, by_initial, len(queries)).astype(np.float64)
        asked = self._asked(queries, ids, rows, codes, weights, share, initials)
        limits = Limits(
            least=least,
            leading=least >= LED_FROM,
            better=self._better,
            better_else=self._better_else,
            enough=self._enough,
            any_weight=ANY_WEIGHT / 2,
            initial=self._initial,
            company=self.mode == "other",
            only_generic=self.settings.score.only_generic,
            only_translated=self.settings.score.only_translated,
            generic_enough=self.settings.score.generic_enough,
        )
        reached = reach(self._listed, asked, limits, self._scratch)
        yield from self._linked(reached, asked, ids, weights, codes, limits)
        other = ~reached.plain
        for row, name in zip(reached.rows[other].tolist(), reached.names[other].tolist(), strict=True):
            yield row, name, None
        # Names that share no word can still score where initials suffice: only under a very low cut-off.
        likely = (_score_bound(initials, self._initial, self._better) >= least) & (queries.totals > 0)
        for row in np.flatnonzero(likely).tolist():
            more = np.flatnonzero(_score_bound(initials[row], self._by_initial, self._better) >= least)
            for name in np.setdiff1d(more, reached.names[reached.rows == row]).tolist():
                yield row, name, None

    def _linked(
        self,
        reached: Reached,
        asked: Asked,
        ids: NDArray[np.int64],
        weights: NDArray[np.float64],
        codes: NDArray[np.int64],
        limits: Limits,
    ) -> Iterator[tuple[int, int, list[Link] | None]]:
        """The pairs whose words stand one for one, and which of them do."""
        known = self._related
        used, first = np.unique(reached.link_entry, return_index=True)
        unknown = np.isnan(known.similarity[used])
        of = np.searchsorted(reached.link_start, first[unknown], "right") - 1
        who = ids[asked.start[reached.rows[of]] + reached.link_mine[first[unknown]]]
        tokens = self.preparer.tokens
        for entry, word in zip(used[unknown].tolist(), who.tolist(), strict=True):
            other = self._word(int(known.features[entry]))
            found, relation = self.scorer.similar(tokens[word], other)
            known.similarity[entry], known.relation[entry] = found, _number(relation)
            far = relation == "edit" and found < self.settings.score.exact
            meant = by_meaning_alone(tokens[word], other, relation)
            known.how[entry] = SAME_WORD * (tokens[word] is other) + FAR * far + MEANT * meant
        mine = Words(
            asked.start,
            np.arange(len(ids), dtype=np.int32),
            weights,
            np.ascontiguousarray(codes[:, 0]),
            asked.marks,
        )
        left = linked(
            reached,
            mine,
            self._their_words,
            Entries(known.similarity, known.how),
            asked,
            self._listed,
            limits,
        )
        similarity = known.similarity[left.entry].tolist()
        relations = [_RELATIONS[k] for k in known.relation[left.entry].tolist()]
        columns = zip(left.mine.tolist()), zip(left.theirs.tolist()), similarity, relations
        links = list(map(Link._make, zip(*columns, strict=True)))
        ends = left.start.tolist()
        rows, names = reached.rows[left.pairs].tolist(), reached.names[left.pairs].tolist()
        for at, (row, name) in enumerate(zip(rows, names, strict=True)):
            yield row, name, links[ends[at] : ends[at + 1]]

    def _asked(
        self,
        queries: PreparedNames,
        ids: NDArray[np.int64],
        rows: NDArray[np.int64],
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
        share: NDArray[np.float64],
        initials: NDArray[np.float64],
    ) -> Asked:
        """The words of the queries, and the runs, acronyms and meanings that the list has a word for."""
        runs = run_keys(codes, queries.start)
        text = ~runs.is_sound
        keys = run_spaces(runs.hashes, runs.is_sound, TEXT, SOUND)
        whole = Spans(keys, runs.rows, np.full(len(keys), -1), runs.first, runs.words)
        keys = text_space(runs.hashes, RUN)
        parts = [whole, whole._replace(keys=keys, parting=runs.parting).chosen(text)]
        by = [np.where(text, BY_JOINING, BY_JOINED_SOUND), np.full(len(parts[1].keys), BY_JOINING)]
        if self.mode == "other":
            made_rows, hashes, first, spanned = acronym_keys(codes, queries.start)
            acronyms = np.full(len(made_rows), _ACRONYM)
            parts.append(Spans(text_space(hashes, TEXT), made_rows, acronyms, first, spanned))
            by.append(np.full(len(made_rows), BY_ACRONYM))
            if self._spelled_out:
                parts.append(Spans.of_meanings("W", queries, -1, self.preparer.meanings))
                by.append(np.full(len(parts[-1].keys), BY_SPELLING_OUT))
        # few of them are in the list
        found = [
            self._keys.lookup(part.keys, np.arange(len(part.keys), dtype=np.int32))[:2] for part in parts
        ]
        units = starts_of(np.asarray([len(part.keys) for part in parts]))
        spans = Spans.together([part.chosen(who) for part, (who, _) in zip(parts, found, strict=True)])
        related = np.concatenate([how[who] for how, (who, _) in zip(by, found, strict=True)])
        unit = np.concatenate([who + units[i] for i, (who, _) in enumerate(found)])
        features = np.concatenate([of_part for _, of_part in found])
        # Runs that part in the same places are equal word by word, which the words' own entries say already, but for words
        # that are not one though their letters are. And no legal form is an acronym of other words (Juana Sanchez Carlon
        # is no JSC).
        odd = np.concatenate([[0], np.cumsum(codes[:, 13])])
        other = self.arrays.parting[features] != spans.parting
        other |= odd[spans.first + spans.words] > odd[spans.first]
        other &= (spans.parting != _ACRONYM) | (
            self.arrays.facts[np.minimum(features, self._count - 1), 0] == WORD
        )
        order = np.flatnonzero(other)
        order = order[np.lexsort((unit[order], spans.rows[order]))]
        spans, related, unit, features = spans.chosen(order), related[order], unit[order], features[order]
        met = np.flatnonzero(np.diff(unit, prepend=-1))
        count = np.diff(np.append(met, len(unit)))
        known = self._related
        table = known.table[ids]
        short = self.arrays.facts[np.minimum(features, self._count - 1), 1] <= SHORT_ACRONYM
        how = np.where((related == BY_ACRONYM) & short, BY_SHORT_ACRONYM, related)
        squares = np.square(self._most_alike[how]).astype(np.float32)
        known.write(features, squares, keep=False)
        return Asked(
            start=queries.start,
            share=share,
            best=known.best[ids],
            cost=table[:, 2].copy(),
            first=np.concatenate([table[:, 0], known.used + np.cumsum(count) - count]),
            size=np.concatenate([table[:, 1], count]),
            unit_start=len(ids) + np.searchsorted(spans.rows[met], np.arange(len(queries) + 1)),
            unit_first=spans.first[met],
            unit_words=spans.words[met],
            unit_acronym=spans.parting[met] == _ACRONYM,
            features=known.features,
            squares=known.squares,
            same=known.same,
            initials=initials,
            **shortening_of(codes[:, 9], weights, rows, len(queries), self.mode),
            brief=brief_of(codes, rows, len(queries)),
        )

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
            words = self._words
            tokens = tuple([words.get(w) or self._word(w) for w in self.arrays.words[first:last].tolist()])
            prepared = Prepared("", tokens, sum([t.weight for t in tokens]), ())
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
        codes, _ = self._codes.of(new_ids)
        keys = WordKeys.together([word_keys(new, codes), *self._joined_keys(new, codes)])
        parts = [self._keys.lookup(keys.keys, keys.owners, self._most_alike[keys.by])]
        about = facts(new)
        parts += [*self._by_consonants(new, about), self._by_letters(new, about)]
        whose, features, bound = (np.concatenate(column) for column in zip(*parts, strict=True))
        # related in several ways: the most of them counts
        pair = (whose.astype(np.int64) << 32) | features
        order = np.lexsort((bound, pair))
        order = order[np.append(np.diff(pair[order]) != 0, True)[: len(order)]]
        order = order[bound[order] > 0]
        whose, features, squares = whose[order], features[order], np.square(bound[order])
        known = self._related
        count = np.bincount(whose, minlength=len(new))
        known.table[new_ids, 0] = known.used + np.cumsum(count) - count
        known.table[new_ids, 1] = count
        start = self.arrays.posting_start
        known.table[new_ids, 2] = np.bincount(whose, start[features + 1] - start[features], len(new))
        best = np.zeros(len(new))
        np.maximum.at(best, whose, squares)
        known.best[new_ids] = best
        begin = known.used
        known.write(features, squares, keep=True)
        entry = np.flatnonzero((squares == 1) & (features < self._count))
        known.same[begin + entry] = self._same(new, whose[entry], features[entry])

    def _joined_keys(self, new: list[Token], codes: NDArray[np.int64]) -> list[WordKeys]:
        """The keys of what words written as one, or an acronym, stand for."""
        kinds, text, sizes = codes[:, 9], codes[:, 0].astype(np.uint32), codes[:, 2]
        long = ~np.isin(kinds, (NUMBER, INITIAL)) & (sizes > 3)
        whole, heard = np.flatnonzero(long), np.flatnonzero(long & (codes[:, 7] > 0))
        parts = [
            WordKeys.of_texts(whole, text[whole], RUN, BY_JOINING),
            WordKeys.of_texts(heard, codes[heard, 3].astype(np.uint32), RUN_SOUND, BY_JOINED_SOUND),
        ]
        if self.mode == "other":
            short = np.flatnonzero(kinds == WORD)
            by = np.where(sizes[short] > SHORT_ACRONYM, BY_ACRONYM, BY_SHORT_ACRONYM).astype(np.uint8)
            parts.append(WordKeys.of_texts(short, text[short], ACRONYM, by))
        several = [i for i, token in enumerate(new) if len(token.meaning) > 1]
        made = [key("M", " ".join(new[i].meaning)) for i in several]
        by = np.full(len(several), BY_SPELLING_OUT, np.uint8)
        parts.append(WordKeys(np.asarray(several, np.int32), np.asarray(made, np.uint32), by))
        return parts

    def _same(
        self, new: list[Token], who: NDArray[np.int32], features: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """Whether similarity() surely says 1 of words and those of the list, without making Tokens of these."""
        plain = [t.kind != NUMBER and not t.han and t.text.isascii() for t in new]
        same: NDArray[np.bool_] = np.asarray(plain, np.bool_)[who] & (
            self.arrays.facts[features, 0] != NUMBER
        )
        same[same] = equal(Spelled.of([t.text for t in new]), who[same], self._spelled, features[same])
        return same

    def _by_consonants(self, new: list[Token], about: NDArray[np.uint16]) -> Iterator[Alike]:
        """Words with the consonants of a word of the list, and how alike they are at the most."""
        for by, keys in consonant_keys(new).items():
            who, features, _ = self._keys.lookup(keys.keys, keys.owners)
            words = features < self._count
            who, features = who[words], features[words]
            mine, theirs, s = about[who], self.arrays.facts[features], self.settings.similarities
            if by == BY_CONSONANTS:
                alike = skeleton_similarity(mine, theirs, s)
            else:
                alike = script_similarity(mine, theirs, s, transcribed=by == BY_TRANSCRIPTION)
            yield who, features, alike.astype(np.float32)

    def _by_letters(self, new: list[Token], about: NDArray[np.uint16]) -> Alike:
        """Words that share a deletion variant with a word of the list and are few enough edits apart, and how alike they
        are at the most.
        """
        texts = Spelled.of([t.text if t.kind != NUMBER else "" for t in new])
        who, features, edits = near(texts, self._deletions, self._spelled)
        some = edits > 0  # the same letters are found by their text
        who, features, edits = who[some], features[some], edits[some]
        by_edit = edit_similarity(about[who], self.arrays.facts[features], edits, self.settings.similarities)
        return who, features, by_edit.astype(np.float32)


def _score_bound(mine: Any, theirs: Any, better: float) -> NDArray[np.float64]:
    """The score (0-1) before rules of two coverages, as in Scorer.score."""
    bound: NDArray[np.float64] = better * np.maximum(mine, theirs) + (1 - better) * np.minimum(mine, theirs)
    return bound


class Index:
    """Both modes together; the same interface as the oracle."""

    def __init__(self, arrays: dict[Mode, Arrays], settings: Settings) -> None:
        preparer, scorer = Preparer(settings.words), Scorer(settings)
        self._many = ManyPreparer(preparer)
        self._modes = [ModeIndex(a, mode, preparer, scorer, settings) for mode, a in sorted(arrays.items())]

    @classmethod
    def of(cls, names: Sequence[tuple[str, Mode]], settings: Settings) -> Index:
        """Build in memory."""
        return cls(build_all(names, settings), settings)

    def search(self, queries: Sequence[str], cutoff: float) -> list[list[Found]]:
        """For each query the names that score at least cutoff (0-100), in the order of the list."""
        out: list[list[Found]] = [[] for _ in queries]
        for at in range(0, len(queries), TOGETHER):
            split = self._many.split(queries[at : at + TOGETHER])
            for index in self._modes:
                for row, found in index.search(self._many.prepare(split, index.mode), cutoff):
                    out[at + row].append(found)
        for of_query in out:
            if len(of_query) > 1:
                of_query.sort(key=_place)
        return out


_place = attrgetter("name")


def build_all(names: Sequence[tuple[str, Mode]], settings: Settings) -> dict[Mode, Arrays]:
    """Arrays of both modes. names: (text, mode)."""
    preparer = Preparer(settings.words)
    many = ManyPreparer(preparer)
    modes: tuple[Mode, Mode] = ("other", "person")
    built: dict[Mode, Arrays] = {}
    for mode in modes:
        positions = [i for i, (_, m) in enumerate(names) if m == mode]
        prepared = many.prepare(many.split([names[i][0] for i in positions]), mode)
        built[mode] = build(positions, prepared, mode, preparer)
    return built
