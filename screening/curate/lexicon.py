"""The word lists of this package, read once. The YAML in data/ is for people to review."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from screening.names import knowledge
from screening.names.knowledge import Known
from screening.names.words import split_words

# Words that the knowledge takes for places or company words and that running text uses otherwise.
_PLAIN = frozenset(["the", "of", "and", "in", "on", "at", "to", "for", "a", "an"])


@lru_cache(maxsize=16)
def data(name: str) -> Any:
    """The content of data/NAME.yml."""
    file = resources.files("screening.curate") / "data" / f"{name}.yml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_bytes(), Loader=loader)  # noqa: S506 (a subclass of SafeLoader)


@lru_cache(maxsize=64)
def words(key: str) -> frozenset[str]:
    """A list of data/words.yml: phrases in lower case. Separated by commas, or by blanks where it has none."""
    text = str(data("words")[key])
    parts = text.split(",") if "," in text else text.split()
    return frozenset(" ".join(part.split()) for part in parts if part.strip())


@lru_cache(maxsize=8)
def titles(key: str) -> frozenset[str]:
    """Offices, commentators or callings in all languages."""
    return words(key) | {str(word) for name in ("han", "russian") for word in data(name)[key]}


@lru_cache(maxsize=65536)
def phrase(text: str) -> Known | None:
    """What the knowledge of names says of a phrase in running text: legal form, company word or place."""
    split = split_words(text.casefold())
    if not split or text.casefold() in _PLAIN:
        return None
    return knowledge.load().phrases.get(" ".join(split))


@lru_cache(maxsize=65536)
def name_classes(word: str) -> tuple[str, ...]:
    """The classes of people's names ("given:john", "family:李") that one word belongs to."""
    key = "".join(split_words(word.casefold()))
    return knowledge.load().names.get(key, ())


def is_given(word: str) -> bool:
    """Whether a word is a given name or a short form of one."""
    return any(name.startswith(("given:", "nick:")) for name in name_classes(word))


def is_family(word: str) -> bool:
    """Whether a word is a known family name."""
    return any(name.startswith("family:") for name in name_classes(word))


def is_place(text: str) -> bool:
    """Whether a phrase is a place, its people or its adjective."""
    known = phrase(text)
    return known is not None and known.kind == "place"


def is_company_word(text: str) -> bool:
    """Whether a phrase says what a company or body does or is; group and holding count."""
    known = phrase(text)
    return known is not None and (known.kind == "word" or is_size(known))


def is_size(known: Known) -> bool:
    """Group, holding, company: legal words that names of no legal form have too."""
    return known.kind == "legal" and known.words[0] in ("GROUP", "HOLDING", "COMPANY", "RESEARCH", "BRANCH")


def is_legal_form(text: str) -> bool:
    """Whether a phrase is a legal form that makes any name before it an organisation's."""
    known = phrase(text)
    return known is not None and known.kind == "legal"


# Lists of words.yml that a firm's name is not made of.
_NO_NAMES = (
    "function_words",
    "common_nouns",
    "things",
    "offices",
    "authority_words",
    "states",
    "state_words",
)


def like_a_name(text: str) -> bool:
    """Whether capitalised words of which no kind is known can be a firm's name: several, none of them plain."""
    parts = text.casefold().split()
    plain = any(part in words(key) or is_place(part) for key in _NO_NAMES for part in parts)
    return 1 < len(parts) < 5 and not plain and not text.isupper()
