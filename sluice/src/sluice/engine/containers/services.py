"""A job's ``services:``: evaluated, given to a provider, healthy before the first step, gone with the job.

In: the job's ``services`` token and the providers. Out: the ``job.services`` context, host names, logs. How a server
is had is the provider's matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
from msgspec import Struct

from sluice.engine.containers.requests import read_requests
from sluice.engine.graph.placement import NotHere
from sluice.engine.interruption import CANCELED
from sluice.engine.jobs.phases import begin_phase, end_phase
from sluice.engine.jobs.session import JobSession
from sluice.engine.steps.recorder import StepRecorder
from sluice.expressions.values import Dictionary, extended
from sluice.runners.container.network import JobNetwork
from sluice.runners.container.specification.ports import PortMapping, parse_ports
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.choice import choose_provider, passed_over
from sluice.services.errors import ServiceError
from sluice.services.launcher import LocalLauncher, WorkspaceLauncher
from sluice.services.protocol import Place, RunningService, ServiceProvider
from sluice.source.errors import SluiceError, UnavailableError
from sluice.source.machine_limits import foremost
from sluice.workflow.evaluation import Scope
from sluice.workflow.tokens import Token

HEALTHY_SECONDS = 300.0
STOP_SECONDS = 10.0
_TRACKING = "RUNNER_TRACKING_ID"
_LOG_BYTES = 256 * 1024


def read_services(token: Token | None, scope: Scope) -> list[ContainerRequest]:
    """The services of a job; one whose image comes out empty is left out, as on GitHub. Raises ``EvaluationError``."""
    return [request for request in read_requests(token, scope) if request.image]


def check_services(token: Token | None, scope: Scope, providers: Callable[[], Sequence[ServiceProvider]]) -> None:
    """Raise ``NotHere``, before the job starts, for a service that nothing on this machine can serve."""
    for request in read_services(token, scope):
        try:
            choose_provider(request, providers())
        except UnavailableError as error:
            raise NotHere("; ".join([error.message, *error.tried, error.hint or ""]).rstrip("; ")) from error


def claimed_ports(token: Token | None, scope: Scope) -> frozenset[int]:
    """The ports of the machine that the services of a job want."""
    mappings = (mapping for request in read_services(token, scope) for mapping in parse_ports(request.ports))
    return frozenset(mapping.host for mapping in mappings if mapping.host is not None)


class _Started(Struct):
    request: ContainerRequest
    service: RunningService
    ports: Mapping[str, str]


@asynccontextmanager
async def running_services(
    session: JobSession,
    requests: Sequence[ContainerRequest],
    providers: Callable[[], Sequence[ServiceProvider]],
    recorder: StepRecorder,
) -> AsyncIterator[str | None]:
    """The job's services while its steps run; yields what stands in the way of them."""
    started: list[_Started] = []
    chosen = [(one, choose_provider(one, providers()), passed_over(one, providers())) for one in requests]

    async def start() -> str | None:
        return await _start_all(session, recorder, chosen, started)

    try:
        yield await session.interruption.unless_requested(start, otherwise=CANCELED)
    finally:
        with anyio.CancelScope(shield=True):
            await _stop(session, started)


def wants_network(requests: Sequence[ContainerRequest], providers: Callable[[], Sequence[ServiceProvider]]) -> bool:
    """Whether a container engine serves one of them: its containers reach each other by name."""
    return any(choose_provider(one, providers()).publishes_on_machine for one in requests)


async def _start_all(
    session: JobSession,
    recorder: StepRecorder,
    chosen: Sequence[tuple[ContainerRequest, ServiceProvider, Sequence[str]]],
    started: list[_Started],
) -> str | None:
    problem: str | None = None
    try:
        for request, provider, others in chosen:
            recorder.write(f"Service '{request.name}': {request.image} by {provider.name}")
            for reason in others:
                recorder.write(f"  not by {reason}")
            started.append(await _start(session, request, provider))
        async with anyio.create_task_group() as group:
            for entry in started:
                group.start_soon(_settle, entry, recorder)
    except* (SluiceError, OSError) as errors:
        problem = told(errors)
    services = Dictionary({entry.request.name: _context(entry) for entry in started})
    session.contexts["job"] = extended(session.contexts["job"], {"services": services})
    return problem


def told(error: BaseException) -> str:
    """An error, or the foremost of several, in the user's words with what was tried."""
    first = foremost(error)
    return first.in_full if isinstance(first, SluiceError) else str(first)


async def _settle(entry: _Started, recorder: StepRecorder) -> None:
    warning = await entry.service.healthy(HEALTHY_SECONDS)
    for notice in entry.service.notices:
        recorder.write(f"  {entry.request.name}: {notice}")
    if warning is not None:
        recorder.annotate("warning", warning)
        return
    ports = ", ".join(f"{inner} at port {outer}" for inner, outer in entry.ports.items())
    recorder.write(f"  {entry.request.name} is healthy{f' ({ports})' if ports else ''}")


def _context(entry: _Started) -> Dictionary:
    service = entry.service
    ports = {inner: outer for inner, outer in entry.ports.items() if inner.isdecimal()}
    return Dictionary({"id": service.identifier, "network": service.network, "ports": Dictionary(ports)})


async def _start(session: JobSession, request: ContainerRequest, provider: ServiceProvider) -> _Started:
    workspace = session.workspace
    folder = session.tools.summaries.parent / "services" / session.key.replace("/", "~") / request.name
    folder.mkdir(parents=True, exist_ok=True)
    mark = f"{workspace.environment.get(_TRACKING, '')}_service_{request.name}"
    launcher = WorkspaceLauncher(workspace) if workspace.apart else LocalLauncher()
    place = Place(launcher=launcher, folder=folder, environment={_TRACKING: mark})
    if session.contained and session.network is not None:
        return await _start_by_name(session.network, request, provider, place)
    if session.network is not None and provider.publishes_on_machine:
        place = replace(place, network=session.network.name, labels=session.network.labels)
    outside = "network" in workspace.isolation and provider.publishes_on_machine
    asked = replace(request, ports=_without_hosts(request.ports)) if outside else request
    service = await provider.start(asked, place)
    async with _stopped_if_failing(service):
        workspace.name_host(request.name)
        ports = await _pass_on(session, parse_ports(request.ports), service) if outside else service.ports
    return _Started(request=request, service=service, ports=ports)


@asynccontextmanager
async def _stopped_if_failing(service: RunningService) -> AsyncIterator[None]:
    """While nobody else knows that it runs."""
    try:
        yield
    except BaseException:
        await service.stop(STOP_SECONDS)
        raise


async def _start_by_name(
    network: JobNetwork, request: ContainerRequest, provider: ServiceProvider, place: Place
) -> _Started:
    """For a job with a container: in its network under its name, or on this machine's address there."""
    led = network.is_elsewhere and not provider.publishes_on_machine
    address = place.address if led else network.gateway
    inside = replace(place, by_name=True, led=led, address=address, network=network.name, labels=network.labels)
    service = await provider.start(replace(request, ports=_without_hosts(request.ports)), inside)
    if provider.publishes_on_machine:
        await network.settle()
    else:
        network.hosts[request.name] = network.gateway
    if not led:
        return _Started(request=request, service=service, ports=service.ports)
    async with _stopped_if_failing(service):
        for inner, outer in service.ports.items():
            await network.lead(int(inner), int(outer))
    return _Started(request=request, service=service, ports={})


def _without_hosts(ports: Sequence[str]) -> tuple[str, ...]:
    """Container ports alone: each job has the asked ones to itself, the machine gives any free one."""
    return tuple(f"{mapping.container}/{mapping.protocol}" for mapping in parse_ports(ports))


async def _pass_on(session: JobSession, mappings: Sequence[PortMapping], service: RunningService) -> dict[str, str]:
    """Let the job's own network reach what the container engine published on the machine's loopback."""
    reached: dict[str, str] = {}
    for mapping in mappings:
        datagrams = mapping.protocol == "udp"
        key = f"{mapping.container}/udp" if datagrams else str(mapping.container)
        published = service.ports.get(key)
        if mapping.protocol in {"tcp", "udp"} and published is not None:
            port = await _passed_on(session, service.name, mapping.host or 0, int(published), datagrams=datagrams)
            reached[key] = str(port)
            reached.setdefault(str(mapping.container), str(port))
    return reached


async def _passed_on(session: JobSession, name: str, wanted: int, published: int, *, datagrams: bool) -> int:
    try:
        return await session.workspace.pass_on(wanted, published, datagrams=datagrams)
    except UnavailableError as error:
        raise ServiceError(f"The service '{name}' can't be reached: {error.message}", hint=error.hint) from error


async def _stop(session: JobSession, started: Sequence[_Started]) -> None:
    """End them, and put what they said into the job's log."""
    recorder = begin_phase(session, "stop-services", "Stop containers", "complete")
    problems = [problem for entry in started if (problem := await _end(entry)) is not None]
    for entry in started:
        recorder.group(f"Service container logs: {entry.request.name}", _tail(entry.service.log))
    end_phase(session, recorder, "stop-services", "; ".join(problems) or None)


async def _end(entry: _Started) -> str | None:
    """What stood in the way of it; the others are to be ended all the same."""
    try:
        await entry.service.stop(STOP_SECONDS)
    except (SluiceError, OSError) as error:
        return f"the service '{entry.request.name}' could not be stopped: {error}"
    return None


def _tail(log: Path) -> list[str]:
    try:
        text = log.read_bytes()
    except OSError:
        return []
    cut = [f"(the first {len(text) - _LOG_BYTES} bytes are in {log.name})"] if len(text) > _LOG_BYTES else []
    return [*cut, *text[-_LOG_BYTES:].decode("utf-8", "replace").splitlines()]
