"""Source records (seeds): what a document is, what is known of it, and the passages quoted from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable
from typing import Literal

from screening.lists import strict_yaml
from screening.lists.builtin import folder, yaml_files
from screening.lists.strict_yaml import Problem, Reader
from screening.model import Record, Stance


class Statement(Record, frozen=True, kw_only=True):
    """Something said about a document. because: what it rests on."""

    what: str
    value: str
    because: str


class Passage(Record, frozen=True, kw_only=True):
    """Words quoted from a document.

    paragraph: the non-empty line in which they begin, counted from 1. start, end: 0-based code points of the
    full text, end exclusive. text: the words on one line, see `on_one_line`.
    locator: where the words stand in a document without such places ("uid 50425").
    note: what is to be said about the words, such as a garbled wording and what it stands for.
    """

    id: str
    text: str
    paragraph: int | None = None
    start: int | None = None
    end: int | None = None
    locator: str | None = None
    note: str | None = None

    @property
    def place(self) -> str:
        """The locator that evidence carries: "P18, 3568-3798" or the passage's own."""
        if self.start is not None:
            return f"P{self.paragraph}, {self.start}-{self.end}"
        return self.locator or ""


class Goods(Record, frozen=True, kw_only=True):
    """Goods or a service that a document names, with the codes a curator assigned to it (a judgement).

    kind: a service has no HS code. stance: "suspects" where the document calls it likely.
    passages: ids of the passages that name it.
    """

    item: str
    passages: tuple[str, ...]
    kind: Literal["goods", "service"] = "goods"
    hs: tuple[str, ...] = ()
    eccn: tuple[str, ...] = ()
    chpl_tiers: tuple[str, ...] = ()
    stance: Stance = "alleges"
    note: str | None = None


class NotTarget(Record, frozen=True, kw_only=True):
    """Someone or something a document names that is no party of a watchlist, with the reason.

    paragraphs: non-empty lines that name it, counted from 1. name: a description where the document gives no
    name.
    """

    name: str
    reason: str
    paragraphs: tuple[int, ...] = ()


class Seed(Record, frozen=True, kw_only=True):
    """One document that evidence quotes.

    kind: "report" (someone's account) or "official-record" (an entry an authority published).
    sha256: of the file's bytes; characters: code points of its text; lines: non-empty ones. None where the
    file was not at hand. known: stands in the document or was measured. inferred: concluded from it.
    """

    id: str
    kind: Literal["report", "official-record"]
    description: str
    sha256: str | None = None
    characters: int | None = None
    lines: int | None = None
    known: tuple[Statement, ...] = ()
    inferred: tuple[Statement, ...] = ()
    passages: tuple[Passage, ...] = ()
    goods: tuple[Goods, ...] = ()
    not_targets: tuple[NotTarget, ...] = ()


class ReadSeed(Record, frozen=True, kw_only=True):
    """A seed with its file, so that a problem found later can name it."""

    file: str
    seed: Seed


def builtin_files() -> tuple[Traversable, ...]:
    """The source records that come with the program."""
    return yaml_files(folder("seeds"))


def read_seeds(
    sources: Sequence[Traversable],
) -> tuple[tuple[ReadSeed, ...], tuple[str, ...], tuple[Problem, ...]]:
    """Source records from YAML files: the sound ones, the ids of all, and every problem of every file.

    The ids of unsound records are given too, so that evidence is not called unresolved only because the
    record it names has another fault. Raises ListError when a file cannot be read at all.
    """
    read: list[ReadSeed] = []
    ids: dict[str, str] = {}
    problems: list[Problem] = []
    for source in sources:
        reader = Reader(file=str(source), checks={Seed: _check_seed, Passage: _check_passage})
        seed, root = strict_yaml.read_record(strict_yaml.read_bytes(source), Seed, reader)
        problems += reader.problems
        node = root.get("id") if root is not None else None
        if node is not None and node.text in ids:
            reader.problem(node, "id", "an id of its own", f"that of {ids[node.text]}")
            problems.append(reader.problems[-1])
            continue
        if node is not None:
            ids[node.text] = str(source)
        if seed is not None and not reader.problems:
            read.append(ReadSeed(file=str(source), seed=seed))
    return tuple(read), tuple(sorted(ids)), tuple(problems)


def check_document(seed: ReadSeed, data: bytes) -> tuple[Problem, ...]:
    """Whether a document is the one a record describes: hash, length, lines, quotations."""
    record, problems = seed.seed, []

    def wrong(path: str, expected: str, found: str) -> None:
        problems.append(Problem(file=seed.file, path=path, expected=expected, found=found))

    digest = hashlib.sha256(data).hexdigest()
    if digest != record.sha256:
        wrong("sha256", f"the document's SHA-256, {digest}", str(record.sha256))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong("", "a document in UTF-8", f"the byte 0x{data[error.start]:02X} at {error.start}")
        return tuple(problems)
    spans = tuple(_paragraphs(text))
    if record.characters != len(text):
        wrong("characters", f"the document's length, {len(text)}", str(record.characters))
    if record.lines != len(spans):
        wrong("lines", f"the document's non-empty lines, {len(spans)}", str(record.lines))
    for index, passage in enumerate(record.passages):
        if passage.start is None or passage.end is None or passage.paragraph is None:
            continue
        path, there = f"passages[{index}]", text[passage.start : passage.end]
        if on_one_line(there) != passage.text:
            words = f"the document's words at {passage.start}-{passage.end}, {strict_yaml.quote(there)}"
            wrong(f"{path}.text", words, strict_yaml.quote(passage.text))
        first, last = spans[passage.paragraph - 1] if passage.paragraph <= len(spans) else (0, 0)
        goes_on = re.search(r"\n\s*\n", text[passage.start : passage.end]) is None
        if not (first <= passage.start < last and goes_on):
            wrong(
                f"{path}.paragraph",
                f"the paragraph that holds {passage.start}-{passage.end}",
                str(passage.paragraph),
            )
    return tuple(problems)


def on_one_line(words: str) -> str:
    """Words of a document as a quotation: a blank stands for each line break and other control character in them.

    So a sentence that goes on in the next line keeps its length, and its offsets.
    """
    return re.sub("[\x00-\x1f\x7f-\x9f]", " ", words)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Start and end (exclusive) of each non-empty line."""
    for match in re.finditer(r"[^\n]+", text):
        if match[0].strip():
            yield match.span()


def _check_passage(passage: Passage) -> Iterator[tuple[str, str, str]]:
    offsets = (passage.paragraph, passage.start, passage.end)
    if all(value is None for value in offsets):
        if passage.locator is None:
            yield "", "paragraph, start and end, or a locator", "neither"
        return
    if None in offsets:
        missing = ("paragraph", "start", "end")[offsets.index(None)]
        yield missing, "paragraph, start and end together", "only some of them"
        return
    assert passage.start is not None and passage.end is not None and passage.paragraph is not None
    if passage.paragraph < 1:
        yield "paragraph", "a paragraph counted from 1", str(passage.paragraph)
    if not 0 <= passage.start < passage.end:
        yield "end", "an end after the start", f"{passage.start}-{passage.end}"
    elif passage.end - passage.start != len(passage.text):
        yield "text", f"{passage.end - passage.start} characters (end less start)", str(len(passage.text))


def _check_seed(seed: Seed) -> Iterator[tuple[str, str, str]]:
    if seed.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", seed.sha256):
        yield "sha256", "64 hexadecimal digits in lower case", strict_yaml.quote(seed.sha256)
    known = [passage.id for passage in seed.passages]
    for name in sorted({name for name in known if known.count(name) > 1}):
        yield "passages", "each id once", f'"{name}" twice'
    for index, goods in enumerate(seed.goods):
        for name in goods.passages:
            if name not in known:
                yield f"goods[{index}].passages", "ids of passages", strict_yaml.nearest(name, known)
        for code in goods.hs:
            if not re.fullmatch(r"[0-9]{4}(\.[0-9]{2}|\.x)?", code):
                yield f"goods[{index}].hs", "an HS heading (8407) or subheading (8457.10)", f'"{code}"'
        if goods.kind == "service" and goods.hs:
            yield f"goods[{index}].hs", "no HS code for a service", goods.hs[0]
