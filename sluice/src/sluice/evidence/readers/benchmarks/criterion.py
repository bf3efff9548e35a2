"""criterion.rs: ``sample.json`` and ``estimates.json`` of a benchmark's folder; its output in libtest's bencher form.

The two files don't hold the benchmark's name: it is the path between ``criterion/`` and ``/new/`` (or another
baseline's name). A sample is the time for one iteration in ns; an estimate is the slope, or else the mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from sluice.evidence.entries import Item, bad_entry, named, sampled, shaped, valued
from sluice.evidence.problems import Problem, ReportError
from sluice.evidence.readers.report import JsonFormat, Report, TextFormat, has_keys

_BENCHER = re.compile(r"^test (\S.{0,300}?) \.\.\. bench: {1,20}([\d,]{1,30}(?:\.\d{1,20})?) ns/iter", re.MULTILINE)


class _Sample(msgspec.Struct):
    iters: list[float]
    times: list[float]


class _Estimate(msgspec.Struct):
    point_estimate: float


class _Estimates(msgspec.Struct):
    mean: _Estimate
    slope: _Estimate | None = None


def _read_sample(report: Report[object]) -> Iterator[Item]:
    name, found = _name(report.source), shaped(report.body, _Sample)
    if len(found.iters) != len(found.times) or not all(count > 0 for count in found.iters):
        raise ReportError(Problem.UNREADABLE, f"{name}: each time needs its own number of iterations, above 0")
    yield sampled(name, "ns", [time / count for time, count in zip(found.times, found.iters, strict=True)])


def _read_estimates(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _Estimates)
    yield valued(_name(report.source), "ns", (found.slope or found.mean).point_estimate)


def _read_nothing(_report: Report[object]) -> Iterator[Item]:
    yield from ()  # benchmark.json names what the files beside it measure; change/estimates.json compares two runs


def _read_bencher(report: Report[str]) -> Iterator[Item]:
    for name, time in _BENCHER.findall(report.body):
        try:
            yield valued(named("bench", name), "ns", float(time.replace(",", "")))
        except ValueError as error:
            yield bad_entry(name, error)


def _name(source: str) -> str:
    parts = PurePosixPath(source).parts[:-2]
    if "criterion" in parts:
        parts = parts[len(parts) - parts[::-1].index("criterion") :]
    if not parts:
        raise ReportError(
            Problem.UNREADABLE,
            "the file's path does not say which benchmark it is: expected criterion/<benchmark>/new/",
        )
    return named("bench", *parts)


SAMPLE = JsonFormat(
    tool="criterion", fits=lambda body: has_keys(body, "sampling_mode", "iters", "times"), read=_read_sample
)
ESTIMATES = JsonFormat(
    tool="criterion", fits=lambda body: has_keys(body, "mean", "median", "std_dev"), read=_read_estimates
)
COMPARISON = JsonFormat(
    tool="criterion",
    fits=lambda body: has_keys(body, "mean", "median") and not has_keys(body, "std_dev"),
    read=_read_nothing,
    silent_is_clean=True,
)
DESCRIPTION = JsonFormat(
    tool="criterion",
    fits=lambda body: has_keys(body, "full_id", "directory_name"),
    read=_read_nothing,
    silent_is_clean=True,
)
BENCHER = TextFormat(tool="criterion", fits=lambda text: bool(_BENCHER.search(text)), read=_read_bencher)
