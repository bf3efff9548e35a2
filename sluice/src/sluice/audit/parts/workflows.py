"""Workflow and action files, by zizmor (offline) and by Sluice's own linter."""

from __future__ import annotations

from pathlib import PurePosixPath

from msgspec.structs import replace

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.programs import EXTRA, last_line
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence, Finding, Kind, Severity
from sluice.evidence.problems import one_line
from sluice.evidence.reading import read_report
from sluice.source.diagnostics import Diagnostic
from sluice.source.diagnostics import Severity as Weight

TOOL, LINTER = "zizmor", "sluice lint"
_WEIGHTS = {Weight.ERROR: Severity.HIGH, Weight.WARNING: Severity.MEDIUM, Weight.NOTICE: Severity.LOW}
_SUFFIXES = {".yml", ".yaml"}


def check(scene: Scene) -> Checked | None:
    """Every workflow of ``.github/workflows`` and every ``action.yml``."""
    workflows = tuple(name for name in scene.files if _is_workflow(name))
    actions = tuple(name for name in scene.files if PurePosixPath(name).name in {"action.yml", "action.yaml"})
    if not workflows and not actions:
        return None
    found = tuple(map(_of_linter, scene.lint(workflows)))
    linted = Evidence(findings=found, examined=frozenset({Kind.MISCONFIGURATION}))
    evidence = collect([linted, _scan(scene, workflows + actions)])
    what = ", ".join(
        f"{len(files)} {noun}{'s' * (len(files) != 1)}"
        for files, noun in ((workflows, "workflow"), (actions, "action"))
        if files
    )
    return Checked(what=what, tools=(TOOL, LINTER), evidence=evidence)


def _is_workflow(name: str) -> bool:
    path = PurePosixPath(name)
    return str(path.parent) == ".github/workflows" and path.suffix in _SUFFIXES


def _scan(scene: Scene, files: tuple[str, ...]) -> Evidence:
    words = (TOOL, "--offline", "--no-progress", "--no-exit-codes", "--format", "sarif")
    ran = scene.run(*words, "--", *files, folder=scene.root, hint=EXTRA)
    if ran.code != 0 or not ran.output.strip():
        raise NotCheckedError(f"zizmor failed: {last_line(ran)}")
    evidence = read_report(ran.output, source=TOOL)
    return replace(evidence, findings=tuple(map(_named, evidence.findings)))


def _named(found: Finding) -> Finding:
    """``zizmor/artipacked`` is ``artipacked``: a slash parts a finding's name."""
    return replace(found, id=found.id.removeprefix("zizmor/"))


def _of_linter(found: Diagnostic) -> Finding:
    return Finding(
        id=found.rule,
        kind=Kind.MISCONFIGURATION,
        severity=_WEIGHTS[found.severity],
        title=one_line(found.message),
        tool=LINTER,
        path=found.span.file,
        line=found.span.start.line,
    )
