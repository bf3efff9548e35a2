"""The page as Prometheus' own parser reads it."""

from prometheus_client.parser import text_string_to_metric_families

from sluice.delivery.deployment.figures import delivery_figures
from sluice.evidence.counts import count_findings
from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure, Severity
from sluice.views.metrics.deployments import EnvironmentFigures
from sluice.views.metrics.figures import JobFigures, RunFigures
from sluice.views.metrics.page import Known, render
from sluice.views.metrics.quality import Change


def run(completed: float, conclusion: str = "success", seconds: float = 9, **changes: object) -> RunFigures:
    facts: dict[str, object] = {
        "run": str(completed),
        "repository": "loka/stratum",
        "workflow": 'CI "1"',
        "ref": "refs/heads/main",
        "conclusion": conclusion,
        "completed": completed,
        "seconds": seconds,
        "jobs": (JobFigures(job="a", conclusion=conclusion, seconds=4, queued=1),),
        "caches": (("pip", conclusion == "success"),),
        "efficiency": 0.5,
        "utilization": 0.25,
    }
    return RunFigures(**{**facts, **changes})  # type: ignore[arg-type] # the facts are as the type says


def samples(known: Known) -> dict[str, float]:
    """By name and the values of its labels but the repository's."""
    found = {}
    for family in text_string_to_metric_families(render(known)):
        for one in family.samples:
            values = [value for label, value in one.labels.items() if label != "repository"]
            found["/".join([one.name, *values])] = one.value
    return found


def test_workflows_jobs_and_caches_have_their_specified_names() -> None:
    found = samples(Known(runs=[run(3, "failure", 7), run(1), run(2), run(4, "cancelled", 5)]))
    assert found['github_workflow_duration_seconds/CI "1"'] == 5
    assert found['github_workflow_success_rate/CI "1"'] == 2 / 3
    assert found["github_cache_hit_rate/pip"] == 0.5
    assert found['sluice_workflow_runs_total/success/CI "1"'] == 2
    assert found['sluice_workflow_last_run_failed/refs/heads/main/CI "1"'] == 1
    assert found['sluice_job_runs_total/failure/a/CI "1"'] == 1
    assert found['sluice_job_queue_seconds/a/CI "1"'] == 1


def test_a_benchmark_is_worse_by_its_own_direction() -> None:
    slower = Change(measure=Measure(name="bench/a", unit="ms", better=Better.LOWER, value=13), before=10)
    fewer = Change(measure=Measure(name="bench/b", unit="1/s", better=Better.HIGHER, value=50), before=100)
    first = Change(measure=Measure(name="bench/c", unit="ms", better=Better.LOWER, value=1), before=None)
    found = samples(Known(changes={"r": [slower, fewer, first]}))
    assert round(found["sluice_benchmark_worse_ratio/a"], 6) == 0.3
    assert found["sluice_benchmark_worse_ratio/b"] == 1
    assert "sluice_benchmark_worse_ratio/c" not in found
    assert found["sluice_measure/bench/c/ms"] == 1


def test_findings_are_counted_only_of_kinds_that_were_looked_for() -> None:
    finding = Finding(id="CVE-1", kind=Kind.VULNERABILITY, severity=Severity.HIGH, title="t", tool="t")
    evidence = Evidence(findings=(finding,), examined=frozenset({Kind.VULNERABILITY}))
    changes = [Change(measure=one, before=None) for one in count_findings(evidence)]
    found = samples(Known(changes={"r": changes}))
    assert found["sluice_findings/vulnerability/high"] == 1
    assert found["sluice_findings/vulnerability/critical"] == 0
    assert not any(name.startswith("sluice_findings/code") for name in found)


def test_coverage_is_a_ratio() -> None:
    change = Change(measure=Measure(name="coverage/line", unit="%", better=Better.HIGHER, value=91.5), before=None)
    assert samples(Known(changes={"r": [change]}))["sluice_coverage_ratio/line"] == 0.915


def test_an_environment_without_figures_tells_what_there_is() -> None:
    place = EnvironmentFigures(
        name="staging", ends={"finished": 2}, failed=True, figures=delivery_figures([], since=0, until=86400)
    )
    found = samples(Known(environments={"r": [place]}))
    assert found["sluice_deployments_total/staging/finished"] == 2
    assert found["sluice_last_deployment_failed/staging"] == 1
    assert "sluice_lead_time_seconds/staging" not in found
