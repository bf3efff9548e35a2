"""Holds what was measured to the limits that Loka promises. Without data nothing passes.

    python -m loka_stratum.bench.validating FOLDER

In: the reports in a folder. Out: a line for each limit, and an exit code: 0 all hold, 1 one doesn't, 2 there is
nothing to judge one by. ``sluice.toml`` has the same limits as gates; this is for whoever has only the proxy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loka_stratum.bench.report import read_report

_OPERATIONS = ("counter-inc", "gauge-set", "gauge-inc", "histogram-observe")


@dataclass(frozen=True, slots=True)
class Limit:
    """What may at most be measured. ``figure`` is the benchmark's median or something that it knows besides."""

    benchmark: str
    words: str
    most: float
    unit: str
    scale: float = 1.0
    figure: str = ""

    def found(self, reports: Mapping[str, Mapping[str, Any]]) -> float | None:
        """What was measured, in the limit's unit; None if it wasn't."""
        report = reports.get(self.benchmark)
        if report is None:
            return None
        value = report["extra_info"].get(self.figure) if self.figure else report["stats"]["median"]
        return None if value is None else float(value) * self.scale


LIMITS = (
    *(Limit(f"metrics/{name}/native", f"{name}, native", 10, "ns", 1e9) for name in _OPERATIONS),
    Limit("critical/farm-share", "memory with 1,000 miners", 512, "MB", 1e-6, "memory_bytes"),
    Limit("critical/farm-share", "processor with 1,000 miners", 50, "% of a core", 100, "cpu_share"),
)


def main() -> int:
    """Judge, print, and return the exit code."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.stderr.write("usage: validating FOLDER\n")
        return 2
    try:
        reports = {name: each for path in _files(Path(sys.argv[1])) for name, each in read_report(path).items()}
    except (OSError, ValueError) as error:
        sys.stderr.write(f"a report can't be read: {error}\n")
        return 2
    found = [(limit, limit.found(reports)) for limit in LIMITS]
    sys.stdout.writelines(_lines(found))
    if any(value is None for _, value in found):
        sys.stderr.write("not everything was measured: `./run_benchmarks.sh all` does\n")
        return 2
    return 1 if any(value is not None and not value < limit.most for limit, value in found) else 0


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _lines(found: list[tuple[Limit, float | None]]) -> Iterator[str]:
    for limit, value in found:
        if value is None:
            yield f"no data  {limit.words:34} under {limit.most:g} {limit.unit}\n"
        else:
            word = "holds " if value < limit.most else "BROKEN"
            yield f"{word}   {limit.words:34} {value:.4g}, under {limit.most:g} {limit.unit}\n"


if __name__ == "__main__":
    sys.exit(main())
