"""Draw a diagnostic as text with a caret under its place. In: a diagnostic and its file's text. Out: lines."""

from __future__ import annotations

import re

from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.positions import Span

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WIDEST = 240
"""Characters of a file's line that are shown."""


def render_diagnostic(found: Diagnostic, text: str | None = None, *, colour: bool = False) -> str:
    """The diagnostic as shown to a person; ``text`` is the whole text of the file that its span names."""
    lines = [_headline(found, colour)]
    if text is not None:
        lines += _excerpt(found.span, text, _paint_code(found, colour))
    if found.allowed:
        lines.append(f"  allowed: {', '.join(found.allowed)}")
    if found.hint:
        lines.append(f"  hint: {found.hint}")
    return "\n".join(lines)


def _headline(found: Diagnostic, colour: bool) -> str:
    label = _paint(found.severity.value, _paint_code(found, colour))
    return f"{found.span}: {label}: {plain_text(found.message)} [{found.rule}]"


def _excerpt(span: Span, text: str, code: str | None) -> list[str]:
    rows = text.splitlines()
    if not 1 <= span.start.line <= len(rows):
        return []
    row, column = _clip(plain_text(rows[span.start.line - 1]), span.start.column)
    gutter = f"{span.start.line:>5} | "
    before = "".join("\t" if char == "\t" else " " for char in row[: column - 1])
    carets = "^" * _caret_count(span, len(row) - column + 1)
    return [f"{gutter}{row}", f"{' ' * (len(gutter) - 2)}| {before}{_paint(carets, code)}"]


def _clip(row: str, column: int) -> tuple[str, int]:
    """What is around the place in a row that no screen holds, and the column there."""
    if len(row) <= _WIDEST:
        return row, column
    start = max(0, min(column - 1 - _WIDEST // 2, len(row) - _WIDEST))
    piece = row[start : start + _WIDEST]
    if start + _WIDEST < len(row):
        piece += "\N{HORIZONTAL ELLIPSIS}"
    return ("\N{HORIZONTAL ELLIPSIS}" + piece, column - start + 1) if start else (piece, column)


def plain_text(text: str) -> str:
    """Text in which nothing commands a terminal: its control characters are drawn as U+FFFD."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _caret_count(span: Span, rest: int) -> int:
    rest = max(1, rest)
    if span.end.line > span.start.line:
        return rest
    return max(1, min(rest, span.end.column - span.start.column))


def _paint_code(found: Diagnostic, colour: bool) -> str | None:
    return _COLOURS[found.severity] if colour else None


def _paint(text: str, code: str | None) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
