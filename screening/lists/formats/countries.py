"""Country names as lists write them, to ISO 3166-1 alpha-2."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

# Names and spellings that ISO 3166-1 does not have. XK is the user-assigned code in general use for Kosovo.
_VARIANTS = {
    "bahamas, the": "BS",
    "the bahamas": "BS",
    "bolivia": "BO",
    "bosnia": "BA",
    "bosnia-herzegovina": "BA",
    "british virgin islands": "VG",
    "virgin islands, british": "VG",
    "virgin islands (british)": "VG",
    "virgin islands, u.s.": "VI",
    "us virgin islands": "VI",
    "brunei": "BN",
    "burma": "MM",
    "cabo verde": "CV",
    "cape verde": "CV",
    "china, hong kong special administrative region": "HK",
    "hong kong sar": "HK",
    "hong kong s.a.r.": "HK",
    "hong kong (china)": "HK",
    "hong kong, china": "HK",
    "china, macao special administrative region": "MO",
    "macau": "MO",
    "mainland china": "CN",
    "prc": "CN",
    "china, people's republic of": "CN",
    "people's republic of china": "CN",
    "congo": "CG",
    "congo (brazzaville)": "CG",
    "republic of the congo": "CG",
    "congo, republic of the": "CG",
    "congo (democratic republic)": "CD",
    "congo (kinshasa)": "CD",
    "congo, democratic republic of the": "CD",
    "democratic republic of congo": "CD",
    "democratic republic of the congo": "CD",
    "dem. rep. of the congo": "CD",
    "drc": "CD",
    "cote d ivoire": "CI",
    "cote d'ivoire": "CI",
    "ivory coast": "CI",
    "czech republic": "CZ",
    "dprk": "KP",
    "korea, north": "KP",
    "north korea": "KP",
    "korea (north)": "KP",
    "democratic people's republic of korea": "KP",
    "korea, south": "KR",
    "south korea": "KR",
    "korea (south)": "KR",
    "republic of korea": "KR",
    "east timor": "TL",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "uk": "GB",
    "united kingdom of great britain and northern ireland": "GB",
    "gambia, the": "GM",
    "the gambia": "GM",
    "holy see": "VA",
    "vatican city": "VA",
    "iran": "IR",
    "iran, islamic republic of": "IR",
    "iran (islamic republic of)": "IR",
    "isle of man": "IM",
    "man, isle of": "IM",
    "kosovo": "XK",
    "laos": "LA",
    "macedonia": "MK",
    "macedonia, the former yugoslav republic of": "MK",
    "macedonia, the republic of north": "MK",
    "north macedonia, the republic of": "MK",
    "micronesia": "FM",
    "moldova": "MD",
    "palestine": "PS",
    "palestinian": "PS",
    "palestinian territories": "PS",
    "occupied palestinian territories": "PS",
    "occupied palestinian territory": "PS",
    "state of palestine": "PS",
    "the occupied palestinian territories": "PS",
    "west bank": "PS",
    "gaza": "PS",
    "region: gaza": "PS",
    "region: west bank": "PS",
    "russia": "RU",
    "st kitts and nevis": "KN",
    "st. kitts and nevis": "KN",
    "st lucia": "LC",
    "st vincent": "VC",
    "st. vincent and the grenadines": "VC",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "taiwan (china)": "TW",
    "tanzania": "TZ",
    "united republic of tanzania": "TZ",
    "turkey": "TR",
    "turkiye": "TR",
    "uae": "AE",
    "u.a.e.": "AE",
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "united states of america": "US",
    "venezuela": "VE",
    "vietnam": "VN",
    "viet nam": "VN",
    "zaire": "CD",
    "zaire (formerly)": "CD",
}
_UNKNOWN = {"", "-", "00", "n/a", "none", "none identified", "unknown", "undetermined", "not specified", "xx"}
_SPACES = re.compile(r"\s+")


def _fold(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _SPACES.sub(" ", plain.casefold().replace("’", "'").replace("`", "'")).strip(" .,;")


@cache
def _table() -> dict[str, str]:
    import pycountry  # only readers need it, and it takes time to load

    table: dict[str, str] = {}
    for country in pycountry.countries:
        code = country.alpha_2
        for field in ("name", "official_name", "common_name", "alpha_2", "alpha_3"):
            value = getattr(country, field, None)
            if value:
                table.setdefault(_fold(value), code)
    table["xk"] = "XK"
    table.update({_fold(name): code for name, code in _VARIANTS.items()})
    return table


@lru_cache(maxsize=4096)
def code(text: str | None) -> str | None:
    """The alpha-2 code of a country given by name, alpha-2 or alpha-3; None if it is no country today."""
    if not text:
        return None
    folded = _fold(text)
    table = _table()
    found = table.get(folded)
    if found is None and folded.startswith("the "):
        found = table.get(folded[4:])
    return found


def is_unknown(text: str) -> bool:
    """Whether the wording says that the country is not known."""
    return _fold(text) in _UNKNOWN
