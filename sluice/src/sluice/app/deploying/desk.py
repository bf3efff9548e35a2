"""Deploys for the jobs of a run that publishes, as this machine's user: a command of its own, which outlives the run.

A job asks at a socket of its own network, names the environment that it was admitted to, and reads what the command
prints. In: requests in JSON. Out: an id, then text and in the end an exit code.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from sluice.app.deploying.permission import WAITED
from sluice.serving.messages import Request, Response, json_response

if TYPE_CHECKING:
    from sluice.engine.deploying import Admission
    from sluice.serving.server import HttpServer

_PLACE = "/deployments"
_LARGEST = 1 << 20
_PATIENCE = 60.0
_NOT_THE_JOBS = ("GITHUB_", "RUNNER_", "SLUICE_PUBLISH", "SLUICE_EFFECTS")


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job asks for. ``commit`` must be one of the repository that the run is of."""

    environment: str
    commit: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


class Told(Struct, frozen=True, kw_only=True):
    """What the command printed since ``after``, and its exit code once it has ended."""

    text: str
    size: int
    code: int | None


class DeploymentDesk:
    """``declared`` are the secrets of each environment: a job can hand over no other. ``folder`` keeps the outputs."""

    def __init__(self, root: Path, declared: Mapping[str, tuple[str, ...]], actor: str, folder: Path) -> None:
        self._root = root
        self._declared = declared
        self._actor = actor
        self._folder = folder
        self._servers: list[HttpServer] = []
        self._running: list[asyncio.subprocess.Process] = []

    async def admit(self, admission: Admission) -> None:
        """Answer the job at its socket."""
        from sluice.serving.server import HttpServer

        async def answer(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {admission.token}":
                return json_response({"error": "this is not the job's token"}, status=401)
            return await self._answer(request, admission.environment)

        server = HttpServer(admission.listener, answer)
        await server.start()
        self._servers.append(server)

    async def close(self) -> None:
        """Answer no more. A deployment whose job went away without it is asked to go back, and waited for."""
        for server in self._servers:
            await server.close()
        for process in self._running:
            _interrupt(process)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), _PATIENCE)

    async def _answer(self, request: Request, environment: str) -> Response:
        words = request.path.removeprefix(_PLACE).strip("/").split("/")
        if request.method == "POST" and words == [""]:
            return await self._begin(request, environment)
        if not words[0].isdecimal() or int(words[0]) >= len(self._running):
            return json_response({"error": "there is no such deployment"}, status=404)
        number = int(words[0])
        if request.method == "POST" and words[1:] == ["stop"]:
            _interrupt(self._running[number])
        return Response(status=200, body=msgspec.json.encode(self._told(number, int(request.query.get("after", "0")))))

    async def _begin(self, request: Request, environment: str) -> Response:
        body = b""
        async for chunk in request.body:
            body += chunk
            if len(body) > _LARGEST:
                return json_response({"error": "that is too much"}, status=413)
        try:
            wanted = msgspec.json.decode(body, type=Wanted)
        except msgspec.MsgspecError as error:
            return json_response({"error": str(error)}, status=400)
        if wanted.environment != environment:
            text = f"the job has the environment '{environment}': it can't deploy to '{wanted.environment}'"
            return json_response({"error": text}, status=403)
        await self._start(wanted)
        return json_response({"id": len(self._running) - 1}, status=201)

    async def _start(self, wanted: Wanted) -> None:
        """The command writes to a file, so that it goes on whatever becomes of this process."""
        words = ["-m", "sluice", "deploy", "to", "--no-tell", "--approve", wanted.environment, "--why", wanted.why]
        with self._log(len(self._running)).open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                wanted.environment,
                wanted.commit,
                cwd=self._root,
                env=self._environment(wanted),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running.append(process)

    def _environment(self, wanted: Wanted) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_THE_JOBS)}
        declared = self._declared.get(wanted.environment, ())
        given = {name: value for name, value in wanted.secrets.items() if name in declared}
        return {**own, **given, "GITHUB_ACTOR": self._actor, WAITED: wanted.environment}

    def _told(self, number: int, after: int) -> Told:
        code = self._running[number].returncode  # looked at before the text, which is whole then
        with self._log(number).open("rb") as log:
            log.seek(after)
            data = log.read()
        return Told(text=data.decode("utf-8", "replace"), size=after + len(data), code=code)

    def _log(self, number: int) -> Path:
        return self._folder / f"{number}.log"


def _interrupt(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
