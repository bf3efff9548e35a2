"""Runs the command of a health check as a shell beside the server, the way an engine runs it inside of a container.

In: the command, the variables and the folder it runs with. Out: whether it passed, and what it printed last.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

import anyio
from msgspec import Struct

from sluice.services.errors import log_tail
from sluice.services.protocol import Launch, Launcher
from sluice.services.readiness import Answer

_MISSING = 127
_USUAL = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def search_path(*folders: Path) -> str:
    """A ``PATH`` with these folders before the usual ones."""
    return ":".join([*map(str, folders), *_USUAL])


class HealthCommand(Struct, frozen=True, kw_only=True):
    """``text`` is given to ``sh -c``; a run of more than ``timeout`` seconds is ended and counts as failed.

    It runs as the job's user: inside of a container a check is run by the container's user, not by the server's.
    """

    text: str
    timeout: float
    launcher: Launcher
    environment: Mapping[str, str]
    folder: Path

    async def ask(self) -> Answer:
        """Run it once."""
        log = self.folder / "health.log"
        log.write_bytes(b"")
        process = await self.launcher.start(
            Launch(
                command=("/bin/sh", "-c", self.text),
                environment=self.environment,
                directory=self.folder,
                log=log,
            )
        )
        code: int | None = None
        try:
            with anyio.move_on_after(self.timeout):
                code = await process.wait()
        finally:
            process.signal(signal.SIGKILL)
            with anyio.CancelScope(shield=True):
                await process.wait()
        return self._answer(code, log)

    def _answer(self, code: int | None, log: Path) -> Answer:
        if code == 0:
            return Answer(ready=True)
        said = next(iter(log_tail(log, 1)), "it printed nothing")
        if code is None:
            return Answer(ready=False, reason=f"its health check '{self.text}' took over {self.timeout:g} seconds")
        missing = " (a program is missing here)" if code == _MISSING else ""
        return Answer(
            ready=False, reason=f"its health check '{self.text}' fails with exit code {code}{missing}: {said}"
        )
