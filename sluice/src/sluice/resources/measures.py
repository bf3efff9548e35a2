"""A soak's report as measures, for gates. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.evidence.model import Better, Measure
from sluice.resources.model import Leak, SoakReport


def measures_of(report: SoakReport, name: str = "soak") -> Iterator[Measure]:
    """The numbers, under ``name``; without a slope there is none for it, and a gate that wants one fails."""
    values = [("peak", "B", float(report.peak)), ("cpu", "ratio", report.cpu)]
    if report.slope is not None:
        values.append(("slope", "B/s", report.slope.estimate))
        values.append(("leak", "count", float(report.leak is not Leak.NO)))
    for part, unit, value in values:
        yield Measure(name=f"{name}/{part}", unit=unit, better=Better.LOWER, value=value, tool="sluice soak")
