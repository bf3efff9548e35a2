"""Counters, gauges and histograms with a native core, and the text that Prometheus reads.

    >>> registry = Registry()
    >>> shares = registry.counter("shares_total", "Shares, by verdict.", labels=("verdict",))
    >>> accepted = shares.labels("accepted")
    >>> accepted.inc()
    >>> print(registry.render(), end="")
    # HELP shares_total Shares, by verdict.
    # TYPE shares_total counter
    shares_total{verdict="accepted"} 1

Keep what ``labels`` returns where counting is frequent: it is the series itself.
"""

from loka_metrics.cells import NATIVE
from loka_metrics.errors import MetricError
from loka_metrics.families import DEFAULT_BUCKETS, CounterFamily, GaugeFamily, HistogramFamily
from loka_metrics.protocol import Counter, Gauge, Histogram
from loka_metrics.registry import CONTENT_TYPE, Registry

__version__ = "0.1.0"

__all__ = [
    "CONTENT_TYPE",
    "DEFAULT_BUCKETS",
    "NATIVE",
    "Counter",
    "CounterFamily",
    "Gauge",
    "GaugeFamily",
    "Histogram",
    "HistogramFamily",
    "MetricError",
    "Registry",
]
