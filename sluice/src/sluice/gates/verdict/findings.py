"""Findings against gates. In: what tools reported, which kinds they looked for. Out: a row for each that counts.

Findings that a gate lets pass make one row together. A severity that nobody stated is undecided, never a pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from sluice.evidence.counts import PREFIX
from sluice.evidence.model import Evidence, Finding, Kind, Severity
from sluice.gates.policy.model import Gate, SeverityLimit
from sluice.gates.policy.names import NamePattern
from sluice.gates.verdict.model import Verdict
from sluice.gates.verdict.ruling import Ruling


def fits_findings(gate: Gate) -> bool:
    """Whether the gate says anything about severities."""
    return any(isinstance(limit, SeverityLimit) for limit in gate.limits)


def names_of(finding: Finding) -> tuple[str, ...]:
    """Every name that a gate or a waiver may use: its own, its aliases', and each of these with package or path."""
    names = (finding.name, *(f"{finding.kind}/{alias}" for alias in finding.aliases))
    parts = [part for part in (finding.package, finding.path) if part]
    return *names, *(f"{name}/{part}" for name in names for part in parts)


def rule_on_finding(finding: Finding, gate: Gate) -> Ruling:
    """The worst that the gate's severities say."""
    rulings = [
        _rule(finding, limit, bad)
        for limit, bad in ((gate.fail, Verdict.FAIL), (gate.warn, Verdict.WARN))
        if isinstance(limit, SeverityLimit)
    ]
    return max(rulings, key=lambda ruling: ruling.verdict.rank)


def _rule(finding: Finding, limit: SeverityLimit, bad: Verdict) -> Ruling:
    mine, other = finding.severity.rank, limit.severity.rank
    if mine is None or other is None:
        return Ruling(verdict=Verdict.UNDECIDED, reason=f"{finding.title}: nobody says how severe it is", limit=limit)
    holds = limit.operator.holds(mine, other)
    reason = f"{finding.title}: {finding.severity} is {'' if holds else 'not '}{limit.text}"
    return Ruling(verdict=bad if holds else Verdict.PASS, reason=reason, limit=limit)


def matching(findings: Iterable[Finding], gate: Gate) -> list[Finding]:
    """The findings that the gate is about."""
    return [finding for finding in findings if any(map(gate.pattern.matches, names_of(finding)))]


def looked_for(evidence: Evidence, gate: Gate) -> bool:
    """Whether a report was read that looked for what the gate is about."""
    return any(_may_match(gate.pattern, kind) for kind in _kinds(evidence))


def unheeded(evidence: Evidence, gates: Collection[Gate]) -> dict[Kind, int]:
    """How many findings there are of each kind that no gate is about, nor a measure that counts them."""
    found: Counter[Kind] = Counter()
    for finding in evidence.findings:
        found[finding.kind] += finding.count
    return {kind: count for kind, count in sorted(found.items()) if not any(_heeds(gate, kind) for gate in gates)}


def _heeds(gate: Gate, kind: Kind) -> bool:
    names = (f"{PREFIX}/{kind}/{severity.lower()}" for severity in Severity)
    return _may_match(gate.pattern, kind) or any(map(gate.pattern.matches, names))


def _kinds(evidence: Evidence) -> Collection[Kind]:
    return evidence.examined | {finding.kind for finding in evidence.findings}


def _may_match(pattern: NamePattern, kind: Kind) -> bool:
    first = pattern.text.partition("/")[0]
    return "**" in first or NamePattern(first).matches(kind)
