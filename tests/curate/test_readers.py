"""Documents of every format to text, and what becomes of hostile ones."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from screening.curate.document import Document
from screening.curate.readers import MAX_CHARACTERS, READERS, read_document
from screening.errors import DocumentError
from tests.curate.made import bomb, docx, pdf

LINE = "Washington accused Acme Optics Ltd of smuggling chips to Russia."
RELS = (
    b'<Relationships><Relationship Id="r" Target="http://192.0.2.1/x" TargetMode="External"/></Relationships>'
)
PAGE = f"""<html><head><title>A &amp; B</title><script>document.write("Ghost One Ltd")</script>
<style>p {{ color: red }}</style></head><body onload="x()"><h1>News</h1><p>{LINE.replace("Acme", "<b>Acme</b>")}</p>
<iframe src="http://192.0.2.1/">Ghost Two Ltd</iframe><p hidden>Ghost Three Ltd</p>
<p style="display: none">Ghost Four Ltd<p>Ghost Five Ltd</p></p></body></html>"""
MAIL = (
    b"From: Desk <desk@example.org>\r\nDate: Fri, 12 Apr 2024 10:00:00 +0000\r\nSubject: =?utf-8?b?0KHQvtCy0LXRgg==?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
    b"--B\r\nContent-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Washington accused Acme Optics Ltd of =\r\nsmuggling=2E\r\n\r\n"
    b'--B\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="../../etc/x.pdf"\r\n\r\n'
    b"Ghost\r\n--B--\r\n"
)


def read(folder: Path, name: str, data: bytes | str) -> Document:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_document(path)


def lines(document: Document) -> list[str]:
    return [document.text[p.start : p.end] for p in document.paragraphs]


def test_plain_text_is_the_file_itself(tmp_path: Path) -> None:
    found = read(tmp_path, "a.txt", f"One.\r\n\n{LINE}\n")
    assert found.text == f"One.\r\n\n{LINE}\n"
    assert [(p.number, p.start) for p in found.paragraphs] == [(1, 0), (2, 7)]
    assert (found.pages, found.notes) == (None, ())


def test_markdown_gives_its_heading_as_the_title(tmp_path: Path) -> None:
    found = read(tmp_path, "a.md", f"intro\n\n# The *case*\n\n{LINE}\n")
    assert found.title == "The *case*"
    assert lines(found)[-1] == LINE


def test_html_is_what_a_reader_of_the_page_sees(tmp_path: Path) -> None:
    found = read(tmp_path, "a.html", PAGE)
    assert (found.title, lines(found)) == ("A & B", ["News", LINE])
    assert "Ghost" not in found.text
    assert found.notes == (
        "Scripts, styles and frames were left out (3).",
        "Elements that the page hides from its readers were left out (2).",
    )


def test_pdf_gives_pages_and_joins_lines_to_paragraphs(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "a.pdf",
        pdf([["Washington accused Acme Optics Ltd of smug-", "gling chips."], ["Page two."]]),
    )
    assert lines(found) == ["Washington accused Acme Optics Ltd of smuggling chips.", "Page two."]
    assert ([p.page for p in found.paragraphs], found.pages, found.scanned) == ([1, 2], 2, ())


def test_a_scanned_page_is_said_to_be_one(tmp_path: Path) -> None:
    found = read(tmp_path, "a.pdf", pdf([["x"], [LINE], [], ["x"]], picture=[1, 4]))
    assert (found.scanned, found.pages) == ((1, 4), 4), "an empty page is no scan"
    assert lines(found) == [LINE]
    with pytest.raises(DocumentError, match="has no text") as caught:
        read(tmp_path, "b.pdf", pdf([["x"]], picture=[1]))
    assert "OCR" in caught.value.advice


def test_docx_gives_paragraphs_notes_and_title(tmp_path: Path) -> None:
    parts = {
        "word/footnotes.xml": b'<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b"<w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnotes>",
        "docProps/core.xml": b'<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The  case</dc:title></c>',
    }
    found = read(tmp_path, "a.docx", docx(["One.", LINE], parts))
    assert (found.title, lines(found)) == ("The case", ["One.", LINE, "A note."])


def test_external_references_of_a_docx_are_counted_and_not_followed(tmp_path: Path) -> None:
    found = read(tmp_path, "a.docx", docx([LINE], {"word/_rels/document.xml.rels": RELS}))
    assert found.notes == ("References to 1 external place were not followed.",)


def test_eml_gives_subject_and_body_and_names_attachments(tmp_path: Path) -> None:
    found = read(tmp_path, "a.eml", MAIL)
    assert lines(found) == ["Совет", "Washington accused Acme Optics Ltd of smuggling."]
    assert found.title == "Совет"
    assert found.notes[-1] == "Attachments were not read (1): ../../etc/x.pdf."
    assert not (tmp_path.parent / "etc").exists()


HTML_MAIL = (
    b"Subject: S\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>One.</p><script>Ghost Ltd</script>"
)


def test_a_mail_in_html_is_read_as_a_page(tmp_path: Path) -> None:
    assert lines(read(tmp_path, "a.eml", HTML_MAIL)) == ["S", "One."]


RUSSIAN = "Минфин внёс в список «Вектор» и обвинил компанию в контрабанде."
CHINESE = "美国财政部将武汉北塔光学科技有限公司列入制裁名单。"


@pytest.mark.parametrize(
    ("text", "encoding", "note"),
    [
        (RUSSIAN, "cp1251", "Not UTF-8 (byte 0): read as cp1251, which is a guess."),
        (CHINESE, "gb18030", "Not UTF-8 (byte 0): read as gb18030, which is a guess."),
        ("Société Générale d’Optique à Besançon", "cp1252", "Not UTF-8 (byte 4): read as cp1252, which is a guess."),
        (CHINESE, "utf-16", "Read as utf-16."),
        (RUSSIAN, "utf-8", ""),
    ],
)  # fmt: skip
def test_other_encodings_are_read_and_said(tmp_path: Path, text: str, encoding: str, note: str) -> None:
    found = read(tmp_path, "a.txt", text.encode(encoding))
    assert found.text == text
    assert found.notes == ((note,) if note else ())


DTD = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>'
DEEP = b'<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">' * 300 + b"</w:p>" * 300
HOSTILE = {
    "a PDF stream that unpacks to 600 MB": (
        "a.pdf",
        lambda: pdf([["x"]], streams={1: bomb(600)}),
        "unpacks to more",
    ),
    "a PDF cut short": ("a.pdf", lambda: pdf([[LINE]])[:200], ""),
    "a PDF that is none": ("a.pdf", lambda: b"<html>", "does not begin with %PDF"),
    "a PDF whose pages hold themselves": (
        "a.pdf",
        lambda: pdf([[LINE]]).replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]"),
        "",
    ),
    "a DOCX with a DTD": ("a.docx", lambda: docx([], body=DTD), "document type definition"),
    "a DOCX with entities": ("a.docx", lambda: docx([], body=LAUGHS), "document type definition"),
    "a DOCX that unpacks to 200 MB": (
        "a.docx",
        lambda: docx([], body=b"<a>" + b" " * 200 * 2**20 + b"</a>"),
        "unpacks to more than 96 MB",
    ),
    "a DOCX of 300 nested paragraphs": ("a.docx", lambda: docx([], body=DEEP), "nested more than 200"),
    "a DOCX of broken XML": ("a.docx", lambda: docx([], body=b"<a><b></a>"), "broken XML"),
    "a DOCX that is no archive": ("a.docx", lambda: b"PK\x03\x04", "no DOCX"),
    "an archive that is no DOCX": (
        "a.docx",
        lambda: docx([]).replace(b"word/document.xml", b"word/documenx.xml"),
        "is missing",
    ),
    "a text of 50 MB": (
        "a.txt",
        lambda: (LINE + "\n").encode() * (50 * 2**20 // len(LINE)),
        f"{MAX_CHARACTERS:,} characters",
    ),
    "a text of 65 MB": ("a.txt", lambda: b"a" * (65 * 2**20), "larger than 64 MB"),
    "a page of 21 MB": ("a.html", lambda: b"<p>" + b"a" * (21 * 2**20), "larger than 20 MB"),
    "NULs": ("a.txt", lambda: b"Acme\0Ltd", "a NUL byte at 4"),
    "control characters": ("a.txt", lambda: b"\x01\x02\x03 " * 50, "control characters"),
    "a picture": ("a.txt", lambda: b"\x89PNG\r\n\x1a\n" + zlib.compress(b"x" * 9000), "is not text"),
    "nothing": ("a.txt", lambda: b"", "empty"),
    "blanks": ("a.txt", lambda: b" \n\n\t\n", "has no text"),
    "a mail without a header": ("a.eml", lambda: b"\r\nhello", "no mail"),
    "a mail of 300 parts": (
        "a.eml",
        lambda: (
            b"Subject: x\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
            + b"--B\r\n\r\nx\r\n" * 300
            + b"--B--\r\n"
        ),
        "more than 200 parts",
    ),
    "an unknown ending": ("a.exe", lambda: b"x", "no format of documents"),
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_a_hostile_document_is_an_error_with_its_reason(tmp_path: Path, case: str) -> None:
    name, data, said = HOSTILE[case]
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, name, data())
    assert said in caught.value.message
    assert name in caught.value.message
    assert caught.value.advice


def test_every_format_has_a_reader_that_meets_rubbish_with_an_error(tmp_path: Path) -> None:
    for ending in READERS:
        with pytest.raises(DocumentError):
            read(tmp_path, f"a{ending}", bytes(range(256)) * 4)


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    for name in ("missing.txt", "folder.txt"):
        with pytest.raises(DocumentError, match="cannot be read"):
            read_document(tmp_path / name)
