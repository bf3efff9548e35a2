"""Which module checks each part."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sluice.audit.model import Checked, Part, Scene
from sluice.audit.parts import age, code, dockerfiles, history, licences, node, python, rust, secrets, workflows

CHECKS: Mapping[Part, Callable[[Scene], Checked | None]] = {
    Part.PYTHON: python.check,
    Part.NODE: node.check,
    Part.RUST: rust.check,
    Part.CODE: code.check,
    Part.SECRETS: secrets.check,
    Part.HISTORY: history.check,
    Part.WORKFLOWS: workflows.check,
    Part.DOCKERFILES: dockerfiles.check,
    Part.LICENCES: licences.check,
    Part.AGE: age.check,
}
"""Nothing, where the repository has nothing of that kind."""
