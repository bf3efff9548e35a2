"""``on``: events with their filters, inputs, schedules."""

from __future__ import annotations

from sluice.source.suggestions import did_you_mean
from sluice.workflow.fields import Fields, literal
from sluice.workflow.model import (
    InputDefinition,
    InputType,
    Located,
    OutputDefinition,
    SecretDefinition,
    Trigger,
)
from sluice.workflow.tokens import ExpressionToken, MappingToken, SequenceToken, StringToken, Token

_BRANCHES = ("branches", "branches-ignore")
_PATHS = ("paths", "paths-ignore")
_KEYS_OF = {
    "push": (*_BRANCHES, "tags", "tags-ignore", *_PATHS),
    "pull_request": ("types", *_BRANCHES, *_PATHS),
    "pull_request_target": ("types", *_BRANCHES, *_PATHS),
    "merge_group": ("types", *_BRANCHES),
    "workflow_run": ("types", "workflows", *_BRANCHES),
    "workflow_call": ("inputs", "secrets", "outputs"),
    "workflow_dispatch": ("inputs",),
    "image_version": ("types", "names", "versions"),
}
"""The keys of an event that has any; the others have ``types`` at most."""
_FILTERS = ("types", *_BRANCHES, "tags", "tags-ignore", *_PATHS, "workflows")
_INPUT_KEYS = ("description", "type", "required", "default", "options", "deprecationMessage")


EVENTS = frozenset(
    (
        "branch_protection_rule",
        "check_run",
        "check_suite",
        "create",
        "delete",
        "deployment",
        "deployment_status",
        "discussion",
        "discussion_comment",
        "fork",
        "gollum",
        "image_version",
        "issue_comment",
        "issues",
        "label",
        "merge_group",
        "milestone",
        "page_build",
        "project",
        "project_card",
        "project_column",
        "public",
        "pull_request",
        "pull_request_comment",
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_target",
        "push",
        "registry_package",
        "release",
        "repository_dispatch",
        "schedule",
        "status",
        "watch",
        "workflow_call",
        "workflow_dispatch",
        "workflow_run",
    )
)
"""The events that can start a workflow (docs.github.com: events that trigger workflows)."""


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
        fields.warn(_KEYS_OF[key.value])
    elif key.value in _KEYS_OF:
        fields.check(_KEYS_OF[key.value])
    for name in _FILTERS:
        fields.no_expression(name)
        fields.filled(name)
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


def _schedule(token: Token, workflow: Fields) -> tuple[tuple[Located[str], str | None], ...]:
    if not isinstance(token, SequenceToken):
        workflow.problems.add(token.span, "unexpected-type", "A sequence was expected", hint="- cron: '0 2 * * *'")
        return ()
    lines: list[tuple[Located[str], str | None]] = []
    for item in token.items:
        fields = Fields(item, workflow.problems, item.span)
        fields.check(("cron", "timezone"))
        fields.required("cron")
        cron = fields.located("cron")
        if cron is not None:
            lines.append((cron, fields.text("timezone")))
    return tuple(lines)


def _input(key: StringToken, token: Token, parent: Fields, *, called: bool) -> InputDefinition:
    fields = Fields(token, parent.problems, key.span)
    fields.check(_INPUT_KEYS)
    fields.no_expression("description")
    if called:
        fields.required("type")
    return InputDefinition(
        name=Located(key.value, key.span),
        description=fields.text("description"),
        type=_input_type(fields),
        required=fields.flag("required"),
        default=fields.get("default"),
        options=fields.words("options") or (),
    )


def _input_type(fields: Fields) -> InputType:
    found = fields.get("type")
    try:
        return InputType(literal(found)) if found is not None else InputType.STRING
    except ValueError:
        span = found.span if found is not None else fields.span
        fields.problems.add(span, "unexpected-value", f"Unexpected value '{literal(found)}'", [*InputType])
        return InputType.STRING


def _secret(key: StringToken, token: Token, parent: Fields) -> SecretDefinition:
    fields = Fields(token, parent.problems, key.span)
    fields.check(("description", "required"))
    return SecretDefinition(name=Located(key.value, key.span), required=fields.flag("required"))


def _output(key: StringToken, token: Token, parent: Fields) -> OutputDefinition:
    fields = Fields(token, parent.problems, key.span)
    fields.check(("description", "value"))
    return OutputDefinition(name=Located(key.value, key.span), value=fields.required("value") or key)
