"""Alignment and rules as the steps that a report prints."""

from __future__ import annotations

from screening.matching.score import Scored
from screening.model import Step
from screening.names.prepare import KIND_NAMES, Prepared


def steps(a: Prepared, b: Prepared, scored: Scored) -> tuple[Step, ...]:
    """Aligned words in the order of a, then words of one side alone, then rules, then notes. a is the left side."""
    out: list[Step] = []
    seen_a: set[int] = set()
    seen_b: set[int] = set()
    for link in sorted(scored.links, key=lambda x: x.left):
        seen_a.update(link.left)
        seen_b.update(link.right)
        left = " ".join(a.tokens[i].shown for i in link.left)
        right = " ".join(b.tokens[j].shown for j in link.right)
        weight = sum(a.tokens[i].weight for i in link.left) / a.total
        weight_b = sum(b.tokens[j].weight for j in link.right) / b.total
        out.append(
            Step(
                kind="aligned", relation=link.relation, left=left, right=right,
                similarity=round(link.similarity, 3), weight=round((weight + weight_b) / 2, 3),
            )
        )  # fmt: skip
    for prepared, seen, side in ((a, seen_a, "left"), (b, seen_b, "right")):
        for i, token in enumerate(prepared.tokens):
            if i not in seen:
                share = round(token.weight / prepared.total, 3)
                kind = KIND_NAMES[token.kind]
                left, right = (token.shown, "") if side == "left" else ("", token.shown)
                out.append(Step(kind="unaligned", relation=kind, weight=share, left=left, right=right))
    score = scored.base
    for effect in scored.effects:
        after = effect.apply(score)
        out.append(Step(kind="rule", relation=effect.rule, effect=round(after - score, 1), text=effect.text))
        score = after
    for prepared in (a, b):
        out.extend(
            Step(kind="note", relation="undone", text=f"{note}: {prepared.raw}") for note in prepared.notes
        )
    return tuple(out)
