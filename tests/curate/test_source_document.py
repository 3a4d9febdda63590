"""The document that the built-in watchlist is curated from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from screening.cli.draft import app
from screening.cli.lists import app as lists
from screening.curate.canonical import render
from screening.curate.draft import Drafted, make_draft
from screening.curate.matches import Matcher
from screening.curate.proposals import Proposal
from screening.curate.readers import read_document
from screening.lists import load_watchlists
from screening.lists.seeds import check_document, read_seeds
from screening.model import Entity

CURATED = "ft-2024-04-russia-supply"
pytestmark = pytest.mark.shared
SHA256 = "4e9b6ed6fd9484a33bdf26940636cf221c5a04ff4701da644d2cf346490a9522"

# Name -> where the name stands, and where the sentence stands that makes it a target.
TARGETS = {
    "Wuhan Global Sensor Technology": ("P18, 3603-3633", "P18, 3568-3798"),
    "Wuhan Tongsheng Technology": ("P18, 3635-3661", "P18, 3568-3798"),
    "Hikvision": ("P18, 3666-3675", "P18, 3568-3798"),
    "iRay Technology": ("P18, 3861-3876", "P18, 3799-3942"),
    "North China Electro-Optics Research Institute": ("P18, 3885-3930", "P18, 3799-3942"),
    "Dalian Machine Tool Group": ("P19, 3967-3992", "P19, 3943-4067"),
}
OTHERS = {
    "Dennis Wilder": "commentator",
    "CIA": "official",
    "Georgetown University": "bystander",
    "Antony Blinken": "official",
    "Joe Biden": "official",
    "Xi Jinping": "official",
    "Olaf Scholz": "official",
    "Chinese embassy in the United States": "denial",
    "Liu Bingyu": "denial",
}


@pytest.fixture(scope="module")
def document(shared: Path) -> Path:
    found = [
        p for p in (shared / "seeds").glob("*.txt") if hashlib.sha256(p.read_bytes()).hexdigest() == SHA256
    ]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def drafted(document: Path) -> Drafted:
    return make_draft([read_document(document)], "drafted")


def by_role(drafted: Drafted, *, target: bool) -> dict[str, Proposal]:
    return {item.name: item for item in drafted.draft.proposals if (item.role == "target") is target}


def test_the_six_organisations_are_the_targets(drafted: Drafted) -> None:
    found = by_role(drafted, target=True)
    assert {
        name: (item.mentions[0], *(evidence.locator for evidence in item.evidence))
        for name, item in found.items()
    } == TARGETS
    assert {item.type for item in found.values()} == {"organization"}
    assert {evidence.stance for item in found.values() for evidence in item.evidence} == {"alleges"}


def test_all_others_are_none(drafted: Drafted) -> None:
    assert {name: item.role for name, item in by_role(drafted, target=False).items()} == OTHERS
    assert all(item.reason for item in by_role(drafted, target=False).values())


def test_every_quotation_stands_in_the_document(drafted: Drafted, document: Path, tmp_path: Path) -> None:
    path = tmp_path / "seed.yml"
    path.write_bytes(render(drafted.seeds[0]))
    (read,), _, problems = read_seeds([path])
    assert problems == ()
    assert read.seed == drafted.seeds[0]
    assert check_document(read, document.read_bytes()) == ()


def test_the_goods(drafted: Drafted) -> None:
    (seed,) = drafted.seeds
    places = {passage.id: (passage.start, passage.text) for passage in seed.passages}
    goods = {item.item: [places[name] for name in item.passages] for item in seed.goods}
    assert (3686, "optical components") in goods["optical components and optics"]
    assert (3824, "military optics") in goods["optical components and optics"]
    assert (549 + 11, "chips") in goods["chips (integrated circuits)"]
    assert (1236, "chips") in goods["chips (integrated circuits)"]
    assert goods["engines for drones and missiles"] == [(196, "drone engines")]
    assert (1085, "machine tools") in goods["machine tools"]
    assert goods["tools, not further described"] == [(4051, "tools")]
    assert (479, "drones") in goods["drones and their parts"]
    assert goods["satellite imagery"] == [(820, "satellite imagery")]
    assert (4157, "nitrocellulose") in goods["nitrocellulose and propellants"]
    assert [item.stance for item in seed.goods if item.item.startswith("nitro")] == ["suspects"]


def reviewed(document: Path, folder: Path, *before_each: str) -> dict[str, Entity]:
    """The list that a scripted review writes: every target accepted under the curated list's id, all others kept off."""
    curated = {_as_written(entity): entity for entity in load_watchlists([CURATED])[0].entities}
    drafted = make_draft([read_document(document)], "reviewed", Matcher([CURATED]), taken=[document.stem])
    for path, record in (
        (folder / "draft.yml", drafted.draft),
        (folder / "seeds" / f"{drafted.seeds[0].id}.yml", drafted.seeds[0]),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(render(record))
    answers = ["a"]
    for item in drafted.draft.proposals:
        if item.role == "target":
            entity = curated[item.name]
            answers += [*before_each, f"e id {entity.id}", f"e summary {entity.evidence[0].summary}"]
        answers.append("a")
    done = CliRunner().invoke(
        app,
        ["review", str(folder / "draft.yml"), "-o", str(folder / "list.yml")],
        input="\n".join(answers) + "\n",
    )
    assert done.exit_code == 0, done.output
    return {entity.id: entity for entity in load_watchlists([str(folder / "list.yml")])[0].entities}


def _as_written(entity: Entity) -> str:
    return next((name.value for name in entity.names if name.as_written), entity.name)


def _said(entity: Entity) -> list[tuple[str, str, str, str | None]]:
    """What the document says of a party: passage, place, stance, summary."""
    return [(e.passage, e.locator, e.stance, e.summary) for e in entity.evidence]


def test_a_review_without_lists_gives_what_the_document_supports(document: Path, tmp_path: Path) -> None:
    made = reviewed(document, tmp_path)
    curated = {entity.id: entity for entity in load_watchlists([CURATED])[0].entities}
    assert set(made) == set(curated)
    for name, entity in made.items():
        assert entity.name == _as_written(curated[name])
        assert entity.type == curated[name].type
        assert _said(entity) == _said(curated[name])
        assert set(entity.countries) <= set(curated[name].countries)
        assert entity.identifiers == ()
        assert entity.listings == ()


def test_a_review_that_takes_over_facts_gives_the_curated_list(document: Path, tmp_path: Path) -> None:
    made = reviewed(document, tmp_path, "m 1")
    for entity in load_watchlists([CURATED])[0].entities:
        other = made[entity.id]
        assert _said(other) == _said(entity)
        for field in (
            "name",
            "type",
            "names",
            "countries",
            "identifiers",
            "addresses",
            "listings",
            "false_friends",
        ):
            assert getattr(other, field) == getattr(entity, field), (entity.id, field)


def test_the_curator_sees_what_a_stored_list_has_already(
    document: Path, shared: Path, tmp_path: Path
) -> None:
    source, kept = shared / "data" / "lists" / "ofac-consolidated", tmp_path / "data"
    done = CliRunner().invoke(lists, ["import", str(source), "--data-dir", str(kept)])
    assert done.exit_code == 0, done.output
    drafted = make_draft([read_document(document)], "x", Matcher(["ofac-consolidated"], data_dir=kept))
    already = {item.name: item.matches[0] for item in drafted.draft.proposals if item.matches}
    assert set(already) == {"Hikvision"}
    assert already["Hikvision"].entity == "30946"
    assert "30946, CMIC-EO13959" in already["Hikvision"].already[0]
