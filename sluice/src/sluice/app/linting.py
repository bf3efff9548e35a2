"""Read workflow files for the linter: every diagnostic of each, and its text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sluice.actions.builtin.registry import BUILTINS
from sluice.app.repository import display_name, read_text
from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.workflow.action_parser import parse_action
from sluice.workflow.lint.linter import lint_workflow
from sluice.workflow.model import ActionManifest
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
        found += lint_workflow(workflow, text, lambda uses: _manifest(root, uses))
    return LintedFile(file=file, text=text, found=tuple(sort_diagnostics(found)))
