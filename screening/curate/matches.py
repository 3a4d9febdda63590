"""Parties of a draft against the lists in the store: what is listed already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from screening.curate.proposals import Match
from screening.lists import builtin, load_watchlists, store
from screening.model import Counterparty, Entity, EntityType, Hit, ListInfo, Name
from screening.names.scripts import scripts_in
from screening.pipeline import check, open_screener
from screening.settings import DEFAULT, Settings

_SHOWN = 5  # matches of one party; more help nobody


class Matcher:
    """The lists that parties are compared with: those named, or all built-in and stored ones."""

    def __init__(
        self, references: Sequence[str] = (), settings: Settings = DEFAULT, *, data_dir: Path | None = None
    ) -> None:
        """Raises ListError when a list cannot be read."""
        self._references = tuple(references) or tuple(_all_lists(data_dir))
        self._data_dir = data_dir
        self._screener = open_screener(self._references, settings, data_dir=data_dir)

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists with their dates, sorted."""
        return tuple(sorted(f"{info.id} of {info.as_of}" for info in self._screener.lists))

    def hits(self, name: str, aliases: Sequence[str], kind: EntityType) -> tuple[Hit, ...]:
        """Listed parties with a like name, best first. Aliases of less than four letters say too little."""
        names = tuple(dict.fromkeys([name, *(alias for alias in aliases if len(alias) > 3)]))
        counterparty = Counterparty(row=0, names=names, type=kind)
        found = check(counterparty, self._screener, limit=4 * _SHOWN)
        fitting = [hit for hit in found if (hit.entity.type == "person") == (kind == "person")]
        return tuple(fitting[:_SHOWN])

    def foreign_names(self) -> Iterator[str]:
        """Names of listed organisations and vessels in Chinese characters or Cyrillic letters."""
        for watchlist in load_watchlists(self._references, data_dir=self._data_dir):
            for entity in watchlist.entities:
                if entity.type == "person":
                    continue
                for value in (entity.name, *(name.value for name in entity.names)):
                    if not value.isascii() and set(scripts_in(value)) & {"Hani", "Cyrl"}:
                        yield value


def _all_lists(data_dir: Path | None) -> list[str]:
    kept = store.Store(store.data_dir(data_dir)).list_ids()
    own = [builtin.list_id(source) for source in builtin.yaml_files(builtin.folder("watchlists"))]
    return [*own, *(name for name in kept if name not in own)]


def as_match(hit: Hit) -> Match:
    """What a curator sees of a hit."""
    return Match(
        list=hit.list.id,
        entity=hit.entity.id,
        name=hit.entity.name,
        score=hit.score,
        already=tuple(_already(hit.entity, hit.list)),
    )


def _already(entity: Entity, info: ListInfo) -> Iterator[str]:
    if not entity.listings:
        yield f"{info.id} {entity.id}, no official listing recorded"
    for listing in entity.listings:
        words = [
            listing.authority if listing.authority not in listing.list else "",
            listing.list,
            listing.id or "",
        ]
        line = " ".join(word for word in words if word)
        line += f", {listing.programme}" if listing.programme else ""
        yield line + (f", since {listing.from_}" if listing.from_ else "")


def other_scripts(hit: Hit, has: Iterable[str]) -> Iterator[Name]:
    """Spellings in Chinese characters or Cyrillic letters that a list gives for a party; none of them is made up."""
    known = set(has)
    for name in (Name(value=hit.entity.name), *hit.entity.names):
        scripts = [s for s in scripts_in(name.value) if s in ("Hani", "Cyrl")]
        if scripts and name.value not in known:
            known.add(name.value)
            yield Name(
                value=name.value,
                script=name.script or ("Hans" if scripts[0] == "Hani" else "Cyrl"),
                language=name.language,
                note=f"From {hit.list.id} {hit.entity.id}.",
            )
