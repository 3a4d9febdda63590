"""The memory for records: an answer is given once for an object, and never for another."""

from __future__ import annotations

from screening.model import Name
from screening.remember import by_identity


def test_an_object_is_asked_about_once_and_an_equal_one_again() -> None:
    asked: list[Name] = []

    @by_identity(10)
    def value(name: Name) -> str:
        asked.append(name)
        return name.value

    first, equal = Name(value="Ost"), Name(value="Ost")
    assert [value(first), value(first), value(equal)] == ["Ost"] * 3
    assert len(asked) == 2


def test_objects_that_are_gone_leave_no_answer_to_those_that_take_their_place() -> None:
    @by_identity(3)
    def value(name: Name) -> str:
        return name.value

    # Each record may lie where one before it lay; the memory holds three of them at a time.
    assert [value(Name(value=str(n))) for n in range(1000)] == [str(n) for n in range(1000)]
