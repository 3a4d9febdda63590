"""From text of any script to lower-case Latin words, and what was undone on the way.

The Latin here is a comparison form, not a published romanisation. Where the standards differ (BGN/PCGN, GOST,
ISO 9 for Cyrillic), the table gives the most usual spelling and the sound key of `screening.names.sounds`
joins the others.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from screening.names.syllables import burmese, kana

# Cyrillic, as BGN/PCGN and most passports romanise it. Ukrainian letters keep their own values; the letters that
# Ukrainian and Russian share but read differently (г, и) follow Russian unless the word has a letter that only
# Ukrainian uses.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_CYRILLIC |= {
    "ё": "e",
    "є": "ye",
    "і": "i",
    "ї": "yi",
    "ґ": "g",
    "ђ": "dj",
    "ј": "j",
    "љ": "lj",
    "њ": "nj",
    "ћ": "c",
    "џ": "dz",
    "ѓ": "gj",
    "ќ": "kj",
    "ѕ": "dz",
    "ә": "a",
    "ғ": "g",
    "қ": "k",
    "ң": "n",
    "ө": "o",
    "ұ": "u",
    "ү": "u",
    "һ": "h",
    "ҳ": "h",
    "ҷ": "j",
    "ӣ": "i",
    "ӯ": "u",
    "ў": "u",
    "ҡ": "k",
    "ҙ": "z",
    "ҫ": "s",
    "ӝ": "zh",
    "ӑ": "a",
    "ӗ": "e",
    "\u0301": "",
}
_UKRAINIAN_ONLY = frozenset("іїєґ")
_UKRAINIAN = _CYRILLIC | {"г": "h", "и": "y"}

# Arabic, Persian, Urdu, Pashto letters. Short vowels are unwritten, so what comes out is compared by its
# consonants (see sounds.skeleton).
_ARABIC = {
    "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ء": "", "ؤ": "u", "ئ": "y", "ى": "a", "ب": "b", "پ": "p",
    "ت": "t", "ث": "th", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z",
    "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f",
    "ق": "q", "ڤ": "v", "ك": "k", "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ة": "a", "ھ": "h",
    "و": "u", "ي": "i", "ی": "i", "ې": "e", "ے": "e", "ۍ": "i", "ں": "n", "ٹ": "t", "ڈ": "d", "ڑ": "r", "ټ": "t",
    "ډ": "d", "ړ": "r", "ږ": "zh", "ښ": "sh", "ځ": "z", "څ": "ts", "ڼ": "n", "ە": "a", "ۆ": "o", "ێ": "e",
    "ہ": "h", "ۀ": "a", "ـ": "",
}  # fmt: skip
_HEBREW = {
    "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "h", "ו": "v", "ז": "z", "ח": "h", "ט": "t", "י": "y", "כ": "k",
    "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "a", "פ": "p", "ף": "f", "צ": "ts",
    "ץ": "ts", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_BY_SYLLABLE = frozenset({"Hira", "Kana", "Mymr"})
# Thai writes some vowels before the consonant that they follow, and o ang and ho hip where nothing is spoken.
_THAI_SILENT = re.compile("(?<![ก-ฮ])อ(?=[ะ-ู])|ห(?=[งญนมยรลว])")
_THAI_BEFORE = re.compile("([เแโใไ])([ก-ฮ])")
_INDIC = frozenset({"Deva"})
_NASAL = re.compile("ं(?![पफबभम])")  # anusvara: n but before the labials
_ARMENIAN_PAIRS = (("ու", "u"), ("եւ", "ev"), ("և", "ev"))
# Vav in a word is the vowel u or o; the consonant is written twice there (plene spelling).
_HEBREW_VAV = re.compile("(?<=[א-ת])(?<!ו)ו(?!ו)")
_GREEK_PAIRS = (("ου", "ou"), ("μπ", "b"), ("ντ", "d"), ("γκ", "g"), ("αυ", "av"), ("ευ", "ev"), ("τζ", "tz"))

_GREEK_VOICELESS = re.compile("([αε])υ(?=[θκξπσςτφχψ])")  # αυ and ευ are af and ef before these

# Latin letters that Unicode does not decompose.
_LATIN = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŋ": "ng",
        "ħ": "h", "ə": "a", "ǝ": "a", "ĸ": "k", "ſ": "s", "ŧ": "t", "ɣ": "gh", "ʻ": "", "ʼ": "", "ʿ": "", "ʾ": "",
    }
)  # fmt: skip

# Letters of other scripts that look like a Latin one (Unicode confusables, the lower-case ones in use).
_LOOKS_LATIN = str.maketrans(
    dict(zip("аеорсухіјѕԁһԛԝӏкмтвнгαορντκυхε", "aeopcyxijsdhqwlkmtbhraopvtkyxe", strict=True))
)
_LOOKS_CYRILLIC = str.maketrans(dict(zip("aeopcyxijskmtbh", "аеорсухіјѕкмтвн", strict=True)))

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # colours and the like: control sequences of ECMA-48
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
# Heh at the end of a word is a vowel in Persian and Urdu; behind t, s, k and others it does not make one sound with it.
_ARABIC_HEH = re.compile("(?<=..)[هہ]$")
_ARABIC_SH = re.compile("(?<=[تطسصکكگدضزظج])[هہ]")
_HEBREW_POINTS = re.compile("[\u0591-\u05c7]")

_RANGES = (
    (0x0370, 0x03FF, "Grek"), (0x1F00, 0x1FFF, "Grek"), (0x0400, 0x052F, "Cyrl"), (0x1C80, 0x1C8F, "Cyrl"),
    (0x0530, 0x058F, "Armn"), (0x0590, 0x05FF, "Hebr"), (0x0600, 0x06FF, "Arab"), (0x0750, 0x077F, "Arab"),
    (0x08A0, 0x08FF, "Arab"), (0xFB50, 0xFDFF, "Arab"), (0xFE70, 0xFEFE, "Arab"), (0x0900, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"), (0x0A80, 0x0AFF, "Gujr"), (0x0B00, 0x0B7F, "Orya"),
    (0x0B80, 0x0BFF, "Taml"), (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"), (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"), (0x0E80, 0x0EFF, "Laoo"), (0x1000, 0x109F, "Mymr"), (0x1780, 0x17FF, "Khmr"),
    (0x0E00, 0x0E7F, "Thai"), (0x10A0, 0x10FF, "Geor"), (0x1C90, 0x1CBF, "Geor"), (0x1100, 0x11FF, "Hang"),
    (0x3130, 0x318F, "Hang"), (0xAC00, 0xD7AF, "Hang"), (0x3040, 0x309F, "Hira"), (0x30A0, 0x30FF, "Kana"),
    (0x31F0, 0x31FF, "Kana"), (0x3400, 0x4DBF, "Hani"), (0x4E00, 0x9FFF, "Hani"), (0xF900, 0xFAFF, "Hani"),
    (0x20000, 0x323AF, "Hani"), (0x3005, 0x3007, "Hani"),
)  # fmt: skip


# Scripts whose vowel signs are part of their words though they are no letters.
_WITH_SIGNS = frozenset(
    [
        "Deva",
        "Beng",
        "Guru",
        "Gujr",
        "Orya",
        "Taml",
        "Telu",
        "Knda",
        "Mlym",
        "Sinh",
        "Thai",
        "Laoo",
        "Mymr",
        "Khmr",
    ]
)


@lru_cache(maxsize=8192)
def script_of(char: str) -> str:
    """ISO 15924 code of a letter: "Latn", "Cyrl", "Hani" ...; "Zyyy" for digits, marks and punctuation."""
    code = ord(char)
    if code < 0x370:
        return "Latn" if char.isalpha() else "Zyyy"
    for low, high, script in _RANGES:
        if low <= code <= high:
            return script if char.isalpha() or script in _WITH_SIGNS else "Zyyy"
    if not char.isalpha():
        return "Zyyy"
    return "Latn" if unicodedata.name(char, "").startswith(("LATIN", "FULLWIDTH LATIN")) else "Zzzz"


def scripts_in(text: str) -> tuple[str, ...]:
    """The scripts of the letters of text, each once, sorted. ASCII text gives ("Latn",) without a search."""
    if text.isascii():
        return ("Latn",) if any(map(str.isalpha, text)) else ()
    return tuple(sorted({script_of(c) for c in text} - {"Zyyy"}))


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """NFKC, without invisible characters and terminal escapes. Returns the text and notes on what was undone."""
    notes = []
    if "\x1b" in text:  # or the letters of an escape would hide the word that follows it
        text = _ESCAPE.sub("", text)
        notes.append("terminal escapes removed")
    if text.isascii():
        return text, tuple(notes)
    visible = _INVISIBLE.sub("", text)
    if visible != text:
        notes.append("invisible characters removed")
    normal = unicodedata.normalize("NFKC", visible)
    if normal != visible and any(0xFF01 <= ord(c) <= 0xFF5E for c in visible):
        notes.append("full-width letters undone")
    return normal, tuple(notes)


def unmix(word: str) -> tuple[str, bool]:
    """Undo look-alike letters in one lower-case word that mixes Latin with Cyrillic or Greek.

    The script with more letters that have no look-alike wins; Latin wins a draw. Returns word and whether it changed.
    """
    if word.isascii():
        return word, False
    scripts = {script_of(c) for c in word} - {"Zyyy"}
    if "Latn" not in scripts or not scripts & {"Cyrl", "Grek"}:
        return word, False
    as_latin = word.translate(_LOOKS_LATIN)
    left_over = sum(1 for c in as_latin if script_of(c) in ("Cyrl", "Grek"))
    if left_over == 0:
        return as_latin, True
    as_cyrillic = word.translate(_LOOKS_CYRILLIC)
    if not any(script_of(c) == "Latn" for c in as_cyrillic):
        return as_cyrillic, True
    return word, False


# Hangul by the Revised Romanization of Korean (2000): initials, vowels and finals in the order of Unicode. Syllables
# are written one by one, without the sound changes between them, as personal and company names usually are.
_INITIALS = "g kk n d tt r m b pp s ss _ j jj ch k t p h".replace("_", "").split(" ")
_MEDIALS = (
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu",
    "ui", "i",
)  # fmt: skip
_FINALS = "_ k k k n n n t l k m l l l p l m p p t t ng t t k t p t".replace("_", "").split(" ")


def _hangul(char: str) -> str:
    index = ord(char) - 0xAC00
    if not 0 <= index < 11172:
        return char
    initial, rest = divmod(index, 588)
    medial, final = divmod(rest, 28)
    return _INITIALS[initial] + _MEDIALS[medial] + _FINALS[final]


_VOICED = "\u3099\u309a"  # the marks that make ga of ka and pa of ha in kana


def _strip_marks(text: str) -> str:
    kept = (c for c in unicodedata.normalize("NFD", text) if c in _VOICED or not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "".join(kept))


@lru_cache(maxsize=65536)
def to_latin(word: str) -> str:
    """One lower-case word of any script but Han to lower-case ASCII letters and digits.

    Arabic and Hebrew come out without the unwritten vowels. Anything unknown is dropped.
    """
    if word.isascii():
        return word
    scripts = {script_of(c) for c in word} - {"Zyyy"}
    if "Cyrl" in scripts:
        table = _UKRAINIAN if _UKRAINIAN_ONLY & set(word) else _CYRILLIC
        # compose first: й and ї are letters, not letter and mark
        word = "".join(table.get(c, c) for c in unicodedata.normalize("NFC", word))
    if "Arab" in scripts:
        word = _ARABIC_HEH.sub("ا", _ARABIC_MARKS.sub("", word))
        word = "".join(_ARABIC.get(c, c) for c in _ARABIC_SH.sub("اه", word))
    if "Hebr" in scripts:
        word = _HEBREW_VAV.sub("u", word)
        word = "".join(_HEBREW.get(c, c) for c in _HEBREW_POINTS.sub("", word))
    if scripts & _BY_SYLLABLE:
        word = burmese(kana(word))
    if "Thai" in scripts:
        word = _THAI_BEFORE.sub(r"\2\1", _THAI_SILENT.sub("", word))
    if scripts & _INDIC:
        word = _NASAL.sub("न", word).replace("श", "sh").replace("ष", "sh")
    if "Armn" in scripts:
        for pair, latin in _ARMENIAN_PAIRS:
            word = word.replace(pair, latin)
    if "Hang" in scripts:
        word = "".join(map(_hangul, unicodedata.normalize("NFC", word)))
    if "Grek" in scripts:
        word = _GREEK_VOICELESS.sub(r"\1φ", _strip_marks(word))
        for pair, latin in _GREEK_PAIRS:
            word = word.replace(pair, latin)
        word = "".join(_GREEK.get(c, c) for c in word)
    if not word.isascii():
        word = _strip_marks(word.translate(_LATIN))
    if not word.isascii():
        from anyascii import anyascii

        word = anyascii(word).lower()
    return "".join(c for c in word if c.isalnum())


@lru_cache(maxsize=65536)
def romanise(text: str) -> str:
    """A run of an unspaced script to Latin letters: pinyin for Chinese characters (read as words), else by letter."""
    if any(script_of(c) == "Hani" for c in text):
        from pypinyin import Style, lazy_pinyin

        return "".join(to_latin(s.casefold()) for s in lazy_pinyin(text, style=Style.NORMAL, v_to_u=False))
    return to_latin(text)


# How standards in use differ from the table above: ICAO 9303 (passports), GOST 7.79 B, ISO 9 without marks, and the
# plain spelling of the press. Each is a set of replacements made together, longest first.
_STANDARDS = (
    {"ya": "ia", "yu": "iu", "iy": "ii"},
    {"iy": "y", "yy": "y"},
    {"kh": "h", "ts": "c", "shch": "shh"},
    {"kh": "h", "ts": "c", "shch": "sc", "sh": "s", "ch": "c", "zh": "z", "ya": "ja", "yu": "ju", "y": "j"},
    {"kh": "h", "iy": "y"},
    {
        "kh": "ch",
        "ya": "ja",
        "yu": "ju",
        "iy": "ij",
        "zh": "sch",
        "sh": "sch",
        "shch": "schtsch",
        "ch": "tsch",
    },
)


def romanisations(text: str) -> tuple[str, ...]:
    """Other usual Latin spellings of lower-case Cyrillic text, words kept apart, without the one of `to_latin`."""
    plain = " ".join(to_latin(word) for word in text.split())
    found = []
    for standard in _STANDARDS:
        pattern = re.compile("|".join(sorted(standard, key=len, reverse=True)))
        found.append(pattern.sub(lambda m, s=standard: s[m.group()], plain))  # type: ignore[misc]
    return tuple(dict.fromkeys(f for f in found if f != plain))
