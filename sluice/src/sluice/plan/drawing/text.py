"""A graph as text for a terminal: boxes in columns, joined by lines, left to right."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len, set_cell_size

from sluice.plan.drawing.canvas import Canvas
from sluice.plan.drawing.channels import draw_channel
from sluice.plan.drawing.layers import arrange
from sluice.plan.drawing.rows import Placed, place_rows
from sluice.plan.drawing.view import GraphView, NodeView

MARKS = {
    "success": ("✓", "32"),
    "failure": ("✗", "31"),
    "cancelled": ("■", "90"),
    "skipped": ("○", "90"),
    "running": ("●", "33"),
    "waiting": ("◷", "33"),
    "queued": ("◌", "36"),
}
"""The mark and the ANSI colour of each status."""

_DIM = "2"
_BOLD = "1"
_LEAST_LABEL = 6
_FRAME = 4
"""Border and blank on both sides of a box's text."""


def draw_text(view: GraphView, *, width: int | None = None, colour: bool = False) -> str:
    """The graph as lines of text. Labels are shortened until it is ``width`` characters wide, as far as that goes.

    ``colour`` adds ANSI colours by status.
    """
    nodes = {node.key: node for node in view.nodes}
    if not nodes:
        return "(no jobs)"
    below = 2 if any(node.detail for node in view.nodes) else 1
    placed = place_rows(arrange(list(nodes), view.edges), below=below)
    longest = max(map(_text_width, view.nodes))
    while width is not None and longest > _LEAST_LABEL and sum(_widths(placed, nodes, longest)) > width:
        longest -= 1
    return _draw(placed, nodes, longest).render(colour=colour)


def _text_width(node: NodeView) -> int:
    return max(cell_len(_headline(node)), cell_len(_clean(node.detail)))


def _headline(node: NodeView) -> str:
    mark = MARKS.get(node.status or "")
    return f"{mark[0]} {_clean(node.label)}" if mark else _clean(node.label)


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _fit(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def _widths(placed: Placed, nodes: Mapping[str, NodeView], longest: int) -> list[int]:
    """Widths in characters, from left to right: a column of boxes, the channel after it, and so on."""
    widths: list[int] = []
    for number, column in enumerate(placed.layers.columns):
        if number:
            widths.append(_channel_width(placed, number - 1) + 1)
        boxes = [_text_width(nodes[vertex.key]) for vertex in column if not vertex.waypoint]
        widths.append(min(longest, max(boxes)) + _FRAME)
    return widths


def _channel_width(placed: Placed, number: int) -> int:
    return max(2, 1 + 2 * len(placed.tracks[number]))


def _draw(placed: Placed, nodes: Mapping[str, NodeView], longest: int) -> Canvas:
    canvas = Canvas()
    left = 0
    widths = _widths(placed, nodes, longest)
    leading = {source for source, _ in placed.layers.links}
    for number, column in enumerate(placed.layers.columns):
        if number:
            _draw_channel(canvas, placed, number - 1, left)
            _draw_arrival(canvas, placed, number, left + widths[2 * number - 1] - 1)
            left += widths[2 * number - 1]
        for vertex in column:
            if vertex.waypoint:
                canvas.write(placed.rows[vertex], left, "─" * widths[2 * number], _DIM)
            else:
                where = (placed.rows[vertex], left)
                _draw_box(canvas, where, widths[2 * number], nodes[vertex.key], leads_on=vertex in leading)
        left += widths[2 * number]
    return canvas


def _draw_channel(canvas: Canvas, placed: Placed, number: int, left: int) -> None:
    cells = draw_channel(placed.buses[number], placed.tracks[number], _channel_width(placed, number))
    for (row, column), glyph in cells.items():
        canvas.write(row, left + column, glyph, _DIM)


def _draw_arrival(canvas: Canvas, placed: Placed, number: int, left: int) -> None:
    """The heads of the arrows that end in this column, and the lines that go on through it."""
    for target in dict.fromkeys(target for _, target in placed.layers.links if target.column == number):
        canvas.write(placed.rows[target], left, "─" if target.waypoint else "▶", _DIM)


def _draw_box(canvas: Canvas, where: tuple[int, int], width: int, node: NodeView, *, leads_on: bool) -> None:
    row, left = where
    mark, code = MARKS.get(node.status or "", ("", ""))
    inner = width - _FRAME
    border = code or _DIM
    canvas.write(row - 1, left, f"╭{'─' * (width - 2)}╮", border)
    canvas.write(row, left, "│", border)
    canvas.write(row, left + 2, _fit(_headline(node), inner), _BOLD)
    canvas.write(row, left + 2, mark, code)
    canvas.write(row, left + width - 1, "├" if leads_on else "│", border)
    if node.detail:
        row += 1
        canvas.write(row, left, "│", border)
        canvas.write(row, left + 2, _fit(_clean(node.detail), inner), _DIM)
        canvas.write(row, left + width - 1, "│", border)
    canvas.write(row + 1, left, f"╰{'─' * (width - 2)}╯", border)
