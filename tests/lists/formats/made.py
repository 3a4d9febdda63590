"""Lists of any size, fixtures with other bytes, and the account of what a reader makes of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from screening.errors import ListError
from screening.lists.export import render
from screening.lists.formats import read_list
from screening.model import Watchlist

FIXTURES = Path(__file__).parent / "fixtures"

_ENTITY = """  <sanctionEntity designationDate="2014-03-17" designationDetails="" unitedNationId="" \
euReferenceNumber="EU.{n}.10" logicalId="{n}">
    <remark>Owner of harbour number {n}; financed the seizure of lighthouse {n}. {filler}</remark>
    <regulation regulationType="amendment" publicationDate="2014-03-18" entryIntoForceDate="2014-03-17" \
numberTitle="269/2014 (OJ L78)" programme="UKR"><publicationUrl>https://eur-lex.europa.eu/{n}</publicationUrl></regulation>
    <subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="Pyotr" lastName="Orlov {n}" wholeName="Pyotr Orlov {n}" nameLanguage="EN" strong="true"/>
    <nameAlias wholeName="Пётр Орлов {n}" nameLanguage="RU" strong="true"/>
    <nameAlias wholeName="Petya {n}" nameLanguage="" strong="false"/>
    <citizenship countryIso2Code="RU" countryDescription="RUSSIAN FEDERATION"/>
    <birthdate circa="false" birthdate="1975-06-14" year="1975" countryIso2Code="00" countryDescription="UNKNOWN"/>
    <address city="Moscow" street="{n} Quay Street" zipCode="101000" countryIso2Code="RU"/>
    <identification number="70{n:08d}" countryIso2Code="RU" identificationTypeCode="passport" \
identificationTypeDescription="National passport"/>
  </sanctionEntity>
"""


def big_eu(path: Path, size: int) -> int:
    """Writes an EU list of about that many bytes; returns its number of records."""
    written, count = 0, 0
    filler = "He keeps many lamps. " * 20
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write('<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-10-02">\n')
        while written < size:
            count += 1
            record = _ENTITY.format(n=count, filler=filler)
            file.write(record)
            written += len(record)
        file.write("</export>\n")
    return count


def as_exported(name: str) -> bytes:
    """The EU fixture as this program exports it, in the form of the name's ending."""
    return render(read_list(FIXTURES / "eu.xml"), Path(name).suffix)


def place(folder: Path, name: str, data: bytes) -> Path:
    """A fixture with its bytes replaced; for a file of a set the others are put beside it."""
    if "/" not in name:
        path = folder / name
        path.write_bytes(data)
        return path
    source = FIXTURES / name
    target = folder / source.parent.name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source.parent, target)
    (target / source.name).write_bytes(data)
    return target


def account(path: Path) -> Watchlist | None:
    """The list, with its account checked; None when it is refused. Any other exception fails the test."""
    try:
        watchlist = read_list(path)
    except ListError as error:
        assert error.message
        assert str(path.parent) not in error.message or "cannot be read" in error.message
        return None
    info = watchlist.info
    assert info.accepted == len(watchlist.entities) > 0
    assert info.rejected == len(watchlist.rejected)
    assert all(item.where and item.reason for item in watchlist.rejected)
    ids = [entity.id for entity in watchlist.entities]
    assert len(set(ids)) == len(ids)
    assert all(entity.name and entity.evidence for entity in watchlist.entities)
    return watchlist


def total(watchlist: Watchlist) -> int:
    """Records of the file: accepted and rejected."""
    return watchlist.info.accepted + watchlist.info.rejected
