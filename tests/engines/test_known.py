"""Nightly runs: what an earlier run found clear saves work and changes nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.cli.screen import with_threshold
from screening.delta import compare
from screening.engines.dataset import DatasetRun
from screening.engines.known import among, hashes, packed_hashes, read_baseline
from screening.engines.local import Local
from screening.errors import InputError, UsageError
from screening.intake import from_frame, open_table
from screening.model import Run
from screening.pipeline import open_screener, screen
from tests.engines.conftest import MORE, cells_of, next_night

Contents = Callable[[Path], dict[str, bytes]]


def same_hits(place: Any, contents: Contents, one: str, other: str) -> None:
    """Fails unless two outputs have the same hits and clear rows, to the byte."""
    found = [
        {
            name: content
            for name, content in contents(place.folder / out).items()
            if name.startswith(("hits", "cl"))
        }
        for out in (one, other)
    ]
    assert found[0] == found[1]
    assert found[0]


def known_rows(run: DatasetRun) -> int:
    return sum(account.known for account in run.accounts)


def test_the_same_again_screens_only_what_was_not_clear(
    place: Any, contents: Contents, check_accounts: Callable[[Path], None]
) -> None:
    first = place.run(Local(2), "first")
    assert known_rows(first) == 0
    again = place.run(Local(2), "again", baseline=read_baseline(str(place.folder / "first")))
    assert known_rows(again) == first.manifest.counts.clear > 1000
    assert again.manifest.counts == first.manifest.counts
    check_accounts(place.folder / "again")
    same_hits(place, contents, "first", "again")
    assert "were clear in run" in (place.folder / "again" / "summary.txt").read_text()


def test_changed_rows_and_changed_entities(place: Any, contents: Contents) -> None:
    place.run(Local(2), "first")
    now = next_night(place)
    whole = now.run(Local(2), "whole")
    nightly = now.run(Local(2), "nightly", baseline=read_baseline(str(place.folder / "first")))
    same_hits(place, contents, "whole", "nightly")
    assert nightly.manifest.counts == whole.manifest.counts
    assert nightly.manifest.results_sha256 == whole.manifest.results_sha256
    assert known_rows(nightly) > 1000
    assert "against the 2 entities new or changed since" in nightly.manifest.warnings[-2]
    # The next night stands on that run as on a whole one.
    again = now.run(Local(2), "next", baseline=read_baseline(str(place.folder / "nightly")))
    assert known_rows(again) == whole.manifest.counts.clear
    same_hits(place, contents, "whole", "next")
    assert again.changes.counts["unchanged"] == sum(account.hits for account in whole.accounts)
    assert not again.changes.any_news("changed")


# --- what changed -------------------------------------------------------------------------------


def test_each_hit_has_its_state_and_what_is_gone_is_told(place: Any) -> None:
    first = place.run(Local(2), "first")
    assert first.changes is None
    assert not (place.folder / "first" / "changes").exists()
    now = next_night(place)
    done = now.run(Local(2), "nightly", baseline=read_baseline(str(place.folder / "first")))
    rows = cells_of(place.folder / "nightly", "changes")
    hits = [row for row in cells_of(place.folder / "nightly") if row["status"] != "unscreened"]
    shared = ("file", "row", "hit_id", "status", "score", "counterparty_name", "entity_id")
    kept = [row for row in rows if row["change"] != "gone"]
    assert [[row[c] for c in shared] for row in kept] == [[row[c] for c in shared] for row in hits]
    states = {
        state: [
            (row["counterparty_id"], row["entity_id"], row["was"]) for row in rows if row["change"] == state
        ]
        for state in ("new", "changed", "unchanged", "gone")
    }
    acme = [("", "acme-19", "")]
    assert sorted(states["new"]) == sorted([*acme, ("4", "brightwater", ""), ("999", "greyheron", "")])
    assert states["gone"] == [("13", "brightwater", "match")]
    assert {entity for _, entity, _ in states["changed"]} == {"greyheron"}
    assert all("list entry: name" in row["changed"] for row in rows if row["change"] == "changed")
    assert {entity for _, entity, _ in states["unchanged"]} == {"brightwater"}
    counts = {state: len(found) for state, found in states.items()}
    assert done.changes.counts == counts | {"new-match": 3, "new-review": 3}
    line = f"changes     against run {first.manifest.run_id} of 2026-05-01: new 3, changed 6, unchanged 99, gone 1"
    assert line in (place.folder / "nightly" / "summary.txt").read_text().splitlines()
    document = json.loads((place.folder / "nightly" / "manifest.json").read_text())
    assert document["changes"]["counts"] == done.changes.counts


def test_states_are_those_of_single_files(place: Any) -> None:
    """Against the comparison of whole runs in memory, over the file of which most changes."""
    path = place.rows / "a.csv"

    def single(screener: Any) -> Run:
        return screen(open_table(str(path)), screener, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))

    before = single(place.screener)
    place.run(Local(2), "first")
    now = next_night(place)
    now.run(Local(2), "nightly", baseline=read_baseline(str(place.folder / "first")))
    after = single(now.screener)
    delta = compare(after, before)
    rows = [row for row in cells_of(place.folder / "nightly", "changes") if row["file"] == str(path)]
    found = [
        (row["hit_id"], row["change"], row["changed"], row["was"]) for row in rows if row["change"] != "gone"
    ]
    assert found == [
        (hit.id, change.state, "; ".join(change.what), change.was or "")
        for hit, change in zip(after.hits, delta.changes, strict=True)
    ]
    assert [row["hit_id"] for row in rows if row["change"] == "gone"] == [hit.id for hit in delta.gone]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_earlier_output_may_be_of_the_other_kind(place: Any, kind: str) -> None:
    place.run(Local(2), "first", kind=kind)
    now = next_night(place)
    done = now.run(Local(2), "nightly", baseline=read_baseline(str(place.folder / "first")))
    assert done.changes.counts["gone"] == 1
    (gone,) = [row for row in cells_of(place.folder / "nightly", "changes") if row["change"] == "gone"]
    assert (gone["counterparty_id"], gone["was"], gone["score"]) == ("13", "match", "98.1")


def test_a_counterparty_in_several_rows_is_gone_as_often_as_it_is_missing(place: Any) -> None:
    twice = place.rows / "twice.csv"
    row = '7,"Brightwater Optics",DE\n'
    twice.write_text("id,name,country\n" + row * 3)
    place.run(Local(2), "first")
    twice.write_text("id,name,country\n" + row * 2)
    done = place.run(Local(2), "fewer", baseline=read_baseline(str(place.folder / "first")))
    assert (done.changes.counts["gone"], done.changes.counts["new"]) == (1, 0)
    twice.write_text("id,name,country\n" + row * 4)
    done = place.run(Local(2), "more", baseline=read_baseline(str(place.folder / "first")))
    assert (done.changes.counts["gone"], done.changes.counts["new"], done.changes.counts["changed"]) == (
        0,
        0,
        0,
    )


def test_resume_with_another_earlier_run_tells_the_changes_against_it(place: Any, contents: Contents) -> None:
    place.run(Local(2), "first")
    now = next_night(place)
    now.run(Local(2), "out")
    before = read_baseline(str(place.folder / "first"))
    resumed = now.run(Local(2), "out", resume=True, baseline=before)
    assert resumed.kept == 0
    assert now.run(Local(2), "out", resume=True, baseline=before).kept == len(resumed.accounts)
    now.run(Local(2), "fresh", baseline=before)
    assert contents(place.folder / "out") == contents(place.folder / "fresh")
    # without an earlier run there are no changes to tell
    now.run(Local(2), "out", resume=True)
    assert not (place.folder / "out" / "changes").exists()


@pytest.mark.parametrize("column", ["address", "owner", "goods description"])
def test_what_does_not_rest_on_single_entities_is_screened_against_all(
    place: Any, contents: Contents, column: str
) -> None:
    path = place.rows / "a.csv"
    lines = path.read_text().splitlines()
    path.write_text(
        "".join(f"{line},{column if n == 0 else f'{n} Mill Lane'}\n" for n, line in enumerate(lines))
    )
    first = place.run(Local(2), "first")
    (place.folder / "list.yml").write_text((place.folder / "list.yml").read_text() + MORE)
    now = place._replace(screener=open_screener([str(place.folder / "list.yml")]))
    nightly = now.run(Local(2), "nightly", baseline=read_baseline(str(place.folder / "first")))
    assert {account.known for account in nightly.accounts if account.file == str(path)} == {0}
    assert 0 < known_rows(nightly) < first.manifest.counts.clear
    now.run(Local(2), "whole")
    same_hits(place, contents, "whole", "nightly")


def test_an_earlier_run_of_another_kind_is_refused(place: Any) -> None:
    place.run(Local(2), "first")
    before = read_baseline(str(place.folder / "first"))
    lists = [str(place.folder / "list.yml")]
    with pytest.raises(UsageError, match="other settings"):
        place._replace(screener=open_screener(lists, with_threshold(70))).run(
            Local(2), "out", baseline=before
        )
    manifest = place.folder / "first" / "manifest.json"
    document = json.loads(manifest.read_text())
    document["manifest"]["version"] = "9.9"
    manifest.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="another version"):
        place.run(Local(2), "out", resume=True, baseline=read_baseline(str(place.folder / "first")))


@pytest.mark.parametrize("lost", ["manifest.json", "entities.bin", "clear", "found"])
def test_a_damaged_earlier_run_is_an_error(place: Any, lost: str) -> None:
    place.run(Local(2), "first")
    out = place.folder / "first"
    if lost in ("clear", "found"):
        next((out / lost).iterdir()).write_bytes(b"x" * 16)
    else:
        (out / lost).unlink()
    with pytest.raises(InputError, match=r"missing or damaged|holds no finished run|is missing"):
        read_baseline(str(out))


@given(
    known=st.sets(st.binary(min_size=15, max_size=15)), asked=st.lists(st.binary(min_size=15, max_size=15))
)
def test_hashes_are_found_as_in_a_set(known: set[bytes], asked: list[bytes]) -> None:
    there = {content + b"\x01" for content in known}
    wanted = [content + b"\x01" for content in [*asked, *list(known)[:3]]]
    found = among(wanted, hashes(packed_hashes(list(there))))
    assert found.tolist() == [content in there for content in wanted]


def test_a_row_keeps_its_hash_where_it_stands_and_loses_it_when_it_changes() -> None:
    import pandas as pd

    def digests(**columns: list[str]) -> list[bytes]:
        return next(from_frame(pd.DataFrame(columns)).batches()).digests()

    names, countries = ["Acme", "Brightwater"], ["DE", ""]
    plain = digests(name=names, country=countries)
    assert digests(country=countries[::-1], note=["x", "y"], vendor=names[::-1])[::-1] == plain
    assert len({*plain, *digests(name=names, country=["FR", "FR"]), *digests(name=names)}) == 6
    assert all(content[-1] for content in plain)
    assert np.array(plain, dtype="S16").tolist() == plain
