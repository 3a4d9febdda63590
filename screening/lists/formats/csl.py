"""US Consolidated Screening List of the International Trade Administration: CSV and JSON, the same entities.

Fields: https://developer.trade.gov (Consolidated Screening List). The CSV joins several values with "; ".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from screening.lists.formats import countries, dates, remarks, tabular
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.guess import NOTE, person_or_company
from screening.lists.formats.ids import Ids, slug
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.jsontext import objects
from screening.model import Entity, EntityType, Listing, Rejected

URL = "https://www.trade.gov/consolidated-screening-list"
PUBLISHER = "International Trade Administration, US Department of Commerce"
EXPECTS_CSV = (
    "CSV of the Consolidated Screening List, with columns source, entity_number, type, programs, name"
)
EXPECTS_JSON = (
    'JSON of the Consolidated Screening List, {"results": [...]} with source and name in each object'
)

_NEEDED = ("source", "name", "programs", "alt_names", "source_list_url")
_TYPES: dict[str, EntityType] = {
    "individual": "person",
    "entity": "organization",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
_CODE = re.compile(r"\((\w+)\)\s*-")
_OFAC = frozenset(
    ("sdn", "ssi", "plc", "cap", "fse", "561", "ns-mbs", "mbs", "cmic", "nsmbs", "isa", "13599")
)
_COUNTRY_FIRST = re.compile(r"([A-Z]{2}), ")

# What has its own place; anything else a record says is kept as a detail. The id is of the service's database.
_READ = frozenset(
    """
    source entity_number type programs name title addresses federal_register_notice start_date end_date standard_order
    license_requirement license_policy call_sign vessel_type gross_tonnage gross_registered_tonnage vessel_flag
    vessel_owner remarks source_list_url alt_names citizenships dates_of_birth nationalities places_of_birth
    source_information_url ids id _id
    """.split()  # noqa: SIM905 - a list of words reads better as text
)

Row = Mapping[str, object]


def fits_csv(sample: Sample) -> bool:
    header = [cell.strip('"') for cell in sample.first_line.split(",")]
    return all(column in header for column in _NEEDED)


def fits_json(sample: Sample) -> bool:
    start = sample.text.lstrip()
    return start.startswith("{") and '"results"' in start and '"source"' in start and '"alt_names"' in start


def read_csv(path: Path, options: Options) -> Records:
    text = tabular.load(path)
    if not tabular.ends_with_line_end(text):
        raise tabular.truncated(path, "the last line has no line end")
    return _read(path, options, tabular.table(path, text, _NEEDED), None)


def read_json(path: Path, options: Options) -> Records:
    text = tabular.load(path)
    head, found = objects(path, text, "results")
    total = head.get("total")
    return _read(path, options, found, total if isinstance(total, int) else None)


def _read(
    path: Path, options: Options, rows: Iterator[tuple[str, Row | str]], declared: int | None
) -> Records:
    list_id = options.list_id or "us-csl"
    ids = Ids()
    problem = ""
    for where, row in rows:
        problem = row if isinstance(row, str) else _problem(row)
        if isinstance(row, str) or problem:
            yield Rejected(where=where, reason=problem)
        else:
            yield _party(list_id, row, ids, where)
    if problem.endswith("are expected"):
        raise tabular.truncated(path, f"the last line has {problem}")
    return Facts(
        id=list_id,
        title="US Consolidated Screening List",
        kind="export-control",
        publisher=PUBLISHER,
        declared=declared,
        source=URL,
    )


def _problem(row: Row) -> str:
    if not _text(row, "name"):
        return "the record has no name"
    return "" if _text(row, "source") else "the record does not say which list it is from"


def _text(row: Row, key: str) -> str:
    """A single value; the last resort for a nested one is its JSON, so that nothing is lost."""
    value = row.get(key)
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    return squeeze(value if isinstance(value, str) else _flat(value))


def _flat(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _several(row: Row, key: str) -> list[str]:
    """The values of a field that may hold several: a JSON list, or text joined by semicolons."""
    value = row.get(key)
    if isinstance(value, list):
        items = [item if isinstance(item, str) else _flat(item) for item in value if item is not None]
    else:
        items = _text(row, key).split("; ")
    return [squeeze(item) for item in items if squeeze(item)]


def _party(list_id: str, row: Row, ids: Ids, where: str) -> Entity:
    source, name, number = _text(row, "source"), _text(row, "name"), _text(row, "entity_number")
    code_found = _CODE.search(source)
    code = (code_found[1] if code_found else slug(source)).lower()
    kind = _text(row, "type").lower()
    draft = Draft(
        ids.new(code, number or slug(name)), _TYPES[kind] if kind in _TYPES else person_or_company(name), name
    )
    if kind not in _TYPES:
        draft.detail("type", kind or NOTE)
    if number and code in _OFAC:
        draft.identifier("ofac", number)
    elif number:
        draft.detail("entity number", number)
    for alias in _several(row, "alt_names"):
        draft.also(alias)
    _addresses(draft, row)
    for key, label in (("nationalities", "nationality"), ("citizenships", "citizenship")):
        for value in _several(row, key):
            draft.country(value, label)
    for value in _several(row, "dates_of_birth"):
        draft.born(value)
    for value in _several(row, "places_of_birth"):
        draft.detail("place of birth", value)
    _numbers(draft, row)
    _vessel(draft, row)
    for key in ("title", "standard_order"):
        draft.detail(key.replace("_", " "), _text(row, key))
    for key in sorted(row.keys() - _READ):
        for value in _several(row, key):
            draft.detail(key.replace("_", " ").strip(), value)
    notes = [
        f"{key.replace('_', ' ')}: {_text(row, key)}"
        for key in ("license_requirement", "license_policy")
        if _text(row, key)
    ]
    url = _text(row, "source_information_url") or _text(row, "source_list_url") or URL
    for programme in _several(row, "programs") or [""]:
        draft.listing(
            Listing(
                authority=source.rpartition(" - ")[2] or source,
                list=source.rpartition(" - ")[0] or source,
                programme=programme or None,
                id=number or _text(row, "federal_register_notice") or None,
                from_=dates.partial(_text(row, "start_date")),
                until=dates.partial(_text(row, "end_date")),
                url=url,
                note="; ".join(notes) or None,
            )
        )
    draft.detail("federal register notice", _text(row, "federal_register_notice"))
    remark = _text(row, "remarks")
    remarks.add(draft, remark)
    passage = "; ".join(filter(None, (source, name, _text(row, "federal_register_notice"), *notes, remark)))
    locator = _text(row, "source_list_url") or where
    draft.evidence(list_id, passage, locator)
    return draft.entity(list_id, locator)


def _addresses(draft: Draft, row: Row) -> None:
    value = row.get("addresses")
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                part = {key: squeeze(str(item.get(key) or "")) for key in item}
                draft.address(
                    *(part.get(key) for key in ("address", "city", "state", "postal_code")),
                    city=part.get("city"),
                    postcode=part.get("postal_code"),
                    country=part.get("country"),
                )
            else:
                draft.address(_flat(item))
        return
    for text in _several(row, "addresses"):
        before, _, last = text.rpartition(", ")
        if len(last) == 2 and last.isupper() and countries.code(last):
            draft.address(before, country=last)
        elif len(text) == 2 and countries.code(text):
            draft.country(text)
        else:
            draft.address(text)


def _numbers(draft: Draft, row: Row) -> None:
    """Document numbers. "US, 80-0890696, Tax ID No." reads like OFAC's "Tax ID No. 80-0890696 (US)"."""
    value = row.get("ids")
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, dict):
                draft.detail("remarks", _flat(item))
                continue
            part = {key: squeeze(str(item.get(key) or "")) for key in item}
            fields = ("type", "number", "country", "issue_date", "expiration_date")
            remarks.document(draft, *(part.get(key, "") for key in fields))
        return
    for text in _several(row, "ids"):
        country = ""
        rest = text
        if (found := _COUNTRY_FIRST.match(text)) and text.count(", ") >= 2:
            country, rest = found[1], text[found.end() :]
        number, _, label = rest.rpartition(", ")
        remarks.document(draft, label, number, country)


def _vessel(draft: Draft, row: Row) -> None:
    draft.identifier("call-sign", _text(row, "call_sign"))
    draft.detail("vessel type", _text(row, "vessel_type"))
    draft.detail("tonnage", _text(row, "gross_tonnage"))
    draft.detail("gross registered tonnage", _text(row, "gross_registered_tonnage"))
    draft.country(_text(row, "vessel_flag"), "flag")
    draft.relate("owned by", _text(row, "vessel_owner"))
