"""Output of a container, from the engine's stream to a pipe that is read without blocking the others."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

import anyio
import anyio.to_thread


class Pump:
    """A thread that writes what ``stream`` yields; its words when that fails are the last output."""

    def __init__(self, stream: Callable[[], Iterable[bytes]]) -> None:
        self._stream = stream
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for chunk in self._stream():
                _write(self._writer, chunk)
        except Exception as error:  # noqa: BLE001 - the library raises what urllib3, requests and sockets raise
            with suppress(OSError):
                _write(self._writer, f"{error}\n".encode())
        finally:
            os.close(self._writer)

    async def read(self, limit: int) -> bytes:
        """The next bytes; ``b""`` at the end."""
        while True:
            try:
                return os.read(self._reader, limit)
            except BlockingIOError:
                await anyio.wait_readable(self._reader)

    async def finish(self) -> None:
        """Wait for the end of the stream and give the pipe back; twice is no error."""
        await anyio.to_thread.run_sync(self._thread.join, abandon_on_cancel=True)
        self.close()

    def close(self) -> None:
        """Read no more."""
        if self._reader >= 0:
            os.close(self._reader)
            self._reader = -1


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
