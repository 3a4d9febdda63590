"""Drafts: what is proposed of whom, joined through a document and compared with lists."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from screening.curate.canonical import canonical, render
from screening.curate.draft import Drafted, make_draft
from screening.curate.matches import Matcher
from screening.curate.proposals import Proposal, read_draft
from screening.curate.readers import read_document
from screening.errors import DocumentError
from screening.lists.seeds import check_document, read_seeds

LISTED = """\
id: listed
title: Listed
kind: sanctions
publisher: P
as_of: 2026-01-01
entities:
  - id: "46633"
    type: organization
    name: Acme Optics Company Limited
    names:
      - {value: 极峰光学有限公司, script: Hans, language: zh}
    countries: [CN]
    listings:
      - {authority: OFAC, list: SDN, programme: RUSSIA-EO14024, id: "46633", from: 2024-05-01}
  - id: person
    type: person
    name: Boris Fictovich
"""


def draft(folder: Path, *texts: str, listed: bool = False) -> Drafted:
    paths = []
    for number, text in enumerate(texts, start=1):
        paths.append(folder / f"report-{number}.txt")
        paths[-1].write_text(text, encoding="utf-8")
    matcher = None
    if listed:
        (folder / "listed.yml").write_text(LISTED, encoding="utf-8")
        matcher = Matcher([str(folder / "listed.yml")])
    return make_draft([read_document(path) for path in paths], "drafted", matcher)


def roles(drafted: Drafted) -> dict[str, str]:
    return {item.name: item.role for item in drafted.draft.proposals}


def one(drafted: Drafted, name: str) -> Proposal:
    return next(item for item in drafted.draft.proposals if item.name == name)


# A sentence, and the roles of those it names.
CASES = [
    ("Washington accused Acme Optics Ltd of supplying Russia.", {"Acme Optics Ltd": "target"}),
    ("The US Treasury sanctioned Acme Optics Ltd and Bolt Metals LLC.",
     {"US Treasury": "accuser", "Acme Optics Ltd": "target", "Bolt Metals LLC": "target"}),
    ("Acme Optics Ltd was designated by OFAC for arming Russia.", {"Acme Optics Ltd": "target", "OFAC": "accuser"}),
    ("The missiles held chips made by Acme Optics Ltd.", {"Acme Optics Ltd": "bystander"}),
    ("Acme Optics Ltd did not supply drones to Russia, the officials said.", {"Acme Optics Ltd": "bystander"}),
    ("Acme Optics Ltd stopped exporting drone engines to Russia in 2022.", {"Acme Optics Ltd": "bystander"}),
    ("Acme Optics Ltd sold lenses for weapons to Russia, according to Reuters.",
     {"Acme Optics Ltd": "target", "Reuters": "source"}),
    ("A spokeswoman for Acme Optics Ltd, Grace Miller, rejected the accusation that it shipped drones.",
     {"Acme Optics Ltd": "bystander", "Grace Miller": "denial"}),
    ("“Sanctions bite slowly,” said John Smith, an analyst at the University of Leeds.",
     {"John Smith": "commentator", "University of Leeds": "bystander"}),
    ("The Chinese embassy in London said that China has not sold weapons.", {"Chinese embassy in London": "denial"}),
    ("Chancellor Peter Braun met President John Miller in Berlin.", {"Peter Braun": "official", "John Miller": "official"}),
    ("美国财政部将武汉北塔光学科技有限公司列入制裁名单。",
     {"美国财政部": "accuser", "武汉北塔光学科技有限公司": "target"}),
    ("Минфин США внёс в санкционный список ООО «Вектор-Оптика».",
     {"Минфин США": "accuser", "ООО «Вектор-Оптика»": "target"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:40] for text, _ in CASES])
def test_the_part_each_has_in_a_sentence(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    assert roles(draft(tmp_path, text)) == expected


STANCES = [
    ("Officials accused Acme Optics Ltd of smuggling chips.", "alleges"),
    ("Acme Optics Ltd is suspected of smuggling chips.", "suspects"),
    ("Acme Optics Ltd is likely to have supplied drone engines to Russia.", "suspects"),
    ("The US Treasury sanctioned Acme Optics Ltd.", "lists"),
]


@pytest.mark.parametrize(("text", "stance"), STANCES)
def test_the_stance_of_a_quotation(tmp_path: Path, text: str, stance: str) -> None:
    (evidence,) = one(draft(tmp_path, text), "Acme Optics Ltd").evidence
    assert (evidence.stance, evidence.passage, evidence.locator) == (stance, text, f"P1, 0-{len(text)}")


def test_mentions_of_one_party_are_joined(tmp_path: Path) -> None:
    text = (
        "Washington accused Zelvora Precision Optics Company Limited (ZPO) of supplying Russia with lenses.\n\n"
        "Zelvora Precision sold them through agents, officials said. "
        "ZPO is based in Ningbo. The company was founded in 2011."
    )
    drafted = draft(tmp_path, text)
    item = one(drafted, "Zelvora Precision Optics Company Limited")
    assert [item.name for item in drafted.draft.proposals] == ["Zelvora Precision Optics Company Limited"]
    named = [text[int(a) : int(b)] for a, b in (place.split(", ")[1].split("-") for place in item.mentions)]
    assert named == [
        "Zelvora Precision Optics Company Limited",
        "ZPO",
        "Zelvora Precision",
        "ZPO",
        "The company",
    ]
    assert [name.value for name in item.names] == ["ZPO"]


def test_entries_below_the_words_of_a_notice_are_listed(tmp_path: Path) -> None:
    text = (
        "The following entities have been added to the list.\n\n1. Acme Optics LLC\nAddress: 1 Main Street, Tula\n\n"
        "2. BOLT, Ivan Petrovich\nDOB: 1971\n\nFurther information\n\nQuestions go to Cog Legal LLP."
    )
    assert roles(draft(tmp_path, text)) == {
        "Acme Optics LLC": "target",
        "BOLT, Ivan Petrovich": "target",
        "Cog Legal LLP": "bystander",
    }


def test_what_is_listed_already_is_seen_with_its_spellings(tmp_path: Path) -> None:
    drafted = draft(tmp_path, "Officials accused Acme Optics Co., Ltd. of smuggling chips.", listed=True)
    item = one(drafted, "Acme Optics Co., Ltd.")
    assert drafted.draft.matched_against == ("listed of 2026-01-01",)
    assert [(m.list, m.entity, m.already) for m in item.matches] == [
        ("listed", "46633", ("OFAC SDN 46633, RUSSIA-EO14024, since 2024-05-01",))
    ]
    assert [(name.value, name.note) for name in item.names] == [("极峰光学有限公司", "From listed 46633.")]
    alone = one(draft(tmp_path, "Officials accused Acme Optics Co., Ltd. of smuggling."), item.name)
    assert alone.names == (), "no spelling is made up"


def test_a_company_is_not_matched_with_a_person(tmp_path: Path) -> None:
    drafted = draft(tmp_path, "Officials accused Boris Fictovich Ltd of smuggling chips.", listed=True)
    assert one(drafted, "Boris Fictovich Ltd").matches == ()


def test_several_documents_make_one_draft_and_a_record_each(tmp_path: Path) -> None:
    drafted = draft(
        tmp_path, "Acme Optics Ltd has a plant.", "Officials accused Acme Optics Ltd of smuggling chips."
    )
    assert [seed.id for seed in drafted.seeds] == ["report-1", "report-2"]
    item = one(drafted, "Acme Optics Ltd")
    assert item.role == "target", "any document can make it one"
    assert [evidence.document for evidence in item.evidence] == ["report-2"]
    assert len(drafted.draft.proposals) == 1


def test_the_same_document_gives_the_same_draft(tmp_path: Path) -> None:
    text = "\n\n".join(text for text, _ in CASES)
    first, second = draft(tmp_path, text), draft(tmp_path, text)
    assert render(first.draft) == render(second.draft)
    assert [render(seed) for seed in first.seeds] == [render(seed) for seed in second.seeds]


INJECTIONS = [
    "Officials accused Acme: {x: !!python/object} # Ltd of smuggling chips to Russia.",
    'Officials accused "Acme": [1] Ltd & *b &a Trade LLC of smuggling chips to Russia.',
    "Officials accused Acme\x1b[31mRed Ltd of smuggling chips to Russia.",
    "Officials accused Evil\u202egnp.exe Trade Ltd of smuggling chips to Russia.",
    "Officials accused \u2028- id: x Optics Ltd of smuggling chips to Russia.",
    "Officials accused ../../etc/passwd Trade Ltd of smuggling chips to Russia.",
    "Officials accused '; DROP Optics Ltd -- of smuggling chips to Russia.",
    "Officials accused Yes Ltd, No LLC and Null Ltd of smuggling chips to Russia.",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_names_cannot_break_the_files_that_are_written(tmp_path: Path, text: str) -> None:
    drafted = draft(tmp_path, f"{text}\n\n{'nothing else was said. ' * 9}")
    assert "target" in roles(drafted).values()
    written = render(drafted.draft)
    path = tmp_path / "out.yml"
    path.write_bytes(written)
    assert read_draft(path) == drafted.draft
    assert canonical(written, "out.yml") == written
    assert "\x1b" not in written.decode()
    assert set(yaml.safe_load(written)) <= {
        *("status", "id", "title", "kind", "publisher", "documents", "notes", "matched_against", "proposals")
    }
    assert all(
        set(item.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for item in drafted.draft.proposals
    )
    seed = tmp_path / "report-1.yml"
    seed.write_bytes(render(drafted.seeds[0]))
    (read,), _, problems = read_seeds([seed])
    assert problems == ()
    assert check_document(read, (tmp_path / "report-1.txt").read_bytes()) == ()


def test_a_document_that_names_nobody_gives_an_empty_draft(tmp_path: Path) -> None:
    drafted = draft(tmp_path, "it rained all day.")
    assert drafted.draft.proposals == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"- 1", b"status: final\n", b"status: draft\nid: a\ntitle: t\nkind: internal\npublisher: p\ndocuments: []\n"
     b"proposals:\n  - {id: a b, role: target, because: x, type: person, name: N}\n"],
)  # fmt: skip
def test_a_broken_draft_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "d.yml").write_bytes(data)
    with pytest.raises(DocumentError, match="no sound draft"):
        read_draft(tmp_path / "d.yml")
