"""Runs of capitalised words: where a name begins and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from screening.curate import lexicon
from screening.curate.mentions import Body, Kind, Mention, Word, is_capital

DOTTED_FORMS = frozenset(
    [
        "co", "ltd", "inc", "corp", "llc", "l.l.c", "s.a", "b.v", "n.v", "plc", "mfg", "intl", "bros",
        "cia", "ltda", "pte", "pvt", "pty", "no", "sti", "a.s", "s.r.l", "s.p.a", "u.s", "u.k", "u.n",
        "d.o.o", "s.r.o", "a.d", "d.d", "o.o.d", "s.a.s", "j.s.c",
    ]
)  # fmt: skip
LINKS = frozenset(
    [
        "of", "and", "&", "for", "de", "del", "la", "von", "van", "bin", "ibn", "der", "du", "do", "da",
        "di", "e", "y", "on", "the", "al", "el", "ve", "und", "et",
    ]
)  # fmt: skip
NAME_LINKS = frozenset(
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


def run_end(text: str, words: list[Word], at: int) -> int:
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
    if gap in (' "', " “", " «", " ‘") and is_form(before.text):
        return 1
    if gap == " (" and _bracket_in_name(text, words, at):
        return 2
    if gap == ") " and at - first > 1:
        return 1 if is_capital(word.text) else 0
    stop = gap.strip() == "." and (before.low in DOTTED_FORMS or len(before.text) == 1)
    if gap == ". " and before.low in ("co", "ltd", "inc", "corp") and not is_form(word.text):
        return 0  # "... Motors Inc. Acme denied it" names two
    if gap == ". " and before.low in ("u.s", "u.k", "u.n") and not _is_body_word(words, at):
        return 0
    if gap.strip() and not stop:
        return 0
    if word.text == "&" or word.low in LINKS:
        return _link(text, words, first, at)
    if is_capital(word.text) or second_of_given_name(before.text, word.text):
        return int(word.low not in _PREPOSITIONS and word.low not in ("the", "a", "an"))
    if word.text in ("plc", "ltd") or word.low in _STOPPED_FORMS:
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
    return any(is_form(w.text) for w in rest[:ends])


# A syllable as Korean and Chinese given names are spelt in Latin letters.
SYLLABLE = re.compile(r"[bcdghjklmnprstwyz]{0,2}[aeiou]{1,3}(?:ng|n|k|m|l|p|b|t|h)?")


def second_of_given_name(family: str, given: str) -> bool:
    """Whether a word with a hyphen is the given name that follows a family name: Lee Ji-hoon."""
    parts = given.split("-")
    return (
        len(parts) == 2
        and parts[0][:1].isupper()
        and family[:1].isupper()
        and len(family) < 7
        and all(SYLLABLE.fullmatch(part.casefold()) for part in parts)
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
            or (
                lexicon.is_company_word(head)
                and not lexicon.is_place(head)
                and not lexicon.is_place(following.text)  # "Vityaz Polis of Moscow"
            )
        )
        return after - at + 1 if ok else 0
    if link in ("for", "on"):
        heads = lexicon.words("authority_words") | lexicon.words("research_words") | {"committee", "fund"}
        return after - at + 1 if before.low in heads or (link == "for" and before.low == "center") else 0
    if link in NAME_LINKS:
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
    if is_form(before.text) or lexicon.is_place(following.text):
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
        and any(w in ends or is_form(w) for w in rest)
    )


_STOPPED_FORMS = frozenset(
    ["s.a", "a.s", "s.r.l", "s.p.a", "b.v", "n.v", "s.a.s", "s.r.o", "d.o.o", "d.d", "l.l.c"]
)


def is_form(word: str) -> bool:
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
        "eu",
    ):
        return plain in ("SE", "AB", "SIA", "AS")
    if lexicon.is_company_word(plain) and plain.casefold() not in ("co", "company"):
        return False
    if len(plain) <= 3 and plain.islower():
        return False
    if len(plain) < 3 and not plain.isupper() and plain not in ("Oy", "Co"):
        return False  # "Li" is a name in running text
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


def names_in_run(words: list[Word], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Parts of a run that are names of their own: what stands before an office, and the person after it."""
    offices = lexicon.words("offices") | lexicon.words("callings") | lexicon.words("commentators")
    titles = offices | lexicon.words("honorifics")
    if first > 1 and words[first - 1].low in ("for", "of") and words[first - 2].low in offices:
        first = _person_at_end(words, first, last) or first
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
        if size and size == whole_rest:  # an office ends the run, or is all of it
            if at > first:
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
        is_form(w.text) or w.low in lexicon.words("organization_words") or w.low in lexicon.words("things")
        for w in rest
    ) or rest[0].low in ("of", "and", "&", "for")


def _phrase_at(words: list[Word], at: int, last: int, phrases: frozenset[str]) -> int:
    """The length of the longest of the phrases that begins at a word; 0 for none."""
    for size in range(min(5, last - at), 0, -1):
        if " ".join(w.low for w in words[at : at + size]) in phrases:
            return size
    return 0


def mention_of(
    text: str, run: list[Word], kind: Kind, rule: str, *, body: Body = "", office: str = ""
) -> Mention:
    """A mention of a run of words, with the full stop of an abbreviated form and the closing quotation mark."""
    start, end = run[0].start, run[-1].end
    dotted = text[end : end + 1] == "." and run[-1].low in DOTTED_FORMS and kind == "organization"
    ends = dotted and re.match(r"\s*(?:$|\n|[\s”\"’)]+[A-ZА-Я“\"])", text[end + 1 : end + 6]) is not None
    # The full stop of a sentence belongs to the name only where the name is written with stops ("Co., Ltd.").
    if dotted and (not ends or "." in text[start:end]):
        end += 1
    if kind == "person" and len(run) > 1 and len(run[-1].text) == 1 and text[end : end + 1] == ".":
        end += 1  # courts write "Dmitri K."
    quotes = {"“": "”", "«": "»", '"': '"', "‘": "’"}
    inside = text[start:end]
    for opening, closing in quotes.items():
        if opening in inside and text[end : end + 1] == closing:
            end += 1
            break
    return Mention(start, end, text[start:end], kind, rule, body, office)
