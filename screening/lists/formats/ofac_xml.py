"""OFAC's sdn.xml and consolidated.xml.

Schema: https://ofac.treasury.gov/sdn-list-data-formats-data-schemas. The namespace has changed over the years,
so elements are known by their local names. "publshInformation" is the published spelling.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

from screening.lists.formats import dates, remarks
from screening.lists.formats.draft import Draft
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.ofac_csv import AUTHORITY, LISTS, PUBLISHER, locator
from screening.lists.formats.xml import stream, text, texts
from screening.model import EntityType, Listing, Rejected

EXPECTS = "sdn.xml or consolidated.xml of OFAC, XML with the root element sdnList"

_TYPES: dict[str, EntityType] = {
    "individual": "person",
    "entity": "organization",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
# Programmes of blocked parties only, and programmes that are no ground for blocking: they tell the two lists apart.
_SDN_ONLY = (b">CUBA<", b">SDNTK<", b">SDNT<")
_NOT_SDN = (b">NS-PLC<", b">CMIC-EO13959<", b">561-Related<", b">CAPTA<", b">NS-MBS<")


def fits(sample: Sample) -> bool:
    return "<sdnList" in sample.text[:4_000]


def which(path: Path) -> str:
    """Which of OFAC's two lists a file is, by the programmes that occur in it."""
    found: set[bytes] = set()
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            window = tail + chunk
            found.update(mark for mark in (*_SDN_ONLY, *_NOT_SDN) if mark in window)
            tail = window[-32:]
    blocked, other = found.intersection(_SDN_ONLY), found.intersection(_NOT_SDN)
    return "ofac-consolidated" if other and not blocked else "ofac-sdn"


def read(path: Path, options: Options) -> Records:
    which_list = options.list_id if options.list_id in LISTS else which(path)
    list_id = options.list_id or which_list
    as_of, declared, count = "", None, 0
    elements = stream(path, frozenset(("sdnEntry", "publshInformation")))
    next(elements)
    for element in elements:
        if element.tag == "publshInformation":
            as_of = dates.partial(text(element, "Publish_Date"), month_first=True) or ""
            number = text(element, "Record_Count")
            declared = int(number) if number.isdecimal() and number.isascii() else None
            continue
        count += 1
        uid = text(element, "uid")
        where = f"{path.name}, record {count}" + (f" (uid {uid})" if uid else "")
        if not uid or not text(element, "lastName"):
            yield Rejected(where=where, reason="the entry has no name" if uid else "the entry has no uid")
        else:
            yield _party(list_id, LISTS[which_list], element, uid).entity(list_id, locator(uid))
    return Facts(
        id=list_id,
        title=f"OFAC {LISTS[which_list]}",
        kind="sanctions",
        publisher=PUBLISHER,
        as_of=as_of,
        declared=declared,
        source="https://sanctionslist.ofac.treas.gov/",
    )


def _name(element: Element) -> str:
    """People as OFAC's other files write them: "SURNAME, Given"."""
    return ", ".join(filter(None, (text(element, "lastName"), text(element, "firstName"))))


def _party(list_id: str, list_title: str, element: Element, uid: str) -> Draft:
    kind = text(element, "sdnType").lower()
    draft = Draft(uid, _TYPES.get(kind, "organization"), _name(element))
    if kind not in _TYPES:
        draft.detail("type", kind)
    draft.identifier("ofac", uid)
    for aka in element.findall("akaList/aka"):
        sort = text(aka, "type").lower()
        draft.also(
            _name(aka),
            weak=text(aka, "category").lower() == "weak",
            former=sort == "f.k.a.",
            note="n.k.a." if sort == "n.k.a." else None,
        )
    for item in element.findall("addressList/address"):
        draft.address(
            text(item, "address1"),
            text(item, "address2"),
            text(item, "address3"),
            text(item, "city"),
            text(item, "stateOrProvince"),
            text(item, "postalCode"),
            city=text(item, "city"),
            postcode=text(item, "postalCode"),
            country=text(item, "country"),
        )
    for item in element.findall("idList/id"):
        fields = ("idType", "idNumber", "idCountry", "issueDate", "expirationDate")
        remarks.document(draft, *(text(item, field) for field in fields))
    for label in ("nationality", "citizenship"):
        for value in texts(element, f"{label}List", label, "country"):
            draft.country(value, label)
    for value in texts(element, "dateOfBirthList", "dateOfBirthItem", "dateOfBirth"):
        draft.born(value)
    for value in texts(element, "placeOfBirthList", "placeOfBirthItem", "placeOfBirth"):
        draft.detail("place of birth", value)
    draft.detail("title", text(element, "title"))
    vessel = element.find("vesselInfo")
    draft.identifier("call-sign", text(vessel, "callSign"))
    draft.detail("vessel type", text(vessel, "vesselType"))
    draft.detail("tonnage", text(vessel, "tonnage"))
    draft.detail("gross registered tonnage", text(vessel, "grossRegisteredTonnage"))
    draft.country(text(vessel, "vesselFlag"), "flag")
    draft.relate("owned by", text(vessel, "vesselOwner"))
    remark = text(element, "remarks")
    remarks.add(draft, remark)
    for programme in texts(element, "programList", "program") or [""]:
        draft.listing(
            Listing(
                authority=AUTHORITY,
                list=list_title,
                programme=programme or None,
                id=uid,
                url=locator(uid),
            )
        )
    draft.evidence(list_id, remark, locator(uid))
    return draft
