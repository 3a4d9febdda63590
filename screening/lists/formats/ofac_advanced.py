"""OFAC's advanced XML (sdn_advanced.xml, cons_advanced.xml), the United Nations' Advanced Sanctions Data Model.

The file is read twice: parties refer to locations, documents, sanctions entries and relationships that stand
before and after them. Only those tables are held, compact; parties pass through one at a time.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from screening.errors import ListError
from screening.lists.formats import dates, remarks
from screening.lists.formats.draft import Draft, script, squeeze
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.ofac_csv import AUTHORITY, LISTS, PUBLISHER, locator
from screening.lists.formats.xml import attribute, stream, text
from screening.model import EntityType, Listing, Rejected

EXPECTS = "sdn_advanced.xml of OFAC, XML with the root element Sanctions and ReferenceValueSets"

_TABLES = frozenset(
    (
        "DateOfIssue",
        "ReferenceValueSets",
        "Location",
        "IDRegDocument",
        "ProfileRelationship",
        "SanctionsEntry",
    )
)
_TYPES: dict[str, EntityType] = {
    "individual": "person",
    "entity": "organization",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
_NAME_ORDER = (
    "last name",
    "first name",
    "middle name",
    "patronymic",
    "matronymic",
    "nickname",
    "maiden name",
)
_ADDRESS_ORDER = ("address1", "address2", "address3", "city", "state/province", "region", "postal code")


@dataclass
class _Tables:
    """What the parties refer to. values: kind of value -> id -> word."""

    as_of: str = ""
    values: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    party_type: dict[str, str] = field(default_factory=dict)
    locations: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    documents: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(list))
    relations: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[str, list[tuple[str, str, str, list[str], str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    lists: set[str] = field(default_factory=set)

    def word(self, kind: str, id: str) -> str:
        """The word for an id, or the bare id, so that a value without a key is seen and not lost."""
        return self.values[kind].get(id, id)


def fits(sample: Sample) -> bool:
    return "<Sanctions" in sample.text[:4_000] and (
        "ReferenceValueSets" in sample.text or "sanctions/1.0" in sample.text[:4_000].lower()
    )


def read(path: Path, options: Options) -> Records:
    tables = _tables(path)
    known = options.list_id if options.list_id in LISTS else None
    sdn = not tables.lists or any(
        "sdn" in name.lower() and "non" not in name.lower() for name in tables.lists
    )
    which = known or ("ofac-sdn" if sdn else "ofac-consolidated")
    list_id = options.list_id or which
    parties = stream(path, frozenset(("DistinctParty",)))
    next(parties)
    count = 0
    for party in parties:
        for profile in party.findall("Profile") or [party]:
            count += 1
            where = f"{path.name}, party {count}"
            uid = attribute(profile, "ID")
            if profile is party or not uid:
                yield Rejected(where=where, reason="the party has no profile with an ID")
                continue
            draft = _party(profile, uid, tables)
            if draft is None:
                yield Rejected(where=f"{where} ({uid})", reason="the party has no name")
                continue
            comment = text(party, "Comment")
            remarks.add(draft, comment)
            _listings(draft, uid, tables, LISTS[which])
            draft.evidence(list_id, comment, locator(uid))
            yield draft.entity(list_id, locator(uid))
    return Facts(
        id=list_id,
        title=f"OFAC {LISTS[which]}",
        kind="sanctions",
        publisher=PUBLISHER,
        as_of=tables.as_of,
        source="https://sanctionslist.ofac.treas.gov/",
    )


# --- the tables ---------------------------------------------------------------------------------------


def _tables(path: Path) -> _Tables:
    tables = _Tables()
    elements = stream(path, _TABLES)
    next(elements)
    seen: set[str] = set()
    for element in elements:
        seen.add(element.tag)
        if element.tag == "DateOfIssue":
            tables.as_of = _date(element)
        elif element.tag == "ReferenceValueSets":
            _reference_values(tables, element)
        elif element.tag == "Location":
            _location(tables, element)
        elif element.tag == "IDRegDocument":
            _document(tables, element)
        elif element.tag == "ProfileRelationship":
            _relationship(tables, element)
        else:
            _entry(tables, element)
    if "ReferenceValueSets" not in seen:
        raise ListError(f"{path.name} has no ReferenceValueSets, without which its numbers mean nothing.")
    return tables


def _reference_values(tables: _Tables, element: Element) -> None:
    for group in element:
        for value in group:
            id, word = attribute(value, "ID"), squeeze(value.text)
            tables.values[value.tag][id] = word
            if value.tag == "Script" and value.get("ScriptCode"):
                tables.values["ScriptCode"][id] = attribute(value, "ScriptCode")
            elif value.tag == "AreaCode":
                tables.values["AreaCode"][id] = attribute(value, "Description") or word
            elif value.tag == "Country" and value.get("ISO2"):
                tables.values["ISO2"][id] = attribute(value, "ISO2")
    for value in element.iter("PartySubType"):
        kind = tables.word("PartyType", attribute(value, "PartyTypeID"))
        name = squeeze(value.text)
        tables.party_type[attribute(value, "ID")] = name if name.lower() in _TYPES else kind


def _location(tables: _Tables, element: Element) -> None:
    parts: dict[str, str] = {}
    for part in element.findall("LocationPart"):
        kind = tables.word("LocPartType", attribute(part, "LocPartTypeID")).lower()
        values = [text(value, "Value") for value in part.findall("LocationPartValue")]
        parts[kind] = ", ".join(filter(None, values))
    country = tables.word("Country", attribute(element.find("LocationCountry"), "CountryID"))
    if not country:
        country = tables.word("AreaCode", attribute(element.find("LocationAreaCode"), "AreaCodeID"))
    tables.locations[attribute(element, "ID")] = (parts, country)


def _document(tables: _Tables, element: Element) -> None:
    issued = expires = ""
    for item in element.findall("DocumentDate"):
        kind = tables.word("IDRegDocDateType", attribute(item, "IDRegDocDateTypeID")).lower()
        found = _period(item.find("DatePeriod"), tables)
        if "expir" in kind:
            expires = found
        else:
            issued = found
    tables.documents[attribute(element, "IdentityID")].append(
        (
            tables.word("IDRegDocType", attribute(element, "IDRegDocTypeID")),
            text(element, "IDRegistrationNo"),
            tables.word("Country", attribute(element, "IssuedBy-CountryID")),
            issued,
            expires,
            "; ".join(filter(None, (text(element, "IssuingAuthority"), text(element, "Comment")))),
        )
    )


def _relationship(tables: _Tables, element: Element) -> None:
    kind = tables.word("RelationType", attribute(element, "RelationTypeID")).lower()
    if attribute(element, "Former") == "true":
        kind = f"formerly {kind}"
    tables.relations[attribute(element, "From-ProfileID")].append(
        (kind, attribute(element, "To-ProfileID"), text(element, "Comment"))
    )


def _entry(tables: _Tables, element: Element) -> None:
    list_name = tables.word("List", attribute(element, "ListID"))
    tables.lists.add(list_name)
    since = min(
        (found for event in element.findall("EntryEvent") if (found := _date(event.find("Date")))), default=""
    )
    basis = ", ".join(
        dict.fromkeys(
            tables.word("LegalBasis", attribute(event, "LegalBasisID"))
            for event in element.findall("EntryEvent")
            if attribute(event, "LegalBasisID")
        )
    )
    programmes = [
        text(measure, "Comment")
        for measure in element.findall("SanctionsMeasure")
        if text(measure, "Comment")
    ]
    tables.entries[attribute(element, "ProfileID")].append(
        (list_name, attribute(element, "ID"), since, programmes, basis)
    )


# --- dates --------------------------------------------------------------------------------------------


def _date(element: Element | None) -> str:
    """A Date, From or To element: Year, Month and Day, some of which may be missing."""
    parts = [text(element, tag) for tag in ("Year", "Month", "Day")]
    return dates.partial("-".join(part for part in parts if part)) or "" if parts[0] else ""


def _period(element: Element | None, tables: _Tables) -> str:
    """A DatePeriod in words: one date, a month, a year or "1962 to 1965"; "circa" where it is approximate.

    A date of another calendar says so, and is then read as words and not as a date.
    """
    if element is None:
        return ""
    calendar = tables.word("CalendarType", attribute(element, "CalendarTypeID"))
    foreign = f" ({calendar} calendar)" if calendar not in ("", "1", "Gregorian") else ""
    written = _period_words(element)
    return f"{written}{foreign}" if written else ""


def _period_words(element: Element) -> str:
    start, end = element.find("Start"), element.find("End")
    low = _date(start.find("From")) if start is not None else ""
    high = _date(end.find("To")) if end is not None else ""
    about = "circa " if "true" in (attribute(start, "Approximate"), attribute(end, "Approximate")) else ""
    if not low or not high or low == high:
        return about + (low or high) if low or high else ""
    if low[:4] == high[:4] and low[5:] == "01-01" and high[5:] == "12-31":
        return about + low[:4]
    if low[:7] == high[:7] and low[8:] == "01" and high[8:].isdigit():
        last = calendar.monthrange(int(low[:4]), int(low[5:7]))[1]
        if int(high[8:]) == last:
            return about + low[:7]
    return f"{about}{low} to {high}"


# --- a party ------------------------------------------------------------------------------------------


def _party(profile: Element, uid: str, tables: _Tables) -> Draft | None:
    names = [name for identity in profile.findall("Identity") for name in _names(identity, tables)]
    main = next((name for name in names if name[1] and name[2] in ("", "Latn")), None) or (
        names[0] if names else None
    )
    if main is None:
        return None
    kind = tables.party_type.get(attribute(profile, "PartySubTypeID"), "").lower()
    draft = Draft(uid, _TYPES.get(kind, "organization"), main[0])
    if kind not in _TYPES:
        draft.detail("type", kind)
    draft.identifier("ofac", uid)
    for value, _, _, weak, former, note in names:
        draft.also(value, weak=weak, former=former, note=note)
    for identity in profile.findall("Identity"):
        for *fields, remark in tables.documents.get(attribute(identity, "ID"), ()):
            remarks.document(draft, *fields)
            draft.detail("document", f"{fields[0]} {fields[1]}: {remark}" if remark else "")
    for feature in profile.findall("Feature"):
        _feature(draft, feature, tables)
    for relation, other, note in tables.relations.get(uid, ()):
        draft.relate(relation, entity=other, note=note)
    return draft


def _names(identity: Element, tables: _Tables) -> list[tuple[str, bool, str, bool, bool, str | None]]:
    """(name, primary, script, weak, former, note) of every documented name, the primary alias first."""
    part_types = {
        attribute(group, "ID"): tables.word("NamePartType", attribute(group, "NamePartTypeID")).lower()
        for group in identity.iter("NamePartGroup")
    }
    found = []
    for alias in identity.findall("Alias"):
        sort = tables.word("AliasType", attribute(alias, "AliasTypeID"))
        for name in alias.findall("DocumentedName"):
            parts = [
                (part_types.get(attribute(value, "NamePartGroupID"), ""), squeeze(value.text))
                for value in name.iter("NamePartValue")
            ]
            scripts = {
                tables.word("ScriptCode", attribute(value, "ScriptID"))
                for value in name.iter("NamePartValue")
            }
            whole = _whole(parts)
            if whole:
                found.append(
                    (
                        whole,
                        attribute(alias, "Primary") == "true",
                        scripts.pop() if len(scripts) == 1 else (script(whole) or ""),
                        attribute(alias, "LowQuality") == "true",
                        sort.upper().startswith("F.K.A"),
                        "n.k.a." if sort.upper().startswith("N.K.A") else None,
                    )
                )
    return sorted(found, key=lambda name: not name[1])


def _whole(parts: list[tuple[str, str]]) -> str:
    """The whole name: "SURNAME, Given Patronymic" for people, else the parts as they come."""
    surnames = [value for kind, value in parts if kind == "last name" and value]
    others = [value for kind, value in parts if kind != "last name" and value]
    if surnames and others:
        return f"{' '.join(surnames)}, {' '.join(others)}"
    return " ".join(surnames + others)


def _feature(draft: Draft, feature: Element, tables: _Tables) -> None:
    label = tables.word("FeatureType", attribute(feature, "FeatureTypeID"))
    for version in feature.findall("FeatureVersion"):
        values = [_period(period, tables) for period in version.findall("DatePeriod")]
        for detail in version.findall("VersionDetail"):
            reference = attribute(detail, "DetailReferenceID")
            values.append(squeeze(detail.text) or tables.word("DetailReference", reference))
        places = [
            tables.locations.get(attribute(place, "LocationID"), ({}, ""))
            for place in version.findall("VersionLocation")
        ]
        _take(draft, label, [value for value in values if value], places)
        comment = text(version, "Comment")
        if comment:
            draft.detail(label.lower(), comment)


def _take(draft: Draft, label: str, values: list[str], places: list[tuple[dict[str, str], str]]) -> None:
    lower = label.lower()
    for parts, country in places:
        ordered = [parts[kind] for kind in _ADDRESS_ORDER if kind in parts]
        ordered += [value for kind, value in parts.items() if kind not in _ADDRESS_ORDER]
        if lower == "location":
            draft.address(
                *ordered, city=parts.get("city"), postcode=parts.get("postal code"), country=country
            )
        elif lower.startswith(("nationality", "citizenship")):
            draft.country(country, lower.split()[0])
        elif lower == "vessel flag":
            draft.country(country, "flag")
        else:
            draft.detail(lower, ", ".join(filter(None, (*ordered, country))))
    for value in values:
        if lower == "birthdate":
            draft.born(value)
        elif lower.startswith("place of birth"):
            draft.detail("place of birth", value)
        elif lower.startswith(("nationality country", "citizenship country")):
            draft.country(value, lower.split()[0])
        elif lower == "vessel flag":
            draft.country(value, "flag")
        elif lower == "vessel owner":
            draft.relate("owned by", value)
        elif lower in ("vessel type", "title"):
            draft.detail(lower, value)
        elif lower == "vessel call sign":
            draft.identifier("call-sign", value)
        elif lower in ("vessel tonnage", "vessel gross tonnage"):
            draft.detail("tonnage", value)
        elif lower == "vessel gross registered tonnage":
            draft.detail("gross registered tonnage", value)
        else:
            remarks.document(draft, label, value)


def _listings(draft: Draft, uid: str, tables: _Tables, default: str) -> None:
    for list_name, entry, since, programmes, basis in tables.entries.get(uid, ()):
        for programme in programmes or [""]:
            draft.listing(
                Listing(
                    authority=AUTHORITY,
                    list=list_name or default,
                    programme=programme or None,
                    id=uid,
                    from_=since or None,
                    url=locator(uid),
                    note="; ".join(filter(None, (f"entry {entry}" if entry else "", basis))) or None,
                )
            )
