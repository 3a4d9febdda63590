"""`screening check`: one name against watchlists."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli import options
from screening.cli.config import loaded
from screening.errors import EXIT_CLEAR, EXIT_FOUND, UsageError

if TYPE_CHECKING:
    from screening.model import Identifier


class PartyType(StrEnum):
    """The kinds of party."""

    person = "person"
    organization = "organization"
    vessel = "vessel"
    aircraft = "aircraft"


def check(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name, in quotes if it has spaces.")],
    type_: Annotated[PartyType | None, typer.Option("--type", help="What kind of party it is.")] = None,
    country: Annotated[
        list[str] | None, typer.Option(metavar="CC", help="Country (ISO 3166-1 alpha-2). Repeat for several.")
    ] = None,
    birth_date: Annotated[str, typer.Option(metavar="DATE", help="YYYY-MM-DD, YYYY-MM or YYYY.")] = "",
    identifier: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="SCHEME:VALUE", help="A number: --id uscc:91330000733796106P."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show aligned words, rules, quoted passages and sources.")
    ] = False,
    watchlist: options.Watchlists = None,
    threshold: options.Threshold = None,
    as_of: options.AsOf = None,
    data_dir: options.DataDir = None,
    no_color: options.NoColor = False,
) -> None:
    """Compare one NAME with watchlists.

    Exit status: 0 no hit, or none but clear ones; 1 a hit; 2 wrong usage or unreadable list.
    """
    from screening.cli.screen import with_threshold
    from screening.model import Counterparty

    _readable(name)
    counterparty = Counterparty(
        row=0,
        names=(name,),
        type=type_.value if type_ else None,
        countries=tuple(_country(code) for code in country or ()),
        birth_date=birth_date,
        identifiers=tuple(_identifier(text) for text in identifier or ()),
    )
    settings = with_threshold(threshold, loaded(ctx).config)

    from screening.cli import console
    from screening.pipeline import check as check_counterparty
    from screening.pipeline import open_screener
    from screening.reports import terminal

    screener = open_screener(watchlist or (), settings, as_of=as_of, data_dir=data_dir)
    hits = check_counterparty(counterparty, screener)
    console.show(
        terminal.render_hits(
            hits,
            screener.lists_of_parties,
            explain=explain,
            as_of=as_of,
            width=console.width(),
            colour=console.colour(no_color=no_color),
        )
    )
    raise typer.Exit(EXIT_FOUND if any(hit.status != "clear" for hit in hits) else EXIT_CLEAR)


def _readable(name: str) -> None:
    from screening.intake.values import NAME_LIMIT

    if any("\ud800" <= character <= "\udfff" for character in name):
        raise UsageError(
            f"The name {name!r} cannot be read in the encoding of this terminal.", "Use a UTF-8 terminal."
        )
    if not any(character.isalnum() for character in name):
        raise UsageError(f"The name {name!r} has no letter or digit.", "Give a name to compare.")
    if len(name) > NAME_LIMIT:
        raise UsageError(
            f"The name has {len(name):,} characters; a name has at most {NAME_LIMIT:,}.", "Give one name."
        )


def _country(code: str) -> str:
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise UsageError(f"{code!r} is not a country code.", "Use ISO 3166-1 alpha-2, such as CN or RU.")
    return code.upper()


def _identifier(text: str) -> Identifier:
    from screening.model import Identifier

    scheme, colon, value = text.partition(":")
    if not (scheme and colon and value):
        raise UsageError(
            f"--id {text!r} is not of the form SCHEME:VALUE.", "Write --id uscc:91330000733796106P."
        )
    return Identifier(scheme=scheme.strip().lower(), value=value.strip())
