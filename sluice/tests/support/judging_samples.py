"""Evidence and baselines for tests of verdicts and formats: built from few words, the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterable

from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure, Severity
from sluice.gates.baseline import Baseline, Baselines, Origin
from sluice.gates.policy.model import BaselineKind


def measure(
    name: str, value: float, unit: str = "count", samples: Iterable[float] = (), machine: str | None = None
) -> Measure:
    better = Better.HIGHER if unit in {"%", "1/s"} else Better.LOWER
    return Measure(name=name, unit=unit, better=better, value=value, samples=tuple(samples), machine=machine)


def timings(level: float, count: int = 64, seed: int = 1, spread: float = 0.02) -> tuple[float, ...]:
    source = random.Random(seed)  # noqa: S311 - simulated noise
    return tuple(round(level * (1 + source.gauss(0, spread)), 4) for _ in range(count))


def finding(id: str, severity: Severity = Severity.HIGH, kind: Kind = Kind.VULNERABILITY, **more: object) -> Finding:  # noqa: A002 - the model's word
    return Finding(id=id, kind=kind, severity=severity, title=f"{id} in a package", tool="pip-audit", **more)  # type: ignore[arg-type]  # the model checks


def same_run(*measures: Measure) -> Baselines:
    return Baselines(same_run=Baseline.of(Origin(kind=BaselineKind.SAME_RUN), measures))


def merge_base(*measures: Measure, distance: int = 0) -> Baselines:
    origin = Origin(kind=BaselineKind.MERGE_BASE, commit="1a2b3c4d5e6f", distance=distance)
    return Baselines(ancestors=(Baseline.of(origin, measures),))


def evidence(
    *measures: Measure,
    findings: Iterable[Finding] = (),
    problems: Iterable[Finding] = (),
    examined: Iterable[Kind] = (),
) -> Evidence:
    return Evidence(measures=measures, findings=tuple(findings), problems=tuple(problems), examined=frozenset(examined))
