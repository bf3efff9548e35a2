import sample_runs
from hypothesis import given
from hypothesis.strategies import text
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.events.state import StepState
from sluice.views.run.logs import (
    LogLine,
    log_lines,
    output_tail,
    parse_line,
    read_lines,
    read_tail,
    step_log,
    steps_with_logs,
    stream_lines,
)
from sluice.views.text.lines import plain


def step_of(stream: Stream, job: str, step: str) -> StepState:
    state = fold_all(stream.records)
    assert state is not None
    return state.jobs[job].steps[step]


def interleaved() -> Stream:
    stream = Stream().queue(()).single("a").start_job("a").start_step("a", "1", "One").start_step("a", "2", "Two")
    for number in range(4):
        stream.log("a", "1", f"one {number}\n").log("a", "2", f"two {number}\n")
    return stream.log("a", "1", "no end")


def test_a_step_reads_its_own_lines_out_of_a_shared_log() -> None:
    stream = interleaved()
    assert list(read_lines("a", step_of(stream, "a", "2"), stream.read_log)) == [f"two {n}" for n in range(4)]
    assert list(read_lines("a", step_of(stream, "a", "1"), stream.read_log))[-1] == "no end"


def test_a_tail_reads_no_more_than_it_needs() -> None:
    stream = Stream().queue(()).single("a").start_job("a").start_step("a", "1", "One")
    stream.log("a", "1", "".join(f"line {number}\n" for number in range(100_000)))
    asked: list[int] = []

    def read(job: str, offset: int, length: int) -> bytes:
        asked.append(length)
        return stream.read_log(job, offset, length)

    assert read_tail("a", step_of(stream, "a", "1"), read, 2) == ["line 99998", "line 99999"]
    assert asked == [1 << 16]


def test_a_tail_goes_back_over_the_gaps() -> None:
    stream = interleaved()
    assert read_tail("a", step_of(stream, "a", "1"), stream.read_log, 3) == ["one 2", "one 3", "no end"]


HEADER = "##[group]Run make\n##[command]make\nshell: bash\n##[endgroup]\n"


def output_of(written: str, count: int) -> list[str]:
    stream = Stream().queue(()).single("a").start_job("a").start_step("a", "1", "One").log("a", "1", HEADER + written)
    return output_tail("a", step_of(stream, "a", "1"), stream.read_log, count)


def test_what_a_step_wrote_is_told_from_what_was_run() -> None:
    own = ["##[group]tests", "1 failed", "##[endgroup]", "##[error]Process completed with exit code 1."]
    assert output_of("".join(f"{text}\n" for text in own), 20) == own
    assert output_of("".join(f"{text}\n" for text in own), 2) == own[-2:]


def test_a_step_that_wrote_nothing_shows_what_was_run() -> None:
    silent = output_of("##[error]Process completed with exit code 1.\n", 20)
    assert silent == [*HEADER.splitlines(), "##[error]Process completed with exit code 1."]


def test_a_log_that_is_gone_is_empty_and_no_error() -> None:
    step = step_of(interleaved(), "a", "1")
    assert list(read_lines("a", step, lambda *_: b"")) == []
    assert log_lines(read_tail("a", step, lambda *_: b"", 5)) == []


def test_marks_become_words_and_ends_of_groups_go() -> None:
    raw = [
        "##[group]Run it",
        "##[command]make",
        "##[endgroup]",
        "##[error]bad\x1b[2J",
        "##[warning]w",
        "##[other]o",
        "",
        " ",
    ]
    assert [plain(one) for one in log_lines(raw)] == ["Run it", "make", "Error: bad", "Warning: w", "##[other]o"]
    assert parse_line("##[error]x") == LogLine("error", "x")


def test_a_log_that_is_asked_for_comes_whole_under_its_name() -> None:
    stream = sample_runs.hostile_run()
    state = fold_all(stream.records)
    assert state is not None
    job = state.jobs["x"]
    shown = [plain(one) for one in step_log(job, job.steps["1"], stream.read_log)]
    assert shown[0] == '"><img src=x onerror=alert(1)> > "><img src=x onerror=alert(1)>'
    assert len(shown) == 6
    assert not set("".join(shown)) & {"\x1b", "\x07", "\x00", "\u202e"}


def test_steps_of_a_composite_come_after_it() -> None:
    state = fold_all(sample_runs.red_run().records)
    assert state is not None
    assert [step.key for step in steps_with_logs(state.jobs["build/wheel"])] == ["1", "2", "2.1", "2.2"]


def test_a_line_of_megabytes_comes_without_its_middle() -> None:
    stream = Stream().queue(()).single("a").start_job("a").start_step("a", "1", "One")
    stream.log("a", "1", f"begin{'x' * 5_000_000}end\nnext\n")
    first, second = read_lines("a", step_of(stream, "a", "1"), stream.read_log)
    assert (first[:6], first[-4:], second) == ("beginx", "xend", "next")
    assert len(first) < 3_000_000


def test_a_tail_of_nothing_is_nothing() -> None:
    stream = interleaved()
    assert read_tail("a", step_of(stream, "a", "1"), stream.read_log, 0) == []


@given(text(max_size=40))
def test_a_line_is_shown_alike_whether_or_not_it_needs_a_close_look(shown: str) -> None:
    """What is printable takes a short way: after a colour that changes nothing it takes the long one."""
    if "\n" in shown or "\r" in shown or shown.startswith("##["):
        return
    ((*short,), (*long,)) = stream_lines([shown, f"\x1b[0m{shown}"])
    assert plain(tuple(short)) == plain(tuple(long))


def test_a_tab_reaches_the_same_column_whatever_was_coloured_before_it() -> None:
    (shown,) = stream_lines(["ab\x1b[31mc\t\x1b[0md"])
    assert plain(shown) == "abc     d"
