"""Two commits of a small repository, compared for real; what a run measures is written down, so that it is exact."""

from __future__ import annotations

import datetime as dt
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from sluice.app.bench import processes
from sluice.app.bench.comparing import CompareOptions, Comparison, compare
from sluice.app.bench.processes import FailedRunError
from sluice.app.bench.sampling import Task
from sluice.app.judging.gating import read_reports
from sluice.cli.bench_command import command
from sluice.source.errors import UsageError

pytestmark = pytest.mark.needs_git
TODAY = dt.date(2026, 11, 1)
STEP = """side=$(<side)
echo "run $side" >> "$LOG"
count=$(grep -c "run $side" "$LOG")
printf '{"measure": "bench/step", "value": %s%s, "unit": "ms"}\\n' "$(<milliseconds)" "$((count % 7))" > out.jsonl
"""
"""Each run takes some 100 ms and up to 6 more, another number each time, the same ones on both sides."""


def git(root: Path, *words: str) -> None:
    name = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    subprocess.run(["git", *name, *words], cwd=root, check=True, capture_output=True)


def commit(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "More")


@pytest.fixture(autouse=True)
def log(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ran, in order; the repository's commit ``base`` takes 100 ms."""
    path = tmp_path / "log"
    path.touch()
    monkeypatch.setenv("LOG", str(path))
    commit(repository, step_sh=STEP, side="base", milliseconds="10")
    git(repository, "tag", "base")
    return path


def options(**changes: object) -> CompareOptions:
    task = Task(words=("bash", "-e", "step.sh"), limit=20.0, report="out.jsonl")
    return replace(CompareOptions(base="base", head="HEAD", task=task, out=Path("evidence")), **changes)  # type: ignore[arg-type]  # a test's options are right


def compared(root: Path, **changes: object) -> Comparison:
    return compare(root, options(**changes), TODAY, list[str]().append)


@pytest.mark.slow
def test_runs_alternate_and_the_first_look_is_enough_for_what_is_clear(repository: Path, log: Path) -> None:
    commit(repository, side="head", milliseconds="13")
    found = compared(repository, warm_ups=0)
    (row,) = found.report.rows
    assert (row.name, row.verdict, row.threshold, found.report.exit_code) == ("bench/step", "fail", "> +20%", 1)
    assert found.pairs == 8
    assert log.read_text(encoding="utf-8").split("run ")[1:] == ["base\n", "head\n", "head\n", "base\n"] * 4
    assert row.change is not None
    assert row.change.point == pytest.approx(0.29, abs=0.01)


@pytest.mark.slow
def test_what_did_not_change_passes_and_the_report_bounds_false_alarms(repository: Path, log: Path) -> None:
    commit(repository, side="head")
    found = compared(repository)
    assert [row.verdict for row in found.report.rows] == ["pass"]
    assert found.report.exit_code == 0
    assert found.report.false_alarms is not None
    assert found.report.false_alarms.compared == 1
    assert log.read_text(encoding="utf-8").count("run") == 2 + 2 * found.pairs  # a warm-up of each


@pytest.mark.slow
def test_what_lies_on_a_threshold_takes_all_pairs_and_is_never_a_fail(repository: Path) -> None:
    commit(
        repository, side="head", step_sh=STEP.replace("count % 7", "count % 2 * 3 + 1"), milliseconds="11"
    )  # the base varies by another rhythm: ratios lie around +10 %
    told: list[str] = []
    found = compare(repository, options(most=12), TODAY, told.append)
    assert (found.pairs, told[-1]) == (12, "12 pairs: not clear yet: bench/step")
    assert found.report.exit_code == 0


@pytest.mark.slow
def test_the_gates_of_the_base_count(repository: Path) -> None:
    commit(repository, sluice_toml='[gate."bench/**"]\nfail = "> +5%"\n')
    git(repository, "tag", "--force", "base")
    commit(repository, side="head", milliseconds="11", sluice_toml='[gate."bench/**"]\nfail = "> +500%"\n')
    (row,) = compared(repository).report.rows
    assert (row.verdict, row.threshold) == ("fail", "> +5%")


@pytest.mark.slow
def test_the_working_tree_can_be_a_side(repository: Path) -> None:
    (repository / "milliseconds").write_text("15", encoding="utf-8")
    assert compared(repository, head="HEAD").report.exit_code == 0
    assert compared(repository, head=".").report.exit_code == 1


@pytest.mark.slow
def test_both_sides_are_built_before_anything_runs(repository: Path, log: Path) -> None:
    commit(repository, side="head")
    compared(repository, build='echo "build $(cat side)" >> "$LOG"')
    assert log.read_text(encoding="utf-8").splitlines()[:4] == ["build base", "build head", "run base", "run head"]


@pytest.mark.slow
def test_the_evidence_of_both_sides_is_left_for_the_gate(repository: Path) -> None:
    commit(repository, side="head", milliseconds="13")
    found = compared(repository)
    sides = [read_reports(repository, [path]).measures for path in found.evidence]
    assert [len(one.samples) for (one,) in sides] == [8, 8]
    assert [one.commit for (one,) in sides] == [found.base.commit, found.head.commit]


@pytest.mark.slow
def test_without_a_report_wall_and_processor_time_count(repository: Path) -> None:
    task = Task(words=("bash", "-c", "i=0; while (( i++ < 20000 )); do :; done"), limit=20.0, name="loop")
    found = compared(repository, task=task, most=8)
    measures = {one.name: one for one in read_reports(repository, [found.evidence[1]]).measures}
    assert sorted(measures) == ["bench/loop/cpu", "bench/loop/wall"]
    assert all(one.unit == "s" and len(one.samples) == 8 and min(one.samples) > 0 for one in measures.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"build": "echo no >&2; exit 3"}, r"^the build of base \(base, .{7}\) failed with exit code 3; .*\n  \| no$"),
        ({"task": Task(words=("bash", "-c", "kill -9 $$"), limit=20.0)}, "^the warm-up of base .* killed by SIGKILL"),
        ({"task": Task(words=("missing-tool",), limit=20.0)}, "can't be started: missing-tool: No such file"),
        ({"task": Task(words=("true", "x" * 200_000), limit=20.0)}, "can't be started: true: Argument list too long"),
        ({"task": Task(words=("sleep", "20"), limit=0.2)}, "was stopped after 0.2 s; it printed nothing"),
        ({"task": Task(words=("true",), limit=20.0, report="out.jsonl")}, "left a report that can't be used"),
    ],
)
def test_a_side_that_fails_leaves_no_evidence(repository: Path, changes: dict[str, object], message: str) -> None:
    for side in ("base", "head"):
        (repository / "evidence" / side).mkdir(parents=True)
        (repository / "evidence" / side / "measures.jsonl").write_text("old", encoding="utf-8")
    with pytest.raises(FailedRunError, match=message):
        compared(repository, **changes)
    assert not list((repository / "evidence").rglob("*.jsonl"))


def test_a_command_that_prints_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MOST_OUTPUT", 1 << 20)
    prints = ("sh", "-c", "head -c 2000000 /dev/zero; exec sleep 60")
    with pytest.raises(FailedRunError, match=r"^it was stopped after 1048576 bytes of output$"):
        processes.run_timed(prints, tmp_path, 20.0, "it")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the command's own group ends")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_of_the_command_outlives_a_comparison_that_is_killed(
    repository: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Also what left its parent, its group, its session and its environment."""
    left = tmp_path / "left"
    script = f"(env -i setsid sh -c 'echo $$ >> {left}; exec sleep 60' &); echo $$ >> {left}; exec sleep 60"
    words = [sys.executable, "-m", "sluice", "bench", "compare", "base", "HEAD", "--", "sh", "-c", script]
    with subprocess.Popen(
        words,
        cwd=repository,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 (the suite may run under nohup)
    ) as comparing:
        assert eventually(lambda: left.exists() and len(left.read_text().split()) == 2)
        comparing.send_signal(number)
    assert eventually(lambda: not any(map(psutil.pid_exists, map(int, left.read_text().split()))))


HELD = "echo $$ > told.new; mv told.new told; exec sleep 60"


def guard_of(folder: Path) -> tuple[psutil.Process, psutil.Process]:
    """What holds the command, and the command."""
    assert eventually((folder / "told").exists)
    command = psutil.Process(int((folder / "told").read_text(encoding="utf-8")))
    guard = command.parent()
    assert guard is not None
    return guard, command


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_an_interrupt_waits_until_nothing_of_the_command_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[psutil.Process] = []

    def interrupted(*_: object) -> str:
        held.extend(guard_of(tmp_path))
        held[0].suspend()
        threading.Timer(1.0, held[0].resume).start()  # a busy machine
        raise KeyboardInterrupt

    monkeypatch.setattr(processes, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        processes.run_timed(("sh", "-c", HELD), tmp_path, 20.0, "it")
    assert all(map(is_gone, held))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere sessions are not to be seen")
def test_the_command_ends_also_when_what_holds_it_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[psutil.Process] = []
    wait = processes._wait

    def killed(guard: socket.socket, deadline: float, output: int) -> str:
        held.extend(guard_of(tmp_path))
        held[0].kill()
        return wait(guard, deadline, output)

    monkeypatch.setattr(processes, "_wait", killed)
    with pytest.raises(FailedRunError, match="it was lost: what held it was killed"):
        processes.run_timed(("sh", "-c", HELD), tmp_path, 20.0, "it")
    left = [one for one in held if not is_gone(one)]
    for one in left:
        one.kill()
    assert not left


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)  # another process's doing: there is no event to wait for
    return False


@pytest.mark.slow
def test_a_measure_that_comes_and_goes_is_an_error(repository: Path) -> None:
    odd = STEP + '[[ $count -lt 3 ]] || echo \'{"measure": "bench/late", "value": 1, "unit": "ms"}\' >> out.jsonl\n'
    commit(repository, side="head", step_sh=odd)
    with pytest.raises(FailedRunError, match=r"not every run of head .* measured the same: bench/late"):
        compared(repository)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base": "nowhere"}, "'nowhere' is no commit of this repository"),
        ({"base": "--all"}, "'--all' is no commit of this repository"),
        ({"task": Task(words=("true",), limit=1.0, report="../out.jsonl")}, "is not inside the checkout"),
    ],
)
def test_what_can_not_be_compared_is_refused(repository: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compared(repository, **changes)


@pytest.mark.slow
def test_the_command_prints_json_for_programs(repository: Path) -> None:
    commit(repository, side="head", milliseconds="13")
    words = ["compare", "base", "HEAD", "--report", "out.jsonl", "--json", "--", "bash", "-e", "step.sh"]
    done = CliRunner().invoke(command, words, standalone_mode=False)
    document = json.loads(done.stdout)
    assert done.return_value == 1
    assert (document["pairs"], document["base"]["ref"], document["head"]["ref"]) == (8, "base", "HEAD")
    assert document["report"]["rows"][0]["name"] == "bench/step"
    assert document["head"]["evidence"] is None


@pytest.mark.slow
def test_nothing_is_written_beside_a_run_s_reports_unless_asked(repository: Path) -> None:
    before = sorted(repository.rglob("*.jsonl"))
    compared(repository, out=None)
    assert sorted(repository.rglob("*.jsonl")) == before
