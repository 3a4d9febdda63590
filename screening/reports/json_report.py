"""The JSON report: everything in a run, versioned, and the way back to a Run.

Fields at their default value are left out; the names are those of screening.model.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from screening import __version__
from screening.errors import InputError
from screening.model import Counts, Delta, Hit, Manifest, Record, RowOutcome, Run

FORMAT = "screening-report"
VERSION = 1


class Document(Record, frozen=True, kw_only=True):
    """The file. counts repeats manifest.counts where a reader looks first."""

    format: str
    version: int
    manifest: Manifest
    counts: Counts
    every_row: bool
    hits: tuple[Hit, ...]
    outcomes: tuple[RowOutcome, ...]
    delta: Delta | None = None


class _Made(msgspec.Struct, frozen=True):
    version: str = ""


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0
    manifest: _Made = _Made()


def render(run: Run) -> bytes:
    """The report as a file's bytes: UTF-8, indented, keys in the order of the records, so that `read` gives the same Run."""
    document = Document(
        format=FORMAT,
        version=VERSION,
        manifest=run.manifest,
        counts=run.manifest.counts,
        every_row=run.every_row,
        hits=tuple(run.hits),
        outcomes=run.outcomes,
        delta=run.delta,
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def read_file(path: Path) -> Run:
    """The run in a report file. Raises InputError when it cannot be read, or as `read` does."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Check the path.") from error
    return read(content, str(path))


def read(content: bytes, name: str = "the report") -> Run:
    """The Run that `render` wrote.

    name: what messages call the file.
    Raises InputError: not JSON, not a screening report, another version, or a field that does not fit.
    """
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.format != FORMAT:
            raise InputError(
                f'{name} is not a screening report: "format" must be "{FORMAT}", found "{head.format}".',
                "Give a file written with -o REPORT.json.",
            )
        if head.version != VERSION:
            raise InputError(
                f"{name} has report version {head.version}; this program reads version {VERSION}.",
                "Screen the file again with this program.",
            )
        document = _document(content, head.manifest.version, name)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{name} is not a screening report: {error}.", "Give a file written with -o REPORT.json."
        ) from error
    return Run(
        manifest=document.manifest,
        hits=document.hits,
        outcomes=document.outcomes,
        every_row=document.every_row,
        delta=document.delta,
    )


def _document(content: bytes, made_by: str, name: str) -> Document:
    """The document. made_by: the version of the program that its manifest names."""
    try:
        return msgspec.json.decode(content, type=Document)
    except msgspec.ValidationError as error:
        if made_by in ("", __version__):
            raise
        raise InputError(
            f"{name} was made by version {made_by} of screening, and this is {__version__}, which cannot read it: {error}.",
            f"Use version {made_by}.",
        ) from error
