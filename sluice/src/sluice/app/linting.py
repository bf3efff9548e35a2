"""Read workflow files for the linter: every diagnostic of each, and its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from sluice.actions.builtin.registry import BUILTINS
from sluice.app.repository import display_name, read_text
from sluice.plan.schedule import find_schedule_problems
from sluice.plan.triggers import find_pattern_problems
from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.workflow.action_parser import parse_action
from sluice.workflow.lint.linter import lint_workflow
from sluice.workflow.model import ActionManifest
from sluice.workflow.parser import parse_workflow


class LintedFile(Struct, frozen=True, kw_only=True):
    """``found`` is in reading order."""

    file: str
    text: str
    found: tuple[Diagnostic, ...]


def lint_files(root: Path, paths: Iterable[Path]) -> list[LintedFile]:
    """Each file with what is wrong in it."""
    return [_lint(root, path) for path in paths]


def _manifest(root: Path, uses: str) -> ActionManifest | None:
    """What is known of an action without fetching anything: the built-in ones and those of the repository."""
    make = BUILTINS.get(uses.partition("@")[0].lower())
    if make is not None:
        return make().manifest
    if not uses.startswith("./"):
        return None
    path = next((root / uses / name for name in ("action.yml", "action.yaml") if (root / uses / name).is_file()), None)
    return None if path is None else parse_action(read_text(path), display_name(root, path))[0]


def _lint(root: Path, path: Path) -> LintedFile:
    file, text = display_name(root, path), read_text(path)
    workflow, found = parse_workflow(text, file)
    if workflow is not None:
        found += find_pattern_problems(workflow)
        for trigger in workflow.triggers.values():
            found += find_schedule_problems(trigger)
        found += lint_workflow(workflow, text, lambda uses: _manifest(root, uses))
    return LintedFile(file=file, text=text, found=tuple(_each_once(sort_diagnostics(found))))


def _each_once(found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """What the parser and a rule both say is told once; the first of them has the wider place."""
    told: set[tuple[int, str]] = set()
    for diagnostic in found:
        if (diagnostic.span.start.line, diagnostic.message) not in told:
            yield diagnostic
        told.add((diagnostic.span.start.line, diagnostic.message))
