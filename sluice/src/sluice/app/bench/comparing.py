"""Compare two commits by a command. In: refs, what to build and run. Out: the gates' report and the evidence for it.

Runs go base head head base, so that what drifts hits both sides alike. After each look of the sequential procedure
(``gates/statistics``) it ends when no gate on any measure needs more pairs.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from sluice.app.bench.checkouts import Checkout, check_out, find_commit
from sluice.app.bench.policy import comparison_policy
from sluice.app.bench.sampling import Side, Task
from sluice.app.judging.measuring import keep_measures
from sluice.app.writing import to_be_written
from sluice.evidence.model import Evidence, Measure
from sluice.gates.baseline import Baseline, Baselines, Chosen, Origin
from sluice.gates.formats.machine import as_json
from sluice.gates.formats.words import clean
from sluice.gates.policy.model import BaselineKind, Gate, Policy
from sluice.gates.statistics.sequential import DEFAULT_LOOKS
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.measures import needs_baseline, stands_by_pairs
from sluice.gates.verdict.model import Report
from sluice.gates.verdict.ruling import UnjudgeableError
from sluice.repository.taking import take_snapshot
from sluice.source.errors import UsageError

FILE = "measures.jsonl"
VERSION = 1
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """``most`` is the largest number of pairs; ``out`` the folder that gets the evidence of both sides, if
    any does.
    """

    base: str
    head: str
    task: Task
    out: Path | None = None
    build: str | None = None
    warm_ups: int = 1
    most: int = DEFAULT_LOOKS.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of it: both sides, how many pairs, the report, and a file of evidence for each side if kept."""

    base: Checkout
    head: Checkout
    pairs: int
    report: Report
    evidence: tuple[Path, ...]


def compare(root: Path, options: CompareOptions, today: dt.date, tell: Tell) -> Comparison:
    """Measure and judge. Raises a ``SluiceError`` when either side can't be built, run or read: no evidence is left
    then, nor any from before.
    """
    files = _clear(options.out) if options.out else ()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-", ignore_cleanup_errors=True) as place:
        base, head = _prepare(root, options, Path(place), tell)
        policy = measure_pairs(root, base, head, options, tell)
    report = judge(Evidence(measures=head.measures()), baselines_of(base), policy, today)
    for path, side in zip(files, (base, head), strict=False):
        keep_measures(path, side.measures())
    return Comparison(base=base.checkout, head=head.checkout, pairs=head.runs, report=report, evidence=files)


def _prepare(root: Path, options: CompareOptions, place: Path, tell: Tell) -> tuple[Side, Side]:
    snapshot = take_snapshot(root, place / "repository")
    commits = [find_commit(root, ref, snapshot) for ref in (options.base, options.head)]
    sides = [
        Side(check_out(snapshot, ref, commit, place / name), options.task)
        for name, ref, commit in zip(("base", "head"), (options.base, options.head), commits, strict=True)
    ]
    for side in sides if options.build else ():
        tell(f"building {side}")
        side.build(options.build or "")
    for _ in range(options.warm_ups):
        for side in sides:
            side.warm_up()
    return sides[0], sides[1]


def measure_pairs(root: Path, base: Side, head: Side, options: CompareOptions, tell: Tell) -> Policy:
    """Pairs up to a look at which everything stands; the policy that was looked by."""
    policy: Policy | None = None
    while (target := DEFAULT_LOOKS.after(head.runs)) and head.runs < options.most:
        while head.runs < min(target, options.most):
            for side in (base, head) if head.runs % 2 == 0 else (head, base):
                side.run()
        if policy is None:
            names = [measure.name for side in (head, base) for measure in side.measures()]
            policy = comparison_policy(root, base.checkout.commit, names)
        going = _unsettled(base, head, policy)
        tell(f"{head.runs} pairs: {f'not clear yet: {_listed(going)}' if going else 'clear'}")
        if not going:
            break
    if policy is None:
        raise UsageError("a comparison needs at least one pair")
    return policy


def _unsettled(base: Side, head: Side, policy: Policy) -> list[str]:
    """The measures that more pairs could still say something about."""
    baselines = baselines_of(base)
    return [
        measure.name
        for measure in head.measures()
        if (chosen := baselines.choose(measure.name, (BaselineKind.SAME_RUN,)))
        and not all(
            _stands(measure, gate, chosen)
            for gate in policy.gates
            if gate.pattern.matches(measure.name) and needs_baseline(gate)
        )
    ]


def _stands(measure: Measure, gate: Gate, chosen: Chosen) -> bool:
    try:
        return stands_by_pairs(measure, gate, chosen)
    except UnjudgeableError:  # the report tells; no pair could help
        return True


def _listed(names: list[str]) -> str:
    shown = ", ".join(map(clean, names[:5]))
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def baselines_of(base: Side) -> Baselines:
    """The other side as the baseline of the same run."""
    origin = Origin(kind=BaselineKind.SAME_RUN, commit=base.checkout.commit)
    return Baselines(same_run=Baseline.of(origin, base.measures()))


def _clear(out: Path) -> tuple[Path, Path]:
    """The files to be written, without what an earlier comparison left there."""
    base, head = out / "base" / FILE, out / "head" / FILE
    for path in (base, head):
        with to_be_written(path):
            path.unlink(missing_ok=True)
    return base, head


def comparison_json(found: Comparison) -> str:
    """The comparison as JSON: both sides, the number of pairs, the evidence's files, and the gates' report."""
    sides = {
        side.side: {"ref": side.ref, "commit": side.commit, "evidence": str(path) if path else None}
        for side, path in zip_longest((found.base, found.head), found.evidence)
    }
    document = {"version": VERSION, **sides, "pairs": found.pairs, "report": json.loads(as_json(found.report))}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
