"""Markdown: nothing of a name takes effect, and the length is bounded."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from screening.reports import markdown
from screening.reports.text import visible
from tests.reports.sample import HOSTILE, delta_run, many_run, sample_run


def tokens_of(text: str) -> list[Token]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def test_same_run_same_bytes() -> None:
    assert markdown.render(sample_run()) == markdown.render(sample_run())


def test_no_html_link_image_or_heading_comes_from_the_data() -> None:
    tokens = tokens_of(markdown.render(sample_run()).decode())
    kinds = {token.type for token in tokens}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "fence", "code_block"}
    headings = [
        tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"
    ]
    assert headings == ["Screening report", "Hits", "Evidence", "Rows not screened"]


def test_outside_code_spans_there_is_no_mention_and_no_address() -> None:
    plain = " ".join(
        token.content for token in tokens_of(markdown.render(sample_run()).decode()) if token.type == "text"
    )
    assert not re.search(r"@|https?:|www\.|#\d", plain)


def test_every_hit_is_a_row_of_the_table_with_seven_cells() -> None:
    run = sample_run()
    text = markdown.render(run).decode().split("## Hits")[1].split("## Evidence")[0]
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 7 * len(run.hits)
    shown = {
        child.content for cell in cells for child in (cell.children or ()) if child.type == "code_inline"
    }
    for name in HOSTILE:
        assert visible(name).replace("|", "¦").strip() in {text.strip() for text in shown}


def test_match_comes_first_and_kinds_are_named() -> None:
    text = markdown.render(sample_run()).decode()
    lines = [line for line in text.splitlines() if line.startswith(("| **match**", "| review", "| cleared"))]
    assert [line.split(" | ")[0] for line in lines[:3]] == ["| **match**", "| **match**", "| review"]
    assert "reported by the source; an allegation, not a sanctions listing" in text
    assert "A hit is no legal finding, and no hit is no clearance." in text


def test_a_run_against_an_earlier_one_tells_what_is_new_and_gone() -> None:
    text = markdown.render(delta_run()).decode()
    assert "| **match**, new | 98.5 |" in text
    assert "| review, changed `score 88.0 to 91.0; <b>name</b>` | 91.0 |" in text
    assert "Run `0123456789abcdef`, `2026-10-08T08:30:00Z`: 1 gone." in text
    assert not {token.type for token in tokens_of(text)} & {"html_inline", "html_block"}
    assert "Gone since" not in markdown.render(sample_run()).decode()


def test_length_is_bounded_and_says_what_is_left_out() -> None:
    run = many_run(5000)
    content = markdown.render(run)
    assert len(content) <= markdown.LIMIT
    text = content.decode()
    left_out = re.search(r"\*\*(\d+) more hits are left out", text)
    assert left_out is not None
    assert int(left_out.group(1)) + text.count("; hit `h-") == 5000
    assert "## Rows not screened" in text


def test_a_flood_of_unscreened_rows_leaves_room_for_hits() -> None:
    base = sample_run()
    outcome = replace(base.outcomes[0], reason="x" * 500)
    content = markdown.render(replace(base, outcomes=(outcome,) * 5000))
    assert len(content) <= markdown.LIMIT
    assert content.decode().count("; hit `h-") == len(base.hits)
    assert re.search(r"\*\*\d+ more rows are left out", content.decode())


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_code_of_nothing_is_nothing(text: str) -> None:
    assert markdown.code(text) == ""


@given(st.text(alphabet=st.sampled_from(list("ab `|\\*_<>[]()!&;@#\n")), min_size=1, max_size=25))
def test_code_spans_give_back_the_text(text: str) -> None:
    shown = visible(text).replace("|", "¦")
    span = markdown.code(text)
    if not shown.strip():
        assert span == ""
        return
    children = MarkdownIt("commonmark").parseInline(f"x {span} y")[0].children or []
    assert [child.content for child in children if child.type == "code_inline"] == [shown]
    assert [child.content for child in children if child.type == "text"] == ["x ", " y"]
