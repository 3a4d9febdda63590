"""United Nations Security Council Consolidated List (XML).

Schema: https://www.un.org/sc/resources/sc-sanctions.xsd
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from screening.lists.formats import dates
from screening.lists.formats.draft import Draft
from screening.lists.formats.idtypes import scheme_of
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.xml import attribute, stream, text, texts
from screening.model import Listing, Rejected

URL = "https://scsanctions.un.org/resources/xml/en/consolidated.xml"
AUTHORITY = "United Nations Security Council"
LIST = "United Nations Security Council Consolidated List"
EXPECTS = "XML of the United Nations with the root element CONSOLIDATED_LIST"

_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_SEPARATORS = re.compile(r";|(?:^|\s)[a-z]\)\s")
_BRACKETED = re.compile(r"(.+?)\s*\(([^()]+)\)$")
_REFERENCE = re.compile(r"\b[A-Z]{2}[ei]\.\d{3}\b")


def fits(sample: Sample) -> bool:
    return "<CONSOLIDATED_LIST" in sample.text


def read(path: Path, options: Options) -> Records:
    list_id = options.list_id or "un-sc"
    elements = stream(path, frozenset(("INDIVIDUAL", "ENTITY")))
    as_of = (dates.partial(attribute(next(elements), "dateGenerated")) or "")[:10]
    for count, element in enumerate(elements, start=1):
        uid = text(element, "REFERENCE_NUMBER") or text(element, "DATAID")
        name = " ".join(filter(None, (text(element, tag) for tag in _NAMES)))
        where = f"{path.name}, record {count}" + (f" ({uid})" if uid else "")
        if not name:
            yield Rejected(where=where, reason=f"the {element.tag.lower()} has no name")
        elif not uid:
            yield Rejected(where=where, reason=f"'{name}' has neither REFERENCE_NUMBER nor DATAID")
        else:
            yield _party(list_id, element, uid, name).entity(list_id, uid)
    return Facts(id=list_id, title=LIST, kind="sanctions", publisher=AUTHORITY, as_of=as_of, source=URL)


def _party(list_id: str, element: Element, uid: str, name: str) -> Draft:
    individual = element.tag == "INDIVIDUAL"
    draft = Draft(uid, "person" if individual else "organization", name)
    draft.identifier("un", uid)
    draft.also(element.findtext("NAME_ORIGINAL_SCRIPT"), note="original script")
    for tag in ("TITLE", "DESIGNATION"):
        for value in texts(element, tag, "VALUE"):
            draft.detail(tag.lower(), value)
    draft.detail("gender", text(element, "GENDER"))
    for value in texts(element, "NATIONALITY", "VALUE") or texts(element, "NATIONALITY"):
        draft.country(value, "nationality")
    kind = "INDIVIDUAL" if individual else "ENTITY"
    for alias in element.findall(f"{kind}_ALIAS"):
        _alias(draft, alias)
    for address in element.findall(f"{kind}_ADDRESS"):
        draft.address(
            text(address, "STREET"),
            text(address, "CITY"),
            text(address, "STATE_PROVINCE"),
            text(address, "ZIP_CODE"),
            city=text(address, "CITY"),
            postcode=text(address, "ZIP_CODE"),
            country=text(address, "COUNTRY"),
            note=text(address, "NOTE"),
        )
    for birth in element.findall("INDIVIDUAL_DATE_OF_BIRTH"):
        _birth(draft, birth)
    for place in element.findall("INDIVIDUAL_PLACE_OF_BIRTH"):
        parts = (text(place, tag) for tag in ("STREET", "CITY", "STATE_PROVINCE", "COUNTRY"))
        draft.detail("place of birth", ", ".join(filter(None, parts)))
        draft.detail("place of birth", text(place, "NOTE"))
    for document in element.findall("INDIVIDUAL_DOCUMENT"):
        _document(draft, document)
    draft.detail("submitted by", text(element, "SUBMITTED_BY"))
    updates = texts(element, "LAST_DAY_UPDATED", "VALUE")
    draft.listing(
        Listing(
            authority=AUTHORITY,
            list=LIST,
            programme=text(element, "UN_LIST_TYPE") or None,
            id=uid,
            from_=dates.partial(text(element, "LISTED_ON")),
            until=dates.partial(text(element, "DELISTED_ON")),
            url=URL,
            note=f"updated {', '.join(updates)}" if updates else None,
        )
    )
    comments = (element.findtext("COMMENTS1") or "").strip()
    for reference in dict.fromkeys(_REFERENCE.findall(comments)):
        if reference != uid:
            draft.relate("named in comments", reference)
    draft.evidence(list_id, comments, uid)
    return draft


def _alias(draft: Draft, alias: Element) -> None:
    quality = text(alias, "QUALITY").lower()
    for value in _several(text(alias, "ALIAS_NAME")):
        draft.also(value, weak=quality == "low", former=quality == "f.k.a.", note=text(alias, "NOTE"))
    draft.born(text(alias, "DATE_OF_BIRTH"))
    parts = (text(alias, "CITY_OF_BIRTH"), text(alias, "COUNTRY_OF_BIRTH"))
    draft.detail("place of birth", ", ".join(filter(None, parts)))


def _several(alias: str) -> list[str]:
    """The names in one alias: separated by semicolons or "b)", the original script in brackets at the end."""
    found = []
    for piece in _SEPARATORS.split(alias):
        bracketed = _BRACKETED.match(piece.strip())
        if bracketed and not bracketed[2].isascii():
            found += [bracketed[1], bracketed[2]]
        else:
            found.append(piece)
    return found


def _birth(draft: Draft, birth: Element) -> None:
    kind = text(birth, "TYPE_OF_DATE").lower()
    exact = text(birth, "DATE") or text(birth, "YEAR")
    first, last = text(birth, "FROM_YEAR"), text(birth, "TO_YEAR")
    if exact:
        draft.born(f"circa {exact}" if kind == "approximately" else exact)
    elif first and last:
        draft.born(f"{first} to {last}")
    else:
        draft.born(first or last)
    draft.detail("date of birth", text(birth, "NOTE"))


def _document(draft: Draft, document: Element) -> None:
    kind = text(document, "TYPE_OF_DOCUMENT") or text(document, "TYPE_OF_DOCUMENT2")
    exact = text(document, "TYPE_OF_DOCUMENT2")
    number = text(document, "NUMBER")
    issued = (
        text(document, "DATE_OF_ISSUE"),
        text(document, "CITY_OF_ISSUE"),
        text(document, "COUNTRY_OF_ISSUE"),
    )
    note = ", ".join(
        filter(
            None,
            (
                kind,
                exact if exact != kind else "",
                "issued " + " ".join(filter(None, issued)) if any(issued) else "",
                text(document, "NOTE"),
            ),
        )
    )
    country = text(document, "ISSUING_COUNTRY") or text(document, "COUNTRY_OF_ISSUE")
    if number:
        draft.identifier(scheme_of(kind) or "document", number, country, note)
    else:
        draft.detail("document", ", ".join(filter(None, (note, country))))
