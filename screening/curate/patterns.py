"""What is told by its form alone, in any language: goods, codes, programmes, vessels, embassies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from screening.curate import lexicon
from screening.curate.english_runs import is_form
from screening.curate.mentions import Mention

_PROGRAMMES = re.compile(
    r"\b[A-Z]{2,}(?:-[A-Z]+)*-EO\s?\d{5}\b|\bNS-CMIC(?: List)?\b|\bSDN List\b|\bSDNs?\b|\bEntity List\b"
    r"|\bUnverified List\b|\bDenied Persons List\b|\bMilitary End[- ]User List\b|\bSpecially Designated Nationals"
    r"(?: and Blocked Persons)?(?: List)?\b|\bConsolidated Screening List\b|\bUK Sanctions List\b"
    r"|\bCommon High[- ]Priority List\b|\b(?:Executive Order|E\.O\.) \d{5}\b|\bAnnex (?:IV|I)\b(?= (?:to|of) )"
    r"|实体清单|未经核实清单|特别指定国民清单|[Сс]анкционн(?:ый|ого|ом|ые|ых) спис(?:ок|ка|ке|ки|ков)"
)
# Titles of laws: what stands capitalised in them is no party.
_LAWS = re.compile(
    r"(?:\b[A-Z][\w-]+ |\([A-Z][^()]{0,40}\) |and |of (?:the )?){1,9}"
    r"(?:Regulations|Act|Order|Rules|Ordinance)(?: \((?:EU|EC)\))? (?:19|20)\d\d\b"
    r"|(?:\b(?:Council|Commission|Implementing|Delegated|COUNCIL|COMMISSION|IMPLEMENTING|DELEGATED) ){0,3}"
    r"(?:Regulation|Decision|Directive|REGULATION|DECISION|DIRECTIVE) "
    r"\((?:EU|EC|CFSP|EEC)(?:, Euratom)?\)(?: No)? \d+/\d+(?:/\w+)?"
)
_ECCN = re.compile(r"\b[0-9][A-E][0-9]{3}(?:\.[a-z](?:\.\d{1,2})*)?\b|\bEAR99\b")
_HS = re.compile(
    r"(?:\bHS(?:[- ]?(?:code|heading|subheading|6))?s?|\bHTS|\bТН ?ВЭД|\b[Tt]ariff (?:code|heading|line)s?"
    r"|海关编码|税号|税则号列?)"
    r"\W{0,3}(?P<codes>\d{4}(?:[. ]?\d{2}){0,3}(?:(?:, | and | и |、|和)\d{4}(?:\.?\d{2}){0,3})*)"
)
_HS_CODE = re.compile(r"\d{4}(?:[. ]?\d{2}){0,3}")
_NAME = r"(?P<name>[A-Z][\w.-]*(?: (?:[A-Z][\w.-]*|\d{1,3}|[IVX]+)){0,3})"
_VESSELS = (
    re.compile(rf"\b(?:M/V|MV|M/T|MT|M\.V\.|M\.T\.|S/S|F/V)\s+[\"“'‘]?{_NAME}"),
    re.compile(
        r"\b(?:[Tt]anker|[Vv]essel|[Ff]reighter|[Bb]ulk carrier|[Bb]ulker|[Cc]argo ship|[Cc]ontainer ship|[Ss]hip|[Ll]ifter)"
        rf"(?: named| called| known as)?,? [\"“'‘]?{_NAME}"
    ),
    re.compile(rf"\b(?:ships?|tankers?|vessels?|freighters?), the [\"“'‘]?{_NAME}"),
    re.compile(rf"\b(?:[Tt]ankers|[Vv]essels|[Ss]hips)[,:]? (?:the )?[\"“'‘]?{_NAME}"),
    re.compile(rf"\b[Tt]he {_NAME}(?=, (?:sailing|flying|flagged|registered) (?:under|in|a|the) )"),
    re.compile(
        rf"\b(?:[Tt]ankers|[Vv]essels|[Ss]hips)[,:]? [A-Z][\w-]*(?: [A-Z0-9][\w-]*){{0,2}},? and (?:the )?[\"“'‘]?{_NAME}"
    ),
    re.compile(rf"{_NAME}(?=,? \(?IMO)"),
    re.compile(rf"\b[A-Z][a-z]+-flagged {_NAME}"),
    re.compile(rf"{_NAME}(?=, an? (?:[a-z-]+ ){{0,3}}(?:tanker|carrier|vessel|ship|freighter|bulker)\b)"),
    re.compile(
        r"(?:танкер\w{0,3}|судн\w{1,3}|теплоход\w{0,3}|сухогруз\w{0,3}|корабл\w{1,3}|балкер\w{0,3}) «(?P<name>[^»]{2,40})»"
    ),
    re.compile(
        r"(?:油轮|货轮|轮船|货船|船只|散货船|集装箱船)[“「‘](?P<name>[^”」’]{1,20})[”」’]号?|(?:油轮|货轮|轮船|货船)(?P<name2>[\u4e00-\u9fff]{2,6}号)|[“「](?P<name3>[^”」]{1,15})[”」]号(?:油轮|货轮|轮|货船|船)|[“「](?P<name4>[^”」]{1,15}轮)[”」]"
    ),
)
_IMO = re.compile(r"\bIMO(?: [Nn]umber| [Nn]o\.?|:)?:? ?(?P<number>\d{7})\b")
_IMO_NEXT = re.compile(r"\s*\n\s*IMO\b")
_SHIP_LINE = re.compile(r"(?:\(?\d{1,3}[.)] )?(?P<name>[A-Z][\w.-]*(?: [\w.-]+){0,4})")
_SURNAME_FIRST = re.compile(
    r"(?P<family>[A-Z][A-Z’'-]+(?: [A-Z][A-Z’'-]+){0,2}), (?P<given>[A-Z][a-z’'-]+(?: [A-Z][a-z’'-]+){0,3})(?=[\s;.(]|$)"
)
_PLACE_NAME = r"(?:the )?[A-Z]\w+(?: [A-Z]\w+){0,2}"
_EMBASSY = re.compile(
    rf"\b[A-Z]\w+(?:’s|'s)? (?:[Ee]mbassy|[Cc]onsulate(?: [Gg]eneral)?)(?: (?:in|to|of) {_PLACE_NAME})?"
    rf"|\b(?:[Ee]mbassy|[Cc]onsulate(?: [Gg]eneral)?) (?:in|to|of) {_PLACE_NAME}"
    r"|[Пп]осольств\w+ [А-Я]\w+(?: в [А-Я]\w+)?|[\u4e00-\u9fff]{2}驻[\u4e00-\u9fff]{1,5}?(?:大使馆|使馆|总领事馆)"
)
_LISTED_DUTIES = re.compile(
    r"\b(?!The )(?:[A-Z]\w+ )?(?:Ministry|Department|Bureau|Agency|Committee|Directorate|Office) (?:of|for) (?:the )?"
    r"[A-Z]\w+(?: [A-Z]\w+)?(?:, [A-Z]\w+(?: [A-Z]\w+)?)+,? (?:and|&) [A-Z]\w+(?: [A-Z]\w+)?"
    r"|\bForeign, Commonwealth (?:and|&) Development Office\b"
)
_GOVERNMENT = re.compile(
    r"\b(?:[A-Z]\w+(?:’s|'s)? )(?:foreign|defen[cs]e|trade|commerce|finance|justice|interior) ministry\b"
)


def find(text: str, start: int, end: int) -> Iterator[Mention]:
    """Mentions told by their form in a part of a text."""
    yield from _goods(text, start, end)
    for match in _PROGRAMMES.finditer(text, start, end):
        yield Mention(match.start(), match.end(), match[0], "programme", "the name of a list or programme")
    for match in _LAWS.finditer(text, start, end):
        yield Mention(match.start(), match.end(), match[0], "programme", "the title of a law")
    for match in _LISTED_DUTIES.finditer(text, start, end):
        yield Mention(
            match.start(), match.end(), match[0], "organization", "the title of a body", body="authority"
        )
    if _IMO_NEXT.match(text, end) and (ship := _SHIP_LINE.fullmatch(text, start, end)):
        yield Mention(*ship.span("name"), ship["name"], "vessel", "an IMO number below it")
    person = _SURNAME_FIRST.match(text, start, end)
    if person and not lexicon.is_place(person["family"]):
        whole = f"{person['given']} {person['family']}"
        yield Mention(*person.span(), person[0], "person", "a surname in capitals", item=whole)
    for match in _ECCN.finditer(text, start, end):
        yield Mention(match.start(), match.end(), match[0], "goods", "an ECCN", item=f"ECCN {match[0]}")
    for match in _HS.finditer(text, start, end):
        for code in _HS_CODE.finditer(text, match.start("codes"), match.end("codes")):
            digits = re.sub(r"\D", "", code[0])
            shown = digits[:4] + (f".{digits[4:6]}" if len(digits) > 4 else "")
            yield Mention(code.start(), code.end(), code[0], "goods", "an HS code", item=f"HS {shown}")
    for pattern in _VESSELS:
        for match in pattern.finditer(text, start, end):
            group = next(name for name, value in match.groupdict().items() if value)
            name = match[group].rstrip(".,")
            if is_form(name.split()[-1]):  # "Ship Services LLC"
                continue
            low = name.split()[0].casefold()
            if low == "the" and " " in name:
                lead = len("the ")
                name, low = name[lead:], name.split()[1].casefold()
                yield Mention(
                    match.start(group) + lead,
                    match.start(group) + lead + len(name),
                    name,
                    "vessel",
                    "a word for a ship",
                )
                continue
            if low in lexicon.words("function_words") or low in lexicon.words("common_nouns"):
                continue
            if low.endswith(("-flagged", "-owned", "-registered", "-based")) and " " in name:
                lead = len(low) + 1
                name = name[lead:]
                yield Mention(
                    match.start(group) + lead,
                    match.start(group) + lead + len(name),
                    name,
                    "vessel",
                    "a word for a ship",
                )
                continue
            if low in ("imo", "owner", "owned", "type", "flag"):
                continue
            name = re.split(r" (?:IMO|MMSI)\b", name)[0]
            yield Mention(
                match.start(group), match.start(group) + len(name), name, "vessel", "a word for a ship"
            )
    for match in _EMBASSY.finditer(text, start, end):
        yield _embassy(text, match)
    for match in _GOVERNMENT.finditer(text, start, end):
        yield Mention(match.start(), match.end(), match[0], "organization", "a ministry", body="authority")


def imo_numbers(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """IMO ship numbers in a part of a text, with where they stand."""
    for match in _IMO.finditer(text, start, end):
        yield match.start(), match["number"]


def _embassy(text: str, match: re.Match[str]) -> Mention:
    start = match.start()
    first = match[0].split()[0]
    if first in ("The", "An", "A", "Its", "Their", "His", "Our", "Your"):
        start += len(first) + 1
    return Mention(
        start, match.end(), text[start : match.end()], "organization", "an embassy", body="embassy"
    )


class _Entry:
    def __init__(self, entry: dict[str, Any]) -> None:
        self.item = str(entry["item"])
        self.context = bool(entry.get("context"))


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[re.Pattern[str], dict[str, _Entry], list[tuple[re.Pattern[str], _Entry]]]:
    """One pattern for the words of spaced and unspaced languages, and one for each Russian item."""
    entries: dict[str, _Entry] = {}
    plain: list[str] = []
    han: list[str] = []
    russian = []
    for raw in lexicon.data("goods")["goods"]:
        entry = _Entry(raw)
        for word in raw.get("en", ()):
            entries.setdefault(str(word).casefold(), entry)
            plain.append(re.escape(str(word)))
        for word in raw.get("zh", ()):
            entries.setdefault(str(word), entry)
            han.append(re.escape(str(word)))
        stems = [
            r"\s".join(rf"{re.escape(part)}\w*" for part in str(stem).split()) for stem in raw.get("ru", ())
        ]
        if stems:
            russian.append((re.compile(r"\b(?:" + "|".join(stems) + ")", re.IGNORECASE), entry))
    longest = sorted(plain, key=len, reverse=True)
    unspaced = sorted(han, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(longest)})(?![\w-])|{'|'.join(unspaced)}", re.IGNORECASE)
    return pattern, entries, russian


def _goods(text: str, start: int, end: int) -> Iterator[Mention]:
    pattern, entries, russian = _vocabulary()
    for match in pattern.finditer(text, start, end):
        entry = entries.get(match[0].casefold()) or entries[match[0]]
        if entry.context and not _weapons(text, start, match):
            continue
        yield Mention(match.start(), match.end(), match[0], "goods", "the goods vocabulary", item=entry.item)
    if re.search("[а-яА-Я]", text[start:end]):
        for stems, entry in russian:
            for match in stems.finditer(text, start, end):
                yield Mention(
                    match.start(), match.end(), match[0], "goods", "the goods vocabulary", item=entry.item
                )


def _weapons(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a vague word stands beside a verb of supply or a word for weapons."""
    before = text[max(start, match.start() - 40) : match.start()]
    return (
        re.search(r"\b(?:provid|suppl|sell|sold|ship|export|deliver|missile|weapon|military)\w*", before)
        is not None
    )


@lru_cache(maxsize=1)
def goods_entries() -> dict[str, dict[str, Any]]:
    """The entries of the goods vocabulary by item."""
    return {str(entry["item"]): entry for entry in lexicon.data("goods")["goods"]}
