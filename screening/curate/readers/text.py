"""Plain text. The text of the document is the file itself, so that offsets count in it as they stand."""

from __future__ import annotations

import codecs

from screening.curate.document import Extracted
from screening.errors import DocumentError

# Tried in this order after UTF-8. Every byte string is Windows-1252 or nearly so; hence it comes last.
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LEGACY = ("gb18030", "cp1251", "cp1252")


def read(data: bytes, shown: str) -> Extracted:
    """See `readers.read_document`."""
    text, notes = decode(data, shown)
    return Extracted(text=text, notes=notes)


def decode(data: bytes, shown: str) -> tuple[str, tuple[str, ...]]:
    """Text of bytes, and a note where it is not UTF-8. Raises DocumentError when it is no text."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            try:
                return _sound(data.decode(name), shown), (f"Read as {name}.",)
            except UnicodeDecodeError as error:
                raise _no_text(shown, f"broken {name} at byte {error.start}") from error
    if b"\0" in data:
        raise _no_text(shown, f"a NUL byte at {data.index(0)}")
    try:
        return _sound(data.decode("utf-8"), shown), ()
    except UnicodeDecodeError as error:
        place = error.start
    guesses = [(name, guess) for name in _LEGACY if (guess := _decoded(data, name)) is not None]
    if not guesses:
        raise _no_text(shown, f"the byte 0x{data[place]:02X} at {place}, which is not UTF-8")
    name, text = max(guesses, key=lambda item: _readable(item[1], item[0]))
    return _sound(text, shown), (f"Not UTF-8 (byte {place}): read as {name}, which is a guess.",)


def _decoded(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _readable(text: str, name: str) -> float:
    """How much text looks like the language its encoding is used for, 0-1."""
    letters = [c for c in text[:20_000] if not c.isascii()] or [" "]
    if name == "gb18030":
        usual = sum("\u4e00" <= c <= "\u9fff" or c in "，。、“”：；（）《》" for c in letters)
    elif name == "cp1251":
        usual = sum("а" <= c <= "я" for c in letters) + sum("А" <= c <= "Я" or c in "«»–—№" for c in letters)
    else:
        usual = sum(c in "éèêëàâäáãåçñíïîìóôöòõúüûùßøæœ–—‘’“”€£§" for c in letters)
    return usual / len(letters)


def _sound(text: str, shown: str) -> str:
    controls = sum(c < " " and c not in "\t\n\r\f\v" for c in text[:100_000])
    if controls > len(text[:100_000]) / 100:
        raise _no_text(shown, f"{controls} control characters")
    return text


def _no_text(shown: str, found: str) -> DocumentError:
    return DocumentError(
        f"{shown} is not text: found {found}.", "Save it as UTF-8 text, or give it its proper ending."
    )
