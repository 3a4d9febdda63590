"""Mentions of parties in Chinese text: by legal form, by the word for a body, by family name and calling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from screening.curate import lexicon
from screening.curate.document import Sentence
from screening.curate.mentions import Body, Mention
from screening.names import knowledge
from screening.names.knowledge import simplified
from screening.names.scripts import script_of

_HAN = re.compile(r"[\u4e00-\u9fff]")
_MAX_NAME = 30  # characters of the longest company names in registers


def find(text: str, sentences: Sequence[Sentence], known: Iterable[str] = ()) -> list[list[Mention]]:
    """Mentions of each sentence. known: names of listed parties, which are sought as they stand.

    Of a short form, `item` is the full name that stands elsewhere in the text.
    """
    if _HAN.search(text) is None:
        return [[] for _ in sentences]
    plain = simplified(text)
    if len(plain) != len(text):
        plain = text
    listed = [simplified(name) for name in known if _all_han(name) and len(name) > 3]
    here = [name for name in listed if name in plain]
    found = [list(_in_sentence(plain, s, here)) for s in sentences]
    shorts = _short_forms({m.text for of in found for m in of if m.kind == "organization" and not m.body})
    if shorts:
        pattern = re.compile("|".join(re.escape(s) for s in sorted(shorts, key=lambda s: (-len(s), s))))
        for index, sentence in enumerate(sentences):
            taken = [(m.start, m.end) for m in found[index]]
            for match in pattern.finditer(plain, sentence.start, sentence.end):
                if all(match.end() <= start or match.start() >= end for start, end in taken):
                    found[index].append(
                        Mention(
                            match.start(),
                            match.end(),
                            match[0],
                            "organization",
                            "a short form",
                            item=shorts[match[0]],
                        )
                    )
    return [[m._replace(text=text[m.start : m.end]) for m in of] for of in found]


def _all_han(name: str) -> bool:
    return all(script_of(c) == "Hani" for c in name)


class _Patterns(NamedTuple):
    organization: re.Pattern[str]
    authority: re.Pattern[str]
    media: re.Pattern[str]
    before: re.Pattern[str]
    titled: re.Pattern[str]
    named: re.Pattern[str]
    research: tuple[str, ...]
    forms: tuple[str, ...]


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(str(w)) for w in sorted(words, key=lambda w: (-len(str(w)), str(w))))


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    raw = lexicon.data("han")
    forms, bodies = raw["forms"], raw["bodies"]
    before = re.sub(r"\|\s+", "|", raw["before"])
    after = re.sub(r"\|\s+", "|", raw["after"])
    titles = _any([*raw["offices"], *raw["commentators"], *raw["callings"]])
    names = knowledge.load().names
    surnames = "".join(
        sorted(
            k
            for k, classes in names.items()
            if len(k) == 1 and _HAN.match(k) and any(c.startswith("family:") for c in classes)
        )
    )
    latin = r"A-Za-z0-9·&"
    return _Patterns(
        organization=re.compile(
            rf"[\u4e00-\u9fff{latin}（）()]{{2,{_MAX_NAME}}}?(?:{_any([*forms, *bodies])})(?![院所部])"
        ),
        authority=re.compile(rf"(?:[\u4e00-\u9fff]{{1,6}}?)?(?:{_any(raw['authorities'])})(?!长|发言人)"),
        media=re.compile(rf"《[^》]{{2,14}}(?:报|时报|日报|周刊|新闻|杂志|评论)》|{_any(raw['media'])}"),
        before=re.compile(before),
        titled=re.compile(
            rf"(?P<title>{titles})(?P<name>[\u4e00-\u9fff]{{2,4}}?(?:·[\u4e00-\u9fff]{{1,6}}?)*|[\u4e00-\u9fff]{{2,7}}?)(?={after})"
        ),
        named=re.compile(
            rf"(?:(?<=[，。、；：“（？！\s])|^)(?P<name>(?:欧阳|司马|上官|诸葛|[{surnames}])[\u4e00-\u9fff]{{1,2}})(?=表示|说，|说：|称，|指出|认为|否认|承认|透露|先生|女士|，(?:男|女)，)",
            re.MULTILINE,
        ),
        research=tuple(raw["research"]),
        forms=tuple(sorted(forms, key=len, reverse=True)),
    )


def _in_sentence(text: str, sentence: Sentence, known: Sequence[str]) -> Iterator[Mention]:
    p = _patterns()
    taken: list[tuple[int, int]] = []

    def free(start: int, end: int) -> bool:
        return all(end <= s or start >= e for s, e in taken)

    for name in known:
        at = text.find(name, sentence.start, sentence.end)
        while at >= 0:
            if free(at, at + len(name)):
                taken.append((at, at + len(name)))
                yield Mention(at, at + len(name), name, "organization", "a name on a list")
            at = text.find(name, at + len(name), sentence.end)
    for match in p.media.finditer(text, sentence.start, sentence.end):
        start, end = match.span()
        if text[start] == "《":
            start, end = start + 1, end - 1
        if free(start, end):
            taken.append((start, end))
            yield Mention(start, end, text[start:end], "organization", "a publisher", body="media")
    for match in p.authority.finditer(text, sentence.start, sentence.end):
        start = _authority_start(match)
        if (
            start == match.start() + len(match[0]) - len(_authority_name(match[0]))
            and _authority_name(match[0]) in _BARE
        ):
            continue
        if free(start, match.end()):
            taken.append((start, match.end()))
            body: Body = "embassy" if match[0].endswith(("使馆", "领事馆")) else "authority"
            yield Mention(
                start, match.end(), text[start : match.end()], "organization", "a body of a state", body=body
            )
    for match in p.titled.finditer(text, sentence.start, sentence.end):
        start, end = match.span("name")
        if free(start, end) and _is_name(match["name"]):
            taken.append((start, end))
            yield Mention(
                start,
                end,
                match["name"],
                "person",
                f"the office {match['title']}",
                office=_office(match["title"]),
            )
    for match in p.organization.finditer(text, sentence.start, sentence.end):
        for start, end in _trimmed(text, match, p):
            if free(start, end):
                taken.append((start, end))
                name = text[start:end]
                body = "research" if name.endswith(p.research) else ""
                yield Mention(
                    start, end, name, "organization", "a legal form or the word for a body", body=body
                )
    for match in p.named.finditer(text, sentence.start, sentence.end):
        start, end = match.span("name")
        if free(start, end) and _is_name(match["name"]):
            yield Mention(start, end, match["name"], "person", "a family name")
    yield from _places(text, sentence, taken)


# Without a place before it, such a word is no name.
_BARE = frozenset(
    [
        "法院", "政府", "海关", "警方", "国会", "议会", "使馆", "大使馆", "领事馆", "检察院", "检察署",
        "联邦法院", "地方法院", "地区法院", "人民法院", "中级人民法院",
    ]
)  # fmt: skip


def _authority_name(text: str) -> str:
    names = sorted(lexicon.data("han")["authorities"], key=len, reverse=True)
    return next(str(name) for name in names if text.endswith(name))


def _authority_start(match: re.Match[str]) -> int:
    """A place before the body belongs to its name; other characters do not."""
    name = _authority_name(match[0])
    before = match[0][: -len(name)]
    for size in range(len(before), 0, -1):
        if _place(before[-size:]):
            return match.end() - len(name) - size
    # "美财政部": a country by one character, where no other word can end in it.
    if before[-1:] in _STATES and (len(before) == 1 or not _HAN.match(before[-2])):
        return match.end() - len(name) - 1
    return match.end() - len(name)


_STATES = tuple("美俄英法德日韩中欧乌")


def _place(text: str) -> bool:
    known = knowledge.load().unspaced.get(text)
    return known is not None and known.kind == "place"


def _trimmed(text: str, match: re.Match[str], p: _Patterns) -> Iterator[tuple[int, int]]:
    """The name within a run of characters that ends in a legal form: what follows the last word that cannot be in it."""
    start, end = match.span()
    form = next((f for f in p.forms if match[0].endswith(f)), "")
    stop = end - len(form)
    for boundary in p.before.finditer(text, start, stop):
        if boundary.end() < stop:
            start = boundary.end()
    while start < stop and text[start] in "（）()·&":
        start += 1
    start += _country_before_place(text, start, stop, form_less=not form and text[stop - 1] == "厂")
    inner = text[start:stop] if form else text[start:end]
    if not form and (len(inner) < 4 or inner in lexicon.data("han")["bodies"]):
        return
    if len(inner) < 2 or (len(inner) == 2 and _place(inner) and form in ("公司", "集团", "总公司", "分公司")):
        return
    known = knowledge.load().unspaced.get(inner)
    if known is not None and form in ("公司", "集团"):
        return
    if form in ("公司", "厂") and all(_generic(c, inner) for c in (inner,)):
        return
    # The run may be cut short before a longer form: 集团 before 有限公司.
    yield start, end


def _country_before_place(text: str, start: int, stop: int, *, form_less: bool) -> int:
    """The length of a country that only says where the place in the name lies (俄罗斯西伯利亚...)."""
    for size in range(min(5, stop - start - 2), 1, -1):
        if _place(text[start : start + size]):
            rest = start + size
            if form_less and stop - rest > 3:  # 俄罗斯图拉兵器厂 is a works in Tula
                return size
            return size if any(_place(text[rest : rest + n]) for n in (5, 4, 3, 2) if rest + n <= stop) else 0
    return 0


_GENERIC = re.compile(
    r"^(?:中国|俄罗斯|美国|外国|本国|国内|国际|相关|有关|上述|这些|多家|数家|一些|其他|部分|贸易|物流|空壳|壳|幌子|母|子|关联|科技|电子|私营|国有|香港|中资|欧洲|当地|船运|航运|石油|能源|制造|无人机|芯片|家|两|三|多|上市|离岸|前台|掩护)+$"
)


def _generic(_: str, inner: str) -> bool:
    return _GENERIC.match(inner) is not None


def _is_name(name: str) -> bool:
    if _place(name) or knowledge.load().unspaced.get(name) is not None:
        return False
    if "·" not in name and len(name) < 4 and not lexicon.is_family(name[0]) and not _foreign(name):
        return False
    return not re.search(
        r"[的了在是和与及将]|监禁|徒刑|罚款"
        r"|发言|官员|公司|表示|多名|匿名|方面|有关|周[一二三四五六日]",
        name,
    )


# Characters that transcribe foreign names.
_TRANSCRIBES = frozenset(
    "阿艾安巴贝伯布查达戴丹德迪蒂杜厄恩尔法费弗福盖格哈赫霍基吉加卡凯科克库拉莱劳勒雷里利林卢鲁罗洛马麦曼梅门蒙米莫纳内尼努诺帕佩皮普奇乔热萨塞沙舍施史斯苏索塔泰坦特托瓦威韦维沃乌西希肖谢辛雅亚耶伊因扎泽兹佐什娜莎娅"
)


def _foreign(name: str) -> bool:
    return sum(c in _TRANSCRIBES for c in name) >= len(name) - 1


def _office(title: str) -> str:
    return title


def _places(text: str, sentence: Sentence, taken: list[tuple[int, int]]) -> Iterator[Mention]:
    """Places, longest first; what belongs to a name is none."""
    at = sentence.start
    while at < sentence.end:
        if not _HAN.match(text, at):
            at += 1
            continue
        inside = next((e for s, e in taken if s <= at < e), 0)
        if inside:
            at = inside
            continue
        for size in range(min(8, sentence.end - at), 1, -1):
            if _place(text[at : at + size]):
                yield Mention(at, at + size, text[at : at + size], "place", "a place")
                at += size
                break
        else:
            at += 1


def _short_forms(names: set[str]) -> dict[str, str]:
    """Short forms that stand for one of the names and no other: without legal form, and without place."""
    p = _patterns()
    found: dict[str, set[str]] = {}
    for name in sorted(names):
        form = next((f for f in p.forms if name.endswith(f)), "")
        bare = re.sub(r"[（(][^）)]*[）)]", "", name[: -len(form)] if form else name)
        shorts = {bare} if form and len(bare) > 2 else set()
        place = next(
            (
                bare[:n]
                for n in range(min(6, len(bare)), 1, -1)
                if _place(bare[:n]) or _place(bare[:n].rstrip("市省"))
            ),
            "",
        )
        if form and place and len(bare) - len(place) > 1:
            rest = bare[len(place) :]
            if len(rest) > 2:
                shorts.add(rest)
            if len(rest) > 3:
                shorts.add(place + rest[:2])
            brand = _brand(rest)
            if brand:
                shorts |= {place + brand, brand} if len(brand) > 2 else {place + brand}
                shorts.add(f"{brand}公司")
        if form and len(bare) > 5 and not place:
            shorts.add(bare[:4])  # a place of two characters that is not known, and two of the name
        if form and not place and (brand := _brand(bare)) and len(brand) > 1:
            shorts.add(f"{brand}公司")
            if len(brand) > 2:
                shorts.add(brand)
        for short in shorts - names:
            found.setdefault(short, set()).add(name)
    return {short: next(iter(full)) for short, full in found.items() if len(full) == 1}


def _brand(rest: str) -> str:
    """The part of a name before its first company word."""
    words = knowledge.load().unspaced
    for at in range(2, len(rest)):
        for size in (4, 3, 2):
            known = words.get(rest[at : at + size])
            if known is not None and known.kind == "word":
                return rest[:at]
    return ""
