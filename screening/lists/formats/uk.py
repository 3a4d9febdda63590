"""UK Sanctions List (CSV and XML of the Foreign, Commonwealth and Development Office).

Both formats are brought to the same labelled values, so the same designation gives the same entity.
Guide: https://www.gov.uk/government/publications/the-uk-sanctions-list (format guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from screening.errors import ListError
from screening.lists.formats import dates, remarks, tabular
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.xml import stream
from screening.model import Entity, EntityType, Listing, Rejected

URL = "https://www.gov.uk/government/publications/the-uk-sanctions-list"
AUTHORITY = "UK Foreign, Commonwealth and Development Office"
LIST = "UK Sanctions List"
EXPECTS_CSV = "UK-Sanctions-List.csv: a line Report Date: ..., then the header Last Updated, Unique ID, ..."
EXPECTS_XML = "UK-Sanctions-List.xml: XML with the root element Designations and UniqueID in each Designation"

_TYPES: dict[str, EntityType] = {"individual": "person", "entity": "organization", "ship": "vessel"}
_REPORT_DATE = re.compile(r'^"?Report Date:\s*([^",]+)')
_NAME_KEYS = ("name1", "name2", "name3", "name4", "name5", "name6")
_ADDRESS_KEYS = tuple(f"addressline{number}" for number in range(1, 7))
# Column or element, letters and digits only, in lower case -> where its value goes.
_IDENTIFIERS = {
    "passportnumber": "passport",
    "nationalidentifiernumber": "national-id",
    "businessregistrationnumbers": "registration",
    "businessregistrationnumber": "registration",
    "imonumber": "imo",
    "imonumbers": "imo",
    "hullidentificationnumberhin": "hin",
    "hullidentificationnumber": "hin",
}
_RELATIONS = {
    "subsidiaries": "parent of",
    "subsidiary": "parent of",
    "parentcompany": "owned by",
    "currentowneroperators": "owned or operated by",
    "currentowneroperator": "owned or operated by",
    "previousowneroperators": "formerly owned or operated by",
    "previousowneroperator": "formerly owned or operated by",
}
_DETAILS = {
    "title": "title",
    "phonenumber": "phone",
    "website": "website",
    "emailaddress": "email",
    "nationalidentifieradditionalinformation": "national identifier information",
    "passportadditionalinformation": "passport information",
    "position": "position",
    "gender": "gender",
    "typeofentity": "type of entity",
    "previousflags": "former flag",
    "previousflag": "former flag",
    "typeofship": "vessel type",
    "tonnageofship": "tonnage",
    "lengthofship": "length",
    "yearbuilt": "year of build",
    "otherinformation": "other information",
}
_LISTING_KEYS = frozenset(
    ("lastupdated", "uniqueid", "regimename", "designationsource", "sanctionsimposed", "datedesignated")
)
_ELSEWHERE = frozenset(("ukstatementofreasons", "designationtype", "individualentityship"))


@dataclass
class _Record:
    """A designation as labelled values, repeats removed. names: parts, type, strength; addresses: parts."""

    where: str
    values: dict[tuple[str, str], None] = field(default_factory=dict)
    names: dict[tuple[tuple[str, ...], str, str], None] = field(default_factory=dict)
    nonlatin: dict[tuple[str, str, str], None] = field(default_factory=dict)
    addresses: dict[tuple[str, ...], None] = field(default_factory=dict)
    births: dict[tuple[str, str], None] = field(default_factory=dict)

    def all(self, *keys: str) -> list[str]:
        return [value for key, value in self.values if key in keys]

    def first(self, *keys: str) -> str:
        return next(iter(self.all(*keys)), "")


def _key(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.lower())


def fits_csv(sample: Sample) -> bool:
    lines = sample.text.split("\n", 2)
    header = lines[1] if _REPORT_DATE.match(lines[0]) and len(lines) > 1 else lines[0]
    keys = {_key(cell) for cell in header.split(",")}
    return {"uniqueid", "name6", "regimename", "designationtype"} <= keys


def fits_xml(sample: Sample) -> bool:
    return "<Designations" in sample.text[:4_000] and "UniqueID" in sample.text


# --- CSV ----------------------------------------------------------------------------------------------


def read_csv(path: Path, options: Options) -> Records:
    """One entity for each Unique ID; a designation has a line for each name and address combination."""
    text = tabular.load(path)
    rows = list(tabular.rows(path, text))
    as_of = ""
    if found := _REPORT_DATE.match(",".join(rows[0][1])):
        as_of = dates.partial(found[1].replace("-", " ")) or ""
        rows = rows[1:]
    if len(rows) < 2:
        raise ListError(f"{path.name} has a header and no designations.", "Download the list again.")
    keys = [_key(cell) for cell in rows[0][1]]
    width = len(keys)
    if len(rows[-1][1]) != width:
        raise tabular.truncated(path, f"the last line has {len(rows[-1][1])} fields, not {width}")
    records: dict[str, _Record] = {}
    for line, fields in rows[1:]:
        where = f"{path.name}, line {line}"
        if len(fields) != width:
            yield Rejected(where=where, reason=f"{len(fields)} fields where {width} are expected")
            continue
        row = {key: squeeze(value) for key, value in zip(keys, fields, strict=True)}
        uid = row.get("uniqueid", "")
        if not uid:
            yield Rejected(where=where, reason="the line has no Unique ID")
            continue
        _add_row(records.setdefault(uid, _Record(where)), row)
    list_id = options.list_id or "uk-sanctions"
    for uid, record in records.items():
        yield _finish(list_id, uid, record)
    return _facts(list_id, as_of)


def _add_row(record: _Record, row: dict[str, str]) -> None:
    parts = tuple(row.get(key, "") for key in _NAME_KEYS)
    if any(parts):
        record.names[(parts, row.get("nametype", ""), row.get("aliasstrength", ""))] = None
    script = ("namenonlatinscript", "nonlatinscripttype", "nonlatinscriptlanguage")
    if row.get(script[0]):
        record.nonlatin[(row[script[0]], row.get(script[1], ""), row.get(script[2], ""))] = None
    address = tuple(row.get(key, "") for key in (*_ADDRESS_KEYS, "addresspostalcode", "addresscountry"))
    if any(address):
        record.addresses[address] = None
    birth = (row.get("townofbirth", ""), row.get("countryofbirth", ""))
    if any(birth):
        record.births[birth] = None
    grouped = {*_NAME_KEYS, *_ADDRESS_KEYS, *script, "nametype", "aliasstrength", "addresspostalcode"}
    grouped |= {"addresscountry", "townofbirth", "countryofbirth"}
    for key, value in row.items():
        if value and key not in grouped:
            record.values[(key, value)] = None


# --- XML ----------------------------------------------------------------------------------------------

_GROUPS = frozenset(("Name", "NonLatinName", "Address", "Location"))
# Says in flags what SanctionsImposed says in words.
_REPEATED = frozenset(("SanctionsImposedIndicators",))
_DATE_TAGS = frozenset(("DateGenerated", "ReportDate", "DateOfReport"))


def read_xml(path: Path, options: Options) -> Records:
    list_id = options.list_id or "uk-sanctions"
    as_of, count = "", 0
    elements = stream(path, frozenset(("Designation",)) | _DATE_TAGS)
    root = next(elements)
    for value in root.attrib.values():
        as_of = as_of or dates.partial(value) or ""
    for element in elements:
        if element.tag in _DATE_TAGS:
            as_of = (
                dates.partial(squeeze(element.text).replace("-", " ")) or dates.partial(element.text) or as_of
            )
            continue
        count += 1
        record = _Record(f"{path.name}, record {count}")
        _walk(record, element)
        uid = record.first("uniqueid")
        if uid:
            yield _finish(list_id, uid, record)
        else:
            yield Rejected(where=record.where, reason="the designation has no UniqueID")
    return _facts(list_id, as_of[:10])


def _walk(record: _Record, element: Element) -> None:
    ahead = list(reversed(element))
    while ahead:
        child = ahead.pop()
        if child.tag in _REPEATED:
            continue
        if child.tag in _GROUPS and len(child):
            _add_row(record, {_key(item.tag): squeeze(item.text) for item in child})
        elif len(child):
            ahead.extend(reversed(child))
        elif value := squeeze(child.text):
            record.values[(_key(child.tag), value)] = None


# --- both ---------------------------------------------------------------------------------------------


def _facts(list_id: str, as_of: str) -> Facts:
    return Facts(
        id=list_id,
        title=LIST,
        kind="sanctions",
        publisher=AUTHORITY,
        as_of=as_of,
        source=URL,
        licence="Open Government Licence v3.0",
    )


def _finish(list_id: str, uid: str, record: _Record) -> Rejected | Entity:
    where = f"{record.where} ({uid})"
    names = sorted(record.names, key=lambda name: name[1].lower() != "primary name")
    if not names:
        return Rejected(where=where, reason="the designation has no name")
    kind = record.first("designationtype", "individualentityship").lower()
    draft = Draft(uid, _TYPES.get(kind, "organization"), " ".join(filter(None, names[0][0])))
    if kind not in _TYPES:
        draft.detail("type", kind)
    draft.identifier("uk", uid)
    for parts, sort, strength in names:
        variation = sort if "variation" in sort.lower() else None
        draft.also(" ".join(filter(None, parts)), weak=strength.lower().startswith("low"), note=variation)
    for value, script_type, language in record.nonlatin:
        draft.also(value, note=", ".join(filter(None, (script_type, language))))
    for *lines, postcode, country in record.addresses:
        draft.address(*lines, postcode, postcode=postcode, country=country)
    for place in record.births:
        draft.detail("place of birth", ", ".join(filter(None, place)))
    for key, value in record.values:
        _take(draft, key, value)
    imposed = "; ".join(record.all("sanctionsimposed"))
    for regime in record.all("regimename") or [""]:
        draft.listing(
            Listing(
                authority=AUTHORITY,
                list=LIST,
                programme=regime or None,
                id=uid,
                from_=dates.partial(record.first("datedesignated")),
                url=URL,
                note="; ".join(filter(None, (imposed, record.first("designationsource")))) or None,
            )
        )
    reasons = record.all("ukstatementofreasons") or record.all("otherinformation")
    draft.evidence(list_id, "\n".join(reasons), uid)
    return draft.entity(list_id, uid)


def _take(draft: Draft, key: str, value: str) -> None:
    if key in ("dob", "dateofbirth"):
        for one in _several(value):
            draft.born(one)
    elif key in ("nationalityies", "nationality"):
        for one in _several(value):
            draft.country(one, "nationality")
    elif key in _IDENTIFIERS:
        for one in _several(value):
            # Business numbers often say themselves what they are: "INN: 7707083893 (Russia)".
            if not remarks.number(draft, one):
                draft.identifier(_IDENTIFIERS[key], one)
    elif key == "ofsigroupid":
        draft.identifier("ofsi", value)
    elif key == "unreferencenumber":
        draft.identifier("un", value)
    elif key == "currentbelievedflagofship":
        draft.country(value, "flag")
    elif key in _RELATIONS:
        for one in _several(value):
            draft.relate(_RELATIONS[key], one)
    elif key in _DETAILS:
        draft.detail(_DETAILS[key], value)
    elif key not in _LISTING_KEYS and key not in _ELSEWHERE:
        draft.detail(key, value)
    if key == "lastupdated":
        draft.detail("last updated", value)


def _several(value: str) -> Iterable[str]:
    """Values in one cell: "(1) Syria (2) Iraq", "Syria; Iraq" or a single one."""
    return [part.strip(" ,;") for part in re.split(r"\(\d+\)|;", value) if part.strip(" ,;")]
