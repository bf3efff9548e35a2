"""What jobs print, made safe. In: text with any bytes a program may send. Out: plain text, or runs of styled text.

Only colours and text attributes (SGR) survive; cursor movement, titles, links, bells, bidirectional overrides and
every other control character do not. A line that was rewritten with carriage returns reads as it stood at its end.
It must not know where the text goes: the terminal and the report each turn the runs into their own form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

Colour = int | tuple[int, int, int] | None

_ESCAPE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|[\x1b]\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]+[0-~]"
    r"|\x1b[0-Z\\^-~]"
    r"|\x1b"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LINE_BREAKS = re.compile("[\u2028\u2029]")


class Style(Struct, frozen=True, kw_only=True):
    """How a run of text looks. A colour is one of 256 by number, or red, green and blue."""

    foreground: Colour = None
    background: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    inverse: bool = False


PLAIN = Style()
_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"inverse": True},
    9: {"strike": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"inverse": False},
    29: {"strike": False},
}


def clean(text: str) -> str:
    """One line as plain text, tabs kept."""
    return _visible(_ESCAPE.sub("", _last_version(text)))


def shorten(text: str, limit: int) -> str:
    """At most about ``limit`` characters, cut in the middle with a note of how many are gone."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters left out … {text[-half:]}"


def styled(text: str, style: Style = PLAIN) -> tuple[list[tuple[str, Style]], Style]:
    """One line as runs of text with their styles, and the style that the next line starts with."""
    runs: list[tuple[str, Style]] = []
    position = 0
    text = _last_version(text)
    for match in _ESCAPE.finditer(text):
        _add(runs, text[position : match.start()], style)
        position = match.end()
        if (codes := match["sgr"]) is not None:
            style = apply_codes(style, codes)
    _add(runs, text[position:], style)
    return runs, style


def _add(runs: list[tuple[str, Style]], text: str, style: Style) -> None:
    if shown := _visible(text):
        runs.append((shown, style))


def _visible(text: str) -> str:
    return _LINE_BREAKS.sub(" ", _CONTROLS.sub("", text))


def _last_version(text: str) -> str:
    r"""What is left of ``10%\r20%\r``: the last part that has something to show."""
    if "\r" not in text:
        return text
    parts = [part for part in text.split("\r") if part]
    return parts[-1] if parts else ""


def apply_codes(style: Style, codes: str) -> Style:
    """The style after ``ESC [ codes m``; codes that are unknown change nothing."""
    if ":" in codes:
        codes = codes.replace("::", ":").replace(":", ";")
    numbers = iter([int(code[:3] or 0) for code in codes.split(";")])
    for number in numbers:
        style = _apply(style, number, numbers)
    return style


def _apply(style: Style, code: int, rest: Iterator[int]) -> Style:
    if code == 0:
        return PLAIN
    if code in _SWITCHES:
        return replace(style, **_SWITCHES[code])
    if code in {38, 39} or 30 <= code <= 37 or 90 <= code <= 97:
        return replace(style, foreground=_colour(code, 30, rest))
    if code in {48, 49} or 40 <= code <= 47 or 100 <= code <= 107:
        return replace(style, background=_colour(code, 40, rest))
    return style


def _colour(code: int, base: int, rest: Iterator[int]) -> Colour:
    if code == base + 8:
        return _extended(rest)
    if code == base + 9:
        return None
    return code - base if code < base + 8 else code - base - 52


def _extended(rest: Iterator[int]) -> Colour:
    match next(rest, None):
        case 5:
            return min(next(rest, 0), 255)
        case 2:
            return (min(next(rest, 0), 255), min(next(rest, 0), 255), min(next(rest, 0), 255))
        case _:
            return None
