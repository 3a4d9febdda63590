"""Documents made for tests: PDF and DOCX files written by hand, so that they can be damaged at will."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(
    pages: Sequence[Sequence[str]], *, picture: Sequence[int] = (), streams: Mapping[int, bytes] | None = None
) -> bytes:
    """A PDF: for each page its lines of ASCII text. picture: pages (from 1) that draw a picture in place of text.

    streams: page -> the bytes of its compressed content stream, in place of what the text would give.
    """
    objects: dict[int, bytes] = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    objects[3] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    pixel = zlib.compress(b"\x00")
    objects[4] = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(pixel), pixel)
    )
    kids = []
    for number, lines in enumerate(pages, start=1):
        page, content = 3 + 2 * number, 4 + 2 * number
        kids.append(b"%d 0 R" % page)
        if number in picture:
            drawn = b"q 600 0 0 800 0 0 cm /Im1 Do Q"
        else:
            shown = b"".join(b"(%s) Tj T*\n" % _escaped(line) for line in lines)
            drawn = b"BT /F1 11 Tf 14 TL 50 780 Td\n" + shown + b"ET"
        packed = (streams or {}).get(number) or zlib.compress(drawn)
        objects[page] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 4 0 R >> >> >>" % content
            if number in picture
            else b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % content
        )
        objects[content] = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (
            len(packed),
            packed,
        )
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(kids))
    return _file(objects)


def _escaped(line: str) -> bytes:
    return line.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Mapping[int, bytes]) -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (max(objects) + 1)
    for number in range(1, max(objects) + 1):
        out += b"%010d 00000 n \n" % places[number]
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, start)
    return bytes(out)


def bomb(megabytes: int) -> bytes:
    """A deflated stream of blanks that unpacks to so many megabytes."""
    packer = zlib.compressobj(9)
    block = b" " * 2**20
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def docx(
    paragraphs: Sequence[str], parts: Mapping[str, bytes] | None = None, *, body: bytes | None = None
) -> bytes:
    """A DOCX with these paragraphs. parts: further or other parts. body: the whole of word/document.xml."""
    text = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in paragraphs)
    main = body or f'<w:document xmlns:w="{W}"><w:body>{text}</w:body></w:document>'.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": main,
            **(parts or {}),
        }.items():
            archive.writestr(name, content)
    return out.getvalue()
