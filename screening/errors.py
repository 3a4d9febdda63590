"""One error family. Every error says what happened, what to do next, and how the program exits."""

from __future__ import annotations

EXIT_CLEAR = 0
EXIT_FOUND = 1
EXIT_ERROR = 2
EXIT_PARTIAL = 3
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class ScreeningError(Exception):
    """A failure that a user can act on.

    message: what happened and where, one or more plain sentences.
    advice: what to do next, or "" where there is nothing to advise.
    exit_code: the process exit status (2 unless a subclass says otherwise).
    """

    exit_code = EXIT_ERROR

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".rstrip()


class UsageError(ScreeningError):
    """The command, an option or a setting is wrong."""


class InputError(ScreeningError):
    """A counterparty file cannot be read as a whole."""


class ListError(ScreeningError):
    """A watchlist cannot be read, is invalid, or is not there."""


class StoreError(ScreeningError):
    """The local store of list snapshots cannot be read or written."""


class OutputError(ScreeningError):
    """A report cannot be written."""


class DecisionError(ScreeningError):
    """A decisions file is invalid or contradicts itself."""


class UpdateError(ScreeningError):
    """Some lists could not be updated; the others were."""

    exit_code = EXIT_PARTIAL


class DocumentError(ScreeningError):
    """A document for a draft cannot be read, or a draft is not in its form."""
