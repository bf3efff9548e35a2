"""Which names a metric and its labels may have.

The rules are those of Prometheus's data model: https://prometheus.io/docs/concepts/data_model/
"""

import re
from collections.abc import Sequence

from loka_metrics.errors import MetricError

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def check_metric(name: str) -> None:
    """Raise ``MetricError`` unless a metric may be called so."""
    if not _METRIC.fullmatch(name):
        raise MetricError(f"{name!r} is no metric's name: letters, digits, _ and :, not a digit first")


def check_labels(metric: str, labels: Sequence[str], reserved: str | None = None) -> None:
    """Raise ``MetricError`` unless these may be the metric's labels, each once."""
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise MetricError(f"{label!r} is no label's name in {metric}: letters, digits and _, not a digit first")
        if label.startswith("__") or label == reserved:
            raise MetricError(f"the label {label!r} of {metric} is kept for Prometheus itself")
    if len(set(labels)) != len(labels):
        raise MetricError(f"{metric} has a label twice: {', '.join(labels)}")


def check_values(metric: str, labels: Sequence[str], values: Sequence[object]) -> None:
    """Raise ``MetricError`` unless there is a text for each label."""
    if len(values) != len(labels):
        wanted = f"{len(labels)} ({', '.join(labels)})" if labels else "none"
        raise MetricError(f"{metric} takes a value for each label, {wanted}; {len(values)} were given")
    for label, value in zip(labels, values, strict=True):
        if not isinstance(value, str):
            raise MetricError(f"the label {label} of {metric} takes text, not {value!r}")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise MetricError(f"the label {label} of {metric} takes text that UTF-8 can hold, not {value!r}")
