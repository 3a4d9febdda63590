"""`screening lists import, update, diff, export`: the lists that are kept in the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from screening.lists.update import Outcome
    from screening.model import Watchlist


_REASONS_SHOWN = 5
AllowShrink = Annotated[
    bool, typer.Option("--allow-shrink", help="Take a list that lost more than a tenth of its entities.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands to a group."""
    app.command("import")(import_)
    app.command()(update)
    app.command()(diff)
    app.command()(export)


def import_(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|FOLDER", help="An official list as its publisher gives it, a table, or our YAML."
        ),
    ],
    list_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Id to keep it under. Default: the format's own.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="ROLE=HEADER", help='Columns of a table of your own: --map name="Company".'
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Date of the list (YYYY-MM-DD), where the file gives none."),
    ] = None,
    allow_shrink: AllowShrink = False,
    data_dir: options.DataDir = None,
) -> None:
    """Take a list from a file into the store. Its format is recognised by content.

    Prints the list's id, how many records were accepted and rejected, whether the file itself declares how many there
    are, and what changed since the version before. Exit status: 0 the list is kept; 2 it cannot be read whole, lost more
    than a tenth of its entities, or cannot be kept.
    """
    from screening import __version__
    from screening.cli.screen import now
    from screening.errors import UsageError
    from screening.lists import store
    from screening.lists.imports import import_list
    from screening.lists.in_force import is_date
    from screening.reports.text import count_line

    if as_of is not None and not is_date(as_of, partial=False):
        raise UsageError(f"{as_of!r} is not a date.", "Write it as YYYY-MM-DD.")
    done = import_list(
        path,
        store.Store(store.data_dir(data_dir)),
        program=__version__,
        now=now(),
        list_id=list_id,
        mapping=_roles(mapping or []),
        as_of=as_of,
        allow_shrink=allow_shrink,
    )
    snapshot = done.snapshot
    info = snapshot.info
    _print(f"{info.id}: {info.accepted} accepted, {info.rejected} rejected")
    kept = "new snapshot" if done.new else "already kept"
    _print(f"  as of {info.as_of}, sha256 {info.sha256}, {kept}")
    _print(f"  {count_line(info)}")
    if done.since is not None:
        changes = f"{done.added} added, {done.removed} removed, {done.changed} changed"
        _print(f"  since {done.since}: {done.remark or changes}")
    for item in snapshot.rejected[:_REASONS_SHOWN]:
        _print(f"  rejected: {item.where}: {item.reason}")
    if len(snapshot.rejected) > _REASONS_SHOWN:
        _print(f"  rejected: {len(snapshot.rejected) - _REASONS_SHOWN} more")


def update(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Lists to update. Default: all sources but those on request."
        ),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Sources that change or extend the known ones. Default: sources.yml in the store.",
        ),
    ] = None,
    allow_shrink: AllowShrink = False,
    data_dir: options.DataDir = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Fetch lists from their publishers and keep what is new.

    A list that fails leaves the others and its old snapshot as they are. Exit status: 0 all lists are up to
    date; 2 wrong usage; 3 some lists could not be updated.
    """
    from screening import __version__
    from screening.cli.progress import Progress
    from screening.lists import store
    from screening.lists.sources import choose, load_sources
    from screening.lists.update import check
    from screening.lists.update import update as run_update

    folder = store.data_dir(data_dir)
    chosen = choose(load_sources(folder, sources), names or [])
    received: dict[str, int] = {}

    with Progress(enabled=not no_progress) as progress:
        lists = "1 list" if len(chosen) == 1 else f"{len(chosen)} lists"
        progress.phase(f"updating {lists}")

        def step(list_id: str, size: int, total: int | None) -> None:  # noqa: ARG001
            received[list_id] = size
            progress.phase(f"updating {lists}, {sum(received.values()) / 1_000_000:.1f} MB")

        outcomes = run_update(
            chosen, store.Store(folder), program=__version__, allow_shrink=allow_shrink, progress=step
        )
    for outcome in outcomes:
        _print(_outcome_line(outcome))
    check(outcomes)


def diff(
    old: Annotated[str, typer.Argument(help="LIST@DATE, LIST@HASH, a file, or a date of NEW's list.")],
    new: Annotated[str, typer.Argument(help="As OLD; a list's id alone is its newest snapshot.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write .txt, .csv or .json. Default: text."),
    ] = None,
    data_dir: options.DataDir = None,
) -> None:
    """Show what changed between two versions of a list: entities added, removed, changed, field by field."""
    from screening.cli import console
    from screening.errors import UsageError
    from screening.lists import diff as differ

    forms = {".txt": differ.as_text, ".csv": differ.as_csv, ".json": differ.as_json}
    form = forms.get(output.suffix.lower()) if output else differ.as_text
    if form is None:
        raise UsageError(f"{output} has an ending that is not known.", f"Choose one of {', '.join(forms)}.")
    before, after = _pair(old, new, data_dir)
    text = form(differ.diff(before, after))
    if output:
        _save(output, text.encode(), old, new)
    else:
        console.show(text)


def export(
    reference: Annotated[str, typer.Argument(metavar="LIST", help="A list's id, LIST@DATE, or a file.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The ending says the form: .yml our YAML, .csv a table, .jsonl FollowTheMoney.",
        ),
    ],
    data_dir: options.DataDir = None,
) -> None:
    """Write a list for other systems. Each form can be imported again and gives the same entities."""
    from screening.lists.export import render

    watchlist = _one(reference, data_dir)
    _save(output, render(watchlist, output.suffix), reference)
    count = len(watchlist.entities)
    _print(f"{watchlist.info.id}: {count} {'entity' if count == 1 else 'entities'} written to {output}")


def snapshot_lines(names: list[str], data_dir: Path | None, now: datetime) -> Iterator[str]:
    """A table of the snapshots in the store, newest first, for `lists ls`; nothing where there is none.

    names: the lists to show; all where empty.
    """
    from screening.lists import store
    from screening.lists.freshness import age, say

    place = store.Store(store.data_dir(data_dir))
    wanted = {name.partition("@")[0] for name in names}
    rows = [("snapshot", "age", "entities", "rejected", "size", "sha256", "title")]
    broken: list[str] = []
    for list_id in place.list_ids():
        for item in place.snapshots(list_id) if not wanted or list_id in wanted else ():
            if isinstance(item, store.Broken):
                broken.append(item.problem)
                continue
            info = item.info
            big = item.size >= 100_000
            size = f"{item.size / 1_000_000:.1f} MB" if big else f"{item.size / 1000:.1f} kB"
            counts = (str(info.accepted), str(info.rejected))
            rows.append(
                (f"{list_id}@{item.day}", say(age(info, now)), *counts, size, info.sha256[:12], info.title)
            )
    if len(rows) > 1 or broken:
        yield ""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield from broken


def history_lines(list_id: str, entity_id: str, data_dir: Path | None) -> list[str]:
    """What the store's snapshots tell of an entity over time, for `lists show`; none where no snapshot has it."""
    from screening.lists import store
    from screening.lists.history import history

    if not store.is_reference(list_id):
        return []
    words = {"first": "on the oldest snapshot that can be read", "damaged": "the snapshot is damaged"}
    lines = []
    for event in history(store.Store(store.data_dir(data_dir)), list_id, entity_id):
        lines.append(f"{event.day}  {words.get(event.what, event.what)}")
        for field in event.fields:
            lines += [f"  {field.field.replace('_', ' ')}:", *(f"    - {text}" for text in field.before)]
            lines += [f"    + {text}" for text in field.after]
    return lines


# --- inside -----------------------------------------------------------------------------------------


def _print(line: str) -> None:
    from screening.reports.text import visible

    typer.echo(visible(line))


def _roles(mapping: list[str]) -> dict[str, str]:
    from screening.cli.screen import columns
    from screening.errors import UsageError

    found = columns(mapping)
    twice = [role for role, headers in found.items() if len(headers) > 1]
    if twice:
        raise UsageError(f"--map gives the role {twice[0]} twice.", "Map one column to a role.")
    return {role: headers[0] for role, headers in found.items()}


def _outcome_line(outcome: Outcome) -> str:
    from screening.reports.text import COUNT_WORDS

    if outcome.status == "failed":
        return f"{outcome.list_id}: failed"
    said = [
        f"{outcome.list_id}: {outcome.status}",
        f"as of {outcome.as_of}",
        f"{outcome.accepted} accepted",
        f"{outcome.rejected} rejected",
    ]
    if outcome.count_check:
        said.append(COUNT_WORDS[outcome.count_check])
    if outcome.added is not None and outcome.status != "unchanged":
        said.append(f"{outcome.added} added, {outcome.removed} removed, {outcome.changed} changed")
    return ", ".join(said) + (f". {outcome.message}" if outcome.message else "")


def _one(reference: str, data_dir: Path | None) -> Watchlist:
    from screening.errors import UsageError
    from screening.lists import load_watchlists

    found = load_watchlists([reference], data_dir=data_dir)
    if len(found) != 1:
        raise UsageError(f"{reference} holds {len(found)} lists.", "Name one list.")
    return found[0]


def _pair(old: str, new: str, data_dir: Path | None) -> tuple[Watchlist, Watchlist]:
    """Both versions; a date alone is that day's snapshot of the list that the other one names."""
    from screening.errors import UsageError
    from screening.lists.in_force import is_date

    dates = [is_date(text, partial=False) for text in (old, new)]
    if all(dates):
        raise UsageError("Two dates do not say which list is meant.", f"Write LIST@{old} LIST@{new}.")
    if dates[0]:
        after = _one(new, data_dir)
        return _one(f"{after.info.id}@{old}", data_dir), after
    before = _one(old, data_dir)
    return before, _one(f"{before.info.id}@{new}" if dates[1] else new, data_dir)


def _save(path: Path, content: bytes, *read: str) -> None:
    """read: what the content was made of; files among it are not overwritten."""
    from screening.errors import UsageError
    from screening.reports.atomic import check_target, write_atomically

    for reference in read:
        if path.resolve() == Path(reference).resolve():
            raise UsageError(f"{path} would overwrite the list.", "Name another file with -o.")
    check_target(path)
    write_atomically(path, content)
