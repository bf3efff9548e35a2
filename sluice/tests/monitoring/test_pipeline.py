"""The pipeline's alerts, from what went wrong in a store to whoever is told: everything is real."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from prometheus_at_hand import ALERTMANAGER, Inbox, Prometheus, alertmanager, free_port, inbox, program, wait_for

from sluice.delivery.deployment.events import Failed, Finished, Release, Requested, Switched
from sluice.evidence.counts import count_findings
from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure, Severity
from sluice.store.ledgers.deployments import DeploymentLog
from sluice.store.ledgers.measures import MeasureHistory
from sluice.store.places import find_places

FOLDER = Path(__file__).parents[3] / "monitoring"
PIPELINE = FOLDER / "pipeline"
WORKFLOW = """name: CI
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{uses: actions/checkout@v4}, {run: test ! -e broken}]
"""
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool (package prometheus)")
needs_both = pytest.mark.skipif(
    shutil.which("prometheus") is None or ALERTMANAGER is None,
    reason="needs prometheus and alertmanager (Debian's packages prometheus, prometheus-alertmanager)",
)


class Pipeline:
    """A repository whose pipeline goes well or badly, with what its runs leave in the store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._commits(WORKFLOW)

    def go(self, *, well: bool) -> None:
        """A run, an audit, a benchmark and a deployment, all well or all badly."""
        broken = self.root / "broken"
        broken.unlink(missing_ok=True) if well else broken.touch()
        done = subprocess.run([sys.executable, "-m", "sluice", "run", "--quiet"], cwd=self.root, check=False)
        assert done.returncode == (0 if well else 1)
        finding = Finding(id="CVE-1", kind=Kind.VULNERABILITY, severity=Severity.HIGH, title="t", tool="t")
        evidence = Evidence(findings=() if well else (finding,), examined=frozenset({Kind.VULNERABILITY}))
        speed = Measure(name="bench/parse", unit="ms", better=Better.LOWER, value=10.0 if well else 13.0)
        history = MeasureHistory(find_places().measures)
        history.append(str(self.root), self.head, [speed, *count_findings(evidence)], time.time())
        self._deploy(well=well)

    @property
    def head(self) -> str:
        return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=self.root, text=True).strip()

    def _deploy(self, *, well: bool) -> None:
        log, release = DeploymentLog(find_places().deployments), Release(commit=self.head, version="v1")
        request = Requested(
            release=release, previous=None, previous_number=None, kind="deploy", actor="ada", beside=True
        )
        number = log.begin(str(self.root), "production", request)
        log.append(str(self.root), "production", number, Switched() if well else Failed(reason="it is not healthy"))
        if well:
            log.append(str(self.root), "production", number, Finished())

    def _commits(self, workflow: str) -> None:
        (self.root / ".github/workflows/ci.yml").write_text(workflow, encoding="utf-8")
        for command in (["add", "."], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "Second"]):
            subprocess.run(["git", *command], cwd=self.root, check=True)


@contextmanager
def exporter(pipeline: Pipeline, folder: Path) -> Iterator[int]:
    folder.mkdir()
    port = free_port()
    command = (sys.executable, "-m", "sluice", "metrics", "--all", "--listen", f"127.0.0.1:{port}")
    assert pipeline.root.is_dir()
    with program(folder, *command):
        yield port


@contextmanager
def prometheus(folder: Path, exporter: int, alertmanager: int) -> Iterator[Prometheus]:
    """This repository's configuration of it, at another pace and with other addresses."""
    shutil.copytree(PIPELINE, folder)
    text = yaml.safe_load((PIPELINE / "prometheus.yml").read_text())
    text["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    text["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{exporter}"]}]
    text["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{alertmanager}"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(text))
    port = free_port()
    options = ("--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}")
    with program(folder, "prometheus", *options):
        running = Prometheus(port)
        wait_for(lambda: running.ask("github_workflow_duration_seconds"))
        yield running


def firing(running: Prometheus) -> set[str]:
    return {each["metric"]["alertname"] for each in running.ask('ALERTS{alertstate="firing"}')}


def told(status: str, names: set[str]) -> set[str]:
    """The alerts about which somebody was told this, until it is all of them."""
    seen: set[str] = set()
    until = time.monotonic() + 40
    while seen != names and time.monotonic() < until:
        message = Inbox.received.get(timeout=max(0.1, until - time.monotonic()))
        seen |= {alert["labels"]["alertname"] for alert in message["alerts"] if alert["status"] == status} & names
    return seen


FOUR = {"ProductionDeploymentFailed", "VulnerabilityFound", "PerformanceRegressed", "CriticalTestsFailed"}


@pytest.mark.slow
@needs_both
def test_the_four_critical_alerts_reach_someone_and_clear(repository: Path, tmp_path: Path) -> None:
    pipeline = Pipeline(repository)
    for _ in range(2):  # a benchmark is compared with what came before
        pipeline.go(well=True)
    (tmp_path / "manager").mkdir()
    with (
        exporter(pipeline, tmp_path / "exporter") as port,
        inbox() as webhook,
        alertmanager(tmp_path / "manager", FOLDER / "alertmanager.yml", webhook) as manager,
        prometheus(tmp_path / "watching", port, manager) as running,
    ):
        assert panels_without_figures(running) == []
        assert firing(running) == set()
        pipeline.go(well=False)
        assert told("firing", FOUR) == FOUR
        pipeline.go(well=True)
        assert told("resolved", FOUR) == FOUR
        wait_for(lambda: not firing(running))


def panels_without_figures(running: Prometheus) -> list[str]:
    board = json.loads((PIPELINE / "dashboard.json").read_text())
    queries = [(panel["title"], one["expr"]) for panel in board["panels"] for one in panel.get("targets", ())]
    assert len(queries) > 10
    return [f"{title}: {query}" for title, query in queries if not running.ask(query.replace("$repository", ".*"))]


@needs_promtool
def test_prometheus_takes_the_pipelines_configuration() -> None:
    done = check("check", "config", "--lint-fatal", "prometheus.yml")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@needs_promtool
def test_every_alert_fires_and_stays_quiet_as_its_cases_say() -> None:
    done = check("test", "rules", "alerts_test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@needs_promtool
@pytest.mark.parametrize(
    ("right", "wrong"), [("> 0.20", "> 0.35"), ('"production"', '"staging"'), ("high|critical", "high")]
)
def test_a_changed_alert_fails_its_cases(tmp_path: Path, right: str, wrong: str) -> None:
    shutil.copytree(PIPELINE, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "alerts.yml").read_text()
    assert right in text
    (tmp_path / "alerts.yml").write_text(text.replace(right, wrong, 1))
    assert check("test", "rules", "alerts_test.yml", folder=tmp_path).returncode == 1


def check(*words: str, folder: Path = PIPELINE) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_every_alert_says_what_to_do_and_has_a_case_each_way() -> None:
    alerts = yaml.safe_load((PIPELINE / "alerts.yml").read_text())["groups"][0]["rules"]
    tests = yaml.safe_load((PIPELINE / "alerts_test.yml").read_text())["tests"]
    cases = [(one["alertname"], bool(one["exp_alerts"])) for test in tests for one in test["alert_rule_test"]]
    names = {alert["alert"] for alert in alerts}
    assert {name for name, fires in cases if fires} == {name for name, fires in cases if not fires} == names
    assert {alert["alert"] for alert in alerts if alert["labels"]["severity"] == "critical"} == FOUR
    assert all({"summary", "description", "action"} == set(alert["annotations"]) for alert in alerts)
