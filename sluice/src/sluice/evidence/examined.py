"""What each tool looks for. In: a tool's name. Out: kinds of findings that its report speaks of, found or not.

Tools that may or may not look (an SBOM with or without vulnerabilities, a SARIF log of any tool) aren't here: there the
reader says so, or the findings themselves do.
"""

from __future__ import annotations

from sluice.evidence.model import Kind

EXAMINES: dict[str, frozenset[Kind]] = {
    **dict.fromkeys(("pip-audit", "npm-audit", "cargo-audit", "grype", "trivy"), frozenset({Kind.VULNERABILITY})),
    "bandit": frozenset({Kind.CODE}),
    "detect-secrets": frozenset({Kind.SECRET}),
    "hadolint": frozenset({Kind.MISCONFIGURATION}),
    "junit": frozenset({Kind.TEST}),
}
