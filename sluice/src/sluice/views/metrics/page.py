"""The page that Prometheus reads. In: what is known of runs, measures and deployments. Out: its text format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct, field
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from sluice.views.metrics.deployments import Environments, deployment_families
from sluice.views.metrics.figures import RunFigures
from sluice.views.metrics.quality import Changes, quality_families
from sluice.views.metrics.workflows import cache_family, job_families, workflow_families


class Known(Struct, frozen=True, kw_only=True):
    """All that metrics are made of; measures and environments by repository."""

    runs: Sequence[RunFigures] = ()
    changes: Changes = field(default_factory=dict)
    environments: Environments = field(default_factory=dict)


class PipelineCollector(Collector):
    """Asks anew at each reading."""

    def __init__(self, ask: Callable[[], Known]) -> None:
        self._ask = ask

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every family, in a fixed order."""
        known = self._ask()
        yield from workflow_families(known.runs)
        yield from job_families(known.runs)
        yield cache_family(known.runs)
        yield from quality_families(known.changes)
        yield from deployment_families(known.environments)


def registry_of(ask: Callable[[], Known]) -> CollectorRegistry:
    """A registry with nothing else in it."""
    registry = CollectorRegistry()
    registry.register(PipelineCollector(ask))
    return registry


def render(known: Known) -> str:
    """The page as it stands now."""
    return generate_latest(registry_of(lambda: known)).decode()
