"""YAML in canonical form: idempotent, comments kept, the content untouched, whatever stands in the texts."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from screening.curate.canonical import canonical, render, with_items
from screening.errors import ListError
from screening.lists.curated import ListFile
from screening.model import Entity, Name

ROOT = Path(__file__).parents[2]
OURS = sorted([*(ROOT / "watchlists").glob("*.yml"), *(ROOT / "seeds").glob("*.yml")])

MESSY = """\
# About the list.
entities:
    - name: Acme   # the firm
      # Where it is.
      countries: [ CN ,RU ]
      type: organization
      id: acme

      names: [{value: ACME, quality: weak}]
    # The second.
    - {id: bolt, type: organization, name: "Bolt: #1"}
title: 'One'
id: own   # chosen by hand
as_of: 2026-01-01
publisher: P
kind: internal
# The end.
"""
NEAT = """\
id: own # chosen by hand
title: One
kind: internal
publisher: P
as_of: 2026-01-01
# About the list.
entities:
  - id: acme
    type: organization
    name: Acme # the firm

    names:
      - {value: ACME, quality: weak}
    # Where it is.
    countries: [CN, RU]

    # The second.
  - {id: bolt, type: organization, name: "Bolt: #1"}
# The end.
"""


def test_a_messy_file_becomes_a_neat_one() -> None:
    out = canonical(MESSY.encode(), "own.yml").decode()
    assert [line.strip() for line in out.splitlines() if line.strip()] == [
        line.strip() for line in NEAT.splitlines() if line.strip()
    ]
    assert yaml.safe_load(out) == yaml.safe_load(MESSY)
    assert canonical(out.encode(), "own.yml").decode() == out


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_own_files_keep_their_content_and_comments(path: Path) -> None:
    before = path.read_bytes()
    after = canonical(before, path.name)
    assert yaml.safe_load(after) == yaml.safe_load(before)
    assert canonical(after, path.name) == after
    comments = [line.strip() for line in before.decode().splitlines() if line.strip().startswith("#")]
    kept = {line.strip() for line in after.decode().splitlines()}
    assert [line for line in comments if line not in kept] == []


_TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60) | st.sampled_from(
    [
        "yes", "null", "~", "1e3", "0x1F", "2024-01-01", "12:30",
        ".5", "+1", "0b1", "0o7", "1_000", "- a", "a: b", "a #b", "{x: 1}", "[1]", "&a", "*a",
        "!!python/object/apply:os.system [id]",
        "'", '"', "\\", "|", ">", "%TAG", "@", "`", "---", "...", " a", "a ", "a\n# b",
        "\u2028", "\x85",
        "\ufeff", "\u202eexe", "\x1b[31m", "#", ":", "a:", "?", "<<", "=", "word " * 60,
    ]
)  # fmt: skip


@given(st.lists(st.tuples(_TEXTS, _TEXTS, st.lists(_TEXTS, max_size=3)), min_size=1, max_size=4))
def test_no_text_can_break_out_of_its_place(entries: list[tuple[str, str, list[str]]]) -> None:
    made = ListFile(
        id="own",
        title=entries[0][1],
        kind="internal",
        publisher="P",
        as_of="2026-01-01",
        entities=tuple(
            Entity(
                id=f"e{n}",
                type="organization",
                name=name,
                names=tuple(Name(value=value, note=other) for value in more),
            )
            for n, (name, other, more) in enumerate(entries)
        ),
    )
    written = render(made, header="A header\nof two lines")
    assert written.startswith(b"# A header\n# of two lines\n")
    # Our own reader refuses control characters in a list; the form has to carry them without a change all the same.
    assert yaml.safe_load(written) == msgspec.json.decode(msgspec.json.encode(made))
    assert canonical(written, "own.yml") == written


_COMMENTS = st.lists(
    st.sampled_from(["", "# one", "  # two", "    # three", "# - id: x", "#"]), min_size=12, max_size=12
)


@given(_COMMENTS, st.lists(st.sampled_from(["", "  # tail", " # t: 1"]), min_size=12, max_size=12))
def test_comments_anywhere_are_kept_and_the_form_is_stable(above: list[str], behind: list[str]) -> None:
    plain = [
        "title: One", "id: own", "kind: internal", "as_of: 2026-01-01", "publisher: P", "entities:",
        "  - name: Acme", "    id: acme", "    type: organization", "  - id: bolt", "    type: person", "    name: Bolt",
    ]  # fmt: skip
    text = "".join(f"{a}\n{line}{b}\n" for a, line, b in zip(above, plain, behind, strict=True))
    try:
        out = canonical(text.encode(), "own.yml")
    except ListError as error:
        assert "comment" in error.message, "the only reason to leave a file as it is"
        return
    assert yaml.safe_load(out) == yaml.safe_load(text)
    assert canonical(out, "own.yml") == out
    written = out.decode()
    for comment in {c.strip() for c in (*above, *behind) if c.strip() not in ("", "#")}:
        assert text.count(comment) == written.count(comment)


def test_new_entries_are_added_and_the_rest_stays() -> None:
    new = {"id": "cog", "type": "organization", "name": "Cog"}
    more = {"id": "acme", "type": "organization", "name": "Other", "evidence": [{"document": "d"}]}
    out = with_items(MESSY.encode(), "own.yml", "entities", "id", [more, new], "evidence").decode()
    loaded = yaml.safe_load(out)
    assert [entity["id"] for entity in loaded["entities"]] == ["acme", "bolt", "cog"]
    assert loaded["entities"][0]["name"] == "Acme"
    assert loaded["entities"][0]["evidence"] == [{"document": "d"}]
    for comment in ("# About the list.", "# the firm", "# Where it is.", "# The second.", "# The end."):
        assert comment in out
    assert with_items(out.encode(), "own.yml", "entities", "id", [more, new], "evidence").decode() == out


@pytest.mark.parametrize("data", [b"", b"- a\n", b"a: [", b"a: 1\na: 2\n", b"\xff\xfe", b"a: &x 1\nb: *x\n"])
def test_what_is_no_file_of_ours_is_an_error(data: bytes) -> None:
    with pytest.raises(ListError):
        canonical(data, "own.yml")
