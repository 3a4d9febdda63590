"""Nightly runs: what an earlier run found clear saves work and changes nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.cli.screen import with_threshold
from screening.engines.dataset import DatasetRun
from screening.engines.known import among, hashes, packed_hashes, read_baseline
from screening.engines.local import Local
from screening.errors import InputError, UsageError
from screening.intake import from_frame
from screening.pipeline import open_screener

Contents = Callable[[Path], dict[str, bytes]]
MORE = """
  - id: acme-19
    type: organization
    name: Acme 19
"""


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
    path = place.rows / "a.csv"
    lines = path.read_text().splitlines(keepends=True)
    lines[5] = '4,"Brightwater Optics",DE\n'  # a clear row that becomes a hit
    lines.insert(1, '999,"Grey Heron Shipping",PA\n')  # all rows below move on
    path.write_text("".join(lines))
    text = (place.folder / "list.yml").read_text().replace("Grey Heron Shipping", "Grey Heron Shipping Ltd")
    (place.folder / "list.yml").write_text(text + MORE)
    now = place._replace(screener=open_screener([str(place.folder / "list.yml")]))
    whole = now.run(Local(2), "whole")
    nightly = now.run(Local(2), "nightly", baseline=read_baseline(str(place.folder / "first")))
    same_hits(place, contents, "whole", "nightly")
    assert nightly.manifest.counts == whole.manifest.counts
    assert nightly.manifest.results_sha256 == whole.manifest.results_sha256
    assert known_rows(nightly) > 1000
    assert "against the 2 entities new or changed since" in nightly.manifest.warnings[-2]
    # The next night stands on that run as on a whole one.
    next_night = now.run(Local(2), "next", baseline=read_baseline(str(place.folder / "nightly")))
    assert known_rows(next_night) == whole.manifest.counts.clear
    same_hits(place, contents, "whole", "next")


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


@pytest.mark.parametrize("lost", ["manifest.json", "entities.bin", "clear"])
def test_a_damaged_earlier_run_is_an_error(place: Any, lost: str) -> None:
    place.run(Local(2), "first")
    out = place.folder / "first"
    if lost == "clear":
        next((out / "clear").iterdir()).write_bytes(b"x" * 16)
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
