"""Official lists in the formats their publishers use, recognised by content and read in full or refused."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from screening.errors import ListError
from screening.lists.formats import (
    bis_dpl,
    csl,
    eu_fsf,
    exported,
    ofac_advanced,
    ofac_csv,
    ofac_xml,
    opensanctions,
    plain_csv,
    seco,
    uk,
    un,
)
from screening.lists.formats.interface import SAMPLE_BYTES, Facts, Format, Options, Records, Sample
from screening.model import Entity, ListInfo, Rejected, Relation, Watchlist

# In this order a sample is tried; the plain CSV of one's own comes last because it takes any table.
FORMATS: tuple[Format, ...] = (
    Format("ofac-csv", ofac_csv.EXPECTS, ofac_csv.fits, ofac_csv.read, ofac_csv.files),
    Format("ofac-xml", ofac_xml.EXPECTS, ofac_xml.fits, ofac_xml.read),
    Format("ofac-advanced", ofac_advanced.EXPECTS, ofac_advanced.fits, ofac_advanced.read),
    Format("us-csl-csv", csl.EXPECTS_CSV, csl.fits_csv, csl.read_csv),
    Format("us-csl-json", csl.EXPECTS_JSON, csl.fits_json, csl.read_json),
    Format("bis-dpl", bis_dpl.EXPECTS, bis_dpl.fits, bis_dpl.read),
    Format("eu-fsf", eu_fsf.EXPECTS, eu_fsf.fits, eu_fsf.read),
    Format("uk-csv", uk.EXPECTS_CSV, uk.fits_csv, uk.read_csv),
    Format("uk-xml", uk.EXPECTS_XML, uk.fits_xml, uk.read_xml),
    Format("un-xml", un.EXPECTS, un.fits, un.read),
    Format("ch-seco", seco.EXPECTS, seco.fits, seco.read),
    Format("exported-json", exported.EXPECTS_JSON, exported.fits_json, exported.read_json),
    Format("exported-csv", exported.EXPECTS_CSV, exported.fits_csv, exported.read_csv),
    Format("opensanctions-csv", opensanctions.EXPECTS_CSV, opensanctions.fits_csv, opensanctions.read_csv),
    Format("opensanctions-ftm", opensanctions.EXPECTS_FTM, opensanctions.fits_ftm, opensanctions.read_ftm),
    Format("own-csv", plain_csv.EXPECTS, plain_csv.fits, plain_csv.read),
)
_OWN = FORMATS[-1]

_SIGNATURES = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive (or an Excel workbook)"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"%PDF", "a PDF document"),
)


def recognise(path: Path) -> Format:
    """The format of a file or folder, by its content.

    Raises ListError when nothing fits, saying what the file looks like and what was looked for.
    """
    sample = _sample(path)
    for format in FORMATS:
        if format.fits(sample):
            return format
    if sample.is_folder:
        raise ListError(
            f"{path.name or path} is a folder without a list: expected {ofac_csv.EXPECTS}, or a folder with one file.",
            "Name the file.",
        )
    expected = "\n".join(f"  {format.name}: {format.expects}" for format in FORMATS)
    raise ListError(f"{path.name} is no list that can be read{_looks_like(sample)}. Looked for:\n{expected}")


def read_list(
    path: Path,
    *,
    list_id: str | None = None,
    mapping: Mapping[str, str] | None = None,
    as_of: str | None = None,
) -> Watchlist:
    """The whole list of a file, of OFAC's folder of CSV files, or of a folder with one file in it.

    list_id: replaces the id the format gives. mapping: role -> column header for a list of one's own; with it
    the file is read as such. as_of: the list's date where the file itself gives none.
    info.accepted + info.rejected is the number of records in the file; info.count_check says whether the file itself
    declares it. info.as_of is "" when unknown.
    Raises ListError when the file is no list, is damaged or cut off, or has no record that can be used.
    """
    path = path if mapping else _only_file(path)
    format = _own(path) if mapping else recognise(path)
    options = Options(list_id=list_id, mapping=dict(mapping or {}))
    digest = _sha256(format.files(path))
    entities: list[Entity] = []
    rejected: list[Rejected] = []
    facts = _drain(_without_repeats(format.read(path, options), path), entities, rejected)
    if not entities:
        reason = f" The first of {len(rejected)} rejected records: {rejected[0].reason}." if rejected else ""
        raise ListError(
            f"{path.name} has no party in it ({format.name}).{reason}", "Download the list again."
        )
    total = len(entities) + len(rejected)
    if facts.declared is not None and facts.declared != total:
        raise ListError(
            f"{path.name} declares {facts.declared} records and has {total}. It is damaged or cut off.",
            "Download the list again.",
        )
    return Watchlist(
        info=ListInfo(
            id=facts.id,
            title=facts.title,
            kind=facts.kind,
            publisher=facts.publisher,
            as_of=facts.as_of or as_of or "",
            sha256=digest,
            accepted=len(entities),
            rejected=len(rejected),
            count_check="not-declared" if facts.declared is None else "checked",
            licence=facts.licence,
            source=facts.source,
        ),
        entities=_resolved(entities),
        rejected=tuple(rejected),
    )


def read_records(path: Path, options: Options | None = None) -> Iterator[Entity | Rejected]:
    """The records of a file one at a time, in file order, for files too large to hold.

    Raises as `read_list` does.
    """
    return _without_repeats(recognise(path).read(path, options or Options()), path)


def _only_file(path: Path) -> Path:
    """The file of a folder that holds one and is not OFAC's; else the path itself."""
    sample = _sample(path)
    if not sample.is_folder or any(format.fits(sample) for format in FORMATS):
        return path
    files = [item for item in path.iterdir() if item.is_file() and not item.name.startswith(".")]
    return files[0] if len(files) == 1 else path


def _own(path: Path) -> Format:
    if _sample(path).is_folder:
        raise ListError(f"{path.name} is a folder; columns can be mapped only for a file.")
    return _OWN


def _drain(records: Records, entities: list[Entity], rejected: list[Rejected]) -> Facts:
    while True:
        try:
            item = next(records)
        except StopIteration as stop:
            facts: Facts = stop.value
            return facts
        if isinstance(item, Entity):
            entities.append(item)
        else:
            rejected.append(item)


def _without_repeats(records: Records, path: Path) -> Records:
    """The records, with the second of two parties of one id rejected."""
    seen: set[str] = set()
    while True:
        try:
            item = next(records)
        except StopIteration as stop:
            facts: Facts = stop.value
            return facts
        if isinstance(item, Entity):
            if item.id in seen:
                item = Rejected(
                    where=f"{path.name}, party {item.id}",
                    reason=f"the id {item.id} appears again ('{item.name}'); its first record is kept",
                )
            else:
                seen.add(item.id)
        yield item


def _resolved(entities: list[Entity]) -> tuple[Entity, ...]:
    """Relations by name alone, tied to the entity of this list that alone bears that name (or id)."""
    named = {item.name for entity in entities for item in entity.related if item.name and not item.entity}
    if not named:
        return tuple(entities)
    wanted = {_key(name) for name in named}
    owners: dict[str, str] = {}
    bearers: Counter[str] = Counter()
    primary: Counter[str] = Counter()
    primary_owner: dict[str, str] = {}
    for entity in entities:
        main = _key(entity.name)
        keys = {_key(name.value) for name in entity.names if name.quality == "strong"}
        for key in (keys | {main}) & wanted:
            bearers[key] += 1
            owners[key] = entity.id
        if main in wanted:
            primary[main] += 1
            primary_owner[main] = entity.id
    ids = {entity.id for entity in entities}

    def tie(relation: Relation) -> Relation:
        if relation.entity or not relation.name:
            return relation
        key = _key(relation.name)
        target = relation.name if relation.name in ids else None
        if target is None and primary[key] == 1:
            target = primary_owner[key]
        elif target is None and bearers[key] == 1:
            target = owners[key]
        if target is None:
            return relation
        return Relation(
            relation=relation.relation,
            entity=target,
            name=relation.name,
            share=relation.share,
            note=relation.note,
        )

    return tuple(
        _with_relations(entity, tuple(tie(item) for item in entity.related)) if entity.related else entity
        for entity in entities
    )


def _key(name: str) -> str:
    """Names in links lose a final full stop to the end of the sentence."""
    return name.casefold().rstrip(" .")


def _with_relations(entity: Entity, related: tuple[Relation, ...]) -> Entity:
    import msgspec

    return msgspec.structs.replace(entity, related=related)


def _sample(path: Path) -> Sample:
    try:
        if path.is_dir():
            names = tuple(sorted(item.name for item in path.iterdir() if item.is_file()))
            if not names:
                raise ListError(f"{path.name} is an empty folder.")
            return Sample(path=path, files=names)
        with path.open("rb") as file:
            head = file.read(SAMPLE_BYTES)
    except OSError as error:
        raise ListError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error
    if not head.strip(b"\x00\x1a \t\r\n\xef\xbb\xbf"):
        raise ListError(f"{path.name} is empty.", "Download the list again.")
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            raise ListError(f"{path.name} is {kind}, not a list.", "Unpack it and name the list inside.")
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return Sample(path=path, text=head.decode(encoding, "replace"))


def _looks_like(sample: Sample) -> str:
    start = sample.text.lstrip()[:2_000].lower()
    if "<html" in start or start.startswith("<!doctype html"):
        return ": it is an HTML page, perhaps an error page served in place of the list"
    if start.startswith("<"):
        return ": it is XML of another kind"
    return ": it is JSON of another kind" if start[:1] in "{[" else ""


def _sha256(paths: tuple[Path, ...]) -> str:
    """Over the bytes of the files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
