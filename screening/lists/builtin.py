"""The curated lists and source records that come with the program."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal


def folder(name: Literal["watchlists", "seeds"]) -> Traversable:
    """The folder of built-in files: inside an installed package, or at the top of a checkout."""
    package = files("screening")
    bundled = package / "_bundled" / name
    return bundled if bundled.is_dir() else package / ".." / name


def yaml_files(place: Traversable) -> tuple[Traversable, ...]:
    """The YAML files of a folder (not of folders inside it), sorted by name; hidden ones are not counted."""
    found = (
        item
        for item in place.iterdir()
        if item.name.endswith((".yml", ".yaml")) and not item.name.startswith(".") and item.is_file()
    )
    return tuple(sorted(found, key=lambda item: item.name))


def list_id(source: Traversable) -> str:
    """The id of a built-in list: its file's name without the ending, known without reading the file."""
    return source.name.rsplit(".", 1)[0]
