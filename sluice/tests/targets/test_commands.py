"""Commands of a deployment: what they print, and that none outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sluice.machine.processes import start_time
from sluice.targets.commands import Command, plain_environment, run, shell
from sluice.targets.protocol import TargetError

STARTS = """\
import sys
from pathlib import Path
from sluice.targets.commands import Command, plain_environment, run
words = ["/bin/sh", "-c", "echo $$ > pid; exec sleep 60"]
run(Command(words=words, directory=Path(sys.argv[1]), environment=plain_environment(), timeout=60, what="it"))
"""


def command(script: str, folder: Path, *, is_data: bool = False) -> Command:
    words = ["/bin/sh", "-c", script]
    given = plain_environment()
    return Command(words=words, directory=folder, environment=given, timeout=9, what="it", is_data=is_data)


def test_errors_are_part_of_the_reason_and_not_of_data(tmp_path: Path) -> None:
    script = "echo data; echo warning >&2"
    assert run(command(script, tmp_path)) == "data\nwarning\n"
    assert run(command(script, tmp_path, is_data=True)) == "data\n"
    with pytest.raises(TargetError, match="it ended with 3") as caught:
        run(command(f"{script}; exit 3", tmp_path, is_data=True))
    assert "warning" in (caught.value.hint or "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel tells a child of its parent's end")
def test_a_command_ends_with_who_started_it_however_that_ends(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    starter = subprocess.Popen([sys.executable, "-c", STARTS, tmp_path])
    until = time.monotonic() + 20
    while not (pid.exists() and pid.read_text().strip()) and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    child = int(pid.read_text())
    while start_time(child) is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert start_time(child) is None


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("echo $NAME", "sluice"),
        ("  FIRST=1 SECOND='a b' env", "SECOND=a b"),
        ("exec echo hi", "hi"),
        ("cd / && pwd", "/"),
        ("! test -e nothing", ""),
        ("(echo inner)", "inner"),
        (". ./own.sh", "own"),
        ("echo \\\n  two", "two"),
        ("exit 0", ""),
        ("X=1 exit 0", ""),
        ("unset NAME", ""),
    ],
)
def test_a_line_of_the_configuration_is_one_of_the_shell(tmp_path: Path, line: str, output: str) -> None:
    (tmp_path / "own.sh").write_text("echo own\n", encoding="utf-8")
    given = Command(
        words=shell(line),
        directory=tmp_path,
        environment={"NAME": "sluice", **plain_environment()},
        timeout=9,
        what="it",
    )
    assert output in run(given).splitlines() or not output


@pytest.mark.parametrize("line", ["sleep 60", "X=1 sleep 60", "exec sleep 60"])
def test_a_simple_line_is_its_program_so_that_signals_reach_it(line: str) -> None:
    process = subprocess.Popen(shell(line))
    until = time.monotonic() + 20
    while "sleep" not in Path(f"/proc/{process.pid}/comm").read_text() and time.monotonic() < until:
        time.sleep(0.01)
    process.terminate()
    assert process.wait(20) == -signal.SIGTERM


@pytest.mark.parametrize(
    ("secret", "said", "masked"),
    [
        ("begin\nmiddle\nend!", "a middle b", "a *** b"),
        ('pa"ss"word', '{"key": "pa\\"ss\\"word"}', '{"key": "***"}'),
        ("hush-hush", "aHVzaC1odXNo", "***"),
        ("a", "banana", "b***n***n***"),
        (" ", "a b", "a b"),
    ],
)
def test_a_secret_is_masked_in_every_form_that_a_job_masks(tmp_path: Path, secret: str, said: str, masked: str) -> None:
    told = Command(
        words=["printf", "%s\n", said],
        directory=tmp_path,
        environment=plain_environment(),
        timeout=9,
        what="it",
        masked=(secret,),
    )
    assert run(told) == f"{masked}\n"
