"""The containers of a job, from before its first step to its end: its network, its services, its own container.

In: a session whose environment is evaluated. Out: a session whose workspace is the container, and what stands in the
way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec import Struct

from sluice.engine.containers.requests import read_container
from sluice.engine.containers.services import read_services, running_services, told, wants_network
from sluice.engine.interruption import CANCELED
from sluice.engine.jobs.phases import begin_phase, end_phase
from sluice.engine.jobs.session import JobSession
from sluice.engine.output.annotations import AnnotationPlaces
from sluice.engine.output.matcher_files import files_of_matchers
from sluice.engine.steps.recorder import StepRecorder
from sluice.expressions.values import Dictionary, Value, extended
from sluice.runners.container.network import JobNetwork, open_network
from sluice.runners.container.runner import ContainerRunner, Opening, open_container
from sluice.runners.container.specification.request import ContainerRequest
from sluice.runners.container.workspace import ContainerWorkspace
from sluice.runners.protocol import Runner
from sluice.services.protocol import ServiceProvider
from sluice.source.errors import SluiceError
from sluice.workflow.evaluation import Scope

_FOLDERS = {"github": ("workspace", "event_path"), "runner": ("temp", "tool_cache", "workspace")}


class ContainerNeeds(Struct, frozen=True, kw_only=True):
    """Where the job's containers come from; ``visible`` is what its checkouts borrow from."""

    run: str
    runner: Runner
    providers: Callable[[], Sequence[ServiceProvider]]
    visible: tuple[Path, ...]


@asynccontextmanager
async def running_containers(session: JobSession, scope: Scope, needs: ContainerNeeds) -> AsyncIterator[str | None]:
    """Everything that the job's steps find running; yields what stands in the way of it."""
    services, contained = read_services(session.job.services, scope), isinstance(needs.runner, ContainerRunner)
    if not services and not contained:
        yield None
        return
    async with AsyncExitStack() as held:
        await _join_network(session, services, needs, held)
        recorder = begin_phase(session, "containers", "Initialize containers", "setup")
        problem: str | None = None
        if services:
            serving = running_services(session, services, needs.providers, recorder)
            problem = await held.enter_async_context(serving)
        if contained and problem is None:
            problem = await held.enter_async_context(_own_container(session, scope, needs.visible, recorder))
        if problem is not None:
            recorder.annotate("error", problem)
        end_phase(session, recorder, "containers", problem)
        yield problem


async def _join_network(
    session: JobSession, services: Sequence[ContainerRequest], needs: ContainerNeeds, held: AsyncExitStack
) -> None:
    if isinstance(needs.runner, ContainerRunner):
        session.network = needs.runner.network
    elif wants_network(services, needs.providers):
        session.network = await held.enter_async_context(_network(session, needs.run))


@asynccontextmanager
async def _network(session: JobSession, run: str) -> AsyncIterator[JobNetwork]:
    async with open_network(session.tools.container_engine(), run, session.key) as network:
        yield network


@asynccontextmanager
async def _own_container(
    session: JobSession, scope: Scope, visible: tuple[Path, ...], recorder: StepRecorder
) -> AsyncIterator[str | None]:
    async with AsyncExitStack() as held:

        async def enter() -> str | None:
            try:
                opening = _opening(session, scope, visible, recorder)
                _enter(session, await held.enter_async_context(open_container(opening)))
            except (SluiceError, OSError) as error:
                return told(error)
            return None

        problem: str | None = await session.interruption.unless_requested(enter, otherwise=CANCELED)
        outer = session.workspace.outer if isinstance(session.workspace, ContainerWorkspace) else session.workspace
        try:
            yield problem
        finally:
            session.workspace = outer


def _opening(session: JobSession, scope: Scope, visible: tuple[Path, ...], recorder: StepRecorder) -> Opening:
    request, network = read_container(session.job.container, scope), session.network
    if request is None or network is None:
        raise TypeError("a job without a container has none to open")
    if request.credentials is not None:
        session.masker.add(request.credentials.password)
    return Opening(request=request, outer=session.workspace, network=network, visible=visible, tell=recorder.write)


def _enter(session: JobSession, workspace: ContainerWorkspace) -> None:
    """From here on the job's steps are in the container."""
    session.workspace = workspace
    paths = workspace.paths
    for name, keys in _FOLDERS.items():
        session.contexts[name] = _translated(session.contexts[name], keys, workspace)
    session.output.files = files_of_matchers(workspace)
    session.output.places = AnnotationPlaces(paths.workspace, to_host=workspace.to_host)
    network = session.network.name if session.network else ""
    container = Dictionary({"id": workspace.identifier, "network": network})
    session.contexts["job"] = extended(session.contexts["job"], {"container": container})


def _translated(context: Value, keys: Sequence[str], workspace: ContainerWorkspace) -> Dictionary:
    known = extended(context, {})
    return extended(known, {key: workspace.to_job(text) for key in keys if isinstance(text := known.get(key), str)})
