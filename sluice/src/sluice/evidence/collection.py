"""Several reports' evidence merged into one: evidences in, one out. It must not know what is good or bad.

The same measure from the same report, or from two reports that agree (``coverage.json`` and ``cobertura.xml``), counts
once. Where two disagree on a name, for the same commit and machine, it is a conflict and a problem: nobody can tell
which one holds, so the first is kept and the run can't pass. What counts tests adds up: suites of several jobs are
one.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from sluice.evidence.model import Evidence, Finding, Kind, Measure
from sluice.evidence.problems import Problem, problem

Place = tuple[str, str | None, str | None]
_ADDS_UP = frozenset({"junit"})
"""Tools whose measures are parts of a whole."""


def collect(reports: Iterable[Evidence]) -> Evidence:
    """All of them as one, in their order.

    A measure without samples gives way to the same tool's with samples: criterion's ``estimates.json`` sums up the
    ``sample.json`` beside it. A finding or problem that is equal in all its parts counts once.
    """
    measures: dict[Place, Measure] = {}
    findings: dict[Finding, None] = {}
    problems: dict[Finding, None] = {}
    examined: frozenset[Kind] = frozenset()
    for report in reports:
        examined |= report.examined
        for measure in report.measures:
            for conflict in _take(measures, measure):
                problems[conflict] = None
        findings.update(dict.fromkeys(report.findings))
        problems.update(dict.fromkeys(report.problems))
    return Evidence(
        measures=tuple(measures.values()), findings=tuple(findings), problems=tuple(problems), examined=examined
    )


def _take(measures: dict[Place, Measure], measure: Measure) -> list[Finding]:
    place = (measure.name, measure.commit, measure.machine)
    known = measures.setdefault(place, measure)
    if known is not measure and known.tool == measure.tool and known.tool in _ADDS_UP:
        measures[place] = _sum(known, measure)
        return []
    if _says(known) == _says(measure):
        return []
    if known.tool == measure.tool and known.digest != measure.digest and bool(known.samples) != bool(measure.samples):
        measures[place] = known if known.samples else measure
        return []
    return [_conflict(known, measure)]


def _sum(known: Measure, measure: Measure) -> Measure:
    """Both together; a report that is in it already counts once."""
    if measure.digest and measure.digest in known.digest.split():
        return known
    return replace(known, value=known.value + measure.value, digest=f"{known.digest} {measure.digest}")


def _says(measure: Measure) -> tuple[object, ...]:
    return measure.unit, measure.better, measure.value, measure.samples


def _conflict(known: Measure, measure: Measure) -> Finding:
    title = (
        f"{known.name} is {known.value:g} {known.unit} in one report ({known.tool or 'unnamed'}) and "
        f"{measure.value:g} {measure.unit} in another ({measure.tool or 'unnamed'}); the first one was kept"
    )
    return replace(problem(Problem.CONFLICT, title, tool=measure.tool), digest=measure.digest)
