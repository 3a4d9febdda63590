"""Text that was broken at a margin is read as its author wrote it, and quoted with the places of the file."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.curate.document import Document, paragraphs
from screening.curate.draft import make_draft
from screening.curate.readers import read_document
from screening.curate.wrapped import flowed
from screening.lists.seeds import ReadSeed, check_document

PARAGRAPHS = [
    "Washington accused Zelvora Precision Optics Company Limited of supplying lenses for missiles to Russia, three "
    "officials said. Zelvora Precision denied it.",
    "The US Treasury sanctioned Brightwater Optics GmbH, Orion Freight FZCO and the tanker Gannet Star, which it said "
    "carried oil above the price cap. The firms could not be reached for comment on the measures.",
]


def document(text: str, form: str = "plain text") -> Document:
    return Document(name="a.txt", format=form, sha256="0" * 64, text=text, paragraphs=paragraphs(text))


def read(text: str) -> list[str]:
    flow = flowed(document(text))
    return [flow.document.text[p.start : p.end] for p in flow.document.paragraphs]


@pytest.mark.parametrize("break_", ["\n", "\r\n", " \n"])
@pytest.mark.parametrize("width", [60, 72, 78, 99])
@pytest.mark.parametrize("indent", ["", "    "])
def test_lines_broken_at_a_margin_are_one_paragraph(width: int, break_: str, indent: str) -> None:
    lines = [textwrap.fill(p, width, initial_indent=indent, break_on_hyphens=True) for p in PARAGRAPHS]
    text = "\n\n".join(lines).replace("\n", break_)
    assert [p.strip() for p in read(text)] == PARAGRAPHS


def test_a_first_line_that_is_set_in_begins_a_paragraph() -> None:
    assert [
        p.strip() for p in read("\n".join(textwrap.fill(p, 70, initial_indent="   ") for p in PARAGRAPHS))
    ] == PARAGRAPHS


def test_a_name_may_begin_a_line(tmp_path: Path) -> None:
    text = "Customs officers said on Tuesday that they accused Brightwater\nOptics GmbH of smuggling lenses to Russia."
    assert read(text) == [text.replace("\n", " ")]


def test_chinese_lines_are_joined_without_a_blank() -> None:
    whole = "美国财政部周二宣布，将武汉北塔光学科技有限公司及其负责人列入制裁名单，称该公司向俄罗斯军工企业供应红外镜头。"
    text = "\n".join(whole[at : at + 24] for at in range(0, len(whole), 24))
    assert read(text) == [whole]


# Lines that stand for themselves: a paragraph each, a list, an address, headings, a table.
KEPT = [
    "A first paragraph on one line, which is as long as people write who do not break lines at all.\n"
    "A second paragraph on one line, which names Brightwater Optics GmbH of Hamburg and goes on and on for long.",
    "Acme Optics Ltd, Moscow\nBolt Metals LLC, Kazan\nCobalt Trading FZE, Dubai",
    "1. Harbin Beidou Precision Instruments Co., Ltd., Harbin, China\n"
    "2. Ningbo Zelvora Precision Optics Company Limited, Ningbo\n"
    "3. Shenzhen Cobalt Semiconductor Trading Co., Ltd., Shenzhen",
    "Harbin Beidou Precision Instruments Company Ltd., Harbin, China;\n"
    "Ningbo Zelvora Precision Optics Company Limited, Ningbo, Chin;\n"
    "Shenzhen Cobalt Semiconductor Trading Company Ltd., Shenzhen;",
    "MINISTRY OF COMMERCE ADDS COMPANIES TO THE UNRELIABLE ENTITY LIST\n"
    "The ministry added three companies to its list on Monday morning.",
    "| Brightwater Optics GmbH             | Hamburg, Germany       | DE |\n"
    "| Orion Freight FZCO                  | Dubai, United Arab Em. | AE |",
]


@pytest.mark.parametrize("text", KEPT)
def test_lines_that_stand_for_themselves_stay(text: str) -> None:
    assert flowed(document(text)).document.text == text


def test_other_formats_give_their_own_paragraphs() -> None:
    text = textwrap.fill(PARAGRAPHS[1], 72)
    assert flowed(document(text, "HTML")).document.text == text
    assert flowed(document(text, "Markdown")).document.text == PARAGRAPHS[1]


@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_names_and_sentences_across_lines_are_found_and_quoted_with_their_places(
    tmp_path: Path, break_: str
) -> None:
    text = "\n\n".join(textwrap.fill(p, 44) for p in PARAGRAPHS).replace("\n", break_) + break_
    path = tmp_path / "tip.txt"
    path.write_bytes(text.encode())
    drafted = make_draft([read_document(path)], "drafted")
    assert {item.name: item.role for item in drafted.draft.proposals} == {
        "Zelvora Precision Optics Company Limited": "target",
        "Brightwater Optics GmbH": "target",
        "Orion Freight FZCO": "target",
        "Gannet Star": "target",
        "US Treasury": "accuser",
    }
    (zelvora,) = (item for item in drafted.draft.proposals if item.name.startswith("Zelvora"))
    first = zelvora.evidence[0]
    assert " ".join(first.passage.split()) == PARAGRAPHS[0].split(". ")[0] + "."
    assert first.locator == f"P1, 0-{len(first.passage)}"
    for item in drafted.draft.proposals:
        for place in item.mentions:
            start, end = map(int, place.split(", ")[1].split("-"))
            assert " ".join(text[start:end].split()) in " ".join(PARAGRAPHS)
    seed = drafted.seeds[0]
    assert check_document(ReadSeed(file="tip.yml", seed=seed), text.encode()) == ()
    assert any(len(passage.text.split()) > 10 for passage in seed.passages)


def test_a_quotation_does_not_go_on_over_an_empty_line(tmp_path: Path) -> None:
    path = tmp_path / "tip.txt"
    path.write_text("\n\n".join(textwrap.fill(p, 44) for p in PARAGRAPHS), encoding="utf-8")
    seed = make_draft([read_document(path)], "drafted").seeds[0]
    text = path.read_text(encoding="utf-8")
    gap = text.index("\n\n")
    words = text[gap - 5 : gap + 7].replace("\n", " ")
    from msgspec.structs import replace

    wrong = replace(
        seed.passages[0], text=words, start=gap - 5, end=gap + 7, paragraph=text[:gap].count("\n") + 1
    )
    (problem,) = check_document(
        ReadSeed(file="tip.yml", seed=replace(seed, passages=(wrong,))), text.encode()
    )
    assert problem.path == "passages[0].paragraph"


@given(
    st.text(alphabet="aB. -\n\r\t武,;（#1", max_size=400)
    | st.lists(st.text("abC .-", max_size=90)).map("\n".join)
)
def test_every_character_keeps_its_place(text: str) -> None:
    whole = document(text)
    flow = flowed(whole)
    assert len(flow.places) >= len(flow.document.text)
    assert [p.number for p in flow.document.paragraphs] == sorted(
        {p.number for p in flow.document.paragraphs}
    )
    for line in flow.document.paragraphs:
        for at in range(line.start, line.end):
            original = text[flow.places[at]]
            assert original == flow.document.text[at] or (
                original.isspace() and flow.document.text[at] == " "
            )
    kept = "".join(flow.document.text.split())
    assert kept == "".join(text.split())
