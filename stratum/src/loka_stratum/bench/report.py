"""Timings in, pytest-benchmark's JSON out, which tools know how to read; and back again by full name."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was timed: seconds for one time, a figure for each round of ``iterations`` times."""

    group: str
    name: str
    seconds: list[float]
    iterations: int = 1
    about: dict[str, Any] = {}


def write_report(path: Path, timings: Sequence[Timing]) -> None:
    """Write them all to a file of pytest-benchmark's shape, whose folder is made."""
    machine = platform.uname()
    report = {
        "machine_info": {
            "node": "",
            "processor": machine.processor,
            "machine": machine.machine,
            "system": machine.system,
            "python_version": platform.python_version(),
            "python_implementation": platform.python_implementation(),
        },
        "commit_info": {},
        "benchmarks": [_benchmark(each) for each in timings],
        "datetime": datetime.now(UTC).isoformat(),
        "version": "5.0.0",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def read_report(path: Path) -> dict[str, dict[str, Any]]:
    """The benchmarks of such a file by full name. Raises ``OSError`` and ``ValueError``."""
    found = json.loads(path.read_text(encoding="utf-8"))
    try:
        return {each["fullname"]: each for each in found["benchmarks"] if float(each["stats"]["median"]) >= 0}
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a report of pytest-benchmark: {error!r} is missing") from error


def _benchmark(timing: Timing) -> dict[str, Any]:
    return {
        "group": timing.group,
        "name": timing.name,
        "fullname": f"{timing.group}/{timing.name}",
        "params": None,
        "param": None,
        "extra_info": timing.about,
        "options": {},
        "stats": _statistics(timing.seconds, timing.iterations),
    }


def _statistics(seconds: list[float], iterations: int) -> dict[str, Any]:
    low, middle, high = statistics.quantiles(seconds, n=4)
    return {
        "min": min(seconds),
        "max": max(seconds),
        "mean": statistics.fmean(seconds),
        "stddev": statistics.stdev(seconds),
        "median": middle,
        "q1": low,
        "q3": high,
        "iqr": high - low,
        "ops": 1 / statistics.fmean(seconds),
        "total": sum(seconds),
        "rounds": len(seconds),
        "iterations": iterations,
        "data": seconds,
    }
