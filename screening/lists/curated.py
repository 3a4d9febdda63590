"""The reader of curated watchlists: YAML files in the form that `screening lists schema` describes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable

import msgspec

from screening import identifiers
from screening.lists import strict_yaml
from screening.lists.countries import ALPHA_2, OFTEN_MEANT
from screening.lists.in_force import is_date
from screening.lists.seeds import ReadSeed
from screening.lists.strict_yaml import Node, Place, Problem, Reader, describe, nearest, quote
from screening.model import (
    Address,
    Entity,
    Evidence,
    Identifier,
    ListInfo,
    Listing,
    ListKind,
    Name,
    Record,
    Relation,
    Watchlist,
)

_LIST_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_ENTITY_ID = re.compile(r"[^\s:]{1,200}")
_DATE = "a date as YYYY-MM-DD"
_PARTIAL_DATE = "a date as YYYY-MM-DD, YYYY-MM or YYYY"


def is_list_id(text: str) -> bool:
    """Whether a list can have this id."""
    return _LIST_ID.fullmatch(text) is not None


class ListFile(Record, frozen=True, kw_only=True):
    """A watchlist as its YAML file says it.

    id: lower-case letters, digits, dots, underscores and hyphens. as_of: the date the list was last checked.
    """

    id: str
    title: str
    kind: ListKind
    publisher: str
    as_of: str
    licence: str | None = None
    description: str | None = None
    source: str | None = None
    entities: tuple[Entity, ...]


class Curated(Record, frozen=True, kw_only=True):
    """What was read from a set of files: the sound lists sorted by id, and every problem."""

    watchlists: tuple[Watchlist, ...]
    problems: tuple[Problem, ...]


def read_curated(
    sources: Sequence[Traversable],
    seeds: Sequence[ReadSeed],
    *,
    seed_ids: Sequence[str] = (),
    others: Mapping[str, frozenset[str]] | None = None,
) -> Curated:
    """Watchlists from YAML files, with every problem of every file.

    seeds: the source records that evidence may quote; seed_ids: ids of records that exist but could not be
    read.
    others: entity ids of lists that are not among the sources, by list id, for relations that name them.
    Raises ListError when a file cannot be read at all (missing, too large).
    """
    files = [_read(source) for source in sources]
    problems = [problem for file in files for problem in file.reader.problems]
    problems += _cross_checks(files, seeds, seed_ids, others or {})
    watchlists = [file.watchlist for file in files if file.watchlist is not None]
    order = sorted(problems, key=lambda item: (item.file, item.line, item.column, item.path, item.found))
    return Curated(watchlists=tuple(sorted(watchlists, key=lambda item: item.info.id)), problems=tuple(order))


class _File:
    """A file read so far: its reader, its nodes, and its list where it is sound."""

    def __init__(self, reader: Reader, root: Node | None, list_file: ListFile | None, sha256: str) -> None:
        self.reader = reader
        self.list_id = _declared(root)
        self.id_node = root.get("id") if root is not None else None
        entities = root.get("entities") if root is not None else None
        self.entity_nodes = [
            node for item in (entities.items if entities else ()) if (node := item.get("id"))
        ]
        self.entities = list_file.entities if list_file is not None else ()
        self.watchlist: Watchlist | None = None
        if list_file is not None and not reader.problems:
            self.watchlist = _watchlist(list_file, sha256)


def _read(source: Traversable) -> _File:
    data = strict_yaml.read_bytes(source)
    reader = Reader(file=str(source), checks=_CHECKS, shapes={Identifier: _identifiers})
    list_file, root = strict_yaml.read_record(data, ListFile, reader)
    status = root.get("status") if root is not None else None
    if status is not None and status.text == "draft":
        reader.problems.clear()  # what else differs from a list follows from its being none
        advice = "a draft that nobody has reviewed (`screening draft review` makes a list of it)"
        reader.problem(status, "status", "a list to screen against", advice)
        list_file = None
    return _File(reader, root, list_file, hashlib.sha256(data).hexdigest())


def _declared(root: Node | None) -> str:
    node = root.get("id") if root is not None else None
    return node.text if node is not None else ""


def _watchlist(list_file: ListFile, sha256: str) -> Watchlist:
    info = ListInfo(
        id=list_file.id,
        title=list_file.title,
        kind=list_file.kind,
        publisher=list_file.publisher,
        as_of=list_file.as_of,
        sha256=sha256,
        accepted=len(list_file.entities),
        licence=list_file.licence,
        description=list_file.description,
        source=list_file.source,
    )
    return Watchlist(info=info, entities=list_file.entities)


def _identifiers(reader: Reader, node: Node, path: str) -> tuple[Identifier, ...] | None:
    """Identifiers as people write them: `uscc: 9142...`, or a list of values under a scheme."""
    if node.kind != "mapping":
        return None
    found: list[Identifier] = []
    for scheme, (_, value) in node.pairs.items():
        here = f"{path}.{scheme}"
        if value.kind == "mapping":
            reader.problem(value, here, "text or a list of texts", describe(value))
            continue
        several = value.kind == "sequence"
        for index, item in enumerate(value.items if several else [value]):
            place = f"{here}[{index}]" if several else here
            text = reader.read(item, msgspec.inspect.StrType(), place)
            if text is msgspec.UNSET:
                continue
            wrong = identifiers.problem(scheme, text)
            if wrong:
                reader.problem(item, place, f"a valid {scheme}", f"{quote(text)}: {wrong}")
            found.append(Identifier(scheme=scheme, value=text))
    return tuple(found)


# --- checks of single records: (field, expected, found) ----------------------------------------------------


def _check_list(record: ListFile) -> Iterator[tuple[str, str, str]]:
    if not _LIST_ID.fullmatch(record.id):
        yield "id", "lower-case letters, digits, dots, underscores and hyphens", quote(record.id)
    if not is_date(record.as_of, partial=False):
        yield "as_of", _DATE, quote(record.as_of)
    if not record.entities:
        yield "entities", "at least one entity", "none"


def _check_entity(record: Entity) -> Iterator[tuple[str, str, str]]:
    if not _ENTITY_ID.fullmatch(record.id):
        yield "id", "text without blanks and colons", quote(record.id)
    yield from _findable("name", record.name)
    for index, code in enumerate(record.countries):
        yield from _country(f"countries[{index}]", code)
    for index, text in enumerate(record.birth_dates):
        if not is_date(text):
            yield f"birth_dates[{index}]", _PARTIAL_DATE, quote(text)
    if record.birth_dates and record.type != "person":
        yield "birth_dates", "birth dates of a person only", f"type {record.type}"


def _findable(key: str, name: str) -> Iterator[tuple[str, str, str]]:
    if not any(map(str.isalnum, name)):  # nothing would ever be like it
        yield key, "a name with a letter or digit", quote(name)


def _check_name(record: Name) -> Iterator[tuple[str, str, str]]:
    yield from _findable("value", record.value)
    if record.script is not None and not re.fullmatch(r"[A-Z][a-z]{3}", record.script):
        yield "script", "an ISO 15924 code such as Latn or Hans", quote(record.script)
    if record.language is not None and not re.fullmatch(r"[a-z]{2}", record.language):
        yield "language", "an ISO 639-1 code such as en or zh", quote(record.language)


def _check_identifier(record: Identifier) -> Iterator[tuple[str, str, str]]:
    wrong = identifiers.problem(record.scheme, record.value)
    # A list may quote an authority that published a wrong number, if its note says so.
    if wrong and f"as published: {wrong}" not in (record.note or ""):
        yield "value", f"a valid {record.scheme}", f"{quote(record.value)}: {wrong}"
    yield from _country("country", record.country)


def _check_address(record: Address) -> Iterator[tuple[str, str, str]]:
    yield from _country("country", record.country)


def _check_relation(record: Relation) -> Iterator[tuple[str, str, str]]:
    if record.entity is None and record.name is None:
        yield "entity", "the key entity or the key name", "neither"
    if record.share is not None and not 0 <= record.share <= 100:
        yield "share", "a percentage from 0 to 100", f"{record.share:g}"


def _check_listing(record: Listing) -> Iterator[tuple[str, str, str]]:
    for key, value in (("from", record.from_), ("until", record.until)):
        if value is not None and not is_date(value):
            yield key, _PARTIAL_DATE, quote(value)
    if record.from_ is not None and record.until is not None and record.until < record.from_:
        yield "until", f"a date not before {record.from_}", quote(record.until)


def _country(key: str, code: str | None) -> Iterator[tuple[str, str, str]]:
    if code is not None and code not in ALPHA_2:
        meant = OFTEN_MEANT.get(code.upper()) or (code.upper() if code.upper() in ALPHA_2 else "")
        hint = f' (did you mean "{meant}"?)' if meant else ""
        yield key, "an ISO 3166-1 alpha-2 country code", quote(code) + hint


_CHECKS: Mapping[type, strict_yaml.Check] = {
    ListFile: _check_list,
    Entity: _check_entity,
    Name: _check_name,
    Identifier: _check_identifier,
    Address: _check_address,
    Relation: _check_relation,
    Listing: _check_listing,
}


# --- checks across records and files ------------------------------------------------------------------------


def _cross_checks(
    files: Sequence[_File],
    seeds: Sequence[ReadSeed],
    seed_ids: Sequence[str],
    others: Mapping[str, frozenset[str]],
) -> Iterator[Problem]:
    first_file: dict[str, str] = {}
    known = dict(others)
    for file in files:
        if file.id_node is not None and file.list_id in first_file:
            yield _at(file, file.id_node, "id", "an id of its own", f"that of {first_file[file.list_id]}")
        first_file.setdefault(file.list_id, file.reader.file)
        first_line: dict[str, int] = {}
        for node in file.entity_nodes:
            if node.text in first_line:
                found = f"{quote(node.text)} again (first on line {first_line[node.text]})"
                yield _at(file, node, "entities", "each entity id once", found)
            first_line.setdefault(node.text, node.line)
        known[file.list_id] = frozenset(first_line)
    quoted = {read.seed.id: read.seed for read in seeds}
    documents = frozenset(quoted) | frozenset(seed_ids)
    for file in files:
        for entity in file.entities:
            for relation in entity.related:
                yield from _unresolved(relation, file, known)
            for evidence in entity.evidence:
                place = file.reader.places[id(evidence)]
                if f"{place.path}.document" in file.reader.unread:
                    continue
                if evidence.document in quoted:
                    passages = {passage.text: passage.place for passage in quoted[evidence.document].passages}
                    wrong = _unquoted(evidence, place, passages)
                    yield from (item for item in wrong if item.path not in file.reader.unread)
                elif evidence.document not in documents and evidence.document != file.list_id:
                    found = nearest(evidence.document, documents)
                    yield place.problem("the id of a source record (seed)", found, "document")


def _unresolved(relation: Relation, file: _File, known: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Relations into lists that are neither given nor built in cannot be checked here and pass."""
    if relation.entity is None:
        return
    of_list, _, entity_id = relation.entity.rpartition(":")
    ids = known.get(of_list or file.list_id)
    if ids is not None and entity_id not in ids:
        place = file.reader.places[id(relation)]
        expected = f"the id of an entity of {of_list or 'this list'}"
        yield place.problem(expected, nearest(entity_id, ids), "entity")


def _unquoted(evidence: Evidence, place: Place, passages: Mapping[str, str]) -> Iterator[Problem]:
    where = passages.get(evidence.passage)
    if where is None:
        yield place.problem(
            f"a passage that the source record {evidence.document} quotes", quote(evidence.passage), "passage"
        )
    elif where != evidence.locator:
        yield place.problem(f'"{where}", where the passage stands', quote(evidence.locator), "locator")


def _at(file: _File, node: Node, path: str, expected: str, found: str) -> Problem:
    return Problem(
        file=file.reader.file, line=node.line, column=node.column, path=path, expected=expected, found=found
    )
