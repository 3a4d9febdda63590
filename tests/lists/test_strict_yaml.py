"""The strict YAML reader: what is refused, where, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.errors import ListError
from screening.lists import strict_yaml
from screening.lists.strict_yaml import Reader
from screening.model import Record


class Part(Record, frozen=True, kw_only=True):
    name: str
    known: bool = False
    share: float | None = None


class Whole(Record, frozen=True, kw_only=True):
    id: str
    note: str | None = None
    codes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


def read(data: bytes) -> tuple[Whole | None, list[str]]:
    reader = Reader(file="f.yml")
    record, _ = strict_yaml.read_record(data, Whole, reader)
    return record, [str(problem) for problem in reader.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: NO", Whole(id="NO")),
        ("id: 00123", Whole(id="00123")),
        ("id: 2024-05-01", Whole(id="2024-05-01")),
        ("id: 1e3", Whole(id="1e3")),
        ("id: 'NULL'", Whole(id="NULL")),
        ("id: NA\ncodes: [NO, NA, 'null', 0o17, yes]",
         Whole(id="NA", codes=("NO", "NA", "null", "0o17", "yes"))),
        ("\ufeffid: a", Whole(id="a")),
        ("id: 海康威视", Whole(id="海康威视")),
        ("id: >-\n  two\n  lines", Whole(id="two lines")),
        ("id: a\nparts:\n  - name: b\n    known: true\n    share: 50.5",
         Whole(id="a", parts=(Part(name="b", known=True, share=50.5),))),
    ],
)  # fmt: skip
def test_a_scalar_is_read_by_the_expected_type_and_never_guessed(text: str, expected: Whole) -> None:
    assert read(text.encode()) == (expected, [])


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"", ["f.yml: expected a YAML mapping, found an empty file"]),
        (b"# only a comment\n", ["f.yml: expected a YAML mapping, found an empty file"]),
        (b"---\n...\n", ["f.yml: expected a YAML mapping, found an empty file"]),
        (b"- a\n", ["f.yml:1:1: expected a mapping with the keys id, note, codes, parts, found a list"]),
        (b"text", ['f.yml:1:1: expected a mapping with the keys id, note, codes, parts, found "text"']),
        (b"id: a\nid: b", ['f.yml:2:1: expected each key once, found "id" again (first on line 1)']),
        (b"id: !!str a", ['f.yml:1:5: expected no YAML tags, found "tag:yaml.org,2002:str"']),
        (
            b"id: !!python/object/apply:os.system [ls]",
            [
                'f.yml:1:5: expected no YAML tags, found "tag:yaml.org,2002:python/object/apply:os.system"',
                "f.yml:1:5: id: expected text, found a list",
            ],
        ),
        (b"id: !local a", ['f.yml:1:5: expected no YAML tags, found "!local"']),
        (b"id: &x a\nnote: *x", [
            "f.yml:1:5: expected no YAML anchors, found &x",
            "f.yml:2:7: expected no YAML aliases, found *x",
        ]),
        (b"id: a\n<<: {note: b}", [
            'f.yml:2:1: <<: expected one of id, note, codes, parts, found the unknown key "<<"',
        ]),
        (b"id: a\nparts:\n\t- name: b", ["f.yml:3:1: expected spaces as indentation, found a tab"]),
        (b"id: a\nnote: \x00", ["f.yml:2:7: expected text, found a NUL byte"]),
        (b"id: a\nnote: caf\xe9", ["f.yml:2:10: expected UTF-8 text, found the byte 0xE9"]),
        ("id: a".encode("utf-16"), ["f.yml:1:1: expected UTF-8 text, found the byte 0xFF"]),
        (b'id: "a\\x1b[31m"', [
            "f.yml:1:5: id: expected text without control characters, found the character U+001B"
        ]),
        (b"id: a\nnotes: b", [
            'f.yml:2:1: notes: expected one of id, note, codes, parts, found the unknown key "notes" '
            '(did you mean "note"?)'
        ]),
        (b"note: a", ["f.yml:1:1: expected the key id, found none"]),
        (b"id: a\nnote:", ["f.yml:2:6: note: expected text, found nothing"]),
        (b"id: ''", ["f.yml:1:5: id: expected text, found nothing"]),
        (b"id: NULL", [
            "f.yml:1:5: id: expected text in quotation marks, or no such key, "
            "found NULL without quotation marks"
        ]),
        (b"id: ~", [
            "f.yml:1:5: id: expected text in quotation marks, or no such key, found ~ without quotation marks"
        ]),
        (b"id: a\ncodes: CN", ['f.yml:2:8: codes: expected a list, found "CN"']),
        (b"id: a\ncodes: {a: b}", ["f.yml:2:8: codes: expected a list, found a mapping"]),
        (b"id: a\nparts: [{name: b, known: yes}]", [
            'f.yml:2:26: parts[0].known: expected true or false, found "yes"'
        ]),
        (b"id: a\nparts: [{name: b, share: half}]", [
            'f.yml:2:26: parts[0].share: expected a number, found "half"'
        ]),
        (b"id: a\n--- \nid: b", ["f.yml:2:1: expected one YAML document, found a second one"]),
        (b"id: a\n? [b]\n: c", ["f.yml:2:3: expected text as a key, found a list"]),
        (b"id: [a", ["f.yml:2:1: expected YAML, found broken syntax (did not find expected ',' or ']')"]),
        (b"id: " + b"[" * 40 + b"]" * 40, ["f.yml:1:36: expected at most 32 levels, found deeper nesting"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(data: bytes, problems: list[str]) -> None:
    assert read(data)[1] == problems


def test_every_problem_is_found_in_one_pass() -> None:
    text = "id: NULL\nextra: 1\ncodes: [A, '', {b: c}]\nparts:\n  - name: b\n  - known: maybe\n"
    assert read(text.encode())[1] == [
        "f.yml:1:5: id: expected text in quotation marks, or no such key, found NULL without quotation marks",
        'f.yml:2:1: extra: expected one of id, note, codes, parts, found the unknown key "extra"',
        "f.yml:3:12: codes[1]: expected text, found nothing",
        "f.yml:3:16: codes[2]: expected text, found a mapping",
        'f.yml:6:12: parts[1].known: expected true or false, found "maybe"',
        "f.yml:6:5: parts[1]: expected the key name, found none",
    ]


def test_aliases_cannot_grow_a_small_file() -> None:
    laughs = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    _, problems = read(laughs.encode())
    assert "f.yml:1:4: expected no YAML anchors, found &a" in problems
    assert "f.yml:9:8: expected no YAML aliases, found *h" in problems


def test_a_file_of_50_mb_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "big.yml"
    with path.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    with pytest.raises(ListError, match=r"big\.yml is larger than 32 MB\."):
        strict_yaml.read_bytes(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"none\.yml cannot be read: No such file or directory\."):
        strict_yaml.read_bytes(tmp_path / "none.yml")


def test_a_flood_of_small_values_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_yaml, "MAX_VALUES", 100)
    _, problems = read(b"codes:\n" + b"- a\n" * 200)
    assert problems == ["f.yml:99:3: expected at most 100 values, found more"]


def test_a_number_of_thousands_of_digits_is_no_number() -> None:
    _, problems = read(b"id: a\nparts: [{name: b, share: " + b"9" * 5000 + b"}]")
    assert len(problems) == 1
    assert problems[0].startswith('f.yml:2:26: parts[0].share: expected a number, found "9999')
    assert len(problems[0]) < 150


def test_many_equal_keys_do_not_slow_the_reader_down() -> None:
    _, problems = read(b"id: a\n" + b"id: b\n" * 20_000)
    assert len(problems) == 20_000


@given(st.binary(max_size=300))
def test_any_bytes_give_a_record_or_a_problem(data: bytes) -> None:
    record, problems = read(data)
    assert record is not None or problems


@given(st.text(alphabet="id:note[]{}-&*!'\"|>#\n\t ?,%@`~0aé", max_size=80))
def test_any_text_like_yaml_gives_a_record_or_a_problem(text: str) -> None:
    record, problems = read(text.encode())
    assert record is not None or problems


@given(st.text(min_size=1, max_size=40))
def test_quoted_text_is_one_printable_line(text: str) -> None:
    assert strict_yaml.quote(text).isprintable()
