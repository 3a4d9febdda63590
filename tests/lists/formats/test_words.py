"""Dates, countries, document kinds and remarks, as tables of cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.lists.formats import countries, dates, remarks
from screening.lists.formats.draft import Draft
from screening.lists.formats.guess import person_or_company
from screening.lists.formats.ids import Ids, slug
from screening.lists.formats.idtypes import scheme_of, typed
from screening.model import Detail, Identifier, Name, Relation


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("1962", "1962"),
        ("1962-05", "1962-05"),
        ("1962-05-17", "1962-05-17"),
        ("2026-02-27T00:00:09.554Z", "2026-02-27"),
        ("2026-10-02T12:36:12.345+02:00", "2026-10-02"),
        ("17 May 1962", "1962-05-17"),
        ("17 May 1962.", "1962-05-17"),
        ("01 Sept. 1962", "1962-09-01"),
        ("May 1962", "1962-05"),
        ("May 17, 1962", "1962-05-17"),
        ("17/05/1962", "1962-05-17"),
        ("17.05.1962", "1962-05-17"),
        ("dd/mm/1962", "1962"),
        ("00/05/1962", "1962-05"),
        ("00/00/1962", "1962"),
        ("31/02/1962", None),
        ("17/13/1962", None),
        ("Smarch 1962", None),
        ("0000", None),
        ("", None),
        ("unknown", None),
    ],
)
def test_a_written_date(written: str, iso: str | None) -> None:
    assert dates.partial(written) == iso


def test_united_states_lists_write_the_month_first() -> None:
    assert dates.partial("10/02/2026", month_first=True) == "2026-10-02"
    assert dates.partial("10/02/2026") == "2026-02-10"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("circa 1951", ("1951",)),
        ("approximately 1951", ("1951",)),
        ("1962 to 1965", ("1962", "1963", "1964", "1965")),
        ("between 1962 and 1963", ("1962", "1963")),
        ("1962-1964", ("1962", "1963", "1964")),
        ("01 Jan 1962 to 31 Dec 1962", ("1962",)),
        ("03 Mar 1962 to 20 Mar 1962", ("1962-03",)),
        ("1950 to 1960", ()),
        ("1965 to 1962", ()),
        ("in the sixties", ()),
    ],
)
def test_a_birth_date_in_words(written: str, found: tuple[str, ...]) -> None:
    assert dates.births(written) == found


@given(st.text(max_size=40))
def test_no_wording_of_a_date_raises(text: str) -> None:
    assert all(1 <= int(date[:4]) <= 9999 for date in dates.births(text))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Iran", "IR"),
        ("Iran (Islamic Republic of)", "IR"),
        ("Korea, North", "KP"),
        ("Democratic People's Republic of Korea", "KP"),
        ("Democratic People’s Republic of Korea", "KP"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Congo, Republic of the", "CG"),
        ("The Gambia", "GM"),
        ("Bahamas, The", "BS"),
        ("Cote d Ivoire", "CI"),
        ("Côte d'Ivoire", "CI"),
        ("Burma", "MM"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Palestinian", "PS"),
        ("Region: Gaza", "PS"),
        ("China, Hong Kong Special Administrative Region", "HK"),
        ("Virgin Islands, British", "VG"),
        ("Kosovo", "XK"),
        ("ru", "RU"),
        ("RUS", "RU"),
        ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ("Region: Kafia Kingi", None),
        ("undetermined", None),
        ("", None),
    ],
)
def test_a_country_by_name(written: str, code: str | None) -> None:
    assert countries.code(written) == code


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        ("Passport", "passport"),
        ("Tax ID No.", "tax-id"),
        ("tax id no", "tax-id"),
        ("NIT #", "tax-id"),
        ("Unified Social Credit Code (USCC)", "uscc"),
        ("Gender", None),
        ("Website", None),
        ("Secondary sanctions risk:", None),
    ],
)
def test_the_scheme_of_a_document(kind: str, scheme: str | None) -> None:
    assert scheme_of(kind) == scheme


@pytest.mark.parametrize(
    ("scheme", "value", "country", "expected", "wrong"),
    [
        ("tax-id", "7707083893", "RU", "inn", False),
        ("tax-id", "7707083894", "RU", "inn", True),
        ("registration", "1027700132195", "RU", "ogrn", False),
        ("registration", "1027700132195", None, "registration", False),
        ("registration", "91440300708461136T", "CN", "uscc", False),
        ("legal-entity-number", "253400WSS48YWMBUA688", "RU", "lei", False),
        ("legal-entity-number", "253400WSS48YWMBUA689", "RU", "lei", True),
        ("legal-entity-number", "851683897", "NL", "registration", False),
        ("imo", "IMO 9074729", None, "imo", False),
        ("imo", "IMO 9074728", None, "imo", True),
        ("passport", "A 123", "MY", "passport", False),
    ],
)
def test_a_number_takes_its_most_exact_scheme(
    scheme: str, value: str, country: str | None, expected: str, wrong: bool
) -> None:
    found = typed(scheme, value, country, "as the list calls it")
    assert found.scheme == expected
    assert found.note is not None and found.note.startswith("as the list calls it")
    assert ("as published: " in found.note) == wrong
    assert value.removeprefix("IMO ") == found.value


def remark(text: str) -> Draft:
    draft = Draft("1", "person", "ORLOV, Pyotr")
    remarks.add(draft, text)
    return draft


def test_a_remark_is_parsed_part_by_part() -> None:
    entity = remark(
        "DOB 14 Jun 1975; alt. DOB circa 1974; POB Tver, Russia; nationality Russia; alt. nationality Cyprus; "
        "Passport 70123456 (Russia) issued 02 Jan 2010 expires 01 Jan 2020; Matricula Mercantil No 01200175 (Bogota); "
        "a.k.a. 'PETYA'; alt. f.k.a. 'PYOTR'; Linked To: HARBOR GUARD (HG); (Linked To: LANTERN (L) CO); "
        "SWIFT/BIC RKBZCHZZ; Phone Number 8613314257947; Deputy of the harbour."
    ).entity("ofac-sdn", "x")
    assert entity.birth_dates == ("1974", "1975-06-14")
    assert entity.countries == ("RU", "CY")
    assert entity.names == (
        Name(value="PETYA", quality="weak", note="in remarks"),
        Name(value="PYOTR", quality="weak", former=True, note="in remarks"),
    )
    assert entity.related == (
        Relation(relation="linked to", name="HARBOR GUARD (HG)"),
        Relation(relation="linked to", name="LANTERN (L) CO"),
    )
    assert entity.identifiers[:3] == (
        Identifier(
            scheme="passport",
            value="70123456",
            country="RU",
            note="Passport, issued 02 Jan 2010 expires 01 Jan 2020",
        ),
        Identifier(scheme="registration", value="01200175", note="Matricula Mercantil No, Bogota"),
        Identifier(scheme="bic", value="RKBZCHZZ", note="SWIFT/BIC"),
    )
    assert Detail(label="phone", value="8613314257947") in entity.details
    assert Detail(label="remarks", value="Deputy of the harbour") in entity.details


@given(st.lists(st.text(alphabet="abcXYZ 0123456789()'.:#", min_size=1, max_size=30), max_size=6))
def test_no_part_of_a_remark_is_lost(parts: list[str]) -> None:
    draft = remark("; ".join(parts))
    entity = draft.entity("l", "x")
    held = " ".join(
        [
            *(item.value for item in entity.details),
            *(f"{item.value} {item.note} {item.country}" for item in entity.identifiers),
            *(item.value for item in entity.names),
            *(item.name or "" for item in entity.related),
        ]
    )
    for part in parts:
        for word in part.split():
            bare = word.strip(".'()#: ")
            assert bare in held or bare == "", (word, held)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("JOHN Q. LANTERN", "person"),
        ("BRIGHT HARBOR LOGISTICS LTD", "organization"),
        ("A & C International Trade, Inc.", "organization"),
        ("183rd Guard Air Defense Missile Regiment", "organization"),
        ("Rostec", "organization"),
        ("Wang Wei", "person"),
    ],
)
def test_person_or_company_by_the_form_of_the_name(name: str, kind: str) -> None:
    assert person_or_company(name) == kind


def test_made_ids_are_readable_and_distinct() -> None:
    ids = Ids()
    assert [ids.new("el", slug("Lotus Co., Ltd.")) for _ in range(3)] == [
        "el-lotus-co-ltd",
        "el-lotus-co-ltd-2",
        "el-lotus-co-ltd-3",
    ]
    assert ids.new("el-lotus-co-ltd", "2") == "el-lotus-co-ltd-2-2"
    assert slug("明亮港") == "mingliangg" or slug("明亮港").isascii()
    assert len(slug("!!!")) == 12
