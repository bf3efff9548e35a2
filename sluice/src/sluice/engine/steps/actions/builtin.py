"""The bodies of a built-in action's stages."""

from __future__ import annotations

from sluice.actions.builtin.majors import absent_inputs, foreign_inputs, history_of
from sluice.actions.protocol import ActionFailedError, BuiltinAction, ResolvedAction, ToolchainMissingError
from sluice.engine.steps.actions.host import StepHost
from sluice.engine.steps.actions.inputs import Inputs
from sluice.engine.steps.actions.posts import register_post
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.outcome import SUCCEEDED, StepOutcome, failed
from sluice.source.errors import not_utf8
from sluice.workflow.evaluation import evaluate_text


async def run_builtin(run: StepRun, action: ResolvedAction, inputs: dict[str, str], later: Inputs) -> StepOutcome:
    """The main stage; the post stage is registered first, with its inputs as they are ``later``."""
    builtin = _builtin(action)
    _tell_of_the_version(run, action)
    if builtin.manifest.post is not None:
        register_post(run, builtin.manifest.post_if, lambda post: _stage(post, action, later(post), post=True))
    return await _stage(run, action, inputs, post=False)


def _own_inputs(run: StepRun, action: ResolvedAction, given: dict[str, str]) -> dict[str, str]:
    """The built-in's inputs as the major that is named has them; what an older one calls otherwise is renamed."""
    name, _, ref = action.reference.partition("@")
    manifest, inputs = _builtin(action).manifest, dict(given)
    for key, value in absent_inputs(name, manifest, ref).items():
        inputs[key] = value if isinstance(value, str) else evaluate_text(value, run.scope)
    for key, instead in foreign_inputs(name, manifest).items():
        value = inputs.pop(key, "")
        if value and instead:
            inputs[instead] = value
        elif value and run.plan.phase == "main":
            run.recorder.annotate("notice", f"Input '{key}' has no effect here: the built-in action has no such thing.")
    return inputs


def _tell_of_the_version(run: StepRun, action: ResolvedAction) -> None:
    """A major that is not known, or that GitHub refuses, is told: the run there may be another."""
    name, _, ref = action.reference.partition("@")
    known = history_of(name)
    if not known.knows(ref):
        message = (
            f"The built-in {name} stands for the majors {known.majors}; what '{ref}' does otherwise is not known here"
        )
        run.recorder.annotate("warning", message)
    if action.manifest.refused:
        message = f"GitHub.com fails a job at once that uses '{action.reference}', {action.manifest.refused}"
        run.recorder.annotate("warning", message)


def _builtin(action: ResolvedAction) -> BuiltinAction:
    if action.builtin is None:
        raise TypeError(f"{action.reference} is no built-in action")
    return action.builtin


async def _stage(run: StepRun, action: ResolvedAction, inputs: dict[str, str], *, post: bool) -> StepOutcome:
    """Run the action's code until it ends, fails or is interrupted."""
    builtin = _builtin(action)
    host = StepHost(run, _own_inputs(run, action, inputs), action.reference.rpartition("@")[2])

    async def work() -> StepOutcome:
        try:
            await (builtin.post(host) if post else builtin.main(host))
        except ToolchainMissingError as error:
            run.session.missing = str(error)
            return failed(str(error))
        except ActionFailedError as error:
            return failed(str(error))
        except UnicodeEncodeError as error:  # a file's name has other bytes: only this step stumbles over it
            if (told := not_utf8(error)) is None:
                raise
            return failed(told.in_one_line)
        return SUCCEEDED

    return await run.interruption.unless_requested(work, otherwise=SUCCEEDED)
