"""What a run of capitalised words is: an organisation, a person, a place, or nothing."""

from __future__ import annotations

import re
from itertools import pairwise

from screening.curate import lexicon
from screening.curate.english_people import office_before, person
from screening.curate.english_runs import LINKS, is_form, mention_of
from screening.curate.mentions import Body, Mention, Word, is_capital


def classify(
    text: str, words: list[Word], first: int, last: int, *, at_start: bool, low: frozenset[str]
) -> Mention | None:
    """The mention that the words from first to last are; None for headings, things and lone common words.

    at_start: whether the run opens its sentence. low: the words that the document writes in lower case.
    """
    # A place's people before a lower-case noun or an office: "German Chancellor", "Chinese groups".
    while last > first and words[last - 1].low in (LINKS | {"the"}) and not is_capital(words[last - 1].text):
        last -= 1
    run = words[first:last]
    if not run or all(
        w.low in lexicon.words("function_words") or w.low in lexicon.words("common_nouns") for w in run
    ):
        if len(run) == 1 and lexicon.is_place(run[0].text):
            return mention_of(text, run, "place", "a place")
        return None
    name = " ".join(w.text for w in run)
    lowered = name.casefold()
    if lowered in lexicon.words("authorities") or re.sub(
        r"^(us|u\.s\.?|uk|u\.k\.|the) ", "", lowered
    ) in lexicon.words("authorities"):
        return mention_of(text, run, "organization", "a known authority", body="authority")
    if lowered in lexicon.words("media"):
        if first and words[first - 1].text == "The" and f"the {lowered}" in lexicon.words("media"):
            run = words[first - 1 : last]
        return mention_of(text, run, "organization", "a known publisher", body="media")
    if at_start and run[0].text.isupper() and run[-1].text.isupper() and _DATELINE.match(text, run[-1].end):
        return mention_of(text, run, "place", "a dateline")
    form = [w for w in run if is_form(w.text) and (w.low != "company" or len(run) > 1)]
    if form and (len(run) > 1) and any(not is_form(w.text) and w.low not in LINKS for w in run):
        return mention_of(text, run, "organization", f"the legal form {form[-1].text}")
    if (name in ("U.S", "U.K") or lexicon.is_place(name) or _is_state(name)) and not office_before(
        text, words, first
    ):
        return mention_of(text, run, "place", "a place")
    someone = person(text, words, first, last)
    if someone is not None:
        return someone
    if len(run) > 1 and all(lexicon.is_place(w.text) for w in run):
        return mention_of(text, run, "place", "a place")
    body = _body(run)
    if run[-1].low in lexicon.words("things") or (
        len(run) > 1 and run[-1].text.isdigit() and run[-2].low in lexicon.words("things")
    ):
        return None
    if body == "media" and first > 1 and words[first - 1].text == "The":
        run = words[first - 1 : last]
    if body and len(run) > 1:
        return mention_of(
            text,
            run,
            "organization",
            f"the word {run[-1].text if run[-1].low in _body_words(body) else body}",
            body=body,
        )
    content = [w for w in run if w.low not in LINKS]
    if len(content) > 1 and (content[-1].low in lexicon.words("organization_words") or _headed(run)):
        return mention_of(text, run, "organization", f"the word {content[-1].text}")
    place_first = len(content) > 1 and lexicon.is_place(content[0].text) and run[0].text not in _NATIONS
    if place_first and not lexicon.is_place(" ".join(w.text for w in content[:2])) and len(content) < 6:
        return mention_of(text, run, "organization", f"the place {content[0].text} and a name")
    if len(content) == 1 and at_start and (content[0].low in low or content[0].low.endswith("ing")):
        return None
    if len(content) == 1 and (lexicon.is_company_word(name) or len(name) < 2):
        return None
    if len(content) == 1 and is_form(name):
        return None
    if at_start and content[0].low in low and len(content) > 1:
        run = run[1:] if content[0].low not in lexicon.words("organization_words") else run
    if len(content) == 1 and re.search(
        r"\b(?:family name|surname|last name|by name),? $", text[max(0, run[0].start - 16) : run[0].start]
    ):
        return mention_of(text, run, "person", "called a family name", office="")
    if (
        text.startswith(", ", run[-1].end)
        and not run[-1].possessive
        and _in_a_place(text, words, first, last)
    ):
        return mention_of(text, run, "place", "a town and its country or state")
    if _ARRIVES.search(text, max(0, run[0].start - 50), run[0].start):
        return mention_of(text, run, "place", "named as a place")
    if text[: run[0].start].endswith(
        (" in ", " near ", " across ", " around ", "In ", "laws of ")
    ) or _PLACE_BEHIND.match(text, run[-1].end):
        return mention_of(text, run, "place", "named as a place")
    return mention_of(text, run, "unknown", "capitals")


_ARRIVES = re.compile(
    r"\b(?:docked|called|loaded|arrived|anchored|landed|berthed|stationed|moored|(?:discharg|unload)[^.]{0,30}|port)"
    r" (?:at|of) $"
)
_DATELINE = re.compile(r"(?:, [A-Z][a-z]+\.?(?: \d{1,2})?)? ?(?:\([^()\n]{2,30}\) ?)?[-–—] ")
# "the Larsi checkpoint", "off the Natuna islands".
_PLACE_BEHIND = re.compile(
    r" (?:checkpoint|border|crossing|islands?|peninsula|coast|region|province|district|valley|airbase|refinery|harbour"
    r"|free zone|industrial zone|railway station)\b"
)


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
