"""Countries, dates and types."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from screening.intake import open_table, values
from screening.intake.columns import key
from tests.intake.helpers import everything, write

# code -> cells that say it, separated by " | "
COUNTRIES = {
    "CN": (
        "CN | cn | CHN | 156 | China | CHINA | P.R. China | PRC | People's Republic of China | Chine | "
        "Cina | Chiny | Çin | Китай | КНР | 中国 | 中國 | 중국 | الصين | چین"
    ),
    "DE": (
        "DE | DEU | Germany | Deutschland | Allemagne | Alemania | Germania | Alemanha | Duitsland | "
        "Niemcy | Almanya | Германия | Німеччина | 德国 | ドイツ | 독일 | ألمانيا | آلمان"
    ),
    "RU": "RU | Russia | Russian Federation | Russland | Россия | РФ | 俄罗斯 | ロシア",
    "IR": "IR | IRN | Iran | Iran, Islamic Republic of | Islamic Republic of Iran | Иран | ایران",
    "KP": "North Korea | DPRK | Korea, Democratic People's Republic of | KP | КНДР | 朝鲜 | 北朝鮮",
    "KR": "South Korea | Korea | Republic of Korea | Korea, Republic of | KR | 韩国",
    "US": (
        "US | USA | U.S.A. | U.S. | United States | United States of America | Estados Unidos | "
        "États-Unis | США | 美国"
    ),
    "GB": (
        "GB | UK | U.K. | United Kingdom | Great Britain | England | Scotland | Vereinigtes Königreich | 英国"
    ),
    "TR": "TR | Turkey | Türkiye | TÜRKİYE | Турция",
    "AE": "UAE | U.A.E. | United Arab Emirates | ОАЭ",
    "CZ": "Czech Republic | Czechia",
    "NA": "NA | NAM | Namibia",
    "CI": "Côte d'Ivoire | Cote d Ivoire | Ivory Coast",
    "HK": "HK | Hong Kong | 香港",
    "TW": "TW | Taiwan | 台湾",
    "XK": "Kosovo | XK",
    "GR": "EL | Greece",
    "CD": "DR Congo | Congo, The Democratic Republic of the",
    "CG": "Congo | Congo-Brazzaville",
    "BO": "Bolivia",
    "VG": "BVI | British Virgin Islands",
}


@pytest.mark.parametrize(
    ("code", "cell"), [(code, cell) for code, cells in COUNTRIES.items() for cell in cells.split(" | ")]
)
def test_a_country_is_recognised(code: str, cell: str) -> None:
    assert values.countries(cell) == (code,)


SEVERAL = [
    ("CN; RU", ("CN", "RU")),
    ("Iran/Iraq", ("IR", "IQ")),
    ("DE,FR,DE", ("DE", "FR")),
    ("CN|HK", ("CN", "HK")),
    ("Bosnia and Herzegovina", ("BA",)),
]


@pytest.mark.parametrize(("cell", "codes"), SEVERAL)
def test_several_countries_in_a_cell(cell: str, codes: tuple[str, ...]) -> None:
    assert values.countries(cell) == codes


@pytest.mark.parametrize("cell", ["Atlantis", "ZZ", "CN; Atlantis", "-", "Chinatown", "00", "EU"])
def test_an_unknown_country_is_none(cell: str) -> None:
    assert values.countries(cell) is None


def test_every_word_of_a_country_says_one_thing() -> None:
    for word, code in values.vocabulary().countries.items():
        assert len(code) == 2
        assert values.countries(word) is not None, word


DATES = [
    ("1962", "1962"),
    ("1962-05", "1962-05"),
    ("1962-05-17", "1962-05-17"),
    ("1962-5-7", "1962-05-07"),
    ("1962/05/17", "1962-05-17"),
    ("19620517", "1962-05-17"),
    ("17.05.1962", "1962-05-17"),
    ("03.04.1962", "1962-04-03"),
    ("17/05/1962", "1962-05-17"),
    ("05/17/1962", "1962-05-17"),
    ("17-05-1962", "1962-05-17"),
    ("05/05/1962", "1962-05-05"),
    ("17 May 1962", "1962-05-17"),
    ("May 17, 1962", "1962-05-17"),
    ("17-May-1962", "1962-05-17"),
    ("May 1962", "1962-05"),
    ("17 September 1962", "1962-09-17"),
    ("1962年5月17日", "1962-05-17"),
    ("1962年5月", "1962-05"),
    ("1962-05-17 00:00:00", "1962-05-17"),
    ("1962-05-17T00:00:00", "1962-05-17"),
    ("1962-13-01", ""),
    ("31.02.1962", ""),
    ("unknown", ""),
    ("62-05-17", ""),
    ("12345", ""),
    ("17 Mayhem 1962 x", ""),
]


@pytest.mark.parametrize(("cell", "date"), DATES)
def test_a_birth_date(cell: str, date: str) -> None:
    assert values.birth_date(cell) == (date, False)


@pytest.mark.parametrize("cell", ["03/04/1962", "3-4-1962"])
def test_a_date_that_reads_two_ways_gives_its_year(cell: str) -> None:
    assert values.birth_date(cell) == ("1962", True)


TYPES = {
    "person": [
        "Person",
        "INDIVIDUAL",
        "natural person",
        "Natürliche Person",
        "personne physique",
        "физическое лицо",
        "个人",
        "個人",
        "개인",
    ],
    "organization": [
        "Organization",
        "Company",
        "legal entity",
        "Unternehmen",
        "personne morale",
        "юридическое лицо",
        "企业",
        "法人",
    ],
    "vessel": ["Vessel", "ship", "судно"],
    "aircraft": ["Aircraft", "飞机"],
}


@pytest.mark.parametrize(("kind", "cell"), [(kind, cell) for kind, cells in TYPES.items() for cell in cells])
def test_a_type(kind: str, cell: str) -> None:
    assert values.entity_type(cell) == kind


def test_no_word_means_two_types() -> None:
    seen: dict[str, str] = {}
    for word, kind in values.vocabulary().types.items():
        assert seen.setdefault(key(word), kind) == kind


def test_what_is_not_understood_is_noted_and_kept(tmp_path: Path) -> None:
    content = (
        "name,country,dob,type\nA,Atlantis,31.02.1960,alien\n"
        "B,Atlantis,03/04/1960,\nC,Lemuria,1 May 1970,person\nD,,,\n"
    )
    for size in (1, 100):
        table = open_table(write(tmp_path, content), batch_rows=size)
        parties = everything(table)
        assert table.info.notes == (
            "Countries not recognised, screened without: 3 (Atlantis, Lemuria).",
            "Birth dates not recognised, screened without: 1 (31.02.1960).",
            "Birth dates that could be day-month or month-day, used as years: 1 (03/04/1960).",
            "Types not recognised, screened as any: 1 (alien).",
        )
        assert parties[0].extra == (("country", "Atlantis"), ("dob", "31.02.1960"), ("type", "alien"))
        assert (parties[1].birth_date, parties[1].extra) == (
            "1960",
            (("country", "Atlantis"), ("dob", "03/04/1960")),
        )
        assert (parties[2].birth_date, parties[2].type) == ("1970-05-01", "person")
        assert parties[3].extra == ()


def test_columns_of_a_batch_are_of_equal_length(tmp_path: Path) -> None:
    content = "id,name,country,nationality,dob,type,vat,tax id\n1,A,DE,FR,1960,person,V1,T1\n2,B,,,,,,\n"
    [batch] = open_table(write(tmp_path, content)).batches()
    assert batch.countries == [("DE", "FR"), ()]
    assert batch.birth_dates == ["1960", ""]
    assert batch.types == ["person", None]
    assert [[(i.scheme, i.value) for i in row] for row in batch.identifiers] == [
        [("tax", "T1"), ("vat", "V1")],
        [],
    ]
    assert batch.ids == ["1", "2"]
    [bare] = open_table(write(tmp_path, "name\nA\nB\n")).batches()
    assert [len(c) for c in (bare.countries, bare.birth_dates, bare.types, bare.identifiers, bare.ids)] == [
        2
    ] * 5


def test_a_batch_goes_to_another_process(tmp_path: Path) -> None:
    [batch] = open_table(write(tmp_path, "id,name,country,vat\n1,A,DE,V1\n2,n/a,x,\n")).batches()
    copy = pickle.loads(pickle.dumps(batch))
    assert [copy.counterparty(i) for i in range(2)] == [batch.counterparty(i) for i in range(2)]
    assert (copy.names, copy.problems, copy.identifiers) == (batch.names, batch.problems, batch.identifiers)
