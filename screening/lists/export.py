"""A list for other systems: our YAML, flat CSV, FollowTheMoney JSON lines.

All three carry every entity whole: reading them back gives the same entities. CSV is a table for people and
spreadsheets, whose last column holds what a flat row has no place for. None of them carries the records that
the list's reader rejected.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

import msgspec

from screening.errors import ListError, UsageError
from screening.lists.store import day_of
from screening.model import Entity, Identifier, ListInfo, Listing, Relation, Watchlist

Properties = dict[str, list[str]]
Json = Mapping[str, object]

# The key beside FollowTheMoney's own in which our record travels. Readers of FollowTheMoney keep keys they
# do not know apart from the properties ("context") and pass them on.
OWN_KEY = "screening"

# Named as the reader of a table of one's own expects them; the last holds the record whole.
CSV_COLUMNS = (
    "id",
    "type",
    "name",
    "aliases",
    "weak_aliases",
    "former_names",
    "country",
    "birth_date",
    "identifiers",
    "address",
    "programme",
    "from",
    "details",
    OWN_KEY,
)
# A spreadsheet runs a cell that begins so as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(watchlist: Watchlist, ending: str) -> bytes:
    """The list in the form that a file's ending names: .yml, .yaml, .csv, .json, .jsonl.

    Same list: same bytes. Raises UsageError for another ending, StoreError for a list without a date.
    """
    form = FORMS.get(ending.lower())
    if form is None:
        raise UsageError(
            f"A list cannot be exported as {ending or 'a file without an ending'!r}.",
            f"Choose one of {', '.join(FORMS)}; .json and .jsonl are FollowTheMoney JSON lines.",
        )
    return "".join(form(watchlist)).encode("utf-8", "surrogatepass")


# --- YAML -------------------------------------------------------------------------------------------

# What other YAML readers take for text too, unquoted: no number, date, true, false or null among it.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./()-]*(?: [A-Za-z0-9_./()-]+)*")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def as_yaml(watchlist: Watchlist) -> Iterator[str]:
    """The list in the form that curated lists have, readable with -w FILE.yml."""
    info = watchlist.info
    head: dict[str, object] = {
        "id": info.id,
        "title": info.title,
        "kind": info.kind,
        "publisher": info.publisher,
        "as_of": day_of(info),
        "licence": info.licence,
        "description": info.description,
        "source": info.source,
    }
    yield from _mapping({key: value for key, value in head.items() if value}, "")
    yield "entities:\n"
    for entity in watchlist.entities:
        content: dict[str, object] = msgspec.to_builtins(entity)
        yield from _items([content], "  ")


def _mapping(content: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, value in content.items():
        if isinstance(value, list | tuple):
            if value:
                yield f"{indent}{key}:\n"
                yield from _items(value, indent + "  ")
        else:
            yield f"{indent}{key}: {_scalar(value)}\n"


def _items(values: list[object] | tuple[object, ...], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping):
            lines = list(_mapping(value, indent + "  "))
            yield f"{indent}- {lines[0].lstrip(' ')}"
            yield from lines[1:]
        else:
            yield f"{indent}- {_scalar(value)}\n"


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return f"{value}"
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in value):
        raise ListError(
            f"{value[:60]!a} has control characters, which our YAML does not take.",
            "Export the list as .jsonl, which carries them.",
        )
    # A JSON string is a YAML string, but for characters that YAML wants escaped and JSON does not.
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(_escape(c) for c in quoted)


def _escape(character: str) -> str:
    if character == " " or unicodedata.category(character) not in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Cf"):
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


# --- CSV --------------------------------------------------------------------------------------------


def as_csv(watchlist: Watchlist) -> Iterator[str]:
    """One row an entity. Several values stand in one cell, joined by "; "; the last cell is our record as JSON.

    A cell that a spreadsheet would run as a formula begins with an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for entity in watchlist.entities:
        record = json.dumps(_record(watchlist.info, entity), ensure_ascii=False, separators=(",", ":"))
        writer.writerow([*csv_cells(entity), record])
    yield out.getvalue()


def csv_cells(entity: Entity) -> list[str]:
    """What a row shows of an entity: its cells but for the last, the record."""
    return [_cell(text) for text in _row(entity)]


def _record(info: ListInfo, entity: Entity) -> Json:
    """What travels with a party, so that it can be read back whole."""
    return {"list": msgspec.to_builtins(info), "entity": msgspec.to_builtins(entity)}


def _row(entity: Entity) -> Iterator[str]:
    yield from (entity.id, entity.type, entity.name)
    names = entity.names
    yield _joined(name.value for name in names if name.quality == "strong" and not name.former)
    yield _joined(name.value for name in names if name.quality == "weak" and not name.former)
    yield _joined(name.value for name in names if name.former)
    yield _joined(entity.countries)
    yield _joined(entity.birth_dates)
    yield _joined(f"{item.scheme} {item.value}" for item in entity.identifiers)
    yield _joined(item.text for item in entity.addresses)
    yield _joined(item.programme for item in entity.listings if item.programme)
    yield min((item.from_ for item in entity.listings if item.from_), default="")
    yield _joined(f"{item.label}: {item.value}" for item in entity.details)


def _joined(values: Iterator[str] | tuple[str, ...]) -> str:
    return "; ".join(dict.fromkeys(values))


def _cell(text: str) -> str:
    text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(_FORMULA) else text


# --- FollowTheMoney ---------------------------------------------------------------------------------

# Schemas and properties: https://followthemoney.tech/explorer/
_SCHEMAS = {"person": "Person", "organization": "Organization", "vessel": "Vessel", "aircraft": "Airplane"}
_LEGAL = ("Person", "Organization", "Company")
# Identifier scheme -> (property, schemas that have it)
_IDENTIFIERS = {
    "passport": ("passportNumber", ("Person",)),
    "national-id": ("idNumber", _LEGAL),
    "ssn": ("socialSecurityNumber", ("Person",)),
    "tax-id": ("taxNumber", _LEGAL),
    "vat": ("vatCode", _LEGAL),
    "inn": ("innCode", _LEGAL),
    "ogrn": ("ogrnCode", _LEGAL),
    "okpo": ("okpoCode", _LEGAL),
    "registration": ("registrationNumber", (*_LEGAL, "Vessel", "Airplane")),
    "lei": ("leiCode", _LEGAL),
    "bic": ("swiftBic", ("Organization", "Company")),
    "duns": ("dunsCode", _LEGAL),
    "uscc": ("uscCode", _LEGAL),
    "npi": ("npiCode", _LEGAL),
    "uei": ("uniqueEntityId", _LEGAL),
    "imo": ("imoNumber", ("Vessel",)),
    "mmsi": ("mmsi", ("Vessel",)),
    "call-sign": ("callSign", ("Vessel",)),
    "msn": ("serialNumber", ("Airplane",)),
    "icao24": ("icaoCode", ("Airplane",)),
}
# An allegation that a source reports is no sanction, so lists of the other kinds have no topic.
_TOPICS = {"sanctions": ["sanction"], "export-control": ["export.control"]}
_OWNS = frozenset(("owns", "owner of", "parent of", "holds"))
_OWNED = frozenset(("owned by", "owned or controlled by", "subsidiary of"))
_DIRECTS = frozenset(("director of", "directs", "leader of", "manages"))
_DIRECTED = frozenset(("directed by", "led by", "managed by"))
_FAMILY = re.compile(
    r"\b(family|brother|sister|son|daughter|father|mother|wife|husband|spouse|cousin|uncle)\b"
)


def as_ftm(watchlist: Watchlist) -> Iterator[str]:
    """FollowTheMoney JSON lines: one line for each party, then one for each listing and relation of it.

    The standard properties hold names by quality, countries, identifiers, birth dates, addresses, listings
    and relations. They have no place for the script, language and note of a name, the country and note of
    an identifier, city and post code of an address, evidence with its locator and stance, false friends,
    and details; these stand as text in `notes` where people profit, and whole in the key `screening` of the
    party, from which the list is read back. A party that is only named in a relation is a line with target
    false. Ids are made from the list's id and the content, so the same list gives the same ids.
    """
    info = watchlist.info
    by_id = {entity.id: entity for entity in watchlist.entities}
    links = {e.id: [_link(info, e, item, by_id) for item in e.related] for e in watchlist.entities}
    assets = {
        party
        for found in links.values()
        for _, schema, properties in found
        if schema == "Ownership"
        for party in properties["asset"]
    }
    named: dict[str, Json] = {}
    for entity in watchlist.entities:
        yield _line(_party(info, entity, assets))
        for number, listing in enumerate(entity.listings):
            yield _line(_sanction(info, entity, listing, number))
        for relation, (id, schema, properties) in zip(entity.related, links[entity.id], strict=True):
            other = relation.entity or ""
            if other not in by_id:
                stub = _stub(info, relation, assets)
                if str(stub["id"]) not in named:
                    named[str(stub["id"])] = stub
                    yield _line(stub)
            yield _line(_thing(info, id, schema, properties))


def _line(content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


def _thing(
    info: ListInfo, id: str, schema: str, properties: Properties, *, target: bool = False
) -> dict[str, object]:
    found = {
        key: [value for value in dict.fromkeys(values) if value]
        for key, values in properties.items()
        if any(values)
    }
    caption = next(iter(found.get("name", [])), schema)
    return {
        "id": id,
        "caption": caption,
        "schema": schema,
        "properties": found,
        "datasets": [info.id],
        "target": target,
    }


def _party_id(info: ListInfo, entity_id: str) -> str:
    return f"{info.id}-{entity_id}"


def _made_id(info: ListInfo, *parts: str) -> str:
    return f"{info.id}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]}"


def _party(info: ListInfo, entity: Entity, assets: set[str]) -> dict[str, object]:
    id = _party_id(info, entity.id)
    # In FollowTheMoney only a company can be owned.
    schema = "Company" if entity.type == "organization" and id in assets else _SCHEMAS[entity.type]
    properties: Properties = {
        "name": [entity.name],
        "alias": [n.value for n in entity.names if n.quality == "strong" and not n.former],
        "weakAlias": [n.value for n in entity.names if n.quality == "weak" and not n.former],
        "previousName": [n.value for n in entity.names if n.former],
        "country": [code.lower() for code in entity.countries],
        "address": [item.text for item in entity.addresses],
        "topics": _TOPICS.get(info.kind, []),
        "sourceUrl": [item.url for item in entity.listings if item.url],
        "notes": [item.passage for item in entity.evidence]
        + [f"{d.label}: {d.value}" for d in entity.details],
    }
    if entity.type == "person":
        properties["birthDate"] = list(entity.birth_dates)
    for item in entity.identifiers:
        key = _identifier_property(item, schema)
        properties.setdefault(key, []).append(item.value)
    party = _thing(info, id, schema, properties, target=True)
    return party | {OWN_KEY: _record(info, entity)}


def _identifier_property(item: Identifier, schema: str) -> str:
    key, schemas = _IDENTIFIERS.get(item.scheme, ("", ()))
    if schema in schemas:
        return key
    return "idNumber" if schema in _LEGAL else "registrationNumber"


def _sanction(info: ListInfo, entity: Entity, listing: Listing, number: int) -> dict[str, object]:
    party = _party_id(info, entity.id)
    properties: Properties = {
        "entity": [party],
        "authority": [listing.authority],
        "program": [listing.programme or listing.list],
        "authorityId": [listing.id or ""],
        "startDate": [listing.from_ or ""],
        "endDate": [listing.until or ""],
        "sourceUrl": [listing.url or ""],
        "summary": [listing.note or ""],
    }
    return _thing(info, _made_id(info, "listing", party, str(number)), "Sanction", properties)


def _link(
    info: ListInfo, entity: Entity, relation: Relation, by_id: Mapping[str, Entity]
) -> tuple[str, str, Properties]:
    """Id, schema and properties of the line for a relation."""
    here, there = _party_id(info, entity.id), _other_id(info, relation, by_id)
    known = by_id.get(relation.entity or "")
    # What a party outside the list is, is not known; a company is what most relations lead to.
    there_is = known.type if known else "organization"
    words = relation.relation.lower()
    legal = ("person", "organization")
    percentage = [f"{relation.share:g}"] if relation.share is not None else []
    schema, properties = "UnknownLink", {"subject": [here], "object": [there]}
    if words in _OWNS and entity.type in legal and there_is != "person":
        schema, properties = "Ownership", {"owner": [here], "asset": [there], "percentage": percentage}
    elif words in _OWNED and there_is in legal and entity.type != "person":
        schema, properties = "Ownership", {"owner": [there], "asset": [here], "percentage": percentage}
    elif words in _DIRECTS and entity.type in legal and there_is == "organization":
        schema, properties = "Directorship", {"director": [here], "organization": [there]}
    elif words in _DIRECTED and entity.type == "organization" and there_is in legal:
        schema, properties = "Directorship", {"director": [there], "organization": [here]}
    elif _FAMILY.search(words) and entity.type == "person" and known and known.type == "person":
        schema, properties = (
            "Family",
            {"person": [here], "relative": [there], "relationship": [relation.relation]},
        )
    if schema != "Family":
        properties["role"] = [relation.relation]
    properties["summary"] = [relation.note or ""]
    id = _made_id(info, "relation", here, there, relation.relation, relation.note or "", *percentage)
    return id, schema, properties


def _other_id(info: ListInfo, relation: Relation, by_id: Mapping[str, Entity]) -> str:
    if relation.entity in by_id:
        return _party_id(info, relation.entity or "")
    return _made_id(info, "named", relation.entity or "", relation.name or "")


def _stub(info: ListInfo, relation: Relation, assets: set[str]) -> dict[str, object]:
    id = _other_id(info, relation, {})
    schema = "Company" if id in assets else "LegalEntity"
    return _thing(info, id, schema, {"name": [relation.name or relation.entity or ""]})


FORMS: Mapping[str, Callable[[Watchlist], Iterator[str]]] = {
    ".yml": as_yaml,
    ".yaml": as_yaml,
    ".csv": as_csv,
    ".json": as_ftm,
    ".jsonl": as_ftm,
}
