"""Codes as people and spreadsheets write them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.goods.codes import eccn_matches, eccns, hs_codes, hs_relation
from screening.lists import load_watchlists

READ = [
    ("854231", ["854231"]),
    ("8542.31", ["854231"]),
    ("8542 31", ["854231"]),
    ("8542.31.0000", ["8542310000"]),
    ("8542 31 0000", ["8542310000"]),
    ("8542-31-90", ["85423190"]),
    ("HS 8542.31", ["854231"]),
    ("HS code: 854231", ["854231"]),
    ("HTSUS 8542.31.00", ["85423100"]),
    ("ТН ВЭД 8542 31 901 0", ["8542319010"]),
    ("８５４２．３１", ["854231"]),  # full-width
    ("8542.31; 8541.10", ["854231", "854110"]),
    ("8542.31 / 8541.10 | 9013.10", ["854231", "854110", "901310"]),
    ("8542.31 8541.10", ["854231", "854110"]),
    ("8542.31\n8542.31", ["854231"]),
    ("8482.1", ["848210"]),  # a number that lost its zero
    ("8542310000.0", ["8542310000"]),
    ("8542,31", ["854231"]),  # decimal comma
    ("8542", ["8542"]),
    ("85", ["85"]),
    ("EAR99", []),
    ("n/a", []),
    ("", []),
]


@pytest.mark.parametrize(("cell", "digits"), READ)
def test_hs_codes_are_read_in_any_layout(cell: str, digits: list[str]) -> None:
    assert hs_codes(cell).digits == tuple(digits)
    assert hs_codes(cell).unread == ()


@pytest.mark.parametrize("cell", ["abc", "8.54231E+09", "8542.31x", "1", "123456789012345", "=1+1", "\x00"])
def test_what_is_no_code_is_said_and_not_guessed(cell: str) -> None:
    assert hs_codes(cell).digits == ()
    assert hs_codes(cell).unread


@pytest.mark.parametrize(
    ("given_code", "listed", "relation"),
    [
        ("854231", "854231", "equal"),
        ("8542310000", "854231", "below"),
        ("84571090", "845710", "below"),
        ("840710", "8407", "below"),
        ("8407", "8407", "equal"),
        ("8542", "854231", "heading"),
        ("854239", "854231", ""),
        ("854230", "854231", ""),
        ("85", "854231", ""),  # a chapter says nothing
        ("54231", "854231", ""),
        ("10121", "010121", "below"),  # 0101.21 that lost its zero
        ("1854231", "854231", ""),
    ],
)
def test_a_code_matches_at_its_level(given_code: str, listed: str, relation: str) -> None:
    assert hs_relation(given_code, listed) == relation


@given(st.from_regex(r"[1-9][0-9]{5}", fullmatch=True), st.from_regex(r"[0-9]{0,4}", fullmatch=True))
def test_layout_never_changes_a_code(listed: str, rest: str) -> None:
    code = listed + rest
    for layout in (f"{code[:4]}.{code[4:]}", f"{code[:4]} {code[4:6]} {code[6:]}", f" HS {code} "):
        if layout.count(".") and len(code) < 6:
            continue
        assert hs_codes(layout).digits == (code,)
    assert hs_relation(code, listed) == ("below" if rest else "equal")


@given(st.text(max_size=60))
def test_no_cell_breaks_the_reading(cell: str) -> None:
    for code in hs_codes(cell).digits:
        assert 2 <= len(code) <= 14
        assert code.isascii()
        assert code.isdigit()
    eccns(cell)


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("3A001", ["3A001"]),
        ("3a001.a.7.b", ["3A001A7B"]),
        ("ECCN: 5A002", ["5A002"]),
        ("3A001; 6A003", ["3A001", "6A003"]),
        ("9 A 012", ["9A012"]),
        ("EAR99", []),
        ("NLR", []),
    ],
)
def test_eccn_are_normalised(cell: str, digits: list[str]) -> None:
    assert eccns(cell).digits == tuple(digits)
    assert eccns(cell).unread == ()


@pytest.mark.parametrize("cell", ["ML5", "3X001", "three"])
def test_what_is_no_eccn_is_said(cell: str) -> None:
    assert eccns(cell) == ((), (cell.upper(),))


def test_an_eccn_matches_below_its_entry_and_not_above() -> None:
    assert eccn_matches("3A001A7", "3A001")
    assert not eccn_matches("3A001", "3A001A7")
    assert not eccn_matches("3A002", "3A001")


@pytest.mark.shared
def test_the_list_has_the_fifty_codes_with_their_tiers(shared: Path) -> None:
    with (shared / "data" / "chpl.csv").open(encoding="utf-8") as handle:
        facts = {row["hs6"]: (row["tier"], row["list_date"], row["source"]) for row in csv.DictReader(handle)}
    found = {}
    for entity in load_watchlists(["goods-high-priority"])[0].entities:
        code = next(item.value for item in entity.identifiers if item.scheme == "hs").replace(".", "")
        tier = next(item.value for item in entity.details if item.label == "tier")
        listing = entity.listings[0]
        assert listing.programme == f"Tier {tier}"
        assert entity.id == f"hs-{code}"
        found[code] = (tier, listing.from_, listing.url)
    assert len(found) == 50
    assert found == facts
