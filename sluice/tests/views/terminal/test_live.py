from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import golden_lines
import pytest
import sample_runs
from rich.console import Console
from run_stream import START, Stream

from sluice.events.fold import fold_all
from sluice.views.terminal import live
from sluice.views.terminal.live import LiveView
from sluice.views.terminal.summary import summary
from sluice.views.text.glyphs import UNICODE

from .emulator import Emulator


class Clock:
    """Monotonic time that passes when told to, and processor time that passes by a fixed cost per look."""

    def __init__(self, cost: float = 0.0) -> None:
        self.time = 100.0
        self._spent: Iterator[float] = (number * cost for number in count())

    def monotonic(self) -> float:
        return self.time

    def thread_time(self) -> float:
        return next(self._spent)


def view_of(stream: Stream, clock: Clock, monkeypatch: pytest.MonkeyPatch, **size: int) -> tuple[LiveView, Emulator]:
    monkeypatch.setattr(live, "time", clock)
    terminal = Emulator(size.get("width", 100), size.get("height", 40))
    console: Any = Console(file=terminal, width=terminal.columns, height=terminal.rows, force_terminal=True)  # type: ignore[arg-type]  # the emulator has what a stream needs here
    view = LiveView(console=console, read_log=stream.read_log, now=lambda: START + clock.time - 100.0)
    return view, terminal


def test_it_draws_at_most_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = sample_runs.red_run(), Clock()
    view, terminal = view_of(stream, clock, monkeypatch)
    drawn = 0
    for record in stream.until(30):
        view.show(record)
        clock.time += 0.01
        before = terminal.written
        view.refresh()
        drawn += terminal.written > before
    assert 1 < drawn <= len(stream.until(30)) * 0.01 / 0.1 + 1


def test_it_never_costs_more_than_a_fortieth_of_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = sample_runs.red_run(), Clock(cost=0.02)
    view, _ = view_of(stream, clock, monkeypatch)
    view.show(stream.records[0])
    assert view.refresh() == pytest.approx(0.02 / 0.025)


def test_when_nothing_changed_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = sample_runs.red_run(), Clock()
    view, terminal = view_of(stream, clock, monkeypatch)
    for record in stream.until(6):
        view.show(record)
    view.refresh()
    before = terminal.written
    for _ in range(9):
        clock.time += 0.1
        view.refresh()
    assert terminal.written == before
    clock.time += 0.2
    view.refresh()
    assert terminal.written > before


def test_output_alone_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = sample_runs.red_run(), Clock()
    view, terminal = view_of(stream, clock, monkeypatch)
    for record in stream.until(6):
        view.show(record)
    view.refresh()
    before = terminal.written
    stream.records = stream.until(6)
    view.show(stream.log("lint", "4", "more\n" * 1000).records[-1])
    clock.time += 0.5
    view.refresh()
    assert terminal.written == before


def test_it_leaves_the_terminal_for_a_question_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = sample_runs.red_run(), Clock()
    view, terminal = view_of(stream, clock, monkeypatch)
    view.show(stream.records[0])
    view.refresh()
    assert terminal.shown[0].startswith("○ CI/CD #42")
    view.suspend()
    clock.time += 5
    view.refresh()
    assert (terminal.shown, terminal.cursor_hidden) == ([], False)
    view.resume()
    clock.time += 5
    view.refresh()
    assert terminal.shown[0].startswith("○ CI/CD #42")


def test_a_new_size_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = sample_runs.red_run(), Clock()
    view, terminal = view_of(stream, clock, monkeypatch)
    for record in stream.until(50):
        view.show(record)
    view.refresh()
    assert len(terminal.shown) > 20
    view.console.size = (60, 12)
    terminal.rows = 12
    clock.time += 0.2
    view.refresh()
    assert terminal.shown[-11].startswith("● CI/CD #42")
    assert all(len(one) < 60 for one in terminal.shown[-11:])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_summary_reads_as_in_its_file(width: int) -> None:
    stream = sample_runs.red_run()
    state = fold_all(stream.records)
    assert state is not None
    report = "/runs/20261123-190700-4f2a/report.html"
    golden_lines.check(f"summary-{width}", summary(state, stream.read_log, width, UNICODE, report=report))


def test_what_stays_is_the_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = sample_runs.red_run(), Clock()
    view, terminal = view_of(stream, clock, monkeypatch, width=121)
    for record in stream.records:
        view.show(record)
        clock.time += 0.1
        view.refresh()
    view.report = lambda: "/runs/20261123-190700-4f2a/report.html"
    view.close()
    golden_lines.check("summary-120", "".join(f"{one}\n" for one in terminal.shown))
    assert not terminal.cursor_hidden


def test_a_green_run_says_little(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = sample_runs.green_run()
    view, terminal = view_of(stream, Clock(), monkeypatch)
    for record in stream.records:
        view.show(record)
    view.close()
    golden_lines.check("summary-green-100", "".join(f"{one}\n" for one in terminal.shown))


def test_hostile_output_moves_no_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = sample_runs.hostile_run()
    view, terminal = view_of(stream, Clock(), monkeypatch)
    for record in stream.records:
        view.show(record)
    view.refresh()
    view.close()
    assert any("<script>alert(1)</script>click" in one for one in terminal.shown)


def test_a_line_of_somebody_else_stands_above_the_picture_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream, clock = sample_runs.red_run(), Clock()
    view, terminal = view_of(stream, clock, monkeypatch)
    view.show(stream.records[0])
    view.refresh()
    view.make_way()
    terminal.write("\nCancelling\n")
    clock.time += 5
    view.refresh()
    assert [line[:10] for line in terminal.shown[:3]] == ["", "Cancelling", "○ CI/CD #4"]
    assert sum("CI/CD #42" in line for line in terminal.shown) == 1
