"""Families as the text that Prometheus reads, version 0.0.4.

The rules: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from loka_metrics.families import CounterFamily, GaugeFamily, HistogramFamily

AnyFamily = CounterFamily | GaugeFamily | HistogramFamily

_EXACT = 2.0**53
_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_VALUE = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def render(families: Iterable[AnyFamily]) -> str:
    """Every family with its help, its type and its series, in the order given."""
    return "".join(line + "\n" for family in families for line in _family(family))


def _family(family: AnyFamily) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help.translate(_HELP)}"
    yield f"# TYPE {family.name} {family.kind}"
    match family:
        case HistogramFamily():
            yield from _histograms(family)
        case CounterFamily() | GaugeFamily():
            for values, series in family.series():
                yield f"{family.name}{_labels(family.label_names, values)} {number(series.value)}"


def _histograms(family: HistogramFamily) -> Iterator[str]:
    bounds = [*map(repr, family.bounds), "+Inf"]
    names = (*family.label_names, "le")
    for values, series in family.series():
        counts, total = series.snapshot()
        for bound, count in zip(bounds, counts, strict=True):
            yield f"{family.name}_bucket{_labels(names, (*values, bound))} {count}"
        labels = _labels(family.label_names, values)
        yield f"{family.name}_sum{labels} {number(total)}"
        yield f"{family.name}_count{labels} {counts[-1]}"


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    pairs = (f'{name}="{value.translate(_VALUE)}"' for name, value in zip(names, values, strict=True))
    return f"{{{','.join(pairs)}}}" if names else ""


def number(value: float) -> str:
    """The value so that reading it gives the same value again; whole ones without a point.

    >>> number(3.0), number(0.1), number(float("inf"))
    ('3', '0.1', '+Inf')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    whole = value.is_integer() and abs(value) <= _EXACT
    return str(int(value)) if whole else repr(value)
