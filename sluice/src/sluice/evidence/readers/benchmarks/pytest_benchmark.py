"""pytest-benchmark's ``--benchmark-json``: a measure ``bench/<test>`` for each test, in seconds for each call."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, named, sampled, shaped, valued
from sluice.evidence.readers.report import JsonFormat, Report, has_keys


class _Statistics(msgspec.Struct):
    median: float
    data: list[float] = []


class _Benchmark(msgspec.Struct):
    fullname: str
    stats: _Statistics


class _File(msgspec.Struct):
    benchmarks: list[object]


def _read(report: Report[object]) -> Iterator[Item]:
    yield from each(shaped(report.body, _File).benchmarks, _Benchmark, _measures, what="benchmark")


def _measures(found: _Benchmark) -> Iterator[Item]:
    name = named("bench", found.fullname)
    yield sampled(name, "s", found.stats.data) if found.stats.data else valued(name, "s", found.stats.median)


FORMAT = JsonFormat(
    tool="pytest-benchmark", fits=lambda body: has_keys(body, "machine_info", "benchmarks", "version"), read=_read
)
