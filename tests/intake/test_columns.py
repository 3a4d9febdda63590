"""Which header means which role."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from screening.errors import InputError, UsageError
from screening.intake import columns
from screening.intake.columns import read_header, resolve

_TABLE = yaml.load(Path(__file__).with_name("headers.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
HEADERS = [(role, header) for role, lines in _TABLE.items() for line in lines for header in line.split(" | ")]
SAYING = [pair for pair in HEADERS if pair[0] != "nothing"]
NOTHING = ["", "  ", *(header for role, header in HEADERS if role == "nothing")]


@pytest.mark.parametrize(("role", "header"), SAYING)
def test_a_header_says_its_role(role: str, header: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.role == role


@pytest.mark.parametrize("header", NOTHING)
def test_other_headers_say_nothing(header: str) -> None:
    assert read_header(header) is None


def test_no_word_of_the_table_stands_under_two_roles() -> None:
    table = yaml.load(
        files("screening.intake").joinpath("columns.yml").read_text("utf-8"), Loader=yaml.BaseLoader
    )
    for section in ("parties", "attributes"):
        seen: dict[str, str] = {}
        for role, lines in table[section].items():
            for word in columns.words(lines):
                assert seen.setdefault(columns.key(word), role) == role, word
    both = {columns.key(w) for lines in table["parties"].values() for w in columns.words(lines)}
    attributes = {columns.key(w) for lines in table["attributes"].values() for w in columns.words(lines)}
    assert sorted(both & attributes) == []


# header -> the headers that give names, and how
NAMES = [
    (["ID", "Name", "Country"], [("cell", "Name")]),
    (["Vendor", "Vendor Name"], [("cell", "Vendor Name")]),
    (["Vendor ID", "Vendor"], [("cell", "Vendor")]),
    (
        ["Legal name", "Trading name", "Alias"],
        [("cell", "Legal name"), ("cell", "Trading name"), ("list", "Alias")],
    ),
    (["Name", "Name (Chinese)"], [("cell", "Name"), ("cell", "Name (Chinese)")]),
    (
        ["Vendor name", "Legal name", "DBA"],
        [("cell", "Vendor name"), ("cell", "Legal name"), ("cell", "DBA")],
    ),
    (["公司名称", "英文名称", "曾用名"], [("cell", "公司名称"), ("cell", "英文名称"), ("list", "曾用名")]),
    (["First name", "Last name"], [("joined", "First name", "Last name")]),
    (["Last name", "Middle name", "First name"], [("joined", "First name", "Middle name", "Last name")]),
    (["Name", "Vorname"], [("joined", "Vorname", "Name")]),
    (["Nombre", "Apellidos"], [("joined", "Nombre", "Apellidos")]),
    (["Full name", "First name", "Last name"], [("cell", "Full name")]),
    (["Last name"], [("cell", "Last name")]),
    (["Name 1", "Name 2"], [("cell", "Name 1"), ("cell", "Name 2"), ("joined", "Name 1", "Name 2")]),
    (["Name", "Product name", "Goods description", "Owner"], [("cell", "Name")]),
    (["Alias"], [("list", "Alias")]),
]


@pytest.mark.parametrize(("header", "expected"), NAMES)
def test_name_columns(header: list[str], expected: list[tuple[str, ...]]) -> None:
    layout = resolve(header, None, "f.csv")
    found = [(source.how, *(header[i] for i in source.indexes)) for source in layout.names]
    assert found == expected


AMBIGUOUS = [
    ["Vendor", "Customer"],
    ["Vendor name", "Contact name"],
    ["Name", "Contact person"],
    ["Company", "First name", "Last name"],
    ["Shipper", "Consignee"],
    ["Vendor name", "Supplier name"],
    ["Customer legal name", "Vendor name"],
    ["Name", "Vendor"],
    ["Vendor name", "Bank name"],
    ["供应商名称", "联系人"],
    ["Поставщик", "Покупатель"],
]


@pytest.mark.parametrize("header", AMBIGUOUS)
def test_two_parties_in_a_row_are_an_error_that_shows_the_option(header: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        resolve(["ID", *header, "Country"], None, "f.csv")
    for text in header:
        assert f'"{text}"' in caught.value.message
        assert f'--map name="{text}"' in caught.value.advice
    assert '"Country"' not in caught.value.message
    assert "f.csv" in caught.value.message


def test_without_a_name_column_the_columns_are_listed() -> None:
    with pytest.raises(InputError) as caught:
        resolve(["ID", "Amount", "Country"], None, "f.csv")
    assert '"ID", "Amount", "Country"' in caught.value.message
    assert "--map name=" in caught.value.advice


def test_a_map_decides_between_two_parties() -> None:
    layout = resolve(
        ["Vendor", "Customer", "Vendor country", "Customer country"], {"name": "Customer"}, "f.csv"
    )
    assert layout.columns() == {"name": ("Customer",), "country": ("Customer country",)}


def test_a_map_may_name_several_columns_and_leaves_the_rest_to_recognition() -> None:
    layout = resolve(["A", "B", "Land", "No"], {"name": ["B", "A"], "id": "no"}, "f.csv")
    assert layout.columns() == {"name": ("B", "A"), "id": ("No",), "country": ("Land",)}


def test_a_mapped_column_has_no_other_role() -> None:
    layout = resolve(["Name", "Country", "Nationality"], {"birth_date": "Country"}, "f.csv")
    assert layout.columns() == {"name": ("Name",), "birth_date": ("Country",), "country": ("Nationality",)}


def test_beside_a_mapped_name_the_other_names_of_the_party_still_count() -> None:
    header = ["Party A", "Trading name", "Alias", "Contact name", "Customer legal name"]
    assert resolve(header, {"name": "Party A"}, "f").columns() == {
        "name": ("Party A", "Trading name", "Alias")
    }


def test_a_mapped_alias_does_not_replace_the_name() -> None:
    assert resolve(["Vendor name", "X"], {"alias": "X"}, "f").columns() == {"name": ("Vendor name", "X")}


def test_a_party_column_of_numbers_is_its_number() -> None:
    """An SAP export has "Vendor" (a number) and "Name 1"."""
    header = ["Vendor", "Name 1", "Country"]
    layout = resolve(header, None, "f", lambda: [["0000100123", " "], ["Acme", "3M"], ["DE", "US"]])
    assert layout.columns() == {"name": ("Name 1",), "id": ("Vendor",), "country": ("Country",)}
    with pytest.raises(InputError, match="more than one column"):
        resolve(header, None, "f", lambda: [["0000100123", "Beta"], ["Acme", "3M"], ["DE", "US"]])
    with pytest.raises(InputError, match="more than one column"):
        resolve(["Vendor", "Customer"], None, "f", lambda: [["1"], ["2"]])


BAD_MAPS: list[tuple[dict[str, str | list[str]], str]] = [
    ({"nmae": "Name"}, "nmae"),
    ({"name": "Nane"}, "Nane"),
    ({"id": ["ID", "Name"]}, "takes one column"),
]


@pytest.mark.parametrize(("mapping", "said"), BAD_MAPS)
def test_a_wrong_map_names_what_exists(mapping: dict[str, str | list[str]], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        resolve(["ID", "Name"], mapping, "f.csv")


def test_an_unknown_header_in_a_map_lists_the_columns() -> None:
    with pytest.raises(UsageError) as caught:
        resolve(["ID", "Name"], {"name": "Nane"}, "f.csv")
    assert '"ID", "Name"' in caught.value.advice


def test_a_header_that_is_used_may_not_stand_twice() -> None:
    with pytest.raises(InputError, match='"Name" stands more than once'):
        resolve(["Name", "Name", "Country"], None, "f.csv")
    with pytest.raises(InputError, match='"Country" stands more than once'):
        resolve(["Name", "Country", "Country"], None, "f.csv")
    with pytest.raises(InputError, match="more than once"):
        resolve(["X", "X"], {"name": "X"}, "f.csv")


def test_a_repeated_or_empty_header_that_is_not_used_is_noted() -> None:
    layout = resolve(["Name", "Amount", "Amount", "", ""], None, "f.csv")
    assert layout.notes == (
        "Columns 4, 5 have no header; not used for screening.",
        'Header stands more than once, not used for screening: "Amount".',
    )


def test_columns_of_another_party_are_left_alone() -> None:
    layout = resolve(
        ["Vendor name", "Bank country", "Vendor country", "Customer ID", "Bank account number"], None, "f"
    )
    assert layout.columns() == {"name": ("Vendor name",), "country": ("Vendor country",)}


def test_a_plain_name_takes_the_columns_of_the_only_party_that_is_named() -> None:
    one = resolve(["Vendor ID", "Name", "Vendor country"], None, "f").columns()
    two = resolve(["Vendor ID", "Name", "Vendor country", "Customer country"], None, "f").columns()
    assert one == {"name": ("Name",), "id": ("Vendor ID",), "country": ("Vendor country",)}
    assert two == {"name": ("Name",)}


def test_a_whole_address_goes_before_its_parts_and_parts_are_in_order() -> None:
    whole = resolve(["Name", "City", "Address"], None, "f").columns()
    parts = resolve(["Name", "City", "ZIP", "Street"], None, "f").columns()
    assert whole["address"] == ("Address",)
    assert parts["address"] == ("Street", "ZIP", "City")


def test_a_long_header_does_not_bury_the_message() -> None:
    with pytest.raises(InputError) as caught:
        resolve([f"col {n}" for n in range(500)], None, "f.csv")
    assert "470 more" in caught.value.message


def test_messages_show_no_control_characters_and_no_endless_header() -> None:
    with pytest.raises(InputError) as caught:
        resolve(["\x1b[31mred\x1b[0m", "a\nb", "\u202ex", "y" * 10_000, "Größe"], None, "f.csv")
    assert caught.value.message.isprintable()
    assert caught.value.advice.isprintable()
    assert "\\x1b[31mred" in caught.value.message
    assert "Größe" in caught.value.message
    assert len(caught.value.message) < 600


def test_a_shown_option_is_safe_to_paste() -> None:
    with pytest.raises(InputError) as caught:
        resolve(['$(rm -rf) "x" `y`'], None, "f.csv")
    assert r'--map name="\$(rm -rf) \"x\" \`y\`"' in caught.value.advice
