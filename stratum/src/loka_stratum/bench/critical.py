"""The proxy's critical path, timed: what happens to a share's bytes one step at a time, then a share through the whole.

    python -m loka_stratum.bench.critical FILE [--rounds N] [--steps-only]

Writes pytest-benchmark's JSON to FILE, what the proxy takes to proxy.jsonl beside it, and a table. A step's figure of a
round is the best of five short loops, since what interrupts a loop only adds. The whole is a proxy with miners and a
pool as processes of their own, as fast as they can and at a farm's pace; its figure is processor time, which a busy
machine changes less than the time that passes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic
from uuid import UUID

from loka_stratum.bench.measuring import Measured, measure
from loka_stratum.bench.report import Timing, write_report
from loka_stratum.form import FORM
from loka_stratum.protocol.framing import LineSplitter
from loka_stratum.protocol.messages import decode, parse
from loka_stratum.protocol.plain import plain_acceptance, plain_submission
from loka_stratum.protocol.replies import answer, encode, share
from loka_stratum.protocol.splicing import Splice
from loka_stratum.protocol.verdicts import judge
from loka_stratum.protocol.work import read_job
from loka_stratum.proxy.house.stamps import Stamps
from loka_stratum.shares import Share
from loka_stratum.storage.journal import Journal
from loka_stratum.storage.records import encode_share

GROUP = "critical"
TIMES, LOOPS, ROUNDS = 2_000, 5, 20
MINERS, SECONDS, WHOLE_ROUNDS = 50, 0.5, 4
FARM_MINERS, FARM_SECONDS, FARM_PAUSE, FARM_ROUNDS = 1_000, 4.0, 5.0, 2

_SUBMIT = b'{"params":["farm.rig7","j1","0000002a","65000001","0000abcd"],"id":42,"method":"mining.submit"}'
_RESULT = b'{"id":42,"result":false,"error":[21,"Job not found",null]}'
_YES = b'{"id":42,"result":true,"error":null}'
_NOTIFY = encode(["j1", "00" * 32, "01" * 60, "ff" * 60, ["11" * 32] * 12, "20000000", "1d00ffff", "65000000", True])
_SHARE = Share(
    id=UUID(int=7),
    pool="main",
    miner="farm",
    worker="rig7",
    job="j1",
    difficulty=Decimal(16384),
    submitted_at=datetime(2025, 3, 1, tzinfo=UTC),
)


def main() -> None:
    """Time everything, write and print it."""
    options = _options()
    timings = steps(options.rounds)
    if not options.steps_only:
        at_work = farm()
        timings += [whole(), at_work]
        _write_measures(options.file.with_name("proxy.jsonl"), at_work)
    write_report(options.file, timings)
    print(f"the proxy, {FORM}")
    for each in timings:
        print(f"{each.name:24} {statistics.median(each.seconds) * 1e6:9.3f} us")


def steps(rounds: int) -> list[Timing]:
    """Each step of a share's way, timed on its own."""
    with _steps() as calls:
        timers = {name: timeit.Timer(call) for name, call in calls.items()}
        figures: dict[str, list[float]] = {name: [] for name in timers}
        for timer in timers.values():
            timer.timeit(TIMES)
        for _ in range(rounds):
            for name, timer in timers.items():
                figures[name].append(min(timer.timeit(TIMES) for _ in range(LOOPS)) / TIMES)
    return [Timing(group=GROUP, name=name, seconds=found, iterations=TIMES) for name, found in figures.items()]


def whole() -> Timing:
    """A share through a proxy, there and back, in the proxy's processor time."""
    return _timing("whole-share", [measure("proxy", MINERS, SECONDS, 0.0) for _ in range(WHOLE_ROUNDS)])


def farm() -> Timing:
    """The same at a farm's real pace, where what counts is the proxy's memory and its part of a core."""
    return _timing("farm-share", [measure("proxy", FARM_MINERS, FARM_SECONDS, FARM_PAUSE) for _ in range(FARM_ROUNDS)])


def _timing(name: str, rounds: list[Measured]) -> Timing:
    about = {
        "form": rounds[0].form,
        "miners": rounds[0].miners,
        "shares_per_second": statistics.median(each.result.shares_per_second for each in rounds),
        "p99_milliseconds": statistics.median(each.result.p99_milliseconds for each in rounds),
        "memory_bytes": max(each.memory_bytes for each in rounds),
        "cpu_share": statistics.median(each.cpu_share for each in rounds),
    }
    seconds = [each.microseconds_per_share * 1e-6 for each in rounds]
    return Timing(group=GROUP, name=name, seconds=seconds, about=about)


def _write_measures(path: Path, farm: Timing) -> None:
    """What the proxy takes, for the gates, a line of JSON each."""
    measures = [
        {"measure": "memory/proxy", "value": farm.about["memory_bytes"], "unit": "B", "better": "lower"},
        {"measure": "cpu/proxy", "value": farm.about["cpu_share"] * 100, "unit": "%", "better": "lower"},
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(each)}\n" for each in measures), encoding="utf-8")


@contextmanager
def _steps() -> Iterator[dict[str, Callable[[], object]]]:
    splitter, splice = LineSplitter(1 << 20), Splice("01020304", "aabbccdd")
    params, refused, stamps = decode(parse(_SUBMIT).params, list[str]), parse(_RESULT), Stamps()
    work = parse(b'{"id":null,"method":"mining.notify","params":' + _NOTIFY + b"}")
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), segment_bytes=1 << 20)
        line = encode_share(_SHARE)
        yield {
            "split-lines": lambda: splitter.feed(_SUBMIT + b"\n" + _SUBMIT + b"\n"),
            "parse-share": lambda: decode(parse(_SUBMIT).params, list[str]),
            "read-plain-share": lambda: plain_submission(_SUBMIT),
            "read-plain-yes": lambda: plain_acceptance(_YES),
            "stamp-share": lambda: stamps.new(monotonic()),
            "pass-share-on": lambda: share(42, params),
            "journal-share": lambda: encode_share(_SHARE),
            "journal-append": lambda: journal.append(line),
            "judge-answer": lambda: judge(refused),
            "answer-miner": lambda: answer(b"42", b"true"),
            "read-job": lambda: read_job(work.params),
            "splice-job": lambda: splice.work(work.params),
        }
        journal.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time the proxy's critical path.")
    parser.add_argument("file", type=Path, metavar="FILE", help="write pytest-benchmark's JSON here")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--steps-only", action="store_true", help="without the proxy as a process")
    return parser.parse_args()


if __name__ == "__main__":
    main()
