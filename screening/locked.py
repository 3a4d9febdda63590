"""Files that several processes add to: one at a time has such a file in hand, the others wait for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from screening.errors import OutputError


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """The file, open for reading and for adding at its end, and held against other processes until the block ends.

    It is created where there is none, and removed again when the block leaves it empty. Who reads it to add what
    depends on it must read it here. A process that ends lets go of it, however it ends.
    Raises OutputError when the file cannot be opened, locked or written.
    """
    import portalocker

    try:
        new = not path.exists()
        while True:
            with path.open("a+b") as file:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
                # While this process waited the file may have been replaced or removed: then another one holds the name.
                if not _is_at(path, file):
                    continue
                try:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                finally:
                    if new and file.seek(0, os.SEEK_END) == 0:
                        path.unlink(missing_ok=True)
                return
    except (OSError, portalocker.LockException) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{path} cannot be written: {reason}.") from error


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
