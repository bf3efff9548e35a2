"""Rust's dependencies, by cargo-audit where it is installed."""

from __future__ import annotations

from msgspec.structs import replace

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.packages.finding import find_packages
from sluice.audit.packages.model import Ecosystem
from sluice.audit.parts.places import placed
from sluice.audit.programs import last_line
from sluice.audit.sources import named
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence
from sluice.evidence.reading import read_report

TOOL = "cargo-audit"
_INSTALL = "cargo install cargo-audit"


def check(scene: Scene) -> Checked | None:
    """Every ``Cargo.lock``."""
    locks = named(scene.files, "Cargo.lock")
    if not locks:
        return None
    if scene.offline:
        raise NotCheckedError("offline: cargo-audit brings its database")
    evidence = collect([_audit(scene, lock) for lock in locks])
    packages = find_packages(scene.root, locks, Ecosystem.CRATES)
    found = tuple(placed(one, packages.pinned) for one in evidence.findings)
    what = f"{len({(one.name, one.version) for one in packages.pinned})} crates of {', '.join(locks)}"
    return Checked(what=what, tools=(TOOL,), evidence=replace(evidence, findings=found))


def _audit(scene: Scene, lock: str) -> Evidence:
    ran = scene.run(TOOL, "audit", "--json", "--file", lock, folder=scene.root, hint=_INSTALL)
    if not ran.output.strip():
        raise NotCheckedError(f"cargo-audit failed: {last_line(ran)}")
    return read_report(ran.output, source=lock)
