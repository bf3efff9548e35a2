"""A policy as it was read and checked. It must not know how a measure is judged, nor where the text came from."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct, field

from sluice.evidence.model import Severity
from sluice.gates.policy.names import NamePattern
from sluice.source.positions import Span


class Operator(StrEnum):
    """How a value is compared with a limit."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    EQUAL = "=="
    DIFFERENT = "!="

    def holds(self, value: Fraction | float, limit: Fraction | float) -> bool:
        """Whether ``value`` stands to ``limit`` as the operator says."""
        return _COMPARE[self](value, limit)

    @property
    def direction(self) -> int:
        """1 where more is what is refused, -1 where less is, 0 for (in)equality."""
        return _DIRECTIONS.get(self, 0)


_COMPARE: dict[Operator, Callable[[Fraction | float, Fraction | float], bool]] = {
    Operator.ABOVE: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.EQUAL: operator.eq,
    Operator.DIFFERENT: operator.ne,
}
_DIRECTIONS = {Operator.ABOVE: 1, Operator.AT_LEAST: 1, Operator.BELOW: -1, Operator.AT_MOST: -1}


class RelativeLimit(Struct, frozen=True, kw_only=True):
    """A signed percentage: the change against the baseline, as a share of it (+20 % is 1/5)."""

    operator: Operator
    change: Fraction
    text: str


class ShiftLimit(Struct, frozen=True, kw_only=True):
    """A signed amount: the difference from the baseline, in ``unit``."""

    operator: Operator
    amount: Fraction
    unit: str
    text: str


class ValueLimit(Struct, frozen=True, kw_only=True):
    """An unsigned amount: the value itself, in ``unit``."""

    operator: Operator
    amount: Fraction
    unit: str
    text: str


class SeverityLimit(Struct, frozen=True, kw_only=True):
    """How bad a finding may be."""

    operator: Operator
    severity: Severity
    text: str


ChangeLimit = RelativeLimit | ShiftLimit
Limit = ChangeLimit | ValueLimit | SeverityLimit


class Answer(StrEnum):
    """What the policy makes of a case that has no verdict of its own."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    FAIL = "fail"


class BaselineKind(StrEnum):
    """Where the value to compare with comes from."""

    SAME_RUN = "same-run"
    MERGE_BASE = "merge-base"
    LAST_RELEASE = "last-release"


class Defaults(Struct, frozen=True, kw_only=True):
    """The ``[gates]`` table; each gate may set any of it anew.

    ``missing``: a gate without data. ``new``: a measure without a baseline. ``undecided``: neither shown nor excluded.
    """

    baseline: tuple[BaselineKind, ...] = tuple(BaselineKind)
    missing: Answer = Answer.FAIL
    new: Answer = Answer.PASS
    undecided: Answer = Answer.WARN


class Gate(Struct, frozen=True, kw_only=True):
    """One ``[gate."pattern"]``: at least one of ``fail`` and ``warn`` is there."""

    pattern: NamePattern
    span: Span
    fail: Limit | None = None
    warn: Limit | None = None
    settings: Defaults = field(default_factory=Defaults)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What is set, the fail first."""
        return tuple(limit for limit in (self.fail, self.warn) if limit is not None)


class Waiver(Struct, frozen=True, kw_only=True):
    """One ``[[waive]]``: what it covers doesn't count up to and including the day ``until``."""

    pattern: NamePattern
    until: dt.date
    reason: str
    span: Span

    def holds_on(self, today: dt.date) -> bool:
        """Whether it isn't over."""
        return today <= self.until


class PolicySource(StrEnum):
    """Which version of the file was read."""

    WORKING_TREE = "working tree"
    COMMIT = "commit"
    BASE_COMMIT = "base commit"
    COMPARISON = "comparison"


class PolicyOrigin(Struct, frozen=True, kw_only=True):
    """Where a policy's text came from. On a pull request this is the base commit: a change can't loosen its own
    gate. ``without`` is the commit that was asked first and has no such file.
    """

    source: PolicySource = PolicySource.WORKING_TREE
    commit: str | None = None
    file: str = "sluice.toml"
    without: str | None = None

    def __str__(self) -> str:
        at = f" {self.commit[:7]}" if self.commit else ""
        why = f", for commit {self.without[:7]} has none" if self.without else ""
        return f"{self.file} of the {self.source}{at}{why}"


class Policy(Struct, frozen=True, kw_only=True):
    """Every gate and waiver, in the order of the file.

    ``false_alarms`` is the chance of a false fail among all compared measures of a run that the project accepts; where
    it is set, a fail with weaker evidence is undecided. ``narrowed``: other gates are left to another job.
    """

    gates: tuple[Gate, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    defaults: Defaults = field(default_factory=Defaults)
    false_alarms: float | None = None
    narrowed: bool = False
    origin: PolicyOrigin = field(default_factory=PolicyOrigin)
