"""What a pipeline takes: wall time, critical path and parallel efficiency of each workflow, first and second time.

    python benches/pipeline.py                        ci-cd.yml and migrate.yml, each twice
    python benches/pipeline.py migrate.yml --times 3
    python benches/pipeline.py --check                ends with 1 when an aim is missed

The caches are empty at first: a store of its own, in a temporary folder. The critical path is the longest chain of jobs
by their needs, from the first to the last; efficiency is the time of all jobs through wall time times the processors.
Processor time is of everything that the run started; on a machine that others use, it is what can be compared. What an
engine of containers does is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluice.resources.cgroups import open_group
from sluice.resources.model import Limits

ROOT = Path(__file__).resolve().parents[1]
PROCESSORS = os.cpu_count() or 1
MIGRATE_SECONDS, FASTER = 60.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run, in seconds. ``path``: the jobs of the critical path; without control groups ``processor`` is unknown."""

    code: int
    wall: float
    processor: float | None
    busy: float
    path: tuple[str, ...]
    path_seconds: float

    @property
    def efficiency(self) -> float:
        """How much of the processors' time was a job's."""
        return self.busy / (self.wall * PROCESSORS)


def main() -> int:
    """Run, print, and return the exit code."""
    options = _options()
    missed = []
    for workflow in options.workflows:
        with tempfile.TemporaryDirectory(prefix="sluice-pipeline-") as home:
            runs = [_run(workflow, Path(home)) for _ in range(options.times)]
        print(f"\n{workflow}, {PROCESSORS} processors")
        for number, each in enumerate(runs, 1):
            path = " > ".join(each.path)
            print(
                f"  run {number}: exit {each.code}, {each.wall:6.1f} s, {_seconds(each.processor)} of processor, "
                f"{each.efficiency:.0%} busy with jobs, critical path {each.path_seconds:.1f} s: {path}"
            )
        missed += _missed(workflow, runs)
    for text in missed:
        print(f"NOT REACHED: {text}")
    return 1 if missed and options.check else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a pipeline takes.")
    parser.add_argument("workflows", nargs="*", default=["ci-cd.yml", "migrate.yml"])
    parser.add_argument("--times", type=int, default=2, help="runs of each, the first with empty caches")
    parser.add_argument("--check", action="store_true", help="exit 1 when an aim is missed")
    return parser.parse_args()


def _run(workflow: str, home: Path) -> Measured:
    environment = os.environ | {"SLUICE_HOME": str(home), "PATH": f"{ROOT / '.tools/bin'}:{os.environ['PATH']}"}
    command = [str(Path(sys.executable).parent / "sluice"), "run", workflow, "--json"]
    with open_group(Limits()) as group:
        began = time.monotonic()
        done = subprocess.run(
            ["sh", "-c", 'for file in $ENTRANCES; do echo 0 >"$file"; done; exec "$@"', "sh", *command],
            cwd=ROOT,
            env=environment | {"ENTRANCES": " ".join(map(str, group.entrances if group else ()))},
            capture_output=True,
            text=True,
            check=False,
        )
        wall = time.monotonic() - began
        processor = group.cpu() if group else None
    if done.returncode:
        subprocess.run([*command[:1], "show", "latest"], cwd=ROOT, env=environment, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    if not records:
        raise SystemExit(f"{workflow} can't be run: {done.stderr}")
    spans, needs = _spans(records)
    path, seconds = critical_path(spans, needs)
    busy = sum(end - start for start, end in spans.values())
    return Measured(code=done.returncode, wall=wall, processor=processor, busy=busy, path=path, path_seconds=seconds)


def _seconds(time_of_processors: float | None) -> str:
    return "unknown seconds" if time_of_processors is None else f"{time_of_processors:.1f} s"


def _spans(records: list[Mapping[str, Any]]) -> tuple[dict[str, tuple[float, float]], dict[str, list[str]]]:
    """When each job run began and ended, and what each job needs. A leg's key is its job's, with a number."""
    started: dict[str, float] = {}
    spans: dict[str, tuple[float, float]] = {}
    needs: dict[str, list[str]] = {}
    for record in records:
        event = record["event"]
        match event["event"]:
            case "RunQueued":
                needs = {job["id"]: job.get("needs", []) for job in event["jobs"]}
            case "JobStarted":
                started[event["job"]] = record["time"]
            case "JobCompleted" if event["job"] in started:
                spans[event["job"]] = (started[event["job"]], record["time"])
    return spans, needs


def critical_path(
    spans: Mapping[str, tuple[float, float]], needs: Mapping[str, list[str]]
) -> tuple[tuple[str, ...], float]:
    """The chain of jobs that took longest, without what they waited for a processor, and its seconds."""
    longest: dict[str, tuple[float, tuple[str, ...]]] = {}

    def of(job: str) -> tuple[float, tuple[str, ...]]:
        if job not in longest:
            before = max((of(need) for need in needs.get(job, [])), default=(0.0, ()))
            own = max((end - start for key, (start, end) in spans.items() if key.split(".")[0] == job), default=0.0)
            longest[job] = (before[0] + own, (*before[1], job) if own else before[1])
        return longest[job]

    seconds, path = max((of(job) for job in needs), default=(0.0, ()))
    return path, seconds


def _missed(workflow: str, runs: list[Measured]) -> list[str]:
    missed = [f"{workflow}: run {number} ended with {each.code}" for number, each in enumerate(runs, 1) if each.code]
    if workflow == "migrate.yml" and runs[-1].wall >= MIGRATE_SECONDS:
        missed.append(
            f"migrate.yml took {runs[-1].wall:.0f} s, not under {MIGRATE_SECONDS:g} s; on {PROCESSORS} idle processors "
            f"its work alone is {_seconds((runs[-1].processor or 0) / PROCESSORS or None)}"
        )
    if workflow == "ci-cd.yml" and len(runs) > 1 and runs[0].wall < FASTER * runs[1].wall:
        missed.append(f"the second run was {runs[0].wall / runs[1].wall:.1f} times as fast, not {FASTER:g}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
