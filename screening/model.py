"""The frozen records that every part of the program passes to the next. Imports nothing of ours.

Scores are 0-100 with one decimal. Rows are counted as an editor shows them (header = 1).
Dates are ISO strings and may be partial ("1962", "1962-05"), because lists publish them so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Literal, overload

import msgspec

# The last three are no parties: what is controlled, where it must not go, and what must make one ask.
EntityType = Literal["person", "organization", "vessel", "aircraft", "goods", "destination", "red-flag"]
NO_PARTY: frozenset[EntityType] = frozenset({"goods", "destination", "red-flag"})
ListKind = Literal["sanctions", "export-control", "adverse-media", "internal"]
CountCheck = Literal["checked", "not-declared"]
Quality = Literal["strong", "weak"]
Stance = Literal["alleges", "suspects", "lists", "denies"]
Status = Literal["match", "review", "cleared", "clear", "unscreened"]
# Those that a hit can have, the gravest first. cleared: by a reviewer. clear: the list records the name as another party's.
HIT_STATUSES: tuple[Status, ...] = ("match", "review", "cleared", "clear")


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of all records: immutable, keyword-only, unknown fields refused."""

    def __reduce__(self) -> tuple[Any, ...]:
        # msgspec leaves a default out by identity. A string that was pickled is another object, so that records which
        # come back from a worker process would be written with more fields than those made here.
        return _again, (type(self), msgspec.msgpack.encode(self))


def _again(kind: type[Record], packed: bytes) -> Record:
    return msgspec.msgpack.decode(packed, type=kind)


# --- watchlists ---------------------------------------------------------------------------------


class Name(Record, frozen=True, kw_only=True):
    """One name of an entity.

    quality: "weak" is an authority's low-quality a.k.a. and matches only strictly or with context.
    former: an f.k.a.
    as_written: the spelling of a source document, not the party's official name.
    script: ISO 15924 ("Latn", "Hans", "Cyrl", ...); language: ISO 639-1.
    """

    value: str
    script: str | None = None
    language: str | None = None
    quality: Quality = "strong"
    former: bool = False
    as_written: bool = False
    note: str | None = None


class Identifier(Record, frozen=True, kw_only=True):
    """A number that identifies a party. scheme is lower case: uscc, inn, ogrn, lei, imo, isin, passport."""

    scheme: str
    value: str
    country: str | None = None
    note: str | None = None


class Address(Record, frozen=True, kw_only=True):
    """text is the whole address on one line; country is ISO 3166-1 alpha-2."""

    text: str
    city: str | None = None
    postcode: str | None = None
    country: str | None = None


class Relation(Record, frozen=True, kw_only=True):
    """A link to another party.

    entity: id of an entity of the same list, "list-id:entity-id" of another, or None (only a name is known).
    share: percent owned by that party, 0-100, where known.
    """

    relation: str
    entity: str | None = None
    name: str | None = None
    share: float | None = None
    note: str | None = None


class Listing(Record, frozen=True, kw_only=True):
    """One official designation: who listed the party, where, since when.

    from_ ("from" in YAML) and until are ISO dates, may be partial or None when the authority gives none.
    """

    authority: str
    list: str
    programme: str | None = None
    id: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    until: str | None = None
    url: str | None = None
    note: str | None = None


class Evidence(Record, frozen=True, kw_only=True):
    """A quoted passage that stands behind an entity.

    document: id of a seed record, or the list's own id for official lists.
    locator: where in the document ("P18, 3568-3798": paragraph, code points, end exclusive), or a URL.
    summary: one line in our own words.
    """

    document: str
    passage: str
    locator: str
    stance: Stance
    summary: str | None = None


class FalseFriend(Record, frozen=True, kw_only=True):
    """A name known not to be this party, with the reason. A hit on it is clear, and is explained, not hidden."""

    name: str
    reason: str


class Detail(Record, frozen=True, kw_only=True):
    """Something a list says that has no field of its own (vessel type, title, place of birth, remarks)."""

    label: str
    value: str


class Entity(Record, frozen=True, kw_only=True):
    """A party on a watchlist. name is the primary, official name; names holds every other one.

    Entries of type goods, destination and red-flag are read by screening/goods; their names are no names of parties.
    """

    id: str
    type: EntityType
    name: str
    names: tuple[Name, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    birth_dates: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    related: tuple[Relation, ...] = ()
    listings: tuple[Listing, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    false_friends: tuple[FalseFriend, ...] = ()
    details: tuple[Detail, ...] = ()


class ListInfo(Record, frozen=True, kw_only=True):
    """What a report says of a list: identity, kind, age and hash.

    as_of: the list's own date. fetched_at: when this snapshot was taken (ISO date-time, UTC; None: curated).
    sha256: of the official file (of the YAML file for a curated list). accepted, rejected: record counts.
    checked_at: when its publisher's server last served or confirmed this version (ISO date-time, UTC).
    not_in_force: accepted entities that are left out because they were not listed on the as-of day.
    count_check: "checked": the file declares how many records it has, and has that many; "not-declared": it does not,
    so that a record missing from it cannot be noticed; None: a curated list.
    """

    id: str
    title: str
    kind: ListKind
    publisher: str
    as_of: str
    sha256: str
    accepted: int
    rejected: int = 0
    count_check: CountCheck | None = None
    not_in_force: int = 0
    licence: str | None = None
    description: str | None = None
    source: str | None = None
    fetched_at: str | None = None
    checked_at: str | None = None


class Rejected(Record, frozen=True, kw_only=True):
    """A record of a list that could not be taken, with where it stands and why."""

    where: str
    reason: str


class Watchlist(Record, frozen=True, kw_only=True):
    """A list in memory: entities accepted, records rejected."""

    info: ListInfo
    entities: tuple[Entity, ...]
    rejected: tuple[Rejected, ...] = ()


# --- counterparties -----------------------------------------------------------------------------


class Counterparty(Record, frozen=True, kw_only=True):
    """One row of the user's file. All values are the text of the file.

    row: line number as an editor shows it; file: the one in which it counts, where several are screened as one table
    ("" where the run is on one). names: every usable name cell, in column order.
    extra: every other column as (header, value), in file order.
    name_columns: for each of `names`, the character (from 1) at which its cell begins in that line; empty where the
    format has no lines of cells (all but CSV and TSV) and where one begins in a later line of its record.
    """

    row: int
    names: tuple[str, ...]
    id: str = ""
    type: EntityType | None = None
    countries: tuple[str, ...] = ()
    birth_date: str = ""
    identifiers: tuple[Identifier, ...] = ()
    address: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    name_columns: tuple[int, ...] = ()
    file: str = ""

    @property
    def place(self) -> tuple[str, int]:
        """File and row: what tells the rows of a run apart, and their order."""
        return self.file, self.row


class FileInfo(Record, frozen=True, kw_only=True):
    """A file that had a part in a run. sha256: of its bytes, "" where they could not be read."""

    path: str
    sha256: str


class InputInfo(Record, frozen=True, kw_only=True):
    """How the counterparty file was read; goes into the manifest.

    columns: role -> headers used for it. sha256: of the bytes read. files: where several were read as one table, each
    of them in their order; sha256 is then over these.
    """

    path: str
    format: str
    sha256: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    columns: dict[str, tuple[str, ...]] = {}
    notes: tuple[str, ...] = ()
    files: tuple[FileInfo, ...] = ()


# --- comparison ---------------------------------------------------------------------------------


class Step(Record, frozen=True, kw_only=True):
    """One line of an explanation.

    kind: "aligned" (left and right words and how they relate), "unaligned" (a word of one side alone),
          "rule" (a named rule that raised, lowered or capped the score), "note" (said, without effect).
    relation: for aligned: equal, edit, variant, translation, sound, initial, joined, acronym, number ...;
              for rule and note: the rule's name.
    similarity: 0-1 of the two words. weight: share of the words in their names, 0-1 (of aligned ones the mean).
    effect: points a rule added or took from the score (0 for the other kinds).
    """

    kind: Literal["aligned", "unaligned", "rule", "note"]
    relation: str
    left: str = ""
    right: str = ""
    similarity: float = 0.0
    weight: float = 0.0
    effect: float = 0.0
    text: str = ""


class Comparison(Record, frozen=True, kw_only=True):
    """score 0-100; explanation in reading order."""

    score: float
    explanation: tuple[Step, ...] = ()


class Decision(Record, frozen=True, kw_only=True):
    """A reviewer's disposition of a counterparty-entity pair."""

    disposition: Literal["true-match", "false-positive"]
    reason: str
    by: str
    decided_on: str
    until: str | None = None
    id: str = ""


class Hit(Record, frozen=True, kw_only=True):
    """A counterparty-entity pair at or above the review threshold.

    id: stable for the same counterparty, entity and list (not for run or row order).
    name: the counterparty's name that matched. matched_name: the entity's name it matched.
    decision_note: why a recorded decision did not apply (expired, entry changed).
    party: hits of one counterparty with the same party value are the same real party on several lists;
           party_rule says which rule joined them.
    """

    id: str
    status: Status
    score: float
    counterparty: Counterparty
    name: str
    matched_name: Name
    entity: Entity
    list: ListInfo
    explanation: tuple[Step, ...]
    decision: Decision | None = None
    decision_note: str = ""
    party: str = ""
    party_rule: str = ""


packed = msgspec.msgpack.Encoder().encode
"""A record as bytes, the same wherever and from whatever it was made."""

_unpacked = msgspec.msgpack.Decoder(Hit).decode


class Hits(Sequence[Hit]):
    """Hits as they come from another process: bytes, of which records are made when somebody asks for them.

    To make them takes twice the time of packing them, and most runs only count them and show the first few.
    """

    def __init__(self, packed: Sequence[bytes]) -> None:
        self.packed = packed

    @cached_property
    def _all(self) -> tuple[Hit, ...]:
        return tuple(map(_unpacked, self.packed))

    def __len__(self) -> int:
        return len(self.packed)

    @overload
    def __getitem__(self, place: int) -> Hit: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Hit]: ...
    def __getitem__(self, place: int | slice) -> Hit | Sequence[Hit]:
        if isinstance(place, slice):
            return tuple(map(_unpacked, self.packed[place]))
        return _unpacked(self.packed[place])

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._all)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Hits | tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def joined(cls, parts: Iterable[Sequence[Hit]]) -> Sequence[Hit]:
        """The hits of several parts, in their order; as they are where any part holds records."""
        kept = list(parts)
        if kept and all(isinstance(part, Hits) for part in kept):
            return cls([one for part in kept if isinstance(part, Hits) for one in part.packed])
        return tuple(chain.from_iterable(kept))


class RowOutcome(Record, frozen=True, kw_only=True):
    """A row without a hit (kept for `unscreened` always, for `clear` only when asked).

    rows: how many it stands for, from its own on: more than one where a part of a file cannot be read.
    """

    status: Literal["clear", "unscreened"]
    counterparty: Counterparty
    reason: str = ""
    rows: int = 1


class Counts(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Rows by outcome. A row's status is that of its gravest hit (HIT_STATUSES). read == sum of the others, always.

    A count of nought is written out: a reader must not have to guess it.
    """

    read: int = 0
    clear: int = 0
    review: int = 0
    match: int = 0
    cleared: int = 0
    unscreened: int = 0


class Request(Record, frozen=True, kw_only=True):
    """What was asked for, so that it can be asked again. watchlists: references as given; () the built-in lists.

    mapping: role -> headers, as given. every_row: reports list clear rows too. baseline: an earlier JSON report.
    changed_since: snapshots or a day; only what is new or changed since was screened against.
    """

    watchlists: tuple[str, ...] = ()
    mapping: dict[str, tuple[str, ...]] = {}
    encoding: str | None = None
    sheet: str | None = None
    every_row: bool = False
    baseline: FileInfo | None = None
    changed_since: tuple[str, ...] = ()


class Manifest(Record, frozen=True, kw_only=True):
    """What was run on what. started_at is the injected clock's; run_id is derived from it and the rest.

    decisions: the files whose decisions were applied. owners: the file of owners. results_sha256: of the hits and
    the outcomes.
    """

    run_id: str
    started_at: str
    version: str
    dependencies: dict[str, str]
    settings: dict[str, object]
    settings_sha256: str
    input: InputInfo
    lists: tuple[ListInfo, ...]
    as_of: str | None
    counts: Counts
    warnings: tuple[str, ...] = ()
    decisions: tuple[FileInfo, ...] = ()
    request: Request | None = None
    results_sha256: str = ""
    owners: FileInfo | None = None


class Change(Record, frozen=True, kw_only=True):
    """How one hit stands against an earlier run.

    what: the differences of a changed hit, in words. was: its status in the earlier run; None when it is new.
    """

    state: Literal["new", "unchanged", "changed"]
    what: tuple[str, ...] = ()
    was: Status | None = None


class Delta(Record, frozen=True, kw_only=True):
    """A run against an earlier one. changes: one for each hit of the run, in its order. gone: hits of the earlier
    run that are no hits any more. baseline_run_id, baseline_started_at: of the earlier run.

    unscreened: one for each row of the run that could not be screened, in its order. unscreened_gone: rows of which the
    earlier run said so and this one does not.
    """

    baseline_run_id: str
    baseline_started_at: str
    changes: tuple[Change, ...]
    gone: tuple[Hit, ...] = ()
    unscreened: tuple[Change, ...] = ()
    unscreened_gone: tuple[RowOutcome, ...] = ()


class Run(Record, frozen=True, kw_only=True):
    """The result of a screening run. hits are sorted by file and row, then score (falling), list id, entity id.

    every_row: reports with one row a hit also list the rows without one (asked for with --all).
    delta: against an earlier run, where one was named.
    """

    manifest: Manifest
    hits: Sequence[Hit]
    outcomes: tuple[RowOutcome, ...] = ()
    every_row: bool = False
    delta: Delta | None = None
