"""A raw name becomes the words it is compared by: order, articles, syllables, inflections, marks of no meaning."""

from __future__ import annotations

import pytest

from screening.names.prepare import FILLER, GENERIC, KIND_NAMES, NUMBER, PLACE, WORD, Preparer

PREPARER = Preparer()


def texts(name: str, mode: str = "other") -> list[str]:
    return [t.text for t in PREPARER.prepare(name, "person" if mode == "person" else "other").tokens]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IVANOV, Pyotr", ["pyotr", "ivanov"]),
        ("IVANOV, Pyotr, Jr.", ["pyotr", "jr", "ivanov"]),
        ("IVANOV, Jr.", ["ivanov", "jr"]),
        ("Pyotr Ivanov", ["pyotr", "ivanov"]),
        ("WANG, Xiaoming", ["xiao", "ming", "wang"]),
        ("Xiaoming Wang", ["xiao", "ming", "wang"]),
        ("王小明", ["wang", "xiao", "ming"]),
        ("Anna Li", ["anna", "li"]),  # a known name is no pair of syllables
        ("Hassan Nasr Allah", ["hassan", "nasrallah"]),
        ("Abu Bakar Salim", ["abubakr", "salim"]),
        ("Salem Alkhatib", ["salem", "al", "khatib"]),
        ("Albert Kahn", ["albert", "kahn"]),
    ],
)
def test_people(name: str, expected: list[str]) -> None:
    assert texts(name, "person") == expected


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("Al Noor Trading", ["al"]),
        ("Ar-Rahma Welfare Trust", ["ar"]),
        ("As-Safa Bank", ["as"]),
        ("AS Merko", []),  # a legal form, as the letters that follow are others
        ("M/V Ocean Star", ["mv"]),
        ("т/х Адлер", ["tkh"]),
        ("MV Ocean Star Ltd", []),  # a company may be named so
        ("Plant No. 5", ["no"]),
        ("НПП Исток имени Шокина", ["imeni"]),
    ],
)
def test_small_words(name: str, small: list[str]) -> None:
    tokens = PREPARER.prepare(name, "other").tokens
    assert [t.text for t in tokens if t.kind == FILLER] == small


@pytest.mark.parametrize(
    ("name", "meaning", "kind"),
    [
        ("российской", "russia", PLACE),
        ("Уральского", "ural", PLACE),
        ("танковая", "tank", GENERIC),
        ("оптическими", "", WORD),  # an ending that is not tried is no word of the knowledge
        ("Railways", "railway", GENERIC),
        ("التجارة", "trading", GENERIC),
        ("للتجارة", "trading", GENERIC),
    ],
)
def test_inflected_words(name: str, meaning: str, kind: int) -> None:
    [token] = PREPARER.prepare(name, "other").tokens
    assert KIND_NAMES[token.kind] == KIND_NAMES[kind]
    if meaning:
        assert token.canon == meaning


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Казанский вертолётный завод", {"kazan", "helicopter", "plant"}),
        ("Министерство обороны", {"ministry", "defence"}),
        ("Commercial Bank", {"trading", "bank"}),
    ],
)
def test_a_phrase_says_all_its_words(name: str, expected: set[str]) -> None:
    assert {t.canon for t in PREPARER.prepare(name, "other").tokens} == expected


def test_letters_and_a_long_number_are_two_words() -> None:
    [letters, number] = PREPARER.prepare("RA02791", "other").tokens
    assert (letters.text, number.text, number.kind) == ("ra", "2791", NUMBER)


@pytest.mark.parametrize(
    ("a", "b"),
    [("志", "chi"), ("明", "ming"), ("恩", "un"), ("惠", "hye"), ("强", "keung"), ("东", "tung")],
)
def test_a_character_stands_for_each_of_its_readings(a: str, b: str) -> None:
    names = PREPARER.knowledge.names
    assert set(names[a]) & set(names[b])


def test_two_readings_of_one_character_are_not_one_name() -> None:
    names = PREPARER.knowledge.names
    assert not {c for c in set(names["zheng"]) & set(names["jong"]) if c.startswith("han:")}
