"""Which addresses of a list may become a link, and which characters may stand in XML."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Longer addresses are refused by Excel (Microsoft, "Excel specifications and limits").
LONGEST = 2079
# RFC 3986 characters; anything else (blanks, quotes, controls, other scripts) would have to be encoded first.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE)
# What XML 1.0 (2.2, Char) forbids even as a character reference.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def safe_url(text: str | None) -> str | None:
    """The address if it is a plain http or https one with a host and without a user name, else None."""
    if not text or len(text) > LONGEST or not _ADDRESS.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.hostname and "@" not in parts.netloc else None


def xml_text(text: str) -> str:
    """The text with U+FFFD for each character that XML forbids."""
    return _NOT_XML.sub("\ufffd", text)
