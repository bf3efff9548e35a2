"""From a service's request to a Redis server's process.

In: the program, the request, where a job's processes run. Out: a running service, not yet asked whether it is healthy.
"""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import anyio.to_thread
from msgspec import Struct

from sluice.machine.programs import answer_of
from sluice.runners.container.specification.options import Options, parse_options
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.folders import Folders, starting_in
from sluice.services.embedded.limits import ignored_options
from sluice.services.embedded.listening import Listening, find_listening
from sluice.services.embedded.redis.probe import answers
from sluice.services.embedded.redis.reading import installed_major, server_arguments
from sluice.services.embedded.service import Check, EmbeddedService, Running
from sluice.services.embedded.versions import WantedVersion, read_tag
from sluice.services.health_command import HealthCommand, search_path
from sluice.services.protocol import Identity, Launch, LaunchedProcess, Place
from sluice.services.readiness import Answer, Watched
from sluice.source.image_references import parse_image

PORT = 6379


async def start_server(program: str, request: ContainerRequest, place: Place, folders: Folders) -> EmbeddedService:
    """Launch an installed server. Raises ``UnavailableError``."""
    options = parse_options(request.options)
    async with starting_in(folders, f"redis-{request.name}", partial(_fill, folders)) as data:
        listening = find_listening(request, place, PORT)
        notices = (*await _version_notice(program, request.image), *ignored_options(options))
        words = (program, *_settings(listening, data.path / "files"), *server_arguments(request.command))
        process = await _launch(words, request, place, data.path / "files", folders.identity)
    return EmbeddedService(
        Running(
            watched=Watched(name=request.name, log=place.folder / f"{request.name}.log", process=process),
            listening=listening,
            data=data,
            checks=_checks(request, options, place, data.path),
            notices=notices,
            endings=(signal.SIGTERM,),
        )
    )


def _fill(folders: Folders, data: Path) -> None:
    (data / "health").mkdir()
    (data / "files").mkdir()
    folders.give(data / "files")


async def _launch(
    words: tuple[str, ...], request: ContainerRequest, place: Place, directory: Path, identity: Identity | None
) -> LaunchedProcess:
    place.folder.mkdir(parents=True, exist_ok=True)
    return await place.launcher.start(
        Launch(
            command=words,
            environment={"PATH": search_path(), **place.environment},
            directory=directory,
            log=place.folder / f"{request.name}.log",
            identity=identity,
            death_signal=signal.SIGTERM,
        )
    )


async def _version_notice(program: str, image: str) -> tuple[str, ...]:
    wanted = read_tag(parse_image(image).tag) or WantedVersion(major=None)
    major = installed_major(await anyio.to_thread.run_sync(answer_of, program, "--version"))
    if wanted.major in {None, major}:
        return ()
    return (f"{image} can't be had here: the installed version {major} is used",)


def _settings(listening: Listening, files: Path) -> list[str]:
    settings = {
        "bind": listening.address,
        "port": str(listening.port),
        "unixsocket": "socket",
        "dir": str(files),
        "protected-mode": "no",
        "save": "",
        "daemonize": "no",
    }
    return [word for name, value in settings.items() for word in (f"--{name}", value)]


class _Acceptance(Struct, frozen=True, kw_only=True):
    socket: Path

    async def ask(self) -> Answer:
        ready = await anyio.to_thread.run_sync(answers, self.socket)
        return Answer(ready=ready, reason="it doesn't answer")


def _checks(request: ContainerRequest, options: Options, place: Place, data: Path) -> tuple[Check, ...]:
    """A ``redis-cli ping`` asks just what is asked first anyway, so no client is needed for that."""
    acceptance = Check(ask=_Acceptance(socket=data / "files/socket").ask)
    health = options.health
    if health.command is None or health.disabled or health.command.split() in _SAME:
        return (acceptance,)
    command = HealthCommand(
        text=health.command,
        timeout=health.timeout,
        launcher=place.launcher,
        environment={**request.env, "PATH": search_path(), "HOME": str(data / "health"), **place.environment},
        folder=data / "health",
    )
    return acceptance, Check(ask=command.ask, patience=health.patience, longest=health.timeout)


_SAME = (["redis-cli", "ping"], ["redis-cli", "PING"], ["valkey-cli", "ping"])
