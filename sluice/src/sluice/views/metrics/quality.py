"""Families about what jobs measured and found. In: the newest measures of each repository. Out: families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from prometheus_client.core import Metric

from sluice.evidence.counts import PREFIX as FINDINGS
from sluice.evidence.model import Better, Measure
from sluice.evidence.units import convert
from sluice.views.metrics.rows import Row, gauge


class Change(Struct, frozen=True, kw_only=True):
    """The newest of a measure on the main branch, and the median of those before it, when there are any."""

    measure: Measure
    before: float | None

    @property
    def worse(self) -> float | None:
        """0.2 for 20 % worse than before, negative for better; ``None`` where there is no comparing."""
        if not self.before or not self.measure.value:
            return None
        ratio = self.measure.value / self.before
        return ratio - 1 if self.measure.better is Better.LOWER else 1 / ratio - 1


Changes = Mapping[str, Sequence[Change]]


def quality_families(changes: Changes) -> Iterator[Metric]:
    """Every measure, and what dashboards and alerts ask for by a name of its own."""
    yield gauge(
        "sluice_measure",
        "The newest value on the main branch.",
        ("repository", "name", "unit"),
        (((root, one.name, one.unit), one.value) for root, one in _measures(changes) if not _named(one, FINDINGS)),
    )
    yield gauge(
        "sluice_coverage_ratio",
        "Part that tests reach.",
        ("repository", "of"),
        (((root, _rest(one)), convert(one.value, one.unit, "ratio")) for root, one in _shares(changes)),
    )
    yield gauge(
        "sluice_findings", "Findings by kind and severity.", ("repository", "kind", "severity"), _findings(changes)
    )
    yield gauge(
        "sluice_benchmark_worse_ratio",
        "How much worse a benchmark's newest value is than the median before it: 0.2 is 20 %.",
        ("repository", "name"),
        (
            ((root, _rest(change.measure)), change.worse)
            for root, found in changes.items()
            for change in found
            if _named(change.measure, "bench")
        ),
    )


def _measures(changes: Changes) -> Iterator[tuple[str, Measure]]:
    return ((root, change.measure) for root, found in changes.items() for change in found)


def _shares(changes: Changes) -> Iterator[tuple[str, Measure]]:
    return ((root, one) for root, one in _measures(changes) if _named(one, "coverage") and one.unit in {"%", "ratio"})


def _findings(changes: Changes) -> Iterator[Row]:
    for root, one in _measures(changes):
        if _named(one, FINDINGS):
            kind, _, severity = _rest(one).partition("/")
            yield (root, kind, severity), one.value


def _named(measure: Measure, first: str) -> bool:
    return measure.name.partition("/")[0] == first


def _rest(measure: Measure) -> str:
    return measure.name.partition("/")[2]
