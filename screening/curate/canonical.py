"""YAML in canonical form: stable order of keys, one indentation, text folded at one width, comments kept.

The order is that of the records' fields. A comment on a line of its own belongs to the key or list item that
follows it and moves with it; a comment at the end of a line belongs to what begins on that line.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import msgspec.inspect as types
import yaml

from screening.curate.proposals import Draft
from screening.errors import ListError
from screening.lists import seeds, strict_yaml
from screening.lists.curated import ListFile
from screening.lists.strict_yaml import Node, Reader
from screening.model import Record

WIDTH = 110  # characters of a line, as in the program's own files

# Where the fields of a record are read in another order than they are defined in.
_ORDERS: Mapping[type, tuple[str, ...]] = {
    seeds.Passage: ("id", "paragraph", "start", "end", "text", "locator", "note"),
    seeds.Goods: ("item", "kind", "passages", "hs", "eccn", "chpl_tiers", "stance", "note"),
    seeds.NotTarget: ("name", "paragraphs", "reason"),
}
# Lists whose items are parted by an empty line.
_SPACED = frozenset({"entities", "proposals"})


def canonical(data: bytes, shown: str) -> bytes:
    """A watchlist, source record or draft in canonical form. The content is not judged, only its form.

    shown: the file's name for messages. Raises ListError when it is no such YAML file, or when a comment could
    not be kept.
    """
    reader = Reader(file=shown)
    root = strict_yaml.parse(data, reader)
    if root is None or reader.problems:
        strict_yaml.fail(reader.problems)
    if root is None or root.kind != "mapping":
        raise ListError(f"{shown} is no watchlist and no source record.", "Name a YAML file of one of them.")
    return _written(root, _Comments(data.decode("utf-8-sig"), root), shown)


def _written(root: Node, comments: _Comments, shown: str) -> bytes:
    lines = [*_mapping(root, _type_of(root), "", comments), *comments.footer()]
    result = "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"
    result = re.sub(r"\n{3,}", "\n\n", result)
    _check(root, comments, result, shown)
    return result.encode("utf-8")


def render(record: Record, header: str = "") -> bytes:
    """A record as YAML in canonical form. header: comment lines for its head, without the signs."""
    lines = [f"# {line}".rstrip() for line in header.splitlines()]
    root = _node(msgspec.to_builtins(record, str_keys=True))
    return canonical(
        "\n".join([*lines, *_mapping(root, types.type_info(type(record)), "", _Comments("", root))]).encode()
        + b"\n",
        "",
    )


def _type_of(root: Node) -> types.Type:
    if root.get("proposals") is not None:
        return types.type_info(Draft)
    return types.type_info(ListFile if root.get("entities") is not None else seeds.Seed)


def _node(value: Any) -> Node:
    if isinstance(value, Mapping):
        pairs = {str(key): (Node("scalar", 0, 0, str(key), True), _node(item)) for key, item in value.items()}
        return Node("mapping", 0, 0, pairs=pairs)
    if isinstance(value, list | tuple):
        return Node("sequence", 0, 0, items=[_node(item) for item in value])
    if isinstance(value, bool):
        return Node("scalar", 0, 0, "true" if value else "false", True)
    if isinstance(value, int | float):
        return Node("scalar", 0, 0, f"{value:g}" if isinstance(value, float) else str(value), True)
    return Node("scalar", 0, 0, str(value), False)


# --- writing ------------------------------------------------------------------------------------------------


def _fields(type_: types.Type | None) -> tuple[list[str], dict[str, types.Type]]:
    """The names of a record's fields in canonical order, and their types."""
    if isinstance(type_, types.UnionType):
        type_ = next((t for t in type_.types if not isinstance(t, types.NoneType)), None)
    if not isinstance(type_, types.StructType):
        return [], {}
    known = {item.encode_name: item.type for item in type_.fields}
    first = [name for name in _ORDERS.get(type_.cls, ()) if name in known]
    return [*first, *(name for name in known if name not in first)], known


def _mapping(node: Node, type_: types.Type | None, indent: str, comments: _Comments) -> Iterator[str]:
    order, known = _fields(type_)
    names = [name for name in order if name in node.pairs] + [
        name for name in node.pairs if name not in order
    ]
    for name in names:
        key, value = node.pairs[name]
        yield from comments.before(key, indent)
        tail = comments.tail(key)
        yield from _pair(
            f"{indent}{_scalar(key.text, key.plain)}:", name, value, known.get(name), indent, tail, comments
        )


def _pair(
    head: str, name: str, value: Node, type_: types.Type | None, indent: str, tail: str, comments: _Comments
) -> Iterator[str]:
    if value.kind == "scalar":
        yield from _text(head, value, indent + "  ", tail)
    elif value.kind == "mapping":
        if not value.pairs:
            yield f"{head} {{}}{tail}"
            return
        yield head + tail
        yield from _mapping(value, type_, indent + "  ", comments)
    elif all(item.kind == "scalar" and not comments.has(item) for item in value.items):
        flow = ", ".join(_scalar(item.text, item.plain, flow=True) for item in value.items)
        line = f"{head} [{flow}]{tail}"
        if len(line) <= WIDTH or not value.items:
            yield line
        else:
            yield head + tail
            yield from (f"{indent}  - {_scalar(item.text, item.plain)}" for item in value.items)
    else:
        yield head + tail
        inner = type_.item_type if isinstance(type_, types.VarTupleType) else None
        for index, item in enumerate(value.items):
            if name in _SPACED and not indent and index:
                yield ""
            yield from _item(item, inner, indent + "  ", comments)


def _item(item: Node, type_: types.Type | None, indent: str, comments: _Comments) -> Iterator[str]:
    yield from comments.before(item, indent)
    tail = comments.tail(item)
    short = f"{indent}- {_flow(item)}{tail}"
    if item.kind == "mapping" and item.pairs and comments.flow(item) and len(short) <= WIDTH:
        yield short
    elif item.kind == "mapping" and item.pairs:
        lines = list(_mapping(item, type_, indent + "  ", comments))
        # Comments of the first key stand above the dash.
        first = next(i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
        yield from (line[2:] if line.strip() else line for line in lines[:first])
        yield f"{indent}- {lines[first].lstrip()}{tail}"
        yield from lines[first + 1 :]
    elif item.kind == "scalar":
        yield from _text(f"{indent}-", item, indent + "  ", tail)
    else:
        yield f"{indent}- {_flow(item)}{tail}"


def _flow(node: Node) -> str:
    if node.kind == "scalar":
        return _scalar(node.text, node.plain, flow=True)
    if node.kind == "sequence":
        return f"[{', '.join(_flow(item) for item in node.items)}]"
    return (
        "{"
        + ", ".join(f"{_scalar(k.text, k.plain, flow=True)}: {_flow(v)}" for k, v in node.pairs.values())
        + "}"
    )


def _text(head: str, value: Node, indent: str, tail: str) -> Iterator[str]:
    line = f"{head} {_scalar(value.text, value.plain)}{tail}"
    words = value.text.split(" ")
    foldable = (
        len(line) > WIDTH
        and all(words)
        and len(words) > 1
        and not _UNPRINTABLE.search(value.text)
        and not _has_invisible(value.text)
        and not value.text.startswith("#")
    )
    if not foldable:
        yield line
        return
    yield f"{head} >-{tail}"
    current = indent + words[0]
    for word in words[1:]:
        if len(current) + 1 + len(word) > WIDTH:
            yield current
            current = indent + word
        else:
            current += f" {word}"
    yield current


_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
# What other YAML readers take for a number, a date, a truth value or nothing when it stands unquoted.
_GUESSED = re.compile(
    r"(?:y|n|yes|no|on|off|true|false|null|~|[-+]?[0-9][0-9_.,:xXeE+-]*|[-+]?0[xob][0-9a-f_]+|[-+]?\.[0-9_]+(?:e[-+]?[0-9]+)?|[-+]?\.inf|\.nan|[0-9]{4}-[0-9]{2}.*|[0-9]+\.[a-z])",
    re.IGNORECASE,
)


_RESOLVER: Any = yaml.resolver.Resolver()


def _is_guessed(text: str) -> bool:
    """Whether YAML readers take an unquoted text for something else than text."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return tag != "tag:yaml.org,2002:str" or _GUESSED.fullmatch(text) is not None


def _scalar(text: str, plain: bool, *, flow: bool = False) -> str:
    """Text of one line. plain: it stood unquoted, or is a number, and may stay so."""
    if _is_plain(text, flow=flow) and (plain or not _is_guessed(text)):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(_escaped(c) for c in quoted) if _has_invisible(quoted) else quoted


_INVISIBLE = frozenset(["Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Cf"])


def _has_invisible(text: str) -> bool:
    """Whether a text has control, format or unassigned characters. isprintable() tells most texts at once."""
    return not text.isprintable() and any(unicodedata.category(c) in _INVISIBLE for c in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _is_plain(text: str, *, flow: bool) -> bool:
    """Whether YAML reads an unquoted text as it stands (YAML 1.1, plain scalars)."""
    if not text or text != text.strip() or text[0] in "!&*-?|>%@`\"'#,[]{}:=~<" or text.endswith(":"):
        return len(text) > 1 and text[0] == "-" and text[1] not in " -" and _is_plain(text[1:], flow=flow)
    if ": " in text or " #" in text or "\t" in text or text in ("---", "..."):
        return False
    if flow and any(c in ",[]{}" for c in text):
        return False
    return not _has_invisible(text)


# --- comments -----------------------------------------------------------------------------------------------


class _Comments:
    """The comments and empty lines of a text, each with the key or item that it belongs to."""

    def __init__(self, text: str, root: Node) -> None:
        self.all: list[str] = []
        self._before: dict[int, list[str]] = {}
        self._tails: dict[int, str] = {}
        self._footer: list[str] = []
        self._lines: list[str] = []
        if not text:
            return
        self._lines = text.split("\n")
        starts = _starts(root)
        inside = _scalar_lines(text)
        waiting: list[str] = []
        at = 0
        for number, line in enumerate(text.split("\n"), start=1):
            while at < len(starts) and starts[at][0] < number:
                at += 1
            comment, own = inside.comment(number, line)
            if own and comment:
                waiting.append(comment)
                self.all.append(comment)
                continue
            if not line.strip() and not inside.within(number):
                waiting.append("")
                continue
            here = at
            while here < len(starts) and starts[here][0] == number:
                here += 1
            if here > at and waiting:
                self._before[id(starts[at][1])] = waiting
                waiting = []
            if comment:
                self.all.append(comment)
                owner = starts[here - 1][1] if here else None
                if owner is None or id(owner) in self._tails:
                    waiting.append(comment)
                else:
                    self._tails[id(owner)] = f" {comment}"
        self._footer = waiting

    def before(self, node: Node, indent: str) -> Iterator[str]:
        """The comment lines above a key or item."""
        for line in self._before.get(id(node), ()):
            yield indent + line if line else ""

    def tail(self, node: Node) -> str:
        """The comment at the end of the line of a key or item, with a blank before it; "" for none."""
        return self._tails.get(id(node), "")

    def has(self, node: Node) -> bool:
        """Whether a node has a comment."""
        return id(node) in self._tails or any(self._before.get(id(node), ()))

    def flow(self, node: Node) -> bool:
        """Whether a mapping is written on one line, in braces; its author's choice is kept where it fits."""
        return bool(self._lines) and self._lines[node.line - 1][node.column - 1 : node.column] == "{"

    def footer(self) -> list[str]:
        """Comments after everything else."""
        return self._footer


def _starts(root: Node) -> list[tuple[int, Node]]:
    """Every key and list item with its line, in the order of the file, outer ones first."""
    found: list[tuple[int, int, int, Node]] = []
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if node.kind == "mapping":
            for key, value in node.pairs.values():
                found.append((key.line, depth, key.column, key))
                waiting.append((value, depth + 1))
        for item in node.items:
            found.append((item.line, depth, item.column, item))
            waiting.append((item, depth + 1))
    return [(line, node) for line, _, _, node in sorted(found, key=lambda item: item[:3])]


class _scalar_lines:  # noqa: N801 (a small helper, used once)
    """Which characters of a text are inside scalars, so that a "#" there begins no comment."""

    def __init__(self, text: str) -> None:
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._whole: set[int] = set()
        lines = text.split("\n")
        for token in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if not isinstance(token, yaml.ScalarToken):
                continue
            first, last = token.start_mark, token.end_mark
            block = token.style in ("|", ">")
            for line in range(first.line, last.line + 1):
                start = first.column if line == first.line else 0
                end = last.column if line == last.line else 1 << 30
                if block and line == first.line:
                    end = start + 2
                self._spans.setdefault(line + 1, []).append((start, end))
            if block:
                rows = range(first.line + 1, last.line + (last.column > 0))
                filled = [row for row in rows if lines[row].strip()]
                self._whole.update(row + 1 for row in rows if filled and row <= filled[-1])

    def within(self, number: int) -> bool:
        """Whether a whole line belongs to a scalar."""
        return number in self._whole

    def comment(self, number: int, line: str) -> tuple[str, bool]:
        """The comment of a line, and whether it has the line for itself."""
        if self.within(number):
            return "", False
        for match in re.finditer(r"(?:^|(?<=[\s]))#", line):
            if not any(start <= match.start() < end for start, end in self._spans.get(number, ())):
                return line[match.start() :].rstrip(), not line[: match.start()].strip()
        return "", False


def _check(root: Node, comments: _Comments, result: str, shown: str) -> None:
    """The result must say what the file says, comments included."""
    reader = Reader(file=shown)
    again = strict_yaml.parse(result.encode(), reader)
    if again is None or _content(again) != _content(root):
        raise ListError(
            f"{shown} cannot be brought into canonical form without a change of its content.",
            "It was left as it is.",
        )
    lost = sorted(set(comments.all) - set(_Comments(result, again).all))
    if lost:
        raise ListError(
            f"{shown}: the comment {strict_yaml.quote(lost[0])} would be lost.",
            "Put it on a line of its own; the file was left as it is.",
        )


def _content(node: Node) -> Any:
    if node.kind == "mapping":
        return {name: _content(value) for name, (_, value) in node.pairs.items()}
    if node.kind == "sequence":
        return [_content(item) for item in node.items]
    return node.text


# --- additions ----------------------------------------------------------------------------------------------


def with_items(
    data: bytes, shown: str, key: str, name: str, items: Sequence[Mapping[str, Any]], joined: str
) -> bytes:
    """A file with items added to one of its lists, in canonical form; all that it has stays, comments too.

    name: the field that tells items apart. Of an item that the list has, the parts of its list `joined` are added that
    are new ("": nothing is). Raises ListError as `canonical` does.
    """
    reader = Reader(file=shown)
    root = strict_yaml.parse(data, reader)
    strict_yaml.fail(reader.problems)
    if root is None or root.kind != "mapping":
        raise ListError(f"{shown} is no watchlist and no source record.", "Name a YAML file of one of them.")
    comments = _Comments(data.decode("utf-8-sig"), root)
    pairs = dict(root.pairs)
    _, sequence = pairs.get(key, (None, Node("sequence", 0, 0)))
    pairs[key] = (Node("scalar", 0, 0, key, True) if key not in pairs else pairs[key][0], sequence)
    root.pairs = pairs
    known = {node.text: item for item in sequence.items if (node := item.get(name)) is not None}
    added = []
    for item in items:
        there = known.get(str(item[name]))
        if there is None:
            added.append(_node(item))
        elif joined and item.get(joined):
            _join(there, joined, item[joined])
    sequence.items = [*sequence.items, *added]
    return _written(root, comments, shown)


def _join(node: Node, key: str, parts: Sequence[Any]) -> None:
    pair = node.pairs.get(key)
    sequence = pair[1] if pair else Node("sequence", 0, 0)
    have = [_content(part) for part in sequence.items]
    new = [part for part in map(_node, parts) if _content(part) not in have]
    sequence.items = [*sequence.items, *new]
    node.pairs = {**node.pairs, key: (pair[0] if pair else Node("scalar", 0, 0, key, True), sequence)}
