"""How wide a text will be, without a font at hand: an estimate that errs on the wide side for common sans-serifs."""

from __future__ import annotations

from rich.cells import cell_len

_NARROW = frozenset("iljtfrI.,:;'|!()[]{}`/\\ -·")
_WIDE = frozenset("mwMWQOGDNHUC@%&→–—…_")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width in pixels of ``text`` at a font size of ``size`` pixels."""
    return sum(map(_share, text)) * size * (1.13 if bold else 1.0)


def fit(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it would be wider than ``width`` pixels."""
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + "…", size, bold=bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _share(char: str) -> float:
    if not char.isascii() and cell_len(char) == 2:
        return 1.05
    if char in _NARROW:
        return 0.34
    if char in _WIDE:
        return 0.86
    return 0.68 if char.isupper() else 0.57
