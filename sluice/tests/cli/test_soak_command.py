"""``sluice soak`` on real processes: a planted leak is red, a steady one green."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import anyio
import psutil
import pytest
from click.testing import CliRunner
from containers import BUSYBOX, running_engine

from sluice.cli.soak_command import command
from sluice.source.errors import SluiceError, UnavailableError, UsageError

PROGRAM = """
import sys, time
kept = []
while True:
    kept.append(b"x" * int(float(sys.argv[1]) / 20))
    time.sleep(0.05)
"""
LEAK = "kept=a; piece=$(yes x | head -c 60000); while :; do kept=$kept$piece; sleep 0.1; done"


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, words, standalone_mode=False)
    if isinstance(result.exception, SluiceError):
        raise result.exception
    assert result.exception is None, result.exception
    return result.return_value, result.output


def soak(rate: str, *options: str) -> tuple[int, dict[str, object]]:
    code, text = call("--every", "0.1", "--json", *options, "--", sys.executable, "-c", PROGRAM, rate)
    return code, json.loads(text)


@pytest.mark.slow
def test_a_leak_of_a_megabyte_a_second_is_red_and_a_steady_program_green(tmp_path: Path) -> None:
    measures = tmp_path / "m.jsonl"
    code, found = soak("1e6", "--for", "4", "--memory", "400MB", "--cpus", "1", "--measures", str(measures))
    assert (code, found["leak"]) == (1, "yes")
    slope = found["slope"]
    assert isinstance(slope, dict)
    assert 0.7e6 < slope["low"] <= slope["high"] < 1.3e6
    assert '"soak/slope"' in measures.read_text(encoding="utf-8")
    code, found = soak("0", "--for", "4", "--memory", "400MB")
    assert (code, found["leak"]) == (0, "no")


@pytest.mark.slow
def test_more_memory_than_allowed_is_red_with_a_limit_and_without() -> None:
    code, found = soak("80e6", "--for", "2", "--memory", "30MB", "--warm-up", "0")
    assert code == 1
    failures = found["failures"]
    assert isinstance(failures, list)
    assert any("more memory than it may" in why for why in failures)


@pytest.mark.slow
def test_a_program_that_ends_in_error_is_red() -> None:
    code, text = call("--for", "2", "--every", "0.05", "--", "sh", "-c", "sleep 0.7; exit 3")
    assert code == 1
    assert "exit code 3" in text


@pytest.mark.slow
def test_a_load_runs_beside_it_and_ends_with_it(tmp_path: Path) -> None:
    call("--for", "1.5", "--every", "0.1", "--load", f"echo x >> {tmp_path}/load", "--", "sleep", "60")
    size = (tmp_path / "load").stat().st_size
    assert size > 4
    assert subprocess.run(["pgrep", "-f", f"{tmp_path}/load"], capture_output=True, check=False).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("load", "failures"),
    [
        ("exit 7", ["it was under no load: the command of --load never worked (exit code 7)"]),
        ("sleep 60", []),
        ("test -e up || { touch up; exit 7; }", []),
    ],
)
def test_a_load_that_never_works_is_red(
    load: str, failures: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, found = soak("0", "--for", "3", "--load", load)
    assert (code, found["failures"]) == (int(bool(failures)), failures)


@pytest.mark.slow
def test_what_left_the_load_s_group_ends_with_it_too(tmp_path: Path) -> None:
    left = tmp_path / "left"
    load = f"setsid sh -c 'echo $$ > {left}; sleep 57 & wait'"
    call("--for", "1", "--every", "0.1", "--warm-up", "0", "--load", load, "--", "sleep", "60")
    assert not psutil.pid_exists(int(left.read_text(encoding="utf-8")))


def test_what_cannot_be_started_is_said() -> None:
    with pytest.raises(UsageError, match="nothing to run"):
        call()
    with pytest.raises(UsageError, match="'no-such-program' is no program here"):
        call("--", "no-such-program")
    with pytest.raises(UsageError, match="warm-up takes all"):
        call("--for", "1", "--warm-up", "2", "--", "true")
    with pytest.raises(UsageError, match="not an amount in B"):
        call("--memory", "much", "--", "true")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cpus", "nan"), "nan is not in the range x>0"),
        (("--for", "nan"), "nan is not in the range x>0"),
        (("--every", "inf"), "inf is not in the range x>0"),
        (("--warm-up", "inf"), "inf is not in the range x>=0"),
        (("--memory", "-5MB"), "'-5MB' is less than nothing: expected an amount such as 512MB"),
        (("--memory", "5"), "'5' has no unit of size: expected one, such as 512MB"),
        (("--memory", "5s"), "'5s' has no unit of size: expected one, such as 512MB"),
        (("--threshold", "-1KB/s"), "'-1KB/s' is less than nothing: expected an amount such as 10KB/s"),
        (("--run-option=-p=1:2",), "--run-option is for an image, and none is given"),
    ],
)
def test_a_number_that_is_none_and_an_option_of_no_use_are_said(words: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(command, [*words, "--", "true"])
    assert said in f"{result.output} {result.exception}"
    assert isinstance(result.exception, UsageError | SystemExit)


@pytest.mark.slow
def test_what_ended_too_soon_to_tell_is_said_to_have_ended() -> None:
    code, text = call("--for", "20", "--every", "0.1", "--", "true")
    assert code == 1
    assert "it ended by itself, and fewer than 10 samples" in text
    assert "0s" not in [line.strip()[:2] for line in text.splitlines()], "a course of two samples is none"


def test_what_an_engine_says_is_shown_whatever_its_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nprintf 'invalid reference \\377\\n' >&2; exit 125\n", encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(UsageError, match="the engine doesn't run 'a': invalid reference \ufffd"):
        call("--image", "a")


def test_an_image_needs_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnavailableError, match="needs a container engine"):
        call("--image", "app")


@pytest.mark.slow
@pytest.mark.needs_docker
@pytest.mark.parametrize(("script", "code", "leak"), [(LEAK, 1, "yes"), ("exec sleep 60", 0, "no")])
def test_an_image_that_leaks_is_red_and_a_steady_one_green(script: str, code: int, leak: str) -> None:
    running_engine(BUSYBOX)
    if shutil.which("docker") is None:
        pytest.skip("there is no docker, by which images are run here")
    options = ("--memory", "100MB", "--cpus", "0.5", "--for", "5", "--every", "0.2", "--threshold", "50KB/s", "--json")
    found, text = call(*options, "--image", BUSYBOX, "--", "sh", "-c", script)
    report = json.loads(text)
    assert (found, report["leak"]) == (code, leak), text
    assert os.environ.get("SLUICE_SOAK_GROUPS") is None


@pytest.mark.slow
@pytest.mark.needs_docker
def test_what_an_image_wrote_before_it_failed_is_told() -> None:
    running_engine(BUSYBOX)
    if shutil.which("docker") is None:
        pytest.skip("there is no docker, by which images are run here")
    line = f"--for 3 --every 0.1 --json --image {BUSYBOX} -- sh -c"
    words = [*line.split(), "echo to set: POOL; exit 2"]
    result = CliRunner().invoke(command, words, standalone_mode=False)
    assert (result.return_value, result.stderr) == (1, "to set: POOL\n")
    assert "exit code 2" in json.loads(result.stdout)["failures"][0]


def started(*words: str) -> subprocess.Popen[str]:
    """Soaking, in a process that can be ended; it says ``up`` once what it started runs."""
    hears = ("env", "--default-signal=HUP")  # also where the tests were started to outlive a hang-up
    words = (*hears, sys.executable, "-m", "sluice", "soak", "--for", "60", *words)
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_what_it_started_ends_with_it_whatever_ends_it(number: int) -> None:
    process = started("--load", "sleep 978", "--", "sh", "-c", "sleep 987 & sleep 0.5; echo up; sleep 987")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert _comes_true(lambda: len(_sleeping(process.pid)) == 3)
    below = _sleeping(process.pid)
    process.send_signal(number)
    assert psutil.wait_procs(below, timeout=8)[1] == []
    process.communicate(timeout=8)
    assert process.returncode == (-number if number == signal.SIGKILL else 130)


@pytest.mark.slow
@pytest.mark.needs_docker
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_so_does_its_container(number: int) -> None:
    engine = running_engine(BUSYBOX)
    mark = f"soak-{uuid4().hex[:8]}"
    process = started("--image", BUSYBOX, f"--run-option=--name={mark}", "--", "sleep", "987")

    def there() -> bool:
        return bool(anyio.run(partial(engine.call, "containers", all=True, filters={"name": mark})))

    assert _comes_true(there)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert _comes_true(lambda: not there())


def _sleeping(root: int) -> list[psutil.Process]:
    return [one for one in psutil.Process(root).children(recursive=True) if one.name() == "sleep"]


def _comes_true(question: Callable[[], bool]) -> bool:
    until = monotonic() + 15
    while monotonic() < until:
        if question():
            return True
        sleep(0.1)
    return False
