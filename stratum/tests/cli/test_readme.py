"""What the README says to paste, pasted."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[2] / "README.md"
pytestmark = [pytest.mark.slow, pytest.mark.needs_root]
_SECONDS = 40


def block(heading: str) -> str:
    """The first shell block under a heading."""
    found = re.search(rf"^## {heading}$.*?^```sh\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def statuses(network: int, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Ask the proxy in that process's network for its state until it is as wanted."""
    enter = ["nsenter", f"--target={network}", "--net"]
    end = time.monotonic() + _SECONDS
    while True:
        command = [*enter, sys.executable, "-m", "loka_stratum", "status", "--json"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
        status: dict[str, Any] = json.loads(said) if said else {}
        if status and wanted(status):
            return status
        assert time.monotonic() < end, said
        time.sleep(0.2)  # it is another program that is waited for


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("nsenter") is None, reason="needs root for a network of its own")
def test_pool_miners_and_proxy_work_in_one_paste(tmp_path: Path) -> None:
    script = "ip link set lo up || exit 9\n" + block("Try it")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("DATABASE_URL", None)
    with subprocess.Popen(
        ["unshare", "--net", "bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        try:
            status = statuses(running.pid, lambda status: status["shares"]["accepted"] >= 10)
            assert status["connections"] == 10
            assert status["shares"]["rejected"] == 0
            assert status["pools"][0]["answers"] is True
        finally:
            os.killpg(running.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                running.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
