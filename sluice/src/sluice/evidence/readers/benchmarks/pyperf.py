"""pyperf's JSON: a measure ``bench/<name>`` for each benchmark, with the values of all its worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from sluice.evidence.entries import Item, each, named, sampled, shaped
from sluice.evidence.readers.report import JsonFormat, Report, has_keys, is_list_of

_UNITS = {"second": "s", "byte": "B", "integer": "count"}


class _Metadata(msgspec.Struct, frozen=True):
    name: str | None = None
    unit: str | None = None


class _Run(msgspec.Struct):
    values: list[float] = []


class _Benchmark(msgspec.Struct):
    runs: list[_Run]
    metadata: _Metadata = _Metadata()


class _File(msgspec.Struct):
    benchmarks: list[object]
    metadata: _Metadata = _Metadata()


def _read(report: Report[object]) -> Iterator[Item]:
    suite = shaped(report.body, _File)
    yield from each(suite.benchmarks, _Benchmark, partial(_measures, suite.metadata), what="benchmark")


def _measures(shared: _Metadata, found: _Benchmark) -> Iterator[Item]:
    unit = found.metadata.unit or shared.unit or "second"
    if unit not in _UNITS:
        raise ValueError(f"unit {unit!r}, expected one of {', '.join(_UNITS)}")
    name = named("bench", found.metadata.name or shared.name or "")
    yield sampled(name, _UNITS[unit], [value for run in found.runs for value in run.values])


def _fits(body: object) -> bool:
    return (
        has_keys(body, "benchmarks", "version")
        and isinstance(body, dict)
        and (body["benchmarks"] == [] or is_list_of(body["benchmarks"], "runs"))
        and not has_keys(body, "machine_info")
    )


FORMAT = JsonFormat(tool="pyperf", fits=_fits, read=_read)
