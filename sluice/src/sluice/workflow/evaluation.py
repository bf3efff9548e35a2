"""Tokens to values: the one evaluator of everything in a workflow that GitHub evaluates late."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, assert_never

from msgspec import Struct, field

from sluice.expressions.conversion import kind_of, to_number, to_text
from sluice.expressions.errors import ExpressionError
from sluice.expressions.evaluator import evaluate
from sluice.expressions.values import Dictionary, Value
from sluice.source.errors import SluiceError
from sluice.source.positions import Span
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    InsertToken,
    MappingToken,
    NullToken,
    NumberToken,
    SequenceToken,
    StringToken,
    Token,
)

Function: TypeAlias = Callable[[Sequence[Value]], Value]


class Scope(Struct, frozen=True, kw_only=True):
    """What an expression may name: contexts, and functions besides the well-known ones."""

    contexts: Mapping[str, Value]
    functions: Mapping[str, Function] = field(default_factory=dict)


def workflow_scope(contexts: Mapping[str, Value]) -> Scope:
    """What the keys of a workflow itself see: ``github``, ``inputs`` and ``vars`` of these."""
    return Scope(contexts={name: contexts[name] for name in ("github", "inputs", "vars")})


class EvaluationError(SluiceError):
    """A token that can't be evaluated; ``span`` is its place, ``headline`` the bare message."""

    def __init__(self, span: Span, message: str, *, hint: str | None = None) -> None:
        super().__init__(
            f"The template is not valid. {span.file} (Line: {span.start.line}, Col: {span.start.column}): {message}",
            hint=hint,
        )
        self.span = span
        self.headline = message


def evaluate_token(token: Token, scope: Scope) -> Value:
    """The token's value. Raises ``EvaluationError``."""
    match token:
        case NullToken():
            return None
        case BooleanToken(value=value) | NumberToken(value=value) | StringToken(value=value):
            return value
        case ExpressionToken():
            return _evaluate_expression(token, scope)
        case SequenceToken(items=items):
            return [value for item in items for value in _evaluate_item(item, scope)]
        case MappingToken():
            return _evaluate_entries(token, scope)
        case _:
            assert_never(token)


def _evaluate_expression(token: ExpressionToken, scope: Scope) -> Value:
    try:
        return evaluate(token.expression, scope.contexts, scope.functions)
    except ExpressionError as error:
        raise EvaluationError(token.span, str(error)) from error


def _evaluate_item(item: Token, scope: Scope) -> list[Value]:
    """A list that an expression gives becomes part of the list that it stands in (GitHub's TemplateUnraveler)."""
    value = evaluate_token(item, scope)
    return value if isinstance(item, ExpressionToken) and isinstance(value, list) else [value]


def _evaluate_entries(token: MappingToken, scope: Scope) -> Dictionary:
    entries = Dictionary()
    for key, value in token.entries:
        evaluated = evaluate_token(value, scope)
        if isinstance(key, InsertToken):
            if not isinstance(evaluated, Dictionary):
                raise EvaluationError(key.span, f"Unexpected type '{kind_of(evaluated)}' for an insert expression")
            entries.update(evaluated)
        else:
            entries[to_text(evaluate_token(key, scope))] = evaluated
    return entries


def evaluate_text(token: Token, scope: Scope) -> str:
    """The token as a string, by GitHub's coercion; a collection is an error."""
    value = evaluate_token(token, scope)
    if isinstance(value, Dictionary | list):
        raise EvaluationError(token.span, f"Unexpected type '{kind_of(value)}', expected a string")
    return to_text(value)


def evaluate_mapping(token: Token, scope: Scope) -> dict[str, str]:
    """A mapping of strings, such as ``env``."""
    value = evaluate_token(token, scope)
    if value is None or value == "":
        return {}
    if not isinstance(value, Dictionary):
        raise EvaluationError(token.span, f"Unexpected type '{kind_of(value)}', expected a mapping")
    for name, item in value.items():
        if isinstance(item, Dictionary | list):
            raise EvaluationError(token.span, f"'{name}' must be a string, it is an {kind_of(item)}")
    return {name: to_text(item) for name, item in value.items()}


def evaluate_boolean(token: Token, scope: Scope) -> bool:
    """A boolean; strings are no booleans."""
    value = evaluate_token(token, scope)
    if not isinstance(value, bool):
        readable = isinstance(value, str) and value in {"true", "false"}
        hint = "fromJSON(...) around it makes a boolean of the text" if readable else None
        raise EvaluationError(token.span, f"Unexpected value '{to_text(value)}', expected a boolean", hint=hint)
    return value


def evaluate_number(token: Token, scope: Scope) -> float:
    """A number; strings are no numbers, whatever they read as."""
    value = evaluate_token(token, scope)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        readable = isinstance(value, str) and not math.isnan(to_number(value))
        hint = "fromJSON(...) around it makes a number of the text" if readable else None
        raise EvaluationError(token.span, f"Unexpected value '{to_text(value)}', expected a number", hint=hint)
    return value
