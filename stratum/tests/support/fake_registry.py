"""A metrics registry for tests: counts in dictionaries, nothing else."""

from collections import defaultdict


class Value:
    def __init__(self) -> None:
        self.value = 0.0
        self.observed: list[float] = []

    def inc(self, amount: float = 1) -> None:
        self.value += amount

    def set(self, value: float) -> None:
        self.value = value

    def observe(self, value: float) -> None:
        self.observed.append(value)


class Family(Value):
    def __init__(self) -> None:
        super().__init__()
        self.children: dict[tuple[str, ...], Value] = defaultdict(Value)

    def labels(self, *values: str) -> Value:
        return self.children[values]


class FakeRegistry:
    def __init__(self) -> None:
        self.families: dict[str, Family] = defaultdict(Family)

    def counter(self, name: str, help: str, labels: tuple[str, ...] = ()) -> Family:  # noqa: A002, ARG002 (the real one's)
        return self.families[name]

    gauge = counter

    def histogram(self, name: str, help: str) -> Family:  # noqa: A002, ARG002 (the real one's)
        return self.families[name]

    def value(self, name: str, *labels: str) -> float:
        family = self.families[name]
        return family.children[labels].value if labels else family.value

    def render(self) -> str:
        lines = [f"{name} {family.value}" for name, family in self.families.items() if not family.children]
        return "\n".join(lines) + "\n"
