"""Measure the engine against bare bash and, where it is installed, against act in host mode, all in one run.

    python benches/engine.py                  everything: a table, and out/benches/engine.json
    python benches/engine.py --quick          one repeat and a small log
    python benches/engine.py --only one-step  some cases

The repeats are interleaved (bash, sluice, act, bash, ...) and the median counts. What is not reached is printed so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from cases import Case, all_cases
from contenders import Arena, Contender, Measurement, find_contenders
from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).resolve().parent.parent
MEBIBYTES = 1024
SLOW_MEBIBYTES = 32
"""The log for contenders that would take minutes for all of it; their figure is per MB, so it compares."""

STEP_AIM, LOG_AIM, VERSION_AIM, GROWTH_AIM = 0.003, 200.0, 0.100, 64.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """The median of a contender's runs of one case; ``megabytes_per_second`` where it prints a log.

    ``processor`` is in seconds too: it says more than the time that passed where others use the machine.
    """

    contender: str
    seconds: float
    processor: float
    memory: int
    tree_memory: int
    runs: tuple[float, ...]
    megabytes_per_second: float | None = None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """Something that was promised, and whether it holds."""

    name: str
    wanted: str
    found: str
    reached: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; exit code 1 when a contender that is Sluice failed to run."""
    options = _options(arguments)
    console = Console(width=max(110, Console().width))
    contenders = [found for found in find_contenders() if not options.without or found.name not in options.without]
    cases = [case for case in all_cases() if not options.only or case.name in options.only]
    results = _measure_all(console, cases, contenders, options)
    pipeline = _log_pipeline(options.mebibytes) if not options.only or "pipeline" in options.only else None
    aims = _aims(results, pipeline)
    for table in _tables(cases, results, aims):
        console.print(table)
    _write(options.out, contenders, results, pipeline, aims)
    console.print(f"Written to {options.out}")
    return int(any(result.problem for found in results.values() for result in found if result.contender == "sluice"))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [case.name for case in all_cases()]
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=MEBIBYTES, help="size of the log")
    parser.add_argument("--quick", action="store_true", help="one repeat, 64 MiB of log")
    parser.add_argument("--only", action="append", choices=[*names, "pipeline"])
    parser.add_argument("--without", action="append", choices=["bash", "sluice", "act"])
    parser.add_argument("--out", type=Path, default=REPOSITORY / "out" / "benches" / "engine.json")
    options = parser.parse_args(arguments)
    options.out = options.out.absolute()
    if options.quick:
        options.repeats, options.mebibytes = 1, min(options.mebibytes, 64)
    return options


def _measure_all(
    console: Console, cases: Sequence[Case], contenders: Sequence[Contender], options: argparse.Namespace
) -> dict[str, list[Result]]:
    options.out.parent.mkdir(parents=True, exist_ok=True)
    arena = Arena(options.out.parent)
    try:
        results = {}
        for case in cases:
            console.print(f"[dim]{case.title} ...[/dim]")
            results[case.name] = _measure(arena, case, contenders, options)
        return results
    finally:
        arena.close()


def _measure(arena: Arena, case: Case, contenders: Sequence[Contender], options: argparse.Namespace) -> list[Result]:
    runs: dict[str, list[Measurement]] = {contender.name: [] for contender in contenders}
    for _ in range(min(options.repeats, 3) if case.prints_log else options.repeats):
        for contender in contenders:
            done = runs[contender.name]
            if not done or not done[-1].problem:
                done.append(arena.run(case, contender, _mebibytes(contender, options.mebibytes)))
    return [_result(case, contender, runs[contender.name], options.mebibytes) for contender in contenders]


def _mebibytes(contender: Contender, mebibytes: int) -> int:
    return min(mebibytes, SLOW_MEBIBYTES) if contender.name == "act" else mebibytes


def _result(case: Case, contender: Contender, runs: Sequence[Measurement], mebibytes: int) -> Result:
    seconds = statistics.median(run.seconds for run in runs)
    size = _mebibytes(contender, mebibytes) * 1.048576
    return Result(
        contender=contender.name,
        seconds=seconds,
        processor=statistics.median(run.processor for run in runs),
        memory=max(run.memory for run in runs),
        tree_memory=max(run.tree_memory for run in runs),
        runs=tuple(run.seconds for run in runs),
        megabytes_per_second=size / seconds if case.prints_log else None,
        problem=next((run.problem for run in runs if run.problem), ""),
    )


def _log_pipeline(mebibytes: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "out") as folder:
        command = [sys.executable, str(Path(__file__).with_name("log_pipeline.py")), folder, str(mebibytes)]
        finished = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(finished.stdout)
    return figures


def _aims(results: dict[str, list[Result]], pipeline: dict[str, float] | None) -> list[Aim]:
    aims = []
    for name, found in results.items():
        by_name = {result.contender: result for result in found if not result.problem}
        if "sluice" in by_name:
            aims += _case_aims(name, by_name)
    if pipeline is not None:
        speed, grown, leaked = (pipeline[key] for key in ("megabytes_per_second", "grown_mebibytes", "leaked"))
        aims.append(_at_least("log pipeline alone", speed, LOG_AIM))
        aims.append(_at_most("log pipeline's memory", grown, GROWTH_AIM, "MiB more"))
        aims.append(_at_most("secrets in the log", leaked, 0, ""))
    aims += _further_step_aim(results)
    if any(result.contender == "sluice" for found in results.values() for result in found):
        aims += [*_growth_aim(results), _version_aim()]
    return aims


def _further_step_aim(results: dict[str, list[Result]]) -> list[Aim]:
    """What a step costs more than in bash once the run has begun."""
    seconds = {
        (name, result.contender): result.seconds
        for name, found in results.items()
        for result in found
        if not result.problem
    }
    wanted = [(name, who) for name in ("hundred-steps", "one-step") for who in ("sluice", "bash")]
    if not seconds.keys() >= set(wanted):
        return []
    all_steps, all_in_bash, one_step, one_in_bash = (seconds[key] for key in wanted)
    further = ((all_steps - one_step) - (all_in_bash - one_in_bash)) / 99
    return [_at_most("each further step over bash", further * 1000, STEP_AIM * 1000, "ms")]


def _growth_aim(results: dict[str, list[Result]]) -> list[Aim]:
    """Memory that doesn't grow with the log: no more than a run of one step needs, and a bit."""
    memory = {
        name: result.memory
        for name, found in results.items()
        for result in found
        if result.contender == "sluice" and not result.problem
    }
    if not {"log", "one-step"} <= memory.keys():
        return []
    return [_at_most("memory for a long log", (memory["log"] - memory["one-step"]) / 1048576, GROWTH_AIM, "MiB more")]


def _case_aims(name: str, by_name: dict[str, Result]) -> list[Aim]:
    sluice, bash, act = by_name["sluice"], by_name.get("bash"), by_name.get("act")
    aims = []
    if act is not None:
        times = (
            act.seconds / sluice.seconds
            if sluice.megabytes_per_second is None or act.megabytes_per_second is None
            else sluice.megabytes_per_second / act.megabytes_per_second
        )
        aims.append(Aim(name=f"{name}: ahead of act", wanted="> 1.0 x", found=f"{times:.2f} x", reached=times > 1))
        aims.append(
            Aim(
                name=f"{name}: less memory than act",
                wanted=f"< {_mebibytes_of(act.memory)}",
                found=_mebibytes_of(sluice.memory),
                reached=sluice.memory < act.memory,
            )
        )
    if name == "hundred-steps" and bash is not None:
        step = (sluice.seconds - bash.seconds) / 100
        aims.append(_at_most("each step over bash", step * 1000, STEP_AIM * 1000, "ms"))
    if sluice.megabytes_per_second is not None:
        aims.append(_at_least("log through the whole engine", sluice.megabytes_per_second, LOG_AIM))
    return aims


def _version_aim() -> Aim:
    sluice = str(Path(sys.executable).parent / "sluice")
    times = []
    for _ in range(10):
        started = time.perf_counter()
        subprocess.run([sluice, "--version"], capture_output=True, check=False)
        times.append(time.perf_counter() - started)
    return _at_most("sluice --version", statistics.median(times) * 1000, VERSION_AIM * 1000, "ms")


def _at_least(name: str, found: float, wanted: float) -> Aim:
    return Aim(name=name, wanted=f">= {wanted:.0f} MB/s", found=f"{found:.0f} MB/s", reached=found >= wanted)


def _at_most(name: str, found: float, wanted: float, unit: str) -> Aim:
    return Aim(name=name, wanted=f"<= {wanted:.0f} {unit}", found=f"{found:.1f} {unit}", reached=found <= wanted)


def _tables(cases: Sequence[Case], results: dict[str, list[Result]], aims: Sequence[Aim]) -> list[Table]:
    table = Table("case", "who", "median", "processor", "x bash", "x act", "peak memory", "with children", "")
    for case in cases:
        found = results[case.name]
        for number, result in enumerate(found):
            last = number == len(found) - 1
            table.add_row("" if number else case.title, *_row(result, found), end_section=last)
    promised = Table("aim", "wanted", "found", "")
    for aim in aims:
        promised.add_row(
            aim.name, aim.wanted, aim.found, "[green]reached[/]" if aim.reached else "[bold red]NOT REACHED[/]"
        )
    return [table, promised]


def _row(result: Result, found: Sequence[Result]) -> tuple[str, ...]:
    if result.problem:
        return (result.contender, "-", "-", "-", "-", "-", "-", f"[red]failed: {result.problem}[/]")
    speed = "" if result.megabytes_per_second is None else f"{result.megabytes_per_second:.0f} MB/s"
    times = (f"{result.seconds:.3f} s", f"{result.processor:.3f} s")
    ratios = (_against(result, "bash", found), _against(result, "act", found))
    return (result.contender, *times, *ratios, _mebibytes_of(result.memory), _mebibytes_of(result.tree_memory), speed)


def _against(result: Result, name: str, found: Sequence[Result]) -> str:
    """How many times as long as that contender took, for each MB where one prints less than the other."""
    other = next((one for one in found if one.contender == name and not one.problem), None)
    if other is None:
        return "-"
    if result.megabytes_per_second is None or other.megabytes_per_second is None:
        return f"{result.seconds / other.seconds:.2f}"
    return f"{other.megabytes_per_second / result.megabytes_per_second:.2f}"


def _mebibytes_of(size: int) -> str:
    return f"{size / 1048576:.0f} MiB"


def _write(
    path: Path,
    contenders: Sequence[Contender],
    results: dict[str, list[Result]],
    pipeline: dict[str, float] | None,
    aims: Sequence[Aim],
) -> None:
    document = {
        "machine": {
            "processors": os.cpu_count(),
            "memory": psutil.virtual_memory().total,
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "versions": {contender.name: contender.version for contender in contenders},
        "results": {name: [asdict(result) for result in found] for name, found in results.items()},
        "pipeline": pipeline,
        "aims": [asdict(aim) for aim in aims],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
