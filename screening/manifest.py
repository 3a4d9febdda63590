"""What was run on what: versions, settings, hashes, list dates and counts, so that a run can be repeated."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata

import msgspec

from screening import __version__
from screening.model import (
    Counts,
    FileInfo,
    Hit,
    Hits,
    InputInfo,
    ListInfo,
    Manifest,
    Request,
    RowOutcome,
    packed,
)
from screening.settings import Settings

# The base dependencies of pyproject.toml. Written out, because a source tree has no metadata of its own.
DEPENDENCIES = (
    "anyascii",
    "defusedxml",
    "httpx",
    "jinja2",
    "msgspec",
    "numba",
    "numpy",
    "opencc-python-reimplemented",
    "openpyxl",
    "pandas",
    "platformdirs",
    "portalocker",
    "pyarrow",
    "pycountry",
    "pypinyin",
    "python-stdnum",
    "pyyaml",
    "rapidfuzz",
    "rich",
    "typer",
)
RUN_ID_LENGTH = 16  # hex digits: 64 bits, no collision within any archive of runs


def build_manifest(
    *,
    started_at: datetime,
    settings: Settings,
    input: InputInfo,
    lists: Sequence[ListInfo],
    as_of: str | None,
    counts: Counts,
    warnings: Sequence[str] = (),
    decisions: Sequence[FileInfo] = (),
    request: Request | None = None,
    results_sha256: str = "",
    owners: FileInfo | None = None,
) -> Manifest:
    """The manifest of a finished run.

    started_at: from the injected clock, with a time zone; stored in UTC to the second.
    counts: rows by outcome; read must be the sum of the others, or ValueError is raised.
    The run id is a hash of everything else in the manifest, the time included.
    """
    others = counts.clear + counts.review + counts.match + counts.cleared + counts.unscreened
    if counts.read != others:
        raise ValueError(f"rows are not accounted for: {counts.read} read, {others} with an outcome")
    manifest = Manifest(
        run_id="",
        started_at=started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=__version__,
        dependencies=dependency_versions(),
        settings=settings_dict(settings),
        settings_sha256=settings_sha256(settings),
        input=input,
        lists=tuple(sorted(lists, key=lambda info: info.id)),
        as_of=as_of,
        counts=counts,
        warnings=tuple(warnings),
        decisions=tuple(decisions),
        request=request,
        results_sha256=results_sha256,
        owners=owners,
    )
    return msgspec.structs.replace(manifest, run_id=run_id(manifest))


def run_id(manifest: Manifest) -> str:
    """The id that belongs to this manifest: a hash of all of it but the id itself."""
    return _sha256(msgspec.structs.replace(manifest, run_id=""))[:RUN_ID_LENGTH]


class ResultsHash:
    """The hash of what a run found: its hits, and the rows without one that it kept. Made while they come."""

    def __init__(self) -> None:
        self._hits, self._outcomes = hashlib.sha256(), hashlib.sha256()

    def add(self, hits: Sequence[Hit], outcomes: Sequence[RowOutcome]) -> None:
        """Take in what follows in the order of rows."""
        self._hits.update(b"".join(hits.packed if isinstance(hits, Hits) else map(packed, hits)))
        self._outcomes.update(b"".join(map(packed, outcomes)))

    def hexdigest(self) -> str:
        """64 hex digits. However the hits were cut into parts, they are the same."""
        return hashlib.sha256(self._hits.digest() + self._outcomes.digest()).hexdigest()


def results_sha256(hits: Sequence[Hit], outcomes: Sequence[RowOutcome]) -> str:
    """The hash of what a run found, as ResultsHash makes it."""
    found = ResultsHash()
    found.add(hits, outcomes)
    return found.hexdigest()


def earlier_results_sha256(hits: Sequence[Hit], outcomes: Sequence[RowOutcome]) -> str:
    """The hash of what a run found as the first builds of 0.1.0 made it, until November 2026: over JSON lines."""
    digest = hashlib.sha256()
    for item in (*hits, *outcomes):
        digest.update(msgspec.json.encode(item, order="deterministic") + b"\n")
    return digest.hexdigest()


def dependency_versions() -> dict[str, str]:
    """Installed versions of Python and of the base dependencies; "missing" where one is not installed."""
    versions = {"python": platform.python_version()}
    for name in DEPENDENCIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "missing"
    return versions


def settings_dict(settings: Settings) -> dict[str, object]:
    """Every setting with its value, those at their default included."""
    # By way of its types: a weight written as 1 is 1.0, as it is when the manifest is read back.
    typed = msgspec.convert(_plain(settings), Settings)
    return {name: _plain(getattr(typed, name)) for name in typed.__struct_fields__}


def settings_sha256(settings: Settings) -> str:
    """The hash that tells two sets of settings apart."""
    return _sha256(settings_dict(settings))


def _plain(value: object) -> object:
    """Builtins for a record. msgspec.to_builtins would leave out the fields at their default."""
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=repr)
    return value


def _sha256(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
