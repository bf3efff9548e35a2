"""Post stages: registered when an action starts, performed last in, first out (semantics 26)."""

from __future__ import annotations

import anyio
from msgspec.structs import replace

from sluice.engine.jobs.session import JobSession
from sluice.engine.steps.lifecycle import Body, StepPlan, StepRun, perform
from sluice.workflow.model import Condition


def register_post(run: StepRun, condition: Condition | None, body: Body) -> None:
    """Put a post stage on the job's stack; without ``post-if`` it always runs. The step's ``continue-on-error`` and
    ``timeout-minutes`` hold for each of its stages (actions/runner, ActionRunner).
    """
    plan = StepPlan(
        key=f"post-{run.plan.key}",
        id=run.plan.id,
        name=lambda scope: f"Post {run.plan.name(scope)}",
        phase="post",
        condition=condition,
        environment=run.plan.environment,
        continue_on_error=run.plan.continue_on_error,
        timeout_minutes=run.plan.timeout_minutes,
    )
    # The post stage sees what its action saw, but the job's status, and it outlives its action's interruption.
    frame = replace(run.frame, nested=False, parent=None, interruption=run.session.final)

    async def post() -> None:
        (await perform(run.session, frame, plan, body)).apply()

    run.session.posts.append(post)


async def perform_posts(session: JobSession) -> None:
    """Empty the stack."""
    while session.posts:
        await session.posts.pop()()
        await anyio.lowlevel.checkpoint()
