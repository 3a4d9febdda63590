"""One renderer a file; each pure, from a Run.

A renderer is a module with ``render(run: Run) -> bytes``. Add a line to FORMATS and the ending works with -o.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from screening.errors import UsageError
from screening.model import Run

Renderer = Callable[[Run], bytes]

FORMATS: dict[str, str] = {
    ".csv": "screening.reports.csv_report",
    ".html": "screening.reports.html",
    ".json": "screening.reports.json_report",
    ".jsonl": "screening.reports.jsonl_report",
    ".md": "screening.reports.markdown",
    ".sarif": "screening.reports.sarif",
    ".xlsx": "screening.reports.xlsx",
    ".xml": "screening.reports.junit",
}


def renderer(path: Path) -> Renderer:
    """The renderer that the ending of `path` asks for.

    Raises UsageError for an ending without one; the message lists those there are.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        found = f"the ending {ending!r}" if ending else "no ending"
        raise UsageError(
            f"No report format for {path}: it has {found}.", f"Use one of {', '.join(sorted(FORMATS))}."
        )
    return cast(Renderer, import_module(FORMATS[ending]).render)
