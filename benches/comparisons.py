"""How often a real comparison on this machine is wrong, and how often right: the proxy against itself, and against a
copy of it that is slower by 30 %.

    python benches/comparisons.py [--same 200] [--slowed 100] [--by 0.3] [--shares 1000] [--check]

What is timed is a share's way through the proxy's protocol: lines are split, parsed, decoded, spliced, written anew,
the pool's answer is judged and passed back. Each comparison copies the package twice, starts a process for each copy,
and has it fork one for each run, the two sides in turns as `sluice bench compare` runs them: the same looks, the same
gates, wall and processor time. A process that stays for a whole comparison would stay on one core, too: on a busy
machine that is a difference. The slowed copy takes three shares of every ten twice. With ``--check`` a missed aim ends
the program with 1.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sluice.app.bench.checkouts import Checkout
from sluice.app.bench.comparing import CompareOptions, baselines_of, measure_pairs
from sluice.app.bench.processes import Took
from sluice.app.bench.sampling import Side, Task, times_of
from sluice.evidence.model import Evidence, Measure
from sluice.gates.policy.model import Policy
from sluice.gates.verdict.judging import judge
from sluice.repository.git import git

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "stratum/src/loka_stratum"
MOST_FALSE, LEAST_FOUND = 0.0, 0.97

WORKER = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
shares, extra = int(sys.argv[2]), float(sys.argv[3])
from loka_stratum.protocol import replies
from loka_stratum.protocol.framing import LineSplitter
from loka_stratum.protocol.messages import decode, parse
from loka_stratum.protocol.splicing import splice
from loka_stratum.protocol.verdicts import judge
from loka_stratum.protocol.work import Extranonce
SUBMIT = b'{"id":%d,"method":"mining.submit","params":["acct.rig%d","job%d","%08x","65f1a2b3","%08x"]}\\n'
ANSWER = b'{"id":%d,"result":true,"error":null}\\n'
CHUNK = b"".join(SUBMIT % (n, n % 50, n % 7, n, n * 2654435761 % 2**32) for n in range(shares))
FITS = splice(Extranonce("aabbccdd", 4), Extranonce("01020304", 8))
def way(line, n):
    message = parse(line)
    worker, job, second, when, nonce = decode(message.params, list[str])
    sent = replies.request(n, message.method, replies.encode([worker, job, FITS.share(second), when, nonce]))
    verdict, reason = judge(parse(ANSWER % n))
    return len(sent) + len(replies.answer(bytes(message.id), b"true" if reason is None else b"false"))
def run():
    total = 0
    for n, line in enumerate(LineSplitter(4096).feed(CHUNK)):
        total += way(line, n)
        if n % 10 < extra * 10:
            total += way(line, n)
    return total
print("ready", flush=True)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        wall, processor = time.perf_counter(), time.process_time()
        run()
        print(time.perf_counter() - wall, time.process_time() - processor, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@dataclass(slots=True)
class KeptSide(Side):
    """A side whose process forks one for each run."""

    process: subprocess.Popen[str] | None = None

    def _run(self, name: str) -> Sequence[Measure]:  # noqa: ARG002 - what a run is called is for errors
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print("run", file=self.process.stdin, flush=True)
        wall, processor = map(float, self.process.stdout.readline().split())
        return times_of(self.task.name, Took(wall=wall, processor=processor))


@dataclass(frozen=True, slots=True)
class Compared:
    """What one comparison said: ``change`` is that of wall time."""

    verdict: str
    pairs: int
    change: float
    milliseconds: float


def main() -> int:
    """Compare, tell, and end with 1 for a missed aim where that is asked for."""
    options = _options()
    commit = git(ROOT, "rev-parse", "HEAD") or ""
    start = time.monotonic()
    same = [_compare(commit, options.shares, 0.0) for _ in _counted(options.same, "against itself")]
    slowed = [_compare(commit, options.shares, options.by) for _ in _counted(options.slowed, "slowed")]
    reached = [
        *_told("the proxy against itself", same, "fail", at_most=MOST_FALSE),
        *_told(f"against a copy slowed by {options.by:.0%}", slowed, "fail", at_least=LEAST_FOUND),
    ]
    print(f"{len(same) + len(slowed)} comparisons in {time.monotonic() - start:.0f} s")
    if options.json:
        rows = {"same": same, "slowed": slowed}
        options.json.write_text(json.dumps({key: list(map(_row, found)) for key, found in rows.items()}) + "\n")
    return 0 if all(reached) or not options.check else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Real comparisons on this machine.")
    parser.add_argument("--same", type=int, default=200, help="comparisons of the proxy with itself")
    parser.add_argument("--slowed", type=int, default=100, help="comparisons with the slowed copy")
    parser.add_argument("--by", type=float, default=0.3, help="by how much that is slower, in tenths")
    parser.add_argument("--shares", type=int, default=1000, help="shares of a run, which take some milliseconds")
    parser.add_argument("--json", type=Path, help="write every comparison here")
    parser.add_argument("--check", action="store_true", help="exit 1 when an aim is missed")
    return parser.parse_args()


def _counted(count: int, what: str) -> Iterator[int]:
    for number in range(count):
        if number % 20 == 0:
            print(f"{what}: {number} of {count}", file=sys.stderr, flush=True)
        yield number


def _compare(commit: str, shares: int, slower: float) -> Compared:
    task = Task(words=(), limit=60, name="share")
    with tempfile.TemporaryDirectory(prefix="sluice-comparisons-") as place:
        sides = (("base", 0.0), ("head", slower))
        with ExitStack() as stack:
            base, head = (
                stack.enter_context(_side(Path(place) / name, commit, task, shares, extra)) for name, extra in sides
            )
            base.warm_up()
            head.warm_up()
            options = CompareOptions(base=commit, head=commit, task=task)
            policy = measure_pairs(ROOT, base, head, options, lambda _: None)
            return _judged(base, head, policy)


@contextmanager
def _side(folder: Path, commit: str, task: Task, shares: int, slower: float) -> Iterator[KeptSide]:
    shutil.copytree(PACKAGE, folder / "loka_stratum", ignore=shutil.ignore_patterns("__pycache__"))
    words = [sys.executable, "-c", WORKER, str(folder), str(shares), str(slower)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield KeptSide(Checkout(side=folder.name, ref=commit, commit=commit, folder=folder), task, process=process)
        process.stdin.close()


def _judged(base: Side, head: Side, policy: Policy) -> Compared:
    today = dt.datetime.now(tz=dt.UTC).date()
    report = judge(Evidence(measures=head.measures()), baselines_of(base), policy, today)
    wall = next(row for row in report.rows if row.name.endswith("/wall"))
    change = wall.change.point if wall.change else 0.0
    took = median(next(one for one in head.measures() if one.name == wall.name).samples)
    worst = "undecided" if any(row.verdict == "undecided" for row in report.rows) else report.verdict.value
    return Compared("fail" if report.exit_code == 1 else worst, head.runs, change, took * 1e3)


def _told(
    what: str, found: list[Compared], verdict: str, *, at_most: float = 1.0, at_least: float = 0.0
) -> Iterator[bool]:
    if not found:
        return
    counts = Counter(one.verdict for one in found)
    share = counts[verdict] / len(found)
    reached = at_least <= share <= at_most
    aim = f"at least {at_least:.0%} fail" if at_least else "none fails"
    spread = sorted(one.change for one in found)
    print(f"{what}: {len(found)} comparisons: {', '.join(f'{counts[word]} {word}' for word in sorted(counts))}")
    print(f"  aim: {aim}: {'reached' if reached else 'MISSED'}")
    print(f"  change of wall time: {spread[0]:+.1%} to {spread[-1]:+.1%}, median {median(spread):+.1%}")
    print(
        f"  a run took {median(one.milliseconds for one in found):.1f} ms; "
        f"{median(one.pairs for one in found):g} pairs, {max(one.pairs for one in found)} at most"
    )
    yield reached


def _row(found: Compared) -> list[object]:
    return [found.verdict, found.pairs, found.change, found.milliseconds]


if __name__ == "__main__":
    sys.exit(main())
