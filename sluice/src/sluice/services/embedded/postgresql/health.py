"""When a PostgreSQL is healthy: it accepts connections, and the check in its service's options passes.

In: the folder of its socket, the check's command. Out: an answer. A plain ``pg_isready`` is answered here in no time;
any other command is run by a shell, with a ``pg_isready`` of this package's own on its ``PATH``.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio.to_thread
from msgspec import Struct

from sluice.services.embedded.postgresql.pg_isready import NO_ATTEMPT, check
from sluice.services.embedded.postgresql.probe import Readiness, probe_socket
from sluice.services.health_command import HealthCommand
from sluice.services.readiness import Answer

_PLAIN = re.compile(r"pg_isready(?:\s+[\w./=:@'\"-]+)*\s*")
_SHIM = """#!/bin/sh
exec '{python}' -m sluice.services.embedded.postgresql.pg_isready "$@"
"""


class Acceptance(Struct, frozen=True, kw_only=True):
    """Asks the server itself, through its socket."""

    socket: Path
    port: int
    user: str

    async def ask(self) -> Answer:
        """Whether it accepts connections."""
        found = await anyio.to_thread.run_sync(probe_socket, self.socket, self.port, self.user)
        return Answer(ready=found is Readiness.ACCEPTING, reason="it accepts no connections")


class OwnCheck(Struct, frozen=True, kw_only=True):
    """Asks what the service's options say."""

    command: HealthCommand

    async def ask(self) -> Answer:
        """Whether the command passes."""
        text = self.command.text
        if not _PLAIN.fullmatch(text):
            return await self.command.ask()
        return await anyio.to_thread.run_sync(_answer, text, self.command.environment)


def _answer(text: str, environment: Mapping[str, str]) -> Answer:
    try:
        code, line = check(shlex.split(text)[1:], environment)
    except ValueError as error:
        code, line = NO_ATTEMPT, str(error)
    return Answer(ready=code == 0, reason=f"its health check '{text}' fails with exit code {code}: {line}")


def write_shim(folder: Path) -> None:
    """Put a ``pg_isready`` into a folder of programs."""
    folder.mkdir(mode=0o755, exist_ok=True)
    program = folder / "pg_isready"
    program.write_text(_SHIM.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
