"""What failed, on a title of its own."""

from __future__ import annotations

import pytest
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.views.run.failures import failure_title, failures
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
