"""The streaming reader of XML against the plain one that holds the whole tree."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest

from screening.errors import ListError
from screening.lists.formats import xml

FIXTURES = Path(__file__).parent / "fixtures"
WANTED = {
    "un.xml": frozenset(("INDIVIDUAL", "ENTITY")),
    "eu.xml": frozenset(("sanctionEntity",)),
    "seco.xml": frozenset(("sanctions-program", "place")),
    "uk.xml": frozenset(("Designation", "DateGenerated")),
    "sdn.xml": frozenset(("sdnEntry", "publshInformation")),
    "sdn_advanced.xml": frozenset(("DistinctParty", "Location", "ReferenceValueSets")),
}


def oracle(data: bytes, wanted: frozenset[str]) -> list[Element]:
    """The outermost wanted elements of the whole tree."""
    root = fromstring(data)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    found: list[Element] = []

    def look(element: Element) -> None:
        for child in element:
            if child.tag in wanted:
                found.append(child)
            else:
                look(child)

    look(root)
    return found


def bare(element: Element) -> bytes:
    """An element without the text after it, which belongs to nobody."""
    tail, element.tail = element.tail, None
    text = tostring(element)
    element.tail = tail
    return text


@pytest.mark.parametrize("name", WANTED)
@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1000, 262_144])
def test_the_same_elements_whatever_the_size_of_the_pieces_read(
    name: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml, "_CHUNK", chunk)
    elements = xml.stream(FIXTURES / name, WANTED[name])
    root = next(elements)
    assert root.attrib == fromstring((FIXTURES / name).read_bytes()).attrib
    streamed = [bare(element) for element in elements]
    assert streamed == [bare(element) for element in oracle((FIXTURES / name).read_bytes(), WANTED[name])]
    assert streamed


def test_wanted_elements_inside_wanted_ones_belong_to_the_outer_one(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<r><b><a>1<a>2</a></a></b><a>3</a></r>")
    elements = xml.stream(path, frozenset("a"))
    assert next(elements).tag == "r"
    assert [bare(element) for element in elements] == [b"<a>1<a>2</a></a>", b"<a>3</a>"]


@pytest.mark.parametrize("content", [b"", b"<r>", b"<r><a/>", b"<r></r><r/>", b"text", b"<r>\xff</r>"])
def test_what_is_not_well_formed_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(content)
    with pytest.raises(ListError, match="not well-formed"):
        list(xml.stream(path, frozenset("a")))
