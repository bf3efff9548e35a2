"""The form that starts a workflow: what it shows, and what was entered. In: a workflow, a browser's fields."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from sluice.app.serving_web.launching import BY_HAND, Order, input_problems
from sluice.app.serving_web.site import Site
from sluice.app.settings import load_settings
from sluice.app.workflows.repository import ReadWorkflow
from sluice.plan.event.inputs import default_text
from sluice.source.errors import SluiceError, UsageError
from sluice.views.web.form import InputField, StartForm
from sluice.views.web.listing import workflow_path
from sluice.workflow.model import InputDefinition, InputType

LARGEST = 1 << 18
"""Bytes of a form. GitHub takes 65,535 characters of inputs."""
_PREFIX = "input."
_NO_EVENTS = frozenset({"workflow_call"})
_PREFERRED = (BY_HAND, "push", "pull_request")


async def read_body(request: Request) -> bytes:
    """The whole body. Raises ``UsageError`` for one that is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise UsageError(f"The request is larger than {LARGEST // 1024} KiB")
    return body


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; what stands twice counts once."""
    text = (await read_body(request)).decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=1000))


def read_order(found: ReadWorkflow, fields: Mapping[str, str]) -> Order:
    """What the person wants. Raises ``UsageError`` for an event that doesn't start this workflow."""
    event = fields.get("event", "")
    if event not in _events(found):
        raise UsageError(f"'{event}' doesn't start {found.file}", hint=f"it starts by {', '.join(_events(found))}")
    inputs = _entered(found, fields) if event == BY_HAND else {}
    return Order(event=event, ref=fields.get("ref", "").strip(), inputs=inputs)


def _entered(found: ReadWorkflow, fields: Mapping[str, str]) -> dict[str, str]:
    """The inputs. A box that isn't ticked sends nothing; an empty field that has to be filled counts as not given."""
    known = found.workflow.triggers[BY_HAND].inputs
    given = {name.removeprefix(_PREFIX): value for name, value in fields.items() if name.startswith(_PREFIX)}
    for name, definition in known.items():
        if definition.type is InputType.BOOLEAN:
            given.setdefault(name, "false")
        elif definition.required and not given.get(name):
            given.pop(name, None)
    return given


def start_form(site: Site, found: ReadWorkflow, order: Order | None = None, problem: str = "") -> StartForm:
    """The form: empty, or with what was entered and what is wrong with it."""
    events = _events(found)
    chosen = order.event if order else next((one for one in _PREFERRED if one in events), events[0] if events else "")
    problems = input_problems(found, order.inputs) if order and chosen == BY_HAND else {}
    workflow = found.workflow
    definitions = workflow.triggers[BY_HAND].inputs if BY_HAND in workflow.triggers else {}
    return StartForm(
        name=workflow.name.value if workflow.name else found.path.name,
        file=found.file,
        action=f"{workflow_path(found.file)}/start",
        events=events,
        event=chosen,
        ref=order.ref if order else "",
        current="that of the working tree",
        fields=tuple(_field(site, one, order, problems) for one in definitions.values()),
        problems=tuple(filter(None, (problem, problems.get("", ""), _no_events(found) if not events else ""))),
    )


def _field(site: Site, one: InputDefinition, order: Order | None, problems: Mapping[str, str]) -> InputField:
    name = one.name.value
    entered = order.inputs.get(name, "") if order and order.event == BY_HAND else default_text(one)
    return InputField(
        name=name,
        kind=one.type.value,
        description=one.description or "",
        required=one.required,
        value=entered,
        options=_environments(site) if one.type is InputType.ENVIRONMENT else one.options,
        problem=problems.get(name, ""),
    )


def _environments(site: Site) -> tuple[str, ...]:
    try:
        return tuple(load_settings(site.root).environments)
    except SluiceError:
        return ()  # what is wrong with sluice.toml is said by the run


def _events(found: ReadWorkflow) -> tuple[str, ...]:
    return tuple(event for event in found.workflow.triggers if event not in _NO_EVENTS)


def _no_events(found: ReadWorkflow) -> str:
    return f"{found.file} is only called by other workflows"
