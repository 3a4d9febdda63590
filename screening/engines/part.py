"""What a worker does: screen one part, write its hits, and leave an account of every row in it."""

from __future__ import annotations

import gc
import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from screening import __version__
from screening.beside import REMARKS
from screening.decisions import Judge, Recorded
from screening.engines.interface import EngineError
from screening.errors import InputError, ScreeningError, UsageError
from screening.intake import Batch
from screening.intake.parts import Part, Reading, open_part
from screening.manifest import dependency_versions, settings_sha256
from screening.matching.party import same_parties
from screening.model import Counterparty, Counts, Hit, ListInfo, Record, RowOutcome
from screening.names.knowledge import cache_folder, fingerprint
from screening.ownership import Owners
from screening.pipeline import Screened, Screener, row_counts, screen_batch
from screening.settings import Settings
from screening.storage import Folder

BATCH_ROWS = 20_000
WORK = "work"
"""Folder of the output for what workers need during a run; gone when it is finished."""
COUNTED = Counts.__struct_fields__

Kind = Literal["parquet", "csv"]
Render = Callable[[Kind, str, Sequence[Hit], Sequence[RowOutcome]], bytes]
"""(kind of file, the input file, hits, rows without one) -> the content of a part of the output."""


class Identity(Record, frozen=True, kw_only=True):
    """What must be the same wherever parts of one run are screened. lists: id and hash of each."""

    version: str
    dependencies: dict[str, str]
    knowledge: str
    settings_sha256: str
    lists: tuple[tuple[str, str], ...]


class Job(NamedTuple):
    """All that a worker needs besides its part. Picklable.

    digest: of everything that decides what is found in a part and how it is written. index_folder: of the
    index where the run was started; index_file: the same as an archive in the output, "" where no worker can need it.
    day: of the run, for decisions that end.
    """

    digest: str
    out: str
    kind: Kind
    render: Render
    reading: Reading
    every_row: bool
    settings: dict[str, object]
    identity: Identity
    index_folder: str
    index_file: str
    index_sha256: str
    decisions: tuple[Recorded, ...]
    day: str
    owners: Owners


class Account(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Where the rows of a part went. counts.read is the sum of the other counts.

    key: of part, lists, settings and version; an account with the same key stands for the same result. output: the
    file with the hits and the unscreened rows, "" where there are none; sha256 (of the bytes read) and output_sha256.
    remarks: rows by the keys of beside.REMARKS. problem: why the part could not be read; its rows are unscreened.
    """

    key: str
    file: str
    first_row: int
    sha256: str
    counts: Counts
    hits: int = 0
    output: str = ""
    output_sha256: str = ""
    format: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    columns: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    remarks: dict[str, int] = msgspec.field(default_factory=dict)
    problem: str = ""


class Task(NamedTuple):
    """A part, and the place it has among all parts of the run."""

    place: int
    part: Part


def key_of(job: Job, part: Part) -> str:
    """The key of a part's account, 32 hex digits."""
    content = msgspec.json.encode((job.digest, part), order="deterministic")
    return hashlib.sha256(content).hexdigest()[:32]


def name_of(job: Job, task: Task) -> str:
    """What the files of a part are called, without their ending."""
    return f"part-{task.place:06}-{key_of(job, task.part)[:16]}"


def account_name(name: str) -> str:
    """The file of an account in the output folder."""
    return f"accounts/{name}.json"


def kept_account(folder: Folder, job: Job, task: Task) -> Account | None:
    """The account of a part that is done, None where there is none with its key, or the output is not as it says."""
    content = folder.read(account_name(name_of(job, task)))
    if content is None:
        return None
    try:
        account = msgspec.json.decode(content, type=Account)
    except msgspec.DecodeError:
        return None
    if account.key != key_of(job, task.part):
        return None
    if account.output:
        written = folder.read(account.output)
        if written is None or hashlib.sha256(written).hexdigest() != account.output_sha256:
            return None
    return account


# --- a worker and its lists -----------------------------------------------------------------------


class Worker(NamedTuple):
    """What a process keeps from one part to the next."""

    screener: Screener
    judge: Judge


_workers: dict[str, Worker] = {}  # by the digest of the job; one, but for tests


def identity_of(settings: Settings, lists: Sequence[ListInfo]) -> Identity:
    """The identity of this process with these settings and lists."""
    return Identity(
        version=__version__,
        dependencies=dependency_versions(),
        knowledge=fingerprint(),
        settings_sha256=settings_sha256(settings),
        lists=tuple((info.id, info.sha256) for info in lists),
    )


def prepare(job: Job, screener: Screener) -> None:
    """Make this process, and those that fork from it, ready for a job."""
    _workers.clear()
    _workers[job.digest] = Worker(screener, Judge(job.decisions, date.fromisoformat(job.day)))


def ready(job: Job) -> Worker:
    """The worker that this process is for a job. Raises EngineError when it is not what the job was planned with."""
    if job.digest not in _workers:
        if Folder(job.out).read(f"{WORK}/{job.digest}") is None:
            raise EngineError(
                f"A worker does not see the output folder {job.out} of this run.",
                "Name a folder that all workers share, or one on object storage.",
            )
        here = Identity(
            version=__version__,
            dependencies=dependency_versions(),
            knowledge=fingerprint(),
            settings_sha256="",
            lists=(),
        )
        _refuse(job.identity, here, ("version", "dependencies", "knowledge"))
        try:
            settings = msgspec.convert(job.settings, Settings)
        except msgspec.ValidationError as problem:
            raise EngineError(f"A worker does not know the settings of this run: {problem}.") from problem
        screener = Screener.opened_at(_index_folder(job), settings)
        _refuse(job.identity, identity_of(settings, screener.lists), ("settings_sha256", "lists"))
        prepare(job, screener)
        gc.freeze()
    return _workers[job.digest]


def _refuse(wanted: Identity, found: Identity, fields: Sequence[str]) -> None:
    names = {"settings_sha256": "settings", "knowledge": "knowledge of names"}
    for field in fields:
        there, here = getattr(wanted, field), getattr(found, field)
        if isinstance(there, dict):
            differing = sorted(k for k in there.keys() | here.keys() if there.get(k) != here.get(k))
            there = ", ".join(f"{k} {there.get(k, 'missing')}" for k in differing)
            here = ", ".join(f"{k} {here.get(k, 'missing')}" for k in differing)
        if there != here:
            raise EngineError(
                f"A worker has another {names.get(field, field)} than the run was planned with: {here} there, "
                f"{there} here. It screened nothing.",
                "Install the same version of screening, with the same dependencies, on all workers.",
            )


def _index_folder(job: Job) -> Path:
    """The folder of the index on this machine: the one of the run, else a copy that all its processes share."""
    own = Path(job.index_folder)
    if job.index_folder and own.is_dir():
        return own
    if not job.index_file:
        raise EngineError("A worker does not have the index of this run.", "Set SCREENING_CACHE_DIR.")
    target = cache_folder() / "indexes" / f"received-{job.index_sha256[:32]}"
    if target.is_dir():
        return target
    content = Folder(job.out).read(job.index_file)
    if content is None or hashlib.sha256(content).hexdigest() != job.index_sha256:
        raise EngineError(f"The index {job.index_file} in {job.out} is missing or damaged.", "Run again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            archive.extractall(fresh)  # its hash is the one that the run was given
        fresh.rename(target)
    except OSError:
        if not target.is_dir():  # else another process of this machine was first
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def packed(folder: Path) -> bytes:
    """An index folder as an archive. Not compressed: it is read once by each machine, and names compress little."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return buffer.getvalue()


# --- one part -------------------------------------------------------------------------------------


def screen_part(job: Job, task: Task) -> Account:
    """Screen a part and write its output and its account, unless that is done already.

    The same part gives the same files with the same names, wherever and how often it is screened. A part that cannot
    be read is unscreened as a whole. Raises EngineError as `ready` does, OutputError when the output cannot be
    written, DecisionError when decisions contradict each other.
    """
    worker = ready(job)
    folder = Folder(job.out)
    account = kept_account(folder, job, task)
    if account is not None:
        return account
    collected = gc.isenabled()
    gc.disable()  # what a batch makes has no cycles
    try:
        account, content = _screened(job, task, worker)
    finally:
        if collected:
            gc.enable()
    if account.output:
        folder.write(account.output, content)
    folder.write(account_name(name_of(job, task)), msgspec.json.encode(account))
    return account


def _screened(job: Job, task: Task, worker: Worker) -> tuple[Account, bytes]:
    part = task.part
    try:
        if part.problem:
            raise InputError(part.problem)
        with open_part(part, job.reading, BATCH_ROWS) as table:
            hits: list[Hit] = []
            outcomes: list[RowOutcome] = []
            tally = dict.fromkeys((*COUNTED, *REMARKS), 0)
            for batch in table.batches():
                for found, kept, counted in _each(batch, job, worker):
                    settled = [worker.judge(hit) for hit in same_parties(found)]
                    hits += settled
                    outcomes += kept
                    for key, value in (counted | row_counts(settled)).items():
                        tally[key] += value
            info = table.info
    except (InputError, UsageError) as problem:
        return _unreadable(job, task, problem)
    about = Account(
        key=key_of(job, part),
        file=part.file,
        first_row=part.first_row,
        sha256=part.sha256,
        counts=Counts(**{key: tally[key] for key in COUNTED}),
        hits=len(hits),
        format=info.format,
        encoding=info.encoding,
        delimiter=info.delimiter,
        columns=info.columns,
        notes=info.notes,
        remarks={key: tally[key] for key in REMARKS if tally[key]},
    )
    return _with_output(about, job, task, hits, outcomes)


def _with_output(
    account: Account, job: Job, task: Task, hits: Sequence[Hit], outcomes: Sequence[RowOutcome]
) -> tuple[Account, bytes]:
    if not hits and not outcomes:
        return account, b""
    content = job.render(job.kind, task.part.file, hits, outcomes)
    name = f"hits/{name_of(job, task)}.{job.kind}"
    digest = hashlib.sha256(content).hexdigest()
    return msgspec.structs.replace(account, output=name, output_sha256=digest), content


def _unreadable(job: Job, task: Task, problem: ScreeningError) -> tuple[Account, bytes]:
    return unscreened_part(job, task, problem.message.rstrip("."))


def unscreened_part(job: Job, task: Task, why: str) -> tuple[Account, bytes]:
    """The account and the output of a part of which no row was screened.

    Where it is not known how many rows it has, it counts as one.
    """
    part = task.part
    if part.rows is None:
        rows, what = (
            1,
            "nothing of this file was screened, and its rows could not be counted: it stands as one row",
        )
    else:
        rows, what = part.rows, f"none of the {part.rows:,} rows from here on was screened"
    outcome = RowOutcome(
        status="unscreened",
        counterparty=Counterparty(row=part.first_row, names=()),
        reason=f"{what}: {why}",
    )
    about = Account(
        key=key_of(job, part),
        file=part.file,
        first_row=part.first_row,
        sha256=part.sha256,
        counts=Counts(read=rows, unscreened=rows),
        problem=why,
    )
    return _with_output(about, job, task, (), (outcome,))


def _each(batch: Batch, job: Job, worker: Worker) -> Iterator[Screened]:
    """A batch screened; where a row brings that down, the others without it, and that row as unscreened."""
    try:
        yield screen_batch(batch, worker.screener, keep_clear=job.every_row, owners=job.owners)
    except ScreeningError:
        raise
    except Exception as problem:  # whatever a row may do to the program, the other rows must be screened
        if len(batch) > 1:
            middle = len(batch) // 2
            yield from _each(batch.between(0, middle), job, worker)
            yield from _each(batch.between(middle, len(batch)), job, worker)
            return
        outcome = RowOutcome(
            status="unscreened",
            counterparty=Counterparty(row=batch.rows[0], names=(), id=batch.ids[0]),
            reason=f"the program failed on this row ({type(problem).__name__}: {problem})",
        )
        yield [], [outcome], {"read": 1, "clear": 0, "unscreened": 1}
