"""The HTML report in Chromium, opened from disk."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait
from typer.testing import CliRunner

from screening.cli import app
from screening.decisions.filled import read_filled
from screening.decisions.record import fingerprint
from screening.reports import html
from screening.reports.text import visible
from tests.blocked import blocked
from tests.reports.browser import CHROMIUM, DRIVER, chromium, logged, requests
from tests.reports.sample import HOSTILE, aside_run, delta_run, many_run, sample_run

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed"),
]
COUNT = len(sample_run().hits) - 1  # two hits are one alert


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("html")
    (folder / "report.html").write_bytes(html.render(sample_run()))
    (folder / "aside.html").write_bytes(html.render(aside_run()))
    (folder / "many.html").write_bytes(html.render(many_run(130)))
    return folder


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[Chrome]:
    with chromium(folder) as driver:
        yield driver


@pytest.fixture
def page(browser: Chrome, folder: Path) -> Iterator[Chrome]:
    """The report freshly opened; afterwards: nothing in the console, nothing asked of a network."""
    opened(browser, folder / "report.html")
    yield browser
    assert logged(browser, "browser") == []
    assert [
        address for address in requests(browser) if not address.startswith(("file:", "blob:", "data:"))
    ] == []


def opened(browser: Chrome, file: Path) -> None:
    browser.execute_script("window.onbeforeunload = null")
    browser.execute_cdp_cmd("Page.navigate", {"url": file.as_uri()})
    wait(browser, lambda: browser.execute_script("return document.readyState") == "complete")


def wait(browser: Chrome, true: Callable[[], object]) -> None:
    WebDriverWait(browser, 20).until(lambda _: true())


def find(page: Chrome, selector: str) -> WebElement:
    return page.find_element(By.CSS_SELECTOR, selector)


def cards(page: Chrome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.execute_script(
        """return Array.from(document.querySelectorAll('#list > li'), (card) => ({
             status: card.classList[1],
             name: card.querySelector('h3').textContent,
             score: Number(card.querySelector('.score').lastChild.textContent),
             row: Number(card.querySelector('.where').textContent.match(/[0-9]+/)[0]),
             hits: Array.from(card.querySelectorAll('.hit'), (hit) => JSON.parse(hit.dataset.hit)),
           }))"""
    )
    return found


def count_line(page: Chrome) -> str:
    return find(page, "#count").text


def expect(page: Chrome, line: str) -> None:
    wait(page, lambda: count_line(page) == line)


def test_all_alerts_are_shown_most_serious_first(page: Chrome) -> None:
    assert count_line(page) == f"{COUNT} of {COUNT} alerts"
    statuses = [card["status"] for card in cards(page)]
    assert statuses == sorted(statuses, key=["match", "review", "cleared"].index)
    assert len(statuses) == COUNT


def test_filter_by_status(page: Chrome) -> None:
    find(page, "[name=status][value=review]").click()
    expect(page, f"3 of {COUNT} alerts")
    assert [card["status"] for card in cards(page)] == ["match", "match", "cleared"]
    find(page, "[name=status][value=match]").click()
    find(page, "[name=status][value=cleared]").click()
    expect(page, f"0 of {COUNT} alerts")
    assert find(page, "#none").text == "No hit fits these filters."
    find(page, "button[type=reset]").click()
    expect(page, f"{COUNT} of {COUNT} alerts")


def test_names_set_aside_are_counted_apart(page: Chrome, folder: Path) -> None:
    opened(page, folder / "aside.html")
    assert find(page, "#alerts h2").text == "Alerts and names set aside"
    assert count_line(page) == f"{COUNT - 2} of {COUNT - 2} alerts, 2 of 2 set aside"
    assert [card["status"] for card in cards(page)][-2:] == ["clear", "clear"]
    find(page, "[name=status][value=clear]").click()
    expect(page, f"{COUNT - 2} of {COUNT - 2} alerts, 0 of 2 set aside")
    for status in ("match", "review", "cleared", "clear"):
        find(page, f"[name=status][value={status}]").click()
    expect(page, f"0 of {COUNT - 2} alerts, 2 of 2 set aside")


def test_filter_by_list_country_and_score(page: Chrome) -> None:
    Select(find(page, "#f-list")).select_by_visible_text("Sudmark Export Control Entities (Export control)")
    expect(page, f"2 of {COUNT} alerts")
    assert {card["name"] for card in cards(page)} == {
        "Tongli Precision Instrument Co Ltd",
        "شركة الامثلة للتجارة",
    }
    Select(find(page, "#f-country")).select_by_visible_text("AE, United Arab Emirates")
    expect(page, f"1 of {COUNT} alerts")
    find(page, "button[type=reset]").click()
    find(page, "#f-from").send_keys("90")
    find(page, "#f-to").send_keys("95")
    expect(page, f"2 of {COUNT} alerts")
    assert sorted(card["score"] for card in cards(page)) == [90.2, 95.0]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("PORT alder", {"BRIGHT WAVE Optics GmbH"}),
        ("вымышленный", {"Пётр Вымышленный"}),
        ("91420100000000001x", {"Tongli Precision Instrument Co Ltd"}),
        ("<script>alert(1)", {HOSTILE[0]}),
        ("h-lapsed", {"Heron"}),
        ("no such words here", set()),
    ],
)
def test_search(page: Chrome, text: str, names: set[str]) -> None:
    find(page, "#f-text").send_keys(text)
    expect(page, f"{len(names)} of {COUNT} alerts")
    assert {card["name"] for card in cards(page)} == names


@pytest.mark.parametrize(
    ("order", "key", "falling"),
    [("score", "score", True), ("score-up", "score", False), ("row", "row", False)],
)
def test_sort(page: Chrome, order: str, key: str, falling: bool) -> None:
    Select(find(page, "#f-sort")).select_by_value(order)
    values = [card[key] for card in cards(page)]
    wait(page, lambda: [card[key] for card in cards(page)] == sorted(values, reverse=falling))
    assert len(cards(page)) == COUNT


def test_sort_by_name_and_by_list(page: Chrome) -> None:
    Select(find(page, "#f-sort")).select_by_value("name")
    wait(
        page,
        lambda: (
            [card["name"] for card in cards(page)].index("Alder Shipping Agency")
            < [card["name"] for card in cards(page)].index("Heron")
        ),
    )
    Select(find(page, "#f-sort")).select_by_value("list")
    wait(page, lambda: cards(page)[0]["hits"][0]["list_id"] == "house-list")
    lists = [min(hit["list_id"] for hit in card["hits"]) for card in cards(page)]
    assert lists == sorted(lists)


def test_hostile_names_are_text_and_run_nothing(page: Chrome) -> None:
    names = {card["name"] for card in cards(page)}
    assert {visible(name) for name in HOSTILE} <= names
    assert (
        page.execute_script(
            "return document.querySelectorAll('#list img, #list script, #list [onerror]').length"
        )
        == 0
    )
    body = str(page.execute_script("return document.body.textContent"))
    assert not set(body) & {"\u202e", "\x1b", "\x07", "\x00"}


def test_words_are_marked_with_the_number_of_their_pair(page: Chrome) -> None:
    marks = page.execute_script(
        """return Array.from(document.querySelectorAll('#list > li:first-child .hit:nth-of-type(1) .name'),
             (name) => Array.from(name.querySelectorAll('mark'), (mark) => [mark.className, mark.textContent]))"""
    )
    assert marks[0] == [
        ["w same", "Tongli1"],
        ["w same", "Precision2"],
        ["w similar", "Instrument3"],
        ["w known", "Co4"],
        ["w known", "Ltd4"],
    ]
    assert [text for _, text in marks[1]] == ["TONGLI1", "PRECISION2", "INSTRUMENTS3", "COMPANY4", "LIMITED4"]


def record(
    page: Chrome,
    hit_id: str,
    disposition: str,
    reason: str,
    by: str = "",
    until: str = "",
    others: bool = False,
) -> None:
    hit = page.execute_script(
        "return Array.from(document.querySelectorAll('.hit'))"
        ".find((hit) => JSON.parse(hit.dataset.hit).hit === arguments[0])",
        hit_id,
    )
    page.execute_script("arguments[0].scrollIntoView({ block: 'center' })", hit)
    hit.find_element(By.CSS_SELECTOR, ".actions button").click()
    form = hit.find_element(By.CSS_SELECTOR, "form")
    form.find_element(By.CSS_SELECTOR, f"[value={disposition}]").click()
    form.find_element(By.NAME, "reason").send_keys(reason)
    if by:
        form.find_element(By.NAME, "by").clear()
        form.find_element(By.NAME, "by").send_keys(by)
    if until:
        page.execute_script("arguments[0].value = arguments[1]", form.find_element(By.NAME, "until"), until)
    if others:
        form.find_element(By.NAME, "others").click()
    form.find_element(By.CSS_SELECTOR, "[type=submit]").click()


def downloaded(page: Chrome, folder: Path) -> list[dict[str, str]]:
    file = folder / "decisions-5f3c9a0b12de4477.yml"
    file.unlink(missing_ok=True)
    find(page, "#download").click()
    wait(page, file.exists)
    wait(page, lambda: file.stat().st_size > 0)
    time.sleep(0.2)
    parsed: list[dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return parsed


def test_decisions_download_as_a_file_that_reads_back(page: Chrome, folder: Path) -> None:
    assert not find(page, "#bar").is_displayed()
    reason = 'quote " colon: # hash\n- new line \\ back 公司 😀 {x: y} <b>'
    record(page, "h-tongli-1", "true-match", "Same number.", by="A. Reviewer", others=True)
    record(page, "h-lapsed", "false-positive", reason.replace("😀", ""), until="2027-01-31")
    assert find(page, "#recorded").text == "3 decisions recorded, not downloaded yet"
    rows = {row["hit"]: row for row in downloaded(page, folder)}
    assert list(rows) == ["h-tongli-1", "h-tongli-2", "h-lapsed"]
    assert rows["h-tongli-2"] == {
        "hit": "h-tongli-2",
        "counterparty_id": "V-002",
        "counterparty_name": "Tongli Precision Instrument Co Ltd",
        "list_id": "sud-export",
        "entity_id": "SUD-77",
        "entity_name": "Tongli Precision Instruments",
        "disposition": "true-match",
        "reason": "Same number.",
        "by": "A. Reviewer",
        "until": "",
        "run_id": "5f3c9a0b12de4477",
        "fingerprint": fingerprint(sample_run().hits[1]),
    }
    assert rows["h-lapsed"]["reason"] == reason.replace("😀", "")
    assert rows["h-lapsed"]["by"] == "A. Reviewer"  # kept from the form before
    assert rows["h-lapsed"]["until"] == "2027-01-31"
    assert find(page, "#recorded").text == "3 decisions recorded, downloaded"


def test_the_download_reads_back_as_decisions(page: Chrome, folder: Path) -> None:
    record(page, "h-russian", "false-positive", "Another birth year.", by="G", until="2027-06-30")
    downloaded(page, folder)
    (entry,) = read_filled(folder / "decisions-5f3c9a0b12de4477.yml", {"decided_on": "2026-10-09"})
    hit = next(hit for hit in sample_run().hits if hit.id == "h-russian")
    assert (entry.hit, entry.disposition, entry.until) == ("h-russian", "false-positive", "2027-06-30")
    assert (entry.counterparty_name, entry.fingerprint) == (hit.name, fingerprint(hit))


def test_hostile_names_survive_the_download(page: Chrome, folder: Path) -> None:
    hostile = [hit for hit in sample_run().hits if hit.id.startswith("h-hostile")]
    for hit in hostile:
        record(page, hit.id, "false-positive", "x", by="B")
    rows = {row["hit"]: row for row in downloaded(page, folder)}
    assert {key: row["counterparty_name"] for key, row in rows.items()} == {
        hit.id: hit.name for hit in hostile
    }
    assert {key: row["counterparty_id"] for key, row in rows.items()} == {hit.id: hit.name for hit in hostile}


GREY_HERON = """  - {id: grey-heron, type: organization, name: 'Grey Heron <b>"Shipping"</b> Ltd'}
"""
LIST = blocked(GREY_HERON)


def test_from_the_browser_to_a_cleared_row(browser: Chrome, folder: Path, tmp_path: Path) -> None:
    """Screen, decide in the HTML report, read the download back, screen again: the row is cleared."""

    def screening(*words: str | Path) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code in (0, 1), result.stderr
        return result.stdout

    (tmp_path / "list.yml").write_text(LIST)
    (tmp_path / "rows.csv").write_text('id,name\n7,"Grey Heron <b>""Shipping""</b> Ltd"\n')
    screen: list[str | Path] = ["screen", tmp_path / "rows.csv", "-w", tmp_path / "list.yml", "-q"]
    assert "match 1, cleared 0" in screening(*screen, "-o", tmp_path / "r.html", "-o", tmp_path / "r.json")
    opened(browser, tmp_path / "r.html")
    hit = cards(browser)[0]["hits"][0]
    record(browser, hit["hit"], "false-positive", 'Not "theirs".', by="H")
    find(browser, "#download").click()
    file = folder / f"decisions-{hit['run_id']}.yml"
    wait(browser, lambda: file.exists() and file.stat().st_size > 0)
    decisions = tmp_path / "decisions.yml"
    assert "recorded d-" in screening("decide", "--from", file, "--decisions", decisions)
    assert "match 0, cleared 1" in screening(*screen, "--decisions", decisions)
    assert logged(browser, "browser") == []


def test_a_decision_can_be_changed_and_removed_and_filtered(page: Chrome) -> None:
    record(page, "h-lapsed", "false-positive", "First.", by="C")
    Select(find(page, "#f-open")).select_by_value("done")
    expect(page, f"1 of {COUNT} alerts")
    assert "False positive: First. (C)" in find(page, ".done").text
    find(page, ".done button").click()
    assert find(page, ".decide [name=reason]").get_attribute("value") == "First."
    find(page, ".decide [value=true-match]").click()
    find(page, ".decide [type=submit]").click()
    assert "True match: First. (C)" in find(page, ".done").text
    find(page, ".done button:last-child").click()
    assert not find(page, "#bar").is_displayed()
    Select(find(page, "#f-open")).select_by_value("open")
    expect(page, f"{COUNT} of {COUNT} alerts")


def test_a_form_without_a_reason_records_nothing(page: Chrome) -> None:
    find(page, ".actions button").click()
    find(page, ".decide [value=false-positive]").click()
    find(page, ".decide [name=reason]").send_keys("   ")
    find(page, ".decide [name=by]").send_keys("D")
    find(page, ".decide [type=submit]").click()
    assert page.find_elements(By.CSS_SELECTOR, ".done") == []
    find(page, ".decide [name=cancel]").click()
    assert page.find_elements(By.CSS_SELECTOR, ".decide") == []


def test_keyboard_alone_records_a_decision(page: Chrome) -> None:
    body = find(page, "body")
    body.send_keys(Keys.TAB)
    assert page.switch_to.active_element.text == "Skip to the hits"
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.switch_to.active_element.get_attribute("id") == "alerts"
    for _ in range(12):
        page.switch_to.active_element.send_keys(Keys.TAB)
        if page.switch_to.active_element.text == "Record a decision":
            break
    assert page.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.switch_to.active_element.send_keys(Keys.ENTER)
    page.switch_to.active_element.send_keys(Keys.SPACE)
    page.switch_to.active_element.send_keys(
        Keys.TAB,
    )
    page.switch_to.active_element.send_keys("Same party.")
    page.switch_to.active_element.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys("E", Keys.ENTER)
    assert "True match: Same party. (E)" in find(page, ".done").text
    assert page.switch_to.active_element.text == "Change"


def test_every_control_has_a_name_and_counts_are_announced(page: Chrome) -> None:
    unnamed = page.execute_script(
        """return Array.from(document.querySelectorAll('input, select, textarea, button')).filter((control) =>
             !(control.labels && control.labels.length) && !control.getAttribute('aria-label')
             && !control.textContent.trim()).length"""
    )
    assert unnamed == 0
    assert find(page, "#count").get_attribute("aria-live") == "polite"
    ids = page.execute_script("return Array.from(document.querySelectorAll('[id]'), (node) => node.id)")
    assert len(ids) == len(set(ids))


def test_filter_by_what_is_new(browser: Chrome, folder: Path) -> None:
    (folder / "delta.html").write_bytes(html.render(delta_run()))
    opened(browser, folder / "delta.html")
    Select(find(browser, "#f-state")).select_by_value("new")
    expect(browser, f"1 of {COUNT} alerts")
    assert cards(browser)[0]["hits"][0]["hit"] == "h-tongli-1"
    Select(find(browser, "#f-state")).select_by_value("unchanged")
    expect(browser, f"{COUNT - 1} of {COUNT} alerts")


def test_one_decision_for_a_counterparty_on_two_rows(browser: Chrome, folder: Path) -> None:
    run = sample_run()
    hit = next(hit for hit in run.hits if hit.id == "h-lapsed")
    twin = replace(hit, counterparty=replace(hit.counterparty, row=10))
    (folder / "twins.html").write_bytes(html.render(replace(run, hits=(hit, twin))))
    opened(browser, folder / "twins.html")
    record(browser, "h-lapsed", "true-match", "Same.", by="F")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".done")) == 2
    assert [row["hit"] for row in downloaded(browser, folder)] == ["h-lapsed"]


def test_pages(browser: Chrome, folder: Path) -> None:
    opened(browser, folder / "many.html")
    expect(browser, "130 of 130 alerts, showing 1 to 50")
    assert len(cards(browser)) == 50
    assert not find(browser, "#previous").is_enabled()
    seen = {card["hits"][0]["hit"] for card in cards(browser)}
    for line in ("51 to 100", "101 to 130"):
        find(browser, "#next").click()
        expect(browser, f"130 of 130 alerts, showing {line}")
        seen |= {card["hits"][0]["hit"] for card in cards(browser)}
    assert len(seen) == 130
    assert not find(browser, "#next").is_enabled()


def test_paper_has_every_fitting_alert_and_no_controls(browser: Chrome, folder: Path) -> None:
    opened(browser, folder / "many.html")
    before = count_line(browser)
    find(browser, "[name=status][value=review]").click()
    wait(browser, lambda: count_line(browser) != before)
    fitting = int(count_line(browser).split()[0])
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert len(cards(browser)) == fitting
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for selector in (".filters", ".bar", ".actions", ".pages", ".skip"):
            assert not any(
                node.is_displayed() for node in browser.find_elements(By.CSS_SELECTOR, selector)
            ), selector
        assert find(browser, "#list > li .facts").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert len(cards(browser)) == 50
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") > 10


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_runs_out_of_the_window(page: Chrome, width: int) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    try:
        page.execute_script("for (const node of document.querySelectorAll('details')) node.open = true")
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_without_a_script_every_hit_is_shown(browser: Chrome, folder: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.execute_cdp_cmd("Page.navigate", {"url": (folder / "report.html").as_uri()})
        wait(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, "#cards .alert")) == COUNT)
        assert find(browser, "#cards .alert h3").is_displayed()
        assert not find(browser, "#filters").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(page: Chrome, scheme: str) -> None:
    """Every text of the first cards has the contrast WCAG 2.2 asks for (1.4.3: 4.5 to 1, large text 3 to 1)."""
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    poor = page.execute_script(CONTRAST)
    assert poor == []


CONTRAST = """
const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour[3] === 1) return colour;
  }
  return [255, 255, 255, 1];
};
const poor = new Set();
for (const details of document.querySelectorAll('details')) details.open = true;
for (const node of document.querySelectorAll('body *')) {
  if (node.closest('svg') || !node.checkVisibility()
      || !Array.from(node.childNodes).some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
  const style = getComputedStyle(node);
  const [a, b] = [light(parse(style.color)), light(ground(node))];
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
  if (ratio < (large ? 3 : 4.5)) poor.add(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
}
return Array.from(poor);
"""
