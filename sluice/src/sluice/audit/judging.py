"""An audit's evidence by the gates and waivers of ``sluice.toml``, and by rules of its own for what no gate speaks of.

The same gates judge the same evidence in ``sluice gate``; here only those count that are about findings of an audit.
"""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from sluice.evidence.model import Evidence, Kind
from sluice.gates.baseline import Baselines
from sluice.gates.policy.model import Answer, Gate, Policy
from sluice.gates.policy.names import NamePattern
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report

DEFAULT_GATES = """
[gate."vulnerability/**"]
fail = ">= HIGH"
warn = ">= LOW"
[gate."secret/**"]
fail = ">= LOW"
[gate."code/**"]
fail = ">= MEDIUM"
[gate."misconfiguration/**"]
fail = ">= HIGH"
warn = ">= MEDIUM"
[gate."licence/**"]
fail = ">= HIGH"
warn = ">= MEDIUM"
[gate."dependency/*/age"]
warn = "> 30d"
"""
"""What holds for a kind that no gate of the repository is about."""

_KINDS = (Kind.VULNERABILITY, Kind.SECRET, Kind.CODE, Kind.MISCONFIGURATION, Kind.LICENCE, Kind.DEPENDENCY)


def judge_audit(evidence: Evidence, policy: Policy, today: dt.date) -> Report:
    """The report. A gate without findings passes: whether a part was checked, its status says."""
    own = [gate for gate in policy.gates if _kind_of(gate) is not None]
    spoken_of = {_kind_of(gate) for gate in own}
    default = [gate for gate in read_policy(DEFAULT_GATES).gates if _kind_of(gate) not in spoken_of]
    gates = (replace(gate, settings=replace(gate.settings, missing=Answer.PASS)) for gate in (*own, *default))
    waivers = tuple(waiver for waiver in policy.waivers if _is_ours(waiver.pattern))
    report = judge(evidence, Baselines(), replace(policy, gates=tuple(gates), waivers=waivers), today)
    return replace(report, notices=tuple(notice for notice in report.notices if notice.rule == "waiver-expired"))


def _kind_of(gate: Gate) -> Kind | None:
    first = gate.pattern.text.partition("/")[0]
    return next((kind for kind in _KINDS if NamePattern(first).matches(kind)), None)


def _is_ours(pattern: NamePattern) -> bool:
    first = NamePattern(pattern.text.partition("/")[0])
    return any(first.matches(kind) for kind in (*_KINDS, Kind.REPORT_PROBLEM))
