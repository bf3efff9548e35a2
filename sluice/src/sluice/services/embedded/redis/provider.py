"""Serves the images ``redis`` and ``valkey/valkey`` by the server of that name that is installed on this machine.

In: a service of such an image. Out: a running server that keeps nothing on disk. No registry that every machine has
packages Redis, so where it isn't installed the reason says what to install.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.folders import find_folders
from sluice.services.embedded.identity import unprivileged
from sluice.services.embedded.limits import cannot_do
from sluice.services.embedded.listening import cannot_map
from sluice.services.embedded.redis.reading import program_of, server_arguments
from sluice.services.embedded.redis.server import PORT, start_server
from sluice.services.embedded.service import EmbeddedService
from sluice.services.protocol import Place
from sluice.source.errors import UnavailableError, UsageError


class RedisProvider:
    """Installed Redis servers. ``find_program`` is replaced in tests."""

    name = "installed Redis"
    publishes_on_machine = False

    def __init__(self, *, find_program: Callable[[str], str | None] = shutil.which) -> None:
        self._find_program = find_program

    def is_for(self, image: str) -> bool:
        """Redis and Valkey."""
        return program_of(image) is not None

    def can_serve(self, request: ContainerRequest) -> str | None:
        """``None``, or the reason why not."""
        try:
            program = program_of(request.image)
            if program is None:
                return "it serves the images redis and valkey/valkey alone"
            server_arguments(request.command)
            refusal = cannot_do(request, data="/data") or cannot_map(request.ports, PORT)
        except UsageError as error:
            return error.message
        return refusal or (_not_installed(program) if self._find_program(program) is None else None)

    async def start(self, request: ContainerRequest, place: Place) -> EmbeddedService:
        """Start it. Raises ``UnavailableError`` when it isn't installed."""
        program = program_of(request.image) or "redis-server"
        path = self._find_program(program)
        if path is None:
            raise UnavailableError(f"The service '{request.name}' can't be had: {_not_installed(program)}")
        return await start_server(path, request, place, find_folders(unprivileged()))


def _not_installed(program: str) -> str:
    formula = program.removesuffix("-server")
    return f"{program} isn't installed here (Debian: apt install {program}; macOS: brew install {formula})"
