"""Mentions of one party joined through a document: full names, short forms, acronyms, "the company"."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from screening.curate import english, han, lexicon, patterns, russian
from screening.curate.document import Document, Sentence
from screening.curate.mentions import Body, Kind, Mention
from screening.names.words import split_words

PARTY_KINDS = ("organization", "person", "vessel", "aircraft", "unknown")


@dataclass
class Party:
    """Someone or something with a name. mentions: (index of the sentence, mention), in the order of the text.

    aliases: other names that the document itself gives, such as an acronym in brackets.
    """

    kind: Kind
    name: str
    mentions: list[tuple[int, Mention]] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    body: Body = ""
    office: str = ""
    imo: str = ""

    @property
    def first(self) -> int:
        """Where the party is first named."""
        return min(mention.start for _, mention in self.mentions)


@dataclass(frozen=True)
class Found:
    """All that was found. loose: mentions that are no parties (goods, places, programmes), by sentence."""

    sentences: tuple[Sentence, ...]
    parties: tuple[Party, ...]
    loose: tuple[tuple[int, Mention], ...]


def find(
    document: Document,
    sentences: Sequence[Sentence],
    known: Iterable[str] = (),
    spotted: Iterable[tuple[int, Mention]] = (),
) -> Found:
    """Every mention of a document, joined to parties.

    known: names of listed parties in scripts without capitals or spaces, which are sought as they stand.
    spotted: (index of the sentence, mention) of a language model; they count where the rules say nothing.
    """
    text = document.text
    by_sentence = english.find(document, sentences)
    for index, sentence in enumerate(sentences):
        found = by_sentence[index]
        found += patterns.find(text, sentence.start, sentence.end)
        found += russian.find(text, sentence.start, sentence.end)
    for index, more in enumerate(han.find(text, sentences, known)):
        by_sentence[index] += more
    for found in by_sentence:
        _listed_beside(text, found)
        _people_of(text, found)
    russian.add_surnames(text, sentences, by_sentence)
    from_model = frozenset(_spotted(by_sentence, spotted))
    flat = [(i, m) for i, found in enumerate(by_sentence) for m in _without_overlaps(found)]
    parties, open_mentions = _strong(text, flat, from_model)
    _resolve(text, parties, open_mentions, from_model)
    parties = _merged(parties)
    _in_headlines(text, sentences, parties)
    _generic(text, sentences, parties)
    for index, sentence in enumerate(sentences):
        _numbers(text, index, sentence, parties)
    loose = tuple((i, m) for i, m in flat if m.kind not in PARTY_KINDS)
    for party in parties:
        party.mentions.sort(key=lambda item: item[1].start)
    return Found(tuple(sentences), tuple(sorted(parties, key=lambda p: p.first)), loose)


_BESIDE = re.compile(r"\.?,? (?:and|or) (?:the )?|\.?, (?:the )?|; (?:and )?(?:the )?")


def _listed_beside(text: str, found: list[Mention]) -> None:
    """Names of several words that stand in one list with an organisation are organisations too."""
    for step in (1, -1):  # from an organisation onwards, then back
        ordered = sorted(m for m in found if m.kind in ("organization", "unknown"))[::step]
        for at in range(1, len(ordered)):
            known, other = ordered[at - 1], ordered[at]
            left, right = sorted((known, other))
            if (
                known.kind == "organization"
                and not known.body
                and other.kind == "unknown"
                and " " in other.text
                and _BESIDE.fullmatch(text, left.end, right.start)
            ):
                ordered[at] = other._replace(kind="organization", rule="in a list of organisations")
                found[found.index(other)] = ordered[at]


def _people_of(text: str, found: list[Mention]) -> None:
    """Two or three words before "of" and an organisation are a person: "Emre Aksoy of Bosphorus Marin"."""
    firms = [m for m in found if m.kind == "organization"]
    for at, mention in enumerate(found):
        if mention.kind == "unknown" and 1 < len(mention.text.split()) < 4:
            gap = re.match(r",? (?:of|from) (?:the )?", text[mention.end : mention.end + 12])
            behind = mention.end + gap.end() if gap else -1
            if any(firm.start == behind for firm in firms):
                found[at] = mention._replace(kind="person", rule="of an organisation")


def _spotted(by_sentence: list[list[Mention]], spotted: Iterable[tuple[int, Mention]]) -> Iterator[Mention]:
    """Add a model's mentions where the rules found none, and its kind where they found capitals alone; those added."""
    for index, mention in spotted:
        found = by_sentence[index]
        shared = [m for m in found if m.start < mention.end and mention.start < m.end]
        if [(m.kind, m.start, m.end) for m in shared] == [("unknown", mention.start, mention.end)]:
            found.remove(shared[0])
        elif shared:
            continue
        found.append(mention)
        yield mention


_RANK: dict[str, int] = {
    "vessel": 0,
    "programme": 1,
    "organization": 2,
    "person": 2,
    "unknown": 4,
    "place": 5,
    "goods": 6,
}


def _without_overlaps(found: list[Mention]) -> list[Mention]:
    """Of mentions that share characters the weightier, then the longer, then the first."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (_rank(m), m.start - m.end, m.start)):
        if all(mention.end <= other.start or mention.start >= other.end for other in kept):
            kept.append(mention)
    return sorted(kept)


def _rank(mention: Mention) -> int:
    if mention.body == "embassy":
        return 0
    return _RANK.get(mention.kind, 3)


# --- keys ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def core(name: str) -> tuple[str, ...]:
    """The comparison words of a name without articles and legal forms."""
    words = [w for w in split_words(name.casefold()) if w not in ("the", "a")]
    while (
        len(words) > 1
        and (known := lexicon.phrase(words[-1])) is not None
        and known.kind == "legal"
        and words[-1] != "group"
    ):
        words.pop()
    while (
        len(words) > 1
        and (known := lexicon.phrase(words[0])) is not None
        and known.kind == "legal"
        and words[0] != "group"
    ):
        words.pop(0)
    return tuple(words)


def _key(mention: Mention) -> tuple[str, ...]:
    """What mentions of one party have in common; `item` says it where the words alone do not."""
    return core(mention.item or mention.text) or (mention.text,)


def distinctive(words: Iterable[str]) -> list[str]:
    """Those words of a name that are neither places nor company words."""
    return [
        w
        for w in words
        if len(w) > 2
        and not lexicon.is_place(w)
        and not lexicon.is_company_word(w)
        and w not in ("of", "and", "for", "the")
    ]


@lru_cache(maxsize=65536)
def _acronyms(name: str) -> frozenset[str]:
    """The initials of a name, with and without small words and the legal form."""
    words = [w for w in re.findall(r"[^\W_]+", name) if w]
    if len(words) < 2:
        return frozenset()
    large = [w for w in words if w[0].isupper()]
    bare = core(name)
    split = re.findall(r"[^\W_]+", name.replace("-", " "))
    return frozenset(
        "".join(w[0] for w in part).casefold()
        for part in (
            words,
            large,
            bare,
            [w for w in bare if w not in ("of", "and", "for", "the")],
            [w for w in split if w[0].isupper()],
        )
        if len(part) > 1
    )


# --- joining ------------------------------------------------------------------------------------------------


def _strong(
    text: str, flat: list[tuple[int, Mention]], from_model: frozenset[Mention]
) -> tuple[list[Party], list[tuple[int, Mention]]]:
    """Parties from mentions that tell their kind themselves; the other mentions are left open."""
    parties: list[Party] = []
    by_key: dict[tuple[str, tuple[str, ...]], Party] = {}
    left: list[tuple[int, Mention]] = []
    firms = _beginnings(m for _, m in flat if m.kind == "organization" and not m.body)
    for index, mention in flat:
        if mention.kind not in PARTY_KINDS:
            continue
        if (
            mention.kind == "unknown"
            or mention in from_model
            or (
                mention.kind == "person"
                and mention.text.isascii()
                and (len(mention.text.split()) == 1 or core(mention.text) in firms)
            )
        ):
            left.append((index, mention))
            continue
        key = (mention.kind, _key(mention))
        party = by_key.get(key)
        if party is None:
            party = by_key[key] = Party(mention.kind, mention.text, body=mention.body, office=mention.office)
            parties.append(party)
        _add(party, index, mention)
    for party in parties:
        for _, mention in party.mentions:
            party.aliases += [alias for alias in _defined(text, mention) if alias not in party.aliases]
    return parties, left


def _beginnings(firms: Iterable[Mention]) -> frozenset[tuple[str, ...]]:
    """What names of organisations begin with, without their last words: Fong Yuan of Fong Yuan Marine Co."""
    return frozenset(words[:size] for m in firms if (words := core(m.text)) for size in range(2, len(words)))


def _add(party: Party, index: int, mention: Mention) -> None:
    party.mentions.append((index, mention))
    if (
        len(mention.text) > len(party.name)
        and mention.kind == party.kind
        and mention.text.isascii() == party.name.isascii()
    ):
        party.name = mention.text
    party.office = party.office or mention.office
    party.body = party.body or mention.body


_BRACKET = re.compile(r"\s?[(（](?P<inside>[^()（）\n]{2,90})[)）]")
_ALIAS = re.compile(
    r"^(?:(?:hereinafter|hereafter|collectively|referred to as|or|and|the|also known as|formerly|a\.k\.a\.|aka|known as|"
    r"下称|以下简称|简称|далее|—|–|-|：|:)[ ,]*)*"
    r"[\"“«‘'「]?(?P<name>[A-ZА-Я\u4e00-\u9fff][\w&.-]*(?: [\w&.-]+){0,4})[\"”»’'」]?$"
)
_AKA = re.compile(
    r"[,;]? \(?(?:a\.?k\.?a\.?|f\.?k\.?a\.?|also known as|formerly known as|doing business as|"
    r"a/k/a|f/k/a|d/b/a|d\.?b\.?a\.?|trading as|alias|now known as),? [“\"‘]?"
    r"(?P<name>[A-Z][\w&.-]*(?: [A-Z&][\w&.-]*){0,6}(?:, (?:Ltd|Inc)\.?)?)"
)


def _defined(text: str, mention: Mention) -> list[str]:
    """Other names that a text gives right after a mention."""
    found = []
    match = _BRACKET.match(text, mention.end)
    at = mention.end
    if match:
        at = match.end()
        for part in re.split(r",| or |；|;|、|或", match["inside"]):
            alias = _ALIAS.match(part.strip())
            if alias and not _common(alias["name"]):
                found.append(alias["name"].strip())
    while (match := _AKA.match(text, at)) is not None:
        found.append(match["name"].strip())
        at = match.end()
    return found


def _common(name: str) -> bool:
    low = name.casefold()
    if (
        low in ("本公司", "公司", "我司")
        or lexicon.is_place(name)
        or low in lexicon.words("function_words")
        or low in lexicon.words("common_nouns")
    ):
        return True
    return re.fullmatch(r"\d+|[A-Z]", name) is not None or low.startswith(("imo", "hs ", "part "))


def _resolve(
    text: str, parties: list[Party], left: list[tuple[int, Mention]], from_model: frozenset[Mention]
) -> None:
    """Give open mentions to parties that they are a short form of; what remains becomes parties of its own."""
    unknown: dict[tuple[str, ...], Party] = {}
    by_word = _by_word(parties)
    for index, mention in left:
        short = core(mention.text)
        party = _owner(mention, by_word.get(short[0], ()) if short else ())
        if party is None:
            key = core(mention.text)
            party = unknown.get(key)
            if party is None:
                kind: Kind = mention.kind
                party = unknown[key] = Party(kind, mention.text, office=mention.office)
            if party.kind == "unknown" and mention in from_model:
                party.kind = mention.kind
            if mention.kind == "unknown" and party.kind == "unknown" and _called_company(text, mention):
                party.kind = "organization"
        _add(party, index, mention)
    parties += unknown.values()
    for party in unknown.values():
        if party.kind == "unknown" and lexicon.like_a_name(party.name):
            party.kind = "organization"
        for _, mention in party.mentions:
            party.aliases += [alias for alias in _defined(text, mention) if alias not in party.aliases]


def _by_word(parties: Sequence[Party]) -> dict[str, list[Party]]:
    """Each word that a short form of a party can begin with -> those parties, in their order."""
    found: dict[str, dict[int, Party]] = {}
    for party in parties:
        for name in (party.name, *party.aliases):
            for word in (*core(name), *_acronyms(name)):
                found.setdefault(word, {})[id(party)] = party
    return {word: list(group.values()) for word, group in found.items()}


def _owner(mention: Mention, parties: Sequence[Party]) -> Party | None:
    """The party that a short form stands for: the one last named before it, else the first named."""
    fitting = [party for party in parties if _short_for(mention, party)]
    if not fitting:
        return None
    before = [p for p in fitting if p.first < mention.start]
    return max(before or fitting, key=lambda p: p.first if before else -p.first)


def _short_for(mention: Mention, party: Party) -> bool:
    short = core(mention.text)
    whole = core(party.name)
    if not short or short == whole:
        return bool(short)
    if any(core(alias) == short for alias in party.aliases):
        return True
    if party.kind == "person":
        family_first = len(whole) > 1 and lexicon.is_family(whole[0]) and not lexicon.is_given(whole[0])
        if len(short) != 1 or len(whole) < 2 or len(short[0]) < 3:
            return False
        # A family name may be the last word, the first (Rim Song Chol), or stand within (Rafael Ocando Pirela).
        inner = len(whole) > 2 and short[0] in whole[1:] and not lexicon.is_given(short[0])
        first = short[0] == whole[0] and (
            family_first or whole[0] in lexicon.words("korean_families") or not lexicon.is_given(whole[0])
        )
        return short[0] == whole[-1] or inner or first
    if party.kind == "vessel":
        return False
    if mention.text.isupper() and len(short) == 1 and 2 <= len(short[0]) <= 8:
        return short[0] in _acronyms(party.name)
    if party.body in ("authority", "embassy"):
        # "The Council" of the Council of the European Union.
        return (
            len(short) == 1
            and short[0] in lexicon.words("authority_words")
            and short[0] in (whole[0], whole[-1])
        )
    return _inside(short, whole)


def _inside(short: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether words stand in a row in a name and say more than what the firm does or where."""
    size = len(short)
    inside = any(whole[at : at + size] == short for at in range(len(whole) - size + 1))
    return inside and bool(distinctive(short))


_COMPANY_BEFORE = re.compile(r"(?P<words>(?:[\w’'-]+ ){1,4})(?:called |named |known as |as )?[“\"]?$")
_ITS_PEOPLE = re.compile(
    r"\b(?:spokes\w+|executives?|chairman|employees?|shares?|subsidiary|customers?|products|chips|parts)"
    r" (?:for|of|at|by|from) (?:the )?$"
)
_APPOSITION = re.compile(
    r"[”\"]?(?:, | \(| – | — | is | was )(?:an? |the |one of |its |another )?(?P<words>[^.;()]{3,80})"
)


def _called_company(text: str, mention: Mention) -> bool:
    """Whether the words beside a name call it a company."""
    nouns = lexicon.words("company_nouns")
    if _ITS_PEOPLE.search(text, max(0, mention.start - 40), mention.start):
        return True
    before = _COMPANY_BEFORE.search(text, max(0, mention.start - 60), mention.start)
    if before and before["words"].split()[-1].casefold() in nouns:
        return True
    after = _APPOSITION.match(text, mention.end)
    if after:
        found = [w.casefold() for w in re.findall(r"[\w-]+", after["words"])][:7]
        stop = next(
            (i for i, w in enumerate(found) if w in ("said", "who", "which", "that", "of", "in", "for")),
            len(found),
        )
        return any(w in nouns for w in found[:stop])
    return False


def _merged(parties: list[Party]) -> list[Party]:
    """One party for names of which one is a short form or a defined alias of the other."""
    kept: list[Party] = []
    for party in sorted(parties, key=lambda p: (p.kind == "unknown", -len(core(p.name)), p.first)):
        host = next((other for other in kept if _same(party, other)), None)
        if host is None:
            kept.append(party)
            continue
        host.mentions += party.mentions
        host.aliases += [a for a in party.aliases if a not in host.aliases]
        host.office = host.office or party.office
        host.body = host.body or party.body
    return kept


def _same(short: Party, whole: Party) -> bool:
    if short.kind not in (whole.kind, "unknown"):
        return False
    a, b = core(short.name), core(whole.name)
    if a == b:
        return True
    if any(core(alias) == a for alias in whole.aliases) or any(core(alias) == b for alias in short.aliases):
        return True
    if short.kind == "person":
        return len(a) > 1 and len(b) > 2 and a[0] == b[0] and a[-1] == b[-1]
    if (
        short.kind != "organization"
        or short.body in ("authority", "embassy")
        or {whole.body, short.body} - {"", "research"}
    ):
        return False
    # "Tongsheng Technology" for "Wuhan Tongsheng Technology"; a division with words of its own is another party.
    return (
        b[: len(a)] == a
        and bool(distinctive(a))
        and len(b) - len(a) <= 2
        and all(
            (known := lexicon.phrase(w)) is not None and known.kind in ("legal", "word") for w in b[len(a) :]
        )
    ) or (
        (b[1:] == a and bool(distinctive(a)) and lexicon.is_place(b[0]))
        or (b[: len(a)] == a and len(a) > 1 and bool(distinctive(a)) and not english.has_form(short.name))
    )


def _in_headlines(text: str, sentences: Sequence[Sentence], parties: list[Party]) -> None:
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
            if len(name) < 3 or _common(name):
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


def _generic(text: str, sentences: Sequence[Sentence], parties: list[Party]) -> None:
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


def _numbers(text: str, index: int, sentence: Sentence, parties: list[Party]) -> None:
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
