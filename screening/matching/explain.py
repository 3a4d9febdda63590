"""Alignment and rules as the steps that a report prints."""

from __future__ import annotations

from operator import itemgetter

from screening.matching.score import Scored
from screening.model import Step
from screening.names.prepare import KIND_NAMES, Prepared

_LEFT = itemgetter(0)


def steps(a: Prepared, b: Prepared, scored: Scored) -> tuple[Step, ...]:
    """Aligned words in the order of a, then words of one side alone, then rules, then notes. a is the left side."""
    out: list[Step] = []
    (_, tokens_a, total_a, _), (_, tokens_b, total_b, _) = a, b
    alone_a, alone_b = [True] * len(tokens_a), [True] * len(tokens_b)
    for left, right, similarity, relation in sorted(scored.links, key=_LEFT):
        if len(left) == len(right) == 1:  # as most: to join and add up would take twice the time
            i, j = left[0], right[0]
            alone_a[i] = alone_b[j] = False
            x, y = tokens_a[i], tokens_b[j]
            shown_a, shown_b, weight_a, weight_b = x.shown, y.shown, x.weight, y.weight
        else:
            for i in left:
                alone_a[i] = False
            for j in right:
                alone_b[j] = False
            shown_a = " ".join(tokens_a[i].shown for i in left)
            shown_b = " ".join(tokens_b[j].shown for j in right)
            weight_a = sum(tokens_a[i].weight for i in left)
            weight_b = sum(tokens_b[j].weight for j in right)
        weight = round((weight_a / total_a + weight_b / total_b) / 2, 3)
        out.append(
            Step(
                kind="aligned",
                relation=relation,
                left=shown_a,
                right=shown_b,
                similarity=similarity if similarity == 1 else round(similarity, 3),
                weight=weight,
            )
        )
    for token, alone in zip(tokens_a, alone_a, strict=True):
        if alone:
            share = round(token.weight / total_a, 3)
            out.append(
                Step(kind="unaligned", relation=KIND_NAMES[token.kind], weight=share, left=token.shown)
            )
    for token, alone in zip(tokens_b, alone_b, strict=True):
        if alone:
            share = round(token.weight / total_b, 3)
            out.append(
                Step(kind="unaligned", relation=KIND_NAMES[token.kind], weight=share, right=token.shown)
            )
    score = scored.base
    for effect in scored.effects:
        after = effect.apply(score)
        out.append(Step(kind="rule", relation=effect.rule, effect=round(after - score, 1), text=effect.text))
        score = after
    for prepared in (a, b):
        if prepared.notes:
            out.extend(
                Step(kind="note", relation="undone", text=f"{note}: {prepared.raw}")
                for note in prepared.notes
            )
    return tuple(out)
