"""What tells two sets of lists apart without reading their entities: the key under which a built index is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from screening.lists import builtin, store


def stamp(
    references: Sequence[str] = (),
    *,
    as_of: str | None = None,
    changed_since: Sequence[str] = (),
    data_dir: Path | None = None,
) -> str:
    """A hash of all that `load_watchlists`, and `since.only_changed`, with the same arguments would read.

    A reference that leads nowhere adds nothing: loading it will say so. Raises StoreError as the store does.
    """
    digest = hashlib.sha256(repr((tuple(references), as_of, tuple(changed_since))).encode())
    if changed_since:  # names of snapshots carry the hash of their content
        kept = store.Store(store.data_dir(data_dir)).folder.glob("*/*.json")
        digest.update(repr(sorted(f"{path.parent.name}/{path.name}" for path in kept)).encode())
    built_in = builtin.yaml_files(builtin.folder("watchlists"))
    for source in (*built_in, *builtin.yaml_files(builtin.folder("seeds"))):
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    names = {builtin.list_id(source) for source in built_in}
    for reference in references:
        if reference in names:
            continue
        if store.is_reference(reference):
            list_id, version = store.split_reference(reference)
            found = store.Store(store.data_dir(data_dir)).find(list_id, version or as_of)
            if found is not None:
                digest.update(msgspec.json.encode(found, order="deterministic"))
                continue
        for file in _files(Path(reference)):
            digest.update(str(file.name).encode() + b"\0" + _sha256(file))
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    """A list's own files, and the source records that stand beside a YAML list."""
    if not path.exists():
        return []
    own = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
    folder = (path if path.is_dir() else path.parent).resolve()
    seeds = [
        f
        for place in (folder / "seeds", folder.parent / "seeds")
        if place.is_dir()
        for f in place.glob("*.y*ml")
    ]
    return [*own, *sorted(seeds)]


def _sha256(file: Path | Traversable) -> bytes:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").digest()  # type: ignore[arg-type]
