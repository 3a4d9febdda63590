"""Denied Persons List of the Bureau of Industry and Security: tab-separated, quoted, one order a line."""

from __future__ import annotations

from pathlib import Path

from screening.errors import ListError
from screening.lists.formats import dates, tabular
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.guess import NOTE, person_or_company
from screening.lists.formats.ids import Ids, slug
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.model import Listing, Rejected

URL = "https://www.bis.gov/licensing/end-user-guidance/denied-persons-list-dpl"
AUTHORITY = "US Bureau of Industry and Security (BIS)"
LIST = "Denied Persons List"
HEADER = (
    "Name",
    "Street_Address",
    "City",
    "State",
    "Country",
    "Postal_Code",
    "Effective_Date",
    "Expiration_Date",
    "Standard_Order",
    "Last_Update",
    "Action",
    "FR_Citation",
)
EXPECTS = "dpl.txt of BIS: tab-separated, first line Name, Street_Address, City, ..., FR_Citation"


def _header(line: str) -> tuple[str, ...]:
    return tuple(field.strip().strip('"') for field in line.split("\t"))


def fits(sample: Sample) -> bool:
    return _header(sample.first_line) == HEADER


def read(path: Path, options: Options) -> Records:
    """One entity for each order. A line that repeats another word for word is rejected."""
    list_id = options.list_id or "bis-dpl"
    text = tabular.load(path)
    if not tabular.ends_with_line_end(text) and not text.endswith('"'):
        raise tabular.truncated(path, "the last line ends in the middle of a field")
    ids = Ids()
    first_seen: dict[tuple[str, ...], int] = {}
    records = list(tabular.rows(path, text, "\t"))
    if len(records[-1][1]) != len(HEADER):
        raise tabular.truncated(path, f"the last line has {len(records[-1][1])} fields, not {len(HEADER)}")
    for line, fields in records[1:]:
        where = f"{path.name}, line {line}"
        if len(fields) != len(HEADER):
            yield Rejected(where=where, reason=f"{len(fields)} fields where {len(HEADER)} are expected")
            continue
        key = tuple(fields)
        if key in first_seen:
            yield Rejected(where=where, reason=f"repeats line {first_seen[key]} word for word")
            continue
        first_seen[key] = line
        name, street, city, state, country, postcode, start, end, standard, changed, action, citation = fields
        if not squeeze(name):
            yield Rejected(where=where, reason="the line has no name")
            continue
        start_date, end_date = dates.partial(start, month_first=True), dates.partial(end, month_first=True)
        draft = Draft(ids.new(slug(name), start_date or ""), person_or_company(name), name)
        draft.detail("type", NOTE)
        draft.address(street, city, state, postcode, city=city, postcode=postcode, country=country)
        draft.listing(
            Listing(
                authority=AUTHORITY,
                list=LIST,
                programme="Denial order",
                id=squeeze(citation) or None,
                from_=start_date,
                until=end_date,
                url=URL,
                note=squeeze(action) or None,
            )
        )
        draft.detail("standard order", standard)
        draft.detail("last update", changed)
        for label, wording, date in (
            ("effective date", start, start_date),
            ("expiration date", end, end_date),
        ):
            if not date:
                draft.detail(label, wording)
        passage = "; ".join(
            f"{label.replace('_', ' ')}: {squeeze(field)}"
            for label, field in zip(HEADER, fields, strict=True)
            if squeeze(field)
        )
        draft.evidence(list_id, passage, where)
        yield draft.entity(list_id, where)
    if len(records) == 1:
        raise ListError(f"{path.name} has a header and no records.", "Download the list again.")
    return Facts(
        id=list_id,
        title="Denied Persons List",
        kind="export-control",
        publisher="Bureau of Industry and Security (BIS), US Department of Commerce",
        source=URL,
    )
