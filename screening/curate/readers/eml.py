"""EML: subject and body of a mail. Attachments are named and not read."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from screening.curate.document import Extracted
from screening.curate.readers import MAX_CHARACTERS, html, too_long
from screening.errors import DocumentError

MAX_MESSAGES = 200  # parts of one mail


def read(data: bytes, shown: str) -> Extracted:
    """See `readers.read_document`. title: the subject."""
    mail = message_from_bytes(data, policy=policy.default)
    if not isinstance(mail, EmailMessage) or not mail.keys():
        raise DocumentError(f"{shown} is no mail: it has no header.", "Give a mail saved as EML.")
    parts = []
    for part in mail.walk():
        parts.append(part)
        if len(parts) > MAX_MESSAGES:
            raise DocumentError(f"{shown} has more than {MAX_MESSAGES} parts.", "Save the mail's text alone.")
    subject = _header(mail, "subject")
    body = mail.get_body(preferencelist=("plain", "html"))
    notes = [f"{name} {value}" for name in ("From", "Date") if (value := _header(mail, name))]
    text = ""
    if body is not None:
        text = _content(body, shown)
        if body.get_content_type() == "text/html":
            found = html.extract(text, shown)
            text, more = found.text, found.notes
            notes += more
    if len(text) > MAX_CHARACTERS:
        raise too_long(shown)
    attached = [part.get_filename() or part.get_content_type() for part in mail.iter_attachments()]
    if attached:
        names = ", ".join(" ".join(str(name).split())[:80] for name in attached[:10])
        notes.append(f"Attachments were not read ({len(attached)}): {names}.")
    lines = [line.strip() for line in (subject, "", *_unfolded(text))]
    return Extracted(text="\n".join(lines).strip("\n"), title=subject, notes=tuple(notes))


def _header(mail: EmailMessage, name: str) -> str:
    try:
        value = mail.get(name, "")
    except (ValueError, IndexError, AttributeError):  # broken headers fail in many ways on being read
        return ""
    return " ".join(str(value).split())[:500]


def _content(part: MIMEPart, shown: str) -> str:
    try:
        content = part.get_content()
    except (LookupError, ValueError) as error:
        raise DocumentError(
            f"{shown}: the body cannot be decoded: {error}.", "Save the mail's text alone."
        ) from error
    return str(content).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", " ")


def _unfolded(text: str) -> list[str]:
    """Paragraphs: lines of one are joined, an empty line ends one. Quoted lines of an earlier mail keep their text."""
    found: list[str] = []
    current: list[str] = []
    for line in [*text.split("\n"), ""]:
        bare = line.lstrip("> ").strip()
        if bare:
            current.append(bare)
        elif current:
            found.append(" ".join(current))
            current = []
    return found
