"""Who is proposed as a target for standing beside one, and who is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from screening.curate.draft import make_draft
from screening.curate.proposals import Proposal
from screening.curate.readers import read_document

ACCUSED = "The US Treasury sanctioned Acme Optics Ltd."


def proposals(folder: Path, text: str) -> dict[str, Proposal]:
    path = folder / "report.txt"
    path.write_text(text, encoding="utf-8")
    return {item.name: item for item in make_draft([read_document(path)], "drafted").draft.proposals}


# A text beside the accusation -> the roles of those it names.
CASES = [
    (f"{ACCUSED} Its warehouse belongs to Bolt Metals LLC.", {"Bolt Metals LLC": "target"}),
    (f"{ACCUSED} Its chairman, Anton Belov, lives in Dubai.", {"Anton Belov": "target"}),
    (f"{ACCUSED}\n\nIts chairman, Anton Belov, lives in Dubai.", {"Anton Belov": "target"}),
    (f"{ACCUSED}\n\nBolt Metals LLC has offices in Dubai.", {"Bolt Metals LLC": "bystander"}),
    (f"{ACCUSED} The lenses were made by Corvex Glas AG.", {"Corvex Glas AG": "bystander"}),
    (f"{ACCUSED} It banked with Meridian Bank plc.", {"Meridian Bank plc": "bystander"}),
    (f"{ACCUSED} Bolt Metals LLC is not accused of wrongdoing.", {"Bolt Metals LLC": "bystander"}),
    (f"{ACCUSED} Chancellor Peter Braun spoke in Berlin.", {"Peter Braun": "official"}),
    (f"{ACCUSED} It works with the University of Leeds.", {"University of Leeds": "bystander"}),
    (f"{ACCUSED}\n\nThe tanker Gannet Star lay at anchor.", {"Gannet Star": "target"}),
    (f"{ACCUSED} Its sales director, Anton Belov, said the firm was glad.", {"Anton Belov": "denial"}),
    ("Bolt Metals LLC has offices in Dubai.\n\nAnton Belov runs it.", {"Bolt Metals LLC": "bystander"}),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[-40:] for text, _ in CASES])
def test_who_stands_beside_a_target(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    found = proposals(tmp_path, text)
    assert {name: found[name].role for name in expected} == expected


def test_the_reason_and_the_stance_are_said(tmp_path: Path) -> None:
    text = f"{ACCUSED} Its warehouse belongs to Bolt Metals LLC."
    item = proposals(tmp_path, text)["Bolt Metals LLC"]
    assert item.because == "named beside Acme Optics Ltd"
    assert [(e.stance, e.passage) for e in item.evidence] == [
        ("suspects", "Its warehouse belongs to Bolt Metals LLC.")
    ]


def test_where_the_rules_place_few_the_others_of_a_document_that_accuses_are_suspected(
    tmp_path: Path,
) -> None:
    text = "A tale of smuggling.\n\nThere stood crates of Bolt Metals LLC.\n\nA truck of Cobalt Trading FZE came by night."
    found = proposals(tmp_path, text)
    assert sorted(found) == ["Bolt Metals LLC", "Cobalt Trading FZE"]
    assert {(item.role, item.because) for item in found.values()} == {
        ("target", "nothing else says why a document that accuses names it")
    }
    calm = text.replace("smuggling", "the sea")
    assert {item.role for item in proposals(tmp_path, calm).values()} == {"bystander"}
