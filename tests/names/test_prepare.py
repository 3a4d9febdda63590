"""Names are prepared the same whether their words are looked at alone or with their neighbours."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from screening.names.prepare import Mode, Preparer

WORDS = """
    wuhan technology co ltd llc gmbh group as is ai mv ss the of and al el as ar safa rahma abd rahman abdul din allah bakr
    abu no number 5 v x i ii road building 12 jr mr dr wang xiaoming kim jong un min chen ivanov ivanovich "(mft)" "s.a."
    ul lenina ministry foreign trade import export machine tool "a.b." 武汉 科技 ооо иван مؤسسة x-ray o'neill
"""
NAMES = st.lists(st.sampled_from([w.strip('"') for w in WORDS.split()]), min_size=1, max_size=7).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(name=NAMES, mode=st.sampled_from(["person", "other"]), comma=st.booleans())
@example(name="zorvex trading llc ul lenina 12", mode="other", comma=False)  # ul: a street, and an article
def test_plain_words_need_no_neighbours(name: str, mode: Mode, comma: bool) -> None:
    raw = name.replace(" ", ", ", 1) if comma else name
    whole = Preparer()
    words, notes = whole._split(raw)
    if mode == "person" and "," in raw:
        words = whole._given_first(raw, words)
    expected = whole._in_context(raw, words, notes, mode)
    found = Preparer().prepare(raw, mode)
    assert [repr(t) for t in found.tokens] == [repr(t) for t in expected.tokens]
    assert (found.total, found.notes) == (pytest.approx(expected.total), expected.notes)
