"""Proof afterwards: run a run again, check a report against what it says of itself, and keep a log that shows tampering."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from screening import __version__, delta, manifest, storage
from screening.decisions import read_files
from screening.errors import InputError, OutputError, ScreeningError, UsageError
from screening.intake import open_files, open_table
from screening.intake.several import files_sha256
from screening.lists import builtin
from screening.lists.store import Store, data_dir, is_reference
from screening.locked import locked
from screening.model import FileInfo, InputInfo, ListInfo, Manifest, Run, Watchlist
from screening.ownership import NO_OWNERS, read_owners
from screening.pipeline import Screener, load_lists, row_counts, screen
from screening.reports import json_report, renderer
from screening.reports.text import delta_lines, row_words
from screening.settings import Settings

FIRST = "0" * 64  # what the first line of a log names as the hash before it


class Finding(NamedTuple):
    """One thing that was checked.

    state: "ok", "wrong", "other-version" where only the version that made the report can tell, or "unknown" where there
    was nothing to check it against.
    """

    state: Literal["ok", "wrong", "other-version", "unknown"]
    text: str


# --- reading ------------------------------------------------------------------------------------


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises InputError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Check the path.") from error


def file_info(path: Path) -> FileInfo:
    """A file and its hash. Raises InputError."""
    return FileInfo(path=str(path), sha256=hashlib.sha256(read_bytes(path)).hexdigest())


# --- replay -------------------------------------------------------------------------------------


class Replay(NamedTuple):
    """identical: whether the new JSON report has the same bytes. differences: what is not the same, in words.

    compared: whether there was a report to compare with, or a manifest alone (then counts and hashes are).
    """

    identical: bool
    differences: tuple[str, ...]
    compared: Literal["report", "manifest"]
    run: Run


def replay(path: Path, *, folder: Path | None = None) -> Replay:
    """Run again what a JSON report, or a manifest in a JSON file, says was run, at the time it says.

    Paths are those of the manifest, relative to the working directory. Lists of the store are taken by their hash.
    folder: the data folder. Raises InputError when the file is neither, or when the run cannot be repeated (standard
    input, no record of the request); other errors as screening does.
    """
    content = read_bytes(path)
    old, old_run = _manifest_of(content, path)
    new = repeat(old, folder=folder)
    differences = list(_manifest_differences(old, new.manifest))
    if old_run is None:
        if old.results_sha256 != new.manifest.results_sha256:
            differences.append("the hits differ")
        return Replay(old == new.manifest, tuple(differences), "manifest", new)
    against = msgspec.structs.replace(new, delta=delta.compare(new, old_run))
    differences += [
        f"{state}: {row_words(hit.counterparty)}, {hit.name} / {hit.entity.name} ({hit.list.id})"
        + (f": {what}" if what else "")
        for state, hit, what in delta_lines(against)
    ]
    identical = json_report.render(new) == content
    if not identical and not differences:
        differences.append(_first_difference(json_report.render(new), content))
    return Replay(identical, tuple(differences), "report", new)


def repeat(old: Manifest, *, folder: Path | None = None) -> Run:
    """The run that a manifest describes, made again. Raises as `replay` does."""
    request = old.request
    if request is None or old.input.path in ("-", "DataFrame"):
        raise InputError(
            "This run cannot be repeated: its manifest does not say where the counterparties came from.",
            "Runs on a file can be repeated; standard input and data frames are not kept.",
        )
    try:
        settings = msgspec.convert(old.settings, Settings)
    except (msgspec.ValidationError, UsageError) as error:
        what = error.message if isinstance(error, UsageError) else f"{error}."
        raise InputError(
            f"The settings of this run are not those of this program: {what}",
            f"Use version {old.version} of screening.",
        ) from error
    watchlists, warnings = _watchlists(old, folder)
    known = set(warnings)
    opened = open_files if old.input.files else open_table
    run = screen(
        opened(old.input.path, mapping=request.mapping, encoding=request.encoding, sheet=request.sheet),
        Screener(watchlists, settings),
        clock=lambda: datetime.fromisoformat(old.started_at),
        as_of=old.as_of,
        keep_clear=request.every_row,
        # Warnings on the age of lists depend on the clock, which is the old one.
        warnings=(*warnings, *(text for text in old.warnings if text not in known)),
        decisions=read_files([item.path for item in old.decisions]),
        owners=read_owners(old.owners.path) if old.owners else NO_OWNERS,
        request=_request_now(old),
    )
    run = msgspec.structs.replace(run, every_row=request.every_row)
    if request.baseline:
        run = msgspec.structs.replace(
            run, delta=delta.compare(run, json_report.read_file(Path(request.baseline.path)))
        )
    return run


def _request_now(old: Manifest) -> Any:
    """The request, with the hash that its baseline has now."""
    request = old.request
    if request is None or request.baseline is None:
        return request
    return msgspec.structs.replace(request, baseline=file_info(Path(request.baseline.path)))


def _watchlists(old: Manifest, folder: Path | None) -> tuple[list[Watchlist], list[str]]:
    """The lists of a manifest and what it must say of them. A list of the store is taken by its hash; when it was last
    confirmed is not news.
    """
    references = []
    then = {info.id: info for info in old.lists}
    store = Store(data_dir(folder))
    for reference in old.request.watchlists if old.request else ():
        list_id = reference.partition("@")[0]
        kept = is_reference(reference) and list_id in then and store.find(list_id) is not None
        references.append(f"{list_id}@{then[list_id].sha256}" if kept else reference)
    since = old.request.changed_since if old.request else ()
    found, warnings = load_lists(references, as_of=old.as_of, changed_since=since, data_dir=folder)
    return [_confirmed_then(item, then.get(item.info.id)) for item in found], warnings


def _confirmed_then(watchlist: Watchlist, old: ListInfo | None) -> Watchlist:
    if old is None or old.sha256 != watchlist.info.sha256:
        return watchlist
    info = msgspec.structs.replace(watchlist.info, checked_at=old.checked_at, fetched_at=old.fetched_at)
    return msgspec.structs.replace(watchlist, info=info)


def _manifest_of(content: bytes, path: Path) -> tuple[Manifest, Run | None]:
    try:
        return msgspec.json.decode(content, type=Manifest), None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        run = json_report.read(content, str(path))
        return run.manifest, run


def _manifest_differences(old: Manifest, new: Manifest) -> Iterator[str]:
    if old.version != new.version:
        yield f"screening {old.version} then, {new.version} now"
    for name in sorted({*old.dependencies, *new.dependencies}):
        then, now = old.dependencies.get(name, "none"), new.dependencies.get(name, "none")
        if then != now:
            yield f"{name} {then} then, {now} now"
    if old.input.sha256 != new.input.sha256:
        yield f"the input {old.input.path} has changed: sha256 {old.input.sha256[:16]} then, {new.input.sha256[:16]} now"
        yield from _file_differences(old.input.files, new.input.files)
    elif old.input != new.input:
        yield f"the input {old.input.path} is read otherwise"
    if old.settings_sha256 != new.settings_sha256:
        yield "the settings differ"
    lists = {info.id: info for info in new.lists}
    for info in old.lists:
        now_info = lists.pop(info.id, None)
        if now_info is None:
            yield f"the list {info.id} is not there"
        elif now_info.sha256 != info.sha256:
            yield f"the list {info.id} has changed: as of {info.as_of} then, {now_info.as_of} now"
        elif now_info != info:
            yield f"the list {info.id} is read otherwise: {info.accepted} entities then, {now_info.accepted} now"
    yield from (f"the list {list_id} was not there" for list_id in lists)
    for then_file, now_file in zip(old.decisions, new.decisions, strict=True):
        if then_file != now_file:
            yield f"the decisions in {then_file.path} have changed"
    if old.owners != new.owners:
        yield f"the owners in {old.owners.path if old.owners else ''} have changed"
    if old.request != new.request:
        yield "the baseline has changed"
    if old.counts != new.counts:
        yield f"counts: {_counts(old)} then, {_counts(new)} now"


def _file_differences(old: Sequence[FileInfo], new: Sequence[FileInfo]) -> Iterator[str]:
    then, now = ({file.path: file.sha256 for file in files} for files in (old, new))
    for path in sorted(then.keys() | now.keys()):
        if path not in now:
            yield f"the file {path} is not there"
        elif path not in then:
            yield f"the file {path} was not there"
        elif then[path] != now[path]:
            yield f"the file {path} has changed: sha256 {then[path][:16]} then, {now[path][:16]} now"


def _counts(found: Manifest) -> str:
    return ", ".join(f"{name} {getattr(found.counts, name)}" for name in found.counts.__struct_fields__)


def _first_difference(new: bytes, old: bytes) -> str:
    lines = enumerate(zip(old.split(b"\n"), new.split(b"\n"), strict=False), start=1)
    place = next((number for number, (left, right) in lines if left != right), 0)
    return f"the report differs from line {place} on" if place else "the report is longer or shorter"


# --- verify -------------------------------------------------------------------------------------


def verify(
    path: Path, *, run_report: Path | None = None, log: Path | None = None, folder: Path | None = None
) -> list[Finding]:
    """Check a report against its manifest, and the files the manifest names against their hashes.

    A JSON report bears its own manifest; any other is rendered again from run_report, the JSON report of the same run.
    log: a run log that must hold the run. folder: the data folder. Raises InputError or UsageError when a file cannot
    be read or is no report.
    """
    content = read_bytes(path)
    if path.suffix.lower() == ".json":
        run = json_report.read(content, str(path))
        made = _made_by(run.manifest)
        findings = [_finding(json_report.render(run) == content, "the file is as it was written", made)]
    elif run_report is None:
        raise UsageError(
            f"{path} does not hold its manifest.",
            "Name the JSON report of the same run with --run REPORT.json.",
        )
    else:
        run = json_report.read_file(run_report)
        earlier = _of_version(f"an earlier build of {__version__}") if _earlier(run) else ""
        made = _made_by(run.manifest) or earlier
        findings = [
            _finding(renderer(path)(run) == content, f"the file is what {run_report} renders to", made)
        ]
    findings += _self_consistent(run)
    findings += _files(run.manifest, folder)
    if log is not None:
        findings += _logged(run.manifest, path, content, log)
    return findings


def _made_by(found: Manifest) -> str:
    """Why this program cannot tell what depends on how another version writes and hashes; "" for a run of its own."""
    return "" if found.version == __version__ else _of_version(f"version {found.version}")


def _of_version(version: str) -> str:
    return f"made by {version} of screening, and this is {__version__}"


def _earlier(run: Run) -> bool:
    """Whether the hash of the hits is that of the first builds of 0.1.0, which wrote some reports otherwise too."""
    return manifest.earlier_results_sha256(run.hits, run.outcomes) == run.manifest.results_sha256


def _finding(good: bool, text: str, made: str = "") -> Finding:
    """made: why only another version could tell, where it is so."""
    if good or not made:
        return Finding("ok" if good else "wrong", text)
    return Finding("other-version", f"{text}: {made}")


def _self_consistent(run: Run) -> Iterator[Finding]:
    found = run.manifest
    made = _made_by(found)
    yield _finding(manifest.run_id(found) == found.run_id, "the run id belongs to the manifest", made)
    if found.results_sha256:
        same = manifest.results_sha256(run.hits, run.outcomes) == found.results_sha256 or _earlier(run)
        yield _finding(same, "the hits and rows are those of the run", made)
    else:
        yield Finding("unknown", "the manifest has no hash of the hits")
    try:
        settings = msgspec.convert(found.settings, Settings)
        same = manifest.settings_sha256(settings) == found.settings_sha256
    except (msgspec.ValidationError, UsageError):
        same = False
    yield _finding(same, "the settings have their hash", made)
    counts = found.counts
    unscreened = sum(outcome.rows for outcome in run.outcomes if outcome.status == "unscreened")
    of_hits = row_counts(run.hits)
    same = all(of_hits[status] == getattr(counts, status) for status in ("match", "review", "cleared"))
    same = same and of_hits["clear"] <= counts.clear
    total = counts.clear + counts.review + counts.match + counts.cleared + counts.unscreened
    yield _finding(
        same and unscreened == counts.unscreened and total == counts.read, "the counts add up to the rows"
    )


def _files(found: Manifest, folder: Path | None) -> Iterator[Finding]:
    files: list[tuple[str, FileInfo]] = []
    if found.input.files:
        yield from _input_files(found.input)
    else:
        files = [("input", FileInfo(path=found.input.path, sha256=found.input.sha256))]
    files += [("decisions", item) for item in found.decisions]
    if found.owners:
        files.append(("owners", found.owners))
    if found.request and found.request.baseline:
        files.append(("baseline", found.request.baseline))
    for what, item in files:
        path = Path(item.path)
        if not path.is_file():
            yield Finding("unknown", f"the {what} {item.path} is not here to be checked")
        else:
            yield _finding(file_info(path).sha256 == item.sha256, f"the {what} {item.path} has its hash")
    try:
        now = {item.info.id: item.info for item in _watchlists(found, folder)[0]}
    except ScreeningError as error:
        yield Finding("unknown", f"the lists cannot be read: {error.message}")
        return
    of_program = {builtin.list_id(source) for source in builtin.yaml_files(builtin.folder("watchlists"))}
    for info in found.lists:
        if info.id not in now:
            yield Finding("unknown", f"the list {info.id} is not here to be checked")
        else:
            made = _made_by(found) if info.id in of_program else ""
            yield _finding(now[info.id].sha256 == info.sha256, f"the list {info.id} has its hash", made)


def _input_files(info: InputInfo) -> Iterator[Finding]:
    """Several files that were read as one table: which they are, and the hash of each."""
    yield _finding(files_sha256(info.files) == info.sha256, "the hash of the input is that of its files")
    try:
        now = storage.files(info.path)
    except ScreeningError as error:
        yield Finding("unknown", f"the input {info.path} is not here to be checked: {error.message}")
        return
    same = now == [file.path for file in info.files]
    yield _finding(same, f"the input {info.path} holds the files of the run and no others")
    for file in info.files:
        if file.path not in now:
            yield Finding("unknown", f"the input {file.path} is not here to be checked")
            continue
        try:
            with storage.at_hand(file.path) as path:
                sha256 = storage.sha256(path, ((0, path.stat().st_size),))
        except OSError as problem:
            yield Finding("unknown", f"the input {file.path} cannot be read: {problem.strerror or problem}")
            continue
        yield _finding(sha256 == file.sha256, f"the input {file.path} has its hash")


def _logged(found: Manifest, path: Path, content: bytes, log: Path) -> Iterator[Finding]:
    entries, problems = read_log(log)
    yield _finding(not problems, f"the log {log} is whole")
    of_run = [entry for entry in entries if entry.run_id == found.run_id]
    yield _finding(bool(of_run), f"the log holds the run {found.run_id}")
    if of_run:
        sha256 = hashlib.sha256(content).hexdigest()
        known = {item.sha256 for entry in of_run for item in entry.reports}
        yield _finding(sha256 in known, f"the log holds this very {path.name}")


# --- the run log --------------------------------------------------------------------------------


class LogEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a run log. number: from 1. previous: hash of the line before. hash: of this line without it."""

    number: int
    previous: str
    run_id: str
    started_at: str
    version: str
    input: FileInfo
    lists: tuple[FileInfo, ...]
    decisions: tuple[FileInfo, ...]
    settings_sha256: str
    results_sha256: str
    counts: dict[str, int]
    reports: tuple[FileInfo, ...]
    exit_status: int
    hash: str = ""


def append_log(log: Path, run: Run, reports: Sequence[Path], exit_status: int) -> None:
    """Add a line for a run at the end of a log, chained to the line before by its hash. Creates the file.

    reports: the files written. Raises OutputError when the log cannot be written or its last line is damaged.
    """
    found = run.manifest
    try:
        with locked(log) as file:
            file.seek(0)
            last = _last_line(file.read())
            entry = LogEntry(
                number=last.number + 1 if last else 1,
                previous=last.hash if last else FIRST,
                run_id=found.run_id,
                started_at=found.started_at,
                version=found.version,
                input=FileInfo(path=found.input.path, sha256=found.input.sha256),
                lists=tuple(FileInfo(path=info.id, sha256=info.sha256) for info in found.lists),
                decisions=found.decisions,
                settings_sha256=found.settings_sha256,
                results_sha256=found.results_sha256,
                counts={name: getattr(found.counts, name) for name in found.counts.__struct_fields__},
                reports=tuple(file_info(path) for path in reports),
                exit_status=exit_status,
            )
            file.write(_line(msgspec.structs.replace(entry, hash=_hash(entry))))
    except msgspec.DecodeError as error:
        raise OutputError(
            f"The log {log} is damaged in its last line, so nothing was added.",
            f"Look with `screening log verify {log}`, keep it, and begin a new one.",
        ) from error


def read_log(log: Path) -> tuple[list[LogEntry], list[str]]:
    """The lines of a log that can be read, and every problem: a line altered, removed, moved or added.

    Raises InputError when the file cannot be read. The chain cannot show that lines are missing at the end: compare
    the last hash with one that was kept elsewhere.
    """
    entries: list[LogEntry] = []
    problems: list[str] = []
    previous, number = FIRST, 0
    content = read_bytes(log)
    if content and not content.endswith(b"\n"):
        problems.append(f"{log}: the last line is not complete")
    for place, line in enumerate(content.splitlines(), start=1):
        where = f"{log}:{place}"
        try:
            entry = msgspec.json.decode(line, type=LogEntry)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problems.append(f"{where}: not a line of a run log: {error}")
            previous, number = "", number + 1
            continue
        if _line(entry).rstrip(b"\n") != line or _hash(entry) != entry.hash:
            problems.append(f"{where}: the line was altered")
        if previous and entry.previous != previous:
            gap = entry.number - number - 1
            missing = (
                f"{gap} line{'' if gap == 1 else 's'} missing"
                if gap > 0
                else "a line was altered, moved or added"
            )
            problems.append(f"{where}: does not follow the line before: {missing}")
        elif entry.number != number + 1:
            problems.append(f"{where}: has the number {entry.number} in place of {number + 1}")
        entries.append(entry)
        previous, number = entry.hash, entry.number
    return entries, problems


def _last_line(content: bytes) -> LogEntry | None:
    if not content:
        return None
    if not content.endswith(b"\n"):
        raise msgspec.DecodeError("the last line is not complete")
    return msgspec.json.decode(content.rstrip(b"\n").rpartition(b"\n")[2], type=LogEntry)


def _line(entry: LogEntry) -> bytes:
    return msgspec.json.encode(entry, order="deterministic") + b"\n"


def _hash(entry: LogEntry) -> str:
    return hashlib.sha256(_line(msgspec.structs.replace(entry, hash=""))).hexdigest()
