"""The bodies of a built-in action's stages."""

from __future__ import annotations

from sluice.actions.protocol import ActionFailedError, BuiltinAction, ResolvedAction, ToolchainMissingError
from sluice.engine.steps.action_inputs import Inputs
from sluice.engine.steps.host import StepHost
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.outcome import SUCCEEDED, StepOutcome, failed
from sluice.engine.steps.posts import register_post


async def run_builtin(run: StepRun, action: ResolvedAction, inputs: dict[str, str], later: Inputs) -> StepOutcome:
    """The main stage; the post stage is registered first, with its inputs as they are ``later``."""
    builtin = _builtin(action)
    if builtin.manifest.post is not None:
        register_post(run, builtin.manifest.post_if, lambda post: _stage(post, action, later(post), post=True))
    return await _stage(run, action, inputs, post=False)


def _builtin(action: ResolvedAction) -> BuiltinAction:
    if action.builtin is None:
        raise TypeError(f"{action.reference} is no built-in action")
    return action.builtin


async def _stage(run: StepRun, action: ResolvedAction, inputs: dict[str, str], *, post: bool) -> StepOutcome:
    """Run the action's code until it ends, fails or is interrupted."""
    builtin = _builtin(action)
    host = StepHost(run, inputs, action.reference.rpartition("@")[2])

    async def work() -> StepOutcome:
        try:
            await (builtin.post(host) if post else builtin.main(host))
        except ToolchainMissingError as error:
            run.session.missing = str(error)
            return failed(str(error))
        except ActionFailedError as error:
            return failed(str(error))
        return SUCCEEDED

    return await run.interruption.unless_requested(work, otherwise=SUCCEEDED)
