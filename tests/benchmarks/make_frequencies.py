"""Write screening/names/data/frequencies.yml: in how many listed names each word occurs.

Run by hand when the knowledge or the reference lists change:

    python tests/benchmarks/make_frequencies.py FOLDER

FOLDER holds ofac-sdn/{sdn,alt}.csv and un-sc/consolidated.xml as the authorities publish them. Words are counted after
preparation (so that "technology", its abbreviation and its translations are one), names once each.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from defusedxml.ElementTree import parse

from screening.names.knowledge import read_files
from screening.names.prepare import GENERIC, PLACE, WORD, Mode, Preparer

LEAST = 3  # a word of fewer names weighs nearly as much as one never seen


def names(folder: Path) -> Iterator[tuple[Mode, str]]:
    """Mode and name of every primary name and alias."""
    modes: dict[str, Mode] = {}
    for file, at in (("sdn.csv", 1), ("alt.csv", 3)):
        with (folder / "ofac-sdn" / file).open(encoding="utf8", errors="replace", newline="") as handle:
            for row in csv.reader(handle):
                if len(row) > 3:
                    if file == "sdn.csv":
                        modes[row[0]] = "person" if row[2].strip() == "individual" else "other"
                    yield modes[row[0]], row[at]
    root = parse(folder / "un-sc" / "consolidated.xml").getroot()
    for person in root.iter("INDIVIDUAL"):
        parts = [person.findtext(f"{n}_NAME") or "" for n in ("FIRST", "SECOND", "THIRD", "FOURTH")]
        yield "person", " ".join(p.strip() for p in parts if p.strip())
        for alias in person.iter("ALIAS_NAME"):
            yield "person", alias.text or ""
    for entity in root.iter("ENTITY"):
        yield "other", entity.findtext("FIRST_NAME") or ""
        for alias in entity.iter("ALIAS_NAME"):
            yield "other", alias.text or ""


def main() -> None:
    """Count and write."""
    preparer = Preparer()
    counts: dict[Mode, Counter[str]] = {"person": Counter(), "other": Counter()}
    totals: Counter[Mode] = Counter()
    for mode, name in sorted(set(names(Path(sys.argv[1])))):
        totals[mode] += 1
        tokens = preparer.prepare(name, mode).tokens
        counts[mode].update({t.canon for t in tokens if t.kind in (WORD, GENERIC, PLACE) and t.canon})
    lines = [
        "# In how many of the listed names a word occurs: the rarer a word, the more it counts in a score.",
        "# Counted over the primary names and aliases of the OFAC SDN list and the UN Security Council list of",
        "# 27 February 2026 (both public), after the knowledge in this folder was applied. Words of fewer than",
        f"# {LEAST} names are left out: they count as never seen. Written by tests/benchmarks/make_frequencies.py.",
        f"person_names: {totals['person']}",
        f"organization_names: {totals['other']}",
    ]
    for label, mode in (("person", "person"), ("organization", "other")):
        lines.append(f"{label}:")
        for word, count in sorted(counts[mode].items(), key=lambda x: (-x[1], x[0])):  # type: ignore[index]
            if count >= LEAST:
                lines.append(f"  '{word}': {count}")
    target = Path(__file__).resolve().parents[2] / "screening/names/data/frequencies.yml"
    target.write_text("\n".join(lines) + "\n", encoding="utf8")
    print(f"{target}: {len(lines) - 8} words; knowledge files read: {len(read_files())}")


if __name__ == "__main__":
    main()
