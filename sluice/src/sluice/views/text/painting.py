"""Lines onto a stream: roles become colours where the terminal has them. In: lines and a rich console. Out: text."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style as RichStyle

from sluice.views.text.ansi import PLAIN, Colour, Style
from sluice.views.text.lines import ENDLESS, Line, Piece
from sluice.views.text.sending import send

_ROLES = {
    "": RichStyle(),
    "strong": RichStyle(bold=True),
    "quiet": RichStyle(dim=True),
    "success": RichStyle(color="green"),
    "failure": RichStyle(color="red", bold=True),
    "tolerated": RichStyle(color="yellow"),
    "partly": RichStyle(color="yellow"),
    "cancelled": RichStyle(color="yellow"),
    "interrupted": RichStyle(color="red"),
    "skipped": RichStyle(dim=True),
    "running": RichStyle(color="cyan"),
    "waiting": RichStyle(color="yellow"),
    "pending": RichStyle(dim=True),
    "error": RichStyle(color="red"),
    "warning": RichStyle(color="yellow"),
    "notice": RichStyle(color="cyan"),
    "debug": RichStyle(dim=True),
    "command": RichStyle(color="cyan"),
    "group": RichStyle(bold=True),
    "heading": RichStyle(bold=True),
    "code": RichStyle(color="cyan"),
    "bar": RichStyle(color="cyan"),
}
_LINES_AT_ONCE = 500
_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}


def paint(shown: Line, console: Console) -> str:
    """One line with the escape sequences that this console understands, and none that it doesn't."""
    system = _SYSTEMS.get(console.color_system or "")
    if system is None:
        return "".join(piece.text for piece in shown).rstrip()
    return "".join(_paint(piece, system, console.no_color) for piece in _trimmed(shown))


def write(lines: Iterable[Line], console: Console) -> None:
    """Print the lines as they are, some at a time: nothing is wrapped or interpreted."""
    waiting = iter(lines)
    while some := list(islice(waiting, _LINES_AT_ONCE)):
        send("".join(f"{paint(shown, console)}\n" for shown in some), console.file)


def output_width() -> int:
    """The columns of the terminal that standard output is; where it is none, nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else ENDLESS


def print_lines(lines: Iterable[Line]) -> None:
    """To standard output, coloured where it is a terminal."""
    write(lines, Console(file=sys.stdout, highlight=False))


def _trimmed(shown: Line) -> Line:
    return shown if not shown or shown[-1].text.strip() else _trimmed(shown[:-1])


def _paint(piece: Piece, system: ColorSystem, no_color: bool) -> str:
    if not piece.role and piece.style == PLAIN:
        return piece.text
    return rich_style(piece.role, piece.style, no_color).render(piece.text, color_system=system)


@lru_cache(maxsize=1024)
def rich_style(role: str, style: Style = PLAIN, no_color: bool = False) -> RichStyle:
    """What a role and a style of a job's output look like together."""
    look = _ROLES.get(role, _ROLES[""])
    if style != PLAIN:
        look += RichStyle(
            color=_colour(style.foreground),
            bgcolor=_colour(style.background),
            bold=style.bold or None,
            dim=style.dim or None,
            italic=style.italic or None,
            underline=style.underline or None,
            strike=style.strike or None,
            reverse=style.inverse or None,
        )
    return look.without_color if no_color else look


def _colour(colour: Colour) -> Color | None:
    match colour:
        case None:
            return None
        case int():
            return Color.from_ansi(colour)
        case (red, green, blue):
            return Color.from_rgb(red, green, blue)
