"""hyperfine's ``--export-json``: wall time ``bench/<command>`` and CPU time ``bench/<command>/cpu``, in seconds."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, named, sampled, shaped, valued
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.report import JsonFormat, Report


class _Result(msgspec.Struct):
    command: str
    mean: float
    user: float
    system: float
    times: list[float] = []
    exit_codes: list[int | None] = []
    parameters: dict[str, str] = {}


class _File(msgspec.Struct):
    results: list[object]


def _read(report: Report[object]) -> Iterator[Item]:
    yield from each(shaped(report.body, _File).results, _Result, _measures, what="result")


def _measures(found: _Result) -> Iterator[Item]:
    setting = ",".join(f"{key}={value}" for key, value in found.parameters.items())
    name = named("bench", found.command, setting) if setting else named("bench", found.command)
    yield sampled(name, "s", found.times) if found.times else valued(name, "s", found.mean)
    yield valued(f"{name}/cpu", "s", found.user + found.system)
    failed = [code for code in found.exit_codes if code != 0]
    if failed:
        yield problem(
            Problem.FAILED_TOOL,
            f"{name}: {len(failed)} of {len(found.exit_codes)} runs failed, so their times are void",
        )


def _fits(body: object) -> bool:
    return isinstance(body, dict) and set(body) == {"results"} and isinstance(body["results"], list)


FORMAT = JsonFormat(tool="hyperfine", fits=_fits, read=_read)
