"""What part each party has in a document, with the words that say so. The patterns stand in data/roles.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from screening.curate import lexicon
from screening.curate.document import Sentence
from screening.curate.mentions import Mention
from screening.curate.party import Found, Party
from screening.curate.wording import BLOCK, PARTY, PLACE, PRIVATE, Pattern, Rules, language, rules_of
from screening.model import Stance

Role = Literal["target", "accuser", "source", "official", "commentator", "denial", "bystander"]


class Claim(NamedTuple):
    """What a sentence says of a party.

    what: list, accuse or supply (these make a target), accuser, denial, source. start, end: the words that say
    so, as code points of the text.
    """

    what: str
    stance: Stance | None
    sentence: int
    start: int
    end: int
    why: str


class Judged(NamedTuple):
    """A party with its role. because: one line of words; claims: in the order of the text."""

    party: Party
    role: Role
    stance: Stance | None
    because: str
    claims: tuple[Claim, ...]


class _Group(NamedTuple):
    parties: tuple[Party, ...]


def judge(text: str, found: Found) -> list[Judged]:
    """The role of every party, in the order in which they are first named."""
    claims: dict[int, list[Claim]] = {id(party): [] for party in found.parties}
    by_sentence: dict[int, list[tuple[Mention, Party | None]]] = {}
    for party in found.parties:
        for index, mention in party.mentions:
            by_sentence.setdefault(index, []).append((mention, party))
    for index, mention in found.loose:
        if mention.kind == "place":
            by_sentence.setdefault(index, []).append((mention, None))
    speaking = _in_context(text, found)
    for party, claim in _entries(text, found):
        claims[id(party)].append(claim)
    for index in sorted(by_sentence):
        sentence = found.sentences[index]
        named = sorted(by_sentence[index], key=lambda item: item[0].start)
        for party, claim in _claims(text, index, sentence, named, goods=index in speaking):
            if claim not in claims[id(party)]:
                claims[id(party)].append(claim)
    judged = [_role(party, claims[id(party)]) for party in found.parties]
    return [_accusing(item, claims[id(item.party)], judged) for item in judged]


_LIST_AHEAD = re.compile(
    r"\b[Ff]ollowing (?:\w+ ){0,2}"
    r"(?:entries|entity|entities|persons?|individuals?|companies|firms|vessels?|ships|names|parties|organi[sz]ations)\b"
    r"[^.]{0,120}\b(?:add|list|designat|sanction|block|include|insert)|以下(?:实体|企业|公司|个人)[^。]{0,30}(?:列入|制裁)"
)
_FIRST_IN_LINE = re.compile(r"\s*(?:\(?\w{1,4}[.)]\s*|[•*–-]\s*)?(?:The )?")
_MATTER = re.compile(r"\s*(?:IN THE MATTER OF|In the [Mm]atter of)\b:?")
_MATTER_ENDS = re.compile(r"\s*(?:ORDER|Order|Pursuant|The |On |This |Upon |WHEREAS|Whereas|It |I )\b")
_LIST_ENDS = re.compile(
    r"(?:Further [Ii]nformation|For (?:more|further) information|For enquiries|Contact|Notes?\b|Background)"
)


def _entries(text: str, found: Found) -> Iterator[tuple[Party, Claim]]:
    """The parties that stand first in their lines below the words "the following entities are added to the list"."""
    sentences = found.sentences
    ahead = next(
        (i for i, s in enumerate(sentences) if _LIST_AHEAD.search(text, s.start, s.end)), len(sentences)
    )
    end = next(
        (i for i in range(ahead + 1, len(sentences)) if _LIST_ENDS.match(text, sentences[i].paragraph.start)),
        len(sentences),
    )
    yield from _in_the_matter_of(text, found)
    for party in found.parties:
        if party.body in ("authority", "embassy", "media"):
            continue
        for index, mention in party.mentions:
            if party.kind == "unknown" and (
                " " not in mention.text or mention.end != sentences[index].paragraph.end
            ):
                continue
            lead = text[sentences[index].paragraph.start : mention.start]
            if ahead < index < end and _FIRST_IN_LINE.fullmatch(lead):
                yield party, Claim("list", "lists", index, mention.start, mention.end, "an entry of a list")
                break


def _in_the_matter_of(text: str, found: Found) -> Iterator[tuple[Party, Claim]]:
    """The parties that an order names in its head, below or behind the words "In the Matter of"."""
    sentences = found.sentences
    head = next((i for i, s in enumerate(sentences) if _MATTER.match(text, s.start)), None)
    if head is None:
        return
    later = range(head + 1, len(sentences))
    end = next((i for i in later if _MATTER_ENDS.match(text, sentences[i].start)), len(sentences))
    for party in found.parties:
        if party.body in ("authority", "embassy", "media"):
            continue
        for index, mention in party.mentions:
            lead = text[sentences[index].start : mention.start]
            own_line = _FIRST_IN_LINE.fullmatch(lead) or _MATTER.fullmatch(lead.rstrip())
            if head <= index < min(end, head + 20) and own_line:
                why = "the order is made against it"
                yield party, Claim("accuse", "alleges", index, mention.start, mention.end, why)
                break


def _in_context(text: str, found: Found) -> frozenset[int]:
    """Sentences that name goods, the one after each, and those beside one on controls, weapons or sanctions."""
    speaking = {at for index, mention in found.loose if mention.kind == "goods" for at in (index, index + 1)}
    for index, sentence in enumerate(found.sentences):
        words = text[sentence.start : sentence.end]
        if rules_of(language(words)).context.search(words):
            speaking |= {index - 1, index, index + 1}
    if len(speaking) * 3 >= len(found.sentences):  # the document as a whole is about them
        return frozenset(range(len(found.sentences)))
    return frozenset(speaking)


def _accusing(item: Judged, claims: Sequence[Claim], judged: Sequence[Judged]) -> Judged:
    """An authority that is quoted in a sentence against a target is an accuser."""
    if item.role != "official" or item.party.kind == "person":
        return item
    against = {
        c.sentence for other in judged if other.role == "target" for c in other.claims if c.what != "denial"
    }
    said = [c for c in claims if c.what in ("said", "source") and c.sentence in against]
    if not said:
        return item
    return item._replace(role="accuser", because="quoted against a target", claims=tuple(said))


# --- sentences with placeholders ----------------------------------------------------------------------------


class _Work:
    """A sentence in which each name, or list of names, is one character; with the way back to the text."""

    def __init__(self, text: str, sentence: Sentence, named: Sequence[tuple[Mention, Party | None]]) -> None:
        self.groups: list[_Group] = []
        pieces: list[str] = []
        self.offsets: list[int] = []
        at = sentence.start
        index = 0
        while index < len(named):
            mention, party = named[index]
            if mention.start < at:
                index += 1
                continue
            first = mention.start - (
                text[mention.start - 1 : mention.start] in ("«", "“", "„") and mention.start > at
            )
            self._plain(text, at, first, pieces)
            last = index
            if party is None:
                pieces.append(chr(PLACE))
            else:
                members = [party]
                last = self._coordinated(text, named, index, members)
                pieces.append(chr(PARTY + min(len(self.groups), BLOCK - 1)))
                self.groups.append(_Group(tuple(members)))
            self.offsets.append(mention.start)
            at = named[last][0].end
            at += text[at : at + 1] in ("»", "”") and at < sentence.end
            at = self._after_calling(text, named, last, at, sentence.end)
            bracket = re.compile(r"\s?[(（][^()（）]{0,90}[)）]").match(text, at)
            if party is not None and bracket and bracket.end() <= sentence.end:
                at = bracket.end()
            index = last + 1
        self._plain(text, at, sentence.end, pieces)
        self.offsets.append(sentence.end)
        self.text = "".join(pieces)

    def _plain(self, text: str, start: int, end: int, pieces: list[str]) -> None:
        if end > start:
            pieces.append(PRIVATE.sub(" ", text[start:end]))
            self.offsets += range(start, end)

    def _coordinated(
        self, text: str, named: Sequence[tuple[Mention, Party | None]], first: int, members: list[Party]
    ) -> int:
        """The index of the last name of the list that begins with a name."""
        last = first
        joins: list[str] = []
        while last + 1 < len(named):
            following, party = named[last + 1]
            if (
                party is None
                or _sort(party) != _sort(members[0])
                or _JOIN.fullmatch(text, named[last][0].end, following.start) is None
            ):
                break
            joins.append(text[named[last][0].end : following.start].strip())
            members.append(party)
            last += 1
        if joins in ([","], ["，"]):  # "According to A, B has ..." names two that are no list
            del members[1:]
            return first
        return last

    def _after_calling(
        self, text: str, named: Sequence[tuple[Mention, Party | None]], last: int, at: int, end: int
    ) -> int:
        """Where the sentence goes on behind what a person is ("A, chairman of B, denied ..."); B is passed over."""
        _, party = named[last]
        if party is None or party.kind != "person" or last + 1 >= len(named):
            return at
        following, _ = named[last + 1]
        lead = _CALLING.fullmatch(text, at, following.start)
        behind = following.end
        return behind if lead and behind < end and text.startswith(", ", behind) else at

    def group(self, character: str) -> _Group | None:
        """The parties that a placeholder stands for; None for a place."""
        number = ord(character) - PARTY
        return self.groups[number] if 0 <= number < min(len(self.groups), BLOCK) else None


_CALLING = re.compile(r", (?:an? |the )?(?:[a-z-]+ ){1,5}(?:of|at|for|with|in|to) (?:the )?")


def _sort(party: Party) -> str:
    """Names of one sort can stand in one list: an authority and a company cannot."""
    return party.body if party.body in ("authority", "embassy", "media") else ""


_JOIN = re.compile(
    r"(?:\s?[(（][^()（）]{0,90}[)）])?(?:,? (?:and|or|as well as|along with|und)"
    r"(?: also)?(?: of)? (?:the |its |their |his |her )?(?:[a-z-]+,? ){0,3}"
    r"|,? (?:и|а также)(?: [а-яё-]+){0,3} |, (?:the )?|; (?:and )?(?:the )?"
    r"|、|和|与|及|以及|，|/| & )"
    r"|(?:[,;]? \(?(?:a\.?k\.?a\.?|f\.?k\.?a\.?|also known as|formerly known as),? [“\"]?)"
)


def _claims(
    text: str, index: int, sentence: Sentence, named: Sequence[tuple[Mention, Party | None]], *, goods: bool
) -> Iterator[tuple[Party, Claim]]:
    if all(party is None for _, party in named):
        return
    work = _Work(text, sentence, named)
    rules = rules_of(language(text[sentence.start : sentence.end]))
    in_context = goods or rules.context.search(text, sentence.start, sentence.end) is not None
    for pattern in rules.patterns:
        if pattern.context and not in_context:
            continue
        at = 0
        while (match := pattern.regex.search(work.text, at)) is not None:
            at = match.start() + 1
            for name, parties in _roles_of(match, work):
                what = {"A": "accuser", "D": "denial"}.get(name, pattern.what)
                if name == "T" and pattern.what not in ("list", "accuse", "supply"):
                    continue
                if name == "T" and _denied(match, work, rules):
                    continue
                stance = _stance(pattern, match, work, rules) if name == "T" else None
                start, end = work.offsets[match.start()], work.offsets[match.end()]
                for party in parties:
                    if name == "T" and pattern.plain and not _trades(party):
                        continue
                    yield party, Claim(what, stance, index, start, min(end, sentence.end), pattern.why)


def _roles_of(match: re.Match[str], work: _Work) -> Iterator[tuple[str, tuple[Party, ...]]]:
    for name, character in match.groupdict().items():
        group = work.group(character) if character else None
        if group is not None:
            yield name, group.parties


def _trades(party: Party) -> bool:
    """Whether a party is one that can be a supplier: no person, authority, embassy or newspaper."""
    return party.kind in ("organization", "vessel", "aircraft", "unknown") and party.body in ("", "research")


def _denied(match: re.Match[str], work: _Work, rules: Rules) -> bool:
    before = work.text[max(0, match.start() - 24) : match.start()]
    inside = PRIVATE.split(match[0])
    return (
        any(rules.negation.search(part) for part in inside)
        or rules.negation.search(before.split(",")[-1]) is not None
    )


def _stance(pattern: Pattern, match: re.Match[str], work: _Work, rules: Rules) -> Stance | None:
    near = work.text[max(0, match.start() - 40) : match.end() + 20]
    if pattern.stance == "alleges" and rules.hedges.search(near):
        return "suspects"
    return pattern.stance


# --- from claims to a role ----------------------------------------------------------------------------------

_STANCES: tuple[Stance, ...] = ("lists", "alleges", "suspects")


def _role(party: Party, claims: list[Claim]) -> Judged:
    against = [claim for claim in claims if claim.what in ("list", "accuse", "supply")]
    quoted = any(claim.what in ("said", "source", "denial", "accuser") for claim in claims)
    if any(
        claim.why.startswith("named as a maker") for claim in claims
    ):  # buying of a maker accuses the buyer
        against = [claim for claim in against if claim.why not in _HAD_FROM]
    if any(claim.why == _SPEAKS_FOR for claim in claims):
        against = [claim for claim in against if claim.what == "list"]
    against = [claim for claim in against if _can_be(party, claim, quoted=quoted)]
    denials = [claim for claim in claims if claim.what == "denial"]
    if party.office in lexicon.titles("offices"):  # "We will not stand by", said the minister
        denials = [claim for claim in denials if claim.why != "it denies in a quotation"]
    if against:
        stances = [claim.stance for claim in against]
        stance = next((s for s in _STANCES if s in stances), None)
        kept = sorted(dict.fromkeys((*against, *denials)), key=lambda c: (c.sentence, c.start))
        return Judged(party, "target", stance, _unique(c.why for c in against), tuple(kept))
    accuses = [claim for claim in claims if claim.what == "accuser"]
    sources = [claim for claim in claims if claim.what == "source"]
    said = sources or [claim for claim in claims if claim.what == "said"]
    office = party.office

    def judged(role: Role, because: str, of: list[Claim]) -> Judged:
        stance: Stance | None = "denies" if role == "denial" else None
        return Judged(party, role, stance, because, tuple(of))

    measures = [claim for claim in accuses if claim.why in _MEASURES]
    if measures and party.body == "authority":
        return judged("accuser", _unique(c.why for c in measures), measures)
    if denials and party.kind == "organization" and not party.body:
        return judged("bystander", f"{_unique(c.why for c in denials)}; nobody accuses it", said or denials)
    if denials:
        return judged("denial", _unique(c.why for c in denials), denials)
    if party.kind == "person":
        if office in lexicon.titles("commentators") and (said or office != "former official"):
            return judged("commentator", f"described as {office}", said)
        if office in lexicon.titles("offices"):
            return judged("official", f"holds the office {office}", accuses or said)
        if said:
            return judged("source", "is quoted", said)
        return judged("bystander", f"described as {office}" if office else "named without an accusation", [])
    if party.body == "media":
        return judged("source", "a publisher", said)
    acronym = party.kind == "unknown" and party.name.isupper()  # "the RCMP alleges"
    if accuses and (party.body in ("authority", "embassy") or acronym) and not _COURT.search(party.name):
        return judged("accuser", _unique(c.why for c in accuses), accuses)
    if party.body in ("authority", "embassy"):
        return judged("official", "a body of a state", said)
    if sources and not any(m.rule.startswith(_OF_A_FIRM) for _, m in party.mentions):
        return judged("source", _unique(c.why for c in sources), sources)
    return judged(
        "bystander",
        "a place of work or study" if party.body == "research" else "named without an accusation",
        said,
    )


# Rules of finding that tell a firm: what is said of it in a report is no source of the report.
_OF_A_FIRM = ("the legal form", "a legal form")
_SPEAKS_FOR = "it speaks for an accused party"
_HAD_FROM = frozenset(["goods were had from it", "goods came through it", "it obtained goods"])
# Acts that make an authority an accuser even where it also opposes what another state says.
_MEASURES = frozenset(["an authority listed it", "it accuses", "it announces measures"])
# Courts judge what others accuse of.
_COURT = re.compile(r"\b(?:Court|Tribunal|Jury)\b|法院|\bсуд", re.IGNORECASE)


def _can_be(party: Party, claim: Claim, *, quoted: bool) -> bool:
    """Whether words can make a party a target.

    Authorities are targets only where an authority lists them by name. Holders of an office and commentators are none
    for a supply, and none at all but for a listing where they are quoted: "the lawyer of the convicted man, X, said".
    """
    if party.body in ("embassy", "media"):
        return False
    if party.body == "authority":
        return claim.what == "list"
    speaks = party.office in lexicon.titles("offices") or party.office in lexicon.titles("commentators")
    return not speaks or claim.what == "list" or (claim.what == "accuse" and not quoted)


def _unique(texts: Iterator[str] | Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(texts))
