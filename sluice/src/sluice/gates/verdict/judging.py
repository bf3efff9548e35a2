"""Judge a run. In: its evidence, the baselines there are, the policy, the day. Out: the report.

All gates that match a name apply and the worst verdict is the row's. A gate that has nothing to judge is a row of
its own: a job that stopped measuring must not pass.
"""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from sluice.evidence.model import Better, Evidence, Finding, Measure
from sluice.gates.baseline import Baselines, Chosen
from sluice.gates.policy.model import Answer, Gate, Policy
from sluice.gates.statistics.suite import bound_of_evidence, bound_of_suite
from sluice.gates.verdict.findings import fits_findings, looked_for, matching, names_of, rule_on_finding, unheeded
from sluice.gates.verdict.fixed import value_in_unit
from sluice.gates.verdict.measures import fits_measures, needs_baseline, rule_on_measure
from sluice.gates.verdict.model import FalseAlarms, Problem, Report, Row, Verdict, rank_of
from sluice.gates.verdict.ruling import Ruling, UnjudgeableError
from sluice.gates.verdict.waivers import Waivers
from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.positions import Span

_COUNTS = {Verdict.PASS: Answer.PASS, Verdict.WARN: Answer.WARN, Verdict.FAIL: Answer.FAIL}


def judge(evidence: Evidence, baselines: Baselines, policy: Policy, today: dt.date) -> Report:
    """The report on ``evidence``; never raises for what a report or a baseline may hold."""
    return _Judge(evidence, baselines, policy, today).report()


class _Judge:
    """One judgement: collects rows, problems and notices."""

    def __init__(self, evidence: Evidence, baselines: Baselines, policy: Policy, today: dt.date) -> None:
        self._evidence = evidence
        self._baselines = baselines
        self._policy = policy
        self._waivers = Waivers(policy.waivers, today)
        self._rows: dict[tuple[str, int], Row] = {}
        self._lesser: dict[tuple[str, int], list[Row]] = {}
        self._problems: list[Problem] = []
        self._notices: list[Diagnostic] = []
        self._origins: dict[int, str] = {}
        self._compared: set[tuple[str, int]] = set()

    def report(self) -> Report:
        self._problems += map(_problem, self._evidence.problems)
        for gate in self._policy.gates:
            self._apply(gate)
        if not self._policy.gates:
            self._tell_of_no_gate()
        elif not self._policy.narrowed:
            self._tell_of_the_unheeded()
        alarms = self._bound_false_alarms()
        rows = sorted((self._waive(row) for row in self._rows.values()), key=_worst_first)
        problems = [self._waive_problem(problem) for problem in self._problems]
        return Report(
            rows=tuple(rows),
            problems=tuple(problems),
            notices=(*self._notices, *self._waivers.notices()),
            policy=self._policy.origin,
            false_alarms=alarms,
        )

    def _apply(self, gate: Gate) -> None:
        measured = self._apply_to_measures(gate) if fits_measures(gate) else False
        found = self._apply_to_findings(gate) if fits_findings(gate) else False
        if not measured and not found:
            self._miss(gate)

    def _apply_to_measures(self, gate: Gate) -> bool:
        seen: set[str] = set()
        new = 0
        for index, measure in enumerate(self._evidence.measures):
            if gate.pattern.matches(measure.name):
                seen.add(measure.name)
                new += self._judge_measure(measure, gate, index)
        if new and new == len(seen):
            left = ", ".join(self._baselines.left_out(gate.settings.baseline))
            why = f"; its `baseline` leaves out {left}, which is there" if left else ""
            self._tell(gate, "gate-without-baseline", f"gate '{gate.pattern}' has no baseline to compare with{why}")
        gone = self._miss_the_vanished(gate, seen)
        return bool(seen) or gone

    def _judge_measure(self, measure: Measure, gate: Gate, index: int) -> bool:
        """Keep the row; true for a measure without a baseline."""
        chosen = self._baselines.choose(measure.name, gate.settings.baseline) if needs_baseline(gate) else None
        try:
            rulings = rule_on_measure(measure, gate, chosen)
            before = value_in_unit(chosen.measure, measure.unit) if chosen else None
        except UnjudgeableError as error:
            message = f"gate '{gate.pattern}' ({gate.span}) can't judge it: {error}"
            self._problems.append(Problem(name=measure.name, message=message))
            return False
        new = any(ruling.new for ruling in rulings)
        self._warn_of_direction(gate, measure, new=new)
        key, origin = (measure.name, index), self._origin(chosen)
        if any(ruling.compared for ruling in rulings):
            self._compared.add(key)
        for ruling in rulings:
            self._keep(key, _row(measure.name, gate, ruling, measure, before, origin))
        return new

    def _origin(self, chosen: Chosen | None) -> str:
        """The origin in words; a baseline's is put into words once."""
        if chosen is None:
            return ""
        known = self._origins.get(id(chosen.origin))
        if known is None:
            known = self._origins[id(chosen.origin)] = str(chosen.origin)
        return known

    def _apply_to_findings(self, gate: Gate) -> bool:
        found = matching(self._evidence.findings, gate)
        passed = 0
        for finding in found:
            ruling = rule_on_finding(finding, gate)
            if ruling.verdict is Verdict.PASS:
                passed += finding.count
            else:
                self._keep((finding.name, id(finding)), replace(_row(finding.name, gate, ruling), finding=finding))
        looked = bool(found) or looked_for(self._evidence, gate)
        if looked and passed == sum(finding.count for finding in found):
            reason = f"{passed} found, none of them counts" if passed else "looked for, nothing found"
            passing = Ruling(verdict=Verdict.PASS, reason=reason, limit=gate.fail or gate.warn)
            self._keep((gate.pattern.text, -1), _row(gate.pattern.text, gate, passing))
        return looked

    def _miss(self, gate: Gate) -> None:
        """A gate that matched nothing: a row, and a notice with the gate's place."""
        reason = "no data: nothing in this run's reports has such a name"
        self._keep((gate.pattern.text, -1), _missing_row(gate.pattern.text, gate, reason))
        self._tell(gate, "gate-unmatched", f"gate '{gate.pattern}' matches nothing in this run")

    def _miss_the_vanished(self, gate: Gate, seen: set[str]) -> bool:
        nearest = self._baselines.nearest_names(gate.settings.baseline, gate.pattern.matches)
        if nearest is None:
            return False
        origin, names = nearest
        gone = [name for name in names if name not in seen]
        for name in gone:
            reason = f"no data: the {origin} has it, this run doesn't"
            self._keep((name, -1), _missing_row(name, gate, reason))
        return bool(gone)

    def _keep(self, key: tuple[str, int], row: Row) -> None:
        """The worst row of a key; where a fail may be doubted later, the others wait."""
        known = self._rows.get(key)
        if known is None or row.rank > known.rank:
            self._rows[key] = row
        if known is not None and self._policy.false_alarms is not None:
            self._lesser.setdefault(key, []).append(known if row.rank > known.rank else row)

    def _warn_of_direction(self, gate: Gate, measure: Measure, *, new: bool) -> None:
        side = gate.limits[0].operator.direction
        wrong = side and (measure.better is Better.HIGHER) == (side > 0)
        if not wrong or any(found.span == gate.span for found in self._notices) or new:
            return
        message = f"gate '{gate.pattern}' refuses what improves '{measure.name}': {measure.better} is better there"
        self._tell(gate, "gate-direction", message)

    def _tell_of_no_gate(self) -> None:
        """A pass of nothing looks like one of something; it is said before anybody relies on it."""
        message = f"{self._policy.origin} has no gate: nothing was judged"
        span = Span.at(self._policy.origin.file)
        self._notices.append(Diagnostic(span=span, rule="no-gate", severity=Severity.WARNING, message=message))

    def _tell_of_the_unheeded(self) -> None:
        """Findings that no gate is about pass, and would do so in silence."""
        kinds = [f"{count} of {kind}" for kind, count in unheeded(self._evidence, self._policy.gates).items()]
        if kinds:
            message = f"findings that no gate is about: {', '.join(kinds)}"
            span = Span.at(self._policy.origin.file)
            self._notices.append(Diagnostic(span=span, rule="no-gate", severity=Severity.NOTICE, message=message))

    def _tell(self, gate: Gate, rule: str, message: str) -> None:
        self._notices.append(Diagnostic(span=gate.span, rule=rule, severity=Severity.WARNING, message=message))

    def _bound_false_alarms(self) -> FalseAlarms | None:
        """State the bound; where the policy sets one, a fail with weaker evidence becomes undecided."""
        count = len(self._compared)
        if not count:
            return None
        strengths: list[float] = []
        for key in self._compared:
            judged = (self._rows[key], *self._lesser.get(key, ()))
            row = self._rows[key] = max((self._doubt(one, count) for one in judged), key=_rank)
            if row.verdict is Verdict.FAIL and row.chance is not None:
                strengths.append(bound_of_evidence(row.chance, count))
        return FalseAlarms(compared=count, bound=bound_of_suite(count), evidence=max(strengths, default=None))

    def _doubt(self, row: Row, count: int) -> Row:
        if row.verdict is not Verdict.FAIL or row.chance is None or self._policy.false_alarms is None:
            return row
        bound = bound_of_evidence(row.chance, count)
        if bound <= self._policy.false_alarms:
            return row
        gate = next(gate for gate in self._policy.gates if gate.pattern.text == row.gate)
        reason = f"{row.reason}, but among so many measures chance alone could show that in {bound:.2%} of runs"
        return replace(row, verdict=Verdict.UNDECIDED, counts_as=gate.settings.undecided, reason=reason)

    def _waive(self, row: Row) -> Row:
        if row.counts_as is Answer.PASS:
            return row
        waiver = self._waivers.covering(names_of(row.finding) if row.finding else (row.name,))
        return replace(row, waiver=waiver, counts_as=Answer.PASS) if waiver else row

    def _waive_problem(self, problem: Problem) -> Problem:
        names = (problem.name, f"{problem.name}/{problem.subject}") if problem.subject else (problem.name,)
        return replace(problem, waiver=self._waivers.covering(names))


def _row(  # noqa: PLR0913, PLR0917 - a row made in one go: ten thousand of them in under a second
    name: str,
    gate: Gate,
    ruling: Ruling,
    measure: Measure | None = None,
    before: float | None = None,
    origin: str = "",
) -> Row:
    verdict, counts = ruling.verdict, _COUNTS.get(ruling.verdict, gate.settings.undecided)
    if ruling.new:
        verdict, counts = Verdict(gate.settings.new), gate.settings.new
    return Row(
        name=name,
        gate=gate.pattern.text,
        span=gate.span,
        verdict=verdict,
        counts_as=counts,
        reason=ruling.reason,
        threshold=ruling.limit.text if ruling.limit else "",
        change=ruling.change,
        chance=ruling.chance,
        value=measure.value if measure else None,
        unit=measure.unit if measure else "",
        baseline=before,
        origin=origin,
    )


def _missing_row(name: str, gate: Gate, reason: str) -> Row:
    answer = gate.settings.missing
    threshold = next((limit.text for limit in gate.limits), "")
    return Row(
        name=name,
        gate=gate.pattern.text,
        span=gate.span,
        verdict=Verdict(answer),
        counts_as=answer,
        reason=reason,
        threshold=threshold,
    )


def _problem(finding: Finding) -> Problem:
    return Problem(
        name=finding.name, message=finding.title, subject=finding.package, path=finding.path, line=finding.line
    )


def _rank(row: Row) -> tuple[int, int]:
    return row.rank


def _worst_first(row: Row) -> tuple[int, int, str]:
    return -rank_of(row.counts_as), -row.verdict.rank, row.name
