"""How many findings there are. In: evidence. Out: a measure for each kind that was looked for and each severity.

A kind that nothing looked for has no count: none found and never searched are two things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sluice.evidence.model import Better, Evidence, Kind, Measure, Severity

PREFIX = "findings"


def count_findings(evidence: Evidence) -> Iterator[Measure]:
    """``findings/<kind>/<severity>``, in the order of kinds and severities."""
    counted: Counter[tuple[Kind, Severity]] = Counter()
    for finding in evidence.findings:
        counted[finding.kind, finding.severity] += finding.count
    for kind in sorted(evidence.examined):
        for severity in Severity:
            name = f"{PREFIX}/{kind}/{severity.lower()}"
            yield Measure(name=name, unit="count", better=Better.LOWER, value=counted[kind, severity])
