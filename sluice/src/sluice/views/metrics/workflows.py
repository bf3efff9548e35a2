"""Families about workflows, their jobs and caches. In: figures of runs. Out: families.

``github_*`` have the names and labels that dashboards of GitHub's workflows use; the rest is Sluice's own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import Metric

from sluice.views.metrics.figures import JobFigures, RunFigures
from sluice.views.metrics.rows import Row, counter, gauge

RECENT = 50
"""Runs of a workflow that its success rate is about."""
_DECIDED = frozenset({"success", "failure"})
_LABELS = ("repository", "workflow")
_JOB = (*_LABELS, "job")
_Groups = Mapping[tuple[str, str], Sequence[RunFigures]]


def workflow_families(runs: Iterable[RunFigures]) -> Iterator[Metric]:
    """How long, how often well, how well side by side."""
    groups = _by_workflow(runs)
    last = {labels: group[-1] for labels, group in groups.items()}
    yield gauge(
        "github_workflow_duration_seconds",
        "Time that the last run took.",
        _LABELS,
        ((labels, run.seconds) for labels, run in last.items()),
    )
    yield gauge(
        "github_workflow_success_rate",
        f"Part of the last {RECENT} runs with a verdict that passed.",
        _LABELS,
        ((labels, _success_rate(group)) for labels, group in groups.items()),
    )
    yield counter("sluice_workflow_runs", "Runs that are over.", (*_LABELS, "conclusion"), _conclusions(groups))
    yield gauge(
        "sluice_workflow_last_run_failed", "1 when the last run on a ref failed.", (*_LABELS, "ref"), _by_ref(groups)
    )
    yield gauge(
        "sluice_workflow_last_run_timestamp_seconds",
        "When the last run ended.",
        _LABELS,
        ((labels, run.completed) for labels, run in last.items()),
    )
    yield gauge(
        "sluice_workflow_parallel_efficiency",
        "The longest chain of jobs that need each other as a part of the last run's time.",
        _LABELS,
        ((labels, run.efficiency) for labels, run in last.items()),
    )
    yield gauge(
        "sluice_workflow_utilization",
        "The jobs' time as a part of what the processors had in the last run.",
        _LABELS,
        ((labels, run.utilization) for labels, run in last.items()),
    )


def job_families(runs: Iterable[RunFigures]) -> Iterator[Metric]:
    """Jobs by result; the longest of their legs in the last run, and how long they were held back."""
    groups = _by_workflow(runs)
    yield counter("sluice_job_runs", "Job runs that are over.", (*_JOB, "conclusion"), _job_conclusions(groups))
    yield gauge(
        "sluice_job_duration_seconds",
        "Time that the job took in the last run.",
        _JOB,
        ((labels, _longest(leg.seconds for leg in legs)) for labels, legs in _last_legs(groups)),
    )
    yield gauge(
        "sluice_job_queue_seconds",
        "Time between the end of what the job needs and its start, in the last run.",
        _JOB,
        ((labels, _longest(leg.queued for leg in legs)) for labels, legs in _last_legs(groups)),
    )


def cache_family(runs: Iterable[RunFigures]) -> Metric:
    """Hits by type of cache."""
    found: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for run in runs:
        for kind, hit in run.caches:
            found[run.repository, kind].append(hit)
    return gauge(
        "github_cache_hit_rate",
        "Part of the look-ups that found something.",
        ("repository", "cache_type"),
        ((labels, sum(hits) / len(hits)) for labels, hits in sorted(found.items())),
    )


def _by_workflow(runs: Iterable[RunFigures]) -> _Groups:
    grouped: defaultdict[tuple[str, str], list[RunFigures]] = defaultdict(list)
    for run in sorted(runs, key=lambda one: one.completed):
        grouped[run.repository, run.workflow].append(run)
    return dict(sorted(grouped.items()))


def _success_rate(group: Sequence[RunFigures]) -> float | None:
    decided = [run.conclusion for run in group if run.conclusion in _DECIDED][-RECENT:]
    return decided.count("success") / len(decided) if decided else None


def _conclusions(groups: _Groups) -> Iterator[Row]:
    for labels, group in groups.items():
        for conclusion, count in sorted(Counter(run.conclusion for run in group).items()):
            yield (*labels, conclusion), count


def _by_ref(groups: _Groups) -> Iterator[Row]:
    for labels, group in groups.items():
        for ref, run in {run.ref: run for run in group if run.conclusion in _DECIDED}.items():
            yield (*labels, ref), float(run.conclusion == "failure")


def _job_conclusions(groups: _Groups) -> Iterator[Row]:
    for labels, group in groups.items():
        counted = Counter((job.job, job.conclusion) for run in group for job in run.jobs)
        for (job, conclusion), count in sorted(counted.items()):
            yield (*labels, job, conclusion), count


def _last_legs(groups: _Groups) -> Iterator[tuple[tuple[str, ...], list[JobFigures]]]:
    for labels, group in groups.items():
        for job in sorted({one.job for one in group[-1].jobs}):
            yield (*labels, job), [one for one in group[-1].jobs if one.job == job]


def _longest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
