"""Every error that Sluice raises on purpose. Anything else that reaches the top is a bug (exit 3).

SluiceError
├── InvalidInputError   a file or a value of the user's is wrong: carries diagnostics (exit 2)
├── UsageError        the command line asks for something that can't be (exit 2)
├── UnavailableError    a tool, an action, an interpreter can't be had here: names what was tried (exit 2)
├── StoreError        events or logs can't be kept: the run stops (exit 2)
├── ExpressionError     an expression can't be read or evaluated (``expressions.errors``)
└── EvaluationError     a value of a workflow can't be evaluated: names its place (``workflow.evaluation``)
"""

from __future__ import annotations

from collections.abc import Iterable

from sluice.source.diagnostics import Diagnostic

_LONGEST = 200
"""Characters of a name that are shown."""


class SluiceError(Exception):
    """An error with a message for the user; ``hint`` says what to do about it."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def in_one_line(self) -> str:
        """The message and, in brackets, what to do about it: the reason of a job, a row of a table."""
        return f"{self.message} ({self.hint})" if self.hint else self.message

    @property
    def in_full(self) -> str:
        """The message, then what was tried and what to do about it, each on a line of its own."""
        return "\n".join(filter(None, [self.message, *self._tried(), self.hint]))

    def _tried(self) -> Iterable[str]:
        return ()


class InvalidInputError(SluiceError):
    """Something of the user's is wrong; every diagnostic found is in ``diagnostics``."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(found.message for found in self.diagnostics) or "invalid input")

    @property
    def in_one_line(self) -> str:
        """Each diagnostic with its place, in GitHub's form."""
        return "; ".join(map(_placed, self.diagnostics)) or self.message


def _placed(found: Diagnostic) -> str:
    start, hint = found.span.start, f" ({found.hint})" if found.hint else ""
    return f"{found.span.file} (Line: {start.line}, Col: {start.column}): {found.message}{hint}"


class UsageError(SluiceError):
    """The command can't be carried out as it was given."""


class UnavailableError(SluiceError):
    """Something that is needed can't be had on this machine; ``tried`` lists the places and ways that were tried."""

    def __init__(self, message: str, *, tried: Iterable[str] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.tried = tuple(tried)

    def _tried(self) -> Iterable[str]:
        return (f"  tried: {tried}" for tried in self.tried)


class StoreError(SluiceError):
    """The event store or a log file can't be written or read."""


def not_utf8(error: BaseException) -> UsageError | None:
    """What isn't UTF-8 where a name of the user's has other bytes in it; ``None`` for any other error."""
    if not isinstance(error, UnicodeEncodeError) or error.reason != "surrogates not allowed":
        return None
    shown = ascii(error.object if len(error.object) <= _LONGEST else f"{error.object[:_LONGEST]}…")
    return UsageError(f"{shown} is not UTF-8", hint="Sluice keeps names and texts as UTF-8: rename or retype it")
