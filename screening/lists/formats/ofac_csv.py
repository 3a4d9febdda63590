"""OFAC's legacy CSV files: parties, other names, addresses and the remarks that did not fit.

Layout: https://ofac.treasury.gov/specially-designated-nationals-and-blocked-persons-list-data-formats-data-schemas
(no header; "-0-" for no value; files may end with 0x1A).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from screening.errors import ListError
from screening.lists.formats import dates, remarks, tabular
from screening.lists.formats.draft import Draft, squeeze
from screening.lists.formats.interface import Facts, Options, Records, Sample
from screening.model import EntityType, Listing, Rejected

AUTHORITY = "US Treasury, Office of Foreign Assets Control (OFAC)"
PUBLISHER = "Office of Foreign Assets Control (OFAC), US Department of the Treasury"
LISTS = {
    "ofac-sdn": "Specially Designated Nationals and Blocked Persons List",
    "ofac-consolidated": "Consolidated Sanctions List (Non-SDN)",
}
TYPES: dict[str, EntityType] = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
# primary file -> (list, aliases, addresses, continued remarks)
_SETS = {
    "sdn.csv": ("ofac-sdn", "alt.csv", "add.csv", "sdn_comments.csv"),
    "cons_prim.csv": ("ofac-consolidated", "cons_alt.csv", "cons_add.csv", "cons_comments.csv"),
}
_FIELDS = (12, 5, 6, 2)
EXPECTS = (
    "a folder with sdn.csv, alt.csv and add.csv (or cons_prim.csv, cons_alt.csv and cons_add.csv) of OFAC, "
    "or the path of its sdn.csv or cons_prim.csv"
)


def locator(uid: str) -> str:
    """OFAC's own page of a party."""
    return f"https://sanctionssearch.ofac.treas.gov/Details.aspx?id={uid}"


def fits(sample: Sample) -> bool:
    if sample.is_folder:
        return bool(_primaries(sample.files))
    first = sample.first_line
    return (
        sample.path.name.lower() in _SETS
        and first.split(",", 1)[0].strip().isdigit()
        and first.count(",") >= 11
    )


def _primaries(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name.lower() in _SETS]


def files(path: Path) -> tuple[Path, ...]:
    """The files of the set, the primary first. Raises ListError naming the file that is missing."""
    folder = path if path.is_dir() else path.parent
    present = {item.name.lower(): item for item in sorted(folder.iterdir()) if item.is_file()}
    chosen = [name for name in _SETS if name in present] if path.is_dir() else [path.name.lower()]
    if len(chosen) != 1:
        raise ListError(
            f"{folder.name} holds more than one OFAC list: {', '.join(chosen)}.",
            "Name the file to read: sdn.csv or cons_prim.csv.",
        )
    primary = chosen[0]
    _, aliases, addresses, comments = _SETS[primary]
    for name in (aliases, addresses):
        if name not in present:
            raise ListError(
                f"{name} is missing beside {primary}: OFAC publishes parties, names and addresses apart.",
                f"Put {name} of the same day into the folder.",
            )
    found = [present[primary], present[aliases], present[addresses]]
    return (*found, present[comments]) if comments in present else tuple(found)


def read(path: Path, options: Options) -> Records:
    """Parties with their aliases, addresses and remarks; a line that fits no party refuses the set."""
    paths = files(path)
    default = _SETS[paths[0].name.lower()][0]
    list_id = options.list_id or default
    alias_rows = _grouped(paths[1], _FIELDS[1])
    address_rows = _grouped(paths[2], _FIELDS[2])
    comments = _grouped(paths[3], _FIELDS[3], may_be_empty=True) if len(paths) > 3 else {}
    seen: set[str] = set()
    last = ""
    for where, fields, problem in _records(paths[0], _FIELDS[0]):
        uid = fields[0].strip()
        if problem:
            yield Rejected(where=where, reason=problem)
        elif not squeeze(fields[1]) or not uid.isdigit():
            reason = "the party has no name" if uid.isdigit() else f"'{uid[:40]}' is not an OFAC number"
            yield Rejected(where=where, reason=reason)
        else:
            last = uid
            extra = "".join(row[1] for _, row in comments.get(uid, ()))
            yield _party(list_id, default, fields, alias_rows[uid], address_rows[uid], extra).entity(
                list_id, locator(uid)
            )
        seen.add(uid)
    for source, grouped in ((paths[1], alias_rows), (paths[2], address_rows)):
        strangers = [(rows[0][0], uid) for uid, rows in grouped.items() if rows and uid not in seen]
        if strangers:
            where, uid = strangers[0]
            raise ListError(
                f"{where}: party {uid} is not in {paths[0].name}. {paths[0].name} is cut off, "
                f"or {source.name} is of another day.",
                "Download all files of the list again, together.",
            )
    if last and not address_rows.get(last):
        # OFAC gives every party an address line, if need be an empty one.
        raise tabular.truncated(paths[2], f"it has no line for {last}, the last party of {paths[0].name}")
    _check_ends(paths)
    for uid, rows in comments.items():
        if uid not in seen:
            yield Rejected(
                where=rows[0][0], reason=f"continues the remarks of party {uid}, which {paths[0].name} lacks"
            )
    return Facts(
        id=list_id,
        title=f"OFAC {LISTS[default]}",
        kind="sanctions",
        publisher=PUBLISHER,
        source="https://sanctionslist.ofac.treas.gov/",
    )


def _check_ends(paths: tuple[Path, ...]) -> None:
    """OFAC ends each file with 0x1A; some mirrors take it off all of the main three. One alone without it was cut."""
    marked = {path: _ends_with_mark(path) for path in paths}
    bare = [path for path in paths if not marked[path]]
    if bare and any(marked[path] for path in paths[:3]):
        raise tabular.truncated(bare[0], "it lacks the end mark 0x1A that the files beside it have")


def _ends_with_mark(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - 16))
        return file.read().rstrip(b" \r\n\x00").endswith(tabular.END_MARK.encode())


def _value(text: str) -> str:
    return "" if text.strip() in ("-0-", "-0", "") else text


def _records(path: Path, width: int) -> list[tuple[str, list[str], str]]:
    """(where, fields, problem) of each line. Raises ListError when the last line is not whole."""
    text = tabular.load(path)
    if not tabular.ends_with_line_end(text) and not text.rstrip(" ").endswith(('"', "-0-", "-0")):
        raise tabular.truncated(path, "the last line ends in the middle of a field")
    found = []
    for line, fields in tabular.rows(path, text):
        problem = "" if len(fields) == width else f"{len(fields)} fields where {width} are expected"
        found.append((f"{path.name}, line {line}", [_value(field) for field in fields], problem))
    if found and found[-1][2]:
        raise tabular.truncated(path, f"the last line has {found[-1][2]}")
    return found


def _grouped(path: Path, width: int, *, may_be_empty: bool = False) -> dict[str, list[tuple[str, list[str]]]]:
    """Lines by party. Here a damaged line refuses the file: its party would lose a name in silence."""
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    if may_be_empty and not tabular.decode(path.read_bytes()).strip():
        return found
    for where, fields, problem in _records(path, width):
        if problem:
            raise ListError(f"{where}: {problem}. The file is damaged.", "Download the list again.")
        found[fields[0].strip()].append((where, fields))
    return found


def _party(
    list_id: str,
    default: str,
    fields: list[str],
    aliases: list[tuple[str, list[str]]],
    addresses: list[tuple[str, list[str]]],
    continued: str,
) -> Draft:
    uid, name, kind, programmes, title, call_sign, vessel_type, tonnage, grt, flag, owner, remark = fields
    uid, kind, remark = uid.strip(), kind.strip(), remark + continued
    draft = Draft(uid, TYPES.get(kind.lower(), "organization"), name)
    if kind and kind.lower() not in TYPES:
        draft.detail("type", kind)
    draft.identifier("ofac", uid)
    for _, (_, _, sort, alias, note) in aliases:
        former = sort.strip().lower() == "fka"
        draft.also(alias, former=former, note=note or ("n.k.a." if sort.strip().lower() == "nka" else None))
    for _, (_, _, street, city, country, note) in addresses:
        draft.address(street, city, country=country, note=note)
    draft.detail("title", title)
    draft.identifier("call-sign", call_sign)
    draft.detail("vessel type", vessel_type)
    draft.detail("tonnage", tonnage)
    draft.detail("gross registered tonnage", grt)
    draft.country(flag, "flag")
    draft.relate("owned by", owner)
    remarks.add(draft, remark)
    for programme in programmes.split("] ["):
        draft.listing(
            Listing(
                authority=AUTHORITY,
                list=LISTS[default],
                programme=programme.strip(" []") or None,
                id=uid,
                from_=listed_on(programme, remark),
                url=locator(uid),
            )
        )
    draft.evidence(list_id, remark, locator(uid))
    return draft


def listed_on(programme: str, remark: str) -> str | None:
    """The earliest listing date the remarks give for a programme ("Listing Date (CMIC) 03 Jun 2021")."""
    found = []
    for part in remarks.parts(remark):
        label, opening, rest = part.partition("Listing Date (")
        if opening and not label:
            tag, _, date = rest.rstrip(".").partition(")")
            key = "".join(tag.split()[:2]) if tag.startswith("EO") else tag.split(" ")[0]
            if key and key in programme:
                found.append(dates.partial(date.strip(" :")) or "")
    return min((date for date in found if date), default=None)
