"""Grype's JSON: a vulnerability for each match, by its severity or else by the CVSS vectors of it and its relatives.

https://github.com/anchore/grype/blob/main/grype/presenter/models/document.go
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, shaped, valued
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import one_line
from sluice.evidence.readers.report import JsonFormat, Report, has_keys
from sluice.evidence.severities import severity_of_vector, severity_of_word, worst


class _Cvss(msgspec.Struct):
    vector: str = ""


class _Fix(msgspec.Struct):
    versions: list[str] | None = None


class _Vulnerability(msgspec.Struct):
    id: str
    severity: str = ""
    description: str = ""
    cvss: list[_Cvss] | None = None
    fix: _Fix | None = None


class _Location(msgspec.Struct):
    path: str = ""


class _Artifact(msgspec.Struct):
    name: str
    version: str = ""
    locations: list[_Location] | None = None


class _Match(msgspec.Struct, rename="camel"):
    vulnerability: _Vulnerability
    artifact: _Artifact
    related_vulnerabilities: list[_Vulnerability] | None = None


class _File(msgspec.Struct, rename="camel"):
    matches: list[object]
    ignored_matches: list[object] | None = None


def _read(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _File)
    yield from each(found.matches, _Match, _findings, what="match")
    if found.ignored_matches:
        yield valued("suppressed/grype", "count", len(found.ignored_matches))


def _findings(found: _Match) -> Iterator[Item]:
    main, related = found.vulnerability, found.related_vulnerabilities or []
    locations = found.artifact.locations
    yield Finding(
        id=one_line(main.id, LONGEST_NAME),
        kind=Kind.VULNERABILITY,
        severity=_severity(main, related),
        title=one_line(
            main.description or next((other.description for other in related if other.description), main.id)
        ),
        tool="grype",
        package=found.artifact.name,
        version=found.artifact.version or None,
        path=(locations[0].path or None) if locations else None,
        fixed_in=tuple(main.fix.versions or ()) if main.fix else (),
        aliases=tuple(other.id for other in related if other.id != main.id),
    )


def _severity(main: _Vulnerability, related: list[_Vulnerability]) -> Severity:
    told = severity_of_word(main.severity)
    if told is not Severity.UNKNOWN:
        return told
    vectors = [cvss.vector for source in (main, *related) for cvss in source.cvss or ()]
    return worst([severity_of_vector(vector) for vector in vectors])


FORMAT = JsonFormat(
    tool="grype", fits=lambda body: has_keys(body, "matches", "source", "descriptor"), silent_is_clean=True, read=_read
)
