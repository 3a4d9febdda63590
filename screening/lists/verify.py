"""Checks of curated lists and source records as a whole, and of a record against its document."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

from screening.lists import strict_yaml
from screening.lists.builtin import list_id
from screening.lists.curated import Curated, read_curated
from screening.lists.seeds import ReadSeed, check_document, read_seeds
from screening.lists.strict_yaml import Problem
from screening.model import Record


class Verified(Record, frozen=True, kw_only=True):
    """What a verification read, and every problem it found, sorted by file and line."""

    curated: Curated
    seeds: tuple[ReadSeed, ...]
    problems: tuple[Problem, ...]


def verify(
    lists: Sequence[Traversable], seeds: Sequence[Traversable], document: Path | None = None
) -> tuple[Problem, ...]:
    """Every problem of watchlists and source records; none where all is well.

    lists, seeds: YAML files. document: the full text of one of the documents; then its hash and length and
    each of its quotations at its offsets are checked too. Raises ListError when a file cannot be read at all.
    """
    return examine(lists, seeds, document).problems


def examine(
    lists: Sequence[Traversable], seeds: Sequence[Traversable], document: Path | None = None
) -> Verified:
    """As `verify`, with what was read."""
    read, ids, problems = read_seeds(seeds)
    curated = read_curated(lists, read, seed_ids=ids)
    found = [*problems, *curated.problems]
    if document is not None:
        found += _check_document(read, document)
    order = sorted(found, key=lambda item: (item.file, item.line, item.column, item.path, item.found))
    return Verified(curated=curated, seeds=read, problems=tuple(order))


def name_problems(lists: Sequence[Traversable], curated: Curated) -> tuple[Problem, ...]:
    """Built-in lists are found by file name, so the name must be the list's id."""
    ids = {item.info.id for item in curated.watchlists}
    return tuple(
        Problem(
            file=str(source),
            path="id",
            expected=f'"{list_id(source)}", as the file is named',
            found="another",
        )
        for source in lists
        if list_id(source) not in ids
    )


def _check_document(seeds: Sequence[ReadSeed], document: Path) -> tuple[Problem, ...]:
    """The record is the one with the document's hash, or else the one with the id of the file's name."""
    data = strict_yaml.read_bytes(document)
    digest = hashlib.sha256(data).hexdigest()
    by_hash = [read for read in seeds if read.seed.sha256 == digest]
    by_name = [read for read in seeds if read.seed.id == document.name.split(".", 1)[0]]
    for read in by_hash or by_name:
        return check_document(read, data)
    expected = "a document that one of the source records describes"
    return (Problem(file=str(document), expected=expected, found=f"SHA-256 {digest}, which none has"),)
