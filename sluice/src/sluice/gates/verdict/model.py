"""A report as data: rows, problems, notices. It must not know how it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct, field

from sluice.evidence.model import Finding
from sluice.gates.policy.model import Answer, PolicyOrigin, Waiver
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span


class Verdict(StrEnum):
    """What was found, the worst last; ``UNDECIDED`` counts as what the policy says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    UNDECIDED = "undecided"
    WARN = "warn"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """0 for a pass up to 3 for a fail."""
        return _ORDER.index(self)


_ORDER = tuple(Verdict)
_ANSWERS = tuple(Answer)


def rank_of(answer: Answer) -> int:
    """0 for a pass up to 2 for a fail."""
    return _ANSWERS.index(answer)


class Change(Struct, frozen=True, kw_only=True):
    """Against the baseline: a share of it when ``relative``, else an amount in the measure's unit.

    Without bounds the values were compared as they are. ``size`` is the number of pairs, or of values on the
    smaller side.
    """

    point: float
    relative: bool
    lower: float | None = None
    upper: float | None = None
    confidence: float | None = None
    size: int = 1


class Row(Struct, frozen=True, kw_only=True):
    """One measure or finding, or one gate without any, with the worst verdict of all gates that match.

    ``gate`` and ``threshold`` are those of the gate that decided; ``counts_as`` is what the row adds to the report.
    """

    name: str
    gate: str
    span: Span
    verdict: Verdict
    counts_as: Answer
    reason: str
    threshold: str = ""
    value: float | None = None
    unit: str = ""
    baseline: float | None = None
    origin: str = ""
    change: Change | None = None
    chance: float | None = None
    waiver: Waiver | None = None
    finding: Finding | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """Orders rows of one name: what counts more, then what is worse."""
        return rank_of(self.counts_as), self.verdict.rank


class Problem(Struct, frozen=True, kw_only=True):
    """Something that should have been judged and could not be; ``subject`` is what it befell, such as a package.

    A waiver names it ``<name>`` or ``<name>/<subject>``.
    """

    name: str
    message: str
    subject: str | None = None
    path: str | None = None
    line: int | None = None
    waiver: Waiver | None = None


class FalseAlarms(Struct, frozen=True, kw_only=True):
    """What the report says of false alarms over all ``compared`` measures.

    ``bound``: the chance of a false fail for any noise that is even around its middle; ``evidence``: the chance that
    unchanged measures would show evidence as strong as that of the weakest fail here.
    """

    compared: int
    bound: float
    evidence: float | None = None


class Report(Struct, frozen=True, kw_only=True):
    """Everything a run was judged by. Rows come worst first, then by name."""

    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Diagnostic, ...] = ()
    policy: PolicyOrigin = field(default_factory=PolicyOrigin)
    false_alarms: FalseAlarms | None = None

    @property
    def verdict(self) -> Answer:
        """The worst of all rows; a report without rows passes."""
        return worst(row.counts_as for row in self.rows)

    @property
    def judged(self) -> bool:
        """Whether nothing stood in the way, waived problems left aside."""
        return all(problem.waiver for problem in self.problems)

    @property
    def exit_code(self) -> int:
        """2 when something could not be judged, else 1 for a fail, 0 for a pass or a warning."""
        if not self.judged:
            return 2
        return 1 if self.verdict is Answer.FAIL else 0


def worst(answers: Iterable[Answer]) -> Answer:
    """The worst of ``answers``, a pass where there are none."""
    return max(answers, key=rank_of, default=Answer.PASS)
