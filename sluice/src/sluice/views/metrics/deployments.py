"""Families about deployments, DORA's four figures among them. In: environments of each repository. Out: families."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from prometheus_client.core import Metric

from sluice.delivery.deployment.figures import Figures
from sluice.views.metrics.rows import Row, counter, gauge

_LABELS = ("repository", "environment")


class EnvironmentFigures(Struct, frozen=True, kw_only=True):
    """How many deployments ended how, whether the last one failed, and DORA's figures of the last 30 days."""

    name: str
    ends: Mapping[str, int]
    failed: bool
    figures: Figures


Environments = Mapping[str, Sequence[EnvironmentFigures]]


def deployment_families(environments: Environments) -> Iterator[Metric]:
    """Every family."""
    yield counter("sluice_deployments", "Deployments by how they ended.", (*_LABELS, "result"), _ends(environments))
    yield gauge(
        "sluice_last_deployment_failed",
        "1 when the last deployment failed.",
        _LABELS,
        _each(environments, lambda one: float(one.failed)),
    )
    yield gauge(
        "sluice_deployment_frequency_per_day",
        "Deployments a day, of the last 30 days.",
        _LABELS,
        _each(environments, lambda one: one.figures.per_day),
    )
    yield gauge(
        "sluice_lead_time_seconds",
        "Median time from the commit until it is live, of the last 30 days.",
        _LABELS,
        _each(environments, lambda one: one.figures.lead_time),
    )
    yield gauge(
        "sluice_change_failure_ratio",
        "Part of the changes that users met and that failed, of the last 30 days.",
        _LABELS,
        _each(environments, lambda one: one.figures.change_failure_rate),
    )
    yield gauge(
        "sluice_time_to_restore_seconds",
        "Median time until an environment was well again, of the last 30 days.",
        _LABELS,
        _each(environments, lambda one: one.figures.time_to_restore),
    )


def _each(environments: Environments, value: Callable[[EnvironmentFigures], float | None]) -> Iterator[Row]:
    return (((root, one.name), value(one)) for root, found in environments.items() for one in found)


def _ends(environments: Environments) -> Iterator[Row]:
    for root, found in environments.items():
        for one in found:
            for result, count in sorted(one.ends.items()):
                yield (root, one.name, result), count
