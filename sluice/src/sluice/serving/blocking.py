"""HTTP on loopback for callers without an event loop: a function answers each request, in a thread of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from msgspec import Struct

from sluice.serving.messages import Response

_LARGEST = 16 * 1024 * 1024
"""Bytes of a body that are read; what follows is left."""


class Asked(Struct, frozen=True, kw_only=True):
    """A request that is here as a whole; header names are in lower case, ``path`` is as it came, with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def document(self) -> object:
        """The JSON that came with it; ``None`` for anything else."""
        try:
            found: object = json.loads(self.body)
        except ValueError:
            return None
        return found


@contextmanager
def answering(answer: Callable[[Asked], Response]) -> Iterator[str]:
    """The address, without a slash at its end, at which ``answer`` is asked until the block ends.

    It is called from several threads at once. Of what it gives status, headers and ``body`` are sent.
    """

    class Handler(_Handler):
        answer_to = staticmethod(answer)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer_to: Callable[[Asked], Response]

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(min(length, _LARGEST))
        self.close_connection |= length > _LARGEST
        response = self.answer_to(Asked(method=self.command, path=self.path, headers=headers, body=body))
        self.send_response(response.status)
        for name, value in {**response.headers, "Content-Length": str(len(response.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - the names that http.server calls

    def log_message(self, *words: object) -> None:
        """Say nothing."""
