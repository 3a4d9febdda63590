"""Files of a data set, in local folders and on object storage through fsspec, under one small interface.

A location with a scheme ("s3://bucket/folder") is remote; every other one is a local path.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from screening.errors import InputError, OutputError, UsageError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_GLOB = re.compile(r"[*?\[]")
_CHUNK = 1 << 20
# Schemes -> the extra that installs what fsspec needs for them.
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "abfs", "abfss": "abfs", "az": "abfs"}

Range = tuple[int, int]
"""Bytes of a file: from, and up to but not with."""


def is_remote(location: str) -> bool:
    """Whether a location has a scheme."""
    return _SCHEME.match(location) is not None


def is_set(location: str) -> bool:
    """Whether a location stands for several files, or one that lies on object storage: a folder, a glob or a URL."""
    if is_remote(location):
        return True
    return location != "-" and (os.path.isdir(location) or _is_glob(location))  # noqa: PTH112 - any text


def files(location: str) -> list[str]:
    """The files at a location, sorted by name: of a folder all below it, of a glob those it fits.

    Files and folders whose name begins with "." or "_" are left out: writers of data sets keep their own notes in
    such. Raises InputError where there is no file, UsageError where the scheme is not known.
    """
    try:
        found = _remote_files(location) if is_remote(location) else _local_files(location)
    except OSError as problem:
        raise InputError(f"{location} cannot be read: {_reason(problem)}.", "Check the path.") from problem
    if not found:
        raise InputError(f"{location} holds no file.", "Check the path.")
    return sorted(found)


def _is_glob(location: str) -> bool:
    return _GLOB.search(location) is not None and not os.path.exists(location)  # noqa: PTH110 - any text


def _local_files(location: str) -> list[str]:
    if os.path.isdir(location):  # noqa: PTH112 - any text
        root = Path(location)
        return [str(f) for f in root.rglob("*") if f.is_file() and not _is_note(f.relative_to(root).parts)]
    if _is_glob(location):
        places = glob.glob(location, recursive=True)  # noqa: PTH207 - the glob may be absolute
        return [place for place in places if Path(place).is_file() and not _is_note(Path(place).parts[-1:])]
    if not Path(location).exists():
        raise InputError(f"{location} does not exist.", "Check the path.")
    return [location]


def _remote_files(location: str) -> list[str]:
    system, path = filesystem(location)
    if _GLOB.search(path):
        places = [place for place in system.glob(path) if system.isfile(place)]
        places = [place for place in places if not _is_note((place.rsplit("/", 1)[-1],))]
    elif system.isfile(path):
        places = [path]
    else:
        root = path.rstrip("/") + "/"
        places = [p for p in system.find(path) if not _is_note(p.removeprefix(root).split("/"))]
    return [str(system.unstrip_protocol(place)) for place in places]


def _is_note(parts: Iterable[str]) -> bool:
    return any(part.startswith((".", "_")) and part not in (".", "..") for part in parts)


def _system(scheme: str) -> Any:
    """fsspec keeps the file systems it made, and makes new ones in a process that was forked."""
    try:
        import fsspec
    except ImportError:
        raise _not_installed(scheme, "fsspec") from None
    try:
        return fsspec.filesystem(scheme)
    except ImportError as problem:
        raise _not_installed(scheme, str(problem)) from None
    except ValueError:
        raise UsageError(f'{scheme}:// is no storage that is known ("{scheme}").', "Check the URL.") from None


def _not_installed(scheme: str, what: str) -> UsageError:
    extra = _EXTRAS.get(scheme)
    advice = f'Install the extra: pip install "screening[{extra}]".' if extra else "Install fsspec."
    return UsageError(f"{scheme}:// needs a package that is not installed ({what}).", advice)


def filesystem(location: str) -> tuple[Any, str]:
    """The fsspec file system of a remote location, and the path on it. Raises UsageError."""
    system = _system(location.partition("://")[0])
    return system, str(system._strip_protocol(location))


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """A file's bytes, seekable. Raises OSError as opening does."""
    if is_remote(file):
        system, path = filesystem(file)
        with system.open(path, "rb") as stream:
            yield stream
    else:
        with Path(file).open("rb") as stream:
            yield stream


def size(file: str) -> int:
    """Bytes of a file. Raises OSError."""
    if is_remote(file):
        system, path = filesystem(file)
        return int(system.size(path))
    return Path(file).stat().st_size


@contextmanager
def at_hand(file: str, ranges: Sequence[Range] | None = None) -> Iterator[Path]:
    """A local file with the bytes of `file`: itself, or a temporary copy of a remote one.

    ranges: what of a remote file is needed; the copy has its length, and holes elsewhere. None: all of it.
    Raises OSError.
    """
    if not is_remote(file):
        yield Path(file)
        return
    handle, name = tempfile.mkstemp(prefix="screening-")
    try:
        with os.fdopen(handle, "wb") as copy, opened(file) as stream:
            copy.truncate(size(file))
            for start, end in ranges or ((0, size(file)),):
                copy.seek(start)
                for chunk in _read(stream, start, end):
                    copy.write(chunk)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def sha256(path: Path, ranges: Iterable[Range]) -> str:
    """SHA-256 of some bytes of a local file, one range after the other. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for start, end in ranges:
            for chunk in _read(stream, start, end):
                digest.update(chunk)
    return digest.hexdigest()


def _read(stream: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    stream.seek(start)
    while start < end and (chunk := stream.read(min(_CHUNK, end - start))):
        start += len(chunk)
        yield chunk


class Folder:
    """A folder that is written to, local or remote. Files in it appear whole or not at all.

    Names are relative, with "/". Methods raise OutputError.
    """

    def __init__(self, location: str) -> None:
        self.location = location.rstrip("/") or "/"
        self._remote = is_remote(location)
        if self._remote:
            self._system, self._root = filesystem(self.location)

    def path(self, name: str) -> str:
        """Where a file of this name is, for messages and other programs."""
        return f"{self.location}/{name}"

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole: an object in one go; locally to another name first, which then takes this one."""
        try:
            if self._remote:
                self._system.pipe_file(f"{self._root}/{name}", content)
                return
            target = Path(self.path(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.parent / f".screening-{secrets.token_hex(8)}.tmp"
            try:
                temporary.write_bytes(content)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as problem:
            raise OutputError(
                f"{self.path(name)} cannot be written: {_reason(problem)}.",
                "Free some space or choose another folder with -o.",
            ) from problem

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        try:
            if self._remote:
                return bytes(self._system.cat_file(f"{self._root}/{name}"))
            return Path(self.path(name)).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as problem:
            raise OutputError(f"{self.path(name)} cannot be read: {_reason(problem)}.") from problem

    def names(self, below: str) -> list[str]:
        """The files in a folder below this one, sorted."""
        try:
            if self._remote:
                self._system.invalidate_cache()
                found = [p.rsplit("/", 1)[-1] for p in self._system.find(f"{self._root}/{below}")]
            else:
                folder = Path(self.path(below))
                found = [p.name for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise OutputError(f"{self.path(below)} cannot be read: {_reason(problem)}.") from problem
        return sorted(found)

    def remove(self, name: str) -> None:
        """Remove a file, and its folder when that is then empty; nothing happens where there is none."""
        try:
            if self._remote:
                if self._system.exists(f"{self._root}/{name}"):
                    self._system.rm_file(f"{self._root}/{name}")
            else:
                file = Path(self.path(name))
                file.unlink(missing_ok=True)
                if file.parent.is_dir() and not any(file.parent.iterdir()):
                    file.parent.rmdir()
        except OSError as problem:
            raise OutputError(f"{self.path(name)} cannot be removed: {_reason(problem)}.") from problem


def _reason(problem: OSError) -> str:
    return problem.strerror or str(problem) or type(problem).__name__
