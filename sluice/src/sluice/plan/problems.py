"""How the plan says that something of the user's is wrong: one error with a diagnostic at the place in the YAML."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import InvalidInputError
from sluice.source.positions import Span
from sluice.workflow.evaluation import EvaluationError

T = TypeVar("T")


def problem(span: Span, rule: str, message: str, hint: str | None = None) -> InvalidInputError:
    """An error that holds one diagnostic."""
    return InvalidInputError([Diagnostic(span=span, rule=rule, message=message, hint=hint)])


def evaluated(evaluate: Callable[[], T], *, during: str = "") -> T:
    """What ``evaluate`` returns; its ``EvaluationError`` becomes a diagnostic, ``during`` put before the message."""
    try:
        return evaluate()
    except EvaluationError as error:
        lead = f"{during} " if during else ""
        raise problem(error.span, "expression", f"{lead}{error.headline}", error.hint) from error


def unexpected(value: Value) -> str:
    """GitHub's words for a value of the wrong kind."""
    match value:
        case Dictionary():
            return "A mapping was not expected"
        case list():
            return "A sequence was not expected"
        case _:
            return f"Unexpected value '{to_text(value)}'"
