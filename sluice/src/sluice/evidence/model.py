"""Measures, findings and the evidence they make up: what every reader produces and every gate judges.

Values in, checked records out. It must not know any tool's format, nor what is good or bad enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from sluice.evidence.units import unit_named


class Better(StrEnum):
    """Which way a measure improves."""

    LOWER = "lower"
    HIGHER = "higher"


class Severity(StrEnum):
    """How bad a finding is, in CVSS's words. ``UNKNOWN`` is no rank: nobody said."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"
    UNKNOWN = "UNKNOWN"

    @property
    def rank(self) -> int | None:
        """0 for ``NONE`` up to 4 for ``CRITICAL``; nothing for ``UNKNOWN``."""
        return _RANKS.get(self)


_RANKS = {
    severity: rank
    for rank, severity in enumerate((Severity.NONE, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL))
}


class Kind(StrEnum):
    """What a finding is about; the first part of the name that a gate matches."""

    VULNERABILITY = "vulnerability"
    CODE = "code"
    SECRET = "secret"  # noqa: S105 - a kind of finding, not a secret
    MISCONFIGURATION = "misconfiguration"
    LICENCE = "licence"
    DEPENDENCY = "dependency"
    TEST = "test"
    REPORT_PROBLEM = "report-problem"


LARGEST = 1e100
"""No number of a measure is further from 0: what is converted, squared or added up stays a number."""


class Measure(Struct, frozen=True, kw_only=True):
    """A number with its unit and the direction that is better.

    ``name`` is a path such as ``bench/<test>``, ``coverage/line`` or ``image/size``. ``value`` stands for the whole
    (the median where there are ``samples``, unless the tool names its own); every number is finite. ``digest`` is
    ``sha256:<hex>`` of the report that it came from, ``machine`` the fingerprint of where it was measured.
    """

    name: str
    unit: str
    better: Better
    value: float
    samples: tuple[float, ...] = ()
    commit: str | None = None
    machine: str | None = None
    digest: str = ""
    tool: str = ""

    def __post_init__(self) -> None:
        unit_named(self.unit)
        if not self.name:
            raise ValueError("a measure needs a name")
        _check_numbers(self.name, (self.value, *self.samples))


def _check_numbers(name: str, numbers: Iterable[float]) -> None:
    for number in numbers:
        if not math.isfinite(number):
            raise ValueError(f"{name}: {number} is not a finite number")
        if abs(number) > LARGEST:
            raise ValueError(f"{name}: {number:g} is beyond every measure, which ends at {LARGEST:g}")


class Finding(Struct, frozen=True, kw_only=True):
    """A defect that a tool reported, or a problem with a report itself (``Kind.REPORT_PROBLEM``).

    ``id`` is the tool's rule or the advisory's name, ``aliases`` that advisory's other names; ``path`` and ``line``
    (from 1) say where, ``package`` and ``version`` in what; ``fixed_in`` holds the versions without it. ``count`` is
    how many it stands for, where a report has too many to be kept one by one.
    """

    id: str
    kind: Kind
    severity: Severity
    title: str
    tool: str
    package: str | None = None
    version: str | None = None
    path: str | None = None
    line: int | None = None
    fixed_in: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    digest: str = ""
    count: int = 1

    @property
    def name(self) -> str:
        """What a gate matches: ``<kind>/<id>``."""
        return f"{self.kind}/{self.id}"


class Evidence(Struct, frozen=True, kw_only=True):
    """What one report, or all reports of a run, say.

    ``problems`` are the findings of kind ``REPORT_PROBLEM`` and stand only there: where there is one, something that
    should have been judged was not. ``examined`` are the kinds of findings that a readable report looked for, found or
    not: without it, a scan that found nothing and a scan that never ran would be the same.
    """

    measures: tuple[Measure, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Finding, ...] = ()
    examined: frozenset[Kind] = frozenset()
