"""Metrics as they are named: a family is a name, a help text, labels, and a series for each combination of values.

A family without labels is its only series. Here `inc`, `set` and the like are the series' own functions, not calls
around them, so that the way through the family costs nothing.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import ClassVar, Generic, NoReturn, TypeVar

from loka_metrics.errors import MetricError
from loka_metrics.names import check_labels, check_metric, check_values
from loka_metrics.protocol import Cells, Change, Counter, Gauge, Histogram, Increment

DEFAULT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: from a fast answer to one nobody waits for."""

Series = TypeVar("Series")


class Family(Generic[Series]):
    """What the three kinds share. Series keep the order in which they were first asked for."""

    __slots__ = ("_children", "_lock", "_make", "help", "label_names", "name")
    kind: ClassVar[str]
    reserved: ClassVar[str | None] = None

    def __init__(self, name: str, help: str, labels: Sequence[str], make: Callable[[], Series]) -> None:  # noqa: A002
        check_metric(name)
        check_labels(name, labels, self.reserved)
        self.name = name
        self.help = help
        self.label_names = tuple(labels)
        self._make = make
        self._children: dict[tuple[str, ...], Series] = {}
        self._lock = Lock()

    def labels(self, *values: str) -> Series:
        """The series with these values of the labels, in their order; made when it is first asked for."""
        child = self._children.get(values)
        return self._add(values) if child is None else child

    def _add(self, values: tuple[str, ...]) -> Series:
        check_values(self.name, self.label_names, values)
        with self._lock:
            return self._children.setdefault(values, self._make())

    def series(self) -> list[tuple[tuple[str, ...], Series]]:
        """Every series and the values of its labels, in the order of creation."""
        with self._lock:
            return list(self._children.items())

    def _needs_labels(self, *_: object, **__: object) -> NoReturn:
        raise MetricError(f"{self.name} has labels ({', '.join(self.label_names)}): choose a series by labels() first")


class CounterFamily(Family[Counter]):
    """A counter, or one for each combination of labels."""

    __slots__ = ("inc",)
    kind = "counter"
    inc: Increment

    def __init__(self, name: str, help: str, labels: Sequence[str], cells: Cells) -> None:  # noqa: A002 (its name)
        super().__init__(name, help, labels, cells.Counter)
        self.inc = self._needs_labels if labels else self.labels().inc

    @property
    def value(self) -> float:
        """The total of the only series."""
        return self.labels().value


class GaugeFamily(Family[Gauge]):
    """A gauge, or one for each combination of labels."""

    __slots__ = ("dec", "inc", "set")
    kind = "gauge"
    set: Change
    inc: Increment
    dec: Increment

    def __init__(self, name: str, help: str, labels: Sequence[str], cells: Cells) -> None:  # noqa: A002 (its name)
        super().__init__(name, help, labels, cells.Gauge)
        self.set = self._needs_labels if labels else self.labels().set
        self.inc = self._needs_labels if labels else self.labels().inc
        self.dec = self._needs_labels if labels else self.labels().dec

    @property
    def value(self) -> float:
        """The value of the only series."""
        return self.labels().value


class HistogramFamily(Family[Histogram]):
    """A histogram, or one for each combination of labels. ``bounds`` leaves out the infinite one, which always is."""

    __slots__ = ("bounds", "observe")
    kind = "histogram"
    reserved = "le"
    observe: Change

    def __init__(self, name: str, help: str, bounds: Iterable[float], labels: Sequence[str], cells: Cells) -> None:  # noqa: A002
        self.bounds = finite_bounds(bounds)
        super().__init__(name, help, labels, lambda: cells.Histogram(self.bounds))
        cells.Histogram(self.bounds)
        self.observe = self._needs_labels if labels else self.labels().observe

    def snapshot(self) -> tuple[tuple[int, ...], float]:
        """The counts and the sum of the only series."""
        return self.labels().snapshot()


def finite_bounds(bounds: Iterable[float]) -> tuple[float, ...]:
    """The bounds as floats, without an infinite one at their end."""
    exact = tuple(float(bound) for bound in bounds)
    return exact[:-1] if exact and exact[-1] == math.inf else exact
