"""The words of data/roles.yml as patterns, and what they say of a sentence or a document as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from screening.curate import lexicon
from screening.model import Stance

# Names stand in a sentence as one private-use character each: parties in the first block, places in the second.
PARTY, PLACE = 0xE000, 0xF000
BLOCK = 0x0800
PRIVATE = re.compile("[\ue000-\uf8ff]")
A_PARTY, A_PLACE = "[\ue000-\ue7ff]", "[\uf000-\uf7ff]"


class Pattern(NamedTuple):
    """A pattern of data/roles.yml; its head explains the fields."""

    what: str
    stance: Stance | None
    regex: re.Pattern[str]
    why: str
    context: bool
    plain: bool


class Rules(NamedTuple):
    """All patterns of a language, and the words that stand below them in data/roles.yml."""

    patterns: tuple[Pattern, ...]
    context: re.Pattern[str]
    negation: re.Pattern[str]
    hedges: re.Pattern[str]
    excused: re.Pattern[str]
    accuses: re.Pattern[str]


@lru_cache(maxsize=4)
def rules_of(language: str) -> Rules:
    """The rules of a language: zh, ru or en."""
    raw = lexicon.data("roles")
    spaced = language != "zh"
    verbs = {name: _alternatives(forms, language) for name, forms in raw["verbs"].get(language, {}).items()}
    compiled = tuple(
        Pattern(
            what=str(entry["role"]),
            stance=entry.get("stance"),
            regex=re.compile(_expand(str(entry["find"]), verbs, language), re.IGNORECASE),
            why=str(entry["why"]),
            context=bool(entry.get("context")),
            plain=bool(entry.get("plain")),
        )
        for entry in raw["patterns"].get(language, ())
    )

    def choice(key: str) -> re.Pattern[str]:
        parts = str(raw[key].get(language, "$^"))
        bounded = rf"(?<!\w)(?:{parts})" if spaced and key != "context" else rf"(?:{parts})"
        closed = rf"{bounded}(?!\w)" if language == "en" and key != "context" else bounded
        return re.compile(re.sub(r"\|\s+", "|", closed), re.IGNORECASE)

    return Rules(
        compiled,
        choice("context"),
        choice("negation"),
        choice("hedges"),
        choice("excused"),
        choice("accuses"),
    )


def _alternatives(forms: Sequence[str], language: str) -> str:
    longest = "|".join(sorted((str(f) for f in forms), key=len, reverse=True))
    if language == "en":
        return rf"\b(?:{longest})\b(?!-)"  # no verb is meant in "export-control"
    return rf"\b(?:{longest})\w*" if language == "ru" else rf"(?:{longest})"


_SAID = {
    "en": r"\b(?:said|says|told|that|whose|while|because|when|where|whether|added|according)\b",
    "ru": r"\b(?:что|заявил\w*|сообщил\w*|сказал\w*|котор\w+|чтобы|пока|когда)\b",
    "zh": r"(?:称|表示|说|指出|。|；|认为)",
}


def _expand(find: str, verbs: dict[str, str], language: str) -> str:
    """A pattern of the YAML as a regular expression."""
    said = _SAID[language]
    relative = {"en": r"(?:,? (?:which|who|that)\b)?", "ru": r"(?:, котор\w+)?"}.get(language, "")
    gap = rf"{relative}(?:(?!{said})[^.;:?!。；：\ue000-\ue7ff]){{0,90}}?"
    short = r"(?:(?!" + said + r")[^.;:?!\ue000-\ue7ff。；]){0,28}?"
    aux = (
        r"\W{0,3}(?:which |who |that )?(?:was|were|is|are|has been|have been|had been|has also been|will be|being|got)"
        r"(?: (?:also|been|be|being|already|since|recently|\w+ly|themselves|itself|later|first|put))* "
    )
    for name, expression in verbs.items():
        find = find.replace(f"{{{name}}}", expression)
    anyone = f"(?:{A_PARTY}|{A_PLACE})"
    for name in "TDS":
        find = find.replace(f"<{name}>", f"(?P<{name}>{A_PARTY})")
    return (
        find.replace("<A>", f"(?P<A>{anyone})")
        .replace("<P>", anyone)
        .replace("<gap>", gap)
        .replace("<short>", short)
        .replace("<any>", r"(?:(?!according)[^.;:?!。；：]){0,140}?")
        .replace("<aux>", aux)
    )


def is_hedged(words: str) -> bool:
    """Whether words leave in doubt what they say ("likely to", "предположительно")."""
    return rules_of(language(words)).hedges.search(words) is not None


def is_excused(words: str) -> bool:
    """Whether words say that somebody is not accused, or knew nothing."""
    return rules_of(language(words)).excused.search(words) is not None


def accuses(text: str) -> bool:
    """Whether a document speaks of forbidden deeds at all: charges, sanctions, smuggling."""
    return rules_of(language(text)).accuses.search(text) is not None


def language(sentence: str) -> str:
    """The language by its script: zh, ru or en."""
    han = sum("\u4e00" <= c <= "\u9fff" for c in sentence)
    cyrillic = sum("\u0400" <= c <= "\u04ff" for c in sentence)
    if han * 3 > len(sentence.replace(" ", "")):
        return "zh"
    return "ru" if cyrillic * 3 > len(sentence) else "en"
