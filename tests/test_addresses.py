"""Addresses of listed parties under other names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.addresses import Addresses, parts
from screening.intake import open_table
from screening.lists import load_watchlists
from screening.model import Address, Entity, ListInfo, Watchlist
from screening.pipeline import Screener, screen
from screening.settings import DEFAULT, AddressWeights

INFO = ListInfo(
    id="own", title="Own", kind="sanctions", publisher="p", as_of="2026-01-01", sha256="0" * 64, accepted=1
)


def listed(text: str, city: str = "", country: str = "", postcode: str = "") -> Addresses:
    address = Address(text=text, city=city or None, country=country or None, postcode=postcode or None)
    entity = Entity(id="x", type="organization", name="Listed Party", addresses=(address,))
    return Addresses([(entity, INFO)], AddressWeights())


WUHAN = ("Building 2, No. 6 Huanglongshan S. Road, Wuhan", "Wuhan", "CN")
HONG_KONG = ("Room 1801, 18/F, Tai Yau Building, 181 Johnston Road, Wan Chai, Hong Kong", "Hong Kong", "HK")
MOSCOW = ("ul. Vavilova, d. 69/75, Moscow 117335", "Moscow", "RU", "117335")
BERLIN = ("Hauptstraße 5, 10827 Berlin", "Berlin", "DE")
CHINESE = ("武汉市东湖新技术开发区黄龙山南路6号2号楼", "", "CN")
LONDON = ("Flat 4, 20 Grosvenor Hill, London W1K 3QD", "London", "GB")

SAME = [
    (WUHAN, "2 Building, 6 Huanglongshan South Rd., Wuhan, Hubei, China"),
    (WUHAN, "No.6 HUANGLONGSHAN S ROAD, WUHAN 430074"),
    (HONG_KONG, "Flat 5, 9/F, Tai Yau Bldg, 181 Johnston Rd, Wanchai, Hong Kong"),
    (HONG_KONG, "181 Johnston Road, Hong Kong"),
    (MOSCOW, "117335, Moscow, Vavilova street, 69/75"),
    (BERLIN, "Hauptstr. 5, Berlin"),
    (CHINESE, "湖北省武汉市黄龙山南路6号2号楼"),
    (LONDON, "20 Grosvenor Hill, Mayfair, London, W1K 3QD"),
]
OTHER = [
    (WUHAN, "Building 3, No. 6 Huanglongshan S. Road, Wuhan"),  # the next building
    (WUHAN, "Building 2, No. 8 Huanglongshan S. Road, Wuhan"),
    (WUHAN, "Building 2, No. 6 Guanggu Avenue, Wuhan"),
    (WUHAN, "Wuhan"),
    (WUHAN, "No. 6 Huanglongshan S. Road"),  # no city: not enough
    (HONG_KONG, "181 Nathan Road, Hong Kong"),
    (HONG_KONG, "Room 1801, 18/F, 99 Queen's Road, Wan Chai, Hong Kong"),
    (MOSCOW, "117335, Moscow, ul. Profsoyuznaya, 69"),
    (MOSCOW, "Moscow 117335"),
    (BERLIN, "Hauptstraße 5, München"),
    (BERLIN, "Hauptstraße 7, Berlin"),
    (LONDON, "22 Grosvenor Hill, London W1K 3QD"),
    (WUHAN, ""),
    (WUHAN, "6"),
]


@pytest.mark.parametrize(("there", "here"), SAME)
def test_the_same_building(there: tuple[str, ...], here: str) -> None:
    assert listed(*there).find(here, (), set()) is not None


@pytest.mark.parametrize(("there", "here"), OTHER)
def test_another_building(there: tuple[str, ...], here: str) -> None:
    assert listed(*there).find(here, (), set()) is None


def test_another_country_is_another_building() -> None:
    book = listed("5 Kestrelmere Road, Springfield", "Springfield", "GB")
    assert book.find("5 Kestrelmere Road, Springfield", ("GB",), set()) is not None
    assert book.find("5 Kestrelmere Road, Springfield", ("US",), set()) is None
    assert book.find("5 Kestrelmere Road, Springfield, United States", (), set()) is None
    assert book.find("5 Kestrelmere Road, Springfield, Vereinigtes Königreich", (), set()) is not None


def test_the_same_unit_counts_more() -> None:
    book = listed(*HONG_KONG)
    unit = book.find("Room 1801, 18/F Tai Yau Building, 181 Johnston Road, Hong Kong", (), set())
    building = book.find("181 Johnston Road, Hong Kong", (), set())
    assert unit is not None
    assert building is not None
    assert unit.score > building.score
    assert "unit 18, 1801" in unit.steps[0].text


def test_units_and_postcodes_are_no_buildings() -> None:
    found = parts("Suite 300, 5th floor, 12 Long Acre, London WC2E 9LH")
    assert found.buildings == {"12"}
    assert found.units == {"300", "5"}
    assert found.postcodes == {"wc2e9lh"}
    assert parts("117335, г. Москва, ул. Вавилова, д. 69, офис 12").buildings == {"69"}


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    listed(*WUHAN).find(text, (), set())
    found = parts(text)
    assert found.buildings | found.units | found.words <= found.spoken | {
        n.lstrip("0") or "0" for n in found.spoken
    }


@given(st.sampled_from([there for there, _ in SAME]))
def test_an_address_is_its_own(there: tuple[str, ...]) -> None:
    assert (
        listed(*there).find(there[0] + ("" if there[1] in there[0] else ", " + there[1]), (), set())
        is not None
    )


def test_an_address_is_a_review_hit_and_can_be_switched_off(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "name,street,city,postcode,hs_code\n"
        "Plain Foods,6 Huanglongshan South Road Building 2,Wuhan,430074,\n"
        "Plain Oils,7 Huanglongshan South Road,Wuhan,430074,\n"
        "Plain Chips,6 Huanglongshan South Road Building 2,Wuhan,430074,8542.31\n"
    )
    found = screen(
        open_table(path), Screener(load_watchlists()), clock=lambda: datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert (found.hits[0].counterparty.row, found.hits[0].status) == (2, "review")
    assert found.hits[0].entity.id == "wuhan-global-sensor-technology"
    assert found.manifest.counts.clear == 1
    goods = [hit for hit in found.hits if hit.counterparty.row == 4 and hit.list.id == "goods-high-priority"]
    assert any(step.relation == "red-flag-listed-address" for step in goods[0].explanation)
    off = DEFAULT.__class__(addresses=AddressWeights(same_building=0.0))
    none = screen(
        open_table(path), Screener(load_watchlists(), off), clock=lambda: datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert {hit.counterparty.row for hit in none.hits} == {4}


def test_a_party_hit_by_name_is_not_hit_again_by_address(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('name,address\nWuhan Global Sensor Technology,"6 Huanglongshan South Road, Wuhan"\n')
    found = screen(
        open_table(path), Screener(load_watchlists()), clock=lambda: datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert len(found.hits) == 1


def test_many_at_one_address_are_one_alert() -> None:
    address = Address(text=HONG_KONG[0], city="Hong Kong", country="HK")
    entities = [
        Entity(id=f"e{i}", type="organization", name=f"Party {i}", addresses=(address,)) for i in range(3)
    ]
    book = Addresses([(entity, INFO) for entity in entities], AddressWeights())
    finding = book.find("181 Johnston Road, Hong Kong", (), set())
    assert finding is not None
    assert finding.entity.id == "e0"
    assert finding.steps[-1].text == "at this address too: Party 1 (own); Party 2 (own)"


def test_lists_without_addresses_cost_nothing() -> None:
    watchlist = Watchlist(info=INFO, entities=(Entity(id="x", type="person", name="A B"),))
    assert len(Screener([watchlist]).addresses) == 0
