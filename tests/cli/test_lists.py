"""`screening lists`: ls, show, verify, schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from screening.cli.lists import app
from screening.errors import ListError, UsageError

HEAD = "id: own\ntitle: Own\nkind: internal\npublisher: P\nas_of: 2024-01-01\nentities:\n"


def run(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result.stdout


def test_ls_is_a_plain_table() -> None:
    lines = run("ls").splitlines()
    assert lines[0].split() == ["id", "kind", "as", "of", "entities", "title"]
    assert [line.split()[:2] for line in lines[1:]] == [
        ["destinations", "export-control"],
        ["ft-2024-04-russia-supply", "adverse-media"],
        ["goods-ft-2024-04-russia-supply", "adverse-media"],
        ["goods-high-priority", "export-control"],
        ["listed-affiliates", "sanctions"],
        ["red-flags", "internal"],
    ]
    assert all(line == line.rstrip() for line in lines)


def test_ls_as_of_says_what_is_left_out() -> None:
    out = run("ls", "--as-of", "2024-04-12")
    assert "note: listed-affiliates: 1 entity was not listed on 2024-04-12 and left out.\n" in out
    assert "1 listing without a date taken as in force on 2024-04-12.\n" in out


def test_show_tells_allegation_and_listings_apart() -> None:
    out = run("show", "wuhan-tongsheng-technology")
    assert "adverse-media: reported by the source; an allegation, not a sanctions listing" in out
    before, after = out.split("  official listings\n")
    assert "    OFAC, SDN, RUSSIA-EO14024, since 2024-05-01, id 47368" in after.split("  evidence\n")[0]
    assert "the source alleges: " in after
    assert "P18, 3568-3798" in after
    assert "Wuhan Tongsheng Technology (as written in the source) - The source document shortens" in before


def test_show_as_of_hides_later_listings() -> None:
    out = run("show", "wuhan-tongsheng-technology", "--as-of", "2024-04-12")
    assert "  official listings\n    none recorded\n" in out
    assert "OFAC" not in out.split("official listings")[1].split("evidence")[0]


@pytest.mark.parametrize("name", ["hikvision", "ft-2024-04-russia-supply:hikvision"])
def test_show_finds_an_entity_with_or_without_its_list(name: str) -> None:
    assert run("show", name).startswith("ft-2024-04-russia-supply:hikvision (organization)\n")


def test_show_a_list_names_its_entities() -> None:
    out = run("show", "listed-affiliates")
    assert out.startswith("listed-affiliates: Officially listed affiliates of parties on the curated lists\n")
    assert "gtg-dalian-machine-tool-import-export  GENERAL TECHNOLOGY GROUP DALIAN" in out


def test_show_suggests_the_nearest_id() -> None:
    with pytest.raises(ListError, match=r'no entity "hikvisoin" \(did you mean "hikvision"\?\)'):
        run("show", "hikvisoin")


def test_verify_counts_what_is_sound() -> None:
    assert run("verify").splitlines() == [
        "OK  destinations: 29 entities, 0 quotations",
        "OK  ft-2024-04-russia-supply: 6 entities, 6 quotations",
        "OK  goods-ft-2024-04-russia-supply: 7 entities, 9 quotations",
        "OK  goods-high-priority: 50 entities, 0 quotations",
        "OK  listed-affiliates: 1 entity, 1 quotation",
        "OK  red-flags: 5 entities, 0 quotations",
        "OK  000_800a5cde95950df4: 22 passages, 15 not targets",
        "OK  ofac-sdn-50425: 1 passage, 0 not targets",
    ]


def test_verify_names_all_problems_and_exits_with_2(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text(HEAD + "  - {id: a, type: person, name: A, countries: [UK], colour: red}\n")
    lines = run("verify", str(path), status=2).splitlines()
    assert [line.split(": ")[1] for line in lines[:-1]] == ["entities[0].countries[0]", "entities[0].colour"]
    assert lines[-1] == "2 problems"


def test_verify_a_document_that_no_record_describes(tmp_path: Path) -> None:
    document = tmp_path / "other.txt"
    document.write_text("x")
    assert "expected a document that one of the source records describes" in run(
        "verify", "--document", str(document), status=2
    )


def test_verify_shows_no_escape_codes_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text(HEAD + '  - {id: a, type: person, name: A, "\\e[31mred\\u202e": b}\n')
    out = run("verify", str(path), status=2)
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.shared
def test_verify_the_document(shared: Path) -> None:
    document = shared / "seeds" / "000_800a5cde95950df4.txt"
    last = run("verify", "--document", str(document)).splitlines()[-1]
    assert last == f"OK  {document}: hash, length and quotations agree with its source record"


@pytest.mark.parametrize(
    ("arguments", "title"), [([], "A watchlist"), (["--seed"], "A source record (seed)")]
)
def test_schema_is_json(arguments: list[str], title: str) -> None:
    assert json.loads(run("schema", *arguments))["title"] == f"{title} of the program screening"


def test_a_wrong_day_is_refused() -> None:
    with pytest.raises(UsageError, match="is not a date"):
        run("ls", "--as-of", "12 April 2024")
