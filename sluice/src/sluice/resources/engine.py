"""Questions to the container engine over its socket, as JSON: a container's numbers in a moment."""

from __future__ import annotations

import http.client
import json
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sluice.source.errors import UnavailableError

_SECONDS = 20


class EngineConnection:
    """Asks the engine at ``address``: ``DOCKER_HOST``, else the usual socket."""

    def __init__(self) -> None:
        self.address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"

    def get(self, path: str) -> dict[str, Any]:
        """The answer. Raises ``UnavailableError`` when there is none."""
        connection = self._connect()
        try:
            connection.request("GET", path, headers={"Host": "engine"})
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read() or b"{}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise UnavailableError(f"the container engine at {self.address} doesn't answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise UnavailableError(f"the container engine refuses: {body.get('message', answer.status)}")
        return body

    def _connect(self) -> http.client.HTTPConnection:
        address = urlsplit(self.address)
        if address.scheme == "unix":
            return _UnixConnection(Path(address.path))
        return http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port or 2375, timeout=_SECONDS)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("engine", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the file."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(str(self._path))
