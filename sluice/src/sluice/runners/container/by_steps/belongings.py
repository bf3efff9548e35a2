"""What in the engine is a job's and what is not, as if the job had an engine of its own.

In: a connection, the job's marks, its projects of Compose. Out: the names that the job's things have there, what a
listing shows, and what a command must leave alone: what is the machine's, or another job's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any

import anyio

from sluice.runners.container.by_steps.claiming import Claims
from sluice.runners.container.by_steps.naming import CLAIM
from sluice.runners.container.by_steps.projects import LABEL
from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.leftovers.ownership import own_labels
from sluice.runners.container.volumes import mark_of

_KEYS = {"container": "Id", "network": "Id", "volume": "Name"}
_LONG_AGO = "0001-01-01T00:00:00Z"
_ENGINES = ("bridge", "host", "none")
"""Networks that every engine has."""


class Belongings:
    """Those of one job, which ``began`` then. ``mark`` makes a name the job's own where somebody else has it."""

    def __init__(self, engine: Engine, marks: Mapping[str, str], projects: Set[str], began: datetime) -> None:
        self._engine, self._marks, self._projects, self._began = engine, marks, projects, began
        self.claims = Claims(engine, marks)
        self.mark = mark_of(marks)
        self._known: dict[tuple[str, str], str] = {}
        self._marked: dict[str, str] = {}
        self._of_projects: dict[tuple[str, str], str] = {}
        self._images: dict[str, set[str]] | None = None
        self._naming = anyio.Lock()

    @property
    def names(self) -> dict[str, dict[str, str]]:
        """The engine's names by kind and the job's, where the two differ."""
        found: dict[str, dict[str, str]] = {}
        for (kind, name), real in {**self._of_projects, **self._known}.items():
            if real != name:
                found.setdefault(kind, {})[name] = real
        return found

    def mark_project(self, own: str, name: str) -> None:
        """The job says ``name``, and the project is ``own`` in the engine: its containers bear that name, too."""
        if own != name:
            self._marked[own] = name

    async def see_projects(self) -> None:
        """Look what marked projects have: the job says ``shop-web-1``, ``shop_default``, and the image ``shop-web``."""
        self._of_projects = {}
        for kind in (*_KEYS, "image") if self._marked else ():
            for name in [name for one in await self._listed(kind) for name in _names(one)]:
                for own in [own for own in self._marked if name.startswith((f"{own}-", f"{own}_"))]:
                    self._call(kind, self._marked[own] + name.removeprefix(own), name)

    async def project_images(self) -> set[str]:
        """The engine's names of what marked projects built: no other job will ask for them."""
        await self.see_projects()
        return {real for (kind, _), real in self._of_projects.items() if kind == "image"}

    def _call(self, kind: str, name: str, real: str) -> None:
        """What the job calls so is another name in the engine; an image's is said without its tag, too."""
        self._of_projects[kind, name] = real
        if kind == "image" and name.endswith(":latest"):
            self._of_projects[kind, name.removesuffix(":latest")] = real

    async def name(self, kind: str, name: str) -> str:
        """What a thing of the job's is called in the engine: as the job says, unless somebody else has that name."""
        async with self._naming:
            if (kind, name) not in self._known:
                free = await self.claims.take(kind, name) and not await self._others_have(kind, name)
                self._known[kind, name] = name if free else f"{name}-{self.mark}"
            return self._known[kind, name]

    async def bind(self, volume: str, options: Mapping[str, Any] | None = None) -> None:
        """Have a volume that a container is to bind, with the job's marks: the engine would make one without.
        ``options`` are its ``driver`` and ``driver_opts``.
        """
        name, labels = await self.name("volume", volume), own_labels(self._marks)
        await self._engine.call("create_volume", name, labels=labels, **(options or {}))

    async def see_images(self) -> None:
        """Look which images are here before the job makes or brings one."""
        found = await self._engine.call("images")
        self._images = {one["Id"]: {*(one.get("RepoTags") or ())} for one in found}

    async def others(self, kind: str, names: Iterable[str]) -> list[str]:
        """Which of these are there and not the job's."""
        return [name for name in names if await self._is_others(kind, self.names.get(kind, {}).get(name, name))]

    async def shown(self, kind: str) -> list[str]:
        """What a listing shows: the job's containers and networks, and those that every engine has, by their ids; its
        volumes by their names.
        """
        listed = await self._listed(kind)
        own = [one[_KEYS[kind]] for one in listed if self._is_own(one) and not _is_claim(one)]
        engines = [one["Id"] for one in listed if one.get("Name") in _ENGINES] if kind == "network" else []
        return [*own, *engines]

    async def _others_have(self, kind: str, name: str) -> bool:
        return any(not self._is_own(one) for one in await self._listed(kind) if name in _names(one))

    async def _is_others(self, kind: str, name: str) -> bool:
        try:
            found = await self._engine.call(f"inspect_{kind}", name)
        except EngineError:  # the command says itself that there is none
            return False
        if kind == "image":
            return self._is_older(found, name)
        return not self._is_own(found.get("Config") or found)

    def _is_own(self, thing: Mapping[str, Any]) -> bool:
        labels = thing.get("Labels") or {}
        return self._marks.items() <= labels.items() or labels.get(LABEL) in self._projects

    def _is_older(self, image: Mapping[str, Any], name: str) -> bool:
        """Whether to remove an image by this name would take what was here before the job: a name that the job gave to
        such an image is the job's, as long as the image keeps another.
        """
        if datetime.fromisoformat(image.get("Created") or _LONG_AGO) >= self._began:
            return False
        if self._images is None:
            return True
        known, names = self._images.get(image["Id"]), {*(image.get("RepoTags") or ())}
        if known is None:
            return False
        given = {name, f"{name}:latest"} & (names - known)
        return not given or not names - given

    async def _listed(self, kind: str) -> list[dict[str, Any]]:
        found = await self._engine.call(f"{kind}s", **({"all": True} if kind == "container" else {}))
        return (found["Volumes"] or []) if isinstance(found, dict) else found


def _names(thing: Mapping[str, Any]) -> list[str]:
    found = thing.get("Names") or thing.get("RepoTags") or [thing.get("Name", "")]
    return [name.removeprefix("/") for name in found]


def _is_claim(thing: Mapping[str, Any]) -> bool:
    return CLAIM in (thing.get("Labels") or {})
