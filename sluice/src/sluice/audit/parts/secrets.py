"""Secrets in the files as they are, by detect-secrets. Nothing is sent anywhere to find out whether one is real."""

from __future__ import annotations

import json
from typing import Any

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.parts.allowed import read_allowed
from sluice.audit.programs import EXTRA, in_portions, last_line
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence
from sluice.evidence.reading import read_report

TOOL = "detect-secrets"


def check(scene: Scene) -> Checked | None:
    """Every file, less the baseline's entries and lines that say ``pragma: allowlist secret``."""
    if not scene.files:
        return None
    allowed = read_allowed(scene)
    evidence = collect([_scan(scene, portion, allowed) for portion in in_portions(scene.files)])
    return Checked(what=f"{len(scene.files)} file{'s' * (len(scene.files) != 1)}", tools=(TOOL,), evidence=evidence)


def _scan(scene: Scene, files: tuple[str, ...], allowed: frozenset[str]) -> Evidence:
    ran = scene.run(TOOL, "scan", "--no-verify", "--", *files, folder=scene.root, hint=EXTRA)
    try:
        report: dict[str, Any] = json.loads(ran.output)
        report["results"] = {
            path: [_marked(entry, allowed) for entry in entries] for path, entries in report["results"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotCheckedError(f"detect-secrets failed: {last_line(ran)}") from error
    return read_report(json.dumps(report).encode(), source=TOOL)


def _marked(entry: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """An entry of the baseline is no secret, as if it had been audited in this very report."""
    known = {"is_secret": False} if entry["hashed_secret"] in allowed else {}
    return {**entry, **known}
