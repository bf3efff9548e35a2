"""Every error that the proxy raises on purpose for its operator. Anything else that reaches the top is a bug (exit 3).

StratumError
├── ConfigurationError   a file, a variable or a flag is wrong: carries every problem found (exit 2)
└── UnavailableError     something that is needed can't be had: a port, a certificate, a running proxy (exit 2)
"""

from __future__ import annotations

from collections.abc import Iterable


class StratumError(Exception):
    """An error with a message for the operator; ``hint`` says what to do about it."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigurationError(StratumError):
    """The configuration is wrong; ``problems`` has a line for each thing found, in the order of the file."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UnavailableError(StratumError):
    """Something that is needed can't be had on this machine."""
