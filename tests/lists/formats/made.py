"""Lists of any size, fixtures with other bytes, and the account of what a reader makes of them."""

from __future__ import annotations

import re
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


_SDN = """  <sdnEntry>
    <uid>{n}</uid><firstName>Pyotr</firstName><lastName>ORLOV {n}</lastName><title>Harbour master</title>
    <sdnType>Individual</sdnType>
    <remarks>(Linked To: BRIGHT HARBOR {n}); Owner of harbour number {n}. {filler}</remarks>
    <programList><program>SDGT</program><program>CUBA</program></programList>
    <idList>
      <id><uid>{n}1</uid><idType>Passport</idType><idNumber>70{n:08d}</idNumber><idCountry>Russia</idCountry></id>
      <id><uid>{n}2</uid><idType>Gender</idType><idNumber>Male</idNumber></id>
      <id><uid>{n}3</uid><idType>Secondary sanctions risk:</idType><idNumber>section 1(b) of an order</idNumber></id>
    </idList>
    <akaList>
      <aka><uid>{n}4</uid><type>a.k.a.</type><category>strong</category><lastName>ORLOFF {n}</lastName>\
<firstName>Peter</firstName></aka>
      <aka><uid>{n}5</uid><type>a.k.a.</type><category>weak</category><lastName>Petya {n}</lastName></aka>
    </akaList>
    <addressList><address><uid>{n}6</uid><address1>{n} Quay Street</address1><city>Moscow</city>\
<country>Russia</country></address></addressList>
    <dateOfBirthList><dateOfBirthItem><uid>{n}7</uid><dateOfBirth>14 Jun 1975</dateOfBirth>\
<mainEntry>true</mainEntry></dateOfBirthItem></dateOfBirthList>
  </sdnEntry>
"""
_UN = """<INDIVIDUAL><DATAID>{n}</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>KARIM</FIRST_NAME>\
<SECOND_NAME>NUR {n}</SECOND_NAME><UN_LIST_TYPE>Test</UN_LIST_TYPE><REFERENCE_NUMBER>XXi.{n:06d}</REFERENCE_NUMBER>\
<LISTED_ON>2012-12-31</LISTED_ON><NAME_ORIGINAL_SCRIPT>كريم نور {n}</NAME_ORIGINAL_SCRIPT>\
<COMMENTS1>Treasurer number {n}. {filler}</COMMENTS1><NATIONALITY><VALUE>Yemen</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Kareem Noor {n}</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Clerk {n}</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ADDRESS><STREET>{n} Mill Lane</STREET><CITY>Aden</CITY><COUNTRY>Yemen</COUNTRY></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1962-05-17</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>K{n:08d}</NUMBER></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL>
"""


def _written(path: Path, size: int, begin: str, record: str, end: str) -> int:
    """Writes records between begin and end until the file has about that many bytes; returns how many."""
    written, count = 0, 0
    filler = "He keeps many lamps. " * 20
    with path.open("w", encoding="utf-8") as file:
        file.write(begin)
        while written < size:
            count += 1
            text = record.format(n=count, filler=filler)
            file.write(text)
            written += len(text)
        file.write(end.format(count=count))
    return count


def big_eu(path: Path, size: int) -> int:
    """An EU list."""
    begin = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-10-02">\n'
    )
    return _written(path, size, begin, _ENTITY, "</export>\n")


def big_sdn(path: Path, size: int) -> int:
    """OFAC's sdn.xml. Its count stands behind the entries, which the reader does not mind."""
    end = "<publshInformation><Publish_Date>10/02/2026</Publish_Date><Record_Count>{count}</Record_Count>"
    begin = '<?xml version="1.0" standalone="yes"?>\n<sdnList xmlns="http://example.org/XML">\n'
    return _written(path, size, begin, _SDN, f"{end}</publshInformation></sdnList>\n")


def big_un(path: Path, size: int) -> int:
    """The United Nations' list."""
    begin = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<CONSOLIDATED_LIST dateGenerated="2026-10-02T00:00:09.554Z">\n<INDIVIDUALS>\n'
    )
    return _written(path, size, begin, _UN, "</INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>\n")


def big_advanced(path: Path, size: int) -> int:
    """OFAC's advanced XML, grown from the fixture: each part of its second party again and again."""
    text = (FIXTURES / "sdn_advanced.xml").read_text(encoding="utf-8")
    parts = {
        "Location": (r"<Location ID=\"23\".*?</Location>", "23"),
        "IDRegDocument": (r"<IDRegDocument ID=\"7\".*?</IDRegDocument>", "7"),
        "DistinctParty": (r"<DistinctParty FixedRef=\"102\">.*?</DistinctParty>", "102"),
        "ProfileRelationship": (r"<ProfileRelationship ID=.*?</ProfileRelationship>", "9"),
        "SanctionsEntry": (r"<SanctionsEntry ID=\"102\".*?</SanctionsEntry>", "102"),
    }
    found = {name: re.search(form, text, re.DOTALL) for name, (form, _) in parts.items()}
    models = {name: match[0] for name, match in found.items() if match}
    assert models.keys() == parts.keys()
    count = size // sum(len(model.encode()) for model in models.values())
    numbered = {name: _numbered(model, parts[name][1]) for name, model in models.items()}
    with path.open("w", encoding="utf-8") as file:
        rest = text
        for name, match in found.items():
            assert match
            before, rest = rest.split(match[0], 1)
            file.write(before)
            for n in range(1, count + 1):
                file.write(numbered[name].replace("@", str(1_000_000 + n)))
        file.write(rest)
    return count


def _numbered(model: str, own: str) -> str:
    """A part of the advanced fixture with @ for the number of its party, of its documents and of its places."""
    for attribute in ("ID", "FixedRef", "ProfileID", "IdentityID", "LocationID", "From-ProfileID"):
        for number in (own, "101", "102", "5102", "23"):
            model = model.replace(f' {attribute}="{number}"', f' {attribute}="@"')
    return model


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
