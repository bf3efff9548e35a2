"""The figures of a run that is written second by second."""

import pytest
from run_stream import Stream

from sluice.events.fold import fold
from sluice.events.model import CacheRestored, JobCompleted, JobStarted, PlannedJob, RunCompleted, RunStarted
from sluice.events.state import RunState
from sluice.views.metrics.figures import cache_type, critical_path, figures_of


def job(stream: Stream, key: str, start: float, end: float, conclusion: str = "success") -> None:
    stream.at(start).add(JobStarted(job=key, runner="host", labels=(), isolation=(), steps=()))
    stream.at(end).add(
        JobCompleted(job=key, outcome=conclusion, conclusion=conclusion)  # type: ignore[arg-type] # one of its words
    )


@pytest.fixture
def run() -> Stream:
    stream = Stream()
    jobs = (PlannedJob(key="a", id="a", name="a"), PlannedJob(key="b", id="b", name="b", needs=("a",)))
    stream.queue((*jobs, PlannedJob(key="c", id="c", name="c")), workflow_name="CI")
    stream.at(1).add(RunStarted())
    for key in "abc":
        stream.single(key)
    job(stream, "a", 1, 11)
    job(stream, "b", 13, 21, "failure")
    job(stream, "c", 21, 26)
    stream.add(CacheRestored(job="c", key="Linux-pip-3.11-0a1b2c3d4e5f", matched=None))
    return stream.add(RunCompleted(conclusion="failure"))


def state_of(stream: Stream) -> RunState:
    state: RunState | None = None
    for record in stream.records:
        state = fold(state, record)
    assert state is not None
    return state


def test_times_are_of_the_run_and_its_jobs(run: Stream) -> None:
    figures = figures_of(state_of(run), processors=2)
    assert figures is not None
    assert (figures.workflow, figures.conclusion, figures.seconds) == ("CI", "failure", 25)
    told = {one.job: (one.conclusion, one.seconds, one.queued) for one in figures.jobs}
    assert told == {"a": ("success", 10, 0), "b": ("failure", 8, 2), "c": ("success", 5, 20)}
    assert figures.caches == (("pip", False),)


def test_efficiency_is_the_longest_chain_and_utilization_the_processors_share(run: Stream) -> None:
    state = state_of(run)
    figures = figures_of(state, processors=2)
    assert figures is not None
    assert critical_path(state) == 18
    assert figures.efficiency == pytest.approx(18 / 25)
    assert figures.utilization == pytest.approx(23 / 50)


def test_a_run_that_is_not_over_has_no_figures(run: Stream) -> None:
    run.records.pop()
    assert figures_of(state_of(run), processors=2) is None


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("setup-python-Linux-x64-3.11.7-pip-0123abcdef", "setup-python-pip"),
        ("rust-dependencies-v2-0123abcdef", "rust-dependencies"),
        ("0123abcdef", "other"),
        ("", "other"),
    ],
)
def test_a_caches_type_is_its_keys_words(key: str, kind: str) -> None:
    assert cache_type(key) == kind
