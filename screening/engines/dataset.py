"""A data set screened part by part on an engine: plan, screen what is not done, add up the accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

import msgspec

from screening.beside import REMARKS
from screening.decisions import Decisions
from screening.engines.changes import KINDS, Changes, Fewer, Gone, fewer, hit_id, unpacked
from screening.engines.interface import Engine, EngineError, Lost
from screening.engines.known import (
    ENTITIES,
    Baseline,
    Changed,
    changed,
    check_same,
    checked,
    entity_hashes,
    packed_hashes,
)
from screening.engines.part import (
    COUNTED,
    WORK,
    Account,
    Index,
    Job,
    Kind,
    Known,
    Render,
    Task,
    account_name,
    identity_of,
    kept_account,
    name_of,
    packed,
    prepare,
    screen_part,
    unscreened_part,
)
from screening.errors import InputError, OutputError
from screening.intake.parts import PART_BYTES, Part, Reading, parts_of
from screening.manifest import build_manifest, settings_dict
from screening.model import Counts, InputInfo, Manifest, Request
from screening.ownership import NO_OWNERS, Owners
from screening.pipeline import NO_DECISIONS, Screener, beside_warnings, lists_used
from screening.storage import Folder, begun_at, files

_NOTES = 20  # notes on parts that a manifest repeats; each account has its own

Progress = Callable[[int, int | None], None]
"""Called with the rows done so far, and how many there are in all (None: not known)."""


class Plan(NamedTuple):
    """What to screen, and how the output is written. base: the folder in which relative paths begin."""

    location: str
    base: str
    files: tuple[str, ...]
    reading: Reading
    out: Folder
    kind: Kind
    render: Render
    every_row: bool


class DatasetRun(NamedTuple):
    """The manifest, and the account of each part in the order of files and rows. kept: parts that were done before.

    changes: against an earlier run, None where none was named.
    """

    manifest: Manifest
    accounts: tuple[Account, ...]
    kept: int
    changes: Changes | None = None


def plan(
    location: str, out: str, reading: Reading, *, kind: Kind, render: Render, every_row: bool, resume: bool
) -> Plan:
    """What a command asks for, checked before any work is done.

    Raises InputError where there are no files; OutputError when the output folder cannot be written, lies in the
    input, or holds a run already and resume is False.
    """
    found = files(location)
    folder = Folder(out)
    inside = [file for file in found if file.startswith(folder.location + "/")]
    if inside:
        raise OutputError(
            f"The output folder {out} holds files of the input ({inside[0]}).", "Choose another with -o."
        )
    if not resume and (folder.names("accounts") or folder.read("manifest.json") is not None):
        raise OutputError(
            f"The output folder {out} holds a run already.",
            "Go on with it (--resume), or name an empty folder with -o.",
        )
    folder.write(f"{WORK}/begun", b"")  # says at once that the folder cannot be written
    return Plan(location, str(Path.cwd()), tuple(found), reading, folder, kind, render, every_row)


def screen_dataset(
    wanted: Plan,
    screener: Screener,
    engine: Engine,
    *,
    clock: Callable[[], datetime],
    as_of: str | None = None,
    progress: Progress | None = None,
    phase: Callable[[str], None] | None = None,
    warnings: Sequence[str] = (),
    decisions: Decisions = NO_DECISIONS,
    request: Request | None = None,
    owners: Owners = NO_OWNERS,
    baseline: Baseline | None = None,
    part_bytes: int = PART_BYTES,
) -> DatasetRun:
    """Screen every row of every part once. Rows read = clear + review + match + cleared + unscreened.

    Parts whose account is in the output already, with the same key, are not screened again. baseline: an earlier run
    with this program and these settings, whose clear rows are screened against what is new since alone, and with whose
    hits those of this run are compared. What is found depends on none of this, nor on the engine. clock, as_of,
    warnings, decisions, request, owners: as for pipeline.screen. phase: called with what is being done.

    Raises EngineError, OutputError and DecisionError as the parts do; InputError when no part could be read;
    UsageError when the baseline is not such a run.
    """
    started_at = clock()
    say = phase or (lambda _: None)
    hashed = entity_hashes(screener)
    shared = engine.name != "local"
    job = _job(wanted, screener, started_at, as_of, decisions, owners, shared=shared)
    fresh: Changed | None = None
    if baseline is not None:
        say("comparing the lists with the earlier run's")
        check_same(
            baseline,
            version=job.identity.version,
            dependencies=job.identity.dependencies,
            settings=job.identity.settings_sha256,
            owners=owners.source,
        )
        fresh = changed(screener, hashed, baseline)
        job = job._replace(known=_known(wanted.out, baseline, fresh, shared=shared))
    say("planning the parts")
    tasks = _tasks(wanted, engine, part_bytes)
    prepare(job, screener, fresh and fresh.screener, baseline and baseline.clear, baseline and baseline.found)
    say("looking for finished parts")
    done = set(wanted.out.names("accounts"))
    accounts: dict[int, Account] = {}
    for task in tasks:
        known = f"{name_of(job, task)}.json" in done
        if known and (account := kept_account(wanted.out, job, task)) is not None:
            accounts[task.place] = account
    kept = len(accounts)
    say("screening")
    rows = [task.part.rows for task in tasks]
    total = None if None in rows else sum(n for n in rows if n is not None)
    read = sum(account.counts.read for account in accounts.values())
    todo = [task for task in tasks if task.place not in accounts]
    for place, result in engine.map(partial(screen_part, job), todo):
        task = todo[place]
        if isinstance(result, Lost):
            result = _given_up(wanted.out, job, task, result.reason)
        if task.place in accounts:
            raise EngineError(f"The engine {engine.name} gave two results for a part of {task.part.file}.")
        accounts[task.place] = result
        read += result.counts.read
        if progress is not None:
            progress(read, total)
    if len(accounts) != len(tasks):
        raise EngineError(
            f"The engine {engine.name} gave {len(accounts)} results for {len(tasks)} parts.",
            "Run again with --resume.",
        )
    ordered = tuple(accounts[task.place] for task in tasks)
    if all(account.problem for account in ordered):
        raise InputError(
            f"No part of {wanted.location} could be read. {ordered[0].problem}.", "Check the files."
        )
    if fresh is not None and baseline is not None:
        warnings = (*warnings, _said(ordered, fresh, baseline))
    run = _run(wanted, screener, ordered, kept, started_at, as_of, warnings, decisions, request, owners)
    wanted.out.write(ENTITIES, packed_hashes(hashed))
    names = [name_of(job, task) for task in tasks]
    told: list[str] = []
    if baseline is not None:
        say("looking for hits that are gone")
        missing = _fewer(wanted.out, ordered, baseline)
        told = [*names, *_gone(wanted, missing, baseline)]
        count = sum(item.before - item.now for item in missing.values())
        run = run._replace(changes=_changes(ordered, baseline, count))
    _forget(wanted.out, names, told)
    return run


def _gone(wanted: Plan, fewer: Mapping[str, Fewer], baseline: Baseline) -> list[str]:
    """Write the hits of the earlier run that are none any more, a file for each of its parts; the names of these files.

    Raises InputError where the earlier run is damaged.
    """
    earlier, names = Folder(baseline.info.path), []
    is_gone = Gone(fewer)
    for part in baseline.parts if fewer else ():
        records = unpacked(checked(earlier, part.found_output, part.found_sha256))
        if not any(hit_id(number) in fewer for number in records["id"]):
            continue
        name, _, kind = part.output.removeprefix("hits/").rpartition(".")
        content = checked(earlier, part.output, part.output_sha256)
        rows = wanted.render.gone(wanted.kind, cast(Kind, kind), content, is_gone)
        if rows:
            names.append(f"gone-{name}")
            wanted.out.write(f"changes/gone-{name}.{wanted.kind}", rows)
    return names


def _fewer(out: Folder, accounts: Sequence[Account], baseline: Baseline) -> dict[str, Fewer]:
    found = (account for account in accounts if account.found_output)
    return fewer(
        baseline.found, (unpacked(checked(out, item.found_output, item.found_sha256)) for item in found)
    )


def _changes(accounts: Sequence[Account], baseline: Baseline, gone: int) -> Changes:
    counts = {kind: sum(account.changes.get(kind, 0) for account in accounts) for kind in KINDS}
    return Changes(baseline.manifest.run_id, baseline.manifest.started_at, counts | {"gone": gone})


def _job(
    wanted: Plan,
    screener: Screener,
    started_at: datetime,
    as_of: str | None,
    decisions: Decisions,
    owners: Owners,
    *,
    shared: bool,
) -> Job:
    """The job, its index in the output where workers elsewhere may need it (shared)."""
    settings = settings_dict(screener.settings)
    identity = identity_of(screener.settings, screener.lists)
    day = started_at.astimezone(UTC).date().isoformat()
    digest = hashlib.sha256(
        msgspec.json.encode(
            (
                identity,
                # What an entry says of its list is written with each hit; when the list was last looked for is not.
                [msgspec.structs.replace(i, fetched_at=None, checked_at=None) for i in screener.lists],
                screener.warnings,  # these say what --changed-since left out
                as_of,
                wanted.reading,
                wanted.kind,
                wanted.every_row,
                (decisions.entries, day) if decisions.entries else None,
                owners.source,
            ),
            order="deterministic",
        )
    ).hexdigest()
    wanted.out.write(f"{WORK}/{digest}", b"")
    return Job(
        digest=digest,
        base=wanted.base,
        out=begun_at(wanted.base, wanted.out.location),
        kind=wanted.kind,
        render=wanted.render,
        reading=wanted.reading,
        every_row=wanted.every_row,
        settings=settings,
        identity=identity,
        lists=_index(wanted.out, screener, "lists", shared=shared),
        known=None,
        decisions=tuple(decisions.entries),
        day=day,
        owners=owners,
    )


def _index(out: Folder, screener: Screener, name: str, *, shared: bool) -> Index:
    """The index of a screener, as an archive in the output too where workers elsewhere may need it (shared)."""
    folder = screener.opened.folder
    if not shared:
        return Index(str(folder or ""))
    if folder is None:
        raise EngineError(
            "Workers need an index in the cache folder, which cannot be written.",
            "Set SCREENING_CACHE_DIR to a folder that can.",
        )
    content = packed(folder)
    out.write(f"{WORK}/{name}.zip", content)
    return Index(str(folder.absolute()), f"{WORK}/{name}.zip", hashlib.sha256(content).hexdigest())


def _known(out: Folder, baseline: Baseline, fresh: Changed, *, shared: bool) -> Known:
    clear, found = baseline.clear.tobytes(), baseline.found.tobytes()
    out.write(f"{WORK}/known.bin", clear)
    out.write(f"{WORK}/found.bin", found)
    return Known(
        run_id=baseline.manifest.run_id,
        file=f"{WORK}/known.bin",
        sha256=hashlib.sha256(clear).hexdigest(),
        found_file=f"{WORK}/found.bin",
        found_sha256=hashlib.sha256(found).hexdigest(),
        changed=None if fresh.screener is None else _index(out, fresh.screener, "changed", shared=shared),
        same=fresh.same,
    )


def _tasks(wanted: Plan, engine: Engine, part_bytes: int) -> list[Task]:
    """All parts, in the order of files and rows."""
    found: dict[int, tuple[Part, ...]] = {}
    for place, parts in engine.map(
        partial(parts_of, reading=wanted.reading, part_bytes=part_bytes, base=wanted.base), wanted.files
    ):
        if isinstance(parts, Lost):
            parts = (Part(file=wanted.files[place], problem=parts.reason),)
        found[place] = parts
    return [Task(n, part) for n, part in enumerate(part for place in sorted(found) for part in found[place])]


def _given_up(out: Folder, job: Job, task: Task, reason: str) -> Account:
    account, contents = unscreened_part(job, task, reason)
    for name, content in contents.items():
        out.write(name, content)
    out.write(account_name(name_of(job, task)), msgspec.json.encode(account))
    return account


def _run(
    wanted: Plan,
    screener: Screener,
    accounts: tuple[Account, ...],
    kept: int,
    started_at: datetime,
    as_of: str | None,
    warnings: Sequence[str],
    decisions: Decisions,
    request: Request | None,
    owners: Owners,
) -> DatasetRun:
    counts = Counts(**{key: sum(getattr(a.counts, key) for a in accounts) for key in COUNTED})
    remarks = {key: sum(a.remarks.get(key, 0) for a in accounts) for key in REMARKS}
    roles = {role for account in accounts for role in account.columns}
    used, told = lists_used(roles, screener)
    if "owner" in roles:
        warnings = (*warnings, OWNERS_OF_OWNERS)
    results = hashlib.sha256()
    for account in accounts:
        results.update(f"{account.file}\0{account.first_row}\0{account.output_sha256}\n".encode())
    manifest = build_manifest(
        started_at=started_at,
        settings=screener.settings,
        input=_input(wanted, accounts),
        lists=used,
        as_of=as_of,
        counts=counts,
        warnings=tuple(
            dict.fromkeys(
                (*told, *warnings, *beside_warnings(roles, screener, remarks), *_problems(accounts))
            )
        ),
        decisions=decisions.files,
        request=request,
        results_sha256=results.hexdigest(),
        owners=owners.source,
    )
    return DatasetRun(manifest, accounts, kept)


# Parts are screened apart, and how rows fall into them must not change the result.
OWNERS_OF_OWNERS = (
    "Owners of owners were followed through the file for --owners alone, "
    "not through other rows of the data set."
)


def _said(accounts: Sequence[Account], fresh: Changed, baseline: Baseline) -> str:
    """What the earlier run saved. A sentence of the manifest, because it rests on that run."""
    rows = sum(account.known for account in accounts)
    entities = f"{fresh.entities:,} {'entity' if fresh.entities == 1 else 'entities'}"
    return (
        f"{rows:,} rows were clear in run {baseline.manifest.run_id} and are the same still: they were screened only "
        f"against the {entities} new or changed since."
    )


def _problems(accounts: Sequence[Account]) -> list[str]:
    bad = [account for account in accounts if account.problem]
    if not bad:
        return []
    rows = sum(account.counts.read for account in bad)
    noun = "part" if len(bad) == 1 else "parts"
    return [f"{len(bad)} {noun} could not be screened ({rows:,} rows). First: {bad[0].problem}."]


def _input(wanted: Plan, accounts: Sequence[Account]) -> InputInfo:
    """The data set as one input: what is the same in all parts, and their notes."""
    digest = hashlib.sha256()
    for account in accounts:
        digest.update(f"{account.file}\0{account.first_row}\0{account.sha256}\n".encode())
    good = [account for account in accounts if not account.problem]
    columns = good[0].columns
    notes = list(dict.fromkeys(f"{a.file}: {note}" for a in good for note in a.notes))
    other = next((account for account in good if account.columns != columns), None)
    if other is not None:
        notes.insert(0, f"The columns are not the same in all files: {good[0].file}, {other.file}.")
    if len(notes) > _NOTES:
        notes = [*notes[:_NOTES], f"{len(notes) - _NOTES:,} more notes in the accounts of the parts."]
    return InputInfo(
        path=wanted.location,
        format=", ".join(sorted({account.format for account in good})),
        sha256=digest.hexdigest(),
        encoding=_only({account.encoding for account in good}),
        delimiter=_only({account.delimiter for account in good}),
        sheet=wanted.reading.sheet,
        columns=columns,
        notes=tuple(notes),
    )


def _only(found: set[str | None]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None


def _forget(out: Folder, names: Sequence[str], told: Sequence[str]) -> None:
    """Remove what earlier runs left of parts that are no longer, and what only the workers needed.

    names: of the parts. told: of the files that say what changed.
    """
    known = set(names)
    folders = dict.fromkeys(("accounts", "clear", "found", "hits"), known) | {"changes": set(told)}
    for folder, kept in folders.items():
        for name in out.names(folder):
            if name.rsplit(".", 1)[0] not in kept:
                out.remove(f"{folder}/{name}")
    for name in out.names(WORK):
        out.remove(f"{WORK}/{name}")
