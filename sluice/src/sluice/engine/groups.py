"""Hold a concurrency group for as long as a run or a job needs it (row 17)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from msgspec import Struct

from sluice.engine.facilities import Facilities
from sluice.engine.interruption import Interruption
from sluice.events.model import JobWaiting, RunWaiting
from sluice.plan.concurrency import claim_of
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Concurrency


class Holder(Struct, frozen=True, kw_only=True):
    """Who wants a group: a run, or a job run in it; ``interruption`` is its own."""

    run: str
    job: str | None
    interruption: Interruption

    @property
    def owner(self) -> str:
        """Its name among all owners of this machine."""
        return self.run if self.job is None else f"{self.run}/{self.job}"


@asynccontextmanager
async def holding(
    facilities: Facilities,
    concurrency: Concurrency | None,
    scope: Scope,
    holder: Holder,
) -> AsyncIterator[bool]:
    """Wait for the group; yields ``False`` when it was taken away before it was had."""
    if concurrency is None:
        yield True
        return
    job, interruption = holder.job, holder.interruption
    claim = claim_of(concurrency, holder.owner, scope, _within(holder.run, job))

    def waiting(behind: str) -> None:
        detail = f"{claim.group} (held by {behind})"
        if job is None:
            facilities.emit(RunWaiting(reason=f"concurrency group {detail}"))
        else:
            facilities.emit(JobWaiting(job=job, reason="concurrency", detail=detail))

    entered = False
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_cancel_when_asked, interruption, group.cancel_scope)
            entered = await facilities.gate.enter(claim, waiting=waiting, cancel=interruption.request)
            group.cancel_scope.cancel()
        yield entered and not interruption.requested
    finally:
        facilities.gate.leave(holder.owner)


def _within(run: str, job: str | None) -> tuple[str, ...]:
    """The run, and the jobs that call the workflow in which ``job`` stands."""
    if job is None:
        return ()
    parts = job.split("/")
    return (run, *(f"{run}/{'/'.join(parts[:depth])}" for depth in range(1, len(parts))))


async def _cancel_when_asked(interruption: Interruption, scope: anyio.CancelScope) -> None:
    await interruption.wait()
    scope.cancel()
