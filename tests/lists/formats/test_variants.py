"""What publishers' files hold beside the plain case, each in a small file of the official form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from screening.lists.formats import read_list
from screening.model import Detail, Entity, Name, Relation

FIXTURES = Path(__file__).parent / "fixtures"


def only(folder: Path, name: str, text: str) -> Entity:
    """The one party of a file, of which nothing was rejected."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    watchlist = read_list(path)
    assert watchlist.rejected == ()
    [entity] = watchlist.entities
    return entity


def said(entity: Entity) -> set[tuple[str, str]]:
    return {(item.label, item.value) for item in entity.details}


def numbers(entity: Entity) -> set[tuple[str, str, str | None]]:
    return {(item.scheme, item.value, item.country) for item in entity.identifiers}


# --- European Union ---------------------------------------------------------------------------------


def eu(folder: Path, inside: str, kind: str = "person") -> Entity:
    return only(
        folder,
        "eu.xml",
        '<?xml version="1.0" encoding="UTF-8"?><export xmlns="http://eu.europa.ec/fpi/fsd/export" '
        'generationDate="2026-10-02T12:36:12.345+02:00"><sanctionEntity designationDate="" unitedNationId="" '
        f'euReferenceNumber="EU.1.1" logicalId="1"><subjectType code="{kind}"/>'
        f'<nameAlias wholeName="Pyotr Orlov" nameLanguage="" strong="true"/>{inside}</sanctionEntity></export>',
    )


@pytest.mark.parametrize(
    ("attributes", "country"),
    [
        ('countryIso2Code="00" countryDescription="UNKNOWN"', ()),
        ('countryIso2Code="00" countryDescription=""', ()),
        ('countryIso2Code="" countryDescription="UNKNOWN"', ()),
        ('countryIso2Code="UNKNOWN" countryDescription="UNKNOWN"', ()),
        ('countryIso2Code="00" countryDescription="SYRIAN ARAB REPUBLIC"', ("SY",)),
        ('countryIso2Code="SY" countryDescription="SYRIAN ARAB REPUBLIC"', ("SY",)),
    ],
)
def test_eu_countries_that_are_not_known(attributes: str, country: tuple[str, ...], tmp_path: Path) -> None:
    entity = eu(tmp_path, f'<citizenship {attributes}/><address city="Homs" {attributes}/>')
    assert entity.countries == country
    assert [item.country for item in entity.addresses] == [country[0] if country else None]
    assert "UNKNOWN" not in entity.addresses[0].text
    assert not any("unknown" in value.lower() or value == "00" for _, value in said(entity))


@pytest.mark.parametrize(
    "remark", ["Low quality alias", "(low quality a.k.a.)", "Low-quality alias", "LOW QUALITY ALIAS"]
)
def test_eu_remarks_that_make_a_name_weak(remark: str, tmp_path: Path) -> None:
    entity = eu(tmp_path, f'<nameAlias wholeName="Petya" strong="true"><remark>{remark}</remark></nameAlias>')
    assert entity.names == (Name(value="Petya", quality="weak", note=remark),)


@pytest.mark.parametrize(
    ("attributes", "births", "detail"),
    [
        ('birthdate="1975-06-14" year="1975" monthOfYear="6" dayOfMonth="14"', ("1975-06-14",), None),
        ('year="1975" monthOfYear="6"', ("1975-06",), None),
        ('circa="true" year="1974"', ("1974",), "circa 1974"),
        ('yearRangeFrom="1974" yearRangeTo="1976"', ("1974", "1975", "1976"), "1974 to 1976"),
        ('yearRangeFrom="1960" yearRangeTo="1980"', (), "1960 to 1980"),
        # 1345 of the Islamic calendar is 1926: as a year of ours it would clear the right person.
        ('year="1345" calendarType="ISLAMIC"', (), "1345 (islamic calendar)"),
        ('calendarType="GREGORIAN" city="Tver"', (), None),
    ],
)
def test_eu_birth_dates(attributes: str, births: tuple[str, ...], detail: str | None, tmp_path: Path) -> None:
    entity = eu(tmp_path, f'<birthdate countryIso2Code="00" countryDescription="UNKNOWN" {attributes}/>')
    assert entity.birth_dates == births
    assert {value for label, value in said(entity) if label == "date of birth"} == (
        {detail} if detail else set()
    )


def test_eu_names_from_parts_and_documents_with_what_is_known_of_them(tmp_path: Path) -> None:
    entity = eu(
        tmp_path,
        '<nameAlias firstName="Anna" middleName="" lastName="Orlova" wholeName="" strong="true"/>'
        '<identification number="" latinNumber="A1" identificationTypeCode="passport" reportedLost="true" '
        'countryIso2Code="SY" identificationTypeDescription="National passport"><remark>seen in 2012</remark>'
        '</identification><identification number="7" identificationTypeCode="other" countryIso2Code="00" '
        'identificationTypeDescription="Other identification number"/>',
    )
    assert [name.value for name in entity.names] == ["Anna Orlova"]
    assert numbers(entity) == {("eu", "EU.1.1", None), ("passport", "A1", "SY"), ("document", "7", None)}
    assert "National passport, reported lost, seen in 2012" in {item.note for item in entity.identifiers}


# --- United Kingdom ---------------------------------------------------------------------------------

UK_CSV = (FIXTURES / "uk.csv").read_text(encoding="utf-8").splitlines()[1]


def uk_csv(folder: Path, *rows: dict[str, str]) -> Entity:
    columns = UK_CSV.split(",")
    basic = {"Unique ID": "RUS1", "Name type": "Primary Name", "Designation Type": "Individual"}
    lines = [
        ",".join('"' + (basic | row).get(column, "").replace('"', '""') + '"' for column in columns)
        for row in rows
    ]
    return only(folder, "uk.csv", "\r\n".join(["Report Date: 08-Oct-2026", UK_CSV, *lines]) + "\r\n")


def uk_xml(folder: Path, inside: str, kind: str = "Individual") -> Entity:
    return only(
        folder,
        "uk.xml",
        '<?xml version="1.0" encoding="utf-8"?><Designations><DateGenerated>2026-10-08T09:00:00</DateGenerated>'
        "<Designation><UniqueID>RUS1</UniqueID><Names><Name><Name6>ORLOV</Name6>"
        f"<NameType>Primary name</NameType></Name></Names><IndividualEntityShip>{kind}</IndividualEntityShip>"
        f"{inside}</Designation></Designations>",
    )


@pytest.mark.parametrize(
    ("written", "births"),
    [
        ("dd/mm/1952", ("1952",)),
        ("00/00/1952", ("1952",)),
        ("dd/05/1952", ("1952-05",)),
        ("17/05/1952", ("1952-05-17",)),
        ("(1) 17/05/1952 (2) dd/mm/1954", ("1952-05-17", "1954")),
        ("1952", ("1952",)),
        ("1952-05-17", ("1952-05-17",)),
        ("31/02/1952", ()),
    ],
)
def test_uk_birth_dates(written: str, births: tuple[str, ...], tmp_path: Path) -> None:
    xml = f"<IndividualDetails><Individual><DOBs><DOB>{written}</DOB></DOBs></Individual></IndividualDetails>"
    for entity in (uk_csv(tmp_path, {"Name 6": "ORLOV", "D.O.B": written}), uk_xml(tmp_path, xml)):
        assert entity.birth_dates == births
        assert births or ("date of birth", written) in said(entity)


def test_uk_lines_that_repeat_and_cells_of_several_lines(tmp_path: Path) -> None:
    reasons = 'The "Front" is led by him.\r\n\r\nIt has two lines, and a comma.'
    rows = [
        {"Name 6": name, "Name type": sort, "Address Line 1": street, "UK Statement of Reasons": reasons}
        for name, sort in (("ORLOV", "Primary Name"), ("ORLOFF", "Alias"), ("ORLOV", "Primary Name"))
        for street in ("1 Quay Street\nFlat 2", "2 Quay Street")
    ]
    entity = uk_csv(tmp_path, *rows)
    assert (entity.name, [name.value for name in entity.names]) == ("ORLOV", ["ORLOFF"])
    assert [item.text for item in entity.addresses] == ["1 Quay Street Flat 2", "2 Quay Street"]
    assert [item.passage for item in entity.evidence] == [
        'The "Front" is led by him. It has two lines, and a comma.'
    ]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("1027700132195", {("registration", "1027700132195", None)}),
        ("INN: 7707083893 (Russia)", {("inn", "7707083893", "RU")}),
        ("OGRN 1027700132195", {("ogrn", "1027700132195", None)}),
        (
            "(1) Tax ID No. 7707083893 (Russia) (2) HE 12345",
            {("inn", "7707083893", "RU"), ("registration", "HE 12345", None)},
        ),
    ],
)
def test_uk_business_numbers_that_say_what_they_are(
    written: str, found: set[tuple[str, str, str | None]], tmp_path: Path
) -> None:
    xml = (
        "<EntityDetails><Entity><BusinessRegistrationNumbers><BusinessRegistrationNumber>"
        f"{written}</BusinessRegistrationNumber></BusinessRegistrationNumbers></Entity></EntityDetails>"
    )
    row = {"Name 6": "ORLOV", "Designation Type": "Entity", "Business registration number (s)": written}
    for entity in (uk_csv(tmp_path, row), uk_xml(tmp_path, xml, "Entity")):
        assert numbers(entity) == found | {("uk", "RUS1", None)}


def test_uk_flags_that_say_the_same_again_are_left_out(tmp_path: Path) -> None:
    entity = uk_xml(
        tmp_path,
        "<SanctionsImposed>Asset freeze</SanctionsImposed><SanctionsImposedIndicators><AssetFreeze>true"
        "</AssetFreeze><TravelBan>false</TravelBan></SanctionsImposedIndicators><Titles><Title>Dr</Title></Titles>",
    )
    assert entity.listings[0].note == "Asset freeze"
    assert said(entity) == {("title", "Dr")}


def test_uk_what_has_no_place_of_its_own_is_kept(tmp_path: Path) -> None:
    entity = uk_csv(
        tmp_path, {"Name 6": "ORLOV", "Non-latin script type": "Cyrillic", "Website": "a.example"}
    )
    assert ("website", "a.example") in said(entity)
    entity = uk_xml(
        tmp_path,
        "<Ship><FavouriteHarbours><FavouriteHarbour>Tver</FavouriteHarbour></FavouriteHarbours></Ship>",
    )
    assert ("favouriteharbour", "Tver") in said(entity)


# --- Switzerland ------------------------------------------------------------------------------------


def seco(folder: Path, identity: str, rest: str = "") -> Entity:
    return only(
        folder,
        "seco.xml",
        '<?xml version="1.0" encoding="UTF-8"?><swiss-sanctions-list date="2026-10-02">'
        '<target ssid="1" sanctions-set-id="17"><individual ssid="2" sex="male"><identity ssid="3" main="true">'
        f'<name ssid="4" name-type="primary-name" quality="good">{identity}</identity>{rest}</individual></target>'
        "</swiss-sanctions-list>",
    )


def part(order: int, value: str, *variants: tuple[str, str, str]) -> str:
    spelled = "".join(
        f'<spelling-variant script="{script}" lang="{lang}">{word}</spelling-variant>'
        for script, lang, word in variants
    )
    return f'<name-part ssid="9{order}" order="{order}"><value>{value}</value>{spelled}</name-part>'


LATIN = ("Latn", "eng")
RUSSIAN = ("Cyrl", "rus")


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        # parts stand in their order, not in that of the file
        (part(2, "Orlov") + part(1, "Pyotr"), []),
        # a part without a variant stands as it is
        (part(1, "Pyotr") + part(2, "Orlov", (*LATIN, "Orloff")), ["Pyotr Orloff"]),
        # two variants of one part are two names, not one long one
        (
            part(1, "Pyotr") + part(2, "Orlov", (*LATIN, "Orloff"), (*LATIN, "Arlov")),
            ["Pyotr Orloff", "Pyotr Arlov"],
        ),
        (
            part(1, "Pyotr", (*LATIN, "Petr"), (*RUSSIAN, "Пётр"))
            + part(2, "Orlov", (*LATIN, "Orloff"), (*LATIN, "Arlov"), (*RUSSIAN, "Орлов")),
            ["Petr Orloff", "Petr Arlov", "Пётр Орлов"],
        ),
    ],
)
def test_seco_name_parts_and_spellings(parts: str, names: list[str], tmp_path: Path) -> None:
    entity = seco(tmp_path, f"{parts}</name>")
    assert entity.name == "Pyotr Orlov"
    assert [name.value for name in entity.names] == names


def test_seco_dates_and_relations(tmp_path: Path) -> None:
    entity = seco(
        tmp_path,
        f'{part(1, "Pyotr Orlov")}</name><day-month-year ssid="5" day="14" month="6" year="1975" calendar="Gregorian"/>'
        '<day-month-year ssid="6" year="1345" calendar="Islamic"/><day-month-year ssid="7" year="1974" quality="low"/>'
        '<day-month-year ssid="8" from-year="1971" to-year="1972"/>',
        '<relation ssid="9" target-id="77" relation-type="brother"/>'
        '<relation ssid="10" target-id="78" relation-type="owned-by"><remark>until 2010</remark></relation>',
    )
    assert entity.birth_dates == ("1971", "1972", "1974", "1975-06-14")
    assert ("date of birth", "1345 (islamic calendar)") in said(entity)
    assert entity.related == (
        Relation(relation="brother", entity="77"),
        Relation(relation="owned by", entity="78", note="until 2010"),
    )


# --- OFAC -------------------------------------------------------------------------------------------


def sdn(folder: Path, inside: str, kind: str = "Individual") -> Entity:
    return only(
        folder,
        "sdn.xml",
        '<?xml version="1.0" standalone="yes"?><sdnList xmlns="http://tempuri.org/sdnList.xsd"><publshInformation>'
        "<Publish_Date>10/02/2026</Publish_Date><Record_Count>1</Record_Count></publshInformation><sdnEntry>"
        f"<uid>7</uid><lastName>ORLOV</lastName><sdnType>{kind}</sdnType>{inside}</sdnEntry></sdnList>",
    )


def document(kind: str, number: str, country: str = "") -> str:
    return f"<id><uid>1</uid><idType>{kind}</idType><idNumber>{number}</idNumber><idCountry>{country}</idCountry></id>"


@pytest.mark.parametrize(
    ("kind", "number", "country", "found", "detail"),
    [
        ("Gender", "Male", "", None, ("gender", "Male")),
        (
            "Secondary sanctions risk:",
            "section 1(b) of Executive Order 13224, as amended",
            "",
            None,
            ("secondary sanctions risk", "section 1(b) of Executive Order 13224, as amended"),
        ),
        (
            "Additional Sanctions Information -",
            "Subject to Secondary Sanctions",
            "",
            None,
            ("additional sanctions information", "Subject to Secondary Sanctions"),
        ),
        ("Digital Currency Address - XBT", "1Boat", "", ("wallet", "1Boat", None), None),
        ("Digital Currency Address - USDT", "TBoat9", "", ("wallet", "TBoat9", None), None),
        ("Vessel Registration Identification", "IMO 9074729", "", ("imo", "9074729", None), None),
        ("MMSI", "422031300", "", ("mmsi", "422031300", None), None),
        ("Passport", "K1234567", "Iran", ("passport", "K1234567", "IR"), None),
        ("Tax ID No.", "7707083893", "Russia", ("inn", "7707083893", "RU"), None),
        ("Email Address", "a@b.example", "", None, ("email", "a@b.example")),
        ("Organization Established Date", "2010", "", None, ("established", "2010")),
        ("Something New", "77", "Iran", None, ("something new", "77 (Iran)")),
    ],
)
def test_ofac_documents_and_what_only_stands_among_them(
    kind: str,
    number: str,
    country: str,
    found: tuple[str, str, str | None] | None,
    detail: tuple[str, str] | None,
    tmp_path: Path,
) -> None:
    entity = sdn(tmp_path, f"<idList>{document(kind, number, country)}</idList>")
    assert numbers(entity) == {("ofac", "7", None), *([found] if found else [])}
    assert said(entity) == ({detail} if detail else set())


PERIOD = (
    '<DatePeriod CalendarTypeID="{calendar}"><Start Approximate="{about}"><From>{0}</From><To>{1}</To></Start>'
    '<End Approximate="{about}"><From>{2}</From><To>{3}</To></End></DatePeriod>'
)


def day(text: str) -> str:
    return "".join(
        f"<{tag}>{int(value)}</{tag}>"
        for tag, value in zip(("Year", "Month", "Day"), text.split("-"), strict=False)
    )


@pytest.mark.parametrize(
    ("first", "last", "more", "births"),
    [
        ("1975-06-14", "1975-06-14", {}, ("1975-06-14",)),
        ("1975-01-01", "1975-12-31", {}, ("1975",)),
        ("1975-06-01", "1975-06-30", {}, ("1975-06",)),
        ("1975-01-01", "1975-12-31", {"about": "true"}, ("1975",)),
        ("1974-01-01", "1976-12-31", {}, ("1974", "1975", "1976")),
        ("1960-01-01", "1990-12-31", {}, ()),
        ("1345-01-01", "1345-12-29", {"calendar": "2"}, ()),
    ],
)
def test_advanced_dates_are_periods(
    first: str, last: str, more: dict[str, str], births: tuple[str, ...], tmp_path: Path
) -> None:
    text = (FIXTURES / "sdn_advanced.xml").read_text(encoding="utf-8")
    before, opening, rest = text.partition('<Feature ID="302"')
    start, _, after = rest.partition("<DatePeriod")
    after = after.partition("</DatePeriod>")[2]
    values = [day(first), day(first), day(last), day(last)]
    period = PERIOD.format(*values, **({"calendar": "1", "about": "false"} | more))
    calendars = (
        '<CalendarTypeValues><CalendarType ID="1">Gregorian</CalendarType><CalendarType ID="2">Islamic</CalendarType>'
        "</CalendarTypeValues>"
    )
    before = before.replace("<ReferenceValueSets>", f"<ReferenceValueSets>{calendars}")
    path = tmp_path / "sdn_advanced.xml"
    path.write_text(before + opening + start + period + after, encoding="utf-8")
    entity = next(item for item in read_list(path).entities if item.id == "102")
    assert entity.birth_dates == births
    if not births:
        assert any(label == "date of birth" for label, _ in said(entity))


def test_advanced_names_in_several_scripts_are_all_there() -> None:
    entity = next(item for item in read_list(FIXTURES / "sdn_advanced.xml").entities if item.id == "102")
    assert entity.name == "Orlov, Pyotr Ilyich"
    assert Name(value="Орлов, Пётр Ильич", script="Cyrl") in entity.names


# --- Consolidated Screening List, OpenSanctions -----------------------------------------------------


def test_csl_keeps_fields_that_the_service_adds(tmp_path: Path) -> None:
    record = {
        "id": "5c0ffee",
        "source": "Entity List (EL) - Bureau of Industry and Security",
        "name": "Green Valley Electronics Co., Ltd.",
        "programs": [],
        "alt_names": [],
        "source_list_url": "https://example.org/el",
        "country": "China",
        "license_requirement": "All items",
        "ids": [{"type": "Tax ID No.", "number": "7707083893", "country": "RU"}],
    }
    text = json.dumps({"total": 1, "sources": [{"source": "x", "alt_names": 0}], "results": [record]})
    entity = only(tmp_path, "csl.json", text)
    assert ("country", "China") in said(entity)
    assert not any(label == "id" for label, _ in said(entity))
    assert ("inn", "7707083893", "RU") in numbers(entity)


def test_opensanctions_numbers_of_merged_records(tmp_path: Path) -> None:
    line = {
        "id": "NK-1",
        "schema": "Company",
        "caption": "Bright Harbor",
        "referents": ["ofac-77", "eu-fsf-eu-1-1"],
        "target": True,
        "datasets": ["demo"],
        "properties": {"name": ["Bright Harbor"]},
    }
    entity = only(tmp_path, "entities.ftm.json", json.dumps(line) + "\n")
    assert ("ofac", "77", None) in numbers(entity)


def test_opensanctions_edges_lead_both_ways_and_keep_their_share() -> None:
    entities = {item.id: item for item in read_list(FIXTURES / "entities.ftm.json").entities}
    owned, owner = entities["NK-abc"], entities["NK-def"]
    assert [(r.relation, r.entity, r.share) for r in owned.related if r.share] == [
        ("owned by", "NK-def", 62.5)
    ]
    assert [(r.relation, r.entity, r.share) for r in owner.related if r.share] == [("owns", "NK-abc", 62.5)]
    assert ("directed by", "Anna Orlova") in {(r.relation, r.name) for r in owned.related}
    assert Detail(label="incorporation date", value="1998-03-12") in owned.details
