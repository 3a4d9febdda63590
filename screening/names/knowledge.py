"""What the program knows of names: legal forms, company words, places, titles, variants. Data in names/data/*.yml.

The YAML is for people to review; `load` turns it into dictionaries from a written form to its meaning and refuses an
entry that stands twice or contradicts another. Reading the YAML takes about a second, so the result is kept in the
cache folder under a hash of the files.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from rapidfuzz.distance import OSA

from screening.errors import ListError
from screening.names.scripts import clean, romanisations, romanise, script_of, to_latin
from screening.names.words import split_words

FILES = (
    "legal_forms.yml",
    "company_words.yml",
    "places.yml",
    "numbers.yml",
    "titles.yml",
    "particles.yml",
    "given_names.yml",
    "family_names.yml",
    "nicknames.yml",
    "trade_names.yml",
    "characters.yml",
    "frequencies.yml",
)
# Raise when the meaning of the compiled form changes, so that a cache of an older program is not used.
COMPILED_FORMAT = 30

# Scripts written without spaces between words; their known words are found inside a run of letters.
UNSPACED = frozenset({"Hani", "Hang", "Hira", "Kana", "Thai"})


class Known(msgspec.Struct, frozen=True, array_like=True):
    """One meaning of a written form.

    kind: legal | word | place | number | title | suffix | particle. words: what it is replaced by, one or more
    canonical words (English headwords, a place's English name, digits, a legal class). languages: ISO 639-1 codes
    under which it is written so; "" where the file gives none.
    """

    kind: str
    words: tuple[str, ...]
    languages: tuple[str, ...] = ()


class Knowledge(msgspec.Struct, frozen=True):
    """phrases: space-joined comparison words -> meaning. unspaced: text of a script without spaces -> meaning.

    readings: pinyin of Chinese company words -> meaning; a brand may read the same, so it is only a possible meaning.
    longest: most words of any phrase by its first word. seconds: the words that stand second in phrases of several, by
    the first. names: single word -> name classes it belongs to.
    person, organization: canonical word -> number of names that have it, among `person_names` and
    `organization_names` names of the source of frequencies.yml. pinyin: the syllables of characters.yml. wade: its
    syllables in Wade-Giles that pinyin spells otherwise -> those in pinyin. slips: the words of which a slip of the pen
    would hide a phrase, a legal form or a word that stands for several -> whether the word alone says so (names.slips).
    fields: headword or legal class -> the field that it shares with others of nearly the same meaning.
    """

    phrases: dict[str, Known]
    unspaced: dict[str, Known]
    readings: dict[str, Known]
    longest: dict[str, int]
    seconds: dict[str, frozenset[str]]
    names: dict[str, tuple[str, ...]]
    person_words: dict[str, Known]
    person: dict[str, int]
    organization: dict[str, int]
    person_names: int
    organization_names: int
    pinyin: tuple[str, ...]
    wade: dict[str, tuple[str, ...]]
    slips: dict[str, bool]
    fields: dict[str, str]


def is_unspaced(text: str) -> bool:
    """Whether text has letters of a script that is written without spaces."""
    return not text.isascii() and any(script_of(c) in UNSPACED for c in text)


class _Builder:
    def __init__(self) -> None:
        self.phrases: dict[str, Known] = {}
        self.unspaced: dict[str, Known] = {}
        self.cyrillic: dict[str, Known] = {}
        self.readings: dict[str, Known] = {}
        self.person_words: dict[str, Known] = {}
        self.names: dict[str, list[str]] = {}
        self.problems: list[str] = []
        self.origin: dict[tuple[str, str], str] = {}

    def add(self, file: str, entry: str, written: str, known: Known, *, ambiguous: frozenset[str]) -> None:
        """Register one written form. The first meaning wins between files; within a file a second one is refused."""
        text = clean(written)[0].strip().casefold()
        unspaced = is_unspaced(text)
        key = simplified(text).replace(" ", "") if unspaced else " ".join(split_words(text))
        if not key:
            self.problems.append(f"{file}: {entry}: {written!r} has no letters")
            return
        before = self.origin.get((file, key))
        if before is not None:
            same_reading = unspaced or not text.isascii()
            if before != entry and not same_reading and key not in ambiguous:
                self.problems.append(f"{file}: {written!r} stands under {before!r} and {entry!r}")
            return
        self.origin[file, key] = entry
        target = self.unspaced if unspaced else self.phrases
        target.setdefault(key, known)
        if not unspaced and any(script_of(c) == "Cyrl" for c in text):
            self.cyrillic.setdefault(text, known)

    def drop_compounds(self) -> None:
        """Forget a word made of another of the same meaning and a known word: the parts say more."""

        def made_of_known(text: str, known: Known) -> bool:
            for at in range(2, len(text) - 1):
                first, second = self.unspaced.get(text[:at]), self.unspaced.get(text[at:])
                if first and second and known.words in (first.words, second.words):
                    return True
            return False

        compounds = [
            t for t, known in self.unspaced.items() if known.kind == "word" and made_of_known(t, known)
        ]
        for text in compounds:
            del self.unspaced[text]

    def drop_phrases(self) -> None:
        """Forget a phrase that stands for one of its own words while another of them says more (aircraft plant)."""
        dropped = []
        for text, known in self.phrases.items():
            words = text.split(" ")
            if len(words) == 1 or known.kind != "word" or len(known.words) > 1:
                continue
            single = [self.phrases.get(w) for w in words]
            said = [w.words for w in single if w is not None and w.kind in ("word", "place")]
            if known.words in said and any(
                w not in (known.words, ("general",), ("manufacturing",)) for w in said
            ):
                dropped.append(text)
        for text in dropped:
            del self.phrases[text]

    def add_readings(self) -> None:
        """The other usual romanisations of what is written in Cyrillic, and the pinyin of what is in Chinese."""
        for text, known in self.cyrillic.items():
            if " ".join(split_words(text)) not in self.phrases:
                continue  # dropped
            for reading in romanisations(text):
                self.phrases.setdefault(" ".join(split_words(reading)), known)
        for text, known in self.unspaced.items():
            if (
                len(text) > 1
                and known.kind in ("word", "legal", "place")
                and all(script_of(c) == "Hani" for c in text)
            ):
                reading = romanise(text)
                if len(reading) > 3 and reading not in self.phrases:
                    self.readings.setdefault(reading, known)

    def add_person_word(self, written: str, known: Known) -> None:
        text = written.strip().casefold()
        if is_unspaced(text):
            self.unspaced.setdefault(simplified(text).replace(" ", ""), known)
            return
        words = split_words(text)
        if len(words) == 1:
            self.person_words.setdefault(words[0], known)

    def add_name(self, file: str, entry: str, written: str, *, ambiguous: frozenset[str]) -> None:
        text = written.strip().casefold()
        key = simplified(text).replace(" ", "") if is_unspaced(text) else "".join(split_words(text))
        if not key:
            self.problems.append(f"{file}: {entry}: {written!r} has no letters")
            return
        classes = self.names.setdefault(key, [])
        label = f"{file.split('_')[0]}:{entry}"
        if label not in classes:
            if text.isascii():  # a reading derived from another script may well be that of several names
                first = self.origin.setdefault((file, key), entry)
                if first != entry and key not in ambiguous:
                    self.problems.append(f"{file}: {written!r} stands under {first!r} and {entry!r}")
            classes.append(label)


def simplified(text: str) -> str:
    """Traditional Chinese characters to simplified ones, character by character."""
    return "".join(map(_simplified_char, text))


@lru_cache(maxsize=32768)
def _simplified_char(char: str) -> str:
    if script_of(char) != "Hani":
        return char
    return str(_converter().convert(char))


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [str(v) for v in value if v is not None]
    return [str(value)]


def _surfaces(
    entry: dict[str, Any], skip: frozenset[str], more: dict[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Every written form of an entry with the languages it stands under; the head is English."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in (*((k, v) for k, v in entry.items() if k not in skip), *more.items()):
        if isinstance(value, list | str):
            language = key if len(key) == 2 else "en"
            for text in _texts(value):
                if language not in found.get(text, ()):
                    found[text] = (*found.get(text, ()), language)
    return found


def _ambiguous(data: dict[str, Any]) -> frozenset[str]:
    return frozenset(" ".join(split_words(str(w).casefold())) for w in data.get("ambiguous") or ())


def compile_knowledge(files: dict[str, dict[str, Any]]) -> Knowledge:
    """Dictionaries from parsed YAML, by file name. Raises ListError that lists every duplicate and contradiction."""
    b = _Builder()
    _add_entries(b, "numbers.yml", files["numbers.yml"], "numbers", "value", "number")
    _add_legal_forms(b, files["legal_forms.yml"])
    _add_entries(b, "places.yml", files["places.yml"], "places", "place", "place")
    _add_entries(b, "company_words.yml", files["company_words.yml"], "words", "word", "word")
    _add_person_words(b, files["titles.yml"], files["particles.yml"])
    for file in ("given_names.yml", "family_names.yml"):
        _add_names(b, file, files[file])
    _add_names(b, "trade_names.yml", files["trade_names.yml"])
    _add_nicknames(b, files["nicknames.yml"])
    _spread_nicknames(b)
    pinyin, wade = _add_characters(b, files["characters.yml"].get("characters") or {})
    fields = _fields(b, files["company_words.yml"], files["legal_forms.yml"])
    if b.problems:
        raise ListError(
            "The name knowledge contradicts itself:\n  " + "\n  ".join(sorted(b.problems)),
            "Correct the files in screening/names/data.",
        )
    b.drop_compounds()
    b.drop_phrases()
    b.add_readings()
    longest: dict[str, int] = {}
    seconds: dict[str, set[str]] = {}
    for key in b.phrases:
        first, *rest = key.split(" ")
        longest[first] = max(longest.get(first, 0), 1 + len(rest))
        if rest:
            seconds.setdefault(first, set()).add(rest[0])
    frequencies = files["frequencies.yml"]
    return Knowledge(
        phrases=b.phrases,
        unspaced=b.unspaced,
        readings=b.readings,
        longest=longest,
        seconds={first: frozenset(found) for first, found in seconds.items()},
        names={k: tuple(sorted(v)) for k, v in b.names.items()},
        person_words=b.person_words,
        person=frequencies.get("person") or {},
        organization=frequencies.get("organization") or {},
        person_names=int(frequencies.get("person_names") or 1),
        organization_names=int(frequencies.get("organization_names") or 1),
        pinyin=tuple(sorted(pinyin)),
        wade={k: tuple(sorted(v)) for k, v in wade.items()},
        slips=_worth_correcting(b.phrases),
        fields=fields,
    )


def _fields(b: _Builder, words: dict[str, Any], forms: dict[str, Any]) -> dict[str, str]:
    """Group and holding, which count as company words, are legal classes in lower case."""
    classes = set(forms.get("classes") or {})
    heads = (
        {str(entry["word"]) for entry in words.get("words") or ()} | classes | {c.lower() for c in classes}
    )
    found: dict[str, str] = {}
    for field, members in (words.get("fields") or {}).items():
        for member in _texts(members):
            if member not in heads or member in found:
                b.problems.append(
                    f"company_words.yml: fields: {field}: {member!r} is no headword or stands twice"
                )
            found[member] = str(field)
    return found


def _worth_correcting(phrases: dict[str, Known]) -> dict[str, bool]:
    """Long words of phrases, and alone those that are a legal form or stand for several words.

    Alone only where no other word is near (société, society): a slip could be one in either.
    """
    found: dict[str, bool] = {}
    rivals: dict[str, list[tuple[str, Known]]] = {}
    for text, known in phrases.items():
        if " " not in text and len(text) > 4:
            rivals.setdefault(text[-2:], []).append((text, known))
    for text, known in phrases.items():
        words = text.split(" ")
        if known.kind == "number":
            continue
        if len(words) > 1:
            for word in words:
                if len(word) > 4 and word.isalpha():
                    found.setdefault(word, False)
        elif text.isalpha() and (known.kind == "legal" or len(known.words) > 1) and len(text) > 5:
            near = (r for r, meant in rivals[text[-2:]] if meant != known and meant.kind != "legal")
            if all(OSA.distance(text, r, score_cutoff=2) > 2 for r in near):
                found[text] = known.kind == "legal" or len(text) > 7
    return dict(sorted(found.items()))


def _add_legal_forms(b: _Builder, data: dict[str, Any]) -> None:
    known_classes, ambiguous = set(data.get("classes") or {}), _ambiguous(data)
    for entry in data.get("forms") or ():
        classes = tuple(sorted(_texts(entry["class"])))
        for missing in sorted(set(classes) - known_classes):
            b.problems.append(f"legal_forms.yml: {entry['form']}: class {missing!r} is not declared")
        for written in dict.fromkeys(_texts(entry["written"])):
            b.add("legal_forms.yml", entry["form"], written, Known("legal", classes), ambiguous=ambiguous)


def _add_entries(b: _Builder, file: str, data: dict[str, Any], section: str, head: str, kind: str) -> None:
    """Entries that have a head and the same in other letters and languages, by language or in a mapping `words`."""
    ambiguous = _ambiguous(data)
    skip = frozenset({"kind", "country", "note", "words"} | ({"value"} if head == "value" else set()))
    for entry in data.get(section) or ():
        label = str(entry[head])
        meaning = (label,) if head == "value" else tuple(split_words(label.casefold()))
        for written, languages in _surfaces(entry, skip, entry.get("words") or {}).items():
            b.add(file, label, written, Known(kind, meaning, languages), ambiguous=ambiguous)


def _add_person_words(b: _Builder, titles: dict[str, Any], particles: dict[str, Any]) -> None:
    for kind, section in (("title", "titles"), ("suffix", "suffixes")):
        for entry in titles.get(section) or ():
            for written in [str(entry[kind]), *_texts(entry.get("written"))]:
                b.add_person_word(written, Known(kind, (str(entry[kind]),)))
    for entry in particles.get("particles") or ():
        meaning = Known("particle", (str(entry["particle"]), str(entry.get("kind", ""))))
        for written in [str(entry["particle"]), *_texts(entry.get("same")), *_texts(entry.get("written"))]:
            b.add_person_word(written, meaning)


def _add_names(b: _Builder, file: str, data: dict[str, Any]) -> None:
    ambiguous = _ambiguous(data)
    for entry in data.get("names") or ():
        surfaces = [str(entry["name"]), *_texts(entry.get("variants")), *_texts(entry.get("written"))]
        for written in dict.fromkeys(surfaces):
            b.add_name(file, str(entry["name"]), written, ambiguous=ambiguous)


def _add_nicknames(b: _Builder, data: dict[str, Any]) -> None:
    for entry in data.get("nicknames") or ():
        for written in [str(entry["name"]), *_texts(entry.get("short")), *_texts(entry.get("written"))]:
            text = "".join(split_words(written.casefold()))
            classes = b.names.setdefault(text, [])
            label = f"nick:{entry['name']}"
            if text and label not in classes:
                classes.append(label)


def _add_characters(b: _Builder, data: dict[str, list[str]]) -> tuple[set[str], dict[str, set[str]]]:
    """Each character and each spelling of it stand for one another; two spellings of one character do not."""
    pinyin: set[str] = set()
    wade: dict[str, set[str]] = {}
    for char, listed in data.items():
        latin = [s for s in listed if s.isascii()]
        korean = [s for s in listed if script_of(s[0]) == "Hang"]
        pinyin.add(latin[0])
        if len(latin) > 1 and latin[1] != latin[0]:
            wade.setdefault(latin[1], set()).add(latin[0])
        read = [*latin, *(to_latin(s) for s in korean)]
        labels = [f"han:{s}" for s in read]
        own = b.names.setdefault(char, [])
        is_family = any(label.startswith("family:") for label in own)
        for hangul in korean:  # what sounds like a family name in Korean need not be one
            labels += [x for x in b.names.get(hangul, []) if is_family or not x.startswith("family:")]
        own += [label for label in dict.fromkeys(labels) if label not in own]
        for spelling in read:
            classes = b.names.setdefault(spelling, [])
            if f"han:{spelling}" not in classes:
                classes.append(f"han:{spelling}")
    return pinyin, wade


def _spread_nicknames(b: _Builder) -> None:
    """A short form of Alexander is one of Aleksandr too: give it to every spelling of the given name."""
    heads = {c[5:] for classes in b.names.values() for c in classes if c.startswith("nick:")}
    for classes in b.names.values():
        for label in [c for c in classes if c.startswith("given:") and c[6:] in heads]:
            nick = f"nick:{label[6:]}"
            if nick not in classes:
                classes.append(nick)


def read_files() -> dict[str, bytes]:
    """The bytes of each knowledge file, by name."""
    folder = resources.files("screening.names") / "data"
    return {name: (folder / name).read_bytes() if (folder / name).is_file() else b"{}" for name in FILES}


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """SHA-256 over the knowledge files; part of every index's key and of the manifest."""
    digest = hashlib.sha256(str(COMPILED_FORMAT).encode())
    for name, content in read_files().items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def cache_folder() -> Path:
    """SCREENING_CACHE_DIR, or the user's cache folder."""
    configured = os.environ.get("SCREENING_CACHE_DIR")
    if configured:
        return Path(configured)
    from platformdirs import user_cache_path

    return Path(user_cache_path("screening"))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a cache file so that no reader sees half of it. A cache that cannot be written is no failure."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
            handle.write(content)
        Path(handle.name).replace(path)
    except OSError:
        return


@lru_cache(maxsize=1)
def load() -> Knowledge:
    """The knowledge, from the cache when it fits the files, else compiled from the YAML."""
    cached = cache_folder() / f"knowledge-{fingerprint()[:24]}.msgpack"
    try:
        return msgspec.msgpack.decode(cached.read_bytes(), type=Knowledge)
    except (OSError, msgspec.MsgspecError):
        pass
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    knowledge = compile_knowledge({n: yaml.load(c, Loader=loader) or {} for n, c in read_files().items()})  # noqa: S506
    write_atomically(cached, msgspec.msgpack.encode(knowledge))
    return knowledge
