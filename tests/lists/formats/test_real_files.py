"""The readers on real files of OFAC, the United Nations, BIS and the International Trade Administration."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pycountry
import pytest

from screening.lists.formats import read_list
from screening.lists.formats.countries import code
from screening.model import Entity, Watchlist

pytestmark = pytest.mark.shared

CASES = (
    # folder or file, id, accepted, rejected by reason (its last words)
    ("ofac-sdn", "ofac-sdn", 7379, {"which sdn.csv lacks": 10}),
    ("ofac-consolidated", "ofac-consolidated", 442, {}),
    ("un-sc/consolidated.xml", "un-sc", 1003, {}),
    ("bis-dpl/dpl.txt", "bis-dpl", 543, {"word for word": 3}),
    ("us-csl/consolidated.csv", "us-csl", 115, {}),
)


@pytest.fixture(scope="module")
def lists(shared: Path) -> dict[str, Watchlist]:
    return {case[1]: read_list(shared / "data/lists" / case[0]) for case in CASES}


def by_id(watchlist: Watchlist) -> dict[str, Entity]:
    return {entity.id: entity for entity in watchlist.entities}


@pytest.mark.parametrize(("_path", "list_id", "accepted", "reasons"), CASES)
def test_every_record_is_accepted_or_rejected_with_a_reason(
    lists: dict[str, Watchlist], _path: str, list_id: str, accepted: int, reasons: dict[str, int]
) -> None:
    watchlist = lists[list_id]
    assert watchlist.info.id == list_id
    assert watchlist.info.accepted == len(watchlist.entities) == accepted
    assert watchlist.info.rejected == len(watchlist.rejected)
    found = Counter(" ".join(item.reason.split()[-3:]) for item in watchlist.rejected)
    assert found == reasons


def test_the_united_nations_list_has_its_people_entities_and_date(lists: dict[str, Watchlist]) -> None:
    kinds = Counter(entity.type for entity in lists["un-sc"].entities)
    assert kinds == {"person": 730, "organization": 273}
    assert lists["un-sc"].info.as_of == "2026-02-27"


def _raw(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8").rstrip("\x1a")
    return [row for row in csv.reader(text.splitlines(keepends=True)) if row]


@pytest.mark.parametrize(
    ("folder", "list_id", "prefix", "aliases", "addresses"),
    [
        ("ofac-sdn", "ofac-sdn", "", 9_682, 11_696),
        ("ofac-consolidated", "ofac-consolidated", "cons_", 1_073, 574),
    ],
)
def test_no_alias_and_no_address_of_ofac_is_lost(
    shared: Path,
    lists: dict[str, Watchlist],
    folder: str,
    list_id: str,
    prefix: str,
    aliases: int,
    addresses: int,
) -> None:
    entities = by_id(lists[list_id])
    rows = _raw(shared / "data/lists" / folder / f"{prefix}alt.csv")
    assert len(rows) == aliases
    for uid, _, kind, name, _ in rows:
        entity = entities[uid]
        known = {(item.value, item.former) for item in entity.names}
        known.add((entity.name, False))
        assert (" ".join(name.split()), kind == "fka") in known, (uid, name)
    rows = _raw(shared / "data/lists" / folder / f"{prefix}add.csv")
    assert len(rows) == addresses
    for uid, _, street, city, country, _ in rows:
        parts = [part.strip(" ,") for part in (street, city, country) if not part.startswith("-0")]
        text = ", ".join(dict.fromkeys(" ".join(part.split()) for part in parts))
        assert not text or any(address.text.startswith(text) for address in entities[uid].addresses), uid


def test_every_party_has_evidence(lists: dict[str, Watchlist]) -> None:
    for watchlist in lists.values():
        for entity in watchlist.entities:
            assert entity.evidence
            assert all(item.document == watchlist.info.id and item.locator for item in entity.evidence)
            assert all(item.stance == "lists" for item in entity.evidence)


# Facts read from the raw lines of the files by eye: (list, id, type, name, what else must be there).
# name~ a weak name, name^ a former one, name= another one; scheme:value an identifier; country, born, place,
# from, programme and relation:name as they say.
SPOT_CHECKS = (
    (
        "ofac-sdn",
        "306",
        "organization",
        "BANCO NACIONAL DE CUBA",
        "name=NATIONAL BANK OF CUBA|name~BNC|country:CH",
    ),
    (
        "ofac-sdn",
        "4234",
        "vessel",
        "HERMANN",
        "call-sign:CL2685|country:CU|owned by:Compania Navegacion Golfo S.A.",
    ),
    (
        "ofac-sdn",
        "25378",
        "vessel",
        "DEVREZ",
        "imo:9120994|linked to:ISLAMIC REPUBLIC OF IRAN SHIPPING LINES",
    ),
    (
        "ofac-sdn",
        "15431",
        "aircraft",
        "EP-GOM",
        "msn:1023409321|msn:8401|linked to:POUYA AIR|operated by:YAS AIR",
    ),
    ("ofac-sdn", "18157", "aircraft", "MSN 164", "tail-number:G-VAIR|programme:IFSR|programme:SDGT"),
    (
        "ofac-sdn",
        "2676",
        "person",
        "AL ZAWAHIRI, Dr. Ayman",
        "name=SALIM, Ahmad Fuad|born:1951-06-19|passport:1084010",
    ),
    (
        "ofac-sdn",
        "26235",
        "person",
        "MALKEVICH, Alexander Aleksandrovich",
        "passport:717637093|linked to:USA REALLY",
    ),
    (
        "ofac-sdn",
        "26137",
        "person",
        "KHORASHADIZADEH, Ali",
        "wallet:149w62rY42aZBox8fGcmqNsXUzSStKeq8C|country:IR",
    ),
    # The last link of this party begins in sdn.csv and ends in sdn_comments.csv.
    (
        "ofac-sdn",
        "12300",
        "person",
        "CIFUENTES VILLA, Jorge Milton",
        "linked to:R D I S.A.|linked to:PROMO RAIZ S.A.S.",
    ),
    (
        "ofac-sdn",
        "23063",
        "organization",
        "WUHAN SANJIANG IMPORT AND EXPORT CO. LTD",
        "uscc:91420112711981060J",
    ),
    (
        "ofac-consolidated",
        "9647",
        "person",
        "ZAHHAR, Mahmoud Khaled",
        "name~AL-ZAHAR, Mahmoud|country:PS|born:1945",
    ),
    (
        "ofac-consolidated",
        "17016",
        "organization",
        "GAZPROMBANK JOINT STOCK COMPANY",
        "inn:7744001497|bic:GAZPRUMM",
    ),
    (
        "ofac-consolidated",
        "17018",
        "organization",
        "PUBLIC JOINT STOCK COMPANY SBERBANK OF RUSSIA",
        "inn:7707083893",
    ),
    (
        "ofac-consolidated",
        "50476",
        "person",
        "MARTELLY, Michel Joseph",
        "name~Sweet Micky|country:DO|born:1961-02-12",
    ),
    (
        "un-sc",
        "CDi.003",
        "person",
        "GASTON IYAMUREMYE",
        "name~Rumuli|name=Victor Rumuri|born:1948|from:2010-12-01",
    ),
    (
        "un-sc",
        "TAi.002",
        "person",
        "MOHAMMAD HASSAN AKHUND",
        "name=محمد حسن آخوند|born:1947|born:1957|country:AF",
    ),
    ("un-sc", "KPe.002", "organization", "KOREA RYONBONG GENERAL CORPORATION", "programme:DPRK|country:KP"),
    ("un-sc", "QDe.004", "organization", "AL-QAIDA", "name=القاعدة|from:2001-10-06"),
    ("bis-dpl", "i-ash-2003-06-19", "person", "I. ASH", "from:2003-06-19|until:2056-06-29|country:US"),
    (
        "us-csl",
        "sdn-23156",
        "vessel",
        "7-28",
        "imo:8898831|ofac:23156|country:KP|linked to:YUSONG SHIPPING CO",
    ),
    ("us-csl", "el-32-group-china-ltd", "organization", "32 Group China Ltd.", "from:2015-11-12|country:HK"),
    (
        "us-csl",
        "plc-9696",
        "person",
        "ABDUL JAWAD, Naser",
        "born:1965|name=ABDEL JAWAD, Nasir Abdullah Odeh|ofac:9696",
    ),
)


def said(entity: Entity) -> set[str]:
    """What an entity says, in the words of the spot checks."""
    marks = {("strong", False): "=", ("weak", False): "~", ("strong", True): "^", ("weak", True): "~"}
    return {
        *(f"name{marks[name.quality, name.former]}{name.value}" for name in entity.names),
        *(f"{item.scheme}:{item.value}" for item in entity.identifiers),
        *(f"country:{item}" for item in entity.countries),
        *(f"born:{item}" for item in entity.birth_dates),
        *(f"{item.relation}:{item.name}" for item in entity.related),
        *(f"programme:{item.programme}" for item in entity.listings),
        *(f"from:{item.from_}" for item in entity.listings),
        *(f"until:{item.until}" for item in entity.listings),
    }


@pytest.mark.parametrize(("list_id", "id", "kind", "name", "facts"), SPOT_CHECKS)
def test_parties_of_all_kinds_against_their_raw_lines(
    lists: dict[str, Watchlist], list_id: str, id: str, kind: str, name: str, facts: str
) -> None:
    entity = by_id(lists[list_id])[id]
    assert (entity.type, entity.name) == (kind, name)
    assert set(facts.split("|")) <= said(entity)


def test_every_link_of_ofac_is_kept_and_most_lead_to_a_party(
    shared: Path, lists: dict[str, Watchlist]
) -> None:
    links = sum(row[11].count("Linked To:") for row in _raw(shared / "data/lists/ofac-sdn/sdn.csv"))
    related = [item for entity in lists["ofac-sdn"].entities for item in entity.related]
    assert sum(item.relation == "linked to" for item in related) >= links
    assert sum(item.entity is not None for item in related) > 0.95 * len(related)


@pytest.mark.parametrize(
    ("list_id", "file"), [("ofac-sdn", "sdn.csv"), ("ofac-consolidated", "cons_prim.csv")]
)
def test_no_word_of_an_ofac_remark_is_lost(
    shared: Path, lists: dict[str, Watchlist], list_id: str, file: str
) -> None:
    """Every part of every remark ends in a word that stands in a field of its party, or in a country's name."""
    entities = by_id(lists[list_id])
    parts = 0
    for row in _raw(shared / "data/lists" / list_id / file):
        if row[11].startswith("-0"):
            continue
        entity = entities[row[0]]
        assert entity.evidence[0].passage.startswith(row[11].strip())
        held = " ".join(
            (
                *(item.value for item in entity.details),
                *(f"{item.value} {item.note} {item.country}" for item in entity.identifiers),
                *(item.value for item in entity.names),
                *(item.name or "" for item in entity.related),
                *(
                    countries.name
                    for code in entity.countries
                    if (countries := pycountry.countries.get(alpha_2=code))
                ),
                *entity.birth_dates,
                entity.name,
            )
        )
        for part in row[11].split(";")[:-1]:
            parts += 1
            coded = re.sub(r" \(([^()]*)\)(?= issued| expires|$)", _as_code, part)
            lasts = {words.split()[-1].strip("'().") for words in (part, coded)}
            assert any(last in held for last in lasts), (row[0], part)
    assert parts > 1_500


def _as_code(found: re.Match[str]) -> str:
    return f" {code(found[1]) or found[1]}"


def _held(entity: Entity) -> str:
    """All that an entity says, as one text with single blanks."""
    return " ".join(
        (
            entity.name,
            *(f"{name.value} {name.note}" for name in entity.names),
            *(f"{item.value} {item.note}" for item in entity.identifiers),
            *(item.text for item in entity.addresses),
            *entity.birth_dates,
            *(
                f"{item.list} {item.programme} {item.id} {item.from_} {item.until}"
                for item in entity.listings
            ),
            *(f"{item.list} {item.authority} {item.note} {item.url}" for item in entity.listings),
            *(" ".join(item.passage.split()) for item in entity.evidence),
            *(item.value for item in entity.details),
            *(item.name or "" for item in entity.related),
        )
    )


# Elements of the UN whose words are read as something else: a quality, a kind of date, keys of its database.
UN_READ = {
    *("QUALITY", "TYPE_OF_DATE", "DATAID", "VERSIONNUM", "LIST_TYPE", "SORT_KEY", "SORT_KEY_LAST_MOD"),
    *(
        "FROM_YEAR",
        "TO_YEAR",
        "YEAR",
        "DATE",
        "LISTED_ON",
        "FIRST_NAME",
        "SECOND_NAME",
        "THIRD_NAME",
        "FOURTH_NAME",
    ),
}

UN_COUNTRIES = {"ISSUING_COUNTRY", "COUNTRY_OF_ISSUE", "COUNTRY"}


def test_no_word_of_the_united_nations_is_lost(shared: Path, lists: dict[str, Watchlist]) -> None:
    """Read again with another parser: the text of every element stands somewhere in its party."""
    entities = by_id(lists["un-sc"])
    checked = 0
    for party in ElementTree.parse(shared / "data/lists/un-sc/consolidated.xml").getroot().iter():
        if party.tag not in ("INDIVIDUAL", "ENTITY"):
            continue
        entity = entities[" ".join(party.findtext("REFERENCE_NUMBER", "").split())]
        held = _held(entity)
        codes = {item.country for item in (*entity.identifiers, *entity.addresses)}
        parents = {child: parent for parent in party.iter() for child in parent}
        for element in party.iter():
            words = " ".join((element.text or "").split())
            above = parents.get(element)
            if not words or element.tag in UN_READ or (above is not None and above.tag in UN_READ):
                continue
            checked += 1
            pieces = re.split(r";|(?:^|\s)[a-z]\)\s|[()]", words) if element.tag == "ALIAS_NAME" else [words]
            for piece in (item.strip() for item in pieces):
                kept = piece in held or (element.tag in UN_COUNTRIES and code(piece) in codes)
                assert kept, (entity.id, element.tag, piece)
        names = [
            party.findtext(tag, "") for tag in ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
        ]
        assert entity.name == " ".join(" ".join(names).split())
        years = {
            item.text for tag in ("YEAR", "FROM_YEAR", "TO_YEAR") for item in party.iter(tag) if item.text
        }
        assert all(any(year in text for text in (*entity.birth_dates, held)) for year in years), entity.id
    assert checked > 10_000


def test_no_cell_of_the_consolidated_screening_list_is_lost(
    shared: Path, lists: dict[str, Watchlist]
) -> None:
    with (shared / "data/lists/us-csl/consolidated.csv").open(encoding="utf-8", newline="") as file:
        # Two cells hold an apostrophe of Windows-1252 taken for Latin-1 on the way; it is put right.
        rows = list(csv.DictReader(file.read().replace("\x92", "’").splitlines(keepends=True)))
    assert len(rows) == len(lists["us-csl"].entities)
    for row, entity in zip(rows, lists["us-csl"].entities, strict=True):
        held = _held(entity) + " " + " ".join(entity.countries)
        assert entity.name == " ".join(row["name"].split())
        for column in (
            "alt_names",
            "addresses",
            "federal_register_notice",
            "places_of_birth",
            "remarks",
            "title",
        ):
            for value in row[column].split("; "):
                assert " ".join(value.split()).strip(" ,") in held, (entity.id, column, value)
        for column in ("license_requirement", "license_policy", "call_sign", "vessel_type", "vessel_owner"):
            assert " ".join(row[column].split()) in held, (entity.id, column)
        for value in filter(None, row["ids"].split("; ")):
            assert any(part in held for part in value.split(", ")), (entity.id, value)


def test_no_line_of_the_denied_persons_is_lost(shared: Path, lists: dict[str, Watchlist]) -> None:
    path = shared / "data/lists/bis-dpl/dpl.txt"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 546
    places = {item.evidence[0].locator: item for item in lists["bis-dpl"].entities}
    rejected = {item.where for item in lists["bis-dpl"].rejected}
    assert len(rejected) == 3
    for line, row in enumerate(rows, start=2):
        where = f"dpl.txt, line {line}"
        if where in rejected:
            assert rows.index(row) < line - 2  # it stands above, word for word
            continue
        held = _held(places[where])
        assert all(" ".join(cell.split()) in held for cell in row.values()), where
