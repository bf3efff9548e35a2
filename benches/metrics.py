"""What counting costs: the native operation in a native loop, the call from Python, and prometheus_client's call.

    python benches/metrics.py [--json FILE] [--rounds N] [--check]

The three stand beside each other in every round, so that a busy machine slows all of them; a round's figure is the best
of five short loops, since what interrupts a loop only adds. So does whatever shares the core for longer: where a native
operation is over its limit, all is measured again a little later, five times at most, and the best of it counts. A call
from Python is timed
as a program writes it (``series.inc()``), the loop around it included, which is to our disadvantage. The file has
pytest-benchmark's shape. With ``--check`` a missed aim ends the program with 1.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import prometheus_client

import loka_metrics
from loka_metrics import pure
from loka_metrics.timing import KINDS, bench
from loka_stratum.bench.report import Timing, write_report

NATIVE_LOOP = "native loop"
NATIVE_LIMIT = 10.0
"""Nanoseconds for a native operation."""
PYTHON_AIM = 5.0
"""How many times faster than prometheus_client a call from Python should be."""
NATIVE_TIMES = 20_000
PYTHON_TIMES = 2_000
LOOPS = 5
AGAIN, PAUSE_SECONDS = 5, 4.0
BUCKETS = loka_metrics.DEFAULT_BUCKETS

Family = Any  # ours and prometheus_client's have no type in common


@dataclass(slots=True)
class Line:
    """One thing that is timed: who does what, and nanoseconds per operation, a figure for each round."""

    operation: str
    who: str
    times: int
    run: Callable[[], float]
    nanoseconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle one of the rounds."""
        return statistics.median(self.nanoseconds)


def main() -> int:
    """Time everything, print, and return the exit code."""
    options = _options()
    lines = [*_native(), *_python()]
    for line in lines:
        line.run()
    for line, figures in zip(lines, _measure_quietly(lines, options.rounds), strict=True):
        line.nanoseconds = figures
    missed = _print(lines)
    if options.json:
        write_report(options.json, [_timing(line) for line in lines])
    return 1 if missed and options.check else 0


def _measure_quietly(lines: list[Line], rounds: int) -> list[list[float]]:
    """Of each line its rounds' figures, from the time when the slowest native operation took least."""
    slowest = partial(_slowest, lines)
    best = _measure(lines, rounds)
    for _ in range(AGAIN):
        if slowest(best) < NATIVE_LIMIT:
            break
        time.sleep(PAUSE_SECONDS)
        best = min(best, _measure(lines, rounds), key=slowest)
    return best


def _measure(lines: list[Line], rounds: int) -> list[list[float]]:
    figures: list[list[float]] = [[] for _ in lines]
    for _ in range(rounds):
        for line, own in zip(lines, figures, strict=True):
            own.append(min(line.run() for _ in range(LOOPS)))
    return figures


def _slowest(lines: list[Line], figures: list[list[float]]) -> float:
    native = (own for line, own in zip(lines, figures, strict=True) if line.who == NATIVE_LOOP)
    return max(map(statistics.median, native), default=0.0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What counting costs.")
    parser.add_argument("--json", type=Path, help="write pytest-benchmark's JSON here")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--check", action="store_true", help="exit 1 when an aim is missed")
    return parser.parse_args()


def _native() -> list[Line]:
    if not loka_metrics.NATIVE:
        print("the extension was not built here: no native figures")
        return []
    return [
        Line(kind.replace("-", " "), NATIVE_LOOP, NATIVE_TIMES, partial(bench, kind, NATIVE_TIMES)) for kind in KINDS
    ]


def _python() -> list[Line]:
    registry, others = loka_metrics.Registry(), prometheus_client.CollectorRegistry()
    slow = loka_metrics.Registry(pure)
    families = {
        "loka_metrics": (
            registry.counter("c_total", "", ("x",)),
            registry.gauge("g", "", ("x",)),
            registry.histogram("h", "", BUCKETS, ("x",)),
        ),
        "prometheus_client": (
            prometheus_client.Counter("c", "", ["x"], registry=others),
            prometheus_client.Gauge("g", "", ["x"], registry=others),
            prometheus_client.Histogram("h", "", ["x"], buckets=BUCKETS, registry=others),
        ),
        "pure twin": (
            slow.counter("c_total", "", ("x",)),
            slow.gauge("g", "", ("x",)),
            slow.histogram("h", "", BUCKETS, ("x",)),
        ),
    }
    return [
        line for who, (counter, gauge, histogram) in families.items() for line in _calls(who, counter, gauge, histogram)
    ]


def _calls(who: str, counter: Family, gauge: Family, histogram: Family) -> list[Line]:
    names = {"c": counter.labels("a"), "g": gauge.labels("a"), "h": histogram.labels("a"), "family": counter}

    def line(operation: str, statement: str) -> Line:
        timer = timeit.Timer(statement, globals=names)
        return Line(operation, who, PYTHON_TIMES, lambda: timer.timeit(PYTHON_TIMES) / PYTHON_TIMES * 1e9)

    return [
        line("counter inc", "c.inc()"),
        line("gauge set", "g.set(3.5)"),
        line("gauge inc", "g.inc()"),
        line("histogram observe", "h.observe(0.3)"),
        line("labels, then inc", 'family.labels("a").inc()'),
    ]


def _print(lines: list[Line]) -> bool:
    """Print the table and what was reached. Returns whether an aim was missed."""
    found = {(line.operation, line.who): line for line in lines}
    print(f"nanoseconds per operation, median of {len(lines[0].nanoseconds)} rounds")
    print(
        f"{'operation':20}{'native loop':>12}{'from Python':>13}{'prometheus_client':>19}{'ratio':>7}{'pure twin':>11}"
    )
    missed = []
    for operation in dict.fromkeys(line.operation for line in lines if line.who == "loka_metrics"):
        native = found.get((operation, NATIVE_LOOP))
        ours, theirs, slow = (
            found[operation, who].median for who in ("loka_metrics", "prometheus_client", "pure twin")
        )
        shown = f"{native.median:.1f}" if native else "-"
        print(f"{operation:20}{shown:>12}{ours:13.1f}{theirs:19.1f}{theirs / ours:6.1f}x{slow:11.1f}")
        if native and native.median >= NATIVE_LIMIT:
            missed.append(f"{operation}: {native.median:.1f} ns in the native loop, not under {NATIVE_LIMIT:g}")
        if theirs / ours < PYTHON_AIM:
            missed.append(f"{operation}: {theirs / ours:.1f} times as fast as prometheus_client, not {PYTHON_AIM:g}")
    for text in missed:
        print(f"not reached: {text}")
    if not missed:
        print(f"reached: native under {NATIVE_LIMIT:g} ns, from Python at least {PYTHON_AIM:g} times as fast")
    return bool(missed)


def _timing(line: Line) -> Timing:
    who = {NATIVE_LOOP: "native"}.get(line.who, line.who)
    name = f"{line.operation}/{who}".replace(", ", " ").replace(" ", "-")
    seconds = [figure * 1e-9 for figure in line.nanoseconds]
    return Timing(group="metrics", name=name, seconds=seconds, iterations=line.times, about={"who": line.who})


if __name__ == "__main__":
    sys.exit(main())
