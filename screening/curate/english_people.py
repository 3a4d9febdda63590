"""People: given names, the forms of names, and the offices that stand beside them."""

from __future__ import annotations

import re

from screening.curate import lexicon
from screening.curate.english_runs import NAME_LINKS, SYLLABLE, is_form, mention_of, second_of_given_name
from screening.curate.mentions import Mention, Word, words_of


def person(text: str, words: list[Word], first: int, last: int) -> Mention | None:
    """The mention of a person that a run of words is; None where it is none."""
    run = words[first:last]
    parts = [w for w in run if w.low not in NAME_LINKS]
    office = office_before(text, words, first)
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
    if office in lexicon.words("company_nouns") and not lexicon.is_given(parts[0].text):
        office = ""  # "the trader X" may be a firm
    if office and (len(parts) > 1 or text[words[first - 1].end : words[first].start] != ", "):
        if parts[-1].low in lexicon.words("organization_words") or any(
            lexicon.is_place(w.text) for w in parts[:1]
        ):
            return None
        if all(lexicon.is_company_word(w.text) for w in parts) and not lexicon.is_given(parts[0].text):
            return None
        return mention_of(text, run, "person", f"the office {office}", office=office)
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
        lexicon.is_company_word(w.text) or lexicon.is_place(w.text) or is_form(w.text) for w in parts
    ):
        return mention_of(
            text, run, "person", "what stands behind it", office=office_after(text, words, last)
        )
    initials = sum(len(w.text) == 1 or re.fullmatch(r"(?:[A-Z]\.)+[A-Z]?", w.text) is not None for w in parts)
    described = office_after(text, words, last)
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
    syllables = all(SYLLABLE.fullmatch(w.low) for w in parts[1:])
    korean = (len(parts) == 3 and syllables and parts[0].low in lexicon.words("korean_families")) or (
        len(parts) == 2 and "-" in parts[1].text and second_of_given_name(parts[0].text, parts[1].text)
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
        return mention_of(text, run, "person", rule, office=office_after(text, words, last))
    after = office_after(text, words, last)
    # "X, a trader" may be a firm.
    if after in lexicon.words("company_nouns"):
        return None
    if after and not any(lexicon.is_company_word(w.text) for w in parts):
        return mention_of(text, run, "person", f"described as {after}", office=after)
    return None


def _surname_in_capitals(parts: list[Word]) -> bool:
    """Whether one word, the first or the last, is in capitals, as lists of authorities write surnames."""
    upper = [w.text.isupper() and len(w.text) > 1 for w in parts]
    return upper in ([True, *[False] * (len(parts) - 1)], [*[False] * (len(parts) - 1), True])


# Behind a name, these tell a person.
_WHO = re.compile(
    r"(?:, who (?!make)|, (?:aged )?\d\d,| pleaded | told (?:reporters|investigators|the court)\b"
    r"|, an? (?:[\w-]+ ){0,3}(?:national|citizen|resident|businessman|businesswoman)\b| was (?:arrested|extradited|born)\b)"
)
_PINYIN = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:a|o|e|i|u|v|ai|ei|ui|ao|ou|iu|ie|ve|ue|er|an|en|in|un|vn|ang|eng|ing|ong|ia|iao|ian|iang|iong|ua|uo|uai|uan|uang)",
)


def _pinyin(word: str) -> bool:
    """Whether a word can be one or two (hyphenated or not) syllables of pinyin."""
    return re.fullmatch(rf"(?:{_PINYIN.pattern})-?(?:{_PINYIN.pattern})?", word.casefold()) is not None


def office_before(text: str, words: list[Word], first: int) -> str:
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
            before = words[first - size - 1].low if first > size else ""
            if found in ("president", "vice president", "chairman", "secretary") and (
                before in ("its", "their", "company", "firm")
                or (first > size and words[first - size - 1].possessive)
            ):
                return "president of a company"
            retired = before in ("retired", "former") and found in lexicon.words("offices")
            return "former official" if retired else found
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


_IS_A = re.compile(r" (?:is|was) (?:an?|the|now|then|its|their) ")
_STUDIES = re.compile(
    r", who (?:has )?(?:studie[sd]|researche[sd]|teaches|tracks|follows|writes about|wrote about)\b"
)
_OWNS = re.compile(
    r", who (?:co-)?(?:founded|owns|owned|runs|ran|heads|manages|controls|controlled|set up)\b"
)
_AFTER = re.compile(
    r",? (?:(?:who|and) )?(?:is |was |now |currently |then )?(?:an? |the |its |their |his )?([^.;:()“”]{3,90})"
)


def office_after(text: str, words: list[Word], last: int) -> str:
    """The calling in an apposition after a name (", a former analyst at"); "" for none."""
    if _STUDIES.match(text, words[last - 1].end):
        return "researcher"
    if _OWNS.match(text, words[last - 1].end):
        return "owner"
    match = _AFTER.match(text, words[last - 1].end)
    at = words[last - 1].end
    if match is None or not (text.startswith(", ", at) or _IS_A.match(text, at)):
        return ""
    found = [w.low for w in words_of(match[1], 0, len(match[1]))][:8]
    lists = [lexicon.words(key) for key in ("commentators", "offices", "callings")]
    for at in range(len(found)):
        if found[at] in ("said", "says", "told", "who", "which", "that", "by", "after", "when", "because"):
            break
        for size in (3, 2, 1):
            phrase = " ".join(found[at : at + size])
            if any(phrase in words for words in lists):
                former = at and found[at - 1] in ("former", "retired") and phrase in lexicon.words("offices")
                return "former official" if former else phrase
    return ""
