"""A web server that shows a proxy's page, with every counter higher each time it is asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from .configuration import PAGE, names_shown

_GROWING_GAUGES = {"stratum_cpu_seconds"}


class Exporter(BaseHTTPRequestHandler):
    """Answers ``/metrics/prometheus``; ``changed`` has lines to show instead of the page's own, by series."""

    asked: ClassVar[int] = 0
    changed: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        """The page."""
        if self.path != "/metrics/prometheus":
            self.send_error(404)
            return
        type(self).asked += 1
        body = "".join(line + "\n" for line in _grown(self.asked, self.changed)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""


def _grown(times: int, changed: dict[str, str]) -> Iterator[str]:
    kinds = names_shown()
    for line in PAGE.read_text().splitlines():
        series, _, value = line.rpartition(" ")
        family = max((name for name in kinds if series.startswith(name)), key=len, default="")
        if line.startswith("#"):
            yield line
        elif series in changed:
            yield f"{series} {changed[series]}"
        elif kinds[family] != "gauge" or family in _GROWING_GAUGES:
            yield f"{series} {float(value) * times}"
        else:
            yield line


@contextmanager
def exporting() -> Iterator[int]:
    """Serve on a free port of this machine, and give the port."""
    Exporter.asked, Exporter.changed = 0, {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
