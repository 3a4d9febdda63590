"""Curated lists: what is checked beyond types, and how lists are found and loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from screening.errors import ListError
from screening.lists import Problem, load_watchlists, resolve
from screening.lists.curated import read_curated
from screening.lists.seeds import Passage, ReadSeed, Seed
from screening.model import Identifier, Listing, Watchlist

HEAD = "id: own\ntitle: Own\nkind: internal\npublisher: P\nas_of: 2024-01-01\nentities:\n"
ENTITY = "  - id: a\n    type: organization\n    name: Alpha Example\n"
SEED = ReadSeed(
    file="seeds/doc.yml",
    seed=Seed(
        id="doc",
        kind="report",
        description="A report.",
        passages=(Passage(id="p1", text="Alpha sells.", paragraph=2, start=10, end=22),),
    ),
)


def write(folder: Path, text: str, name: str = "own.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, *texts: str) -> list[str]:
    """The problems of files, without the folder's name."""
    paths = [write(folder, text, f"{number}.yml") for number, text in enumerate(texts)]
    return [str(problem).replace(f"{folder}/", "") for problem in read_curated(paths, [SEED]).problems]


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ("    countries: [NO, CN]\n", []),
        ("    countries: [CN, UK]\n",
         ['0.yml:10:21: entities[0].countries[1]: expected an ISO 3166-1 alpha-2 country code, '
          'found "UK" (did you mean "GB"?)']),
        ("    countries: [cn]\n",
         ['0.yml:10:17: entities[0].countries[0]: expected an ISO 3166-1 alpha-2 country code, '
          'found "cn" (did you mean "CN"?)']),
        ("    countries: [ZZ]\n",
         ['0.yml:10:17: entities[0].countries[0]: expected an ISO 3166-1 alpha-2 country code, found "ZZ"']),
        ("    names: [{value: Alpha}, {value: '...'}]\n",
         ['0.yml:10:37: entities[0].names[1].value: expected a name with a letter or digit, found "..."']),
        ("    identifiers: {uscc: 914201000668186736}\n", []),
        ("    identifiers: {uscc: 914201000668186737}\n",
         ['0.yml:10:25: entities[0].identifiers.uscc: expected a valid uscc, '
          'found "914201000668186737": a wrong check digit']),
        ("    identifiers:\n      lei: [5493001KJTIIGC8Y1R12, 5493001KJTIIGC8Y1R13]\n",
         ['0.yml:11:35: entities[0].identifiers.lei[1]: expected a valid lei, '
          'found "5493001KJTIIGC8Y1R13": a wrong check digit']),
        ("    identifiers:\n      - {scheme: inn, value: 7707083894, country: RU}\n",
         ['0.yml:11:30: entities[0].identifiers[0].value: expected a valid inn, '
          'found "7707083894": a wrong check digit']),
        ("    identifiers: {uscc: {value: 1}}\n",
         ['0.yml:10:25: entities[0].identifiers.uscc: expected text or a list of texts, found a mapping']),
        ("    identifiers: text\n", ['0.yml:10:18: entities[0].identifiers: expected a list, found "text"']),
        ("    birth_dates: [1962]\n",
         ["0.yml:10:18: entities[0].birth_dates: expected birth dates of a person only, "
          "found type organization"]),
        ("    listings: [{authority: A, list: B, from: 2024-05, until: 2024-06-01}]\n", []),
        ("    listings: [{authority: A, list: B, from: 2024-13}]\n",
         ['0.yml:10:46: entities[0].listings[0].from: expected a date as YYYY-MM-DD, YYYY-MM or YYYY, '
          'found "2024-13"']),
        ("    listings: [{authority: A, list: B, from: 2024-05, until: 2024-04}]\n",
         ['0.yml:10:62: entities[0].listings[0].until: expected a date not before 2024-05, found "2024-04"']),
        ("    names: [{value: b, script: latin}]\n",
         ['0.yml:10:32: entities[0].names[0].script: expected an ISO 15924 code such as Latn or Hans, '
          'found "latin"']),
        ("    names: [{value: b, language: eng}]\n",
         ['0.yml:10:34: entities[0].names[0].language: expected an ISO 639-1 code such as en or zh, '
          'found "eng"']),
        ("    names: [{value: b, quality: week}]\n",
         ['0.yml:10:33: entities[0].names[0].quality: expected one of strong, weak, '
          'found "week" (did you mean "weak"?)']),
        ("    related: [{relation: owner, entity: a}]\n", []),
        ("    related: [{relation: owner, entity: ab}]\n",
         ['0.yml:10:41: entities[0].related[0].entity: expected the id of an entity of this list, '
          'found "ab"']),
        ("    related: [{relation: owner, entity: 'other:x'}]\n", []),
        ("    related: [{relation: owner}]\n",
         ["0.yml:10:15: entities[0].related[0].entity: expected the key entity or the key name, "
          "found neither"]),
        ("    related: [{relation: owner, name: B, share: 120}]\n",
         ["0.yml:10:49: entities[0].related[0].share: expected a percentage from 0 to 100, found 120"]),
        ("    evidence: [{document: doc, passage: Alpha sells., locator: 'P2, 10-22', stance: alleges}]\n", []),
        ("    evidence: [{document: dock, passage: Alpha sells., locator: 'P2, 10-22', stance: alleges}]\n",
         ['0.yml:10:27: entities[0].evidence[0].document: expected the id of a source record (seed), '
          'found "dock" (did you mean "doc"?)']),
        ("    evidence: [{document: doc, passage: Alpha buys., locator: 'P2, 10-22', stance: alleges}]\n",
         ['0.yml:10:41: entities[0].evidence[0].passage: expected a passage that the source record doc quotes, '
          'found "Alpha buys."']),
        ("    evidence: [{document: doc, passage: Alpha sells., locator: P2, stance: alleges}]\n",
         ['0.yml:10:64: entities[0].evidence[0].locator: expected "P2, 10-22", where the passage stands, '
          'found "P2"']),
        ("    evidence: [{document: doc, passage: Alpha sells., locator: 'P2, 10-22', stance: claims}]\n",
         ['0.yml:10:85: entities[0].evidence[0].stance: expected one of alleges, denies, lists, suspects, '
          'found "claims"']),
        ("  - id: a\n    type: person\n    name: B\n",
         ['0.yml:10:9: entities: expected each entity id once, found "a" again (first on line 7)']),
        ("  - id: b c\n    type: person\n    name: B\n",
         ['0.yml:10:9: entities[1].id: expected text without blanks and colons, found "b c"']),
        ("  - id: b\n    type: organisation\n    name: B\n",
         ['0.yml:11:11: entities[1].type: expected one of aircraft, destination, goods, organization, person, '
          'red-flag, vessel, '
          'found "organisation" (did you mean "organization"?)']),
    ],
)  # fmt: skip
def test_an_entity(tmp_path: Path, entity: str, expected: list[str]) -> None:
    assert problems(tmp_path, HEAD + ENTITY + entity) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: own", "id: Own List", '0.yml:1:5: id: expected lower-case letters, digits, dots, underscores and '
         'hyphens, found "Own List"'),
        ("internal", "watch", '0.yml:3:7: kind: expected one of adverse-media, export-control, internal, '
         'sanctions, found "watch"'),
        ("2024-01-01", "2024-01", '0.yml:5:8: as_of: expected a date as YYYY-MM-DD, found "2024-01"'),
        ("title:", "titel:", '0.yml:1:1: expected the key title, found none'),
    ],
)  # fmt: skip
def test_a_head(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in problems(tmp_path, HEAD.replace(old, new, 1) + ENTITY)


def test_a_list_without_entities_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, HEAD.replace("entities:", "entities: []")) == [
        "0.yml:6:11: entities: expected at least one entity, found none"
    ]


def test_a_list_id_is_used_once_whatever_the_file(tmp_path: Path) -> None:
    assert problems(tmp_path, HEAD + ENTITY, HEAD + ENTITY) == [
        "1.yml:1:5: id: expected an id of its own, found that of 0.yml"
    ]


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace("own", "one") + ENTITY + "    countries: [UK]\n    colour: red\n", "one.yml")
    write(tmp_path, "id: [", "two.yml")
    write(
        tmp_path, HEAD.replace("own", "three") + ENTITY + "    identifiers: {isin: CNE100000PM9}\n", "3.yml"
    )
    with pytest.raises(ListError) as caught:
        load_watchlists([str(tmp_path)])
    assert caught.value.exit_code == 2
    message = caught.value.message
    assert message.startswith("The watchlists have 4 problems:\n")
    assert re.findall(r"(\w+\.yml):(\d+)", message) == [("3.yml", "10"), ("one.yml", "10"), ("one.yml", "11"),
                                                        ("two.yml", "2")]  # fmt: skip


def test_a_broken_entity_does_not_make_relations_to_it_unresolved(tmp_path: Path) -> None:
    text = HEAD + ENTITY + "    related: [{relation: owner, entity: b}]\n  - id: b\n    type: person\n"
    assert problems(tmp_path, text) == ["0.yml:11:5: entities[1]: expected the key name, found none"]


def test_values_are_read_as_text(tmp_path: Path) -> None:
    text = HEAD + (
        "  - id: 00123\n    type: organization\n    name: 'NULL'\n    countries: [NO]\n"
        "    identifiers: {register: 00123, passport: [1e5, 0x1F]}\n"
        "    listings: [{authority: A, list: B, id: 007, from: 2024-05}]\n"
    )
    (watchlist,) = load_watchlists([str(write(tmp_path, text))])
    (entity,) = watchlist.entities
    assert (entity.id, entity.name, entity.countries) == ("00123", "NULL", ("NO",))
    assert entity.identifiers == (
        Identifier(scheme="register", value="00123"),
        Identifier(scheme="passport", value="1e5"),
        Identifier(scheme="passport", value="0x1F"),
    )
    assert entity.listings == (Listing(authority="A", list="B", id="007", from_="2024-05"),)


def test_seeds_beside_a_list_are_found(tmp_path: Path) -> None:
    evidence = (
        "    evidence: [{document: own-doc, passage: Alpha sells., locator: page 1, stance: alleges}]\n"
    )
    path = write(tmp_path, HEAD + ENTITY + evidence)
    with pytest.raises(ListError, match="expected the id of a source record"):
        load_watchlists([str(path)])
    (tmp_path / "seeds").mkdir()
    seed = "id: own-doc\nkind: report\ndescription: D\npassages: [{id: p, text: Alpha sells., locator: page 1}]\n"
    write(tmp_path / "seeds", seed, "own-doc.yml")
    (watchlist,) = load_watchlists([str(path)])
    assert watchlist.entities[0].evidence[0].passage == "Alpha sells."


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("ft-2024-04-russia-suply",
         r'no watchlist "ft-2024-04-russia-suply" \(did you mean "ft-2024-04-russia-supply"\?\)'),
        ("FOLDER/none.yml", "There is no watchlist"),
        ("FOLDER/empty", "is an empty folder"),
        ("FOLDER/list.txt", "is no list that can be read"),
        ("FOLDER/list.yml", "expected a YAML mapping, found an empty file"),
        ("", "The name of a watchlist is empty"),
        ("\0", "There is no watchlist"),
    ],
)  # fmt: skip
def test_a_reference_that_leads_nowhere_is_an_error(tmp_path: Path, reference: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path, "a", "list.txt")
    write(tmp_path, "", "list.yml")
    with pytest.raises(ListError, match=message):
        load_watchlists([reference.replace("FOLDER", str(tmp_path))], data_dir=tmp_path / "store")


def test_a_list_given_twice_is_loaded_once(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ENTITY)
    assert [item.info.id for item in load_watchlists([str(path), str(tmp_path), str(path)])] == ["own"]


def test_lists_come_sorted_by_id_with_the_hash_of_their_bytes(tmp_path: Path) -> None:
    import hashlib

    path = write(tmp_path, HEAD + ENTITY)
    loaded = load_watchlists([str(path), "listed-affiliates", "ft-2024-04-russia-supply"])
    assert [item.info.id for item in loaded] == ["ft-2024-04-russia-supply", "listed-affiliates", "own"]
    assert loaded[2].info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded[2].info.accepted == 1


def test_a_reference_resolves_to_files_that_are_read_together() -> None:
    (found,) = resolve("ft-2024-04-russia-supply")
    assert not isinstance(found, Watchlist)
    assert found.name == "ft-2024-04-russia-supply.yml"


def test_a_problem_without_a_line_names_the_file_alone() -> None:
    assert str(Problem(file="f.yml", expected="a", found="b")) == "f.yml: expected a, found b"
