"""The one place where metrics are made and from which they are shown, so that what counts is what is exposed."""

from collections.abc import Iterable
from threading import Lock
from typing import TypeVar

from loka_metrics.cells import CELLS
from loka_metrics.errors import MetricError
from loka_metrics.families import DEFAULT_BUCKETS, CounterFamily, GaugeFamily, HistogramFamily
from loka_metrics.protocol import Cells
from loka_metrics.text import AnyFamily, render

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""What an answer with the rendered text calls itself."""

Found = TypeVar("Found", CounterFamily, GaugeFamily, HistogramFamily)


class Registry:
    """Families in the order of their creation. Asking again for the same one gives the same one."""

    def __init__(self, cells: Cells = CELLS) -> None:
        self._cells = cells
        self._families: dict[str, AnyFamily] = {}
        self._taken: dict[str, str] = {}
        self._lock = Lock()

    def counter(self, name: str, help: str, labels: Iterable[str] = ()) -> CounterFamily:  # noqa: A002 (its name)
        """A number that only goes up. Raises ``MetricError`` for a bad name or one that means something else."""
        return self._get_or_add(CounterFamily(name, help, tuple(labels), self._cells))

    def gauge(self, name: str, help: str, labels: Iterable[str] = ()) -> GaugeFamily:  # noqa: A002 (its name)
        """A number that goes up and down. Raises as ``counter`` does."""
        return self._get_or_add(GaugeFamily(name, help, tuple(labels), self._cells))

    def histogram(
        self,
        name: str,
        help: str,  # noqa: A002 (its name)
        buckets: Iterable[float] = DEFAULT_BUCKETS,
        labels: Iterable[str] = (),
    ) -> HistogramFamily:
        """Counts of values at or below each bound; bounds rise. Raises as ``counter`` does."""
        return self._get_or_add(HistogramFamily(name, help, buckets, tuple(labels), self._cells))

    def render(self) -> str:
        """All series as Prometheus's text, version 0.0.4."""
        with self._lock:
            families = list(self._families.values())
        return render(families)

    def _get_or_add(self, wanted: Found) -> Found:
        with self._lock:
            found = self._families.get(wanted.name)
            if found is None:
                self._take_names(wanted)
                self._families[wanted.name] = wanted
                return wanted
        if not isinstance(found, type(wanted)) or _shape(found) != _shape(wanted):
            raise MetricError(f"{wanted.name} is there already, with another kind, help, labels or buckets")
        return found

    def _take_names(self, family: AnyFamily) -> None:
        names = {family.name}
        if isinstance(family, HistogramFamily):
            names |= {f"{family.name}{suffix}" for suffix in ("_bucket", "_sum", "_count")}
        for name in names & self._taken.keys():
            raise MetricError(f"{family.name} would show {name}, which {self._taken[name]} shows already")
        self._taken.update(dict.fromkeys(names, family.name))


def _shape(family: AnyFamily) -> tuple[object, ...]:
    bounds = family.bounds if isinstance(family, HistogramFamily) else None
    return family.help, family.label_names, bounds
