"""Mentions of parties in English and other Latin-script text: capitalised runs and what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from screening.curate import lexicon
from screening.curate.document import Document, Sentence

Kind = Literal["organization", "person", "vessel", "aircraft", "place", "programme", "goods", "unknown"]
Body = Literal["", "authority", "media", "research", "embassy"]


class Mention(NamedTuple):
    """A name in a text.

    start, end: code points of the text, end exclusive. rule: what told it. body: what sort of organisation,
    where the name itself says so. office: words beside a person's name that say what the person does.
    item: for goods the vocabulary's entry, for other kinds a normalised value ("9074729" of an IMO number).
    """

    start: int
    end: int
    text: str
    kind: Kind
    rule: str
    body: Body = ""
    office: str = ""
    item: str = ""


class Word(NamedTuple):
    """A word of a sentence. text: without a possessive ending, which `end` leaves out too."""

    text: str
    start: int
    end: int
    possessive: bool

    @property
    def low(self) -> str:
        return self.text.casefold()


_WORD = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?\b|[^\W_]+(?:[-–&/’'.·][^\W_]+)*|&")
_POSSESSIVE = re.compile(r"[’']s?$", re.IGNORECASE)
_DOTTED_FORMS = frozenset(
    [
        "co", "ltd", "inc", "corp", "llc", "l.l.c", "s.a", "b.v", "n.v", "plc", "mfg", "intl", "bros",
        "cia", "ltda", "pte", "pvt", "pty", "no", "sti", "a.s", "s.r.l", "s.p.a", "u.s", "u.k", "u.n",
    ]
)  # fmt: skip
_LINKS = frozenset(
    [
        "of", "and", "&", "for", "de", "del", "la", "von", "van", "bin", "ibn", "der", "du", "do", "da",
        "di", "e", "y", "on", "the", "al", "el", "ve", "und", "et",
    ]
)  # fmt: skip
_NAME_LINKS = frozenset(
    [
        "de", "del", "la", "von", "van", "bin", "ibn", "der", "du", "do", "da", "di", "y", "al", "el",
        "abu", "bint", "ve", "und", "et",
    ]
)  # fmt: skip
# Written with a capital in headings, and still no part of a name.
_PREPOSITIONS = frozenset(
    [
        "against",
        "from",
        "to",
        "with",
        "by",
        "in",
        "into",
        "over",
        "under",
        "after",
        "before",
        "through",
        "between",
        "for",
    ]
)
_COMPANY_MAX = 14  # words; longer runs are headings


def words_of(text: str, start: int, end: int) -> list[Word]:
    """The words of a part of a text."""
    found = []
    for match in _WORD.finditer(text, start, end):
        word, stop, possessive = match[0], match.end(), False
        tail = re.search(r"[’']s$", word)
        if tail and len(word) > 2:
            word, stop, possessive = word[:-2], stop - 2, True
        elif text[stop : stop + 1] in ("’", "'") and word.endswith("s") and text[stop + 1 : stop + 2] == " ":
            possessive = True
        found.append(Word(word, match.start(), stop, possessive))
    return found


def is_capital(word: str) -> bool:
    """Whether a word is written as a name: a capital first or within (iRay), and no adjective like Moscow-based."""
    if not any(c.isupper() for c in word) or any("\u0400" <= c <= "\u04ff" for c in word):
        return False
    last = re.split(r"[-–]", word)[-1]
    if last != word and last.islower() and len(last) > 3:
        return False
    return (
        word[0].isupper()
        or (word[0].isalpha() and sum(c.isupper() for c in word) == 1 and len(word) > 2)
        or (word[0].isdigit() and word[-1].isupper() and len(word) < 5)
    )


def find(document: Document, sentences: Sequence[Sentence]) -> list[list[Mention]]:
    """Mentions of each sentence, in the order of the text. Headlines give none here; known names are sought there."""
    low = frozenset(w for w in re.findall(r"[^\W\d_]+", document.text) if w.islower())
    found = [
        [] if is_headline(document.text[s.start : s.end]) else list(_in_sentence(document.text, s, low))
        for s in sentences
    ]
    for index in range(len(sentences)):
        found[index] = [_signed(document.text, m, sentences, index) for m in found[index]]
    return found


_CLOSING = re.compile(
    r"(?:(?:Best|Kind|Warm) )?[Rr]egards|Yours \w+|Sincerely|Respectfully(?: submitted)?|Best wishes"
)


def _signed(text: str, mention: Mention, sentences: Sequence[Sentence], index: int) -> Mention:
    """A person on a line alone with the office of the line above or below it, as letters and laws are signed."""
    line = text[sentences[index].start : sentences[index].end]
    if mention.kind not in ("person", "unknown") or mention.office:
        return mention
    if line == f"By {mention.text}" and 1 < len(mention.text.split()) < 5:
        return mention._replace(kind="person", rule="a byline")
    if mention.text != line.rstrip(","):
        return mention
    above = text[sentences[index - 1].start : sentences[index - 1].end] if index else ""
    if _CLOSING.fullmatch(above.rstrip(",")) and 1 < len(mention.text.split()) < 5:
        return mention._replace(kind="person", rule="signs a letter")
    for other in (index + 1, index - 1):
        if 0 <= other < len(sentences):
            beside = text[sentences[other].start : sentences[other].end].casefold().removeprefix("the ")
            if beside in lexicon.words("offices"):
                return mention._replace(kind="person", rule=f"signs as {beside}", office=beside)
    return mention


def is_headline(line: str) -> bool:
    """Whether a line is written with capitals throughout, which then say nothing of names."""
    found = [w for w in re.findall(r"[^\W\d_][\w’'-]*", line) if len(w) > 3]
    if len(found) < 4 or _has_legal_form(line) or _names_a_body(line):
        return False
    capital = sum(w[0].isupper() for w in found)
    if line.isupper():
        return True
    return capital >= 0.85 * len(found) and not line.rstrip("”’\"'").endswith((".", "?", "!", ":", ";", ","))


_BODY_OF = re.compile(r"(?:The |THE |By )?(?P<head>[A-Z]\w+) (?:of|OF|for|FOR)(?: the| THE)? [A-Z][\w ,-]*")


def _names_a_body(line: str) -> bool:
    """Whether a line is nothing but the name of a body, as letterheads are: Office of Export Enforcement."""
    match = _BODY_OF.fullmatch(line.strip())
    return line.startswith("By ") or (
        match is not None and match["head"].casefold() in lexicon.words("authority_words")
    )


def has_form(name: str) -> bool:
    """Whether a name has a legal form: then it is written out."""
    return any(_is_form(word.text) for word in words_of(name, 0, len(name)))


def _has_legal_form(line: str) -> bool:
    return any(
        lexicon.is_legal_form(word.text) and not lexicon.is_company_word(word.text) and len(word.text) > 2
        for word in words_of(line, 0, len(line))
    )


def _in_sentence(text: str, sentence: Sentence, low: frozenset[str]) -> Iterator[Mention]:
    words = words_of(text, sentence.start, sentence.end)
    at = 0
    while at < len(words):
        run_end = _run(text, words, at)
        if run_end == at:
            at += 1
            continue
        for first, last in _split(words, at, run_end):
            mention = _classify(text, words, first, last, at_start=first == 0, low=low)
            if mention is not None:
                yield mention
        at = run_end


# --- runs of capitalised words ------------------------------------------------------------------------------


def _run(text: str, words: list[Word], at: int) -> int:
    """The end (exclusive) of the run of name words that begins at a word; the word itself where none does."""
    word = words[at]
    if not is_capital(word.text) or word.low in lexicon.words("function_words"):
        return at
    end = at + 1
    while end < len(words) and end - at < _COMPANY_MAX + 6:
        if words[end - 1].possessive:
            break
        step = _step(text, words, at, end)
        if not step:
            break
        end += step
    return end


def _step(text: str, words: list[Word], first: int, at: int) -> int:
    """How many words the run takes on at a word: 0 where it ends."""
    gap = text[words[at - 1].end : words[at].start]
    word, before = words[at], words[at - 1]
    if gap in (", ", ",", "., ", ".,") and _legal_after_comma(word):
        return 1
    if gap in (' "', " “", " «", " ‘") and _is_form(before.text):
        return 1
    if gap == " (" and _bracket_in_name(text, words, at):
        return 2
    if gap == ") " and at - first > 1:
        return 1 if is_capital(word.text) else 0
    stop = gap.strip() == "." and (before.low in _DOTTED_FORMS or len(before.text) == 1)
    if gap == ". " and before.low in ("co", "ltd", "inc", "corp") and not _is_form(word.text):
        return 0  # "... Motors Inc. Acme denied it" names two
    if gap == ". " and before.low in ("u.s", "u.k", "u.n") and not _is_body_word(words, at):
        return 0
    if gap.strip() and not stop:
        return 0
    if word.text == "&" or word.low in _LINKS:
        return _link(text, words, first, at)
    if is_capital(word.text) or _second_of_given_name(before.text, word.text):
        return int(word.low not in _PREPOSITIONS and word.low not in ("the", "a", "an"))
    if word.text in ("plc", "ltd"):
        return 1
    if word.text.isdigit() and len(word.text) < 6:
        known = before.low in (
            "no",
            "unit",
            "plant",
            "institute",
            "fund",
            "bureau",
            "factory",
            "brigade",
            "lab",
        )
        return int(known)
    return 0


def _is_body_word(words: list[Word], at: int) -> bool:
    """Whether the next words name a body of a state: "U.S. Treasury", "U.S. District Court"."""
    rest = [w.low for w in words[at : at + 4] if is_capital(w.text)]
    return any(word in lexicon.words("authority_words") for word in rest)


def _bracket_in_name(text: str, words: list[Word], at: int) -> bool:
    """Whether a word in brackets is followed by more of the name: Sinolink (HK) Limited."""
    if at + 1 >= len(words) or text[words[at].end : words[at + 1].start] != ") ":
        return False
    rest = words[at + 1 : at + 5]
    ends = next((i for i, w in enumerate(rest) if not is_capital(w.text)), len(rest))
    return any(_is_form(w.text) for w in rest[:ends])


# A syllable as Korean and Chinese given names are spelt in Latin letters.
_SYLLABLE = re.compile(r"[bcdghjklmnprstwyz]{0,2}[aeiou]{1,3}(?:ng|n|k|m|l|p|b|t|h)?")


def _second_of_given_name(family: str, given: str) -> bool:
    """Whether a word with a hyphen is the given name that follows a family name: Lee Ji-hoon."""
    parts = given.split("-")
    return (
        len(parts) == 2
        and parts[0][:1].isupper()
        and family[:1].isupper()
        and len(family) < 7
        and all(_SYLLABLE.fullmatch(part.casefold()) for part in parts)
    )


def _link(text: str, words: list[Word], first: int, at: int) -> int:
    """Words taken on with a link: "of", "and the" ... join only what is one name."""
    link, before = words[at].low, words[at - 1]
    after = at + 1
    if link != "the" and link in ("of", "for", "on") and after < len(words) and words[after].low == "the":
        after += 1
    if after >= len(words) or text[words[after - 1].end : words[after].start].strip():
        return 0
    following = words[after]
    if following.low in lexicon.words("function_words") and following.low not in ("general",):
        return 0
    if not is_capital(following.text):
        return 0
    if link in ("and", "&"):
        return after - at + 1 if link == "&" or _one_name(words, first, at, after) else 0
    if link == "of":
        head = before.low
        ok = (
            head in lexicon.words("authority_words")
            or head in lexicon.words("organization_words")
            or head in lexicon.words("research_words")
            or _office_before_of(words, first, at)
            or head
            in (
                "republic",
                "bank",
                "states",
                "kingdom",
                "house",
                "university",
                "ministry",
                "board",
                "secretary",
            )
            or (lexicon.is_company_word(head) and not lexicon.is_place(head))
        )
        return after - at + 1 if ok else 0
    if link in ("for", "on"):
        heads = lexicon.words("authority_words") | lexicon.words("research_words") | {"committee", "fund"}
        return after - at + 1 if before.low in heads or (link == "for" and before.low == "center") else 0
    if link in _NAME_LINKS:
        return after - at + 1
    return 0


def _office_before_of(words: list[Word], first: int, at: int) -> bool:
    following = words[at + 1].low if at + 1 < len(words) else ""
    return any(
        " ".join([*(w.low for w in words[k:at]), "of", following]) in lexicon.words("offices")
        for k in range(first, at)
    ) or any(
        " ".join(
            [*(w.low for w in words[k:at]), "of", "the", words[at + 2].low if at + 2 < len(words) else ""]
        )
        in lexicon.words("offices")
        for k in range(first, at)
    )


def _one_name(words: list[Word], first: int, at: int, after: int) -> bool:
    """Whether "and" stands inside a name: Import and Export, Ministry of Industry and Trade."""
    before, following = words[at - 1], words[after]
    if _is_form(before.text) or lexicon.is_place(following.text):
        return False
    left = [w.low for w in words[first:at]]
    after_of = "of" in left or left[0] in lexicon.words("authority_words")
    generic = lexicon.is_company_word(following.low) and following.low not in ("group", "company")
    if not generic:
        return False
    ends = lexicon.words("organization_words")
    if after_of:
        return True
    pairs = {
        ("import", "export"),
        ("export", "import"),
        ("science", "technology"),
        ("research", "development"),
    }
    if (before.low, following.low) in pairs:
        return True
    # "Tongsheng Technology and Global Sensor Technology" are two; "Steel and Alloy Works" is one.
    rest = [w.low for w in words[after : after + 4] if is_capital(w.text)]
    return (
        before.low not in ends
        and lexicon.is_company_word(before.low)
        and any(w in ends or _is_form(w) for w in rest)
    )


_STOPPED_FORMS = frozenset(["s.a", "a.s", "s.r.l", "s.p.a", "b.v", "n.v", "s.a.s", "s.r.o", "d.o.o", "l.l.c"])


def _is_form(word: str) -> bool:
    """A legal form in running text; two-letter ones only in capitals (SA, AG), never the English words."""
    plain = word.rstrip(".")
    if plain in ("plc", "ltd") or plain.casefold() in _STOPPED_FORMS:
        return True
    if plain.casefold() in (
        "as",
        "is",
        "se",
        "no",
        "or",
        "pa",
        "state",
        "cartel",
        "trust",
        "sole",
        "an",
        "ab",
        "da",
        "un",
        "de",
        "the",
        "union",
        "office",
        "gao",
        "branch",
        "sia",
    ):
        return plain in ("SE", "AB", "SIA", "AS")
    if lexicon.is_company_word(plain) and plain.casefold() not in ("co", "company"):
        return False
    if len(plain) <= 3 and plain.islower():
        return False
    return lexicon.is_legal_form(plain)


def _legal_after_comma(word: Word) -> bool:
    return word.low in (
        "ltd",
        "inc",
        "llc",
        "limited",
        "s.a",
        "gmbh",
        "corp",
        "plc",
        "l.p",
        "lp",
        "incorporated",
        "jsc",
        "pjsc",
        "llp",
        "co",
        "sa",
        "b.v",
        "fze",
        "pte",
        "fzco",
    )


# --- from runs to names -------------------------------------------------------------------------------------


def _split(words: list[Word], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Parts of a run that are names of their own: what stands before an office, and the person after it."""
    offices = lexicon.words("offices") | lexicon.words("callings") | lexicon.words("commentators")
    titles = offices | lexicon.words("honorifics")
    at = first
    while at < last:
        size = 0 if at > first and words[at - 1].low in ("of", "for") else _phrase_at(words, at, last, titles)
        whole_rest = last - at
        if size and size < whole_rest and words[at + size].low in ("for", "of"):
            person = _person_at_end(words, at + size, last)
            if person:
                if at > first:
                    yield first, at
                first = person
                break
        if size and size < whole_rest and not _continues_as_company(words, at + size, last):
            if at > first:
                yield first, at
            first = at = at + size
            while first < last and words[first].low in ("of", "the", "and", "for"):
                first += 1
            at = max(at, first)
            continue
        if size and size == whole_rest and at > first:
            yield first, at
            return
        at += 1
    if first < last:
        yield first, last


def _person_at_end(words: list[Word], first: int, last: int) -> int:
    """Where a person's name begins that ends "Assistant Secretary for Export Enforcement Paul Renner"; 0 for none."""
    places = (k for k in (last - 2, last - 3) if k > first)
    return next((k for k in places if lexicon.is_given(words[k].text)), 0)


def _continues_as_company(words: list[Word], first: int, last: int) -> bool:
    """Whether what follows an office word makes it part of a company's name (General Technology Group)."""
    rest = words[first:last]
    return any(
        _is_form(w.text) or w.low in lexicon.words("organization_words") or w.low in lexicon.words("things")
        for w in rest
    ) or rest[0].low in ("of", "and", "&", "for")


def _phrase_at(words: list[Word], at: int, last: int, phrases: frozenset[str]) -> int:
    """The length of the longest of the phrases that begins at a word; 0 for none."""
    for size in range(min(5, last - at), 0, -1):
        if " ".join(w.low for w in words[at : at + size]) in phrases:
            return size
    return 0


def _classify(
    text: str, words: list[Word], first: int, last: int, *, at_start: bool, low: frozenset[str]
) -> Mention | None:
    # A place's people before a lower-case noun or an office: "German Chancellor", "Chinese groups".
    while last > first and words[last - 1].low in (_LINKS | {"the"}) and not is_capital(words[last - 1].text):
        last -= 1
    run = words[first:last]
    if not run or all(
        w.low in lexicon.words("function_words") or w.low in lexicon.words("common_nouns") for w in run
    ):
        if len(run) == 1 and lexicon.is_place(run[0].text):
            return _mention(text, run, "place", "a place")
        return None
    name = " ".join(w.text for w in run)
    lowered = name.casefold()
    if lowered in lexicon.words("authorities") or re.sub(
        r"^(us|u\.s\.?|uk|u\.k\.|the) ", "", lowered
    ) in lexicon.words("authorities"):
        return _mention(text, run, "organization", "a known authority", body="authority")
    if lowered in lexicon.words("media"):
        if first and words[first - 1].text == "The" and f"the {lowered}" in lexicon.words("media"):
            run = words[first - 1 : last]
        return _mention(text, run, "organization", "a known publisher", body="media")
    form = [w for w in run if _is_form(w.text) and (w.low != "company" or len(run) > 1)]
    if form and (len(run) > 1) and any(not _is_form(w.text) and w.low not in _LINKS for w in run):
        return _mention(text, run, "organization", f"the legal form {form[-1].text}")
    if (name in ("U.S", "U.K") or lexicon.is_place(name) or _is_state(name)) and not _office_before(
        text, words, first
    ):
        return _mention(text, run, "place", "a place")
    person = _person(text, words, first, last)
    if person is not None:
        return person
    if len(run) > 1 and all(lexicon.is_place(w.text) for w in run):
        return _mention(text, run, "place", "a place")
    body = _body(run)
    if run[-1].low in lexicon.words("things") or (
        len(run) > 1 and run[-1].text.isdigit() and run[-2].low in lexicon.words("things")
    ):
        return None
    if body == "media" and first > 1 and words[first - 1].text == "The":
        run = words[first - 1 : last]
    if body and len(run) > 1:
        return _mention(
            text,
            run,
            "organization",
            f"the word {run[-1].text if run[-1].low in _body_words(body) else body}",
            body=body,
        )
    content = [w for w in run if w.low not in _LINKS]
    if len(content) > 1 and (content[-1].low in lexicon.words("organization_words") or _headed(run)):
        return _mention(text, run, "organization", f"the word {content[-1].text}")
    place_first = len(content) > 1 and lexicon.is_place(content[0].text) and run[0].text not in _NATIONS
    if place_first and not lexicon.is_place(" ".join(w.text for w in content[:2])) and len(content) < 6:
        return _mention(text, run, "organization", f"the place {content[0].text} and a name")
    if len(content) == 1 and at_start and (content[0].low in low or content[0].low.endswith("ing")):
        return None
    if len(content) == 1 and (lexicon.is_company_word(name) or len(name) < 2):
        return None
    if len(content) == 1 and _is_form(name):
        return None
    if at_start and content[0].low in low and len(content) > 1:
        run = run[1:] if content[0].low not in lexicon.words("organization_words") else run
    if len(content) == 1 and re.search(
        r"\b(?:family name|surname|last name|by name),? $", text[max(0, run[0].start - 16) : run[0].start]
    ):
        return _mention(text, run, "person", "called a family name", office="")
    if (
        text.startswith(", ", run[-1].end)
        and not run[-1].possessive
        and _in_a_place(text, words, first, last)
    ):
        return _mention(text, run, "place", "a town and its country or state")
    if text[: run[0].start].endswith((" in ", " near ", " across ", " around ", "In ")):
        return _mention(text, run, "place", "named as a place")
    return _mention(text, run, "unknown", "capitals")


def _in_a_place(text: str, words: list[Word], first: int, last: int) -> bool:
    """Whether ", Texas" or another place follows what stands after "of" or "in"."""
    if not text[: words[first].start].endswith((" of ", " in ", " from ", " at ", " near ", " to ")):
        return False
    after = [w.text for w in words[last : last + 2]]
    return any(
        is_place(" ".join(after[:size]))
        for size in (1, 2)
        for is_place in (lexicon.is_place, _is_state)
        if after
    )


def _is_state(name: str) -> bool:
    return name.casefold() in lexicon.words("states")


# Countries and their people stand before nouns of all kinds.
_NATIONS = frozenset(
    [
        "US", "U.S", "UK", "EU", "American", "British", "Chinese", "Russian", "German", "French",
        "Western", "European", "Iranian",
    ]
)  # fmt: skip


def _headed(run: list[Word]) -> bool:
    """Institute of X, Bank of Y: the head stands before "of"."""
    heads = lexicon.words("organization_words") | lexicon.words("research_words")
    return any(before.low in heads and word.low == "of" for before, word in pairwise(run))


def _body_words(body: str) -> frozenset[str]:
    return lexicon.words({"authority": "authority_words", "media": "media_words"}.get(body, "research_words"))


def _body(run: list[Word]) -> Body:
    low = [w.low for w in run]
    if low[-1] in ("embassy", "consulate") or low[0] in ("embassy", "consulate"):
        return "embassy"
    head = low[: low.index("of")][-1] if "of" in low[1:] else low[-1]
    first = low[0]
    if "of" not in low and head in _OF_BUSINESS_TOO and not set(low[:-1]) & lexicon.words("state_words"):
        return ""
    if head in lexicon.words("authority_words") or (
        first in lexicon.words("authority_words") and len(low) > 2 and low[1] in ("of", "for", "on")
    ):
        return "authority"
    if head in lexicon.words("media_words"):
        return "media"
    if head in lexicon.words("research_words") or first in ("university", "institute", "academy"):
        return "research"
    return ""


# Heads of bodies of a state, and of firms as well: a word for a duty of states has to stand before them.
_OF_BUSINESS_TOO = frozenset(["service", "agency", "house", "mission", "force", "office", "bureau", "unit"])


def _person(text: str, words: list[Word], first: int, last: int) -> Mention | None:
    run = words[first:last]
    parts = [w for w in run if w.low not in _NAME_LINKS]
    office = _office_before(text, words, first)
    if (
        not 1 <= len(parts) <= 5
        or any(w.text.isdigit() or w.text == "&" for w in run)
        or any(w.low in ("of", "and", "for", "on") for w in run)
    ):
        return None
    companyish = [
        w
        for w in parts
        if w.low in lexicon.words("organization_words")
        or w.low in lexicon.words("research_words")
        or w.low in lexicon.words("authority_words")
    ]
    if office and (len(parts) > 1 or text[words[first - 1].end : words[first].start] != ", "):
        if parts[-1].low in lexicon.words("organization_words") or any(
            lexicon.is_place(w.text) for w in parts[:1]
        ):
            return None
        if all(lexicon.is_company_word(w.text) for w in parts) and not lexicon.is_given(parts[0].text):
            return None
        return _mention(text, run, "person", f"the office {office}", office=office)
    if (
        len(parts) < 2
        or companyish
        or (
            any(w.text.isupper() and len(w.text) > 3 for w in parts)
            and not all(w.text.isupper() for w in parts)
            and not _surname_in_capitals(parts)
        )
    ):
        return None
    leading = parts[0].text
    if _WHO.match(text, words[last - 1].end) and not any(
        lexicon.is_company_word(w.text) or lexicon.is_place(w.text) or _is_form(w.text) for w in parts
    ):
        return _mention(text, run, "person", "what stands behind it", office=_office_after(text, words, last))
    initials = sum(len(w.text) == 1 or re.fullmatch(r"(?:[A-Z]\.)+[A-Z]?", w.text) is not None for w in parts)
    described = _office_after(text, words, last)
    western = (
        lexicon.is_given(leading)
        and len(parts) == 2
        and (described in lexicon.words("commentators") or described in lexicon.words("offices"))
    ) or (
        lexicon.is_given(leading)
        and not lexicon.is_place(leading)
        and (not lexicon.is_company_word(parts[-1].text) or lexicon.is_family(parts[-1].text))
        and (not lexicon.is_place(parts[-1].text) or lexicon.is_family(parts[-1].text))
    )
    chinese = (
        len(parts) in (2, 3)
        and lexicon.is_family(leading)
        and any(c.startswith("family:") and not c.isascii() for c in lexicon.name_classes(leading))
        and _pinyin(parts[1].text)
        and (len(parts) == 2 or _pinyin(parts[2].text))
    )
    patronymic = 2 <= len(parts) <= 3 and any(
        re.search(r"(?:ovich|evich|yevich|ovna|evna|yevna|ichna)$", w.low) for w in parts[1:]
    )
    syllables = all(_SYLLABLE.fullmatch(w.low) for w in parts[1:])
    korean = (len(parts) == 3 and syllables and parts[0].low in lexicon.words("korean_families")) or (
        len(parts) == 2 and "-" in parts[1].text and _second_of_given_name(parts[0].text, parts[1].text)
    )
    known_family = (
        len(parts) == 2
        and lexicon.is_family(parts[1].text)
        and parts[0].text.istitle()
        and lexicon.phrase(parts[0].text) is None
        and lexicon.phrase(parts[1].text) is None
    )
    family_last = initials > 0 and len(parts) >= 2 and len(parts[-1].text) > 2
    if western or chinese or korean or patronymic or family_last or known_family:
        if all(lexicon.is_company_word(w.text) for w in parts):
            return None
        rule = (
            "a given name"
            if western
            else "a Chinese family name"
            if chinese
            else "the form of a person's name"
        )
        return _mention(text, run, "person", rule, office=_office_after(text, words, last))
    after = _office_after(text, words, last)
    if after and not any(lexicon.is_company_word(w.text) for w in parts):
        return _mention(text, run, "person", f"described as {after}", office=after)
    return None


def _surname_in_capitals(parts: list[Word]) -> bool:
    """Whether one word, the first or the last, is in capitals, as lists of authorities write surnames."""
    upper = [w.text.isupper() and len(w.text) > 1 for w in parts]
    return upper in ([True, *[False] * (len(parts) - 1)], [*[False] * (len(parts) - 1), True])


# Behind a name, these tell a person.
_WHO = re.compile(
    r"(?:, who (?!make)|, (?:aged )?\d\d,| pleaded | told (?:reporters|investigators|the court)\b)"
)
_PINYIN = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:a|o|e|i|u|v|ai|ei|ui|ao|ou|iu|ie|ve|ue|er|an|en|in|un|vn|ang|eng|ing|ong|ia|iao|ian|iang|iong|ua|uo|uai|uan|uang)",
)


def _pinyin(word: str) -> bool:
    """Whether a word can be one or two (hyphenated or not) syllables of pinyin."""
    return re.fullmatch(rf"(?:{_PINYIN.pattern})-?(?:{_PINYIN.pattern})?", word.casefold()) is not None


def _office_before(text: str, words: list[Word], first: int) -> str:
    """The office, calling or honorific that ends right before a word; "" for none."""
    titles = (
        lexicon.words("offices")
        | lexicon.words("callings")
        | lexicon.words("commentators")
        | lexicon.words("honorifics")
    )
    for size in range(4, 0, -1):
        if first - size < 0:
            continue
        gap = text[words[first - 1].end : words[first].start]
        owned = first > size and (
            words[first - size - 1].possessive
            or words[first - size - 1].low in ("his", "her", "its", "their", "whose")
        )
        if gap.strip(" .," if owned else " .") or words[first - 1].possessive:
            continue
        found = " ".join(w.low.rstrip(".") for w in words[first - size : first])
        if found in titles:
            return found
    apart = _OFFICE_APART.search(text, words[0].start, words[first].start)
    if apart is None:
        return ""
    low = [w.low for w in words_of(apart["office"], 0, len(apart["office"]))]
    return next((found for n in range(len(low)) if (found := " ".join(low[n:])) in titles), "")


# "a spokeswoman for Halden Microdevices, Grace O'Neill"; "Ukraine's ambassador to Egypt, Oksana Levchenko".
_OFFICE_APART = re.compile(
    r"(?P<office>(?:[\w-]+ ){0,3}[\w-]+) (?:of|for|to|at|in|with) (?:the )?"
    r"[A-Z][\w.&’'-]*(?: (?:(?:of|and|for|&) )?[A-Z][\w.&’'-]*){0,5},? $"
)


_AFTER = re.compile(
    r",? (?:(?:who|and) )?(?:is |was |now |currently |then )?(?:an? |the |its |their |his )?([^.;:()“”]{3,90})"
)


def _office_after(text: str, words: list[Word], last: int) -> str:
    """The calling in an apposition after a name (", a former analyst at"); "" for none."""
    match = _AFTER.match(text, words[last - 1].end)
    if match is None or not text.startswith((", ", " is ", " was "), words[last - 1].end):
        return ""
    found = [w.low for w in words_of(match[1], 0, len(match[1]))][:8]
    lists = [lexicon.words(key) for key in ("commentators", "offices", "callings")]
    for at in range(len(found)):
        if found[at] in ("said", "says", "told", "who", "which", "that"):
            break
        for size in (3, 2, 1):
            phrase = " ".join(found[at : at + size])
            if any(phrase in words for words in lists):
                return phrase
    return ""


def _mention(
    text: str, run: list[Word], kind: Kind, rule: str, *, body: Body = "", office: str = ""
) -> Mention:
    start, end = run[0].start, run[-1].end
    dotted = text[end : end + 1] == "." and run[-1].low in _DOTTED_FORMS and kind == "organization"
    ends = dotted and re.match(r"\s*(?:$|\n|[\s”\"’)]+[A-ZА-Я“\"])", text[end + 1 : end + 6]) is not None
    # The full stop of a sentence belongs to the name only where the name is written with stops ("Co., Ltd.").
    if dotted and (not ends or "." in text[start:end]):
        end += 1
    quotes = {"“": "”", "«": "»", '"': '"', "‘": "’"}
    inside = text[start:end]
    for opening, closing in quotes.items():
        if opening in inside and text[end : end + 1] == closing:
            end += 1
            break
    return Mention(start, end, text[start:end], kind, rule, body, office)
