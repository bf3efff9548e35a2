"""npm audit's JSON of npm 6 (``advisories``) and of npm 7 and later (``vulnerabilities``), and its error.

From npm 7 on, a package is listed also because it depends on a vulnerable one; a finding is made once for each
advisory, at the package that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, shaped
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import Problem, one_line, problem
from sluice.evidence.readers.report import JsonFormat, Report, has_keys
from sluice.evidence.severities import severity_of_score, severity_of_vector, severity_of_word


class _Cvss(msgspec.Struct, rename="camel"):
    score: float | None = None
    vector_string: str | None = None


class _Advisory(msgspec.Struct):
    name: str
    source: int | str | None = None
    title: str = ""
    url: str = ""
    severity: str = ""
    cvss: _Cvss | None = None
    range: str = ""


class _Fix(msgspec.Struct):
    name: str
    version: str


class _Package(msgspec.Struct, rename="camel"):
    name: str
    via: list[str | _Advisory]
    fix_available: bool | _Fix = False


class _Old(msgspec.Struct):
    module_name: str
    severity: str
    title: str
    id: int | str | None = None
    github_advisory_id: str | None = None
    url: str = ""
    patched_versions: str = ""
    cves: list[str] = []
    cvss: _Cvss | None = None


class _Counts(msgspec.Struct):
    total: int | None = None


class _Metadata(msgspec.Struct, rename="camel"):
    dependencies: _Counts | int | None = None
    total_dependencies: int | None = None


class _File(msgspec.Struct):
    metadata: _Metadata | None = None
    vulnerabilities: dict[str, object] | None = None
    advisories: dict[str, object] | None = None


def _read(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _File)
    seen: set[tuple[str, str]] = set()

    def of_package(package: _Package) -> Iterator[Item]:
        for advisory in package.via:
            if isinstance(advisory, str):
                continue
            finding = _finding(package, advisory)
            if (finding.id, advisory.name) not in seen:
                seen.add((finding.id, advisory.name))
                yield finding

    yield from each((found.vulnerabilities or {}).values(), _Package, of_package, what="package")
    yield from each((found.advisories or {}).values(), _Old, _old_findings, what="advisory")
    if _audited(found.metadata) == 0:
        yield problem(Problem.NO_DATA, "not one package was audited")


def _audited(metadata: _Metadata | None) -> int | None:
    if metadata is None:
        return None
    counts = metadata.dependencies
    return counts.total if isinstance(counts, _Counts) else metadata.total_dependencies


def _finding(package: _Package, advisory: _Advisory) -> Finding:
    fix = package.fix_available
    return Finding(
        id=_id(advisory.url, str(advisory.source or advisory.title)),
        kind=Kind.VULNERABILITY,
        severity=_severity(advisory.severity, advisory.cvss),
        title=one_line(advisory.title) or "an advisory without a title",
        tool="npm-audit",
        package=advisory.name,
        fixed_in=(f"{fix.name}@{fix.version}",) if isinstance(fix, _Fix) else (),
    )


def _old_findings(found: _Old) -> Iterator[Item]:
    yield Finding(
        id=_id(found.url, found.github_advisory_id or str(found.id or found.title)),
        kind=Kind.VULNERABILITY,
        severity=_severity(found.severity, found.cvss),
        title=one_line(found.title) or "an advisory without a title",
        tool="npm-audit",
        package=found.module_name,
        fixed_in=(found.patched_versions,) if found.patched_versions not in {"", "<0.0.0"} else (),
        aliases=tuple(found.cves),
    )


def _id(url: str, otherwise: str) -> str:
    last = url.rstrip("/").rpartition("/")[2]
    return one_line(last if last.startswith("GHSA-") else otherwise, LONGEST_NAME) or "no-id"


def _severity(word: str, cvss: _Cvss | None) -> Severity:
    told = severity_of_word(word)
    if told is not Severity.UNKNOWN or cvss is None:
        return told
    if cvss.vector_string:
        return severity_of_vector(cvss.vector_string)
    return severity_of_score(cvss.score) if cvss.score else Severity.UNKNOWN


class _Error(msgspec.Struct):
    summary: str | None = None
    code: str | None = None


class _Failure(msgspec.Struct):
    error: _Error | None = None
    message: str | None = None


def _read_error(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _Failure)
    said = (found.error.summary or found.error.code) if found.error else None
    yield problem(Problem.FAILED_TOOL, f"npm audit failed: {said or found.message or 'no reason given'}")


def _fits_error(body: object) -> bool:
    return has_keys(body, "message", "error") or has_keys(body, "error") or has_keys(body, "message", "method", "uri")


FORMAT = JsonFormat(
    tool="npm-audit",
    fits=lambda body: (
        has_keys(body, "auditReportVersion", "vulnerabilities") or has_keys(body, "advisories", "metadata")
    ),
    silent_is_clean=True,
    read=_read,
)
ERROR = JsonFormat(tool="npm-audit", fits=_fits_error, read=_read_error)
