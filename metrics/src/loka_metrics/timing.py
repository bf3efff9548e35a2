"""What a native operation costs: nanoseconds, measured in a native loop on a cell made for it."""

from collections.abc import Callable

from loka_metrics.errors import MetricError
from loka_metrics.families import DEFAULT_BUCKETS

KINDS = ("counter-inc", "gauge-set", "gauge-inc", "histogram-observe")


def bench(kind: str, times: int) -> float:
    """Nanoseconds for each of so many operations, one of ``KINDS``; ``MetricError`` where there is no native twin.

    A histogram has the usual buckets, and its values fall in all of them.
    """
    cells = _cells()
    if kind not in cells:
        raise MetricError(f"{kind!r} is not timed; these are: {', '.join(KINDS)}")
    return cells[kind](times)


def _cells() -> dict[str, Callable[[int], float]]:
    try:
        from loka_metrics import native  # noqa: PLC0415 (it may not be there)
    except ImportError:
        raise MetricError("the extension was not built here: no compiler") from None
    return {
        "counter-inc": lambda times: native.loop(native.Counter(), "inc", times),
        "gauge-set": lambda times: native.loop(native.Gauge(), "set", times),
        "gauge-inc": lambda times: native.loop(native.Gauge(), "inc", times),
        "histogram-observe": lambda times: native.loop(native.Histogram(DEFAULT_BUCKETS), "observe", times),
    }
