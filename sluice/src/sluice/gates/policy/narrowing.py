"""Some gates of a policy, for a job that has reports for these only. In: a policy and patterns. Out: a policy.

A gate that is left out is not passed: another job is to judge it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from sluice.evidence.model import Kind
from sluice.gates.policy.model import Policy, Waiver
from sluice.gates.policy.names import NamePattern
from sluice.source.errors import UsageError


def narrow(policy: Policy, only: Iterable[str]) -> Policy:
    """The gates whose name fits any of the patterns, and the waivers that may be about them; all of them for none.

    Raises ``UsageError`` for a pattern that fits no gate.
    """
    patterns = tuple(map(NamePattern, only))
    if not patterns:
        return policy
    for pattern in patterns:
        if not any(pattern.matches(gate.pattern.text) for gate in policy.gates):
            known = ", ".join(gate.pattern.text for gate in policy.gates) or "none"
            raise UsageError(f"'{pattern}' names no gate of {policy.origin}", hint=f"gates: {known}")
    gates = tuple(gate for gate in policy.gates if any(pattern.matches(gate.pattern.text) for pattern in patterns))
    subjects = {_subject(gate.pattern) for gate in gates} | {Kind.REPORT_PROBLEM.value}
    return replace(
        policy, narrowed=True, gates=gates, waivers=tuple(one for one in policy.waivers if _is_about(one, subjects))
    )


def _is_about(waiver: Waiver, subjects: set[str]) -> bool:
    subject = _subject(waiver.pattern)
    return "*" in subject or subject in subjects


def _subject(pattern: NamePattern) -> str:
    return pattern.text.partition("/")[0]
