"""FollowTheMoney JSON lines that this program exported: every party carries its record whole.

Lines that describe a party (listings, relations, parties only named) say again what its record says, for
other systems; they are passed over. The number of parties stands in every one of them, so a cut file is
noticed.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from screening.errors import ListError
from screening.lists.export import OWN_KEY
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.lists.formats.jsontext import lines
from screening.model import Entity, ListInfo, Rejected

EXPECTS = "JSON lines exported by `screening lists export`"


def fits(sample: Sample) -> bool:
    return sample.text.startswith("{") and f'"{OWN_KEY}":{{"list":' in sample.text


def read(path: Path, options: Options) -> Records:
    """One entity for each party. A line that cannot be read, or a party without its record, is rejected."""
    info: ListInfo | None = None
    for where, value in lines(path):
        if isinstance(value, str):
            yield Rejected(where=where, reason=value)
            continue
        if not value.get("target"):
            continue
        own = value.get(OWN_KEY)
        try:
            content = own if isinstance(own, dict) else {}
            of_list = msgspec.convert(content.get("list"), ListInfo)
            entity = msgspec.convert(content.get("entity"), Entity)
        except msgspec.ValidationError as error:
            yield Rejected(where=where, reason=f"the party carries no record of this program ({error})")
            continue
        if info is not None and of_list != info:
            yield Rejected(where=where, reason=f"the party is of another list or version ({of_list.id})")
            continue
        info = of_list
        yield entity
    if info is None:
        raise ListError(f"{path.name} has no party that can be read.", "Export the list again.")
    return Facts(
        id=options.list_id or info.id,
        title=info.title,
        kind=info.kind,
        publisher=info.publisher,
        as_of=info.as_of,
        declared=info.accepted,
        source=info.source,
        licence=info.licence,
    )
