"""The monitoring configuration at work: a real Prometheus reads a page, panels ask it, an alert reaches someone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_at_hand import ALERTMANAGER, PROMETHEUS, Prometheus, alertmanager, free_port, get, inbox, told
from watching import FOLDER, prometheus

from .configuration import as_asked, panels, rules
from .exporter import Exporter, exporting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROMETHEUS is None, reason="needs prometheus (Debian's package of that name)"),
]


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


@pytest.mark.skipif(ALERTMANAGER is None, reason="needs alertmanager (Debian's package prometheus-alertmanager)")
def test_an_alert_reaches_whom_it_should(tmp_path: Path) -> None:
    watch, tell = tmp_path / "prometheus", tmp_path / "alertmanager"
    watch.mkdir()
    tell.mkdir()
    with (
        inbox() as webhook,
        alertmanager(tell, FOLDER / "alertmanager.yml", webhook) as manager,
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


def test_the_targets_are_read(watching: Prometheus) -> None:
    up = {each["metric"]["job"]: each["value"][1] for each in watching.ask("up")}
    assert up == {"loka-stratum": "1", "prometheus": "1", "alertmanager": "0"}
