"""Google Benchmark's JSON: wall time ``bench/<name>``, CPU time ``bench/<name>/cpu``, and rates where they are given.

Repetitions of one benchmark are its samples. Aggregates (mean, median, standard deviation) are counted only where a
file was written with aggregates alone; then the median, or else the mean, stands for the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, bad_entry, each, named, sampled, shaped
from sluice.evidence.model import Better
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.report import JsonFormat, Report, has_keys

_RATES = (("bytes_per_second", "bytes", "B/s"), ("items_per_second", "items", "1/s"))


class _Benchmark(msgspec.Struct):
    name: str
    run_name: str = ""
    run_type: str = "iteration"
    aggregate_name: str = ""
    real_time: float = 0.0
    cpu_time: float = 0.0
    time_unit: str = "ns"
    bytes_per_second: float | None = None
    items_per_second: float | None = None
    error_occurred: bool = False
    error_message: str = ""


class _File(msgspec.Struct):
    benchmarks: list[object]


Runs = dict[str, list[_Benchmark]]


def _read(report: Report[object]) -> Iterator[Item]:
    repetitions: Runs = {}
    aggregates: Runs = {}

    def sort_in(found: _Benchmark) -> Iterator[Item]:
        if found.error_occurred:
            yield problem(Problem.FAILED_TOOL, f"{found.name} failed: {found.error_message or 'no reason given'}")
        else:
            runs = repetitions if found.run_type == "iteration" else aggregates
            runs.setdefault(found.run_name or found.name, []).append(found)

    yield from each(shaped(report.body, _File).benchmarks, _Benchmark, sort_in, what="benchmark")
    for name, runs in {**_stand_ins(aggregates), **repetitions}.items():
        try:
            yield from _measures(named("bench", name), runs)
        except (ValueError, OverflowError) as error:
            yield bad_entry(name, error)


def _stand_ins(aggregates: Runs) -> Runs:
    chosen: Runs = {}
    for name, runs in aggregates.items():
        by_name = {run.aggregate_name: run for run in runs}
        if stand_in := by_name.get("median") or by_name.get("mean"):
            chosen[name] = [stand_in]
    return chosen


def _measures(name: str, runs: list[_Benchmark]) -> Iterator[Item]:
    units = {run.time_unit for run in runs}
    if len(units) != 1 or not units <= {"ns", "us", "ms", "s"}:
        raise ValueError(f"time units {', '.join(sorted(units))}, expected one of ns, us, ms, s")
    unit = units.pop()
    yield sampled(name, unit, [run.real_time for run in runs])
    yield sampled(f"{name}/cpu", unit, [run.cpu_time for run in runs])
    for field, part, rate in _RATES:
        samples = [value for run in runs if (value := getattr(run, field)) is not None]
        if samples:
            yield sampled(f"{name}/{part}", rate, samples, better=Better.HIGHER)


FORMAT = JsonFormat(tool="google-benchmark", fits=lambda body: has_keys(body, "context", "benchmarks"), read=_read)
