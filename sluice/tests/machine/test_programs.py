"""Programs that are run to their end, and end with whoever runs them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sluice.machine.programs import ProgramError, output_of

COMMAND = """
import sys
from sluice.machine.programs import output_of
output_of([sys.argv[1]], seconds=60, ends_with_this=True)
"""
UV = """
import sys
from sluice.actions.interpreters import fetch_interpreter
fetch_interpreter(sys.argv[1], "3.99")
"""


def runs(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="there is no such call elsewhere")
@pytest.mark.parametrize("program", [COMMAND, UV], ids=["command", "uv"])
def test_what_fetches_ends_with_a_process_that_is_killed(tmp_path: Path, program: str) -> None:
    fetches, told = tmp_path / "fetches", tmp_path / "told"
    fetches.write_text(f"#!/bin/sh\necho $$ > {told}.new; mv {told}.new {told}; exec sleep 60\n", encoding="utf-8")
    fetches.chmod(0o755)
    with subprocess.Popen([sys.executable, "-c", program, fetches]) as asking:
        end = time.monotonic() + 20
        while not told.exists() and time.monotonic() < end:
            time.sleep(0.02)
        asking.kill()
    number, end = int(told.read_text(encoding="utf-8")), time.monotonic() + 5
    while runs(number) and time.monotonic() < end:
        time.sleep(0.02)
    left = runs(number)
    if left:
        psutil.Process(number).kill()
    assert not left


@pytest.mark.parametrize(
    ("script", "message", "said"),
    [
        ("echo first >&2; echo last >&2; exit 3", "last", "first\nlast"),
        ("exit 3", "sh failed with exit code 3", ""),
        ("exec sleep 60", "sh took longer than 0.2 seconds", ""),
    ],
)
def test_why_nothing_was_printed_is_one_line(script: str, message: str, said: str) -> None:
    with pytest.raises(ProgramError) as caught:
        output_of(["sh", "-c", f"{script}\n"], seconds=0.2 if "sleep" in script else 20)
    assert (str(caught.value), caught.value.said) == (message, said)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"^made-up can't be started: No such file or directory$"):
        output_of([tmp_path / "made-up", "two\nlines"], seconds=20)
