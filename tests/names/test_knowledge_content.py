"""The organisational knowledge says what it must: forms, words, places and numbers, and nothing twice."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
import yaml

from screening.names.knowledge import is_unspaced, simplified
from screening.names.words import split_words

DATA = resources.files("screening.names") / "data"


def _load(name: str) -> dict[str, Any]:
    data = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def _key(written: str) -> str:
    text = written.strip().casefold()
    return simplified(text).replace(" ", "") if is_unspaced(text) else " ".join(split_words(text))


def _legal() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in _load("legal_forms.yml")["forms"]:
        classes = {entry["class"]} if isinstance(entry["class"], str) else set(entry["class"])
        for written in entry["written"]:
            found.setdefault(_key(written), set()).update(classes)
    return found


def _by_surface(file: str, list_name: str, head: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _load(file)[list_name]:
        values = [v for k, v in entry.items() if k not in ("kind", "country", "note")]
        for value in values:
            for written in [value] if isinstance(value, str) else value:
                found.setdefault(_key(str(written)), entry[head])
    return found


LEGAL = _legal()
WORDS = _by_surface("company_words.yml", "words", "word")
PLACES = _by_surface("places.yml", "places", "place")


@pytest.mark.parametrize(
    ("written", "legal_class"),
    [
        ("有限公司", "LLC"),
        ("有限责任公司", "LLC"),
        ("有限責任公司", "LLC"),
        ("股份有限公司", "JSC"),
        ("集团", "GROUP"),
        ("集團", "GROUP"),
        ("ООО", "LLC"),
        ("OOO", "LLC"),
        ("Obshchestvo s ogranichennoy otvetstvennostyu", "LLC"),
        ("АО", "JSC"),
        ("ПАО", "PLC"),
        ("ЗАО", "JSC"),
        ("ОАО", "JSC"),
        ("ФГУП", "STATE"),
        ("Federal State Unitary Enterprise", "STATE"),
        ("НПО", "RESEARCH"),
        ("ТОО", "LLC"),
        ("ТОВ", "LLC"),
        ("株式会社", "JSC"),
        ("주식회사", "JSC"),
        ("GmbH", "LLC"),
        ("G.m.b.H.", "LLC"),
        ("S.A. de C.V.", "JSC"),
        ("Sdn. Bhd.", "LLC"),
        ("FZE", "LLC"),
        ("(Pvt) Ltd", "LLC"),
        ("San. ve Tic. A.Ş.", "JSC"),
        ("Ltd. Sti.", "LLC"),
        ("ش.م.م", "LLC"),
        ("سهامی خاص", "JSC"),
        ('בע"מ', "LLC"),
        ("บริษัท จำกัด", "LLC"),
        ("Công ty TNHH", "LLC"),
        ("PT Tbk", "PLC"),
        ("S.p.A.", "JSC"),
    ],
)
def test_legal_form_has_its_class(written: str, legal_class: str) -> None:
    assert legal_class in LEGAL[_key(written)]


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("科技", "technology"),
        ("技術", "technology"),
        ("光电", "optoelectronic"),
        ("機床", "machine tool"),
        ("станкостроительный", "machine tool"),
        ("进出口", "import export"),
        ("вертолетный", "helicopter"),
        ("Mfg", "manufacturing"),
        ("Int'l", "international"),
        ("Rsch", "research"),
        ("Inst", "institute"),
        ("Dept", "department"),
        ("Bros", "brothers"),
        ("НИИ", "research institute"),
        ("завод", "plant"),
        ("کشتیرانی", "shipping"),
        ("Sanaye", "industry"),
        ("النفط", "oil"),
        ("savunma", "defence"),
        ("muyok", "trading"),
        ("وزارت", "ministry"),
        ("цинковый", "zinc"),
    ],
)
def test_company_word_has_its_headword(written: str, word: str) -> None:
    assert WORDS[_key(written)] == word


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("武汉", "Wuhan"),
        ("Peking", "Beijing"),
        ("哈爾濱", "Harbin"),
        ("Российский", "Russia"),
        ("Iranian", "Iran"),
        ("تهران", "Tehran"),
        ("평양", "Pyongyang"),
        ("Крым", "Crimea"),
        ("Kiev", "Kyiv"),
        ("Ковров", "Kovrov"),
        ("دبي", "Dubai"),
        ("Allemagne", "Germany"),
    ],
)
def test_place_has_its_english_name(written: str, place: str) -> None:
    assert PLACES[_key(written)] == place


def test_metals_are_told_apart() -> None:
    heads = {WORDS[_key(w)] for w in ("copper", "zinc", "nickel", "gold", "silver", "steel", "aluminium")}
    assert len(heads) == 7


def test_breadth() -> None:
    forms = _load("legal_forms.yml")["forms"]
    countries = {c for entry in forms for c in entry["countries"]}
    chinese_cities = [
        e
        for e in _load("places.yml")["places"]
        if e.get("country") == "CN" and e["kind"] in ("city", "province")
    ]
    assert (len(forms) >= 250, len(countries) >= 70, len(chinese_cities) >= 330) == (True, True, True)
    assert all(c == "EU" or len(c) == 2 for c in countries)


@pytest.mark.parametrize(
    ("file", "list_name", "head"),
    [
        ("company_words.yml", "words", "word"),
        ("places.yml", "places", "place"),
        ("legal_forms.yml", "forms", "form"),
    ],
)
def test_each_head_stands_once(file: str, list_name: str, head: str) -> None:
    heads = [_key(entry[head]) for entry in _load(file)[list_name]]
    if list_name == "forms":
        heads = [str(entry[head]) for entry in _load(file)[list_name]]
    assert sorted(heads) == sorted(set(heads))


def test_a_number_word_has_one_value() -> None:
    seen: dict[str, str] = {}
    for entry in _load("numbers.yml")["numbers"]:
        assert entry["value"].isdigit()
        for words in entry["words"].values():
            for word in words:
                assert seen.setdefault(_key(str(word)), entry["value"]) == entry["value"], word
    assert (seen["xxx"], seen["twenty one"], seen["2nd"], seen["二"]) == ("30", "21", "2", "2")
    assert not {"i", "v", "x", "l"} & set(seen)
