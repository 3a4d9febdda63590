"""An evaluation as text, JSON and SVG. Each is pure: the same evaluation gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

import msgspec

from screening.evaluate.cases import Case, Evaluation, Wanted
from screening.evaluate.measures import Point
from screening.reports.text import clip, explanation_line, score_text, visible

JSON_VERSION = 1
GRID = (20.0, 30.0, 40.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 92.0, 95.0, 98.0, 100.0)
_NAME_LENGTH = 120
_PROBLEMS = 20


def render_text(found: Evaluation) -> str:
    """The evaluation for a terminal or a pipe: plain lines of text."""
    unit = "false pairs" if found.what == "pairs" else "rows without a true hit"
    blocks = [
        _head(found, unit),
        _thresholds(found, unit),
        _bands(found),
        _cases("Misses", found.misses, found.missed, "true, below the review threshold, lowest first"),
        _cases(
            "False alarms",
            found.false_alarms,
            found.false,
            "not true, from the review threshold, highest first",
        ),
    ]
    if found.problems:
        shown = [f"  {visible(clip(text, 300))}" for text in found.problems[:_PROBLEMS]]
        more = len(found.problems) - _PROBLEMS
        blocks.append(["Not evaluated", *shown, *([f"  and {more:,} more"] if more > 0 else [])])
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


def _head(found: Evaluation, unit: str) -> list[str]:
    rows = found.rows
    lines = [
        visible(
            f"{found.path}: {found.what}, sha256 {found.sha256[:16]}, settings {found.settings_sha256[:16]}"
        ),
        f"rows read {rows.read}: evaluated {rows.evaluated}, left out {rows.left_out}, unscreened {rows.unscreened}",
        f"true examples {found.positives}, {unit} {found.negatives}",
    ]
    if found.where:
        lines.insert(1, visible("where " + ", ".join(found.where)))
    for info in found.lists:
        lines.append(visible(f"list {info.id}, as of {info.as_of}, {info.accepted} entities"))
    if found.rows.unknown:
        lines.append(f"true ids that stand on none of the lists: {found.rows.unknown} (not counted as true)")
    if found.rows.same_party:
        lines.append(
            f"hits on the party of a true hit under another id: {found.rows.same_party} (count neither way)"
        )
    if found.floor:
        lines.append(
            f"pairs below score {score_text(found.floor)} were not looked for: recall is that from there up"
        )
    lines.append("")
    lines.append(f"average precision {_share(found.average_precision)}")
    if found.best_f1 is not None:
        lines.append(f"best F1 {_share(found.best_f1.f1)} at threshold {score_text(found.best_f1.threshold)}")
    lines.extend(_wanted(wanted) for wanted in found.wanted)
    return lines


def _wanted(wanted: Wanted) -> str:
    sign = "at least" if wanted.what == "recall" else "at most"
    asked = f"{wanted.what} of {sign} {wanted.value:g}"
    point = wanted.point
    if point is None:
        return f"{asked}: no threshold gives it"
    return (
        f"{asked}: threshold {score_text(point.threshold)} (precision {_share(point.precision)}, "
        f"recall {_share(point.recall)}, alert rate {_share(point.alert_rate)})"
    )


def _thresholds(found: Evaluation, unit: str) -> list[str]:
    points = {point.threshold: point for point in _grid(found)}
    said = {found.review: "review", found.match: "match"}
    if found.best_f1 is not None:
        points[found.best_f1.threshold] = found.best_f1
        said[found.best_f1.threshold] = "best F1" + (
            f", {said[found.best_f1.threshold]}" if found.best_f1.threshold in said else ""
        )
    rows = [("threshold", "flagged", "true", "precision", "recall", "F1", "alerts", "alert rate", "")]
    for threshold in sorted(points):
        p = points[threshold]
        rows.append(
            (
                score_text(threshold),
                str(p.flagged),
                str(p.true),
                _share(p.precision),
                _share(p.recall),
                _share(p.f1),
                str(p.alerts),
                _share(p.alert_rate),
                said.get(threshold, ""),
            )
        )
    return [f"By threshold (alerts: {unit} at or above it)", *_table(rows)]


def _grid(found: Evaluation) -> Iterable[Point]:
    """Points of the table: round thresholds from the floor up, each as the curve's next point above it has it."""
    for threshold in GRID:
        at = [p for p in found.curve if p.threshold >= threshold]
        if at and threshold >= found.floor and threshold not in (found.review, found.match):
            yield msgspec.structs.replace(at[-1], threshold=threshold)
    yield found.at_review
    yield found.at_match


def _bands(found: Evaluation) -> list[str]:
    rows = [("score", "examples", "true", "share true")]
    for band in found.bands:
        if not band.examples:
            continue
        label = (
            "100.0" if band.low == band.high else f"{score_text(band.low)} to below {score_text(band.high)}"
        )
        rows.append((label, str(band.examples), str(band.true), _share(band.share)))
    return ["Calibration", *_table(rows)]


def _cases(title: str, cases: Sequence[Case], count: int, what: str) -> list[str]:
    lines = [f"{title}: {count} ({what}" + (f"; {len(cases)} shown)" if len(cases) < count else ")")]
    for case in cases:
        names = " | ".join(visible(clip(name, _NAME_LENGTH)) for name in (case.left, case.right))
        entity = f"  [{visible(case.entity)}]" if case.entity else ""
        lines.append(f"  {score_text(case.score):>5}  row {case.row}  {names}{entity}")
        lines.append(
            f"         {explanation_line(case.explanation) or 'no word of one is like a word of the other'}"
        )
    return lines


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        ("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def render_json(found: Evaluation) -> bytes:
    """All of the evaluation, with every point of the curve; the keys are those of the record."""
    body = {"format": "screening-evaluation", "format_version": JSON_VERSION, **msgspec.to_builtins(found)}
    return msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n"


# --- the plot -----------------------------------------------------------------------------------

_SIZE, _LEFT, _TOP, _GAP = 360, 60, 50, 90
# Okabe and Ito's palette can be told apart by people with colour-blindness.
_COLOURS = {"precision": "#0072b2", "recall": "#d55e00", "F1": "#009e73"}


def render_svg(found: Evaluation) -> bytes:
    """Two plots side by side: precision against recall, and precision, recall and F1 against the threshold."""
    width, height = _LEFT * 2 + _SIZE * 2 + _GAP, _TOP + _SIZE + 60
    curve = found.curve
    title = visible(f"{found.path}: average precision {_share(found.average_precision)}")
    second = _LEFT + _SIZE + _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="14">{escape(clip(title, 110))}</text>',
        *_axes(_LEFT, "recall", "precision", 1.0),
        _line(_LEFT, [(p.recall, p.precision) for p in curve], "#0072b2"),
        *_axes(second, "threshold", "", 100.0),
    ]
    lines: dict[str, Callable[[Point], float | None]] = {
        "precision": lambda p: p.precision,
        "recall": lambda p: p.recall,
        "F1": lambda p: p.f1,
    }
    for n, (name, value) in enumerate(lines.items()):
        colour = _COLOURS[name]
        parts.append(_line(second, [(p.threshold / 100, value(p)) for p in curve], colour))
        parts.append(
            f'<text x="{second + 12 + 80 * n}" y="{_TOP + _SIZE - 10}" fill="{colour}">{name}</text>'
        )
    for name, threshold in (("review", found.review), ("match", found.match)):
        x = second + _SIZE * threshold / 100
        parts.append(
            f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_TOP + _SIZE}" stroke="#999" stroke-dasharray="3 3">'
            f"<title>{name} threshold {score_text(threshold)}</title></line>"
        )
    return ("\n".join([*parts, "</svg>"]) + "\n").encode()


def _axes(left: float, across: str, up: str, most: float) -> list[str]:
    parts = [f'<rect x="{left}" y="{_TOP}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#333"/>']
    for n in range(6):
        part = n / 5
        x, y = left + _SIZE * part, _TOP + _SIZE * (1 - part)
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _SIZE + 18}" text-anchor="middle">{part * most:g}</text>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{part:g}</text>')
    middle = left + _SIZE / 2
    parts.append(f'<text x="{middle:.1f}" y="{_TOP + _SIZE + 40}" text-anchor="middle">{across}</text>')
    if up:
        parts.append(
            f'<text x="{left - 40}" y="{_TOP + _SIZE / 2:.1f}" text-anchor="middle" '
            f'transform="rotate(-90 {left - 40} {_TOP + _SIZE / 2:.1f})">{up}</text>'
        )
    return parts


def _line(left: float, points: Iterable[tuple[float | None, float | None]], colour: str) -> str:
    known = [(x, y) for x, y in points if x is not None and y is not None]
    path = " ".join(f"{left + _SIZE * x:.1f},{_TOP + _SIZE * (1 - y):.1f}" for x, y in known)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{path}"/>'


FORMATS: dict[str, Callable[[Evaluation], bytes]] = {
    ".json": render_json,
    ".svg": render_svg,
    ".txt": lambda found: render_text(found).encode("utf-8", "backslashreplace"),
}
