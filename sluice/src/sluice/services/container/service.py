"""One service in a container, from its start to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from msgspec import Struct

from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.processes.execution import run_quietly
from sluice.services.errors import ServiceError, log_tail
from sluice.source.errors import UnavailableError

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.05, 1.0, 1.5
_CHECK_SECONDS = 30.0
"""How long a check may take that names no time: the engine's default."""
_NANOSECONDS = 1_000_000_000


class _Check(Struct, frozen=True, kw_only=True):
    command: list[str]
    seconds: float


class ContainerService:
    """A container that was started for one service. ``address`` is its own in the engine's network."""

    notices: Sequence[str] = ()

    def __init__(self, engine: Engine, *, name: str, host: str, log: Path, details: Mapping[str, Any]) -> None:
        self._engine = engine
        self._gone = False
        self.name = name
        self.host = host
        self.log = log
        self.identifier = str(details["Id"])
        self.ports: Mapping[str, str] = _host_ports(details)
        networks = details["NetworkSettings"]["Networks"]
        self.network = next(iter(networks), "")
        self.address = str(next((found["IPAddress"] for found in networks.values()), ""))

    async def healthy(self, seconds: float) -> str | None:
        """Return once its health check passes, or it runs where it has none; raises ``ServiceError``.

        The check is run here as well: the engine's first run of it comes only after its interval. One without a check
        that has ended is told, as by GitHub's runner, and fails nothing.
        """
        pause, check = _FIRST_PAUSE, await self._check()
        if check is None:
            return await self._ended()
        with anyio.move_on_after(seconds) as limit:
            while not await self._is_healthy(check):
                await anyio.sleep(pause)
                pause = min(pause * _GROWTH, _LONGEST_PAUSE)
        if limit.cancelled_caught:
            raise await self._failure(f"did not get healthy in {seconds:g} seconds")
        return None

    async def _check(self) -> _Check | None:
        details = await self._engine.call("inspect_container", self.identifier)
        described = details["Config"].get("Healthcheck") or {}
        kind, *words = described.get("Test") or ["NONE"]
        if kind == "NONE":
            return None
        command = ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words
        return _Check(command=command, seconds=(described.get("Timeout") or 0) / _NANOSECONDS or _CHECK_SECONDS)

    async def _ended(self) -> str | None:
        state = (await self._engine.call("inspect_container", self.identifier))["State"]
        if state["Running"]:
            return None
        await self._keep_log()
        last = "".join(f": {line}" for line in log_tail(self.log)[-1:])
        return f"The service '{self.name}' is not running: it ended with exit code {state['ExitCode']}{last}"

    async def _is_healthy(self, check: _Check) -> bool:
        state = (await self._engine.call("inspect_container", self.identifier))["State"]
        if not state["Running"]:
            raise await self._failure(f"ended with exit code {state['ExitCode']} before it was healthy")
        status = state.get("Health", {}).get("Status", "none")
        if status == "unhealthy":
            last = state["Health"]["Log"][-1]
            raise await self._failure(
                f"is unhealthy: its check fails with exit code {last['ExitCode']}: {last['Output']}".strip(": \n")
            )
        return status == "healthy" or await self._passes(check)

    async def _passes(self, check: _Check) -> bool:
        """One that hangs is left alone: it ends with its container."""
        with anyio.move_on_after(check.seconds):
            code, _ = await anyio.to_thread.run_sync(
                run_quietly, self._engine, self.identifier, check.command, "", abandon_on_cancel=True
            )
            return code == 0  # one that ended meanwhile: the next look at it tells
        return False

    async def _failure(self, what: str) -> ServiceError:
        await self._keep_log()
        return ServiceError(f"The service '{self.name}' {what}", tried=log_tail(self.log))

    async def _keep_log(self) -> None:
        with suppress(UnavailableError):
            text: bytes = await self._engine.call("logs", self.identifier, timestamps=True)
            await anyio.to_thread.run_sync(self.log.write_bytes, text)

    async def stop(self, seconds: float) -> None:
        """Kill it, as GitHub does, however long it would take by itself; keep its log, remove it with its volumes."""
        del seconds
        if self._gone:
            return
        self._gone = True
        with anyio.CancelScope(shield=True):
            with suppress(EngineError):
                await self._engine.call("kill", self.identifier)
            await self._keep_log()
            await self._engine.remove(self.identifier)


def _host_ports(details: Mapping[str, Any]) -> dict[str, str]:
    """As ``job.services.NAME.ports`` has them: the container's port, without a protocol, to the host's; those of UDP
    under ``53/udp``, too, since a port may be both.
    """
    bound = {port: found[0]["HostPort"] for port, found in (details["NetworkSettings"]["Ports"] or {}).items() if found}
    tcp_last = sorted(bound.items(), reverse=True)
    plain = {port.partition("/")[0]: host for port, host in tcp_last}
    return plain | {port: host for port, host in bound.items() if not port.endswith("/tcp")}
