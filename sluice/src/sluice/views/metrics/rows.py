"""A metric family from rows of label values and a value, as the library ``prometheus_client`` has it."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

Row = tuple[tuple[str, ...], float | None]


def gauge(name: str, meaning: str, labels: tuple[str, ...], rows: Iterable[Row]) -> Metric:
    """A gauge; a row without a value is left out."""
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, value)
    return family


def counter(name: str, meaning: str, labels: tuple[str, ...], rows: Iterable[Row]) -> Metric:
    """A counter, by its name without ``_total``."""
    family = CounterMetricFamily(name, meaning, labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, value)
    return family
