"""An entity while a reader collects it: empty values are left out, repeats are kept once, order is kept."""

from __future__ import annotations

import re

from msgspec.structs import replace

from screening.lists.formats import countries, dates
from screening.lists.formats.idtypes import typed
from screening.model import (
    Address,
    Detail,
    Entity,
    EntityType,
    Evidence,
    Identifier,
    Listing,
    Name,
    Relation,
)
from screening.names.scripts import scripts_in

# Entity ids are written "list-id:entity-id" and in paths, so they hold no blanks, colons or slashes.
_UNSAFE_IN_IDS = re.compile(r"[\s:/\\]+")
# All blanks of Unicode (category Zs), and the controls that lists use as blanks.
_BLANKS = re.compile(r"[ \t\r\n\f\v\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
# C1 controls are Windows-1252 taken for Latin-1 on the way (the rule of the WHATWG Encoding Standard); halves of
# surrogate pairs, which JSON can smuggle in, are no text and cannot be written anywhere.
_UNMEANT = re.compile("[\x80-\x9f\ud800-\udfff]")

# Countries, programmes, kinds of documents: the same short texts again and again. Held once they take a tenth less
# memory for a whole list. Those that repeat come early, so that the first ones are enough.
_SHORT = 40
_MOST_SEEN = 20_000
_seen: dict[str, str] = {}


def squeeze(text: str | None) -> str:
    """The text on one line with single blanks; "" for None."""
    if not text:
        return ""
    if not text.isascii():
        text = mended(text)
    # Most values are clean; str.isprintable is false for every blank but the plain one.
    if "  " in text or not text.isprintable():
        text = _BLANKS.sub(" ", text)
    text = text.strip(" ")
    if len(text) > _SHORT:
        return text
    return _seen.setdefault(text, text) if len(_seen) < _MOST_SEEN else _seen.get(text, text)


def mended(text: str) -> str:
    """The text with misread Windows-1252 put right and what is no text shown as U+FFFD."""
    return _UNMEANT.sub(_meant, text)


def _meant(found: re.Match[str]) -> str:
    code = ord(found[0])
    return bytes([code]).decode("cp1252", "replace") if code <= 0x9F else "\ufffd"


def script(value: str) -> str | None:
    """ISO 15924 code when the letters are all of one script, else None. ASCII is Latin and stays unsaid."""
    if value.isascii():
        return None
    found = scripts_in(value)
    return found[0] if len(found) == 1 and found[0] != "Latn" else None


def _both(first: str | None, second: str | None) -> str | None:
    """Two notes on one thing that a list says twice."""
    if not first or not second:
        return first or second
    return first if second in first else f"{first}; {second}"


class Draft:
    """Collects what a list says about one party; `entity()` gives the frozen record."""

    def __init__(self, id: str, type: EntityType, name: str) -> None:
        self.id = _UNSAFE_IN_IDS.sub("-", id.strip())[:200]
        self.type: EntityType = type
        self.name = squeeze(name)
        self._names: dict[tuple[str, bool], Name] = {}
        self._countries: dict[str, None] = {}
        self._identifiers: dict[tuple[str, str, str | None], Identifier] = {}
        self._births: dict[str, None] = {}
        self._addresses: dict[Address, None] = {}
        self._related: dict[Relation, None] = {}
        self._listings: dict[Listing, None] = {}
        self._evidence: dict[Evidence, None] = {}
        self._details: dict[Detail, None] = {}

    def also(
        self,
        value: str | None,
        *,
        weak: bool = False,
        former: bool = False,
        language: str | None = None,
        note: str | None = None,
    ) -> None:
        """Another name. A name published as both strong and weak is strong."""
        text = squeeze(value)
        if not text or (text == self.name and not former):
            return
        key = (text, former)
        known = self._names.get(key)
        self._names[key] = Name(
            value=text,
            script=script(text),
            language=language or (known.language if known else None) or None,
            quality="weak" if weak and (known is None or known.quality == "weak") else "strong",
            former=former,
            note=_both(known.note if known else None, squeeze(note) or None),
        )

    def country(self, text: str | None, label: str = "") -> None:
        """A country by name or code. With a label the wording is kept as a detail too."""
        wording = squeeze(text)
        if not wording:
            return
        code = countries.code(wording)
        if code:
            self._countries[code] = None
        if label:
            self.detail(label, wording)
        elif not code and not countries.is_unknown(wording):
            self.detail("country", wording)

    def identifier(
        self, scheme: str, value: str | None, country: str | None = None, note: str | None = None
    ) -> None:
        """A number, typed and normalised. One whose check digit does not fit is kept, and says so."""
        text = squeeze(value)
        if not text:
            return
        found = typed(scheme, text, countries.code(country), squeeze(note) or None)
        key = (found.scheme, found.value, found.country)
        known = self._identifiers.get(key)
        self._identifiers[key] = replace(found, note=_both(known.note, found.note)) if known else found

    def born(self, text: str | None) -> None:
        """A birth date in words or digits. Wording that says more than the date is kept as a detail."""
        wording = squeeze(text)
        if not wording:
            return
        found = dates.births(wording)
        for date in found:
            self._births[date] = None
        if not found or not dates.is_plain(wording):
            self.detail("date of birth", wording)

    def address(
        self,
        *parts: str | None,
        city: str | None = None,
        postcode: str | None = None,
        country: str | None = None,
        note: str | None = None,
    ) -> None:
        """An address from its parts in reading order; the country is part of the text and also a code."""
        pieces = [squeeze(part) for part in (*parts, country)]
        text = ", ".join(dict.fromkeys(piece.strip(" ,") for piece in pieces if piece.strip(" ,")))
        if country:
            self.country(country)
        remark = squeeze(note)
        if remark:
            text = f"{text} ({remark})" if text else remark
        if not text:
            return
        self._addresses[
            Address(
                text=text,
                city=squeeze(city) or None,
                postcode=squeeze(postcode) or None,
                country=countries.code(country),
            )
        ] = None

    def detail(self, label: str, value: str | None) -> None:
        text = squeeze(value)
        if text:
            self._details[Detail(label=label, value=text)] = None

    def relate(
        self,
        relation: str,
        name: str | None = None,
        *,
        entity: str | None = None,
        share: float | None = None,
        note: str | None = None,
    ) -> None:
        text = squeeze(name) or None
        if text or entity:
            self._related[
                Relation(relation=relation, entity=entity, name=text, share=share, note=squeeze(note) or None)
            ] = None

    def listing(self, listing: Listing) -> None:
        self._listings[listing] = None

    def evidence(self, list_id: str, passage: str | None, locator: str, summary: str | None = None) -> None:
        """A passage the list itself publishes about the party."""
        text = mended(passage or "").strip()
        if text:
            self._evidence[
                Evidence(document=list_id, passage=text, locator=locator, stance="lists", summary=summary)
            ] = None

    @property
    def programmes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.programme for item in self._listings if item.programme))

    def entity(self, list_id: str, locator: str) -> Entity:
        """The frozen record. A party without a passage of its own is evidenced by its name and programmes."""
        if not self._evidence:
            self.evidence(list_id, "; ".join((self.name, *self.programmes)), locator)
        return Entity(
            id=self.id,
            type=self.type,
            name=self.name,
            names=tuple(self._names.values()),
            countries=tuple(self._countries),
            identifiers=tuple(self._identifiers.values()),
            birth_dates=tuple(sorted(self._births)),
            addresses=tuple(self._addresses),
            related=tuple(self._related),
            listings=tuple(self._listings),
            evidence=tuple(self._evidence),
            details=tuple(self._details),
        )
