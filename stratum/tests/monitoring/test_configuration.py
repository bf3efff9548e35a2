"""The monitoring configuration on its own: are its files right, and does it read what a proxy shows?"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from loka_metrics import Registry
from loka_stratum.measures import Measures, StorageMeasures

from .configuration import DASHBOARDS, FOLDER, PAGE, RULES, alerts, names_in, names_shown, panels, rules

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool (package prometheus)")
needs_amtool = pytest.mark.skipif(
    shutil.which("amtool") is None, reason="needs amtool (package prometheus-alertmanager)"
)


def run(*command: str | Path, folder: Path = FOLDER) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@needs_promtool
def test_prometheus_takes_its_configuration() -> None:
    result = run("promtool", "check", "config", "--lint-fatal", "prometheus.yml")
    assert result.returncode == 0, result.stderr
    assert f"{len(RULES)} rule files found" in result.stdout


@pytest.mark.slow
@needs_promtool
def test_every_alert_fires_and_stays_quiet_as_its_cases_say() -> None:
    result = run("promtool", "test", "rules", "tests/alerts.yml")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.slow
@needs_promtool
@pytest.mark.parametrize(
    ("alert", "right", "wrong"), [("RefusedSharesHigh", "> 0.05\n", "> 0.5\n"), ("ProxyDown", "for: 1m", "for: 9m")]
)
def test_a_changed_alert_fails_its_cases(tmp_path: Path, alert: str, right: str, wrong: str) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "rules/alerts.yml"
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    _keep_cases_of(alert, tmp_path / "tests/alerts.yml")
    result = run("promtool", "test", "rules", "tests/alerts.yml", folder=tmp_path)
    assert result.returncode == 1
    assert "FAILED" in result.stdout + result.stderr


def _keep_cases_of(alert: str, path: Path) -> None:
    """Those of all the other alerts take ten times as long."""
    cases = yaml.safe_load(path.read_text())
    cases["tests"] = [test for test in cases["tests"] if alert in {c["alertname"] for c in test["alert_rule_test"]}]
    path.write_text(yaml.safe_dump(cases))


def test_every_alert_has_a_case_where_it_fires_and_one_where_it_does_not() -> None:
    cases = [
        case
        for test in yaml.safe_load((FOLDER / "tests/alerts.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    named = {alert["alert"] for alert in alerts()}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == named
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == named


def test_every_alert_says_how_bad_it_is_what_it_means_and_what_to_do() -> None:
    for alert in alerts():
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert list(alert["annotations"]) == ["summary", "description", "action"], alert["alert"]


@needs_amtool
def test_alertmanager_takes_its_configuration() -> None:
    result = run("amtool", "check-config", "alertmanager.yml")
    assert result.returncode == 0, result.stderr


@needs_amtool
@pytest.mark.parametrize(("severity", "receiver"), [("critical", "urgent"), ("warning", "routine")])
def test_an_alert_goes_to_whom_it_should(severity: str, receiver: str) -> None:
    result = run("amtool", "config", "routes", "test", "--config.file=alertmanager.yml", f"severity={severity}")
    assert result.stdout.strip() == receiver


def test_alerts_that_are_left_out_for_others_exist() -> None:
    text = (FOLDER / "alertmanager.yml").read_text()
    matchers = re.findall(r'alertname!?=~?"([^"]+)"', text)
    named = {name for matcher in matchers for name in matcher.split("|")}
    assert named
    assert named <= {alert["alert"] for alert in alerts()}


def test_no_secret_stands_in_the_configuration() -> None:
    for path in FOLDER.rglob("*.yml"):
        assert not re.search(r"(?i)(api_url|password|token|secret)\s*:\s*\S", path.read_text()), path


@needs_promtool
def test_the_page_that_is_tested_with_is_one_that_prometheus_reads() -> None:
    result = subprocess.run(
        ["promtool", "check", "metrics"],
        input=PAGE.read_text(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode in {0, 3}, result.stderr
    assert "error while linting" not in result.stderr


def test_the_page_that_is_tested_with_shows_what_the_proxy_shows() -> None:
    registry = Registry()
    Measures(registry)
    StorageMeasures(registry)
    kinds = (line.split() for line in registry.render().splitlines() if line.startswith("# TYPE "))
    shown = {name: kind for _, _, name, kind in kinds}
    assert names_shown() == shown


def test_rules_read_what_a_proxy_shows() -> None:
    read = {name for rule in rules() for name in names_in(rule["expr"])}
    assert len(read) > 15
    assert read <= names_shown().keys()


def test_panels_read_what_a_proxy_shows_and_recorded_figures_that_exist() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for panel in panels():
        for query in panel.queries:
            assert names_in(query) <= names_shown().keys(), panel.title
            assert set(re.findall(r"\w+:\w+:\w+", query)) <= recorded, panel.title


def test_everything_a_proxy_shows_is_drawn_somewhere() -> None:
    recorded = {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}
    drawn: set[str] = set()
    for panel in panels():
        for query in panel.queries:
            drawn |= names_in(query)
            for name in re.findall(r"\w+:\w+:\w+", query):
                drawn |= names_in(recorded[name])
                for inner in re.findall(r"\w+:\w+:\w+", recorded[name]):
                    drawn |= names_in(recorded[inner])
    assert names_shown().keys() - drawn == set()


def test_dashboards_are_well_formed() -> None:
    identifiers = set()
    for path in DASHBOARDS:
        board = json.loads(path.read_text())
        identifiers.add(board["uid"])
        numbers = [panel["id"] for panel in board["panels"]]
        assert len(set(numbers)) == len(numbers)
        cells: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24
            covered = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not covered & cells, f"{panel['title']} covers another panel"
            cells |= covered
        variables = {each["name"] for each in board["templating"]["list"]}
        asked = " ".join(query for panel in panels() if panel.dashboard == path.stem for query in panel.queries)
        assert set(re.findall(r"\$(\w+)", asked)) - {"__rate_interval"} <= variables
    assert len(identifiers) == len(DASHBOARDS) == 2
