"""A container engine that has things and does nothing."""

from __future__ import annotations

from typing import Any, cast

import anyio.lowlevel

from sluice.runners.container.engine import Engine, EngineError


class FakeEngine:
    """Has ``things`` by kind and remembers what is removed."""

    def __init__(self, address: str = "unix:///run/engine.sock", **things: list[dict[str, Any]]) -> None:
        self.address = address
        self.things = things
        self.removed: list[str] = []

    async def call(self, name: str, *words: str, **options: Any) -> Any:  # noqa: ANN401 - as the real one
        if name.startswith("remove_"):
            return self.forget(f"{name.removeprefix('remove_')}s", *words)
        if name == "create_volume":
            return self.volume(words[0], options["labels"])
        if name.startswith("inspect_"):
            return self.inspect(f"{name.removeprefix('inspect_')}s", *words)
        wanted = options.get("filters", {}).get("label", [])
        found = self.of(name, *([wanted] if isinstance(wanted, str) else wanted))
        return {"Volumes": found or None} if name == "volumes" else found

    def of(self, kind: str, *marks: str) -> list[dict[str, Any]]:
        return [one for one in self.things.get(kind, []) if all(mark in _marks(one) for mark in marks)]

    def volume(self, name: str, labels: dict[str, str]) -> dict[str, Any]:
        """One that exists stays as it is."""
        volumes = self.things.setdefault("volumes", [])
        if not any(one["Name"] == name for one in volumes):
            volumes.append({"Name": name, "Labels": labels})
        return next(one for one in volumes if one["Name"] == name)

    def inspect(self, kind: str, name: str) -> dict[str, Any]:
        for one in self.things.get(kind, []):
            if name in {one.get("Id"), one.get("Name"), *(known[1:] for known in one.get("Names", ()))}:
                return {"Config": one} if kind == "containers" else one
        raise EngineError(f"no such thing: {name}")

    def forget(self, kind: str, name: str) -> None:
        self.removed.append(name)
        self.things[kind] = [one for one in self.things[kind] if name not in {one.get("Id"), one.get("Name")}]

    async def remove(self, container: str) -> None:
        self.forget("containers", container)


class SlowEngine(FakeEngine):
    """Lets others go first."""

    async def call(self, name: str, *words: str, **options: Any) -> Any:  # noqa: ANN401 - as the real one
        await anyio.lowlevel.checkpoint()
        return await super().call(name, *words, **options)


def _marks(thing: dict[str, Any]) -> list[str]:
    labels = thing.get("Labels") or {}
    return [*labels, *(f"{name}={value}" for name, value in labels.items())]


def engine_of(engine: FakeEngine) -> Engine:
    """As the connection that it stands for."""
    return cast("Engine", engine)
