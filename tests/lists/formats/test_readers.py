"""Each reader on a small list of invented parties in the official form: what the list says is kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from screening.errors import ListError
from screening.lists.formats import read_list, read_records, recognise
from screening.lists.formats.interface import Options
from screening.model import Address, Detail, Entity, Identifier, Name, Relation, Watchlist

FIXTURES = Path(__file__).parent / "fixtures"


def read(name: str) -> Watchlist:
    return read_list(FIXTURES / name)


def party(name: str, id: str) -> Entity:
    return next(entity for entity in read(name).entities if entity.id == id)


def identifiers(entity: Entity) -> set[tuple[str, str, str | None]]:
    return {(item.scheme, item.value, item.country) for item in entity.identifiers}


@pytest.mark.parametrize(
    ("name", "format", "list_id", "as_of", "ids"),
    [
        ("ofac-sdn", "ofac-csv", "ofac-sdn", "", ["101", "102", "103", "104", "105"]),
        ("ofac-consolidated", "ofac-csv", "ofac-consolidated", "", ["201", "202"]),
        ("sdn.xml", "ofac-xml", "ofac-sdn", "2026-10-02", ["101", "102", "103"]),
        ("sdn_advanced.xml", "ofac-advanced", "ofac-sdn", "2026-10-02", ["101", "102"]),
        ("csl.csv", "us-csl-csv", "us-csl", "", ["el-green-valley-electronics-co-ltd", "sdn-102", "sdn-103"]),
        (
            "csl.json",
            "us-csl-json",
            "us-csl",
            "",
            ["el-green-valley-electronics-co-ltd", "sdn-102", "sdn-103"],
        ),
        (
            "dpl.txt",
            "bis-dpl",
            "bis-dpl",
            "",
            [
                "john-q-lantern-2012-06-04",
                "bright-harbor-logistics-ltd-2014-12-22",
                "john-q-lantern-2012-06-04-2",
            ],
        ),
        ("eu.xml", "eu-fsf", "eu-fsf", "2026-10-02", ["EU.9001.10", "EU.9002.20"]),
        ("uk.csv", "uk-csv", "uk-sanctions", "2026-10-08", ["RUS9001", "RUS9002", "RUS9003"]),
        ("uk.xml", "uk-xml", "uk-sanctions", "2026-10-08", ["RUS9001", "RUS9003"]),
        ("un.xml", "un-xml", "un-sc", "2026-10-02", ["XXi.001", "XXe.001"]),
        ("seco.xml", "ch-seco", "ch-seco", "2026-10-02", ["9001", "9020", "9030"]),
        (
            "targets.simple.csv",
            "opensanctions-csv",
            "opensanctions-us_demo_list",
            "2026-10-02",
            ["ofac-102", "NK-abc"],
        ),
        ("entities.ftm.json", "opensanctions-ftm", "opensanctions-demo", "2026-10-02", ["NK-abc", "NK-def"]),
        ("own.csv", "own-csv", "own", "", ["b-1", "b-2"]),
    ],
)
def test_the_format_is_known_by_content_and_read_in_full(
    name: str, format: str, list_id: str, as_of: str, ids: list[str], tmp_path: Path
) -> None:
    path = FIXTURES / name
    assert recognise(path).name == format
    if path.is_file():
        renamed = tmp_path / "download.bin"
        renamed.write_bytes(path.read_bytes())
        assert recognise(renamed).name == format
    watchlist = read_list(path)
    assert watchlist.info.id == list_id
    assert watchlist.info.as_of == as_of
    assert [entity.id for entity in watchlist.entities] == ids
    assert watchlist.rejected == ()
    assert len(watchlist.info.sha256) == 64
    assert [item for item in read_records(path, Options()) if isinstance(item, Entity)] != []
    other = read_list(path, list_id="mine", as_of="2026-01-01")
    assert other.info.id == "mine"
    assert other.info.as_of == (as_of or "2026-01-01")
    assert all(item.document == "mine" for entity in other.entities for item in entity.evidence)


def test_ofac_csv_joins_the_four_files() -> None:
    company, person = party("ofac-sdn", "101"), party("ofac-sdn", "102")
    assert company.names == (
        Name(value="HARBOUR OF BRIGHTNESS"),
        Name(value="OLD LANTERN LINES", former=True),
        Name(value="BHS", quality="weak", note="in remarks"),
    )
    assert company.addresses == (
        Address(text="12 Quay Road, Havana, Cuba", country="CU"),
        Address(text="Limassol 3030, Cyprus", country="CY"),
    )
    assert company.related == (Relation(relation="linked to", entity="102", name="ORLOV, Pyotr Ilyich"),)
    assert ("inn", "7707083893", "RU") in identifiers(company)
    assert person.type == "person" and person.name == "ORLOV, Pyotr Ilyich"
    assert [item.programme for item in person.listings] == ["SDGT", "CYBER2"]
    assert Detail(label="remarks", value="adviser to the harbour master") in person.details
    assert "harbour master; Email" in person.evidence[0].passage
    assert ("wallet", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", None) in identifiers(person)


def test_ofac_csv_keeps_what_is_known_of_ships_and_aircraft() -> None:
    ship, plane = party("ofac-sdn", "103"), party("ofac-sdn", "104")
    assert ship.type == "vessel" and ship.countries == ("PA",)
    assert {
        ("imo", "9074729", None),
        ("mmsi", "572469210", None),
        ("call-sign", "CL9999", None),
    } <= identifiers(ship)
    assert {(item.label, item.value) for item in ship.details} >= {
        ("vessel type", "General Cargo"),
        ("tonnage", "2597"),
        ("gross registered tonnage", "1098"),
        ("flag", "Panama"),
        ("former flag", "Malta"),
    }
    assert ship.names == (Name(value="EVENING SWALLOW", note="n.k.a."),)
    assert ship.related == (Relation(relation="owned by", name="Bright Harbor Shipping"),)
    assert plane.type == "aircraft" and ("msn", "1023409", None) in identifiers(plane)


def test_ofac_consolidated_has_the_dates_of_its_remarks() -> None:
    company = party("ofac-consolidated", "201")
    assert company.listings[0].from_ == "2021-06-03"
    assert Name(value="Green Valley Electronics Holding", note="issuer name") in company.names
    assert party("ofac-consolidated", "202").birth_dates == ("1962", "1963", "1964", "1965")


def test_the_formats_of_ofac_agree() -> None:
    for id in ("101", "102", "103"):
        legacy, xml = party("ofac-sdn", id), party("sdn.xml", id)
        assert (legacy.name, legacy.type) == (xml.name, xml.type)
        assert set(xml.birth_dates) == set(legacy.birth_dates)
        assert {(n.value, n.quality, n.former) for n in xml.names} <= {
            (n.value, n.quality, n.former) for n in legacy.names
        }
    assert party("sdn.xml", "101").names[-1] == Name(value="BHS", quality="weak")
    assert Detail(label="nonesuch number", value="77") in party("sdn.xml", "101").details


def test_a_record_count_that_does_not_fit_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sdn.xml"
    path.write_text((FIXTURES / "sdn.xml").read_text().replace(">3</Record", ">4</Record"))
    with pytest.raises(ListError, match="declares 4 records and has 3"):
        read_list(path)
    data = json.loads((FIXTURES / "csl.json").read_text())
    data["total"] = 5
    path.write_text(json.dumps(data))
    with pytest.raises(ListError, match="declares 5 records and has 3"):
        read_list(path)


def test_the_consolidated_list_is_told_by_its_programmes(tmp_path: Path) -> None:
    path = tmp_path / "file.xml"
    text = (FIXTURES / "sdn.xml").read_text().replace(">CUBA<", ">NS-PLC<")
    path.write_text(text)
    assert read_list(path).info.id == "ofac-consolidated"


def test_ofac_advanced_resolves_its_references() -> None:
    company, person = party("sdn_advanced.xml", "101"), party("sdn_advanced.xml", "102")
    assert person.name == "Orlov, Pyotr Ilyich"
    assert person.names == (Name(value="Орлов, Пётр Ильич", script="Cyrl"),)
    assert person.birth_dates == ("1975",) and person.countries == ("RU",)
    assert person.addresses == (Address(text="Moscow, Russia", city="Moscow", country="RU"),)
    assert ("passport", "70123456", "RU") in identifiers(person)
    assert person.listings[0].from_ == "2020-01-05" and person.listings[0].programme == "SDGT"
    assert company.names == (
        Name(value="OLD LANTERN LINES", former=True),
        Name(value="BHS", quality="weak"),
    )
    assert company.related == (Relation(relation="owned or controlled by", entity="102"),)
    assert Detail(label="favourite colour", value="teal") in company.details


def test_csv_and_json_of_the_consolidated_screening_list_give_the_same() -> None:
    def bare(entity: Entity) -> object:
        return (
            entity.id,
            entity.type,
            entity.name,
            entity.names,
            entity.countries,
            entity.identifiers,
            entity.birth_dates,
            [item.text for item in entity.addresses],
            entity.related,
            entity.listings,
            entity.evidence,
            entity.details,
        )

    assert [bare(entity) for entity in read("csl.csv").entities] == [
        bare(entity) for entity in read("csl.json").entities
    ]
    assert ("ofac", "102", None) in identifiers(party("csl.csv", "sdn-102"))


def test_denied_persons_keep_their_order_and_dates() -> None:
    person, company = read("dpl.txt").entities[:2]
    assert (person.type, company.type) == ("person", "organization")
    assert (person.listings[0].from_, person.listings[0].until) == ("2012-06-04", "2031-01-26")
    assert person.addresses[0].country == "US"
    assert "77 F.R. 34342" in person.evidence[0].passage


def test_a_line_that_repeats_another_is_rejected(tmp_path: Path) -> None:
    lines = (FIXTURES / "dpl.txt").read_text().splitlines(keepends=True)
    path = tmp_path / "dpl.txt"
    path.write_text("".join([*lines, lines[1]]))
    watchlist = read_list(path)
    assert (watchlist.info.accepted, watchlist.info.rejected) == (3, 1)
    assert watchlist.rejected[0].reason == "repeats line 2 word for word"


def test_eu_keeps_scripts_and_marks_weak_names() -> None:
    person = party("eu.xml", "EU.9001.10")
    assert person.name == "Pyotr Ilyich Orlov"
    assert person.names == (
        Name(value="Пётр Орлов", script="Cyrl", language="ru"),
        Name(value="Petya", quality="weak"),
        Name(value="The Captain", quality="weak", note="Low quality alias"),
    )
    assert person.birth_dates == ("1974", "1975-06-14")
    assert identifiers(person) == {("eu", "EU.9001.10", None), ("passport", "70123456", "RU")}
    assert person.listings[0].programme == "UKR" and person.listings[0].from_ == "2014-03-17"
    company = party("eu.xml", "EU.9002.20")
    assert company.type == "organization"
    assert identifiers(company) >= {("un", "XXe.001", None), ("ogrn", "1027700132195", "RU")}


def test_uk_joins_the_lines_of_a_designation() -> None:
    person = party("uk.csv", "RUS9001")
    assert person.name == "Pyotr Ilyich ORLOV"
    assert person.names == (
        Name(value="Petya", quality="weak"),
        Name(value="Peter ORLOFF"),
        Name(value="Пётр Орлов", script="Cyrl", note="Cyrillic, Russian"),
    )
    assert [item.text for item in person.addresses] == [
        "12 Quay Street, Moscow, 101000, Russia",
        "PO Box 3, Cyprus",
    ]
    assert person.birth_dates == ("1975",) and person.countries == ("RU", "CY")
    assert person.listings[0].from_ == "2022-03-15"
    ship = party("uk.csv", "RUS9003")
    assert ship.type == "vessel" and ("imo", "9074729", None) in identifiers(ship)
    assert ship.related == (
        Relation(relation="owned or operated by", entity="RUS9002", name="Bright Harbor Shipping Co., Ltd."),
    )


def test_csv_and_xml_of_the_uk_agree() -> None:
    from_csv, from_xml = party("uk.csv", "RUS9001"), party("uk.xml", "RUS9001")
    assert set(from_csv.names) == set(from_xml.names)
    assert from_csv.name == from_xml.name
    assert set(from_csv.identifiers) == set(from_xml.identifiers)
    assert set(from_csv.details) == set(from_xml.details)
    assert from_csv.addresses == from_xml.addresses
    assert from_csv.listings == from_xml.listings


def test_un_keeps_quality_script_and_ranges() -> None:
    person = party("un.xml", "XXi.001")
    assert person.names == (
        Name(value="كريم نور سليم", script="Arab", note="original script"),
        Name(value="Kareem Saleem"),
        Name(value="Karim Selim"),
        Name(value="The Clerk", quality="weak"),
    )
    assert person.birth_dates == ("1962", "1963", "1964", "1965")
    assert person.related == (Relation(relation="named in comments", entity="XXe.001", name="XXe.001"),)
    assert party("un.xml", "XXe.001").names[1] == Name(value="Ridge Movement", former=True)


def test_seco_resolves_places_and_programmes() -> None:
    person, company = party("seco.xml", "9001"), party("seco.xml", "9020")
    assert person.name == "Pyotr Orlov"
    assert person.names == (
        Name(value="Пётр Орлов", script="Cyrl", language="ru"),
        Name(value="Petya", quality="weak"),
    )
    assert person.addresses[0].text == "12 Quay Street, 101000, Moscow, RU"
    assert person.related == (Relation(relation="owner of", entity="9020", note="since 2010"),)
    assert person.listings[0].programme == "Lighthouse"
    assert ("un", "XXi.001", None) in identifiers(person)
    assert (company.listings[0].from_, company.listings[0].until) == ("2014-03-19", "2024-05-06")
    assert ("imo", "9074729", None) in identifiers(party("seco.xml", "9030"))


def test_opensanctions_keeps_ownership_and_directorship() -> None:
    company, person = party("entities.ftm.json", "NK-abc"), party("entities.ftm.json", "NK-def")
    assert company.related == (
        Relation(
            relation="owned by", entity="NK-def", name="Pyotr Orlov", share=62.5, note="startDate: 2010"
        ),
        Relation(relation="directed by", name="Anna Orlova", note="treasurer"),
    )
    assert person.related[0] == Relation(
        relation="owns",
        entity="NK-abc",
        name="Bright Harbor Shipping Co., Ltd.",
        share=62.5,
        note="startDate: 2010",
    )
    assert Name(value="BHS", quality="weak") in company.names
    assert ("ogrn", "1027700132195", None) in identifiers(company)
    assert ("passport", "70123456", "RU") in identifiers(person)
    assert company.listings[0].authority == "Ministry of Lanterns"
    assert company.evidence[0].locator == "https://example.org/list"


def test_an_object_of_opensanctions_that_fits_nowhere_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "entities.ftm.json"
    extra = (
        '{"id": "o-2", "schema": "Ownership", "properties": {"owner": ["NK-def"]}}\n'
        '{"id": "s-2", "schema": "Sanction", "properties": {"entity": ["NK-none"]}}\n'
        '{"id": "x-2", "schema": "Spaceship", "properties": {}}\n'
    )
    path.write_text((FIXTURES / "entities.ftm.json").read_text(encoding="utf-8") + extra, encoding="utf-8")
    watchlist = read_list(path)
    assert watchlist.info.accepted == 2
    assert [item.reason for item in watchlist.rejected] == [
        "the Ownership o-2 names no asset",
        "the Sanction s-2 is of a party that is not in the file",
        "'Spaceship' is not a schema that can be read",
    ]


def test_opensanctions_targets() -> None:
    person = party("targets.simple.csv", "ofac-102")
    assert {item.value for item in person.names} == {"Peter Orloff", "Petya Orlov"}
    assert person.countries == ("RU", "CY")
    assert ("ofac", "102", None) in identifiers(person)
    assert ("imo", "9074729", None) in identifiers(party("targets.simple.csv", "NK-abc"))


def test_a_list_of_ones_own() -> None:
    company, person = read("own.csv").entities
    assert read("own.csv").info.kind == "internal"
    assert {item.value for item in company.names} == {"Harbour of Brightness", "BHS Lines"}
    assert company.identifiers[0].scheme == "uscc"
    assert company.evidence[0].passage == "Did not pay"
    assert company.listings[0].from_ == "2024-02-01"
    assert Detail(label="Account Manager", value="Kim") in company.details
    assert person.type == "person"


def test_a_list_of_ones_own_with_mapped_columns(tmp_path: Path) -> None:
    path = tmp_path / "blocked parties 2026.csv"
    path.write_text(
        "Partner;Nr;Steuer\nBright Harbor;1;91440300708461136T\n;2;\nLantern;3\n", encoding="utf-8"
    )
    with pytest.raises(ListError, match="is no list"):
        read_list(path)
    mapping = {"name": "Partner", "identifier:uscc": "Steuer"}
    watchlist = read_list(path, mapping=mapping)
    assert watchlist.info.id == "blocked-parties-2026"
    assert [entity.name for entity in watchlist.entities] == ["Bright Harbor"]
    assert watchlist.entities[0].identifiers == (Identifier(scheme="uscc", value="91440300708461136T"),)
    assert [(item.where, item.reason) for item in watchlist.rejected] == [
        ("blocked parties 2026.csv, line 3", "the row has no name"),
        ("blocked parties 2026.csv, line 4", "2 fields where 3 are expected"),
    ]
    with pytest.raises(ListError, match="no column 'Partnr'"):
        read_list(path, mapping={"name": "Partnr"})
    with pytest.raises(ListError, match="cannot be mapped to 'colour'"):
        read_list(path, mapping={"name": "Partner", "colour": "Nr"})


@pytest.mark.parametrize(
    ("first", "header"),
    [
        ("name", True),
        ("company", True),
        ("Company,Country", True),
        ("Company,Account Manager", False),
        ("Company Name,Account Manager", True),
        ("Bright Harbor Shipping,b-1,company,BHS,Cuba", False),
        ("Bright Harbor Shipping,entity", False),
        ("Grey Heron,CY", False),
    ],
)
def test_a_table_without_a_header_is_not_taken_for_one_with(first: str, header: bool, tmp_path: Path) -> None:
    """Its first party would be lost in silence."""
    path = tmp_path / "own.csv"
    path.write_text(f"{first}\n{first}\n", encoding="utf-8")
    if header:
        assert len(read_list(path).entities) == 1
    else:
        with pytest.raises(ListError, match="no list that can be read"):
            read_list(path)


def test_a_folder_with_one_file_is_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "un-sc"
    folder.mkdir()
    (folder / ".listing").write_text("hidden files do not count")
    shutil.copy(FIXTURES / "un.xml", folder / "whatever.xml")
    assert read_list(folder) == read_list(FIXTURES / "un.xml")
    shutil.copy(FIXTURES / "eu.xml", folder / "another.xml")
    with pytest.raises(ListError, match="a folder with one file"):
        read_list(folder)
