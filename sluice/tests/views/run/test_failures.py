"""What failed, on a title of its own."""

from __future__ import annotations

import pytest
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.views.run.failures import failure_block, failure_title, failures
from sluice.views.text.glyphs import ASCII
from sluice.views.text.lines import cells, plain


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_long_name_of_a_step_gives_way_to_how_it_ended(width: int) -> None:
    stream = Stream().queue(()).single("a").start_job("a").start_step("a", "1", "Run " + "long " * 40)
    stream.end_step("a", "1", "failure", exit_code=3).end_job("a", "failure")
    state = fold_all(stream.records)
    assert state is not None
    (found,) = failures(state)
    title = failure_title(found, ASCII, width)
    assert plain(title).endswith("...  exit code 3")
    assert width - 6 < cells(title) <= width


def test_what_is_known_of_a_failure_is_told_to_its_end() -> None:
    stream = Stream().queue(()).single("a", "tests").start_job("a").start_step("a", "1", "Run pytest")
    stream.end_step("a", "1", "failure", exit_code=1).end_job("a", "failure")
    state = fold_all(stream.records)
    assert state is not None
    (found,) = failures(state)
    lines = [plain(one) for one in failure_block(state, found, stream.read_log, 60, ASCII)]
    assert "    resolution  repeat it in the job's own workspace with" in lines
    assert "                `sluice shell`" in lines
