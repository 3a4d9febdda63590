"""A raw name to a prepared name: words with kind, rarity and meaning.

People and all other parties are prepared differently: company words, places and legal forms have no special
meaning in a person's name, titles and particles none in a company's.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import product
from math import log
from typing import Literal, NamedTuple

from screening.model import EntityType
from screening.names.knowledge import Known, load, simplified
from screening.names.scripts import clean, romanise, script_of, to_latin, unmix
from screening.names.slips import Slips
from screening.names.sounds import skeleton, sound_key
from screening.names.words import is_unspaced_run, split_raw
from screening.settings import DEFAULT, WordWeights

Mode = Literal["person", "other"]
WORD, LEGAL, GENERIC, PLACE, PARTICLE, TITLE, SUFFIX, INITIAL, NUMBER, FILLER = range(10)
KIND_NAMES = (
    "word",
    "legal",
    "generic",
    "place",
    "particle",
    "title",
    "suffix",
    "initial",
    "number",
    "filler",
)

_FILLER = frozenset(
    [
        "and",
        "of",
        "the",
        "for",
        "in",
        "at",
        "on",
        "to",
        "und",
        "et",
        "y",
        "e",
        "i",
        "de",
        "du",
        "des",
        "la",
        "le",
        "del",
        "dla",
        "wa",
        "va",
        "wal",
        "ve",
        "da",
        "do",
        "dos",
        "das",
        "di",
        "der",
        "den",
        "dem",
        "fur",
        "fuer",
        "voor",
        "van",
        "von",
        "og",
        "och",
        "ye",
        "imeni",
        "im",
        "named",
        "after",
        "tis",
        "tou",
    ]
)
# The same in other scripts, where the Latin reading may be another word: Russian and its neighbours, Arabic, Persian and
# Urdu, Hebrew, Hindi. Those of one letter, which may be an initial, are left out but for the Slavic "and", and so is
# the Russian по, which is a production association too.
_FILLER_AS_WRITTEN = frozenset(
    word
    for words in (
        "и на для при от до из над под за об во со ко та що від або",
        "في من على الى إلى عن مع از در به با برای تا کے کی کا میں اور",
        "של על את עם בין",
        "के की का और में से पर",
    )
    for word in words.split()
)
_JAPANESE_FORMS = ("株式会社", "有限会社", "合同会社", "合資会社")
_KANA = frozenset({"Hira", "Kana"})
LAST_NUMERALS = {"i": "1", "v": "5", "x": "10"}
# Words that with a number make an address of what stands behind a legal form.
ADDRESS = frozenset(
    [
        "road",
        "rd",
        "street",
        "str",
        "building",
        "bldg",
        "floor",
        "room",
        "rm",
        "suite",
        "avenue",
        "ave",
        "district",
        "lane",
        "highway",
        "boulevard",
        "blvd",
        "box",
        "zone",
        "block",
        "unit",
        "no",
        "number",
        "house",
        "office",
        "ulitsa",
        "ul",
        "ulica",
        "dom",
        "prospekt",
        "ofis",
        "lu",
        "hao",
        "shi",
        "jie",
        "qu",
        "strasse",
        "rue",
        "via",
        "calle",
    ]
)
# Legal classes that say how a firm is put together, not what it is in law: they count as company words.
_SIZE_WORDS = frozenset({"GROUP", "HOLDING"})
# Scripts that leave vowels unwritten: all, or the commonest (the a of the Indic scripts).
_ABJAD = frozenset(
    ["Arab", "Hebr", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh"]
)
_ROMAN = re.compile(r"^(?:x{0,3}(?:ix|iv|v?i{0,3}))$")
_HUMPS = re.compile(r"[A-Z][a-z]+")
_LEET = str.maketrans("013457$@8", "oieastsab")
# Slavic endings of adjectives and nouns in the Latin of `to_latin` and of the usual standards, and those tried instead.
_SLAVIC = frozenset(["ru", "uk", "be", "bg", "sr", "mk"])
_ADJECTIVE = re.compile(
    r"^(.{3,}?)(?:[iy]y|[iy]j|[iy]i|sky|a[yij]a|ya[yij]a|o[yj]?e|e[yj]?e|[iy][yj]?e|[oe]go|[oe]ho|[oe][yij]|"
    r"[iy]k?h|[iy]ch|[oe]mu?|[iy]m|uyu)$"
)
_ADJECTIVE_ENDS = ("iy", "yy", "oy", "aya", "yaya", "oe", "ie", "ye")
_NOUN = re.compile(r"^(.{3,}?)(?:[yiauye]|om|em|ov|ev|am|ami|akh|oy|ey|yu|ya|iya|ii|iy)$")
_NOUN_ENDS = ("", "a", "ya", "iya", "ie", "y", "i", "o")
_DECLINED = re.compile(r"^(.{3,}?)(?:iya|iyu|iem|eya|eyu|eem|[auyie]|om|em|oy|ey|ya|yu)$")
# Russian, Ukrainian, Belarusian patronymics in the usual romanisations (BGN, ICAO, German, Polish, Belarusian Łacinka).
_PATRONYMIC = re.compile(
    r"^(.{3,}?)(?:(?:[oae]?y|i)?[oae][vwu](?:y?[iy]t?s?c[hz]|yich|ic|na)|[iy](?:y?i?v|j?i?w|yu)na|[iy]t?s?chna|[iy]t?s?ch)$"
)
_FATHER_ENDS = ("", "iy", "y", "ey", "i", "a", "ya", "ay", "ai", "o", "ei", "ii", "j", "e")
_NUMBER_SIGNS = frozenset(["no", "nr", "num", "number", "numero"])
# Prefixes of ships' names: motor vessel, motor tanker, steam ship and the like (IMO, Lloyd's Register), Russian т/х.
SHIP = frozenset(["mv", "mt", "ss", "ms", "fv", "tx", "tkh", "mvs"])
_CODE = re.compile(r"^([a-z]{1,2})([0-9]{3,})$")
_ARABIC_PREFIXED = frozenset("الوب")
_HEBREW_PREFIXED = frozenset("הלבוש")
# abd + article + name, in the romanisations of Arabic, Persian, Turkish and Urdu
_ABD = frozenset(
    ["abd", "abdal", "abdel", "abdul", "abdol", "abdool", "abdoul", "abdu", "abdo", "abdou", "ebd", "ebdul"]
)
# slips of the pen in Abd and Abdul; before an article even one that is a word (Bad al-Rahim)
_ABD_SLIPS = frozenset(
    [
        "abdl",
        "adbul",
        "adul",
        "bdul",
        "abdlu",
        "abudl",
        "badul",
        "abdull",
        "abddul",
        "aabdul",
        "abbdul",
        "adbel",
        "abedl",
    ]
)
_ABD |= _ABD_SLIPS
BEFORE_ARTICLE = frozenset(["bad", "adb", "abdd", "abda", "ab", "aabd", "abbd", "bd"])
_ABD_SOUNDS = frozenset(map(sound_key, _ABD)) - {""}
_ARTICLE = frozenset(
    [
        "al",
        "el",
        "ul",
        "ol",
        "ad",
        "ed",
        "ud",
        "ar",
        "er",
        "ur",
        "as",
        "es",
        "us",
        "ash",
        "esh",
        "ush",
        "az",
        "ez",
        "uz",
        "at",
        "et",
        "ut",
        "an",
        "en",
        "un",
        "il",
        "oul",
    ]
)
ARTICLES = frozenset(["al", "el", "ul", "il"])
_JOINED_ABD = re.compile(
    r"^(?:abd|ebd)(?:(?:[aeou]|ou|oo)(?:l|r(?=r)|s(?=s)|sh(?=sh)|z(?=z)|d(?=d)|n(?=n)|t(?=t))?)?(?=[a-z]{3})"
)
_DIN = frozenset(
    ["din", "deen", "dine", "dein", "ddin", "eddin", "eddine", "uddin", "aldin", "eldin", "uldin"]
)
_DIN_ENDS = ("din", "deen", "dine")
_KUNYA = frozenset(["abu", "abou", "abo", "aboo"])
_BAKR = frozenset(["bakr", "bkr", "bakar", "baker", "bakir", "bekr", "backr", "bker"])
_ALLAH = frozenset(["allah", "allh", "ullah", "ollah", "lah", "llah", "alla", "ulla"])
_JOINED_ALLAH = re.compile(r"^(?P<stem>[a-z]{3,}?)(?:[aoui]|ou|oo)l{1,2}ah$")
_JOINED_DIN = re.compile(r"^(?P<stem>[a-z]{3,}?)(?:[aeou]|ou|oo)?(?:l|d)?(?:din|deen|dine|ddeen)$")


def mode_of(kind: EntityType) -> Mode:
    """How names of an entity type are prepared: people apart, all others alike."""
    return "person" if kind == "person" else "other"


class Token:
    """One word of a prepared name. Interned: the same word, meaning and mode is one object.

    id: its number among the words of its Preparer. text: Latin comparison form. canon: the meaning, equal for words
    that mean the same ("keji" and "technology"). kind: one of the constants above. weight: 0-1. shown: as the
    explanation prints it. han: its Chinese characters (simplified), else "". abjad: written without vowels.
    languages: of a company word, those it is written so in. classes: name-variant classes. meaning: canonical company
    words that an unknown word can stand for. field: of words of nearly its meaning. plain: the word with digits read as
    letters, where that differs. hard_h: its skeleton with h for g, where one may stand for the other.
    """

    __slots__ = (
        "abjad",
        "arabic",
        "article",
        "canon",
        "chinese",
        "classes",
        "field",
        "han",
        "hard_h",
        "id",
        "kind",
        "languages",
        "letters",
        "meaning",
        "plain",
        "shown",
        "skeleton",
        "sound",
        "syllable",
        "text",
        "weight",
    )

    def __init__(
        self,
        text: str,
        canon: str,
        kind: int,
        weight: float,
        shown: str,
        han: str,
        abjad: bool,
        languages: tuple[str, ...],
    ) -> None:
        self.id = -1
        self.text, self.canon, self.kind, self.weight = text, canon, kind, weight
        self.shown, self.han, self.abjad, self.languages = shown, han, abjad, languages
        self.classes: frozenset[str] = frozenset()
        self.plain = self.field = ""
        self.chinese = self.syllable = False
        self.article = text in _ARTICLE or text in _NUMBER_SIGNS
        # what it gives an acronym: the first letter of each word of a phrase
        self.letters = text[0]
        if " " in shown and shown.isascii():
            self.letters = "".join(w[0] for w in shown.split() if w not in _FILLER) or text[0]
        if kind == LEGAL and len(text) < 5:
            self.letters = (
                ""  # who writes an acronym spells out what it stands for: no Iara Marine Inc. is an IMI
            )
        self.meaning: tuple[str, ...] = ()
        self.sound = sound_key(text)
        self.arabic = (
            text in _ABD
            or self.sound in _ABD_SOUNDS
            or text in _ALLAH
            or text in _KUNYA
            or text in _DIN
            or text in BEFORE_ARTICLE
            or text.startswith(("abd", "ebd"))
            or text.endswith(_DIN_ENDS)
            or text.endswith("lah")
        )
        self.skeleton = skeleton(text)
        # Cyrillic г is g in Russian and h in Ukrainian, and only some words show which it is
        hard = self.skeleton.replace("g", "h") if kind == WORD and len(self.skeleton) > 3 else ""
        self.hard_h = hard if "h" in hard and ("г" in shown or shown.isascii()) else ""

    def __repr__(self) -> str:
        return f"{self.shown}<{KIND_NAMES[self.kind]} {self.canon} {self.weight:.2f}>"


class Prepared(NamedTuple):
    """A prepared name. total: sum of the words' weights. notes: what was undone, such as look-alike letters."""

    raw: str
    tokens: tuple[Token, ...]
    total: float
    notes: tuple[str, ...]


@lru_cache(maxsize=1)
def _rarities() -> tuple[dict[str, float], dict[str, float]]:
    k = load()

    def table(counts: dict[str, int], names: int) -> dict[str, float]:
        whole = log(max(names, 2))
        return {w: log(max(names, 2) / (n + 1)) / whole for w, n in counts.items()}

    return table(k.person, k.person_names), table(k.organization, k.organization_names)


_KIND_OF = {
    "legal": LEGAL,
    "word": GENERIC,
    "place": PLACE,
    "number": NUMBER,
    "title": TITLE,
    "suffix": SUFFIX,
    "particle": PARTICLE,
}


_TokenKey = tuple[str, str, int, str, str, bool, tuple[str, ...], tuple[str, ...], str]


class Preparer:
    """Prepares names under one set of word weights; keeps every word it has met."""

    def __init__(self, weights: WordWeights = DEFAULT.words) -> None:
        self.weights = weights
        self.tokens: list[Token] = []  # by id
        self.knowledge = load()
        self._person_rarity, self._other_rarity = _rarities()
        self._pinyin = frozenset(self.knowledge.pinyin)
        self._slips = Slips(self.knowledge.slips)
        self._slipped: dict[str, tuple[str, ...]] = {}
        self._tokens: dict[_TokenKey, Token] = {}
        self._words: dict[tuple[Mode, str], tuple[Token, ...]] = {}
        self._readings: dict[tuple[Mode, str], tuple[Token, ...]] = {}
        self._cut_up: dict[str, tuple[str, ...]] = {}
        self._known_phrases: dict[str, tuple[Token, ...]] = {}

    # --- words -----------------------------------------------------------------------------------

    @cached_property
    def meanings(self) -> dict[str, list[tuple[str, ...]]]:
        """The meanings of several words that an unknown word can have (see Token.meaning), by their first word."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for words in sorted({tuple(self._canons(known)) for known in self.knowledge.readings.values()}):
            if len(words) > 1:
                found.setdefault(words[0], []).append(words)
        return found

    def token(
        self,
        text: str,
        canon: str,
        kind: int,
        mode: Mode,
        *,
        shown: str = "",
        han: str = "",
        abjad: bool = False,
        languages: tuple[str, ...] = (),
        classes: tuple[str, ...] | None = None,
    ) -> Token:
        shown = shown or text
        if classes is None:
            known = self.knowledge.names if kind in (WORD, PARTICLE) else {}
            classes = known.get(han) or known.get(text) or ()
            if mode == "person" and kind == WORD:
                classes += self._patronymic(text)
                if not classes and not shown.isascii():
                    classes = self._declined(text)
        plain = ""
        if kind == WORD and not text.isalpha() and any(c.isalpha() for c in text):
            plain = self._plain(text)
            classes = classes or self.knowledge.names.get(plain, ())
        if len(classes) > 1:
            classes = tuple(sorted(classes))  # as an index gives them back
        key = (text, canon, kind, shown, han, abjad, languages, classes, mode)
        token = self._tokens.get(key)
        if token is None:
            token = Token(text, canon, kind, self._weight(canon, kind, mode), shown, han, abjad, languages)
            token.classes = frozenset(classes)
            token.syllable = any(c.startswith("han:") for c in classes)
            token.chinese = any(c.startswith("family:") and not c.isascii() for c in classes)
            if mode == "other" and kind == WORD and (meant := self.knowledge.readings.get(text)):
                token.meaning = tuple(self._canons(meant))
            token.plain = plain
            if kind in (GENERIC, LEGAL):
                token.field = self.knowledge.fields.get(canon, "")
            token.id = len(self.tokens)
            self.tokens.append(token)
            self._tokens[key] = token
        return token

    def _patronymic(self, text: str) -> tuple[str, ...]:
        """The classes of a Slavic patronymic, by the father's name (Mikhailovna, Mihaulauna, Michailowitsch)."""
        match = _PATRONYMIC.match(text) if len(text) > 6 else None
        if match is not None:
            names = self.knowledge.names
            for ending in _FATHER_ENDS:
                fathers = [c for c in names.get(match[1] + ending, ()) if c.startswith("given:")]
                if fathers:
                    return tuple(f"father:{c[6:]}" for c in fathers)
        return ()

    def _declined(self, text: str) -> tuple[str, ...]:
        """The classes of a Slavic given name in another case than the first (Dmitriya, Sergeyu)."""
        match = _DECLINED.match(text) if len(text) > 4 else None
        if match is not None:
            for ending in ("", "y", "iy", "ey", "a", "ya"):
                if classes := self.knowledge.names.get(match[1] + ending):
                    return classes
        return ()

    def _plain(self, text: str) -> str:
        """A word with its digits read as letters; 1 as l where that gives a known name (V1ad1m1r)."""
        known = self.knowledge.names
        ones = text.count("1")
        if ones and ones < 5:
            parts = text.split("1")
            for choice in product("il", repeat=ones):
                word = "".join(p + c for p, c in zip(parts, (*choice, ""), strict=True)).translate(_LEET)
                if word in known:
                    return word
        return text.translate(_LEET)

    def _weight(self, canon: str, kind: int, mode: Mode) -> float:
        w = self.weights
        rarity = (self._person_rarity if mode == "person" else self._other_rarity).get(canon, 1.0)
        if kind == LEGAL:
            return w.legal
        if kind == FILLER:
            return w.filler
        if kind == TITLE:
            return w.title
        if kind == PARTICLE:
            return w.particle
        if kind == SUFFIX:
            return w.suffix
        if kind == INITIAL:
            return w.initial
        if kind == NUMBER:
            return w.number
        floor = w.person_floor if mode == "person" else w.floor
        factor = w.generic if kind == GENERIC else w.place if kind == PLACE else 1.0
        return (floor + (1 - floor) * rarity) * factor

    def stands_for(self, known: Known, mode: Mode, text: str, shown: str, han: str) -> list[Token]:
        kind = _KIND_OF[known.kind]
        if kind == LEGAL and known.words[0] in _SIZE_WORDS:
            return [self.token(text, known.words[0].lower(), GENERIC, mode, shown=shown, han=han)]
        if kind in (LEGAL, TITLE, PARTICLE, SUFFIX):
            canon = "|".join(known.words) if kind == LEGAL else known.words[0]
            return [self.token(text, canon, kind, mode, shown=shown, han=han)]
        if kind == PLACE:
            canon = " ".join(known.words)
            return [self.token(text, canon, PLACE, mode, shown=shown, han=han)]
        if len(known.words) == 1:
            return [
                self.token(text, known.words[0], kind, mode, shown=shown, han=han, languages=known.languages)
            ]
        words = [word for word in known.words if word not in _FILLER]
        return [  # a headword of several words stands for each of them
            self.token(
                word, canon, GENERIC, mode, shown=f"{shown} ({word})" if han else word, languages=("en",)
            )
            for word, canon in zip(words, self._canons(known), strict=True)
        ]

    def _canons(self, known: Known) -> list[str]:
        """The canonical word of each word of a headword."""
        if known.kind == "place":
            return [" ".join(known.words)]
        if len(known.words) == 1 or known.kind != "word":
            return list(known.words[:1])
        out = []
        for word in known.words:
            if word not in _FILLER:
                inner = self.knowledge.phrases.get(word)
                single = inner is not None and inner.kind == "word" and len(inner.words) == 1
                out.append(inner.words[0] if inner is not None and single else word)
        return out

    def _single(self, raw: str, mode: Mode) -> tuple[tuple[Token, ...], bool]:
        """One word that is not a run of an unspaced script. Second value: whether look-alike letters were undone."""
        unmixed, changed = unmix(raw)
        latin = to_latin(unmixed)
        if not latin:
            return (), changed
        abjad = not raw.isascii() and any(script_of(c) in _ABJAD for c in raw)
        shown = raw if raw != latin else latin
        return tuple(self._latin_word(latin, mode, shown, abjad)), changed

    def _latin_word(self, latin: str, mode: Mode, shown: str, abjad: bool = False) -> list[Token]:
        if latin.isdigit():
            number = latin.lstrip("0") or "0"
            return [self.token(number, number, NUMBER, mode, shown=shown)]
        if mode == "person":
            known = self.knowledge.person_words.get(latin)
            if known is not None:
                return self.stands_for(known, mode, latin, shown, "")
            if len(latin) == 1:
                return [self.token(latin, latin, INITIAL, mode, shown=shown)]
            if latin.startswith(("al", "el")) and (rest := self._behind_article(latin)):
                article = self.knowledge.person_words[latin[:2]]
                return [
                    *self.stands_for(article, mode, latin[:2], latin[:2], ""),
                    self.token(rest, rest, WORD, mode, shown=rest if shown == latin else shown, abjad=abjad),
                ]
            return [self.token(latin, latin, WORD, mode, shown=shown, abjad=abjad)]
        if latin in _FILLER or shown in _FILLER_AS_WRITTEN:
            return [self.token(latin, "", FILLER, mode, shown=shown)]
        known = self.knowledge.phrases.get(latin) or self._inflected(latin, shown)
        if known is not None:
            return self.stands_for(known, mode, latin, shown, "")
        if len(latin) == 1:
            return [self.token(latin, latin, INITIAL, mode, shown=shown)]
        if (code := _CODE.match(latin)) is not None:  # RA-02791 is RA02791
            number = code[2].lstrip("0") or "0"
            return [
                self.token(code[1], code[1], WORD, mode), self.token(number, number, NUMBER, mode, shown=code[2])
            ]  # fmt: skip
        if len(latin) > 1 and latin[:-2].isdigit() and latin[-2:] in ("st", "nd", "rd", "th"):
            return [self.token(latin[:-2], latin[:-2], NUMBER, mode, shown=shown)]
        if latin.startswith(("al", "el")) and (rest := self._behind_article(latin)):
            return [
                self.token(latin[:2], "", FILLER, mode, shown=latin[:2]),
                self.token(rest, rest, WORD, mode, shown=rest if shown == latin else shown, abjad=abjad),
            ]
        return [self.token(latin, latin, WORD, mode, shown=shown, abjad=abjad)]

    def _inflected(self, latin: str, shown: str) -> Known | None:
        """The meaning of a company word in the plural, or of a Slavic one in another case, gender or number."""
        if len(latin) < 5:
            return None
        phrases = self.knowledge.phrases
        if latin[-1] == "s" and (known := phrases.get(latin[:-1])) and known.kind == "word":
            return known
        match = _ADJECTIVE.match(latin)
        endings = _ADJECTIVE_ENDS
        if match is None:
            match = None if shown.isascii() else _NOUN.match(latin)
            endings = _NOUN_ENDS
        if match is None:
            return None
        for ending in endings:
            known = phrases.get(match[1] + ending)
            if known is not None and (known.kind == "place" or not _SLAVIC.isdisjoint(known.languages)):
                return known
        return None

    def _behind_article(self, latin: str) -> str:
        """The name behind an Arabic article that was written as one word with it (Alharbi), "" where there is none."""
        names = self.knowledge.names
        return latin[2:] if len(latin) > 5 and latin[2:] in names and latin not in names else ""

    # --- names -----------------------------------------------------------------------------------

    def prepare(self, raw: str, mode: Mode) -> Prepared:
        """The prepared form of raw for comparison with people ("person") or with anything else ("other")."""
        words, notes = split(raw)
        return self.read(raw, words, notes, mode)

    def read(self, raw: str, words: list[str], notes: tuple[str, ...], mode: Mode) -> Prepared:
        """The same of a name that is cut into words (see split): each is looked at with its neighbours."""
        if mode == "person" and "," in raw:
            words = self.given_first(raw, words)
        tokens: list[Token] = []
        extra = list(notes)
        if mode == "person":
            self._person_tokens(words, tokens, extra)
            tokens = _join_arabic(tokens, self)
            if len(tokens) > 1 and (tokens[0].chinese or tokens[-1].chinese):
                tokens = self.chinese(tokens)
        else:
            self._other_tokens(words, tokens, extra)
            if "(" in raw:
                self._own_acronym(tokens)
            if len(tokens) > 4 and self._address(tokens):
                extra.append("address left out")
            if len(set(tokens)) < len(tokens):
                tokens = self._said_twice(tokens)
            if len(tokens) == 1:
                tokens = self._lone(tokens)
        total = sum([t.weight for t in tokens])
        return Prepared(raw, tuple(tokens), total, tuple(dict.fromkeys(extra)) if extra else ())

    def given_first(self, raw: str, words: list[str]) -> list[str]:
        """SURNAME, Given: the words with what stands before the first comma last, if a name follows it (not Jr, PhD)."""
        family = split_raw(raw[: raw.index(",")].casefold())
        size = len(family)
        if words[:size] != family:
            return words
        known = self.knowledge.person_words
        for word in words[size:]:
            if word not in known or known[word].kind not in ("title", "suffix"):
                return words[size:] + family
        return words

    def _person_tokens(self, words: list[str], tokens: list[Token], notes: list[str]) -> None:
        for raw in words:
            if raw.isascii():
                tokens.extend(self.word(raw, "person"))
            elif raw.startswith("محمد") and len(raw) > 6:  # two names written as one (محمدرضا)
                for part in (raw[:4], raw[4:]):
                    tokens.extend(self._single(part, "person")[0])
            elif raw.endswith("رضا") and len(raw) > 5:
                for part in (raw[:-3], raw[-3:]):
                    tokens.extend(self._single(part, "person")[0])
            elif not is_unspaced_run(raw):
                if (
                    raw.startswith("ال") and len(raw) > 4
                ):  # the article, which Latin spellings often leave out
                    raw = raw[2:]
                found, changed = self._single(raw, "person")
                if changed:
                    notes.append("look-alike letters undone")
                tokens.extend(found)
            else:
                tokens.extend(self._unspaced(raw, "person", alone=len(words) == 1))

    def chinese(self, tokens: list[Token]) -> list[Token]:
        """Given names behind or before a Chinese family name, by syllable; Wade-Giles where one can be nothing else."""
        k = self.knowledge
        out: list[Token] = []
        for token in tokens:
            parts = () if token.chinese or token.han or token.kind != WORD else self._syllables(token.text)
            if parts:
                out += [self.token(p, p, WORD, "person") for p in parts]
            else:
                out.append(token)
        if any(t.text in k.wade and t.text not in self._pinyin for t in out):
            for i, token in enumerate(out):
                if token.text in k.wade and not token.han:
                    more = tuple(sorted({*token.classes, *(f"han:{p}" for p in k.wade[token.text])}))
                    out[i] = self.token(
                        token.text, token.canon, WORD, "person", shown=token.shown, classes=more
                    )
        return out

    def _syllables(self, text: str) -> tuple[str, ...]:
        """The two syllables of a Chinese given name written as one word (Xiaoming), () where it is none."""
        found = self._cut_up.get(text)
        if found is None:
            if len(self._cut_up) > 500_000:
                self._cut_up.clear()
            found = self._cut_up[text] = self._in_syllables(text)
        return found

    def _in_syllables(self, text: str) -> tuple[str, ...]:
        if not 3 < len(text) < 12 or text in self.knowledge.names:
            return ()
        for vowels in (False, True):  # Xi'an apart, a syllable begins with a consonant where it can
            for at in range(2, len(text) - 1):
                known = text[:at] in self._pinyin and text[at:] in self._pinyin
                if known and (vowels or text[at] not in "aeou"):
                    return text[:at], text[at:]
        return ()

    def word(self, latin: str, mode: Mode) -> tuple[Token, ...]:
        found = self._words.get((mode, latin))
        if found is None:
            if len(self._words) > 500_000:
                self._words.clear()
            found = self._words[mode, latin] = tuple(self._latin_word(latin, mode, latin))
        return found

    def _other_tokens(self, words: list[str], tokens: list[Token], notes: list[str]) -> None:
        latin: list[str] = []
        shown: list[str] = []
        for raw in words:
            if raw.isascii():
                latin.append(raw)
                shown.append(raw)
            elif is_unspaced_run(raw):
                self._phrases(latin, shown, tokens)
                latin, shown = [], []
                tokens.extend(self._unspaced(raw, "other", alone=len(words) == 1))
            else:
                unmixed, changed = unmix(raw)
                if changed:
                    notes.append("look-alike letters undone")
                if unmixed[0] in _ARABIC_PREFIXED:
                    unmixed = self._without_prefix(unmixed)
                elif unmixed[0] in _HEBREW_PREFIXED and to_latin(unmixed[1:]) in self.knowledge.phrases:
                    unmixed = unmixed if to_latin(unmixed) in self.knowledge.phrases else unmixed[1:]
                word = to_latin(unmixed)
                if word:
                    latin.append(word)
                    shown.append(raw)
        self._phrases(latin, shown, tokens)
        self._articles(tokens)
        self._vessel(tokens)
        self._words_that_look_legal(tokens)
        self._last_numeral(tokens)

    def _vessel(self, tokens: list[Token]) -> None:
        """MV, MT, S.S. in front of a name without a legal form are a ship's, and say nothing of which."""
        if len(tokens) < 2 or tokens[0].text not in SHIP or any(t.kind == LEGAL for t in tokens[1:]):
            return
        tokens[0] = self.token(tokens[0].text, "", FILLER, "other", shown=tokens[0].shown)

    def _articles(self, tokens: list[Token]) -> None:
        """The Arabic article, also before the letters it is spoken like (as-Safa, ar-Rahma), and "No." are small words."""
        for i in range(len(tokens) - 1):
            token = tokens[i]
            if not token.article:
                continue
            text = token.text
            if text in _NUMBER_SIGNS and tokens[i + 1].kind == NUMBER:
                tokens[i] = self.token(text, "", FILLER, "other", shown=token.shown)
            if token.kind not in (WORD, LEGAL) or text not in _ARTICLE:
                continue
            if text in ARTICLES or tokens[i + 1].text.startswith(text[1:]):
                tokens[i] = self.token(text, "", FILLER, "other", shown=token.shown)

    def _without_prefix(self, word: str) -> str:
        """An Arabic word without "the", "and", "for" in front, where the rest is known or the article is all there is."""
        phrases = self.knowledge.phrases
        if to_latin(word) in phrases:
            return word
        for prefix in ("وال", "بال", "لل", "ال", "و", "ل"):
            if word.startswith(prefix) and to_latin(word[len(prefix) :]) in phrases:
                return word[len(prefix) :]
        return word[2:] if word.startswith("ال") and len(word) > 4 else word

    def _last_numeral(self, tokens: list[Token]) -> None:
        """Fund I, Polaris V: a single Roman numeral at the end of a name is a number."""
        for i in range(len(tokens) - 1, 0, -1):
            if tokens[i].text in LAST_NUMERALS and tokens[i].kind in (FILLER, INITIAL, WORD):
                number = LAST_NUMERALS[tokens[i].text]
                tokens[i] = self.token(tokens[i].text, number, NUMBER, "other", shown=tokens[i].shown)
            if tokens[i].kind != LEGAL:
                return

    def _own_acronym(self, tokens: list[Token]) -> None:
        """Ministry of Foreign Trade (MFT): a name's own acronym says nothing new."""
        for i in range(1, len(tokens)):
            if tokens[i].kind == WORD and tokens[i].text in acronyms(tuple(tokens[:i])):
                tokens[i] = self.token(tokens[i].text, "", FILLER, "other", shown=tokens[i].shown)

    def _lone(self, tokens: list[Token]) -> list[Token]:
        """PFLP, ISIL: a short word that is all of a name is an acronym, though a legal form or a foreign word reads so."""
        token = tokens[0]
        foreign = token.kind == GENERIC and "en" not in token.languages
        if (token.kind != LEGAL and not foreign) or not 2 < len(token.text) < 7:
            return tokens
        if not token.shown.isascii() or not token.text.isalpha():
            return tokens
        return [self.token(token.text, token.text, WORD, "other", shown=token.shown)]

    def _said_twice(self, tokens: list[Token]) -> list[Token]:
        """Hikvision Hikvision: a distinctive word said again says nothing new."""
        out: list[Token] = []
        for token in tokens:
            again = token.kind == WORD and token in out
            out.append(self.token(token.text, "", FILLER, "other", shown=token.shown) if again else token)
        return out

    def _address(self, tokens: list[Token]) -> bool:
        """Let an address behind the legal form count as little as small words do; whether there was one."""
        end = next((i + 1 for i, t in enumerate(tokens) if t.kind == LEGAL and i > 0), len(tokens))
        rest = tokens[end:]
        if not any(t.text in ADDRESS for t in rest) or not any(c.isdigit() for t in rest for c in t.text):
            return False
        tokens[end:] = [self.token(t.text, "", FILLER, "other", shown=t.shown) for t in rest]
        return True

    def _words_that_look_legal(self, tokens: list[Token]) -> None:
        """AS, IS, AI: two letters are a legal form only where those stand, in front or at the end of a name."""
        for token in tokens:
            if token.kind == LEGAL and len(token.text) < 3:
                break
        else:
            return
        legal = [t.kind in (LEGAL, PLACE) for t in tokens]
        for i, token in enumerate(tokens):
            if token.kind == LEGAL and len(token.text) < 3 and not (all(legal[:i]) or all(legal[i:])):
                tokens[i] = self.token(
                    token.text, token.text, WORD, "other", shown=token.shown, han=token.han
                )
        if tokens and all(t.kind == LEGAL and len(t.text) < 3 for t in tokens):
            tokens[0] = self.token(tokens[0].text, tokens[0].text, WORD, "other", shown=tokens[0].shown)

    def _phrases(self, latin: list[str], shown: list[str], tokens: list[Token]) -> None:
        """Replace known phrases, longest first, by their meaning. shown: the words as written."""
        longest, phrases = self.knowledge.longest, self.knowledge.phrases
        read = self._without_slips(latin)
        i, n = 0, len(latin)
        while i < n:
            word = read[i]
            most = min(longest.get(word, 1), n - i)
            if most == 1 and word != latin[i]:
                tokens.extend(self.stands_for(phrases[word], "other", latin[i], shown[i], ""))
                i += 1
                continue
            while most > 1:
                phrase = " ".join(read[i : i + most])
                known = phrases.get(phrase)
                if known is not None:
                    label = " ".join(shown[i : i + most])
                    found = self._known_phrases.get(label)
                    if found is None:
                        text = "".join(latin[i : i + most])
                        found = tuple(self.stands_for(known, "other", text, label, ""))
                        if len(self._known_phrases) > 100_000:
                            self._known_phrases.clear()
                        self._known_phrases[label] = found
                    tokens.extend(found)
                    break
                most -= 1
            else:
                if shown[i] == word:
                    tokens.extend(self.word(word, "other"))
                else:
                    abjad = any(script_of(c) in _ABJAD for c in shown[i])
                    tokens.extend(self._latin_word(word, "other", shown[i], abjad))
                most = 1
            i += most

    def near(self, word: str) -> tuple[str, ...]:
        """The known words that an unknown one can be by a slip of the pen (see names.slips)."""
        found = self._slipped.get(word)
        if found is None:
            k = self.knowledge
            known = word in k.phrases or word in k.names or word in k.readings or word in self._other_rarity
            known = known or word in k.slips or word in _NUMBER_SIGNS or word in ADDRESS
            found = () if known or self._inflected(word, word) else self._slips.near(word)
            if len(self._slipped) > 500_000:
                self._slipped.clear()
            self._slipped[word] = found
        return found

    def _without_slips(self, words: list[str]) -> list[str]:
        """The words with slips undone where that makes a known phrase, a legal form or a word that stands for several."""
        near = [self.near(word) if word.isascii() else () for word in words]
        if not any(near):
            return words
        longest, phrases = self.knowledge.longest, self.knowledge.phrases
        read = list(words)
        for i, choices in enumerate(near):
            best, size = read[i], 1
            for choice in choices:
                read[i] = choice
                for start in range(max(0, i - 7), i + 1):
                    for end in range(
                        min(len(read), start + longest.get(read[start], 1)), max(i, start + size), -1
                    ):
                        if " ".join(read[start:end]) in phrases:
                            best, size = choice, end - start
                            break
                if size == 1 and self.knowledge.slips[choice] and i:
                    best = choice
            read[i] = best
        return read

    def _unspaced(self, run: str, mode: Mode, *, alone: bool) -> list[Token]:
        """Cut a Chinese, Japanese, Korean or Thai run into known words and what is left, and romanise that."""
        text = simplified(run)
        key: tuple[Mode, str] = (mode, text if not alone else text + " ")
        cached = self._readings.get(key)
        if cached is None:
            cached = tuple(self._cut_person(text) if mode == "person" else self._cut(text))
            self._readings[key] = cached
        return list(cached)

    def _cut_person(self, text: str) -> list[Token]:
        """Family name (one character, or two when known) and given name."""
        known = self.knowledge.unspaced.get(text)
        if known is not None and known.kind in ("title", "suffix", "particle"):
            return self.stands_for(known, "person", romanise(text), text, text)
        parts: list[str]
        names = self.knowledge.names
        if text in names or len(text) == 1:
            parts = [text]
        elif len(text) >= 3 and text[:2] in names and len(text) <= 5:
            parts = [text[:2], text[2:]]
        elif len(text) <= 4 and (script_of(text[0]) == "Hani" or self._korean(text)):
            parts = [text[:1], text[1:]]
        elif text[0] == "알" and script_of(text[1]) == "Hang":  # the Arabic article
            parts = [text[1:]]
        else:
            parts = [text]
        script = script_of(parts[-1][0])
        if (
            len(parts) == 2
            and len(parts[1]) == 2
            and (script == "Hang" or (script == "Hani" and parts[1] not in names))
        ):
            parts = [parts[0], *parts[1]]
        out = []
        for part in parts:
            han = part if script_of(part[0]) == "Hani" else ""
            latin = romanise(part)
            if not latin:
                continue
            classes = names.get(part) or names.get(latin) or ()
            abjad = script_of(part[0]) == "Kana"
            out.append(
                self.token(latin, latin, WORD, "person", shown=part, han=han, abjad=abjad, classes=classes)
            )
        return out

    def _korean(self, text: str) -> bool:
        """Whether a Hangul run can be a Korean name: a family name of one syllable and one or two syllables more."""
        heads = self.knowledge.names.get(text[0], ())
        return script_of(text[0]) == "Hang" and len(text) < 4 and any(c.startswith("family:") for c in heads)

    def _japanese_name(self, part: str) -> str:
        """The reading of Chinese characters as a Japanese family name, "" where none is known."""
        heads = [c.partition(":")[2] for c in self.knowledge.names.get(part, ()) if c.startswith("family:")]
        return next((head for head in heads if head.isascii() and head.isalpha()), "")

    def _cut(self, text: str) -> list[Token]:
        known_words = self.knowledge.unspaced
        n = len(text)
        infinite = float("inf")
        cost = [0.0] + [infinite] * n
        back: list[tuple[int, Known | None]] = [(0, None)] * (n + 1)
        for end in range(1, n + 1):
            for start in range(max(0, end - 14), end):
                if cost[start] == infinite:
                    continue
                known = known_words.get(text[start:end])
                size = end - start
                if known is not None and known.kind not in ("title", "suffix", "particle"):
                    if size == 1 and end != n:
                        continue
                    step = 1.0
                    if known.kind == "place" and start > 0 and back[start][1] is None:
                        step = 2.2
                    if known.kind == "legal" and size == 1:
                        step = 2.0
                elif back[start][1] is None and start > 0:
                    continue  # an unknown part is one piece
                else:
                    known, step = None, 2.0 + size
                if cost[start] + step < cost[end]:
                    cost[end], back[end] = cost[start] + step, (start, known)
        parts: list[tuple[str, Known | None]] = []
        at = n
        while at > 0:
            start, known = back[at]
            parts.append((text[start:at], known))
            at = start
        if len(parts) > 1 and any(p and not m and len(p) == 1 and script_of(p) in _KANA for p, m in parts):
            parts = [(text, None)]  # a brand in kana, not words with a syllable between them
        out: list[Token] = []
        japanese = any(form in text for form in _JAPANESE_FORMS) or any(script_of(c) in _KANA for c in text)
        for part, meaning in reversed(parts):
            han = part if script_of(part[0]) == "Hani" else ""
            latin = (japanese and meaning is None and self._japanese_name(part)) or romanise(part)
            if meaning is not None:
                out.extend(self.stands_for(meaning, "other", latin, part, han))
            elif latin:
                classes = self.knowledge.names.get(part)
                abjad = script_of(part[0]) == "Kana"  # vowels are put in where Japanese needs them
                out.append(
                    self.token(latin, latin, WORD, "other", shown=part, han=han, abjad=abjad, classes=classes)
                )
        return out


@lru_cache(maxsize=65536)
def acronyms(tokens: tuple[Token, ...]) -> dict[str, tuple[int, ...]]:
    """Acronyms that the beginning of a name can have, three letters or more, with the words they stand for.

    A legal form in front is passed over; small words count or not, as usage varies (NCRIEO, USSR; DPRK, AIAI). Three
    letters at least are those of other words, or two beside two of small words: half of HESA is no Hameed Electronics S.A.
    """
    found: dict[str, tuple[int, ...]] = {}
    front = 0
    while front < len(tokens) and tokens[front].kind == LEGAL:
        front += 1
    start = front
    while start < len(tokens) and tokens[start].kind in (LEGAL, FILLER):
        start += 1
    for with_filler, first in ((False, start), (True, start), (True, front)):
        letters, run, said, small = "", [], 0, 0
        for i in range(first, len(tokens)):
            token = tokens[i]
            if token.kind == NUMBER or (token.kind == FILLER and not with_filler):
                continue
            letters += token.letters
            if token.kind == FILLER:
                small += len(token.letters)
            elif token.kind != LEGAL:
                said += len(token.letters)
            run.append(i)
            if said > 2 or (said == 2 and small > 1):
                found.setdefault(letters, tuple(run))
        if start == front and with_filler:
            break
    return found


def _without_address(text: str) -> str:
    """The part of a name before a comma behind which an address stands (a word of addresses and a number)."""
    parts = text.split(",")
    for i, part in enumerate(parts[1:], 1):
        if any(c.isdigit() for c in part) and not ADDRESS.isdisjoint(
            part.casefold().replace(".", " ").split()
        ):
            return ",".join(parts[:i])
    return text


def split(raw: str) -> tuple[list[str], tuple[str, ...]]:
    """The words of a raw name, each in its own script, and what was undone to find them."""
    if raw.isascii() and raw.replace(" ", "").isalpha() and " " in raw:
        words = raw.lower().split()
        if len(words) < 4 or list(map(len, words)).count(1) < 4:
            return words, ()  # half of all names: the rest of this would give the same in five times the time
    text, notes = clean(raw)
    if "," in text and (name := _without_address(text)) != text:
        text, notes = name, (*notes, "address left out")
    if " " not in text and len(text) > 8 and text.isascii():
        humps = _HUMPS.findall(text)
        if len(humps) > 2 and sum(map(len, humps)) == len(text):
            text = " ".join(humps)
    words = split_raw(text.casefold())
    if len(words) > 3 and list(map(len, words)).count(1) > 3:
        extra = list(notes)
        words = _despaced(words, extra)
        notes = tuple(dict.fromkeys(extra))
    return words, notes


def _despaced(words: list[str], notes: list[str]) -> list[str]:
    """Join four or more single letters in a row (H I K V I S I O N), which people write to slip past a search."""
    out: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha() and not is_unspaced_run(word):
            run.append(word)
            continue
        if len(run) >= 4:
            out.append("".join(run))
            notes.append("spaced-out letters joined")
        else:
            out.extend(run)
        run = []
        if word:
            out.append(word)
    return out


def _join_arabic(tokens: list[Token], preparer: Preparer) -> list[Token]:
    """abd + article + name, and name + article + din, each to one word, as both are one name in Arabic."""
    for token in tokens:
        if token.arabic:
            break
    else:
        return tokens
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        before_article = i + 2 < len(tokens) and tokens[i + 1].text in _ARTICLE
        if (
            token.text in _ABD
            or token.sound in _ABD_SOUNDS
            or (before_article and token.text in BEFORE_ARTICLE)
        ) and i + 1 < len(tokens):
            j = i + 1
            if before_article:
                j += 1
            if len(tokens[j].text) >= 3 or tokens[j].abjad:
                out.append(_compound(preparer, "abd" + _without_article(tokens[j].text), tokens[i : j + 1]))
                i = j + 1
                continue
        if token.text in _DIN and out and len(out[-1].text) >= 3 and out[-1].kind == WORD:
            before = out.pop()
            out.append(_compound(preparer, before.text + "din", [before, token]))
        elif (
            token.text in _ARTICLE
            and i + 1 < len(tokens)
            and tokens[i + 1].text in _DIN
            and out
            and len(out[-1].text) >= 3
            and out[-1].kind == WORD
        ):
            before = out.pop()
            out.append(_compound(preparer, before.text + "din", [before, token, tokens[i + 1]]))
            i += 1
        elif token.text in _KUNYA and i + 1 < len(tokens) and tokens[i + 1].text in _BAKR:
            out.append(_compound(preparer, "abubakr", tokens[i : i + 2]))
            i += 1
        elif token.text in _ALLAH and out and out[-1].kind == WORD and len(out[-1].text) >= 3:
            before = out.pop()
            out.append(_compound(preparer, before.text + "allah", [before, token]))
        elif token.kind == WORD and (joined := _one_word(token.text)) != token.text:
            out.append(_compound(preparer, joined, [token]))
        else:
            out.append(token)
        i += 1
    return out


def _without_article(text: str) -> str:
    return text[2:] if text.startswith(("al", "el")) and len(text) > 5 else text


@lru_cache(maxsize=65536)
def _one_word(text: str) -> str:
    """abdulrahman, abdurrahman, abdelrahman -> abdrahman; nasruddin, nasreddine -> nasrdin."""
    if text.startswith(("abd", "ebd")) and text not in _ABD:
        rest = _JOINED_ABD.sub("", text, count=1)
        if rest != text and rest not in ("allah", "ullah", "lah", "llah"):
            return "abd" + rest
        return text
    if len(text) > 7 and (match := _JOINED_ALLAH.match(text)):
        return match["stem"] + "allah"
    match = _JOINED_DIN.match(text)
    if match and len(text) >= 8:
        return match["stem"] + "din"
    return text


def _compound(preparer: Preparer, text: str, parts: list[Token]) -> Token:
    names = preparer.knowledge.names
    classes = names.get(text) or names.get("".join(p.text for p in parts)) or ()
    shown = " ".join(p.shown for p in parts)
    return preparer.token(text, text, WORD, "person", shown=shown, abjad=parts[-1].abjad, classes=classes)
