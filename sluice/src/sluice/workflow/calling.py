"""What must hold between a job that calls a workflow and the workflow that it calls, in GitHub's words.

In: the calling job, what its token may do, the called workflow. Out: diagnostics at the caller's place, and what the
called workflow's own jobs may do. Where a called workflow comes from is somebody else's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span
from sluice.workflow.fields import literal
from sluice.workflow.model import (
    Access,
    InputDefinition,
    InputType,
    Job,
    Permissions,
    ReusableJob,
    SecretsInherit,
    Workflow,
)
from sluice.workflow.tokens import BooleanToken, ExpressionToken, MappingToken, NumberToken, SequenceToken, Token

SCOPES = (
    "actions",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "issues",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "statuses",
    "security-events",
    "id-token",
)
"""The scopes that are compared, in the order in which GitHub lists them."""
LONGEST_MESSAGE = 500
_LITERALS: Mapping[InputType, type[Token]] = {InputType.BOOLEAN: BooleanToken, InputType.NUMBER: NumberToken}
"""Types of inputs that take only one kind of literal; the others take any scalar."""
_ORDER = (Access.NONE, Access.READ, Access.WRITE)

Granted = Mapping[str, Access]


def granted(policy: str) -> Granted:
    """What the token of a workflow without ``permissions`` may do: everything, or ``LimitedRead``."""
    if policy != "LimitedRead":
        return dict.fromkeys(SCOPES, Access.WRITE)
    read = {"contents", "packages"}
    return {scope: Access.READ if scope in read else Access.NONE for scope in SCOPES}


def asked(permissions: Permissions | None, otherwise: Granted) -> Granted:
    """What ``permissions`` name; a scope that they leave out is ``none``. Without them, ``otherwise``."""
    if permissions is None:
        return otherwise
    if permissions.everything is not None:
        return dict.fromkeys(SCOPES, permissions.everything)
    return {scope: permissions.scopes.get(scope, Access.NONE) for scope in SCOPES}


def check_call(job: ReusableJob, caller: Workflow, called: Workflow, allowed: Granted) -> Iterator[Diagnostic]:
    """Inputs, secrets and permissions of one call; ``allowed`` is what the caller's token may do."""
    trigger = called.triggers.get("workflow_call")
    if trigger is None:
        message = f"The workflow '{job.uses.value}' can't be called: it has no `workflow_call` trigger"
        yield Diagnostic(span=job.uses.span, rule="called-workflow", message=message)
        return
    yield from _check_inputs(job, trigger.inputs)
    yield from _check_secrets(job, {name: one.required for name, one in trigger.secrets.items()})
    yield from _check_permissions(job, caller, called, allowed)


def _check_inputs(job: ReusableJob, definitions: Mapping[str, InputDefinition]) -> Iterator[Diagnostic]:
    given = {key.value.lower(): (key.value, value) for key, value in job.inputs.literal_items()} if job.inputs else {}
    known = {name.lower(): definition for name, definition in definitions.items()}
    for name, definition in known.items():
        if definition.required and name not in given:
            message = f"Input {definition.name.value} is required, but not provided while calling."
            yield _found(job.uses.span, message)
    for name, (written, value) in given.items():
        if name not in known:
            message = f"Invalid input, {written} is not defined in the referenced workflow."
            yield _found(value.span, message, definitions)
        elif problem := _unexpected(known[name].type, value):
            yield _found(value.span, problem)


def _unexpected(kind: InputType, value: Token) -> str | None:
    """What is wrong with a value for an input of this type; of an expression nothing is known yet."""
    match value:
        case ExpressionToken():
            return None
        case MappingToken():
            return "A mapping was not expected"
        case SequenceToken():
            return "A sequence was not expected"
        case _:
            wanted = _LITERALS.get(kind)
            return None if wanted is None or isinstance(value, wanted) else f"Unexpected value '{literal(value)}'"


def _check_secrets(job: ReusableJob, definitions: Mapping[str, bool]) -> Iterator[Diagnostic]:
    if isinstance(job.secrets, SecretsInherit):
        return
    given = {key.value.lower(): (key.value, value) for key, value in job.secrets.literal_items()} if job.secrets else {}
    known = {name.lower(): name for name in definitions}
    for name, required in definitions.items():
        if required and name.lower() not in given:
            yield _found(job.uses.span, f"Secret {name} is required, but not provided while calling.")
    for lowered, (written, value) in given.items():
        if lowered not in known:
            message = f"Invalid secret, {written} is not defined in the referenced workflow."
            yield _found(value.span, message, definitions)


def _check_permissions(job: ReusableJob, caller: Workflow, called: Workflow, allowed: Granted) -> Iterator[Diagnostic]:
    place = job.place or job.span
    start = f"Error calling workflow '{job.uses.value}'. "
    if called.permissions is not None:
        wanted = _too_much(asked(called.permissions, allowed), allowed)
        if wanted:
            yield _cut(place, caller, f"{start}The workflow '{job.uses.value}' is", wanted, allowed)
            return
    for nested in called.jobs.values():
        wanted = _too_much(asked(nested.permissions, allowed), allowed) if nested.permissions else []
        if wanted:
            yield _cut(place, caller, f"{start}The nested job '{_name(nested)}' is", wanted, allowed)


def _name(job: Job) -> str:
    return literal(job.name) or job.id


def _too_much(wanted: Granted, allowed: Granted) -> list[tuple[str, Access]]:
    return [(scope, wanted[scope]) for scope in SCOPES if _ORDER.index(wanted[scope]) > _ORDER.index(allowed[scope])]


def _cut(
    place: Span, caller: Workflow, start: str, wanted: Iterable[tuple[str, Access]], allowed: Granted
) -> Diagnostic:
    """GitHub cuts a message, its place included, after 500 characters."""
    listed = list(wanted)
    requests = ", ".join(f"{scope}: {access.value}" for scope, access in listed)
    limits = ", ".join(f"{scope}: {allowed[scope].value}" for scope, _ in listed)
    message = f"{start} requesting '{requests}', but is only allowed '{limits}'."
    room = LONGEST_MESSAGE - len(f"{caller.file} (Line: {place.start.line}, Col: {place.start.column}): ")
    return _found(place, message if len(message) <= room else f"{message[:room]}[...]")


def _found(span: Span, message: str, allowed: Iterable[str] = ()) -> Diagnostic:
    return Diagnostic(span=span, rule="called-workflow", message=message, allowed=tuple(allowed))
