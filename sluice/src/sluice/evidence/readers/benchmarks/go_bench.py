"""The lines of ``go test -bench``: ``bench/<package>/<name>`` in ns, and ``/bytes``, ``/allocations``, ``/throughput``.

Lines of one name (``-count``) are its samples; the ``-8`` that names GOMAXPROCS is left out, as benchstat does.
The format: https://go.dev/design/14313-benchmark-format
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.evidence.entries import Item, bad_entry, named, sampled
from sluice.evidence.model import Better
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.report import Report, TextFormat

_LINE = re.compile(r"Benchmark(\S{0,300}?)(?:-\d{1,6})?\s+(\d{1,18})\s+(.{1,2000})")
_HEADER = re.compile(r"^(?:goos|goarch|pkg): ", re.MULTILINE)
_FIRST = re.compile(r"^Benchmark\S*\s+\d+\s+\S+ ns/op", re.MULTILINE)
_KNOWN = {
    "ns/op": ("", "ns", Better.LOWER),
    "B/op": ("/bytes", "B", Better.LOWER),
    "allocs/op": ("/allocations", "count", Better.LOWER),
    "MB/s": ("/throughput", "MB/s", Better.HIGHER),
}

Samples = dict[tuple[str, str], list[float]]


def _read(report: Report[str]) -> Iterator[Item]:
    package = ""
    samples: Samples = {}
    ended = False
    for line in report.body.splitlines():
        if line.startswith("pkg: "):
            package = line.removeprefix("pkg: ").strip()
        elif line.startswith(("PASS", "ok ", "ok\t")):
            ended = True
        elif line.startswith(("FAIL", "--- FAIL", "panic: ")):
            ended = True
            yield problem(Problem.FAILED_TOOL, f"go test says: {line}")
        elif found := _LINE.match(line):
            yield from _collect(found, package, samples)
    if not ended and _HEADER.search(report.body):
        yield problem(Problem.TRUNCATED, "the output of go test ends before PASS or FAIL")
    yield from _measures(samples)


def _collect(found: re.Match[str], package: str, samples: Samples) -> Iterator[Item]:
    name = "/".join(part for part in (package, found[1] or "Benchmark") if part)
    words = found[3].split()
    for value, unit in zip(words[::2], words[1::2], strict=False):
        try:
            samples.setdefault((name, unit), []).append(float(value))
        except ValueError as error:
            yield bad_entry(name, error)
    if len(words) % 2:
        yield problem(Problem.TRUNCATED, f"the line of {name} is cut short")


def _measures(samples: Samples) -> Iterator[Item]:
    for (name, unit), values in samples.items():
        if unit not in _KNOWN:
            continue  # b.ReportMetric may invent any unit; which way is better nobody knows
        part, symbol, better = _KNOWN[unit]
        try:
            yield sampled(named("bench", name) + part, symbol, values, better=better)
        except ValueError as error:
            yield bad_entry(name, error)


FORMAT = TextFormat(
    tool="go-bench", fits=lambda text: bool(_HEADER.search(text[:4000]) or _FIRST.search(text)), read=_read
)
