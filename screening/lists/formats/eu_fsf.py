"""Consolidated list of EU financial sanctions (XML 1.1 of the European Commission).

Schema: https://webgate.ec.europa.eu/fsd/fsf/public/files/xsd (xmlFullSanctionsList_1_1).
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

from screening.lists.formats import countries, dates
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.idtypes import scheme_of
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.xml import attribute, stream, text
from screening.model import Listing, Rejected

AUTHORITY = "European Union"
LIST = "Consolidated list of persons, groups and entities subject to EU financial sanctions"
URL = "https://webgate.ec.europa.eu/fsd/fsf"
EXPECTS = "XML of the European Commission with the root element export and sanctionEntity in it"

_DOCUMENTS = {
    "passport": "passport",
    "diplpassport": "passport",
    "id": "national-id",
    "ssn": "ssn",
    "regnumber": "registration",
    "fiscalcode": "tax-id",
    "tradelic": "registration",
    "electionid": "voter-id",
    "residentperm": "residence-permit",
    "travel": "travel-document",
    "drivinglic": "driving-licence",
    "swiftbic": "bic",
    "imo": "imo",
    "lei": "lei",
    "inn": "inn",
    "ogrn": "ogrn",
    "birthcert": "birth-certificate",
}


def fits(sample: Sample) -> bool:
    head = sample.text[:8_000]
    return "<export" in head and ("eu.europa.ec/fpi/fsd/export" in head or "sanctionEntity" in head)


def read(path: Path, options: Options) -> Records:
    list_id = options.list_id or "eu-fsf"
    elements = stream(path, frozenset(("sanctionEntity",)))
    as_of = (dates.partial(attribute(next(elements), "generationDate")) or "")[:10]
    for count, element in enumerate(elements, start=1):
        uid = attribute(element, "euReferenceNumber") or attribute(element, "logicalId")
        where = f"{path.name}, record {count}" + (f" ({uid})" if uid else "")
        names = [alias for alias in element.findall("nameAlias") if _name(alias)]
        if not uid:
            yield Rejected(where=where, reason="neither euReferenceNumber nor logicalId is given")
        elif not names:
            yield Rejected(where=where, reason="the entity has no name")
        else:
            yield _party(list_id, element, uid, names).entity(list_id, uid)
    return Facts(
        id=list_id,
        title="EU financial sanctions",
        kind="sanctions",
        publisher="European Commission",
        as_of=as_of,
        source=URL,
    )


def _name(alias: Element) -> str:
    parts = (attribute(alias, key) for key in ("firstName", "middleName", "lastName"))
    return attribute(alias, "wholeName") or " ".join(filter(None, parts))


def _is_weak(alias: Element) -> bool:
    remarks = " ".join(squeeze(remark.text) for remark in alias.findall("remark")).lower()
    remarks = remarks.replace("-", " ")
    return attribute(alias, "strong").lower() == "false" or "low quality" in remarks


def _code(element: Element) -> str:
    """The country of an element; "00" and UNKNOWN mean that it is not known."""
    given = (attribute(element, key) for key in ("countryIso2Code", "countryDescription"))
    return next((wording for wording in given if not countries.is_unknown(wording)), "")


def _remark(element: Element) -> str:
    if not len(element):
        return ""
    return "; ".join(filter(None, (squeeze(remark.text) for remark in element.findall("remark"))))


def _party(list_id: str, element: Element, uid: str, names: list[Element]) -> Draft:
    subject = element.find("subjectType")
    kind = (attribute(subject, "code") or attribute(subject, "classificationCode")).lower()
    person = kind in ("person", "p")
    # The first strong name in no particular language or in English is the one the EU shows.
    main = min(
        names,
        key=lambda alias: (_is_weak(alias), attribute(alias, "nameLanguage").upper() not in ("", "EN")),
    )
    draft = Draft(uid, "person" if person else "organization", _name(main))
    if kind not in ("person", "p", "enterprise", "e"):
        draft.detail("type", kind)
    draft.identifier("eu", attribute(element, "euReferenceNumber"))
    draft.identifier("un", attribute(element, "unitedNationId"))
    for alias in names:
        language = attribute(alias, "nameLanguage").lower()
        draft.also(
            _name(alias),
            weak=_is_weak(alias),
            language=language if len(language) == 2 else None,
            note=_remark(alias),
        )
        for key in ("title", "function", "gender"):
            draft.detail(key, attribute(alias, key))
    for item in element.findall("citizenship"):
        draft.country(_code(item), "citizenship")
    for item in element.findall("birthdate"):
        _birth(draft, item)
    for item in element.findall("address"):
        keys = ("street", "poBox", "zipCode", "place", "city", "region")
        draft.address(
            *(attribute(item, key) for key in keys),
            city=attribute(item, "city"),
            postcode=attribute(item, "zipCode"),
            country=_code(item),
            note=_remark(item),
        )
    for item in element.findall("identification"):
        _document(draft, item)
    _listings(draft, element, uid)
    remarks = "\n".join(filter(None, (squeeze(remark.text) for remark in element.findall("remark"))))
    details = attribute(element, "designationDetails")
    draft.evidence(list_id, "\n".join(filter(None, (remarks, details))), uid)
    return draft


def _birth(draft: Draft, item: Element) -> None:
    about = "circa " if attribute(item, "circa").lower() == "true" else ""
    parts = [attribute(item, key) for key in ("year", "monthOfYear", "dayOfMonth")]
    exact = attribute(item, "birthdate") or "-".join(part for part in parts if part)
    first, last = attribute(item, "yearRangeFrom"), attribute(item, "yearRangeTo")
    if (calendar := attribute(item, "calendarType").lower()) not in ("", "gregorian"):
        written = exact or " to ".join(filter(None, (first, last)))
        draft.detail("date of birth", f"{about}{written} ({calendar} calendar)" if written else "")
    elif exact:
        draft.born(about + exact)
    elif first and last:
        draft.born(f"{about}{first} to {last}")
    else:
        draft.born(first or last)
    place = (attribute(item, key) for key in ("place", "city", "region"))
    draft.detail("place of birth", ", ".join(filter(None, (*place, _code(item)))))
    draft.detail("date of birth", _remark(item))


def _document(draft: Draft, item: Element) -> None:
    code = attribute(item, "identificationTypeCode").lower()
    description = attribute(item, "identificationTypeDescription")
    number = attribute(item, "number") or attribute(item, "latinNumber")
    flags = ("diplomatic", "knownExpired", "knownFalse", "reportedLost", "revokedByIssuer")
    words = {
        "diplomatic": "diplomatic",
        "knownExpired": "expired",
        "knownFalse": "known to be false",
        "reportedLost": "reported lost",
        "revokedByIssuer": "revoked by its issuer",
    }
    issued = [f"{label} {attribute(item, key)}" for key, label in _ISSUE if attribute(item, key)]
    note = ", ".join(
        filter(
            None,
            (
                description or code,
                *(words[flag] for flag in flags if attribute(item, flag).lower() == "true"),
                *issued,
                _remark(item),
            ),
        )
    )
    if number:
        draft.identifier(
            _DOCUMENTS.get(code) or scheme_of(description) or "document", number, _code(item), note
        )
    else:
        draft.detail("document", ", ".join(filter(None, (note, _code(item)))))


_ISSUE = (
    ("issuedBy", "issued by"),
    ("issueDate", "issued"),
    ("issuedDate", "issued"),
    ("validFrom", "valid from"),
    ("validTo", "valid to"),
    ("nameOnDocument", "in the name of"),
)


def _listings(draft: Draft, element: Element, uid: str) -> None:
    designated = dates.partial(attribute(element, "designationDate"))
    for item in element.findall("regulation") or [element]:
        title = " ".join(filter(None, (attribute(item, "regulationType"), attribute(item, "numberTitle"))))
        draft.listing(
            Listing(
                authority=AUTHORITY,
                list=LIST,
                programme=attribute(item, "programme") or None,
                id=uid,
                from_=designated
                or dates.partial(attribute(item, "entryIntoForceDate"))
                or dates.partial(attribute(item, "publicationDate")),
                url=text(item, "publicationUrl") or URL,
                note=title or None,
            )
        )
