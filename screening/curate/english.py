"""Mentions of parties in English and other Latin-script text: capitalised runs and what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from screening.curate import lexicon
from screening.curate.document import Document, Sentence
from screening.curate.english_kinds import classify
from screening.curate.english_runs import is_form, names_in_run, run_end
from screening.curate.mentions import Mention, words_of


def find(document: Document, sentences: Sequence[Sentence]) -> list[list[Mention]]:
    """Mentions of each sentence, in the order of the text. Headlines give none here; known names are sought there."""
    low = frozenset(w for w in re.findall(r"[^\W\d_]+", document.text) if w.islower())
    found = []
    for s in sentences:
        line = document.text[s.start : s.end]
        mentions = [] if is_headline(line) else list(_in_sentence(document.text, s, low))
        if mentions and _in_capitals(line) and not _names_a_body(line):
            mentions = [m for m in mentions if m.rule.startswith(_SURE)]
        found.append(mentions)
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
    for other in (index + 1, index - 1):
        if 0 <= other < len(sentences) and (
            office := _office_of_line(text[sentences[other].start : sentences[other].end])
        ):
            return mention._replace(kind="person", rule=f"signs as {office}", office=office)
    above = text[sentences[index - 1].start : sentences[index - 1].end] if index else ""
    if _CLOSING.fullmatch(above.rstrip(",")) and 1 < len(mention.text.split()) < 5:
        return mention._replace(kind="person", rule="signs a letter")
    return mention


def _office_of_line(line: str) -> str:
    """The office that a line alone names, with or without what it is for: Assistant Secretary for Export Control."""
    words = line.casefold().removeprefix("the ").rstrip(".,").split()
    if len(words) > 9 or not line[:1].isupper():
        return ""
    for size in range(min(5, len(words)), 0, -1):
        office = " ".join(words[:size])
        if office in lexicon.words("offices") and (
            size == len(words) or words[size] in ("for", "of") or words[size - 1].endswith(",")
        ):
            return office
    return ""


# Rules that tell a name in a headline too, where every word has a capital.
_SURE = ("the legal form", "a known", "a place", "the office", "what stands behind", "a town", "the title")


def _in_capitals(line: str) -> bool:
    """Whether nearly every word of a line has a capital, as in headlines with a firm's full name."""
    found = [w for w in re.findall(r"[^\W\d_][\w’'-]*", line) if len(w) > 3]
    if line.endswith((".", ";", ":")) or not line[:1].isalpha():
        return False
    return len(found) > 5 and sum(w[0].isupper() for w in found) >= 0.85 * len(found)


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
    return any(is_form(word.text) for word in words_of(name, 0, len(name)))


def _has_legal_form(line: str) -> bool:
    return any(
        lexicon.is_legal_form(word.text) and not lexicon.is_company_word(word.text) and len(word.text) > 2
        for word in words_of(line, 0, len(line))
    )


def _in_sentence(text: str, sentence: Sentence, low: frozenset[str]) -> Iterator[Mention]:
    words = words_of(text, sentence.start, sentence.end)
    at = 0
    while at < len(words):
        end = run_end(text, words, at)
        if end == at:
            at += 1
            continue
        for first, last in names_in_run(words, at, end):
            mention = classify(text, words, first, last, at_start=first == 0, low=low)
            if mention is not None:
                yield mention
        at = end
