"""The sources: what the program knows, and how users change and extend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from screening.errors import ListError
from screening.lists.formats import FORMATS
from screening.lists.freshness import parse_age
from screening.lists.sources import choose, load_sources, shown

USUAL = ("bis-dpl", "ch-seco", "eu-fsf", "ofac-consolidated", "ofac-sdn", "uk-sanctions", "un-sc", "us-csl")
KNOWN = tuple(sorted((*USUAL, "opensanctions-sanctions")))


def own(folder: Path, text: str) -> Path:
    path = folder / "sources.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_sources_of_the_program(tmp_path: Path) -> None:
    sources = load_sources(tmp_path)
    assert tuple(sources) == KNOWN
    formats = {item.name for item in FORMATS}
    for source in sources.values():
        assert all(address.startswith("https://") for address in source.addresses)
        assert source.format in formats
        assert source.licence
        assert source.rhythm
        assert parse_age(source.max_age or "")
        assert source.title and source.publisher


def test_a_list_with_a_licence_for_some_is_fetched_only_when_it_is_named(tmp_path: Path) -> None:
    sources = load_sources(tmp_path)
    assert tuple(source.id for source in choose(sources, ())) == USUAL
    assert [source.id for source in choose(sources, ["opensanctions-sanctions"])] == [
        "opensanctions-sanctions"
    ]
    own(tmp_path, "sources:\n  - {id: opensanctions-sanctions, on_request: false}\n")
    assert tuple(source.id for source in choose(load_sources(tmp_path), ())) == KNOWN


def test_an_entry_replaces_the_keys_it_gives(tmp_path: Path) -> None:
    before = load_sources(tmp_path)
    own(tmp_path, "sources:\n  - id: un-sc\n    addresses: [http://mirror.example/un.xml]\n    max_age: 2d\n")
    after = load_sources(tmp_path)
    assert after["un-sc"].addresses == ("http://mirror.example/un.xml",)
    assert after["un-sc"].max_age == "2d"
    assert after["un-sc"].title == before["un-sc"].title
    assert {key: value for key, value in after.items() if key != "un-sc"} == {
        key: value for key, value in before.items() if key != "un-sc"
    }


def test_a_new_entry_adds_a_list_and_a_path_is_relative_to_the_file(tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    entry = "{id: block, title: Blocked, publisher: We, addresses: [lists/block.csv]}"
    source = load_sources(tmp_path, own(house, f"sources:\n  - {entry}\n"))["block"]
    assert source.addresses == (str(house / "lists/block.csv"),)
    assert not source.is_remote


def test_a_file_named_takes_the_place_of_the_one_in_the_data_folder(tmp_path: Path) -> None:
    own(tmp_path, "sources:\n  - {id: un-sc, max_age: 2d}\n")
    other = tmp_path / "other.yml"
    other.write_text("sources:\n  - {id: un-sc, max_age: 3d}\n")
    assert load_sources(tmp_path, other)["un-sc"].max_age == "3d"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sources:\n  - {id: block, title: T}\n", "publisher: expected a value"),
        ("sources:\n  - {id: ../x, title: T, publisher: P, addresses: [x]}\n", "cannot be the id of a list"),
        ("sources:\n  - {id: un-sc, max_age: soon}\n", "is not an age"),
        ("sources:\n  - {id: un-sc, max_megabytes: 0}\n", "1 to 100000"),
        ("sources:\n  - {id: un-sc, max_megabytes: lots}\n", "a whole number"),
        ("sources:\n  - {id: un-sc, addresses: ['ftp://a/b']}\n", "https, http or a path"),
        ("sources:\n  - {id: un-sc, addresses: ['file:///etc/passwd']}\n", "https, http or a path"),
        ("sources:\n  - {id: un-sc, addresses: ['https:///x']}\n", "an address with a host"),
        ("sources:\n  - {id: un-sc, addresses: [a.csv, b.csv]}\n", "or one path"),
        ("sources:\n  - {id: un-sc, adress: x}\n", 'unknown key "adress"'),
        ("sources:\n  - {id: un-sc}\n  - {id: un-sc}\n", "each id once"),
        ("sources:\n  - !!python/object:os.system {id: un-sc}\n", "no YAML tags"),
        ("sources: &a\n  - {id: un-sc}\n", "no YAML anchors"),
        ("", "an empty file"),
        ("sources: un-sc\n", "a list"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    path = own(tmp_path, text)
    with pytest.raises(ListError) as caught:
        load_sources(tmp_path)
    assert problem in caught.value.message
    assert str(path) in caught.value.message


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    own(tmp_path, "sources:\n  - {id: un-sc, max_age: x}\n  - {id: eu-fsf, max_age: y}\n")
    with pytest.raises(ListError) as caught:
        load_sources(tmp_path)
    assert caught.value.message.count("is not an age") == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="cannot be read"):
        load_sources(tmp_path, tmp_path / "none.yml")


def test_choosing(tmp_path: Path) -> None:
    sources = load_sources(tmp_path)
    assert [s.id for s in choose(sources, [])] == list(USUAL)
    assert [s.id for s in choose(sources, ["un-sc", "bis-dpl", "un-sc"])] == ["un-sc", "bis-dpl"]
    with pytest.raises(ListError, match="No source is known for 'x'"):
        choose(sources, ["un-sc", "x"])


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("https://user:pw@a.example:8443/x?y=1", "https://a.example:8443/x?y=1"),
        ("https://a.example/x@y", "https://a.example/x@y"),
        ("/srv/lists/a@b.xml", "/srv/lists/a@b.xml"),
    ],
)
def test_no_password_is_shown(address: str, text: str) -> None:
    assert shown(address) == text
