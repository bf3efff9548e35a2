"""The monitoring configuration at work: a real Prometheus reads a page, panels ask it, an alert reaches someone."""

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

import pytest
import yaml

from .configuration import FOLDER, as_asked, panels, rules
from .exporter import Exporter, exporting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs prometheus (Debian's package of that name)"),
]
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
PATIENCE = 40.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (on this machine)
        return json.load(answer)


def wait_for(what: Callable[[], object]) -> object:
    """What it gives once it gives something; asked again until then."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError):
            if found := what():
                return found
        time.sleep(0.1)
    raise TimeoutError(what)


@contextmanager
def program(folder: Path, *command: str) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
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


def configured(folder: Path, targets: dict[str, int], alertmanager: int) -> None:
    """Copy the configuration; only addresses, pace and patience are others."""
    shutil.copytree(FOLDER / "rules", folder / "rules")
    text = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    text["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    for job in text["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{targets[job['job_name']]}"]}]
    text["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{alertmanager}"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(text))
    alerting = yaml.safe_load((FOLDER / "rules/alerts.yml").read_text())
    for group in alerting["groups"]:
        for rule in group["rules"]:
            rule["for"] = "0s"
    (folder / "rules/alerts.yml").write_text(yaml.safe_dump(alerting))


@contextmanager
def prometheus(folder: Path, exporter: int, alertmanager: int) -> Iterator[Prometheus]:
    port = free_port()
    configured(folder, {"loka-stratum": exporter, "prometheus": port, "alertmanager": alertmanager}, alertmanager)
    options = ("--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}")
    with program(folder, "prometheus", *options):
        running = Prometheus(port)
        try:
            wait_for(lambda: running.ask("count_over_time(stratum_active_connections[1m]) >= 4"))
        except TimeoutError:
            pytest.fail((folder / "log").read_text()[-3000:])
        yield running


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with exporting() as exporter, prometheus(tmp_path_factory.mktemp("watching"), exporter, free_port()) as running:
        yield running


def test_every_panels_queries_give_figures(
    watching: Prometheus, record_property: Callable[[str, object], None]
) -> None:
    asked = [(panel, query) for panel in panels() for query in panel.queries]
    empty: list[str] = []
    for panel, query in asked:
        if not wait_for_figures(watching, as_asked(query)):
            empty.append(f"{panel.dashboard}, {panel.title}: {query}")
    assert not empty
    record_property("checked", f"{len(asked)} queries of dashboards on a real Prometheus")


def wait_for_figures(running: Prometheus, query: str) -> bool:
    """Whether a query gives something that is a number, within some seconds: rates need time."""
    until = time.monotonic() + 8
    while time.monotonic() < until:
        if any(each["value"][1] != "NaN" for each in running.ask(query)):
            return True
        time.sleep(0.2)
    return False


def test_a_panel_that_asks_for_what_is_not_there_would_be_seen(watching: Prometheus) -> None:
    assert not watching.ask("rate(stratum_no_such_total[10s])")
    with pytest.raises(OSError, match="400"):
        watching.ask("rate(stratum_jobs_total)")


def test_every_recorded_figure_is_worked_out(watching: Prometheus) -> None:
    for rule in rules():
        if "record" in rule:
            assert wait_for_figures(watching, rule["record"]), rule["record"]


def test_no_rule_fails(watching: Prometheus) -> None:
    found = [rule for group in get(f"{watching.address}/api/v1/rules")["data"]["groups"] for rule in group["rules"]]
    assert len(found) == len(rules())
    assert {rule["health"] for rule in found} == {"ok"}
    assert [rule["lastError"] for rule in found if rule.get("lastError")] == []


class Inbox(BaseHTTPRequestHandler):
    """Keeps what Alertmanager sends."""

    received: ClassVar["queue.Queue[dict[str, Any]]"] = queue.Queue()

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
def alertmanager(folder: Path, webhook: int) -> Iterator[int]:
    """One with this repository's routes and with an inbox here instead of the addresses that are secret."""
    assert ALERTMANAGER
    text = yaml.safe_load((FOLDER / "alertmanager.yml").read_text())
    for receiver in text["receivers"]:
        receiver.pop("slack_configs")
        receiver["webhook_configs"] = [{"url": f"http://127.0.0.1:{webhook}/inbox"}]
    for route in (text["route"], *text["route"]["routes"]):
        route["group_wait"] = "1s"
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(text))
    port = free_port()
    options = ("--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address=")
    with program(folder, ALERTMANAGER, *options, f"--web.listen-address=127.0.0.1:{port}"):
        wait_for(lambda: get(f"http://127.0.0.1:{port}/api/v2/status"))
        yield port


@pytest.mark.skipif(ALERTMANAGER is None, reason="needs alertmanager (Debian's package prometheus-alertmanager)")
def test_an_alert_reaches_whom_it_should(tmp_path: Path) -> None:
    watch, tell = tmp_path / "prometheus", tmp_path / "alertmanager"
    watch.mkdir()
    tell.mkdir()
    with (
        inbox() as webhook,
        alertmanager(tell, webhook) as manager,
        exporting() as exporter,
        prometheus(watch, exporter, manager),
    ):
        Exporter.changed['stratum_pool_up{pool="first"}'] = "0"
        message = told("NoPoolAnswers")
    assert message["receiver"] == "urgent"
    assert message["status"] == "firing"
    (alert,) = message["alerts"]
    assert alert["labels"]["severity"] == "critical"
    assert alert["annotations"]["summary"] == f"No pool answers the proxy 127.0.0.1:{exporter}"


def told(name: str) -> dict[str, Any]:
    """The first message about that alert."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        message: dict[str, Any] = Inbox.received.get(timeout=max(0.1, until - time.monotonic()))
        if message["commonLabels"].get("alertname") == name:
            return message
    raise TimeoutError(name)


def test_the_targets_are_read(watching: Prometheus) -> None:
    up = {each["metric"]["job"]: each["value"][1] for each in watching.ask("up")}
    assert up == {"loka-stratum": "1", "prometheus": "1", "alertmanager": "0"}
