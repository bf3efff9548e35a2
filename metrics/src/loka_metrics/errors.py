"""The one error of this package: a metric that was named, labelled or changed as metrics can't be."""


class MetricError(ValueError):
    """What can't be done to a metric, in words for whoever wrote the call."""
