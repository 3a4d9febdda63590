"""The one place where the steps are put in order: counterparties in, hits and accounts of every row out."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import re
import signal
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import chain, groupby, islice
from pathlib import Path
from typing import NamedTuple, Protocol

from screening.addresses import Addresses
from screening.beside import REMARKS, Beside, ListedParty, Resources, remark
from screening.decisions import Decisions, Judge
from screening.decisions.judge import EQUAL_IDENTIFIER
from screening.errors import StoreError
from screening.finding import Finding
from screening.goods.rules import Book
from screening.intake import Batch, Rows
from screening.lists import load_watchlists
from screening.lists import warnings as list_warnings
from screening.lists.since import only_changed
from screening.lists.stamp import stamp
from screening.manifest import ResultsHash, build_manifest
from screening.matching.cache import MODES, Load, Opened, build, open_folder, open_or_build
from screening.matching.catalog import names_of
from screening.matching.context import Context, effects, equal_identifier, more_business
from screening.matching.explain import steps
from screening.matching.index import Index
from screening.matching.oracle import Found, Oracle
from screening.matching.party import same_parties
from screening.matching.score import Effect, Scorer
from screening.model import (
    HIT_STATUSES,
    Counterparty,
    Counts,
    Entity,
    FalseFriend,
    Hit,
    Hits,
    ListInfo,
    Name,
    Request,
    RowOutcome,
    Run,
    Status,
    Step,
    Watchlist,
    packed,
)
from screening.names.prepare import Preparer, mode_of
from screening.ownership import NO_OWNERS, ListedOwner, Owners
from screening.settings import DEFAULT, Settings

NO_DECISIONS = Decisions()
NOTHING_TO_COMPARE = "no usable name: nothing of it can be compared"
_PLAIN_LETTER = re.compile("[0-9A-Za-z]")


class Search(Protocol):
    """What finds the names of the lists that are like a query: the oracle or the index."""

    def search(self, queries: Sequence[str], cutoff: float) -> list[list[Found]]:
        """For each query the names with a name score (0-100) of at least cutoff."""


class Screener:
    """Watchlists ready to be searched.

    exhaustive: score every pair instead of using the index (the result is the same; see tests/matching).
    """

    _search: Search

    def __init__(
        self, watchlists: Sequence[Watchlist], settings: Settings = DEFAULT, *, exhaustive: bool = False
    ) -> None:
        self._prepare(build(watchlists, settings), settings)
        if exhaustive:
            names = [(n.value, mode_of(e.type)) for w in watchlists for e in w.entities for n in names_of(e)]
            self._search = Oracle(names, settings)

    @classmethod
    def opened_at(cls, folder: Path, settings: Settings) -> Screener:
        """The screener of an index that lies in this folder."""
        screener = cls.__new__(cls)
        screener._prepare(open_folder(folder), settings)
        return screener

    @classmethod
    def kept(cls, key: str, load: Load, settings: Settings) -> Screener:
        """The screener of an index that is kept in the cache, built where it is not (see matching.cache.open_or_build)."""
        screener = cls.__new__(cls)
        screener._prepare(open_or_build(key, load, settings), settings)
        return screener

    def _prepare(self, opened: Opened, settings: Settings) -> None:
        self.settings = settings
        self.opened = opened
        self.catalog = opened.catalog
        self.lists: tuple[ListInfo, ...] = opened.catalog.lists
        self.warnings: tuple[str, ...] = opened.catalog.warnings
        self.preparer = Preparer(settings.words)
        self.scorer = Scorer(settings)
        self._search = Index(opened.arrays, settings)

    def find(
        self, names: Sequence[tuple[str, ...]], contexts: Sequence[Context], cutoff: float
    ) -> list[list[_Pair]]:
        """For each row, the entities whose final score is at least cutoff, best first.

        names: the usable names of each row. contexts: what else each row says. cutoff: 0-100.
        """
        found: dict[str, list[Found]] = {}
        reaches = self._lowest_name_scores(cutoff, contexts)
        for reach in sorted(set(reaches)):
            of_reach = (row for row, least in zip(names, reaches, strict=True) if least == reach)
            group = [name for name in dict.fromkeys(chain.from_iterable(of_reach)) if name not in found]
            found.update(zip(group, self._search.search(group, reach), strict=True))
        some = {name for name, of_name in found.items() if of_name}
        return [
            # most rows end here
            self._row(row, context, found, cutoff) if context.identifiers or not some.isdisjoint(row) else []
            for row, context in zip(names, contexts, strict=True)
        ]

    def _lowest_name_scores(self, cutoff: float, contexts: Sequence[Context]) -> list[float]:
        """The least name score that context rules can still raise to cutoff, for each row."""
        weights = self.settings.context
        lowest = cutoff - 0.05  # scores are rounded to one decimal before they are compared
        dated = _before(lowest, max(weights.birth_date_agrees, weights.birth_year_agrees))
        dated = dated if self.catalog.has_birth_dates else lowest
        placed, both = lowest, dated
        if self.catalog.has_countries:
            placed, both = (_before(score, weights.country_agrees) for score in (lowest, dated))
        lowest, dated, placed, both = (max(score, 1.0) for score in (lowest, dated, placed, both))
        if lowest == both:
            return [lowest] * len(contexts)
        return [
            (both if context.birth_date else placed)
            if context.countries
            else dated
            if context.birth_date
            else lowest
            for context in contexts
        ]

    def _row(
        self, names: tuple[str, ...], context: Context, found: dict[str, list[Found]], cutoff: float
    ) -> list[_Pair]:
        best: dict[int, _Pair] = {}
        catalog, weights = self.catalog, self.settings.context
        for query in names:
            for one in found[query]:
                i, name = catalog.listed(one.name)
                entity = catalog.entity(i)[0]
                score = one.score
                rules = effects(context, entity, name, score, weights)
                if entity.type != "person":
                    rules = more_business(one.query, one.listed, one.scored.links, weights) + rules
                for rule in rules:
                    score = rule.apply(score)
                pair = _Pair(score, i, query, name, tuple(rules), one)
                before = best.get(i)
                if before is None or pair.order() < before.order():
                    best[i] = pair
        for identifier in context.identifiers:
            for i in self.catalog.having(identifier):
                entity = self.catalog.entity(i)[0]
                equal = equal_identifier(context, entity)
                if equal is None:
                    continue
                rule = Effect(EQUAL_IDENTIFIER, 2.0, f"{equal.scheme} {equal.value}")
                before = best.get(i) or _Pair(0.0, i, names[0] if names else "", Name(value=entity.name), ())
                if rule not in before.rules:
                    best[i] = before._replace(score=100.0, rules=(*before.rules, rule))
        kept = [p for p in best.values() if round(p.score, 1) >= cutoff]
        return sorted(kept, key=self._pair_order) if len(kept) > 1 else kept

    def _pair_order(self, pair: _Pair) -> tuple[float, str, str]:
        entity, info = self.catalog.entity(pair.entity)
        return -round(pair.score, 1), info.id, entity.id

    @cached_property
    def lists_of_parties(self) -> tuple[ListInfo, ...]:
        """The lists that a name is compared with; all of them where none holds a party."""
        idle = self.catalog.lists_without_parties()
        return tuple(info for info in self.lists if info.id not in idle) or self.lists

    @cached_property
    def goods(self) -> Book:
        """The goods, destinations and red flags of the lists. Raises ListError when an entry of them is wrong."""
        return Book((self.catalog.entity(i) for i in self.catalog.no_party), self.settings)

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of the listed parties."""
        entities = (self.catalog.entity(i) for i in range(len(self.catalog)))
        return Addresses(entities, self.settings.addresses)

    def has_words(self, name: str) -> bool:
        """Whether anything of a name can be compared: not one of terminal escapes or of modifier letters alone."""
        if name.isascii() and name.isprintable() and name[:1].isalnum():  # as nearly all
            return True
        if _PLAIN_LETTER.search(name) and "\x1b" not in name:
            return True
        return any(self.preparer.prepare(name, mode).total > 0 for mode in MODES)

    def find_owners(self, names: Sequence[str]) -> dict[str, list[ListedOwner]]:
        """The hits on each of these names of owners, as ListedOwner."""
        found = self.find(
            [(name,) for name in names], [Context()] * len(names), self.settings.thresholds.review
        )
        owners: dict[str, list[ListedOwner]] = {}
        for name, pairs in zip(names, found, strict=True):
            who = Counterparty(row=0, names=(name,))
            hits = [self.hit(pair, who) for pair in pairs if self.set_aside(pair) is None]
            owners[name] = [
                ListedOwner(hit.score, hit.entity, hit.list, hit.matched_name, hit.explanation)
                for hit in hits
            ]
        return owners

    def resources(self, owners: Owners) -> Resources:
        """What the lists, and a file of owners, give for what stands beside the name."""
        return Resources(
            goods=lambda: self.goods,
            addresses=lambda: self.addresses,
            find_owners=self.find_owners,
            owners=owners,
            settings=self.settings,
        )

    def found_beside(self, finding: Finding, counterparty: Counterparty) -> Hit:
        """The full record of a finding that does not rest on the counterparty's own name."""
        score = round(finding.score, 1)
        return Hit(
            id=hit_id(counterparty, finding.entity, finding.list, finding.about),
            status=_status(score, self.settings),
            score=score,
            counterparty=counterparty,
            name=counterparty.names[0],
            matched_name=finding.matched,
            entity=finding.entity,
            list=finding.list,
            explanation=finding.steps,
        )

    def set_aside(self, pair: _Pair) -> FalseFriend | None:
        """The record by which the list itself says that the name of a pair is another party's (see _set_aside)."""
        return _set_aside(pair, self.catalog.entity(pair.entity)[0])

    def hit(self, pair: _Pair, counterparty: Counterparty) -> Hit:
        """The full record of a pair: status, explanation, evidence."""
        entity, info = self.catalog.entity(pair.entity)
        mode, found = mode_of(entity.type), pair.found
        left = found.query if found else self.preparer.prepare(pair.query, mode)
        right = found.listed if found and not found.noted else self.preparer.prepare(pair.name.value, mode)
        scored = found.scored if found else self.scorer.score(left, right, mode)
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
            status="clear" if _set_aside(pair, entity) else _status(final, self.settings),
            score=final,
            counterparty=counterparty,
            name=pair.query,
            matched_name=pair.name,
            entity=entity,
            list=info,
            explanation=tuple(explanation),
        )


def open_screener(
    references: Sequence[str] = (),
    settings: Settings = DEFAULT,
    *,
    as_of: str | None = None,
    changed_since: Sequence[str] = (),
    data_dir: Path | None = None,
    exhaustive: bool = False,
) -> Screener:
    """A screener for lists named as on the command line (see `lists.load_watchlists`), its index kept in the cache.

    The lists are read only when no index of them is kept. changed_since: leave out the entities that are as they were
    then (see `lists.since.only_changed`). Raises as load_watchlists and only_changed do.
    """

    def load() -> tuple[Sequence[Watchlist], Sequence[str]]:
        return load_lists(references, as_of=as_of, changed_since=changed_since, data_dir=data_dir)

    if exhaustive:
        watchlists, warnings = load()
        screener = Screener(watchlists, settings, exhaustive=True)
        screener.warnings = tuple(warnings)
        return screener
    key = stamp(references, as_of=as_of, changed_since=changed_since, data_dir=data_dir)
    return Screener.kept(key, load, settings)


def load_lists(
    references: Sequence[str] = (),
    *,
    as_of: str | None = None,
    changed_since: Sequence[str] = (),
    data_dir: Path | None = None,
) -> tuple[list[Watchlist], list[str]]:
    """The lists of a run and what its manifest must say of them. Raises as load_watchlists and only_changed do."""
    watchlists = list(load_watchlists(references, as_of=as_of, data_dir=data_dir))
    warnings = [text for w in watchlists for text in (list_warnings(w, as_of) if as_of else ())]
    if changed_since:
        watchlists, said = only_changed(watchlists, changed_since, as_of=as_of, folder=data_dir)
        warnings += said
    return watchlists, warnings


class _Pair(NamedTuple):
    score: float
    entity: int
    query: str
    name: Name
    rules: tuple[Effect, ...]
    found: Found | None = None  # none where an identifier, not the name, found the entity

    def order(self) -> tuple[float, str, str]:
        """Better pairs first, ties by text so that the choice does not depend on the order of the list."""
        return -self.score, self.query, self.name.value


def _before(score: float, factor: float) -> float:
    """The score that a raising factor turns into score."""
    return (score - 100 * (factor - 1)) / (2 - factor) if factor > 1 else score


def _status(score: float, settings: Settings) -> Status:
    return "match" if score >= settings.thresholds.match else "review"


def _friends(entity: Entity, query: str) -> list[FalseFriend]:
    """The names that the list records as another party's and that are this one, case apart."""
    if not entity.false_friends:
        return []
    wanted = query.casefold().strip()
    return [friend for friend in entity.false_friends if friend.name.casefold().strip() == wanted]


def _false_friend_notes(entity: Entity, query: str) -> list[Step]:
    return [
        Step(kind="note", relation="false-friend", left=query, right=friend.name, text=friend.reason)
        for friend in _friends(entity, query)
    ]


def _set_aside(pair: _Pair, entity: Entity) -> FalseFriend | None:
    """The list's record that the name is another party's: the hit is then clear, and says so.

    None where a listed name is written so too, or an equal identifier says that it is the listed party.
    """
    friends = _friends(entity, pair.query)
    written_so = pair.query.casefold().strip() == pair.name.value.casefold().strip()
    if not friends or written_so or any(rule.rule == EQUAL_IDENTIFIER for rule in pair.rules):
        return None
    return friends[0]


def hit_id(counterparty: Counterparty, entity: Entity, info: ListInfo, about: str = "") -> str:
    """Stable for the same counterparty (id, or names where it has none), entity and list; 16 hex digits.

    about: the cells a hit rests on that is not one of names (goods, owner); another delivery is another hit.
    """
    who = counterparty.id or "\x1f".join(counterparty.names)
    parts = (who, info.id, entity.id, about) if about else (who, info.id, entity.id)
    return hashlib.sha256("\x1e".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def contexts_of(batch: Batch, rows: Sequence[int]) -> list[Context]:
    """The contexts of these rows of a batch."""
    columns = batch.types, batch.countries, batch.birth_dates, batch.identifiers
    return list(map(Context, *([column[i] for i in rows] for column in columns)))


def screen(
    table: Rows,
    screener: Screener,
    *,
    clock: Callable[[], datetime],
    as_of: str | None = None,
    keep_clear: bool = False,
    progress: Callable[[int], None] | None = None,
    warnings: Sequence[str] = (),
    workers: int = 1,
    decisions: Decisions = NO_DECISIONS,
    request: Request | None = None,
    owners: Owners = NO_OWNERS,
    render: Render | None = None,
    rendered: Callable[[bytes], object] | None = None,
) -> Run:
    """Screen every row. Rows read = clear + review + match + cleared + unscreened, or ValueError.

    clock: gives the time of the run. keep_clear: keep a record of each clear row too. progress: called with the
    number of rows done so far after each batch. workers: processes to use; the result does not depend on it.
    decisions: recorded ones, applied to the hits; DecisionError when they contradict each other. request: what was
    asked for, kept in the manifest. owners: who owns whom, beside what the rows say; an owner that is a row of the table
    too is followed to its own owners, for which the table is read once more. render: what a report says of some rows,
    asked for as soon as they are judged, where they are screened; rendered: takes that, in the order of the rows.
    """
    started_at = clock()
    # Made before the processes are, so that they share it; a wrong entry is said at once.
    if Beside.GOODS & table.info.columns.keys():
        _ = screener.goods
    if "address" in table.info.columns:
        _ = screener.addresses
    if "owner" in table.info.columns:
        owners = owners.with_rows(table)
    judge = Judge(decisions.entries, started_at.astimezone(UTC).date())
    hits: list[Sequence[Hit]] = []
    outcomes: list[RowOutcome] = []
    results = ResultsHash()
    tally = dict.fromkeys(("read", "clear", "review", "match", "cleared", "unscreened", *REMARKS), 0)
    work = Work(screener, keep_clear, owners, judge, render)
    for found, kept, counted, content in settle_batches(table.batches(), work, workers):
        hits.append(found)
        outcomes.extend(kept)
        results.add(found, kept)
        if rendered is not None:
            rendered(content)
        for key, value in counted.items():
            tally[key] += value
        if progress is not None:
            progress(tally["read"])
    used, told = lists_used(table.info.columns, screener)
    manifest = build_manifest(
        started_at=started_at,
        settings=screener.settings,
        input=table.info,
        lists=used,
        as_of=as_of,
        counts=Counts(**{key: tally[key] for key in Counts.__struct_fields__}),
        # Once each: a run that is repeated is given the warnings of the first.
        warnings=tuple(
            dict.fromkeys((*told, *warnings, *beside_warnings(table.info.columns, screener, tally)))
        ),
        decisions=decisions.files,
        request=request,
        results_sha256=results.hexdigest(),
        owners=owners.source,
    )
    return Run(manifest=manifest, hits=Hits.joined(hits), outcomes=tuple(outcomes))


def lists_used(roles: Collection[str], screener: Screener) -> tuple[tuple[ListInfo, ...], tuple[str, ...]]:
    """The lists that had a part in a run, and what is to be said of them: lists of goods only where the file has goods.

    roles: of the file's columns.
    """
    if Beside.GOODS.intersection(roles):
        return screener.lists, screener.warnings
    used = screener.lists_of_parties
    idle = [info.id for info in screener.lists if info not in used]
    starts = tuple(f"{name}{mark}" for name in idle for mark in (": ", " is dated "))
    return used, tuple(text for text in screener.warnings if not text.startswith(starts))


def beside_warnings(roles: Collection[str], screener: Screener, tally: Mapping[str, int]) -> list[str]:
    """What of the columns beside the name was not compared, one sentence each. roles: of the file's columns."""
    said = [remark(key, tally[key]) for key in REMARKS if tally[key]]
    columns = [role for role in ("hs_code", "eccn", "goods_description") if role in roles]
    if columns and not screener.goods.has_goods:
        said.append(
            f"The file has goods ({', '.join(columns)}), but no list of goods was named: they were not compared."
        )
    return said


Screened = tuple[list[Hit], list[RowOutcome], dict[str, int]]
Render = Callable[[Sequence[Hit], Sequence[RowOutcome]], bytes]


class Work(NamedTuple):
    """What is to be done with each batch: see `screen`."""

    screener: Screener
    keep_clear: bool
    owners: Owners
    judge: Judge
    render: Render | None


class Settled(NamedTuple):
    """A batch: its judged hits and kept outcomes in row order, its counts by status, and what a report says of it."""

    hits: Sequence[Hit]
    outcomes: list[RowOutcome]
    counted: dict[str, int]
    rendered: bytes


def settle(batch: Batch, work: Work) -> Settled:
    """Screen a batch, join the hits that are one party, apply the decisions."""
    found, kept, counted = screen_batch(batch, work.screener, keep_clear=work.keep_clear, owners=work.owners)
    hits = [work.judge(hit) for hit in same_parties(found)]
    for status, rows in row_counts(hits).items():
        counted[status] = counted.get(status, 0) + rows
    rendered = work.render(hits, kept) if work.render else b""
    return Settled(hits, kept, counted, rendered)


def settle_batches(batches: Iterable[Batch], work: Work, workers: int = 1) -> Iterator[Settled]:
    """Settle batch by batch, in the order of the batches."""
    waiting = iter(batches)
    first = list(islice(waiting, 2))
    if workers < 2 or len(first) < 2:
        for batch in chain(first, waiting):
            yield settle(batch, work)
        return
    pool = _pool(work, workers)
    try:
        running: deque[Future[Settled]] = deque()
        for batch in chain(first, waiting):
            running.append(pool.submit(_settle_in_worker, batch))
            if len(running) > workers * 2:  # bounds the memory taken by batches read ahead
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    except BaseException:
        # Ctrl-C or a failure: the work in hand is of no use to anyone.
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_work: Work | None = None  # of this process


def _pool(work: Work, workers: int) -> ProcessPoolExecutor:
    """Processes that share the screener: inherited where processes fork, else opened from the cache folder."""
    global _work
    if "fork" in multiprocessing.get_all_start_methods():
        _work = work
        gc.freeze()  # what is inherited is not searched for garbage, and so not copied
        return ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), initializer=_leave_ctrl_c)
    folder = work.screener.opened.folder
    if folder is None:  # the cache folder could not be written
        raise StoreError("Several processes need an index in the cache folder, which cannot be written.")
    start = partial(_start_worker, folder, work.screener.settings, work[1:])
    return ProcessPoolExecutor(workers, initializer=start)


def _leave_ctrl_c() -> None:
    """Leave Ctrl-C to the process that started this one: it ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _start_worker(folder: Path, settings: Settings, rest: tuple[bool, Owners, Judge, Render | None]) -> None:
    global _work
    _work = Work(Screener.opened_at(folder, settings), *rest)


def _settle_in_worker(batch: Batch) -> Settled:
    if _work is None:
        raise RuntimeError("the worker was not started with a screener")
    # The collector takes a fifth of the time and finds nothing: what a batch makes has no cycles.
    gc.disable()
    settled = settle(batch, _work)
    return settled._replace(hits=Hits(list(map(packed, settled.hits))))


def screen_batch(
    batch: Batch, screener: Screener, *, keep_clear: bool, owners: Owners = NO_OWNERS
) -> tuple[list[Hit], list[RowOutcome], dict[str, int]]:
    """One batch: its hits in row order, its kept outcomes, the counts of rows read and of those without a hit."""
    problems = batch.problems | {
        i: NOTHING_TO_COMPARE
        for i, row in enumerate(batch.names)
        if i not in batch.problems and not any(map(screener.has_words, row))
    }
    usable = [i for i in range(len(batch)) if i not in problems]
    names = [batch.names[i] for i in usable]
    found = screener.find(names, contexts_of(batch, usable), screener.settings.thresholds.review)
    by_row = dict(zip(usable, found, strict=True))
    beside = Beside.of(batch, screener.resources(owners))
    hits: list[Hit] = []
    outcomes: list[RowOutcome] = []
    counted = dict.fromkeys(("read", "clear", "unscreened"), 0)
    for i in range(len(batch)):
        counted["read"] += 1
        if i in problems:
            rows = batch.lost.get(i, 1)
            counted["read"] += rows - 1
            counted["unscreened"] += rows
            reason = problems[i] + (beside.unscreened(i) if beside is not None else "")
            outcomes.append(
                RowOutcome(status="unscreened", counterparty=batch.counterparty(i), reason=reason, rows=rows)
            )
            continue
        pairs: list[_Pair] = by_row[i]
        findings: tuple[Finding, ...] = ()
        if beside is not None:
            pairs, findings = _beside(beside, i, pairs, screener)
        if not pairs and not findings:
            counted["clear"] += 1
            if keep_clear:
                outcomes.append(RowOutcome(status="clear", counterparty=batch.counterparty(i)))
            continue
        counterparty = batch.counterparty(i)
        row_hits = [screener.hit(pair, counterparty) for pair in pairs]
        if findings:
            row_hits += [screener.found_beside(finding, counterparty) for finding in findings]
            row_hits.sort(key=lambda hit: (-hit.score, hit.list.id, hit.entity.id))
        hits.extend(row_hits)
    if beside is not None:
        counted |= beside.remarks(usable)
    return hits, outcomes, counted


def _beside(
    beside: Beside, i: int, pairs: list[_Pair], screener: Screener
) -> tuple[list[_Pair], tuple[Finding, ...]]:
    """What row i says beside its name: the pairs of its name as that changes them, and further findings."""
    parties = [
        ListedParty(pair.score, *screener.catalog.entity(pair.entity))
        for pair in pairs
        if screener.set_aside(pair) is None
    ]
    found = beside.judge(i, parties)
    if found.goods.party_factor != 1.0:
        effect = Effect("party-and-goods", found.goods.party_factor, found.goods.party_text)
        pairs = [pair._replace(score=effect.apply(pair.score), rules=(*pair.rules, effect)) for pair in pairs]
    return pairs, found.findings


def row_counts(hits: Iterable[Hit]) -> dict[Status, int]:
    """Rows that have hits by the status of their gravest hit. hits: those of one row stand together."""
    counted = dict.fromkeys(HIT_STATUSES, 0)
    for _, of_row in groupby(hits, key=lambda hit: hit.counterparty.place):
        counted[min((hit.status for hit in of_row), key=HIT_STATUSES.index)] += 1
    return counted


def check(
    counterparty: Counterparty, screener: Screener, *, limit: int = 10, threshold: float | None = None
) -> tuple[Hit, ...]:
    """The hits of one counterparty, best first, at most limit. threshold: 0-100, default the review threshold."""
    cutoff = screener.settings.thresholds.review if threshold is None else threshold
    context = Context(
        counterparty.type, counterparty.countries, counterparty.birth_date, counterparty.identifiers
    )
    pairs = screener.find([counterparty.names], [context], cutoff)[0]
    return tuple(same_parties(screener.hit(pair, counterparty) for pair in pairs[:limit]))
