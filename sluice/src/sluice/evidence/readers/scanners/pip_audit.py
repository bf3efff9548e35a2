"""pip-audit's JSON, both shapes. It rates nothing, so severities come from advisories; a skipped package is a problem.

Its default service may answer 404: pip-audit then skips the packages and exits 0, which is no pass.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, shaped
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import Problem, one_line, problem
from sluice.evidence.readers.report import JsonFormat, Report, has_keys, is_list_of


class _Vulnerability(msgspec.Struct):
    id: str
    fix_versions: list[str] = []
    aliases: list[str] = []
    description: str | None = None


class _Dependency(msgspec.Struct):
    name: str
    version: str | None = None
    vulns: list[_Vulnerability] | None = None
    skip_reason: str | None = None


class _File(msgspec.Struct):
    dependencies: list[object]


def _read(report: Report[object]) -> Iterator[Item]:
    body = report.body
    entries = body if isinstance(body, list) else shaped(body, _File).dependencies
    yield from each(entries, _Dependency, _findings, what="dependency")
    if not entries:
        yield problem(Problem.NO_DATA, "not one package was audited")


def _findings(found: _Dependency) -> Iterator[Item]:
    if found.vulns is None:
        reason = found.skip_reason or "no reason given"
        yield problem(Problem.SKIPPED, f"{found.name} was not audited: {reason}", package=found.name)
    for vulnerability in found.vulns or ():
        yield Finding(
            id=one_line(vulnerability.id, LONGEST_NAME),
            kind=Kind.VULNERABILITY,
            severity=Severity.UNKNOWN,
            title=one_line(vulnerability.description or vulnerability.id),
            tool="pip-audit",
            package=found.name,
            version=found.version,
            fixed_in=tuple(vulnerability.fix_versions),
            aliases=tuple(vulnerability.aliases),
        )


def _fits(body: object) -> bool:
    if isinstance(body, dict):
        return has_keys(body, "dependencies") and set(body) <= {"dependencies", "fixes"}
    return is_list_of(body, "name", "vulns") or is_list_of(body, "name", "skip_reason")


FORMAT = JsonFormat(tool="pip-audit", fits=_fits, silent_is_clean=True, read=_read)
