"""What ``guarding`` starts: waits until the engine of a run is gone, then removes its containers, networks, volumes.

A program of its own that needs the standard library alone, so that it starts fast and outlives whatever breaks. In: the
address of a container engine and the owner's mark; on its standard input the projects of Compose that are the run's
(``+NAME``) and no longer are (``-NAME``), and its end. Out: nothing.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

_SECONDS = 60
_ROUNDS = 3
"""An engine that was asked to make a container may finish it after its client died."""

LOCK = "/tmp"  # noqa: S108  # nosec B108 - the folder itself: a file in it would be one user's, and not every other's
LOCK_SECONDS = 30
"""Who takes something away has the lock for as long as the engine needs for two or three answers."""
_PAUSE = 0.01


class _Socket(http.client.HTTPConnection):
    """HTTP by a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)


def _connection(address: str) -> http.client.HTTPConnection:
    kind, _, place = address.partition("://")
    return _Socket(place) if kind == "unix" else http.client.HTTPConnection(place, timeout=_SECONDS)


def _ask(address: str, method: str, path: str) -> Any:  # noqa: ANN401 - the engine's JSON
    connection = _connection(address)
    try:
        connection.request(method, path)
        text = connection.getresponse().read()
        return json.loads(text) if text else None
    finally:
        connection.close()


def _left(address: str, label: str) -> Iterator[str]:
    """The paths of what has the label, containers first."""
    chosen = quote(json.dumps({"label": [label]}))
    for kind, ending, name in (
        ("containers", "json?all=1&", "Id"),
        ("networks", "?", "Id"),
        ("volumes", "?", "Name"),
    ):
        found = _ask(address, "GET", f"/{kind}{'/' if kind == 'containers' else ''}{ending}filters={chosen}")
        entries: list[dict[str, str]] = (found["Volumes"] if isinstance(found, dict) else found) or []
        for entry in entries:
            yield f"/{kind}/{entry[name]}{'?force=1&v=1' if kind == 'containers' else ''}"


def locked(seconds: float = LOCK_SECONDS) -> int:
    """A descriptor that no other process has while this one does not close it; it waits for who has it. Any user's
    process can keep it. Raises ``TimeoutError`` when one does for so long.
    """
    found, end = os.open(LOCK, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < end:
                time.sleep(_PAUSE)
                continue
            os.close(found)
            raise TimeoutError(f"another process keeps the lock on {LOCK}") from None
        return found


def _take_away(address: str, label: str, path: str) -> None:
    """A volume may hold a name that another process took by now."""
    if not path.startswith("/volumes/"):
        _ask(address, "DELETE", path)
        return
    lock = locked()
    try:
        name, _, value = label.partition("=")
        if ((_ask(address, "GET", path) or {}).get("Labels") or {}).get(name) == value:
            _ask(address, "DELETE", path)
    finally:
        os.close(lock)


def main(address: str, owner: str) -> None:
    """Wait, then clean up."""
    projects: set[str] = set()
    for line in sys.stdin:
        (projects.add if line[0] == "+" else projects.discard)(line[1:].strip())
    labels = [f"sluice.owner={owner}", *(f"com.docker.compose.project={name}" for name in sorted(projects))]
    for label in labels * _ROUNDS:
        with suppress(OSError, http.client.HTTPException, ValueError):
            for path in _left(address, label):
                _take_away(address, label, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
