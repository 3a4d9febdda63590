"""YAML read strictly into frozen records, with every problem and its place.

YAML guesses types (`NO` becomes false, `00123` becomes 83, `2024-05-01` a date) and offers tags and aliases
that a hostile file can use. Here a scalar is read by the type its record expects and never guessed, tags,
anchors and aliases are refused, and reading goes on after a problem, so that one pass names them all.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import msgspec
import msgspec.inspect as types
import yaml

from screening.errors import ListError
from screening.model import Record

# A curated file of this size holds some 30,000 parties. A larger one is more likely a mistake or an attack,
# and its node tree would take gigabytes of memory.
MAX_BYTES = 32 * 1024 * 1024
# Each value takes some 250 bytes of memory; small values such as "- " could make 16 million of 32 MB.
MAX_VALUES = 2_000_000
# Our deepest record lies five levels down; the rest is room for files that are merely wrong.
MAX_DEPTH = 32

# YAML words that mean "no value" when they stand without quotation marks.
_NULLS = frozenset({"~", "null", "Null", "NULL"})
# No number of ours needs more than 15 digits, and Python refuses to convert thousands of them.
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
# Controls (C0 but the line break, DEL, C1) and lone surrogates.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Problem(Record, frozen=True, kw_only=True):
    """One thing wrong in a file.

    line, column: counted from 1; 0 where the problem is the file as a whole.
    path: where in the record ("entities[2].identifiers[0].value"); "" for the file as a whole.
    """

    file: str
    line: int = 0
    column: int = 0
    path: str = ""
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        where = f"{place}: {self.path}" if self.path else place
        return f"{where}: expected {self.expected}, found {self.found}"


def fail(problems: Iterable[Problem]) -> None:
    """Raise a ListError that lists all problems, one a line, where there is at least one."""
    lines = [str(problem) for problem in problems]
    if lines:
        count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise ListError(
            f"The watchlists have {count}:\n" + "\n".join(lines) + "\n", "Correct the files and run again."
        )


_NO_PAIRS: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Node:
    """One node of a YAML document. value: text, a list of nodes, or key -> (key, value) nodes."""

    kind: Literal["scalar", "sequence", "mapping"]
    line: int
    column: int
    text: str = ""
    plain: bool = False
    items: Sequence[Node] = ()
    pairs: Mapping[str, tuple[Node, Node]] = field(default_factory=lambda: _NO_PAIRS)

    def get(self, key: str) -> Node | None:
        """The value of a key of a mapping, None where it has none."""
        pair = self.pairs.get(key)
        return pair[1] if pair else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in its file."""

    file: str
    path: str
    node: Node

    def problem(self, expected: str, found: str, key: str = "") -> Problem:
        """A problem at this place, or at a value in it: key is "as_of", "countries[0]" or "goods[1].hs"."""
        node = self.node
        for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", key):
            node = node.get(name) or node
            if index and int(index) < len(node.items):
                node = node.items[int(index)]
        path = ".".join(part for part in (self.path, key) if part)
        return Problem(
            file=self.file, line=node.line, column=node.column, path=path, expected=expected, found=found
        )


# A check of one record: (field or "", expected, found) for each thing wrong with it.
Check = Callable[[Any], Iterable[tuple[str, str, str]]]
# A reader of a value in a shape of its own; None: not that shape, read it as its type says.
Shape = Callable[["Reader", Node, str], "tuple[Any, ...] | None"]


@dataclass
class Reader:
    """Reads the nodes of one file into records and gathers what is wrong.

    A value that cannot be read becomes a stand-in (empty text, the first choice, nought), so that the rest of its
    record can still be checked; `unread` holds the paths of stand-ins, on which no further problem is reported.
    places: id() of a record that was read -> its place. Valid while the record lives.
    """

    file: str
    checks: Mapping[type, Check] = field(default_factory=dict)
    shapes: Mapping[type, Shape] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def problem(self, node: Node, path: str, expected: str, found: str) -> None:
        """Note a problem at a node."""
        self.problems.append(
            Problem(
                file=self.file, line=node.line, column=node.column, path=path, expected=expected, found=found
            )
        )

    def read(self, node: Node, type_: types.Type, path: str) -> Any:
        """The value of a node as a type; a stand-in after a problem (which is noted), UNSET for a record."""
        match type_:
            case types.StrType():
                return self._text(node, path)
            case types.UnionType(types=members):
                # Our only unions are "T or nothing", and nothing is said by leaving the key out.
                inner = next(member for member in members if not isinstance(member, types.NoneType))
                return self.read(node, inner, path)
            case types.StructType():
                return self._record(node, type_, path)
            case types.VarTupleType():
                return self._sequence(node, type_, path)
            case types.LiteralType(values=values):
                return self._choice(node, [str(value) for value in values], path)
            case types.BoolType():
                return self._bool(node, path)
            case types.IntType() | types.FloatType():
                return self._number(node, path, whole=isinstance(type_, types.IntType))
            case _:
                raise TypeError(f"no way to read {type_}")

    def _record(self, node: Node, type_: types.StructType, path: str) -> Any:
        fields = {item.encode_name: item for item in type_.fields}
        if node.kind != "mapping":
            self.problem(node, path, f"a mapping with the keys {', '.join(fields)}", describe(node))
            return msgspec.UNSET
        values: dict[str, Any] = {}
        for name, (key, value) in node.pairs.items():
            here = f"{path}.{name}" if path else name
            if name not in fields:
                found = f"the unknown key {nearest(name, fields)}"
                self.problem(key, here, f"one of {', '.join(fields)}", found)
                continue
            read = self.read(value, fields[name].type, here)
            if here not in self.unread or fields[name].required:
                values[fields[name].name] = read
        for item in type_.fields:
            if item.required and item.name not in values:
                self.problem(node, path, f"the key {item.encode_name}", "none")
                self.unread.add(f"{path}.{item.encode_name}" if path else item.encode_name)
                values[item.name] = _stand_in(item.type)
        record = type_.cls(**values)
        place = self.places[id(record)] = Place(self.file, path, node)
        check = self.checks.get(type_.cls)
        for where, expected, found in check(record) if check else ():
            problem = place.problem(expected, found, where)
            if problem.path not in self.unread:
                self.problems.append(problem)
        return record

    def _sequence(self, node: Node, type_: types.VarTupleType, path: str) -> Any:
        item = type_.item_type
        if isinstance(item, types.StructType) and item.cls in self.shapes:
            shaped = self.shapes[item.cls](self, node, path)
            if shaped is not None:
                return shaped
        if node.kind != "sequence":
            return self._refuse(node, (), path, "a list")
        read = [self.read(value, item, f"{path}[{index}]") for index, value in enumerate(node.items)]
        return tuple(value for value in read if value is not msgspec.UNSET)

    def _text(self, node: Node, path: str) -> str:
        if node.kind != "scalar" or not node.text.strip():
            return self._refuse(node, "", path, "text")
        if node.plain and node.text in _NULLS:
            expected = "text in quotation marks, or no such key"
            return self._refuse(node, "", path, expected, f"{node.text} without quotation marks")
        bad = _CONTROL.search(node.text)
        if bad is not None:
            found = f"the character U+{ord(bad[0]):04X}"
            return self._refuse(node, "", path, "text without control characters", found)
        return node.text

    def _choice(self, node: Node, values: list[str], path: str) -> str:
        if node.kind == "scalar" and node.text in values:
            return node.text
        found = nearest(node.text, values) if node.kind == "scalar" and node.text else describe(node)
        return self._refuse(node, values[0], path, f"one of {', '.join(values)}", found)

    def _bool(self, node: Node, path: str) -> bool:
        if node.kind == "scalar" and node.text in ("true", "false"):
            return node.text == "true"
        return self._refuse(node, False, path, "true or false")

    def _number(self, node: Node, path: str, *, whole: bool) -> float:
        number = _NUMBER.fullmatch(node.text) if node.kind == "scalar" else None
        if number is None or (whole and number[1]):
            return self._refuse(node, 0, path, "a whole number" if whole else "a number")
        return int(node.text) if whole else float(node.text)

    def _refuse(self, node: Node, stand_in: T, path: str, expected: str, found: str = "") -> T:
        self.problem(node, path, expected, found or describe(node))
        self.unread.add(path)
        return stand_in


def _stand_in(type_: types.Type) -> Any:
    """A value that a required field has while its record is checked, where the file gives none."""
    match type_:
        case types.LiteralType(values=values):
            return values[0]
        case types.VarTupleType():
            return ()
        case types.BoolType() | types.IntType() | types.FloatType():
            return 0
        case _:
            return ""


def describe(node: Node) -> str:
    """What a node is, in words for a message; long text is cut."""
    if node.kind == "sequence":
        return "a list"
    if node.kind == "mapping":
        return "a mapping"
    return quote(node.text) if node.text.strip() else "nothing"


def quote(text: str) -> str:
    """Text in quotation marks, fit for one line of a terminal: cut at 60 characters, controls escaped."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    return f'"{plain}"'


def nearest(text: str, known: Iterable[str]) -> str:
    """Quoted text, with the known word nearest to it by spelling where one is near."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    best = process.extractOne(
        text, sorted(known), scorer=OSA.normalized_similarity, score_cutoff=0.6, processor=str.casefold
    )
    return f'{quote(text)} (did you mean "{best[0]}"?)' if best else quote(text)


def read_bytes(source: Traversable) -> bytes:
    """The bytes of a file. Raises ListError when it cannot be read or is larger than MAX_BYTES."""
    try:
        with source.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ListError(f"{source} cannot be read: {error.strerror or error}.", "Check the path.") from error
    if len(data) > MAX_BYTES:
        raise ListError(
            f"{source} is larger than {MAX_BYTES // 1024 // 1024} MB.",
            "Split it, or import it with `screening lists import`.",
        )
    return data


def parse(data: bytes, reader: Reader) -> Node | None:
    """The one document of a YAML file as nodes; None where none can be read. Problems go to the reader."""
    text = _decode(data, reader)
    if text is None:
        return None
    before = len(reader.problems)
    builder = _Builder(reader)
    try:
        # The C parser where PyYAML was built with it.
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if not builder.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        _syntax_problem(text, error, reader)
        return None
    except yaml.YAMLError as error:
        reader.problem(_NOWHERE, "", "YAML", str(error).splitlines()[0])
        return None
    root = builder.root
    if root is None or (root.kind == "scalar" and not root.text.strip() and len(reader.problems) == before):
        reader.problem(_NOWHERE, "", "a YAML mapping", "an empty file")
        return None
    return root


_NOWHERE = Node("scalar", 0, 0)


class _Builder:
    """Puts the events of a document together to nodes. No recursion, so depth costs nothing."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.root: Node | None = None
        self.documents = 0
        self.values = 0
        # For each open node: its items or its pairs, and the key that waits for its value.
        self.items: list[list[Node] | None] = []
        self.pairs: list[dict[str, tuple[Node, Node]]] = []
        self.keys: list[Node | None] = []

    def take(self, event: Any) -> bool:
        """Add an event; False when the rest of the file is not worth reading (the reason is noted)."""
        if isinstance(event, yaml.NodeEvent):
            return self._add(event)
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self.items.pop()
            self.pairs.pop()
            self.keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                mark: Any = event.start_mark
                place = Node("scalar", mark.line + 1, mark.column + 1)
                self.reader.problem(place, "", "one YAML document", "a second one")
                return False
        return True

    def _add(self, event: Any) -> bool:
        node = self._node(event)
        self.values += 1
        if self.values > MAX_VALUES:
            self.reader.problem(node, "", f"at most {MAX_VALUES} values", "more")
            return False
        if not self.items:
            self.root = node
        else:
            self._hang(node)
        if node.kind == "scalar":
            return True
        items: list[Node] | None = None
        pairs: dict[str, tuple[Node, Node]] = {}
        if node.kind == "sequence":
            node.items = items = []
        else:
            node.pairs = pairs
        self.items.append(items)
        self.pairs.append(pairs)
        self.keys.append(None)
        if len(self.items) > MAX_DEPTH:
            self.reader.problem(node, "", f"at most {MAX_DEPTH} levels", "deeper nesting")
            return False
        return True

    def _hang(self, node: Node) -> None:
        """Put a node into the innermost open one."""
        items, key = self.items[-1], self.keys[-1]
        if items is not None:
            items.append(node)
        elif key is None:
            self.keys[-1] = node
            if node.kind != "scalar":
                self.reader.problem(node, "", "text as a key", describe(node))
        else:
            self.keys[-1] = None
            pairs = self.pairs[-1]
            if key.kind != "scalar":
                return  # already a problem
            if key.text in pairs:
                found = f"{quote(key.text)} again (first on line {pairs[key.text][0].line})"
                self.reader.problem(key, "", "each key once", found)
            else:
                pairs[key.text] = (key, node)

    def _node(self, event: Any) -> Node:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, yaml.ScalarEvent):
            # Plain style is None with the C parser of some versions, "" with the Python parser.
            node = Node("scalar", line, column, event.value, not event.style)
        elif isinstance(event, yaml.AliasEvent):
            node = Node("scalar", line, column, f"*{event.anchor}")
            self.reader.problem(node, "", "no YAML aliases", node.text)
            return node
        else:
            node = Node("sequence" if isinstance(event, yaml.SequenceStartEvent) else "mapping", line, column)
        if event.anchor is not None:
            self.reader.problem(node, "", "no YAML anchors", f"&{event.anchor}")
        if event.tag is not None:
            self.reader.problem(node, "", "no YAML tags", quote(event.tag))
        return node


def read_record(data: bytes, cls: type[R], reader: Reader) -> tuple[R | None, Node | None]:
    """A file as one record and the nodes it was read from; None for what could not be read at all.

    The record is sound only where the reader has no problems.
    """
    root = parse(data, reader)
    if root is None:
        return None, None
    record = reader.read(root, type_info(cls), "")
    return (None if record is msgspec.UNSET else record), root


_TYPES: dict[type, types.Type] = {}


def type_info(cls: type) -> types.Type:
    """What msgspec knows of a record's fields; kept, because it is asked for once a file."""
    if cls not in _TYPES:
        _TYPES[cls] = types.type_info(cls)
    return _TYPES[cls]


def _decode(data: bytes, reader: Reader) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        byte = f"the byte 0x{data[error.start]:02X}"
        reader.problem(Node("scalar", line, column), "", "UTF-8 text", byte)
        return None
    zero = text.find("\0")
    if zero >= 0:
        line = text.count("\n", 0, zero) + 1
        reader.problem(Node("scalar", line, zero - text.rfind("\n", 0, zero)), "", "text", "a NUL byte")
        return None
    return text


def _syntax_problem(text: str, error: yaml.MarkedYAMLError, reader: Reader) -> None:
    mark: Any = error.problem_mark or error.context_mark
    node = Node("scalar", mark.line + 1, mark.column + 1) if mark is not None else Node("scalar", 0, 0)
    with contextlib.suppress(IndexError):
        line = text.splitlines()[node.line - 1]
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            node.column = indent.index("\t") + 1
            reader.problem(node, "", "spaces as indentation", "a tab")
            return
    reader.problem(node, "", "YAML", f"broken syntax ({error.problem or 'unknown'})")
