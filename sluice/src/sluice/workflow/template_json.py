"""A parsed workflow as GitHub's parser prints it: JSON of templates, in which expressions stay what they are.

In: the text's tokens and the model made of them. Out: plain data. With places, a string is an object that names file,
line and column; files are numbered from 1 in ``files``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from sluice.expressions.conversion import to_text
from sluice.workflow.calling import SCOPES, Granted, asked
from sluice.workflow.model import (
    Access,
    ActionStep,
    CancelStep,
    Job,
    NormalJob,
    Permissions,
    ReusableJob,
    RunStep,
    SecretsInherit,
    Step,
    WaitStep,
    Workflow,
)
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    InsertToken,
    KeyToken,
    MappingToken,
    NullToken,
    NumberToken,
    SequenceToken,
    StringToken,
    Token,
)

Json = dict[str, object]
_STRING, _SEQUENCE, _MAPPING, _EXPRESSION, _DIRECTIVE = range(5)


class Template(Struct, kw_only=True):
    """How to print: ``files`` are numbered in the order of their first place; ``called`` finds a called workflow."""

    places: bool
    called: Callable[[str], tuple[Workflow, MappingToken] | None]
    files: list[str] = field(default_factory=list)

    def token(self, token: Token | KeyToken) -> object:
        """A value."""
        match token:
            case SequenceToken(items=items):
                return {"type": _SEQUENCE, "seq": [self.token(item) for item in items]}
            case MappingToken(entries=entries):
                pairs = [{"Key": self.token(key), "Value": self.token(value)} for key, value in entries]
                return {"type": _MAPPING, "map": pairs}
            case ExpressionToken(source=source):
                return {"type": _EXPRESSION, "expr": source}
            case InsertToken():
                return {"type": _DIRECTIVE, "directive": "insert"}
            case _:
                return self._scalar(token)

    def _scalar(self, token: NullToken | BooleanToken | NumberToken | StringToken) -> object:
        match token:
            case NullToken():
                return None
            case BooleanToken(value=value):
                return value
            case NumberToken(value=value):
                return number(value)
            case StringToken(value=value):
                return self._placed(token, value)

    def _placed(self, token: StringToken, value: str) -> object:
        if not self.places:
            return value
        start = token.span.start
        file = self._number(token.span.file)
        return {"type": _STRING, "file": file, "line": start.line, "col": start.column, "lit": value}

    def _number(self, file: str) -> int:
        if file not in self.files:
            self.files.append(file)
        return self.files.index(file) + 1

    def workflow(self, workflow: Workflow, root: MappingToken) -> Json:
        """The whole file."""
        result: Json = {}
        if workflow.permissions is not None:
            result["permissions"] = _scopes(workflow.permissions)
        for key in ("env", "defaults", "concurrency"):
            token = root.get(key)
            if token is not None:
                result[key] = self.token(token)
        types = self._input_types(workflow)
        if types:
            result["input-types"] = types
        result["jobs"] = self.jobs(workflow, root, None)
        if self.places:
            result["file-table"] = list(self.files)
        return result

    def _input_types(self, workflow: Workflow) -> Mapping[str, str]:
        trigger = workflow.triggers.get("workflow_dispatch")
        return {name: one.type.value for name, one in trigger.inputs.items()} if trigger else {}

    def jobs(self, workflow: Workflow, root: MappingToken, above: Granted | None) -> list[Json]:
        """The jobs; ``above`` is what the calling job may do, where it says so."""
        self._number(workflow.file)
        tokens = root.get("jobs")
        entries = list(tokens.literal_items()) if isinstance(tokens, MappingToken) else []
        return [
            self._job(workflow, key, token, above)
            for key, token in entries
            if isinstance(token, MappingToken) and key.value in workflow.jobs
        ]

    def _job(self, workflow: Workflow, key: StringToken, token: MappingToken, above: Granted | None) -> Json:
        job = workflow.jobs[key.value]
        name = token.get("name")
        result: Json = {
            "type": "job" if isinstance(job, NormalJob) else "reusableWorkflowJob",
            "id": self.token(key),
            "name": self.token(key if name is None else name),
            "if": {"type": _EXPRESSION, "expr": job.condition.source},
        }
        needs = token.get("needs")
        if needs is not None or isinstance(job, ReusableJob):
            result["needs"] = self._words(needs)
        permissions = job.permissions or workflow.permissions
        holds = asked(permissions, {}) if permissions is not None else above
        shown = self._called_permissions(job) or holds
        if shown is not None:
            result["permissions"] = _named(shown)
        for one in ("strategy", "concurrency"):
            found = token.get(one)
            if found is not None:
                result[one] = self.token(found)
        match job:
            case NormalJob():
                result |= self._normal(job, token)
            case ReusableJob():
                result |= self._reusable(job, token, holds)
        return result

    def _called_permissions(self, job: Job) -> Granted | None:
        """A called workflow's own permissions are those of the job that calls it."""
        found = self.called(job.uses.value) if isinstance(job, ReusableJob) else None
        permissions = found[0].permissions if found is not None else None
        return None if permissions is None else asked(permissions, {})

    def _normal(self, job: NormalJob, token: MappingToken) -> Json:
        keys = (
            "runs-on",
            "environment",
            "env",
            "defaults",
            "timeout-minutes",
            "cancel-timeout-minutes",
            "continue-on-error",
            "container",
            "services",
            "outputs",
            "snapshot",
        )
        result: Json = {key: self._field(key, found) for key in keys if (found := token.get(key)) is not None}
        steps = token.get("steps")
        if isinstance(steps, SequenceToken):
            pairs = zip(job.steps, _flat(steps), strict=True)
            result["steps"] = [self._step(step, one) for step, one in pairs]
        return result

    def _step(self, step: Step, token: Token) -> Json:
        if not isinstance(token, MappingToken):
            return {}
        given = token.get("id")
        result: Json = {
            "id": self.token(given) if step.named_id and given is not None else step.id,
            "if": {"type": _EXPRESSION, "expr": step.condition.source},
        }
        keys = ("name", "continue-on-error", "timeout-minutes", "env", "background")
        own: tuple[str, ...]
        match step:
            case RunStep():
                own = ("run", "shell", "working-directory")
            case ActionStep():
                own = ("uses", "with")
            case WaitStep() | CancelStep():
                own = ("wait", "wait-all", "cancel")
        return result | {key: self._field(key, found) for key in (*keys, *own) if (found := token.get(key)) is not None}

    def _field(self, key: str, token: Token) -> object:
        return self.token(
            as_texts(token) if key in {"with", "env"} else _container(token) if key in _CONTAINERS else token
        )

    def _words(self, token: Token | None) -> list[object]:
        match token:
            case None | NullToken():
                return []
            case SequenceToken(items=items):
                return [self.token(item) for item in items]
            case _:
                return [self.token(token)]

    def _reusable(self, job: ReusableJob, token: MappingToken, above: Granted | None) -> Json:
        uses = token.get("uses")
        result: Json = {} if uses is None else {"ref": self.token(uses)}
        inputs = token.get("with")
        if inputs is not None:
            result["input-values"] = self.token(_without_null(inputs))
        if isinstance(job.secrets, SecretsInherit):
            result["inherit-secrets"] = True
        elif job.secrets is not None:
            result["secret-values"] = self.token(job.secrets)
        found = self.called(job.uses.value)
        if found is None:
            return {**result, "jobs": []}
        workflow, root = found
        call = _workflow_call(root)
        for key in ("inputs", "secrets"):
            definitions = None if call is None else call.get(key)
            if definitions is not None:
                result[f"{key[:-1]}-definitions"] = self.token(definitions)
        return {**result, "jobs": self.jobs(workflow, root, above)}


_CONTAINERS = ("container", "services")


def _flat(steps: SequenceToken) -> Iterator[Token]:
    """A group of parallel steps as its steps and the wait for them."""
    for step in steps.items:
        group = step.get("parallel") if isinstance(step, MappingToken) else None
        if isinstance(group, SequenceToken):
            yield from group.items
        yield step


def as_texts(token: Token) -> Token:
    """A mapping or list whose values are strings, however they were written."""
    match token:
        case MappingToken(entries=entries):
            return replace(token, entries=tuple((key, as_texts(value)) for key, value in entries))
        case SequenceToken(items=items):
            return replace(token, items=tuple(as_texts(item) for item in items))
        case NumberToken(value=value):
            return StringToken(span=token.span, value=to_text(value))
        case BooleanToken(value=value):
            return StringToken(span=token.span, value=to_text(value))
        case NullToken():
            return StringToken(span=token.span, value="")
        case _:
            return token


def _container(token: Token) -> Token:
    """Everything in a container's description is a string."""
    return as_texts(token) if isinstance(token, MappingToken) else token


def _without_null(token: Token) -> Token:
    if not isinstance(token, MappingToken):
        return token
    entries = tuple(
        (key, StringToken(span=value.span, value="") if isinstance(value, NullToken) else value)
        for key, value in token.entries
    )
    return replace(token, entries=entries)


def _workflow_call(root: MappingToken) -> MappingToken | None:
    events = root.get("on")
    call = events.get("workflow_call") if isinstance(events, MappingToken) else None
    return call if isinstance(call, MappingToken) else None


def number(value: float) -> object:
    """As JSON has it; what JSON has not is a word."""
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if math.isnan(value):
        return "NaN"
    return int(value) if value.is_integer() else value


def _scopes(permissions: Permissions) -> dict[str, str]:
    return _named(asked(permissions, {}))


def _named(access: Granted) -> dict[str, str]:
    return {scope: access[scope].value for scope in SCOPES if access.get(scope, Access.NONE) is not Access.NONE}
