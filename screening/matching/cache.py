"""Built indexes in the user's cache folder: immutable folders named by a hash of all they were built from.

A folder appears whole (written beside, then renamed) or not at all, so two processes at once are safe: the second to
finish finds the name taken and uses what is there. A folder that cannot be opened is built again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from screening.matching.arrays import Arrays, load, save
from screening.matching.catalog import Catalog, names_of
from screening.matching.index import build_all
from screening.model import Watchlist
from screening.names.knowledge import cache_folder, fingerprint
from screening.names.prepare import Mode, mode_of
from screening.settings import Settings

# Raise when what is written changes, so that an older program's cache is not opened.
FORMAT = 66
MODES: tuple[Mode, Mode] = ("other", "person")
KEPT = 8  # indexes kept in the cache folder; the least recently used goes first


class Opened(NamedTuple):
    """A catalog and the index over its names. folder: where it lies, None when it is only in memory."""

    catalog: Catalog
    arrays: dict[Mode, Arrays]
    folder: Path | None


def build(watchlists: Sequence[Watchlist], settings: Settings, warnings: Sequence[str] = ()) -> Opened:
    """Index lists in memory. warnings: what a reader must know of them, kept with the index."""
    names = [(n.value, mode_of(e.type)) for w in watchlists for e in w.entities for n in names_of(e)]
    return Opened(Catalog.of(watchlists, warnings), build_all(names, settings), None)


def key_of(stamp: str, settings: Settings) -> str:
    """Name of the folder for lists with this stamp under these settings."""
    parts = (
        str(FORMAT),
        fingerprint(),
        stamp,
        msgspec.json.encode(settings.words, order="deterministic").hex(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


Load = Callable[[], tuple[Sequence[Watchlist], Sequence[str]]]


def open_or_build(stamp: str, load: Load, settings: Settings) -> Opened:
    """The index of the lists that stamp stands for.

    stamp: changes whenever any list's content does. lists: loads them; called only when there is no usable index.
    """
    folder = cache_folder() / "indexes" / key_of(stamp, settings)
    try:
        opened = open_folder(folder)
        os.utime(folder)
        return opened
    except (OSError, ValueError, EOFError, msgspec.MsgspecError):
        shutil.rmtree(folder, ignore_errors=True)
    watchlists, warnings = load()
    built = build(watchlists, settings, warnings)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
        try:
            built.catalog.save(fresh / "catalog")
            for mode, arrays in built.arrays.items():
                save(arrays, fresh / mode)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _forget_oldest(folder.parent)
        return open_folder(folder)
    except OSError:
        return built  # a cache that cannot be written costs time, never a result


def open_folder(folder: Path) -> Opened:
    """The index in a folder. Raises OSError, ValueError, EOFError or msgspec.MsgspecError when it is damaged."""
    catalog = Catalog.load(folder / "catalog")
    return Opened(catalog, {mode: load(folder / mode) for mode in MODES}, folder)


def _forget_oldest(parent: Path) -> None:
    folders = sorted(
        (f for f in parent.iterdir() if not f.name.startswith(".")), key=lambda f: -f.stat().st_mtime
    )
    for folder in folders[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
