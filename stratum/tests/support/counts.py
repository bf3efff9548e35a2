"""What a registry has counted, by name and labels."""

from loka_metrics import HistogramFamily, Registry


class Counts:
    def __init__(self) -> None:
        self.registry = Registry()

    def value(self, name: str, *labels: str) -> float:
        family = self.registry._families[name]
        if isinstance(family, HistogramFamily):
            counts, _ = family.snapshot()
            return counts[-1]
        return family.labels(*labels).value if labels else family.value
