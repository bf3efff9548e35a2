"""Trivy's JSON (schema 2): vulnerabilities, misconfigurations, secrets and licences of each target.

A severity that Trivy does not know is taken from the CVSS vectors beside it. No target at all means that nothing was
examined, and a distribution past its end of life that its vulnerabilities are no longer listed: both are problems.
https://trivy.dev/latest/docs/configuration/reporting/#json
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
from sluice.evidence.severities import severity_of_vector, severity_of_word, worst

_Place = tuple[str | None, int | None]


class _Vectors(msgspec.Struct):
    v2: str | None = msgspec.field(default=None, name="V2Vector")
    v3: str | None = msgspec.field(default=None, name="V3Vector")
    v4: str | None = msgspec.field(default=None, name="V40Vector")


class _Vulnerability(msgspec.Struct, rename="pascal"):
    package: str = msgspec.field(name="PkgName")
    id: str = msgspec.field(name="VulnerabilityID")
    installed_version: str | None = None
    fixed_version: str | None = None
    severity: str = "UNKNOWN"
    title: str | None = None
    cvss: dict[str, _Vectors] | None = msgspec.field(default=None, name="CVSS")


class _Cause(msgspec.Struct, rename="pascal"):
    start_line: int | None = None


class _Misconfiguration(msgspec.Struct, rename="pascal"):
    id: str = msgspec.field(name="ID")
    title: str = ""
    severity: str = "UNKNOWN"
    status: str = "FAIL"
    cause_metadata: _Cause | None = None


class _Secret(msgspec.Struct, rename="pascal"):
    rule_id: str = msgspec.field(name="RuleID")
    title: str = ""
    severity: str = "UNKNOWN"
    start_line: int | None = None


class _Licence(msgspec.Struct, rename="pascal"):
    name: str
    severity: str = "UNKNOWN"
    package: str | None = msgspec.field(default=None, name="PkgName")
    file_path: str | None = None


class _Target(msgspec.Struct, rename="pascal"):
    target: str = ""
    vulnerabilities: list[object] | None = None
    misconfigurations: list[object] | None = None
    secrets: list[object] | None = None
    licenses: list[object] | None = None


class _System(msgspec.Struct):
    ended: bool = msgspec.field(default=False, name="EOSL")


class _Metadata(msgspec.Struct):
    system: _System | None = msgspec.field(default=None, name="OS")


class _File(msgspec.Struct, rename="pascal"):
    schema_version: int
    metadata: _Metadata | None = None
    results: list[object] | None = None


def _read(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _File)
    if found.schema_version != 2:
        yield problem(Problem.UNRECOGNISED, f"schema version {found.schema_version}, expected 2")
    if found.metadata and found.metadata.system and found.metadata.system.ended:
        yield problem(
            Problem.SKIPPED, "the distribution is past its end of life: its vulnerabilities are no longer listed"
        )
    if not found.results:
        yield problem(Problem.NO_DATA, "no target was examined")
    yield from each(found.results or (), _Target, _target, what="target")


def _target(found: _Target) -> Iterator[Item]:
    place = found.target or None
    yield from each(found.vulnerabilities or (), _Vulnerability, partial(_vulnerability, place), what="vulnerability")
    yield from each(
        found.misconfigurations or (), _Misconfiguration, partial(_misconfiguration, place), what="misconfiguration"
    )
    yield from each(found.secrets or (), _Secret, partial(_secret, place), what="secret")
    yield from each(found.licenses or (), _Licence, partial(_licence, place), what="licence")


def _vulnerability(place: str | None, found: _Vulnerability) -> Iterator[Item]:
    severity = severity_of_word(found.severity)
    if severity is Severity.UNKNOWN:
        vectors = [rated.v4 or rated.v3 or rated.v2 for rated in (found.cvss or {}).values()]
        severity = worst([severity_of_vector(vector) for vector in vectors if vector])
    yield Finding(
        id=one_line(found.id, LONGEST_NAME),
        kind=Kind.VULNERABILITY,
        severity=severity,
        title=one_line(found.title or found.id),
        tool="trivy",
        package=found.package,
        version=found.installed_version,
        path=place,
        fixed_in=tuple(version.strip() for version in (found.fixed_version or "").split(",") if version.strip()),
    )


def _misconfiguration(place: str | None, found: _Misconfiguration) -> Iterator[Item]:
    if found.status == "FAIL":
        line = found.cause_metadata.start_line if found.cause_metadata else None
        yield _rule(Kind.MISCONFIGURATION, found.id, found.severity, found.title, (place, line))


def _secret(place: str | None, found: _Secret) -> Iterator[Item]:
    yield _rule(Kind.SECRET, found.rule_id, found.severity, found.title, (place, found.start_line))


def _licence(place: str | None, found: _Licence) -> Iterator[Item]:
    title = f"{found.package or found.file_path or 'a file'} is under {found.name}"
    yield _rule(Kind.LICENCE, found.name, found.severity, title, (found.file_path or place, None))


def _rule(kind: Kind, name: str, severity: str, title: str, place: _Place) -> Finding:
    path, line = place
    return Finding(
        id=one_line(name, LONGEST_NAME),
        kind=kind,
        severity=severity_of_word(severity),
        title=one_line(title or name),
        tool="trivy",
        path=path,
        line=line or None,
    )


FORMAT = JsonFormat(
    tool="trivy", fits=lambda body: has_keys(body, "SchemaVersion", "ArtifactName"), silent_is_clean=True, read=_read
)
