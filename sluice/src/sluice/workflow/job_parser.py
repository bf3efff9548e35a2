"""Jobs, of both kinds, and the keys that a workflow and a job share."""

from __future__ import annotations

import re

from sluice.workflow.fields import Fields, Problems, literal
from sluice.workflow.model import (
    Access,
    Concurrency,
    Job,
    Located,
    NormalJob,
    Permissions,
    ReusableJob,
    RunDefaults,
    SecretsInherit,
    Strategy,
)
from sluice.workflow.step_parser import parse_steps
from sluice.workflow.tokens import MappingToken, StringToken, Token

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
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


def parse_job(key: StringToken, token: Token, problems: Problems) -> Job:
    """A job of either kind: ``uses`` makes it a call of another workflow."""
    if not _ID.fullmatch(key.value) or key.value.startswith("__"):
        message = (
            f"The identifier '{key.value}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. IDs "
            "must start with a letter or '_' and must be less than 100 characters."
        )
        problems.add(key.span, "job-id", message)
    fields = Fields(token, problems, key.span)
    return _reusable(key, fields) if fields.has("uses") else _normal(key, fields)


def _normal(key: StringToken, fields: Fields) -> NormalJob:
    fields.check(_NORMAL_KEYS)
    runs_on = fields.required("runs-on")
    if fields.get("steps") is None:
        fields.required("steps")
    return NormalJob(
        span=fields.span,
        id=key.value,
        name=fields.get("name"),
        needs=fields.located_words("needs") or (),
        condition=fields.condition("if"),
        strategy=_strategy(fields),
        concurrency=parse_concurrency(fields),
        permissions=parse_permissions(fields),
        runs_on=runs_on or key,
        environment=fields.get("environment"),
        env=fields.get("env"),
        defaults=parse_defaults(fields),
        steps=parse_steps(fields),
        timeout_minutes=fields.get("timeout-minutes"),
        cancel_timeout_minutes=fields.get("cancel-timeout-minutes"),
        continue_on_error=fields.get("continue-on-error"),
        container=fields.get("container"),
        services=fields.get("services"),
        outputs=fields.mapping("outputs"),
        snapshot=fields.get("snapshot"),
    )


def _reusable(key: StringToken, fields: Fields) -> ReusableJob:
    fields.check(_REUSABLE_KEYS)
    return ReusableJob(
        span=fields.span,
        id=key.value,
        name=fields.get("name"),
        needs=fields.located_words("needs") or (),
        condition=fields.condition("if"),
        strategy=_strategy(fields),
        concurrency=parse_concurrency(fields),
        permissions=parse_permissions(fields),
        uses=fields.located("uses") or Located("", fields.span),
        inputs=fields.mapping("with"),
        secrets=_secrets(fields),
    )


def _secrets(fields: Fields) -> MappingToken | SecretsInherit | None:
    if fields.text("secrets") == "inherit":
        return SecretsInherit.INHERIT
    return fields.mapping("secrets")


def _strategy(job: Fields) -> Strategy | None:
    token = job.get("strategy")
    if token is None:
        return None
    fields = Fields(token, job.problems, token.span)
    fields.check(("matrix", "fail-fast", "max-parallel"))
    return Strategy(
        span=token.span,
        matrix=fields.get("matrix"),
        fail_fast=fields.get("fail-fast"),
        max_parallel=fields.get("max-parallel"),
    )


def parse_defaults(parent: Fields) -> RunDefaults | None:
    """``defaults.run``."""
    if parent.get("defaults") is None:
        return None
    fields = parent.fields("defaults")
    fields.check(("run",))
    run = fields.fields("run")
    run.check(("shell", "working-directory"))
    return RunDefaults(shell=run.get("shell"), working_directory=run.get("working-directory"))


def parse_concurrency(parent: Fields) -> Concurrency | None:
    """A group's name, or the mapping."""
    token = parent.get("concurrency")
    if not isinstance(token, MappingToken):
        return (
            None
            if token is None
            else Concurrency(span=token.span, group=token, cancel_in_progress=None, queue="single")
        )
    fields = Fields(token, parent.problems, token.span)
    fields.check(("group", "cancel-in-progress", "queue"))
    queue = fields.get("queue")
    if queue is not None and literal(queue) not in {"single", "max"}:
        parent.problems.add(queue.span, "unexpected-value", f"Unexpected value '{literal(queue)}'", ("single", "max"))
    return Concurrency(
        span=token.span,
        group=fields.required("group") or token,
        cancel_in_progress=fields.get("cancel-in-progress"),
        queue=literal(queue) or "single",
    )


def parse_permissions(parent: Fields) -> Permissions | None:
    """``read-all``, ``write-all``, or an access for each scope."""
    token = parent.get("permissions")
    if token is None:
        return Permissions(span=parent.span) if parent.has("permissions") else None
    if not isinstance(token, MappingToken):
        return _everything(token, parent.problems)
    scopes = {key.value: _access(value, parent.problems) for key, value in token.literal_items()}
    return Permissions(span=token.span, scopes=scopes)


def _everything(token: Token, problems: Problems) -> Permissions:
    known = {"read-all": Access.READ, "write-all": Access.WRITE}
    access = known.get(literal(token))
    if access is None:
        problems.add(token.span, "unexpected-value", f"Unexpected value '{literal(token)}'", known)
    return Permissions(span=token.span, everything=access or Access.NONE)


def _access(token: Token, problems: Problems) -> Access:
    try:
        return Access(literal(token))
    except ValueError:
        problems.add(token.span, "unexpected-value", f"Unexpected value '{literal(token)}'", [*Access])
        return Access.NONE
