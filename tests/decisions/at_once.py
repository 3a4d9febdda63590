"""One of several processes that write to one decisions file: `python at_once.py FILE NAME HOW ROUNDS`.

Waits for a line on standard input, so that all begin together, then records a decision on one hit after the other and
prints the hits whose decisions stand. HOW: `keep`; `undo`: every second one is taken back at once, if nobody has written
since; a disposition: on hits that the other processes decide on too.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from screening.decisions.add import record
from screening.decisions.file import take_back
from screening.decisions.record import DISPOSITIONS
from screening.errors import DecisionError
from tests.decisions.made import a_decision, a_hit

DAY = date(2026, 6, 1)


def main(file: Path, name: str, how: str, rounds: int) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    shared = how in DISPOSITIONS
    for number in range(rounds):
        key = f"{'all' if shared else name}-{number}"
        hit = a_hit(id=key, party={"id": key})
        decision = a_decision(hit, disposition=how if shared else "false-positive")
        try:
            added = record(file, [decision], DAY, supersede=False).written
            if how == "undo" and number % 2:
                take_back(file, added)
                continue
        except DecisionError:  # the other one was first: it decided otherwise, or has written since
            if shared:
                continue
        print(hit.id, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
