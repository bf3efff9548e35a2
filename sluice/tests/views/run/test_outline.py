import golden_lines
import pytest
import sample_runs
from msgspec import structs
from msgspec.structs import replace
from run_stream import START, Stream

from sluice.events.fold import fold_all
from sluice.events.state import RunState
from sluice.views.run.history import NO_HISTORY, History, learn
from sluice.views.run.outline import Row, choose_rows, job_state, outline
from sluice.views.run.tree import bar, more_line, tree_lines
from sluice.views.text.glyphs import ASCII, UNICODE, Glyphs, glyphs_for
from sluice.views.text.lines import cells, plain


def state_at(stream: Stream, seconds: float = 1e9) -> RunState:
    state = fold_all(stream.until(seconds))
    assert state is not None
    return state


def rows_at(stream: Stream, seconds: float, history: History = NO_HISTORY) -> list[Row]:
    return outline(state_at(stream, seconds), START + seconds, history)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("seconds", [6, 50, 61])
def test_the_tree_reads_as_in_its_file(width: int, seconds: float) -> None:
    history = History(jobs={"lint": 12.0, "test (ubuntu, 3.11)": 20.0, "build / wheel": 3.0}, run=70.0)
    golden_lines.check(
        f"tree-{seconds}s-{width}", tree_lines(rows_at(sample_runs.red_run(), seconds, history), width, UNICODE)
    )


def test_the_tree_reads_as_in_its_file_without_unicode() -> None:
    lines = tree_lines(rows_at(sample_runs.red_run(), 50), 80, ASCII)
    golden_lines.check("tree-50s-80-ascii", lines)
    assert all(plain(one).isascii() for one in lines)


def test_every_reason_for_waiting_has_its_words() -> None:
    golden_lines.check("tree-waiting-120", tree_lines(rows_at(sample_runs.waiting_run(), 8), 120, UNICODE))


def test_twelve_legs_are_shown_and_thirteen_are_counted() -> None:
    twelve, thirteen = (rows_at(sample_runs.wide_run(legs, 2), 1e6) for legs in (12, 13))
    assert len(twelve) == 13
    assert [row.note for row in thirteen] == ["13 legs: 1 failed, 12 passed", "Step 2"]


def test_very_many_legs_show_a_few_that_failed_and_a_few_that_run() -> None:
    rows = rows_at(sample_runs.wide_run(until=100), 100)
    assert [(row.state, row.name) for row in rows] == [
        ("running", "shard"),
        ("failure", "3"),
        *(("running", str(leg)) for leg in (46, 47, 48, 49)),
    ]


def test_a_caller_runs_from_its_first_job_to_its_own_end() -> None:
    rows = {row.key: row for row in rows_at(sample_runs.red_run(), 61)}
    assert rows["build"].state == "success"
    assert rows["build"].seconds == pytest.approx(38.5)
    assert {row.key: row for row in rows_at(sample_runs.red_run(), 6)}["build"].state == "running"


def test_an_allowed_failure_is_told_from_a_success() -> None:
    stream = sample_runs.green_run()
    state = state_at(stream)
    job = state.jobs["lint"]
    assert job_state(state, job) == "success"
    assert job_state(state, structs.replace(job, outcome="failure")) == "tolerated"


def test_an_interrupted_run_has_nothing_running() -> None:
    rows = rows_at(sample_runs.interrupted_run(), 1e6)
    assert {row.state for row in rows} == {"success", "skipped", "cancelled"}


def test_the_steps_of_few_running_jobs_are_rows() -> None:
    state = state_at(sample_runs.red_run(), 50)
    rows = outline(state, START + 50, steps=True)
    assert [row.name for row in rows if row.depth == 2][:4] == ["Check out", "Set up Python", "Install", "Run tests"]
    assert not [row for row in outline(state_at(sample_runs.red_run(), 6), START + 6, steps=True) if row.depth > 1]


def test_the_least_important_rows_give_way_first() -> None:
    rows = rows_at(sample_runs.red_run(), 61)
    shown, hidden = choose_rows(rows, 3)
    assert [row.name for row in shown] == ["test", "macos, 3.12", "macos, 3.13"]
    assert len(shown) + len(hidden) == len(rows)
    assert plain(more_line(hidden, UNICODE)) == "… 13 more: 10 passed, 3 skipped"


def test_a_bar_is_full_only_at_its_end() -> None:
    shown = [plain(bar(fraction, 4, ASCII)) for fraction in (-1, 0, 0.5, 0.999, 1, 7)]
    assert shown == ["----", "----", "==--", "===-", "====", "===="]


def test_history_is_the_median_of_what_succeeded() -> None:
    red, green = state_at(sample_runs.red_run()), state_at(sample_runs.green_run())
    history = learn([red, green, green])
    assert history.jobs["test"] == pytest.approx(9.0)
    assert "test (macos, 3.12)" not in history.jobs
    assert history.run == pytest.approx(11.4)
    assert learn([red]).run is None


def test_rows_fit_any_width() -> None:
    rows = [replace(row, name=row.name * 9, note=row.note * 9) for row in rows_at(sample_runs.red_run(), 50)]
    for width in (20, 33, 60, 200):
        assert all(cells(shown) <= max(width, 32) for shown in tree_lines(rows, width, UNICODE))


def test_signs_follow_the_encoding() -> None:
    assert glyphs_for("UTF-8") is UNICODE
    assert glyphs_for("utf8") is UNICODE
    assert glyphs_for("ANSI_X3.4-1968") is ASCII
    assert glyphs_for(None) is ASCII
    assert UNICODE.of("success") == "✓"
    assert UNICODE.of("never heard of") == "?"


def test_a_slash_in_a_jobs_own_name_stays() -> None:
    stream = sample_runs.red_run()
    state = state_at(stream)
    job, node = state.jobs["lint"], state.nodes["lint"]
    named = replace(
        state,
        jobs=state.jobs | {"lint": replace(job, name="Node 18 / ubuntu")},
        nodes=state.nodes | {"lint": replace(node, name="Node 18 / ubuntu")},
    )
    names = {row.key: row.name for row in outline(named, START + 1e9)}
    assert names["lint"] == "Node 18 / ubuntu"
    caller = next(node for node in state.nodes.values() if node.parent is not None)
    assert "/" not in names[caller.runs[0]]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_a_failure_that_is_allowed_has_a_sign(glyphs: Glyphs) -> None:
    stream = Stream().queue(()).single("a").start_job("a").start_step("a", "1", "Run x")
    stream.end_step("a", "1", "success", outcome="failure", exit_code=1).end_job("a", "success", outcome="failure")
    state = fold_all(stream.records)
    assert state is not None
    (row,) = [one for one in outline(state, state.time) if one.name == "a"]
    assert row.state == "tolerated"
    assert plain(tree_lines([row], 80, glyphs)[0]).startswith(glyphs.failure)
