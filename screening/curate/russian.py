"""Mentions of parties in Russian text: by legal form and quotation marks, by the word for a body, by given name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from screening.curate import lexicon
from screening.curate.document import Sentence
from screening.curate.mentions import Body, Mention

_CYRILLIC = re.compile("[\u0400-\u04ff]")


class _Patterns(NamedTuple):
    quoted: re.Pattern[str]
    authority: re.Pattern[str]
    media: re.Pattern[str]
    office: re.Pattern[str]
    nouns: re.Pattern[str]
    media_nouns: re.Pattern[str]
    research: re.Pattern[str]


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    raw = lexicon.data("russian")

    def lines(key: str) -> str:
        return re.sub(r"\|\s+", "|", str(raw[key]))

    def stems(key: str) -> str:
        return "|".join(re.escape(str(word)) for word in raw[key])

    offices = sorted([*raw["offices"], *raw["commentators"], *raw["callings"]], key=len, reverse=True)
    inflected = "|".join(
        r"\s".join(rf"{re.escape(_stem(w))}\w{{0,4}}" for w in str(o).split()) for o in offices
    )
    return _Patterns(
        quoted=re.compile(rf"(?:\b(?P<form>{stems('forms')})\s+)?[«“\"](?P<name>[^«»“”\"\n]{{2,70}})[»”\"]"),
        authority=re.compile(rf"\b(?:{lines('authorities')})"),
        media=re.compile(rf"\b(?:{lines('media_names')})\b"),
        office=re.compile(rf"\b(?P<office>{inflected})$", re.IGNORECASE),
        nouns=re.compile(rf"(?:^|[\s«])(?:{stems('nouns')})\w*(?:\s[\w-]+){{0,2}}\s$", re.IGNORECASE),
        media_nouns=re.compile(rf"(?:^|\s)(?:{stems('media')})\w*\s$", re.IGNORECASE),
        research=re.compile(rf"(?:^|\s)(?:{stems('research')})\w*(?:\s[\w-]+){{0,2}}\s$", re.IGNORECASE),
    )


_ENDINGS = re.compile(
    r"(?:ого|его|ому|ему|ыми|ими|ами|ями|ой|ей|ою|ом|ем|ым|им|ов|ев|ах|ях|ых|их|[аяуюоеыийьё])$"
)


def _stem(word: str) -> str:
    """A word without its case ending, for comparison alone."""
    low = word.casefold()
    cut = _ENDINGS.sub("", low)
    return cut if len(cut) > 2 else low


def key(name: str) -> str:
    """What the forms of a Russian name in all cases have in common."""
    return " ".join(_stem(word) for word in re.findall(r"\w+", name))


def find(text: str, start: int, end: int) -> Iterator[Mention]:
    """Mentions in a part of a text. Of a name in quotation marks without a legal form, the words inside are the name."""
    if _CYRILLIC.search(text, start, end) is None:
        return
    taken: list[tuple[int, int]] = []
    for mention in (
        *_quoted(text, start, end),
        *_headed(text, start, end),
        *_plants(text, start, end),
        *_centres(text, start, end),
        *_authorities(text, start, end),
        *_people(text, start, end),
        *_places(text, start, end),
    ):
        if all(mention.end <= s or mention.start >= e for s, e in taken):
            taken.append((mention.start, mention.end))
            yield mention


def _quoted(text: str, start: int, end: int) -> Iterator[Mention]:
    p = _patterns()
    last_end, last_body = -1, ""
    for match in p.quoted.finditer(text, start, end):
        name = match["name"]
        first, stop = match.span("name")
        before = text[max(start, match.start() - 60) : match.start()]
        joined = (
            last_end >= 0
            and re.fullmatch(r"(?:,| и|, а также| или|;)\s", text[last_end : match.start()]) is not None
        )
        media = p.media_nouns.search(before) is not None
        noun = p.nouns.search(before) is not None
        if re.search(r"(?:танкер|судн|теплоход|сухогруз|корабл|балкер)\w*\s$", before):
            continue
        if not (name[0].isupper() or name[0].isdigit()) or not (match["form"] or media or noun or joined):
            continue
        body: Body = "media" if media else ""
        if joined and not (match["form"] or media or noun):
            body = "media" if last_body == "media" else ""
        if p.research.search(before) and not match["form"]:
            body = "research"
        if match["form"]:
            first, stop = match.start(), match.end()
        last_end, last_body = match.end(), body
        rule = f"the legal form {match['form']}" if match["form"] else "a name in quotation marks"
        yield Mention(first, stop, text[first:stop], "organization", rule, body=body, item=key(name))


_PLANT = re.compile(
    r"\b[А-ЯЁ][а-яё-]+ск(?:ий|ого|ому|им|ом|ая|ой|ую) (?:[а-яё-]+ ){0,2}"
    r"(?P<noun>завод|комбинат|фабрик|верф|институт|университет|академи)\w*"
)


_CENTRE = re.compile(
    r"\b(?:Центр|Институт|Фонд)\w{0,2}(?: [а-яё-]+){0,2} (?:исследований|анализа|экспертизы|изучения)\b"
)


# "Китайский завод" is any of a country.
_NATIONAL = re.compile(
    "(?:Китайск|Российск|Немецк|Германск|Американск|Турецк|Японск|Иранск|Украинск|Белорусск|Казахстанск|Европейск|"
    "Французск|Итальянск|Британск|Корейск|Польск|Чешск|Индийск|Государственн|Местн)"
)


def _plants(text: str, start: int, end: int) -> Iterator[Mention]:
    """Works and schools named after a place: Казанский вертолётный завод."""
    for match in _PLANT.finditer(text, start, end):
        if _NATIONAL.match(match[0]):
            continue
        body: Body = "research" if match["noun"] in ("институт", "университет", "академи") else ""
        yield Mention(
            match.start(),
            match.end(),
            match[0],
            "organization",
            "named after a place",
            body=body,
            item=key(match[0]),
        )


def _centres(text: str, start: int, end: int) -> Iterator[Mention]:
    """Houses of research: Центр энергетических исследований."""
    for match in _CENTRE.finditer(text, start, end):
        yield Mention(
            *match.span(),
            match[0],
            "organization",
            "a house of research",
            body="research",
            item=key(match[0]),
        )


def add_surnames(text: str, sentences: Sequence[Sentence], by_sentence: list[list[Mention]]) -> None:
    """Add the places where a person is named by the family name alone, in any case."""
    people: dict[str, Mention] = {}
    for found in by_sentence:
        for m in found:
            if m.kind == "person" and _CYRILLIC.search(m.text) and len(m.text.split()) > 1:
                people.setdefault(_stem(m.text.split()[-1]), m)
    if not people:
        return
    for index, sentence in enumerate(sentences):
        for match in _CAPITAL.finditer(text, sentence.start, sentence.end):
            person = people.get(_stem(match[0]))
            overlaps = any(m.start < match.end() and match.start() < m.end for m in by_sentence[index])
            if person is not None and not overlaps and len(match[0]) > 3:
                by_sentence[index].append(
                    person._replace(start=match.start(), end=match.end(), text=match[0], rule="a family name")
                )


_HEADED = re.compile(
    r"\b(?P<name>[А-ЯЁ][а-яё]+(?: [А-ЯЁ][а-яё]+){0,3} "
    r"(?:Банк|Групп|Группой|Холдинг|Трейд|Трейдинг|Логистик|Индастриз|Электроникс))\b"
)


def _headed(text: str, start: int, end: int) -> Iterator[Mention]:
    """Names without quotation marks that end in the word for a firm: Алтын Сауда Банк."""
    for match in _HEADED.finditer(text, start, end):
        if text[match.start() - 1 : match.start()] != "«":
            yield Mention(
                *match.span("name"),
                match["name"],
                "organization",
                "the word for a firm",
                item=key(match["name"]),
            )


def _authorities(text: str, start: int, end: int) -> Iterator[Mention]:
    p = _patterns()
    for match in p.media.finditer(text, start, end):
        yield Mention(
            match.start(),
            match.end(),
            match[0],
            "organization",
            "a publisher",
            body="media",
            item=key(match[0]),
        )
    for match in p.authority.finditer(text, start, end):
        yield Mention(
            match.start(),
            match.end(),
            match[0],
            "organization",
            "a body of a state",
            body="authority",
            item=key(match[0]),
        )


_NAME = re.compile(
    r"\b[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?(?:\s(?:[А-ЯЁ]\.\s?){1,2}[А-ЯЁ][а-яё]+|(?:\s[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?){1,3})|\b(?:[А-ЯЁ]\.\s?){1,2}[А-ЯЁ][а-яё]{2,}"
)


_SPEAKS = r"\b(?:говорит|сказала?|считает|отмечает|отметила?|пояснила?|рассказала?|заявила?)\s$"


def _people(text: str, start: int, end: int) -> Iterator[Mention]:
    for match in _NAME.finditer(text, start, end):
        words = match[0].split()
        first = match.start()
        if text[first - 1 : first] in ("«", "“", "„"):
            continue
        office = _office(text[max(start, first - 60) : first].rstrip())
        # A body of a state before the name is none of it: "представитель Еврокомиссии Маркус Вебер".
        while len(words) > 2 and _patterns().authority.fullmatch(words[0]):
            office = office or _office(text[max(start, first - 60) : first].rstrip())
            first += len(words[0]) + 1
            words = words[1:]
        # A sentence's first word may be an office or a noun: "Аналитик Иван Петров".
        while len(words) > 1 and not _given(words[0]) and (office_here := _office(words[0])):
            first += len(words[0]) + 1
            words = words[1:]
            office = office_here
        while len(words) > 2 and _is_place(words[0]):
            office = office or _office(text[max(start, first - 60) : first + len(words[0])])
            first += len(words[0]) + 1
            words = words[1:]
        if len(words) > 2 and office and not _given(words[0]) and _given(words[1]):
            first += len(words[0]) + 1  # "Адвокат Маляренко Ирина Коваль": whose lawyer she is
            words = words[1:]
        if len(words) < 2 and "." not in match[0]:
            continue
        patronymic = any(
            re.search(r"(?:ович|евич|ич|овн|евн|ичн)(?:[ауеыи]|ем|ой)?$", w.casefold()) for w in words[1:]
        )
        given = _given(words[0]) and not _is_place(words[0])
        initials = "." in match[0]
        speaks = re.search(_SPEAKS, text[max(start, first - 16) : first]) is not None
        known_office = bool(office or speaks or _after(text, match.end(), end)) and not _is_place(
            " ".join(words)
        )
        if not (patronymic or given or initials or known_office):
            continue
        name = text[first : match.end()]
        yield Mention(
            first,
            match.end(),
            name,
            "person",
            "a person's name",
            office=office or _after(text, match.end(), end),
            item=key(name),
        )


def _given(word: str) -> bool:
    """Whether a word is a given name in any case."""
    low = word.casefold()
    stem = _stem(low)
    return any(lexicon.is_given(form) for form in (low, stem, f"{stem}й", f"{stem}а", f"{stem}я", f"{stem}ь"))


def _office(before: str) -> str:
    """The office or calling that text ends with, in its basic form; "" for none."""
    words = re.sub(r"«[^»]*»", "", before).split()
    for size in (4, 3, 2, 1):
        for skip in (0, 1, 2):  # "министр финансов США Иванов": words between the office and the name
            part = words[len(words) - size - skip : len(words) - skip]
            if len(part) == size and (found := _basic(" ".join(part))):
                return found
    return ""


@lru_cache(maxsize=4096)
def _basic(phrase: str) -> str:
    raw = lexicon.data("russian")
    wanted = [_stem(w) for w in phrase.casefold().strip("—–-, ").split()]
    for kind in ("commentators", "offices", "callings"):
        for office in raw[kind]:
            if [_stem(w) for w in str(office).split()] == wanted:
                return str(office)
    return ""


def _after(text: str, at: int, end: int) -> str:
    match = re.match(r",\s(?P<words>[^,.;:()]{3,70})", text[at : min(end, at + 80)])
    if match is None:
        return ""
    words = match["words"].split()
    for first in range(min(4, len(words))):
        for size in (3, 2, 1):
            if found := _basic(" ".join(words[first : first + size])):
                return found
    return ""


def _is_place(phrase: str) -> bool:
    stem = _stem(phrase)
    return any(
        lexicon.is_place(form)
        for form in (phrase, stem, f"{stem}а", f"{stem}я", f"{stem}й", f"{stem}ия", f"{stem}ь", f"{stem}ы")
    )


_CAPITAL = re.compile(r"\b[А-ЯЁ][А-ЯЁа-яё-]+")


def _places(text: str, start: int, end: int) -> Iterator[Mention]:
    for match in _CAPITAL.finditer(text, start, end):
        word = match[0]
        stem = _stem(word)
        if any(
            lexicon.is_place(form)
            for form in (word, stem, f"{stem}а", f"{stem}я", f"{stem}й", f"{stem}ия", f"{stem}ь")
        ):
            yield Mention(match.start(), match.end(), word, "place", "a place")
