"""Characters in rows and columns, each with an ANSI style. Rows and columns may begin anywhere."""

from __future__ import annotations

from itertools import groupby

from rich.cells import get_character_cell_size


class Canvas:
    """Text written to places; later writing covers earlier."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], tuple[str, str]] = {}

    def write(self, row: int, column: int, text: str, style: str = "") -> None:
        """Put ``text`` from ``column`` on; a wide character takes two cells."""
        for char in text:
            self._cells[row, column] = (char, style)
            size = get_character_cell_size(char)
            if size == 2:
                self._cells[row, column + 1] = ("", style)
            column += max(size, 1)

    def render(self, *, colour: bool) -> str:
        """All rows from the highest to the lowest that has something, without blanks at their ends."""
        if not self._cells:
            return ""
        rows = [row for row, _ in self._cells]
        first = min(column for _, column in self._cells)
        last = max(column for _, column in self._cells)
        columns = range(first, last + 1)
        return "\n".join(self._row(row, columns, colour=colour) for row in range(min(rows), max(rows) + 1))

    def _row(self, row: int, columns: range, *, colour: bool) -> str:
        cells = [self._cells.get((row, column), (" ", "")) for column in columns]
        while cells and cells[-1][0] == " ":
            cells.pop()
        if not colour:
            return "".join(char for char, _ in cells)
        runs = ((style, "".join(char for char, _ in run)) for style, run in groupby(cells, key=lambda cell: cell[1]))
        return "".join(f"\x1b[{style}m{text}\x1b[0m" if style and text.strip() else text for style, text in runs)
