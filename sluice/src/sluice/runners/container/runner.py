"""A job's own container, from the image to its end; and the runner that such a job has.

In: a request, the workspace on this machine, the job's network. Out: a ``ContainerWorkspace`` while the container runs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import anyio.to_thread
from msgspec import Struct

from sluice.runners.container.engine import Engine, is_rootless
from sluice.runners.container.images.pulling import bring_image
from sluice.runners.container.leftovers.ownership import own_labels
from sluice.runners.container.network import JobNetwork, open_network
from sluice.runners.container.runner_user import is_runner, let_in
from sluice.runners.container.specification.arguments import ContainerArguments, read_arguments
from sluice.runners.container.specification.options import parse_options
from sluice.runners.container.specification.paths import FILE_COMMANDS, Mount, PathMap, engine_socket, job_mounts
from sluice.runners.container.specification.request import ContainerRequest
from sluice.runners.container.volumes import with_own_volumes
from sluice.runners.container.workspace import ContainerWorkspace, RunningContainer, externals
from sluice.runners.host.environment import ADDRESSES
from sluice.runners.host.runner import HostRunner
from sluice.runners.protocol import Workspace, WorkspaceRequest
from sluice.source.errors import UnavailableError, UsageError

_IDLE = ["-f", "/dev/null"]
_LOOPBACK = re.compile(r"//(?:[^/@]*@)?(?:127\.|localhost|\[::1\])")


class ContainerRunner:
    """The runner of one job with a container: folders on this machine, and a network that the job is reached in."""

    name = "container"

    def __init__(self, labels: tuple[str, ...], engine: Callable[[], Engine]) -> None:
        self.labels = labels
        self.network: JobNetwork | None = None
        self._engine = engine
        self._folders = HostRunner(degrees=())

    @asynccontextmanager
    async def open(self, request: WorkspaceRequest) -> AsyncIterator[Workspace]:
        """The workspace on this machine, which the container's folders are; what listens, does so for the network."""
        engine = await anyio.to_thread.run_sync(self._engine)
        async with self._folders.open(request) as workspace, open_network(engine, request.run, request.job) as network:
            self.network = network
            workspace.address, workspace.way_to_listen = network.gateway, network.listen
            workspace.isolation = ("container",)
            yield workspace

    def claims_ports(self) -> bool:
        """Services are reached by their names."""
        return False


class Opening(Struct, frozen=True, kw_only=True):
    """What a container is opened with; ``tell`` gets lines for the log, ``visible`` is what checkouts borrow from."""

    request: ContainerRequest
    outer: Workspace
    network: JobNetwork
    visible: tuple[Path, ...]
    tell: Callable[[str], None]


@asynccontextmanager
async def open_container(opening: Opening) -> AsyncIterator[ContainerWorkspace]:
    """The container while the job's steps run. Raises ``UnavailableError`` when it can't be had."""
    network, request = opening.network, opening.request
    await bring_image(network.engine, request, "of the job's container", opening.tell)
    mounts = [*_folders(opening), *engine_socket(network.engine.address)]
    if is_runner(await _user(opening)) and not await is_rootless(network.engine):
        paths = opening.outer.paths
        places = (paths.workspace.parent.parent, paths.temp, paths.home, paths.files)
        await anyio.to_thread.run_sync(let_in, places)
    with anyio.CancelScope(shield=True):  # a container that was created must be known here, to be removed
        identifier = await _create(opening, mounts)
    try:
        await network.engine.call("start", identifier)
        await network.settle()
        details = await network.engine.call("inspect_container", identifier)
        running = RunningContainer(
            engine=network.engine,
            identifier=identifier,
            paths=PathMap(mounts),
            network=network,
            variables=tuple(details["Config"]["Env"] or ()),
        )
        workspace = ContainerWorkspace(opening.outer, running)
        await workspace.look_around()
        opening.tell(f"Container {identifier[:12]} of {request.image} in the network {network.name}")
        yield workspace
        with anyio.CancelScope(shield=True), suppress(UnavailableError):
            await workspace.give_back()
    finally:
        await network.engine.remove(identifier)


async def _user(opening: Opening) -> str:
    """Who the container runs as: what its options say, else its image."""
    given = parse_options(opening.request.options).one("--user")
    if given is not None:
        return given
    image = await opening.network.engine.call("inspect_image", opening.request.image)
    return str((image.get("Config") or {}).get("User") or "")


def _folders(opening: Opening) -> list[Mount]:
    """The mounts, and the places that they stand on: what the engine makes for itself would be root's."""
    outer = opening.outer
    paths = outer.paths
    folders = (externals(outer), paths.workspace.parent.parent / "_temp", paths.workspace.parent.parent / "_actions")
    for folder in (*folders, paths.temp / FILE_COMMANDS, paths.temp / "_github_workflow"):
        folder.mkdir(parents=True, exist_ok=True)
    return job_mounts(paths, externals(outer), opening.visible)


async def _create(opening: Opening, mounts: list[Mount]) -> str:
    network, request = opening.network, opening.request
    options = parse_options(request.options)
    if "--entrypoint" in options.values:
        raise UsageError(
            "the option '--entrypoint' can't be given: for a job's container GitHub supports neither '--network' nor "
            "'--entrypoint'; what a step needs of the image's entry point has to be run by the step"
        )
    arguments = read_arguments(request, options, own_labels(network.labels))
    container = {
        **_passed_on(opening.outer.environment),
        **arguments.container["environment"],
        "GITHUB_ACTIONS": "true",
        "CI": arguments.container["environment"].get("CI", "true"),
    }
    given = {
        "entrypoint": ["tail"],
        "command": _IDLE,
        "working_dir": PathMap(mounts).inside(str(opening.outer.paths.workspace)),
        **arguments.container,
        "environment": container,
    }
    return await create_container(network, given, arguments, mounts)


def _passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Proxies, as on GitHub, and registries: what can be reached from here, on a closed network, too."""
    return {
        name: value
        for name, value in environment.items()
        if name in ADDRESSES and not _LOOPBACK.search(value) and not value.startswith("/")
    }


async def create_container(
    network: JobNetwork, given: Mapping[str, object], arguments: ContainerArguments, mounts: list[Mount]
) -> str:
    """Create a container in the job's network: its id. Raises ``EngineError``."""
    engine = network.engine
    own = await with_own_volumes(engine, arguments.host, network.labels)
    host = {**own, "binds": [*map(str, mounts), *own["binds"]]}
    host["extra_hosts"] = {**network.hosts, **(host.get("extra_hosts") or {})}
    host_config = await engine.call("create_host_config", **host, network_mode=network.name)
    endpoint = await engine.call("create_endpoint_config", aliases=list(arguments.aliases))
    networking = await engine.call("create_networking_config", {network.name: endpoint})
    created = await engine.call("create_container", **given, host_config=host_config, networking_config=networking)
    identifier: str = created["Id"]
    return identifier
