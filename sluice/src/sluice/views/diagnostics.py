"""Diagnostics for people and for machines. In: diagnostics. Out: text, JSON, GitHub's annotation commands."""

from __future__ import annotations

import msgspec

from sluice.source.diagnostics import Diagnostic
from sluice.source.rendering import render_diagnostic


def as_text(found: Diagnostic, text: str | None, *, colour: bool = False) -> str:
    """With the row of the file and a caret under the place."""
    return render_diagnostic(found, text, colour=colour)


def as_json(found: Diagnostic) -> str:
    """One object: file, line, column, severity, rule, message, allowed, hint."""
    document = {
        "file": found.span.file,
        "line": found.span.start.line,
        "column": found.span.start.column,
        "end_line": found.span.end.line,
        "end_column": found.span.end.column,
        "severity": found.severity.value,
        "rule": found.rule,
        "message": found.message,
        "allowed": list(found.allowed),
        "hint": found.hint,
    }
    return msgspec.json.encode(document).decode()


def as_github(found: Diagnostic) -> str:
    """``::error file=...::message`` (docs.github.com: workflow commands)."""
    place = f"file={_property(found.span.file)},line={found.span.start.line},col={found.span.start.column}"
    return f"::{found.severity.value} {place},title={_property(found.rule)}::{_data(found.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
