"""Swiss sanctions list of the State Secretariat for Economic Affairs (SECO), XML.

The file is read twice: targets refer to programmes and places, which stand before and after them.
Schema: https://www.seco.admin.ch (swiss-sanctions-list).
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from screening.lists.formats import dates
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.xml import attribute, stream, text, texts
from screening.model import Entity, EntityType, Listing, Rejected

AUTHORITY = "State Secretariat for Economic Affairs (SECO), Switzerland"
LIST = "Swiss sanctions list (SESAM)"
URL = "https://www.seco.admin.ch/seco/en/home/Aussenwirtschaftspolitik_Wirtschaftliche_Zusammenarbeit/exportkontrollen-und-sanktionen/sanktionen-embargos.html"
EXPECTS = "XML of SECO with the root element swiss-sanctions-list"

_KINDS: dict[str, EntityType] = {"individual": "person", "entity": "organization"}
_OBJECTS: dict[str, EntityType] = {"vessel": "vessel", "ship": "vessel", "aircraft": "aircraft"}
_DOCUMENTS = {
    "passport": "passport",
    "diplomatic-passport": "passport",
    "service-passport": "passport",
    "id-card": "national-id",
    "identity-card": "national-id",
    "driver-license": "driving-licence",
    "driving-license": "driving-licence",
    "residence-permit": "residence-permit",
}

_IMO = re.compile(r"\bIMO(?: number)?:? ?(\d{7})\b", re.IGNORECASE)

Programmes = dict[str, str]
Places = dict[str, tuple[tuple[str, ...], str]]


def fits(sample: Sample) -> bool:
    return "<swiss-sanctions-list" in sample.text[:4_000]


def read(path: Path, options: Options) -> Records:
    list_id = options.list_id or "ch-seco"
    programmes, places = _tables(path)
    elements = stream(path, frozenset(("target",)))
    as_of = (dates.partial(attribute(next(elements), "date")) or "")[:10]
    for count, target in enumerate(elements, start=1):
        yield _target(list_id, f"{path.name}, record {count}", target, programmes, places)
    return Facts(id=list_id, title=LIST, kind="sanctions", publisher=AUTHORITY, as_of=as_of, source=URL)


def _tables(path: Path) -> tuple[Programmes, Places]:
    programmes: Programmes = {}
    places: Places = {}
    elements = stream(path, frozenset(("sanctions-program", "place")))
    next(elements)
    for element in elements:
        if element.tag == "place":
            country = element.find("country")
            parts = (text(element, "location"), *(text(element, tag) for tag in ("area", "address-details")))
            name = attribute(country, "iso-code") or squeeze(country.text if country is not None else "")
            places[attribute(element, "ssid")] = (tuple(filter(None, parts)), name)
            continue
        title = _english(element.findall("program-key")) or _english(element.findall("program-name"))
        for item in _sets(element):
            programmes[attribute(item, "ssid")] = title or squeeze(item.text)
    return programmes, places


def _sets(program: Element) -> list[Element]:
    """English sets last, so that their wording is the one kept."""
    return sorted(program.findall("sanctions-set"), key=lambda item: attribute(item, "lang") == "eng")


def _english(elements: list[Element]) -> str:
    chosen = sorted(elements, key=lambda item: attribute(item, "lang") != "eng")
    return squeeze(chosen[0].text) if chosen else ""


def _target(
    list_id: str, where: str, target: Element, programmes: Programmes, places: Places
) -> Entity | Rejected:
    uid = attribute(target, "ssid")
    if not uid:
        return Rejected(where=where, reason="the target has no ssid")
    where = f"{where} (ssid {uid})"
    subject = next((child for child in target if child.tag in ("individual", "entity", "object")), None)
    if subject is None:
        return Rejected(where=where, reason="the target is neither individual, entity nor object")
    identities = sorted(subject.findall("identity"), key=lambda item: attribute(item, "main") != "true")
    names = [found for identity in identities for name in identity.findall("name") for found in _names(name)]
    if not names:
        return Rejected(where=where, reason="the target has no name")
    kind = _KINDS.get(subject.tag) or _OBJECTS.get(attribute(subject, "object-type"), "organization")
    main = next((name for name in names if name[1] == "primary-name"), names[0])
    draft = Draft(uid, kind, main[0])
    if subject.tag == "object":
        draft.detail("type", attribute(subject, "object-type"))
    for value, sort, weak, language in names:
        draft.also(value, weak=weak, former=sort in ("formerly-known-as", "former-name"), language=language)
    draft.detail("gender", attribute(subject, "sex"))
    for reference in texts(target, "foreign-identifier"):
        # SECO gives the UN's permanent reference number where the UN listed the party.
        draft.identifier("un" if "." in reference and reference[:2].isupper() else "foreign", reference)
    for identity in identities:
        _identity(draft, identity, places)
    for item in subject.findall("relation"):
        relation = attribute(item, "relation-type").replace("-", " ") or "related to"
        draft.relate(relation, entity=attribute(item, "target-id") or None, note=text(item, "remark"))
    for tag in ("other-information", "generic-attribute"):
        for item in (*subject.findall(tag), *target.findall(tag)):
            draft.detail(attribute(item, "name") or tag.replace("-", " "), item.text)
            if kind == "vessel" and (found := _IMO.search(item.text or "")):
                draft.identifier("imo", found[1])
    _listings(draft, target, uid, programmes)
    draft.evidence(list_id, "\n".join(texts(subject, "justification")), f"ssid {uid}")
    return draft.entity(list_id, f"ssid {uid}")


def _names(name: Element) -> list[tuple[str, str, bool, str | None]]:
    """(name, kind, weak, language) of a name and its spellings in other scripts."""
    parts = sorted(name.findall("name-part"), key=lambda part: (attribute(part, "order") or "0").zfill(4))
    whole = " ".join(filter(None, (text(part, "value") for part in parts)))
    kind, weak = attribute(name, "name-type"), attribute(name, "quality") == "low"
    found: list[tuple[str, str, bool, str | None]] = [(whole, kind, weak, None)] if whole else []
    spellings: dict[tuple[str, str], list[list[str]]] = {}
    for place, part in enumerate(parts):
        for variant in part.findall("spelling-variant"):
            if word := squeeze(variant.text):
                key = (attribute(variant, "script"), attribute(variant, "lang"))
                spellings.setdefault(key, [[] for _ in parts])[place].append(word)
    for (_, language), columns in spellings.items():
        # A part without a variant stands as it is; the first variants of all parts belong together, then the second.
        words = [column or [text(part, "value")] for column, part in zip(columns, parts, strict=True)]
        for row in range(max(map(len, words))):
            value = " ".join(filter(None, (column[min(row, len(column) - 1)] for column in words)))
            found.append((value, "spelling", weak, _LANGUAGES.get(language)))
    return found


# ISO 639-2, as the file has it, to ISO 639-1, for the languages that occur.
_LANGUAGES = {
    "ara": "ar",
    "bel": "be",
    "deu": "de",
    "eng": "en",
    "fas": "fa",
    "fra": "fr",
    "ita": "it",
    "kor": "ko",
    "mya": "my",
    "pus": "ps",
    "rus": "ru",
    "ukr": "uk",
    "urd": "ur",
    "zho": "zh",
}


def _identity(draft: Draft, identity: Element, places: Places) -> None:
    for item in identity.findall("day-month-year"):
        parts = [attribute(item, key) for key in ("year", "month", "day")]
        about = "circa " if attribute(item, "quality") == "low" else ""
        if (calendar := attribute(item, "calendar").lower()) not in ("", "gregorian"):
            written = "-".join(part for part in parts if part)
            draft.detail("date of birth", f"{about}{written} ({calendar} calendar)" if written else "")
        elif parts[0]:
            draft.born(about + "-".join(part for part in parts if part))
        elif first := attribute(item, "from-year"):
            draft.born(f"{first} to {attribute(item, 'to-year')}")
    for item in identity.findall("nationality/country"):
        draft.country(attribute(item, "iso-code") or squeeze(item.text), "nationality")
    for item in identity.findall("place-of-birth"):
        place, country = places.get(attribute(item, "place-id"), ((), ""))
        draft.detail("place of birth", ", ".join(filter(None, (*place, country))))
    for item in identity.findall("address"):
        place, country = places.get(attribute(item, "place-id"), ((), ""))
        lines = (text(item, tag) for tag in ("c-o", "address-details", "p-o-box", "zip-code"))
        draft.address(
            *lines,
            *place,
            city=place[0] if place else None,
            postcode=text(item, "zip-code"),
            country=country,
            note="; ".join(filter(None, (text(item, "contact-person"), text(item, "remark")))),
        )
    for item in identity.findall("identification-document"):
        kind = attribute(item, "document-type")
        issuer = item.find("issuer")
        dated = [
            f"{word} {text(item, tag)}"
            for tag, word in (("date-of-issue", "issued"), ("expiry-date", "expires"))
            if text(item, tag)
        ]
        note = ", ".join(filter(None, (kind, *dated, text(item, "remark"))))
        country = attribute(issuer, "code") or squeeze(issuer.text if issuer is not None else "")
        draft.identifier(_DOCUMENTS.get(kind, "document"), text(item, "number"), country, note)


def _listings(draft: Draft, target: Element, uid: str, programmes: Programmes) -> None:
    since = until = ""
    changes = sorted(target.findall("modification"), key=_effective)
    for change in changes:
        kind = attribute(change, "modification-type")
        if kind == "listed":
            since, until = since or _effective(change), ""
        elif kind == "de-listed":
            until = _effective(change)
    sets = texts(target, "sanctions-set-id") or attribute(target, "sanctions-set-id").split()
    for number in sets or [""]:
        draft.listing(
            Listing(
                authority=AUTHORITY,
                list=LIST,
                programme=programmes.get(number, number) or None,
                id=uid,
                from_=since or None,
                until=until or None,
                url=URL,
            )
        )


def _effective(change: Element) -> str:
    keys = ("effective-date", "enactment-date", "publication-date")
    return next((found for key in keys if (found := dates.partial(attribute(change, key)))), "")
