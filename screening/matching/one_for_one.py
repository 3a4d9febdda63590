"""The links of many pairs of names whose words stand one for one, as align() gives them, and which pairs they rule out.

Most pairs of names that are like each other are such. As a loop over arrays it takes a twentieth of align()'s time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from screening.matching.align import SAME
from screening.matching.compiled import fast
from screening.matching.reach import COUNTS, DISTINCTIVE, FORM, MARGIN, TOWN, Asked, Limits, Listed, Reached

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Taken off the place of a link that comes before all others.
_FIRST, _SECOND = 1 << 41, 1 << 40


class Words(NamedTuple):
    """Words of queries, or of a list's names, in order: where those of each begin; by place in `words` the word; of each
    word its weight, the hash of its text and its marks (see arrays.Arrays).
    """

    start: NDArray[np.int64]
    words: NDArray[np.int32]
    weights: NDArray[np.float64]
    hashes: NDArray[np.int64]
    marks: NDArray[np.uint8]


# How an entry relates two words, beside its similarity: they are the same, further edits apart than a slip, or company
# words that agree by meaning alone.
SAME_WORD, FAR, MEANT = 1, 2, 4


class Entries(NamedTuple):
    """By entry: the similarity (0-1) of the two words, and how they are related beside."""

    similarity: NDArray[np.float64]
    how: NDArray[np.uint8]


class Linked(NamedTuple):
    """Pairs that are left: place in Reached, and their links in order (CSR): the query's word, the name's, the entry."""

    pairs: NDArray[np.int64]
    start: NDArray[np.int64]
    mine: NDArray[np.int32]
    theirs: NDArray[np.int32]
    entry: NDArray[np.int64]


def linked(reached: Reached, mine: Words, theirs: Words, entries: Entries, asked: Asked, listed: Listed,
           limits: Limits) -> Linked:  # fmt: skip
    """The plain ones of the pairs reached whose score can be at least limits.least, with their links."""
    steps = 20 * len(reached.rows)
    about = (asked.said, listed.said), (asked.brief, listed.brief)
    return Linked(*fast(_linked, steps)(reached, mine, theirs, entries, *about, limits))


def _linked(
    reached: Reached,
    mine: Words,
    theirs: Words,
    entries: Entries,
    said: tuple[NDArray[np.float32], NDArray[np.float32]],
    brief: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    limits: Limits,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    most_words = most_links = 1
    for p in range(len(reached.rows)):
        q, n = reached.rows[p], reached.names[p]
        most_words = max(most_words, mine.start[q + 1] - mine.start[q], theirs.start[n + 1] - theirs.start[n])
        most_links = max(most_links, reached.link_start[p + 1] - reached.link_start[p])
    open_mine = np.empty(most_words, np.bool_)
    open_theirs = np.empty(most_words, np.bool_)
    rank = np.empty(most_links, np.int64)
    gain = np.empty(most_links, np.float64)
    before = np.empty(most_links, np.int64)
    out_pairs = np.empty(len(reached.rows), np.int64)
    out_start = np.zeros(len(reached.rows) + 1, np.int64)
    out_mine = np.empty(len(reached.link_mine), np.int32)
    out_theirs = np.empty(len(reached.link_mine), np.int32)
    out_entry = np.empty(len(reached.link_mine), np.int64)
    found = count = 0
    for p in range(len(reached.rows)):
        if not reached.plain[p]:
            continue
        q, n = reached.rows[p], reached.names[p]
        q0, q_size = mine.start[q], mine.start[q + 1] - mine.start[q]
        n0, n_size = theirs.start[n], theirs.start[n + 1] - theirs.start[n]
        # which name comes first where two links are equally good
        swapped = n_size < q_size
        if n_size == q_size:
            for at in range(q_size):
                x, y = mine.hashes[mine.words[q0 + at]], theirs.hashes[theirs.words[n0 + at]]
                if x != y:
                    swapped = y < x
                    break
        for at in range(q_size):
            open_mine[at] = True
        for at in range(n_size):
            open_theirs[at] = True
        # the same word first, then words that are one, then the best: sorted by insertion, as there are few
        links = 0
        for k in range(reached.link_start[p], reached.link_start[p + 1]):
            e = reached.link_entry[k]
            value = entries.similarity[e]
            if not value > 0:
                continue
            i, j = np.int64(reached.link_mine[k]), np.int64(reached.link_theirs[k])
            place = j * q_size + i if swapped else i * n_size + j
            better = 0.0
            if entries.how[e] & SAME_WORD:
                place -= _FIRST
            elif value >= SAME:
                place -= _SECOND
            else:
                weights = (
                    theirs.weights[theirs.words[n0 + j]] + mine.weights[mine.words[q0 + i]]
                    if swapped
                    else mine.weights[mine.words[q0 + i]] + theirs.weights[theirs.words[n0 + j]]
                )
                better = -value * value * weights
            at = links
            while at > 0 and (gain[at - 1] > better or (gain[at - 1] == better and before[at - 1] > place)):
                gain[at], before[at], rank[at] = gain[at - 1], before[at - 1], rank[at - 1]
                at -= 1
            gain[at], before[at], rank[at] = better, place, k
            links += 1
        begin = count
        covered_mine = covered_theirs = 0.0
        agree = far = meant = False
        said_mine = said_theirs = agreed_mine = agreed_theirs = 0.0
        for stage in range(2):  # equal words come before others, however much these weigh
            for at in range(links):
                if (before[at] < 0) != (stage == 0):
                    continue
                k = rank[at]
                i, j = reached.link_mine[k], reached.link_theirs[k]
                if not (open_mine[i] and open_theirs[j]):
                    continue
                open_mine[i] = open_theirs[j] = False
                x, y = mine.words[q0 + i], theirs.words[n0 + j]
                square = entries.similarity[reached.link_entry[k]] ** 2
                covered_mine += square * mine.weights[x]
                covered_theirs += square * theirs.weights[y]
                agree = agree or mine.marks[x] & theirs.marks[y] & DISTINCTIVE > 0
                far = far or entries.how[reached.link_entry[k]] & FAR > 0
                meant = meant or entries.how[reached.link_entry[k]] & MEANT > 0
                if not mine.marks[x] & FORM:
                    agreed_mine += mine.weights[x]
                    said_mine += square * mine.weights[x]
                if not theirs.marks[y] & FORM:
                    agreed_theirs += theirs.weights[y]
                    said_theirs += square * theirs.weights[y]
                out_mine[count], out_theirs[count], out_entry[count] = i, j, reached.link_entry[k]
                count += 1
        total_mine = total_theirs = form_mine = form_theirs = 0.0
        missing_mine = missing_theirs = 0
        distinct_mine = distinct_theirs = lonely = False  # left open: a distinctive word, a place
        distinctive = False
        for at in range(q_size):
            x = mine.words[q0 + at]
            total_mine += mine.weights[x]
            form_mine += mine.weights[x] if mine.marks[x] & FORM else 0.0
            distinctive = distinctive or mine.marks[x] & DISTINCTIVE > 0
            if open_mine[at]:
                missing_mine += int(mine.marks[x] & COUNTS)
                distinct_mine = distinct_mine or (mine.marks[x] & DISTINCTIVE > 0 and mine.weights[x] > 0)
                lonely = lonely or mine.marks[x] & TOWN > 0
        for at in range(n_size):
            y = theirs.words[n0 + at]
            total_theirs += theirs.weights[y]
            form_theirs += theirs.weights[y] if theirs.marks[y] & FORM else 0.0
            distinctive = distinctive or theirs.marks[y] & DISTINCTIVE > 0
            if open_theirs[at]:
                missing_theirs += int(theirs.marks[y] & COUNTS)
                distinct_theirs = distinct_theirs or (
                    theirs.marks[y] & DISTINCTIVE > 0 and theirs.weights[y] > 0
                )
                lonely = lonely or theirs.marks[y] & TOWN > 0
        share_mine = covered_mine / total_mine if total_mine > 0 else 0.0
        share_theirs = covered_theirs / total_theirs if total_theirs > 0 else 0.0
        high, low = max(share_mine, share_theirs), min(share_mine, share_theirs)
        better = limits.better_else
        if not far:
            # (a name of one word is a company's shortened name only where the other has no distinctive word beside)
            whole = missing_mine == 0 and said[0][q] >= limits.enough
            if whole and not (limits.company and said[0][q] > limits.any_weight and distinct_theirs):
                better = limits.better
            whole = missing_theirs == 0 and said[1][n] >= limits.enough
            if whole and not (limits.company and said[1][n] > limits.any_weight and distinct_mine):
                better = limits.better
        bound = better * high + (1 - better) * low
        if limits.company and not agree and low < 0.995 and limits.least > 0.3:
            # the rule that no distinctive word agrees, as in Scorer._generic
            is_name = (
                not distinctive and min(agreed_mine, agreed_theirs) >= limits.generic_enough and not lonely
            )
            mine_said = said_mine / (total_mine - form_mine) if total_mine - form_mine > MARGIN else 1.0
            theirs_said = (
                said_theirs / (total_theirs - form_theirs) if total_theirs - form_theirs > MARGIN else 1.0
            )
            if not is_name and min(mine_said, theirs_said) <= 0.995:
                bound *= limits.only_generic + (1 - limits.only_generic) * low * low
                # and that one of at most two agrees by meaning alone, as in score._translated
                words = min(brief[0][q], brief[1][n]) // 2
                one_language = brief[0][q] & brief[1][n] & 1
                if meant and (words < 2 or (words == 2 and not one_language)):
                    bound *= limits.only_translated
        if bound < limits.least:
            count = begin
            continue
        out_pairs[found] = p
        found += 1
        out_start[found] = count
    return out_pairs[:found], out_start[: found + 1], out_mine[:count], out_theirs[:count], out_entry[:count]
