"""A container engine that lets one connect and says nothing holds up nobody but those who want it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from interrupting import read_until, rest, start
from running import Run

from sluice.runners.container import engine

JOBS = "on: push\njobs:\n"
CONTAINED = "  contained: {runs-on: ubuntu-latest, container: 'busybox:stable', steps: [{run: 'true'}]}\n"
SERVED = "  served: {runs-on: ubuntu-latest, services: {s: {image: mysql}}, steps: [{run: 'true'}]}\n"
PLAIN = "  plain: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}\n"


@pytest.fixture
def _silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/silent.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "silent.sock"))
        server.listen()
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("_silent")
def test_other_jobs_go_on_and_the_reason_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_SECONDS", 3)
    ran = run(JOBS + CONTAINED + SERVED + PLAIN)
    assert ran.results() == {"contained": "skipped", "served": "skipped", "plain": "success"}
    for job in ("contained", "served"):
        assert "doesn't answer: nothing came within 3 seconds" in (ran.job(job).reason or "")
    ended, waited = ran.job("plain").completed, ran.job("contained").completed
    assert ended is not None
    assert waited is not None
    assert ended < waited


@pytest.mark.slow
@pytest.mark.usefixtures("_silent")
def test_who_waits_for_it_can_be_interrupted(repository: Path) -> None:
    process = start(repository, JOBS + CONTAINED)
    read_until(process, "run ")
    begun = monotonic()
    process.send_signal(signal.SIGINT)
    rest(process)
    assert process.returncode == 130
    assert monotonic() - begun < 8
