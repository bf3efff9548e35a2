"""Real Prometheus and Alertmanager for tests: programs on ports of their own, questions, what reaches an inbox."""

from __future__ import annotations

import json
import queue
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import yaml

PROMETHEUS = shutil.which("prometheus")
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
PATIENCE = 40.0
_Process = subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def get(url: str) -> Any:  # noqa: ANN401 (JSON of any kind)
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (on this machine)
        return json.load(answer)


def wait_for(what: Callable[[], object], patience: float = PATIENCE) -> object:
    """What it gives once it gives something; asked again until then."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with suppress(OSError):
            if found := what():
                return found
        time.sleep(0.1)
    raise TimeoutError(what)


@contextmanager
def program(folder: Path, *command: str, end: Callable[[_Process], None] = _Process.terminate) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        end(process)
        process.wait(20)


class Prometheus:
    """One that runs, with this repository's configuration at another pace and with other addresses."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, query: str) -> list[dict[str, Any]]:
        answer = get(f"{self.address}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
        assert answer["status"] == "success"
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


class Inbox(BaseHTTPRequestHandler):
    """Keeps what Alertmanager sends."""

    received: ClassVar[queue.Queue[dict[str, Any]]] = queue.Queue()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/inbox":  # a Prometheus of another run may still know the port as its Alertmanager's
            self.received.put(json.loads(body))
        self.send_response(200 if self.path == "/inbox" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass


@contextmanager
def inbox() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Inbox)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def alertmanager(folder: Path, configuration: Path, webhook: int) -> Iterator[int]:
    """One with this repository's routes and with an inbox here instead of the addresses that are secret."""
    assert ALERTMANAGER
    text = yaml.safe_load(configuration.read_text())
    for receiver in text["receivers"]:
        receiver.pop("slack_configs")
        receiver["webhook_configs"] = [{"url": f"http://127.0.0.1:{webhook}/inbox"}]
    for route in (text["route"], *text["route"]["routes"]):
        route |= {"group_wait": "1s", "group_interval": "1s"}
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(text))
    port = free_port()
    options = ("--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address=")
    with program(folder, ALERTMANAGER, *options, f"--web.listen-address=127.0.0.1:{port}"):
        wait_for(lambda: get(f"http://127.0.0.1:{port}/api/v2/status"))
        yield port


def told(name: str, status: str = "firing") -> dict[str, Any]:
    """The first message that says that of the alert."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        message: dict[str, Any] = Inbox.received.get(timeout=max(0.1, until - time.monotonic()))
        if (message["commonLabels"].get("alertname"), message["status"]) == (name, status):
            return message
    raise TimeoutError(name)
