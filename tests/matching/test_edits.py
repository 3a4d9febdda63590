"""Words a few edits apart are found, all of them, with the distance that rapidfuzz gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from screening.matching import compiled
from screening.matching.edits import Spelled, near
from screening.matching.keys import KeyMap, deletion_keys
from screening.matching.similarity import most_edits

WORDS = st.lists(
    st.text(alphabet="abn", min_size=0, max_size=7) | st.text(alphabet="abcdefgh", min_size=8, max_size=13),
    min_size=1,
    max_size=40,
    unique=True,
)


@settings(max_examples=300, deadline=None)
@given(words=WORDS, listed=WORDS, worth=st.sampled_from([-1, 10**12]))
def test_all_that_are_near(words: list[str], listed: list[str], worth: int) -> None:
    expected = [
        (i, j, edits)
        for i, word in enumerate(words)
        for j, other in enumerate(listed)
        if min(len(word), len(other)) > 1
        and (edits := OSA.distance(word, other)) <= most_edits(max(len(word), len(other)))
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "WORTH_COMPILING", worth)
        deletions = KeyMap.build(*deletion_keys(listed))
        found = near(Spelled.of(words), deletions, Spelled.of(listed))
    assert sorted(zip(*(column.tolist() for column in found), strict=True)) == expected
