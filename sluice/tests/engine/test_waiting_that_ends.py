"""Row 27: whatever a job waits for before its first step, the first interrupt ends the waiting."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from interrupting import read_until, rest, start

SOON = 15
"""Seconds, on a machine at work; each of these would wait for a minute at least."""

AFTERWARDS = "on: push\njobs: {job: {runs-on: ubuntu-latest, %s, steps: [%s]}}"
HEALTH = '"--health-cmd false --health-interval 1s --health-retries 300"'
SERVED = f"services: {{db: {{image: 'postgres:16', env: {{POSTGRES_PASSWORD: w}}, options: {HEALTH}}}}}"


def _ends_soon_after_the_interrupt(repository: Path, text: str, sign: str) -> None:
    process = start(repository, text)
    read_until(process, sign)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    rest(process)
    assert (process.returncode, time.monotonic() - began < SOON) == (130, True)


@pytest.mark.slow
def test_rule_27_an_interrupt_ends_the_wait_for_an_environments_timer(repository: Path) -> None:
    (repository / "sluice.toml").write_text("[environment.live]\nwait-timer = 5\n", encoding="utf-8")
    text = AFTERWARDS % ("environment: live", "{run: 'true'}")
    _ends_soon_after_the_interrupt(repository, text, "job: waits")


@pytest.mark.slow
@pytest.mark.needs_postgresql
def test_rule_27_an_interrupt_ends_the_wait_for_a_services_health(repository: Path) -> None:
    _ends_soon_after_the_interrupt(repository, AFTERWARDS % (SERVED, "{run: 'true'}"), "job: started")


@pytest.mark.slow
@pytest.mark.needs_git
def test_rule_27_an_interrupt_ends_the_wait_for_an_action(repository: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        git = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (repository / "sluice.toml").write_text(f"[actions]\ngit = '{git}'\n", encoding="utf-8")
        text = AFTERWARDS % ("env: {A: b}", "{uses: made/greeter@v1}")
        _ends_soon_after_the_interrupt(repository, text, "job: started")
