"""When a job gives back its place among the jobs of this machine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest
from running import Ran, Run

from sluice.engine.graph import leg
from sluice.machine.trees import remove_tree
from sluice.runners.host.isolation.held import HeldProcess
from sluice.runners.host.isolation.holding import Holding
from sluice.runners.host.isolation.isolation import levels_here
from sluice.runners.host.runner import HostRunner

pytestmark = pytest.mark.skipif(not levels_here(), reason="no namespaces here: a job has no keeper")


class Jobs:
    """Runs legs; a leg's end waits a second for the step of the last one. ``seen`` is what became of them, in order."""

    def __init__(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        self._run = run
        self._monkeypatch = monkeypatch
        self.seen: list[str] = []

    def run(self, legs: int, *, at_once: int, share_ports: bool = False, strategy: str = "") -> Ran:
        last, start, end = anyio.Event(), Holding.start, Holding.end

        async def noted_start(holding: Holding, *words: Sequence[str]) -> HeldProcess:
            self.seen.append("step")
            if self.seen.count("step") == legs:
                last.set()
            return await start(holding, *words)  # type: ignore[arg-type]

        async def slow_end(holding: Holding) -> None:
            with anyio.move_on_after(1):
                await last.wait()
            await end(holding)
            self.seen.append("end")

        self._monkeypatch.setattr(Holding, "start", noted_start)
        self._monkeypatch.setattr(Holding, "end", slow_end)
        self._monkeypatch.setattr(HostRunner, "claims_ports", lambda _: share_ports)
        text = (
            "on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps: [{run: 'true'}]\n"
            f"    strategy: {{matrix: {{leg: {list(range(legs))}}}{strategy}}}\n"
        )
        return self._run(text, at_once=at_once)


@pytest.fixture
def jobs(run: Run, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    return Jobs(run, monkeypatch)


def test_the_next_job_comes_while_what_the_last_one_left_is_ended(jobs: Jobs) -> None:
    assert jobs.run(2, at_once=1).results() == {"job.1": "success", "job.2": "success"}
    assert jobs.seen == ["step", "step", "end", "end"]


@pytest.mark.slow
def test_no_more_jobs_are_ended_at_once_than_run_at_once(jobs: Jobs) -> None:
    jobs.run(3, at_once=1)
    assert jobs.seen == ["step", "step", "end", "step", "end", "end"]


@pytest.mark.slow
def test_the_next_job_waits_for_that_where_it_may_hold_the_ports_of_this_machine(jobs: Jobs) -> None:
    jobs.run(2, at_once=1, share_ports=True)
    assert jobs.seen == ["step", "end", "step", "end"]


@pytest.mark.slow
def test_max_parallel_counts_a_leg_until_nothing_of_it_is_left(jobs: Jobs) -> None:
    jobs.run(2, at_once=2, strategy=", max-parallel: 1")
    assert jobs.seen == ["step", "end", "step", "end"]


def test_a_job_begins_while_the_folder_of_the_one_that_it_needs_is_removed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    began = threading.Event()
    start = Holding.start

    async def noted_start(holding: Holding, *words: Sequence[str]) -> HeldProcess:
        seen.append("step")
        if len(seen) == 2:
            began.set()
        return await start(holding, *words)  # type: ignore[arg-type]

    def slow_removal(folder: Path) -> None:
        began.wait(5)
        seen.append("removed")
        remove_tree(folder)

    monkeypatch.setattr(Holding, "start", noted_start)
    monkeypatch.setattr(leg, "remove_tree", slow_removal)
    job = "runs-on: ubuntu-latest, steps: [{run: 'true'}]"
    ran = run(f"on: push\njobs:\n  one: {{{job}}}\n  two: {{needs: one, {job}}}\n")
    assert ran.results() == {"one": "success", "two": "success"}
    assert seen == ["step", "step", "removed", "removed"]
    assert not list((ran.folder.parents[1] / "jobs").glob("*/[!.]*"))
