"""Data sets: local against Dask and Spark, growth with the rows, and one large file with a kill and a resume.

Figures hold for the machine they were measured on. Each run is a process of its own, as a user starts it; its seconds of
screening are those it says with --verbose, and its memory is the peak of the largest of its Python processes.

    python -m tests.benchmarks.engines [--names 170000] [--rows 1000000] [--growth 1000000 2000000 4000000 8000000]
        [--large 10000000] [--large-names 17000] [--only engines|growth|large] [--folder DIR]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.__main__ import ROOT, TOOL, generate

ENGINES = ("local", "dask", "spark://local-cluster[2,1,2048]")
"""The last is left out where pyspark is not installed: it is no part of the development tools."""


class Measured(NamedTuple):
    """seconds: of the whole command, and of its screening. cpu_seconds: of all its processes together, which another
    load of the machine hardly changes. peak_mb: of the largest Python process.
    """

    seconds: float
    screening_seconds: float
    cpu_seconds: float
    peak_mb: int
    counts: dict[str, int]
    hits: str


def descendants(process: int) -> set[int]:
    """The processes that descend from one, itself among them."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError):
                continue
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def peak(process: int) -> int:
    """Peak memory in MB of the largest Python process that descends from one."""
    most = 0
    for one in descendants(process):
        try:
            status = (Path("/proc") / str(one) / "status").read_text()
        except OSError:
            continue
        if "java" not in status.split("\n", 1)[0] and (found := re.search(r"VmHWM:\s+(\d+)", status)):
            most = max(most, int(found[1]) // 1024)
    return most


def run(
    rows: Path, names: Path, out: Path, *options: str, stop: Callable[[], bool] = lambda: False
) -> Measured | None:
    """Screen into a folder. stop: kills the run, with all its processes, when it says so; then None."""
    command = [sys.executable, "-m", "screening", "screen", str(rows), "-w", str(names), "-o", f"{out}/"]
    log = out.with_suffix(".log")
    before = cpu_seconds()
    started = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--fail-on", "never", "-v", *options],
            stdout=subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
        most = 0
        while process.poll() is None:
            most = max(most, peak(process.pid))
            if stop():
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return None
            time.sleep(0.3)
    seconds, used = time.perf_counter() - started, cpu_seconds() - before
    said = log.read_text()
    if process.returncode not in (0, 3):
        raise SystemExit(said)
    screening = re.findall(r"^screening: ([\d.]+) s", said, re.MULTILINE)
    counts = json.loads((out / "manifest.json").read_text())["counts"]
    return Measured(round(seconds, 1), float(screening[-1]), round(used, 1), most, counts, hits_sha256(out))


def cpu_seconds() -> float:
    """Of all processes that this one has waited for, and those they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def hits_sha256(out: Path) -> str:
    """The hash of all parts of the hits, by name."""
    digest = hashlib.sha256()
    for file in sorted((out / "hits").glob("*")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def whole(found: Measured | None) -> Measured:
    assert found is not None
    return found


def engines(folder: Path, rows: int, names: int) -> dict[str, object]:
    """The same rows on each engine."""
    table, listed = generate("counterparties", rows, folder), generate("watchlist", names, folder)
    run(generate("counterparties", 1, folder), listed, fresh(folder / "warm"))  # the index is built
    out: dict[str, object] = {}
    base: Measured | None = None
    for engine in ENGINES if find_spec("pyspark") else ENGINES[:-1]:
        found = whole(run(table, listed, fresh(folder / "out"), "--engine", engine))
        base = base or found
        if (found.counts, found.hits) != (base.counts, base.hits):
            raise SystemExit(f"{engine} found something else than {ENGINES[0]}")
        out[engine] = {
            "seconds": found.seconds,
            "screening_seconds": found.screening_seconds,
            "cpu_seconds": found.cpu_seconds,
            "rows_a_second": round(rows / found.screening_seconds),
            "overhead_percent": round(100 * (found.screening_seconds / base.screening_seconds - 1), 1),
            "worker_peak_mb": found.peak_mb,
        }
        print(engine, out[engine], flush=True)
    return out


def growth(folder: Path, sizes: list[int], names: int) -> dict[str, object]:
    """Time a row as the rows grow."""
    listed = generate("watchlist", names, folder)
    out: dict[str, object] = {}
    for size in sizes:
        found = whole(run(generate("counterparties", size, folder), listed, fresh(folder / "out")))
        out[str(size)] = {
            "screening_seconds": found.screening_seconds,
            "microseconds_a_row": round(1e6 * found.screening_seconds / size, 1),
            "cpu_microseconds_a_row": round(1e6 * found.cpu_seconds / size, 1),
            "worker_peak_mb": found.peak_mb,
        }
        print(size, out[str(size)], flush=True)
    return out


def large(folder: Path, rows: int, names: int) -> dict[str, object]:
    """One large file: rate and memory; then a run that is killed half-way, and resumed, with the same hits."""
    table, listed = generate("counterparties", rows, folder), generate("watchlist", names, folder)
    first = whole(run(table, listed, fresh(folder / "out")))
    parts = len(list((folder / "out" / "accounts").iterdir()))
    killed = fresh(folder / "killed")
    accounts = killed / "accounts"

    def half() -> bool:
        return accounts.is_dir() and len(list(accounts.iterdir())) >= parts // 2

    assert run(table, listed, killed, stop=half) is None
    kept = len(list(accounts.glob("*.json")))
    resumed = whole(run(table, listed, killed, "--resume"))
    if (resumed.counts, resumed.hits) != (first.counts, first.hits):
        raise SystemExit("the resumed run found something else")
    return {
        "rows": rows,
        "file_mb": table.stat().st_size >> 20,
        "parts": parts,
        "seconds": first.seconds,
        "cpu_seconds": first.cpu_seconds,
        "rows_a_second": round(rows / first.screening_seconds),
        "peak_mb": max(first.peak_mb, resumed.peak_mb),
        "kept_parts": kept,
        "resumed_seconds": resumed.seconds,
        "counts": first.counts,
    }


def fresh(out: Path) -> Path:
    """An output folder that is not there."""
    shutil.rmtree(out, ignore_errors=True)
    return out


def main() -> None:
    """Run what is asked for; print and write bench-engines.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=170_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--growth", type=int, nargs="+", default=[n * 1_000_000 for n in (1, 2, 4, 8)])
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--large-names", type=int, default=17_000)
    parser.add_argument("--only", choices=("engines", "growth", "large"))
    parser.add_argument("--folder", type=Path, help="Where generated files and the cache are kept.")
    chosen = parser.parse_args()
    if not TOOL.exists():
        raise SystemExit("The reference data is not beside this checkout; nothing can be measured.")
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["SCREENING_CACHE_DIR"] = str(folder / "cache")
        results: dict[str, object] = {"cores": os.cpu_count()}
        for name, part in (
            ("engines", lambda: engines(folder, chosen.rows, chosen.names)),
            ("growth", lambda: growth(folder, chosen.growth, chosen.large_names)),
            ("large", lambda: large(folder, chosen.large, chosen.large_names)),
        ):
            if chosen.only in (None, name):
                results[name] = part()
                print(name, results[name], flush=True)
    (ROOT / "bench-engines.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
