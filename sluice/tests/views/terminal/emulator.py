"""A terminal of a few rows, which knows just what the live view sends, and refuses everything else."""

from __future__ import annotations

import re

from rich.cells import cell_len

_PART = re.compile(r"\x1b\[(\?)?([\d;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


class Emulator:
    """The visible rows, and how much was written. Lines wider than the screen would break every promise: refused."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.columns, self.rows = columns, rows
        self.lines: list[str] = [""]
        self.row = 0
        self.column = 0
        self.written = 0
        self.cursor_hidden = False
        self.encoding = "utf-8"

    def write(self, text: str) -> int:
        self.written += len(text)
        position = 0
        while position < len(text):
            part = _PART.match(text, position)
            assert part is not None, f"not understood: {text[position : position + 20]!r}"
            self._obey(part)
            position = part.end()
        return len(text)

    def flush(self) -> None:
        pass

    def _obey(self, part: re.Match[str]) -> None:
        match part[0], part[3]:
            case "\r", _:
                self.column = 0
            case "\n", _:
                self.row, self.column = self.row + 1, 0
                self.lines += [""] * (self.row + 1 - len(self.lines))
            case _, "A":
                assert self.row - int(part[2]) >= max(0, len(self.lines) - self.rows), "above the screen"
                self.row -= int(part[2])
            case _, "J":
                self.lines[self.row :] = [self.lines[self.row][: self.column]]
            case _, "K":
                self.lines[self.row] = self.lines[self.row][: self.column]
            case _, "h" | "l" if part[1]:
                if part[2] == "25":
                    self.cursor_hidden = part[3] == "l"
            case _, "m":
                pass
            case text, None:
                line = self.lines[self.row]
                self.lines[self.row] = line[: self.column] + text + line[self.column + len(text) :]
                self.column += len(text)
                assert cell_len(self.lines[self.row]) <= self.columns, "wider than the screen"
            case _:
                raise AssertionError(f"not understood: {part[0]!r}")

    @property
    def shown(self) -> list[str]:
        return [line.rstrip() for line in self.lines][: self.row + 1 if self.lines[self.row] else self.row]
