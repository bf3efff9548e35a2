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
from sluice.targets.commands import Command, plain_environment, run
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
