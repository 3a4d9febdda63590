"""Time and peak memory of reading official lists, each in a process of its own.

    python tests/benchmarks/read_lists.py            a made EU list of 150 MB
    python tests/benchmarks/read_lists.py PATH...    the lists at these paths

"streamed" goes through the records one at a time; "held" keeps the whole list, as screening does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZE = 150_000_000

MEASURE = """
import resource, sys, time
from pathlib import Path
from screening.lists.formats import read_list, read_records
start = time.perf_counter()
if sys.argv[1] == "streamed":
    count = sum(1 for _ in read_records(Path(sys.argv[2])))
else:
    info = read_list(Path(sys.argv[2])).info
    count = info.accepted + info.rejected
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * (1024 if sys.platform == "darwin" else 1))
print(f"{sys.argv[1]:9} {count:8} records {time.perf_counter() - start:7.2f} s {peak:7.0f} MB peak")
"""


def measure(path: Path) -> None:
    size = sum(item.stat().st_size for item in (path.iterdir() if path.is_dir() else [path]))
    print(f"{path.name}, {size / 1e6:.1f} MB", flush=True)
    for way in ("streamed", "held"):
        subprocess.run([sys.executable, "-c", MEASURE, way, str(path)], check=True)


def main() -> None:
    if sys.argv[1:]:
        for argument in sys.argv[1:]:
            measure(Path(argument))
        return
    sys.path.insert(0, str(HERE.parent / "lists/formats"))
    from made import big_eu

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.xml"
        big_eu(path, SIZE)
        measure(path)


if __name__ == "__main__":
    main()
