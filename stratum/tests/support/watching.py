"""A real Prometheus with this repository's configuration; only addresses, pace and patience are others."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from prometheus_at_hand import Prometheus, free_port, program, wait_for

FOLDER = Path(__file__).parents[3] / "monitoring"


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
