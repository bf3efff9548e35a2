"""A process in a container that runs already, by ``exec``: its output, its end, signals to its group.

The engine gives no way to signal such a process. A shell in front of it tells its number, then becomes it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence

import anyio.to_thread

from sluice.runners.container.engine import Engine
from sluice.runners.container.processes.pump import Pump
from sluice.source.errors import UnavailableError

_START = ("sh", "-c", 'echo "$$"; exec "$@" 2>&1', "sh")
_SIGNAL = ("sh", "-c", 'kill -"$1" -- "-$2"', "sh")
_KILL = (
    "sh",
    "-c",
    """kill -9 -- "-$1" 2>/dev/null
for place in /proc/[0-9]*; do
  read -r line 2>/dev/null <"$place/stat" || continue
  set -- "$1" ${line##*) }
  if [ "$5" = "$1" ]; then kill -9 "${place#/proc/}" 2>/dev/null; fi
done""",
    "sh",
)
NOT_STARTED = 126
"""The exit code of a shell for what is no program."""
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class ContainerProcess:
    """A process tree in a container. ``pid`` is its number there, 0 until it has started."""

    def __init__(self, engine: Engine, container: str, execution: str) -> None:
        self._engine = engine
        self._container = container
        self._execution = execution
        self.pid = 0
        self._pump = Pump(self._output)

    def _output(self) -> Iterator[bytes]:
        head = b""
        for chunk in self._engine.stream(lambda client: client.exec_start(self._execution, socket=True)):
            if self.pid:
                yield chunk
                continue
            head += chunk
            number, end, rest = head.partition(b"\n")
            if end and not number.strip().isdigit():  # the engine's words: it could not start the shell
                yield head
                return
            if end:
                self.pid = int(number)
                yield rest
        if not self.pid:
            yield head

    async def read(self, limit: int = 1 << 20) -> bytes:
        """The next bytes of its output; ``b""`` at the end."""
        return await self._pump.read(limit)

    async def wait(self) -> int:
        """Its exit code; a container that is gone counts as SIGKILL."""
        await self._pump.finish()
        try:
            code = (await self._engine.call("exec_inspect", self._execution))["ExitCode"]
        except UnavailableError:
            return 137
        return NOT_STARTED if code is None else int(code)

    def signal(self, number: int) -> None:
        """To the whole group, in a moment: the engine is asked in a thread."""
        if self.pid:
            command = (*_SIGNAL, str(number), str(self.pid))
            threading.Thread(target=run_quietly, args=(self._engine, self._container, command), daemon=True).start()

    async def kill_tree(self) -> None:
        """End it and every process of its session."""
        if self.pid:
            await call_quietly(self._engine, self._container, (*_KILL, str(self.pid)))


async def start_in(
    engine: Engine, container: str, command: Sequence[str], *, environment: Mapping[str, str], directory: str
) -> ContainerProcess:
    """Start a command. Raises ``UnavailableError`` when the engine refuses.

    A shell such as dash hands on no variable whose name it can't spell, as an input's with a hyphen; ``env`` does.
    """
    odd = [f"{name}={value}" for name, value in environment.items() if not _NAME.fullmatch(name)]
    words = [*_START, *(["env", *odd] if odd else ()), *command]
    made = await engine.call("exec_create", container, words, environment=dict(environment), workdir=directory)
    return ContainerProcess(engine, container, made["Id"])


async def call_quietly(engine: Engine, container: str, command: Sequence[str], user: str = "0") -> tuple[int, str]:
    """Run a command of Sluice's own to its end: exit code and output. What the engine refuses has ``NOT_STARTED``.

    ``user`` is empty for the container's own.
    """
    return await anyio.to_thread.run_sync(run_quietly, engine, container, command, user)


def run_quietly(engine: Engine, container: str, command: Sequence[str], user: str = "0") -> tuple[int, str]:
    """As ``call_quietly``, for callers without an event loop."""
    try:
        made = engine.translated(lambda: engine.client.exec_create(container, list(command), user=user))["Id"]
        output = b"".join(engine.stream(lambda client: client.exec_start(made, socket=True)))
        code = engine.translated(lambda: engine.client.exec_inspect(made))["ExitCode"]
    except UnavailableError as error:
        return NOT_STARTED, str(error)
    return int(code or 0), output.decode(errors="replace")
