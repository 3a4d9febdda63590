"""The one place where the steps are put in order: counterparties in, hits and accounts of every row out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from screening.intake import Batch, Table
from screening.manifest import build_manifest
from screening.matching.compare import mode_of
from screening.matching.context import Context, comparable, effects, equal_identifier
from screening.matching.explain import steps
from screening.matching.index import Index
from screening.matching.oracle import Found, Oracle
from screening.matching.score import Effect, Scorer
from screening.model import (
    Counterparty,
    Counts,
    Entity,
    Hit,
    ListInfo,
    Name,
    RowOutcome,
    Run,
    Status,
    Step,
    Watchlist,
)
from screening.names.prepare import Preparer
from screening.settings import DEFAULT, Settings


class Search(Protocol):
    """What finds the names of the lists that are like a query: the oracle or the index."""

    def search(self, queries: Sequence[str], cutoff: float) -> list[list[Found]]:
        """For each query the names with a name score (0-100) of at least cutoff."""


class _Listed(NamedTuple):
    """A name on a list: which entity it belongs to and what the list says of it."""

    entity: int
    name: Name


class Screener:
    """Watchlists ready to be searched.

    exhaustive: score every pair instead of using the index (the result is the same; see tests/matching).
    """

    def __init__(
        self,
        watchlists: Sequence[Watchlist],
        settings: Settings = DEFAULT,
        *,
        exhaustive: bool = False,
    ) -> None:
        self.settings = settings
        self.lists: tuple[ListInfo, ...] = tuple(w.info for w in watchlists)
        self.entities: list[tuple[Entity, ListInfo]] = [(e, w.info) for w in watchlists for e in w.entities]
        self.names: list[_Listed] = []
        self._by_identifier: dict[tuple[str, str], list[int]] = {}
        for i, (entity, _) in enumerate(self.entities):
            self.names.extend(_Listed(i, name) for name in _names_of(entity))
            for identifier in entity.identifiers:
                self._by_identifier.setdefault(comparable(identifier), []).append(i)
        self.preparer = Preparer(settings.words)
        self.scorer = Scorer(settings)
        texts = [(n.name.value, mode_of(self.entities[n.entity][0].type)) for n in self.names]
        self._search: Search = Oracle(texts, settings) if exhaustive else Index.of(texts, settings)

    def find(
        self, names: Sequence[tuple[str, ...]], contexts: Sequence[Context], cutoff: float
    ) -> list[list[_Pair]]:
        """For each row, the entities whose final score is at least cutoff, best first.

        names: the usable names of each row. contexts: what else each row says. cutoff: 0-100.
        """
        distinct = list(dict.fromkeys(n for row in names for n in row))
        reach = _lowest_name_score(cutoff, self.settings)
        found = dict(zip(distinct, self._search.search(distinct, reach), strict=True))
        return [self._row(row, context, found, cutoff) for row, context in zip(names, contexts, strict=True)]

    def _row(
        self, names: tuple[str, ...], context: Context, found: dict[str, list[Found]], cutoff: float
    ) -> list[_Pair]:
        best: dict[int, _Pair] = {}
        for query in names:
            for at, name_score in found[query]:
                listed = self.names[at]
                entity, _ = self.entities[listed.entity]
                score, rules = (
                    name_score,
                    effects(context, entity, listed.name, name_score, self.settings.context),
                )
                for rule in rules:
                    score = rule.apply(score)
                pair = _Pair(score, listed.entity, query, listed.name, tuple(rules))
                before = best.get(listed.entity)
                if before is None or pair.order() < before.order():
                    best[listed.entity] = pair
        for identifier in context.identifiers:
            for at in self._by_identifier.get(comparable(identifier), ()):
                entity = self.entities[at][0]
                if equal_identifier(context, entity) is None:
                    continue
                before = best.get(at)
                rule = Effect("identifier-equal", 2.0, f"{identifier.scheme} {identifier.value}")
                if before is None:
                    query = names[0] if names else ""
                    best[at] = _Pair(100.0, at, query, Name(value=entity.name), (rule,))
                else:
                    best[at] = before._replace(score=100.0, rules=(*before.rules, rule))
        return sorted(
            (p for p in best.values() if round(p.score, 1) >= cutoff), key=lambda p: self._pair_order(p)
        )

    def _pair_order(self, pair: _Pair) -> tuple[float, str, str]:
        entity, info = self.entities[pair.entity]
        return -round(pair.score, 1), info.id, entity.id

    def hit(self, pair: _Pair, counterparty: Counterparty) -> Hit:
        """The full record of a pair: status, explanation, evidence."""
        entity, info = self.entities[pair.entity]
        mode = mode_of(entity.type)
        left = self.preparer.prepare(pair.query, mode)
        right = self.preparer.prepare(pair.name.value, mode)
        scored = self.scorer.score(left, right, mode)
        explanation = list(steps(left, right, scored))
        score = scored.score
        for rule in pair.rules:
            after = rule.apply(score)
            explanation.append(
                Step(kind="rule", relation=rule.rule, effect=round(after - score, 1), text=rule.text)
            )
            score = after
        explanation.extend(_false_friend_notes(entity, pair.query))
        final = round(pair.score, 1)
        return Hit(
            id=hit_id(counterparty, entity, info),
            status=_status(final, self.settings),
            score=final,
            counterparty=counterparty,
            name=pair.query,
            matched_name=pair.name,
            entity=entity,
            list=info,
            explanation=tuple(explanation),
        )


class _Pair(NamedTuple):
    score: float
    entity: int
    query: str
    name: Name
    rules: tuple[Effect, ...]

    def order(self) -> tuple[float, str, str]:
        """Better pairs first, ties by text so that the choice does not depend on the order of the list."""
        return -self.score, self.query, self.name.value


def _names_of(entity: Entity) -> Iterator[Name]:
    seen = {entity.name}
    yield Name(value=entity.name)
    for name in entity.names:
        if name.value not in seen:
            seen.add(name.value)
            yield name


def _lowest_name_score(cutoff: float, settings: Settings) -> float:
    """The least name score that context rules can still raise to cutoff."""
    score = cutoff - 0.05  # scores are rounded to one decimal before they are compared
    for factor in (settings.context.birth_date_agrees, settings.context.country_agrees):
        excess = factor - 1
        score = (score - 100 * excess) / (1 - excess)
    return max(score, 1.0)


def _status(score: float, settings: Settings) -> Status:
    return "match" if score >= settings.thresholds.match else "review"


def _false_friend_notes(entity: Entity, query: str) -> list[Step]:
    wanted = query.casefold().strip()
    return [
        Step(kind="note", relation="false-friend", left=query, right=friend.name, text=friend.reason)
        for friend in entity.false_friends
        if friend.name.casefold().strip() == wanted
    ]


def hit_id(counterparty: Counterparty, entity: Entity, info: ListInfo) -> str:
    """Stable for the same counterparty (id, or names where it has none), entity and list; 16 hex digits."""
    who = counterparty.id or "\x1f".join(counterparty.names)
    return hashlib.sha256("\x1e".join((who, info.id, entity.id)).encode()).hexdigest()[:16]


def context_of(batch: Batch, i: int) -> Context:
    """The context of row i of a batch."""
    return Context(batch.types[i], batch.countries[i], batch.birth_dates[i], batch.identifiers[i])


def screen(
    table: Table,
    screener: Screener,
    *,
    clock: Callable[[], datetime],
    as_of: str | None = None,
    keep_clear: bool = False,
    progress: Callable[[int], None] | None = None,
    warnings: Sequence[str] = (),
) -> Run:
    """Screen every row of a table. Rows read = clear + review + match + cleared + unscreened, or ValueError.

    clock: gives the time of the run. keep_clear: keep a record of each clear row too. progress: called with the
    number of rows done so far after each batch.
    """
    started_at = clock()
    hits: list[Hit] = []
    outcomes: list[RowOutcome] = []
    tally = dict.fromkeys(("read", "clear", "review", "match", "cleared", "unscreened"), 0)
    for found, kept, counted in screen_batches(table.batches(), screener, keep_clear=keep_clear):
        hits.extend(found)
        outcomes.extend(kept)
        for key, value in counted.items():
            tally[key] += value
        if progress is not None:
            progress(tally["read"])
    manifest = build_manifest(
        started_at=started_at,
        settings=screener.settings,
        input=table.info,
        lists=screener.lists,
        as_of=as_of,
        counts=Counts(**tally),
        warnings=warnings,
    )
    return Run(manifest=manifest, hits=tuple(hits), outcomes=tuple(outcomes))


def screen_batches(
    batches: Iterable[Batch], screener: Screener, *, keep_clear: bool
) -> Iterator[tuple[list[Hit], list[RowOutcome], dict[str, int]]]:
    """Screen batch by batch, in order: hits, kept outcomes and counts of each."""
    for batch in batches:
        yield screen_batch(batch, screener, keep_clear=keep_clear)


def screen_batch(
    batch: Batch, screener: Screener, *, keep_clear: bool
) -> tuple[list[Hit], list[RowOutcome], dict[str, int]]:
    """One batch: its hits in row order, its kept outcomes, its counts by status."""
    usable = [i for i in range(len(batch)) if i not in batch.problems]
    names = [batch.names[i] for i in usable]
    found = screener.find(names, [context_of(batch, i) for i in usable], screener.settings.thresholds.review)
    by_row = dict(zip(usable, found, strict=True))
    hits: list[Hit] = []
    outcomes: list[RowOutcome] = []
    counted = dict.fromkeys(("read", "clear", "review", "match", "cleared", "unscreened"), 0)
    for i in range(len(batch)):
        counted["read"] += 1
        if i in batch.problems:
            counted["unscreened"] += 1
            outcomes.append(
                RowOutcome(status="unscreened", counterparty=batch.counterparty(i), reason=batch.problems[i])
            )
            continue
        pairs = by_row[i]
        if not pairs:
            counted["clear"] += 1
            if keep_clear:
                outcomes.append(RowOutcome(status="clear", counterparty=batch.counterparty(i)))
            continue
        counterparty = batch.counterparty(i)
        row_hits = [screener.hit(pair, counterparty) for pair in pairs]
        hits.extend(row_hits)
        counted[row_status(row_hits)] += 1
    return hits, outcomes, counted


def row_status(hits: Sequence[Hit]) -> str:
    """The status of a row: that of its gravest hit (match, then review, then cleared)."""
    statuses = {hit.status for hit in hits}
    return next(s for s in ("match", "review", "cleared") if s in statuses)


def check(
    counterparty: Counterparty, screener: Screener, *, limit: int = 10, threshold: float | None = None
) -> tuple[Hit, ...]:
    """The hits of one counterparty, best first, at most limit. threshold: 0-100, default the review threshold."""
    cutoff = screener.settings.thresholds.review if threshold is None else threshold
    context = Context(
        counterparty.type, counterparty.countries, counterparty.birth_date, counterparty.identifiers
    )
    pairs = screener.find([counterparty.names], [context], cutoff)[0]
    return tuple(screener.hit(pair, counterparty) for pair in pairs[:limit])
