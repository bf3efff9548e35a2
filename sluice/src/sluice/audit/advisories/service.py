"""The OSV service's two questions (https://google.github.io/osv.dev/api/): asked over HTTP, and answered on
loopback out of a local database.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

from sluice.audit.advisories.database import AdvisoryDatabase
from sluice.evidence.advisories import Advisories, read_advisories

_LARGEST = 16 * 1024 * 1024
_SECONDS = 20


def ask_about(address: str, ids: Iterable[str]) -> Advisories:
    """What the service at ``address`` says of these advisories; one that it can't be asked about stays unrated."""
    return read_advisories(record for name in dict.fromkeys(ids) if (record := _record(address, name)) is not None)


def _record(address: str, name: str) -> object | None:
    if not address.startswith(("http://", "https://")):
        return None
    try:
        with urllib.request.urlopen(f"{address}/v1/vulns/{quote(name)}", timeout=_SECONDS) as answer:  # noqa: S310  # nosec B310 - the scheme was looked at
            return json.loads(answer.read(_LARGEST))  # type: ignore[no-any-return]
    except (OSError, ValueError):
        return None


@contextmanager
def serve(database: AdvisoryDatabase) -> Iterator[str]:
    """The address of a service over ``database`` that ends with the block."""

    class Handler(_Handler):
        advisories = database

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    advisories: AdvisoryDatabase

    def do_POST(self) -> None:
        """``/v1/query``: a package's version in, its advisories out."""
        try:
            length = min(int(self.headers.get("Content-Length", "0")), _LARGEST)
            asked = json.loads(self.rfile.read(length))
            package = asked["package"]
            found = self.advisories.query(package["name"], asked["version"], package.get("ecosystem", "PyPI"))
        except (ValueError, KeyError, TypeError):
            self._answer(400, {"message": "not a query"})
            return
        self._answer(200, {"vulns": found} if found else {})

    def do_GET(self) -> None:
        """``/v1/vulns/ID``."""
        record = self.advisories.record(Path(self.path).name)
        self._answer(*((404, {"message": "no such advisory"}) if record is None else (200, record)))

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""
