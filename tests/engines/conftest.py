"""What the tests of engines share: a small data set with everything in it, and what must come out of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from screening.engines import dataset
from screening.engines.interface import Engine
from screening.engines.part import Kind
from screening.intake.parts import Reading
from screening.pipeline import Screener, open_screener
from screening.reports import dataset as output
from tests.blocked import BRIGHTWATER, GREYHERON, IN_GERMANY, blocked

LIST = blocked(BRIGHTWATER, IN_GERMANY, GREYHERON)
NEW_NAME = "Grey Heron Shipping Ltd"
MORE = """
  - id: acme-19
    type: organization
    name: Acme 19
"""
PART_BYTES = 2_000  # so that the small files below are many parts


class Place(NamedTuple):
    """rows: the folder of the data set. out: for output. screener: of LIST."""

    folder: Path
    rows: Path
    screener: Screener

    def run(
        self, engine: Engine, out: str, *, resume: bool = False, kind: Kind = "csv", **options: Any
    ) -> dataset.DatasetRun:
        """Screen the data set into a folder beside it, and write manifest and summary as the program does."""
        plan = dataset.plan(
            str(self.rows),
            str(self.folder / out),
            Reading(),
            kind=kind,
            render=output.RENDER,
            every_row=False,
            resume=resume,
        )
        done = dataset.screen_dataset(
            plan,
            self.screener,
            engine,
            clock=lambda: datetime(2026, 5, 1, tzinfo=UTC),
            **{"part_bytes": PART_BYTES, **options},
        )
        plan.out.write("manifest.json", output.manifest(done))
        plan.out.write("summary.txt", output.summary(done))
        return done


def csv_rows(first: int, count: int) -> str:
    """A hit in every tenth row, an unusable name in every hundredth."""
    lines = ["id,name,country\n"]
    for n in range(first, first + count):
        name = "Brightwater Optics" if n % 10 == 3 else "" if n % 100 == 7 else f"Blue Lantern Bakery {n}"
        lines.append(f'{n},"{name}",DE\n')
    return "".join(lines)


def make_rows(folder: Path) -> Path:
    """Four files: CSV in a folder below, CSV, Parquet, and one that is damaged. 1,300 rows that can be read."""
    rows = folder / "rows"
    (rows / "below").mkdir(parents=True)
    (rows / "a.csv").write_text(csv_rows(0, 500))
    (rows / "below" / "b.csv").write_text(csv_rows(500, 500))
    names = ["Grey Heron Shiping" if n % 50 == 0 else f"Acme {n}" for n in range(300)]
    pq.write_table(pa.table({"name": names}), rows / "c.parquet")
    (rows / "d.csv").write_bytes(b"name\n\x00\x01\x02\n")
    (rows / "_SUCCESS").write_text("")
    return rows


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("SCREENING_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "list.yml").write_text(LIST)
    return Place(tmp_path, make_rows(tmp_path), open_screener([str(tmp_path / "list.yml")]))


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """The files of an output folder by name: hits, accounts, manifest and summary."""

    def read(out: Path) -> dict[str, bytes]:
        return {str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()}

    return read


def cells_of(out: Path, below: str = "hits") -> list[dict[str, str]]:
    """All rows of a folder of the output, in the order of files and rows."""
    found: list[dict[str, str]] = []
    for file in sorted((out / below).iterdir()):
        with file.open(newline="", encoding="utf-8") as handle:
            found += csv.DictReader(handle)
    return found


def next_night(place: Place) -> Place:
    """The place a day later: a row that was clear is a hit, one with a hit is gone, two entities are new or changed."""
    path = place.rows / "a.csv"
    lines = path.read_text().splitlines(keepends=True)
    lines[5] = '4,"Brightwater Optics",DE\n'
    del lines[14]  # 13: a hit until now
    lines.insert(1, '999,"Grey Heron Shipping",PA\n')  # the rows below move on, into other parts
    path.write_text("".join(lines))
    text = (place.folder / "list.yml").read_text().replace("name: Grey Heron Shipping", f"name: {NEW_NAME}")
    (place.folder / "list.yml").write_text(text + MORE)
    return place._replace(screener=open_screener([str(place.folder / "list.yml")]))


@pytest.fixture
def check_accounts() -> Callable[[Path], None]:
    """Fails unless each row of an output folder is accounted for once, and the parts add up to the manifest."""

    def check(out: Path) -> None:
        document = json.loads((out / "manifest.json").read_text())
        total = document["manifest"]["counts"]
        parts = document["parts"]
        for name, count in total.items():
            assert count == sum(part["counts"][name] for part in parts)
        for part in parts:
            assert part["counts"]["read"] == sum(n for k, n in part["counts"].items() if k != "read")
        places = [(part["file"], part["first_row"]) for part in parts]
        assert places == sorted(set(places))
        assert len(list((out / "accounts").iterdir())) == len(parts)
        assert {f"hits/{file.name}" for file in (out / "hits").iterdir()} == {
            part["output"] for part in parts if part.get("output")
        }
        # 1,000 rows of CSV, a hundredth without a name; 300 of Parquet; a file that cannot be read
        assert (total["read"], total["unscreened"]) == (1301, 11)
        assert total["match"] + total["review"] == 106

    return check
