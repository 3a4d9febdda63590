"""Which names of a list can reach a score, for one query after the other: plain loops over the arrays of an index.

Written with numpy's own operations, the same work took five to ten times as long, and four times the code.

Terms as in index.py. A score needs one coverage, the query's or the name's, to reach the least score itself, as it is
a mean of both. Two things follow. A query's costliest words can be *dropped* while together they cannot bring its
coverage there: who does not have one of the others is found only if his own coverage gets there. And every name has
leading words without one of which its own coverage cannot get there. So the words that are not dropped are followed to
all names that have them, the dropped ones only to the names that they lead (prefix filtering: Chaudhuri, Ganti and
Kaushik, A primitive operator for similarity joins, 2006). What joined words, acronyms and words spelled out relate is
rare, and followed to all names.

Of companies two names are less alike where no distinctive word of one stands for one of the other (a rule of the score,
see Scorer._generic). So a query with a distinctive word is compared with names that only share its company words and
places where these alone can reach the score, which is rare. Nor can a name that has much that is distinctive, none of
which is met by these. That is told from its *signs*: a few bits for its distinctive words, the same bit for those that
are spelled almost like a common company word.

A name that is the other's shortened is held to less than others are, but has to have all the words of the other that
count. So beside each word of a name stands the heaviest other word that counts: a name in which that is not met, found
by another word than the query's rarest, is no such name. Last, which of the query's words a name meets at all, told by
bits, gives nearly the same bound as which words meet which, and ends most of what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from screening.matching.compiled import fast

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What a word is marked as: a shortened name must have it; it is a distinctive word, a legal form, a place.
COUNTS, DISTINCTIVE, FORM, TOWN = 1, 2, 4, 8
# The number of signs: of words that are almost company words, and of others.
ALMOST_SIGNS, OTHER_SIGNS = 31, 32
# Rounding in the 32-bit sums of the bound; ten times the largest error seen in the property tests.
MARGIN = 1e-3
# What an initial weighs at the least: names with initials are known by it.
TRACE = 1e-9
# A distinctive word that leaves this share of its name open: more than Scorer._generic lets pass as none.
OPEN = 0.006
# The share of a query that company words make at the least where distinctive words are not dropped for them: by time.
MINDED = 0.25
# Words of a query that are told apart by bits, and the bit for a distinctive word that meets one.
MOST_BITS, AGREES = 29, 1 << 30
# Of so many of a list's names one is looked at for a query, about.
LOOKED_AT = 20


class Listed(NamedTuple):
    """The names of a list, as in arrays.Arrays."""

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
    start: NDArray[np.int64]
    words: NDArray[np.int32]
    share: NDArray[np.float32]
    marks: NDArray[np.uint8]
    acronyms: NDArray[np.bool_]
    signs: NDArray[np.int64]
    initials: NDArray[np.float32]
    distinct: NDArray[np.float32]
    needed: NDArray[np.int16]
    said: NDArray[np.float32]
    brief: NDArray[np.uint8]


class Asked(NamedTuple):
    """Queries. start: first word of each. Of words: share of the query's weight, marks (see Arrays), the largest
    similarity squared of its entries and the number of names they lead to. first, size: the entries of every word, then
    of every further unit. unit_start: first further unit of each query; unit_first, unit_words: its words; unit_acronym:
    whether it is an acronym of them. Of entries: features, squares (of the similarity), same: whether both are surely the
    same word. initials: share that an initial of the name could cover of each query. needed, said, brief: see Arrays.
    """

    start: NDArray[np.int64]
    share: NDArray[np.float64]
    marks: NDArray[np.uint8]
    best: NDArray[np.float64]
    cost: NDArray[np.int64]
    first: NDArray[np.int64]
    size: NDArray[np.int64]
    unit_start: NDArray[np.int64]
    unit_first: NDArray[np.int64]
    unit_words: NDArray[np.int64]
    unit_acronym: NDArray[np.bool_]
    features: NDArray[np.int32]
    squares: NDArray[np.float32]
    same: NDArray[np.bool_]
    initials: NDArray[np.float64]
    needed: NDArray[np.int16]
    said: NDArray[np.float32]
    brief: NDArray[np.uint8]


class Limits(NamedTuple):
    """least: the score to reach, 0-1. leading: whether names can be found by the words that lead them at this score.
    better: weight of the better covered side where one name can be the other's shortened (enough: the weight its words
    have at least; more than any_weight: any will do), else better_else. initial: similarity squared of an initial and a
    word. company: whether the names are no people's.
    only_generic: the least factor where no distinctive word agrees; only_translated: one more where of few words some agree
    by meaning alone; generic_enough: the weight of other words that makes a name (see Scorer._generic).
    """

    least: float
    leading: bool
    better: float
    better_else: float
    enough: float
    any_weight: float
    initial: float
    company: bool
    only_generic: float
    only_translated: float
    generic_enough: float


class Scratch(NamedTuple):
    """Working memory. head (by feature, -1), top, related (by word, 0) and place (by name, -1) are left as they were found.
    top: the largest square of a word's links; related: the query's words that they relate it to, as bits. The rest is by
    name found: its position, how it was found, its joined words, where its words begin and end, the share of its
    initials. theirs_best: by word of the longest name.
    """

    head: NDArray[np.int32]
    top: NDArray[np.float32]
    related: NDArray[np.int32]
    place: NDArray[np.int32]
    touched: NDArray[np.int32]
    how: NDArray[np.uint8]
    spans: NDArray[np.int32]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    initials_of: NDArray[np.float32]
    theirs_best: NDArray[np.float32]

    @classmethod
    def of(cls, features: int, words: int, names: int, longest: int) -> Scratch:
        return cls(
            head=np.full(features, -1, np.int32),
            top=np.zeros(words, np.float32),
            related=np.zeros(words, np.int32),
            place=np.full(names, -1, np.int32),
            touched=np.empty(names, np.int32),
            how=np.empty(names, np.uint8),
            spans=np.empty(names, np.int32),
            begin=np.empty(names, np.int64),
            end=np.empty(names, np.int64),
            initials_of=np.empty(names, np.float32),
            theirs_best=np.empty(longest, np.float32),
        )


class Reached(NamedTuple):
    """Pairs of a query (rows) and a name. plain: whether their words can only stand one for one, and none is an initial;
    those have their related words: link_start (CSR), and by link the query's word and the name's (the first is 0), and the
    entry that relates them.
    """

    rows: NDArray[np.int32]
    names: NDArray[np.int32]
    plain: NDArray[np.bool_]
    link_start: NDArray[np.int64]
    link_mine: NDArray[np.int32]
    link_theirs: NDArray[np.int32]
    link_entry: NDArray[np.int64]


def reach(listed: Listed, asked: Asked, limits: Limits, scratch: Scratch) -> Reached:
    """The pairs whose score can be at least limits.least, those that share no word left out; each pair once."""
    steps = (len(asked.start) - 1) * len(listed.initials) // LOOKED_AT
    return Reached(*fast(_reach, steps)(listed, asked, limits, scratch))


# How a name was found: by a word that leads it, by a word that is not dropped, by joined words and the like.
_LED, _FOUND = 1, 2


def _reach(  # one function, so that it is compiled, and kept, as one
    listed: Listed, asked: Asked, limits: Limits, scratch: Scratch
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.bool_],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int64],
]:
    head, top, related, place, touched, how, spans, begin, end, initials_of, theirs_best = scratch
    queries, words, least = len(asked.start) - 1, len(listed.marks), limits.least
    better = max(limits.better, TRACE)
    rest = max(1 - better, TRACE)
    most_words = most_links = 1
    for q in range(queries):
        size = 0
        for w in range(asked.start[q], asked.start[q + 1]):
            size += asked.size[w]
        for u in range(asked.unit_start[q], asked.unit_start[q + 1]):
            size += asked.size[u]
        most_links = max(most_links, size)
        most_words = max(most_words, asked.start[q + 1] - asked.start[q])
    link_unit = np.empty(most_links, np.int64)
    link_feature = np.empty(most_links, np.int32)
    link_square = np.empty(most_links, np.float32)
    link_entry = np.empty(most_links, np.int64)
    link_next = np.empty(most_links, np.int32)
    span_link = np.empty(1024, np.int32)
    span_at = np.empty(1024, np.int64)
    span_next = np.empty(1024, np.int32)
    dropped = np.empty(most_words, np.bool_)
    by_other = np.empty(most_words, np.float32)
    mine_best = np.empty(most_words, np.float32)
    by_mine = np.empty(most_words, np.float32)
    out_rows = np.empty(1024, np.int32)
    out_names = np.empty(1024, np.int32)
    out_plain = np.empty(1024, np.bool_)
    out_start = np.zeros(1025, np.int64)
    out_mine = np.empty(4096, np.int32)
    out_theirs = np.empty(4096, np.int32)
    out_entry = np.empty(4096, np.int64)
    ruled = limits.company and least > 0.3
    found = linked = 0
    for q in range(queries):
        w0, w1 = asked.start[q], asked.start[q + 1]
        # whether the rule for company words is minded from here on: not where hardly any stands beside the distinctive words
        company_share = 0.0
        for w in range(w0, w1):
            if not asked.marks[w] & DISTINCTIVE:
                company_share += asked.share[w]
        minded = ruled and company_share >= MINDED
        # which words are dropped: the costliest, while without the rest the query's coverage cannot get there
        sure = most = asked.initials[q]
        for w in range(w0, w1):
            dropped[w - w0] = False
            by_other[w - w0] = 0.0
            most += asked.share[w] * asked.best[w]
        if limits.leading:
            previous = -1
            for _ in range(w1 - w0):
                costliest = -1
                for w in range(w0, w1):
                    after = previous < 0 or (
                        asked.cost[w] < asked.cost[previous]
                        or (asked.cost[w] == asked.cost[previous] and w > previous)
                    )
                    if after and (costliest < 0 or asked.cost[w] > asked.cost[costliest]):
                        costliest = w
                previous = costliest
                more = asked.share[costliest] * asked.best[costliest]
                if sure + more < least and not (minded and asked.marks[costliest] & DISTINCTIVE):
                    sure += more
                    dropped[costliest - w0] = True
        # the entries, linked by feature
        links = count = span = 0
        most_distinct, met = limits.initial, np.int64(0)
        for at in range(w1 - w0 + asked.unit_start[q + 1] - asked.unit_start[q]):
            unit = w0 + at if at < w1 - w0 else asked.unit_start[q] + at - (w1 - w0)
            for e in range(asked.first[unit], asked.first[unit] + asked.size[unit]):
                feature, square = asked.features[e], asked.squares[e]
                link_unit[links] = unit
                link_feature[links] = feature
                link_square[links] = square
                link_entry[links] = e
                link_next[links] = head[feature]
                head[feature] = links
                if feature < words and at < w1 - w0:
                    top[feature] = max(top[feature], square)
                    related[feature] |= 1 << min(at, MOST_BITS)
                    if asked.marks[unit] & listed.marks[feature] & DISTINCTIVE:
                        related[feature] |= AGREES
                    if listed.marks[feature] & DISTINCTIVE:
                        most_distinct = max(most_distinct, square)
                        if not asked.marks[unit] & DISTINCTIVE:
                            met |= listed.signs[feature]
                    else:
                        by_other[at] = max(by_other[at], square)
                links += 1
        # What the query is covered at the most where no distinctive word of it stands for one of the name; and whether
        # that leaves open so much that a rule lowers the score (see Scorer._generic).
        most_other, other, generic = asked.initials[q], False, minded
        for w in range(w0, w1):
            if asked.marks[w] & DISTINCTIVE:
                generic = False
                left_open = asked.share[w] * (1 - max(by_other[w - w0], limits.initial))
                other = other or (minded and left_open > OPEN)
                most_other += asked.share[w] * by_other[w - w0]
            else:
                most_other += asked.share[w] * asked.best[w]
        # The least coverage of the name where the query has no distinctive word, but the name one that stays open: by
        # halving.
        under_rule, enough = 0.0, 1.0
        for _ in range(12 if generic else 0):
            middle = (under_rule + enough) / 2
            high, low = max(min(1.0, most), middle), min(1.0, most, middle)
            factor = limits.only_generic + (1 - limits.only_generic) * low * low
            if low >= 0.995 or (better * high + (1 - better) * low) * factor >= least:
                enough = middle
            else:
                under_rule = middle
        # A query can only be a name's shortened if all its words are met, and so the one that leads to the fewest names;
        # -1 where none is followed to all its names.
        rarest, lenient = -1, asked.initials[q] > 0
        if asked.said[q] >= limits.enough:
            for w in range(w0, w1):
                mark = asked.marks[w]
                counts = not dropped[w - w0] and mark & COUNTS and (mark & DISTINCTIVE or not other)
                if counts and (rarest < 0 or asked.cost[w] < asked.cost[rarest]):
                    rarest = w
            lenient = lenient or rarest < 0
        # the names that they lead to
        for link in range(links):
            unit, feature, square = link_unit[link], link_feature[link], link_square[link]
            if unit >= w1 or feature >= words:
                for p in range(
                    np.uint64(listed.posting_start[feature]), np.uint64(listed.posting_start[feature + 1])
                ):
                    name = np.uint32(listed.posting_names[p])
                    t = place[name]
                    if t < 0:
                        t = place[name] = count
                        touched[t] = name
                        spans[t] = -1
                        count += 1
                    how[t] = _FOUND
                    if span == len(span_at):
                        span_link = np.concatenate((span_link, np.empty(span, np.int32)))
                        span_at = np.concatenate((span_at, np.empty(span, np.int64)))
                        span_next = np.concatenate((span_next, np.empty(span, np.int32)))
                    span_link[span] = link
                    span_at[span] = p
                    span_next[span] = spans[t]
                    spans[t] = span
                    span += 1
                continue
            # What this word leaves open of the query says how much of the name has to be covered, and so how much of it
            # a word can be that is covered no better than this. (A name is found by the best link of its best word, one
            # of distinctive words where there is one.)
            led, needed = dropped[unit - w0], least
            most_open = max(1 - under_rule, OPEN / max(1 - limits.initial, TRACE))
            if not other or unit == rarest:
                mine = sure if led else most - asked.share[unit] * (asked.best[unit] - square)
            elif asked.marks[unit] & listed.marks[feature] & DISTINCTIVE:
                mine = most - asked.share[unit] * (asked.best[unit] - max(square, by_other[unit - w0]))
            else:
                mine = most_other if led else most_other - asked.share[unit] * (asked.best[unit] - square)
                if asked.marks[unit] & DISTINCTIVE:
                    mine = most_other - asked.share[unit] * (by_other[unit - w0] - square)
                if mine < 0.995:
                    factor = limits.only_generic + (1 - limits.only_generic) * mine * mine
                    needed = least / max(factor, TRACE)
            mine = min(1.0, mine)
            theirs = (needed - better * mine) / rest
            if theirs > mine:
                theirs = (needed - (1 - better) * mine) / better
            if theirs > 1:
                continue
            if led:
                theirs = max(theirs, least)
            # Where a name's heaviest other word is not met, it is not the query's shortened. Where the query is not its
            # either, so much of it has to be covered.
            whole = theirs
            if unit != rarest and not lenient:
                whole = (needed - limits.better_else * mine) / max(1 - limits.better_else, TRACE)
                if whole > mine:
                    whole = (needed - (1 - limits.better_else) * mine) / max(limits.better_else, TRACE)
            # Where no distinctive word of the name is met at all, this much of it can be made of them.
            if other:
                agrees = asked.marks[unit] & listed.marks[feature] & DISTINCTIVE or unit == rarest
                most_open = 1.0 if agrees else 1 - theirs
            if led:
                missing = 1 - square
                for p in range(
                    np.uint64(listed.leading_start[feature]), np.uint64(listed.leading_start[feature + 1])
                ):
                    if listed.leading_share[p] * missing > 1 - theirs:
                        continue
                    if listed.leading_distinct[p] > most_open and not listed.leading_signs[p] & met:
                        continue
                    open_other = 1 - top[np.uint32(listed.leading_other[p])]
                    if listed.leading_other_share[p] * open_other > 1 - theirs:
                        continue
                    name = np.uint32(listed.leading_names[p])
                    if place[name] < 0:
                        place[name] = count
                        touched[count] = name
                        how[count] = _LED
                        spans[count] = -1
                        count += 1
            else:
                missing, may_stay_open = 1 - top[feature], max(1 - whole, 0.0)
                for p in range(
                    np.uint64(listed.posting_start[feature]), np.uint64(listed.posting_start[feature + 1])
                ):
                    if listed.posting_share[p] * missing > 1 - theirs:
                        continue
                    if listed.posting_distinct[p] > most_open and not listed.posting_signs[p] & met:
                        continue
                    if (
                        listed.posting_other_share[p] > may_stay_open
                        and top[np.uint32(listed.posting_other[p])] == 0
                    ):
                        continue
                    name = np.uint32(listed.posting_names[p])
                    t = place[name]
                    if t < 0:
                        t = place[name] = count
                        touched[t] = name
                        spans[t] = -1
                        count += 1
                    how[t] = _FOUND
        # Read ahead, so that memory is waited for once and not name by name: a third less time.
        for t in range(count):
            name = touched[t]
            place[name] = -1
            begin[t], end[t] = listed.start[name], listed.start[name + 1]
            initials_of[t] = listed.initials[name]
        # the least coverage of the name where the query is covered as well as it can be, without joined words and with
        mine = min(1.0, most)
        worse = (least - better * mine) / rest
        if worse > mine:
            worse = (least - (1 - better) * mine) / better
        worst = (least - better) / rest
        for t in range(count):
            name, first, last = touched[t], begin[t], end[t]
            # Equal words come before words written as one (see align): a run of words has no part in it where one of them
            # is one of those that it should stand for.
            span, spans[t] = spans[t], -1
            agree_joined = False
            while span >= 0:
                following, link = span_next[span], span_link[span]
                unit = link_unit[link]
                from_word, to_word = unit, unit + 1
                if unit >= w1:
                    from_word = asked.unit_first[unit - asked.unit_start[0]]
                    to_word = from_word + asked.unit_words[unit - asked.unit_start[0]]
                start = first + np.int64(listed.posting_first[span_at[span]])
                void = distinctive = False
                for j in range(start, start + listed.posting_words[span_at[span]]):
                    distinctive = distinctive or listed.marks[listed.words[j]] & DISTINCTIVE > 0
                    other_link = head[listed.words[j]]
                    while other_link >= 0:
                        if (
                            from_word <= link_unit[other_link] < to_word
                            and asked.same[link_entry[other_link]]
                        ):
                            void = True
                        other_link = link_next[other_link]
                acronym = (
                    asked.unit_acronym[unit - asked.unit_start[0]]
                    if unit >= w1
                    else listed.acronyms[link_feature[link] - words]
                )
                # an acronym passes over small words and numbers between its words
                if acronym or not void:
                    span_next[span] = spans[t]
                    spans[t] = span
                    if acronym:
                        agree_joined = True
                    for w in range(from_word if distinctive else to_word, to_word):
                        if asked.marks[w] & DISTINCTIVE:
                            agree_joined = True
                span = following
            theirs = initials_of[t] * limits.initial
            if spans[t] < 0:
                for j in range(np.uint64(first), np.uint64(last)):
                    theirs += top[np.uint32(listed.words[j])] * listed.share[j]
            else:
                # joined words, and acronyms, cover each of their words
                for j in range(first, last):
                    theirs_best[j - first] = top[listed.words[j]]
                span = spans[t]
                while span >= 0:
                    at, square = span_at[span], link_square[span_link[span]]
                    start = np.int64(listed.posting_first[at])
                    for j in range(start, start + listed.posting_words[at]):
                        theirs_best[j] = max(theirs_best[j], square)
                    span = span_next[span]
                for j in range(first, last):
                    theirs += theirs_best[j - first] * listed.share[j]
            theirs = min(1.0, theirs)
            if theirs < (least if how[t] == _LED else worse if spans[t] < 0 else worst):
                continue
            is_open = generic and spans[t] < 0 and listed.distinct[name] * (1 - most_distinct) > OPEN
            if is_open and theirs < under_rule:
                continue
            # The same bound as below, from which words are met at all: nine in ten of the names end here.
            if spans[t] < 0 and w1 - w0 <= MOST_BITS:
                met_words, in_name, open_theirs = np.int32(0), 0, 0.0
                for j in range(np.uint64(first), np.uint64(last)):
                    word = np.uint32(listed.words[j])
                    met_words |= related[word]
                    mark, best = listed.marks[word], top[word]
                    if best > 0:
                        in_name += int(mark & COUNTS)
                    if mark & DISTINCTIVE:
                        open_theirs = max(open_theirs, (1 - max(best, limits.initial)) * listed.share[j])
                mine, open_mine, in_query = asked.initials[q], 0.0, 0
                for w in range(w1 - w0):
                    mark, share, best = asked.marks[w0 + w], asked.share[w0 + w], 0.0
                    if met_words >> w & 1:
                        best = asked.best[w0 + w]
                        in_query += int(mark & COUNTS)
                    mine += best * share
                    if mark & DISTINCTIVE:
                        open_mine = max(open_mine, (1 - max(best, limits.initial)) * share)
                mine = min(1.0, mine)
                weight = limits.better_else
                if (
                    asked.said[q] >= limits.enough and (in_query == asked.needed[q] or initials_of[t] > 0)
                ) or (
                    listed.said[name] >= limits.enough
                    and (in_name == listed.needed[name] or asked.initials[q] > 0)
                ):
                    weight = better
                low = min(mine, theirs)
                bound = weight * max(mine, theirs) + (1 - weight) * low
                agree = met_words & AGREES != 0
                if ruled and not agree and low < 0.995 and max(open_mine, open_theirs) > OPEN:
                    bound *= limits.only_generic + (1 - limits.only_generic) * low * low
                if bound < least:
                    continue
            for w in range(w1 - w0):
                mine_best[w] = by_mine[w] = 0.0
            by_theirs = open_theirs = 0.0
            in_name = 0
            agree = agree_joined  # whether a distinctive word of each stands for one of the other
            for j in range(first, last):
                word, share = listed.words[j], listed.share[j]
                link, cover = head[word], 0.0
                mark = listed.marks[word]
                while link >= 0:
                    unit, square = link_unit[link], link_square[link]
                    if unit < w1:
                        mine_best[unit - w0] = max(mine_best[unit - w0], square)
                        by_mine[unit - w0] = max(by_mine[unit - w0], square * share)
                        cover = max(cover, square * asked.share[unit])
                        if mark & asked.marks[unit] & DISTINCTIVE:
                            agree = True
                    link = link_next[link]
                by_theirs += cover
                best = top[word] if spans[t] < 0 else theirs_best[j - first]
                if best > 0:
                    in_name += int(mark & COUNTS)
                if mark & DISTINCTIVE:
                    open_theirs = max(open_theirs, (1 - max(best, limits.initial)) * share)
            span = spans[t]
            while span >= 0:
                link = span_link[span]
                unit, square = link_unit[link], link_square[link]
                from_word, to_word = unit, unit + 1
                if unit >= w1:
                    from_word = asked.unit_first[unit - asked.unit_start[0]]
                    to_word = from_word + asked.unit_words[unit - asked.unit_start[0]]
                for w in range(from_word - w0, to_word - w0):
                    mine_best[w] = max(mine_best[w], square)
                span = span_next[span]
            mine, open_mine = asked.initials[q], 0.0
            in_query = 0
            for w in range(w1 - w0):
                mark, share = asked.marks[w0 + w], asked.share[w0 + w]
                mine += mine_best[w] * share
                if mine_best[w] > 0:
                    in_query += int(mark & COUNTS)
                if mark & DISTINCTIVE:
                    open_mine = max(open_mine, (1 - max(mine_best[w], limits.initial)) * share)
            if spans[t] < 0:
                # A word stands for one word of the other name: each covers the best of those that it could.
                mine = min(mine, asked.initials[q] + by_theirs)
                covered = initials_of[t] * limits.initial
                for w in range(w1 - w0):
                    covered += by_mine[w]
                theirs = min(theirs, covered)
            mine = min(1.0, mine)
            # Only a name all of whose words are met can be the other's shortened (see Scorer.score).
            weight = limits.better_else
            if (asked.said[q] >= limits.enough and (in_query == asked.needed[q] or initials_of[t] > 0)) or (
                listed.said[name] >= limits.enough
                and (in_name == listed.needed[name] or asked.initials[q] > 0)
            ):
                weight = better
            low = min(mine, theirs)
            bound = weight * max(mine, theirs) + (1 - weight) * low
            # No distinctive word agrees, and one is open: a rule lowers the score (see Scorer.score and _generic).
            if ruled and not agree and low < 0.995 and max(open_mine, open_theirs) > OPEN:
                bound *= limits.only_generic + (1 - limits.only_generic) * low * low
            if bound < least:
                continue
            if found == len(out_rows):
                out_rows = np.concatenate((out_rows, np.empty(found, np.int32)))
                out_names = np.concatenate((out_names, np.empty(found, np.int32)))
                out_plain = np.concatenate((out_plain, np.empty(found, np.bool_)))
                out_start = np.concatenate((out_start, np.zeros(found, np.int64)))
            out_rows[found] = q
            out_names[found] = name
            out_plain[found] = spans[t] < 0 and initials_of[t] == 0 and asked.initials[q] == 0
            if out_plain[found]:
                for j in range(first, last):
                    link = head[listed.words[j]]
                    while link >= 0:
                        if link_unit[link] < w1:
                            if linked == len(out_mine):
                                out_mine = np.concatenate((out_mine, np.empty(linked, np.int32)))
                                out_theirs = np.concatenate((out_theirs, np.empty(linked, np.int32)))
                                out_entry = np.concatenate((out_entry, np.empty(linked, np.int64)))
                            out_mine[linked] = link_unit[link] - w0
                            out_theirs[linked] = j - first
                            out_entry[linked] = link_entry[link]
                            linked += 1
                        link = link_next[link]
            found += 1
            out_start[found] = linked
        for link in range(links):
            head[link_feature[link]] = -1
            if link_feature[link] < words:
                top[link_feature[link]] = 0.0
                related[link_feature[link]] = 0
    return (
        out_rows[:found],
        out_names[:found],
        out_plain[:found],
        out_start[: found + 1],
        out_mine[:linked],
        out_theirs[:linked],
        out_entry[:linked],
    )
