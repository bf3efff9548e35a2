"""Secrets in the files as they are, by detect-secrets. Nothing is sent anywhere to find out whether one is real."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.parts.allowed import read_allowed
from sluice.audit.parts.detecting import version
from sluice.audit.programs import EXTRA, in_portions, last_line
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence, Finding
from sluice.evidence.problems import Problem, problem
from sluice.evidence.reading import read_report

TOOL = "detect-secrets"
_PROGRAM = (Path(sys.executable).name, "-P", "-m", "sluice.audit.parts.searching")
"""``-P``: the folder that is looked through has no say in what Python imports."""


def check(scene: Scene) -> Checked | None:
    """Every file, less the baseline's entries and lines that say ``pragma: allowlist secret``."""
    if not scene.files:
        return None
    version()
    allowed = read_allowed(scene)
    reports = [_scan(scene, portion) for portion in in_portions(scene.files)]
    what = f"{len(scene.files)} file{'s' * (len(scene.files) != 1)}"
    evidence = collect(_evidence(report, allowed) for report in reports)
    left = left_out(sum(report["no_text"] for report in reports))
    return Checked(what=f"{what}{left}", tools=(TOOL,), evidence=evidence)


def left_out(count: int) -> str:
    """How many files detect-secrets doesn't look into, to be said behind how much was looked at."""
    files = "1 file is" if count == 1 else f"{count} files are"
    return f"; {files} no text or named like none" if count else ""


def _scan(scene: Scene, files: tuple[str, ...]) -> dict[str, Any]:
    try:
        ran = scene.run(*_PROGRAM, *files, folder=scene.root, hint=EXTRA)
    except NotCheckedError as error:
        raise NotCheckedError(error.message.replace(_PROGRAM[0], TOOL, 1), hint=error.hint) from error
    try:
        report: dict[str, Any] = json.loads(ran.output)
    except ValueError as error:
        raise NotCheckedError(f"detect-secrets failed: {last_line(ran)}") from error
    return report


def _evidence(report: dict[str, Any], allowed: frozenset[str]) -> Evidence:
    results = {path: [_marked(entry, allowed) for entry in entries] for path, entries in report["results"].items()}
    found = read_report(json.dumps({**report, "results": results}).encode(), source=TOOL)
    return collect([found, Evidence(problems=tuple(map(_untold, report["trouble"].items())))])


def _untold(trouble: tuple[str, str]) -> Finding:
    path, why = trouble
    return problem(Problem.SKIPPED, f"not all of {path} was looked through for secrets: {why}", source=path, tool=TOOL)


def _marked(entry: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """An entry of the baseline is no secret, as if it had been audited in this very report."""
    known = {"is_secret": False} if entry["hashed_secret"] in allowed else {}
    return {**entry, **known}
