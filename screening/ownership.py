"""Listed owners: whether a party that is on no list itself is owned by those who are.

Three tests stand side by side, because the authorities do not ask the same question:

- OFAC, 50 percent rule (guidance of 13 August 2014; FAQ 398-402): blocked is what blocked persons own, directly or
  indirectly, 50 percent or more in the aggregate. An owner that is itself so owned counts with its whole stake, one that
  is not counts with nothing (FAQ 401). Control alone does not block (FAQ 398).
- EU, ownership (Best Practices of the Council, 11623/24 of 3 July 2024): 50 % or more of the proprietary rights, or a
  majority interest; stakes of several listed persons are added up. Until then: more than 50 %. Control is a test of its
  own, by criteria that no table of shares holds.
- UK, ownership (OFSI, UK financial sanctions general guidance, "ownership and control"): more than 50 % of the shares or
  votes, directly or indirectly, of one designated person; stakes of several are not added up unless they act together.
  Control is a test of its own.

A share that is missing or a range is taken at its least and at its most: what is met at the least is met, what is met
only at the most is possible.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from screening.errors import InputError, UsageError
from screening.finding import Finding, raised, rule
from screening.intake import Rows, Table, open_table, values
from screening.model import Entity, FileInfo, ListInfo, Name, Step
from screening.settings import OwnershipWeights

MAX_CHAIN = 50  # owners above one another; longer chains are a fault of the data
_SHOWN = 12  # terms of a sum that are written out


class Share(NamedTuple):
    """A percentage between low and high, 0-100. given: the cell; "" where it is missing."""

    low: float
    high: float
    given: str = ""

    def text(self) -> str:
        if not self.given and self.low == 0:
            return "share not given"
        if self.low == self.high:
            return f"{self.low:g} %"
        return f"{self.low:g} to {self.high:g} %"


UNKNOWN = Share(0.0, 100.0)


class Stake(NamedTuple):
    """A stake in a party. owner: the name as given. where: the row or file that says it."""

    owner: str
    share: Share
    where: str


class ListedOwner(NamedTuple):
    """A hit on an owner's name: score 0-100, the entry, the name that matched, and the explanation of the names."""

    score: float
    entity: Entity
    list: ListInfo
    matched: Name
    steps: tuple[Step, ...]


class Owners:
    """Who owns whom, by name: what a file of owners says, and what the rows of the screened file say of one another.

    source: the file of owners, None where only rows say it.
    """

    def __init__(
        self,
        stakes: Iterable[tuple[str, Stake]] = (),
        source: FileInfo | None = None,
        rows: Iterable[tuple[str, Stake]] = (),
    ) -> None:
        """stakes: (the owned party's name or id, stake), of the file of owners. rows: (its name, stake), of all rows."""
        self.source = source
        self._of: dict[str, list[Stake]] = {}
        self._above: dict[str, list[Stake]] = {}
        for owned, stake in stakes:
            self._of.setdefault(key(owned), []).append(stake)
        for owned, stake in rows:
            self._above.setdefault(key(owned), []).append(stake)

    def of(self, name: str) -> list[Stake]:
        """The stakes in the party of this name that the file of owners says."""
        return self._of.get(key(name), [])

    def above(self, owner: str) -> list[Stake]:
        """The stakes in an owner: those that the file of owners says, and those of the rows of this name."""
        at = key(owner)
        return [*self._of.get(at, ()), *self._above.get(at, ())]

    def with_rows(self, rows: Rows) -> Owners:
        """These and what the rows of a table say of their owners. Reads the table once; raises as its batches do."""
        made = Owners(source=self.source, rows=_of_rows(rows))
        made._of = self._of
        return made

    def __bool__(self) -> bool:
        return bool(self._of)


NO_OWNERS = Owners()


def key(name: str) -> str:
    """A name without case, width, accents, punctuation and blanks: owners and owned are joined by it."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in text if c.isalnum())


_NUMBER = r"(\d{1,3}(?:[.,]\d+)?)"
_RANGE = re.compile(rf"{_NUMBER}\s*%?\s*(?:-|–|—|to|bis|до|至|\.\.)\s*{_NUMBER}")
_OVER = re.compile(
    rf"(?:>=?|≥|over|more than|at least|above|mehr als|über|plus de|более|свыше|超过)\s*{_NUMBER}"
    rf"|{_NUMBER}\s*%?\s*(?:\+|or more|and above)"
)
_UNDER = re.compile(rf"(?:<=?|≤|under|less than|up to|below|weniger als|moins de|менее|до)\s*{_NUMBER}")
_BAND = re.compile(rf"more than {_NUMBER}\s*% but (?:not more|less) than {_NUMBER}")
_INLINE = re.compile(r"(.+?)[\s,:]*[(\[]?\s*(\d{1,3}(?:[.,]\d+)?)\s*%\s*[)\]]?")


def share(cell: str) -> Share | None:
    """The share that a cell states, in percent; None when it cannot be read. An empty cell is UNKNOWN.

    Ranges, "more than 25 % but not more than 50 %", "over 50" and "less than 10" are bounds. So is a plain number of at
    most 1: it may be a percentage or, as spreadsheets store it, a fraction.
    """
    text = unicodedata.normalize("NFKC", cell).casefold().strip()
    if not text or text in ("-", "n/a", "unknown", "?"):
        return UNKNOWN
    if found := _BAND.fullmatch(text.rstrip(" %")) or _RANGE.fullmatch(text.rstrip(" %")):
        low, high = _number(found[1]), _number(found[2])
        return Share(low, high, cell.strip()) if low <= high <= 100 else None
    if found := _OVER.fullmatch(text.rstrip(" %")):
        low = _number(found[1] or found[2])
        return Share(low, 100.0, cell.strip()) if low <= 100 else None
    if found := _UNDER.fullmatch(text.rstrip(" %")):
        high = _number(found[1])
        return Share(0.0, high, cell.strip()) if high <= 100 else None
    plain = re.fullmatch(rf"{_NUMBER}\s*(%|percent|pct|prozent)?", text)
    if plain is None:
        return None
    value = _number(plain[1])
    if not plain[2] and 0 < value <= 1:
        return Share(value, round(value * 100, 6), cell.strip())
    return Share(value, value, cell.strip()) if value <= 100 else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def stakes(owners: Sequence[str], shares: Sequence[str], where: str) -> tuple[list[Stake], list[str]]:
    """The stakes that a row states, and what could not be read of them, in words.

    owners, shares: the cells of the columns, in order; a cell may hold several, separated by ; or | or line breaks, and
    an owner's share in brackets behind the name.
    """
    found: list[Stake] = []
    said: list[str] = []
    for names, parts in zip_longest(owners, shares, fillvalue=""):
        each = [part.strip() for part in re.split(r"[;|\r\n]", names)]
        given = [part.strip() for part in re.split(r"[;|\r\n]", parts)] if parts.strip() else []
        if len(given) > len(each):
            said.append(f"{len(given)} shares stand beside {len(each)} owners")
            given = []
        elif given and len(given) < len(each):
            said.append(f"{len(each)} owners stand beside {len(given)} shares")
            given = []
        for name, text in zip_longest(each, given, fillvalue=""):
            inline = _INLINE.fullmatch(name) if not text else None
            if inline:
                name, text = inline[1].strip(), f"{inline[2]} %"
            if not name or values.unusable(name):
                if name or (text and share(text) != UNKNOWN):
                    said.append(f'the owner "{name}" is no name')
                continue
            value = share(text)
            if value is None:
                said.append(f'the share "{text[:40]}" of {name} cannot be read and counts as unknown')
            found.append(Stake(name, value or UNKNOWN, where))
    return _fractions(found), said


def _fractions(found: list[Stake]) -> list[Stake]:
    """Shares that are all at most 1 and add up to 1 are fractions, sure enough."""
    if not found or abs(sum(stake.share.low for stake in found) - 1) > 0.001:
        return found
    if any(abs(stake.share.high - stake.share.low * 100) > 0.001 for stake in found):
        return found
    return [s._replace(share=s.share._replace(low=s.share.high)) for s in found]


def _of_rows(table: Rows) -> Iterator[tuple[str, Stake]]:
    """(name of a row's party, stake in it) for every row that names owners."""
    for batch in table.batches():
        owners, shares = batch.cells("owner"), batch.cells("owner_share")
        for i in range(len(batch)):
            read, _ = stakes([c[i] for c in owners], [c[i] for c in shares], batch.where(i))
            for name in batch.names[i]:
                yield from ((name, stake) for stake in read)


def read_owners(path: str) -> Owners:
    """Stakes from a file with the columns owner, owned and share (CSV, XLSX, JSON lines or Parquet).

    Raises InputError when a column is missing, or a row has no owner, no owned party or a share that cannot be read.
    """
    try:
        table: Table = open_table(path, mapping={"name": "owned", "owner": "owner"})
    except UsageError as error:
        raise InputError(
            f"{path}: the columns owner and owned are needed. {error.message.removeprefix('--map: ')}",
            "Name the columns owner, owned and share.",
        ) from error
    found: list[tuple[str, Stake]] = []
    for batch in table.batches():
        owners, shares = batch.cells("owner"), batch.cells("owner_share")
        for i, row in enumerate(batch.rows):
            where = f"{path}, row {row}"
            if i in batch.problems:
                raise InputError(f"{where}: {batch.problems[i]}.", "Correct the row and run again.")
            read, said = stakes([c[i] for c in owners], [c[i] for c in shares], where)
            if said or not read:
                raise InputError(
                    f"{where}: {said[0] if said else 'no owner is given'}.", "Correct the row and run again."
                )
            found += [(owned, stake) for owned in batch.names[i] for stake in read]
    return Owners(found, FileInfo(path=path, sha256=table.info.sha256))


class Structure(NamedTuple):
    """The parties above one party. stakes: key of a party -> stakes in it, one an owner. names: key -> name as given.

    notes: what a reader must know of the data (cycles, sums above 100 %, shares given twice).
    """

    party: str
    stakes: Mapping[str, tuple[Stake, ...]]
    names: Mapping[str, str]
    notes: tuple[str, ...]


def structure(names: Sequence[str], own: Sequence[Stake], owners: Owners, id: str = "") -> Structure | None:
    """The owners above a party, over every chain; None where nobody is said to own it.

    names: of the party. own: the stakes its row states. id: its id, by which a file of owners may name it too.
    """
    party = key(names[0]) if names else ""
    first = [*own, *(stake for text in dict.fromkeys((*names, id)) if text for stake in owners.of(text))]
    if not first:
        return None
    shown = {party: names[0]}
    found: dict[str, tuple[Stake, ...]] = {}
    notes: list[str] = []
    waiting = [(party, first, 0)]
    while waiting:
        at, raw, depth = waiting.pop(0)
        if at in found:
            continue
        found[at], said = _distinct(raw, shown[at])
        notes += said
        for stake in found[at]:
            above = key(stake.owner)
            shown.setdefault(above, stake.owner)
            held = owners.above(stake.owner) if above not in found else ()
            if held:
                if depth + 1 >= MAX_CHAIN:
                    notes.append(
                        f"owners above {stake.owner} are left out: the chain is longer than {MAX_CHAIN}"
                    )
                else:
                    waiting.append((above, held, depth + 1))
    notes += [f"the owners form a circle: {circle}" for circle in _circles(party, found, shown)]
    return Structure(party, found, shown, tuple(notes))


def _distinct(raw: Sequence[Stake], owned: str) -> tuple[tuple[Stake, ...], list[str]]:
    """One stake an owner; the missing shares bounded by what the others leave."""
    by_owner: dict[str, Stake] = {}
    notes: list[str] = []
    for stake in raw:
        before = by_owner.setdefault(key(stake.owner), stake)
        if before.share[:2] == UNKNOWN[:2] or before.share[:2] == stake.share[:2]:
            by_owner[key(stake.owner)] = before if before.share.given else stake
        elif stake.share[:2] != UNKNOWN[:2]:
            notes.append(
                f"two shares of {stake.owner} in {owned}: {before.share.text()} ({before.where}), "
                f"{stake.share.text()} ({stake.where}); the larger counts"
            )
            by_owner[key(stake.owner)] = max(
                before, stake, key=lambda item: (item.share.low, item.share.high)
            )
    sure = sum(stake.share.low for stake in by_owner.values())
    if sure > 100.001:
        notes.append(f"the shares in {owned} add up to {sure:g} %")
    bounded = [
        stake._replace(
            share=stake.share._replace(
                high=max(stake.share.low, min(stake.share.high, 100 - (sure - stake.share.low)))
            )
        )
        for stake in by_owner.values()
    ]
    return tuple(bounded), notes


def _circles(party: str, found: Mapping[str, Sequence[Stake]], shown: Mapping[str, str]) -> list[str]:
    """Each circle of owners once, found by walking upwards from the party."""
    circles: list[str] = []
    seen: set[str] = set()
    path: list[str] = []
    walk: list[tuple[str, bool]] = [(party, False)]
    while walk:
        at, leaving = walk.pop()
        if leaving:
            path.pop()
            continue
        if at in path:
            members = path[path.index(at) :]
            circles.append(", owned by ".join(shown[name] for name in (*members, at)))
            continue
        if at in seen:
            continue
        seen.add(at)
        path.append(at)
        walk.append((at, True))
        walk += [(key(stake.owner), False) for stake in reversed(found.get(at, ()))]
    return circles


def counted(
    above: Structure,
    roots: Iterable[str],
    *,
    at_least: float = 50.0,
    more_than: bool = False,
    most: bool = False,
) -> set[str]:
    """Keys of the parties that count as owned by the roots, the roots included.

    A party counts when the stakes in it of those that count reach at_least percent (exceed it with more_than). most:
    take every share at its most. Grown from the roots alone, so a circle of owners never counts by itself.
    """
    inside = set(roots)
    grown = True
    while grown:
        grown = False
        for owned, held in above.stakes.items():
            if owned in inside:
                continue
            total = sum(s.share.high if most else s.share.low for s in held if key(s.owner) in inside)
            if total > at_least + 1e-9 if more_than else total >= at_least - 1e-9 and total > 0:
                inside.add(owned)
                grown = True
    return inside


class _Test(NamedTuple):
    """more_than: the share must exceed 50 %. together: stakes of several listed owners are added up.

    lists: how ids of its lists begin. authority: words of its authority in a listing; programme: of the list it names.
    """

    rule: str
    label: str
    source: str
    more_than: bool
    together: bool
    listing: str
    lists: tuple[str, ...]
    authority: tuple[str, ...]
    named: tuple[str, ...] = ()


TESTS = (
    _Test(
        "ofac-50-percent",
        "OFAC 50 percent rule",
        "OFAC FAQ 398-402",
        more_than=False,
        together=True,
        listing="OFAC SDN listing",
        lists=("ofac-sdn",),
        authority=("ofac", "office of foreign assets control"),
        named=("sdn", "specially designated nationals"),
    ),
    _Test(
        "eu-ownership",
        "EU, 50 % or more, added up",
        "EU Best Practices 11623/24",
        more_than=False,
        together=True,
        listing="EU listing",
        lists=("eu-",),
        authority=("eu", "european union", "council of the european union", "european commission"),
    ),
    _Test(
        "uk-ownership",
        "UK, more than 50 % of one person",
        "OFSI general guidance",
        more_than=True,
        together=False,
        listing="UK listing",
        lists=("uk-",),
        authority=("uk", "united kingdom", "ofsi", "foreign, commonwealth", "hm treasury"),
    ),
)
CONTROL = "control is a test of its own in the EU and the UK (appointing the board, using the assets); shares do not show it"


def findings(
    above: Structure,
    listed: Mapping[str, Sequence[ListedOwner]],
    notes: Sequence[str],
    weights: OwnershipWeights,
) -> tuple[Finding, ...]:
    """One finding for each listed entry that owns the party, directly or over others.

    listed: key of an owner -> hits on its name. notes: what of the row's own owners could not be read.
    """
    roots = {owner for owner in above.names if listed.get(owner) and owner != above.party}
    if not roots:
        return ()
    about = "\x1f".join(
        sorted(
            f"{owned}<{key(s.owner)}={s.share.low:g}-{s.share.high:g}"
            for owned, held in above.stakes.items()
            for s in held
        )
    )
    of_test = {
        test.rule: {root for root in roots if any(_lists(test, hit) for hit in listed[root])}
        for test in TESTS
    }
    made: list[Finding] = []
    for root in sorted(roots):
        chain = _chain(above, root)
        if not chain:
            continue
        verdicts: list[str] = []
        said: list[Step] = []
        for test in TESTS:
            if root in of_test[test.rule]:
                verdict, arithmetic = _verdict(test, above, root, of_test[test.rule])
                text = f"{test.label}: {verdict}: {arithmetic} [{test.source}]"
                verdicts.append(verdict)
            else:
                verdict, arithmetic = _verdict(test, above, root, roots)
                text = f"{test.label}: no {test.listing} of the owner is recorded; by shares {verdict}: "
                text += f"{arithmetic} [{test.source}]"
                verdicts.append("possible" if verdict == "met" else verdict)
            said.append(Step(kind="note", relation=test.rule, text=text))
        grave = max(verdicts, key=("not met", "possible", "met").index)
        factor = {"met": 1.0, "possible": weights.possible, "not met": weights.minority}[grave]
        for hit in listed[root]:
            after = raised(hit.score, factor)
            steps = (
                *hit.steps,
                rule("listed-owner", hit.score, after, f"{_MEANING[grave]}: {chain}"),
                *said,
                Step(kind="note", relation="control", text=CONTROL),
                *(Step(kind="note", relation="owners-data", text=text) for text in (*above.notes, *notes)),
            )
            made.append(Finding(hit.entity, hit.list, hit.matched, after, steps, f"{root}\x1f{about}"))
    best: dict[tuple[str, str], Finding] = {}
    for item in sorted(made, key=lambda item: -item.score):
        best.setdefault((item.list.id, item.entity.id), item)
    return tuple(best.values())


_MEANING = {
    "met": "a listed owner holds the share that counts",
    "possible": "a listed owner may hold the share that counts, or holds it and is not listed by that authority",
    "not met": "a listed owner below the share that counts",
}


def _lists(test: _Test, hit: ListedOwner) -> bool:
    """Whether the entry is a listing of the test's authority, or names one in force."""
    if hit.list.id.startswith(test.lists):
        return True
    for listing in hit.entity.listings:
        authority, name = listing.authority.casefold(), listing.list.casefold()
        if any(re.match(rf"{re.escape(word)}\b", authority) for word in test.authority) and (
            not test.named or any(re.search(rf"\b{word}\b", name) for word in test.named)
        ):
            return True
    return False


def _verdict(test: _Test, above: Structure, root: str, roots: set[str]) -> tuple[str, str]:
    """ "met", "possible" or "not met", and the arithmetic."""
    of = roots if test.together else {root}
    sure = counted(above, of, more_than=test.more_than)
    possible = counted(above, of, more_than=test.more_than, most=True)
    if above.party in sure and _reaches(above, root, sure):
        return "met", _sum(above, above.party, sure, of, most=False)
    if above.party in possible and _reaches(above, root, possible):
        return "possible", f"at most {_sum(above, above.party, possible, of, most=True)}"
    return "not met", _sum(above, above.party, sure, of, most=False)


def _reaches(above: Structure, root: str, inside: set[str]) -> bool:
    """Whether the root's stake counts: a chain of parties that count leads from it to the party."""
    seen, waiting = {above.party}, [above.party]
    while waiting:
        for stake in above.stakes.get(waiting.pop(), ()):
            owner = key(stake.owner)
            if owner == root:
                return True
            if owner in inside and owner not in seen:
                seen.add(owner)
                waiting.append(owner)
    return False


def _sum(above: Structure, party: str, inside: set[str], roots: set[str], *, most: bool) -> str:
    """ "30 % A (listed) + 25 % B (60 % C (listed) = 60 %) = 55 % of P"."""
    return f"{_terms(above, party, inside, roots, most, (party,))} of {above.names[party]}"


def _terms(
    above: Structure, party: str, inside: set[str], roots: set[str], most: bool, path: tuple[str, ...]
) -> str:
    held = [s for s in above.stakes.get(party, ()) if key(s.owner) in inside]
    # A stake that the party holds in itself over others proves nothing of who owns it.
    total = sum(s.share.high if most else s.share.low for s in held if key(s.owner) not in path)
    parts: list[str] = []
    for stake in held[:_SHOWN]:
        owner = key(stake.owner)
        value = stake.share.high if most else stake.share.low
        if owner in roots:
            why = "listed"
        elif owner in path:
            why = "in a circle, not counted"
        else:
            why = "itself owned: " + _terms(above, owner, inside, roots, most, (*path, owner))
        missing = ", share not given" if not stake.share.given and stake.share.low != stake.share.high else ""
        parts.append(f"{value:g} % {stake.owner} ({why}{missing})")
    if len(held) > _SHOWN:
        parts.append(f"{len(held) - _SHOWN} more")
    return f"{' + '.join(parts) or 'no stake that counts'} = {total:g} %"


def _chain(above: Structure, root: str) -> str:
    """The shortest chain from the root down to the party: "A owns 60 % of B, B owns 25 % of P"."""
    back: dict[str, tuple[str, Stake]] = {}
    waiting, seen = [above.party], {above.party}
    while waiting and root not in back:
        owned = waiting.pop(0)
        for stake in above.stakes.get(owned, ()):
            owner = key(stake.owner)
            if owner not in seen:
                seen.add(owner)
                back[owner] = (owned, stake)
                waiting.append(owner)
    if root not in back:
        return ""
    links: list[str] = []
    at = root
    while at != above.party:
        owned, stake = back[at]
        holds = f"{stake.share.text()} of" if stake.share.given else "a share that is not given of"
        links.append(f"{stake.owner} owns {holds} {above.names[owned]} ({stake.where})")
        at = owned
    return ", ".join(links)
