"""Names are prepared the same one by one, where each word is looked at with its neighbours, and many at once."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from screening.names.many import ManyPreparer
from screening.names.prepare import Mode, Preparer, Token
from screening.settings import WordWeights

WORDS = """
    wuhan technology co ltd llc gmbh group as is ai mv ss the of and al el as ar safa rahma abd rahman abdul din allah bakr
    abu no number 5 v x i ii road building 12 jr mr dr wang xiaoming kim jong un min chen ivanov ivanovich "(mft)" "s.a."
    ul lenina ministry foreign trade import export machine tool "a.b." 武汉 科技 ооо иван مؤسسة x-ray o'neill
"""
NAMES = st.lists(st.sampled_from([w.strip('"') for w in WORDS.split()]), min_size=1, max_size=7).map(" ".join)


def _said(token: Token) -> tuple[object, ...]:
    return (
        token.text, token.canon, token.kind, token.weight, token.shown, token.han, token.abjad, token.languages,
        token.classes, token.meaning, token.plain, token.field,
    )  # fmt: skip


def _compare(names: list[str], mode: Mode) -> None:
    one_by_one, preparer = Preparer(), Preparer()
    many = ManyPreparer(preparer)
    for part in (names, names[::-1]):  # with words met for the first time, and with known ones
        found = many.prepare(many.split(part), mode)
        assert len(found) == len(part)
        for row, raw in enumerate(part):
            expected, prepared = one_by_one.prepare(raw, mode), found.name(row)
            assert list(map(_said, prepared.tokens)) == list(map(_said, expected.tokens)), raw
            assert (prepared.raw, prepared.total) == (raw, expected.total)
            assert (prepared.notes, found.noted()[row]) == (expected.notes, bool(expected.notes))
            assert found.totals[row] == pytest.approx(expected.total)
            words = [preparer.tokens[i] for i in found.ids[found.start[row] : found.start[row + 1]].tolist()]
            assert words == (list(prepared.tokens) if expected.total > 0 else [])


@settings(max_examples=300, deadline=None)
@given(names=st.lists(st.tuples(NAMES, st.booleans()), max_size=6), mode=st.sampled_from(["person", "other"]))
@example(names=[("zorvex trading llc ul lenina 12", False)], mode="other")  # ul: a street, and an article
@example(names=[("", False), ("--", False), ("llc", False)], mode="other")
def test_many_names_at_once_are_prepared_as_one_by_one(names: list[tuple[str, bool]], mode: Mode) -> None:
    _compare([name.replace(" ", ", ", 1) if comma else name for name, comma in names], mode)


def test_the_words_of_a_name_without_weight_say_nothing() -> None:
    many = ManyPreparer(Preparer(WordWeights(legal=0.0)))
    found = many.prepare(many.split(["Zorvex LLC", "LLC GmbH", "", "Zorvex"]), "other")
    assert found.start.tolist() == [0, 2, 2, 2, 3]
    assert (found.totals > 0).tolist() == [True, False, False, True]
    assert found.having(lambda token: token.text == "zorvex") == [0, 3]
