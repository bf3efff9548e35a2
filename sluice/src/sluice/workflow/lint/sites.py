"""Every place of a workflow where an expression stands. In: the model. Out: expressions with job, step and key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sluice.expressions.syntax import Expression
from sluice.source.positions import Span
from sluice.workflow.model import (
    ActionStep,
    Concurrency,
    Condition,
    Job,
    NormalJob,
    ReusableJob,
    RunDefaults,
    RunStep,
    Step,
    Workflow,
)
from sluice.workflow.tokens import ExpressionToken, MappingToken, SequenceToken, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An expression where it stands. ``key`` is the workflow key above it (``run``, ``if``, ``env`` ...)."""

    span: Span
    source: str
    expression: Expression
    key: str
    job: Job | None = None
    step: Step | None = None


def collect_sites(workflow: Workflow) -> Iterator[Site]:
    """All of them, in the order of the model."""
    yield from _sites_of("run-name", workflow.run_name)
    yield from _sites_of("env", workflow.env)
    yield from _default_sites(workflow.defaults)
    yield from _concurrency_sites(workflow.concurrency)
    for trigger in workflow.triggers.values():
        for output in trigger.outputs.values():
            yield from _sites_of("workflow-output", output.value)
    for job in workflow.jobs.values():
        yield from (replace(site, job=job) for site in _job_sites(job))


def _job_sites(job: Job) -> Iterator[Site]:
    yield from _sites_of("name", job.name)
    yield _condition_site(job.condition)
    if job.strategy:
        yield from _sites_of("matrix", job.strategy.matrix)
        yield from _sites_of("strategy", job.strategy.fail_fast, job.strategy.max_parallel)
    yield from _concurrency_sites(job.concurrency)
    match job:
        case NormalJob():
            yield from _normal_sites(job)
        case ReusableJob():
            secrets = job.secrets if isinstance(job.secrets, MappingToken) else None
            yield from _sites_of("with", job.inputs)
            yield from _sites_of("secrets", secrets)


def _normal_sites(job: NormalJob) -> Iterator[Site]:
    yield from _sites_of("runs-on", job.runs_on)
    yield from _sites_of("environment", job.environment)
    yield from _sites_of("env", job.env)
    yield from _default_sites(job.defaults)
    yield from _sites_of("container", job.container)
    yield from _sites_of("services", job.services)
    yield from _sites_of("timeout-minutes", job.timeout_minutes, job.cancel_timeout_minutes)
    yield from _sites_of("continue-on-error", job.continue_on_error)
    for step in job.steps:
        yield from (replace(site, step=step) for site in _step_sites(step))
    yield from _sites_of("outputs", job.outputs)


def _step_sites(step: Step) -> Iterator[Site]:
    yield from _sites_of("name", step.name)
    yield _condition_site(step.condition)
    yield from _sites_of("continue-on-error", step.continue_on_error)
    yield from _sites_of("timeout-minutes", step.timeout_minutes)
    yield from _sites_of("env", step.env)
    if isinstance(step, RunStep):
        yield from _sites_of("run", step.run)
        yield from _sites_of("shell", step.shell)
        yield from _sites_of("working-directory", step.working_directory)
    if isinstance(step, ActionStep):
        yield from _sites_of("with", step.inputs)


def _default_sites(defaults: RunDefaults | None) -> Iterator[Site]:
    if defaults:
        yield from _sites_of("defaults", defaults.shell, defaults.working_directory)


def _concurrency_sites(concurrency: Concurrency | None) -> Iterator[Site]:
    if concurrency:
        yield from _sites_of("concurrency", concurrency.group, concurrency.cancel_in_progress)


def _condition_site(condition: Condition) -> Site:
    return Site(span=condition.span, source=condition.source, expression=condition.expression, key="if")


def _sites_of(key: str, *tokens: Token | None) -> Iterator[Site]:
    for token in tokens:
        for found in expression_tokens(token):
            yield Site(span=found.span, source=found.source, expression=found.expression, key=key)


def expression_tokens(token: Token | None) -> Iterator[ExpressionToken]:
    """The expressions in a token, at any depth, keys included."""
    match token:
        case ExpressionToken():
            yield token
        case SequenceToken():
            for item in token.items:
                yield from expression_tokens(item)
        case MappingToken():
            for key, value in token.entries:
                if isinstance(key, ExpressionToken):
                    yield key
                yield from expression_tokens(value)
        case _:
            pass
