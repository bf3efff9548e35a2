"""Containers that a job's steps start with ``docker``: their ports are the job's, and they end with it.

In: a session before its first step. Out: a program ``docker`` before the real one on the job's PATH, which leads
pushes to the run's registry in a rehearsal, and asks here before it starts containers.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from sluice.engine.containers.desk import Desk
from sluice.engine.containers.standing_before import write_program
from sluice.engine.jobs.session import JobSession
from sluice.engine.rehearsing import record_effect
from sluice.source.errors import UnavailableError

if TYPE_CHECKING:
    from sluice.serving.server import HttpServer

PROGRAMS = ("docker", "docker-compose")


@asynccontextmanager
async def steps_containers(session: JobSession, run: str) -> AsyncIterator[str | None]:
    """While the job's steps run; yields what stands in the way of them: without its program a job would push. In a job
    with a container of its own there is no Docker of this machine.
    """
    path = session.workspace.environment.get("PATH", "")
    found = {} if session.contained else {name: found for name in PROGRAMS if (found := shutil.which(name, path=path))}
    if not found:
        yield None
        return
    desk, name = Desk(session, run), f"sluice-{uuid.uuid4().hex}"
    server = await _listen(session, name, desk)
    try:
        problem = await _stand_before(session, server, found, name)
        async with anyio.create_task_group() as group:
            group.start_soon(desk.keep_looking)
            yield problem
            group.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            if server is not None:
                await server.close()
            await desk.close()


async def _listen(session: JobSession, name: str, desk: Desk) -> HttpServer | None:
    """Who answers the program; nobody where there are no such names, and pushes are led away all the same."""
    from sluice.serving.server import HttpServer  # noqa: PLC0415 (few machines have Docker)

    try:
        return HttpServer(await session.workspace.listen_named(name), desk.answer)
    except UnavailableError:
        return None


async def _stand_before(
    session: JobSession, server: HttpServer | None, found: Mapping[str, str], name: str
) -> str | None:
    """Have the programs and who answers them; what stands in the way."""
    try:
        if server is not None:
            await server.start()
        await _write_programs(session, found, name)
    except OSError as error:
        return f"what stands before docker in this job can't be made: {error}"
    return None


async def _write_programs(session: JobSession, found: Mapping[str, str], name: str) -> None:
    from sluice.rehearsal.registry.by_hand import FOLDER  # noqa: PLC0415 (few machines have Docker)

    address = await _registry(session)
    folder = session.workspace.paths.home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for program, place in found.items():
        write_program(folder / program, place, name, address, session.workspace.environment.get("DOCKER_HOST", ""))
    session.variables.paths.append(str(folder))


async def _registry(session: JobSession) -> str | None:
    """The address of the run's registry for this job; nothing where pushes may go."""
    if session.rehearsal is None:
        return None
    from sluice.rehearsal.registry.registry import Registry  # noqa: PLC0415 (few machines have Docker)

    registry = await session.tools.stand_ins.use(Registry, Registry.start)

    def told(name: str, tag: str, digest: str) -> None:
        record_effect(session, "image-push", f"{name}:{tag}", f"docker push {name}:{tag} ({digest})")

    return await registry.let_in(told)
