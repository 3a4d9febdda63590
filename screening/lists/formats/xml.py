"""Large XML files, a record at a time: no DTD, no entities, memory that does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import (
    Element,
    ParseError,
    TreeBuilder,
    XMLParser,
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


class _Local(dict[str, str]):
    """Tag -> its name without the namespace, worked out once for each tag."""

    def __missing__(self, tag: str) -> str:
        name = tag.rpartition("}")[2]
        # Only tags of real lists repeat; a file full of invented ones must not fill the memory.
        if len(self) < 10_000:
            self[tag] = name
        return name


def stream(path: Path, wanted: frozenset[str]) -> Iterator[Element]:
    """The document element (attributes only) first, then each wanted element, whole, in document order.

    Tags are without namespaces. What has been passed is thrown away, so memory holds little more than one
    wanted element. Raises ListError for a DTD, for XML that is not well formed (a file cut off is not), for
    nesting beyond all lists and for a file that cannot be read.
    """
    from defusedxml.common import DefusedXmlException

    guard, names = _Guard(), _Local()
    root: list[Element] = []

    def make(tag: str, attributes: dict[str, str]) -> Element:
        element = Element(names[tag], attributes)
        if not root:
            root.append(element)
        return element

    # The tree is built by the parser in C and pruned between chunks: an event for each element, handled in
    # Python, would take three times as long.
    parser = XMLParser(target=TreeBuilder(element_factory=make))  # noqa: S314 - behind the guard
    begun = False
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                guard.feed(chunk)
                parser.feed(chunk)
                if root:
                    if not begun:
                        begun = True
                        yield root[0]
                    yield from _whole(path, root[0], wanted)
        parser.close()
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
    for child in root[0]:
        yield from _inside(child, wanted)


def _whole(path: Path, root: Element, wanted: frozenset[str]) -> Iterator[Element]:
    """The wanted elements that are known to be whole, taken off the tree with all that stands before them.

    At each level only the last element can still be open, so every other one is whole.
    """
    node = root
    for _ in range(_DEEPEST):
        before = node[:-1]
        for child in before:
            yield from _inside(child, wanted)
        del node[: len(before)]
        if not len(node) or node[0].tag in wanted:
            return
        node = node[0]
    raise ListError(f"{path.name} is nested deeper than any official list.")


def _inside(element: Element, wanted: frozenset[str]) -> Iterator[Element]:
    """The outermost wanted elements of a whole element, itself included, in document order."""
    ahead = [element]
    while ahead:
        item = ahead.pop()
        if item.tag in wanted:
            yield item
        else:
            ahead.extend(reversed(item))


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
