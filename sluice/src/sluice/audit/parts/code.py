"""Python code, by bandit, with the settings that the repository has for it (``[tool.bandit]``, ``.bandit``)."""

from __future__ import annotations

import tomllib
from pathlib import Path

from msgspec.structs import replace

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.programs import EXTRA, in_portions, last_line
from sluice.audit.sources import named
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence, Finding
from sluice.evidence.reading import read_report

TOOL = "bandit"


def check(scene: Scene) -> Checked | None:
    """Every Python file. Files of other languages are left to others (CodeQL)."""
    files = named(scene.files, "*.py", "*.pyi")
    if not files:
        return None
    settings = _settings(scene.root)
    evidence = collect([_scan(scene, portion, settings) for portion in in_portions(files)])
    found = tuple(map(_relative, evidence.findings))
    return Checked(
        what=f"{len(files)} Python file{'s' * (len(files) != 1)}",
        tools=(TOOL,),
        evidence=replace(evidence, findings=found),
    )


def _settings(root: Path) -> tuple[str, ...]:
    try:
        document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        document = {}
    if "bandit" in document.get("tool", {}):
        return ("--configfile", "pyproject.toml")
    return ("--ini", ".bandit") if (root / ".bandit").is_file() else ()


def _scan(scene: Scene, files: tuple[str, ...], settings: tuple[str, ...]) -> Evidence:
    words = (TOOL, "--quiet", "--format", "json", *settings, "--", *files)
    ran = scene.run(*words, folder=scene.root, hint=EXTRA)
    if not ran.output.strip():
        raise NotCheckedError(f"bandit failed: {last_line(ran)}")
    return read_report(ran.output, source=TOOL)


def _relative(found: Finding) -> Finding:
    return replace(found, path=found.path.removeprefix("./") if found.path else None)
