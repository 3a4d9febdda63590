"""Files that are no list, and files made to do harm."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from screening.errors import ListError
from screening.lists.formats import read_list, read_records, recognise
from screening.lists.formats.xml import stream
from screening.model import Entity

from .made import big_eu

FIXTURES = Path(__file__).parent / "fixtures"
HTML = "<!DOCTYPE html>\n<html><head><title>Service unavailable</title></head><body>name,id</body></html>\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\x1a", "is empty"),
        (b" \r\n \r\n", "is empty"),
        (HTML.encode(), "HTML page"),
        (HTML.encode("utf-16"), "HTML page"),
        (b"<html><body>name</body></html>", "HTML page"),
        (b"<rss><channel/></rss>", "XML of another kind"),
        (b'{"error": "not found"}', "JSON of another kind"),
        (b"[]", "JSON of another kind"),
        (b"Access denied", "Looked for"),
        (b"%PDF-1.7", "a PDF document"),
        (gzip.compress(b"name\nx\n", mtime=0), "a gzip archive"),
        (b"\x00" * 100, "is empty"),
        (bytes(range(256)) * 10, "Looked for"),
    ],
)
def test_what_is_no_list_is_never_taken_for_one(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "sdn.csv"
    path.write_bytes(content)
    with pytest.raises(ListError, match=says):
        recognise(path)
    with pytest.raises(ListError):
        read_list(path)


def test_the_message_names_every_format_that_was_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("hello")
    with pytest.raises(ListError) as error:
        recognise(path)
    for word in (
        "sdnList",
        "CONSOLIDATED_LIST",
        "dpl.txt",
        "Unique ID",
        "targets.simple.csv",
        "column called name",
    ):
        assert word in error.value.message


def test_a_zip_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("own.csv", "name\nx\n")
    with pytest.raises(ListError, match="zip archive"):
        read_list(tmp_path / "list.zip")
    with pytest.raises(ListError, match="cannot be read: No such file"):
        read_list(tmp_path / "absent.csv")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ListError, match="empty folder"):
        read_list(empty)


def test_a_missing_file_of_the_set_is_named(tmp_path: Path) -> None:
    for name in ("sdn.csv", "alt.csv"):
        (tmp_path / name).write_bytes((FIXTURES / "ofac-sdn" / name).read_bytes())
    with pytest.raises(ListError, match=r"add\.csv is missing beside sdn\.csv"):
        read_list(tmp_path)
    with pytest.raises(ListError, match=r"add\.csv is missing beside sdn\.csv"):
        read_list(tmp_path / "sdn.csv")


def test_the_primary_file_stands_for_its_set() -> None:
    by_folder, by_file = read_list(FIXTURES / "ofac-sdn"), read_list(FIXTURES / "ofac-sdn" / "sdn.csv")
    assert by_folder == by_file


def test_a_folder_with_two_lists_asks_which(tmp_path: Path) -> None:
    for folder in ("ofac-sdn", "ofac-consolidated"):
        for item in (FIXTURES / folder).iterdir():
            (tmp_path / item.name).write_bytes(item.read_bytes())
    with pytest.raises(ListError, match="more than one OFAC list"):
        read_list(tmp_path)
    assert read_list(tmp_path / "cons_prim.csv").info.id == "ofac-consolidated"


@pytest.mark.parametrize("name", ["un.xml", "eu.xml", "seco.xml", "uk.xml", "sdn.xml", "sdn_advanced.xml"])
@pytest.mark.parametrize(
    "dtd",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_definition_is_refused(name: str, dtd: str, encoding: str, tmp_path: Path) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    declaration, _, rest = text.partition("?>")
    path = tmp_path / name
    path.write_bytes((declaration.replace("UTF-8", encoding) + "?>" + dtd + rest).encode(encoding))
    with pytest.raises(ListError, match=r"document type definition|not well-formed"):
        read_list(path)


def test_a_document_type_definition_far_from_the_start_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "un.xml"
    text = (FIXTURES / "un.xml").read_text(encoding="utf-8")
    comment = "<!--" + "x" * 40_000 + "-->"
    path.write_text(text.replace("?>", "?>" + comment + "<!DOCTYPE x>", 1), encoding="utf-8")
    with pytest.raises(ListError, match="document type definition"):
        read_list(path)


def test_an_undeclared_entity_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "un.xml"
    path.write_text(
        (FIXTURES / "un.xml").read_text(encoding="utf-8").replace(">KARIM<", ">&xxe;<"), encoding="utf-8"
    )
    with pytest.raises(ListError, match="not well-formed"):
        read_list(path)


def test_nesting_without_end_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "uk.xml"
    deep = "<a>" * 100_000 + "</a>" * 100_000
    text = (FIXTURES / "uk.xml").read_text(encoding="utf-8")
    path.write_text(text.replace("</UniqueID>", "</UniqueID>" + deep, 1), encoding="utf-8")
    assert read_list(path).entities == read_list(FIXTURES / "uk.xml").entities
    path.write_text(text.replace("</Designations>", deep + "</Designations>"), encoding="utf-8")
    with pytest.raises(ListError, match="nested deeper"):
        read_list(path)
    path.write_text('{"total": ' + "[" * 200_000 + ', "results": [{"source": "alt_names"', encoding="utf-8")
    with pytest.raises(ListError):
        read_list(path)


def test_a_field_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('name,reason\nLantern,"' + "x" * 10_000_001 + '"\n')
    with pytest.raises(ListError, match="line 2: field larger than field limit"):
        read_list(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_of_ones_own_list(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes("name,country\nSociété Générale d’Élevage,FR\n".encode(encoding))
    assert read_list(path).entities[0].name == "Société Générale d’Élevage"


def test_nul_and_control_characters_are_kept_for_the_reports_to_neutralise(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(b"name,country\nLan\x00tern \x1b[31mLtd,FR\n=cmd|' /C calc'!A0,FR\n")
    assert [entity.name for entity in read_list(path).entities] == [
        "Lan\x00tern \x1b[31mLtd",
        "=cmd|' /C calc'!A0",
    ]


@pytest.mark.parametrize("name", ["un.xml", "eu.xml", "seco.xml", "uk.xml", "sdn.xml", "sdn_advanced.xml"])
def test_a_list_without_records_is_refused(name: str, tmp_path: Path) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    tag = {
        "un.xml": ("<INDIVIDUALS>", "</ENTITIES>"),
        "eu.xml": ("<sanctionEntity", "</sanctionEntity>"),
        "seco.xml": ("<target", "</target>"),
        "uk.xml": ("<Designation>", "</Designation>"),
        "sdn.xml": ("<sdnEntry>", "</sdnEntry>"),
        "sdn_advanced.xml": ("<DistinctParties>", "</DistinctParties>"),
    }[name]
    start, end = text.index(tag[0]), text.rindex(tag[1]) + len(tag[1])
    path = tmp_path / name
    path.write_text(text[:start] + "<!-- sanctionEntity UniqueID -->" + text[end:], encoding="utf-8")
    with pytest.raises(ListError, match="has no party in it"):
        read_list(path)


def peak(records: Iterator[object]) -> tuple[int, int]:
    """(records, peak of memory in bytes) of going through records one at a time."""
    tracemalloc.start()
    try:
        count = sum(1 for _ in records)
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = tmp_path / "small.xml", tmp_path / "large.xml"
    big_eu(small, 1_000_000)
    big_eu(large, 8_000_000)
    few, low = peak(stream(small, frozenset(("sanctionEntity",))))
    many, high = peak(stream(large, frozenset(("sanctionEntity",))))
    assert many > 7 * few
    assert high < 2 * low
    count = sum(isinstance(item, Entity) for item in read_records(small))
    assert count == few - 1
