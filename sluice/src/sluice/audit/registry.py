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

ABOUT: Mapping[Part, str] = {
    Part.PYTHON: "vulnerable packages in Python's lock files (pip-audit)",
    Part.NODE: "vulnerable packages in npm's lock files (npm audit)",
    Part.RUST: "vulnerable crates in Cargo.lock (cargo-audit)",
    Part.CODE: "dangerous Python code (bandit)",
    Part.SECRETS: "secrets in the files as they are (detect-secrets)",
    Part.HISTORY: "secrets that any commit added (detect-secrets)",
    Part.WORKFLOWS: "workflow and action files (zizmor, sluice lint)",
    Part.DOCKERFILES: "Dockerfiles (hadolint), and images that run as root",
    Part.LICENCES: "licences of the dependencies, against the lists of sluice.toml",
    Part.AGE: "for how long the dependencies named here have been outdated",
}
"""What each part looks for, in words."""
