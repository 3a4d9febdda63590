"""What a batch of rows says beside its names, brought together: goods, owners and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from screening.goods.rules import NOTHING, ROLES, Book, Judged, Party, Row
from screening.intake import Batch
from screening.model import Entity, ListInfo

# Counted beside the rows: what could not be compared -> how the manifest says it.
REMARKS = {
    "codes_unread": "goods codes that cannot be read as HS codes or ECCN; these were not compared.",
    "destinations_unread": "a destination that is not recognised; it counts as unknown.",
}


def remark(key: str, rows: int) -> str:
    """The sentence for a count of REMARKS."""
    return f"{rows:,} {'row has' if rows == 1 else 'rows have'} {REMARKS[key]}"


class ListedParty(NamedTuple):
    """A hit of a row's party: its score (0-100), the entry and its list."""

    score: float
    entity: Entity
    list: ListInfo


class Beside:
    """The cells of a batch that are screened beside the name."""

    ROLES = frozenset({"hs_code", "eccn", "goods_description", "end_use"})
    """Roles of columns of which one at least must be there."""

    def __init__(self, batch: Batch, book: Book) -> None:
        self._batch, self._book = batch, book
        self._columns = {role: batch.cells(role) for role in ROLES}

    @classmethod
    def of(cls, batch: Batch, book: Callable[[], Book]) -> Beside | None:
        """None where the file says nothing beside names that is compared. book: opened only when needed."""
        if not any(batch.cells(role) for role in cls.ROLES):
            return None
        return cls(batch, book())

    def judge(self, i: int, parties: Sequence[ListedParty]) -> Judged:
        """What row i says beside its name. parties: the hits of its name, the gravest first."""
        if not any(column[i].strip() for role in ROLES for column in self._columns[role]):
            return NOTHING
        return self._book.judge(self._row(i), _gravest(parties))

    def unscreened(self, i: int) -> str:
        """What is to be said of the goods of a row that cannot be screened, "" where they are no hit."""
        found = self.judge(i, ()).findings
        if not found:
            return ""
        return f"; its goods would be a hit: {', '.join(dict.fromkeys(item.entity.id for item in found))}"

    def remarks(self, rows: Iterable[int]) -> dict[str, int]:
        """How many of these rows have cells that could not be read, by the keys of REMARKS."""
        counted = dict.fromkeys(REMARKS, 0)
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


def _gravest(parties: Sequence[ListedParty]) -> Party | None:
    if not parties:
        return None
    score, entity, info = max(parties, key=lambda party: party.score)
    what = "reported" if info.kind == "adverse-media" else "listed"
    return Party(score, f"the party may be {entity.name}, {what} on {info.id}")
