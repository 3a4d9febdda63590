"""Lists of any size, made for tests."""

from __future__ import annotations

from pathlib import Path

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
