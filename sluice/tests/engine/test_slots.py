"""When a job gives back its place among the jobs of this machine."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

import anyio
import pytest
from running import Run

from sluice.runners.host.holding import Holding
from sluice.runners.host.isolation import levels_here
from sluice.runners.host.runner import HostRunner

LEGS = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    strategy: {matrix: {leg: [1, 2]}LIMIT}
    steps: [{run: "true"}]
"""
pytestmark = pytest.mark.skipif(not levels_here(), reason="no namespaces here: a job has no keeper")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What becomes of the jobs' processes, in order; the first one's end waits for the step of the second."""
    seen: list[str] = []
    both = anyio.Event()
    start, end = Holding.start, Holding.end

    def noting(real: Callable[..., Coroutine[None, None, object]]) -> Callable[..., Coroutine[None, None, object]]:
        async def noted(holding: Holding, *words: object) -> object:
            seen.append("step")
            if seen.count("step") == 2:
                both.set()
            return await real(holding, *words)

        return noted

    async def slow_end(holding: Holding) -> None:
        with anyio.move_on_after(1):
            await both.wait()
        await end(holding)
        seen.append("end")

    monkeypatch.setattr(Holding, "start", noting(start))
    monkeypatch.setattr(Holding, "end", slow_end)
    return seen


@pytest.mark.slow
def test_the_next_job_comes_while_what_the_last_one_left_is_ended(
    run: Run, monkeypatch: pytest.MonkeyPatch, seen: list[str]
) -> None:
    monkeypatch.setattr(HostRunner, "claims_ports", lambda _: False)
    ran = run(LEGS.replace("LIMIT", ""), at_once=1)
    assert ran.results() == {"job.1": "success", "job.2": "success"}
    assert seen == ["step", "step", "end", "end"]


@pytest.mark.slow
def test_the_next_job_waits_for_that_where_it_may_hold_the_ports_of_this_machine(
    run: Run, monkeypatch: pytest.MonkeyPatch, seen: list[str]
) -> None:
    monkeypatch.setattr(HostRunner, "claims_ports", lambda _: True)
    run(LEGS.replace("LIMIT", ""), at_once=1)
    assert seen == ["step", "end", "step", "end"]


@pytest.mark.slow
def test_max_parallel_counts_a_leg_until_nothing_of_it_is_left(
    run: Run, monkeypatch: pytest.MonkeyPatch, seen: list[str]
) -> None:
    monkeypatch.setattr(HostRunner, "claims_ports", lambda _: False)
    run(LEGS.replace("LIMIT", ", max-parallel: 1"), at_once=2)
    assert seen == ["step", "end", "step", "end"]
