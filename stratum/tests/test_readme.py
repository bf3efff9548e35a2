"""What the README says to paste is pasted."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"
PORTS = (3333, 3334, 9090)


def block(heading: str) -> str:
    """The first commands under a heading."""
    found = re.search(rf"^## {heading}\n.*?```sh\n(.*?)```", README.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def status() -> dict[str, Any]:
    with urllib.request.urlopen("http://127.0.0.1:9090/status", timeout=2) as page:
        found: dict[str, Any] = json.load(page)
    return found


@pytest.mark.slow
def test_one_copy_and_paste_mines(tmp_path: Path) -> None:
    if not all(map(free, PORTS)):
        pytest.skip("the default ports are in use on this machine")
    programs = Path(sys.executable).parent
    with subprocess.Popen(
        ["bash", "-c", block("Try it")],
        cwd=tmp_path,
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as shell:
        try:
            shares: dict[str, int] = {}
            for _ in range(200):
                with suppress(OSError):
                    shares = status()["shares"]
                    if shares["accepted"] >= 10:
                        break
                time.sleep(0.1)
            assert shares.get("accepted", 0) >= 10, shares
            assert shares["rejected"] == 0
        finally:
            os.killpg(shell.pid, signal.SIGKILL)


def test_every_setting_and_page_named_in_the_readme_is_there() -> None:
    text = README.read_text()
    pages = set(re.findall(r"^\| `(/[a-z/]+)`", text, re.MULTILINE))
    source = (README.parent / "src/loka_stratum/web/pages.py").read_text()
    assert {page for page in pages if f'"{page}"' in source} == pages
    for command in re.findall(r"^loka-stratum ([a-z]+)", text, re.MULTILINE):
        assert command in {"start", "status", "config", "bench", "simulate"}
