"""Which earlier value a measure is compared with. In: the baselines there are. Out: one of them, with its origin in
words.

A baseline is looked for in the policy's order; among ancestors the nearest that has the measure is taken, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct, field

from sluice.evidence.model import Measure
from sluice.gates.policy.model import BaselineKind


class Origin(Struct, frozen=True, kw_only=True):
    """Where a baseline's values come from; ``distance`` counts commits from the merge base back, 0 for itself."""

    kind: BaselineKind
    commit: str | None = None
    name: str | None = None
    distance: int = 0

    @property
    def stored(self) -> bool:
        """Whether it was measured at another time than what it is compared with."""
        return self.kind is not BaselineKind.SAME_RUN

    def __str__(self) -> str:
        at = self.name or (self.commit[:7] if self.commit else "")
        words = self.kind.value.replace("-", " ")
        if self.distance:
            words = f"{self.distance} commit{'s' if self.distance > 1 else ''} before the {words}"
        return f"{words} {at}".rstrip()


class Baseline(Struct, frozen=True, kw_only=True):
    """The measures of one commit."""

    origin: Origin
    measures: Mapping[str, Measure]

    @classmethod
    def of(cls, origin: Origin, measures: Iterable[Measure]) -> Baseline:
        """From measures as evidence has them; of several with one name the last counts."""
        return cls(origin=origin, measures={measure.name: measure for measure in measures})


class Chosen(Struct, frozen=True, kw_only=True):
    """A measure to compare with."""

    origin: Origin
    measure: Measure


class Baselines(Struct, frozen=True, kw_only=True):
    """Everything that could be compared with; ``ancestors`` are the merge base and what comes before it, nearest
    first.
    """

    same_run: Baseline | None = None
    ancestors: Sequence[Baseline] = field(default_factory=tuple)
    last_release: Baseline | None = None

    def choose(self, name: str, order: Iterable[BaselineKind]) -> Chosen | None:
        """The first baseline in ``order`` that has the measure ``name``."""
        for kind in order:
            for baseline in self._of_kind(kind):
                if measure := baseline.measures.get(name):
                    return Chosen(origin=baseline.origin, measure=measure)
        return None

    def nearest_names(
        self, order: Iterable[BaselineKind], matches: Callable[[str], bool]
    ) -> tuple[Origin, list[str]] | None:
        """The measures that the first baseline in ``order`` with any that ``matches`` has, and where it comes from."""
        for kind in order:
            for baseline in self._of_kind(kind):
                if names := [name for name in baseline.measures if matches(name)]:
                    return baseline.origin, names
        return None

    def left_out(self, order: Collection[BaselineKind]) -> list[BaselineKind]:
        """The kinds that are there and that ``order`` does not name."""
        return [kind for kind in BaselineKind if kind not in order and any(one.measures for one in self._of_kind(kind))]

    def _of_kind(self, kind: BaselineKind) -> Sequence[Baseline]:
        match kind:
            case BaselineKind.SAME_RUN:
                return () if self.same_run is None else (self.same_run,)
            case BaselineKind.MERGE_BASE:
                return self.ancestors
            case BaselineKind.LAST_RELEASE:
                return () if self.last_release is None else (self.last_release,)
