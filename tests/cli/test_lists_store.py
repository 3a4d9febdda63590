"""`screening lists import, update, diff, export` and what `ls` says of the store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import Result

Invoke = Callable[..., Result]

LIST = "name,country,id\nInvented Machines,CY,1\nInvented Tools,PA,2\n"


def neighbour(name: str) -> ModuleType:
    """A helper module of the tests of the lists."""
    spec = spec_from_file_location(name, Path(__file__).parents[1] / "lists" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


served = neighbour("served")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of each test."""
    monkeypatch.setenv("SCREENING_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def block(tmp_path: Path) -> Path:
    path = tmp_path / "block.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with served.publisher() as running:
        yield running


def test_import_says_id_and_counts(invoke: Invoke, block: Path) -> None:
    block.write_text(LIST + ",RU,3\n", encoding="utf-8")
    result = invoke("lists", "import", block, "--as-of", "2026-02-27")
    assert result.exit_code == 0
    first, second, count, third = result.stdout.splitlines()
    assert first == "block: 2 accepted, 1 rejected"
    assert second.startswith("  as of 2026-02-27, sha256 ")
    assert second.endswith(", new snapshot")
    assert count == "  number of records not declared by the file: completeness cannot be checked"
    assert third.startswith("  rejected: block.csv, line 4: ")
    again = invoke("lists", "import", block, "--as-of", "2026-02-27")
    assert again.stdout.splitlines()[1].endswith(", already kept")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sdn.xml", "  number of records declared by the file and checked"),
        ("csl.json", "  number of records declared by the file and checked"),
        ("csl.csv", "  number of records not declared by the file: completeness cannot be checked"),
        ("un.xml", "  number of records not declared by the file: completeness cannot be checked"),
        ("ofac-sdn", "  number of records not declared by the file: completeness cannot be checked"),
    ],
)
def test_import_says_whether_the_file_declares_its_count(
    invoke: Invoke, data: Path, name: str, said: str
) -> None:
    fixture = Path(__file__).parents[1] / "lists" / "formats" / "fixtures" / name
    result = invoke("lists", "import", fixture, "--as-of", "2026-02-27")
    assert result.stdout.splitlines()[2] == said
    list_id = result.stdout.partition(":")[0]
    [record] = (data / "lists" / list_id).glob("*.json")
    expected = "checked" if "and checked" in said else "not-declared"
    assert json.loads(record.read_text())["info"]["count_check"] == expected
    assert f"  count      {said.strip()}" in invoke("lists", "show", list_id).stdout.splitlines()


def test_import_of_our_yaml_says_so_too(invoke: Invoke, block: Path, tmp_path: Path) -> None:
    invoke("lists", "import", block, "--as-of", "2026-02-27")
    assert invoke("lists", "export", "block", "-o", tmp_path / "block.yml").exit_code == 0
    result = invoke("lists", "import", tmp_path / "block.yml", "--id", "again")
    assert "number of records not declared by the file" in result.stdout


def test_import_says_what_changed_since_the_version_before(invoke: Invoke, block: Path) -> None:
    lines = LIST + "".join(f"Invented Number{n},CY,{n}\n" for n in range(10, 30))
    versions = (
        ("2026-02-20", lines, None),
        (
            "2026-02-27",
            lines.replace("Tools,PA", "Tools,LB") + "Third,RU,3\n",
            "1 added, 0 removed, 1 changed",
        ),
        ("2026-02-28", lines.replace("Invented Number10,CY,10\n", ""), "0 added, 2 removed, 1 changed"),
    )
    said = []
    for day, text, _ in versions:
        block.write_text(text, encoding="utf-8")
        said.append(invoke("lists", "import", block, "--as-of", day).stdout.splitlines()[3:])
    assert said == [
        [],
        [f"  since 2026-02-20: {versions[1][2]}"],
        [f"  since 2026-02-27: {versions[2][2]}"],
    ]
    # nothing new, nothing to compare
    assert len(invoke("lists", "import", block, "--as-of", "2026-02-28").stdout.splitlines()) == 3


def test_import_of_a_day_in_between_is_compared_with_the_version_of_then(invoke: Invoke, block: Path) -> None:
    for day, count in (("2026-02-20", 3), ("2026-02-27", 9)):
        block.write_text("name\n" + "".join(f"Invented {n}\n" for n in range(count)))
        assert invoke("lists", "import", block, "--as-of", day).exit_code == 0
    block.write_text("name\n" + "".join(f"Invented {n}\n" for n in range(4)))
    result = invoke("lists", "import", block, "--as-of", "2026-02-22")
    assert result.stdout.splitlines()[-1] == "  since 2026-02-20: 1 added, 0 removed, 0 changed"
    block.write_text("name\nInvented 0\n")  # older than all: nothing came before it
    assert invoke("lists", "import", block, "--as-of", "2026-02-01").exit_code == 0


def test_import_beside_a_damaged_version_says_that_it_was_not_compared(
    invoke: Invoke, block: Path, data: Path
) -> None:
    invoke("lists", "import", block, "--as-of", "2026-02-20")
    [entities] = (data / "lists" / "block").glob("*.gz")
    entities.write_bytes(b"damaged")
    block.write_text(LIST + "Third,RU,3\n")
    result = invoke("lists", "import", block, "--as-of", "2026-02-27")
    assert result.exit_code == 0
    assert "  since 2026-02-20: not compared with the version before: " in result.stdout


def test_import_under_another_id_with_mapped_columns(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Who,Where\nInvented Machines,CY\n", encoding="utf-8")
    result = invoke("lists", "import", path, "--id", "mine", "--map", "name=Who", "--map", "country=Where")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "mine: 1 accepted, 0 rejected")
    export = tmp_path / "mine.csv"
    assert invoke("lists", "export", "mine", "-o", export).exit_code == 0
    [row] = csv.DictReader(io.StringIO(export.read_text("utf-8")))
    assert (row["name"], row["country"]) == ("Invented Machines", "CY")


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b"<!DOCTYPE html><html></html>", (), "HTML page"),
        (b"", (), "is empty"),
        (b"\x00\x01", (), "no list that can be read"),
        (LIST.encode(), ("--id", "../evil"), "cannot be the id of a list"),
        (LIST.encode(), ("--as-of", "yesterday"), "is not a date"),
        (LIST.encode(), ("--map", "name"), "not of the form ROLE=HEADER"),
        (LIST.encode(), ("--map", "name=Nobody"), "Nobody"),
        (LIST.encode(), ("--map", "name=name", "--map", "name=country"), "gives the role name twice"),
        (None, (), "is not there"),
    ],
)
def test_import_refuses(
    invoke: Invoke,
    tmp_path: Path,
    data: Path,
    content: bytes | None,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_bytes(content)
    result = invoke("lists", "import", path, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert not data.exists()


def test_import_repairs_a_damaged_record(invoke: Invoke, block: Path, data: Path) -> None:
    invoke("lists", "import", block, "--as-of", "2026-02-27")
    [record] = (data / "lists" / "block").glob("*.json")
    record.write_text("{}")
    assert f"{record} is damaged: " in invoke("lists", "ls").stdout
    assert invoke("lists", "export", "block", "-o", block.with_suffix(".yml")).exit_code == 2
    assert invoke("lists", "import", block, "--as-of", "2026-02-27").exit_code == 0
    assert invoke("lists", "export", "block", "-o", block.with_suffix(".yml")).exit_code == 0


def test_a_list_without_a_date_keeps_the_day_of_its_first_import(
    invoke: Invoke, block: Path, data: Path
) -> None:
    first = invoke("lists", "import", block).stdout.splitlines()[1]
    second = invoke("lists", "import", block).stdout.splitlines()[1]
    assert first.split(",")[0] == second.split(",")[0]
    assert second.endswith("already kept")


def test_ls_shows_the_snapshots(invoke: Invoke, block: Path) -> None:
    invoke("lists", "import", block, "--as-of", "2026-02-27")
    lines = invoke("lists", "ls", "block").stdout.splitlines()
    header, row = lines[-2:]
    assert header.split() == ["snapshot", "age", "entities", "rejected", "size", "sha256", "title"]
    assert row.startswith("block@2026-02-27  ")
    assert row.split()[3:5] == ["2", "0"]
    assert "snapshot" not in invoke("lists", "ls", block).stdout.splitlines()[-1]


def test_show_finds_an_entity_of_a_stored_list(invoke: Invoke, block: Path) -> None:
    invoke("lists", "import", block, "--as-of", "2026-02-27")
    result = invoke("lists", "show", "block:1", "-w", "block")
    assert "Invented Machines" in result.stdout


@pytest.fixture
def two_days(invoke: Invoke, block: Path) -> None:
    invoke("lists", "import", block, "--as-of", "2026-02-20")
    block.write_text(
        LIST.replace("Invented Tools,PA", "Invented Tools,CY") + "=Third,RU,3\n", encoding="utf-8"
    )
    invoke("lists", "import", block, "--as-of", "2026-02-27")


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("block@2026-02-20", "block"),
        ("2026-02-20", "block@2026-02-27"),
        ("block@2026-02-20", "2026-02-28"),
        ("block@2026-02-20", "block.csv"),
    ],
)
def test_diff(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("lists", "diff", old, new)
    assert result.exit_code == 0
    assert "1 added, 0 removed, 1 changed" in result.stdout
    assert "        - PA" in result.stdout
    assert "        + CY" in result.stdout


@pytest.mark.usefixtures("two_days")
def test_a_list_is_not_overwritten(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "own.csv"
    table.write_text("name,id\nKestrel Optics GmbH,1\n")
    before = table.read_bytes()
    for arguments in (
        ("diff", "own.csv", "block"),
        ("diff", "block", table),
        ("export", "own.csv"),
    ):
        result = invoke("lists", *arguments, "-o", "./own.csv")
        assert (result.exit_code, table.read_bytes()) == (2, before)
        assert "own.csv would overwrite the list." in result.stderr
    assert (
        invoke("lists", "export", "own.csv", "-o", "one.csv").stdout == "own: 1 entity written to one.csv\n"
    )


@pytest.mark.usefixtures("two_days")
def test_diff_to_files(invoke: Invoke, tmp_path: Path) -> None:
    for ending in ("json", "csv", "txt"):
        assert (
            invoke("lists", "diff", "block@2026-02-20", "block", "-o", tmp_path / f"d.{ending}").exit_code
            == 0
        )
    assert [party["name"] for party in json.loads((tmp_path / "d.json").read_text())["added"]] == ["=Third"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "d.csv").read_text())))
    assert rows[0]["entity_name"] == "'=Third"
    assert "=Third" in (tmp_path / "d.txt").read_text()


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2026-02-20", "2026-02-27"), "Write LIST@2026-02-20 LIST@2026-02-27"),
        (("block@2026-02-19", "block"), "the oldest is of 2026-02-20"),
        (("block@2026-02-20", "nothing"), "There is no watchlist"),
        (("block@2026-02-20", "block", "-o", "d.pdf"), "an ending that is not known"),
        (("block@2026-02-20", "block", "-o", "none/d.csv"), "does not exist"),
    ],
)
def test_diff_refuses(invoke: Invoke, arguments: tuple[str, ...], message: str) -> None:
    result = invoke("lists", "diff", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize("ending", ["yml", "jsonl", "csv"])
def test_export_and_import_give_the_same_list(invoke: Invoke, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"again.{ending}"
    assert invoke("lists", "export", "block", "-o", path).stdout == f"block: 3 entities written to {path}\n"
    assert invoke("lists", "import", path, "--id", "again").exit_code == 0
    assert "0 added, 0 removed, 0 changed" in invoke("lists", "diff", "block", "again").stdout


def sources(tmp_path: Path, server: object, **addresses: str) -> Path:
    lines = [
        f'  - {{id: {key}, title: T, publisher: P, addresses: ["{server.address}{path}"], format: un-xml}}\n'
        for key, path in addresses.items()
    ]
    path = tmp_path / "own-sources.yml"
    path.write_text("sources:\n" + "".join(lines), encoding="utf-8")
    return path


def test_update(invoke: Invoke, tmp_path: Path, server: object) -> None:
    own = sources(tmp_path, server, one="/one.xml", two="/two.xml")
    server.plays["/one.xml"] = lambda visit: visit.answer(200, served.un_xml(10, "2026-02-20"))
    server.plays["/two.xml"] = lambda visit: visit.answer(404)
    result = invoke("lists", "update", "one", "two", "--sources", own)
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "one: new, as of 2026-02-20, 10 accepted, 0 rejected, count not declared",
        "two: failed",
    ]
    assert "1 list was not updated" in result.stderr
    assert "404 Not Found" in result.stderr
    server.plays["/one.xml"] = lambda visit: visit.answer(200, served.un_xml(5, "2026-02-27"))
    refused = invoke("lists", "update", "one", "--sources", own)
    assert refused.exit_code == 3
    assert "shrank from 10 to 5 entities" in refused.stderr
    assert "--allow-shrink" in refused.stderr
    taken = invoke("lists", "update", "one", "--sources", own, "--allow-shrink")
    assert taken.exit_code == 0
    assert taken.stdout == (
        "one: updated, as of 2026-02-27, 5 accepted, 0 rejected, count not declared, 0 added, 5 removed, 0 changed\n"
    )
    row = invoke("lists", "ls", "one").stdout.splitlines()[-2]
    assert row.startswith("one@2026-02-27  0 hours")


def test_update_of_a_list_without_a_source(invoke: Invoke) -> None:
    result = invoke("lists", "update", "nobody")
    assert result.exit_code == 2
    assert "No source is known for 'nobody'" in result.stderr


@pytest.mark.shared
def test_official_lists_import_with_their_counts(invoke: Invoke, shared: Path) -> None:
    for name, said in (
        ("ofac-sdn", "ofac-sdn: 7379 accepted"),
        ("ofac-consolidated", "ofac-consolidated: 442 accepted"),
        ("un-sc/consolidated.xml", "un-sc: 1003 accepted"),
        ("us-csl/consolidated.csv", "us-csl: 115 accepted"),
        ("bis-dpl/dpl.txt", "bis-dpl: 543 accepted, 3 rejected"),
    ):
        result = invoke("lists", "import", shared / "data/lists" / name)
        assert result.exit_code == 0
        assert result.stdout.startswith(said)


@pytest.mark.usefixtures("two_days")
def test_show_tells_the_history_of_an_entity(invoke: Invoke) -> None:
    lines = invoke("lists", "show", "block:2", "-w", "block").stdout.splitlines()
    history = lines[lines.index("  history") :]
    assert history[:3] == [
        "  history",
        "    2026-02-20  on the oldest snapshot that can be read",
        "    2026-02-27  changed",
    ]
    assert history[3:] == ["      countries:", "        - PA", "        + CY"]
