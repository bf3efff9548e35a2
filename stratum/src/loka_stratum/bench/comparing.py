"""Two folders of reports beside each other: what became slower, and whether more than the figures spread.

    python -m loka_stratum.bench.comparing BASE NOW

Exit code 0, 1 if something is slower by more than 20 %, 2 if there is nothing to compare. Both were measured at
different times, so that this can't tell a slower program from a busier machine: ``./run_benchmarks.sh compare`` without
names measures both sides in turns.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loka_stratum.bench.report import read_report

FAIL, WARN = 1.20, 1.10
Reports = Mapping[str, Mapping[str, Any]]


def main() -> int:
    """Compare, print, and return the exit code."""
    if len(sys.argv) != 3:
        sys.stderr.write("usage: comparing BASE NOW\n")
        return 2
    try:
        base, now = (_reports(Path(folder)) for folder in sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.stderr.write(f"a report can't be read: {error}\n")
        return 2
    if not base.keys() & now.keys():
        sys.stderr.write(f"{sys.argv[1]} and {sys.argv[2]} have no benchmark in common\n")
        return 2
    verdicts = [(name, *judged(base[name]["stats"], now[name]["stats"])) for name in base if name in now]
    sys.stdout.writelines(f"{word:7} {ratio - 1:+7.1%}  {name}\n" for name, word, ratio in verdicts)
    sys.stdout.writelines(_lonely(base, now))
    return 1 if any(word == "SLOWER" for _, word, _ in verdicts) else 0


def judged(base: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, float]:
    """A word, and the ratio of the medians. Where the middle halves of both overlap nothing is said to differ."""
    ratio = now["median"] / base["median"]
    if now["q1"] <= base["q3"] and base["q1"] <= now["q3"]:
        return "same", ratio
    if ratio > FAIL:
        return "SLOWER", ratio
    return ("slower" if ratio > WARN else "faster" if ratio < 1 / WARN else "same"), ratio


def _reports(folder: Path) -> dict[str, dict[str, Any]]:
    return {name: each for path in sorted(folder.glob("*.json")) for name, each in read_report(path).items()}


def _lonely(base: Reports, now: Reports) -> Iterator[str]:
    for name in sorted(base.keys() ^ now.keys()):
        yield f"{'gone' if name in base else 'new':7} {'':7}  {name}\n"


if __name__ == "__main__":
    sys.exit(main())
