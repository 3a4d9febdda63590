"""Large XML files, a record at a time: no DTD, no entities, memory that does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import (
    Element,
    ParseError,
    XMLPullParser,
)

from screening.errors import ListError
from screening.lists.formats.draft import squeeze

_CHUNK = 262_144
# The deepest official format (OFAC's advanced XML) has 13 levels.
_DEEPEST = 64


class _UntilRoot:
    """A parser target that notes when the document element begins."""

    def __init__(self) -> None:
        self.begun = False

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        self.begun = True

    def end(self, _tag: str) -> None:
        """Nothing is kept."""

    def data(self, _text: str) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is kept."""


class _Guard:
    """Refuses a DTD. XML allows one only before the document element, and entities only in a DTD, so
    what follows is safe for the fast parser of the standard library."""

    def __init__(self) -> None:
        from defusedxml.ElementTree import DefusedXMLParser

        self._target = _UntilRoot()
        self._parser = DefusedXMLParser(target=self._target, forbid_dtd=True)

    def feed(self, chunk: bytes) -> None:
        if not self._target.begun:
            self._parser.feed(chunk)


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


def stream(path: Path, wanted: frozenset[str]) -> Iterator[Element]:
    """The document element (attributes only) first, then each wanted element, whole, in document order.

    Tags are without namespaces. An element is emptied when the next one is asked for; what lies outside
    the wanted elements is thrown away as it is read. Raises ListError for a DTD, for XML that is not well
    formed (a file cut off is not) and for a file that cannot be read.
    """
    from defusedxml.common import DefusedXmlException

    guard = _Guard()
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    path_to_here: list[Element] = []
    inside = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                guard.feed(chunk)
                parser.feed(chunk)
                for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                    if event == "start":
                        element.tag = local(element.tag)
                        if element.tag in wanted:
                            inside += 1
                        path_to_here.append(element)
                        if len(path_to_here) > _DEEPEST:
                            raise ListError(f"{path.name} is nested deeper than any official list.")
                        if len(path_to_here) == 1:
                            yield element
                        continue
                    path_to_here.pop()
                    if element.tag in wanted:
                        inside -= 1
                        if not inside:
                            yield element
                    if not inside and path_to_here:
                        path_to_here[-1].remove(element)
            parser.close()
            if path_to_here:
                raise ListError(f"{path.name} is cut off.", "Download the list again.")
    except DefusedXmlException as error:
        raise ListError(
            f"{path.name} contains a document type definition or entities, which no official list has.",
            "Do not use this file. Download the list from its publisher.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise ListError(
            f"{path.name} is not well-formed XML ({error}). It is damaged or cut off.",
            "Download the list again and compare its size.",
        ) from error
    except OSError as error:
        raise ListError(f"{path.name} cannot be read: {error.strerror}.") from error


def text(element: Element | None, tag: str) -> str:
    """The text of the first child of that name, on one line; "" when there is none."""
    return squeeze(element.findtext(tag)) if element is not None else ""


def texts(element: Element, *path: str) -> list[str]:
    """The texts of all descendants at a path of tags, without empty ones."""
    found = [squeeze(item.text) for item in element.findall("/".join(path))]
    return [item for item in found if item]


def attribute(element: Element | None, name: str) -> str:
    """An attribute on one line; "" when there is none."""
    return squeeze(element.get(name)) if element is not None else ""
