"""Brings the lists in the store up to date, several side by side.

A list either becomes a new snapshot whole, or stays as it was. What is wrong with one list is a result of
that list and leaves the others alone.
"""

from __future__ import annotations

import re
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from screening.errors import ListError, ScreeningError, StoreError, UpdateError
from screening.lists.diff import diff
from screening.lists.fetch import Policy, fetch
from screening.lists.imports import dated, iso, read_any, shrunk
from screening.lists.sources import Source, shown
from screening.lists.store import Seen, Snapshot, Store, Validator
from screening.model import CountCheck, ListInfo, Record, Watchlist

# More would not help: reading one list keeps one core busy.
_SIDE_BY_SIDE = 4
_PLAIN = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,79}")

Status = Literal["new", "updated", "unchanged", "failed"]
# List id, bytes received, bytes announced or None. Called from several threads.
Progress = Callable[[str, int, int | None], None]
# Reads the file or folder that was fetched for a source.
Reader = Callable[[Path, Source], Watchlist]


class Outcome(Record, frozen=True, kw_only=True):
    """What became of one list.

    added, removed, changed: entities against the newest snapshot before; None where there was none or it
    could not be read. count_check: as in ListInfo. message: why it failed, or a remark. advice: what to do then.
    """

    list_id: str
    status: Status
    as_of: str | None = None
    count_check: CountCheck | None = None
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
    allow_shrink: keep a list that lost more than a tenth of its entities. read: None: the official
    formats.
    Raises nothing for a list that fails; see `check`.
    """
    run = _Update(
        store=store,
        program=program,
        allow_shrink=allow_shrink,
        policy=policy,
        now=now,
        sleep=sleep,
        progress=progress,
        read=read or read_official,
    )
    with ThreadPoolExecutor(max_workers=_SIDE_BY_SIDE) as pool:
        pending = [pool.submit(run.of, source) for source in sources]
        try:
            return tuple(future.result() for future in pending)
        except BaseException:
            run.stop.set()
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
    if source.format is not None:
        from screening.lists.formats import recognise

        found = recognise(path).name
        if found != source.format:
            raise ListError(
                f"The file of {source.id} is in the format {found}; its source announces {source.format}.",
                "Correct the address or the format in your sources file.",
            )
    return read_any(path, list_id=source.id)


# --- one list ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Update:
    """One run of the update; `update` explains the fields. stop: set to end downloads early."""

    store: Store
    program: str
    allow_shrink: bool
    policy: Policy
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    progress: Progress | None
    read: Reader
    stop: threading.Event = field(default_factory=threading.Event)

    def of(self, source: Source) -> Outcome:
        """What becomes of one list. Raises nothing that the list could be the reason of."""
        try:
            with tempfile.TemporaryDirectory(prefix="screening-", ignore_cleanup_errors=True) as folder:
                return self._update(source, Path(folder))
        except ScreeningError as error:
            return Outcome(list_id=source.id, status="failed", message=error.message, advice=error.advice)
        except OSError as error:
            return Outcome(
                list_id=source.id,
                status="failed",
                message=f"{error.filename or 'A temporary file'}: {error.strerror or error}.",
                advice="Check that the disk has room and that the folder can be written.",
            )

    def _update(self, source: Source, folder: Path) -> Outcome:
        old, before, remark = self._newest(source.id)
        if source.is_remote:
            # What cannot be read any more is fetched again, even if it has not changed.
            validators = self._validators(old) if before else {}
            path, seen = self._fetch(source, folder, validators)
        else:
            path, seen = Path(source.addresses[0]), None
            if not path.exists():
                raise UpdateError(f"{path} is not there.", f"Put the files of {source.id} there.")
        if path is None and old is not None and seen is not None:
            self.store.confirm(old, seen)
            return _outcome("unchanged", old.info, before, before, remark)
        if path is None:
            raise UpdateError(f"The server says that {source.id} is unchanged, but no version of it is kept.")
        watchlist = _complete(self.read(path, source), source, old, self.now())
        if old is not None:
            _check_successor(watchlist.info, old.info, self.allow_shrink)
        new = self.store.save(watchlist, program=self.program, seen=seen).new
        status: Status = "new" if old is None else "updated" if new else "unchanged"
        return _outcome(status, watchlist.info, before, watchlist, remark)

    def _newest(self, list_id: str) -> tuple[Snapshot | None, Watchlist | None, str]:
        """The newest snapshot and its list, or a remark in place of what is damaged."""
        snapshot = None
        try:
            snapshot = self.store.find(list_id)
            return snapshot, self.store.load(snapshot) if snapshot else None, ""
        except StoreError as error:
            return snapshot, None, f"Not compared with the version before: {error.message}"

    def _validators(self, old: Snapshot | None) -> dict[str, Validator]:
        if old is None or old.seen is None or old.seen.program != self.program:
            return {}
        return {validator.address: validator for validator in old.seen.validators}

    def _fetch(
        self, source: Source, folder: Path, known: dict[str, Validator]
    ) -> tuple[Path | None, Seen | None]:
        """The file or folder fetched (None: unchanged), and what the server said of it.

        A list of several files is unchanged when all of them are; otherwise all are fetched.
        """
        targets = {address: folder / name for address, name in _file_names(source.addresses).items()}
        conditional = all(shown(address) in known for address in targets)
        answers = {
            address: self._get(source, address, target, known[shown(address)] if conditional else None)
            for address, target in targets.items()
        }
        changed = any(answers.values())
        for address, target in targets.items() if changed else ():
            answers[address] = answers[address] or self._get(source, address, target, None)
        given = [answers[address] or known[shown(address)] for address in targets]
        validators = tuple(item for item in given if item.etag or item.last_modified)
        seen = Seen(checked_at=iso(self.now()), program=self.program, validators=validators)
        path = folder if len(targets) > 1 else targets[source.addresses[0]]
        return (path if changed else None), seen

    def _get(
        self, source: Source, address: str, target: Path, validator: Validator | None
    ) -> Validator | None:
        return fetch(
            address,
            target,
            max_bytes=source.max_bytes,
            validator=validator,
            policy=self.policy,
            sleep=self.sleep,
            progress=partial(self.progress, source.id) if self.progress else None,
            stop=self.stop,
        )


def _file_names(addresses: Sequence[str]) -> dict[str, str]:
    """Address -> a harmless name for its file: its own where that is plain, as readers of folders need it."""
    names: dict[str, str] = {}
    for number, address in enumerate(addresses):
        name = urlsplit(address).path.rpartition("/")[2].lower()
        plain = _PLAIN.fullmatch(name) and name not in names.values()
        names[address] = name if plain else f"list-{number}"
    return names


def _complete(watchlist: Watchlist, source: Source, old: Snapshot | None, now: datetime) -> Watchlist:
    if not watchlist.entities:
        raise ListError(
            f"The file of {source.id} has no entry that can be read ({watchlist.info.rejected} rejected).",
            "An empty list is never taken for a list.",
        )
    info = msgspec.structs.replace(
        watchlist.info,
        id=source.id,
        source=" ".join(shown(address) for address in source.addresses),
        fetched_at=iso(now),
        licence=watchlist.info.licence or source.licence,
    )
    return msgspec.structs.replace(watchlist, info=dated(info, old.info if old else None, now))


def _outcome(
    status: Status, info: ListInfo, before: Watchlist | None, after: Watchlist | None, remark: str
) -> Outcome:
    changes = diff(before, after) if before and after else None
    return Outcome(
        list_id=info.id,
        status=status,
        as_of=info.as_of,
        count_check=info.count_check,
        accepted=info.accepted,
        rejected=info.rejected,
        added=len(changes.added) if changes else None,
        removed=len(changes.removed) if changes else None,
        changed=len(changes.changed) if changes else None,
        message=remark,
    )


def _check_successor(info: ListInfo, old: ListInfo, allow_shrink: bool) -> None:
    """Raises UpdateError when the list cannot be the successor of the one at hand."""
    if not allow_shrink and (problem := shrunk(info, old)):
        raise UpdateError(
            problem,
            "Look at the publisher's notices; if the list really shrank, run again with --allow-shrink.",
        )
    if info.as_of < old.as_of:
        raise UpdateError(
            f"The list served is of {info.as_of}, older than the snapshot of {old.as_of}.",
            "The server or mirror is behind. To keep that version too, import its file.",
        )
