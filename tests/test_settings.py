"""Settings: every number has a range, and none out of it comes in, whichever way."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import pytest

from screening.errors import EXIT_ERROR, UsageError
from screening.settings import (
    DEFAULT,
    AddressWeights,
    ContextWeights,
    GoodsWeights,
    OwnershipWeights,
    Range,
    ScoreWeights,
    Settings,
    Similarities,
    Thresholds,
    WordWeights,
    ranges,
)


def sections() -> list[tuple[str, msgspec.Struct]]:
    return [(name, getattr(DEFAULT, name)) for name in DEFAULT.__struct_fields__]


def test_every_number_has_a_range() -> None:
    numbers = {
        f"{name}.{field}"
        for name, section in sections()
        for field in section.__struct_fields__
        if not isinstance(getattr(section, field), bool)
    }
    with_range = {
        f"{name}.{field}"
        for name in DEFAULT.__struct_fields__
        for field in ranges(type(getattr(DEFAULT, name)))
    }
    assert numbers == with_range
    assert len(numbers) > 80


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Settings(similarities=Similarities(sound=1.01)),
            "similarities.sound is 1.01, and must be a number from 0 to 1.",
        ),
        (lambda: Settings(similarities=Similarities(skeleton=-0.1)), "similarities.skeleton is -0.1, "),
        (
            lambda: Settings(similarities=Similarities(edit_cost=-1)),
            "edit_cost is -1, and must be a number 0 or more.",
        ),
        (lambda: Settings(words=WordWeights(legal=-0.2)), "words.legal is -0.2, "),
        (lambda: Settings(words=WordWeights(place=math.nan)), "words.place is nan, "),
        (
            lambda: Settings(score=ScoreWeights(clash_at=0.0)),
            "score.clash_at is 0.0, and must be a number 0.01",
        ),
        (lambda: Settings(score=ScoreWeights(alike_from=1.0)), "score.alike_from is 1.0, "),
        (lambda: Settings(score=ScoreWeights(generic_enough=math.inf)), "score.generic_enough is inf, "),
        (lambda: Settings(score=ScoreWeights(first_name=1.5)), "score.first_name is 1.5, "),
        (
            lambda: Settings(context=ContextWeights(country_agrees=2.0)),
            "context.country_agrees is 2.0, and must be a number from 0 to 1.9.",
        ),
        (lambda: Settings(context=ContextWeights(country_conflict=1.1)), "context.country_conflict is 1.1, "),
        (lambda: Settings(context=ContextWeights(weak_strict=101)), "context.weak_strict is 101, "),
        (lambda: Settings(goods=GoodsWeights(code=100.5)), "goods.code is 100.5, "),
        (lambda: Settings(ownership=OwnershipWeights(minority=-1)), "ownership.minority is -1, "),
        (lambda: Settings(addresses=AddressWeights(same_unit=-1)), "addresses.same_unit is -1, "),
        (
            lambda: Settings(thresholds=Thresholds(match=101)),
            "thresholds.match is 101, and must be a number from 0 to 100.",
        ),
        (
            lambda: Settings(thresholds=Thresholds(review=96.0)),
            "thresholds.review is 96.0, and must be at most thresholds.match, which is 95.0.",
        ),
        (
            lambda: msgspec.convert({"words": {"floor": -1, "number": 9}}, Settings),
            "words.floor is -1.0, and must be a number from 0 to 1; words.number is 9.0, and ",
        ),
        (
            lambda: msgspec.json.decode(b'{"thresholds": {"review": 500}}', type=Settings),
            "thresholds.review is 500.0, ",
        ),
        (
            lambda: msgspec.structs.replace(DEFAULT, words=WordWeights(title="1")),  # type: ignore[arg-type]
            "words.title is '1', ",
        ),
    ],
)
def test_what_is_out_of_range_is_refused(make: Callable[[], Settings], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert message in caught.value.message
    assert caught.value.exit_code == EXIT_ERROR


def test_the_ends_of_a_range_are_of_it() -> None:
    assert [Range(0, 1).holds(value) for value in (0, 1.0, 0.5, -0.0)] == [True] * 4
    assert not any(Range(0, 1).holds(value) for value in (True, None, "0", 1.0000001, -1e-9, math.nan))
    assert Settings(words=WordWeights(initial=0.0), similarities=Similarities(initial=1.0)).words.initial == 0
    assert Settings(thresholds=Thresholds(review=95.0)).thresholds.review == 95
