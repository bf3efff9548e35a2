"""What there is to tell of a run, and when there is nothing new."""

import pytest
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.events.model import JobCompleted, JobStarted, PlannedJob, Result, RunCompleted, RunStarted
from sluice.events.state import RunState
from sluice.notify.notices import Event, Notice, Severity, notices_of


def run(conclusion: Result, *failed: str, environment: str | None = None, **facts: object) -> RunState:
    stream = Stream()
    stream.queue([PlannedJob(key=key, id=key, name=key) for key in "ab"], workflow_name="CI", **facts)
    stream.add(RunStarted())
    for key in "ab":
        ended: Result = "failure" if key in failed else "success"
        stream.single(key)
        stream.add(
            JobStarted(job=key, runner="host", labels=(), isolation=(), steps=(), environment=environment),
            JobCompleted(job=key, outcome=ended, conclusion=ended, reason="it broke" if key in failed else ""),
        )
    state = fold_all(stream.add(RunCompleted(conclusion=conclusion)).records)
    assert state is not None
    return state


def told(now: RunState, before: RunState | None = None) -> Notice:
    return next(iter(notices_of(now, before)))


GREEN, RED = run("success"), run("failure", "a")


@pytest.mark.parametrize(
    ("now", "before", "event", "changed"),
    [
        (RED, None, Event.RUN_FAILED, True),
        (RED, GREEN, Event.RUN_FAILED, True),
        (RED, RED, Event.RUN_FAILED, False),
        (run("failure", "a", "b"), RED, Event.RUN_FAILED, True),
        (GREEN, RED, Event.RUN_RECOVERED, True),
        (GREEN, GREEN, Event.RUN_PASSED, False),
        (GREEN, None, Event.RUN_PASSED, False),
        (run("cancelled"), GREEN, Event.RUN_CANCELLED, True),
        (run("failure", "a", trigger="schedule"), GREEN, Event.NIGHTLY_FAILED, True),
    ],
)
def test_a_notice_says_what_happened_and_whether_it_is_new(
    now: RunState, before: RunState | None, event: Event, changed: bool
) -> None:
    notice = told(now, before)
    assert (notice.event, notice.changed) == (event, changed)


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        (RED, Severity.CRITICAL),
        (run("failure", "a", ref="refs/tags/v1"), Severity.CRITICAL),
        (run("failure", "a", ref="refs/heads/try"), Severity.WARNING),
        (run("failure", "a", ref="refs/heads/try", trigger="schedule"), Severity.CRITICAL),
        (GREEN, Severity.INFO),
    ],
)
def test_a_failure_on_a_main_branch_or_a_tag_is_critical(state: RunState, severity: Severity) -> None:
    assert told(state).severity is severity


def test_it_names_the_job_the_reason_and_the_command_that_goes_on() -> None:
    notice = told(RED, GREEN)
    assert notice.title == "CI #42 failed on main"
    assert notice.lines == (
        "Job a failed: it broke",
        "Again, on your machine: sluice rerun --failed 20261123-190700-4f2a",
    )
    assert notice.about.facts["jobs"] == "a"


def test_the_command_that_goes_on_is_one_that_may_end_otherwise() -> None:
    stream = Stream().queue([PlannedJob(key="a", id="a", name="a")])
    stream.add(JobCompleted(job="a", outcome="failure", conclusion="failure", absent=True))
    state = fold_all(stream.add(RunCompleted(conclusion="failure")).records)
    assert state is not None
    assert told(state).lines[-1] == "More of it: sluice show 20261123-190700-4f2a"


def test_each_environment_that_was_deployed_to_is_told_of() -> None:
    found = list(notices_of(run("failure", "a", environment="production"), None))[1:]
    assert [(one.event, one.severity, one.environment) for one in found] == [
        (Event.DEPLOYMENT_FAILED, Severity.CRITICAL, "production"),
        (Event.DEPLOYMENT_FINISHED, Severity.INFO, "production"),
    ]
    assert all(one.changed for one in found)
