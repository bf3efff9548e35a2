"""The names that a job gives to images, as if it had an engine of its own: they stay its own while it runs, and the
machine's are given back.

In: a connection, what a command named. Out: names that lead where the job, or in the end the machine, had them lead.
Another job may give the same name: whoever comes to use it finds its own there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import anyio

from sluice.runners.container.by_steps.image_names import familiar
from sluice.runners.container.engine import Engine, EngineError

_RUNS = 16
_LONGEST = 100
"""Characters of a tag before the job's mark; it may have 128."""
_HELD_SECONDS = 10.0
"""For so long at most a command has a name to itself: by then the engine knows what it leads to."""
_PAUSE = 0.05


@dataclass(slots=True)
class _Run:
    """Names and ids: the machine's before the first job of the run gave one, and those of jobs that ended. ``held`` has
    by name whose it is for a moment, and until when.
    """

    machines: Mapping[str, str] = field(default_factory=dict)
    jobs: list[JobImages] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    held: dict[str, tuple[JobImages, float]] = field(default_factory=dict)


_runs: dict[tuple[str, str], _Run] = {}
"""By engine and run; of so many runs."""


class JobImages:
    """Those of one job, of the run that is called so. ``mark`` makes a name the job's own."""

    def __init__(self, engine: Engine, run: str, mark: str = "") -> None:
        self._engine, self._key, self._mark = engine, (engine.address, run), mark
        self.own: dict[str, str] = {}
        """Names that the job gave, and ids."""
        self.places: dict[str, str] = {}
        """Names that files of the job's give, and what the engine calls what is built under them."""
        self._given: set[str] = set()
        self.contested: dict[str, str] = {}
        """Names that another job gave, too, and the ids of the job's own."""

    @property
    def identities(self) -> Mapping[str, str]:
        """Ids of the job's own images by names that another job has, too, or may give while a command is on its way."""
        if all(job is self for job in self._run.jobs):
            return self.contested
        return {known: own for name, own in self.own.items() for known in (name, name.removesuffix(":latest"))}

    @property
    def _run(self) -> _Run:
        return _runs.setdefault(self._key, _Run())

    async def see(self) -> None:
        """Look at what the machine has, unless another job of the run did; from now on the job may give names."""
        if self._key not in _runs:
            found = await self._engine.call("images")
            names = {name: one["Id"] for one in found for name in one.get("RepoTags") or ()}
            _runs.setdefault(self._key, _Run(machines=names))
            for run in [*_runs][:-_RUNS]:
                del _runs[run]
        self._enter()

    async def made(self, images: Mapping[str, Sequence[str]]) -> None:
        """The job gave these names to images: to the first that is there of what may be the id."""
        for name, ids in images.items():
            found = [one for identity in ids if (one := await self._leads_to(identity))]
            if found:
                self._have(familiar(name), found[0])
            if found and await self._leads_to(familiar(name)) != found[0]:
                self.contest(familiar(name))
            if found and (place := self.places.get(familiar(name))):
                await self._name(found[0], place)

    async def removed(self, names: Iterable[str]) -> None:
        """The job took these names, or what else it called images by, away: what is gone is not named again."""
        gone = {familiar(name) for name in names}
        for name in [name for name in self.own if name in gone and not await self._leads_to(name)]:
            del self.own[name]
            self.contested.pop(name, None)
            self.contested.pop(name.removesuffix(":latest"), None)
            for job in self._run.jobs:
                if name in job.own:
                    job.contest(name)
            if name in self.places:
                await self._remove(self.places[name])

    def contest(self, name: str) -> None:
        """Another job has, or had, this name of the job's, too."""
        self.contested |= dict.fromkeys((name, name.removesuffix(":latest")), self.own[name])

    async def place(self, names: Mapping[str, str]) -> dict[str, str]:
        """What the engine is to call images that the job will build under ``names``, each with the image's that it is a
        name of: only the job has them. What it made under such a name before, or a job that ended, is there.
        """
        self._enter()
        places = {image: self._marked(image) for name, image in names.items() if name == image}
        for name, image in names.items():
            known, place = familiar(name), places.get(image, image)
            self.places[known] = place
            before = self.own.get(known) or self._run.ended.get(known, "")
            if before and name in places and not await self._leads_to(place):
                await self._name(before, place)
        return places

    async def take_back(self) -> None:
        """Have every name lead to what the job gave it to: another job may have it by now."""
        await self._see_places()
        for name, own in self.own.items():
            leads = await self._leads_to(name)
            taken = leads not in {own, ""}
            if taken or name in self.contested or self._is_rivals(name):
                self.contest(name)
            if (taken or (name in self.contested and not leads)) and not self._is_held(name):
                await self._name(own, name)

    async def hold(self, names: Iterable[str]) -> None:
        """For a command that can't be told an id: other jobs leave these names alone for a moment, or until the job
        calls again.
        """
        self.release()
        wanted = {familiar(name) for name in names} & {*self.own, *self.places}
        while any(self._is_held(name) for name in wanted):  # noqa: ASYNC110 - it ends by time, too
            await anyio.sleep(_PAUSE)
        self._run.held |= dict.fromkeys(wanted, (self, time.monotonic() + _HELD_SECONDS))

    def release(self) -> None:
        """Hold nothing."""
        held = self._run.held
        for name in [name for name, (job, _) in held.items() if job is self]:
            del held[name]

    def _is_held(self, name: str) -> bool:
        job, until = self._run.held.get(name, (self, 0.0))
        return job is not self and time.monotonic() < until

    def _is_rivals(self, name: str) -> bool:
        return any(name in one.own or name in one.places for one in self._run.jobs if one is not self)

    async def _see_places(self) -> None:
        """What a project built since is what its names are of."""
        for name, place in self.places.items():
            found = await self._leads_to(place)
            if found and found != self.own.get(name):
                self._have(name, found)
                await self._name(found, name)

    async def give_back(self) -> None:
        """Have names that the machine had lead where they did; who else has one now gives it back."""
        for name in sorted(self._given):
            before, own = self._run.machines.get(name, ""), self.own.get(name, "")
            if before not in {own, ""} and await self._leads_to(name) in {own, ""}:
                await self._name(before, name)
        for place in {*self.places.values()}:
            await self._remove(place)
        self.release()
        self._run.ended.update(self.own)
        if self in self._run.jobs:
            self._run.jobs.remove(self)

    async def are_others(self, name: str) -> bool:
        """Whether a name, or an id, leads to what another job of the run made, and this one did not."""
        found = await self._leads_to(name)
        theirs = {identity for one in self._run.jobs for identity in one.own.values()}
        return found in theirs - {*self.own.values()}

    def _have(self, name: str, identity: str) -> None:
        self.own[name] = identity
        self._given.add(name)
        self._enter()

    def _enter(self) -> None:
        if self not in self._run.jobs:
            self._run.jobs.append(self)

    def _marked(self, image: str) -> str:
        repository, _, tag = familiar(image).rpartition(":")
        return f"{repository}:{tag[:_LONGEST]}-{self._mark}"

    async def _leads_to(self, name: str) -> str:
        """The id; empty for a name that nobody has: the job removed it."""
        try:
            return str((await self._engine.call("inspect_image", name))["Id"])
        except EngineError:
            return ""

    async def _name(self, identity: str, name: str) -> None:
        repository, _, tag = name.rpartition(":")
        with suppress(EngineError):  # the image is gone
            await self._engine.call("tag", identity, repository, tag)

    async def _remove(self, name: str) -> None:
        with suppress(EngineError):
            await self._engine.call("remove_image", name)
