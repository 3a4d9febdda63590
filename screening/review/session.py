"""What a reviewer does with the hits of a report, whatever it looks like: filter, decide, undo.

Every decision is written to the decisions file at once, as `screening decide` writes it: a terminal that closes
loses nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from screening.decisions import Judge, decide, read_files
from screening.decisions.add import record
from screening.decisions.file import check_ending, mistakes, take_back, texts_of
from screening.decisions.record import Disposition
from screening.errors import DecisionError
from screening.model import HIT_STATUSES, Hit, Run


class _Written(NamedTuple):
    hit: Hit
    added: bytes


class Session:
    """The hits of a run, the most serious first, and the decisions on them in one file."""

    def __init__(self, run: Run, file: Path, day: date) -> None:
        """file: decisions file to add to, which need not exist yet. day: on which the reviewer decides.

        Raises DecisionError when the file cannot be read or contradicts itself.
        """
        check_ending(file)
        self.hits: Sequence[Hit] = sorted(
            run.hits, key=lambda hit: (HIT_STATUSES.index(hit.status), -hit.score)
        )
        self.run = run
        self.file = file
        self._day = day
        self._undo: list[_Written] = []
        self._words: dict[int, str] = {}
        self._read()

    def _read(self) -> None:
        entries = read_files([self.file]).entries if self.file.exists() else ()
        judge = Judge(entries, self._day)
        for hit in self.hits:  # a true match whose name is excluded shows only here
            judge(hit)
        self._judge = judge

    def judged(self, hit: Hit) -> Hit:
        """The hit with the decision that applies to it now, or with the one that lapsed and why."""
        return self._judge(hit)

    def is_decided(self, hit: Hit) -> bool:
        """Whether a decision on the hit is in force."""
        found = self.judged(hit)
        return found.decision is not None and not found.decision_note

    def fitting(self, words: str = "", *, only_open: bool = False) -> list[int]:
        """Places in `hits` of those that hold every word of a text (case and accents apart) in their names, ids,
        countries, list or status; with only_open those that wait for one: neither decided nor clear.
        """
        wanted = _folded(words).split()
        return [
            place
            for place, hit in enumerate(self.hits)
            if all(word in self._text(place) for word in wanted)
            and not (only_open and (hit.status == "clear" or self.is_decided(hit)))
        ]

    def decide(self, hit: Hit, disposition: Disposition, *, reason: str, by: str, until: str = "") -> None:
        """Write a decision on a hit to the file. One that is in force there on the same pair is superseded.

        Raises DecisionError for a text that is missing or wrong and for one that changes nothing, OutputError when the
        file cannot be written.
        """
        entry = decide(
            hit,
            disposition,
            reason=reason.strip(),
            by=by.strip(),
            decided_on=self._day.isoformat(),
            until=until.strip(),
            run_id=self.run.manifest.run_id,
        )
        wrong = list(mistakes(texts_of(entry)))
        if wrong:
            raise DecisionError("; ".join(wrong).replace("`", "") + ".")
        result = record(self.file, [entry], self._day, supersede=True, hits=[hit])
        if not result.added:
            raise DecisionError("This is recorded already.")
        self._undo.append(_Written(hit, result.written))
        self._read()

    def undo(self) -> Hit | None:
        """Take the last decision of this session back out of the file, and say which hit it was on.

        None when there is none left. Raises DecisionError when the file has been changed by someone else since.
        """
        if not self._undo:
            return None
        take_back(self.file, self._undo[-1].added)
        hit, _ = self._undo.pop()
        self._read()
        return hit

    @property
    def made(self) -> int:
        """How many decisions this session has written and not taken back."""
        return len(self._undo)

    def _text(self, place: int) -> str:
        if place not in self._words:
            hit = self.hits[place]
            party, entity = hit.counterparty, hit.entity
            texts = [hit.status, hit.id, hit.name, *party.names, party.id, *party.countries]
            texts += [entity.id, entity.name, hit.matched_name.value, *entity.countries]
            texts += [hit.list.id, hit.list.title, hit.list.kind]
            self._words[place] = _folded("\n".join(texts))
        return self._words[place]


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in parts if not unicodedata.combining(character))
