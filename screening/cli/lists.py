"""`screening lists`: what the watchlists are, what they hold, and whether they are sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli import lists_fmt, lists_store, options
from screening.errors import EXIT_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.resources.abc import Traversable

    from screening.model import Entity, Identifier, ListInfo, Name, Watchlist

app = typer.Typer(name="lists", no_args_is_help=True, help="List, show and check watchlists.")
lists_store.register(app)
lists_fmt.register(app)

Lists = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[LIST]...",
        help="Ids of built-in lists, YAML files or folders of them. Default: the built-in lists.",
    ),
]


@app.command("ls")
def list_lists(lists: Lists = None, as_of: options.AsOf = None, data_dir: options.DataDir = None) -> None:
    """List watchlists: id, kind, date, number of entities, title; then the snapshots in the store."""
    from screening.cli.screen import now
    from screening.lists import load_watchlists

    loaded = load_watchlists(lists or (), as_of=as_of, data_dir=data_dir)
    rows = [("id", "kind", "as of", "entities", "title")]
    rows += [
        (item.info.id, item.info.kind, item.info.as_of, str(len(item.entities)), item.info.title)
        for item in loaded
    ]
    _print(_table(rows))
    _print(lists_store.snapshot_lines(lists or [], data_dir, now()))
    _print(_warnings(loaded, as_of))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of a list or of an entity, or LIST:ENTITY.")],
    watchlist: options.Watchlists = None,
    as_of: options.AsOf = None,
    data_dir: options.DataDir = None,
) -> None:
    """Show a list, or an entity in full: names, listings with their dates, evidence and history.

    Without -w the built-in lists and all lists in the store are searched.
    """
    from screening.cli import console
    from screening.errors import ListError
    from screening.lists.lookup import look_up
    from screening.lists.strict_yaml import nearest
    from screening.reports.text import visible

    found = look_up(name, watchlist or (), as_of=as_of, folder=data_dir)
    blocks = [_list_block(item) for item in found.lists]
    blocks += [
        _entity_block(info, entity)
        + _section("history", lists_store.history_lines(info.id, entity.id, data_dir))
        for info, entity in found.entities
    ]
    searched = f"Searched: {', '.join(found.searched)}."
    if not blocks:
        known = [
            *(item.partition("@")[0] for item in found.searched),
            *(entity.id for item in found.loaded for entity in item.entities),
        ]
        day = f" in force on {as_of}" if as_of else ""
        raise ListError(
            " ".join(
                (f"There is no list and no entity {nearest(name, known)}{day}.", searched, *found.missed)
            ),
            "`screening lists show LIST` names the entities of a list; -w LIST looks in another one.",
        )
    lines = [line for index, block in enumerate(blocks) for line in (["", *block] if index else block)]
    if found.entities and not watchlist:
        lines += ["", searched]
    lines += [f"note: not searched: {sentence}" for sentence in found.missed]
    console.show("".join(visible(line) + "\n" for line in (*lines, *_warnings(found.loaded, as_of))))


@app.command()
def verify(
    lists: Lists = None,
    document: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Full text of a source document: checks its hash and every quotation in it."
        ),
    ] = None,
) -> None:
    """Check watchlists and source records, and name every problem.

    Exit status: 0 all is well; 2 there are problems, or a file cannot be read.
    """
    from screening.lists import builtin, resolve, seed_files
    from screening.lists.verify import examine
    from screening.model import Watchlist

    references = lists or [builtin.list_id(item) for item in builtin.yaml_files(builtin.folder("watchlists"))]
    found = [item for reference in references for item in resolve(reference)]
    sources: list[Traversable] = [item for item in found if not isinstance(item, Watchlist)]
    result = examine(sources, seed_files(sources), document)
    if result.problems:
        _print(str(problem) for problem in result.problems)
        count = len(result.problems)
        _print([f"{count} problem{'' if count == 1 else 's'}"])
        raise typer.Exit(EXIT_ERROR)
    for item in result.curated.watchlists:
        quoted = sum(len(entity.evidence) for entity in item.entities)
        _print([f"OK  {item.info.id}: {_count(len(item.entities), 'entity')}, {_count(quoted, 'quotation')}"])
    for other in found:
        if isinstance(other, Watchlist):
            counts = f"{_count(len(other.entities), 'entity')}, {other.info.rejected} rejected"
            _print([f"OK  {other.info.id}: {counts}"])
    for read in result.seeds:
        seed = read.seed
        said = [_count(len(seed.passages), "passage"), f"{len(seed.not_targets)} not targets"]
        _print([f"OK  {seed.id}: {', '.join(said)}"])
    if document is not None:
        _print([f"OK  {document}: hash, length and quotations agree with its source record"])


@app.command()
def schema(
    seed: Annotated[bool, typer.Option("--seed", help="The schema of source records instead.")] = False,
) -> None:
    """Print the JSON Schema of watchlists, for editors that complete and check YAML."""
    import json

    from screening.lists.schema import seed_schema, watchlist_schema

    chosen = seed_schema() if seed else watchlist_schema()
    typer.echo(json.dumps(chosen, indent=2, ensure_ascii=False))


# --- rendering ----------------------------------------------------------------------------------------------


def _print(lines: Iterable[str]) -> None:
    from screening.reports.text import visible

    for line in lines:
        typer.echo(visible(line))


def _warnings(watchlists: Sequence[Watchlist], as_of: str | None) -> Iterator[str]:
    from screening.lists import warnings

    for watchlist in watchlists if as_of else ():
        for sentence in warnings(watchlist, as_of or ""):
            yield f"note: {sentence}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _list_block(watchlist: Watchlist) -> list[str]:
    from screening.reports.text import count_line, kind_line

    info = watchlist.info
    lines = [
        f"{info.id}: {info.title}",
        f"  kind       {kind_line(info)}",
        f"  publisher  {info.publisher}",
        f"  as of      {info.as_of}",
        f"  licence    {info.licence or 'not stated'}",
        f"  sha256     {info.sha256}",
    ]
    if info.count_check:
        lines.append(f"  count      {count_line(info)}")
    if info.description:
        lines.append(f"  about      {info.description}")
    if info.rejected:
        lines.append(f"  rejected   {info.rejected}")
    lines.append(f"  entities   {len(watchlist.entities)}")
    lines += [f"    {entity.id}  {entity.name}" for entity in watchlist.entities]
    return lines


def _entity_block(info: ListInfo, entity: Entity) -> list[str]:
    from screening.reports.text import STANCE_MEANING, kind_line, listing_line, relation_line, source_line

    lines = [f"{info.id}:{entity.id} ({entity.type})", f"  name  {entity.name}"]
    lines.append(f"  on    {info.id}, {kind_line(info)}")
    lines += _section("other names", [_name_line(name) for name in entity.names])
    lines += _section("countries", list(entity.countries))
    lines += _section("identifiers", [_identifier_line(item) for item in entity.identifiers])
    lines += _section("birth dates", list(entity.birth_dates))
    lines += _section("addresses", [item.text for item in entity.addresses])
    listings = [listing_line(item) for item in entity.listings]
    lines += _section("official listings", listings or ["none recorded"])
    lines += _section("related parties", [relation_line(item) for item in entity.related])
    evidence = []
    for item in entity.evidence:
        evidence.append(STANCE_MEANING[item.stance] + (f": {item.summary}" if item.summary else ""))
        evidence += [f'  "{item.passage}"', f"  {source_line(item)}"]
    lines += _section("evidence", evidence)
    lines += _section(
        "not to be confused with", [f"{item.name}: {item.reason}" for item in entity.false_friends]
    )
    lines += _section("details", [f"{item.label}: {item.value}" for item in entity.details])
    return lines


def _section(title: str, items: list[str]) -> list[str]:
    return [f"  {title}", *(f"    {item}" for item in items)] if items else []


def _name_line(name: Name) -> str:
    said = [
        word
        for word, holds in (
            ("weak alias", name.quality == "weak"),
            ("former name", name.former),
            ("as written in the source", name.as_written),
        )
        if holds
    ]
    kind = f" ({', '.join(said)})" if said else ""
    note = f" - {name.note}" if name.note else ""
    return f"{name.value}{kind}{note}"


def _identifier_line(identifier: Identifier) -> str:
    country = f" ({identifier.country})" if identifier.country else ""
    note = f" - {identifier.note}" if identifier.note else ""
    return f"{identifier.scheme} {identifier.value}{country}{note}"


def _count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"1 {noun}" if number == 1 else f"{number} {plural}"
