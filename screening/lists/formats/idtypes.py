"""What authorities call a number, to the scheme it belongs to; the authority's wording stays as the note."""

from __future__ import annotations

import re

from screening.identifiers import problem
from screening.model import Identifier

# Longest label first wins, so "Company Number IMO" is not taken for "Company Number".
_SCHEMES: dict[str, str] = {
    # travel and personal documents
    "Passport": "passport",
    "Passport Number": "passport",
    "Passport No.": "passport",
    "National passport": "passport",
    "National passport number": "passport",
    "Numéro de passeport": "passport",
    "Número de pasaporte": "passport",
    "Diplomatic Passport": "passport",
    "Service passport": "passport",
    "Stateless Person Passport": "passport",
    "U.S.A. Passport": "passport",
    "Travel Document Number": "travel-document",
    "Refugee ID Card": "travel-document",
    "Residency Number": "residence-permit",
    "VisaNumberID": "visa",
    "Driver's License No.": "driving-licence",
    "Driving Licence": "driving-licence",
    "Electoral Registry No.": "voter-id",
    "Credencial electoral": "voter-id",
    "I.F.E.": "voter-id",
    "Voter ID": "voter-id",
    "SSN": "ssn",
    "Social Security Number": "ssn",
    "National ID No.": "national-id",
    "National ID": "national-id",
    "National Identification Number": "national-id",
    "National Identification": "national-id",
    "National Identity Card": "national-id",
    "National Foreign ID Number": "national-id",
    "Identity Card": "national-id",
    "Identification Card": "national-id",
    "Identification Card No.": "national-id",
    "Identification Number": "national-id",
    "Personal ID Card": "national-id",
    "Citizen's Card Number": "national-id",
    "Cedula No.": "national-id",
    "Cedula": "national-id",
    "Cedula de Ciudadania": "national-id",
    "Cedula de Residencia": "national-id",
    "Cedula de Extranjeria": "national-id",
    "C.U.R.P.": "national-id",
    "C.U.I.P.": "national-id",
    "D.N.I.": "national-id",
    "LE Number": "national-id",
    "I.D.": "national-id",
    "Numero de Identidad": "national-id",
    "Turkish Identificiation Number": "national-id",
    "Turkish Identification Number": "national-id",
    "Tazkira National ID Card": "national-id",
    "Kenyan ID No.": "national-id",
    "Bosnian Personal ID No.": "national-id",
    "Tarjeta de Identidad": "national-id",
    "Birth Certificate Number": "birth-certificate",
    "Cartilla de Servicio Militar Nacional": "military-id",
    "Pilot License Number": "licence",
    "Chinese Commercial Code": "chinese-commercial-code",
    # tax
    "Tax ID No.": "tax-id",
    "Tax ID": "tax-id",
    "Tax Identification Number": "tax-id",
    "TIN": "tax-id",
    "NIT #": "tax-id",
    "NIT": "tax-id",
    "R.F.C.": "tax-id",
    "RFC": "tax-id",
    "RUC #": "tax-id",
    "RUC": "tax-id",
    "RIF #": "tax-id",
    "RIF": "tax-id",
    "RTN": "tax-id",
    "C.U.I.T.": "tax-id",
    "C.U.I.T": "tax-id",
    "C.I.F.": "tax-id",
    "C.I.F": "tax-id",
    "N.I.E.": "tax-id",
    "C.N.P.J": "tax-id",
    "C.P.F": "tax-id",
    "US FEIN": "tax-id",
    "Italian Fiscal Code": "tax-id",
    "Fiscal Code": "tax-id",
    "Numero Unico de Identificacao Tributaria (NUIT)": "tax-id",
    "V.A.T. Number": "vat",
    "VAT Number": "vat",
    "INN": "inn",
    "OGRN": "ogrn",
    "KPP": "kpp",
    "Government Gazette Number": "okpo",
    "OKPO": "okpo",
    # registers
    "Unified Social Credit Code (USCC)": "uscc",
    "Unified Social Credit Code": "uscc",
    "USCC": "uscc",
    "United Social Credit Code Certificate (USCCC)": "uscc",
    "Legal Entity Number": "legal-entity-number",
    "Legal Entity Identifier": "lei",
    "LEI": "lei",
    "D-U-N-S Number": "duns",
    "Registration ID": "registration",
    "Registration Number": "registration",
    "Registration No.": "registration",
    "Public Registration Number": "registration",
    "Business Registration Number": "registration",
    "Business Registration Document #": "registration",
    "Business Registration": "registration",
    "Business Number": "registration",
    "Business Licence No.": "registration",
    "Business License No.": "registration",
    "Company Number": "registration",
    "Company ID": "registration",
    "UK Company Number": "registration",
    "Enterprise Number": "registration",
    "Branch Unit Number": "registration",
    "Commercial Registry Number": "registration",
    "Commercial Registry": "registration",
    "C.R. No.": "registration",
    "Chamber of Commerce Number": "registration",
    "Dubai Chamber of Commerce Membership No.": "registration",
    "Certificate of Incorporation Number": "registration",
    "Folio Mercantil No.": "registration",
    "Folio Mercantil": "registration",
    "Matricula Mercantil No": "registration",
    "Matricula Mercantil": "registration",
    "Registered Charity No.": "registration",
    "Trade License No.": "registration",
    "Romanian C.R.": "registration",
    "License": "licence",
    "Afghan Money Service Provider License Number": "licence",
    "Immigration No.": "immigration",
    "Economic Register Number (CBLS)": "registration",
    "Tax Registration Number": "tax-id",
    # money and markets
    "SWIFT/BIC": "bic",
    "BIC": "bic",
    "BIK (RU)": "bik",
    "ISIN": "isin",
    "Equity Ticker": "ticker",
    # ships and aircraft
    "Vessel Registration Identification": "imo",
    "Vessel Registration Number": "imo",
    "IMO number": "imo",
    "Company Number IMO": "imo-company",
    "Identification Number IMO": "imo-company",
    "MMSI": "mmsi",
    "Other Vessel Call Sign": "call-sign",
    "Vessel Call Sign": "call-sign",
    "Aircraft Manufacturer's Serial Number (MSN)": "msn",
    "Aircraft Construction Number (also called L/N or S/N or F/N)": "msn",
    "Aircraft Serial Identification": "msn",
    "Serial No.": "msn",
    "Aircraft Tail Number": "tail-number",
    "Aircraft Mode S Transponder Code": "icao24",
    "Previous Aircraft Tail Number": "tail-number",
}


def _key(label: str) -> str:
    return re.sub(r"[\s#:.]+$", "", re.sub(r"\s+", " ", label.strip())).casefold()


_BY_KEY = {_key(label): scheme for label, scheme in _SCHEMES.items()}
_PREFIX = re.compile(
    "("
    + "|".join(re.escape(label) for label in sorted(_SCHEMES, key=lambda label: (-len(label), label)))
    + r")(?=[\s#:.\d]|$)[\s#:.]*",
    re.IGNORECASE,
)
_WALLET = re.compile(r"Digital Currency Address\s*-\s*(\w+)", re.IGNORECASE)
_IMO_PREFIX = re.compile(r"^IMO\s*(?:No\.?|Number)?\s*[:#]?\s*", re.IGNORECASE)


def scheme_of(label: str) -> str | None:
    """The scheme of a document by the authority's name for it, None when it is not a document."""
    return _BY_KEY.get(_key(label))


def wallet(label: str) -> str | None:
    """The currency of "Digital Currency Address - XBT", else None."""
    found = _WALLET.match(label.strip())
    return found[1].upper() if found else None


def split_label(text: str) -> tuple[str, str, str] | None:
    """(scheme, label, rest) when the text begins with the name of a document, else None."""
    found = _PREFIX.match(text)
    if not found:
        return None
    rest = text[found.end() :].strip()
    return (_BY_KEY[_key(found[1])], found[1], rest) if rest else None


def typed(scheme: str, value: str, country: str | None, note: str | None) -> Identifier:
    """The identifier under the most exact scheme its form and country allow.

    Russian tax numbers become inn, Russian registration numbers ogrn, Chinese 18-character codes uscc. A
    value whose check digit does not fit is kept as published and the note says so.
    """
    compact = re.sub(r"[\s.-]", "", value).upper()
    if scheme in ("tax-id", "registration") and country == "RU" and compact.isdigit():
        if len(compact) in (10, 12):
            scheme = "inn"
        elif len(compact) in (13, 15):
            scheme = "ogrn"
    elif scheme in ("tax-id", "registration", "national-id") and country == "CN" and len(compact) == 18:
        if scheme != "national-id" and re.fullmatch(r"[0-9A-HJ-NP-RTUW-Y]{18}", compact):
            scheme = "uscc"
    elif scheme == "legal-entity-number":
        scheme = "lei" if re.fullmatch(r"[0-9A-Z]{18}\d\d", compact) else "registration"
    if scheme in ("imo", "imo-company"):
        value = _IMO_PREFIX.sub("", value)
    wrong = problem(scheme, value)
    if wrong:
        note = "; ".join(filter(None, (note, f"as published: {wrong}")))
    return Identifier(scheme=scheme, value=value, country=country, note=note)
