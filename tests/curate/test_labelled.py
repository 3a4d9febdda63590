"""How well drafts find names and judge roles, on labelled documents. The floors are what was measured, in percent.

A floor may be raised and is never lowered. The rules were adjusted on documents 1-89 and not on 90-97; what each part
measured before the rules were adjusted on it stands in tests/cases/documents/README.md.
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


PARTS = {"1-50": (1, 50), "51-57": (51, 57), "58-89": (58, 89), "unseen": (90, 97)}


def part(name: str) -> list[Outcome]:
    first, last = PARTS[name]
    return [item for item in outcomes() if first <= int(item.labelled.document.name[:2]) <= last]


def test_the_set_is_large_enough_and_in_three_languages() -> None:
    names = [item.labelled.document.name for item in outcomes()]
    assert len(names) == 97
    assert sum(len(item.labelled.labels) for item in outcomes()) == 1168
    assert {language: sum(f"-{language}-" in name for name in names) for language in ("zh", "ru")} == {
        "zh": 16,
        "ru": 13,
    }


# part -> what -> least precision and recall, in percent.
FLOORS: dict[str, dict[str, tuple[float, float]]] = {
    "1-50": {
        "finding": (98.4, 97.0),
        "target": (98.2, 96.1),
        "accuser": (93.6, 78.5),
        "official": (78.6, 86.7),
        "commentator": (95.8, 100),
        "denial": (86.8, 91.6),
        "source": (83.7, 79.4),
        "bystander": (82.8, 81.6),
    },
    "51-57": {
        "finding": (94.5, 93.2),
        "target": (89.4, 91.8),
        "accuser": (100, 88.8),
        "official": (90.0, 90.0),
        "commentator": (66.6, 100),
        "denial": (50.0, 50.0),
        "source": (80.0, 80.0),
        "bystander": (57.1, 44.4),
    },
    "58-89": {
        "finding": (93.6, 95.9),
        "target": (89.1, 90.4),
        "accuser": (92.5, 82.2),
        "official": (72.2, 84.7),
        "commentator": (64.2, 81.8),
        "denial": (64.2, 60.0),
        "source": (82.3, 70.0),
        "bystander": (58.3, 65.1),
    },
    "unseen": {
        "finding": (86.9, 91.4),
        "target": (88.3, 81.5),
        "accuser": (66.6, 25.0),
        "official": (36.6, 73.3),
        "commentator": (75.0, 75.0),
        "denial": (100, 66.6),
        "source": (100, 100),
        "bystander": (40.0, 75.0),
    },
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("what", sorted(FLOORS["unseen"]))
def test_precision_and_recall_hold(what: str, name: str) -> None:
    chosen = part(name)
    measure = evaluate.finding(chosen) if what == "finding" else evaluate.roles(chosen, what)
    precision, recall = FLOORS[name][what]
    assert measure.precision * 100 >= precision, measure
    assert measure.recall * 100 >= recall, measure


@pytest.mark.parametrize(
    ("name", "floor"), [("1-50", 93.0), ("51-57", 89.8), ("58-89", 87.2), ("unseen", 79.4)]
)
def test_the_share_of_right_roles_holds(name: str, floor: float) -> None:
    assert evaluate.role_accuracy(part(name)) * 100 >= floor


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
