"""Diagnostics as text for people and for machines. In: diagnostics and the texts of their files. Out: one string."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote

from sluice import __version__
from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.rendering import render_diagnostic
from sluice.workflow.lint.registry import RULES

Texts: TypeAlias = Mapping[str, str]
"""The text of each file, by the name that stands in spans; a file may be missing."""

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}


def format_text(diagnostics: Sequence[Diagnostic], texts: Texts, *, colour: bool = False) -> str:
    """As a person reads them, each with its line and a caret."""
    return "".join(render_diagnostic(found, texts.get(found.span.file), colour=colour) + "\n" for found in diagnostics)


def format_json(diagnostics: Sequence[Diagnostic], _: Texts) -> str:
    """A JSON array of objects; lines and columns count from 1, the end is the first place after it."""
    return json.dumps([_as_object(found) for found in diagnostics], indent=2, ensure_ascii=False) + "\n"


def _as_object(found: Diagnostic) -> dict[str, object]:
    return {
        "file": found.span.file,
        "line": found.span.start.line,
        "column": found.span.start.column,
        "end_line": found.span.end.line,
        "end_column": found.span.end.column,
        "severity": found.severity.value,
        "rule": found.rule,
        "message": found.message,
        "hint": found.hint,
        "allowed": list(found.allowed),
    }


def format_sarif(diagnostics: Sequence[Diagnostic], _: Texts) -> str:
    """A SARIF 2.1.0 log with one run, as code scanning takes it."""
    ids = list(dict.fromkeys(found.rule for found in diagnostics))
    driver = {
        "name": "sluice",
        "version": __version__,
        "rules": [_sarif_rule(id_) for id_ in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(found, ids.index(found.rule)) for found in diagnostics],
    }
    return (
        json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"
    )


def _sarif_rule(id_: str) -> dict[str, object]:
    known = RULES.get(id_)
    if known is None:
        return {"id": id_}
    return {
        "id": id_,
        "shortDescription": {"text": known.explanation},
        "help": {"text": f"{known.explanation}\n\nAn example: {known.example}"},
        "defaultConfiguration": {"level": _SARIF_LEVELS[known.severity]},
    }


def _sarif_result(found: Diagnostic, rule_index: int) -> dict[str, object]:
    region = {
        "startLine": found.span.start.line,
        "startColumn": found.span.start.column,
        "endLine": found.span.end.line,
        "endColumn": found.span.end.column,
    }
    location = {"artifactLocation": {"uri": quote(found.span.file)}, "region": region}
    return {
        "ruleId": found.rule,
        "ruleIndex": rule_index,
        "level": _SARIF_LEVELS[found.severity],
        "message": {"text": _with_hint(found)},
        "locations": [{"physicalLocation": location}],
    }


def format_annotations(diagnostics: Sequence[Diagnostic], _: Texts) -> str:
    """Workflow commands that GitHub, and Sluice, show as annotations."""
    return "".join(_annotation(found) + "\n" for found in diagnostics)


def _annotation(found: Diagnostic) -> str:
    span = found.span
    properties = {"file": span.file, "line": span.start.line, "endLine": span.end.line, "title": found.rule}
    if span.start.line == span.end.line:
        properties |= {"col": span.start.column, "endColumn": span.end.column}
    written = ",".join(f"{name}={_escape_property(str(value))}" for name, value in properties.items())
    return f"::{found.severity.value} {written}::{_escape_data(_with_hint(found))}"


def _with_hint(found: Diagnostic) -> str:
    return f"{found.message} ({found.hint})" if found.hint else found.message


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: Mapping[str, Callable[[Sequence[Diagnostic], Texts], str]] = {
    "text": format_text,
    "json": format_json,
    "sarif": format_sarif,
    "github": format_annotations,
}
"""By the name that ``--format`` takes."""
