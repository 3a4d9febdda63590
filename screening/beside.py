"""What a batch of rows says beside its names, brought together: goods, owners and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from screening.addresses import Addresses
from screening.finding import Finding
from screening.goods.rules import NOTHING, ROLES, Book, Judged, Party, Row
from screening.intake import Batch
from screening.model import Entity, ListInfo
from screening.ownership import ListedOwner, Owners, Structure, stakes, structure
from screening.ownership import findings as owner_findings
from screening.settings import Settings

# Counted beside the rows: what could not be compared -> how the manifest says it.
REMARKS = {
    "codes_unread": "goods codes that cannot be read as HS codes or ECCN; these were not compared.",
    "destinations_unread": "a destination that is not recognised; it counts as unknown.",
    "owners_unread": "owners or shares that cannot be read; such a share counts as unknown.",
}


def remark(key: str, rows: int) -> str:
    """The sentence for a count of REMARKS."""
    return f"{rows:,} {'row has' if rows == 1 else 'rows have'} {REMARKS[key]}"


class ListedParty(NamedTuple):
    """A hit of a row's party: its score (0-100), the entry and its list."""

    score: float
    entity: Entity
    list: ListInfo


class Found(NamedTuple):
    """What a row says beside its name. goods: its own findings, and what they do to the hits of the row's name."""

    findings: tuple[Finding, ...] = ()
    goods: Judged = NOTHING


FindOwners = Callable[[Sequence[str]], Mapping[str, Sequence[ListedOwner]]]


class Resources(NamedTuple):
    """What the lists and the user give for it. goods, addresses: opened only when a file needs them.

    find_owners: names -> hits on each, by the screener that screens the rows.
    """

    goods: Callable[[], Book]
    addresses: Callable[[], Addresses]
    find_owners: FindOwners
    owners: Owners
    settings: Settings


class Beside:
    """The cells of a batch that are screened beside the name."""

    GOODS = frozenset({"hs_code", "eccn", "goods_description", "end_use"})
    """Roles of columns of which one at least must be there for goods to be compared."""

    def __init__(self, batch: Batch, resources: Resources) -> None:
        self._batch, self._resources = batch, resources
        self._book = resources.goods() if any(batch.cells(role) for role in self.GOODS) else None
        self._columns = {role: batch.cells(role) for role in ROLES}
        self._addresses = resources.addresses() if batch.cells("address") else None
        self._notes: dict[int, list[str]] = {}
        self._above: dict[int, Structure] = {}
        self._owned: Mapping[str, Sequence[ListedOwner]] = {}
        if batch.cells("owner") or resources.owners:
            self._find_owners()

    @classmethod
    def of(cls, batch: Batch, resources: Resources) -> Beside | None:
        """None where the file says nothing beside names that is compared."""
        roles = (*cls.GOODS, "address", "owner")
        return cls(batch, resources) if resources.owners or any(batch.cells(role) for role in roles) else None

    def _find_owners(self) -> None:
        """The owners above every row, and the hits on their names."""
        batch, owners = self._batch, self._resources.owners
        names, shares = batch.cells("owner"), batch.cells("owner_share")
        wanted: dict[str, str] = {}
        for i in range(len(batch)):
            if i in batch.problems:
                continue
            own, said = stakes([c[i] for c in names], [c[i] for c in shares], batch.where(i))
            if said:
                self._notes[i] = said
            above = structure(batch.names[i], own, owners, batch.ids[i])
            if above is not None:
                self._above[i] = above
                wanted.update((at, name) for at, name in above.names.items() if at != above.party)
        if wanted:
            found = self._resources.find_owners(list(dict.fromkeys(wanted.values())))
            self._owned = {at: found.get(name, ()) for at, name in wanted.items()}

    def judge(self, i: int, parties: Sequence[ListedParty]) -> Found:
        """What row i says beside its name. parties: the hits of its name, the gravest first."""
        known = {(party.list.id, party.entity.id) for party in parties}
        found: list[Finding] = []
        if i in self._above:
            weights, review = self._resources.settings.ownership, self._resources.settings.thresholds.review
            made = owner_findings(self._above[i], self._owned, self._notes.get(i, ()), weights)
            found += [item for item in made if round(item.score, 1) >= review]
        known |= {(item.list.id, item.entity.id) for item in found}
        at_address = self._at_address(i, known)
        found += at_address
        if self._book is None or not any(
            column[i].strip() for role in ROLES for column in self._columns[role]
        ):
            return Found(tuple(found))
        everyone = [*parties, *(ListedParty(item.score, item.entity, item.list) for item in found)]
        goods = self._book.judge(self._row(i), _gravest(everyone, by_address=bool(at_address)))
        return Found((*found, *goods.findings), goods)

    def _at_address(self, i: int, known: set[tuple[str, str]]) -> list[Finding]:
        if self._addresses is None:
            return []
        text = self._batch.address(i)
        finding = self._addresses.find(text, self._batch.countries[i], known) if text else None
        kept = finding is not None and round(finding.score, 1) >= self._resources.settings.thresholds.review
        return [finding] if finding is not None and kept else []

    def unscreened(self, i: int) -> str:
        """What is to be said of the goods of a row that cannot be screened, "" where they are no hit."""
        found = self._book.judge(self._row(i), None).findings if self._book is not None else ()
        if not found:
            return ""
        return f"; its goods would be a hit: {', '.join(dict.fromkeys(item.entity.id for item in found))}"

    def remarks(self, rows: Iterable[int]) -> dict[str, int]:
        """How many of these rows have cells that could not be read, by the keys of REMARKS."""
        counted = dict.fromkeys(REMARKS, 0)
        counted["owners_unread"] = len(self._notes)
        if self._book is None:
            return counted
        for i in rows:
            unread = self._book.unread(self._row(i))
            counted["codes_unread"] += bool(unread.codes)
            counted["destinations_unread"] += bool(unread.destinations)
        return counted

    def _row(self, i: int) -> Row:
        batch = self._batch
        cells = {
            role: tuple(column[i] for column in columns) for role, columns in self._columns.items() if columns
        }
        return Row(cells, batch.names[i], batch.countries[i], batch.address(i))


def _gravest(parties: Sequence[ListedParty], *, by_address: bool) -> Party | None:
    if not parties:
        return None
    score, entity, info = max(parties, key=lambda party: party.score)
    what = "reported" if info.kind == "adverse-media" else "listed"
    return Party(score, f"the party leads to {entity.name}, {what} on {info.id}", by_address)
