"""From a leg that may start to what its job needs from outside: a ``JobRequest``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from sluice.engine.graph.environments import visible_secrets
from sluice.engine.graph.levels import Leg
from sluice.engine.graph.placement import runner_labels
from sluice.engine.jobs.job import JobRequest, JobResult
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value, extended
from sluice.masking.masker import Masker
from sluice.plan.rules.environments import Environment
from sluice.runners.protocol import Runner, WorkspaceRequest
from sluice.workflow.evaluation import Scope, evaluate_number
from sluice.workflow.model import NormalJob

DEFAULT_TIMEOUT_MINUTES = 360
GRACE_MINUTES = 5


class Limits(Struct, frozen=True, kw_only=True):
    """Minutes: for the job, and for its end when it is cancelled."""

    timeout: float
    grace: float


def limits_of(job: NormalJob, scope: Scope) -> Limits:
    """The job's own, or GitHub's (semantics 20). Raises ``EvaluationError``."""
    timeout, grace = job.timeout_minutes, job.cancel_timeout_minutes
    return Limits(
        timeout=DEFAULT_TIMEOUT_MINUTES if timeout is None else evaluate_number(timeout, scope),
        grace=GRACE_MINUTES if grace is None else evaluate_number(grace, scope),
    )


class Placed(Struct, frozen=True, kw_only=True):
    """Where a job runs, and how long."""

    runner: Runner
    environment: Environment | None
    folder: Path
    limits: Limits


def job_request(leg: Leg, job: NormalJob, placed: Placed, over: Callable[[JobResult], Awaitable[None]]) -> JobRequest:
    """The whole request, ``over`` included; opens the job's log. Raises ``StoreError`` when that can't be."""
    facilities, level = leg.facilities, leg.level
    tools = facilities.tools()
    return JobRequest(
        run=leg.run,
        job=job,
        runner=placed.runner,
        labels=runner_labels(job.runs_on, leg.scope()),
        place=_workspace_request(leg, placed.folder, tools.source_repository),
        contexts=_contexts(leg, placed.environment),
        workflow_environment=level.graph.workflow.env,
        workflow_defaults=level.graph.workflow.defaults,
        tools=tools,
        masker=Masker(level.masked),
        log=facilities.open_log(leg.run.key),
        emit=facilities.emit,
        interruption=leg.interruption,
        strict=level.plan.strict,
        environment=placed.environment,
        timeout_minutes=placed.limits.timeout,
        grace_minutes=placed.limits.grace,
        permissions=_permissions(leg),
        service_providers=facilities.service_providers,
        over=over,
    )


def _permissions(leg: Leg) -> dict[str, str] | None:
    found = leg.permissions()
    return None if found is None else {scope: access.value for scope, access in found.items()}


def _workspace_request(leg: Leg, folder: Path, repository: Path) -> WorkspaceRequest:
    facilities = leg.facilities
    github = leg.level.contexts["github"]
    name = to_text(github.get("repository")) if isinstance(github, Dictionary) else ""
    return WorkspaceRequest(
        job=leg.run.key,
        run=leg.level.plan.run,
        root=folder,
        tools=facilities.tool_cache,
        actions=facilities.action_cache,
        repository=name,
        visible=(repository, *facilities.visible),
    )


def _contexts(leg: Leg, place: Environment | None) -> dict[str, Value]:
    level = leg.level
    protection = leg.facilities.protections.get(place.name) if place else None
    return {
        **leg.scope().contexts,
        "github": extended(level.contexts["github"], {"job": leg.run.node.job.id}),
        "vars": extended(level.contexts["vars"], protection.variables if protection else {}),
        "secrets": visible_secrets(level.contexts["secrets"], leg.facilities.protections, place),
        "runner": leg.facilities.runner_facts,
        "job": extended(level.contexts["job"], {"check_run_id": float(level.plan.check_run(leg.run.key))}),
    }
