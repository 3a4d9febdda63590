"""Report files appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from screening.errors import OutputError


def check_target(path: Path) -> None:
    """Refuse, before any work is done, a path that no report can be written to.

    Raises OutputError: the folder does not exist, the path is a folder or a device, or it may not be written.
    """
    target = path.resolve()
    if not target.parent.is_dir():
        folder = target.parent if path.is_symlink() else path.parent
        raise OutputError(
            f"The report {path} cannot be written: the folder {folder} does not exist.",
            "Create the folder or choose another with -o.",
        )
    if target.exists() and not target.is_file():
        raise OutputError(
            f"The report {path} cannot be written: it is a folder or a device, not a file.",
            "Name a file with -o.",
        )
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise OutputError(
            f"The report {path} cannot be written: permission denied.", "Choose another place with -o."
        )


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a temporary file beside `path`, then rename it over `path`.

    A failure or Ctrl-C leaves the old file as it was and no temporary file. A symbolic link is followed.
    Raises OutputError when the file cannot be written (no space, no permission, folder gone).
    """
    target = path.resolve()
    temporary = target.parent / f".screening-{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"The report {path} cannot be written: {reason}.",
            "Free some space or choose another place with -o; nothing was left behind.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
