"""Many names prepared at once, as columns: what `Preparer.prepare` gives name by name, in a tenth of the time.

Nine words in ten stand for the same whatever stands beside them. Names of such words are put together from tables by
word; the others go to `Preparer.prepare` (tests/names/test_many.py compares both).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from screening.names.prepare import (
    ADDRESS,
    ARTICLES,
    BEFORE_ARTICLE,
    FILLER,
    GENERIC,
    LAST_NUMERALS,
    LEGAL,
    SHIP,
    WORD,
    Mode,
    Prepared,
    Preparer,
    Token,
    split,
)
from screening.names.sounds import hear

if TYPE_CHECKING:
    from numpy.typing import NDArray

# In front of another word of a company's name; "ul" is a street as well, which its neighbours decide.
_ARTICLES_ALONE = ARTICLES - ADDRESS
# What a token is marked as: a Chinese family name, one that a name of one word may read otherwise, a distinctive word.
_CHINESE, _READ_ALONE, _DISTINCTIVE = 1, 2, 4
_NONE = -1


class Split(NamedTuple):
    """Names cut into words. numbers: of the words of all names (see _Numbers). start: the first word of each (CSR).
    notes: of the names in which something was undone, by their place.
    """

    raws: Sequence[str]
    words: list[list[str]]
    numbers: NDArray[np.int64]
    start: NDArray[np.int64]
    notes: dict[int, tuple[str, ...]]


class PreparedNames:
    """Prepared names: their words in one column, each name whole when it is asked for.

    ids: the words of all names, by their id in the Preparer. start: the first word of each (CSR). totals: sums of weights.
    A name without weight has no words here.
    """

    def __init__(
        self,
        cut: Split,
        ids: NDArray[np.int64],
        start: NDArray[np.int64],
        totals: NDArray[np.float64],
        whole: dict[int, Prepared],
        tokens: list[Token],
    ) -> None:
        self.ids, self.start, self.totals = ids, start, totals
        self._cut, self._whole, self._tokens = cut, whole, tokens

    def __len__(self) -> int:
        return len(self.totals)

    def name(self, row: int) -> Prepared:
        """The name at this place."""
        prepared = self._whole.get(row)
        if prepared is None:
            words = self.ids[self.start[row] : self.start[row + 1]].tolist()
            tokens = tuple([self._tokens[i] for i in words])
            notes = self._cut.notes.get(row, ())
            prepared = Prepared(self._cut.raws[row], tokens, sum([t.weight for t in tokens]), notes)
            self._whole[row] = prepared
        return prepared

    def having(self, wanted: Callable[[Token], bool]) -> list[int]:
        """The places of the names that have such a word."""
        known, inverse = np.unique(self.ids, return_inverse=True)
        such = np.asarray([wanted(self._tokens[i]) for i in known.tolist()], np.bool_)
        at = np.flatnonzero(such[inverse])
        rows: list[int] = np.unique(np.searchsorted(self.start, at, "right") - 1).tolist()
        return rows

    def noted(self) -> NDArray[np.uint8]:
        """Whether something was undone in each name."""
        noted = np.zeros(len(self), np.uint8)
        noted[list(self._cut.notes)] = 1
        for row, prepared in self._whole.items():
            noted[row] = bool(prepared.notes)
        return noted


class ManyPreparer:
    """Prepares many names at once; keeps every word it has met."""

    def __init__(self, preparer: Preparer) -> None:
        self.preparer = preparer
        self._numbers = _Numbers()
        self._tables: dict[Mode, _Table] = {mode: _Table(preparer, mode) for mode in ("person", "other")}

    def split(self, raws: Sequence[str]) -> Split:
        """Cut names into words, once for both modes."""
        cut = list(map(split, raws))
        words = [of_name for of_name, _ in cut]
        return Split(
            raws,
            words,
            np.fromiter(map(self._numbers.__getitem__, chain.from_iterable(words)), np.int64),
            _starts(np.fromiter(map(len, words), np.int64, len(words))),
            {i: notes for i, (_, notes) in enumerate(cut) if notes},
        )

    def prepare(self, cut: Split, mode: Mode) -> PreparedNames:
        """The same as Preparer.prepare of every name."""
        preparer, table = self.preparer, self._tables[mode]
        numbers = self._given_first(cut) if mode == "person" else cut.numbers
        table.grow(self._numbers.words)
        made = table.put_together(numbers, np.diff(cut.start))
        if mode == "other":
            made.whole[[i for i, raw in enumerate(cut.raws) if "(" in raw]] = True
        apart = {
            row: preparer.read(cut.raws[row], cut.words[row], cut.notes.get(row, ()), mode)
            for row in np.flatnonzero(made.whole).tolist()
        }
        start = _starts(made.counts)
        for row in np.flatnonzero(made.chinese & ~made.whole).tolist():
            words = made.ids[start[row] : start[row + 1]].tolist()
            tokens = tuple(preparer.chinese([preparer.tokens[i] for i in words]))
            apart[row] = Prepared(
                cut.raws[row], tokens, sum([t.weight for t in tokens]), cut.notes.get(row, ())
            )
        return self._with_apart(cut, mode, made, apart)

    def _given_first(self, cut: Split) -> NDArray[np.int64]:
        """The numbers of the words, of SURNAME, Given with the surname last."""
        numbers = cut.numbers.copy()
        for row, raw in enumerate(cut.raws):
            if "," in raw:
                words = cut.words[row]
                turned = self.preparer.given_first(raw, words)
                if turned is not words:
                    numbers[cut.start[row] : cut.start[row + 1]] = [self._numbers[w] for w in turned]
        return numbers

    def _with_apart(self, cut: Split, mode: Mode, made: _Made, apart: dict[int, Prepared]) -> PreparedNames:
        """Put the names that are prepared apart in their places."""
        ids, counts, names = made.ids, made.counts, len(made.counts)
        if apart:
            other = np.ones(names, np.bool_)
            other[list(apart)] = False
            rows = np.repeat(np.arange(names), counts)
            more = [token.id for prepared in apart.values() for token in prepared.tokens]
            sizes = [len(prepared.tokens) for prepared in apart.values()]
            all_rows = np.concatenate([rows[other[rows]], np.repeat(list(apart), sizes).astype(np.int64)])
            ids = np.concatenate([ids[other[rows]], np.asarray(more, np.int64)])
            ids = ids[np.argsort(all_rows, kind="stable")]
            counts = np.bincount(all_rows, minlength=names)
        rows = np.repeat(np.arange(names), counts)
        totals = np.bincount(rows, self._tables[mode].weights(ids), names).astype(np.float64)
        heavy = totals > 0
        if not heavy.all():  # without weight, words say nothing
            ids, counts = ids[heavy[rows]], np.where(heavy, counts, 0)
        return PreparedNames(cut, ids, _starts(counts), totals, apart, self.preparer.tokens)


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


class _Made(NamedTuple):
    """Names put together: the ids of their tokens, how many each has, which cannot be put together so, and which are
    people with a Chinese family name.
    """

    ids: NDArray[np.int64]
    counts: NDArray[np.int64]
    whole: NDArray[np.bool_]
    chinese: NDArray[np.bool_]


class _Numbers(dict[str, int]):
    """Words by number, in the order in which they are met."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self.words)
        self.words.append(word)
        return number


class _Growing:
    """An array to whose end rows are added: room for half as many more is made when there is none. size: rows in use."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self.rows, self.size = rows, len(rows)

    def add(self, more: NDArray[Any]) -> None:
        end = self.size + len(more)
        if end > len(self.rows):
            room = np.empty((end + end // 2, *self.rows.shape[1:]), self.rows.dtype)
            room[: self.size] = self.rows[: self.size]
            self.rows = room
        self.rows[self.size : end] = more
        self.size = end


class _Table:
    """What words stand for in one mode, by their number, and what pairs of them do.

    first, count: the tokens a word stands for whatever stands beside it, by their place in `tokens`; count 0 where its
    neighbours decide. before: its token in front of another word though others decide it elsewhere, or none (-1); last:
    the same for the last of several words; only: for a word that is all of a name. head: whether it begins a phrase.
    Of tokens: their id in the Preparer, and marks.
    """

    def __init__(self, preparer: Preparer, mode: Mode) -> None:
        self.preparer, self.mode = preparer, mode
        self.columns = _Growing(np.empty((0, 5), np.int64))
        self.head = _Growing(np.empty(0, np.bool_))
        self.tokens = _Growing(np.empty((0, 2), np.int64))
        self._weights = _Growing(np.empty(0))
        self._seconds = preparer.knowledge.seconds if mode == "other" else {}
        self._words: list[str] = []
        self._pairs: dict[int, tuple[int, int]] = {}

    def grow(self, words: list[str]) -> None:
        """Look at the words that are new."""
        new = words[len(self._words) :]
        if not new:
            return
        self._words += new
        hear(word for word in new if word.isascii())
        rows: list[list[int]] = []
        made: list[Token] = []
        at = self.tokens.size
        for word in new:
            of_word = [self._alone(word), self._before(word), self._last(word), self._only(word)]
            row = [at, len(of_word[0])]
            at += len(of_word[0])
            made += of_word[0]
            for found in of_word[1:]:
                row.append(at if found else _NONE)
                at += len(found)
                made += found
            rows.append(row)
        self.columns.add(np.asarray(rows, np.int64))
        self.head.add(np.asarray([word in self._seconds for word in new]))
        self._add(made)

    def weights(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The weights of tokens by their id."""
        known = self.preparer.tokens
        if len(known) > self._weights.size:
            self._weights.add(np.asarray([token.weight for token in known[self._weights.size :]]))
        return self._weights.rows[ids]

    def put_together(self, words: NDArray[np.int64], sizes: NDArray[np.int64]) -> _Made:
        """Names of numbered words. words: of all names in order. sizes: how many each has."""
        names = len(sizes)
        rows = np.repeat(np.arange(names), sizes)
        ends = np.cumsum(sizes)
        is_first, is_last = np.zeros(len(words), np.bool_), np.zeros(len(words), np.bool_)
        is_first[(ends - sizes)[sizes > 0]] = True
        is_last[(ends - 1)[sizes > 0]] = True
        first, count = self.columns.rows[words, 0], self.columns.rows[words, 1]
        whole = sizes == 0
        open_ = count == 0
        if self.mode == "other":
            self._join_forms(words, rows, is_first, is_last, first, count, open_, whole)
        at = np.flatnonzero(open_)
        column = np.where(is_last[at], np.where(is_first[at], 4, 3), 2)
        found = self.columns.rows[words[at], column]
        first[at], count[at] = found, 1
        whole[rows[at[found < 0]]] = True
        count[whole[rows]] = 0
        # the tokens of all words in a row
        total = np.cumsum(count)
        places = np.repeat(first - (total - count), count) + np.arange(total[-1] if len(total) else 0)
        token_rows = np.repeat(rows, count)
        counts = np.bincount(token_rows, minlength=names)
        ids, marks = self.tokens.rows[places].T
        chinese = np.zeros(names, np.bool_)
        if self.mode == "person":
            ends, some = np.cumsum(counts), np.flatnonzero(counts > 1)
            outer = marks[(ends - counts)[some]] | marks[ends[some] - 1]
            chinese[some[(outer & _CHINESE) > 0]] = True
        else:
            whole |= self._read_together(ids, marks, token_rows, counts)
        return _Made(ids, counts, whole, chinese)

    def _join_forms(
        self,
        words: NDArray[np.int64],
        rows: NDArray[np.int64],
        is_first: NDArray[np.bool_],
        is_last: NDArray[np.bool_],
        first: NDArray[np.int64],
        count: NDArray[np.int64],
        open_: NDArray[np.bool_],
        whole: NDArray[np.bool_],
    ) -> None:
        """Two words that begin a phrase: a legal form at the end of a name (Co Ltd) is put in, others decide the whole."""
        at = np.flatnonzero(self.head.rows[words] & ~is_last)
        pairs, inverse = np.unique(words[at] << 32 | words[at + 1], return_inverse=True)
        known = np.asarray([self._pair(pair) for pair in pairs.tolist()], np.int64).reshape(-1, 2)[inverse]
        phrase = known[:, 1] >= 0
        at, known = at[phrase], known[phrase]
        form = (known[:, 1] > 0) & is_last[at + 1] & ~is_first[at]
        whole[rows[at[~form]]] = True
        at, known = at[form], known[form]
        first[at], count[at] = known[:, 0], known[:, 1]
        count[at + 1] = 0
        open_[at] = open_[at + 1] = False

    def _read_together(
        self,
        ids: NDArray[np.int64],
        marks: NDArray[np.int64],
        rows: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Names whose words are changed when they are read together: a word said twice, a lone word."""
        together = np.zeros(len(counts), np.bool_)
        distinctive = (marks & _DISTINCTIVE) > 0
        said = np.sort(rows[distinctive] << 32 | ids[distinctive])
        together[said[1:][said[1:] == said[:-1]] >> 32] = True
        lone = np.flatnonzero(counts == 1)
        together[lone[(marks[np.cumsum(counts)[lone] - 1] & _READ_ALONE) > 0]] = True
        return together

    def _pair(self, pair: int) -> tuple[int, int]:
        """Of two words, as one number: the place and the number of tokens of the legal form they are; a number of 0 where
        they begin another phrase, of -1 where none.
        """
        known = self._pairs.get(pair)
        if known is None:
            word, second = self._words[pair >> 32], self._words[pair & 0xFFFFFFFF]
            known = (0, _NONE)
            if second in self._seconds[word]:
                found = self._form_of_two(word, second)
                known = (self.tokens.size, len(found))
                self._add(found)
            self._pairs[pair] = known
        return known

    def _add(self, made: Sequence[Token]) -> None:
        marks = [
            _CHINESE * token.chinese
            | _READ_ALONE * (token.kind in (LEGAL, GENERIC))
            | _DISTINCTIVE * (token.kind == WORD)
            for token in made
        ]
        self.tokens.add(np.asarray([[token.id for token in made], marks], np.int64).T)

    # --- words ---------------------------------------------------------------------------------------

    def _alone(self, word: str) -> tuple[Token, ...]:
        """What the word stands for whatever stands beside it, a known phrase apart; () where its neighbours decide."""
        if not word.isascii():
            return ()
        found = self.preparer.word(word, self.mode)
        decided = _decided_in_person if self.mode == "person" else _decided_in_company
        if any(map(decided, found)) or (self.mode == "other" and self.preparer.near(word)):
            return ()
        return found

    def _before(self, word: str) -> tuple[Token, ...]:
        """What the word stands for in front of another, where others decide it elsewhere."""
        if self.mode == "person" or word not in _ARTICLES_ALONE:
            return ()
        return (self.preparer.token(word, "", FILLER, "other", shown=word),)

    def _last(self, word: str) -> tuple[Token, ...]:
        """The same as the last of several words. A legal form of two letters (SA, AB) counts as one there."""
        found = self._only(word)
        if found or self.mode == "person" or not word.isascii():
            return found
        found = self.preparer.word(word, self.mode)
        decided = word in SHIP or word in LAST_NUMERALS or word in ADDRESS
        form = len(found) == 1 and found[0].kind == LEGAL and len(found[0].text) < 3
        return found if form and not decided else ()

    def _only(self, word: str) -> tuple[Token, ...]:
        """The same as all of a name: that an Arabic article cannot follow."""
        if self.mode == "other" or word not in BEFORE_ARTICLE:
            return ()
        found = self.preparer.word(word, self.mode)
        return found if len(found) == 1 else ()

    def _form_of_two(self, word: str, last: str) -> tuple[Token, ...]:
        """A legal form of two words at the end of a name (Co Ltd), () where they are none, or one can be a slip."""
        known = self.preparer.knowledge.phrases.get(f"{word} {last}")
        if known is None or known.kind != "legal" or not word.isascii() or not last.isascii():
            return ()
        if self.preparer.near(word) or self.preparer.near(last):
            return ()
        return tuple(self.preparer.stands_for(known, "other", word + last, f"{word} {last}", ""))


def _decided_in_person(token: Token) -> bool:
    """Whether the neighbours of a word of a person's name decide what it stands for."""
    return token.arabic


def _decided_in_company(token: Token) -> bool:
    """Whether the neighbours of a word decide what it stands for outside people's names."""
    return (
        token.article
        or token.text in SHIP
        or token.text in LAST_NUMERALS
        or token.text in ADDRESS
        or (token.kind == LEGAL and len(token.text) < 3)
    )
