"""The index must return exactly what the exhaustive search returns."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from screening.matching import compiled
from screening.matching.index import Index
from screening.matching.keys import Codes, WordKeys, consonant_keys, word_keys
from screening.matching.oracle import Oracle
from screening.matching.similarity import edit_similarity, facts, similarity, skeleton_similarity
from screening.names.prepare import Mode, Preparer, Token
from screening.settings import DEFAULT, ScoreWeights, Settings, Similarities, WordWeights

# Words that relate to each other in every way the engine knows, so that random names meet often.
WORDS = """
    wuhan tongsheng tong sheng technology tech keji trading trade co ltd llc limited gmbh group holding hikvision hik
    vision hikvison north china research institute of electro optics ncrieo nirc muhammad mohammed mohamed bin al ali
    abd rahman abdulrahman abdel din nasr nasreddin ivan ivanov ivanof petrov pyotr j k a yuri iurii iouri ii iii 2 3
    61 62 alexander sasha alex machine tool tools dalian jichuang gaoxin 武汉 高芯 科技 有限公司 武汉高芯科技有限公司
    comapny limiteda joint tock stock adbul lotif lotfi mikhailovna michailowitsch ハイクビジョン хиквижн
    григоренко hryhorenko
    大连机床集团 海康威视 杭州 иванов иван ооо технология محمد علي الشركة 김정은 株式会社 hіkvision h1kvision bank iran
"""
KINDS: tuple[Mode, Mode] = ("person", "other")
NAMES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=6).map(" ".join)
FEW_WORDS = st.lists(
    st.sampled_from(["khan", "galat", "ltd", "trading", "tradng"]), min_size=2, max_size=4
).map(" ".join)
# Names of particles and titles beside a name or none: little of them is distinctive.
LITTLE = st.lists(
    st.sampled_from(
        [
            "al",
            "el",
            "abu",
            "umm",
            "sayed",
            "haji",
            "mullah",
            "molana",
            "agha",
            "agh",
            "te",
            "tai",
            "dhu",
            "bin",
        ]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
LETTERS = st.text(alphabet="abcdeoiklmnrst -'.", min_size=1, max_size=18)
SETTINGS = (
    DEFAULT,
    Settings(score=ScoreWeights(better_side=0.75)),
    Settings(score=ScoreWeights(better_side=0.5, clash=0.1)),
    Settings(words=WordWeights(generic=1.0, place=1.0, legal=0.5, initial=0.8)),
    Settings(similarities=Similarities(least_edit=0.5, edit_cost=0.3, skeleton=0.95, acronym=1.0)),
)


def differences(
    names: list[tuple[str, Mode]], queries: list[str], cutoff: float, chosen: Settings
) -> list[str]:
    """Queries for which index and oracle disagree."""
    expected = Oracle(names, chosen).search(queries, cutoff)
    found = Index.of(names, chosen).search(queries, cutoff)
    return [
        q
        for q, e, f in zip(queries, expected, found, strict=True)
        if [(x.name, x.scored) for x in e] != [(x.name, x.scored) for x in f]
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.tuples(NAMES | LETTERS, st.sampled_from(KINDS)), min_size=1, max_size=12),
    queries=st.lists(NAMES | LETTERS, min_size=1, max_size=8),
    cutoff=st.sampled_from((1.0, 30.0, 55.0, 70.0, 80.0, 92.0, 100.0)),
    chosen=st.sampled_from(SETTINGS),
)
def test_random_names(
    names: list[tuple[str, Mode]], queries: list[str], cutoff: float, chosen: Settings
) -> None:
    assert differences(names, queries, cutoff, chosen) == []


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.tuples(NAMES | FEW_WORDS | LITTLE, st.sampled_from(KINDS)), min_size=1, max_size=30),
    queries=st.lists(NAMES | FEW_WORDS | LITTLE, min_size=1, max_size=30),
    cutoff=st.sampled_from((30.0, 70.0, 76.0, 80.0, 86.0, 88.0, 95.0)),
    chosen=st.sampled_from(SETTINGS),
)
@example(  # a common word twice in one name
    names=[
        ("KHAN GALAT KHAN, Shahbaz", "person"),
        *((f"Khan {w}", "person") for w in ("Omar", "Ali", "Reza", "Jan")),
    ],
    queries=["Khan Galat Khan"],
    cutoff=80.0,
    chosen=DEFAULT,
)
@example(
    names=[("Al Te", "person"), ("Sayed Al-Agh", "person")],
    queries=["Dhu Al-Tai", "Molana Al-Agha"],
    cutoff=86.0,
    chosen=DEFAULT,
)
def test_compiled_loses_nothing(
    names: list[tuple[str, Mode]], queries: list[str], cutoff: float, chosen: Settings
) -> None:
    """As with many names: the loops are compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "WORTH_COMPILING", -1)
        assert differences(names, queries, cutoff, chosen) == []


# So few words that names share many, are each other's shortened, and are written as one or as an acronym.
FEW = """
    import imp ort sa s a co ltd coltd al el tools tool green verde shipping marine trading comercio zor vex
    zorvex vexzor zv zvt atb alfa tango bravo alfatango group hold ing holding jichuang machine machinetool
    machinery 2 ii zorvexx zorrvex technologi lltd 1vex l 0rt ag gas oil wuhan han wu of and the petrol
    petroleum bank bnk sabank saal alsa mv no rashid
    den デン delta east nord industrial export 武汉 高芯 科技 有限公司 рога копыта завод и для ivan ivanov bin abd
    rahman
"""
EXTREME = (
    *SETTINGS,
    Settings(similarities=Similarities(joined=1.0)),
    Settings(similarities=Similarities(acronym=1.0, short_acronym=0.2)),
    Settings(similarities=Similarities(initial=1.0)),
    Settings(score=ScoreWeights(only_generic=0.0)),
    Settings(score=ScoreWeights(only_generic=1.0, better_side=0.9)),
    Settings(score=ScoreWeights(only_translated=1.0, better_side_shortened=1.0, shortened_enough=0.4)),
    Settings(words=WordWeights(generic=0.2, floor=0.0, person_floor=0.0)),
    Settings(words=WordWeights(legal=1.0, filler=1.0)),
)


@pytest.mark.parametrize("seed", range(40))
def test_names_of_few_words(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "WORTH_COMPILING", -1)
    rng = random.Random(seed)
    mode: Mode = "person" if rng.random() < 0.25 else "other"
    words = rng.sample(FEW.split(), rng.randint(4, 14))

    def name() -> str:
        return " ".join(rng.choice(words) for _ in range(rng.randint(1, 5)))

    names = [(name(), mode) for _ in range(40)]
    queries = [name() for _ in range(40)] + [text for text, _ in names[:5]]
    chosen = EXTREME[seed % len(EXTREME)]
    expected = Oracle(names, chosen).search(queries, 20.0)
    index = Index.of(names, chosen)
    scores = sorted({found.score for of_query in expected for found in of_query})
    # cut off just below a score, where the bound is as near as can be
    for cutoff in [86.0, *(score - 1e-6 for score in rng.sample(scores, min(12, len(scores))))]:
        for query, of_query, found in zip(queries, expected, index.search(queries, cutoff), strict=True):
            wanted = [(x.name, x.scored) for x in of_query if x.score >= cutoff]
            assert [(x.name, x.scored) for x in found] == wanted, (query, cutoff)


@pytest.mark.parametrize("worth", [-1, 10**12], ids=["compiled", "interpreted"])
@pytest.mark.parametrize(
    ("name", "query", "mode", "chosen"),
    [
        ("Serezha", "Serezhka", "person", DEFAULT),  # one nickname, and an edit apart
        ("natascha zorkanov ubolarin", "natasha orkanv bolarin", "person", DEFAULT),
        ("李小铭", "李晓明", "person", DEFAULT),  # homophones, syllable by syllable
        ("张建国", "张健帼", "person", DEFAULT),
        ("Mahmoud Zorkanov", "Hammoud Zorkanov", "person", DEFAULT),  # two known names of the same letters
        ("Mahmoud Zorkan Trading", "Hammoud Zorkan Trading", "other", DEFAULT),
        (
            "Abcdefghij Zorvex",
            "Alpha Ltd Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliet Zorvex",
            "other",
            DEFAULT,
        ),
        (
            "Wuhan Alfa Machinery Company",
            "Wuhan A Machinery",
            "other",
            Settings(similarities=Similarities(initial=1.0)),
        ),
        ("Alim Bolar Zorvan", "A Bolar Zorvan", "person", Settings(words=WordWeights(initial=0.0))),
        ("John Alan Smithers", "John A Smithers", "person", Settings(words=WordWeights(initial=0.0))),
        ("Zorvex Bolar Machinery", "Zorvex Bolar Korvan", "other", Settings(words=WordWeights(generic=0.0))),
        ("Of LLC", "Of Ltd", "other", Settings(words=WordWeights(filler=0.0005))),
        # no other word counts in the one, and the other has to be covered whole
        ("Al Rashid", "Rashid Export", "other", DEFAULT),
        ("The Zorvex", "Zorvex Industrial", "other", DEFAULT),
        # "den" is in both, and stands for the acronym too
        ("Delta den East Nord", "デン den", "other", DEFAULT),
        ("デン den", "Delta den East Nord", "other", DEFAULT),
        ("Wuhan Tongsheng", "Tongsheng", "other", Settings(score=ScoreWeights(better_side=1.0))),
        ("Wuhan Tongsheng", "Tongsheng", "other", Settings(score=ScoreWeights(better_side_shortened=1.0))),
        (
            "Ivan Petrov",
            "Ivan Ivanovich Petrov",
            "person",
            Settings(score=ScoreWeights(better_side_middle=1.0)),
        ),
        ("Wuhan Trading", "Wuhan Zorvex Trading", "other", Settings(score=ScoreWeights(only_generic=0.0))),
        # one word for four, and for a company word and one that is none
        ("Islamic Revolutionary Guard Corps", "Yisilangemingweidui", "other", DEFAULT),
        ("Yisilangemingweidui", "Islamic Revolutionary Guard Corps", "other", DEFAULT),
        ("Wuhan Science Technology Park", "Wuhan Kejiyuan", "other", DEFAULT),
        ("Wuhan Kejiyuan", "Wuhan Science Technology Park", "other", DEFAULT),
        # hardly any weight at all
        ("Of", "Of", "other", Settings(words=WordWeights(filler=0.0005))),
        ("Of The", "Of The", "other", Settings(words=WordWeights(filler=0.0004))),
        ("Mr Dr", "Mr Dr", "person", Settings(words=WordWeights(title=0.0004))),
        ("A", "A", "person", Settings(words=WordWeights(initial=0.0004))),
    ],
)
def test_pairs_that_an_index_could_miss(
    name: str, query: str, mode: Mode, chosen: Settings, worth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the score itself, just below it, and well below it, with the links of the oracle."""
    monkeypatch.setattr(compiled, "WORTH_COMPILING", worth)
    score = Oracle([(name, mode)], chosen).search([query], 1.0)[0][0].score
    for cutoff in (score, score - 0.01, score - 3.0, 86.0, 60.0):
        assert differences([(name, mode)], [query], cutoff, chosen) == []


@pytest.mark.parametrize("worth", [-1, 10**12], ids=["compiled", "interpreted"])
def test_an_absurdly_long_listed_name(worth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More words than 16 bits count: no memory is overrun, and the other names are found as ever."""
    monkeypatch.setattr(compiled, "WORTH_COMPILING", worth)
    words = " ".join(
        f"{a}{b}{c}{d}ing"
        for a in "bdfgklmnprstvw"
        for b in "aeiou"
        for c in "bdfgklmnprstvw"
        for d in "aeiouy"
    )
    names: list[tuple[str, Mode]] = [(f"{words} " * 12, "other"), ("Wuhan Tongsheng Technology", "other")]
    found = Index.of(names, DEFAULT).search(["Wuhan Tongsheng Technology Ltd", "babaing"], 86.0)
    assert [[one.name for one in of_query] for of_query in found] == [[1], []]


def keys_of(preparer: Preparer, words: list[Token]) -> tuple[WordKeys, list[WordKeys]]:
    """The keys of words, and those of their consonants."""
    codes, _ = Codes(preparer.tokens).of(np.asarray([word.id for word in words]))
    return word_keys(words, codes), list(consonant_keys(words).values())


def shared(keys: WordKeys) -> bool:
    """Whether the first two words have a key in common."""
    return not set(keys.keys[keys.owners == 0].tolist()).isdisjoint(keys.keys[keys.owners == 1].tolist())


@settings(max_examples=300, deadline=None)
@given(
    left=st.sampled_from(WORDS.split()) | st.text(alphabet="abdehilmnort", min_size=2, max_size=9),
    edits=st.lists(st.tuples(st.integers(0, 9), st.sampled_from("aeinrst")), min_size=1, max_size=2),
    mode=st.sampled_from(KINDS),
    chosen=st.sampled_from(SETTINGS),
)
def test_similarity_by_edits(left: str, edits: list[tuple[int, str]], mode: Mode, chosen: Settings) -> None:
    """What only an edit relates is never less for many pairs at once, which bounds the score, than one by one."""
    right = left
    for at, letter in edits:
        right = right[:at] + letter + right[at + 1 :] if at % 2 else right[:at] + letter + right[at:]
    preparer = Preparer(chosen.words)
    one, other = preparer.prepare(left, mode).tokens, preparer.prepare(right, mode).tokens
    if len(one) != 1 or len(other) != 1:
        return
    words, consonants = keys_of(preparer, [one[0], other[0]])
    if any(map(shared, [words, *consonants])):
        return
    distance = OSA.distance(one[0].text, other[0].text)
    if distance > 2 or min(len(one[0].text), len(other[0].text)) < 2:  # the index looks up no single letters
        return
    expected, _ = similarity(one[0], other[0], chosen.similarities)
    found = edit_similarity(facts(one), facts(other), np.asarray([distance], np.uint8), chosen.similarities)
    assert found[0] >= expected - 1e-9


@settings(max_examples=300, deadline=None)
@given(
    left=st.sampled_from(WORDS.split()) | st.text(alphabet="bdhlmnrst", min_size=2, max_size=5),
    vowels=st.lists(st.sampled_from(("", "a", "e", "i", "o", "u", "aa")), min_size=9, max_size=9),
    mode=st.sampled_from(KINDS),
    chosen=st.sampled_from(SETTINGS),
)
def test_similarity_by_consonants(left: str, vowels: list[str], mode: Mode, chosen: Settings) -> None:
    """What only their consonants relate scores no less for many pairs at once than one by one."""
    right = "".join(letter + vowel for letter, vowel in zip(left, vowels, strict=False))
    preparer = Preparer(chosen.words)
    one, other = preparer.prepare(left, mode).tokens, preparer.prepare(right, mode).tokens
    if len(one) != 1 or len(other) != 1 or shared(keys_of(preparer, [one[0], other[0]])[0]):
        return
    expected, how = similarity(one[0], other[0], chosen.similarities)
    if how != "sound" or one[0].skeleton != other[0].skeleton:
        return
    found = skeleton_similarity(facts(one), facts(other), chosen.similarities)
    assert expected - 1e-9 <= found[0] <= expected + chosen.similarities.vowels + 1e-9


def changed(name: str, rng: random.Random) -> str:
    """A name near another: an edit, a swap, a word less, words joined or in another order."""
    words = name.split()
    what = rng.randrange(6)
    if what == 0 and len(words) > 1:
        rng.shuffle(words)
        return " ".join(words)
    if what == 1 and len(words) > 1:
        return " ".join(words[:-1])
    if what == 2 and len(words) > 1:
        return " ".join([*words[:-2], "".join(words[-2:])])
    at = rng.randrange(len(name))
    if what == 3:
        return name[:at] + name[at + 1 :]
    if what == 4:
        return name[:at] + rng.choice("aeioux") + name[at:]
    return name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


@pytest.mark.shared
@pytest.mark.parametrize("cutoff", [60.0, 75.0, 88.0])
def test_listed_names(shared: Path, cutoff: float) -> None:
    """Real names against near misses of real names: 600 names, 90 queries, three cut-offs: 162,000 pairs."""
    rng = random.Random(11)
    with (shared / "data/lists/ofac-sdn/sdn.csv").open(
        encoding="utf8", errors="replace", newline=""
    ) as handle:
        rows = [row for row in csv.reader(handle) if len(row) > 3]
    chosen = rng.sample(rows, 600)
    names: list[tuple[str, Mode]] = [
        (r[1], "person" if r[2].strip() == "individual" else "other") for r in chosen
    ]
    queries = [changed(name, rng) for name, _ in rng.sample(names, 90)]
    assert differences(names, queries, cutoff, DEFAULT) == []
