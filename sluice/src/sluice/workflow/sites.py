"""Every place of a workflow where an expression stands. In: the model. Out: expressions with job, step and key."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import parse_expression
from sluice.expressions.syntax import Expression
from sluice.source.positions import Span
from sluice.workflow.fields import literal, written_expressions
from sluice.workflow.model import (
    ActionManifest,
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
from sluice.workflow.templates import BadTemplate, expression_text
from sluice.workflow.tokens import ExpressionToken, MappingToken, SequenceToken, StringToken, Token


class Site(Struct, frozen=True, kw_only=True):
    """An expression where it stands.

    ``key`` is the workflow key above it (``run``, ``if``, ``container.env`` ...); ``texts`` are the expressions as
    they were written: several in a text that mixes them with words, none for an ``if`` that is not there.
    """

    span: Span
    source: str
    expression: Expression
    texts: tuple[str, ...]
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
        if trigger.event.value == "workflow_call":
            yield from _sites_of("input-default", *(found.default for found in trigger.inputs.values()))
        for output in trigger.outputs.values():
            yield from _sites_of("workflow-output", output.value)
    for job in workflow.jobs.values():
        yield from (replace(site, job=job) for site in _job_sites(job))


def collect_action_sites(action: ActionManifest) -> Iterator[Site]:
    """Those of an action: its inputs' defaults, a container's arguments, a composite's steps, outputs."""
    for definition in action.inputs.values():
        yield from _sites_of("default", definition.default)
    yield from _sites_of("args", action.arguments, action.env)
    for step in action.steps:
        yield from (replace(site, step=step) for site in _step_sites(step))
    yield from _sites_of("output", *action.outputs.values())


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
    yield from _nested_sites("environment", job.environment, ("url",))
    yield from _sites_of("env", job.env)
    yield from _default_sites(job.defaults)
    yield from _nested_sites("container", job.container, ("env", "credentials"))
    yield from _service_sites(job.services)
    yield from _sites_of("timeout-minutes", job.timeout_minutes, job.cancel_timeout_minutes)
    yield from _sites_of("continue-on-error", job.continue_on_error)
    yield from _snapshot_sites(job.snapshot)
    for step in job.steps:
        yield from (replace(site, step=step) for site in _step_sites(step))
    yield from _sites_of("outputs", job.outputs)


def _snapshot_sites(snapshot: Token | None) -> Iterator[Site]:
    """The ``if`` of a snapshot, which is read without ever being decided: no snapshot is taken here."""
    items = snapshot.literal_items() if isinstance(snapshot, MappingToken) else ()
    token = next((value for name, value in items if name.value.lower() == "if"), None)
    written = literal(token)
    if token is None or not written:
        return
    try:
        source = expression_text(written) or written
        expression = parse_expression(source)
    except (BadTemplate, ExpressionError):
        return
    yield Site(
        span=token.span,
        source=source,
        expression=expression,
        texts=_condition_texts(written),
        key="snapshot.if",
    )


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
        yield from _sites_of("concurrency", concurrency.group, concurrency.cancel_in_progress, concurrency.queue)


def _condition_site(condition: Condition) -> Site:
    return Site(
        span=condition.span,
        source=condition.source,
        expression=condition.expression,
        texts=_condition_texts(condition.written),
        key="if",
    )


def _condition_texts(written: str | None) -> tuple[str, ...]:
    if not written or "${{" not in written:
        return (written,) if written else ()
    try:
        source = expression_text(written) or ""
        return written_expressions(written, source, parse_expression(source))
    except (BadTemplate, ExpressionError):
        return ()


def _service_sites(services: Token | None) -> Iterator[Site]:
    if not isinstance(services, MappingToken):
        yield from _sites_of("container", services)
        return
    for _, service in services.entries:
        yield from _nested_sites("container", service, ("env", "credentials"))


def _nested_sites(key: str, token: Token | None, special: tuple[str, ...]) -> Iterator[Site]:
    """The expressions of a mapping; those below a special key have that key, too."""
    if not isinstance(token, MappingToken):
        yield from _sites_of(key, token)
        return
    for name, value in token.entries:
        nested = isinstance(name, StringToken) and name.value in special
        yield from _sites_of(f"{key}.{name.value}" if nested and isinstance(name, StringToken) else key, value)


def _sites_of(key: str, *tokens: Token | None) -> Iterator[Site]:
    for token in tokens:
        for found in expression_tokens(token):
            yield site_of(key, found)


def site_of(key: str, token: ExpressionToken) -> Site:
    """The site of one expression."""
    texts = written_expressions(token.raw, token.source, token.expression)
    return Site(span=token.span, source=token.source, expression=token.expression, texts=texts, key=key)


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
