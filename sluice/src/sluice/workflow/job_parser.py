"""Jobs, of both kinds, and the keys that a workflow and a job share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from msgspec.structs import replace

from sluice.expressions.parser import parse_expression
from sluice.source.positions import Span
from sluice.workflow.fields import Fields, Problems, literal
from sluice.workflow.identifiers import identifier_problem
from sluice.workflow.model import (
    QUEUES,
    Access,
    Concurrency,
    Condition,
    Job,
    Located,
    NormalJob,
    Permissions,
    ReusableJob,
    RunDefaults,
    SecretsInherit,
    Strategy,
)
from sluice.workflow.place_parser import check_place
from sluice.workflow.step_parser import parse_steps
from sluice.workflow.tokens import ExpressionToken, MappingToken, SequenceToken, StringToken, Token

_SHARED = ("name", "needs", "if", "strategy", "concurrency", "permissions")
_NORMAL_KEYS = (
    *_SHARED,
    "runs-on",
    "environment",
    "env",
    "defaults",
    "steps",
    "timeout-minutes",
    "cancel-timeout-minutes",
    "continue-on-error",
    "container",
    "services",
    "outputs",
    "snapshot",
)
_REUSABLE_KEYS = (*_SHARED, "uses", "with", "secrets")


_ANY = (Access.READ, Access.WRITE, Access.NONE)
ACCESS_OF: Mapping[str, tuple[Access, ...]] = {
    **dict.fromkeys(("actions", "artifact-metadata", "attestations", "checks", "code-quality", "contents"), _ANY),
    "copilot-requests": (Access.WRITE, Access.NONE),
    **dict.fromkeys(("deployments", "discussions", "drives"), _ANY),
    "id-token": (Access.WRITE, Access.NONE),
    "issues": _ANY,
    "models": (Access.READ, Access.NONE),
    **dict.fromkeys(("packages", "pages", "pull-requests", "repository-projects", "security-events", "statuses"), _ANY),
    "vulnerability-alerts": (Access.READ, Access.NONE),
}
"""The scopes that a token has, and what may be asked in each (docs.github.com: permissions)."""


class _Common(TypedDict):
    """What both kinds of job have."""

    span: Span
    place: Span
    id: str
    name: Token | None
    needs: tuple[Located[str], ...]
    condition: Condition
    strategy: Strategy | None
    concurrency: Concurrency | None
    permissions: Permissions | None


def parse_job(key: StringToken, token: Token, problems: Problems) -> Job:
    """A job of either kind: ``uses`` makes it a call of another workflow."""
    message = identifier_problem(key.value)
    if message is not None:
        problems.add(key.span, "job-id", message)
    fields = Fields(token, problems, key.span)
    return _reusable(key, fields) if _calls(token) else _normal(key, fields)


def _calls(token: Token) -> bool:
    """The first key that only one kind of job has decides which kind it is (GitHub's schema reader)."""
    keys = [key.value for key, _ in token.literal_items()] if isinstance(token, MappingToken) else []
    own = next((key for key in keys if (key in _NORMAL_KEYS) != (key in _REUSABLE_KEYS)), "")
    return own in _REUSABLE_KEYS


def _common(key: StringToken, fields: Fields) -> _Common:
    fields.filled("needs")
    return _Common(
        span=fields.span,
        place=key.span,
        id=key.value,
        name=fields.plain("name"),
        needs=fields.located_words("needs") or (),
        condition=fields.condition("if"),
        strategy=_strategy(fields),
        concurrency=parse_concurrency(fields),
        permissions=parse_permissions(fields),
    )


def _normal(key: StringToken, fields: Fields) -> NormalJob:
    fields.check(_NORMAL_KEYS)
    runs_on = fields.required("runs-on")
    check_place(fields)
    return NormalJob(
        **_common(key, fields),
        runs_on=runs_on or SequenceToken(span=key.span, items=()),
        environment=fields.plain_or_mapping("environment"),
        env=fields.texts("env"),
        defaults=parse_defaults(fields),
        steps=parse_steps(fields),
        timeout_minutes=fields.number("timeout-minutes"),
        cancel_timeout_minutes=fields.number("cancel-timeout-minutes"),
        continue_on_error=fields.boolean("continue-on-error"),
        container=fields.plain_or_mapping("container"),
        services=fields.entries("services"),
        outputs=_outputs(fields),
        snapshot=fields.get("snapshot"),
    )


def _reusable(key: StringToken, fields: Fields) -> ReusableJob:
    fields.check(_REUSABLE_KEYS)
    fields.no_expression("uses")
    return ReusableJob(
        **_common(key, fields),
        uses=fields.located("uses") or Located("", fields.span),
        inputs=fields.mapping("with"),
        secrets=_secrets(fields),
    )


def _outputs(fields: Fields) -> MappingToken | None:
    found = fields.texts("outputs")
    return found if isinstance(found, MappingToken) else None


def _secrets(fields: Fields) -> MappingToken | SecretsInherit | None:
    if fields.text("secrets") == "inherit":
        return SecretsInherit.INHERIT
    return fields.mapping("secrets")


def _strategy(job: Fields) -> Strategy | None:
    token = job.filled("strategy")
    if token is None:
        return None
    if isinstance(token, ExpressionToken):
        return _strategy_of(token)
    fields = Fields(token, job.problems, token.span)
    fields.check(("matrix", "fail-fast", "max-parallel"))
    _check_vectors(fields)
    return Strategy(
        span=token.span,
        matrix=fields.get("matrix"),
        fail_fast=fields.boolean("fail-fast"),
        max_parallel=fields.number("max-parallel"),
    )


def _strategy_of(whole: ExpressionToken) -> Strategy:
    """A strategy that one expression gives: each of its parts is read out of it."""

    def part(source: str) -> ExpressionToken:
        return replace(whole, source=source, expression=parse_expression(source))

    value = f"({whole.source})"
    return Strategy(
        span=whole.span,
        matrix=part(f"{value}.matrix"),
        fail_fast=part(f"toJSON({value}.fail-fast) != 'false'"),
        max_parallel=part(f"{value}.max-parallel || 0"),
    )


def _check_vectors(strategy: Fields) -> None:
    matrix = strategy.entries("matrix")
    for key, value in matrix.literal_items() if isinstance(matrix, MappingToken) else ():
        if not isinstance(value, SequenceToken | ExpressionToken):
            strategy.problems.add(value.span, "unexpected-value", f"Unexpected value '{literal(value)}'")
        if isinstance(value, SequenceToken) and not value.items and key.value not in {"include", "exclude"}:
            message = f"Matrix vector '{key.value}' does not contain any values"
            strategy.problems.add(value.span, "matrix", message)


def parse_defaults(parent: Fields, *, expressions: bool = True) -> RunDefaults | None:
    """``defaults.run``, of a job with ``expressions``, of a workflow without."""
    if parent.filled("defaults") is None:
        return None
    fields = parent.fields("defaults")
    fields.check(("run",))
    run = fields.fields("run")
    run.check(("shell", "working-directory"))
    for key in ("shell", "working-directory"):
        run.filled(key)
        if not expressions:
            run.no_expression(key)
    return RunDefaults(shell=run.get("shell"), working_directory=run.get("working-directory"))


def parse_concurrency(parent: Fields) -> Concurrency | None:
    """A group's name, or the mapping."""
    parent.filled("concurrency")
    token = parent.plain_or_mapping("concurrency")
    if not isinstance(token, MappingToken):
        return None if token is None else Concurrency(span=token.span, group=token, cancel_in_progress=None, queue=None)
    fields = Fields(token, parent.problems, token.span)
    fields.check(("group", "cancel-in-progress", "queue"))
    queue = fields.get("queue")
    if queue is not None and not isinstance(queue, ExpressionToken) and literal(queue) not in QUEUES:
        parent.problems.add(queue.span, "unexpected-value", f"Unexpected value '{literal(queue)}'", QUEUES)
    return Concurrency(
        span=token.span,
        group=fields.required_text("group") or token,
        cancel_in_progress=fields.boolean("cancel-in-progress"),
        queue=queue,
    )


def parse_permissions(parent: Fields) -> Permissions | None:
    """``read-all``, ``write-all``, or an access for each scope."""
    token = parent.get("permissions")
    if token is None:
        return Permissions(span=parent.span) if parent.has("permissions") else None
    if not isinstance(token, MappingToken):
        return _everything(token, parent.problems)
    Fields(token, parent.problems, token.span).check(ACCESS_OF)
    scopes = {key.value: _access(key.value, value, parent.problems) for key, value in token.literal_items()}
    return Permissions(span=token.span, scopes=scopes)


def _everything(token: Token, problems: Problems) -> Permissions:
    known = {"read-all": Access.READ, "write-all": Access.WRITE}
    access = known.get(literal(token))
    if access is None:
        problems.add(token.span, "unexpected-value", f"Unexpected value '{literal(token)}'", known)
    return Permissions(span=token.span, everything=access or Access.NONE)


def _access(scope: str, token: Token, problems: Problems) -> Access:
    allowed = ACCESS_OF.get(scope, tuple(Access))
    found = next((access for access in allowed if access.value == literal(token)), None)
    if found is None:
        problems.add(token.span, "unexpected-value", f"Unexpected value '{literal(token)}'", allowed)
    return found or Access.NONE
