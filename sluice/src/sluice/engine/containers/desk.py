"""Answers what stands before ``docker`` in a job: whose containers are to be, and what else a command has to know.

In: what the program asks, as JSON. Out: marks, names and places of the job's, and what is to be said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from sluice.engine.containers.standing_before import RENAMED
from sluice.engine.jobs.session import JobSession
from sluice.engine.rehearsing import record_effect
from sluice.runners.protocol import temporary_folder
from sluice.source.errors import UnavailableError

if TYPE_CHECKING:
    from sluice.runners.container.by_steps.belongings import Belongings
    from sluice.runners.container.by_steps.keeping import StepContainers
    from sluice.serving.messages import Request, Response

_LOOK_SECONDS = 0.5


class Desk:
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

        (self._session.workspace.paths.home / FOLDER / RENAMED).touch()

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
    project, said = await name_project(containers, asked)
    await containers.images.hold(asked.get("held", ()))
    await containers.images.take_back()
    places = await containers.images.place(asked.get("placed", {}))
    found = await _belongings(containers.belongings, asked)
    theirs = [name for name in asked.get("touched", {}).get("image", ()) if await containers.images.are_others(name)]
    others = [*found["others"], *[name for name in theirs if name not in found["others"]]]
    identities = containers.images.identities
    return {**found, "others": others, "identities": identities, "places": places, "project": project, "said": said}


async def name_project(containers: StepContainers, asked: Mapping[str, Any]) -> tuple[str, list[str]]:
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
