"""The HTML report as text: one file, nothing of the data is markup, everything is in it without a script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screening.model import Hit, Name, Run, Step
from screening.reports import html
from screening.reports.text import visible
from tests.reports.sample import HOSTILE, PASSAGE, aside_run, delta_run, many_run, run_on_files, sample_run


class Reader(HTMLParser):
    """What a browser without a script sees: elements with attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(run: Run) -> str:
    return html.render(run).decode()


def hit_of(run: Run, hit_id: str) -> Hit:
    return next(hit for hit in run.hits if hit.id == hit_id)


def test_same_run_same_bytes() -> None:
    assert html.render(sample_run()) == html.render(sample_run())


def test_policy_allows_the_two_inline_blocks_by_hash_and_nothing_else() -> None:
    page = page_of(sample_run())
    metas = [attributes for tag, attributes in Reader(page).elements if tag == "meta"]
    policy = next(item["content"] for item in metas if item.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    blocks = [
        *re.findall(r"<style>(.*?)</style>", page, re.S),
        *re.findall(r"<script>(.*?)</script>", page, re.S),
    ]
    hashes = [base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_is_fetched_and_no_handler_is_inline() -> None:
    for tag, attributes in Reader(page_of(sample_run())).elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "audio", "video"}
        assert not {"src", "srcset", "style", "action", "formaction", "xlink:href"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]


def test_links_are_http_and_tell_nothing_to_their_target() -> None:
    links = [
        item
        for tag, item in Reader(page_of(sample_run())).elements
        if tag == "a" and item["href"] != "#alerts"
    ]
    assert {item["href"] for item in links} == {
        "https://lists.example/entry/1001",
        "https://sud.example/list?id=77&lang=en",
    }
    assert {item["rel"] for item in links} == {"noopener noreferrer"}


def test_hostile_text_adds_no_element() -> None:
    run = sample_run()
    hostile = [hit for hit in run.hits if hit.id.startswith("h-hostile")]
    assert len(hostile) == len(HOSTILE)
    for hit in hostile:
        alone = replace(run, hits=(hit,), outcomes=())
        harmless = replace(run, hits=(_renamed(hit, "Harmless Word"),), outcomes=())
        assert _tags(page_of(alone)) == _tags(page_of(harmless))


def _tags(page: str) -> list[str]:
    """Every element but those that mark words, whose number depends on the words."""
    return [tag for tag, _ in Reader(page).elements if tag not in {"mark", "sup"}]


def _renamed(hit: Hit, name: str) -> Hit:
    """The hostile hit with another text in every place."""
    text = (
        msgspec.json.encode(hit).decode().replace(json.dumps(hit.name, ensure_ascii=False), json.dumps(name))
    )
    return msgspec.json.decode(text, type=Hit)


def test_every_hit_is_there_without_a_script() -> None:
    run = sample_run()
    reader = Reader(page_of(run))
    records = [json.loads(item["data-hit"] or "") for tag, item in reader.elements if "data-hit" in item]
    assert {record["hit"] for record in records} == {hit.id for hit in run.hits}
    assert {record["counterparty_name"] for record in records} >= set(HOSTILE)
    text = "".join(reader.texts)
    for hit in run.hits:
        assert visible(hit.entity.id) in text
    for outcome in run.outcomes[:2]:
        assert outcome.reason in text


def test_the_head_says_what_was_run() -> None:
    text = " ".join("".join(Reader(page_of(sample_run())).texts).split())
    for part in (
        "A hit is no legal finding, and no hit is no clearance.",
        "5f3c9a0b12de4477",
        "2026-10-09T08:30:00Z",
        "Norland Consolidated Sanctions List",
        "1f" * 32,
        "17,012",
        "house-list is 100 days old (limit 30)",
        "vendors/suppliers 2026.csv (csv, utf-8, delimiter ',')",
        "the name cell is empty",
    ):
        assert part in text


def test_an_allegation_is_never_called_a_sanction() -> None:
    run = sample_run()
    card = (
        page_of(replace(run, hits=(hit_of(run, "h-brightwave"),)))
        .split('<ol class="alerts">')[1]
        .split("</ol>")[0]
    )
    assert "Adverse media" in card
    assert "an allegation, not a sanctions listing" in card
    assert "the source alleges" in card
    assert "the source denies" in card
    assert not re.search(r"sanction", card.replace("not a sanctions listing", ""), re.IGNORECASE)


def test_hits_of_one_party_are_one_alert_with_the_rule_that_joined_them() -> None:
    page = page_of(sample_run())
    assert page.count('<li class="alert ') == len(sample_run().hits) - 1
    assert "The same party on 2 lists, joined by: equal strong identifier (uscc)." in page


def test_the_same_party_value_of_another_row_is_another_alert() -> None:
    run = sample_run()
    second = replace(run.hits[1], counterparty=replace(run.hits[1].counterparty, row=3))
    assert page_of(replace(run, hits=(run.hits[0], second))).count('<li class="alert ') == 2


def test_clear_rows_only_when_asked_for() -> None:
    run = sample_run()
    assert "Meadow Bakery" not in page_of(run)
    assert "Meadow Bakery" in page_of(replace(run, every_row=True))


def test_a_run_against_an_earlier_one_tells_what_is_new_and_gone() -> None:
    text = "".join(Reader(page_of(delta_run())).texts)
    assert text.count("New since the earlier run") == 1
    assert "Changed since the earlier run: score 88.0 to 91.0; <b>name</b>" in text
    assert "Gone since the earlier run (1)" in text
    assert "since the earlier run" not in page_of(sample_run())


def test_a_counterparty_on_two_rows_is_two_alerts() -> None:
    run = sample_run()
    hit = hit_of(run, "h-brightwave")
    twin = replace(hit, counterparty=replace(hit.counterparty, row=4))
    page = page_of(replace(run, hits=(hit, twin)))
    assert page.count('<li class="alert ') == 2
    assert "row 3 " in page
    assert "row 4 " in page


def main_of(page: str) -> str:
    """The words of the page that a reader sees or hears of the hits as a whole, without the cards."""
    head, _, rest = page.partition('<noscript id="cards">')
    body = (
        head.split("<body", 1)[1] + rest.partition("</noscript>")[2].partition('<script type="application')[0]
    )
    said = re.findall(r">([^<]+)<|(?:aria-label|title|placeholder)=\"([^\"]*)\"", body)
    return " ".join(" ".join(text or label for text, label in said).split())


def test_what_a_list_sets_aside_is_no_alert() -> None:
    run = aside_run()
    page = page_of(run)
    cards = len(run.hits) - 1  # two hits are one alert
    assert f"{cards - 2} alerts, 2 set aside" in page
    assert "<h2>Alerts and names set aside</h2>" in page
    assert page.count('<span class="badge clear">Clear (set aside)</span>') == 2
    assert 'value="clear" checked> Clear (set aside) <span class="muted">2</span>' in page
    only = page_of(replace(run, hits=tuple(hit for hit in run.hits if hit.status == "clear")))
    assert "<h2>Names set aside</h2>" in only
    said = main_of(only).replace("0 alerts, 2 set aside", "")
    assert "alert" not in said.casefold()
    assert "set aside" not in page_of(sample_run()).replace("Clear (set aside)", "").split("<script>")[0]


def test_clear_rows_below_are_those_without_a_card() -> None:
    page = page_of(replace(aside_run(), every_row=True))
    assert "Clear rows without a hit (1)" in page


def test_a_run_without_hits() -> None:
    page = page_of(replace(sample_run(), hits=(), outcomes=()))
    assert "No hit at or above the threshold." in page
    assert "histogram-title" not in page


def test_the_index_has_a_line_for_each_card() -> None:
    page = page_of(many_run(60))
    index = json.loads(re.findall(r'<script type="application/json" id="index">(.*?)</script>', page)[0])
    assert len(index) == page.count('\n<li class="alert ') == 60


def pair(left: str, right: str, relation: str = "equal") -> Step:
    return Step(kind="aligned", relation=relation, left=left, right=right, similarity=1.0)


@pytest.mark.parametrize(
    ("name", "words", "marked"),
    [
        ("Tongli Optics", ["tongli", "optics"], [("Tongli", 1), ("Optics", 2)]),
        ("TONGLI-Optics Ltd.", ["optics", "tongli"], [("TONGLI", 2), ("Optics", 1)]),
        ("Bright Wave GmbH", ["bright wave"], [("Bright", 1), ("Wave", 1)]),
        ("Société Générale", ["societe"], [("Société", 1)]),
        ("Пётр Иванов", ["пётр"], [("Пётр", 1)]),
        ("شركة الأمثلة", ["الامثلة"], [("الأمثلة", 1)]),
        ("通立精密仪器有限公司", ["通立", "有限公司"], [("通立", 1), ("有限公司", 2)]),
        ("ﬁrst Straße", ["first", "strasse"], [("ﬁrst", 1), ("Straße", 2)]),
        ("Anna Anna", ["anna", "anna"], [("Anna", 1), ("Anna", 2)]),
        ("Annabel", ["anna"], []),
        ("通立", ["tongli"], []),
        ("a.b (c)", ["(c)", "b"], [("b", 2), ("(c)", 1)]),
        ("", ["x"], []),
    ],
)
def test_mark(name: str, words: list[str], marked: list[tuple[str, int]]) -> None:
    pieces = html.mark(name, [pair(word, word) for word in words], "left")
    assert [(piece.text, piece.number) for piece in pieces if piece.number] == marked
    assert "".join(piece.text for piece in pieces) == name


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=6), max_size=4))
def test_marking_never_changes_the_name(name: str, words: list[str]) -> None:
    pieces = html.mark(name, [pair(word, word) for word in words], "right")
    assert "".join(piece.text for piece in pieces) == visible(name)


def test_families_differ_by_more_than_colour() -> None:
    style = html._asset("report.css")
    borders = re.findall(r"\.w(?:\.\w+)? \{[^}]*border-bottom: 2px (\w+)", style)
    assert sorted(borders) == ["dashed", "dotted", "solid"]


@pytest.mark.parametrize(
    ("hit_id", "expected"),
    [
        ("h-brightwave", ["Brightwave Optics"]),
        ("h-tongli-1", ["TONGLI PRECISION INSTRUMENTS COMPANY LIMITED"]),
    ],
)
def test_highlight(hit_id: str, expected: list[str]) -> None:
    hit = hit_of(sample_run(), hit_id)
    pieces = html.highlight(hit.entity.evidence[0].passage, hit)
    assert [piece.text for piece in pieces if piece.number] == expected
    assert "".join(piece.text for piece in pieces) == hit.entity.evidence[0].passage


def test_highlight_falls_back_to_the_heavy_words() -> None:
    hit = hit_of(sample_run(), "h-brightwave")
    pieces = html.highlight("the firm BRIGHTWAVE of Port Alder", hit)
    assert [piece.text for piece in pieces if piece.number] == ["BRIGHTWAVE"]
    assert html.highlight(PASSAGE[:20], replace(hit, name="x", matched_name=Name(value="y"), explanation=()))[
        0
    ].text.startswith("Customs")


@pytest.mark.parametrize(
    ("scores", "labels", "heights"),
    [
        ([], [], []),
        (
            [("match", 100.0), ("match", 99.0), ("review", 95.0)],
            ["95", "96", "97", "98", "99–100"],
            [50, 0, 0, 0, 100],
        ),
        (
            [("review", 60.0)],
            ["60", "65", "70", "75", "80", "85", "90", "95–100"],
            [100, 0, 0, 0, 0, 0, 0, 0],
        ),
        ([("match", 100.0)], ["100"], [100]),
    ],
)
def test_histogram(scores: list[tuple[str, float]], labels: list[str], heights: list[int]) -> None:
    bars = html.histogram(scores)
    assert [bar.label for bar in bars] == labels
    assert [sum(height for _, _, height in bar.parts) for bar in bars] == heights
    assert sum(sum(bar.counts) for bar in bars) == len(scores)


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), min_size=1, max_size=40))
def test_any_name_leaves_the_page_whole(name: str) -> None:
    run = sample_run()
    hit = _renamed(hit_of(run, "h-hostile-5"), "Harmless Word")
    entity = replace(hit.entity, name=name)
    hit = replace(
        hit, name=name, entity=entity, counterparty=replace(hit.counterparty, names=(name,), id=name)
    )
    page = html.render(replace(run, hits=(hit,))).decode()
    assert page.count("</article></li>\n") == 1
    assert not [character for character in page if ord(character) < 32 and character != "\n"]
    assert page.endswith("</html>\n")


def test_of_several_files_the_place_says_which() -> None:
    run = run_on_files()
    page = page_of(run)
    assert "row 2 of rows/z.csv" not in page  # in a table, in a column of its own
    assert '<td dir="auto">rows/z.csv</td><td class="num">2</td>' in page
    index = json.loads(re.findall(r'id="index"[^>]*>(.*?)</script>', page)[0])
    shown = re.findall(r'<span class="where">row (\d+) of (\S+ ?\S*\.csv)', page)
    assert len(shown) == len(index) > 5
    by_script = [place for _, place in sorted(zip([line[2] for line in index], shown, strict=True))]
    assert by_script == sorted(shown, key=lambda place: (place[1], int(place[0])))
