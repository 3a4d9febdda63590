"""The HTML report: one file that needs no network, shows every hit without JavaScript, and records decisions.

All markup is written here, by Jinja with autoescape, one card a line, inside a `noscript` element: without a
script a browser shows all cards; with one the element is plain text, and the script turns one page of cards at
a time into elements (10,000 cards at once are 1.2 million elements, more than a browser handles). The script
filters, sorts and fills in forms; what it writes of its own is text, never markup.

The Content-Security-Policy allows the one style sheet and the one script of
the file, by their hash, and nothing else: no request can leave the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from screening.decisions.record import fingerprint
from screening.model import (
    HIT_STATUSES,
    Change,
    Counterparty,
    Entity,
    Evidence,
    Hit,
    Identifier,
    Listing,
    RowOutcome,
    Run,
    Step,
)
from screening.reports.links import safe_url
from screening.reports.text import (
    COUNT_WORDS,
    KIND_MEANING,
    STANCE_MEANING,
    effect_text,
    input_line,
    name_kind,
    note_line,
    relation_line,
    row_words,
    score_text,
    visible,
)

if TYPE_CHECKING:
    from jinja2 import Environment, Template

TEMPLATES = Path(__file__).parent / "templates"
STATUS_LABELS = {
    "match": "Match",
    "review": "Review",
    "cleared": "Cleared",
    "clear": "Clear (set aside)",  # of a hit: its list records the name as another party's
    "unscreened": "Not screened",
}
KIND_LABELS = {
    "sanctions": "Sanctions",
    "export-control": "Export control",
    "adverse-media": "Adverse media",
    "internal": "Internal list",
}
DISPOSITION_LABELS = {"true-match": "True match", "false-positive": "False positive"}
# How two words relate, in three families that differ by colour and by the line under the word.
SAME, SIMILAR, KNOWN = "same", "similar", "known"
FAMILIES = {"equal": SAME, "edit": SIMILAR, "sound": SIMILAR, "joined": SIMILAR, "initial": SIMILAR}
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
FAMILY_LABELS = {SAME: "equal", SIMILAR: "spelled alike", KNOWN: "known variant"}


@dataclass(frozen=True)
class Piece:
    """A run of a text. number: the aligned pair it belongs to, from 1; 0 for none. title: said on hovering."""

    text: str
    number: int = 0
    family: str = ""
    title: str = ""


@dataclass(frozen=True)
class Fact:
    """A line of the side-by-side table. same: a value stands on both sides."""

    label: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A bin of the histogram: label of its lower end, hits by status, heights in percent of the highest bin."""

    label: str
    counts: tuple[int, ...]
    x: float
    width: float
    parts: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class HitView:
    """One hit, prepared for the template. record: the hit's identity as JSON for the decisions file."""

    hit: Hit
    record: str
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]
    pairs: tuple[Step, ...]
    alone_left: tuple[str, ...]
    alone_right: tuple[str, ...]
    rules: tuple[Step, ...]
    notes: tuple[Step, ...]
    evidence: tuple[tuple[Evidence, tuple[Piece, ...], str | None], ...]
    listings: tuple[tuple[Listing, str | None], ...]
    facts: tuple[Fact, ...]
    change: Change | None


@dataclass(frozen=True)
class Alert:
    """The hits of one counterparty on one real party. status and score are those of the most serious hit.

    One of status "clear" is none to a reader: all its hits are set aside.
    """

    number: int
    status: str
    score: float
    hits: tuple[HitView, ...]
    lists: tuple[int, ...]
    countries: tuple[int, ...]

    @property
    def counterparty(self) -> Counterparty:
        return self.hits[0].hit.counterparty


def render(run: Run) -> bytes:
    """The report as a file's bytes: UTF-8, the same for the same Run."""
    page, card = _templates()
    style, script = _asset("report.css"), _asset("report.js")
    countries = _countries(run.hits)
    alerts = _alerts(run, countries)
    found = Counter(alert.status for alert in alerts)
    text = page.render(
        run=run,
        manifest=run.manifest,
        counts=run.manifest.counts,
        style=style,
        script=script,
        policy=policy(style, script),
        cards=(card.render(alert=alert) for alert in alerts),
        alert_count=len(alerts) - found["clear"],
        aside_count=found["clear"],
        index=_index(alerts),
        statuses=[(status, STATUS_LABELS[status], found[status]) for status in HIT_STATUSES],
        list_options=_list_options(run.hits),
        countries=[(code, _country(code)) for code in countries],
        bars=histogram([(hit.status, hit.score) for hit in run.hits]),
        unscreened=_outcomes(run, "unscreened"),
        delta=run.delta,
        clear=_outcomes(run, "clear") if run.every_row else (),
        input=input_line(run.manifest),
        thresholds=_thresholds(run.manifest.settings),
    )
    return text.encode("utf-8", "backslashreplace")


def policy(style: str, script: str) -> str:
    """The Content-Security-Policy of a page with this one style sheet and this one script."""
    return (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def mark(name: str, steps: Sequence[Step], side: str) -> tuple[Piece, ...]:
    """The name in pieces, those that an aligned word covers with the pair's number.

    side: "left" for the counterparty's name, "right" for the listed one. Words are found without regard to case,
    accents and punctuation; a word that is not there as written (another script) leaves the name unmarked.
    """
    folded, places = _folded(name)
    taken = [0] * len(name)
    pairs = [step for step in steps if step.kind == "aligned"]
    for number, step in enumerate(pairs, start=1):
        for word in _words(getattr(step, side)):
            for place in _occurrences(word, folded):
                start, end = places[place], places[place + len(word) - 1] + 1
                if not any(taken[start:end]):
                    taken[start:end] = [number] * (end - start)
                    break
    pieces = []
    for number, group in groupby(zip(name, taken, strict=True), key=lambda item: item[1]):
        text = visible("".join(character for character, _ in group))
        if number:
            step = pairs[number - 1]
            pieces.append(Piece(text, number, family(step), _pair_title(step)))
        else:
            pieces.append(Piece(text))
    return tuple(pieces)


def highlight(passage: str, hit: Hit) -> tuple[Piece, ...]:
    """The passage in pieces, the entity's names in it with number 1. The longest name wins."""
    entity = hit.entity
    names = {hit.matched_name.value, entity.name, hit.name, *(name.value for name in entity.names)}
    heavy = {step.right for step in hit.explanation if step.kind == "aligned" and step.weight >= 0.3}
    for candidates in (names, heavy):
        patterns = [
            r"\s+".join(re.escape(word) for word in name.split())
            for name in sorted(candidates, key=lambda name: (-len(name), name))
            if len(name.strip()) > 1
        ]
        if not patterns:
            continue
        parts = re.split(rf"(?<!\w)({'|'.join(patterns)})(?!\w)", passage, flags=re.IGNORECASE)
        if len(parts) > 1:
            return tuple(Piece(visible(text), place % 2) for place, text in enumerate(parts) if text)
    return (Piece(visible(passage)),)


def family(step: Step) -> str:
    """Which of the three families an aligned pair belongs to."""
    return FAMILIES.get(step.relation, KNOWN)


def histogram(scores: Sequence[tuple[str, float]]) -> tuple[Bar, ...]:
    """Hits by score: bins one point wide when all lie within 25 points, else five; 100 falls into the last."""
    if not scores:
        return ()
    lowest = min(score for _, score in scores)
    width = 1 if lowest >= 75 else 5
    first = int(lowest // 5) * 5
    bins = max((100 - first) // width, 1)
    found = Counter((status, min(int((score - first) // width), bins - 1)) for status, score in scores)
    highest = max(sum(found[status, place] for status in HIT_STATUSES) for place in range(bins))
    bars = []
    for place in range(bins):
        counts = tuple(found[status, place] for status in HIT_STATUSES)
        parts, top = [], 100.0
        for status, count in zip(HIT_STATUSES, counts, strict=True):
            height = 100.0 * count / highest
            top -= height
            if count:
                parts.append((status, round(top, 2), round(height, 2)))
        bar_width = 1000 / bins
        bars.append(
            Bar(
                label=str(first + place * width) + ("–100" if place == bins - 1 and first < 100 else ""),
                counts=counts,
                x=round(place * bar_width, 2),
                width=round(bar_width * 0.84, 2),
                parts=tuple(parts),
            )
        )
    return tuple(bars)


def _alerts(run: Run, countries: dict[str, int]) -> list[Alert]:
    """Hits of one row that are the same party become one alert; the most serious alert comes first."""
    delta = run.delta.changes if run.delta else ()
    changes = {_key(hit): change for hit, change in zip(run.hits, delta, strict=bool(delta))}
    groups: dict[tuple[object, ...], list[Hit]] = {}
    for hit in run.hits:
        joined = ("party", hit.party) if hit.party else ("hit", hit.id)
        groups.setdefault((hit.counterparty.place, *joined), []).append(hit)
    ordered = [sorted(hits, key=_seriousness) for hits in groups.values()]
    ordered.sort(key=lambda hits: (*_seriousness(hits[0]), hits[0].counterparty.place))
    lists = {list_id: place for place, (list_id, _, _) in enumerate(_list_options(run.hits))}
    return [
        Alert(
            number=number,
            status=hits[0].status,
            score=max(hit.score for hit in hits),
            hits=tuple(_hit_view(hit, run.manifest.run_id, changes.get(_key(hit))) for hit in hits),
            lists=tuple(sorted({lists[hit.list.id] for hit in hits})),
            countries=tuple(sorted({countries[code] for hit in hits for code in _codes(hit)})),
        )
        for number, hits in enumerate(ordered, start=1)
    ]


def _key(hit: Hit) -> tuple[tuple[str, int], str]:
    """What tells two hits of a run apart: a counterparty that stands on two rows has the same hits twice."""
    return hit.counterparty.place, hit.id


def _seriousness(hit: Hit) -> tuple[int, float]:
    return HIT_STATUSES.index(hit.status), -hit.score


def _hit_view(hit: Hit, run_id: str, change: Change | None) -> HitView:
    steps = hit.explanation
    record = {
        "hit": hit.id,
        "counterparty_id": hit.counterparty.id,
        "counterparty_name": hit.name,
        "list_id": hit.list.id,
        "entity_id": hit.entity.id,
        "entity_name": hit.entity.name,
        "run_id": run_id,
        "fingerprint": fingerprint(hit),
    }
    return HitView(
        hit=hit,
        record=json.dumps(record),
        left=mark(hit.name, steps, "left"),
        right=mark(hit.matched_name.value, steps, "right"),
        pairs=tuple(step for step in steps if step.kind == "aligned"),
        alone_left=tuple(step.left for step in steps if step.kind == "unaligned" and step.left),
        alone_right=tuple(step.right for step in steps if step.kind == "unaligned" and step.right),
        rules=tuple(step for step in steps if step.kind == "rule"),
        notes=tuple(step for step in steps if step.kind == "note"),
        evidence=tuple(
            (item, highlight(item.passage, hit), safe_url(item.locator)) for item in hit.entity.evidence
        ),
        listings=tuple((listing, safe_url(listing.url)) for listing in hit.entity.listings),
        facts=tuple(_facts(hit.counterparty, hit.entity)),
        change=change,
    )


def _facts(party: Counterparty, entity: Entity) -> Iterator[Fact]:
    """What the two sides say, line by line; lines that both leave empty are not there."""
    names = tuple(
        name.value + "".join(f" ({word})" for word in _name_words(name.quality, name.former, name.as_written))
        for name in entity.names
    )
    left_countries = tuple(_country(code) for code in party.countries)
    right_countries = tuple(_country(code) for code in entity.countries)
    left_numbers = tuple(_identifier(item) for item in party.identifiers)
    right_numbers = tuple(_identifier(item) for item in entity.identifiers)
    values = {_compact(item) for item in party.identifiers} & {_compact(item) for item in entity.identifiers}
    same_numbers = tuple(
        text for item, text in zip(entity.identifiers, right_numbers, strict=True) if _compact(item) in values
    )
    same_numbers += tuple(
        text for item, text in zip(party.identifiers, left_numbers, strict=True) if _compact(item) in values
    )
    lines = (
        Fact("Names", party.names, (entity.name, *names)),
        _fact("Type", (party.type,) if party.type else (), (entity.type,)),
        _fact("Countries", left_countries, right_countries),
        Fact("Identifiers", left_numbers, right_numbers, same_numbers),
        _fact("Born", (party.birth_date,) if party.birth_date else (), entity.birth_dates),
        _fact(
            "Addresses",
            (party.address,) if party.address else (),
            tuple(item.text for item in entity.addresses),
        ),
        *(Fact(detail.label, (), (detail.value,)) for detail in entity.details),
        *(Fact(label, (value,), ()) for label, value in party.extra if value),
    )
    return (line for line in lines if line.left or line.right)


def _fact(label: str, left: tuple[str, ...], right: tuple[str, ...]) -> Fact:
    return Fact(label, left, right, tuple(value for value in left if value in right))


def _name_words(quality: str, former: bool, as_written: bool) -> Iterator[str]:
    if quality == "weak":
        yield "weak alias"
    if former:
        yield "former"
    if as_written:
        yield "as written in the source"


def _identifier(item: Identifier) -> str:
    more = ", ".join(text for text in (item.country, item.note) if text)
    return f"{item.scheme} {item.value}" + (f" ({more})" if more else "")


def _compact(item: Identifier) -> tuple[str, str]:
    return item.scheme, re.sub(r"\W", "", item.value).casefold()


def _countries(hits: Iterable[Hit]) -> dict[str, int]:
    """Every country of the hits with its place in the filter."""
    codes = {code for hit in hits for code in _codes(hit)}
    return {code: place for place, code in enumerate(sorted(codes))}


def _codes(hit: Hit) -> tuple[str, ...]:
    return (*hit.entity.countries, *hit.counterparty.countries)


def _index(alerts: Iterable[Alert]) -> str:
    """What the script filters and sorts by: an array for each card, in their order.

    JSON that may stand in a script element: `<` and the like are written as escapes. Of several files read as one table
    a place counts from the first row of the first file that has an alert.
    """
    alerts = list(alerts)
    places = {place: n for n, place in enumerate(sorted({alert.counterparty.place for alert in alerts}))}
    rows = [
        [
            HIT_STATUSES.index(alert.status),
            round(alert.score, 1),
            places[alert.counterparty.place] if alert.counterparty.file else alert.counterparty.row,
            visible(alert.hits[0].hit.name),
            alert.lists,
            alert.countries,
            [view.hit.id for view in alert.hits],
            sorted({view.change.state for view in alert.hits if view.change}),
        ]
        for alert in alerts
    ]
    text = json.dumps(rows, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _list_options(hits: Iterable[Hit]) -> list[tuple[str, str, str]]:
    """id, title and kind of every list with a hit, sorted by id."""
    return sorted({(hit.list.id, hit.list.title, hit.list.kind) for hit in hits})


def _thresholds(settings: dict[str, object]) -> list[tuple[str, str]]:
    found = settings.get("thresholds")
    return [(str(name), f"{value:g}") for name, value in found.items()] if isinstance(found, dict) else []


def _outcomes(run: Run, status: str) -> list[RowOutcome]:
    return [outcome for outcome in run.outcomes if outcome.status == status]


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without case and accents, and for each of its characters the place it comes from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for folded in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(folded):
                characters.append(folded)
                places.append(place)
    return "".join(characters), places


def _words(text: str) -> list[str]:
    """The words to look for: the text as a whole first, else each of its words."""
    folded, _ = _folded(text)
    return [word for word in folded.split() if word]


def _occurrences(word: str, text: str) -> Iterator[int]:
    """Where the word stands in the text: whole words only, except where a script writes no blanks."""
    unspaced = _UNSPACED.search(word) is not None
    place = text.find(word)
    while place >= 0:
        around = text[max(place - 1, 0) : place] + text[place + len(word) : place + len(word) + 1]
        if unspaced or not any(character.isalnum() or character == "_" for character in around):
            yield place
        place = text.find(word, place + 1)


def _pair_title(step: Step) -> str:
    return visible(f"{step.left} / {step.right}: {step.relation}, similarity {step.similarity:.2f}")


@cache
def _country(code: str) -> str:
    """`CN, China`; the code alone when it is none of ISO 3166-1."""
    import pycountry

    country = pycountry.countries.get(alpha_2=code) if len(code) == 2 else None
    return f"{code}, {getattr(country, 'common_name', country.name)}" if country else code


def _source(text: str) -> str:
    """A CSP source expression: the SHA-256 of an inline block (W3C, Content Security Policy Level 3, 2.3.1)."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _asset(name: str) -> str:
    return TEMPLATES.joinpath(name).read_text(encoding="utf-8")


@cache
def _templates() -> tuple[Template, Template]:
    """The page and the card. Line breaks and indentation of the templates are not part of the file."""
    from jinja2 import BaseLoader, Environment, StrictUndefined

    environment: Environment = Environment(
        loader=BaseLoader(), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters.update(
        show=visible,
        score=score_text,
        effect=effect_text,
        note=note_line,
        relation=relation_line,
        where=row_words,
        family=family,
        country=_country,
    )
    environment.globals.update(
        status_labels=STATUS_LABELS,
        kind_labels=KIND_LABELS,
        count_words=COUNT_WORDS,
        kind_meaning=KIND_MEANING,
        stance_meaning=STANCE_MEANING,
        disposition_labels=DISPOSITION_LABELS,
        family_labels=FAMILY_LABELS,
        name_kind=name_kind,
        safe_url=safe_url,
    )
    page = environment.from_string(_asset("report.html.j2"))
    card = environment.from_string("".join(line.strip() for line in _asset("card.html.j2").splitlines()))
    return page, card
