"""Containers that a job's steps start with ``docker``: their ports are the job's, and they end with it.

In: a session before its first step. Out: a program ``docker`` before the real one on the job's PATH, which leads
pushes to the run's registry in a rehearsal, and asks here before it starts containers.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from sluice.engine.jobs.session import JobSession
from sluice.engine.rehearsing import record_effect
from sluice.machine.programs import own_program
from sluice.runners.protocol import temporary_folder
from sluice.source.errors import UnavailableError

if TYPE_CHECKING:
    from sluice.runners.container.by_steps.belongings import Belongings
    from sluice.runners.container.by_steps.keeping import StepContainers
    from sluice.serving.messages import Request, Response
    from sluice.serving.server import HttpServer

PROGRAMS = ("docker", "docker-compose")
_LOOK_SECONDS = 0.5
_SCRIPT = """#!/bin/sh
docker={program}
{elsewhere}{rehearsed}{named}{elsewhere}{asking}exec "$docker" "$@"
"""
_NAMED = """certified() {
  case "$1" in */*) export DOCKER_CERT_PATH="${1%/*}" ;; *) export DOCKER_CERT_PATH=. ;; esac
}
context() {
  export DOCKER_CONTEXT="$1"
  [ "$1" = default ] || unset DOCKER_HOST # the default is what it says
}
while [ $# -gt 1 ]; do
  case "$1" in
  -H | --host) export DOCKER_HOST="$2"; unset DOCKER_CONTEXT; shift 2 ;;
  -H=* | --host=*) export DOCKER_HOST="${1#*=}"; unset DOCKER_CONTEXT; shift ;;
  -H*) export DOCKER_HOST="${1#-H}"; unset DOCKER_CONTEXT; shift ;;
  -c | --context) context "$2"; shift 2 ;;
  -c=* | --context=*) context "${1#*=}"; shift ;;
  --config) export DOCKER_CONFIG="$2"; shift 2 ;;
  --config=*) export DOCKER_CONFIG="${1#*=}"; shift ;;
  -l | --log-level) shift 2 ;;
  --tlscacert | --tlscert | --tlskey) certified "$2"; shift 2 ;;
  --tlscacert=* | --tlscert=* | --tlskey=*) certified "${1#*=}"; shift ;;
  --tlsverify | --tlsverify=[1tT]*) export DOCKER_TLS_VERIFY=1; shift ;;
  --tls | --tls=[1tT]*) export DOCKER_TLS=1; shift ;;
  -D[!=]*) apart="-${1#-D}"; shift; set -- "$apart" "$@" ;;
  -l* | --log-level=* | -D | -D=* | --debug | --debug=* | --tls=* | --tlsverify=*) shift ;;
  --) shift; break ;;
  *) break ;;
  esac
done
"""
"""Options before the verb, as the variables that say the same: whatever is looked for in a command stands first then.
How much is said is no matter of a rehearsal's. Of what TLS needs the folder counts: the variables know the usual names
alone (``ca.pem``, ``cert.pem``, ``key.pem``)."""
_ELSEWHERE = """own=
contexts="${{DOCKER_CONFIG:-${{HOME:-}}/.docker}}/contexts"
[ "${{DOCKER_HOST:-}}${{DOCKER_CONTEXT:+ }}" = {host} ] && [ ! -d "$contexts" ] || {{
  {judge} "$docker" {engine} {began} "$@"
  case $? in 0) ;; 3) own=1 ;; *) exit 1 ;; esac
}}
"""
_FIRST = """[ -e {known} ] || {{ true 2>/dev/null >{known}; {client} "$docker" {name} --begin </dev/null; }}
case "$*" in *push*) [ ! -e {renamed} ] || {client} "$docker" {name} --begin "$@" </dev/null ;; esac
"""
"""Before the job makes its first image: what the machine has is looked at. Before a push its names are its own."""
_RENAMED, _KNOWN = "renamed", "known"
"""A file beside the program: from then on every command may say a name that is another one in the engine."""
_ASKING = """case "${{1:-}} ${{2:-}}" in
"run "* | "create "* | "start "* | "restart "* | "unpause "* | "compose "* | "network create" | "volume create" | \\
"ps "* | "rm "* | "stop "* | "kill "* | "pause "* | "rename "* | "update "* | "rmi "* | "image rm" | "image remove" | \\
"container ls" | "container list" | "container ps" | "network ls" | "network list" | "volume ls" | "volume list" | \\
"network rm" | "network remove" | "network disconnect" | "volume rm" | "volume remove" | *" prune" | \\
"build "* | "buildx "* | "image build" | "builder build" | "tag "* | "image tag" | "import "* | "image import" | \\
"attach "* | "commit "* | "cp "* | "diff "* | "exec "* | "export "* | "inspect "* | "logs "* | "port "* | "stats "* | \\
"top "* | "wait "* | "load "* | "image load" | "bake "*) {client} ;;
"container "*) {client} ;;
esac
[ ! -e {renamed} ] || {client}
"""
_JUDGE = "sluice.rehearsal.registry.elsewhere"
_CLIENT = "sluice.runners.container.by_steps.client"


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
    desk, name = _Desk(session, run), f"sluice-{uuid.uuid4().hex}"
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


async def _listen(session: JobSession, name: str, desk: _Desk) -> HttpServer | None:
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
        _write(folder / program, place, name, address, session.workspace.environment.get("DOCKER_HOST", ""))
    session.variables.paths.append(str(folder))


def _write(program: Path, place: str, name: str, address: str | None, host: str = "") -> None:
    """``host`` is what the job's variables say of the engine from the start."""
    program.write_text(
        _SCRIPT.format(
            program=quote(place),
            named=_NAMED if program.name == "docker" else "",
            elsewhere=_elsewhere(host, refusing=address is not None),
            rehearsed="" if address is None else _rehearsed(program, name, address),
            asking=_asking(program, name, address),
        ),
        encoding="utf-8",
    )
    program.chmod(0o755)


def _elsewhere(host: str, *, refusing: bool) -> str:
    """Nobody is asked for another engine, and what would change it is refused in a rehearsal."""
    from sluice.runners.container.engine import find_address  # noqa: PLC0415 (few machines have Docker)

    engine, began = quote(find_address() or ""), str(time.time()) if refusing else "''"
    return _ELSEWHERE.format(host=quote(host), judge=own_program(_JUDGE), engine=engine, began=began)


def _rehearsed(program: Path, name: str, address: str) -> str:
    """What leaves the machine is led back or refused."""
    from sluice.rehearsal.registry.by_hand import script  # noqa: PLC0415 (few machines have Docker)

    known, renamed = quote(str(program.with_name(_KNOWN))), quote(str(program.with_name(_RENAMED)))
    first = _FIRST.format(known=known, renamed=renamed, client=own_program(_CLIENT), name=name)
    return first + script(program.name, address)


def _asking(program: Path, name: str, address: str | None) -> str:
    """Who is asked for what; nobody for an engine of the job's own."""
    from sluice.rehearsal.registry.by_hand import once_it_is_known  # noqa: PLC0415 (few machines have Docker)

    asked = f'{own_program(_CLIENT)} "$docker" {name}'
    client = f'exec {asked} "$@"'
    renamed = quote(str(program.with_name(_RENAMED)))
    asking = _ASKING.format(client=client, renamed=renamed) if program.name == "docker" else f"{client}\n"
    first = once_it_is_known(asked) if address is not None and program.name == "docker" else ""
    return f'{first}[ -z "$own" ] || exec "$docker" "$@"\n{asking}'


async def _registry(session: JobSession) -> str | None:
    """The address of the run's registry for this job; nothing where pushes may go."""
    if session.rehearsal is None:
        return None
    from sluice.rehearsal.registry.registry import Registry  # noqa: PLC0415 (few machines have Docker)

    registry = await session.tools.stand_ins.use(Registry, Registry.start)

    def told(name: str, tag: str, digest: str) -> None:
        record_effect(session, "image-push", f"{name}:{tag}", f"docker push {name}:{tag} ({digest})")

    return await registry.let_in(told)


class _Desk:
    """Answers the program; connects to the engine when it is first asked."""

    def __init__(self, session: JobSession, run: str) -> None:
        self._session = session
        self._labels = {"sluice.run": run, "sluice.job": session.key}
        self._began = datetime.now(UTC)
        self._opening = anyio.Lock()
        self._containers: StepContainers | None = None
        self._warned = False

    async def answer(self, request: Request) -> Response:
        """``/before`` a command, ``/after`` one that leaves containers running."""
        from sluice.serving.messages import json_response  # noqa: PLC0415 (as above)

        asked = json.loads(b"".join([chunk async for chunk in request.body]) or b"{}")
        try:
            containers = await self._open()
            if request.path == "/after" and asked.get("images"):
                await containers.images.made(asked["images"])
                self._hear_every_command()
            if request.path == "/after" and asked.get("removed"):
                await containers.images.removed(asked["removed"])
            if request.path == "/after":
                containers.images.release()
                return json_response({"said": await containers.look() if self._leads(containers) else []})
            return json_response(await self._before(containers, asked))
        except UnavailableError as error:
            return json_response({"said": self._nobody_looks(error)})

    def _nobody_looks(self, error: UnavailableError) -> list[str]:
        """Said once, where the command may do its work all the same: without an engine it says so itself."""
        from sluice.runners.container.engine import find_address  # noqa: PLC0415 (as above)

        warned, self._warned = self._warned, True
        if warned or self._session.tools.publish or find_address() is None:
            return []
        return [f"what docker makes in this job is this machine's and stays when the job ends: {error.in_one_line}"]

    async def _before(self, containers: StepContainers, asked: Mapping[str, Any]) -> dict[str, object]:
        paths = self._session.workspace.paths
        places = {
            "temporary": str(temporary_folder(self._session.workspace)),
            "kept": [str(place) for place in (paths.root, paths.tools, paths.actions)],
        }
        if self._session.tools.publish:
            return {"labels": self._labels, **places}
        from sluice.runners.container.leftovers.ownership import own_labels  # noqa: PLC0415 (as above)

        for cache in asked.get("caches", ()):
            record_effect(self._session, "image-push", cache, f"docker compose build, cache_to: {cache}")
        marks = {"labels": own_labels(self._labels), "apart": self._leads(containers), "alone": True}
        try:
            told = await _told(containers, asked)
        except UnavailableError as error:  # what the command makes is the job's all the same, and goes with it
            told = {"names": containers.belongings.names, "said": [error.message]}
        if told["names"] or told.get("project") or told.get("places"):
            self._hear_every_command()
        return {**marks, **places, **told}

    def _hear_every_command(self) -> None:
        from sluice.rehearsal.registry.by_hand import FOLDER  # noqa: PLC0415 (as above)

        (self._session.workspace.paths.home / FOLDER / _RENAMED).touch()

    def _leads(self, containers: StepContainers) -> bool:
        """Whether ports of the machine's are to be led to the job's own network."""
        return containers.is_here and "network" in self._session.workspace.isolation

    async def keep_looking(self) -> None:
        """For what starts while its command still runs, and what ends by itself."""
        while True:
            await anyio.sleep(_LOOK_SECONDS)
            if self._containers is not None and self._leads(self._containers):
                with suppress(UnavailableError):
                    await self._containers.look()

    async def close(self) -> None:
        """Take what is left out of the engine, but for what was published."""
        if self._containers is not None:
            self._containers.close()
            if not self._session.tools.publish:
                await self._containers.remove()

    async def _open(self) -> StepContainers:
        from sluice.runners.container.by_steps.keeping import StepContainers  # noqa: PLC0415 (as above)
        from sluice.runners.container.leftovers.guarding import guard  # noqa: PLC0415 (as above)

        async with self._opening:
            if self._containers is None:
                engine = await anyio.to_thread.run_sync(self._session.tools.container_engine)
                await guard(engine)
                workspace = self._session.workspace
                self._containers = StepContainers(engine, self._labels, workspace.listen, self._began)
                with suppress(UnavailableError):
                    await self._containers.belongings.see_images()
                    await self._containers.images.see()
        return self._containers


async def _told(containers: StepContainers, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine has to be asked for."""
    project, said = await _project(containers, asked)
    await containers.images.hold(asked.get("held", ()))
    await containers.images.take_back()
    places = await containers.images.place(asked.get("placed", {}))
    found = await _belongings(containers.belongings, asked)
    theirs = [name for name in asked.get("touched", {}).get("image", ()) if await containers.images.are_others(name)]
    others = [*found["others"], *[name for name in theirs if name not in found["others"]]]
    identities = containers.images.contested
    return {**found, "others": others, "identities": identities, "places": places, "project": project, "said": said}


async def _project(containers: StepContainers, asked: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The name that the project gets, and what is to be said. One that a command names is the job's if nobody has it;
    otherwise only one that bears the job's mark is surely its own.
    """
    name, mark = asked.get("project", ""), containers.belongings.mark
    own = name if name.endswith(f"-{mark}") else f"{name}-{mark}"
    if own in containers.projects:
        return own, []
    if not name or name in containers.projects or (asked.get("given") and await containers.claim_free(name)):
        return name, []
    containers.claim(own)
    containers.belongings.mark_project(own, name)
    return own, [f"somebody else has the project '{name}' of Compose here: this job's is '{own}'"] * bool(
        asked.get("given")
    )


async def _belongings(own: Belongings, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Names that are the engine's for what the job names, what a listing shows, what is to be left alone."""
    for kind, names in asked.get("names", {}).items():
        for name in names:
            await own.name(kind, name)
    await own.see_projects()
    for volume, options in asked.get("bound", {}).items():
        await own.bind(volume, options)
    others = [name for kind, names in asked.get("touched", {}).items() for name in await own.others(kind, names)]
    shown = await own.shown(asked["listed"]) if asked.get("listed") else []
    return {"names": own.names, "others": others, "shown": shown}
