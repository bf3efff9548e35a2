"""Reports to show: one of each kind of row, one that passes, one made of hostile text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from judging_samples import evidence, finding, measure, timings

from sluice.evidence.model import Kind, Severity
from sluice.gates.baseline import Baseline, Baselines, Origin
from sluice.gates.policy.model import BaselineKind, PolicyOrigin, PolicySource
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report

SPECIFIED = (Path(__file__).parents[1] / "cases/gates/specified.toml").read_text()
BASE = PolicyOrigin(source=PolicySource.BASE_COMMIT, commit="0f1e2d3c4b5a")
TODAY = dt.date(2026, 11, 1)


def red() -> Report:
    """Every verdict, a waiver, one that is over, a missing measure, a problem."""
    pairs = [
        measure("bench/slower", 140, "ns", timings(140, seed=1)),
        measure("bench/slow", 115, "ns", timings(115, seed=2)),
        measure("bench/same", 100, "ns", timings(100, seed=3)),
    ]
    before = [measure(name, 100, "ns", timings(100, seed=9)) for name in ("bench/slower", "bench/slow", "bench/same")]
    stored = [
        measure("image/size", 500_000_000, "B"),
        measure("coverage/line", 85.0, "%"),
        measure("bench/gone", 1, "ns"),
    ]
    found = evidence(
        *pairs,
        measure("bench/once", 130, "us"),
        measure("bench/new", 2.5, "ms"),
        measure("image/size", 530_000_000, "B"),
        measure("coverage/line", 79.5, "%"),
        measure("dependency/anyio/age", 45, "d"),
        findings=[
            finding("PYSEC-2026-1", package="anyio"),
            finding("PYSEC-2026-2", Severity.CRITICAL, path="sluice/pyproject.toml", line=12),
            finding("PYSEC-2026-3", Severity.UNKNOWN),
            finding("PYSEC-2026-4", Severity.LOW),
        ],
        problems=[finding("truncated", Severity.UNKNOWN, Kind.REPORT_PROBLEM, path="out/bench.json", line=3)],
    )
    baselines = Baselines(
        same_run=Baseline.of(Origin(kind=BaselineKind.SAME_RUN), before),
        ancestors=(
            Baseline.of(
                Origin(kind=BaselineKind.MERGE_BASE, commit="1a2b3c4d5e6f", distance=2),
                [*stored, measure("bench/once", 100, "us")],
            ),
        ),
    )
    over = '\n[[waive]]\ngate = "coverage/*"\nuntil = 2026-10-01\nreason = "moved code"\n'
    return judge(found, baselines, read_policy(SPECIFIED + over, BASE), TODAY)


def green() -> Report:
    """One gate, one measure, all well."""
    policy = read_policy('[gate."lint/*"]\nfail = "> 0"\n')
    return judge(evidence(measure("lint/errors", 0)), Baselines(), policy, TODAY)


def hostile() -> Report:
    """Names, reasons and titles that try to be something else than text."""
    nasty = 'x|`@everyone`<img src=x>[a](http://b)\n::error::y\x1b[31m]]>&"\u202e%0A'
    policy = read_policy('[gate."**"]\nfail = ">= HIGH"\nwarn = "> 1"\n')
    found = evidence(
        measure(f"lint/{nasty}", 3),
        findings=[finding(nasty, path="a b/%?#\n.py", line=3)],
        problems=[finding(nasty, Severity.UNKNOWN, Kind.REPORT_PROBLEM)],
    )
    return judge(found, Baselines(), policy, TODAY)


ALL = {"red": red, "green": green, "hostile": hostile}
