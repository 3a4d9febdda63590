"""The rules that join goods, destination, party and red flags to hits.

Goods come from entries of type `goods` (HS codes, ECCN, words), destinations from entries of type `destination`, red
flags from entries of type `red-flag`. They stand on watchlists like any other, so that a user adds his own with -w and
every manifest names the file with its hash. The order of the rules is that of the explanation: what the goods are,
where they go, whose they are, what else calls for an inquiry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from screening.errors import ListError
from screening.finding import Finding, raised, rule
from screening.goods.codes import Codes, eccn_matches, eccns, hs_codes, hs_relation
from screening.goods.words import Phrases, Seen
from screening.intake import values
from screening.model import Entity, ListInfo, Name, Step
from screening.settings import GoodsWeights, Settings

ROLES = ("hs_code", "eccn", "goods_description", "destination", "end_use")
HS, ECCN = "hs", "eccn"
EU_NUMBER = "eu-dual-use"  # Annex I of Regulation (EU) 2021/821 numbers its entries as the ECCN outside the 900 series
TIER, RISK = "tier", "risk"
FLAGS = ("military-end-use", "destination-mismatch", "free-zone", "freight-forwarder", "listed-address")

How = Literal["code", "eccn", "description", "heading"]


class Row(NamedTuple):
    """What a row says beside its name. cells: role -> cells. address: on one line."""

    cells: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    address: str = ""


class Party(NamedTuple):
    """The gravest hit on the row's party. by_address: some hit of the row rests on its address alone."""

    score: float
    text: str
    by_address: bool = False


class Judged(NamedTuple):
    """What the goods of a row come to. party_factor: what they do to the party's hits (1.0: nothing), and why."""

    findings: tuple[Finding, ...] = ()
    party_factor: float = 1.0
    party_text: str = ""


NOTHING = Judged()


class Unread(NamedTuple):
    """Cells of a row that could not be read as what their column is."""

    codes: tuple[str, ...]
    destinations: tuple[str, ...]


class _Entry(NamedTuple):
    entity: Entity
    list: ListInfo


class _Match(NamedTuple):
    """An entry that a row's cells name. rank: how sure, 0 is surest."""

    entry: _Entry
    how: How
    rank: int
    steps: tuple[Step, ...]


class _Destination(NamedTuple):
    """kind: "" where nothing is known. codes: ISO 3166-1 alpha-2."""

    kind: Literal["sanctioned", "diversion-risk", "other", ""]
    codes: tuple[str, ...]
    text: str


class Book:
    """The goods, destinations and red flags of the lists that are screened against.

    Raises ListError for an entry that lacks what its type needs.
    """

    def __init__(self, entries: Iterable[tuple[Entity, ListInfo]], settings: Settings) -> None:
        self._weights: GoodsWeights = settings.goods
        self._review = settings.thresholds.review
        self._lists: dict[str, _GoodsList] = {}
        self._flags: dict[str, _Flag] = {}
        self._by_country: dict[str, list[_Entry]] = {}
        places: list[tuple[str, _Entry]] = []
        for entity, info in entries:
            entry = _Entry(entity, info)
            if entity.type == "goods":
                self._lists.setdefault(info.id, _GoodsList()).add(entry)
            elif entity.type == "destination":
                if _detail(entity, RISK) not in ("sanctioned", "diversion-risk"):
                    raise _wrong(entry, f'the detail "{RISK}" must be sanctioned or diversion-risk')
                for code in entity.countries:
                    self._by_country.setdefault(code, []).append(entry)
                # The names of a country are known; those of a region stand in the list.
                places += [(name, entry) for name in _names(entity) if not entity.countries]
            elif entity.type == "red-flag":
                if entity.id not in FLAGS:
                    raise _wrong(entry, f"no rule has this id; rules: {', '.join(FLAGS)}")
                if getattr(settings.red_flags, entity.id.replace("-", "_")):
                    self._flags[entity.id] = _Flag(entry)
        for goods in self._lists.values():
            goods.close()
        self._places: Phrases[_Entry] = Phrases(places)
        self.has_goods = bool(self._lists)
        # Rows repeat their destinations and descriptions: each distinct cell is read once.
        self._destination_of = lru_cache(maxsize=65536)(self._read_destination)
        self._matches_of = lru_cache(maxsize=65536)(self._read_goods)

    def judge(self, row: Row, party: Party | None) -> Judged:
        """The hits of a row's goods (scores from the review threshold up), best first, and what they do to its party's."""
        codes, numbers, said = (tuple(c for c in row.cells.get(r, ()) if c.strip()) for r in ROLES[:3])
        matches = self._matches_of(codes, numbers, said)
        military = self._military(row)
        if not matches and not military:
            return NOTHING
        destination = self._destination(row)
        flags = self._raised_flags(row, destination, party, military)
        about = "\x1f".join(f"{role}={cell}" for role in ROLES for cell in row.cells.get(role, ()))
        if not row.cells.get("destination"):
            about += "\x1f" + ",".join(row.countries)
        findings = [self._finding(match, destination, party, flags, about) for match in matches]
        kept = [finding for finding in findings if round(finding.score, 1) >= self._review]
        if military and not kept:
            alone = self._military_alone(military, destination, about)
            return Judged((alone,)) if round(alone.score, 1) >= self._review else NOTHING
        if not kept:
            return NOTHING
        kept.sort(key=lambda item: (-round(item.score, 1), item.list.id, item.entity.id))
        if party is None:
            return Judged(tuple(kept))
        named = ", ".join(dict.fromkeys(item.entity.id for item in kept))
        return Judged(tuple(kept), self._weights.party, f"the row also carries listed goods: {named}")

    def unread(self, row: Row) -> Unread:
        """What of a row's codes and destinations could not be read."""
        codes = [part for cell in row.cells.get("hs_code", ()) for part in _hs(cell).unread]
        codes += [part for cell in row.cells.get("eccn", ()) for part in _eccn(cell).unread]
        cells = row.cells.get("destination", ())
        return Unread(
            tuple(codes), tuple(c for c in cells if c.strip() and self._destination_of(c).kind == "")
        )

    def _finding(
        self,
        match: _Match,
        destination: _Destination,
        party: Party | None,
        flags: Sequence[tuple[_Flag, str]],
        about: str,
    ) -> Finding:
        w, (entity, info) = self._weights, match.entry
        score, steps = self._base(match)
        what = f"{_tier(entity)} goods" if _tier(entity) else "listed goods"
        if destination.kind == "sanctioned" or set(destination.codes) & set(entity.countries):
            factor = w.sanctioned_description if match.how == "description" else w.sanctioned
            text = (
                destination.text if destination.kind == "sanctioned" else "a destination that the entry names"
            )
            after = raised(score, factor)
            steps.append(rule("goods-to-sanctioned-destination", score, after, f"{what} to {text}"))
        elif destination.kind == "diversion-risk":
            after = raised(score, w.diversion)
            steps.append(rule("goods-to-diversion-risk", score, after, f"{what} to {destination.text}"))
        elif destination.kind == "other":
            after = raised(score, w.other_destination)
            steps.append(rule("destination-not-listed", score, after, destination.text))
        else:
            after = score
            text = destination.text or "neither a destination nor a country is given"
            steps.append(Step(kind="note", relation="destination-unknown", text=text))
        score = after
        if party is not None:
            after = raised(max(score, party.score), w.party)
            steps.append(rule("party-and-goods", score, after, f"{what}, and {party.text}"))
            score = after
        for flag, text in flags:
            after = raised(score, w.red_flag)
            steps.append(rule(flag.rule, score, after, f"{text} [{flag.source}]"))
            score = after
        return Finding(entity, info, Name(value=entity.name), score, tuple(steps), about)

    def _base(self, match: _Match) -> tuple[float, list[Step]]:
        w, entity = self._weights, match.entry.entity
        start = {"code": w.code, "eccn": w.code, "description": w.description, "heading": w.heading}[
            match.how
        ]
        steps = list(match.steps)
        tier = re.match(r"Tier ([1-4])", _tier(entity))
        points: float = getattr(w, f"tier_{tier[1]}") if tier else 0.0
        if tier:
            steps.append(
                rule("priority-tier", start, start + points, f"{_tier(entity)} of the {_list_name(entity)}")
            )
        return start + points, steps

    def _read_goods(
        self, codes: tuple[str, ...], numbers: tuple[str, ...], said: tuple[str, ...]
    ) -> tuple[_Match, ...]:
        return tuple(match for goods in self._lists.values() for match in goods.find(codes, numbers, said))

    # --- where the goods go --------------------------------------------------------------------------------

    def _destination(self, row: Row) -> _Destination:
        """The gravest of the destinations; the party's country where the row names none."""
        cells = [cell for cell in row.cells.get("destination", ()) if cell.strip()]
        if cells:
            found = [self._destination_of(cell) for cell in cells]
        else:
            found = [self._listed(row.countries, "the party's country", ())] if row.countries else []
        order = ("sanctioned", "diversion-risk", "other", "")
        best = min(found, key=lambda item: order.index(item.kind), default=_Destination("", (), ""))
        return best._replace(codes=tuple(dict.fromkeys(code for item in found for code in item.codes)))

    def _read_destination(self, cell: str) -> _Destination:
        regions = [entry for seen, entry in self._places.find(cell) if not seen.negated]
        codes = values.countries(cell.strip()) or ()
        if not regions and not codes:
            return _Destination("", (), f'the destination "{cell.strip()[:60]}" is not recognised')
        return self._listed(codes, "destination", regions)

    def _listed(self, codes: Sequence[str], what: str, regions: Sequence[_Entry]) -> _Destination:
        entries = [*regions, *(entry for code in codes for entry in self._by_country.get(code, ()))]
        for kind in ("sanctioned", "diversion-risk"):
            for entity, _ in entries:
                if _detail(entity, RISK) == kind:
                    words = "sanctioned" if kind == "sanctioned" else "a known point of diversion"
                    text = f"{what} {entity.name}, {words}{_source(entity)}"
                    return _Destination(
                        "sanctioned" if kind == "sanctioned" else "diversion-risk", tuple(codes), text
                    )
        return _Destination(
            "other", tuple(codes), f"{what} {', '.join(codes)} stands on no list of destinations"
        )

    # --- red flags -----------------------------------------------------------------------------------------

    def _military(self, row: Row) -> str:
        """The words that state a military end use, "" where there are none or they are denied."""
        flag, cells = self._flags.get("military-end-use"), row.cells.get("end_use", ())
        return next((seen for cell in cells if (seen := flag.seen(cell))), "") if flag else ""

    def _raised_flags(
        self, row: Row, destination: _Destination, party: Party | None, military: str
    ) -> list[tuple[_Flag, str]]:
        found: dict[str, str] = {}
        if military:
            found["military-end-use"] = f'the end use says "{military}"'
        given = row.cells.get("destination", ())
        if (
            any(given)
            and destination.codes
            and row.countries
            and not set(destination.codes) & set(row.countries)
        ):
            found["destination-mismatch"] = (
                f"the party is in {', '.join(row.countries)}, the goods go to {', '.join(destination.codes)}"
            )
        for name, texts in (
            ("free-zone", (*row.names, row.address, *given)),
            ("freight-forwarder", row.names),
        ):
            flag = self._flags.get(name)
            seen = next((seen for text in texts if (seen := flag.seen(text))), "") if flag else ""
            if seen:
                found[name] = f'"{seen}" stands in the name, address or destination'
        if party is not None and party.by_address:
            found["listed-address"] = "the party has the address of a listed one"
        return [(self._flags[name], found[name]) for name in FLAGS if name in found and name in self._flags]

    def _military_alone(self, words: str, destination: _Destination, about: str) -> Finding:
        w, flag = self._weights, self._flags["military-end-use"]
        score = w.military
        steps = [Step(kind="note", relation=flag.rule, text=f'the end use says "{words}" [{flag.source}]')]
        if destination.kind == "sanctioned":
            after = raised(score, w.sanctioned_description)
            steps.append(rule("military-use-in-sanctioned-destination", score, after, destination.text))
            score = after
        elif set(destination.codes) & set(flag.entry.entity.countries):
            after = raised(score, w.military_destination)
            steps.append(
                rule(
                    "military-end-use-country", score, after, f"{', '.join(destination.codes)}: 15 CFR 744.21"
                )
            )
            score = after
        entity, info = flag.entry
        return Finding(entity, info, Name(value=entity.name), score, tuple(steps), about)


class _Flag:
    """A red flag, its words and its source."""

    def __init__(self, entry: _Entry) -> None:
        self.entry = entry
        self.rule = f"red-flag-{entry.entity.id}"
        listing = next(iter(entry.entity.listings), None)
        if listing is None:
            raise _wrong(entry, "a red flag needs a listing that names its source")
        self.source = f"{listing.authority}, {listing.list}"
        self._phrases: Phrases[str] = Phrases((name.value, name.value) for name in entry.entity.names)

    def seen(self, text: str) -> str:
        """The first of the flag's words in a text that is not denied there ("non-military")."""
        return next((" ".join(seen.words) for seen, _ in self._phrases.find(text) if not seen.negated), "")


class _GoodsList:
    """The goods of one list, found by code, number or words."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._hs: dict[str, list[_Entry]] = {}
        self._eccn: list[tuple[str, _Entry]] = []
        self._headings: dict[str, list[_Entry]] = {}

    def add(self, entry: _Entry) -> None:
        self._entries.append(entry)
        for identifier in entry.entity.identifiers:
            if identifier.scheme == HS:
                digits = _hs(identifier.value).digits
                if len(digits) != 1 or len(digits[0]) < 4:
                    raise _wrong(entry, f'"{identifier.value}" is no HS code of 4 digits or more')
                self._hs.setdefault(digits[0], []).append(entry)
                for length in range(4, min(6, len(digits[0]))):
                    self._headings.setdefault(digits[0][:length], []).append(entry)
            elif identifier.scheme in (ECCN, EU_NUMBER):
                digits = _eccn(identifier.value).digits
                if len(digits) != 1:
                    raise _wrong(entry, f'"{identifier.value}" is no ECCN such as 3A001')
                self._eccn.append((digits[0], entry))

    def close(self) -> None:
        """Make the words ready, once all entries are there."""
        self._words: Phrases[tuple[_Entry, str]] = Phrases(
            (name, (entry, name)) for entry in self._entries for name in _names(entry.entity)
        )
        self._others: Phrases[_Entry] = Phrases(
            (friend.name, entry) for entry in self._entries for friend in entry.entity.false_friends
        )

    def find(self, codes: Sequence[str], numbers: Sequence[str], said: Sequence[str]) -> list[_Match]:
        """Every entry that a code names; else the one that the number, else that the words, else that a heading names."""
        by_code = self._by_code(codes)
        by_number = self._by_number(numbers)
        by_words = self._by_words(said)
        if by_code:
            also = {m.entry.entity.id: m for m in (*by_number, *by_words)}
            return [
                m._replace(steps=(*m.steps, *also[m.entry.entity.id].steps))
                if m.entry.entity.id in also
                else m
                for m in by_code
            ]
        for found in (by_number, by_words, self._by_heading(codes)):
            if found:
                return [_with_others(found)]
        return []

    def _by_code(self, cells: Sequence[str]) -> list[_Match]:
        found: dict[str, _Match] = {}
        for given in dict.fromkeys(code for cell in cells for code in _hs(cell).digits):
            for listed in sorted(
                {given[:n] for n in range(4, len(given) + 1)} | {f"0{given}"[:n] for n in (4, 6)}
            ):
                relation = hs_relation(given, listed) if listed in self._hs else ""
                if relation not in ("equal", "below"):
                    continue
                step = Step(
                    kind="aligned",
                    relation="equal" if relation == "equal" else "national line of",
                    left=given,
                    right=_dotted(listed),
                    similarity=1.0,
                    weight=1.0,
                )
                for entry in self._hs[listed]:
                    found.setdefault(entry.entity.id, _Match(entry, "code", 0, (step,)))
        return list(found.values())

    def _by_number(self, cells: Sequence[str]) -> list[_Match]:
        found: dict[str, _Match] = {}
        for given in dict.fromkeys(code for cell in cells for code in _eccn(cell).digits):
            for listed, entry in self._eccn:
                if eccn_matches(given, listed):
                    step = Step(
                        kind="aligned",
                        relation="equal" if given == listed else "entry of",
                        left=given,
                        right=listed,
                        similarity=1.0,
                        weight=1.0,
                    )
                    found.setdefault(entry.entity.id, _Match(entry, "eccn", 0, (step,)))
        return list(found.values())

    def _by_words(self, cells: Sequence[str]) -> list[_Match]:
        found: dict[str, _Match] = {}
        for cell in cells:
            others = [(seen, entry) for seen, entry in self._others.find(cell)]
            for seen, (entry, name) in self._words.find(cell):
                if seen.negated or any(_covers(other, seen) and e is entry for other, e in others):
                    continue
                text = " ".join(seen.words)
                step = Step(
                    kind="aligned", relation="equal" if text == name.casefold() else "form of",
                    left=text, right=name, similarity=1.0, weight=1.0,
                )  # fmt: skip
                # More words say more; a phrase without blanks counts by its letters.
                rank = -len(seen.words) * 100 - len(text)
                before = found.get(entry.entity.id)
                if before is None or rank < before.rank:
                    found[entry.entity.id] = _Match(entry, "description", rank, (step,))
        return sorted(found.values(), key=lambda m: m.rank)

    def _by_heading(self, cells: Sequence[str]) -> list[_Match]:
        found: dict[str, _Match] = {}
        for given in dict.fromkeys(code for cell in cells for code in _hs(cell).digits):
            for entry in self._headings.get(given, ()):
                text = f"the code {given} is too short to tell: listed goods stand below it"
                step = Step(kind="note", relation="heading-only", text=text)
                found.setdefault(entry.entity.id, _Match(entry, "heading", 0, (step,)))
        return list(found.values())


def _with_others(found: Sequence[_Match]) -> _Match:
    """The best match, with a note that names the others: one cell is one alert on a list."""
    best, rest = found[0], [match.entry.entity.id for match in found[1:]]
    if not rest:
        return best
    shown = ", ".join(rest[:8]) + (f" and {len(rest) - 8} more" if len(rest) > 8 else "")
    return best._replace(
        steps=(*best.steps, Step(kind="note", relation="also", text=f"it also names {shown}"))
    )


def _covers(other: Seen, seen: Seen) -> bool:
    """Whether a phrase known to mean something else stands around another."""
    if seen.first < 0 or other.first < 0:
        return seen.first == other.first and seen.words[0] in other.words[0]
    return other.first <= seen.first and seen.last <= other.last


@lru_cache(maxsize=65536)
def _hs(cell: str) -> Codes:
    return hs_codes(cell)


@lru_cache(maxsize=65536)
def _eccn(cell: str) -> Codes:
    return eccns(cell)


def _dotted(digits: str) -> str:
    """8542.31, as the Harmonised System writes it."""
    return digits[:4] + (f".{digits[4:]}" if digits[4:] else "")


def _names(entity: Entity) -> list[str]:
    return list(dict.fromkeys([entity.name, *(name.value for name in entity.names)]))


def _detail(entity: Entity, label: str) -> str:
    return next((item.value for item in entity.details if item.label == label), "")


def _tier(entity: Entity) -> str:
    """ "Tier 3.A", or "" for goods without a tier."""
    tier = _detail(entity, TIER)
    return f"Tier {tier}" if tier else ""


def _list_name(entity: Entity) -> str:
    return next((item.list for item in entity.listings), "list")


def _source(entity: Entity) -> str:
    """The first listing in brackets."""
    for item in entity.listings:
        since = f", since {item.from_}" if item.from_ else ""
        return f" ({item.authority}, {item.list}{since})"
    return ""


def _wrong(entry: _Entry, what: str) -> ListError:
    return ListError(f"{entry.list.id}, {entry.entity.id}: {what}.", "Correct the list and run again.")
