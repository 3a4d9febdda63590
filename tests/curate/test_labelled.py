"""How well drafts find names and judge roles, on labelled documents. The floors are what was measured, in percent.

A floor may be raised and is never lowered. Documents 51-57 were written when most rules were done and are measured
apart: tests/cases/documents/README.md tells which two changes came after them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from screening.curate import evaluate
from screening.curate.evaluate import Measure, Outcome
from screening.errors import DocumentError

FOLDER = Path(__file__).parents[1] / "cases" / "documents"


@cache
def outcomes() -> tuple[Outcome, ...]:
    return tuple(evaluate.outcome(labelled) for labelled in evaluate.read_labelled(FOLDER))


def part(*, unseen: bool) -> list[Outcome]:
    return [item for item in outcomes() if (int(item.labelled.document.name[:2]) >= 51) is unseen]


def test_the_set_is_large_enough_and_in_three_languages() -> None:
    names = [item.labelled.document.name for item in outcomes()]
    assert len(names) == 57
    assert sum(len(item.labelled.labels) for item in outcomes()) == 652
    assert {language: sum(f"-{language}-" in name for name in names) for language in ("zh", "ru")} == {
        "zh": 10,
        "ru": 8,
    }


# what -> least precision and recall, in percent: of the documents the rules were made on, and of the unseen ones.
FLOORS = {
    "finding": ((97.1, 94.9), (93.0, 90.5)),
    "target": ((97.9, 85.6), (86.2, 67.5)),
    "accuser": ((93.3, 75.0), (87.5, 77.7)),
    "official": ((77.3, 85.2), (81.8, 90.0)),
    "commentator": ((95.8, 100), (66.6, 100)),
    "denial": ((86.1, 86.1), (0, 0)),
    "source": ((73.8, 79.4), (80.0, 80.0)),
    "bystander": ((58.5, 77.4), (16.6, 22.2)),
}


@pytest.mark.parametrize("unseen", [False, True], ids=["tuned", "unseen"])
@pytest.mark.parametrize("what", sorted(FLOORS))
def test_precision_and_recall_hold(what: str, unseen: bool) -> None:
    chosen = part(unseen=unseen)
    measure = evaluate.finding(chosen) if what == "finding" else evaluate.roles(chosen, what)
    precision, recall = FLOORS[what][unseen]
    assert measure.precision * 100 >= precision, measure
    assert measure.recall * 100 >= recall, measure


@pytest.mark.parametrize(("unseen", "floor"), [(False, 88.1), (True, 74.6)])
def test_the_share_of_right_roles_holds(unseen: bool, floor: float) -> None:
    assert evaluate.role_accuracy(part(unseen=unseen)) * 100 >= floor


def test_measures_count_what_is_right_wrong_and_missed() -> None:
    marked = evaluate.parse(
        "a.txt",
        "[[US Treasury|o:accuser]] sanctioned [[Acme Optics Ltd|o:target]] and [[Bolt Metals Ltd|o:bystander]].",
    )
    assert [(marked.document.text[a:b], kind, role) for a, b, kind, role in marked.labels] == [
        ("US Treasury", "organization", "accuser"),
        ("Acme Optics Ltd", "organization", "target"),
        ("Bolt Metals Ltd", "organization", "bystander"),
    ]
    outcome = evaluate.outcome(marked)
    assert evaluate.finding([outcome]) == Measure(3, 3, 3)
    assert evaluate.roles([outcome], "target") == Measure(1, 2, 1)
    assert evaluate.roles([outcome], "bystander") == Measure(0, 0, 1)
    assert evaluate.role_accuracy([outcome]) == pytest.approx(2 / 3)
    assert "a.txt: Bolt Metals Ltd (organization): marked bystander, found target" in evaluate.report(
        [outcome], errors=True
    )


@pytest.mark.parametrize("text", ["[[Acme|x:target]]", "[[Acme|o:villain]]", "[[Acme|o:target", "Acme]]"])
def test_a_broken_mark_is_an_error(text: str) -> None:
    with pytest.raises(DocumentError, match=r"a\.txt"):
        evaluate.parse("a.txt", text)
