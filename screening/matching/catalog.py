"""The entities of several lists and their names, kept encoded and decoded one at a time when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from screening.identifiers import normalise, specific
from screening.matching.keys import KeyMap, key
from screening.model import NO_PARTY, Entity, Identifier, ListInfo, Name, Watchlist

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECODED = 50_000  # entities kept decoded, some hundred megabytes at most


class _Arrays(NamedTuple):
    """blob, blob_start: entities as msgpack. entity_list: the list of each. name_entity, name_place: of each name,
    its entity and its place among that entity's names. keys, key_values: hashed identifiers to entities.
    """

    blob: NDArray[np.uint8]
    blob_start: NDArray[np.int64]
    entity_list: NDArray[np.int32]
    name_entity: NDArray[np.int32]
    name_place: NDArray[np.int32]
    keys: NDArray[np.uint32]
    key_values: NDArray[np.int32]


class _About(NamedTuple):
    """The lists, what a reader must know of them, and whether any entity has a country or a birth date.

    no_party: positions of the entities that are no parties (goods, destinations, red flags).
    """

    lists: tuple[ListInfo, ...]
    warnings: tuple[str, ...]
    has_countries: bool
    has_birth_dates: bool
    no_party: tuple[int, ...]


def names_of(entity: Entity) -> Iterator[Name]:
    """The names an entity is searched by: the primary one, then every other spelling once; none of what is no party."""
    if entity.type in NO_PARTY:
        return
    seen = {entity.name}
    yield Name(value=entity.name)
    for name in entity.names:
        if name.value not in seen:
            seen.add(name.value)
            yield name


def comparable(identifier: Identifier) -> tuple[str, str]:
    """Scheme and value without spaces, punctuation and case."""
    return identifier.scheme, normalise(identifier.scheme, identifier.value)


def _items(array: NDArray[np.int32] | NDArray[np.int64]) -> memoryview[int]:
    """The array as one of Python's own numbers: a single item takes a quarter of the time."""
    return array.data


class Catalog:
    """Entities by position, names by position, entities by identifier."""

    def __init__(self, about: _About, arrays: _Arrays) -> None:
        self.lists = about.lists
        self.warnings = about.warnings
        self.has_countries, self.has_birth_dates = about.has_countries, about.has_birth_dates
        self.no_party = about.no_party
        self._about = about
        self._arrays = arrays
        self._identifiers = KeyMap(arrays.keys, arrays.key_values)
        self._decoder = msgspec.msgpack.Decoder(Entity)
        self.entity = lru_cache(maxsize=DECODED)(self._entity)
        self._blob, self._blob_start = arrays.blob.data, _items(arrays.blob_start)
        self._entity_list = _items(arrays.entity_list)
        self._name_entity, self._name_place = _items(arrays.name_entity), _items(arrays.name_place)

    @classmethod
    def of(cls, watchlists: Sequence[Watchlist], warnings: Sequence[str] = ()) -> Catalog:
        """Encode lists that are in memory."""
        encoder = msgspec.msgpack.Encoder()
        blobs: list[bytes] = []
        entity_list: list[int] = []
        name_entity: list[int] = []
        name_place: list[int] = []
        keys: list[int] = []
        values: list[int] = []
        for at, watchlist in enumerate(watchlists):
            for entity in watchlist.entities:
                i = len(blobs)
                blobs.append(encoder.encode(entity))
                entity_list.append(at)
                for place, _ in enumerate(names_of(entity)):
                    name_entity.append(i)
                    name_place.append(place)
                for identifier in entity.identifiers:
                    keys.append(key("I", " ".join(comparable(identifier))))
                    values.append(i)
        keymap = KeyMap.build(np.asarray(keys, np.uint32), np.asarray(values, np.int32))
        arrays = _Arrays(
            blob=np.frombuffer(b"".join(blobs), np.uint8),
            blob_start=np.concatenate([[0], np.cumsum([len(b) for b in blobs])]).astype(np.int64),
            entity_list=np.asarray(entity_list, np.int32),
            name_entity=np.asarray(name_entity, np.int32),
            name_place=np.asarray(name_place, np.int32),
            keys=keymap.keys,
            key_values=keymap.values,
        )
        entities = [entity for watchlist in watchlists for entity in watchlist.entities]
        about = _About(
            lists=tuple(w.info for w in watchlists),
            warnings=tuple(warnings),
            has_countries=any(e.countries for e in entities if e.type not in NO_PARTY),
            has_birth_dates=any(e.birth_dates for e in entities),
            no_party=tuple(i for i, e in enumerate(entities) if e.type in NO_PARTY),
        )
        return cls(about, arrays)

    def save(self, folder: Path) -> None:
        """Write to a new folder."""
        folder.mkdir(parents=True)
        (folder / "lists.msgpack").write_bytes(msgspec.msgpack.encode(self._about))
        for name, array in self._arrays._asdict().items():
            np.save(folder / f"{name}.npy", array)

    @classmethod
    def load(cls, folder: Path) -> Catalog:
        """Open without reading it all. Raises OSError, ValueError or msgspec.MsgspecError when damaged."""
        about = msgspec.msgpack.decode((folder / "lists.msgpack").read_bytes(), type=_About)
        arrays = _Arrays(
            *(np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in _Arrays._fields)
        )
        return cls(about, arrays)

    def lists_without_parties(self) -> frozenset[str]:
        """Ids of the lists that hold only what is no party."""
        kinds = np.ones(len(self), bool)
        kinds[list(self.no_party)] = False
        with_parties = set(np.unique(self._arrays.entity_list[kinds]).tolist())
        without = set(np.unique(self._arrays.entity_list[list(self.no_party)]).tolist()) - with_parties
        return frozenset(self.lists[at].id for at in without)

    def __len__(self) -> int:
        return len(self._arrays.entity_list)

    def _entity(self, i: int) -> tuple[Entity, ListInfo]:
        """The entity at position i and its list."""
        blob = self._blob[self._blob_start[i] : self._blob_start[i + 1]]
        return self._decoder.decode(blob), self.lists[self._entity_list[i]]

    def listed(self, name: int) -> tuple[int, Name]:
        """Position of the entity that has the name at this position, and the name."""
        i, place = self._name_entity[name], self._name_place[name]
        entity = self.entity(i)[0]
        # The first is the primary one, which most hits are on.
        return i, next(islice(names_of(entity), place, None)) if place else Name(value=entity.name)

    def having(self, identifier: Identifier) -> list[int]:
        """Positions of the entities that may have this identifier (hashes meet; compare before use).

        A number of an unspecific scheme is looked for under the scheme that it may be of too.
        """
        other = specific(identifier)
        forms = [comparable(identifier), comparable(other)] if other else [comparable(identifier)]
        wanted = np.asarray([key("I", " ".join(form)) for form in forms], np.uint32)
        return [int(v) for v in self._identifiers.lookup(wanted, np.zeros(len(forms), np.int32))[1]]
