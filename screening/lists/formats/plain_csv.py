"""A list of one's own: a CSV or TSV with a header, its columns recognised by their names or mapped.

Roles: name (needed), id, type, aliases, weak_aliases, former_names, country, birth_date, address, programme, reason,
from, until, url, and any identifier scheme as "identifier:<scheme>". Several values in a cell are joined by
semicolons. Rows that share an id are one party: the first row's name is its own, the others' are aliases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from screening.errors import ListError
from screening.lists.formats import dates, tabular
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.guess import NOTE, person_or_company
from screening.lists.formats.ids import Ids, slug
from screening.lists.formats.idtypes import scheme_of
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.model import Entity, EntityType, Listing, Rejected

EXPECTS = "a CSV or TSV of your own with a header and a column called name (or map its columns)"
PUBLISHER = "own list"

# Role -> headers taken for it without a mapping, letters and digits only, in lower case.
_HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "entityname", "companyname", "company", "entity", "party", "partyname"),
    "id": ("id", "entityid", "listid", "recordid", "reference", "ref", "number", "no"),
    "type": ("type", "entitytype", "kind", "schema"),
    "aliases": ("aliases", "alias", "aka", "akas", "altnames", "alternativenames", "othernames"),
    "weak_aliases": ("weakaliases", "weakalias", "lowqualityaliases"),
    "former_names": ("formernames", "formername", "fka", "previousnames", "previousname"),
    "country": ("country", "countries", "nationality", "nationalities", "citizenship", "jurisdiction"),
    "birth_date": ("birthdate", "dateofbirth", "dob", "birthdates", "born"),
    "address": ("address", "addresses"),
    "programme": ("programme", "program", "programmes", "list", "category"),
    "reason": ("reason", "reasons", "remarks", "comment", "comments", "note", "notes", "description"),
    "from": ("from", "since", "listedon", "startdate", "dateadded", "blockedon"),
    "until": ("until", "to", "enddate", "expires", "expirydate"),
    "url": ("url", "link", "source", "sourceurl"),
}
_SCHEMES = ("uscc", "lei", "imo", "inn", "ogrn", "isin", "passport", "bic", "mmsi", "ofac", "duns", "vat")
_TYPES: dict[str, EntityType] = {
    "person": "person",
    "individual": "person",
    "p": "person",
    "organization": "organization",
    "organisation": "organization",
    "company": "organization",
    "entity": "organization",
    "legalentity": "organization",
    "o": "organization",
    "vessel": "vessel",
    "ship": "vessel",
    "aircraft": "aircraft",
    "airplane": "aircraft",
}
_DELIMITERS = (",", ";", "\t", "|")


def _key(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.lower())


def delimiter(line: str) -> str:
    """The separator that occurs most in the header; a comma where none does."""
    return max(_DELIMITERS, key=line.count)


def _cells(line: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(delimiter(line))]


def fits(sample: Sample) -> bool:
    if sample.is_folder or sample.first_line.lstrip()[:1] in ("<", "{", "["):
        return False
    return is_header(_cells(sample.first_line))


def is_header(cells: list[str]) -> bool:
    """Whether a first line is a header with a column of names, and not the first record of a table without one.

    "company" and "entity" are headers, but values of a column of types too: then another header must stand beside.
    """
    keys = [_key(cell) for cell in cells if cell]
    if not any(key in _TYPES for key in keys if key in _HEADERS["name"]) or len(keys) == 1:
        return any(key in _HEADERS["name"] for key in keys)
    known = {name for names in _HEADERS.values() for name in names} | set(_SCHEMES)
    return sum(key in known for key in keys) > 1


def columns(header: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Role -> header. Raises ListError for an unknown role or a header the file does not have."""
    roles: dict[str, str] = {}
    taken = set(mapping.values())
    for role, names in _HEADERS.items():
        found = [cell for name in names for cell in header if _key(cell) == name and cell not in taken]
        if found:
            roles[role] = found[0]
    for cell in header:
        scheme = _key(cell) if _key(cell) in _SCHEMES else scheme_of(cell)
        if scheme and cell not in taken and cell not in roles.values():
            roles[f"identifier:{scheme}"] = cell
    for role, cell in mapping.items():
        if role not in _HEADERS and not re.fullmatch(r"identifier:[a-z][a-z0-9-]*", role):
            known = ", ".join((*_HEADERS, "identifier:<scheme>"))
            raise ListError(f"A column cannot be mapped to '{role}'.", f"Use one of: {known}.")
        if cell not in header:
            raise ListError(f"The file has no column '{cell}'.", f"Its columns are: {', '.join(header)}.")
        roles[role] = cell
    if "name" not in roles:
        raise ListError("No column holds the names.", f"Map one of: {', '.join(header)}.")
    return roles


def read(path: Path, options: Options) -> Records:
    """One entity for each id, or each row without one. Rows without a name or with another number of fields, and rows
    that give an id another type than its first row did, are rejected.
    """
    text = tabular.load(path)
    rows = tabular.rows(path, text, delimiter(text.split("\n", 1)[0]))
    header = [squeeze(cell) for cell in next(rows)[1]]
    twice = sorted({cell for cell in header if cell and header.count(cell) > 1})
    if twice:
        raise ListError(f"{path.name} has two columns called {', '.join(twice)}.", "Rename one of them.")
    roles = columns(header, options.mapping)
    list_id = options.list_id or slug(path.name.partition(".")[0])
    parties: dict[str, list[_Row]] = {}
    problem = ""
    for line, fields in rows:
        where = f"{path.name}, line {line}"
        if len(fields) != len(header):
            problem = f"{len(fields)} fields where {len(header)} are expected"
            yield Rejected(where=where, reason=problem)
            continue
        problem = ""
        row = _Row(where, dict(zip(header, fields, strict=True)), roles)
        if not row.cell("name"):
            yield Rejected(where=where, reason="the row has no name")
            continue
        party = parties.setdefault(row.cell("id") or f"\n{line}", [])
        if party and party[0].cell("type") != row.cell("type"):
            first = f"{party[0].where.rpartition(', ')[2]} has {party[0].cell('type') or 'none'}"
            yield Rejected(
                where=where, reason=f"type {row.cell('type') or 'none'} for an id of which {first}"
            )
            continue
        party.append(row)
    if problem and not tabular.ends_with_line_end(text):
        raise tabular.truncated(path, f"the last line has {problem}")
    ids = Ids()
    for party in parties.values():
        yield _entity(list_id, party, ids)
    return Facts(id=list_id, title=path.name.partition(".")[0], kind="internal", publisher=PUBLISHER)


class _Row(NamedTuple):
    """A row by header, and which header each role has."""

    where: str
    cells: dict[str, str]
    roles: dict[str, str]

    def cell(self, role: str) -> str:
        return squeeze(self.cells[self.roles[role]]) if role in self.roles else ""

    def several(self, role: str) -> list[str]:
        return [part.strip() for part in self.cell(role).split(";") if part.strip()]


def _entity(list_id: str, rows: list[_Row], ids: Ids) -> Entity:
    first = rows[0]
    name = first.cell("name")
    kind = _TYPES.get(_key(first.cell("type")))
    # Ids the list gives are kept as they are; made ones are told apart by a number.
    draft = Draft(first.cell("id") or ids.new(slug(name)), kind or person_or_company(name), name)
    if not kind:
        draft.detail("type", first.cell("type") or NOTE)
    for row in rows:
        if row is not first:
            draft.also(row.cell("name"))
        _add(draft, list_id, row)
    return draft.entity(list_id, first.where)


def _add(draft: Draft, list_id: str, row: _Row) -> None:
    for alias in row.several("aliases"):
        draft.also(alias)
    for alias in row.several("weak_aliases"):
        draft.also(alias, weak=True)
    for former in row.several("former_names"):
        draft.also(former, former=True)
    for country in row.several("country"):
        draft.country(country)
    for birth in row.several("birth_date"):
        draft.born(birth)
    for address in row.several("address"):
        draft.address(address)
    for role in row.roles:
        if role.startswith("identifier:"):
            for value in row.several(role):
                draft.identifier(role.partition(":")[2], value)
    since, until = dates.partial(row.cell("from")), dates.partial(row.cell("until"))
    for programme in row.several("programme") or [""]:
        draft.listing(
            Listing(
                authority=PUBLISHER,
                list=list_id,
                programme=programme or None,
                id=row.cell("id") or None,
                from_=since,
                until=until,
                url=row.cell("url") or None,
            )
        )
    for role, found in (("from", since), ("until", until)):
        if not found:
            draft.detail(role, row.cell(role))
    for header in sorted(row.cells.keys() - set(row.roles.values())):
        draft.detail(header or "column without a name", row.cells[header])
    draft.evidence(list_id, row.cell("reason"), row.cell("url") or row.where)
