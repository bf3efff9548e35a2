"""The container of one stage of an action: made, run to its end, removed.

In: an image and what to run in it, with this machine's paths. Out: a ``Process`` whose output and exit code are the
container's. Its folders have GitHub's names inside.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import anyio
from msgspec import Struct

from sluice.runners.container.engine import Engine
from sluice.runners.container.leftovers.guarding import guard
from sluice.runners.container.leftovers.ownership import own_labels
from sluice.runners.container.network import JobNetwork
from sluice.runners.container.processes.pump import Pump
from sluice.runners.container.specification.paths import Mount, PathMap, action_mounts, engine_socket
from sluice.runners.protocol import WorkspacePaths
from sluice.source.errors import UnavailableError

_GONE = 137


class ActionContainer(Struct, frozen=True, kw_only=True):
    """Where a stage's container runs: ``paths`` of the job, ``network`` where the job has one of its own."""

    engine: Engine
    image: str
    entrypoint: str | None
    paths: WorkspacePaths
    network: JobNetwork | None
    labels: Mapping[str, str]

    async def start(self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> OneContainer:
        """Start it with ``command`` as arguments. Raises ``UnavailableError``."""
        await guard(self.engine)
        mounts = action_mounts(self.paths)
        map_ = PathMap(mounts)
        given = {
            "image": self.image,
            "command": [map_.inside(word) for word in command] or None,
            "environment": {name: map_.inside(value) for name, value in environment.items()},
            "working_dir": map_.inside(str(directory)),
            "labels": own_labels(self.labels),
        }
        if self.entrypoint:
            given["entrypoint"] = [self.entrypoint]
        with anyio.CancelScope(shield=True):  # one that was created must be known here, to be removed
            identifier = await self._create(given, mounts)
            container = await OneContainer.begin(self.engine, identifier)
        return container  # noqa: RET504 - a scope may swallow, for all that mypy knows

    async def _create(self, given: Mapping[str, object], mounts: list[Mount]) -> str:
        host = await self.engine.call(
            "create_host_config",
            binds=[*map(str, mounts), *map(str, engine_socket(self.engine.address))],
            network_mode=self.network.name if self.network else None,
            extra_hosts=self.network.hosts if self.network else None,
        )
        created = await self.engine.call("create_container", **given, host_config=host)
        identifier: str = created["Id"]
        return identifier


class OneContainer:
    """A container that runs one process."""

    pid = 0

    def __init__(self, engine: Engine, identifier: str, output: object) -> None:
        self._engine = engine
        self._identifier = identifier
        self._pump = Pump(lambda: engine.stream(lambda _: output))

    @classmethod
    async def begin(cls, engine: Engine, identifier: str) -> OneContainer:
        """Attach, then start, so that no output is lost; a container that doesn't start is removed."""
        try:
            output = await engine.call("attach_socket", identifier, {"stdout": 1, "stderr": 1, "stream": 1})
            container = cls(engine, identifier, output)
            await engine.call("start", identifier)
        except BaseException:
            await engine.remove(identifier)
            raise
        return container

    async def read(self, limit: int = 1 << 20) -> bytes:
        """The next bytes of its output; ``b""`` at the end."""
        return await self._pump.read(limit)

    async def wait(self) -> int:
        """Its exit code; the container is removed."""
        try:
            await self._pump.finish()
            ended = await self._engine.call("wait", self._identifier, timeout=None)
            return int(ended["StatusCode"])
        except UnavailableError:
            return _GONE
        finally:
            await self.kill_tree()

    def signal(self, number: int) -> None:
        """To its first process, in a moment: the engine is asked in a thread."""

        def work() -> None:
            with suppress(UnavailableError):
                self._engine.translated(lambda: self._engine.client.kill(self._identifier, signal=number))

        threading.Thread(target=work, daemon=True).start()

    async def kill_tree(self) -> None:
        """Remove it, whatever runs in it."""
        await self._engine.remove(self._identifier)
