from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.events.codec import decode, encode
from sluice.events.fold import fold, fold_all
from sluice.events.model import (
    AnnotationCreated,
    AnyEvent,
    CacheRestored,
    CacheSaved,
    CancelRequested,
    ConditionEvaluated,
    EffectRecorded,
    ExpandedJob,
    JobCompleted,
    JobExpanded,
    JobsPlanned,
    JobStarted,
    JobWaiting,
    LogAppended,
    PlannedJob,
    PlannedStep,
    Record,
    Result,
    ReviewGiven,
    ReviewRequested,
    RunCompleted,
    RunInterrupted,
    RunQueued,
    RunStarted,
    RunWaiting,
    StepCompleted,
    StepStarted,
    TracedValue,
)
from sluice.events.state import JobState, RunState, StepState


def run_of(*jobs: PlannedJob) -> RunQueued:
    return RunQueued(
        workflow_file="ci.yml",
        workflow_name="CI",
        run_name="CI",
        number=1,
        attempt=1,
        trigger="push",
        ref="refs/heads/main",
        sha="4" * 40,
        base_sha="4" * 40,
        dirty=False,
        repository="loka/stratum",
        actor="mara",
        root="/src",
        inputs={},
        jobs=jobs,
        engine_pid=1,
        engine_started=1.0,
    )


TWO_JOBS = run_of(
    PlannedJob(key="test", id="test", name="Test"),
    PlannedJob(key="ship", id="ship", name="Ship", needs=("test",), uses="./ship.yml"),
)


def numbered(events: Sequence[AnyEvent], first: int = 1) -> list[Record]:
    return [Record(run="r", seq=place, time=100.0 + place, event=event) for place, event in enumerate(events, first)]


def state_after(*events: AnyEvent) -> RunState:
    state = fold_all(numbered(events))
    assert state is not None
    return state


def started(job: str, *steps: str) -> JobStarted:
    planned = tuple(PlannedStep(key=step, id=f"id-{step}", name=f"Step {step}") for step in steps)
    return JobStarted(job=job, runner="host", labels=("ubuntu-latest",), isolation=("network",), steps=planned)


def completed(job: str, outcome: Result, conclusion: Result | None = None) -> JobCompleted:
    return JobCompleted(job=job, outcome=outcome, conclusion=conclusion or outcome)


def test_no_records_are_no_state() -> None:
    assert fold_all([]) is None


def test_a_queued_run_has_its_facts_and_pending_jobs() -> None:
    state = state_after(TWO_JOBS)
    assert (state.status, state.created, state.facts) == ("queued", 101.0, TWO_JOBS)
    assert [(job.key, job.name, job.status) for _, job in state.ordered_jobs()] == [
        ("test", "Test", "pending"),
        ("ship", "Ship", "pending"),
    ]
    assert state.nodes["ship"].needs == ("test",)


def test_a_run_waits_for_its_concurrency_group_and_then_starts() -> None:
    waiting = state_after(TWO_JOBS, RunWaiting(reason="group ci"))
    assert (waiting.status, waiting.waiting_for, waiting.started) == ("pending", "group ci", None)
    running = state_after(TWO_JOBS, RunWaiting(reason="group ci"), RunStarted())
    assert (running.status, running.waiting_for, running.started) == ("in_progress", None, 103.0)


def test_a_run_waits_as_long_as_a_rule_of_an_environment_holds_any_job_back() -> None:
    held: list[AnyEvent] = [
        TWO_JOBS,
        RunStarted(),
        JobWaiting(job="test", reason="timer"),
        JobWaiting(job="ship", reason="review"),
    ]
    later: list[AnyEvent] = [started("test"), completed("test", "success"), JobWaiting(job="ship", reason="slots")]
    statuses = [state_after(*held, *later[:place]).status for place in range(4)]
    assert statuses == ["waiting", "waiting", "waiting", "in_progress"]
    assert state_after(*held[:2], JobWaiting(job="test", reason="slots")).status == "in_progress"


def test_a_node_opens_into_its_legs_and_ends_with_the_worst_of_them() -> None:
    legs = tuple(ExpandedJob(key=f"test.{leg}", name=f"Test ({leg})", matrix={"v": leg}) for leg in (1, 2, 3))
    opened: list[AnyEvent] = [TWO_JOBS, JobExpanded(node="test", runs=legs)]
    state = state_after(*opened)
    assert [job.key for _, job in state.ordered_jobs()] == ["test.1", "test.2", "test.3", "ship"]
    assert [job.matrix for job in state.runs_of("test")] == [{"v": 1}, {"v": 2}, {"v": 3}]
    assert "test" not in state.jobs

    opened += [completed("test.1", "success"), completed("test.2", "failure", "success")]
    assert state_after(*opened).nodes["test"].conclusion is None
    node = state_after(*opened, completed("test.3", "skipped")).nodes["test"]
    assert (node.outcome, node.conclusion) == ("failure", "success")


@pytest.mark.parametrize(
    ("results", "worst"),
    [
        (["success", "skipped"], "success"),
        (["skipped", "skipped"], "skipped"),
        (["success", "cancelled"], "cancelled"),
        (["cancelled", "failure", "success"], "failure"),
    ],
)
def test_the_worst_leg_decides(results: list[Result], worst: Result) -> None:
    keys = [f"test.{place}" for place in range(len(results))]
    expanded = JobExpanded(node="test", runs=tuple(ExpandedJob(key=key, name=key) for key in keys))
    ends = [completed(key, result) for key, result in zip(keys, results, strict=True)]
    assert state_after(TWO_JOBS, expanded, *ends).nodes["test"].conclusion == worst


def test_a_job_without_a_matrix_keeps_its_key_and_what_was_known_of_it() -> None:
    state = state_after(
        TWO_JOBS,
        JobWaiting(job="test", reason="concurrency", detail="group deploy"),
        JobExpanded(node="test", runs=(ExpandedJob(key="test", name="Tests"),)),
    )
    job = state.jobs["test"]
    assert (job.name, job.status, job.waiting_for, job.waiting_detail) == (
        "Tests",
        "waiting",
        "concurrency",
        "group deploy",
    )


def test_a_job_skipped_before_it_expanded_is_one_skipped_job() -> None:
    skip = ConditionEvaluated(
        job="test",
        expression="success() && github.ref == 'x'",
        result=False,
        values=(TracedValue(source="github.ref", value='"refs/heads/main"'),),
    )
    state = state_after(
        TWO_JOBS, skip, JobCompleted(job="test", outcome="skipped", conclusion="skipped", reason="its if was false")
    )
    job = state.jobs["test"]
    assert (job.status, job.conclusion, job.reason, job.started) == ("completed", "skipped", "its if was false", None)
    assert (state.nodes["test"].conclusion, state.nodes["test"].runs) == ("skipped", ("test",))
    assert state.conditions_of("test") == (skip,)


def test_legs_show_the_condition_of_their_node() -> None:
    yes = ConditionEvaluated(job="test", expression="success()", result=True)
    state = state_after(TWO_JOBS, yes, JobExpanded(node="test", runs=(ExpandedJob(key="test.1", name="T"),)))
    assert state.conditions_of("test.1") == (yes,)


def test_a_called_workflow_opens_below_its_caller() -> None:
    state = state_after(
        TWO_JOBS,
        JobExpanded(node="ship", runs=(ExpandedJob(key="ship", name="Ship"),)),
        JobsPlanned(
            parent="ship",
            jobs=(
                PlannedJob(key="ship/push", id="push", name="Push"),
                PlannedJob(key="ship/sign", id="sign", name="Sign", needs=("ship/push",)),
            ),
        ),
        JobExpanded(
            node="ship/push",
            runs=(ExpandedJob(key="ship/push.1", name="Push (a)"), ExpandedJob(key="ship/push.2", name="Push (b)")),
        ),
    )
    assert [(depth, job.key) for depth, job in state.ordered_jobs()] == [
        (0, "test"),
        (0, "ship"),
        (1, "ship/push.1"),
        (1, "ship/push.2"),
        (1, "ship/sign"),
    ]
    assert [node.key for node in state.nodes_below()] == ["test", "ship"]
    assert state.nodes["ship/sign"].parent == "ship"


def test_a_job_waits_starts_and_ends() -> None:
    events: list[AnyEvent] = [TWO_JOBS, JobWaiting(job="test", reason="slots")]
    waiting = state_after(*events).jobs["test"]
    assert (waiting.status, waiting.waiting_for, waiting.waiting_since) == ("waiting", "slots", 102.0)
    events.append(started("test", "1", "2"))
    running = state_after(*events).jobs["test"]
    assert (running.status, running.waiting_for, running.started, running.runner) == (
        "in_progress",
        None,
        103.0,
        "host",
    )
    assert [(step.key, step.status) for step in running.top_steps()] == [("1", "pending"), ("2", "pending")]
    events.append(JobCompleted(job="test", outcome="failure", conclusion="success", outputs={"a": "1"}))
    done = state_after(*events).jobs["test"]
    assert (done.status, done.completed, done.outcome, done.conclusion, done.outputs) == (
        "completed",
        104.0,
        "failure",
        "success",
        {"a": "1"},
    )


def test_steps_stand_in_the_order_set_up_pre_main_post_complete() -> None:
    def step(key: str, phase: str) -> StepStarted:
        return StepStarted(job="test", step=key, id=key, name=key, phase=phase)  # type: ignore[arg-type]  # one of five

    state = state_after(
        TWO_JOBS,
        started("test", "1", "2"),
        step("setup", "setup"),
        step("pre-2", "pre"),
        step("1", "main"),
        step("2", "main"),
        step("post-2", "post"),
        step("post-1", "post"),
        step("complete", "complete"),
    )
    keys = [found.key for found in state.jobs["test"].top_steps()]
    assert keys == ["setup", "pre-2", "1", "2", "post-2", "post-1", "complete"]


def test_a_composite_holds_its_steps() -> None:
    state = state_after(
        TWO_JOBS,
        started("test", "1"),
        StepStarted(job="test", step="1", id="a", name="A", phase="main"),
        StepStarted(job="test", step="1.1", id="b", name="B", phase="main", parent="1"),
        StepStarted(job="test", step="1.1.1", id="c", name="C", phase="main", parent="1.1"),
        StepStarted(job="test", step="1.2", id="d", name="D", phase="main", parent="1", background=True),
        StepCompleted(
            job="test", step="1.1.1", outcome="failure", conclusion="success", exit_code=3, outputs={"x": "y"}
        ),
    )
    job = state.jobs["test"]
    assert [step.key for step in job.top_steps()] == ["1"]
    assert [step.key for step in job.child_steps("1")] == ["1.1", "1.2"]
    assert [step.key for step in job.running_steps()] == ["1", "1.1", "1.2"]
    inner = job.steps["1.1.1"]
    assert (inner.started, inner.completed, inner.outcome, inner.conclusion) == (105.0, 107.0, "failure", "success")
    assert (inner.exit_code, inner.outputs, job.steps["1.2"].background) == (3, {"x": "y"}, True)


def test_a_step_that_was_skipped_ends_without_a_start() -> None:
    no = ConditionEvaluated(job="test", step="1", expression="success() && false", result=False)
    state = state_after(
        TWO_JOBS,
        started("test", "1"),
        no,
        StepCompleted(job="test", step="1", outcome="skipped", conclusion="skipped", reason="its if was false"),
    )
    step = state.jobs["test"].steps["1"]
    assert (step.status, step.started, step.conclusion, step.name) == ("completed", None, "skipped", "Step 1")
    assert state.conditions_of("test", "1") == (no,)
    assert state.conditions_of("test", "9") == ()


def test_a_condition_asked_again_is_kept_beside_the_first() -> None:
    first = ConditionEvaluated(job="test", step="1", expression="success()", result=True)
    again = ConditionEvaluated(job="test", step="1", expression="success()", result=False)
    assert state_after(TWO_JOBS, first, again).conditions_of("test", "1") == (first, again)


def test_log_ranges_belong_to_their_steps() -> None:
    def log(step: str, offset: int, length: int) -> LogAppended:
        return LogAppended(job="test", step=step, offset=offset, length=length, lines=1)

    state = state_after(
        TWO_JOBS, started("test", "1", "2"), log("1", 0, 5), log("1", 5, 5), log("2", 10, 3), log("1", 13, 2)
    )
    steps = state.jobs["test"].steps
    assert (list(steps["1"].log), list(steps["2"].log)) == ([(0, 10, 2), (13, 2, 1)], [(10, 3, 1)])


def test_reviews_are_asked_and_answered() -> None:
    asked = ReviewRequested(job="ship", environment="production", reviewers=("mara", "jo"))
    open_one = state_after(TWO_JOBS, asked).jobs["ship"].reviews[0]
    assert (open_one.approved, open_one.reviewers, open_one.requested) == (None, ("mara", "jo"), 102.0)
    given = ReviewGiven(job="ship", environment="production", approved=False, reviewer="jo", comment="not today")
    answered = list(state_after(TWO_JOBS, asked, given).reviews())
    assert [(found.approved, found.reviewer, found.comment, found.answered) for found in answered] == [
        (False, "jo", "not today", 103.0)
    ]


def test_facts_are_kept_with_their_job() -> None:
    annotation = AnnotationCreated(job="test", level="error", message="no")
    effect = EffectRecorded(job="test", kind="push", target="origin", request="POST", rehearsed=True)
    caches = (CacheRestored(job="test", key="k", matched=None), CacheSaved(job="test", key="k", size=3))
    state = state_after(TWO_JOBS, annotation, effect, *caches)
    assert (list(state.annotations()), list(state.effects())) == ([annotation], [effect])
    assert state.jobs["test"].caches == caches


def test_requests_to_cancel_are_kept() -> None:
    state = state_after(TWO_JOBS, CancelRequested(reason="fail-fast", job="test"), CancelRequested(reason="Ctrl-C"))
    assert [found.reason for found in state.cancels] == ["fail-fast", "Ctrl-C"]


def test_a_completed_run_has_a_conclusion() -> None:
    state = state_after(TWO_JOBS, RunStarted(), RunCompleted(conclusion="failure", reason="test failed"))
    assert (state.status, state.conclusion, state.reason, state.completed) == (
        "completed",
        "failure",
        "test failed",
        103.0,
    )
    assert not state.interrupted


def test_what_had_no_time_to_end_ended_with_a_cancelled_run() -> None:
    events: list[AnyEvent] = [
        TWO_JOBS,
        RunStarted(),
        started("test", "1"),
        RunCompleted(conclusion="cancelled", reason="at once"),
    ]
    ended = [(job.status, job.conclusion, job.reason) for job in state_after(*events).jobs.values()]
    assert ended == [("completed", "cancelled", "at once")] * 2


def test_an_interrupted_run_ended_with_its_last_sign_of_life() -> None:
    events: list[AnyEvent] = [
        TWO_JOBS,
        RunStarted(),
        completed("test", "success"),
        started("ship", "1", "2"),
        StepStarted(job="ship", step="1", id="a", name="A", phase="main"),
    ]
    late = Record(run="r", seq=6, time=9000.0, event=RunInterrupted(reason="the engine died"))
    state = fold(state_after(*events), late)
    assert (state.interrupted, state.status, state.completed, state.reason) == (
        True,
        "completed",
        105.0,
        "the engine died",
    )
    job = state.jobs["ship"]
    assert (job.status, job.conclusion, job.reason, job.completed) == ("completed", "cancelled", "interrupted", 105.0)
    assert [(step.conclusion, step.completed) for step in job.steps.values()] == [
        ("cancelled", 105.0),
        ("skipped", 105.0),
    ]
    assert state.jobs["test"].conclusion == "success"


def test_a_record_that_was_seen_changes_nothing() -> None:
    records = numbered([TWO_JOBS, RunStarted(), CancelRequested(reason="Ctrl-C")])
    state = fold_all(records)
    assert fold_all(records, state) is state


def test_events_about_what_was_never_announced_make_it_up() -> None:
    state = state_after(
        LogAppended(job="ghost", step="1", offset=0, length=3, lines=1),
        StepStarted(job="ghost", step="2.1", id="x", name="X", phase="main", parent="2"),
        ReviewGiven(job="ghost", environment="e", approved=True, reviewer="mara"),
        JobExpanded(node="late", runs=(ExpandedJob(key="late.1", name="Late"),)),
        completed("unheard", "success"),
    )
    assert set(state.jobs) == {"ghost", "late.1", "unheard"}
    assert state.jobs["ghost"].steps["2"].children == ("2.1",)


def test_every_golden_event_folds() -> None:
    golden = (Path(__file__).parent / "golden" / "v1.jsonl").read_bytes()
    state = fold_all([decode(line) for line in golden.splitlines()])
    assert state is not None
    assert (state.interrupted, state.seq) == (True, 28)
    assert state.jobs["test.1"].steps["1"].children == ("1.1",)


KEYS = st.sampled_from(["test", "test.1", "test.2", "ship", "ship/push", "ghost"])
STEPS = st.sampled_from(["1", "1.1", "2", "post-1"])
RESULTS: st.SearchStrategy[Result] = st.sampled_from(["success", "failure", "cancelled", "skipped"])
EVENTS: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(lambda: TWO_JOBS),
    st.builds(RunStarted),
    st.builds(RunWaiting, reason=st.just("group")),
    st.builds(
        lambda parent: JobsPlanned(parent=parent, jobs=(PlannedJob(key="ship/push", id="push", name="Push"),)), KEYS
    ),
    st.builds(
        lambda legs: JobExpanded(node="test", runs=tuple(ExpandedJob(key=f"test.{leg}", name="T") for leg in legs)),
        st.lists(st.integers(1, 3), max_size=3, unique=True),
    ),
    st.builds(ConditionEvaluated, job=KEYS, step=st.none() | STEPS, expression=st.just("a"), result=st.booleans()),
    st.builds(JobWaiting, job=KEYS, reason=st.just("slots")),
    st.builds(ReviewRequested, job=KEYS, environment=st.just("e"), reviewers=st.just(("a",))),
    st.builds(ReviewGiven, job=KEYS, environment=st.just("e"), approved=st.booleans(), reviewer=st.just("a")),
    st.builds(lambda job: started(job, "1", "2"), KEYS),
    st.builds(StepStarted, job=KEYS, step=STEPS, id=STEPS, name=STEPS, phase=st.just("main"), parent=st.none() | STEPS),
    st.builds(LogAppended, job=KEYS, step=STEPS, offset=st.integers(0, 9), length=st.integers(1, 4), lines=st.just(1)),
    st.builds(StepCompleted, job=KEYS, step=STEPS, outcome=RESULTS, conclusion=RESULTS),
    st.builds(AnnotationCreated, job=KEYS, level=st.just("error"), message=st.text(max_size=3)),
    st.builds(CacheRestored, job=KEYS, key=st.just("k"), matched=st.none()),
    st.builds(CancelRequested, reason=st.just("no"), job=st.none() | KEYS),
    st.builds(completed, KEYS, RESULTS),
    st.builds(RunCompleted, conclusion=RESULTS),
    st.builds(RunInterrupted, reason=st.just("died")),
)


@pytest.mark.slow
@given(st.lists(EVENTS, max_size=40), st.integers(0, 40))
def test_folding_in_parts_from_bytes_gives_the_state_of_folding_at_once(events: list[AnyEvent], cut: int) -> None:
    records = numbered(events)
    at_once = fold_all(records)
    first = fold_all(records[:cut])
    before = repr(first)
    in_parts = fold_all([decode(encode(record)) for record in records[cut:]], first)
    assert in_parts == at_once
    assert repr(first) == before


@given(st.lists(EVENTS, max_size=25))
def test_an_older_state_never_changes_when_it_is_folded_on(events: list[AnyEvent]) -> None:
    state: RunState | None = None
    kept: list[tuple[RunState, str]] = []
    for record in numbered(events):
        state = fold(state, record)
        kept.append((state, repr(state)))
    assert all(repr(found) == as_it_was for found, as_it_was in kept)


def test_states_are_frozen() -> None:
    for value in (RunState(run="r"), JobState(key="a", node="a", name="a"), StepState(key="1")):
        with pytest.raises(AttributeError):
            value.status = "completed"  # type: ignore[misc]  # that is what the test is about


@pytest.mark.slow
def test_the_thousandth_log_event_of_each_leg_costs_what_the_first_did() -> None:
    legs = [f"test.{place}" for place in range(256)]
    steps = [str(place) for place in range(100)]
    state = state_after(
        TWO_JOBS,
        JobExpanded(node="test", runs=tuple(ExpandedJob(key=leg, name=leg) for leg in legs)),
        *(started(leg, *steps) for leg in legs),
    )
    parts = []
    for part in range(8):
        # Two steps that write in turn: the worst case, no two of their ranges touch.
        events = [
            LogAppended(job=legs[0], step=steps[place % 2], offset=part * 5000 + place, length=1, lines=1)
            for place in range(5000)
        ]
        began = time.process_time()
        state = fold_all(numbered(events, state.seq + 1), state) or state
        parts.append(time.process_time() - began)
    assert len(state.jobs[legs[0]].steps["0"].log) == 20_000
    assert min(parts[4:]) < 3 * min(parts[:4])


@pytest.mark.slow
def test_a_step_among_ten_thousand_costs_little_more_than_one_among_a_hundred() -> None:
    """The other steps of its job are not copied for each event: that would be thirteen times as much."""

    def seconds(count: int) -> float:
        steps = [str(place) for place in range(count)]
        state = state_after(TWO_JOBS, started("test", *steps))
        began = time.process_time()
        for step in steps[:100] * 20:
            state = fold(
                state, numbered([LogAppended(job="test", step=step, offset=0, length=1, lines=1)], state.seq + 1)[0]
            )
        return time.process_time() - began

    assert min(seconds(10_000) for _ in range(3)) < 5 * min(seconds(100) for _ in range(3))
