import golden_lines
import pytest
import sample_runs
from run_stream import START, Stream

from sluice.events.fold import fold_all
from sluice.events.model import CancelRequested
from sluice.views.run.failures import Failure, failure_tail
from sluice.views.run.history import NO_HISTORY, History
from sluice.views.terminal.frame import Canvas, frame
from sluice.views.text.glyphs import ASCII, UNICODE
from sluice.views.text.lines import Line, cells, plain

HISTORY = History(jobs={"lint": 12.0, "test (ubuntu, 3.11)": 20.0, "build / wheel": 30.0}, run=70.0)


def picture(stream: Stream, seconds: float, canvas: Canvas, history: History = HISTORY) -> list[Line]:
    state = fold_all(stream.until(seconds))
    assert state is not None

    def tail(failure: Failure) -> list[Line]:
        return failure_tail(failure, stream.read_log, 8)

    return frame(state, START + seconds, history, tail, canvas)


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 30), (60, 16), (60, 8)])
@pytest.mark.parametrize("seconds", [6, 59])
def test_a_picture_of_a_run_reads_as_in_its_file(width: int, height: int, seconds: float) -> None:
    canvas = Canvas(width=width, height=height, glyphs=UNICODE)
    golden_lines.check(f"frame-{seconds}s-{width}x{height}", picture(sample_runs.red_run(), seconds, canvas))


def test_without_unicode_it_is_ascii() -> None:
    shown = picture(sample_runs.red_run(), 59, Canvas(width=80, height=30, glyphs=ASCII))
    assert all(plain(one).isascii() for one in shown)


def test_who_must_review_and_what_waits_is_said() -> None:
    golden_lines.check(
        "frame-waiting-80x24", picture(sample_runs.waiting_run(), 9, Canvas(width=80, height=24, glyphs=UNICODE))
    )
    early = picture(sample_runs.waiting_run(), 1, Canvas(width=80, height=24, glyphs=UNICODE))
    assert "Waiting: concurrency group ci-main, held by run #43" in map(plain, early)


@pytest.mark.parametrize("sample", [sample_runs.red_run(), sample_runs.waiting_run(), sample_runs.wide_run(40, 3)])
def test_a_picture_never_leaves_its_canvas(sample: Stream) -> None:
    for seconds in (0, 6, 59, 1e6):
        for width in (20, 40, 61, 200):
            for height in (1, 2, 5, 11, 12, 24, 60):
                shown = picture(sample, seconds, Canvas(width=width, height=height, glyphs=UNICODE))
                assert len(shown) <= height
                assert all(cells(one) < max(width, 34) for one in shown)


def test_cancelling_is_said_with_the_way_to_hurry() -> None:
    stream = sample_runs.red_run()
    stream.records, stream.now = stream.until(20), START + 20
    stream.add(CancelRequested(reason="interrupted from the keyboard"))
    shown = picture(stream, 21, Canvas(width=100, height=40, glyphs=UNICODE))
    assert "Cancelling: interrupted from the keyboard · Ctrl-C again ends it at once" in map(plain, shown)


def test_without_history_nothing_is_estimated() -> None:
    shown = picture(sample_runs.red_run(), 6, Canvas(width=100, height=40, glyphs=UNICODE), NO_HISTORY)
    assert "left" not in plain(shown[-1])
    assert not any("~" in plain(one) for one in shown)
