"""Brings the lists in the store up to date, several side by side.

A list either becomes a new snapshot whole, or stays as it was. What is wrong with one list is a result of
that list and leaves the others alone.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from screening.errors import ListError, ScreeningError, StoreError, UpdateError
from screening.lists.diff import diff
from screening.lists.fetch import Policy, fetch
from screening.lists.sources import Source, shown
from screening.lists.store import Seen, Snapshot, Store, Validator
from screening.model import Record, Watchlist

# A list that loses more than a tenth of its entities in one update was cut or broken more likely than
# relaxed.
SHRINK_LIMIT = 0.10
# More would not help: reading one list keeps one core busy.
_SIDE_BY_SIDE = 4

# List id, bytes received, bytes announced or None. Called from several threads.
Progress = Callable[[str, int, int | None], None]
# Reads the file or folder that was fetched for a source.
Reader = Callable[[Path, Source], Watchlist]


class Outcome(Record, frozen=True, kw_only=True):
    """What became of one list.

    added, removed, changed: entities against the newest snapshot before; None where there was none or it
    could not be read. message: why it failed, or a remark. advice: what to do then.
    """

    list_id: str
    status: Literal["new", "updated", "unchanged", "failed"]
    as_of: str | None = None
    accepted: int = 0
    rejected: int = 0
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    message: str = ""
    advice: str = ""


def update(
    sources: Sequence[Source],
    store: Store,
    *,
    program: str,
    allow_shrink: bool = False,
    policy: Policy = Policy(),  # noqa: B008
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
    progress: Progress | None = None,
    read: Reader | None = None,
) -> tuple[Outcome, ...]:
    """Fetches, reads and keeps each list. The outcomes are in the order of the sources.

    program: version of this program; a list read by another version is fetched again even if unchanged.
    allow_shrink: keep a list that lost more than SHRINK_LIMIT of its entities. read: None: the official
    formats.
    Raises nothing for a list that fails; see `check`.
    """
    stop = threading.Event()
    task = partial(
        _update_one,
        store=store,
        program=program,
        allow_shrink=allow_shrink,
        policy=policy,
        now=now,
        sleep=sleep,
        progress=progress,
        read=read or read_official,
        stop=stop,
    )
    with ThreadPoolExecutor(max_workers=_SIDE_BY_SIDE) as pool:
        pending = [pool.submit(task, source) for source in sources]
        try:
            return tuple(future.result() for future in pending)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def check(outcomes: Sequence[Outcome]) -> None:
    """Raises UpdateError (exit status 3) when a list failed, naming all that did."""
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        count = "1 list was" if len(failed) == 1 else f"{len(failed)} lists were"
        lines = "".join(f"\n{o.list_id}: {o.message} {o.advice}".rstrip() for o in failed)
        raise UpdateError(f"{count} not updated; the snapshots kept before stay in use.{lines}")


def read_official(path: Path, source: Source) -> Watchlist:
    """Reads what was fetched. Raises ListError when it is not in the format the source announces."""
    from screening.lists.formats import read_list, recognise

    found = recognise(path)
    if source.format is not None and found.name != source.format:
        raise ListError(
            f"The file of {source.id} is in the format {found.name}; its source announces {source.format}.",
            "Correct the address or the format in your sources file.",
        )
    return read_list(path, list_id=source.id)


# --- one list ---------------------------------------------------------------------------------------


def _update_one(
    source: Source,
    *,
    store: Store,
    program: str,
    allow_shrink: bool,
    policy: Policy,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    progress: Progress | None,
    read: Reader,
    stop: threading.Event,
) -> Outcome:
    try:
        old, remark = _newest(store, source.id)
        folder = Path(tempfile.mkdtemp(prefix="screening-"))
        try:
            path, seen = _obtain(
                source,
                old,
                folder,
                program=program,
                policy=policy,
                now=now,
                sleep=sleep,
                progress=progress,
                stop=stop,
            )
            if path is None:
                return _unchanged(source, store, old, seen)
            moment = _iso(now())
            watchlist = _complete(read(path, source), source, old, moment)
            return _keep(
                watchlist, store, old, seen, program=program, allow_shrink=allow_shrink, remark=remark
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except ScreeningError as error:
        return Outcome(list_id=source.id, status="failed", message=error.message, advice=error.advice)
    except OSError as error:
        return Outcome(
            list_id=source.id,
            status="failed",
            message=f"{error.filename or 'A temporary file'}: {error.strerror or error}.",
            advice="Check that the disk has room and that the folder can be written.",
        )


def _newest(store: Store, list_id: str) -> tuple[Snapshot | None, str]:
    """The newest snapshot, and a remark when the newest is damaged and cannot be compared with."""
    try:
        return store.find(list_id), ""
    except StoreError as error:
        return None, f"Not compared with the version before: {error.message}"


def _obtain(
    source: Source,
    old: Snapshot | None,
    folder: Path,
    *,
    program: str,
    policy: Policy,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    progress: Progress | None,
    stop: threading.Event,
) -> tuple[Path | None, Seen | None]:
    """The file or folder to read (None: unchanged since the old snapshot), and what the server said of it."""
    if not source.is_remote:
        path = Path(source.addresses[0])
        if not path.exists():
            raise UpdateError(f"{path} is not there.", f"Put the files of {source.id} there.")
        return path, None
    known = {
        validator.address: validator
        for validator in (old.seen.validators if old and old.seen and old.seen.program == program else ())
    }

    def get(address: str, target: Path, validator: Validator | None) -> Validator | None:
        return fetch(
            address,
            target,
            max_bytes=source.max_bytes,
            validator=validator,
            policy=policy,
            sleep=sleep,
            progress=partial(progress, source.id) if progress else None,
            stop=stop,
        )

    targets = {address: folder / _file_name(address, n) for n, address in enumerate(source.addresses)}
    # Only when every file of a list has a validator can all of them be unchanged.
    conditional = all(shown(address) in known for address in targets)
    answers = {
        address: get(address, target, known[shown(address)] if conditional else None)
        for address, target in targets.items()
    }
    if not any(answers.values()):
        kept = tuple(known[shown(address)] for address in targets)
        return None, Seen(checked_at=_iso(now()), program=program, validators=kept)
    for address, target in targets.items():
        if answers[address] is None:
            answers[address] = get(address, target, None)
    validators = tuple(v for v in answers.values() if v and (v.etag or v.last_modified))
    seen = Seen(checked_at=_iso(now()), program=program, validators=validators)
    return (folder if len(targets) > 1 else targets[source.addresses[0]]), seen


def _file_name(address: str, number: int) -> str:
    """A harmless name for a fetched file: its own where that is plain, as readers of folders need it."""
    from urllib.parse import urlsplit

    name = urlsplit(address).path.rpartition("/")[2].lower()
    plain = name.replace(".", "").replace("_", "").replace("-", "").isalnum() and name.isascii()
    return name if plain and not name.startswith(".") and len(name) < 80 else f"list-{number}"


def _complete(watchlist: Watchlist, source: Source, old: Snapshot | None, moment: str) -> Watchlist:
    if not watchlist.entities:
        raise ListError(
            f"The file of {source.id} has no entry that can be read ({watchlist.info.rejected} rejected).",
            "An empty list is never taken for a list.",
        )
    info = watchlist.info
    # A file that gives no date is of the day it was first fetched.
    first = old.info.as_of if old is not None and old.info.sha256 == info.sha256 else moment[:10]
    as_of = info.as_of or first
    addresses = " ".join(shown(address) for address in source.addresses)
    return msgspec.structs.replace(
        watchlist,
        info=msgspec.structs.replace(
            info,
            id=source.id,
            source=addresses,
            fetched_at=moment,
            as_of=as_of,
            licence=info.licence or source.licence,
        ),
    )


def _unchanged(source: Source, store: Store, old: Snapshot | None, seen: Seen | None) -> Outcome:
    if old is None or seen is None:
        raise UpdateError(f"The server says that {source.id} is unchanged, but the store does not have it.")
    # A snapshot whose entities are gone or damaged is no list; load says so before the list is called fresh.
    store.load(old)
    store.confirm(old, seen)
    return Outcome(
        list_id=source.id,
        status="unchanged",
        as_of=old.info.as_of,
        accepted=old.info.accepted,
        rejected=old.info.rejected,
        added=0,
        removed=0,
        changed=0,
    )


def _keep(
    watchlist: Watchlist,
    store: Store,
    old: Snapshot | None,
    seen: Seen | None,
    *,
    program: str,
    allow_shrink: bool,
    remark: str,
) -> Outcome:
    info = watchlist.info
    if old is not None:
        _check_successor(watchlist, old, allow_shrink)
    before = None
    if old is not None:
        try:
            before = store.load(old)
        except StoreError as error:
            remark = f"Not compared with the version before: {error.message}"
    stored = store.save(watchlist, program=program, seen=seen)
    changes = diff(before, watchlist) if before else None
    return Outcome(
        list_id=info.id,
        status="new" if old is None else "updated" if stored.new else "unchanged",
        as_of=info.as_of,
        accepted=info.accepted,
        rejected=info.rejected,
        added=len(changes.added) if changes else None,
        removed=len(changes.removed) if changes else None,
        changed=len(changes.changed) if changes else None,
        message=remark,
    )


def _check_successor(watchlist: Watchlist, old: Snapshot, allow_shrink: bool) -> None:
    """Raises UpdateError when the list cannot be the successor of the snapshot at hand."""
    info = watchlist.info
    if info.accepted < old.info.accepted * (1 - SHRINK_LIMIT) and not allow_shrink:
        raise UpdateError(
            f"The list shrank from {old.info.accepted:,} to {info.accepted:,} entities "
            f"({info.rejected:,} records rejected), more than a tenth.",
            "Look at the publisher's notices; if the list really shrank, run again with --allow-shrink.",
        )
    if info.as_of < old.info.as_of:
        raise UpdateError(
            f"The list served is of {info.as_of}, older than the snapshot of {old.info.as_of}.",
            "The server or mirror is behind. To keep that version too, import its file.",
        )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
