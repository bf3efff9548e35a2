"""``on``: events with their filters, inputs, schedules."""

from __future__ import annotations

from sluice.source.suggestions import did_you_mean
from sluice.workflow.event_names import EVENTS, FILTERS, KEYS, TYPES
from sluice.workflow.fields import Fields, literal
from sluice.workflow.model import (
    InputDefinition,
    InputType,
    Located,
    OutputDefinition,
    SecretDefinition,
    Trigger,
)
from sluice.workflow.tokens import BooleanToken, ExpressionToken, MappingToken, SequenceToken, StringToken, Token

_INPUT_KEYS = ("description", "type", "required", "default", "deprecationMessage")
_CALLED_TYPES = (InputType.STRING, InputType.BOOLEAN, InputType.NUMBER)
"""What a called workflow takes: nobody chooses there."""


def parse_triggers(workflow: Fields) -> dict[str, Trigger]:
    """Every event by its name."""
    workflow.no_expression("on")
    match workflow.get("on"):
        case None | ExpressionToken():
            return {}
        case MappingToken() as events:
            found = {key.value: _trigger(key, value, workflow) for key, value in events.literal_items()}
        case SequenceToken(items=items):
            found = {literal(item): Trigger(event=Located(literal(item), item.span)) for item in items}
        case one:
            found = {literal(one): Trigger(event=Located(literal(one), one.span))}
    for name, trigger in found.items():
        if name not in EVENTS:
            message = f"Unexpected value '{name}'"
            hint = did_you_mean(name, sorted(EVENTS))
            workflow.problems.add(trigger.event.span, "unknown-event", message, sorted(EVENTS), hint)
    return {name: trigger for name, trigger in found.items() if name in EVENTS}


def _trigger(key: StringToken, token: Token, workflow: Fields) -> Trigger:
    event = Located(key.value, key.span)
    if key.value == "schedule":
        return Trigger(event=event, cron=_schedule(token, workflow))
    fields = Fields(token, workflow.problems, key.span)
    if key.value == "workflow_dispatch":
        fields.warn(KEYS[key.value])
    elif key.value in EVENTS:
        fields.check(KEYS.get(key.value, ()))
    _check_filters(event, fields)
    return Trigger(
        event=event,
        types=fields.words("types"),
        branches=fields.words("branches"),
        branches_ignore=fields.words("branches-ignore"),
        tags=fields.words("tags"),
        tags_ignore=fields.words("tags-ignore"),
        paths=fields.words("paths"),
        paths_ignore=fields.words("paths-ignore"),
        workflows=fields.words("workflows"),
        inputs={
            name.value: _input(name, value, fields, called=key.value == "workflow_call")
            for name, value in fields.fields("inputs").literal_items()
        },
        secrets={name.value: _secret(name, value, fields) for name, value in fields.fields("secrets").literal_items()},
        outputs={name.value: _output(name, value, fields) for name, value in fields.fields("outputs").literal_items()},
    )


def _check_filters(event: Located[str], fields: Fields) -> None:
    for name in FILTERS:
        fields.no_expression(name)
        fields.filled(name)
    known = TYPES.get(event.value, ())
    for written in (fields.located_words("types") or ()) if known else ():
        if written.value not in known and "${{" not in written.value:
            message = f"Unexpected value '{written.value}'"
            fields.problems.add(written.span, "activity-type", message, known, did_you_mean(written.value, known))


def _schedule(token: Token, workflow: Fields) -> tuple[tuple[Located[str], str | None], ...]:
    if not isinstance(token, SequenceToken):
        workflow.problems.add(token.span, "unexpected-type", "A sequence was expected", hint="- cron: '0 2 * * *'")
        return ()
    lines: list[tuple[Located[str], str | None]] = []
    for item in token.items:
        fields = Fields(item, workflow.problems, item.span)
        fields.check(("cron", "timezone"))
        fields.required("cron")
        fields.no_expression("cron")
        fields.no_expression("timezone")
        cron = fields.located("cron")
        if cron is not None:
            lines.append((cron, fields.text("timezone")))
    return tuple(lines)


def _input(key: StringToken, token: Token, parent: Fields, *, called: bool) -> InputDefinition:
    fields = Fields(token, parent.problems, key.span)
    fields.check(_INPUT_KEYS if called else (*_INPUT_KEYS, "options"))
    fields.plain("description")
    for name in ("description",) if called else ("description", "default", "options"):
        fields.no_expression(name)
    if called:
        fields.required("type")
    kind = _input_type(fields, _CALLED_TYPES if called else tuple(InputType))
    if not called:
        _check_options(fields, kind)
    _check_default(fields, kind)
    return InputDefinition(
        name=Located(key.value, key.span),
        description=fields.text("description"),
        type=kind,
        required=fields.flag("required"),
        default=fields.get("default"),
        options=fields.words("options") or (),
    )


def _input_type(fields: Fields, allowed: tuple[InputType, ...]) -> InputType:
    found = fields.get("type")
    kind = next((one for one in allowed if one.value == literal(found)), None)
    if found is not None and kind is None:
        fields.problems.add(found.span, "unexpected-value", f"Unexpected value '{literal(found)}'", allowed)
    return kind or InputType.STRING


def _check_options(fields: Fields, kind: InputType) -> None:
    options = fields.get("options")
    if kind is InputType.CHOICE and options is None:
        fields.problems.add(fields.span, "input", "Missing 'options' for choice input")
    if kind is not InputType.CHOICE and options is not None:
        fields.problems.add(options.span, "input", "Input type is not 'choice', but 'options' is defined")


def _check_default(fields: Fields, kind: InputType) -> None:
    """A boolean's is a boolean; a text that reads as one is none."""
    default = fields.get("default")
    if kind is InputType.BOOLEAN and not isinstance(default, BooleanToken | ExpressionToken | None):
        message = f"Unexpected value '{literal(default)}'"
        fields.problems.add(default.span, "input", message, ("true", "false"))


def _secret(key: StringToken, token: Token, parent: Fields) -> SecretDefinition:
    fields = Fields(token, parent.problems, key.span)
    fields.check(("description", "required"))
    fields.plain("description")
    fields.no_expression("description")
    return SecretDefinition(name=Located(key.value, key.span), required=fields.flag("required"))


def _output(key: StringToken, token: Token, parent: Fields) -> OutputDefinition:
    fields = Fields(token, parent.problems, key.span)
    fields.check(("description", "value"))
    fields.plain("description")
    fields.plain("value")
    fields.no_expression("description")
    return OutputDefinition(name=Located(key.value, key.span), value=fields.required("value") or key)
