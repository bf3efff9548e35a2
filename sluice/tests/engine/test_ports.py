"""Jobs that want one port of the machine, where they share its ports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from running import Run

from sluice.engine.containers.ports import PortClaims
from sluice.events.model import JobWaiting
from sluice.runners.host.runner import HostRunner
from sluice.store.runs.sqlite import SqliteStore

HOLD = """
import sys, anyio
from pathlib import Path
from sluice.engine.containers.ports import PortClaims
async def main():
    async with PortClaims(Path(sys.argv[1]), "first").hold([5432], "build", print):
        print("held", flush=True)
        await anyio.sleep(60)
anyio.run(main)
"""


@pytest.mark.anyio
async def test_two_runs_hold_a_port_one_after_the_other(tmp_path: Path) -> None:
    first, second = PortClaims(tmp_path, "first"), PortClaims(tmp_path, "second")
    seen: list[str] = []
    may_leave = anyio.Event()

    def waiting(detail: str) -> None:
        seen.append(detail)
        may_leave.set()

    async def follow() -> None:
        async with second.hold([6379, 5432], "test", waiting):
            seen.append("second")

    async with anyio.create_task_group() as group, first.hold([5432], "build", seen.append):
        group.start_soon(follow)
        await may_leave.wait()
        async with first.hold([6379], "lint", seen.append):  # who waits holds none of its ports
            seen.append("first")
    assert seen == ["5432 is claimed by build of run first", "first", "second"]


@pytest.mark.anyio
async def test_a_job_of_the_same_run_is_named_by_itself(tmp_path: Path) -> None:
    claims = PortClaims(tmp_path, "one")
    seen: list[str] = []
    async with claims.hold([80], "web", seen.append):
        with anyio.move_on_after(0.05):
            async with claims.hold([80], "other", seen.append):
                pytest.fail("both hold it")
    assert seen == ["80 is claimed by web"]


@pytest.mark.slow
def test_what_a_killed_run_held_is_free(tmp_path: Path) -> None:
    seen: list[str] = []

    async def ask(seconds: float) -> None:
        with anyio.move_on_after(seconds):
            async with PortClaims(tmp_path, "second").hold([5432], "test", seen.append):
                seen.append("second")

    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        anyio.run(ask, 0.05)
        assert seen == ["5432 is claimed by build of run first"]
        other.kill()
    anyio.run(ask, 20)
    assert seen[1:] == ["second"]


JOB = (
    "{runs-on: ubuntu-latest, steps: [{run: 'true'}], services: "
    "{db: {image: 'postgres:15', env: {POSTGRES_PASSWORD: word}, ports: ['5432:5432']}}}"
)


@pytest.mark.slow
@pytest.mark.needs_postgresql
def test_the_second_job_is_told_whom_it_waits_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HostRunner, "claims_ports", lambda _: True)
    ran = run(f"on: push\njobs:\n  one: {JOB}\n  two: {JOB}\n")
    assert ran.results() == {"one": "success", "two": "success"}
    with SqliteStore(ran.folder.parents[1]) as store:
        found = [record.event for record in store.read(ran.state.run)]
    (waited,) = (event for event in found if isinstance(event, JobWaiting))
    other = "two" if waited.job == "one" else "one"
    assert (waited.reason, waited.detail) == ("ports", f"5432 is claimed by {other}")
