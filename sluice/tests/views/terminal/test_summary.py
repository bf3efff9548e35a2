"""What stays on the terminal when a run is over."""

from __future__ import annotations

from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.events.model import RunCompleted
from sluice.events.state import RunState
from sluice.views.terminal.summary import closing
from sluice.views.text.glyphs import ASCII
from sluice.views.text.lines import cells, plain


def test_a_run_that_was_killed_before_it_was_told_is_not_offered_again() -> None:
    """Nothing is known of it that could be repeated, and not how long it took."""
    state = RunState(run="20261127-1", status="completed", conclusion="interrupted", reason="the engine died")
    shown = [plain(one).strip() for one in closing(state, 80, ASCII)]
    assert shown == ["! 20261127-1 interrupted", "the engine died"]


def test_a_long_name_gives_way_before_the_verdict() -> None:
    state = fold_all(Stream().queue((), workflow_name="long " * 30).add(RunCompleted(conclusion="failure")).records)
    assert state is not None
    shown = plain(closing(state, 60, ASCII)[0])
    assert cells(shown) <= 60
    assert shown.startswith("x long long")
    assert "... failed in 0s" in shown
