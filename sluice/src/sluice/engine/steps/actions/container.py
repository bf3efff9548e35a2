"""The bodies of a container action's stages: each a container of its own, with GitHub's folders and variables.

In: an action with an image or a Dockerfile. Out: its outcome; outputs, state and paths come by the command files.
"""

from __future__ import annotations

from collections.abc import Callable

import anyio.to_thread
from msgspec.structs import replace

from sluice.actions.protocol import ResolvedAction
from sluice.actions.resolve import IMAGE_ACTION
from sluice.engine.jobs.scopes import step_scope
from sluice.engine.jobs.session import JobSession
from sluice.engine.processes.environment import input_variables, state_variables
from sluice.engine.processes.running import Command
from sluice.engine.steps.actions.composite import action_facts
from sluice.engine.steps.actions.inputs import Inputs
from sluice.engine.steps.actions.posts import register_post
from sluice.engine.steps.actions.services import service_variables, with_services
from sluice.engine.steps.execution import execute, process_environment
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.outcome import StepOutcome, from_exit_code
from sluice.engine.steps.recorder import stage_of
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary
from sluice.runners.container.action import ActionContainer
from sluice.runners.container.engine import Engine
from sluice.runners.container.images.building import build_image
from sluice.runners.container.images.pulling import bring_image
from sluice.runners.container.leftovers.giving_back import give_back
from sluice.runners.container.specification.request import ContainerRequest
from sluice.source.errors import UnavailableError
from sluice.source.words import split_words
from sluice.workflow.evaluation import Scope, evaluate_mapping, evaluate_text, evaluate_token
from sluice.workflow.tokens import StringToken, Token


async def run_container_action(
    run: StepRun, action: ResolvedAction, inputs: dict[str, str], later: Inputs
) -> StepOutcome:
    """The main stage; the post stage is registered first, since it belongs to an action that started. Its inputs are
    those of ``later``. As on GitHub a step's ``entrypoint`` counts where the action has none.
    """
    entry = action.manifest.post
    if entry is not None:
        register_post(run, action.manifest.post_if, lambda post: run_container(post, action, later(post), entry))
    entrypoint = _text(action.manifest.entrypoint, _scope(run, inputs)) or _given(inputs, "entrypoint")
    return await run_container(run, action, inputs, entrypoint)


async def run_container(
    run: StepRun, action: ResolvedAction, inputs: dict[str, str], entrypoint: str | None
) -> StepOutcome:
    """One stage: a container with this entry point, or the image's own."""
    session = run.session
    image = await prepare_image(session, action, run.recorder.write)
    scope = _scope(run, inputs)
    place = _container(session, await find_engine(session), image, entrypoint)
    command = Command(
        words=_arguments(action.manifest.arguments, inputs, scope),
        environment=await _environment(run, action, inputs, scope),
        directory=session.workspace.paths.workspace,
    )
    return from_exit_code(await execute(run, command, place))


async def prepare_image(session: JobSession, action: ResolvedAction, tell: Callable[[str], None]) -> str:
    """The image of the action, pulled or built where it is missing. Raises ``UnavailableError``."""
    known = session.images.get(action.reference)
    if known is None:
        known = session.images[action.reference] = await _prepare(session, action, tell)
        if not session.contained:
            container = _container(session, await find_engine(session), known, "chown")
            session.posts.insert(0, lambda: give_back(container))
    return known


def _container(session: JobSession, engine: Engine, image: str, entrypoint: str | None) -> ActionContainer:
    return ActionContainer(
        engine=engine,
        image=image,
        entrypoint=entrypoint or None,
        paths=session.workspace.paths,
        network=session.network,
        labels={"sluice.job": session.key},
    )


async def _prepare(session: JobSession, action: ResolvedAction, tell: Callable[[str], None]) -> str:
    engine = await find_engine(session)
    token = action.manifest.image
    written = token.value if isinstance(token, StringToken) else ""
    if written.startswith(IMAGE_ACTION):
        request = ContainerRequest(name=action.reference, image=written.removeprefix(IMAGE_ACTION))
        await bring_image(engine, request, f"of the action '{action.reference}'", tell)
        return request.image
    if action.path is None or not written:
        raise UnavailableError(f"The action '{action.reference}' has neither an image nor a Dockerfile")
    return await build_image(engine, action.reference, action.path, written, tell)


async def find_engine(session: JobSession) -> Engine:
    """The container engine. Without one the job is not for this machine; raises ``UnavailableError``."""
    try:
        return await anyio.to_thread.run_sync(session.tools.container_engine)
    except UnavailableError as error:
        session.missing = f"an action of the job is a container: {error.in_one_line}"
        raise


def _scope(run: StepRun, inputs: dict[str, str]) -> Scope:
    return step_scope(run.session, replace(run.frame, inputs=Dictionary(inputs)), run.environment, action=run.plan.id)


def _given(inputs: dict[str, str], name: str) -> str | None:
    return next((value for key, value in inputs.items() if key.lower() == name and value), None)


def _text(token: Token | None, scope: Scope) -> str | None:
    return None if token is None else evaluate_text(token, scope)


def _arguments(token: Token | None, inputs: dict[str, str], scope: Scope) -> tuple[str, ...]:
    """The manifest's ``args``; without them the step's, which are one string."""
    if token is None:
        return tuple(split_words(_given(inputs, "args") or "", "The action's args"))
    value = evaluate_token(token, scope)
    return tuple(to_text(word) for word in value) if isinstance(value, list) else (to_text(value),)


async def _environment(run: StepRun, action: ResolvedAction, inputs: dict[str, str], scope: Scope) -> dict[str, str]:
    """Nothing of the machine's; the manifest's ``env`` is for what nobody else sets (actions/runner)."""
    session = run.session
    facts = {f"GITHUB_{name.upper()}": value for name, value in action_facts(action).items()}
    own = {} if action.manifest.env is None else evaluate_mapping(action.manifest.env, scope)
    state = session.states.get(stage_of(run.plan.key), {})
    given = process_environment(run, {**facts, **input_variables(inputs), **state_variables(state)}, base=own)
    given["HOME"] = str(session.workspace.paths.home)
    if "PATH" not in own and "PATH" not in run.environment:
        del given["PATH"]
    if session.contained:  # what listens for the job is reached from its network alone
        given = with_services(given, await service_variables(session))
    return {name: session.workspace.to_host(value) for name, value in given.items()}
