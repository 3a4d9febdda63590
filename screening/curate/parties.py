"""Mentions of one party joined through a document: full names, short forms, acronyms, "the company"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from screening.curate import english, lexicon
from screening.curate.document import Document, Sentence
from screening.curate.gathering import gather
from screening.curate.mentions import Kind, Mention
from screening.curate.party import PARTY_KINDS, Found, Party, acronyms, core, distinctive, key_of
from screening.curate.standins import common, generic, imo_numbers, in_headlines


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
    flat, from_model = gather(document, sentences, known, spotted)
    parties, open_mentions = _strong(text, flat, from_model)
    _resolve(text, parties, open_mentions, from_model)
    parties = _merged(parties)
    in_headlines(text, sentences, parties)
    generic(text, sentences, parties)
    for index, sentence in enumerate(sentences):
        imo_numbers(text, index, sentence, parties)
    loose = tuple((i, m) for i, m in flat if m.kind not in PARTY_KINDS)
    for party in parties:
        party.mentions.sort(key=lambda item: item[1].start)
    return Found(tuple(sentences), tuple(sorted(parties, key=lambda p: p.first)), loose)


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
        key = (mention.kind, key_of(mention))
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
            if alias and not common(alias["name"]):
                found.append(alias["name"].strip())
    while (match := _AKA.match(text, at)) is not None:
        found.append(match["name"].strip())
        at = match.end()
    return found


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
            for word in (*core(name), *acronyms(name)):
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
        return short[0] in acronyms(party.name)
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
