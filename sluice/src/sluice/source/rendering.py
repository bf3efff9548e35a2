"""Draw a diagnostic as text with a caret under its place. In: a diagnostic and its file's text. Out: lines."""

from __future__ import annotations

from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.positions import Span

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}


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
    return f"{found.span}: {label}: {found.message} [{found.rule}]"


def _excerpt(span: Span, text: str, code: str | None) -> list[str]:
    rows = text.splitlines()
    if not 1 <= span.start.line <= len(rows):
        return []
    row = rows[span.start.line - 1]
    gutter = f"{span.start.line:>5} | "
    before = "".join("\t" if char == "\t" else " " for char in row[: span.start.column - 1])
    carets = "^" * _caret_count(span, row)
    return [f"{gutter}{row}", f"{' ' * (len(gutter) - 2)}| {before}{_paint(carets, code)}"]


def _caret_count(span: Span, row: str) -> int:
    rest = max(1, len(row) - span.start.column + 1)
    if span.end.line > span.start.line:
        return rest
    return max(1, min(rest, span.end.column - span.start.column))


def _paint_code(found: Diagnostic, colour: bool) -> str | None:
    return _COLOURS[found.severity] if colour else None


def _paint(text: str, code: str | None) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
