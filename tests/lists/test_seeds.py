"""Source records: their form, and their agreement with a document."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from screening.lists import verify
from screening.lists.seeds import check_document, read_seeds

TEXT = "Title\n\nAlpha sells “optics”.\r\n   \nBeta 售 tools.\n"
DATA = TEXT.encode()
HEAD = "id: doc\nkind: report\ndescription: D\n"
GOOD = (
    HEAD + f"sha256: {hashlib.sha256(DATA).hexdigest()}\ncharacters: {len(TEXT)}\nlines: 3\npassages:\n"
    "  - {id: a, paragraph: 2, start: 7, end: 28, text: Alpha sells “optics”.}\n"
    "  - {id: b, paragraph: 3, start: 34, end: 47, text: Beta 售 tools.}\n"
)


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "doc.yml"
    path.write_text(text, encoding="utf-8")
    return [str(problem).replace(f"{folder}/", "") for problem in read_seeds([path])[2]]


def against(folder: Path, text: str, data: bytes = DATA) -> list[str]:
    path = folder / "doc.yml"
    path.write_text(text, encoding="utf-8")
    (read,), _, found = read_seeds([path])
    assert found == ()
    return [str(problem).replace(f"{folder}/", "") for problem in check_document(read, data)]


def test_a_record_that_agrees_with_its_document(tmp_path: Path) -> None:
    assert TEXT[7:28] == "Alpha sells “optics”."
    assert TEXT[34:47] == "Beta 售 tools."[:13]
    assert against(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("lines: 3", "lines: 4", ["doc.yml: lines: expected the document's non-empty lines, 3, found 4"]),
        (f"characters: {len(TEXT)}", "characters: 9",
         [f"doc.yml: characters: expected the document's length, {len(TEXT)}, found 9"]),
        ("start: 7, end: 28", "start: 8, end: 29",
         ['doc.yml: passages[0].text: expected the document\'s words at 8-29, "lpha sells “optics”.\\r", '
          'found "Alpha sells “optics”."']),
        ("“optics”", "‘optics’",
         ['doc.yml: passages[0].text: expected the document\'s words at 7-28, "Alpha sells “optics”.", '
          'found "Alpha sells ‘optics’."']),
        ("paragraph: 2", "paragraph: 3",
         ["doc.yml: passages[0].paragraph: expected the paragraph that holds 7-28, found 3"]),
        ("paragraph: 2", "paragraph: 9",
         ["doc.yml: passages[0].paragraph: expected the paragraph that holds 7-28, found 9"]),
    ],
)  # fmt: skip
def test_a_record_that_differs_from_its_document(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    assert against(tmp_path, GOOD.replace(old, new)) == expected


def test_another_document_is_told_by_its_hash(tmp_path: Path) -> None:
    found = against(tmp_path, GOOD, DATA + b" ")
    assert found[0].startswith("doc.yml: sha256: expected the document's SHA-256, ")
    length = len(TEXT)
    assert found[1:] == [f"doc.yml: characters: expected the document's length, {length + 1}, found {length}"]


def test_a_document_that_is_no_utf_8_is_a_problem(tmp_path: Path) -> None:
    assert (
        against(tmp_path, GOOD, b"caf\xe9")[1]
        == "doc.yml: expected a document in UTF-8, found the byte 0xE9 at 3"
    )


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("sha256: abc\n", ['doc.yml:4:9: sha256: expected 64 hexadecimal digits in lower case, found "abc"']),
        ("passages: [{id: a, text: b}]\n",
         ["doc.yml:4:12: passages[0]: expected paragraph, start and end, or a locator, found neither"]),
        ("passages: [{id: a, text: b, start: 1}]\n",
         ["doc.yml:4:12: passages[0].paragraph: expected paragraph, start and end together, "
          "found only some of them"]),
        ("passages: [{id: a, text: b, paragraph: 1, start: 5, end: 5}]\n",
         ["doc.yml:4:58: passages[0].end: expected an end after the start, found 5-5"]),
        ("passages: [{id: a, text: bcd, paragraph: 1, start: 5, end: 6}]\n",
         ["doc.yml:4:26: passages[0].text: expected 1 characters (end less start), found 3"]),
        ("passages: [{id: a, text: b, paragraph: 0, start: 5, end: 6}]\n",
         ["doc.yml:4:40: passages[0].paragraph: expected a paragraph counted from 1, found 0"]),
        ("passages: [{id: a, text: b, locator: x}, {id: a, text: c, locator: x}]\n",
         ['doc.yml:4:11: passages: expected each id once, found "a" twice']),
        ("passages: [{id: a, text: b, locator: x}]\ngoods: [{item: g, passages: [c]}]\n",
         ['doc.yml:5:29: goods[0].passages: expected ids of passages, found "c"']),
        ("goods: [{item: g, passages: [], hs: [84]}]\n",
         ['doc.yml:4:37: goods[0].hs: expected an HS heading (8407) or subheading (8457.10), found "84"']),
        ("goods: [{item: g, passages: [], hs: ['8407'], kind: service}]\n",
         ["doc.yml:4:37: goods[0].hs: expected no HS code for a service, found 8407"]),
        ("passages: [{id: a, text: b, paragraph: one, start: 1, end: 2}]\n",
         ['doc.yml:4:40: passages[0].paragraph: expected a whole number, found "one"']),
        ("publisher: Someone\n",
         ['doc.yml:4:1: publisher: expected one of id, kind, description, sha256, characters, lines, known, '
          'inferred, passages, goods, not_targets, found the unknown key "publisher"']),
    ],
)  # fmt: skip
def test_a_malformed_record(tmp_path: Path, tail: str, expected: list[str]) -> None:
    assert problems(tmp_path, HEAD + tail) == expected


def test_an_id_is_used_once(tmp_path: Path) -> None:
    paths = [tmp_path / "a.yml", tmp_path / "b.yml"]
    for path in paths:
        path.write_text(HEAD)
    read, ids, found = read_seeds(paths)
    assert (len(read), ids) == (1, ("doc",))
    assert str(found[0]) == f"{paths[1]}:1:5: id: expected an id of its own, found that of {paths[0]}"


def test_evidence_from_a_broken_record_is_not_called_unresolved_too(tmp_path: Path) -> None:
    seed = tmp_path / "doc.yml"
    seed.write_text(HEAD + "sha256: abc\n")
    own = tmp_path / "own.yml"
    own.write_text(
        "id: own\ntitle: Own\nkind: internal\npublisher: P\nas_of: 2024-01-01\nentities:\n"
        "  - {id: a, type: person, name: A, evidence: "
        "[{document: doc, passage: b, locator: c, stance: alleges}]}\n"
    )
    assert [problem.path for problem in verify([own], [seed])] == ["sha256"]


def test_a_document_nobody_describes_is_a_problem(tmp_path: Path) -> None:
    document = tmp_path / "other.txt"
    document.write_text("x")
    (problem,) = verify([], [], document)
    assert str(problem).startswith(
        f"{document}: expected a document that one of the source records describes"
    )
