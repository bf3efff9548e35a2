"""Where a finding on a package stands: the line of the lock file that pins it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from sluice.audit.packages.model import Package
from sluice.evidence.model import Finding


def placed(found: Finding, packages: Iterable[Package]) -> Finding:
    """The finding at the first place that pins its package, at that version where the finding names one."""
    for package in packages:
        if package.name == found.package and found.version in {None, package.version}:
            return replace(found, path=package.file, line=package.line, version=package.version)
    return found
