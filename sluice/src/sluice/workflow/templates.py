"""Text with ``${{ }}`` in it as one expression. Pure text work; nothing is parsed here."""

from __future__ import annotations

_OPEN, _CLOSE = "${{", "}}"


_NOT_CLOSED = (
    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found."
)
_NOT_EMBEDDED = (
    "The directive 'insert' is not allowed in this context. Directives are not supported for expressions that are "
    "embedded within a string. Directives are only supported when the entire value is an expression."
)


class BadTemplate(Exception):  # noqa: N818 (it names what was found)
    """``${{`` without ``}}``, an empty expression, a directive inside of a text; the message is GitHub's."""


def expression_text(raw: str) -> str | None:
    """The expression that a text stands for: its own one, ``format('...', ...)`` for a mixture, ``None`` for none."""
    parts = list(_parts(raw))
    if not any(is_expression for is_expression, _ in parts):
        return None
    if any(is_expression and not text for is_expression, text in parts):
        raise BadTemplate("An expression was expected")
    if len(parts) == 1:
        return parts[0][1]
    if any(is_expression and text == "insert" for is_expression, text in parts):
        raise BadTemplate(_NOT_EMBEDDED)
    form, arguments = "", list[str]()
    for is_expression, text in parts:
        if is_expression:
            form += f"{{{len(arguments)}}}"
            arguments.append(text)
        else:
            form += text.replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"format('{form}', {', '.join(arguments)})"


def _parts(raw: str) -> list[tuple[bool, str]]:
    parts: list[tuple[bool, str]] = []
    position = 0
    while (start := raw.find(_OPEN, position)) >= 0:
        end = _end(raw, start + len(_OPEN))
        parts += [(False, raw[position:start]), (True, raw[start + len(_OPEN) : end].strip())]
        position = end + len(_CLOSE)
    parts.append((False, raw[position:]))
    return [part for part in parts if part[0] or part[1]]


def _end(raw: str, position: int) -> int:
    """Where the closing braces stand; those within a string don't count."""
    quoted = False
    while position < len(raw):
        if raw[position] == "'":
            quoted = not quoted
        elif not quoted and raw.startswith(_CLOSE, position):
            return position
        position += 1
    raise BadTemplate(_NOT_CLOSED)
