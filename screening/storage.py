"""Files of a data set, in local folders and on object storage through fsspec, under one small interface.

A location with a scheme ("s3://bucket/folder") is remote; every other one is a local path.
"""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import logging
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from screening.errors import InputError, OutputError, ScreeningError, UsageError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_GLOB = re.compile(r"[*?\[]")
_CHUNK = 1 << 20
_GOOGLE_LINE = re.compile(rb"--==0==|\r\Z")
# Schemes -> the extra that installs what fsspec needs for them.
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "abfs", "abfss": "abfs", "az": "abfs"}

_CHECK = "Check the URL, the credentials, and that the storage can be reached."

# Seconds. A store that a library of its waited for so long in vain is out of reach, and not asked again for so long:
# Azure's library alone waits 84 for each file, and a data set has thousands.
VAIN = 10.0
AGAIN = 60.0
_out_of_reach: dict[str, tuple[float, str]] = {}  # store -> until when, and what was said of it

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
        raise InputError(f"{location} cannot be read: {_reason(problem)}.", _check(location)) from problem
    if not found:
        raise InputError(f"{location} holds no file.", "Check the path.")
    return sorted(found)


def would_hold(location: str, path: str) -> bool:
    """Whether a local file of this path, were it written, would be one of the files at a location."""
    if is_remote(location) or _is_note(Path(path).parts[-1:]):
        return False
    place, target = Path(location).resolve(), Path(path).resolve()
    if not _is_glob(location):
        return target == place or (place.is_dir() and target.is_relative_to(place))
    if "**" in place.parts:
        return fnmatch.fnmatchcase(str(target), str(place))
    return len(place.parts) == len(target.parts) and all(map(fnmatch.fnmatchcase, target.parts, place.parts))


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
    with _as_oserror():
        if _GLOB.search(path):
            about = system.glob(path, detail=True)
            places = [place for place in about if about[place]["type"] == "file"]
            places = [place for place in places if not _is_note((place.rsplit("/", 1)[-1],))]
        elif _is_remote_file(system, path):
            places = [path]
        else:
            root = path.rstrip("/") + "/"
            places = [p for p in system.find(path) if not _is_note(p.removeprefix(root).split("/"))]
        return [_named_as(location, str(system.unstrip_protocol(place))) for place in places]


def _is_remote_file(system: Any, path: str) -> bool:
    """As system.isfile, which says no as well where the store cannot be reached."""
    try:
        return bool(system.info(path)["type"] == "file")
    except FileNotFoundError:
        return False


def _named_as(location: str, file: str) -> str:
    """A file with the account that the location names ("abfs://container@account/folder"), which fsspec leaves out."""
    container, _, account = location.split("://", 1)[1].split("/", 1)[0].partition("@")
    scheme, rest = file.split("://", 1)
    return f"{scheme}://{container}@{account}{rest.removeprefix(container)}" if account else file


def _is_note(parts: Iterable[str]) -> bool:
    return any(part.startswith((".", "_")) and part not in (".", "..") for part in parts)


def _fsspec(scheme: str) -> Any:
    """fsspec itself, when it knows a scheme and has what it needs for it."""
    try:
        import fsspec
    except ImportError:
        raise _not_installed(scheme, "fsspec") from None
    try:
        fsspec.get_filesystem_class(scheme)
    except ImportError as problem:
        raise _not_installed(scheme, str(problem)) from None
    except ValueError:
        raise UsageError(f'{scheme}:// is no storage that is known ("{scheme}").', "Check the URL.") from None
    for library in ("azure", "gcsfs"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # what matters is raised
    return fsspec


def _not_installed(scheme: str, what: str) -> UsageError:
    extra = _EXTRAS.get(scheme)
    advice = f'Install the extra: pip install "screening[{extra}]".' if extra else "Install fsspec."
    return UsageError(f"{scheme}:// needs a package that is not installed ({what}).", advice)


def filesystem(location: str) -> tuple[Any, str]:
    """The fsspec file system of a remote location, and the path on it. Raises UsageError.

    fsspec keeps the file systems it made, and makes new ones in a process that was forked.
    """
    scheme = location.partition("://")[0]
    fsspec = _fsspec(scheme)
    try:
        with _as_oserror():
            system, path = fsspec.url_to_fs(location)
    except OSError as problem:
        raise UsageError(f"{scheme}:// cannot be used: {_reason(problem)}.", _CHECK) from problem
    return system, str(path)


@contextmanager
def _as_oserror() -> Iterator[None]:
    """Each library of object storage has errors of its own: they become OSErrors that say the same."""
    try:
        yield
    except (OSError, ScreeningError):
        raise
    except Exception as problem:
        lines = str(problem).strip().splitlines()
        raise OSError(lines[0].rstrip(" .") if lines else type(problem).__name__) from problem


@contextmanager
def _asked_once(file: str) -> Iterator[Callable[[], None]]:
    """Ask the store of a remote file, unless it was out of reach a moment ago. Gives what to call when it has answered.

    Raises OSError at once where it was.
    """
    store = "/".join(file.split("/", 3)[:3])
    until, said = _out_of_reach.get(store, (0.0, ""))
    if time.monotonic() < until:
        raise OSError(f"{said} (the storage was out of reach, and was not asked again)")
    heard = time.monotonic()

    def answered() -> None:
        nonlocal heard
        heard = time.monotonic()

    try:
        yield answered
    except OSError as problem:
        now = time.monotonic()
        if now - heard >= VAIN:
            _out_of_reach[store] = now + AGAIN, _reason(problem)
        raise


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
        with _asked_once(file), _as_oserror():
            return int(system.size(path))
    return Path(file).stat().st_size


def begun_at(base: str, location: str) -> str:
    """A local path that is relative, from the folder `base` on; every other location as it is."""
    return location if is_remote(location) else os.path.join(base, location)  # noqa: PTH118 - any text


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
        with os.fdopen(handle, "wb") as copy:
            whole = size(file)
            copy.truncate(whole)
            with _asked_once(file) as answered, _as_oserror(), opened(file) as stream:
                for start, end in ranges or ((0, whole),):
                    copy.seek(start)
                    for chunk in _read(stream, start, end):
                        answered()
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
                with _as_oserror():
                    self._system.pipe_file(f"{self._root}/{name}", content, **self._how(content))
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
                _CHECK if self._remote else "Free some space or choose another folder with -o.",
            ) from problem

    def _how(self, content: bytes) -> dict[str, int]:
        """gcsfs puts small files between lines of its own; what may be taken for such a line goes as a chunk without."""
        google = self.location.startswith(("gs://", "gcs://"))
        return {"chunksize": len(content)} if google and _GOOGLE_LINE.search(content) else {}

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        try:
            if self._remote:
                with _as_oserror():
                    return bytes(self._system.cat_file(f"{self._root}/{name}"))
            return Path(self.path(name)).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as problem:
            raise OutputError(
                f"{self.path(name)} cannot be read: {_reason(problem)}.", _check(self.location)
            ) from problem

    def names(self, below: str) -> list[str]:
        """The files in a folder below this one, sorted."""
        try:
            if self._remote:
                with _as_oserror():
                    self._system.invalidate_cache()
                    found = [p.rsplit("/", 1)[-1] for p in self._system.find(f"{self._root}/{below}")]
            else:
                folder = Path(self.path(below))
                found = [p.name for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise OutputError(
                f"{self.path(below)} cannot be read: {_reason(problem)}.", _check(self.location)
            ) from problem
        return sorted(found)

    def remove(self, name: str) -> None:
        """Remove a file, and its folder when that is then empty; nothing happens where there is none."""
        try:
            if self._remote:
                with _as_oserror(), suppress(FileNotFoundError):
                    self._system.rm_file(f"{self._root}/{name}")
            else:
                file = Path(self.path(name))
                file.unlink(missing_ok=True)
                if file.parent.is_dir() and not any(file.parent.iterdir()):
                    file.parent.rmdir()
        except OSError as problem:
            raise OutputError(f"{self.path(name)} cannot be removed: {_reason(problem)}.") from problem


def _reason(problem: OSError) -> str:
    said = (problem.strerror or str(problem)).rstrip(" .") or type(problem).__name__
    if isinstance(problem, FileNotFoundError) and problem.errno is None:  # of a store; some say only where
        return f"there is no such bucket, container or file ({said})"
    return said


def _check(location: str) -> str:
    return _CHECK if is_remote(location) else "Check the path."
