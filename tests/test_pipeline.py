"""A run is the same however its rows are cut into batches and whatever process screens them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from screening.decisions import Decisions, exclude
from screening.intake import open_table
from screening.manifest import results_sha256
from screening.model import Entity, Hits, ListInfo, Name, Run, Watchlist
from screening.pipeline import Screener, screen
from screening.reports import csv_report, json_report

NOW = datetime(2031, 6, 1, 12, tzinfo=UTC)
ROWS = [
    "Zorvath Petrochem",
    "Nothing Alike",
    "Zorvath Petrochem LLC",
    "",
    "Quellmar Shipping",
    "Ouellmar Shipping",
]
EXCLUDED = exclude("Quellmar Shipping", reason="our own", by="tester", decided_on="2031-01-01")


def watchlists() -> list[Watchlist]:
    def info(name: str) -> ListInfo:
        return ListInfo(
            id=name,
            title=name,
            kind="internal",
            publisher="x",
            as_of="2031-01-01",
            sha256="0" * 64,
            accepted=2,
        )

    zorvath = Entity(id="1", type="organization", name="Zorvath Petrochem", names=(Name(value="Zorvath"),))
    entities = (zorvath, Entity(id="2", type="organization", name="Quellmar Shipping", countries=("PA",)))
    return [Watchlist(info=info("one"), entities=entities), Watchlist(info=info("two"), entities=entities)]


def run(folder: Path, *, rows: int, workers: int) -> tuple[Run, bytes]:
    path = folder / "parties.csv"
    path.write_text("id,name,country\n" + "".join(f"{n},{name},PA\n" for n, name in enumerate(ROWS)))
    lines: list[bytes] = []
    found = screen(
        open_table(path, batch_rows=rows),
        Screener(watchlists()),
        clock=lambda: NOW,
        keep_clear=True,
        workers=workers,
        decisions=Decisions(entries=(EXCLUDED,)),
        render=partial(csv_report.part, every_row=False),
        rendered=lines.append,
    )
    return found, csv_report.joined(lines, found)


@pytest.mark.parametrize(("rows", "workers"), [(1, 1), (1, 2), (2, 2), (5, 2)])
def test_batches_and_processes_do_not_show(tmp_path: Path, rows: int, workers: int) -> None:
    whole, report = run(tmp_path, rows=100, workers=1)
    found, lines = run(tmp_path, rows=rows, workers=workers)
    assert isinstance(found.hits, Hits) == (workers > 1)  # else this compares nothing
    assert {hit.status for hit in whole.hits} >= {"match", "cleared"}
    assert any(hit.party for hit in whole.hits)
    assert found == whole
    assert lines == report == csv_report.render(whole)
    assert json_report.render(found) == json_report.render(whole)


def test_the_hash_of_the_results_is_that_of_the_report_read_back(tmp_path: Path) -> None:
    found, _ = run(tmp_path, rows=2, workers=2)
    again = json_report.read(json_report.render(found))
    assert results_sha256(again.hits, again.outcomes) == found.manifest.results_sha256
    assert results_sha256(again.hits[1:], again.outcomes) != found.manifest.results_sha256
    assert results_sha256(again.hits, again.outcomes[1:]) != found.manifest.results_sha256
    assert results_sha256((), ()) != found.manifest.results_sha256
