"""Recorded decisions: what a reviewer said of a hit, how long it holds, and when it no longer does."""

from screening.decisions.file import Decisions, append, read_files
from screening.decisions.judge import Judge
from screening.decisions.record import Recorded, decide, exclude, fingerprint

__all__ = ["Decisions", "Judge", "Recorded", "append", "decide", "exclude", "fingerprint", "read_files"]
