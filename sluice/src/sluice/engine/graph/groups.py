"""Hold a concurrency group for as long as a run or a job needs it (semantics 17)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from sluice.engine.facilities import Facilities
from sluice.engine.interruption import Interruption
from sluice.events.model import JobWaiting, RunWaiting
from sluice.plan.rules.concurrency import claim_of
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Concurrency


class Holder(Struct, frozen=True, kw_only=True):
    """Who wants a group: a run, a job run in it, or the workflow that a job run calls (``called``); ``interruption``
    is its own.
    """

    run: str
    job: str | None
    interruption: Interruption
    called: bool = False

    @property
    def owner(self) -> str:
        """Its name among all owners of this machine; a called workflow's ends in a slash."""
        return self.run if self.job is None else f"{self.run}/{self.job}{'/' if self.called else ''}"

    @property
    def within(self) -> tuple[str, ...]:
        """The owners that wait for this one: the run, the jobs that call the workflow in which the job stands, and
        those workflows.
        """
        if self.job is None:
            return ()
        parts = self.job.split("/")
        callers = [f"{self.run}/{'/'.join(parts[:depth])}" for depth in range(1, len(parts) + self.called)]
        return (self.run, *(owner for caller in callers for owner in (caller, f"{caller}/") if owner != self.owner))


@asynccontextmanager
async def holding(
    facilities: Facilities,
    concurrency: Concurrency | None,
    scope: Scope,
    holder: Holder,
) -> AsyncIterator[bool]:
    """Wait for the group; yields ``False`` when it was not had, and the holder's interruption has the reason."""
    if concurrency is None:
        yield True
        return
    job, interruption = holder.job, holder.interruption
    claim = claim_of(concurrency, holder.owner, scope, holder.within)

    def waiting(behind: str) -> None:
        detail = f"{claim.group} (held by {behind})"
        if job is None:
            facilities.emit(RunWaiting(reason=f"concurrency group {detail}"))
        else:
            facilities.emit(JobWaiting(job=job, reason="concurrency", detail=detail))

    async def enter() -> bool:
        return await facilities.gate.enter(claim, waiting=waiting, cancel=interruption.request)

    try:
        entered = await interruption.unless_requested(enter, otherwise=False)
        yield entered and not interruption.requested
    finally:
        facilities.gate.leave(holder.owner)
