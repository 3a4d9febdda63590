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
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from screening import __version__
from screening.beside import REMARKS, Beside
from screening.decisions import Judge, Recorded
from screening.engines import changes
from screening.engines.interface import EngineError
from screening.engines.known import among, packed_hashes
from screening.errors import InputError, ScreeningError, UsageError
from screening.intake import Batch
from screening.intake.parts import Part, Reading, not_screened, open_part
from screening.manifest import dependency_versions, settings_sha256
from screening.matching.party import same_parties
from screening.model import Change, Counterparty, Counts, Hit, ListInfo, Record, RowOutcome
from screening.names.knowledge import cache_folder, fingerprint, write_atomically
from screening.ownership import Owners
from screening.pipeline import Screened, Screener, row_counts, screen_batch
from screening.settings import Settings
from screening.storage import Folder, is_remote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_ROWS = 20_000
WORK = "work"
"""Folder of the output for what workers need during a run; gone when it is finished."""
COUNTED = Counts.__struct_fields__

Kind = Literal["parquet", "csv"]


class Render(NamedTuple):
    """How the output is written. Each gives the content of a file of a kind.

    part: (kind, input file, hits, rows without one). changes: (kind, input file, hits, the change of each).
    gone: (kind, kind and content of an earlier part, hit id -> whether this occurrence of it is gone).
    """

    part: Callable[[Kind, str, Sequence[Hit], Sequence[RowOutcome]], bytes]
    changes: Callable[[Kind, str, Sequence[Hit], Sequence[Change]], bytes]
    gone: Callable[[Kind, Kind, bytes, Callable[[str], bool]], bytes]


class Identity(Record, frozen=True, kw_only=True):
    """What must be the same wherever parts of one run are screened. lists: id and hash of each."""

    version: str
    dependencies: dict[str, str]
    knowledge: str
    settings_sha256: str
    lists: tuple[tuple[str, str], ...]


class Index(NamedTuple):
    """Where a worker finds an index. folder: where the run was started; file: the same as an archive in the output, ""
    where no worker can need it.
    """

    folder: str
    file: str = ""
    sha256: str = ""


class Known(NamedTuple):
    """What an earlier run found (see engines.known and engines.changes), its id, and two files in the output: the sorted
    hashes of the rows that were clear, and the sorted records of its hits.

    changed: of the entities that are new or changed since, None where there are none. same: none is gone either.
    """

    run_id: str
    file: str
    sha256: str
    found_file: str
    found_sha256: str
    changed: Index | None
    same: bool


class Job(NamedTuple):
    """All that a worker needs besides its part. Picklable.

    digest: of everything that decides what is found in a part and how it is written; what an earlier run found
    (known) only saves work. base: the folder in which the run was started, where relative paths of parts begin: workers
    may run in another. out begins there too. day: of the run, for decisions that end.
    """

    digest: str
    base: str
    out: str
    kind: Kind
    render: Render
    reading: Reading
    every_row: bool
    settings: dict[str, object]
    identity: Identity
    lists: Index
    known: Known | None
    decisions: tuple[Recorded, ...]
    day: str
    owners: Owners


class Account(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Where the rows of a part went. counts.read is the sum of the other counts.

    key: of part, lists, settings and version; an account with the same key stands for the same result. hits: set_aside of
    them are clear, their names recorded by the list as another party's. output: the file with the hits and the unscreened
    rows, "" where there are none; sha256 (of the bytes read) and output_sha256.
    remarks: rows by the keys of beside.REMARKS. problem: why the part could not be read; its rows are unscreened.
    clear_output, clear_sha256: the file with the hashes of the clear rows, for a later run. known: rows that an earlier
    run had found clear. found_output, found_sha256: the file with the records of the hits, for a later run.
    against: id of the earlier run with which the hits were compared; changes: hits by engines.changes.KINDS, and the file
    that tells them (changes_output, changes_sha256).
    """

    key: str
    file: str
    first_row: int
    sha256: str
    counts: Counts
    hits: int = 0
    set_aside: int = 0
    output: str = ""
    output_sha256: str = ""
    clear_output: str = ""
    clear_sha256: str = ""
    known: int = 0
    found_output: str = ""
    found_sha256: str = ""
    against: str = ""
    changes: dict[str, int] = msgspec.field(default_factory=dict)
    changes_output: str = ""
    changes_sha256: str = ""
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
    """The account of a part that is done, None where there is none with its key, or the output is not as it says.

    A part that failed while it was screened is not done: storage out of reach may be there again.
    """
    content = folder.read(account_name(name_of(job, task)))
    if content is None:
        return None
    try:
        account = msgspec.json.decode(content, type=Account)
    except msgspec.DecodeError:
        return None
    if account.key != key_of(job, task.part) or account.against != _against(job):
        return None
    if account.problem and not task.part.problem:
        return None
    for name, sha256 in (
        (account.output, account.output_sha256),
        (account.clear_output, account.clear_sha256),
        (account.found_output, account.found_sha256),
        (account.changes_output, account.changes_sha256),
    ):
        if name:
            written = folder.read(name)
            if written is None or hashlib.sha256(written).hexdigest() != sha256:
                return None
    return account


def _against(job: Job) -> str:
    return job.known.run_id if job.known is not None else ""


# --- a worker and its lists -----------------------------------------------------------------------


class Worker(NamedTuple):
    """What a process keeps from one part to the next. changed, known, found: as in Known, None where there is nothing."""

    screener: Screener
    judge: Judge
    changed: Screener | None = None
    known: NDArray[np.bytes_] | None = None
    found: NDArray[np.void] | None = None


_workers: dict[tuple[str, Known | None], Worker] = {}
"""By the digest of the job and the earlier run, of which the digest says nothing. One: a process may outlive many runs."""


def identity_of(settings: Settings, lists: Sequence[ListInfo]) -> Identity:
    """The identity of this process with these settings and lists."""
    return Identity(
        version=__version__,
        dependencies=dependency_versions(),
        knowledge=fingerprint(),
        settings_sha256=settings_sha256(settings),
        lists=tuple((info.id, info.sha256) for info in lists),
    )


def prepare(
    job: Job,
    screener: Screener,
    changed: Screener | None = None,
    known: NDArray[np.bytes_] | None = None,
    found: NDArray[np.void] | None = None,
) -> None:
    """Make this process, and those that fork from it, ready for a job."""
    _workers.clear()
    judge = Judge(job.decisions, date.fromisoformat(job.day))
    _workers[job.digest, job.known] = Worker(screener, judge, changed, known, found)


def ready(job: Job) -> Worker:
    """The worker that this process is for a job. Raises EngineError when it is not what the job was planned with."""
    if (job.digest, job.known) not in _workers:
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
        screener = Screener.opened_at(_index_folder(job, job.lists), settings)
        _refuse(job.identity, identity_of(settings, screener.lists), ("settings_sha256", "lists"))
        changed = known = found = None
        if job.known is not None:
            known = _known_rows(job, job.known)
            found = _found_hits(job, job.known)
            if job.known.changed is not None:
                changed = Screener.opened_at(_index_folder(job, job.known.changed), settings)
        prepare(job, screener, changed, known, found)
        gc.freeze()
    return _workers[job.digest, job.known]


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


def _known_rows(job: Job, known: Known) -> NDArray[np.bytes_] | None:
    """The hashes of the rows that were clear, mapped into memory so that the processes of a machine share them."""
    import numpy as np

    path = _at_hand(job, known.file, known.sha256)
    return np.memmap(path, dtype="S16", mode="r") if path.stat().st_size else None


def _found_hits(job: Job, known: Known) -> NDArray[np.void]:
    """The records of the hits that there were, mapped likewise."""
    path = _at_hand(job, known.found_file, known.found_sha256)
    return changes.mapped(path) if path.stat().st_size else changes.unpacked(b"")


def _at_hand(job: Job, name: str, sha256: str) -> Path:
    """A file of the output on this machine: the file itself, else a copy that all its processes share."""
    path = Path(job.out) / name
    if is_remote(job.out) or not path.is_file():
        path = cache_folder() / "received" / f"{sha256[:32]}.bin"
        if not path.is_file():
            write_atomically(path, _received(job, name, sha256))
    return path


def _received(job: Job, name: str, sha256: str) -> bytes:
    content = Folder(job.out).read(name)
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        raise EngineError(f"The file {name} in {job.out} is missing or damaged.", "Run again with --resume.")
    return content


def _index_folder(job: Job, index: Index) -> Path:
    """The folder of an index on this machine: the one of the run, else a copy that all its processes share."""
    own = Path(index.folder)
    if index.folder and own.is_dir():
        return own
    if not index.file:
        raise EngineError("A worker does not have the index of this run.", "Set SCREENING_CACHE_DIR.")
    target = cache_folder() / "indexes" / f"received-{index.sha256[:32]}"
    if target.is_dir():
        return target
    content = _received(job, index.file, index.sha256)
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
        account, contents = _screened(job, task, worker)
    finally:
        if collected:
            gc.enable()
    for name, content in contents.items():
        folder.write(name, content)
    folder.write(account_name(name_of(job, task)), msgspec.json.encode(account))
    return account


Contents = dict[str, bytes]
"""Files of the output: name -> content."""


def _screened(job: Job, task: Task, worker: Worker) -> tuple[Account, Contents]:
    part = task.part
    try:
        if part.problem:
            raise InputError(part.problem)
        with open_part(part, job.reading, BATCH_ROWS, job.base) as table:
            hits: list[Hit] = []
            outcomes: list[RowOutcome] = []
            clear: list[bytes] = []
            tally = dict.fromkeys((*COUNTED, *REMARKS, "known"), 0)
            for batch in table.batches():
                found, kept, counted = _batch(batch, job, worker, clear)
                settled = [worker.judge(hit) for hit in same_parties(found)]
                hits += settled
                outcomes += kept
                for key, value in chain(counted.items(), row_counts(settled).items()):
                    tally[key] += value
            info = table.info
    except (InputError, UsageError) as problem:
        return unscreened_part(job, task, problem.message.rstrip("."))
    about = Account(
        key=key_of(job, part),
        file=part.file,
        first_row=part.first_row,
        sha256=part.sha256,
        counts=Counts(**{key: tally[key] for key in COUNTED}),
        against=_against(job),
        hits=len(hits),
        set_aside=sum(hit.status == "clear" for hit in hits),
        format=info.format,
        encoding=info.encoding,
        delimiter=info.delimiter,
        columns=info.columns,
        notes=info.notes,
        remarks={key: tally[key] for key in REMARKS if tally[key]},
        known=tally["known"],
    )
    about, contents = _with_output(about, job, task, hits, outcomes)
    if clear:
        name, content = f"clear/{name_of(job, task)}.bin", packed_hashes(clear)
        contents[name] = content
        about = msgspec.structs.replace(about, clear_output=name, clear_sha256=_sha256(content))
    if hits:
        name, content = f"found/{name_of(job, task)}.bin", changes.packed(hits)
        contents[name] = content
        about = msgspec.structs.replace(about, found_output=name, found_sha256=_sha256(content))
    if hits and worker.found is not None:
        states = changes.states(hits, worker.found)
        name, content = _changes_name(job, task), job.render.changes(job.kind, part.file, hits, states)
        contents[name] = content
        about = msgspec.structs.replace(
            about,
            changes=changes.counted(hits, states),
            changes_output=name,
            changes_sha256=_sha256(content),
        )
    return about, contents


def _changes_name(job: Job, task: Task) -> str:
    return f"changes/{name_of(job, task)}.{job.kind}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _batch(batch: Batch, job: Job, worker: Worker, clear: list[bytes]) -> Screened:
    """A batch screened, what is known of its rows taken into account; the hashes of its clear rows go to `clear`."""
    digests = batch.digests()
    old: list[int] = []
    if worker.known is not None and job.known is not None and _applies(batch, job, job.known):
        known = among(digests, worker.known)
        old = [i for i in range(len(batch)) if known[i] and i not in batch.problems]
    if not old:
        pieces = list(_each(batch, worker.screener, job))
    else:
        marked = set(old)
        new = [i for i in range(len(batch)) if i not in marked]
        pieces = list(_each(batch.only(new), worker.screener, job)) if new else []
        if worker.changed is not None:
            pieces += _each(batch.only(old), worker.changed, job)
        else:
            pieces.append(_still_clear(batch, old, every_row=job.every_row))
    hits = [hit for found, _, _ in pieces for hit in found]
    outcomes = [outcome for _, kept, _ in pieces for outcome in kept]
    tally: dict[str, int] = {"known": len(old)}
    for _, _, counted in pieces:
        for key, value in counted.items():
            tally[key] = tally.get(key, 0) + value
    hits.sort(key=lambda hit: hit.counterparty.row)  # stable: hits of one row keep their order
    outcomes.sort(key=lambda outcome: outcome.counterparty.row)
    taken = {hit.counterparty.row for hit in hits}
    taken |= {outcome.counterparty.row for outcome in outcomes if outcome.status == "unscreened"}
    clear += [digest for digest, row in zip(digests, batch.rows, strict=True) if row not in taken]
    return hits, outcomes, tally


def _applies(batch: Batch, job: Job, known: Known) -> bool:
    """Whether a row's result depends on it and on single entities alone. What stands beside the names does not: owners
    and goods are judged together, and addresses by how often a word stands in all of them.
    """
    if job.owners or any(batch.cells(role) for role in (*Beside.GOODS, "owner")):
        return False
    return known.same or not batch.cells("address")


def _still_clear(batch: Batch, places: Sequence[int], *, every_row: bool) -> Screened:
    """Rows that were clear, where no entity is new."""
    outcomes = [RowOutcome(status="clear", counterparty=batch.counterparty(i)) for i in places if every_row]
    return [], outcomes, {"read": len(places), "clear": len(places)}


def _with_output(
    account: Account, job: Job, task: Task, hits: Sequence[Hit], outcomes: Sequence[RowOutcome]
) -> tuple[Account, Contents]:
    if not hits and not outcomes:
        return account, {}
    content = job.render.part(job.kind, task.part.file, hits, outcomes)
    name = f"hits/{name_of(job, task)}.{job.kind}"
    return msgspec.structs.replace(account, output=name, output_sha256=_sha256(content)), {name: content}


def unscreened_part(job: Job, task: Task, why: str) -> tuple[Account, Contents]:
    """The account and the output of a part of which no row was screened.

    Where it is not known how many rows it has, it counts as one.
    """
    part = task.part
    rows, reason = not_screened(part, why)
    who = Counterparty(row=part.first_row, names=())
    outcome = RowOutcome(status="unscreened", counterparty=who, reason=reason)
    about = Account(
        key=key_of(job, part),
        file=part.file,
        first_row=part.first_row,
        sha256=part.sha256,
        counts=Counts(read=rows, unscreened=rows),
        against=_against(job),
        problem=why,
    )
    return _with_output(about, job, task, (), (outcome,))


def _each(batch: Batch, screener: Screener, job: Job) -> Iterator[Screened]:
    """A batch screened; where a row brings that down, the others without it, and that row as unscreened."""
    try:
        yield screen_batch(batch, screener, keep_clear=job.every_row, owners=job.owners)
    except ScreeningError:
        raise
    except Exception as problem:  # whatever a row may do to the program, the other rows must be screened
        if len(batch) > 1:
            middle = len(batch) // 2
            yield from _each(batch.only(range(middle)), screener, job)
            yield from _each(batch.only(range(middle, len(batch))), screener, job)
            return
        outcome = RowOutcome(
            status="unscreened",
            counterparty=Counterparty(row=batch.rows[0], names=(), id=batch.ids[0]),
            reason=f"the program failed on this row ({type(problem).__name__}: {problem})",
        )
        yield [], [outcome], {"read": 1, "clear": 0, "unscreened": 1}
