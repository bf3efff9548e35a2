"""Typed inputs of ``workflow_dispatch`` and ``workflow_call``.

In: their definitions and what was given. Out: the ``inputs`` context with values of the declared types, and what is
wrong. From the command line everything arrives as text; a calling job gives evaluated values, which GitHub does not
convert: a boolean input takes a boolean, not the text ``true``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import assert_never

from sluice.expressions.conversion import to_number, to_text
from sluice.expressions.values import Dictionary, Value
from sluice.plan.problems import unexpected
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span
from sluice.workflow.evaluation import EvaluationError, Scope, evaluate_token
from sluice.workflow.model import InputDefinition, InputType
from sluice.workflow.tokens import MappingToken, Token

_RULE = "inputs"
_NOTHING = Scope(contexts={}, functions={})


class _RefusalError(Exception):
    """A value that an input does not take."""

    def __init__(self, message: str, hint: str | None = None, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.allowed = allowed


def resolve_dispatch_inputs(
    definitions: Mapping[str, InputDefinition], given: Mapping[str, str], place: Span, scope: Scope = _NOTHING
) -> tuple[Dictionary, list[Diagnostic]]:
    """The ``inputs`` context of a run that a person starts, with defaults filled in.

    ``place`` is where the trigger stands, for inputs that are not defined. An input that is neither given nor has a
    default is ``false``, 0 or empty, by its type. ``scope`` is what a default may read, which only that of a called
    workflow does.
    """
    texts = Dictionary(given)
    values, found = Dictionary(), _unknown(definitions, texts, place)
    for name, definition in definitions.items():
        try:
            values[name] = _dispatched(definition, texts, scope)
        except EvaluationError as error:
            found.append(Diagnostic(span=error.span, rule="expression", message=error.headline))
        except _RefusalError as refusal:
            found.append(_diagnostic(definition.name.span, refusal))
    return values, found


def resolve_call_inputs(
    definitions: Mapping[str, InputDefinition],
    given: MappingToken | None,
    *,
    caller: Scope,
    callee: Scope,
    place: Span,
) -> tuple[Dictionary, list[Diagnostic]]:
    """The ``inputs`` context of a called workflow.

    ``given`` is the calling job's ``with``, evaluated in ``caller``; defaults are evaluated in ``callee``. ``place``
    is the calling job's ``uses``, for inputs that are missing.
    """
    names = {name.lower() for name in definitions}
    tokens = {key.value.lower(): (key, value) for key, value in given.literal_items()} if given else {}
    found = [
        Diagnostic(
            span=key.span,
            rule=_RULE,
            message=f"Invalid input, {key.value} is not defined in the referenced workflow.",
            allowed=tuple(definitions),
        )
        for name, (key, _) in tokens.items()
        if name not in names
    ]
    values = Dictionary()
    for name, definition in definitions.items():
        token = tokens[name.lower()][1] if name.lower() in tokens else None
        try:
            values[name] = _called(definition, token, caller, callee)
        except EvaluationError as error:
            found.append(Diagnostic(span=error.span, rule="expression", message=error.headline))
        except _RefusalError as refusal:
            found.append(_diagnostic(token.span if token else place, refusal))
    return values, found


def default_text(definition: InputDefinition, scope: Scope = _NOTHING) -> str:
    """An input's default as a person would write it; empty where there is none."""
    if definition.default is None:
        return ""
    return to_text(evaluate_token(definition.default, scope))


def event_inputs(values: Dictionary) -> Dictionary:
    """``github.event.inputs``: the same values as texts, the way GitHub sends them."""
    return Dictionary({name: to_text(value) for name, value in values.items()})


def _unknown(definitions: Mapping[str, InputDefinition], given: Dictionary, place: Span) -> list[Diagnostic]:
    names = {name.lower() for name in definitions}
    return [
        Diagnostic(span=place, rule=_RULE, message=f"Unexpected input provided: '{name}'", allowed=tuple(definitions))
        for name in given
        if name.lower() not in names
    ]


def _diagnostic(span: Span, refusal: _RefusalError) -> Diagnostic:
    return Diagnostic(span=span, rule=_RULE, message=refusal.message, hint=refusal.hint, allowed=refusal.allowed)


def _dispatched(definition: InputDefinition, given: Dictionary, scope: Scope) -> Value:
    name = definition.name.value
    if name in given:
        return _read_text(definition, to_text(given[name]))
    if definition.default is not None:
        return _read_text(definition, default_text(definition, scope))
    if definition.required:
        raise _RefusalError(f"Required input '{name}' not provided", _description(definition), definition.options)
    return _empty(definition.type)


def _description(definition: InputDefinition) -> str | None:
    return f"{definition.name.value}: {definition.description}" if definition.description else None


def _read_text(definition: InputDefinition, text: str) -> Value:
    name = definition.name.value
    match definition.type:
        case InputType.STRING | InputType.ENVIRONMENT:
            return text
        case InputType.BOOLEAN:
            if text.lower() not in {"true", "false"}:
                raise _RefusalError(
                    f"Provided value '{text}' for input '{name}' is not a boolean", None, ("true", "false")
                )
            return text.lower() == "true"
        case InputType.NUMBER:
            number = to_number(text)
            if math.isnan(number):
                raise _RefusalError(f"Provided value '{text}' for input '{name}' is not a number")
            return number
        case InputType.CHOICE:
            if text not in definition.options:
                message = f"Provided value '{text}' for input '{name}' not in the list of allowed values"
                raise _RefusalError(message, None, definition.options)
            return text
        case _:
            assert_never(definition.type)


def _called(definition: InputDefinition, token: Token | None, caller: Scope, callee: Scope) -> Value:
    if token is not None:
        return _typed(definition.type, evaluate_token(token, caller))
    if definition.required:
        raise _RefusalError(f"Input {definition.name.value} is required, but not provided while calling.")
    if definition.default is not None:
        return _typed(definition.type, evaluate_token(definition.default, callee))
    return _empty(definition.type)


def _typed(wanted: InputType, value: Value) -> Value:
    match wanted:
        case InputType.BOOLEAN:
            return value if isinstance(value, bool) else _refuse(value, "a boolean")
        case InputType.NUMBER:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if is_number else _refuse(value, "a number")
        case InputType.STRING | InputType.CHOICE | InputType.ENVIRONMENT:
            return _refuse(value, "a string") if isinstance(value, list | Dictionary) else to_text(value)
        case _:
            assert_never(wanted)


def _refuse(value: Value, wanted: str) -> Value:
    hint = f"the input takes {wanted}"
    if isinstance(value, str) and wanted != "a string":
        hint += "; fromJSON() makes one of a text, such as an output of a job"
    raise _RefusalError(unexpected(value), hint)


def _empty(wanted: InputType) -> Value:
    match wanted:
        case InputType.BOOLEAN:
            return False
        case InputType.NUMBER:
            return 0
        case InputType.STRING | InputType.CHOICE | InputType.ENVIRONMENT:
            return ""
        case _:
            assert_never(wanted)
