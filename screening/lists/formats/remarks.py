"""The remarks of OFAC's lists: parts separated by semicolons, each parsed or kept word for word."""

from __future__ import annotations

import re

from screening.lists.formats import countries
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.idtypes import split_label, wallet

_ALT = re.compile(r"^alt\.\s+", re.IGNORECASE)
_NAME = re.compile(r"^([afn])\.k\.a\.,? '(.*)'$", re.IGNORECASE)
_LINKED = re.compile(r"^(?:\(Linked To:\s*(.+)\)|Linked To:\s*(.+))$", re.IGNORECASE)
_NUMBER = re.compile(
    r"^(?P<value>.*?)"
    r"(?:\s+\((?P<country>[^()]*)\))?"
    r"(?P<dates>(?:\s+(?:issued|expires|expired)\s+[^()]*)*)$"
)
_WITHOUT_DIGITS = frozenset(("bic", "ticker", "tail-number"))
_PLAIN = (  # wording that opens a part, and the label its value is kept under
    ("POB ", "place of birth"),
    ("Gender ", "gender"),
    ("Email Address ", "email"),
    ("Website ", "website"),
    ("Phone Number ", "phone"),
    ("Phone No. ", "phone"),
    ("PHONE ", "phone"),
    ("Telephone No. ", "phone"),
    ("Telephone: ", "phone"),
    ("Telephone ", "phone"),
    ("Fax No. ", "fax"),
    ("Fax: ", "fax"),
    ("Fax ", "fax"),
    ("FAX ", "fax"),
    ("Organization Established Date ", "established"),
    ("Organization Type: ", "organization type"),
    ("Target Type ", "target type"),
    ("Purchase/Sales For Divestment Date (CMIC) ", "divestment date"),
    ("Secondary sanctions risk: ", "secondary sanctions risk"),
    ("Additional Sanctions Information - ", "additional sanctions information"),
    ("Executive Order 13662 Directive Determination - ", "directive determination"),
    ("Former Vessel Flag ", "former flag"),
    ("Vessel Flag ", "flag"),
    ("Other Vessel Type ", "vessel type"),
    ("Other Vessel Flag ", "other flag"),
    ("Vessel Year of Build ", "year of build"),
    ("Aircraft Model ", "aircraft model"),
    ("Aircraft Manufacture Date ", "aircraft manufacture date"),
    (
        "Transactions Prohibited For Persons Owned or Controlled By U.S. Financial Institutions: ",
        "prohibition",
    ),
)
_LISTED_ON = re.compile(r"^(Listing|Effective) Date \((?P<programme>[^)]*)\):? (?P<date>\d\d? \w{3} \d{4})$")


def parts(text: str) -> list[str]:
    """The parts of a remark, in order."""
    return [piece.strip() for piece in text.split(";") if piece.strip()]


def add(draft: Draft, text: str) -> None:
    """Put every part of a remark into the draft: parsed where its form is known, else a detail "remarks"."""
    whole = squeeze(text)
    if whole.endswith(".") and not re.search(r"\b[A-Z]\.[A-Z]\.$", whole):
        whole = whole[:-1]
    for part in parts(whole):
        if not _known(draft, part):
            draft.detail("remarks", part)


def _known(draft: Draft, part: str) -> bool:
    """Put one part of a remark into the draft if its form is known."""
    words = _ALT.sub("", part)
    if found := _NAME.match(words):
        draft.also(found[2], weak=True, former=found[1].lower() == "f", note="in remarks")
    elif words.startswith("DOB "):
        draft.born(words[4:])
    elif found := _LINKED.match(words):
        draft.relate("linked to", found[1] or found[2])
    elif words.startswith("nationality "):
        draft.country(words[12:], "nationality")
    elif words.startswith("citizen "):
        draft.country(words[8:], "citizenship")
    elif words.startswith("Nationality of Registration "):
        draft.country(words[28:], "nationality of registration")
    elif words.startswith("Issuer Name "):
        draft.also(words[12:], note="issuer name")
    elif words.startswith("Aircraft Operator "):
        draft.relate("operated by", words[18:])
    elif currency := wallet(words):
        draft.identifier("wallet", words.split(currency, 1)[1] if currency in words else words, note=currency)
    elif label := _plain(words):
        draft.detail(*label)
    else:
        return number(draft, words)
    return True


def _plain(words: str) -> tuple[str, str] | None:
    for opening, label in _PLAIN:
        if words.startswith(opening):
            return label, words[len(opening) :]
    if found := _LISTED_ON.match(words):
        return f"{found[1].lower()} date", f"{found['programme']}: {found['date']}"
    return None


def number(draft: Draft, words: str) -> bool:
    """Take "Passport A10472263 (Malaysia) issued 24 Oct 1990" as an identifier; False when it is none."""
    found = split_label(words)
    if not found:
        return False
    scheme, label, rest = found
    match = _NUMBER.match(rest)
    if not match or len(match["value"]) > 80:
        return False
    if scheme not in _WITHOUT_DIGITS and not any(char.isdigit() for char in match["value"]):
        return False
    place = match["country"] or ""
    known = countries.code(place)
    note = ", ".join(filter(None, (label, "" if known else place, match["dates"].strip())))
    draft.identifier(scheme, match["value"], place if known else None, note)
    return True


def document(
    draft: Draft, kind: str, number: str, country: str = "", issued: str = "", expires: str = ""
) -> None:
    """Take a document given field by field; kinds such as "Gender" or "Website" are none and become details."""
    rest = number
    if country:
        rest += f" ({country})"
    for verb, date in (("issued", issued), ("expires", expires)):
        if date:
            rest += f" {verb} {date}"
    if not _known(draft, f"{kind} {rest}".strip()):
        draft.detail(kind.strip(" :-").lower() or "document", rest)
