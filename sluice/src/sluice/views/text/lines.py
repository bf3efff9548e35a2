"""Lines of text made of pieces, each with the role it plays. Every text view is built from these.

A role is a word (``success``, ``quiet``), not a colour: who paints decides on colours, and a test compares texts.
Widths are cells of a terminal, where a character may take two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct
from rich.cells import cell_len, chop_cells, set_cell_size

from sluice.views.text.ansi import PLAIN, Style, clean, shorten

_LABEL_LIMIT = 2000
ENDLESS = 1_000_000
"""The width of what is no terminal, where nothing is cut and nothing stands at a right end."""
_WIDEST = 10_000
"""No terminal is wider."""


class Piece(Struct, frozen=True):
    """A stretch of a line. ``style`` is what a job's output asked for, on top of the role's own look."""

    text: str
    role: str = ""
    style: Style = PLAIN


Line: TypeAlias = tuple[Piece, ...]
BLANK: Line = ()


def line(*parts: str | Piece | tuple[str, str]) -> Line:
    """A line from texts, ``(text, role)`` pairs and pieces; empty ones are left out."""
    return tuple(piece for piece in map(_piece, parts) if piece.text)


def _piece(part: str | Piece | tuple[str, str]) -> Piece:
    match part:
        case Piece():
            return part
        case str():
            return Piece(part)
        case (text, role):
            return Piece(text, role)


_UNMARKED_END = re.compile(r"([^.,:;!?\n])\n")


@lru_cache(maxsize=4096)
def label(text: str) -> str:
    """A name or a message from a run as one safe line; what were lines are told apart by ``;``."""
    lines = [" ".join(clean(part).split()) for part in shorten(text, _LABEL_LIMIT).splitlines()]
    return _UNMARKED_END.sub(r"\1;\n", "\n".join(filter(None, lines))).replace("\n", " ")


def plain(shown: Line) -> str:
    """The line's text without the blanks at its end."""
    return "".join(piece.text for piece in shown).rstrip()


def cells(shown: Line | str) -> int:
    """The width of a line or a text."""
    return cell_len(shown) if isinstance(shown, str) else sum(cell_len(piece.text) for piece in shown)


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """The text, or as much of its beginning as ``width`` allows, marked as cut."""
    if width <= 0:
        return ""
    text = text[: width * 4] if len(text) > width * 4 else text
    if cell_len(text) <= width:
        return text
    if width <= cell_len(ellipsis):
        return set_cell_size(text, width)
    return set_cell_size(text, width - cell_len(ellipsis)).rstrip() + ellipsis


def pad(text: str, width: int) -> str:
    """The text with blanks up to ``width``."""
    return text + " " * max(0, width - cell_len(text))


def pad_left(text: str, width: int) -> str:
    """The text at the right end of ``width``."""
    return " " * max(0, width - cell_len(text)) + text


def crop(shown: Line, width: int, ellipsis: str = "…") -> Line:
    """The line cut to ``width``; it keeps its pieces' roles."""
    if cells(shown) <= width:
        return shown
    kept: list[Piece] = []
    left = width
    for piece in shown:
        room = left - (cell_len(ellipsis) if cells(shown[len(kept) :]) > left else 0)
        if cell_len(piece.text) <= room:
            kept.append(piece)
            left -= cell_len(piece.text)
            continue
        kept.append(Piece(fit(piece.text, left, ellipsis) or ellipsis[:left], piece.role, piece.style))
        break
    return tuple(kept)


def spread(left: Line, right: Line, width: int, ellipsis: str = "…") -> Line:
    """``left`` at the left end, ``right`` at the right end; the left one gives way."""
    if width > _WIDEST:
        return (*left, Piece("  "), *right)
    room = width - cells(right) - 1
    cut = crop(left, max(0, room), ellipsis)
    return (*cut, Piece(" " * max(1, width - cells(cut) - cells(right))), *right)


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """The text broken at blanks into lines of at most ``width``, all but the first after ``indent``."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        candidate = f"{current} {word}" if current.strip() else current + word
        if current.strip() and cell_len(candidate) > width:
            lines.append(current)
            candidate = indent + word
        *full, current = _chop(candidate, width)
        lines += full
    return [*lines, current] if current.strip() or not lines else lines


_WORD = re.compile(r"\s+|\S+")


def fold(shown: Line, width: int, indent: int) -> list[Line]:
    """The line broken at blanks into lines of ``width``, all but the first after ``indent`` cells; roles stay. A word
    that is longer has a line for itself.
    """
    rows: list[list[Piece]] = [[]]
    used, started = 0, False
    for piece in shown:
        for word in _WORD.findall(piece.text):
            blank = not word.strip()
            if not blank and started and used + cell_len(word) > width:
                if not rows[-1][-1].text.strip():
                    rows[-1].pop()
                rows.append([Piece(" " * indent)])
                used, started = indent, False
            if not blank or started or len(rows) == 1:
                rows[-1].append(Piece(word, piece.role, piece.style))
                used += cell_len(word)
            started = started or not blank
    return [tuple(row) for row in rows]


def _chop(text: str, width: int) -> list[str]:
    return [text] if cell_len(text) <= width else chop_cells(text, max(1, width)) or [""]


def table(rows: Sequence[Sequence[str]], *, right: Iterable[int] = ()) -> list[list[str]]:
    """The rows with every cell padded to its column's width; the columns in ``right`` stand at their right end."""
    if not rows:
        return []
    aligned = set(right)
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        [(pad_left if column in aligned else pad)(text, widths[column]) for column, text in enumerate(row)]
        for row in rows
    ]


def chop(shown: Line, width: int, rows: int) -> list[Line]:
    """The line broken into at most ``rows`` lines of ``width``; the last one may be longer, for ``crop`` to cut."""
    parts: list[Line] = []
    rest = shown
    while len(parts) < rows - 1 and cells(rest) > width:
        head, rest = _split(rest, width)
        parts.append(head)
    return [*parts, rest]


def _split(shown: Line, width: int) -> tuple[Line, Line]:
    head: list[Piece] = []
    left = width
    for place, piece in enumerate(shown):
        if cell_len(piece.text) > left:
            first, rest = _split_text(piece.text, left)
            return (
                (*head, Piece(first, piece.role, piece.style)),
                (Piece(rest, piece.role, piece.style), *shown[place + 1 :]),
            )
        head.append(piece)
        left -= cell_len(piece.text)
    return shown, BLANK


def _split_text(text: str, width: int) -> tuple[str, str]:
    end = min(len(text), width)
    while end > 1 and cell_len(text[:end]) > width:
        end -= 1
    return text[:end], text[end:]
