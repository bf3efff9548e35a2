"""The live view. In: the records of a run as they come. Out: a picture on a terminal, then a summary that stays.

Taking in a record only folds it. Drawing happens at most ten times a second, once a second while only clocks move,
and never more often than costs a fortieth of a core, however large the run is: the jobs need the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console

from sluice.events.fold import fold
from sluice.events.model import LogAppended, Record
from sluice.events.state import RunState
from sluice.views.run.failures import Failure, failure_tail
from sluice.views.run.history import NO_HISTORY, History
from sluice.views.run.logs import ReadLog
from sluice.views.terminal.frame import Canvas, frame
from sluice.views.terminal.screen import Screen
from sluice.views.terminal.summary import summary
from sluice.views.text.glyphs import Glyphs, glyphs_for
from sluice.views.text.lines import Line, cells
from sluice.views.text.painting import paint, write

_SHORTEST_PAUSE = 0.1
_CLOCK_PAUSE = 1.0
_SHARE = 0.025
_TAIL = 8


@dataclass(slots=True, kw_only=True)
class LiveView:
    """A ``View`` of one run on a terminal. ``report`` names the report when it is there by the end."""

    console: Console
    read_log: ReadLog
    history: History = NO_HISTORY
    report: Callable[[], str | None] = lambda: None
    now: Callable[[], float] = time.time
    state: RunState | None = None
    _glyphs: Glyphs = field(init=False)
    _screen: Screen = field(init=False)
    _tails: dict[tuple[str, float | None], list[Line]] = field(init=False, default_factory=dict)
    _changed: bool = field(init=False, default=False)
    _drawn: float = field(init=False, default=0.0)
    _pause: float = field(init=False, default=_SHORTEST_PAUSE)
    _size: tuple[int, int] = field(init=False, default=(0, 0))
    _paused: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._glyphs = glyphs_for(self.console.encoding)
        self._screen = Screen(self.console.file)

    def show(self, record: Record) -> None:
        """Fold the record in. Output alone changes nothing that is on the picture."""
        self.state = fold(self.state, record)
        if not isinstance(record.event, LogAppended):
            self._changed = True

    def refresh(self) -> float | None:
        """Draw when it is due; returns the seconds until it is worth asking again."""
        since = time.monotonic() - self._drawn
        if self.state is None or self._paused:
            return _SHORTEST_PAUSE
        if since < self._pause:
            return max(0.01, self._pause - since)
        if self._changed or since >= _CLOCK_PAUSE or self.console.size != self._size:
            self._draw(self.state)
        return self._pause

    def suspend(self) -> None:
        """Take the picture away, for a question to the person at the terminal."""
        self._paused = True
        self._screen.clear()

    def resume(self) -> None:
        """Draw again after ``suspend``."""
        self._paused = False
        self._changed = True

    def make_way(self) -> None:
        """Take the picture away for a line that somebody else writes; the next one is drawn below it."""
        self._screen.clear()
        self._changed = True

    def close(self) -> None:
        """Replace the picture by the summary."""
        self._screen.clear()
        if self.state is not None:
            lines = summary(self.state, self.read_log, self.console.width - 1, self._glyphs, report=self.report())
            write(lines, self.console)
        self._paused = True

    def _draw(self, state: RunState) -> None:
        began = time.thread_time()
        self._size = size = self.console.size
        canvas = Canvas(width=size.width, height=size.height - 1, glyphs=self._glyphs)
        lines = frame(state, self.now(), self.history, self._tail, canvas)
        self._screen.draw([paint(shown, self.console) for shown in lines], [cells(shown) for shown in lines], size)
        self._changed = False
        self._drawn = time.monotonic()
        self._pause = max(_SHORTEST_PAUSE, (time.thread_time() - began) / _SHARE)

    def _tail(self, failure: Failure) -> list[Line]:
        """The end of a failed step's log, read once: a finished step's log does not grow."""
        key = (failure.job.key, failure.job.completed)
        if key not in self._tails:
            self._tails[key] = failure_tail(failure, self.read_log, _TAIL)
        return self._tails[key]
