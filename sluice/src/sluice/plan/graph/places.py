"""Where in the file an evaluated value stood. In: a token and a path of keys. Out: the span that comes closest."""

from __future__ import annotations

from sluice.source.positions import Span
from sluice.workflow.tokens import KeyToken, MappingToken, SequenceToken, StringToken, Token


def span_at(token: Token, *path: str | int) -> Span:
    """The span of the value under ``path``; where an expression made it, the span of that expression."""
    for step in path:
        below = _below(token, step)
        if below is None:
            return token.span
        token = below
    return token.span


def key_span_at(token: Token, *path: str | int) -> Span:
    """The span of the key that ends ``path``; where it does not stand in the file, the closest value's."""
    *above, key = path
    holder: Token | None = token
    for step in above:
        holder = _below(holder, step) if holder is not None else None
    entry = _entry(holder, str(key))
    return entry[0].span if entry else span_at(token, *above)


def _below(token: Token, step: str | int) -> Token | None:
    if isinstance(step, str):
        entry = _entry(token, step)
        return entry[1] if entry else None
    return token.items[step] if isinstance(token, SequenceToken) and step < len(token.items) else None


def _entry(token: Token | None, key: str) -> tuple[KeyToken, Token] | None:
    if not isinstance(token, MappingToken):
        return None
    return next((pair for pair in token.entries if _is_named(pair[0], key)), None)


def _is_named(key: KeyToken, name: str) -> bool:
    return isinstance(key, StringToken) and key.value.lower() == name.lower()
