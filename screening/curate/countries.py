"""The country of a party, where the document says it: a place in its name or beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

import yaml

from screening.curate import lexicon
from screening.curate.party import Found, Party
from screening.names.words import split_words


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Places in their comparison form -> ISO 3166-1 alpha-2."""
    file = resources.files("screening.names") / "data" / "places.yml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, str] = {}
    for entry in yaml.load(file.read_bytes(), Loader=loader)["places"]:  # noqa: S506 (a subclass of SafeLoader)
        code = entry.get("country")
        if not code:
            continue
        for key, value in entry.items():
            if key in ("kind", "country"):
                continue
            for text in value if isinstance(value, list) else [value]:
                found.setdefault(" ".join(split_words(str(text).casefold())), str(code))
    return found


def code_of(place: str) -> str | None:
    """The country of a place, its people or its adjective; None where it is none or spans several."""
    return _codes().get(" ".join(split_words(place.casefold())))


_BASED = re.compile(
    r"(?P<place>[A-Z][\w]+(?: [A-Z]\w+)?)-(?:based|registered|headquartered|owned|flagged)\s+(?:[\w’-]+ ){0,4}[“\"]?$"
)
_NATION = re.compile(
    r"\b(?P<place>[A-Z][\w.]+) (?:[a-z’-]+ ){0,2}(?P<noun>[a-z-]+)(?:,| —| –|:)?"
    r"(?: (?:including|such as|called|named|like|namely|and))?,? (?:the )?[“\"]?$"
)
_IN = re.compile(
    r"(?:\s?\([^)]{0,60}\))?(?:,| is| was)?(?: an?| the)?(?: [\w-]+){0,4}"
    r" (?:in|of|based in|from|registered in|headquartered in|incorporated in) (?:the )?(?P<place>[A-Z]\w+(?: [A-Z]\w+)?)"
)
_COMMA = re.compile(r", (?P<place>[A-Z]\w+(?: [A-Z]\w+)?)(?=[,;.)])")


def of_party(text: str, party: Party, found: Found) -> Iterator[str]:
    """The countries that a document gives a party; at most one."""
    if party.kind == "organization" and (code := _in_name(party.name)):
        yield code
        return
    if party.kind not in ("organization", "unknown"):
        return
    for index, mention in party.mentions:
        sentence = found.sentences[index]
        before = text[max(sentence.start, mention.start - 80) : mention.start]
        after = text[mention.end : min(sentence.end, mention.end + 90)]
        for pattern, part in ((_BASED, before), (_NATION, before)):
            match = pattern.search(part)
            if match and (pattern is _BASED or match["noun"] in lexicon.words("company_nouns")):
                code = code_of(match["place"])
                if code:
                    yield code
                    return
        for pattern in (_IN, _COMMA):
            match = pattern.match(after)
            if match and (code := code_of(match["place"])):
                yield code
                return


def _in_name(name: str) -> str | None:
    words = re.findall(r"[^\W_]+", name)
    for size in (3, 2, 1):
        for at in range(len(words) - size + 1):
            phrase = " ".join(words[at : at + size])
            if lexicon.is_place(phrase) and (code := code_of(phrase)):
                return code
    return None
