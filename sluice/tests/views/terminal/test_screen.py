from hypothesis import given
from hypothesis import strategies as st

from sluice.views.terminal.screen import Screen

from .emulator import Emulator

BLOCK = st.lists(st.text("ab", max_size=4), max_size=6)
SIZE = (20, 10)


def draw(screen: Screen, lines: list[str], size: tuple[int, int] = SIZE) -> None:
    screen.draw(lines, [len(line) for line in lines], size)


@given(st.lists(BLOCK, min_size=1, max_size=6))
def test_after_any_changes_the_block_reads_as_drawn_last(blocks: list[list[str]]) -> None:
    terminal = Emulator(*SIZE)
    screen = Screen(terminal)  # type: ignore[arg-type]  # the emulator has what a stream needs here
    for block in blocks:
        draw(screen, block)
        assert terminal.shown == block


def test_the_same_block_again_writes_nothing() -> None:
    terminal = Emulator(*SIZE)
    screen = Screen(terminal)  # type: ignore[arg-type]  # as above
    draw(screen, ["one", "two"])
    before = terminal.written
    draw(screen, ["one", "two"])
    assert terminal.written == before


def test_only_the_line_that_changed_is_written() -> None:
    terminal = Emulator(80, 30)
    screen = Screen(terminal)  # type: ignore[arg-type]  # as above
    lines = [f"line {number} {'x' * 60}" for number in range(20)]
    screen.draw(lines, [70] * 20, (80, 30))
    before = terminal.written
    screen.draw([*lines[:18], "changed", lines[19]], [70] * 20, (80, 30))
    assert terminal.written - before < 50
    assert terminal.shown[17:] == [lines[17], "changed", lines[19]]


def test_clearing_leaves_nothing_and_shows_the_cursor() -> None:
    terminal = Emulator(*SIZE)
    screen = Screen(terminal)  # type: ignore[arg-type]  # as above
    draw(screen, ["one", "two"])
    assert terminal.cursor_hidden
    screen.clear()
    assert (terminal.shown, terminal.cursor_hidden) == ([], False)


def test_a_resize_draws_everything_again_over_the_rows_that_wrapped() -> None:
    terminal = Emulator(20, 30)
    screen = Screen(terminal)  # type: ignore[arg-type]  # as above
    draw(screen, ["a" * 16, "b" * 16], (20, 30))
    terminal.lines = ["a" * 8, "a" * 8, "b" * 8, "b" * 8, ""]
    terminal.row = 4
    terminal.columns = 8
    draw(screen, ["c" * 7], (8, 30))
    assert terminal.shown == ["c" * 7]
