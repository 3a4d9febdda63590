"""Shares as people write them, and who owns a party over chains, circles and missing shares."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.errors import InputError
from screening.intake import open_table
from screening.model import Entity, Hit, Identifier, ListInfo, Listing, Run, Watchlist
from screening.ownership import (
    NO_OWNERS,
    UNKNOWN,
    Owners,
    Share,
    Stake,
    counted,
    key,
    read_owners,
    share,
    stakes,
    structure,
)
from screening.pipeline import Screener, screen

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SDN = Listing(authority="OFAC", list="SDN", programme="X", from_="2024-01-01")


def party(id: str, name: str, *listings: Listing) -> Entity:
    return Entity(
        id=id,
        type="organization",
        name=name,
        listings=listings,
        identifiers=(Identifier(scheme="ofac", value="1"),)[:0],
    )


def made(id: str, kind: str, *entities: Entity) -> Watchlist:
    info = ListInfo(
        id=id, title=id, kind=kind, publisher="p", as_of="2026-01-01", sha256="0" * 64, accepted=len(entities)
    )
    return Watchlist(info=info, entities=entities)


@cache
def screener() -> Screener:
    return Screener(
        [
            made(
                "own-sanctions",
                "sanctions",
                party("a", "Zorvath Petrochem", SDN),
                party("b", "Quillmere Armaments", SDN),
            ),
            made("eu-fsf", "sanctions", party("c", "Ostravane Maritime")),
            made("uk-sanctions", "sanctions", party("u", "Hexwold Aviation")),
            made("news", "adverse-media", party("d", "Brackendale Optics")),
        ]
    )


def run(folder: Path, text: str, edges: str = "", workers: int = 1) -> Run:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    owners = NO_OWNERS
    if edges:
        (folder / "owners.csv").write_text(edges, encoding="utf-8")
        owners = read_owners(str(folder / "owners.csv"))
    return screen(
        open_table(path, batch_rows=1), screener(), clock=lambda: NOW, owners=owners, workers=workers
    )


def notes(hit: Hit) -> dict[str, str]:
    return {step.relation: step.text for step in hit.explanation if step.kind != "aligned"}


def verdict(hit: Hit, rule: str) -> str:
    text = notes(hit)[rule]
    return next(word for word in ("not met", "possible", "met") if f" {word}: " in text)


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("51", 51, 51), ("51%", 51, 51), ("51,5 %", 51.5, 51.5), ("100", 100, 100), ("0", 0, 0), ("0.51", 0.51, 51),
        ("1", 1, 100), ("0.5 %", 0.5, 0.5), ("25-50", 25, 50), ("25% to 50%", 25, 50), ("25–50 %", 25, 50),
        ("more than 25% but not more than 50%", 25, 50), (">50", 50, 100), ("50+", 50, 100), ("50 or more", 50, 100),
        ("over 75 %", 75, 100), ("<10%", 0, 10), ("свыше 50", 50, 100), ("", 0, 100), ("unknown", 0, 100),
        ("５１％", 51, 51),
    ],
)  # fmt: skip
def test_shares_are_read_with_their_bounds(cell: str, low: float, high: float) -> None:
    found = share(cell)
    assert found is not None
    assert found[:2] == (low, high)


@pytest.mark.parametrize("cell", ["101", "half", "-5", "50-25", "1e9", "=1+1", "12 shares", "\x00"])
def test_what_is_no_share_is_not_guessed(cell: str) -> None:
    assert share(cell) is None


@given(st.text(max_size=30))
def test_no_cell_breaks_the_reading_of_shares(cell: str) -> None:
    found = share(cell)
    assert found is None or 0 <= found.low <= found.high <= 100


@pytest.mark.parametrize(
    ("owners", "shares", "expected", "said"),
    [
        (["A; B"], ["30; 25"], [("A", 30), ("B", 25)], 0),
        (["A", "B"], ["30", "25"], [("A", 30), ("B", 25)], 0),
        (["A (60%); B (40 %)"], [], [("A", 60), ("B", 40)], 0),
        (["A"], [""], [("A", None)], 0),
        (["A; B"], ["50"], [("A", None), ("B", None)], 1),
        (["A"], ["30; 20"], [("A", None)], 1),
        (["A"], ["lots"], [("A", None)], 1),
        (["n/a"], ["100"], [], 1),
        (["A", "B"], ["0.6", "0.4"], [("A", 60), ("B", 40)], 0),  # fractions: they add up to 1
        ([""], [""], [], 0),
    ],
)
def test_the_stakes_of_a_row(
    owners: list[str], shares: list[str], expected: list[tuple[str, float | None]], said: int
) -> None:
    found, remarks = stakes(owners, shares, "row 2")
    got = [(s.owner, None if s.share[:2] == UNKNOWN[:2] else s.share.low) for s in found]
    assert got == expected
    assert len(remarks) == said


def edges(*links: tuple[str, str, float | None]) -> Owners:
    return Owners(
        (owned, Stake(owner, UNKNOWN if value is None else Share(value, value, str(value)), "file"))
        for owner, owned, value in links
    )


# OFAC FAQ 401: the examples of indirect ownership, and what follows from them.
CASES = [
    ("direct half", [("X", "P", 50)], {"X"}, True),
    ("below half", [("X", "P", 49.9)], {"X"}, False),
    ("two added up", [("X", "P", 25), ("Y", "P", 25)], {"X", "Y"}, True),
    ("over a company", [("X", "A", 50), ("A", "P", 50)], {"X"}, True),
    ("over a company that is not owned", [("X", "A", 25), ("A", "P", 100)], {"X"}, False),
    (
        "two companies, none owned",
        [("X", "A", 25), ("X", "B", 25), ("A", "P", 50), ("B", "P", 50)],
        {"X"},
        False,
    ),
    (
        "two companies, one owned",
        [("X", "A", 50), ("X", "B", 10), ("A", "P", 50), ("B", "P", 50)],
        {"X"},
        True,
    ),
    ("direct and over a company", [("X", "A", 50), ("X", "P", 10), ("A", "P", 40)], {"X"}, True),
    (
        "whole stake of the owned company counts",
        [("X", "A", 50), ("A", "B", 50), ("B", "P", 50)],
        {"X"},
        True,
    ),
    ("a circle alone is nothing", [("A", "P", 100), ("P", "A", 100), ("X", "A", 0)], {"X"}, False),
    ("a circle with a listed owner", [("A", "P", 60), ("P", "A", 40), ("X", "A", 50)], {"X"}, True),
]


@pytest.mark.parametrize(("name", "links", "roots", "owned"), CASES, ids=[case[0] for case in CASES])
def test_the_fifty_percent_rule(
    name: str, links: list[tuple[str, str, float]], roots: set[str], owned: bool
) -> None:
    above = structure(["P"], [], edges(*links))
    assert above is not None
    assert (above.party in counted(above, {key(root) for root in roots})) is owned


@given(
    st.lists(
        st.tuples(*[st.sampled_from("PABCX")] * 2, st.one_of(st.none(), st.integers(0, 100))), max_size=12
    )
)
def test_counting_ends_and_grows_with_the_shares(links: list[tuple[str, str, float | None]]) -> None:
    above = structure(["P"], [], edges(*links))
    if above is None:
        return
    for more_than in (False, True):
        sure = counted(above, {"x"}, more_than=more_than)
        most = counted(above, {"x"}, more_than=more_than, most=True)
        assert "x" in sure <= most
    assert counted(above, {"x"}, more_than=True) <= counted(above, {"x"})
    assert counted(above, set()) == set(), "nobody is listed, so nobody is owned"


def test_aggregation_is_shown_with_its_arithmetic(tmp_path: Path) -> None:
    found = run(
        tmp_path, "name,owner,owner_share\nPlain Foods,Zorvath Petrochem; Quillmere Armaments,30;25\n"
    )
    assert [(hit.entity.id, hit.status) for hit in found.hits] == [("a", "match"), ("b", "match")]
    text = notes(found.hits[0])["ofac-50-percent"]
    assert "30 % Zorvath Petrochem (listed) + 25 % Quillmere Armaments (listed) = 55 % of Plain Foods" in text
    assert "FAQ 398-402" in text
    assert found.hits[0].name == "Plain Foods"


def test_the_three_tests_differ(tmp_path: Path) -> None:
    found = run(tmp_path, "name,owner,owner_share\nPlain Foods,Zorvath Petrochem,50\n")
    hit = found.hits[0]
    assert verdict(hit, "ofac-50-percent") == "met"
    assert verdict(hit, "uk-ownership") == "not met"  # more than 50 %
    assert "no EU listing of the owner is recorded" in notes(hit)["eu-ownership"]
    assert "control" in notes(hit)["control"]


def test_uk_does_not_add_up_and_eu_does(tmp_path: Path) -> None:
    both = run(tmp_path, "name,owner,owner_share\nPlain Foods,Hexwold Aviation,60\n")
    assert verdict(both.hits[0], "uk-ownership") == "met"
    assert both.hits[0].status == "match"
    eu = run(tmp_path, "name,owner,owner_share\nPlain Foods,Ostravane Maritime,50\n")
    assert verdict(eu.hits[0], "eu-ownership") == "met"
    assert eu.hits[0].status == "match"


def test_an_alleged_owner_is_no_listed_one(tmp_path: Path) -> None:
    found = run(tmp_path, "name,owner,owner_share\nPlain Foods,Brackendale Optics,100\n")
    hit = found.hits[0]
    assert hit.status == "review"
    for rule in ("ofac-50-percent", "eu-ownership", "uk-ownership"):
        assert "listing of the owner is recorded" in notes(hit)[rule]
    mixed = run(tmp_path, "name,owner,owner_share\nPlain Foods,Brackendale Optics; Zorvath Petrochem,40;20\n")
    sdn = next(hit for hit in mixed.hits if hit.entity.id == "a")
    assert verdict(sdn, "ofac-50-percent") == "not met", (
        "an alleged owner's stake is not added to a blocked one's"
    )


@pytest.mark.parametrize(
    ("cell", "status"),
    [("50", "match"), ("", "review"), ("25-75", "review"), ("10", "review"), ("strange", "review")],
)
def test_missing_and_small_shares_stay_for_review(tmp_path: Path, cell: str, status: str) -> None:
    found = run(tmp_path, f"name,owner,owner_share\nPlain Foods,Zorvath Petrochem,{cell}\n")
    assert [hit.status for hit in found.hits] == [status]
    if cell == "strange":
        assert "cannot be read" in notes(found.hits[0])["owners-data"]
        assert any("owners or shares that cannot be read" in text for text in found.manifest.warnings)


def test_a_missing_share_is_bounded_by_the_others(tmp_path: Path) -> None:
    text = "name,owner,owner_share\nPlain Foods,Zorvath Petrochem; Honest Farmer,;60\n"
    hit = run(tmp_path, text).hits[0]
    assert verdict(hit, "ofac-50-percent") == "not met", "at most 40 % are left"


def test_chains_from_a_file_of_edges(tmp_path: Path) -> None:
    links = "owner,owned,share\nZorvath Petrochem,Middle Holding,60\nMiddle Holding,Plain Foods,50\nOther,Plain Foods,50\n"
    found = run(tmp_path, "id,name\n7,Plain Foods\n8,Plain Oils\n", links)
    assert [(hit.counterparty.row, hit.entity.id, hit.status) for hit in found.hits] == [(2, "a", "match")]
    text = notes(found.hits[0])
    assert "Zorvath Petrochem owns 60 % of Middle Holding" in text["listed-owner"]
    assert "Middle Holding owns 50 % of Plain Foods" in text["listed-owner"]
    assert (
        "50 % Middle Holding (itself owned: 60 % Zorvath Petrochem (listed) = 60 %) = 50 %"
        in text["ofac-50-percent"]
    )
    assert found.manifest.owners is not None
    assert found.manifest.owners.path.endswith("owners.csv")
    assert run(tmp_path, "id,name\nplain foods,Something Else\n", links).hits, "owned may be the id too"


def test_chains_over_other_rows_of_the_file(tmp_path: Path) -> None:
    text = (
        "name,owner,owner_share\n"
        "Plain Foods,Middle Holding; Honest Farmer,60; 40\n"
        "Blue Bakery,Upper Holding,50\n"
        "MIDDLE HOLDING,Zorvath Petrochem,60\n"
        "Upper Holding,Middle Holding,\n"
        "Middle Holdings,Honest Farmer,100\n"
    )
    found = run(tmp_path, text)
    assert [(h.counterparty.row, h.entity.id, h.status) for h in found.hits] == [
        (2, "a", "match"),
        (3, "a", "review"),
        (4, "a", "match"),
        (5, "a", "review"),
    ]
    said = notes(found.hits[0])
    assert said["listed-owner"].endswith(
        "Zorvath Petrochem owns 60 % of Middle Holding (row 4), Middle Holding owns 60 % of Plain Foods (row 2)"
    )
    assert (
        "60 % Middle Holding (itself owned: 60 % Zorvath Petrochem (listed) = 60 %)"
        in said["ofac-50-percent"]
    )
    longer = notes(found.hits[1])
    assert "a share that is not given of Upper Holding (row 5)" in longer["listed-owner"]
    assert verdict(found.hits[1], "ofac-50-percent") == "possible"
    assert run(tmp_path, text, workers=2).hits == found.hits


def test_rows_of_the_same_name_do_not_lend_each_other_their_owners(tmp_path: Path) -> None:
    text = "id,name,owner,owner_share\n1,Plain Foods,Zorvath Petrochem,60\n2,Plain Foods,,\n3,Blue Bakery,Plain Foods,70\n"
    assert [hit.counterparty.row for hit in run(tmp_path, text).hits] == [2, 4]


def test_a_circle_over_rows_is_said_and_proves_nothing(tmp_path: Path) -> None:
    text = "name,owner,owner_share\nPlain Foods,Blue Bakery,60\nBlue Bakery,Plain Foods; Zorvath Petrochem,60; 40\n"
    for hit in run(tmp_path, text).hits:
        assert verdict(hit, "ofac-50-percent") == "not met"
        assert "the owners form a circle" in notes(hit)["owners-data"]
    assert len(run(tmp_path, text).hits) == 2


def test_rows_and_a_file_of_owners_make_one_chain(tmp_path: Path) -> None:
    text = "name,owner,owner_share\nPlain Foods,Middle Holding,60\nMiddle Holding,Upper Holding,55\n"
    (first, second) = run(tmp_path, text, "owner,owned,share\nZorvath Petrochem,Upper Holding,51\n").hits
    assert (first.status, second.status) == ("match", "match")
    assert "Upper Holding owns 55 % of Middle Holding (row 3)" in notes(first)["listed-owner"]


def test_circles_and_sums_above_100_are_said(tmp_path: Path) -> None:
    links = "owner,owned,share\nZorvath Petrochem,Mid,60\nMid,Plain Foods,70\n"
    links += "Plain Foods,Mid,40\nZorvath Petrochem,Plain Foods,50\n"
    hit = run(tmp_path, "name\nPlain Foods\n", links).hits[0]
    said = [step.text for step in hit.explanation if step.relation == "owners-data"]
    assert any(text.startswith("the owners form a circle") for text in said)
    assert any("add up to 120 %" in text for text in said)
    assert "in a circle, not counted" in notes(hit)["ofac-50-percent"]


def test_two_shares_of_one_owner_are_said_and_not_added(tmp_path: Path) -> None:
    links = "owner,owned,share\nZorvath Petrochem,Plain Foods,30\n"
    hit = run(tmp_path, "name,owner,owner_share\nPlain Foods,ZORVATH PETROCHEM,25\n", links).hits[0]
    assert verdict(hit, "ofac-50-percent") == "not met"
    assert "two shares of" in notes(hit)["owners-data"]


def test_a_long_chain_ends(tmp_path: Path) -> None:
    links = "owner,owned,share\n" + "".join(f"Company{i + 1},Company{i},100\n" for i in range(200))
    found = run(tmp_path, "name\nCompany0\n", links)
    assert found.manifest.counts.clear == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("owner,share\nA,1\n", "owner and owned"),
        ("owned,share\nA,1\n", "owner and owned"),
        ("owner,owned,share\n,B,1\n", "row 2"),
        ("owner,owned,share\nA,,1\n", "row 2"),
        ("owner,owned,share\nA,B,200\n", "row 2"),
    ],
)
def test_a_wrong_file_of_owners_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "o.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_owners(str(tmp_path / "o.csv"))


def test_a_party_is_not_hit_twice_for_itself(tmp_path: Path) -> None:
    found = run(tmp_path, "name,owner,owner_share\nZorvath Petrochem,Zorvath Petrochem,100\n")
    assert len(found.hits) == 1
    assert found.manifest.counts.match == 1


def test_the_result_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    text = "name,owner,owner_share\n" + "Plain Foods,Zorvath Petrochem,60\nPlain Oils,Nobody,60\n" * 3
    assert (
        run(tmp_path, text, "owner,owned,share\nZorvath Petrochem,Nobody,80\n").hits
        == run(tmp_path, text, "owner,owned,share\nZorvath Petrochem,Nobody,80\n", workers=2).hits
    )
