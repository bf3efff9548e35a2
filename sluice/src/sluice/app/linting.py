"""Read workflow files for the linter: every diagnostic of each, and its text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sluice.app.repository import display_name, read_text
from sluice.plan.schedule import find_schedule_problems
from sluice.plan.triggers import find_pattern_problems
from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.workflow.parser import parse_workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class LintedFile:
    """``found`` is in reading order."""

    file: str
    text: str
    found: tuple[Diagnostic, ...]


def lint_files(root: Path, paths: Iterable[Path]) -> list[LintedFile]:
    """Each file with what is wrong in it."""
    return [_lint(root, path) for path in paths]


def _lint(root: Path, path: Path) -> LintedFile:
    file, text = display_name(root, path), read_text(path)
    workflow, found = parse_workflow(text, file)
    if workflow is not None:
        found += find_pattern_problems(workflow)
        for trigger in workflow.triggers.values():
            found += find_schedule_problems(trigger)
    return LintedFile(file=file, text=text, found=tuple(sort_diagnostics(found)))
