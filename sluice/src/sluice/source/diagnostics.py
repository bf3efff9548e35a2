"""Diagnostics are data: a place, a rule, a message, a hint, and what would have been allowed."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sluice.source.positions import Span


class Severity(StrEnum):
    """How much a diagnostic matters: an error stops a run, a warning and a notice do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Diagnostic(Struct, frozen=True, kw_only=True):
    """One thing found in a source file.

    ``rule`` is a kebab-case id that the user can look up; ``message`` uses GitHub's words where GitHub has words;
    ``allowed`` lists the values that would have been accepted, ``hint`` says what to do.
    """

    span: Span
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    hint: str | None = None
    allowed: tuple[str, ...] = ()


def sort_diagnostics(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics in reading order: file, line, column, then rule."""
    return sorted(diagnostics, key=lambda found: (found.span, found.rule, found.message))


def has_errors(diagnostics: list[Diagnostic]) -> bool:
    """Whether any of them stops a run."""
    return any(found.severity is Severity.ERROR for found in diagnostics)
