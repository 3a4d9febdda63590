"""Datasets of OpenSanctions: targets.simple.csv, and entities.ftm.json (FollowTheMoney, JSON lines).

Fields: https://www.opensanctions.org/docs/bulk/. In entities.ftm.json the records are the targets; the other
objects (ownership, directorship, sanctions, addresses, documents, parties named only as a link) describe them.
That file is read twice: first what describes, held compact, then the targets.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from screening.lists.formats import dates, tabular
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.ids import slug
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.jsontext import lines
from screening.model import Entity, EntityType, Listing, Rejected

PUBLISHER = "OpenSanctions"
LICENCE = "CC BY-NC 4.0; commercial use needs a licence of OpenSanctions"
URL = "https://www.opensanctions.org"
EXPECTS_CSV = (
    "targets.simple.csv of OpenSanctions: columns id, schema, name, aliases, birth_date, countries, ..."
)
EXPECTS_FTM = 'entities.ftm.json of OpenSanctions: JSON lines with "id", "schema" and "properties"'

_TYPES: dict[str, EntityType] = {
    "person": "person",
    "company": "organization",
    "organization": "organization",
    "legalentity": "organization",
    "publicbody": "organization",
    "vessel": "vessel",
    "airplane": "aircraft",
}
_NEEDED = ("id", "schema", "name", "aliases", "identifiers", "dataset")


def _locator(id: str) -> str:
    return f"{URL}/entities/{id}/"


def fits_csv(sample: Sample) -> bool:
    header = {cell.strip('" ') for cell in sample.first_line.split(",")}
    return header.issuperset(_NEEDED)


def fits_ftm(sample: Sample) -> bool:
    first = sample.first_line.strip()
    return first.startswith("{") and '"schema"' in first and '"properties"' in first and '"id"' in first


def _list_id(options: Options, datasets: set[str]) -> str:
    """opensanctions-<dataset>; a collection does not name itself in the file and is "opensanctions"."""
    if options.list_id:
        return options.list_id
    if len(datasets) != 1:
        return "opensanctions"
    dataset = next(iter(datasets))
    return f"opensanctions-{dataset if re.fullmatch(r'[a-z0-9_]{1,80}', dataset) else slug(dataset)}"


def _facts(list_id: str, datasets: set[str], as_of: str) -> Facts:
    title = f"OpenSanctions: {next(iter(datasets))}" if len(datasets) == 1 else "OpenSanctions"
    return Facts(
        id=list_id,
        title=title,
        kind="sanctions",
        publisher=PUBLISHER,
        as_of=as_of[:10],
        source=URL,
        licence=LICENCE,
    )


# --- targets.simple.csv -------------------------------------------------------------------------------


def read_csv(path: Path, options: Options) -> Records:
    datasets: set[str] = set()
    for _, row in _csv_rows(path):
        if isinstance(row, dict):
            datasets.update(_split(row["dataset"]))
            if len(datasets) > 1:
                break
    list_id = _list_id(options, datasets)
    as_of = problem = ""
    for where, row in _csv_rows(path):
        problem = "" if isinstance(row, dict) else row
        if isinstance(row, str):
            yield Rejected(where=where, reason=row)
        elif not row["id"] or not squeeze(row["name"]):
            yield Rejected(where=where, reason="the row has no name" if row["id"] else "the row has no id")
        else:
            as_of = max(as_of, dates.partial(row.get("last_seen", "")[:10]) or "")
            yield _row(list_id, row)
    if problem:
        raise tabular.truncated(path, f"the last line has {problem}")
    return _facts(list_id, datasets, as_of)


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, str] | str]]:
    return tabular.table(path, tabular.stream(path), _NEEDED)


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _row(list_id: str, row: dict[str, str]) -> Entity:
    id, schema = squeeze(row["id"]), row["schema"]
    draft = Draft(id, _TYPES.get(schema.lower(), "organization"), row["name"])
    draft.detail("schema", schema)
    _foreign_ids(draft, id)
    for alias in _split(row["aliases"]):
        draft.also(alias)
    for country in _split(row.get("countries", "")):
        draft.country(country)
    for birth in _split(row.get("birth_date", "")):
        draft.born(birth)
    for address in _split(row.get("addresses", "")):
        draft.address(address)
    for value in _split(row["identifiers"]):
        draft.identifier(_guess(value), value)
    for key, label in (("phones", "phone"), ("emails", "email")):
        for value in _split(row.get(key, "")):
            draft.detail(label, value)
    sanctions = _split(row.get("sanctions", ""))
    programmes = _split(row.get("program_ids", "")) or [""]
    for programme in programmes:
        draft.listing(
            Listing(
                authority=PUBLISHER,
                list=row["dataset"] or PUBLISHER,
                programme=programme or None,
                id=id,
                url=_locator(id),
            )
        )
    for key in ("first_seen", "last_seen", "last_change"):
        draft.detail(key.replace("_", " "), row.get(key, ""))
    draft.evidence(list_id, "\n".join(sanctions), _locator(id))
    return draft.entity(list_id, _locator(id))


_FORMS = (
    ("lei", re.compile(r"[0-9A-Z]{18}[0-9]{2}")),
    ("uscc", re.compile(r"9[0-9A-HJ-NP-RTUW-Y]{17}")),
    ("imo", re.compile(r"IMO ?[0-9]{7}")),
)


def _guess(value: str) -> str:
    """The scheme of a number given without one: only forms that hardly anything else has."""
    return next((scheme for scheme, form in _FORMS if form.fullmatch(value.upper())), "number")


def _foreign_ids(draft: Draft, id: str) -> None:
    """OpenSanctions ids made from an authority's number carry it: "ofac-12345", "eu-fsf-eu-27-28"."""
    if found := re.fullmatch(r"ofac-(\d+)", id):
        draft.identifier("ofac", found[1])


# --- entities.ftm.json --------------------------------------------------------------------------------

_PARTIES = frozenset(_TYPES)
# Edge schema -> (property of one end, words for what it is to the other, property of the other end, words back)
_EDGES = {
    "Ownership": ("owner", "owns", "asset", "owned by"),
    "Directorship": ("director", "director of", "organization", "directed by"),
    "Membership": ("member", "member of", "organization", "has member"),
    "Employment": ("employee", "employed by", "employer", "employs"),
    "Family": ("person", "family of", "relative", "family of"),
    "Associate": ("person", "associate of", "associate", "associate of"),
    "Representation": ("agent", "represents", "client", "represented by"),
    "Succession": ("predecessor", "succeeded by", "successor", "successor of"),
    "UnknownLink": ("subject", "linked to", "object", "linked to"),
}
# Schema of an object that describes one party -> (property naming the party, where it is held)
_DESCRIPTIONS = {
    "Sanction": ("entity", "sanctions"),
    "Passport": ("holder", "documents"),
    "Identification": ("holder", "documents"),
    "CryptoWallet": ("holder", "wallets"),
    "Security": ("issuer", "securities"),
    "Occupancy": ("holder", "posts"),
}
_IDENTIFIERS = {
    "passportNumber": "passport",
    "idNumber": "national-id",
    "socialSecurityNumber": "ssn",
    "taxNumber": "tax-id",
    "vatCode": "vat",
    "innCode": "inn",
    "ogrnCode": "ogrn",
    "kppCode": "kpp",
    "okpoCode": "okpo",
    "bikCode": "bik",
    "registrationNumber": "registration",
    "leiCode": "lei",
    "swiftBic": "bic",
    "dunsCode": "duns",
    "uscCode": "uscc",
    "isinCode": "isin",
    "npiCode": "npi",
    "uniqueEntityId": "uei",
    "imoNumber": "imo",
    "mmsi": "mmsi",
    "callSign": "call-sign",
    "serialNumber": "msn",
    "icaoCode": "icao24",
    "jibCode": "registration",
    "permId": "permid",
    "wikidataId": "wikidata",
}
_COUNTRIES = {
    "country": "",
    "nationality": "nationality",
    "citizenship": "citizenship",
    "jurisdiction": "jurisdiction",
    "mainCountry": "",
    "flag": "flag",
}

Properties = dict[str, list[str]]


@dataclass
class _Around:
    """What describes the targets. captions: id -> name, of every object; the rest by the party's id."""

    datasets: set[str] = field(default_factory=set)
    as_of: str = ""
    captions: dict[str, str] = field(default_factory=dict)
    edges: dict[str, list[tuple[str, str, float | None, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    sanctions: dict[str, list[Properties]] = field(default_factory=lambda: defaultdict(list))
    documents: dict[str, list[Properties]] = field(default_factory=lambda: defaultdict(list))
    wallets: dict[str, list[Properties]] = field(default_factory=lambda: defaultdict(list))
    securities: dict[str, list[Properties]] = field(default_factory=lambda: defaultdict(list))
    posts: dict[str, list[Properties]] = field(default_factory=lambda: defaultdict(list))
    addresses: dict[str, Properties] = field(default_factory=dict)
    targets: set[str] = field(default_factory=set)


def read_ftm(path: Path, options: Options) -> Records:
    around = _around(path)
    list_id = _list_id(options, around.datasets)
    for where, value in lines(path):
        if isinstance(value, str):
            yield Rejected(where=where, reason=value)
            continue
        schema, id = str(value.get("schema", "")), squeeze(str(value.get("id") or ""))
        if schema.lower() in _PARTIES:
            if value.get("target", True):
                yield _party(list_id, where, id, schema, value, around)
        elif problem := _problem(schema, id, value, around):
            yield Rejected(where=where, reason=problem)
    return _facts(list_id, around.datasets, around.as_of)


def _properties(value: dict[str, object]) -> Properties:
    found = value.get("properties")
    if not isinstance(found, dict):
        return {}
    return {
        str(key): [item if isinstance(item, str) else _caption(item) for item in items if item is not None]
        for key, items in found.items()
        if isinstance(items, list)
    }


def _caption(item: object) -> str:
    """The id of an object nested in a property, or the plain value as text."""
    return str(item.get("id", "")) if isinstance(item, dict) else str(item)


def _around(path: Path) -> _Around:
    around = _Around()
    for _, value in lines(path):
        if isinstance(value, str):
            continue
        schema, id, properties = str(value.get("schema", "")), str(value.get("id") or ""), _properties(value)
        datasets = value.get("datasets")
        if isinstance(datasets, list):
            around.datasets.update(str(item) for item in datasets if item)
        around.as_of = max(around.as_of, dates.partial(str(value.get("last_seen") or "")[:10]) or "")
        if schema.lower() in _PARTIES:
            around.captions[id] = str(value.get("caption") or next(iter(properties.get("name", [])), ""))
            if value.get("target", True):
                around.targets.add(id)
        elif schema in _EDGES:
            _edge(around, _EDGES[schema], properties)
        elif schema in _DESCRIPTIONS:
            held = getattr(around, _DESCRIPTIONS[schema][1])
            for party in properties.get(_DESCRIPTIONS[schema][0], []):
                held[party].append(properties)
        elif schema == "Address":
            around.addresses[id] = properties
        elif schema == "Position":
            around.captions[id] = str(value.get("caption") or next(iter(properties.get("name", [])), ""))
    return around


def _edge(around: _Around, edge: tuple[str, str, str, str], properties: Properties) -> None:
    here, forward, there, back = edge
    share = _percent(next(iter(properties.get("percentage", [])), ""))
    dated = [f"{key}: {value}" for key in ("startDate", "endDate") for value in properties.get(key, [])]
    roles = [*properties.get("role", []), *properties.get("relationship", []), *properties.get("status", [])]
    note = "; ".join((*roles, *dated))
    for one in properties.get(here, []):
        for other in properties.get(there, []):
            around.edges[one].append((forward, other, share, note))
            around.edges[other].append((back, one, share, note))


def _percent(text: str) -> float | None:
    found = re.search(r"\d+(?:[.,]\d+)?", text)
    share = float(found[0].replace(",", ".")) if found else None
    return share if share is not None and share <= 100 else None


def _problem(schema: str, id: str, value: dict[str, object], around: _Around) -> str:
    """Why an object that is no party is rejected, or ""."""
    properties = _properties(value)
    if schema in _EDGES:
        here, _, there, _ = _EDGES[schema]
        missing = [end for end in (here, there) if not properties.get(end)]
        if missing:
            return f"the {schema} {id} names no {missing[0]}"
        return ""
    if schema in _DESCRIPTIONS:
        ends = properties.get(_DESCRIPTIONS[schema][0], [])
        known = any(party in around.captions for party in ends)
        return "" if known else f"the {schema} {id} is of a party that is not in the file"
    if schema in ("Address", "Position") and id:
        return ""
    return f"'{schema[:40]}' is not a schema that can be read" if schema and id else "no id or no schema"


def _party(
    list_id: str, where: str, id: str, schema: str, value: dict[str, object], around: _Around
) -> Entity | Rejected:
    properties = _properties(value)
    name = squeeze(str(value.get("caption") or "")) or next(iter(properties.get("name", [])), "")
    if not id or not name:
        return Rejected(where=where, reason="the target has no name" if id else "the target has no id")
    draft = Draft(id, _TYPES[schema.lower()], name)
    draft.detail("schema", schema)
    referents = value.get("referents")
    for known_as in (id, *(referents if isinstance(referents, list) else ())):
        _foreign_ids(draft, str(known_as))
    _names(draft, properties)
    for key, label in _COUNTRIES.items():
        for item in properties.get(key, []):
            draft.country(item, label)
    for item in properties.get("birthDate", []):
        draft.born(item)
    for key, scheme in _IDENTIFIERS.items():
        for item in properties.get(key, []):
            draft.identifier(scheme, item)
    for item in properties.get("address", []):
        draft.address(item)
    for reference in properties.get("addressEntity", []):
        parts = around.addresses.get(reference, {})
        draft.address(
            next(iter(parts.get("full", [])), None),
            city=next(iter(parts.get("city", [])), None),
            postcode=next(iter(parts.get("postalCode", [])), None),
            country=next(iter(parts.get("country", [])), "").upper(),
        )
    for document in around.documents.get(id, []):
        _document(draft, document)
    for held in around.wallets.get(id, []):
        for number in held.get("publicKey", []):
            draft.identifier("wallet", number, note=next(iter(held.get("currency", [])), None))
    for held in around.securities.get(id, []):
        for number in held.get("isin", []):
            draft.identifier("isin", number)
        for number in held.get("ticker", []):
            draft.identifier("ticker", number)
    for held in around.posts.get(id, []):
        for post in held.get("post", []):
            draft.detail("position", around.captions.get(post) or post)
    for relation, other, share, note in around.edges.get(id, []):
        known = other in around.targets
        draft.relate(
            relation,
            around.captions.get(other) or other,
            entity=other if known else None,
            share=share,
            note=note,
        )
    for sanction in around.sanctions.get(id, []):
        _sanction(draft, list_id, id, sanction)
    if not around.sanctions.get(id):
        datasets = value.get("datasets")
        for dataset in datasets if isinstance(datasets, list) and datasets else [PUBLISHER]:
            draft.listing(Listing(authority=PUBLISHER, list=str(dataset), id=id, url=_locator(id)))
    _rest(draft, properties)
    draft.evidence(list_id, "\n".join(properties.get("notes", [])), _locator(id))
    return draft.entity(list_id, _locator(id))


def _names(draft: Draft, properties: Properties) -> None:
    for key in ("name", "alias", "abbreviation", "previousName", "weakAlias"):
        for item in properties.get(key, []):
            draft.also(item, weak=key == "weakAlias", former=key == "previousName")


def _document(draft: Draft, document: Properties) -> None:
    kind = next(iter(document.get("type", [])), "")
    passport = "passport" in kind.lower() or "passportNumber" in document
    dated = [f"{key}: {value}" for key in ("startDate", "endDate") for value in document.get(key, [])]
    for number in (*document.get("number", []), *document.get("passportNumber", [])):
        draft.identifier(
            "passport" if passport else "document",
            number,
            next(iter(document.get("country", [])), None),
            ", ".join(filter(None, (kind, *dated))),
        )


def _sanction(draft: Draft, list_id: str, id: str, sanction: Properties) -> None:
    def first(*keys: str) -> str:
        return next((value for key in keys for value in sanction.get(key, []) if value), "")

    draft.listing(
        Listing(
            authority=first("authority") or PUBLISHER,
            list=first("program", "authority") or PUBLISHER,
            programme=first("programId", "program") or None,
            id=first("authorityId", "unscId") or id,
            from_=dates.partial(first("listingDate", "startDate")),
            until=dates.partial(first("endDate")),
            url=first("sourceUrl") or _locator(id),
            note="; ".join((*sanction.get("provisions", []), *sanction.get("status", []))) or None,
        )
    )
    for reference in sanction.get("unscId", []):
        draft.identifier("un", reference)
    draft.evidence(
        list_id,
        "\n".join((*sanction.get("reason", []), *sanction.get("summary", []))),
        first("sourceUrl") or _locator(id),
    )


_TAKEN = {
    *_COUNTRIES,
    *_IDENTIFIERS,
    *("name", "alias", "weakAlias", "previousName", "abbreviation"),
    *("birthDate", "address", "addressEntity", "notes"),
}


def _rest(draft: Draft, properties: Properties) -> None:
    """Every other property as a detail, so that nothing a dataset says is lost."""
    for key in sorted(properties.keys() - _TAKEN):
        label = re.sub(r"(?<=[a-z])([A-Z])", r" \1", key).lower()
        for item in properties[key]:
            draft.detail(label, item)
