"""How runs end when they are made to: signals, kills, leftovers, broken places. Each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from commanding import sluice
from interrupting import PATIENCE, read_until, rest, start

SLOW = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: trap 'echo caught; exit 1' INT; echo started; sleep 60 & wait
      - {if: always(), run: echo afterwards}
      - {if: success(), run: echo never}
"""


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)  # another process's doing: there is no event to wait for
    return False


def living(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if mark in process.environ().get("RUNNER_TRACKING_ID", ""):
                yield process
        except psutil.Error:
            continue


@pytest.mark.slow
def test_the_first_interrupt_cancels_and_always_steps_still_run(repository: Path) -> None:
    process = start(repository, SLOW)
    read_until(process, "| started")
    os.kill(process.pid, signal.SIGINT)
    output = rest(process)
    assert "| caught" in output
    assert "| afterwards" in output
    assert "| never" not in output.replace("echo never", "")
    assert process.returncode == 130


@pytest.mark.slow
def test_an_interrupt_is_for_every_workflow_that_was_asked_for(repository: Path) -> None:
    (repository / ".github/workflows/x.yml").write_text(SLOW, encoding="utf-8")
    process = start(repository, SLOW, "x.yml")
    read_until(process, "| started")
    os.kill(process.pid, signal.SIGINT)
    assert "x.yml" not in rest(process)
    assert process.returncode == 130


@pytest.mark.slow
def test_the_second_interrupt_ends_it_at_once(repository: Path) -> None:
    process = start(repository, SLOW.replace("echo afterwards", "echo begun; exec sleep 60"))
    read_until(process, "| started")
    os.kill(process.pid, signal.SIGINT)
    read_until(process, "| begun")
    os.kill(process.pid, signal.SIGINT)
    rest(process)
    assert process.returncode == 130
    run = json.loads(sluice("list", "--json").stdout.splitlines()[0])
    assert run["conclusion"] == "cancelled"
    assert eventually(lambda: not list(living(run["run"])))


@pytest.mark.slow
def test_a_killed_engine_leaves_a_run_that_is_shown_as_interrupted_and_can_be_repeated(repository: Path) -> None:
    process = start(repository, SLOW)
    read_until(process, "| started")
    os.kill(process.pid, signal.SIGKILL)
    rest(process)
    listed = json.loads(sluice("list", "--json").stdout.splitlines()[0])
    assert (listed["status"], listed["conclusion"]) == ("completed", "interrupted")
    assert eventually(lambda: not list(living(listed["run"])))
    assert "started" in sluice("logs").stdout.splitlines()
    (repository / ".github/workflows/w.yml").write_text(SLOW.replace("sleep 60 & wait", "true"), encoding="utf-8")
    assert sluice("rerun", "--plain").returncode == 0


UNMARKED = """on: push
jobs: {job: {runs-on: ubuntu-latest, steps: [{run: "env -i setsid sleep 64 & echo started; sleep 65"}]}}
"""


def stop_the_holders(engine: int, *, spawner: bool) -> list[psutil.Process]:
    """Everything below an engine, after its keepers, or all that holds its jobs, were stopped."""
    (root,) = psutil.Process(engine).children()
    everything = [root, *root.children(recursive=True)]
    sleeping = [one for one in everything if one.cmdline()[0] in {"sleep", "bash"} or "bash" in one.cmdline()[0]]
    holders = [one for one in everything if one not in sleeping]
    assert (len(holders), len(sleeping)) == (3, 3), everything
    for one in holders if spawner else holders[-1:]:
        one.suspend()
    return everything


@pytest.mark.slow
@pytest.mark.needs_root
@pytest.mark.parametrize("spawner", [False, True], ids=["keeper", "everything"])
def test_what_is_held_by_a_stopped_keeper_ends_all_the_same(repository: Path, *, spawner: bool) -> None:
    process = start(repository, UNMARKED)
    read_until(process, "| started")
    everything = stop_the_holders(process.pid, spawner=spawner)
    os.kill(process.pid, signal.SIGKILL)
    if spawner:  # nobody is left who could see it: the next command does
        process.wait()
        sluice("list")
    assert eventually(lambda: not any(one.is_running() and one.status() != "zombie" for one in everything))
    rest(process)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="nothing holds a job's processes elsewhere")
@pytest.mark.parametrize("stopped", [False, True])
def test_without_isolation_nothing_of_a_job_outlives_an_engine_that_was_killed(
    repository: Path, *, stopped: bool
) -> None:
    process = start(repository, UNMARKED, "--isolation", "none")
    read_until(process, "| started")
    below = psutil.Process(process.pid).children(recursive=True)
    left = [one for one in below if one.cmdline()[0] == "sleep"]
    assert len(left) == 2, below
    if stopped:  # nobody sees the engine's end then but the next command
        for one in below:
            if one not in left:
                one.suspend()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if stopped:
        sluice("list")
    assert eventually(lambda: not any(one.is_running() and one.status() != "zombie" for one in left))
    rest(process)


@pytest.mark.slow
def test_cancel_stops_a_run_from_elsewhere(repository: Path) -> None:
    process = start(repository, SLOW)
    read_until(process, "| started")
    assert sluice("cancel").returncode == 0
    assert "| afterwards" in rest(process)
    refused = sluice("cancel")
    assert (refused.returncode, "is over already" in refused.stderr) == (2, True)


@pytest.mark.slow
def test_what_a_job_left_running_ends_with_it(repository: Path) -> None:
    text = (
        "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'setsid sleep 61 > /dev/null 2>&1 & echo ok'}]}}"
    )
    process = start(repository, text)
    assert "| ok" in rest(process)
    run = json.loads(sluice("list", "--json").stdout.splitlines()[0])["run"]
    assert process.returncode == 0
    assert eventually(lambda: not list(living(run)))


@pytest.mark.slow
def test_a_daemon_that_holds_the_output_does_not_hold_the_step(repository: Path) -> None:
    process = start(
        repository, "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'setsid sleep 62 & echo ok'}]}}"
    )
    assert "| ok" in rest(process)
    assert process.returncode == 0


def test_nothing_of_the_callers_environment_reaches_a_job(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "sings")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sings")
    text = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: env}]}}"
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    output = sluice("run", "w.yml", "--plain", "--verbose").stdout
    assert "sings" not in output
    assert "| GITHUB_ACTIONS=true" in output
    assert f"| HOME={os.environ.get('HOME')}\n" not in output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on: push\njobs: {job: {steps: []}}", "Required property is missing: runs-on"),
        ("on: [", "error"),
        ("", "Required property is missing: jobs"),
    ],
)
def test_a_wrong_workflow_starts_nothing_and_exits_2(repository: Path, text: str, said: str) -> None:
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    ran = sluice("run", "w.yml", "--plain", "--verbose")
    assert said in ran.stderr
    assert ran.returncode == 2
    assert sluice("list", "--json").stdout == ""


@pytest.mark.slow
def test_two_engines_at_once_each_finish_their_run(repository: Path) -> None:
    text = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: sleep 0.3}]}}"
    both = [start(repository, text) for _ in range(2)]
    assert [process.wait(PATIENCE) for process in both] == [0, 0]
    for process in both:
        rest(process)
    runs = [json.loads(line) for line in sluice("list", "--json").stdout.splitlines()]
    assert sorted(run["number"] for run in runs) == [1, 2]


@pytest.mark.slow
def test_a_concurrency_group_holds_across_processes(repository: Path) -> None:
    text = "on: push\nconcurrency: one\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo started; sleep 1}]}}"
    first = start(repository, text)
    read_until(first, "| started")
    second = start(repository, text)
    assert (rest(first) is not None, rest(second) is not None) == (True, True)
    runs = {json.loads(line)["number"]: json.loads(line) for line in sluice("list", "--json").stdout.splitlines()}
    assert [runs[number]["conclusion"] for number in (1, 2)] == ["success", "success"]
    assert runs[2]["completed"] - runs[1]["completed"] > 0.9


SMALL_DISK = """
mount -t tmpfs -o size={size}m tmpfs "$SLUICE_HOME" || exit 99
{python} -m sluice run w.yml --plain --verbose; echo "exit $?"
mount -o remount,size=100m "$SLUICE_HOME"
{python} -m sluice list; {python} -m sluice logs | tail -2; {python} -m sluice rerun --plain | tail -1
"""


@pytest.mark.slow
@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted, which needs root")
def test_a_full_disk_stops_the_run_with_an_error_and_loses_nothing_written(repository: Path, tmp_path: Path) -> None:
    text = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'seq 1000; sleep 1; seq 1001 600000'}]}}"
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    (tmp_path / "home").mkdir()
    script = SMALL_DISK.format(size=4, python=sys.executable)
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    said = ran.stdout.splitlines()
    assert "exit 2" in said
    assert "the disk is full" in ran.stderr
    assert "free some space, or set SLUICE_HOME to a folder on another disk" in ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    after = said[said.index("exit 2") + 1 :]
    assert any("interrupted" in line for line in after)
    assert int(after[-2]) == int(after[-3]) + 1  # whole lines, none of them lost in between
    assert any("passed" in line or "Report" in line for line in after)


WITHOUT_INODES = """
mount -t tmpfs -o nr_inodes=200,size=50m tmpfs "$SLUICE_HOME" || exit 99
i=0; while true 2>/dev/null >"$SLUICE_HOME/$i"; do i=$((i + 1)); done
{python} -m sluice run w.yml --plain; echo "exit $?"
"""


@pytest.mark.slow
@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted, which needs root")
def test_a_disk_that_takes_no_more_files_is_not_called_full(repository: Path, tmp_path: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(SLOW, encoding="utf-8")
    (tmp_path / "home").mkdir()
    script = WITHOUT_INODES.format(python=sys.executable)
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.stdout.splitlines()[-1] == "exit 2"
    assert "the disk takes no more files (it has no inodes left)" in ran.stderr
    assert "df -i" in ran.stderr
    assert "full" not in ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("", "the event store {home}/state/sluice.db was removed while it was written"),
        ("state/runs", "was removed while it was written"),
    ],
)
def test_a_store_that_is_removed_while_a_run_goes_on_is_an_error(
    repository: Path, tmp_path: Path, gone: str, said: str
) -> None:
    process = start(repository, SLOW.replace("sleep 60 & wait", "sleep 1"))
    read_until(process, "| started")
    shutil.rmtree(tmp_path / "home" / gone)
    output = rest(process)
    assert said.format(home=tmp_path / "home") in output
    assert "what was kept in it is lost" in output
    assert "w.yml #1 passed" not in output
    assert "Traceback" not in output
    assert process.returncode == 2


@pytest.mark.parametrize("damage", ["garbage", "folder"])
def test_a_broken_store_is_an_error_before_anything_starts(repository: Path, tmp_path: Path, damage: str) -> None:
    state = tmp_path / "home/state"
    state.mkdir(parents=True)
    if damage == "garbage":
        (state / "sluice.db").write_bytes(b"no database" * 1000)
    else:
        (state / "sluice.db").mkdir()
    (repository / ".github/workflows/w.yml").write_text(SLOW, encoding="utf-8")
    ran = sluice("run", "w.yml")
    assert ran.returncode == 2
    assert "started" not in ran.stdout
    assert "sluice.db" in ran.stderr


ENVIRONMENT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    environment: {name: production, url: "https://x.example/${{ steps.made.outputs.path }}"}
    steps:
      - {id: made, run: echo path=v1 >> $GITHUB_OUTPUT}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "result"), [(b"y\n", "success"), (b"n\n", "failure"), (b"\n", "failure")])
def test_a_reviewer_is_asked_on_the_terminal(repository: Path, answer: bytes, result: str) -> None:
    (repository / ".github/workflows/w.yml").write_text(ENVIRONMENT, encoding="utf-8")
    (repository / "sluice.toml").write_text('[environment.production]\nreviewers = ["ada"]\n', encoding="utf-8")
    ours, theirs = os.openpty()
    with subprocess.Popen([sys.executable, "-m", "sluice", "run"], stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        while b"Approve? [y/N]" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, answer)
        with contextlib.suppress(OSError):  # the terminal ends with the process
            while os.read(ours, 4096):
                pass
    os.close(ours)
    assert b"(reviewers: ada)" in shown
    events = [json.loads(line)["event"] for line in sluice("show", "--json").stdout.splitlines()]
    (done,) = (event for event in events if event["event"] == "JobCompleted")
    assert done["conclusion"] == result
    assert done.get("environment_url") == ("https://x.example/v1" if result == "success" else None)


@pytest.mark.slow
def test_rule_27_an_interrupt_is_an_answer_to_the_question_for_a_review(repository: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(ENVIRONMENT, encoding="utf-8")
    (repository / "sluice.toml").write_text('[environment.production]\nreviewers = ["ada"]\n', encoding="utf-8")
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "sluice", "run"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        shown = b""
        while b"Approve? [y/N]" not in shown:
            shown += os.read(ours, 4096)
        os.kill(process.pid, signal.SIGINT)
        try:
            assert process.wait(PATIENCE) == 130
        finally:
            process.kill()
            os.close(theirs)
            os.close(ours)


@pytest.mark.slow
def test_a_terminal_that_goes_away_cancels_and_always_steps_still_run(repository: Path) -> None:
    process = start(repository, SLOW)
    read_until(process, "| started")
    os.kill(process.pid, signal.SIGHUP)
    os.kill(process.pid, signal.SIGHUP)  # the shell and the system both say so
    assert "| afterwards" in rest(process)
    assert process.returncode == 130
    listed = json.loads(sluice("list", "--json").stdout.splitlines()[0])
    assert listed["conclusion"] == "cancelled"


@pytest.mark.slow
def test_nobody_need_be_there_to_read_that_it_is_cancelled(repository: Path) -> None:
    process = start(repository, SLOW)
    read_until(process, "| started")
    assert process.stdout is not None
    process.stdout.close()
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert "afterwards" in sluice("logs").stdout.splitlines()


MANY = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    strategy: {matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}}
    steps: [{run: sleep 0.3}]
"""


@pytest.mark.slow
@pytest.mark.parametrize("files", [64, 24, 12])
def test_too_few_open_files_are_no_bug(repository: Path, files: int) -> None:
    (repository / ".github/workflows/w.yml").write_text(MANY, encoding="utf-8")
    script = f"ulimit -n {files}; exec {sys.executable} -m sluice run w.yml --plain -n 12"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    said = ran.stdout + ran.stderr
    assert "Traceback" not in said
    assert "a bug in" not in said
    assert ran.returncode in {1, 2}
    assert "oo many" in said
