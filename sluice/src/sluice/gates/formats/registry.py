"""The formats by name. In: a report and a name. Out: text."""

from __future__ import annotations

from collections.abc import Callable

from sluice.gates.formats.annotations import as_annotations
from sluice.gates.formats.junit import as_junit
from sluice.gates.formats.machine import as_json
from sluice.gates.formats.markdown import as_comment, as_summary
from sluice.gates.formats.sarif import as_sarif
from sluice.gates.formats.table import as_table
from sluice.gates.verdict.model import Report

FORMATS: dict[str, Callable[[Report], str]] = {
    "text": as_table,
    "markdown": as_summary,
    "comment": as_comment,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_annotations,
}


def render(report: Report, name: str) -> str:
    """The report in the format ``name``, one of :data:`FORMATS`."""
    return FORMATS[name](report)
