"""Labelled files to scored cases: pairs of names, or counterparties with the ids of their true hits beside them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from screening import __version__
from screening.errors import InputError, UsageError
from screening.evaluate.measures import Band, Point, Sample, average_precision, best_f1
from screening.intake import Batch, open_table
from screening.intake.columns import key
from screening.intake.raw import Cells, RawTable
from screening.intake.values import entity_type, unusable
from screening.manifest import settings_sha256
from screening.matching.explain import steps
from screening.matching.party import same_parties
from screening.matching.score import Scorer
from screening.model import Counterparty, Entity, EntityType, Hit, ListInfo, Record, Step, Watchlist
from screening.names.prepare import Preparer, mode_of
from screening.pipeline import Screener, check, contexts_of
from screening.settings import Settings

# Pairs below this score are not looked for on the lists: far under any threshold in use, and quick to leave out.
FLOOR = 60.0
NAME_A = ("name_a", "name1", "name_1", "left", "left_name", "name_left", "a", "query")
NAME_B = ("name_b", "name2", "name_2", "right", "right_name", "name_right", "b", "candidate")
LABEL = ("is_match", "match", "label", "same", "is_same", "truth", "expected")
KIND = ("kind", "type", "entity_type")
TRUTH = "truth"
YES = frozenset({"true", "yes", "y", "1", "t", "match"})
NO = frozenset({"false", "no", "n", "0", "f", "no match", "non-match", "nonmatch"})


class Case(Record, frozen=True, kw_only=True, omit_defaults=False):
    """One example and its score (0-100). left, right: the names. entity: of a counterparty's hit, "list:id"."""

    row: int
    score: float
    true: bool
    left: str
    right: str
    entity: str = ""
    explanation: tuple[Step, ...] = ()


class Wanted(Record, frozen=True, kw_only=True, omit_defaults=False):
    """A recall or alert rate that was asked for (0-1), and what it takes; point is None where it cannot be had."""

    what: str
    value: float
    point: Point | None


class Account(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Rows: read == evaluated + left_out (by --where) + unscreened. unknown: true ids that stand on none of the lists.

    same_party: hits on the party of a true hit under another id (another list); they count neither way.
    """

    read: int
    evaluated: int
    left_out: int
    unscreened: int
    unknown: int = 0
    same_party: int = 0


class Evaluation(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The result. what: "pairs" or "counterparties". positives, negatives: true examples; units that should be quiet.

    misses: true examples below the review threshold, lowest score first. false_alarms: the others at or above it,
    highest first. curve: one point a distinct score, highest first. problems: rows not evaluated, and unknown ids.
    """

    version: str
    path: str
    sha256: str
    settings_sha256: str
    what: str
    where: tuple[str, ...]
    lists: tuple[ListInfo, ...]
    review: float
    match: float
    floor: float
    rows: Account
    positives: int
    negatives: int
    average_precision: float | None
    best_f1: Point | None
    at_review: Point
    at_match: Point
    wanted: tuple[Wanted, ...]
    bands: tuple[Band, ...]
    misses: tuple[Case, ...]
    false_alarms: tuple[Case, ...]
    missed: int
    false: int
    curve: tuple[Point, ...]
    problems: tuple[str, ...] = ()


class _Labelled(NamedTuple):
    """Cases of a file, as they come from either reader."""

    what: str
    account: Account
    sample: Sample
    negatives: int
    misses: tuple[Case, ...]
    false_alarms: tuple[Case, ...]
    missed: int
    false: int
    problems: tuple[str, ...]
    lists: tuple[ListInfo, ...]


def evaluate_file(
    path: str | Path,
    settings: Settings,
    *,
    screener: Callable[[], Screener],
    truth: str | None = None,
    where: Sequence[str] = (),
    worst: int = 20,
    recall: float | None = None,
    alert_rate: float | None = None,
    mapping: Mapping[str, str | Sequence[str]] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Evaluation:
    """Score a labelled file and measure it.

    A file with two name columns and a label holds pairs; any other holds counterparties, with the ids of the true
    hits in the column `truth` (several divided by ";"; "list:id" where an id stands on several lists), and is screened
    with the screener that `screener()` gives. where: "column=value", all of which a row must have.
    worst: most misses and most false alarms to explain. recall, alert_rate: 0-1, ask for the threshold that gives them.
    Raises InputError for a file that cannot be read, a missing column or a label that is neither yes nor no.
    """
    raw = RawTable(path, encoding=encoding, sheet=sheet)
    conditions = [_condition(raw, text) for text in where]
    pair_columns = _pair_columns(raw) if truth is None else None
    if pair_columns is not None:
        if mapping:
            raise UsageError("--map: the columns of a file of name pairs are not mapped.", "Leave --map out.")
        found = _pairs(raw, pair_columns, conditions, settings, worst)
    else:
        column = _truth_column(raw, truth)
        table = open_table(path, mapping=mapping, encoding=encoding, sheet=sheet)
        found = _counterparties(raw, column, table.batches(), conditions, screener(), worst)
    sample, curve = found.sample, found.sample.curve()
    if not sample.positives:
        raise InputError(
            f"{raw.shown}: no example is true, so nothing can be measured.",
            "Label at least one true example.",
        )
    return Evaluation(
        version=__version__,
        path=str(path),
        sha256=raw.sha256,
        settings_sha256=settings_sha256(settings),
        what=found.what,
        where=tuple(where),
        lists=found.lists,
        review=settings.thresholds.review,
        match=settings.thresholds.match,
        floor=FLOOR if found.what == "counterparties" else 0.0,
        rows=found.account,
        positives=sample.positives,
        negatives=found.negatives,
        average_precision=average_precision(curve),
        best_f1=best_f1(curve),
        at_review=sample.at(settings.thresholds.review),
        at_match=sample.at(settings.thresholds.match),
        wanted=tuple(_wanted(sample, recall, alert_rate)),
        bands=sample.bands(),
        misses=found.misses,
        false_alarms=found.false_alarms,
        missed=found.missed,
        false=found.false,
        curve=curve,
        problems=found.problems,
    )


def _wanted(sample: Sample, recall: float | None, alert_rate: float | None) -> Iterator[Wanted]:
    if recall is not None:
        at = sample.threshold_for_recall(recall)
        yield Wanted(what="recall", value=recall, point=None if at is None else sample.at(at))
    if alert_rate is not None:
        at = sample.threshold_for_alert_rate(alert_rate)
        yield Wanted(what="alert rate", value=alert_rate, point=None if at is None else sample.at(at))


# --- columns ------------------------------------------------------------------------------------


class _PairColumns(NamedTuple):
    a: int
    b: int
    label: int
    kind: int | None


def _find(raw: RawTable, names: Sequence[str]) -> int | None:
    """The first header that is one of names, whatever its case and punctuation; the order of names decides."""
    places = {key(text): n for n, text in reversed(list(enumerate(raw.header)))}
    return next((places[key(name)] for name in names if key(name) in places), None)


def _pair_columns(raw: RawTable) -> _PairColumns | None:
    a, b, label = (_find(raw, names) for names in (NAME_A, NAME_B, LABEL))
    if a is None or b is None or label is None:
        return None
    return _PairColumns(a, b, label, _find(raw, KIND))


def _truth_column(raw: RawTable, truth: str | None) -> int:
    if truth is not None:
        return raw.column(truth)
    found = _find(raw, (TRUTH,))
    if found is None:
        shown = ", ".join(f'"{text}"' for text in raw.header if text) or "none"
        raise InputError(
            f"{raw.shown} has no labels. Columns found: {shown}.",
            "Pairs of names need the columns name_a, name_b and is_match; counterparties need the ids of their true "
            "hits in a column truth, or the one named with --truth.",
        )
    return found


def _condition(raw: RawTable, text: str) -> tuple[int, str]:
    column, equals, value = text.partition("=")
    if not (column.strip() and equals):
        raise UsageError(f"--where {text!r} is not of the form COLUMN=VALUE.", "Write --where split=check.")
    return raw.column(column.strip()), value.strip()


def _kept(line: Cells, conditions: Sequence[tuple[int, str]]) -> bool:
    return all(line.cells[column].strip() == value for column, value in conditions)


# --- pairs of names -----------------------------------------------------------------------------


def _pairs(
    raw: RawTable,
    columns: _PairColumns,
    conditions: Sequence[tuple[int, str]],
    settings: Settings,
    worst: int,
) -> _Labelled:
    preparer, scorer = Preparer(settings.words), Scorer(settings)
    cases: list[tuple[Case, EntityType]] = []
    problems: list[str] = []
    read = left_out = 0
    for line in raw.rows():
        read += 1
        if not line.problem and not _kept(line, conditions):
            left_out += 1
            continue
        a, b = line.cells[columns.a].strip(), line.cells[columns.b].strip()
        problem = line.problem or unusable(a) or unusable(b)
        if problem:
            problems.append(f"row {line.row}: {problem if line.problem else f'a name of the pair {problem}'}")
            continue
        true = _label(raw, line, columns.label)
        kind = _kind(raw, line, columns.kind)
        mode = mode_of(kind)
        score = scorer.score(preparer.prepare(a, mode), preparer.prepare(b, mode), mode).score
        cases.append((Case(row=line.row, score=round(score, 1), true=true, left=a, right=b), kind))
    review = settings.thresholds.review
    missed = sorted(
        (c for c in cases if c[0].true and c[0].score < review), key=lambda c: (c[0].score, c[0].row)
    )
    false = sorted(
        (c for c in cases if not c[0].true and c[0].score >= review), key=lambda c: (-c[0].score, c[0].row)
    )

    def explained(case: Case, kind: EntityType) -> Case:
        mode = mode_of(kind)
        left, right = preparer.prepare(case.left, mode), preparer.prepare(case.right, mode)
        explanation = steps(left, right, scorer.score(left, right, mode))
        return _with(case, explanation)

    quiet = [case.score for case, _ in cases if not case.true]
    return _Labelled(
        what="pairs",
        account=Account(read=read, evaluated=len(cases), left_out=left_out, unscreened=len(problems)),
        sample=Sample(((c.score, c.true) for c, _ in cases), sum(c.true for c, _ in cases), quiet),
        negatives=len(quiet),
        misses=tuple(explained(*c) for c in missed[:worst]),
        false_alarms=tuple(explained(*c) for c in false[:worst]),
        missed=len(missed),
        false=len(false),
        problems=tuple(problems),
        lists=(),
    )


def _with(case: Case, explanation: tuple[Step, ...]) -> Case:
    import msgspec

    return msgspec.structs.replace(case, explanation=explanation)


def _label(raw: RawTable, line: Cells, column: int) -> bool:
    text = line.cells[column].strip().casefold()
    if text in YES or text in NO:
        return text in YES
    raise InputError(
        f'{raw.shown}, row {line.row}: the label {text!r} in column "{raw.header[column]}" is neither yes nor no.',
        "Write true or false.",
    )


def _kind(raw: RawTable, line: Cells, column: int | None) -> EntityType:
    text = "" if column is None else line.cells[column].strip()
    if not text:
        return "organization"
    kind = entity_type(text)
    if kind is None:
        raise InputError(
            f"{raw.shown}, row {line.row}: {text!r} is no kind of party.",
            "Write person, organization, vessel or aircraft.",
        )
    return kind


# --- counterparties with their true hits --------------------------------------------------------


def _ids(cell: str) -> list[str]:
    return list(dict.fromkeys(part for part in (p.strip() for p in cell.split(";")) if part))


def _counterparties(
    raw: RawTable,
    column: int,
    batches: Iterator[Batch],
    conditions: Sequence[tuple[int, str]],
    screener: Screener,
    worst: int,
) -> _Labelled:
    lines = {line.row: line for line in raw.rows()}
    wanted = {row: _ids(line.cells[column]) for row, line in lines.items()}
    places = _places(screener, {name for names in wanted.values() for name in names})
    review = screener.settings.thresholds.review
    scored: list[tuple[float, bool]] = []
    quiet: list[float] = []
    missed: list[tuple[float, int, str, Counterparty]] = []
    false: list[tuple[float, int, str, Hit]] = []
    problems: list[str] = []
    read = left_out = evaluated = unscreened = positives = unknown = same_party = loud = 0
    for batch in batches:
        used = []
        for i, row in enumerate(batch.rows):
            read += 1
            if not _kept(lines[row], conditions):
                left_out += 1
            elif i in batch.problems:
                unscreened += 1
                problems.append(f"row {row}: {batch.problems[i]}")
            else:
                used.append(i)
        evaluated += len(used)
        found = screener.find([batch.names[i] for i in used], contexts_of(batch, used), FLOOR)
        for i, of_row in zip(used, found, strict=True):
            row, pairs = batch.rows[i], [pair for pair in of_row if screener.set_aside(pair) is None]
            true: dict[int, str] = {}
            for name in wanted[row]:
                if name not in places:
                    unknown += 1
                    problems.append(f"row {row}: the true id {name} stands on none of the lists")
                true.update((place, name) for place in places.get(name, ()))
            best = dict.fromkeys(true.values(), 0.0)
            positives += len(best)
            top = 0.0
            beside = frozenset[int]()
            if true and pairs:
                who = batch.counterparty(i)
                beside = _same_party(
                    [screener.hit(pair, who) for pair in pairs], [pair.entity in true for pair in pairs]
                )
                same_party += len(beside)
            for at, pair in enumerate(pairs):
                score = round(pair.score, 1)
                if pair.entity in true:
                    best[true[pair.entity]] = max(score, best[true[pair.entity]])
                    continue
                if at in beside:
                    continue
                top = max(top, score)
                scored.append((score, False))
                if score >= review:
                    loud += 1
                    entity, info = screener.catalog.entity(pair.entity)
                    item = (score, -row, f"{info.id}:{entity.id}")
                    if len(false) < worst:
                        heapq.heappush(false, (*item, screener.hit(pair, batch.counterparty(i))))
                    elif worst and item > false[0][:3]:
                        heapq.heapreplace(false, (*item, screener.hit(pair, batch.counterparty(i))))
            scored.extend((score, True) for score in best.values() if score)
            missed.extend(
                (score, row, name, batch.counterparty(i)) for name, score in best.items() if score < review
            )
            if not wanted[row]:
                quiet.append(top)
    worst_misses = sorted(
        (_missed(screener, places, *miss) for miss in missed), key=lambda c: (c.score, c.row)
    )
    return _Labelled(
        what="counterparties",
        account=Account(
            read=read,
            evaluated=evaluated,
            left_out=left_out,
            unscreened=unscreened,
            unknown=unknown,
            same_party=same_party,
        ),
        sample=Sample(scored, positives, quiet),
        negatives=len(quiet),
        misses=tuple(worst_misses[:worst]),
        false_alarms=tuple(_false(hit) for *_, hit in sorted(false, key=lambda x: (-x[0], -x[1], x[2]))),
        missed=len(missed),
        false=loud,
        problems=tuple(problems),
        lists=screener.lists,
    )


def _places(screener: Screener, names: set[str]) -> dict[str, list[int]]:
    """Positions in the catalog of the entities that an id, alone or with its list, means."""
    places: dict[str, list[int]] = {}
    for at in range(len(screener.catalog)):
        entity, info = screener.catalog.entity(at)
        for name in (entity.id, f"{info.id}:{entity.id}"):
            if name in names:
                places.setdefault(name, []).append(at)
    return places


def _same_party(hits: Sequence[Hit], true: Sequence[bool]) -> frozenset[int]:
    """Which hits of a row mean the party of a true one under another id."""
    joined = list(same_parties(hits))
    parties = {hit.party for hit, is_true in zip(joined, true, strict=True) if is_true and hit.party}
    return frozenset(at for at, hit in enumerate(joined) if hit.party in parties and not true[at])


def _missed(
    screener: Screener, places: Mapping[str, list[int]], score: float, row: int, name: str, who: Counterparty
) -> Case:
    """A true hit that was missed, scored against its entity alone, however low that score is."""
    best: Hit | None = None
    for at in places[name]:
        entity, info = screener.catalog.entity(at)
        alone = Screener([Watchlist(info=info, entities=(entity,))], screener.settings, exhaustive=True)
        for hit in check(who, alone, limit=1, threshold=0.0):
            if best is None or hit.score > best.score:
                best = hit
    if best is None:
        entity, info = screener.catalog.entity(places[name][0])
        return Case(
            row=row, score=score, true=True, left=who.names[0], right=entity.name, entity=_named(entity, info)
        )
    return Case(
        row=row,
        score=best.score,
        true=True,
        left=best.name,
        right=best.matched_name.value,
        entity=_named(best.entity, best.list),
        explanation=best.explanation,
    )


def _false(hit: Hit) -> Case:
    return Case(
        row=hit.counterparty.row,
        score=hit.score,
        true=False,
        left=hit.name,
        right=hit.matched_name.value,
        entity=_named(hit.entity, hit.list),
        explanation=hit.explanation,
    )


def _named(entity: Entity, info: ListInfo) -> str:
    return f"{info.id}:{entity.id}"
