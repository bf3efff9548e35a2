"""Licences of the dependencies, as their installed metadata or their lock file says, against the settings' lists."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sluice.audit.environments import installed_licences
from sluice.audit.licences import is_allowed
from sluice.audit.model import AuditSettings, Checked, NotCheckedError, Scene
from sluice.audit.packages.finding import find_packages
from sluice.audit.packages.model import Ecosystem, Package
from sluice.evidence.model import Evidence, Finding, Kind, Severity

TOOL = "sluice licences"
UNKNOWN = "unknown"


def check(scene: Scene) -> Checked | None:
    """Each package of Python and Node; one whose licence nobody says is a finding, too."""
    packages = licensed_packages(scene)
    if not packages:
        return None
    if all(package.licence is None for package in packages):
        message = f"no licence of {len(packages)} packages can be told: they aren't installed here"
        raise NotCheckedError(message, hint="install them into .venv first")
    found = tuple(found for package in packages for found in _judge(package, scene.settings))
    evidence = Evidence(findings=found, examined=frozenset({Kind.LICENCE}))
    lists = scene.settings.allow_licences or scene.settings.deny_licences
    what = f"{len(packages)} packages" + ("" if lists else "; neither allow-licences nor deny-licences is set")
    return Checked(what=what, tools=(TOOL,), evidence=evidence)


def licensed_packages(scene: Scene) -> list[Package]:
    """Every pinned package once, with its licence where somebody says it."""
    python = find_packages(scene.root, scene.files, Ecosystem.PYPI).pinned
    node = find_packages(scene.root, scene.files, Ecosystem.NPM).pinned
    installed = installed_licences(scene.root) if python else {}
    once = {(one.ecosystem, one.name, one.version): one for one in reversed((*python, *node))}
    return [_with(one, installed.get((one.name, one.version))) for _, one in sorted(once.items())]


def _with(package: Package, licence: str | None) -> Package:
    return replace(package, licence=package.licence or licence)


def _judge(package: Package, settings: AuditSettings) -> Iterator[Finding]:
    if package.licence is None:
        # with a list of what is allowed, what nobody knows isn't in it
        severity = Severity.HIGH if settings.allow_licences else Severity.LOW
        yield _finding(package, UNKNOWN, severity, f"nobody says the licence of {package.name} {package.version}")
        return
    try:
        allowed = is_allowed(package.licence, settings.allow_licences, settings.deny_licences)
    except ValueError as error:
        yield _finding(package, UNKNOWN, Severity.MEDIUM, f"{package.name}: {error}")
        return
    if not allowed:
        why = "is denied" if settings.deny_licences else "is not in allow-licences"
        yield _finding(
            package, package.licence, Severity.HIGH, f"{package.name} is under {package.licence}, which {why}"
        )


def _finding(package: Package, licence: str, severity: Severity, title: str) -> Finding:
    return Finding(
        id=licence.replace("/", "-"),
        kind=Kind.LICENCE,
        severity=severity,
        title=title,
        tool=TOOL,
        package=package.name,
        version=package.version,
        path=package.file,
        line=package.line,
    )
