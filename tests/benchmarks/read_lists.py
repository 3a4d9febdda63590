"""Time and peak memory of reading official lists, each in a process of its own.

    python -m tests.benchmarks.read_lists            made lists of 150 MB: OFAC's two XML formats, EU, UN
    python -m tests.benchmarks.read_lists PATH...    the lists at these paths

"streamed" goes through the records one at a time; "held" keeps the whole list, as screening does; "import" is the
whole command with the snapshot written.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lists.formats.made import big_advanced, big_eu, big_sdn, big_un

SIZE = 150_000_000

MEASURE = """
import resource, sys, time
from pathlib import Path
from screening.lists.formats import read_list, read_records
start = time.perf_counter()
if sys.argv[1] == "streamed":
    count = sum(1 for _ in read_records(Path(sys.argv[2])))
elif sys.argv[1] == "import":
    from screening import __version__
    from screening.cli.screen import now
    from screening.lists.imports import import_list
    from screening.lists.store import Store
    store = Store(Path(sys.argv[3]))
    info = import_list(Path(sys.argv[2]), store, program=__version__, now=now()).snapshot.info
    count = info.accepted + info.rejected
else:
    info = read_list(Path(sys.argv[2])).info
    count = info.accepted + info.rejected
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * (1024 if sys.platform == "darwin" else 1))
print(f"{sys.argv[1]:9} {count:8} records {time.perf_counter() - start:7.2f} s {peak:7.0f} MB peak")
"""


def measure(path: Path, store: Path) -> None:
    """Print the size of a list, and a line for each way of reading it."""
    size = sum(item.stat().st_size for item in (path.iterdir() if path.is_dir() else [path]))
    print(f"{path.name}, {size / 1e6:.1f} MB", flush=True)
    for way in ("streamed", "held", "import"):
        subprocess.run([sys.executable, "-c", MEASURE, way, str(path), str(store)], check=True)


def main() -> None:
    """Measure the lists named, or made ones."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for argument in sys.argv[1:]:
            measure(Path(argument), folder / f"store-{Path(argument).name}")
        for make in () if sys.argv[1:] else (big_sdn, big_advanced, big_eu, big_un):
            path = folder / f"{make.__name__}.xml"
            make(path, SIZE)
            measure(path, folder / f"store-{path.stem}")  # two of them are versions of one list
            path.unlink()


if __name__ == "__main__":
    main()
