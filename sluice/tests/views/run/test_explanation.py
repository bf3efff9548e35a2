import golden_lines
import pytest
import sample_runs
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.events.model import PlannedJob
from sluice.events.state import RunState
from sluice.views.run.explanation import explain_job, explain_step
from sluice.views.text.lines import cells, plain


def state_of(stream: Stream, seconds: float = 1e9) -> RunState:
    state = fold_all(stream.until(seconds))
    assert state is not None
    return state


@pytest.mark.parametrize("job", ["nightly", "deploy", "test.4", "lint", "report", "build"])
def test_a_job_is_explained_as_in_its_file(job: str) -> None:
    golden_lines.check(f"explain-{job}", explain_job(state_of(sample_runs.red_run()), job))


@pytest.mark.parametrize(("job", "step"), [("lint", "5"), ("test.4", "4"), ("test.4", "5")])
def test_a_step_is_explained_as_in_its_file(job: str, step: str) -> None:
    golden_lines.check(f"explain-{job}-{step}", explain_step(state_of(sample_runs.red_run()), job, step))


def test_a_job_that_never_started_names_the_needs_that_are_open() -> None:
    shown = [plain(one) for one in explain_job(state_of(sample_runs.red_run(), 45), "deploy")]
    assert shown == [
        "deploy  pending",
        "",
        "needs test   pending",
        "needs build  passed",
        "It has not started: it needs test.",
    ]


def test_a_job_that_waits_says_for_whom() -> None:
    shown = [plain(one) for one in explain_job(state_of(sample_runs.waiting_run()), "gate")]
    assert shown[2:] == [
        "It waits for a review of production by ada, grace.",
        "A review of production is asked for.",
    ]


def test_hostile_words_stay_words() -> None:
    state = state_of(sample_runs.hostile_run())
    text = "\n".join(plain(one) for one in [*explain_job(state, "x"), *explain_step(state, "x", "1")])
    assert not set(text) & {"\x1b", "\x07", "\x00", "\u202e"}


def test_a_step_that_was_skipped_names_the_value_that_decided_and_not_what_it_is_in() -> None:
    stream = Stream().queue((PlannedJob(key="a", id="a", name="a"),)).single("a").start_job("a", "Make")
    values = {"steps__x": "{...}", "steps__x__outputs": "{...}", "steps__x__outputs__hit": '"true"'}
    stream.condition("a", "steps.x.outputs.hit != 'true'", False, step="1", **values)
    stream.skip_step("a", "1", "its condition was false").end_job("a")
    last = plain(explain_job(state_of(stream), "a")[-1])
    assert last.endswith("if: steps.x.outputs.hit != 'true' (steps.x.outputs.hit is \"true\")")
    assert "steps.x.outputs     is {...}" in [plain(one).strip() for one in explain_step(state_of(stream), "a", "1")]


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_keeps_the_columns_of_steps(width: int) -> None:
    stream = Stream().queue((PlannedJob(key="a", id="a", name="a"),)).single("a").start_job("a", "Make")
    stream.start_step("a", "1", "Run " + "long " * 30).end_step("a", "1", "failure", exit_code=1, reason="word " * 20)
    stream.end_job("a", "failure", reason="because " * 20)
    lines = explain_job(state_of(stream), "a", width)
    assert all(cells(one) <= width for one in lines)
    assert sum(plain(one).count("word") for one in lines) == 20
    assert sum(plain(one).count("because") for one in lines) == 20
