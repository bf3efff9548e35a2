"""What stays on the terminal when a run is over."""

from __future__ import annotations

import pytest
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.events.model import JobCompleted, PlannedJob, Result, RunCompleted
from sluice.events.state import RunState
from sluice.views.terminal.summary import closing, failure_lines
from sluice.views.text.glyphs import ASCII
from sluice.views.text.lines import cells, plain


def test_a_run_that_was_killed_before_it_was_told_is_not_offered_again() -> None:
    """Nothing is known of it that could be repeated, and not how long it took."""
    state = RunState(run="20261127-1", status="completed", conclusion="interrupted", reason="the engine died")
    shown = [plain(one).strip() for one in closing(state, 80, ASCII)]
    assert shown == ["! 20261127-1 interrupted", "the engine died"]


@pytest.mark.parametrize(("other", "offered"), [("success", False), ("failure", True)])
def test_what_is_not_there_is_not_offered_again_unless_something_else_failed(other: Result, offered: bool) -> None:
    stream = Stream().queue([PlannedJob(key=name, id=name, name=name) for name in ("gone", "test")])
    stream.add(JobCompleted(job="gone", outcome="failure", conclusion="failure", absent=True))
    state = fold_all(stream.end_job("test", other).add(RunCompleted(conclusion="failure")).records)
    assert state is not None
    assert any("rerun --failed" in plain(one) for one in closing(state, 80, ASCII)) is offered


def test_a_long_name_gives_way_before_the_verdict() -> None:
    state = fold_all(Stream().queue((), workflow_name="long " * 30).add(RunCompleted(conclusion="failure")).records)
    assert state is not None
    shown = plain(closing(state, 60, ASCII)[0])
    assert cells(shown) <= 60
    assert shown.startswith("x long long")
    assert "... failed in 0s" in shown


def _failed(count: int) -> list[str]:
    """The titles that a run with so many failed jobs has in its summary."""
    names = [f"job{number}" for number in range(count)]
    stream = Stream().queue([PlannedJob(key=name, id=name, name=name) for name in names])
    for name in names:
        stream.single(name).start_job(name, "Test").start_step(name, "1", "Test").log(name, "1", "why\n")
        stream.end_step(name, "1", "failure", exit_code=1).end_job(name, "failure")
    state = fold_all(stream.records)
    assert state is not None
    shown = (plain(one) for one in failure_lines(state, stream.read_log, 80, ASCII))
    return [one for one in shown if one.startswith(("x ", "..."))]


def test_of_a_failure_that_is_allowed_this_is_told_before_the_reason_which_may_be_cut() -> None:
    stream = Stream().queue([PlannedJob(key="a", id="a", name="a")]).single("a").start_job("a", "Test")
    stream.start_step("a", "1", "Test").end_step("a", "1", "failure", reason="why " * 60)
    stream.add(JobCompleted(job="a", outcome="failure", conclusion="success"))
    state = fold_all(stream.records)
    assert state is not None
    title = plain(failure_lines(state, stream.read_log, 80, ASCII)[0])
    assert title.startswith("x a > Test (allowed by continue-on-error)  why why")


def test_what_failed_first_is_seen_last() -> None:
    assert _failed(2) == ["x job1 > Test  exit code 1", "x job0 > Test  exit code 1"]


def test_only_the_first_failures_are_told_at_length() -> None:
    shown = _failed(27)
    assert shown[0] == "x job5 > Test  exit code 1"
    assert shown[20] == "... 2 more failed"
    assert shown[21:] == [f"x job{number} > Test  exit code 1" for number in (4, 3, 2, 1, 0)]
