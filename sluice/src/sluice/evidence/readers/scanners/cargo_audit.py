"""cargo audit's JSON: vulnerabilities by their CVSS vector; unsound, unmaintained and yanked crates as dependencies.

RustSec rates no warnings: an unsound crate counts as medium, an unmaintained or yanked one as low.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from sluice.evidence.entries import Item, each, shaped
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import Problem, one_line, problem
from sluice.evidence.readers.report import JsonFormat, Report, has_keys
from sluice.evidence.severities import severity_of_vector


class _Advisory(msgspec.Struct):
    id: str
    title: str = ""
    cvss: str | None = None
    aliases: list[str] = []


class _Package(msgspec.Struct):
    name: str
    version: str = ""


class _Versions(msgspec.Struct):
    patched: list[str] = []


class _Entry(msgspec.Struct):
    package: _Package
    advisory: _Advisory | None = None
    versions: _Versions | None = None


class _List(msgspec.Struct):
    entries: list[object] = msgspec.field(name="list")


class _Lockfile(msgspec.Struct, rename="kebab"):
    dependency_count: int


class _File(msgspec.Struct):
    lockfile: _Lockfile
    vulnerabilities: _List
    warnings: dict[str, list[object]] = {}


def _read(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _File)
    if found.lockfile.dependency_count <= 0:
        yield problem(Problem.NO_DATA, "not one crate was audited")
    yield from each(found.vulnerabilities.entries, _Entry, _vulnerability, what="vulnerability")
    for kind, entries in found.warnings.items():
        yield from each(entries, _Entry, partial(_warning, kind), what=f"{kind} warning")


def _vulnerability(found: _Entry) -> Iterator[Item]:
    if found.advisory is None:
        raise ValueError("it names no advisory")
    vector = found.advisory.cvss
    yield _finding(
        found, found.advisory.id, Kind.VULNERABILITY, severity_of_vector(vector) if vector else Severity.UNKNOWN
    )


def _warning(kind: str, found: _Entry) -> Iterator[Item]:
    severity = Severity.MEDIUM if kind == "unsound" else Severity.LOW
    name = found.advisory.id if found.advisory else f"{kind}-{found.package.name}"
    yield _finding(found, name, Kind.DEPENDENCY, severity)


def _finding(found: _Entry, name: str, kind: Kind, severity: Severity) -> Finding:
    return Finding(
        id=one_line(name, LONGEST_NAME),
        kind=kind,
        severity=severity,
        title=one_line(found.advisory.title if found.advisory else name),
        tool="cargo-audit",
        package=found.package.name,
        version=found.package.version or None,
        fixed_in=tuple(found.versions.patched) if found.versions else (),
        aliases=tuple(found.advisory.aliases) if found.advisory else (),
    )


FORMAT = JsonFormat(
    tool="cargo-audit",
    fits=lambda body: has_keys(body, "database", "lockfile", "vulnerabilities"),
    silent_is_clean=True,
    read=_read,
)
