"""One side of a comparison: run the command again and again, keep what each run measured. In: a checkout, what to
run. Out: measures with one sample for each run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from sluice.app.bench.checkouts import Checkout
from sluice.app.bench.processes import FailedRunError, Took, run_timed
from sluice.app.judging.gating import fingerprint, read_reports
from sluice.evidence.model import Better, Measure
from sluice.evidence.units import UnitMismatchError, convert
from sluice.gates.formats.words import clean
from sluice.machine.trees import remove
from sluice.source.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What each run is: ``words``, in the checkout's root, for at most ``limit`` seconds.

    It is measured by the report that it writes to ``report`` in the checkout, else by its own wall and processor time
    under ``bench/<name>``.
    """

    words: tuple[str, ...]
    limit: float
    name: str = "command"
    report: str | None = None


@dataclass(slots=True)
class Side:
    """The runs of one checkout so far."""

    checkout: Checkout
    task: Task
    runs: int = 0
    _first: dict[str, Measure] = field(default_factory=dict)
    _values: dict[str, list[float]] = field(default_factory=dict)

    def build(self, command: str) -> None:
        """Run the build's shell command; raises ``FailedRunError``."""
        words = ("bash", "-e", "-o", "pipefail", "-c", command)
        run_timed(words, self.checkout.folder, self.task.limit, f"the build of {self}")

    def warm_up(self) -> None:
        """A run that counts for nothing, but must succeed as any other."""
        self._run(f"the warm-up of {self}")

    def run(self) -> None:
        """One more run; raises ``FailedRunError`` for one that failed or measured something else than the first."""
        self._keep(self._run(f"run {self.runs + 1} of {self}"))
        self.runs += 1

    def measures(self) -> tuple[Measure, ...]:
        """Everything measured, a sample for each run, in their order."""
        machine = fingerprint()
        return tuple(
            replace(
                first,
                value=median(self._values[name]),
                samples=tuple(self._values[name]),
                commit=self.checkout.commit,
                machine=machine,
            )
            for name, first in self._first.items()
        )

    def __str__(self) -> str:
        return f"{self.checkout.side} ({clean(self.checkout.ref)}, {self.checkout.commit[:7]})"

    def _run(self, name: str) -> Sequence[Measure]:
        report = None if self.task.report is None else _inside(self.checkout.folder, self.task.report)
        if report is not None:
            remove(report)  # what an earlier run left must not be taken for this run's
        took = run_timed(self.task.words, self.checkout.folder, self.task.limit, name)
        return times_of(self.task.name, took) if report is None else self._read(report, name)

    def _read(self, report: Path, name: str) -> Sequence[Measure]:
        found = read_reports(self.checkout.folder, [report])
        if found.problems:
            raise FailedRunError(f"{name} left a report that can't be used: {clean(found.problems[0].title)}")
        if not found.measures:
            raise FailedRunError(f"{name} left a report without any measure: {self.task.report}")
        return found.measures

    def _keep(self, measures: Iterable[Measure]) -> None:
        found = {measure.name: measure for measure in measures}
        if not self._first:
            self._first, self._values = found, {name: [] for name in found}
        if odd := sorted(found.keys() ^ self._first.keys()):
            raise FailedRunError(f"not every run of {self} measured the same: {clean(', '.join(odd))}")
        for name, measure in found.items():
            try:
                self._values[name].append(convert(measure.value, measure.unit, self._first[name].unit))
            except UnitMismatchError as error:
                raise FailedRunError(f"not every run of {self} measured {clean(name)} in one unit") from error


def times_of(name: str, took: Took) -> Sequence[Measure]:
    """Wall and processor time of one run as measures."""
    return [
        Measure(name=f"bench/{name}/{kind}", unit="s", better=Better.LOWER, value=value, tool="sluice")
        for kind, value in (("wall", took.wall), ("cpu", took.processor))
    ]


def _inside(folder: Path, report: str) -> Path:
    path = folder / report
    if not path.resolve().is_relative_to(folder.resolve()) or path.resolve() == folder.resolve():
        raise UsageError(f"--report {report} is not inside the checkout", hint="name a path relative to its root")
    return path
