"""PDF: the text layer, read in a process of its own that can be stopped.

A PDF is a program's worth of compressed streams that refer to each other. pypdf has limits of its own on what one
stream may unpack to (75 MB); time and memory of the whole are bounded here by the process.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from typing import Any

import msgspec

from screening.curate.document import Extracted
from screening.curate.readers import MAX_CHARACTERS, too_long
from screening.errors import DocumentError, UsageError

MAX_PAGES = 3000
MAX_SECONDS = 90  # 200 pages take some 5; nothing that people wrote takes this long
MAX_MEMORY = 3 * 1024**3  # bytes of address space, where the system can limit it
MAX_OBJECTS = 2_000_000


class _Read(msgspec.Struct):
    """What the process hands over. error: in words; "" where all went well."""

    error: str = ""
    advice: str = ""
    title: str = ""
    pages: list[str] = []
    scanned: list[int] = []
    notes: list[str] = []


def read(data: bytes, shown: str) -> Extracted:
    """See `readers.read_document`. Raises UsageError when pypdf is not installed."""
    from importlib.util import find_spec

    if find_spec("pypdf") is None:
        raise UsageError(
            f"{shown} is a PDF, and reading one needs pypdf, which is not installed.",
            "Install it with: python -m pip install 'screening[curate]'",
        )
    if b"%PDF-" not in data[:1024]:
        raise DocumentError(f"{shown} is no PDF: it does not begin with %PDF.", "Give it its proper ending.")
    found = _in_process(data, shown)
    if found.error:
        raise DocumentError(f"{shown}: {found.error}", found.advice)
    text, starts = _joined(found.pages)
    if len(text) > MAX_CHARACTERS:
        raise too_long(shown)
    return Extracted(
        text=text,
        title=" ".join(found.title.split())[:300],
        page_starts=starts,
        scanned=tuple(found.scanned),
        notes=tuple(found.notes),
    )


def _in_process(data: bytes, shown: str) -> _Read:
    command = [sys.executable, "-c", "from screening.curate.readers.pdf import work; work()"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=MAX_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise DocumentError(
            f"{shown} was not read within {MAX_SECONDS} seconds.",
            "Split it, or save its text and draft from that.",
        ) from error
    try:
        return msgspec.msgpack.decode(done.stdout, type=_Read)
    except msgspec.MsgspecError as error:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
        raise DocumentError(
            f"{shown} could not be read: the reader of PDF stopped ({last[0][:200]}).",
            "It is damaged or hostile; save its text and draft from that.",
        ) from error


# --- in the process -----------------------------------------------------------------------------------------


def work() -> None:
    """Read a PDF from standard input and write what was found to standard output."""
    _limit_memory()
    data = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    with contextlib.redirect_stdout(io.StringIO()):
        result = _extract(data)
    out.write(msgspec.msgpack.encode(result))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has none; the limits of streams and time hold there too
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def _extract(data: bytes) -> _Read:
    import logging

    import pypdf
    from pypdf.errors import LimitReachedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    result = _Read()
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return _Read(error="it is encrypted with a password.", advice="Remove the password first.")
        count = len(reader.pages)
        if count > MAX_PAGES:
            return _Read(error=f"it has {count} pages, more than {MAX_PAGES}.", advice="Split it.")
        if sum(len(table) for table in reader.xref.values()) > MAX_OBJECTS:
            return _Read(error=f"it has more than {MAX_OBJECTS:,} objects.", advice="Split it.")
        result.title = str(reader.metadata.title or "") if reader.metadata else ""
        length = 0
        for number in range(count):
            page = reader.pages[number]
            text = page.extract_text().replace("\x00", "")
            length += len(text)
            if length > MAX_CHARACTERS + 1:
                return _Read(
                    error=f"it has more than {MAX_CHARACTERS:,} characters of text.",
                    advice="Split it, or keep the part that names the parties.",
                )
            result.pages.append(text)
            if not text.strip() and _has_picture(page):
                result.scanned.append(number + 1)
    except LimitReachedError:
        return _Read(
            error="one of its streams unpacks to more than a document can need.",
            advice="It is no ordinary document; it was not read.",
        )
    except MemoryError:
        return _Read(
            error=f"reading it takes more than {MAX_MEMORY // 2**30} GB of memory.",
            advice="It is no ordinary document; it was not read.",
        )
    except RecursionError:
        return _Read(error="its objects refer to each other without end.", advice="It was not read.")
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        AssertionError,
    ) as error:
        # pypdf meets damage with exceptions of many kinds.
        kind = type(error).__name__
        return _Read(
            error=f"it is damaged ({kind}: {str(error)[:120]}).", advice="Save it anew, or save its text."
        )
    return result


def _has_picture(page: Any) -> bool:
    """Whether a page draws a picture: without text that makes it a scan. An empty page is none."""
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return False
    return any(
        item.get_object().get("/Subtype") in ("/Image", "/Form") for item in objects.get_object().values()
    )


# --- lines to paragraphs ------------------------------------------------------------------------------------

_END = re.compile(r"[.!?:;。！？；][\"'”’»)\]]*$")
_BULLET = re.compile(r"^(?:[•▪●◦*–-]|\(?\d{1,3}[.)]|\(?[a-z]\)) ")


def _joined(pages: list[str]) -> tuple[str, tuple[int, ...]]:
    """Lines of pages joined to paragraphs, and the offset at which each page begins."""
    out: list[str] = []
    length = 0
    starts: list[int] = []
    open_line = last = ""
    for page in pages:
        lines = [" ".join(line.split()) for line in page.split("\n")]
        wide = sorted(len(line) for line in lines if line)[-3:-2] or [80]
        first = True
        for line in lines:
            if not line:
                ended = True
            else:
                ended = not open_line or _ends(last, line, wide[0])
            if open_line and ended:
                out.append(open_line)
                length += len(open_line) + 1
                open_line = ""
            if first and line:
                starts.append(length)
                first = False
            if line:
                open_line, last = _append(open_line, line), line
        if first:
            starts.append(length + (len(open_line) + 1 if open_line else 0))
    if open_line:
        out.append(open_line)
    return "\n".join(out), tuple(starts)


def _ends(last: str, line: str, wide: int) -> bool:
    """Whether a paragraph ends between two lines. wide: length of the page's long lines."""
    if _BULLET.match(line):
        return True
    if _END.search(last):
        # A full stop in mid-paragraph stands in a line that goes on to the margin.
        return len(last) < 0.85 * wide
    return last.isupper() != line.isupper() and len(last) < 0.6 * wide


def _append(before: str, line: str) -> str:
    if not before:
        return line
    if before.endswith("-") and line[:1].islower():
        return before[:-1] + line
    if before.endswith("-") or ("\u3000" < before[-1] < "\uffef" and "\u3000" < line[0] < "\uffef"):
        return before + line
    return f"{before} {line}"
