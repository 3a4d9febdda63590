"""Documents to a draft watchlist and source records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from screening.curate import association, countries, parties, patterns, roles, spacy_model, wording
from screening.curate.document import Document, Sentence, sentences
from screening.curate.matches import Matcher, as_match, other_scripts
from screening.curate.mentions import Mention
from screening.curate.party import Found, Party, core
from screening.curate.proposals import Draft, Match, Proposal, Seen
from screening.curate.roles import Claim, Judged
from screening.curate.spacy_model import NOTHING, Spotted
from screening.curate.wrapped import Flow, flowed
from screening.lists.seeds import Goods, NotTarget, Passage, Seed, Statement, on_one_line
from screening.model import EntityType, Evidence, Identifier, Name, Stance
from screening.names.words import split_words

# A quotation is evidence, not a copy: a longer sentence is cut around the words that count.
MAX_QUOTED = 900
_SHOWN_MENTIONS = 50


class Drafted(NamedTuple):
    """A draft and the source record of each of its documents."""

    draft: Draft
    seeds: tuple[Seed, ...]


def make_draft(
    documents: Sequence[Document], list_id: str, matcher: Matcher | None = None, *, taken: Iterable[str] = ()
) -> Drafted:
    """The proposals that documents give rise to. Same documents and lists: same draft.

    list_id: id of the list to be. matcher: None compares with no list. taken: ids of source records that exist.
    """
    used = set(taken)
    seeds: list[Seed] = []
    proposals: list[Proposal] = []
    notes: list[str] = []
    known = _foreign_names(documents, matcher)
    for document in documents:
        seed_id = _free(_slug(document.name.rsplit(".", 1)[0], keep="_.") or "document", used)
        drafted, seed, said = _one(document, seed_id, matcher, known)
        seeds.append(seed)
        proposals = _joined(proposals, drafted)
        notes += [f"{document.name}: {note}" for note in said]
    titles = [document.title or document.name for document in documents]
    draft = Draft(
        status="draft",
        id=list_id,
        title=_line(
            f"Parties that {titles[0]} names" + (f" and {len(titles) - 1} more" if titles[1:] else "")
        ),
        kind="adverse-media",
        publisher="to be named by the reviewer",
        documents=tuple(seed.id for seed in seeds),
        matched_against=matcher.lists if matcher else (),
        notes=tuple(notes),
        proposals=tuple(_with_ids(proposals)),
    )
    return Drafted(draft, tuple(seeds))


def _foreign_names(documents: Sequence[Document], matcher: Matcher | None) -> tuple[str, ...]:
    foreign = re.compile("[\u4e00-\u9fff\u0400-\u04ff]")
    if matcher is None or not any(foreign.search(document.text) for document in documents):
        return ()
    return tuple(sorted(set(matcher.foreign_names())))


def analyse(
    document: Document, known: Sequence[str] = (), *, with_model: bool = False
) -> tuple[Found, list[Judged], Spotted]:
    """Everything found in a document, the role of each party, and what an installed spaCy model found.

    with_model: ask such a model too; without it the rules alone find.
    """
    parts = list(sentences(document.text, document.paragraphs))
    spotted = NOTHING
    if with_model:
        spotted = spacy_model.find(document.text, parts, wording.language(document.text))
    found = parties.find(document, parts, known, spotted.mentions)
    judged = association.with_associates(document.text, found, roles.judge(document.text, found))
    return found, judged, spotted


def _one(
    document: Document, seed_id: str, matcher: Matcher | None, known: Sequence[str]
) -> tuple[list[Proposal], Seed, list[str]]:
    """The proposals of a document, its source record, and what a reviewer must know of the reading."""
    flow = flowed(document)
    found, judged, spotted = analyse(flow.document, known, with_model=True)
    quotes = _Quotes(document, flow, found)
    kept = [item for item in judged if item.party.kind != "unknown" or item.claims]
    proposals = [_proposal(flow.document, item, seed_id, matcher, quotes, found) for item in kept]
    goods = _goods(flow.document, found, kept, quotes)
    seed = Seed(
        id=seed_id,
        kind="report",
        description=_line(
            f"{document.format} document {document.name}"
            + (f", “{document.title}”" if document.title else "")
        ),
        sha256=document.sha256,
        characters=len(document.text),
        lines=len(document.paragraphs),
        known=tuple(_known(document, spotted, found, quotes)),
        passages=quotes.passages(),
        goods=goods,
        not_targets=tuple(not_targets(proposals, found)),
    )
    return proposals, seed, list(_notes(document, spotted, found))


def _known(document: Document, spotted: Spotted, found: Found, quotes: _Quotes) -> Iterator[Statement]:
    yield Statement(what="format", value=document.format, because="the file")
    if document.format not in ("plain text", "Markdown"):
        yield Statement(
            what="text",
            value="extracted from the file; characters, lines and offsets count in the extracted text",
            because="the format",
        )
    if document.pages:
        yield Statement(what="pages", value=str(document.pages), because="the file")
    if document.scanned:
        yield Statement(
            what="scanned pages",
            value=_numbers(document.scanned),
            because="they have no text layer and were not read",
        )
    if not spotted.model or spotted.failure:
        value = "rules and word lists, without a language model"
    else:
        value = f"rules and word lists, and where they say nothing the spaCy model {spotted.model}"
    yield Statement(what="found by", value=value, because="the program")
    if spotted.failure:
        yield Statement(
            what="not used", value=f"the spaCy model {spotted.model}", because=_line(spotted.failure)
        )
    alone = _by_model(spotted, found)
    if alone:
        places = "; ".join(f"{_line(mention.text)} ({quotes.place(mention)})" for mention in alone)
        yield Statement(what="found by the model alone", value=places, because="the rules say nothing there")
    for note in document.notes:
        yield Statement(what="reading", value=note, because="the reader of the format")


def _by_model(spotted: Spotted, found: Found) -> list[Mention]:
    """The mentions that the model alone found, or told the kind of, in the order of the text."""
    everything = [m for party in found.parties for _, m in party.mentions] + [m for _, m in found.loose]
    return sorted({m for _, m in spotted.mentions} & set(everything))


def _notes(document: Document, spotted: Spotted, found: Found) -> Iterator[str]:
    if document.scanned:
        yield f"page {_numbers(document.scanned)} is a scanned picture without a text layer and was not read."
    yield from document.notes
    alone = len(_by_model(spotted, found))
    if spotted.failure:
        yield f"the spaCy model {spotted.model} could not be used ({spotted.failure})."
    elif alone:
        yield f"{alone} mention{'s were' if alone > 1 else ' was'} found by the spaCy model {spotted.model} alone."


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (f" and {len(numbers) - 20} more" if len(numbers) > 20 else "")


# --- parties ------------------------------------------------------------------------------------------------


def _proposal(
    document: Document, item: Judged, seed_id: str, matcher: Matcher | None, quotes: _Quotes, found: Found
) -> Proposal:
    party = item.party
    kind: EntityType = party.kind if party.kind in ("person", "vessel", "aircraft") else "organization"
    aliases = [alias for alias in party.aliases if alias != party.name]
    hits = matcher.hits(party.name, aliases, kind) if matcher else ()
    names = [Name(value=_line(alias), note="So named in the document.") for alias in aliases]
    for hit in hits:
        if hit.status == "match" and hit.score >= 97:
            names += other_scripts(hit, [party.name, *(name.value for name in names)])
    evidence = tuple(quotes.evidence(item, seed_id)) if item.role == "target" else ()
    if item.role == "target":
        quotes.name(party.mentions[0][1])
    seen = () if item.role == "target" else (quotes.seen(party, seed_id),)
    words = dict.fromkeys(_line(document.text[claim.start : claim.end]) for claim in item.claims)
    return Proposal(
        id=_slug(party.name) or "party",
        role=item.role,
        because=item.because,
        reason=None if item.role == "target" else _reason(item),
        type=kind,
        name=_line(party.name),
        names=tuple(names),
        countries=tuple(countries.of_party(document.text, party, found)),
        identifiers=(Identifier(scheme="imo", value=party.imo),) if _sound_imo(party.imo) else (),
        words=tuple(words)[:10],
        evidence=evidence,
        seen=seen,
        mentions=tuple(quotes.place(mention) for _, mention in party.mentions[:_SHOWN_MENTIONS]),
        matches=tuple(as_match(hit) for hit in hits),
    )


def _sound_imo(number: str) -> bool:
    from screening import identifiers

    return bool(number) and identifiers.problem("imo", number) is None


_REASONS = {
    "accuser": "It accuses or lists others",
    "source": "A source of the document",
    "official": "Speaks or acts for a state",
    "commentator": "A commentator; quoted, not accused",
    "denial": "Gives a denial",
    "bystander": "Named without an accusation",
}


def _reason(item: Judged) -> str:
    return f"{_REASONS[item.role]} ({item.because})."


def not_targets(proposals: Iterable[Proposal], found: Found) -> Iterator[NotTarget]:
    """The entries of a source record for those that are named and no targets; places stand as one."""
    for item in proposals:
        if item.role != "target":
            numbers = sorted({int(place[1:].split(",")[0]) for place in item.mentions})
            yield NotTarget(name=item.name, paragraphs=tuple(numbers), reason=item.reason or item.because)
    places = dict.fromkeys(_line(m.text) for _, m in found.loose if m.kind == "place")
    if places:
        yield NotTarget(name=", ".join(sorted(places)), reason="States and places are no parties to a trade.")


# --- quotations ---------------------------------------------------------------------------------------------


class _Quotes:
    """The passages that a draft quotes from one document, each once.

    What was found counts in the text as it was read, with lines joined; what is quoted counts in the document's.
    """

    def __init__(self, document: Document, flow: Flow, found: Found) -> None:
        self._document = document
        self._flow = flow
        self._found = found
        self._spans: dict[tuple[int, int], str | None] = {}
        self._starts = [paragraph.start for paragraph in document.paragraphs]

    def evidence(self, item: Judged, seed_id: str) -> Iterator[Evidence]:
        """The sentences on which a target rests, with what they say."""
        by_sentence: dict[int, list[Claim]] = {}
        for claim in item.claims:
            by_sentence.setdefault(claim.sentence, []).append(claim)
        for index, claims in sorted(by_sentence.items()):
            start, end = self._span(self._found.sentences[index], claims[0])
            stance: Stance = next((c.stance for c in claims if c.stance), "denies")
            self._spans.setdefault((start, end), None)
            yield Evidence(
                document=seed_id,
                passage=self._words(start, end),
                locator=self._locator(start, end),
                stance=stance,
                summary=_line("; ".join(dict.fromkeys(claim.why for claim in claims))),
            )

    def seen(self, party: Party, seed_id: str) -> Seen:
        """The sentence that names a party first; it is not quoted in the source record."""
        index, mention = party.mentions[0]
        where = Claim("said", None, index, mention.start, mention.end, "")
        start, end = self._span(self._found.sentences[index], where)
        return Seen(document=seed_id, passage=self._words(start, end), locator=self._locator(start, end))

    def name(self, mention: Mention) -> None:
        """Quote a party's name where it first stands."""
        if not _CONTROL.search(mention.text):
            span = self._flow.span(mention.start, mention.end)
            self._spans.setdefault(span, "The name as the document writes it.")

    def goods(self, mention: Mention) -> str:
        """Quote the words for goods; the id of the passage."""
        start, end = self._flow.span(mention.start, mention.end)
        self._spans.setdefault((start, end), None)
        return self._id(start, end)

    def passages(self) -> tuple[Passage, ...]:
        """All of them in the order of the text, longer ones first."""
        ordered = sorted(self._spans.items(), key=lambda item: (item[0][0], -item[0][1]))
        return tuple(
            Passage(
                id=self._id(start, end),
                text=self._words(start, end),
                paragraph=self._paragraph(start),
                start=start,
                end=end,
                note=note or self._page(start),
            )
            for (start, end), note in ordered
        )

    def place(self, mention: Mention) -> str:
        """Where a mention stands ("P18, 3603-3633")."""
        return self._locator(*self._flow.span(mention.start, mention.end))

    def _span(self, sentence: Sentence, claim: Claim) -> tuple[int, int]:
        """The sentence, or the part of it around a claim that can be quoted, as a part of the document."""
        text = self._flow.document.text
        start, end = sentence.start, sentence.end
        for control in _CONTROL.finditer(text, start, end):
            if control.end() <= claim.start:
                start = control.end()
            elif control.start() >= claim.end:
                end = control.start()
                break
        broken = _CONTROL.search(text, start, end)
        if broken:
            end = broken.start() if broken.start() > start else end
        if end - start > MAX_QUOTED:
            middle = (claim.start + claim.end) // 2
            first = max(start, min(middle - MAX_QUOTED // 2, end - MAX_QUOTED))
            start, end = _at_words(text, first, min(end, first + MAX_QUOTED), start, end)
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        return self._flow.span(start, end)

    def _words(self, start: int, end: int) -> str:
        """The document's words on one line: a line that breaks within them goes on behind a blank."""
        return on_one_line(self._document.text[start:end])

    def _paragraph(self, offset: int) -> int:
        from bisect import bisect_right

        return bisect_right(self._starts, offset)

    def _page(self, offset: int) -> str | None:
        page = self._document.paragraphs[self._paragraph(offset) - 1].page
        return f"Page {page}." if page else None

    def _locator(self, start: int, end: int) -> str:
        return f"P{self._paragraph(start)}, {start}-{end}"

    def _id(self, start: int, end: int) -> str:
        return f"p{self._paragraph(start)}-{start}-{end}"


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _at_words(text: str, start: int, end: int, first: int, last: int) -> tuple[int, int]:
    """A span moved inward to the edges of words."""
    if start > first and (blank := text.find(" ", start, start + 60)) >= 0:
        start = blank + 1
    if end < last and (blank := text.rfind(" ", end - 60, end)) >= 0:
        end = blank
    return start, end


# --- goods --------------------------------------------------------------------------------------------------


def _goods(document: Document, found: Found, judged: Sequence[Judged], quotes: _Quotes) -> tuple[Goods, ...]:
    by_item: dict[str, list[tuple[int, Mention]]] = {}
    for index, mention in found.loose:
        if mention.kind == "goods" and not _CONTROL.search(mention.text):
            by_item.setdefault(mention.item, []).append((index, mention))
    suppliers: dict[int, list[str]] = {}
    for item in judged:
        if item.role == "target":
            for claim in item.claims:
                if claim.stance in ("alleges", "suspects", "lists"):
                    suppliers.setdefault(claim.sentence, []).append(item.party.name)
    entries = patterns.goods_entries()
    made = []
    for name, mentions in by_item.items():
        entry = entries.get(name, {})
        codes = re.fullmatch(r"(HS|ECCN) (.+)", name)
        named = list(dict.fromkeys(s for index, _ in mentions for s in suppliers.get(index, ())))
        hedged = all(_hedged(document.text, found.sentences[index], mention) for index, mention in mentions)
        said = [str(entry["note"])] if entry.get("note") else []
        said.append(
            f"In one sentence with {', '.join(named)}." if named else "No supplier is named beside it."
        )
        made.append(
            Goods(
                item=name,
                passages=tuple(dict.fromkeys(quotes.goods(mention) for _, mention in mentions)),
                kind="service" if entry.get("kind") == "service" else "goods",
                hs=tuple(entry.get("hs", ())) if not codes else ((codes[2],) if codes[1] == "HS" else ()),
                eccn=tuple(entry.get("eccn", ()))
                if not codes
                else ((codes[2],) if codes[1] == "ECCN" else ()),
                chpl_tiers=tuple(entry.get("chpl_tiers", ())),
                stance="suspects" if hedged else "alleges",
                note=_line(" ".join(said)),
            )
        )
    return tuple(made)


def _hedged(text: str, sentence: Sentence, mention: Mention) -> bool:
    near = text[max(sentence.start, mention.start - 80) : mention.start]
    return wording.is_hedged(near)


# --- names and ids ------------------------------------------------------------------------------------------


def _joined(first: list[Proposal], more: list[Proposal]) -> list[Proposal]:
    """Proposals of several documents: one for each party, a target if any document makes it one."""
    from msgspec.structs import replace

    joined = list(first)
    at = {(item.type, core(item.name) or (item.name,)): index for index, item in enumerate(joined)}
    for item in more:
        key = (item.type, core(item.name) or (item.name,))
        index = at.get(key)
        if index is None:
            at[key] = len(joined)
            joined.append(item)
            continue
        other = joined[index]
        lead = item if item.role == "target" and other.role != "target" else other
        joined[index] = replace(
            lead,
            names=tuple(dict.fromkeys((*other.names, *item.names))),
            countries=tuple(dict.fromkeys((*other.countries, *item.countries))),
            words=tuple(dict.fromkeys((*other.words, *item.words))),
            evidence=(*other.evidence, *item.evidence),
            mentions=(*other.mentions, *item.mentions),
            matches=other.matches,
        )
    return joined


def _with_ids(proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    """Targets first, each with an id of its own."""
    from msgspec.structs import replace

    used: set[str] = set()
    ordered = sorted(proposals, key=lambda item: item.role != "target")
    for item in ordered:
        yield replace(item, id=_free(item.id, used))


def _free(name: str, used: set[str]) -> str:
    found, number = name, 2
    while found in used:
        found = f"{name}-{number}"
        number += 1
    used.add(found)
    return found


def _slug(text: str, keep: str = "") -> str:
    """Text as an id: lower-case Latin letters and digits joined by hyphens."""
    if keep:
        return re.sub(rf"[^\w{re.escape(keep)}-]+", "-", text, flags=re.ASCII).strip("-")[:100]
    words = split_words(text.casefold())
    return "-".join(re.sub(r"[^a-z0-9]", "", _latin(word)) for word in words).strip("-")[:100]


def _latin(word: str) -> str:
    from screening.names.scripts import romanise

    return word if word.isascii() else romanise(word)


def _line(text: str) -> str:
    """Text on one line without control characters, as YAML of ours takes it."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    return " ".join(plain.split())


def paths(target: Path, seeds: Sequence[Seed]) -> list[Path]:
    """Where the source records of a draft go: a folder `seeds` beside it, in which lists look for them."""
    return [target.parent / "seeds" / f"{seed.id}.yml" for seed in seeds]


def match_line(match: Match) -> str:
    """A match in words: "already OFAC SDN 46633, RUSSIA-EO14024, since 2024-05-01 (WUHAN ..., score 97.8)"."""
    return f"already {'; '.join(match.already)} ({match.name}, {match.list}, score {match.score:.1f})"
