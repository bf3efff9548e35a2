"""From a service's request to a server's process: cluster found or made, copied, launched.

In: the request, where servers are kept, where a job's processes run. Out: a running service, not yet asked whether it
is healthy. Finding may take long and leaves nothing behind; starting is short, and cleans up after itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from msgspec import Struct

from sluice.runners.container.specification.options import Options, parse_options
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.folders import Folders, starting_in
from sluice.services.embedded.limits import ignored_options
from sluice.services.embedded.listening import Listening, find_listening
from sluice.services.embedded.postgresql.health import Acceptance, OwnCheck, write_shim
from sluice.services.embedded.postgresql.installations import Installation
from sluice.services.embedded.postgresql.locales import nearest
from sluice.services.embedded.postgresql.settings import ClusterSettings, read_settings, server_arguments
from sluice.services.embedded.postgresql.template import template
from sluice.services.embedded.service import Check, EmbeddedService, Running
from sluice.services.embedded.spares import give_back, take
from sluice.services.health_command import HealthCommand, search_path
from sluice.services.protocol import Launch, LaunchedProcess, Place
from sluice.services.readiness import Watched

PORT = 5432
_FAST, _AT_ONCE = signal.SIGINT, signal.SIGQUIT


class Cluster(Struct, frozen=True, kw_only=True):
    """What a server starts from: ``template`` is copied, ``environment`` is what the service asked for."""

    folders: Folders
    installation: Installation
    settings: ClusterSettings
    template: Path
    options: Options
    environment: Mapping[str, str]
    notices: tuple[str, ...]


def find_cluster(request: ContainerRequest, folders: Folders, find: Callable[[], Installation]) -> Cluster:
    """The programs and the cluster for a request, fetched and made where they aren't here yet."""
    options = parse_options(request.options)
    environment = {**request.env, **{name: value or "" for name, value in options.env.items()}}
    asked = read_settings(environment)
    locale, notice = nearest(asked.locale)
    settings = replace(asked, locale=locale)
    installation = find()
    notices = (installation.notice, notice, *ignored_options(options))
    return Cluster(
        folders=folders,
        installation=installation,
        settings=settings,
        template=template(folders, installation, settings),
        options=options,
        environment=environment,
        notices=tuple(sentence for sentence in notices if sentence),
    )


async def start_cluster(cluster: Cluster, request: ContainerRequest, place: Place) -> EmbeddedService:
    """Launch a server on a copy of the cluster. Raises ``UnavailableError``."""
    name = f"{cluster.installation.name}-{request.name}"
    async with starting_in(cluster.folders, name, partial(_fill, cluster)) as data:
        listening = find_listening(request, place, PORT)
        _link_socket(data.path, listening.port)
        process = await _launch(cluster, request, place, listening, data.path)
    return EmbeddedService(
        Running(
            watched=Watched(name=request.name, log=place.folder / f"{request.name}.log", process=process),
            listening=listening,
            data=data,
            checks=_checks(cluster, place, data.path, listening.port),
            notices=cluster.notices,
            endings=(_FAST, _AT_ONCE),
            salvage=partial(give_back, cluster.folders, cluster.template, data.path / "cluster"),
        )
    )


def _fill(cluster: Cluster, data: Path) -> None:
    take(cluster.folders, cluster.template, data / "cluster")
    (data / "health").mkdir()
    (data / "socket").mkdir()
    cluster.folders.give(data / "socket")
    write_shim(data / "programs")


def _link_socket(data: Path, port: int) -> None:
    """Inside of its container a server has its usual port, so its socket is found under that number, too."""
    if port != PORT:
        (data / "socket" / f".s.PGSQL.{PORT}").symlink_to(f".s.PGSQL.{port}")


async def _launch(
    cluster: Cluster, request: ContainerRequest, place: Place, listening: Listening, data: Path
) -> LaunchedProcess:
    settings = {
        "port": str(listening.port),
        "listen_addresses": listening.address,
        # Relative to the cluster: the path of a socket must be short, and this folder's may be long.
        "unix_socket_directories": "../socket",
    }
    place.folder.mkdir(parents=True, exist_ok=True)
    return await place.launcher.start(
        Launch(
            command=(
                str(cluster.installation.binaries / "postgres"),
                *("-D", str(data / "cluster")),
                *server_arguments(request.command),
                *(f"--{name}={value}" for name, value in settings.items()),
            ),
            environment={"TZ": cluster.settings.time_zone, "PATH": os.defpath, **place.environment},
            directory=data / "cluster",
            log=place.folder / f"{request.name}.log",
            identity=cluster.folders.identity,
            death_signal=_AT_ONCE,
        )
    )


def _checks(cluster: Cluster, place: Place, data: Path, port: int) -> tuple[Check, ...]:
    acceptance = Check(ask=Acceptance(socket=data / "socket", port=port, user=cluster.settings.user).ask)
    options = cluster.options.health
    if options.command is None or options.disabled:
        return (acceptance,)
    path = (data / "programs", cluster.installation.binaries)
    inside = {"PGHOST": str(data / "socket"), "HOME": str(data / "health")}
    command = HealthCommand(
        text=options.command,
        timeout=options.timeout,
        launcher=place.launcher,
        environment={**cluster.environment, **inside, "PATH": search_path(*path), **place.environment},
        folder=data / "health",
    )
    return acceptance, Check(ask=OwnCheck(command=command).ask, patience=options.patience, longest=options.timeout)
