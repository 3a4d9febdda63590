"""Hand-made runs with invented parties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from screening.model import (
    Counterparty,
    Counts,
    Decision,
    Entity,
    Evidence,
    FalseFriend,
    Hit,
    InputInfo,
    ListInfo,
    Listing,
    Manifest,
    Name,
    Relation,
    RowOutcome,
    Run,
    Step,
)

PRESS = ListInfo(
    id="press-2031",
    title="Parties named in a report",
    kind="adverse-media",
    publisher="Example Gazette",
    as_of="2031-04-02",
    sha256="a" * 64,
    accepted=2,
)
OFFICIAL = ListInfo(
    id="example-sanctions",
    title="Consolidated list of Examplia",
    kind="sanctions",
    publisher="Treasury of Examplia",
    as_of="2031-05-01",
    sha256="b" * 64,
    accepted=10,
    rejected=1,
)
SENSOR = Entity(
    id="zorvan-sensor",
    type="organization",
    name="ZORVAN SENSOR WORKS CO., LTD.",
    names=(Name(value="Zorvan Sensor", as_written=True), Name(value="佐万传感器有限公司", script="Hans")),
    countries=("CN",),
    related=(Relation(relation="affiliate", name="Zorvan Trading House", share=51.0),),
    listings=(
        Listing(
            authority="Treasury of Examplia",
            list="Blocked Parties",
            programme="EX-7",
            id="4711",
            from_="2031-05-01",
        ),
    ),
    evidence=(
        Evidence(
            document="gazette-1",
            passage="Zorvan Sensor and two others shipped optics to the plant.",
            locator="P3, 100-157",
            stance="alleges",
            summary="Named as a supplier of optics.",
        ),
    ),
    false_friends=(FalseFriend(name="Zorvan Sensei", reason="a school of martial arts"),),
)
PERSON = Entity(
    id="p-9",
    type="person",
    name="Quillon, Adebar",
    countries=("XA", "XB"),
    listings=(
        Listing(authority="Treasury of Examplia", list="Blocked Parties", programme="EX-9", id="9"),
        Listing(authority="Treasury of Examplia", list="Blocked Parties", programme="EX-7", id="9"),
    ),
)
STEPS = (
    Step(kind="aligned", relation="equal", left="zorvan", right="zorvan", similarity=1.0, weight=0.6),
    Step(kind="aligned", relation="edit", left="senser", right="sensor", similarity=0.83, weight=0.3),
    Step(kind="unaligned", relation="", left="global", weight=0.1),
    Step(kind="unaligned", relation="", right="works", weight=0.1),
    Step(kind="rule", relation="country-agreement", effect=2.0, text="both in CN"),
    Step(kind="note", relation="legal-form", text="legal forms were left out"),
)


BASE_HIT = Hit(
    id="h-1",
    status="review",
    score=88.25,
    counterparty=Counterparty(row=2, names=("Zorvan Senser Global",), id="0007", countries=("CN",)),
    name="Zorvan Senser Global",
    matched_name=Name(value="Zorvan Sensor", as_written=True),
    entity=SENSOR,
    list=PRESS,
    explanation=STEPS,
)
BASE_MANIFEST = Manifest(
    run_id="0123456789abcdef",
    started_at="2031-06-01T12:00:00Z",
    version="9.9.9",
    dependencies={"python": "3.11.0"},
    settings={"thresholds": {"review": 80.0, "match": 92.0}},
    settings_sha256="c" * 64,
    input=InputInfo(
        path="vendors.csv",
        format="csv",
        sha256="d" * 64,
        encoding="utf-8",
        delimiter=",",
        columns={"name": ("Vendor",)},
    ),
    lists=(OFFICIAL, PRESS),
    as_of=None,
    counts=Counts(),
)


def build_hit(**changes: Any) -> Hit:
    """A review hit on the press list; any field can be changed."""
    return msgspec.structs.replace(BASE_HIT, **changes)


def build_run(
    hits: tuple[Hit, ...] = (),
    outcomes: tuple[RowOutcome, ...] = (),
    every_row: bool = False,
    **changes: Any,
) -> Run:
    """A run with these hits, one a row; the counts follow from them and from two clear rows."""
    statuses = [hit.status for hit in hits]
    unscreened = sum(outcome.status == "unscreened" for outcome in outcomes)
    counts = Counts(
        read=2 + len(hits) + unscreened,
        clear=2,
        match=statuses.count("match"),
        review=statuses.count("review"),
        cleared=statuses.count("cleared"),
        unscreened=unscreened,
    )
    manifest = msgspec.structs.replace(BASE_MANIFEST, **{"counts": counts, **changes})
    return Run(manifest=manifest, hits=hits, outcomes=outcomes, every_row=every_row)


@pytest.fixture
def make_hit() -> Callable[..., Hit]:
    """Builds a hit; see build_hit."""
    return build_hit


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Builds a run; see build_run."""
    return build_run


@pytest.fixture
def run() -> Run:
    """A run with a review, a match without a passage, a cleared hit, a clear and an unscreened row."""
    person = Counterparty(row=3, names=("Adebar Quillon",), type="person")
    cleared = Counterparty(row=5, names=("Zorvan Sensei",), id="=1+1")
    return build_run(
        hits=(
            build_hit(),
            build_hit(
                id="h-2",
                status="match",
                score=99.96,
                counterparty=person,
                name="Adebar Quillon",
                matched_name=Name(value="Quillon, Adebar"),
                entity=PERSON,
                list=OFFICIAL,
                explanation=(),
            ),
            build_hit(
                id="h-3",
                status="cleared",
                counterparty=cleared,
                name="Zorvan Sensei",
                decision=Decision(
                    disposition="false-positive", reason="a school", by="R. Example", decided_on="2031-05-20"
                ),
            ),
        ),
        outcomes=(
            RowOutcome(status="clear", counterparty=Counterparty(row=4, names=("Blue Ferry",))),
            RowOutcome(
                status="unscreened", counterparty=Counterparty(row=6, names=(), id="0009"), reason="no name"
            ),
        ),
    )
