"""Programs that are run to their end, and end with whoever runs them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

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
