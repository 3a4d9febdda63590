"""Progress on standard error: after two seconds, only in a terminal, gone when the work is done."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from types import TracebackType

from screening.cli import console

QUIET_SECONDS = 2.0  # shorter work needs no progress
TICK_SECONDS = 0.2


class Progress:
    """A line that says what is being done, for how long, and how many rows are through.

    A thread of its own redraws it, so that it lives while a long step reports nothing.
    """

    def __init__(self, *, enabled: bool, steps: bool = False) -> None:
        """enabled: False shows nothing; nothing is shown outside a terminal either. steps: a line for each step that
        is done, wherever standard error goes, in place of the line that is redrawn.
        """
        self._steps = steps
        self._enabled = enabled and not steps and sys.stderr.isatty()
        self._done = threading.Event()
        self._started = time.monotonic()
        self._phase = ""
        self._phase_started = self._started
        self._rows, self._all = 0, 0
        self._drawn = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Progress:
        if self._enabled:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._enabled:
            self._done.set()
            self._thread.join()
            self._draw("")
        self._step_done()

    def phase(self, text: str) -> None:
        """Say what is being done from now on."""
        self._step_done()
        self._phase, self._phase_started, self._rows = text, time.monotonic(), 0
        self._all = 0

    def rows(self, done: int, of: int | None = None) -> None:
        """Say how many rows are through, and how many there are in all where that is known."""
        self._rows, self._all = done, of or 0

    def _step_done(self) -> None:
        if self._steps and self._phase:
            console.say(f"{self._phase}: {time.monotonic() - self._phase_started:.1f} s")

    def _run(self) -> None:
        # Ctrl-C must reach the main thread: a signal taken here would not end a read that blocks there.
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        while not self._done.wait(TICK_SECONDS):
            now = time.monotonic()
            if now - self._started >= QUIET_SECONDS:
                seconds = now - self._phase_started
                line = f"{self._phase}, {seconds:.0f} s"
                if self._rows:
                    rate = self._rows / seconds
                    line += f", {self._rows:,} rows, {rate:,.0f} a second"
                    if self._all:
                        line += f", {_left((self._all - self._rows) / rate)} left of {self._all:,} rows"
                self._draw(line)

    def _draw(self, line: str) -> None:
        line = line[: shutil.get_terminal_size((80, 24)).columns - 1]
        if line or self._drawn:
            console.tell("\r" + line.ljust(self._drawn) + ("" if line else "\r"))
            self._drawn = len(line)


def _left(seconds: float) -> str:
    """A time to come, in the unit that tells most: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
