"""The container engine of this machine, through the library ``docker`` (Podman answers to the same protocol).

In: the environment. Out: a client, or an error that says what is missing: the library, an engine, the right to use it.
Everything the library raises leaves here as an error for the user. The library is loaded when it is first needed.
"""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from sluice.source.errors import UnavailableError

_SECONDS, _FIRST_SECONDS, _IMPATIENT_SECONDS = 120, 20, 5
"""How long an answer may take: usually, when it connects, and after one that didn't come."""
_SOCKETS = (
    "/var/run/docker.sock",
    "{runtime}/docker.sock",
    "{home}/.docker/run/docker.sock",
    "{runtime}/podman/podman.sock",
    "/run/podman/podman.sock",
)


def find_address(environment: Mapping[str, str] = os.environ) -> str | None:
    """Where the engine listens: ``DOCKER_HOST``, else the first socket there is."""
    if environment.get("DOCKER_HOST"):
        return environment["DOCKER_HOST"]
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    home = environment.get("HOME", "/")
    places = (Path(place.format(runtime=runtime, home=home)) for place in _SOCKETS)
    return next((f"unix://{place}" for place in places if place.is_socket()), None)


class EngineError(UnavailableError):
    """The engine refused, in its own words."""


class SilentEngineError(UnavailableError):
    """The engine lets one connect and says nothing."""


class Engine:
    """A connection to an engine. ``address`` is ``unix://PATH`` or ``tcp://HOST:PORT``."""

    def __init__(self, address: str, client: Any, library: Any) -> None:  # noqa: ANN401 - the library has no types
        self.address = address
        self.client = client
        self._library = library

    async def call(self, name: str, /, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - the library has no types
        """Call a method of the library's client in a thread. Raises ``EngineError`` with the engine's words."""

        def work() -> Any:  # noqa: ANN401 - the library has no types
            return self.translated(lambda: getattr(self.client, name)(*arguments, **options))

        return await anyio.to_thread.run_sync(work)

    async def remove(self, container: str) -> None:
        """End a container at once and remove it with its volumes, wherever the caller is in being cancelled.

        Podman would first give it ten seconds to end by itself. What is gone already is no error.
        """
        with anyio.CancelScope(shield=True):
            with suppress(EngineError):
                await self.call("kill", container)
            with suppress(EngineError):
                await self.call("remove_container", container, v=True, force=True)

    def translated(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - the library has no types
        """Do some work with the client. Raises ``EngineError`` with the engine's words.

        One that let somebody wait in vain is given little time until it answers again: a job's end asks it many things.
        """
        try:
            answer = work()
        except self._library.errors.APIError as error:
            if error.response is not None:
                error.response.close()  # a stream that was refused holds its connection
            raise EngineError(f"The container engine refuses: {error.explanation or error}") from error
        except self._library.errors.DockerException as error:
            raise EngineError(f"The library for container engines refuses: {error}") from error
        except OSError as error:
            problem = _unreachable(self.address, error, self.client.timeout)
            self.client.timeout = _IMPATIENT_SECONDS if isinstance(problem, SilentEngineError) else _SECONDS
            raise problem from error
        self.client.timeout = _SECONDS
        return answer

    def stream(self, attach: Callable[[Any], Any]) -> Iterator[bytes]:
        """What comes out of a process: ``attach`` opens its socket with the client. Raises ``EngineError``."""
        connection = self.translated(lambda: attach(self.client))
        try:
            for _, chunk in self._library.utils.socket.frames_iter(connection, tty=False):
                yield chunk
        finally:  # the library leaves its sockets to the garbage collector
            connection._response.close()  # noqa: SLF001 - nowhere else does the library keep it
            connection.close()

    def close(self) -> None:
        """Close its connections."""
        self.client.close()


async def is_podman(engine: Engine) -> bool:
    """Whether Podman answers, which speaks Docker's protocol."""
    parts = (await engine.call("version")).get("Components") or ()
    return any(part["Name"] == "Podman Engine" for part in parts)


async def is_rootless(engine: Engine) -> bool:
    """Whether an engine without root serves: its root is the user whose it is."""
    told = await engine.call("info")
    return bool(told.get("Rootless")) or any("name=rootless" in word for word in told.get("SecurityOptions") or ())


def connect(environment: Mapping[str, str] = os.environ) -> Engine:
    """Connect to the engine. Raises ``UnavailableError`` that says what is missing."""
    address = find_address(environment)
    if address is None:
        raise UnavailableError("no container engine is running here (no socket of Docker or Podman was found)")
    try:
        library = importlib.import_module("docker")
    except ImportError as error:
        raise UnavailableError(
            "the library for container engines isn't installed", hint="install it: pip install 'sluice-ci[docker]'"
        ) from error
    try:
        _touch(address)
        client = library.APIClient(base_url=address, version="auto", timeout=_FIRST_SECONDS)
    except (library.errors.DockerException, OSError) as error:
        raise _unreachable(address, error, _FIRST_SECONDS) from error
    client.timeout = _SECONDS
    return Engine(address, client, library)


def _touch(address: str) -> None:
    """Connect and hang up: the library leaves connections open when its first one fails."""
    path = address.removeprefix("unix://")
    if path != address:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_FIRST_SECONDS)
            connection.connect(path)


def _unreachable(address: str, error: Exception, seconds: float) -> UnavailableError:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        said = f"the container engine at {address} doesn't answer: nothing came within {seconds:g} seconds"
        return SilentEngineError(said, hint="see what holds it up, or start it anew")
    if "Permission denied" in str(error) or isinstance(error, PermissionError):
        return UnavailableError(
            f"this user may not use the container engine at {address}",
            hint="join the engine's group (docker), or run an engine of your own (rootless Docker, Podman)",
        )
    if isinstance(error, ConnectionRefusedError) or "refused" in str(error) or "No such file" in str(error):
        return UnavailableError(f"the container engine at {address} isn't running", hint="start it")
    return UnavailableError(f"the container engine at {address} doesn't answer: {error}")
