"""Person or organization, for lists that do not say."""

from __future__ import annotations

import re

from screening.model import EntityType

# Words that stand in names of organizations and hardly in names of people.
_ORGANIZATION = frozenset(
    """
    ab academy aerospace ag agency air aircraft airline airlines airways and apartments as asia
    associates association authority aviation avia ballistic bank base battalion board brigade brothers
    bureau bv business cargo center centre chamber chemical chemicals co college command commercial
    commission committee company components computer computers construction consultants consulting
    control cooperation corp corporation council customs defence defense department design development
    devices directorate distribution division dmcc electric electrical electronic electronics energy
    engineering enterprise enterprises equipment establishment exchange expo export exports express
    fabrication facility factory federation fze fzc fzco fund gesellschaft global gmbh government group
    guard hardware holding holdings hospital import imports inc incorporated industrial industries
    industry institute institution instrument instruments insurance integrated intelligence
    international investment investments joint jsc kft kg kk laboratories laboratory limited link llc
    llp logistic logistics lp ltd ltda machinery management manufacturing marine maritime market
    marketing materials mechanical medical metal metals microelectronics military mining ministry
    missile national network networks nv of office oil ojsc ooo optical optics organisation organization
    oy parts petroleum pharmaceutical pjsc plant plc power precision procurement production products
    program project pte pty pvt pvtltd public radio refinery regiment research robotics sa sal sarl
    school science sciences scientific sdn security semiconductor service services ship shipping
    shipyard software solutions spa spol sro srl stock store subsidiary supplies supply system systems
    team tech technical technique technologies technology telecom telecommunication telecommunications
    the trade trading transport transportation travel trust union unit university ventures wings works
    worldwide zao
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
_WORD = re.compile(r"[^\W_]+")


def person_or_company(name: str) -> EntityType:
    """Organization for a name with a digit, an ampersand, a company word or only one word, else person."""
    words = _WORD.findall(name.casefold().replace(".", ""))
    if len(words) < 2 or len(words) > 6 or any(char.isdigit() or char in "&/" for char in name):
        return "organization"
    return "organization" if _ORGANIZATION.intersection(words) else "person"


NOTE = "not stated by the list; taken from the form of the name"
