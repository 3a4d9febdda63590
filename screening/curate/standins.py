"""Where a text means a party without naming it in full: headlines, "the company", "it", an IMO number."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

from screening.curate import lexicon, patterns
from screening.curate.document import Sentence
from screening.curate.mentions import Mention
from screening.curate.party import Party


def common(name: str) -> bool:
    """Whether a word in brackets or alone is no name: a place, a number, a plain noun."""
    low = name.casefold()
    if (
        low in ("本公司", "公司", "我司")
        or lexicon.is_place(name)
        or low in lexicon.words("function_words")
        or low in lexicon.words("common_nouns")
    ):
        return True
    return re.fullmatch(r"\d+|[A-Z]", name) is not None or low.startswith(("imo", "hs ", "part "))


def in_headlines(text: str, sentences: Sequence[Sentence], parties: list[Party]) -> None:
    """Names of parties where capitals say nothing, and short forms that open a sentence."""
    taken = sorted((m.start, m.end) for p in parties for _, m in p.mentions)
    starts = [sentence.start for sentence in sentences]
    for party in parties:
        if party.kind == "unknown" or party.body == "authority":
            continue
        names = {m.text for _, m in party.mentions if m.text[:1].isupper() or not m.text.isascii()} | set(
            party.aliases
        )
        names |= {inner[1] for name in names if (inner := re.search(r"«([^«»]{3,})»$", name))}
        for name in sorted(names, key=lambda n: (-len(n), n)):
            if len(name) < 3 or common(name):
                continue
            at = text.find(name)
            while at >= 0:
                end = at + len(name)
                whole_word = not name.isascii() or (
                    (not text[at - 1 : at].isalnum() if at else True) and not text[end : end + 1].isalnum()
                )
                index = bisect_right(starts, at) - 1
                if whole_word and index >= 0 and end <= sentences[index].end and _free(taken, at, end):
                    party.mentions.append(
                        (index, Mention(at, end, name, party.kind, "a name of a party found elsewhere"))
                    )
                    insort(taken, (at, end))
                at = text.find(name, end)


def _free(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a span shares no character with spans that are sorted and apart from one another."""
    after = bisect_left(taken, (start, start))
    return (after == len(taken) or taken[after][0] >= end) and (after == 0 or taken[after - 1][1] <= start)


_GENERIC = re.compile(
    r"\b[Tt]he (?P<noun>company|firm|bank|institute|university|manufacturer|supplier"
    r"|trader|chipmaker|exporter|group|business"
    r"|vessel|tanker|ship)\b(?![’'\w-])(?! (?:of|in|for|that|which|called|named)\b)"
    r"|(?P<han>该公司|该企业|该集团|该行|该轮|该船|本公司)|(?P<cyr>\b(?:[Кк]омпания|[Пп]редприятие|[Фф]ирма)\b)(?! «)"
)


def generic(text: str, sentences: Sequence[Sentence], parties: list[Party]) -> None:
    """ "The company" is the company last named, in the same sentence or one of the two before."""
    named = sorted(
        (
            (mention.start, index, party)
            for party in parties
            for index, mention in party.mentions
            if party.kind in ("organization", "vessel")
            and party.body not in ("authority", "embassy", "media")
        ),
        key=lambda item: item[:2],
    )
    taken = sorted((m.start, m.end) for p in parties for _, m in p.mentions)
    places = [(index, at) for at, index, _ in named]
    for index, sentence in enumerate(sentences):
        _pronoun(text, index, sentence, named)
        for match in _GENERIC.finditer(text, sentence.start, sentence.end):
            if not _free(taken, match.start(), match.end()):
                continue
            ship = match["noun"] in ("vessel", "tanker", "ship") or match["han"] in ("该轮", "该船")
            before = [
                p
                for at, _, p in named[bisect_left(places, (index - 2, 0)) :]
                if at < match.start() and (p.kind == "vessel") == ship
            ]
            if text[match.end() : match.end() + 1].isalpha() and match["noun"]:
                continue
            if before and not re.match(r" [A-Z«“\"]", text[match.end() : match.end() + 2]):
                before[-1].mentions.append(
                    (
                        index,
                        Mention(
                            match.start(),
                            match.end(),
                            match[0],
                            before[-1].kind,
                            "stands for the party last named",
                        ),
                    )
                )


_IT = re.compile(
    r"It (?=(?:also |then |later )?(?:has|had|is|was|supplie[sd]|sold|sells|shipped|exported|provide[sd])\b)"
)


def _pronoun(text: str, index: int, sentence: Sentence, named: Sequence[tuple[int, int, Party]]) -> None:
    """ "It" at the head of a sentence is the company that the sentence before it begins with."""
    match = _IT.match(text, sentence.start)
    if match is None:
        return
    before = [(at, party) for at, i, party in named if i == index - 1]
    if not before:
        return
    at, party = before[0]
    if re.fullmatch(
        r"(?:.*[.!?]\s+|.*\n\s*|\W*)(?:\(?\d+[.)] ?)?(?:The )?", text[max(0, at - 30) : at], re.DOTALL
    ):
        party.mentions.append(
            (
                index,
                Mention(
                    match.start(), match.start() + 2, "It", party.kind, "stands for the party last named"
                ),
            )
        )


def imo_numbers(text: str, index: int, sentence: Sentence, parties: list[Party]) -> None:
    """Give the IMO numbers of a sentence to the ships that it names before them."""
    for at, number in patterns.imo_numbers(text, sentence.start, sentence.end):
        ships = [
            (m.start, p)
            for p in parties
            if p.kind == "vessel"
            for i, m in p.mentions
            if i == index and m.start < at
        ]
        if ships:
            owner = max(ships, key=lambda item: item[0])[1]
            owner.imo = owner.imo or number
