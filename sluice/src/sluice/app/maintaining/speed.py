"""How long jobs take and how well the caches serve, against the span before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median

from sluice.app.maintaining.failures import NO_RUNS
from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.views.metrics.figures import RunFigures
from sluice.views.text.wording import count, duration

SHOWN = 5
"""Jobs that are named, the slowest."""
SLOWER, LEAST_SECONDS, LEAST_RUNS = 0.2, 1.0, 3
"""From when on a job counts as slower: by this part and so many seconds at the median, of so many runs on each side."""
HITS_LOST, LEAST_LOOKUPS = 0.1, 10
"""From when on a cache counts as worse: so much less of its look-ups, of so many on each side."""
_NONE_PASSED = "no job passed in a run since then, so nobody can say how long they take"
Job = tuple[str, str]
Shown = Callable[[float | None], str]


def look_at_jobs(scene: Scene) -> Section:
    """The slowest jobs with their trend; slower ones need a person."""
    now, then = _seconds(scene.figures), _seconds(scene.figures_before)
    if not now:
        return Section(unseen=(_NONE_PASSED if scene.figures else NO_RUNS,))
    slowest = sorted(now, key=lambda job: -median(now[job]))
    return Section(
        findings=tuple(_slower(now, then, slowest)),
        facts=tuple(_told(job, now[job], then.get(job)) for job in slowest[:SHOWN]),
    )


def look_at_runs(scene: Scene) -> Section:
    """Each workflow as a whole: time, success, work side by side; what became worse needs a person."""
    now, then = _by_workflow(scene.figures), _by_workflow(scene.figures_before)
    if not now:
        return Section(unseen=(NO_RUNS,))
    return Section(
        findings=tuple(
            Finding(text=f"{name} takes longer: {text}", commands=("sluice metrics", "sluice list"))
            for name, runs in now.items()
            if (text := _change(_times(runs), _times(then.get(name, []))))
        ),
        facts=tuple(_workflow_told(name, runs, then.get(name, [])) for name, runs in now.items()),
    )


def look_at_caches(scene: Scene) -> Section:
    """Hits by type of cache."""
    now, then = _hits(scene.figures), _hits(scene.figures_before)
    if not now:
        return Section(nothing="no job looked into a cache") if scene.figures else Section(unseen=(NO_RUNS,))
    return Section(
        findings=tuple(_colder(now, then)),
        facts=tuple(
            f"{kind}: {sum(hits) / len(hits):.0%} of {count(len(hits), 'look-up')} hit{_rate(then.get(kind))}"
            for kind, hits in sorted(now.items())
        ),
    )


def success_rate(runs: Iterable[RunFigures]) -> float | None:
    """Part of the runs with a verdict that passed."""
    decided = [run.conclusion for run in runs if run.conclusion in {"success", "failure"}]
    return decided.count("success") / len(decided) if decided else None


def _seconds(figures: Iterable[RunFigures]) -> dict[Job, list[float]]:
    found: defaultdict[Job, list[float]] = defaultdict(list)
    for run in figures:
        for job in run.jobs:
            if job.seconds is not None and job.conclusion == "success":
                found[run.workflow, job.job].append(job.seconds)
    return dict(found)


def _slower(now: Mapping[Job, list[float]], then: Mapping[Job, list[float]], jobs: Iterable[Job]) -> Iterator[Finding]:
    for workflow, job in jobs:
        if text := _change(now[workflow, job], then.get((workflow, job), [])):
            yield Finding(text=f"{workflow}: {job} is slower: {text}", commands=("sluice list", "sluice report latest"))


def _change(now: list[float], then: list[float]) -> str:
    """How the median rose, where it did for long enough and often enough; else nothing."""
    if min(len(now), len(then)) < LEAST_RUNS:
        return ""
    after, before = median(now), median(then)
    if after - before < LEAST_SECONDS or after < before * (1 + SLOWER):
        return ""
    return f"{duration(after)}, {duration(before)} before (+{after / before - 1:.0%})" if before else ""


def _told(job: Job, now: list[float], then: list[float] | None) -> str:
    before = f", {duration(median(then))} before" if then else ", not run before"
    return f"{job[0]}: {job[1]} takes {duration(median(now))} ({count(len(now), 'run')}){before}"


def _by_workflow(figures: Iterable[RunFigures]) -> dict[str, list[RunFigures]]:
    found: defaultdict[str, list[RunFigures]] = defaultdict(list)
    for run in figures:
        found[run.workflow].append(run)
    return dict(sorted(found.items()))


def _times(runs: Iterable[RunFigures]) -> list[float]:
    return [run.seconds for run in runs if run.conclusion == "success"]


def _workflow_told(name: str, runs: list[RunFigures], before: list[RunFigures]) -> str:
    parts = [
        _figure("time", _median(_times(runs)), _median(_times(before)), duration),
        _figure("passed", success_rate(runs), success_rate(before), _share),
        _figure(
            "side by side", _median(run.efficiency for run in runs), _median(run.efficiency for run in before), _share
        ),
        _figure(
            "of the processors",
            _median(run.utilization for run in runs),
            _median(run.utilization for run in before),
            _share,
        ),
    ]
    return f"{name}, {count(len(runs), 'run')}: {'; '.join(part for part in parts if part)}"


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _figure(name: str, now: float | None, then: float | None, show: Shown) -> str:
    if now is None:
        return ""
    return f"{name} {show(now)}{f' ({show(then)} before)' if then is not None else ''}"


def _hits(figures: Iterable[RunFigures]) -> dict[str, list[bool]]:
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for run in figures:
        for kind, hit in run.caches:
            found[kind].append(hit)
    return dict(found)


def _rate(hits: list[bool] | None) -> str:
    return f", {sum(hits) / len(hits):.0%} before" if hits else ""


def _colder(now: Mapping[str, list[bool]], then: Mapping[str, list[bool]]) -> Iterator[Finding]:
    for kind, hits in sorted(now.items()):
        before = then.get(kind, [])
        if min(len(hits), len(before)) < LEAST_LOOKUPS:
            continue
        if sum(before) / len(before) - sum(hits) / len(hits) > HITS_LOST:
            yield Finding(
                text=f"the cache {kind} is hit less: {sum(hits) / len(hits):.0%}{_rate(before)}",
                commands=("sluice metrics", "sluice list"),
            )
