"""The names that a job gives to images, as if it had an engine of its own: they stay its own while it runs, and the
machine's are given back.

In: a connection, what a command named. Out: names that lead where the job, or in the end the machine, had them lead.
Another job may give the same name: whoever comes to use it finds its own there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from sluice.runners.container.by_steps.naming import Call
from sluice.runners.container.engine import Engine, EngineError

_RUNS = 16
_machines: dict[tuple[str, str], Mapping[str, str]] = {}
"""By engine and run, the machine's names and ids before the first job of the run gave one; of so many runs."""
_jobs: dict[tuple[str, str], dict[str, set[int]]] = {}
"""By engine and run, which jobs of it gave a name."""


class JobImages:
    """Those of one job, of the run that is called so."""

    def __init__(self, engine: Engine, run: str) -> None:
        self._engine, self._run = engine, (engine.address, run)
        self._own: dict[str, str] = {}
        self.contested: dict[str, str] = {}
        """Names that another job gave, too, and the ids of the job's own."""

    async def see(self) -> None:
        """Look at what the machine has, unless another job of the run did."""
        if self._run not in _machines:
            found = await self._engine.call("images")
            _machines[self._run] = {name: one["Id"] for one in found for name in one.get("RepoTags") or ()}
            for run in [*_machines][:-_RUNS]:
                del _machines[run]
                _jobs.pop(run, None)

    async def made(self, names: Iterable[str], identity: str = "") -> None:
        """The job gave these to an image: to the one of this id, if it is known."""
        for name in map(familiar, names):
            with suppress(EngineError):
                self._own[name] = (await self._engine.call("inspect_image", identity or name))["Id"]
                _jobs.setdefault(self._run, {}).setdefault(name, set()).add(id(self))

    async def take_back(self) -> None:
        """Have every name lead to what the job gave it to: another job may have it by now."""
        for name, own in self._own.items():
            taken = await self._leads_to(name) not in {own, ""}
            if taken or name in self.contested or len(_jobs.get(self._run, {}).get(name, ())) > 1:
                self.contested |= {name: own, name.removesuffix(":latest"): own}
            if taken:
                await self._name(own, name)

    async def give_back(self) -> None:
        """Have names that the machine had lead where they did; who else has one now gives it back."""
        for name, own in self._own.items():
            before = _machines.get(self._run, {}).get(name, own)
            if before != own and await self._leads_to(name) == own:
                await self._name(before, name)

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


def familiar(name: str) -> str:
    """An image's name as the engine lists it: with a tag, and without what Docker Hub's names begin with."""
    short = name.removeprefix("docker.io/").removeprefix("library/")
    return short if ":" in short.rpartition("/")[2] else f"{short}:latest"


def names_tagged(call: Call) -> list[str]:
    """The name that ``docker tag`` and the like give."""
    match call:
        case Call("container" | "image", "tag" | "import") | Call("container", "commit") if len(call.subjects) > 1:
            return call.subjects[-1:]
    return []


def names_built(words: Iterable[str]) -> list[str]:
    """The names that ``docker build`` is told to give."""
    found, rest = list[str](), iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name == "--tag":
            found.append(value if equals else next(rest, ""))
        elif word.startswith("-") and not word.startswith("--") and "t" in word and word[1:].split("t")[0] in {"", "q"}:
            found.append(word.partition("t")[2].removeprefix("=") or next(rest, ""))
    return [one for one in found if one]
