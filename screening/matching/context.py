"""What is known beside the name: country, birth date, identifiers, type. Each rule raises, lowers or vetoes.

Rules come after the name score, in a fixed order, and each says what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screening.identifiers import problem, specific
from screening.matching.align import Link
from screening.matching.catalog import comparable
from screening.matching.score import Effect
from screening.model import Entity, EntityType, Identifier, Name
from screening.names.prepare import FILLER, GENERIC, LEGAL, PLACE, WORD, Prepared, Token
from screening.settings import ContextWeights

# One number, one party: an equal value is the same party whatever the name says (ISO 17442 for LEI, GB 32100 for
# USCC, IMO Resolution A.1117(30) for ships, the registers of the Russian tax service for INN and OGRN).
STRONG_SCHEMES = frozenset(
    {"lei", "uscc", "imo", "inn", "ogrn", "isin", "ofac", "duns", "bic", "passport", "wallet", "mmsi"}
)
# Of these a party has one, so that two different ones speak against the same party.
SINGLE_SCHEMES = STRONG_SCHEMES - {"passport", "wallet", "isin", "mmsi", "bic"}

# Territories that share a jurisdiction or a border regime for the purpose of names on lists: a conflict between
# them says nothing. ISO 3166-1 dependencies, and territories occupied or unrecognised.
RELATED_COUNTRIES = (
    frozenset({"CN", "HK", "MO", "TW"}),
    frozenset({"GB", "GG", "JE", "IM", "VG", "KY", "BM", "GI", "AI", "TC", "MS", "FK", "SH"}),
    frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "PF", "NC", "MC"}),
    frozenset({"US", "PR", "VI", "GU", "AS", "MP"}),
    frozenset({"NL", "CW", "AW", "SX", "BQ"}),
    frozenset({"DK", "FO", "GL"}),
    frozenset({"RU", "BY", "UA"}),
    frozenset({"AE", "IR"}),
    frozenset({"KP", "CN"}),
    frozenset({"IL", "PS"}),
    frozenset({"CY", "TR"}),
    frozenset({"RS", "XK"}),
    frozenset({"AF", "PK"}),
    frozenset({"SY", "LB"}),
    frozenset({"SU", "RU"}),
    frozenset({"CH", "LI"}),
)

# Letters of a listed name up to which another firm's group is as likely to have it (Amig, Amig Group; not Wagner Group).
SHORT = 5


class Context(NamedTuple):
    """What a counterparty's row says beside its name."""

    type: EntityType | None = None
    countries: tuple[str, ...] = ()
    birth_date: str = ""
    identifiers: tuple[Identifier, ...] = ()


def effects(
    context: Context, entity: Entity, matched: Name, name_score: float, w: ContextWeights
) -> list[Effect]:
    """The context rules that apply to a pair whose names scored name_score (0-100), in the order applied."""
    out: list[Effect] = []
    agrees = False
    if context.type is not None and context.type != entity.type:
        out.append(Effect("type-conflict", w.type_conflict, f"{context.type} against {entity.type}"))
    if context.countries and entity.countries:
        if set(context.countries) & set(entity.countries):
            agrees = True
            out.append(
                Effect(
                    "country-agrees",
                    w.country_agrees,
                    ", ".join(sorted(set(context.countries) & set(entity.countries))),
                )
            )
        elif not _related(context.countries, entity.countries):
            text = f"{', '.join(context.countries)} against {', '.join(entity.countries)}"
            factor = w.country_conflict_person if entity.type == "person" else w.country_conflict
            out.append(Effect("country-conflict", factor, text))
    if context.birth_date and entity.birth_dates:
        found = birth_date(context.birth_date, entity.birth_dates)
        text = f"{context.birth_date} against {', '.join(entity.birth_dates)}"
        if found == "equal":
            agrees = True
            out.append(Effect("birth-date-agrees", w.birth_date_agrees, text))
        elif found == "year":
            agrees = True
            out.append(Effect("birth-year-agrees", w.birth_year_agrees, text))
        elif found == "conflict":
            out.append(Effect("birth-date-conflict", w.birth_date_conflict, text))
    if context.identifiers and entity.identifiers:
        conflicting = _conflicting(context.identifiers, entity.identifiers)
        if conflicting:
            out.append(
                Effect("identifier-conflict", w.identifier_conflict, f"different {', '.join(conflicting)}")
            )
    if matched.quality == "weak" and not agrees and name_score < w.weak_strict:
        out.append(
            Effect(
                "weak-alias",
                w.weak_alias,
                "a weak a.k.a. counts strictly or with context",
            )
        )
    return out


def _conflicting(mine: Sequence[Identifier], theirs: Sequence[Identifier]) -> list[str]:
    """The schemes of which a party has one number, and these two parties have different ones."""
    left, right = {comparable(i) for i in mine}, {comparable(i) for i in theirs}
    same = {scheme for scheme, _ in left & right}
    both = {scheme for scheme, _ in left} & {scheme for scheme, _ in right}
    return sorted((both & SINGLE_SCHEMES) - same)


def more_business(
    query: Prepared, listed: Prepared, links: Sequence[Link], w: ContextWeights
) -> list[Effect]:
    """The rule for a company that adds a line of business to a listed name (Mercavicola Shipping, Mercavicola).

    Not symmetric, unlike the name score: a listed party's name is often shortened by those who deal with it, and a
    name on a list is complete.
    """
    linked = {i for link in links for i in link.left}
    for i, token in enumerate(query.tokens):
        if token.kind == GENERIC and i not in linked:
            break
    else:  # of most pairs: nothing is added that says what a company does
        return []
    met = {j for link in links for j in link.right}
    if any(j not in met and not _small(t) for j, t in enumerate(listed.tokens)):
        return []
    short = sum(len(t.text) for t in listed.tokens if t.kind == WORD) <= SHORT
    added = [t for i, t in enumerate(query.tokens) if i not in linked and not _small(t, group=not short)]
    kinds = {t.kind for t in added}
    if GENERIC not in kinds or not kinds <= {GENERIC, PLACE}:
        return []
    if sum(t.weight for t in added) < w.more_business_from * query.total:
        return []
    said = ", ".join(t.shown for t in added)
    return [Effect("line-of-business-added", w.more_business, f"only the counterparty's name says {said}")]


def _small(token: Token, *, group: bool = True) -> bool:
    """A word that says nothing of what a company does. group: whether Group and Holding are such."""
    return token.kind in (LEGAL, FILLER) or (group and token.canon in ("group", "holding"))


def equal_identifier(context: Context, entity: Entity) -> Identifier | None:
    """The first strong identifier that both have.

    A number of an unspecific scheme (registration, tax) counts as the entity's when its check digits are right.
    """
    theirs = {comparable(i) for i in entity.identifiers if i.scheme in STRONG_SCHEMES}
    for mine in context.identifiers:
        if comparable(mine) in theirs:
            return mine
        other = specific(mine)
        if other and comparable(other) in theirs and problem(other.scheme, other.value) is None:
            return other
    return None


def birth_date(given: str, listed: tuple[str, ...]) -> str:
    """ "equal" to the day, "year" (year agrees as far as known), "conflict" (more than a year apart), or ""."""
    best = "conflict"
    for value in listed:
        if not (given[:4].isdigit() and value[:4].isdigit()):
            if best == "conflict":
                best = ""
            continue
        if given == value and len(given) == 10:
            return "equal"
        apart = abs(int(given[:4]) - int(value[:4]))
        if (
            apart == 0 and (len(given) < 10 or len(value) < 10) and given[:7] == value[: len(given[:7])][:7]
        ) or (apart == 0 and (len(given) == 4 or len(value) == 4)):
            best = "year"
        elif apart <= 1 and best == "conflict":
            best = ""
    return best


def _related(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    return any(set(a) & group and set(b) & group for group in RELATED_COUNTRIES)
