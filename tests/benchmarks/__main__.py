"""`make bench`: quality and speed, printed and written to bench.json.

Figures of speed hold for the machine they were measured on; the ratios to rapidfuzz.cdist of the same run travel
better. Reference data and the generator of counterparties are looked for in a folder `shared` beside the checkout.

    python -m tests.benchmarks [--names 17000 170000 1000000] [--rows 200000] [--only quality|compare|screen|throughput]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
TOOL = SHARED / "tools" / "make_counterparties.py"


def generate(what: str, size: int, folder: Path) -> Path:
    """A generated counterparty file or watchlist, made once."""
    path = folder / f"{what}-{size}.csv"
    if not path.exists():
        subprocess.run([sys.executable, str(TOOL), what, str(size), str(path)], check=True)
    return path


def average_precision(scores: list[float], labels: list[bool]) -> tuple[float, float]:
    """Average precision and best F1, equal scores taken together."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    true, score = np.asarray(labels)[order].astype(float), np.asarray(scores)[order]
    hits, last = np.cumsum(true), np.r_[score[1:] != score[:-1], True]
    precision = (hits / np.arange(1, len(true) + 1))[last]
    recall = (hits / true.sum())[last]
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(np.sum(precision * np.diff(np.r_[0, recall]))), float(f1.max())


def quality() -> dict[str, object]:
    """Average precision and best F1 on both halves of the labelled name pairs."""
    import screening

    with (SHARED / "data/name-pairs-dev.csv").open(encoding="utf8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    out: dict[str, object] = {}
    for split in ("tune", "check"):
        part = [r for r in rows if r["split"] == split]
        scores = [screening.compare(r["name_a"], r["name_b"], kind=r["kind"]).score for r in part]
        precision, f1 = average_precision(scores, [r["is_match"] == "true" for r in part])
        out[split] = {"average_precision": round(precision, 4), "best_f1": round(f1, 4)}
    return out


def compare_speed() -> dict[str, object]:
    """Microseconds of one compare() of two names not seen before, words warm; and of the score alone."""
    import screening
    from screening.matching.score import Scorer
    from screening.names.prepare import Preparer

    with (SHARED / "data/name-pairs-dev.csv").open(encoding="utf8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows[:3000]:
        screening.compare(row["name_a"], row["name_b"], kind=row["kind"])
    preparer, scorer = Preparer(), Scorer()
    whole, alone = [], []
    for row in rows[:3000]:
        started = time.perf_counter()
        screening.compare(row["name_a"], row["name_b"], kind=row["kind"])
        whole.append(time.perf_counter() - started)
    for _ in range(2):
        alone = []
        for row in rows[:3000]:
            mode = "person" if row["kind"] == "person" else "other"
            started = time.perf_counter()
            scorer.score(preparer.prepare(row["name_a"], mode), preparer.prepare(row["name_b"], mode), mode)
            alone.append(time.perf_counter() - started)
    return {
        "compare_with_explanation_us": round(float(np.median(whole)) * 1e6, 1),
        "prepare_and_score_us": round(float(np.median(alone)) * 1e6, 1),
    }


def recall_and_alerts(folder: Path) -> dict[str, object]:
    """Recall of listed names with a slip, and alert rate of invented ones, at the default review threshold."""
    report = folder / "screened.json"
    rows, names = generate("counterparties", 20_000, folder), generate("watchlist", 17_000, folder)
    run_screen(rows, names, report)
    found: dict[str, set[str]] = {}
    for hit in json.loads(report.read_text())["hits"]:
        found.setdefault(hit["counterparty"]["id"], set()).add(hit["entity"]["id"])
    with rows.open(encoding="utf8", newline="") as handle:
        table = list(csv.DictReader(handle))
    listed = [r for r in table if r["truth"]]
    invented = [r for r in table if not r["truth"]]
    return {
        "recall": round(sum(r["truth"] in found.get(r["id"], ()) for r in listed) / len(listed), 4),
        "alert_rate": round(sum(r["id"] in found for r in invented) / len(invented), 5),
    }


def run_screen(rows: Path, names: Path, report: Path) -> tuple[float, int]:
    """Screen as a whole process: seconds, and peak memory in MB of the largest process."""
    command = [
        sys.executable,
        "-m",
        "screening",
        "screen",
        str(rows),
        "-w",
        str(names),
        "-o",
        str(report),
        "--quiet",
    ]
    started = time.perf_counter()
    done = subprocess.run([*command, "--fail-on", "never"], capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def rapidfuzz_rate(rows: Path, names: Path) -> float:
    """Rows a second of exhaustive rapidfuzz.cdist with token_sort_ratio on both cores."""
    from rapidfuzz import fuzz, process, utils

    def column(path: Path) -> list[str]:
        with path.open(encoding="utf8", newline="") as handle:
            return [utils.default_process(r["name"]) for r in csv.DictReader(handle)]

    listed = column(names)
    some = column(rows)[: max(200, 100_000_000 // len(listed))]
    best = 0.0
    for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
        started = time.perf_counter()
        for at in range(0, len(some), 500):
            process.cdist(
                some[at : at + 500], listed, scorer=scorer, score_cutoff=80, workers=2, dtype=np.uint8
            )
        best = max(best, len(some) / (time.perf_counter() - started))
    return best


def throughput(folder: Path, sizes: list[int], count: int) -> dict[str, object]:
    """Rows a second from CSV to CSV, by size of the list, with the index built and then cached."""
    out: dict[str, object] = {}
    rows, one = generate("counterparties", count, folder), generate("counterparties", 1, folder)
    for size in sizes:
        names = generate("watchlist", size, folder)
        report = folder / "out.csv"
        build, build_peak = run_screen(one, names, report)
        opened = min(run_screen(one, names, report)[0] for _ in range(3))
        seconds, peak = min(run_screen(rows, names, report) for _ in range(2))
        peer = rapidfuzz_rate(rows, names)
        out[str(size)] = {
            "build_seconds": round(build, 1),
            "one_row_seconds": round(opened, 2),
            "seconds": round(seconds, 1),
            "rows_a_second": round(count / seconds),
            "peak_mb": max(peak, build_peak),
            "rapidfuzz_rows_a_second": round(peer),
            "ratio": round(count / seconds / peer, 1),
        }
        print(size, out[str(size)], flush=True)
    return out


def main() -> None:
    """Run what is asked for; print and write bench.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, nargs="+", default=[17_000, 170_000, 1_000_000])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--only", choices=("quality", "compare", "screen", "throughput"))
    parser.add_argument("--folder", type=Path, help="Where generated files and the cache are kept.")
    chosen = parser.parse_args()
    if not TOOL.exists():
        raise SystemExit("The reference data is not beside this checkout; nothing can be measured.")
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["SCREENING_CACHE_DIR"] = str(folder / "cache")
        parts = {
            "quality": quality,
            "compare": compare_speed,
            "screen": lambda: recall_and_alerts(folder),
            "throughput": lambda: throughput(folder, chosen.names, chosen.rows),
        }
        results: dict[str, object] = {"cores": os.cpu_count()}
        for name, part in parts.items():
            if chosen.only in (None, name):
                results[name] = part()
                print(name, results[name], flush=True)
    (ROOT / "bench.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
