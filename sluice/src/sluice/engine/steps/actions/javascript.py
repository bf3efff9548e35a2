"""The bodies of a JavaScript action's three stages, each a Node.js process."""

from __future__ import annotations

from sluice.actions.protocol import ResolvedAction
from sluice.engine.jobs.session import JobSession
from sluice.engine.processes.environment import input_variables, state_variables
from sluice.engine.processes.running import Command
from sluice.engine.rehearsing import led_back
from sluice.engine.steps.actions.composite import action_facts
from sluice.engine.steps.actions.inputs import Inputs
from sluice.engine.steps.actions.posts import register_post
from sluice.engine.steps.actions.services import service_variables, with_services
from sluice.engine.steps.execution import execute, process_environment
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.outcome import StepOutcome, from_exit_code
from sluice.engine.steps.recorder import stage_of
from sluice.source.errors import UnavailableError


async def run_javascript(run: StepRun, action: ResolvedAction, inputs: dict[str, str], later: Inputs) -> StepOutcome:
    """The main stage; the post stage is registered first, since it belongs to an action that started. Its inputs are
    those of ``later``.
    """
    manifest = action.manifest
    if manifest.post is not None:
        file = manifest.post
        register_post(run, manifest.post_if, lambda post: run_stage(post, action, later(post), file))
    return await run_stage(run, action, inputs, manifest.main or "")


async def run_stage(run: StepRun, action: ResolvedAction, inputs: dict[str, str], file: str) -> StepOutcome:
    """One stage: ``file`` is relative to the action's folder."""
    if action.path is None:
        raise UnavailableError(f"The action '{action.reference}' has no folder on this machine")
    entry = action.path / file
    if not entry.is_file():
        raise UnavailableError(
            f"File not found: '{entry}'",
            hint="is the action built, and its folder still there? its action.yml names this file",
        )
    command = Command(
        words=(await find_node(run.session, action), str(entry)),
        environment=with_services(_environment(run, action, inputs), await service_variables(run.session)),
        directory=run.session.workspace.paths.workspace,
    )
    return from_exit_code(await execute(run, command))


async def find_node(session: JobSession, action: ResolvedAction) -> str:
    """The Node.js of this machine; in a container that it doesn't run in (musl), the image's own."""
    version, workspace = action.manifest.node or 20, session.workspace
    node = await session.tools.find_node(version)
    try:
        return await workspace.lend(node)
    except UnavailableError as error:
        own = workspace.find_program("node", workspace.environment.get("PATH", ""))
        if own is None:
            hint = f"use an image with glibc, or one with Node.js {version}"
            raise UnavailableError(error.message, tried=["node on PATH in the container"], hint=hint) from error
        return own


def _environment(run: StepRun, action: ResolvedAction, inputs: dict[str, str]) -> dict[str, str]:
    facts = {f"GITHUB_{name.upper()}": value for name, value in action_facts(action).items()}
    state = run.session.states.get(stage_of(run.plan.key), {})
    environment = process_environment(run, {**facts, **input_variables(inputs), **state_variables(state)})
    return {**environment, "PATH": led_back(run.session, environment["PATH"])}
