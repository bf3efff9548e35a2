"""Background steps (semantics 29): started and left alone until a wait brings their outputs and environment in."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from sluice.engine.interruption import Interruption
from sluice.engine.jobs.session import BackgroundStep, Frame, JobSession
from sluice.engine.jobs.status import Status
from sluice.engine.steps.lifecycle import Body, StepPlan, StepRun, perform
from sluice.engine.steps.outcome import SUCCEEDED, StepOutcome, failed

MOST_AT_ONCE = 10
_GRAVEST = (Status.FAILURE, Status.CANCELLED)


async def start_background(session: JobSession, frame: Frame, plan: StepPlan, body: Body) -> None:
    """Start a step beside the others; when ten run already, wait for a place."""
    group = session.background_group
    if group is None:
        raise RuntimeError("a background step needs the job's task group")
    while sum(not step.done.is_set() for step in session.background.values()) >= MOST_AT_ONCE:
        await _any_done(session)
    entry = BackgroundStep(id=plan.id, done=anyio.Event(), interruption=Interruption(frame.interruption))
    session.background[plan.id] = entry
    group.start_soon(_perform_beside, session, frame, plan, body, entry)


async def _perform_beside(session: JobSession, frame: Frame, plan: StepPlan, body: Body, entry: BackgroundStep) -> None:
    try:
        entry.ended = await perform(session, frame, plan, _under(entry.interruption, body))
    finally:
        entry.done.set()


def _under(interruption: Interruption, body: Body) -> Body:
    async def run_under(run: StepRun) -> StepOutcome:
        interruption.adopt(run.interruption)
        return await body(run)

    return run_under


async def _any_done(session: JobSession) -> None:
    async with anyio.create_task_group() as group:
        for step in session.background.values():
            if not step.done.is_set():
                group.start_soon(_cancel_after, step.done, group.cancel_scope.cancel)


async def _cancel_after(done: anyio.Event, cancel: Callable[[], None]) -> None:
    await done.wait()
    cancel()


async def wait_for(run: StepRun, ids: tuple[str, ...] | None) -> StepOutcome:
    """The body of ``wait`` and ``wait-all``: it ends as what it waited for did. An id of no background step fails
    the step. The rule is BackgroundStepCoordinator's (actions/runner).
    """
    known = run.session.background
    missing = [name for name in ids or () if name not in known]
    if missing:
        return failed(f"No background step with the id '{missing[0]}'. There are: {', '.join(known) or 'none'}")
    waited = ids if ids is not None else tuple(name for name, step in known.items() if not step.published)
    conclusions = [await _conclusion(known[name]) for name in waited]
    for name, conclusion in zip(waited, conclusions, strict=True):
        run.recorder.write(f"{name}: {conclusion}")
    return StepOutcome(status=next((one for one in _GRAVEST if one in conclusions), Status.SUCCESS))


async def drain(session: JobSession) -> None:
    """Wait for whatever nobody waited for, before the post steps. A failure counts, whoever waited for it."""
    for step in session.background.values():
        await _conclusion(step)
        if step.ended is not None:
            step.ended.count()


async def _conclusion(step: BackgroundStep) -> Status:
    """How it ended, once it has; what it put out is there from then on."""
    await step.done.wait()
    if step.ended is None:
        return Status.CANCELLED
    if not step.published:
        step.published = True
        step.ended.publish()
    return step.ended.conclusion


async def cancel_background(run: StepRun, target: str) -> StepOutcome:
    """The body of ``cancel``: ends a background step; one that is done already stays as it is."""
    step = run.session.background.get(target)
    if step is None:
        return failed(f"No background step with the id '{target}'.")
    step.interruption.request("cancelled by a later step")
    await _conclusion(step)
    return SUCCEEDED
