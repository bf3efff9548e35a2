"""How often the gate on benchmarks is wrong, and how often right: a simulation that anyone can run.

    python benches/gates.py                                      4000 trials of each cell, in a few minutes
    python benches/gates.py --looks 8,16,32,48 --clearing 0.99   the procedure as it was first planned

Four ways to decide whether a change made a program slower, under five kinds of noise:

- ours: base and head interleaved in one job (A B B A), looks and intervals as ``sluice.gates.statistics`` has them;
- single: one run against one stored run;
- median of 5: five runs' median against a stored median of five;
- window: five runs against one stored run of each of the last ten jobs, Student's t at 1 %, and the mean above +20 %.

All fail a change above +20 %. Printed are the fails in per cent, beside the aims; a missed aim makes the exit code 1.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sluice.evidence.model import Better, Evidence, Measure
from sluice.gates.baseline import Baseline, Baselines, Origin
from sluice.gates.policy.model import BaselineKind
from sluice.gates.policy.reading import read_policy
from sluice.gates.statistics.sequential import DEFAULT_LOOKS, Look, Looks, Outcome, Thresholds, look
from sluice.gates.verdict.judging import judge

FAIL = math.log(1.2)
THRESHOLDS = Thresholds(fail=FAIL, fail_floor=math.log(1.1), warn=math.log(1.1))
CHANGES = (0.0, 0.15, 0.25, 0.30)
T_13_ONE_PERCENT = 2.650
"""Student's t with 5 + 10 - 2 degrees of freedom, one-sided 1 %."""

Job = Iterator[float]
"""The log of each run's noise, in the order of the runs of one job."""
Model = Callable[[random.Random], Job]


def sigma(variation: float) -> float:
    """The standard deviation of the log of timings whose standard deviation is this share of their mean."""
    return math.sqrt(math.log1p(variation**2))


def independent(variation: float) -> Model:
    """Every run varies by itself."""

    def job(source: random.Random) -> Job:
        spread = sigma(variation)
        while True:
            yield source.gauss(0, spread)

    return job


def shifted(source: random.Random) -> Job:
    """Each job as a whole is faster or slower by 15 % (another machine, another neighbour); runs vary by 5 %."""
    level = source.gauss(0, sigma(0.15))
    while True:
        yield level + source.gauss(0, sigma(0.05))


def drifting(source: random.Random) -> Job:
    """Within a job the machine warms up or slows down by up to 0.4 % with each run; runs vary by 5 %."""
    level, slope = source.gauss(0, sigma(0.05)), source.uniform(-0.004, 0.004)
    while True:
        yield level + source.gauss(0, sigma(0.05))
        level += slope


def bimodal(source: random.Random) -> Job:
    """A slow mode, 25 % above the other, holds for five runs on average and takes a third of the time; 5 % within."""
    slow = source.random() < 1 / 3
    while True:
        yield (math.log(1.25) if slow else 0) + source.gauss(0, sigma(0.05))
        slow = source.random() >= 0.2 if slow else source.random() < 0.1


MODELS: dict[str, Model] = {
    "independent 10 %": independent(0.10),
    "independent 20 %": independent(0.20),
    "per-run shift": shifted,
    "drift": drifting,
    "bimodal": bimodal,
}


def ours(job: Job, change: float, looks: Looks) -> Look:
    """Pairs in the order A B B A, until a look stops."""
    differences: list[float] = []
    for count in looks.pairs:
        while len(differences) < count:
            first, second = next(job), next(job)
            base_first = len(differences) % 2 == 0
            differences.append(change + (second - first if base_first else first - second))
        found = look(differences, THRESHOLDS, looks)
        if found.stop:
            return found
    raise AssertionError("the last look stops")


def single(model: Model, source: random.Random, change: float) -> bool:
    """Whether one run against one of an earlier job fails."""
    return change + next(model(source)) - next(model(source)) > FAIL


def median_of_five(model: Model, source: random.Random, change: float) -> bool:
    """Whether the median of a job against that of an earlier one fails."""
    stored, now = model(source), model(source)
    return change + median(now) - median(stored) > FAIL


def median(job: Job) -> float:
    """The median of the next five runs."""
    return statistics.median(next(job) for _ in range(5))


def window(model: Model, source: random.Random, change: float) -> bool:
    """Whether five runs against a window of ten jobs fail."""
    stored = [next(model(source)) for _ in range(10)]
    job = model(source)
    now = [change + next(job) for _ in range(5)]
    difference = statistics.fmean(now) - statistics.fmean(stored)
    pooled = (4 * statistics.variance(now) + 9 * statistics.variance(stored)) / 13
    return difference > FAIL and difference / math.sqrt(pooled * (1 / 5 + 1 / 10)) > T_13_ONE_PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Shares of all trials under one noise with one change; ``pairs`` is the mean."""

    fail: float
    warn: float
    undecided: float
    pairs: float
    single: float
    median: float
    window: float


def simulate(model: Model, change: float, trials: int, looks: Looks, source: random.Random) -> Cell:
    """All four ways, on jobs of their own."""
    effect = math.log1p(change)
    seen = [ours(model(source), effect, looks) for _ in range(trials)]
    outcomes = Counter(found.outcome for found in seen)
    others = [
        sum(way(model, source, effect) for _ in range(trials)) / trials for way in (single, median_of_five, window)
    ]
    return Cell(
        fail=outcomes[Outcome.FAIL] / trials,
        warn=outcomes[Outcome.WARN] / trials,
        undecided=outcomes[Outcome.UNDECIDED] / trials,
        pairs=statistics.fmean(found.estimate.size for found in seen),
        single=others[0],
        median=others[1],
        window=others[2],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a cell should reach: at most or at least this share of fails; at most so many pairs."""

    most: float = 1.0
    least: float = 0.0
    pairs: float = math.inf

    def reached(self, cell: Cell) -> bool:
        """Whether the cell is within the aim."""
        return self.least <= cell.fail <= self.most and cell.pairs <= self.pairs

    def __str__(self) -> str:
        parts = [f"<= {self.most:.1%}"] if self.most < 1 else []
        parts += [f">= {self.least:.0%}"] if self.least > 0 else []
        parts += [f"<= {self.pairs:g} pairs"] if self.pairs < math.inf else []
        return ", ".join(parts)


AIMS: dict[tuple[str, float], Aim] = {
    **{(model, 0.0): Aim(most=0.001) for model in MODELS},
    **{(model, 0.30): Aim(least=0.97) for model in MODELS},
    ("independent 10 %", 0.0): Aim(most=0.001, pairs=15),
    ("independent 10 %", 0.15): Aim(most=0.05),
    ("independent 10 %", 0.25): Aim(least=0.95),
    ("independent 20 %", 0.25): Aim(least=0.80),
}


def print_simulation(trials: int, seed: int, looks: Looks) -> bool:
    """The table of all cells; whether every aim was reached."""
    print(f"{trials} trials each, seed {seed}; fails in % of trials; looks at {looks.pairs} pairs")
    print(f"{'noise':<18}{'change':>7} |{'ours':>7}{'warn':>7}{'undec.':>7}{'pairs':>7}  aim for ours", end="")
    print(f"{'':>14}|{'single':>8}{'median':>8}{'window':>8}")
    fine = True
    for name, model in MODELS.items():
        for change in CHANGES:
            cell = simulate(model, change, trials, looks, random.Random(f"{seed} {name} {change}"))  # noqa: S311 - noise
            aim = AIMS.get((name, change))
            mark = "" if aim is None else f"{'ok  ' if aim.reached(cell) else 'MISS'} {aim}"
            fine = fine and (aim is None or aim.reached(cell))
            row = (
                f"{name:<18}{change:>+7.0%} |{cell.fail:>7.2%}{cell.warn:>7.1%}{cell.undecided:>7.1%}{cell.pairs:>7.1f}"
            )
            print(f"{row}  {mark:<26}|{cell.single:>8.1%}{cell.median:>8.1%}{cell.window:>8.1%}", flush=True)
    return fine


POLICY = """
[gate."bench/**"]
fail = "> +20%"
warn = ">= +10%"
[gate."image/*"]
fail = "> +50MB"
warn = ">= +20MB"
[gate."coverage/**"]
fail = "< -5pp"
"""


def measures(count: int, source: random.Random, samples: int, unit: str) -> list[Measure]:
    """Timings or sizes of programs that nobody changed."""
    return [
        Measure(
            name=f"{'bench' if unit == 'ns' else 'image'}/{index}",
            unit=unit,
            better=Better.LOWER,
            value=100,
            samples=tuple(source.gauss(100, 2) for _ in range(samples)),
        )
        for index in range(count)
    ]


def print_speed(count: int = 10_000) -> bool:
    """The time of judging ten thousand measures, against the aim of one second."""
    policy, source = read_policy(POLICY), random.Random(1)  # noqa: S311 - noise
    fine = True
    for samples, unit in ((0, "ns"), (8, "ns"), (0, "MB")):
        evidence = Evidence(measures=tuple(measures(count, source, samples, unit)))
        base = Baseline.of(Origin(kind=BaselineKind.SAME_RUN), measures(count, source, samples, unit))
        start = time.process_time()
        judge(evidence, Baselines(same_run=base), policy, dt.date(2026, 1, 1))
        took = time.process_time() - start
        fine = fine and took < 1
        what = f"in {unit} with {samples} pairs each" if samples else f"in {unit} with one value each"
        print(f"{count} measures {what}: {took:.2f} s of CPU time, {1 / took:.1f} x as fast as the aim of 1 s")
    return fine


def main() -> int:
    """Print everything; 1 when an aim was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--looks", default=",".join(map(str, DEFAULT_LOOKS.pairs)), help="after how many pairs to look")
    parser.add_argument("--clearing", type=float, default=DEFAULT_LOOKS.clearing, help="the clearing confidence")
    asked = parser.parse_args()
    looks = Looks(pairs=tuple(map(int, asked.looks.split(","))), clearing=asked.clearing)
    start = time.monotonic()
    reached = print_simulation(asked.trials, asked.seed, looks) & print_speed()
    print(f"{'every aim reached' if reached else 'an aim was missed'}, in {time.monotonic() - start:.0f} s")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
