"""What stays on the terminal when a run is over."""

from __future__ import annotations

from sluice.events.state import RunState
from sluice.views.terminal.summary import closing
from sluice.views.text.glyphs import ASCII
from sluice.views.text.lines import plain


def test_a_run_that_was_killed_before_it_was_told_is_not_offered_again() -> None:
    """Nothing is known of it that could be repeated, and not how long it took."""
    state = RunState(run="20261127-1", status="completed", conclusion="interrupted", reason="the engine died")
    shown = [plain(one).strip() for one in closing(state, 80, ASCII)]
    assert shown == ["! 20261127-1 interrupted", "the engine died"]
