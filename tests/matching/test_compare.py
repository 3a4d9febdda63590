"""compare() and its explanation: what agrees, what does not, what was undone."""

from __future__ import annotations

import pytest

import screening
from screening.matching.compare import compare
from screening.model import Comparison, EntityType, Step


def _notes(found: Comparison) -> str:
    return " / ".join(step.text for step in found.explanation if step.kind == "note")


def _aligned(found: Comparison) -> dict[str, Step]:
    return {step.left: step for step in found.explanation if step.kind == "aligned"}


def test_the_example_of_the_documentation() -> None:
    found = screening.compare(
        "Hikvision Digital", "Hangzhou Hikvision Digital Technology Co., Ltd.", kind="organization"
    )
    assert found.score >= 80
    aligned = _aligned(found)
    assert (aligned["hikvision"].right, aligned["hikvision"].relation) == ("hikvision", "equal")
    assert aligned["digital"].relation == "equal"
    alone = {step.right for step in found.explanation if step.kind == "unaligned"}
    assert alone == {"hangzhou", "technology", "co ltd"}
    assert found == compare("Hikvision Digital", "Hangzhou Hikvision Digital Technology Co., Ltd.")


def test_weights_of_a_name_add_up() -> None:
    found = compare("Kometa Shipping Ltd", "Kometa Shipping Ltd")
    assert sum(step.weight for step in found.explanation) == pytest.approx(1.0, abs=0.01)
    assert all(0 <= step.similarity <= 1 for step in found.explanation)


@pytest.mark.parametrize(
    ("hidden", "plain", "said"),
    [
        ("Нikvisiоn", "Hikvision", "look-alike letters undone"),
        ("Ｈｉｋｖｉｓｉｏｎ", "Hikvision", "full-width"),
        ("Hik\u200bvi\u200dsion", "Hikvision", "invisible"),
        ("H I K V I S I O N", "Hikvision", "spaced-out letters joined"),
    ],
    ids=["homoglyphs", "full width", "zero width", "spaced letters"],
)
def test_what_was_undone_is_said(hidden: str, plain: str, said: str) -> None:
    found = compare(hidden, plain)
    assert found.score >= 95
    assert said in _notes(found).lower()
    assert not _notes(compare(plain, plain))


def test_digits_for_letters_are_said() -> None:
    found = compare("H1KV1S10N", "Hikvision")
    assert found.score >= 90
    assert [step.relation for step in found.explanation if step.kind == "aligned"] == ["look-alike digits"]


@pytest.mark.parametrize(
    ("kind", "a", "b", "relations"),
    [
        ("organization", "武汉高芯科技有限公司", "Wuhan Gaoxin Technology Co Ltd",
         {"transliteration", "translation", "legal form"}),
        ("organization", "杭州海康威視數字技術股份有限公司", "杭州海康威视数字技术股份有限公司", {"equal"}),
        ("organization", "大连机床集团", "Dalian Machine Tool Group", {"transliteration", "translation"}),
        ("organization", "ООО Северный Ветер", "Severny Veter LLC", {"legal form"}),
        ("organization", "شركة النور للتجارة", "Al Noor Trading Company", {"translation"}),
        ("organization", "한빛전자 주식회사", "Hanbit Electronics Co Ltd", {"translation"}),
        ("person", "Владимир Петров", "Vladimir Petrov", {"transliteration"}),
        ("person", "محمد حسن", "Mohammad Hassan", {"name variant"}),
        ("person", "דוד לוי", "David Levi", set()),
        ("person", "Γιώργος Δημητρίου", "Giorgos Dimitriou", set()),
        ("person", "გიორგი ბერიძე", "Giorgi Beridze", {"transliteration"}),
        ("person", "Արմեն Սարգսյան", "Armen Sargsyan", {"transliteration"}),
        ("person", "राजेश कुमार शर्मा", "Rajesh Kumar Sharma", {"transliteration"}),
        ("vessel", "СЕВЕРНАЯ ЗВЕЗДА", "Severnaya Zvezda", {"transliteration"}),
    ],
    ids=["zh brand", "zh traditional", "zh translated", "ru", "ar", "ko", "ru person", "ar person", "he", "el",
         "ka", "hy", "hi", "ru vessel"],
)  # fmt: skip
def test_scripts(kind: EntityType, a: str, b: str, relations: set[str]) -> None:
    found = compare(a, b, kind=kind)
    assert found.score >= 80
    assert relations <= {step.relation for step in found.explanation if step.kind == "aligned"}


@pytest.mark.parametrize(
    ("kind", "a", "b", "rule"),
    [
        ("organization", "Northgate Fund II", "Northgate Fund III", "numbers-differ"),
        ("organization", "61st Marine Brigade", "62nd Marine Brigade", "numbers-differ"),
        ("organization", "Wuhan Trading Co", "Wuhan Shipping Co", "only-generic-words-agree"),
        ("organization", "Delta Orlan Plant", "Delta Kosmos Plant", "both-sides-differ"),
        ("person", "Viktor Petrov", "Vladimir Petrov", "both-sides-differ"),
    ],
)
def test_a_rule_says_why_a_score_is_low(kind: EntityType, a: str, b: str, rule: str) -> None:
    found = compare(a, b, kind=kind)
    rules = {step.relation: step for step in found.explanation if step.kind == "rule"}
    assert rule in rules
    assert rules[rule].effect < 0
    assert found.score < 80


@pytest.mark.parametrize("kind", ["person", "organization", "vessel", "aircraft"])
@pytest.mark.parametrize("empty", ["", " ", "...", "\u200b", "-"])
def test_a_name_without_words_scores_nothing(kind: EntityType, empty: str) -> None:
    assert compare(empty, "Hikvision", kind=kind).score == 0
    assert compare("Hikvision", empty, kind=kind).score == 0
    assert compare(empty, empty, kind=kind).score == 0


def test_legal_forms_are_no_distinctive_words() -> None:
    """Different ones alone never raise the rule on words that only one name has."""
    found = compare("Kometa Orlan LLC", "Kometa Orlan JSC")
    assert "both-sides-differ" not in {step.relation for step in found.explanation}
