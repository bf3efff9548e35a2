"""What one series can do, whichever twin counts it: the native one or the pure one."""

from collections.abc import Iterable
from typing import Protocol


class Increment(Protocol):
    """Going up or down by an amount."""

    def __call__(self, amount: float = 1) -> None: ...


class Change(Protocol):
    """Taking a value."""

    def __call__(self, value: float) -> None: ...


class Counter(Protocol):
    """A number that only goes up. ``inc`` raises ``MetricError`` for an amount that is negative or not finite."""

    def inc(self, amount: float = 1) -> None: ...
    @property
    def value(self) -> float: ...


class Gauge(Protocol):
    """A number that goes up and down."""

    def set(self, value: float) -> None: ...
    def inc(self, amount: float = 1) -> None: ...
    def dec(self, amount: float = 1) -> None: ...
    @property
    def value(self) -> float: ...


class Histogram(Protocol):
    """Counts of values by size. What is not a number is above every bound."""

    def observe(self, value: float) -> None: ...
    def snapshot(self) -> tuple[tuple[int, ...], float]:
        """How many values are at or below each bound, how many in all; and the values' sum."""


class Cells(Protocol):
    """A twin: a module with the three kinds. A histogram's bounds are finite and rise; ``MetricError`` otherwise."""

    def Counter(self) -> Counter: ...  # noqa: N802 (a class of the module)
    def Gauge(self) -> Gauge: ...  # noqa: N802 (a class of the module)
    def Histogram(self, bounds: Iterable[float]) -> Histogram: ...  # noqa: N802 (a class of the module)
