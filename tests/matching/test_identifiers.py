"""Equal numbers: one number, one party, also where the column does not say of which register the number is."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
import stdnum.cn.uscc
import stdnum.iso7064.mod_97_10
import stdnum.ru.inn
import stdnum.ru.ogrn
from hypothesis import given
from hypothesis import strategies as st

from screening.identifiers import problem
from screening.intake import from_frame
from screening.matching.catalog import Catalog
from screening.matching.context import Context, equal_identifier
from screening.model import Entity, Identifier, ListInfo, Watchlist
from screening.pipeline import Screener, screen

INFO = ListInfo(
    id="x", title="X", kind="internal", publisher="P", as_of="2026-01-01", sha256="0" * 64, accepted=1
)
USCC = "914201000668186736"


def entity(scheme: str, value: str) -> Entity:
    identifier = Identifier(scheme=scheme, value=value)
    return Entity(id="1", type="organization", name="Wuhan Invented Optics", identifiers=(identifier,))


def equal(given: Identifier, listed: Entity) -> Identifier | None:
    """The equal identifier, found by way of the catalog, as a run finds it."""
    catalog = Catalog.of([Watchlist(info=INFO, entities=(listed,))])
    found = [
        equal_identifier(Context(identifiers=(given,)), catalog.entity(i)[0]) for i in catalog.having(given)
    ]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("given_scheme", "given_value", "scheme", "value", "is_equal"),
    [
        ("uscc", "9142 0100-0668186736", "uscc", USCC, True),
        ("registration", "9142 0100-0668186736", "uscc", USCC, True),
        ("tax", USCC.lower(), "uscc", USCC, True),
        ("registration", USCC, "uscc", "9142 0100 0668186736", True),
        ("registration", "1027700132195", "ogrn", "1027700132195", True),
        ("tax", "7707083893", "inn", "7707083893", True),
        ("registration", "5493001KJTIIGC8Y1R12", "lei", "5493001KJTIIGC8Y1R12", True),
        # other numbers of the right length: the check digit is wrong, though both sides say the same
        ("registration", "914201000668186737", "uscc", "914201000668186737", False),
        ("tax", "7707083894", "inn", "7707083894", False),
        # another number
        ("registration", "914201000668186736", "uscc", "91420100MA4F0QE59C", False),
        # too short to prove anything, or a number that is none of a register of companies
        ("registration", "9074729", "imo", "9074729", False),
        ("registration", "US0378331005", "isin", "US0378331005", False),
        # the same unspecific scheme on both sides
        ("registration", "12345", "registration", "12345", False),
        ("tax", USCC, "tax", USCC, False),
        # a column that says which register is taken at its word
        ("inn", USCC, "uscc", USCC, False),
        ("vat", "7707083893", "inn", "7707083893", False),
        ("registration", "", "uscc", USCC, False),
        ("registration", "n/a", "uscc", USCC, False),
    ],
)
def test_equal(given_scheme: str, given_value: str, scheme: str, value: str, is_equal: bool) -> None:
    found = equal(Identifier(scheme=given_scheme, value=given_value), entity(scheme, value))
    assert found == (Identifier(scheme=scheme, value=given_value) if is_equal else None)


DIGITS = st.text("0123456789", min_size=18, max_size=18)


def valid(scheme: str, digits: str) -> str:
    """A number of a scheme with right check digits, made of these digits."""
    if scheme == "inn":
        return digits[:9] + stdnum.ru.inn.calc_company_check_digit(digits[:9])
    if scheme == "ogrn":
        first = "1" + digits[:11]
        return first + str(int(first) % 11 % 10)
    if scheme == "uscc":
        return digits[:17] + stdnum.cn.uscc.calc_check_digit(digits[:17])
    return digits + stdnum.iso7064.mod_97_10.calc_check_digits(digits)


@given(
    st.sampled_from(["inn", "ogrn", "uscc", "lei"]),
    DIGITS,
    st.sampled_from(["registration", "tax"]),
    st.sampled_from(["", " ", "-", "."]),
)
def test_every_checked_number_is_found_however_it_is_written(
    scheme: str, digits: str, given_scheme: str, between: str
) -> None:
    value = valid(scheme, digits)
    written = between.join(value[i : i + 4] for i in range(0, len(value), 4))
    found = equal(Identifier(scheme=given_scheme, value=f" {written} "), entity(scheme, value))
    # python-stdnum knows more of some registers than the check digit (the first digits of an OGRN, of a USCC)
    assert (found is not None) == (problem(scheme, value) is None)


@pytest.mark.parametrize("header", ["Registration number", "Tax number", "USCC"])
def test_a_run_hits_whatever_the_name(header: str) -> None:
    screener = Screener([Watchlist(info=INFO, entities=(entity("uscc", USCC),))])
    frame = pd.DataFrame({"name": ["Blue Lantern Bakery"], header: ["9142 0100-0668186736"]})
    run = screen(from_frame(frame), screener, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    [hit] = run.hits
    assert (hit.status, hit.score) == ("match", 100.0)
    assert hit.explanation[-1].relation == "identifier-equal"
    assert hit.explanation[-1].text == "uscc 9142 0100-0668186736"
