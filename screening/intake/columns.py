"""Which column of a table has which role, read from the headers (columns.yml) or said with --map."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from screening.errors import InputError, UsageError

NAME_KINDS = ("name", "legal_name", "trading_name", "alias", "native_name", "name_2")
PART_KINDS = ("first_name", "middle_name", "last_name")
SCHEMES = (
    "registration", "tax", "vat", "uscc", "inn", "ogrn", "lei", "imo", "duns", "swift", "isin", "passport", "national_id",
)  # fmt: skip
ADDRESS_PARTS = ("address", "street", "street_2", "postcode", "city", "region")
GOODS = ("hs_code", "eccn", "goods_description", "destination", "end_use", "owner", "owner_share")
MAPPED_ROLES = (
    "name", "alias", "first_name", "middle_name", "last_name", "id", "country", "birth_date", "type", "address",
    *SCHEMES, *GOODS,
)  # fmt: skip
_SINGLE = ("id", "birth_date", "type", "first_name", "middle_name", "last_name")
_SIDES = ("vendor", "customer", "beneficiary", "payer", "consignee", "shipper", "enduser")
_SHOWN = 30  # headers listed in a message; a table of 500 columns must not bury the advice


class Reading(NamedTuple):
    """What a header says: its role, the party it speaks of ("" when it names none) and that party's word.

    bare: the header is the party word alone ("Vendor").
    """

    role: str
    group: str = ""
    word: str = ""
    bare: bool = False


class NameColumns(NamedTuple):
    """One source of a row's names.

    how: "cell": the cell is a name; "list": the cell may hold several, separated by ; or | or line breaks;
    "joined": the cells of all indexes, joined by a blank, are one name.
    """

    indexes: tuple[int, ...]
    how: Literal["cell", "list", "joined"]


class Layout(NamedTuple):
    """The roles of a table's columns. roles: role -> column indexes, in the order they are used."""

    header: tuple[str, ...]
    names: tuple[NameColumns, ...]
    roles: dict[str, tuple[int, ...]]
    notes: tuple[str, ...]

    def columns(self) -> dict[str, tuple[str, ...]]:
        """role -> the headers used for it, as the manifest shows them."""
        shown = {"name": tuple(dict.fromkeys(self.header[i] for name in self.names for i in name.indexes))}
        shown.update((role, tuple(self.header[i] for i in found)) for role, found in self.roles.items())
        return shown


class _Knowledge(NamedTuple):
    parties: dict[str, str]  # key -> group
    by_length: tuple[str, ...]
    links: tuple[str, ...]
    languages: tuple[str, ...]
    attributes: dict[str, str]  # key -> role


def key(header: str) -> str:
    """A header without case, accents, blanks and punctuation: equal keys mean the same header."""
    text = unicodedata.normalize("NFKD", header.replace("İ", "I")).casefold().replace("ı", "i")
    text = "".join(c for c in text if c.isalnum())
    # Arabic and Persian keyboards write two code points for the same letter.
    return text.translate({0x64A: 0x6CC, 0x649: 0x6CC, 0x643: 0x6A9, 0x629: 0x647})


def resolve(
    header: Sequence[str],
    mapping: Mapping[str, str | Sequence[str]] | None,
    where: str,
    first_columns: Callable[[], Sequence[Sequence[str]]] = tuple,
) -> Layout:
    """Give every column its role.

    header: as in the file. mapping: role -> header or headers, which go before recognition. where: the file, for messages.
    first_columns: gives the first cells of each column; asked only when the headers leave two candidates for the name.

    With a mapped name, the other names of the same party (legal, trading, alias) still count beside it.
    Raises UsageError for an unknown role or header, InputError when the name column is missing or ambiguous or when a
    header that is used stands twice.
    """
    header = tuple(header)
    mapped = _mapped(header, mapping or {}, where)
    readings = {i: found for i, text in enumerate(header) if (found := read_header(text)) is not None}
    taken = {i for indexes in mapped.values() for i in indexes}
    notes: list[str] = []
    free = {i: found for i, found in readings.items() if i not in taken}
    names, name_group, bare_ids = _names(header, free, mapped, where, notes, first_columns)
    names += [NameColumns((i,), "list") for i in mapped.get("alias", ())]
    taken.update(i for name in names for i in name.indexes)
    own = _own_groups(readings, name_group)
    roles: dict[str, list[int]] = {}
    for i, reading in readings.items():
        role = "id" if i in bare_ids else reading.role
        if i in taken or role in NAME_KINDS or role in PART_KINDS:
            continue
        if reading.group in own or role in GOODS:
            roles.setdefault("address" if role in ADDRESS_PARTS else role, []).append(i)
    final = {
        role: tuple(found) for role, found in mapped.items() if role not in ("name", "alias", *PART_KINDS)
    }
    for role in ("id", "country", "birth_date", "type", "address", *SCHEMES, *GOODS):
        if role in roles and role not in final:
            final[role] = _choose(role, roles[role], readings, name_group)
    _refuse_duplicates(
        header, {i for name in names for i in name.indexes} | {i for f in final.values() for i in f}, where
    )
    empty = [i + 1 for i, text in enumerate(header) if not text]
    if empty:
        notes.append(f"{_columns_text(empty)} no header; not used for screening.")
    repeated = sorted({text for text in header if text and header.count(text) > 1})
    if repeated:
        notes.append(f"Header stands more than once, not used for screening: {_listed(repeated)}.")
    return Layout(header, tuple(names), final, tuple(notes))


def read_header(header: str) -> Reading | None:
    """What one header says, or None when it says nothing known."""
    text = key(header)
    if not text:
        return None
    return _read(text) or _in_a_language(text) or _numbered(text)


def _read(text: str) -> Reading | None:
    known = _knowledge()
    if text in known.attributes:
        return Reading(known.attributes[text])
    if text in known.parties:
        return Reading("name", known.parties[text], text, bare=True)
    for word in known.by_length:
        if text.startswith(word):
            role = known.attributes.get(text[len(word) :]) or _past_link(text[len(word) :], at_start=True)
            if role:
                return Reading(role, known.parties[word], word)
        if text.endswith(word):
            role = known.attributes.get(text[: -len(word)]) or _past_link(text[: -len(word)], at_start=False)
            if role:
                return Reading(role, known.parties[word], word)
    return None


def _past_link(text: str, *, at_start: bool) -> str | None:
    known = _knowledge()
    for link in known.links:
        if at_start and text.startswith(link):
            role = known.attributes.get(text[len(link) :])
        elif not at_start and text.endswith(link):
            role = known.attributes.get(text[: -len(link)])
        else:
            continue
        if role:
            return role
    return None


def _in_a_language(text: str) -> Reading | None:
    """ "Vendor name (English)", "name_zh": the same party's name in another language."""
    for language in _knowledge().languages:
        for rest in (text.removesuffix(language), text.removeprefix(language)):
            found = _read(rest) if rest and rest != text else None
            if found is not None and found.role in NAME_KINDS:
                role = "native_name" if found.role == "name" else found.role
                return found._replace(role=role, bare=False)
            if found is not None and found.role in ADDRESS_PARTS:
                return found
    return None


def _numbered(text: str) -> Reading | None:
    """ "Alias 3", "Nationality 2": one of several columns of a role that may have several."""
    rest = text.rstrip("0123456789")
    found = _read(rest) if rest != text else None
    several = (
        "alias",
        "trading_name",
        "legal_name",
        "native_name",
        "country",
        "owner",
        "owner_share",
        *SCHEMES,
        *ADDRESS_PARTS,
    )
    return found if found is not None and found.role in several and not found.bare else None


def _names(
    header: tuple[str, ...],
    readings: dict[int, Reading],
    mapped: dict[str, tuple[int, ...]],
    where: str,
    notes: list[str],
    first_columns: Callable[[], Sequence[Sequence[str]]],
) -> tuple[list[NameColumns], str, set[int]]:
    """The name columns, the party they speak of, and bare party columns that must be its number."""
    if "name" in mapped or any(part in mapped for part in PART_KINDS):
        return _mapped_names(header, readings, mapped)
    bare_ids = _bare_ids(readings)
    candidates = [i for i, r in readings.items() if r.role == "name" and i not in bare_ids]
    if len(candidates) > 1 and any(readings[i].bare for i in candidates):
        # "Vendor" and "Name 1" (SAP): cells without a letter are numbers of the party.
        columns = first_columns()
        numbers = {i for i in candidates if readings[i].bare and columns and _no_letters(columns[i])}
        bare_ids |= numbers if len(numbers) < len(candidates) else set()
    kinds = {i: r for i, r in readings.items() if r.role in (*NAME_KINDS, *PART_KINDS) and i not in bare_ids}
    primary = [i for i, r in kinds.items() if r.role == "name"]
    parts = {r.role: i for i, r in reversed(kinds.items()) if r.role in PART_KINDS}
    has_parts = "first_name" in parts and "last_name" in parts
    groups = {kinds[i].group for i in primary} or {kinds[i].group for i in kinds} - {""} or {""}
    several = len(groups) > 1 or (len(primary) > 1 and groups != {""})
    group = next(iter(groups)) if len(groups) == 1 else ""
    others = [i for i, r in kinds.items() if r.role != "name" and r.group not in ("", "general", group)]
    person_beside = has_parts and any(kinds[i].group for i in primary) and not kinds[parts["last_name"]].group
    if several or others or person_beside:
        shown = [header[i] for i in sorted({*primary, *others, *(parts.values() if person_beside else ())})]
        raise InputError(
            f"{where}: more than one column may hold the name to screen: {_listed(shown)}. A row is one party.",
            _map_advice(shown),
        )
    names: list[NameColumns] = []
    only = next(iter(primary), None)
    if (
        only is not None
        and len(primary) == 1
        and not kinds[only].group
        and not has_parts
        and len(parts.keys() - {"middle_name"}) == 1
    ):
        # "Name" and "Vorname": the plain column holds the other half of a person's name.
        order = [parts.get("first_name", only), parts.get("middle_name"), parts.get("last_name", only)]
        names.append(NameColumns(tuple(i for i in order if i is not None), "joined"))
        primary = []
    elif has_parts and not primary:
        names.append(NameColumns(tuple(parts[p] for p in PART_KINDS if p in parts), "joined"))
    elif has_parts:
        notes.append(
            f"First and last name columns are not used beside {_listed([header[i] for i in primary])}."
        )
    elif "last_name" in parts and not primary:
        names.append(NameColumns((parts["last_name"],), "cell"))
    for i, reading in kinds.items():
        if i in primary or reading.role in ("legal_name", "trading_name", "native_name", "name_2"):
            names.append(NameColumns((i,), "cell"))
        elif reading.role == "alias":
            names.append(NameColumns((i,), "list"))
    rest = [i for i, r in kinds.items() if r.role == "name_2"]
    if len(primary) == 1 and rest:
        names.append(NameColumns((primary[0], *rest), "joined"))
    if not names:
        found = [text for text in header if text]
        raise InputError(
            f"{where}: no column is recognised as the name to screen. Columns found: {_listed(found)}.",
            _map_advice(found[:1]),
        )
    return names, group, bare_ids


def _mapped_names(
    header: tuple[str, ...], readings: dict[int, Reading], mapped: dict[str, tuple[int, ...]]
) -> tuple[list[NameColumns], str, set[int]]:
    names = [NameColumns((i,), "cell") for i in mapped.get("name", ())]
    joined = tuple(mapped[part][0] for part in PART_KINDS if part in mapped)
    if joined:
        names.append(NameColumns(joined, "joined"))
    spoken = [read_header(header[i]) for name in names for i in name.indexes]
    groups = {found.group for found in spoken if found is not None}
    group = next(iter(groups)) if len(groups) == 1 else ""
    for i, reading in readings.items():
        if reading.role in ("legal_name", "trading_name", "native_name", "alias") and reading.group in (
            "",
            group,
        ):
            names.append(NameColumns((i,), "list" if reading.role == "alias" else "cell"))
    return names, group, set()


def _no_letters(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and not any(c.isalpha() for cell in filled for c in cell)


def _bare_ids(readings: dict[int, Reading]) -> set[int]:
    """ "Vendor" beside "Vendor name" is the vendor's number."""
    named = [r for r in readings.values() if r.role in NAME_KINDS and not r.bare and r.word]
    return {
        i
        for i, r in readings.items()
        if r.bare
        and any(n.word.startswith(r.word) or r.word.startswith(n.word) for n in named if n.group == r.group)
    }


def _own_groups(readings: dict[int, Reading], name_group: str) -> set[str]:
    """The party words that mean the party whose name is screened.

    A plain "Name" beside "Vendor ID" is the vendor's, as long as no column speaks of another side of a deal.
    """
    own = {"", "general", name_group}
    sides = {reading.group for reading in readings.values()} & set(_SIDES)
    if own == {"", "general"} and len(sides) == 1:
        own |= sides
    return own


def _choose(role: str, found: list[int], readings: dict[int, Reading], group: str) -> tuple[int, ...]:
    if role == "address":
        order = {part: n for n, part in enumerate(ADDRESS_PARTS)}
        whole = [i for i in found if readings[i].role == "address"]
        # A column with the whole address holds the parts already; without one the parts are joined.
        return tuple(whole) or tuple(sorted(found, key=lambda i: (order[readings[i].role], i)))
    if role in _SINGLE:
        own = [i for i in found if group and readings[i].group == group and not readings[i].bare]
        plain = [i for i in found if not readings[i].bare]
        return ((own or plain or found)[0],)
    return tuple(found)


def _mapped(
    header: tuple[str, ...], mapping: Mapping[str, str | Sequence[str]], where: str
) -> dict[str, tuple[int, ...]]:
    result: dict[str, tuple[int, ...]] = {}
    for role, wanted in mapping.items():
        if role not in MAPPED_ROLES:
            raise UsageError(f"--map: there is no role {role!r}.", f"Roles: {', '.join(MAPPED_ROLES)}.")
        headers = [wanted] if isinstance(wanted, str) else list(wanted)
        if len(headers) > 1 and role in _SINGLE:
            raise UsageError(f"--map: the role {role} takes one column, not {len(headers)}.")
        result[role] = tuple(_find(header, text, where) for text in headers)
    _refuse_duplicates(header, {i for found in result.values() for i in found}, where)
    return result


def _find(header: tuple[str, ...], wanted: str, where: str) -> int:
    exact = [i for i, text in enumerate(header) if text == wanted.strip()]
    alike = exact or [i for i, text in enumerate(header) if key(text) == key(wanted) != ""]
    if not alike:
        raise UsageError(
            f"--map: {where} has no column {wanted!r}.",
            f"Columns found: {_listed([text for text in header if text])}.",
        )
    if len({header[i] for i in alike}) > 1:
        raise UsageError(
            f"--map: {wanted!r} may be any of {_listed([header[i] for i in alike])}.",
            "Write it as in the file.",
        )
    return alike[0]


def _refuse_duplicates(header: tuple[str, ...], used: set[int], where: str) -> None:
    twice = sorted({header[i] for i in used if header.count(header[i]) > 1})
    if twice:
        raise InputError(
            f"{where}: the header {_listed(twice)} stands more than once, so it is not clear which column is meant.",
            "Give the columns different headers.",
        )


def _map_advice(headers: Sequence[str]) -> str:
    shown = [re.sub(r'(["\\$`])', r"\\\1", clipped(text)) for text in headers] or ["HEADER"]
    options = " or ".join(f'--map name="{text}"' for text in shown[:4])
    return f"Say which column to screen: {options}."


def _listed(headers: Sequence[str]) -> str:
    shown = ", ".join(f'"{clipped(text)}"' for text in headers[:_SHOWN])
    more = len(headers) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def clipped(text: str, limit: int = 200) -> str:
    """Text of a file for a message or a note: on one line, without control characters, not too long."""
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:limit])
    return plain if len(text) <= limit else f"{plain}… ({len(text):,} characters)"


def _columns_text(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Column {numbers[0]} has"
    return f"Columns {', '.join(map(str, numbers[:_SHOWN]))} have"


@lru_cache(maxsize=1)
def _knowledge() -> _Knowledge:
    import yaml

    # BaseLoader: every scalar is text ("no" is a word here, not a truth value) and no tag is honoured.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    text = files(__package__).joinpath("columns.yml").read_text(encoding="utf-8")
    table = yaml.load(text, Loader=loader)  # noqa: S506
    parties = {key(word): group for group, lines in table["parties"].items() for word in words(lines)}
    attributes = {key(word): role for role, lines in table["attributes"].items() for word in words(lines)}
    by_length = tuple(sorted(parties, key=lambda word: (-len(word), word)))
    links = tuple(dict.fromkeys(key(word) for word in words(table["links"])))
    languages = tuple(
        sorted({key(word) for word in words(table["languages"])}, key=lambda word: (-len(word), word))
    )
    return _Knowledge(parties, by_length, links, languages, attributes)


def words(lines: Sequence[str]) -> list[str]:
    """The words of a list whose items may hold several, separated by commas."""
    return [word for line in lines for word in (part.strip() for part in line.split(",")) if word]
