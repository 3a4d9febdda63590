"""Seconds that a draft of a long PDF takes, as a whole process. The target: 200 pages in under 20 seconds.

The pages are made of the labelled English documents, each copy with company names of its own, so that parties pile up
as they do in a long report.

    python -m tests.benchmarks.draft_pdf [PAGES]
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from tests.curate.made import pdf

ROOT = Path(__file__).resolve().parents[2]
LINES = 46


def pages(count: int) -> list[list[str]]:
    """So many pages of lines of some 95 characters."""
    documents = sorted((ROOT / "tests" / "cases" / "documents").glob("*.txt"))
    texts = [
        re.sub(r"\[\[([^|\]]+)\|[^\]]*\]\]", r"\1", path.read_text(encoding="utf-8")) for path in documents
    ]
    english = [
        text.encode("ascii", "ignore").decode() for text in texts if text.isascii() or text[:40].isascii()
    ]
    lines: list[str] = []
    copy = 0
    while len(lines) < count * LINES:
        for text in english:
            copy += 1
            own = re.sub(r"\b(Ltd|LLC|GmbH|Inc|Limited|Corporation)\b", rf"Unit{copy} \1", text)
            for paragraph in own.split("\n"):
                lines += textwrap.wrap(paragraph, 95)
    return [lines[at : at + LINES] for at in range(0, count * LINES, LINES)]


def main() -> None:
    """Print the size of the document and the seconds of the best of two runs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "long.pdf"
        document.write_bytes(pdf(pages(count)))
        best = float("inf")
        for run in range(2):
            command = [
                sys.executable,
                "-m",
                "screening",
                "draft",
                str(document),
                "-o",
                f"{folder}/run{run}.yml",
            ]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
            best = min(best, time.perf_counter() - started)
            if done.returncode:
                raise SystemExit(done.stderr)
            for record in (Path(folder) / "seeds").glob("*.yml"):
                record.unlink()
        print(
            f"{count} pages, {document.stat().st_size / 1e6:.1f} MB: {best:.1f} s; {done.stdout.splitlines()[0]}"
        )


if __name__ == "__main__":
    main()
