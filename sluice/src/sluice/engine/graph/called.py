"""A job that calls another workflow: its inputs and secrets go in, a level of the graph opens, its outputs come out."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.engine.graph.groups import Holder, holding
from sluice.engine.graph.leg import cancelled
from sluice.engine.graph.levels import Below, Leg
from sluice.engine.graph.planned import planned_jobs
from sluice.engine.jobs.job import JobResult
from sluice.engine.jobs.status import Status
from sluice.events.model import JobsPlanned
from sluice.expressions.values import Dictionary, Value
from sluice.plan.event.inputs import resolve_call_inputs
from sluice.plan.graph.building import build_graph
from sluice.plan.graph.model import Graph
from sluice.plan.rules.results import End, combine
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope, evaluate_mapping, evaluate_text, workflow_scope
from sluice.workflow.model import ReusableJob, SecretsInherit, Workflow


async def run_called(leg: Leg, job: ReusableJob) -> JobResult:
    """Perform the called workflow below this leg. Raises ``UnavailableError`` where it could not be had."""
    level = leg.level
    called = level.plan.called(level.graph.workflow.file, job.uses.value)
    workflow = called.workflow
    graph = build_graph(workflow, prefix=leg.run.key)
    leg.facilities.emit(JobsPlanned(parent=leg.run.key, jobs=planned_jobs(graph, leg.run.name)))
    inputs, made = _inputs(leg, job, workflow), _made_secrets(leg, job)
    secrets = _passed_secrets(leg, job, made)
    contexts = {**level.contexts, "inputs": inputs, "secrets": secrets, "job": called.origin.context()}
    below = Below(graph=graph, contexts=contexts, masked=tuple(made.values()), granted=leg.permissions())
    holder = Holder(run=level.plan.run, job=leg.run.key, interruption=leg.interruption, called=True)
    async with holding(leg.facilities, workflow.concurrency, workflow_scope(contexts), holder) as entered:
        if not entered:
            return cancelled(leg)
        results = await level.perform_below(below, leg)
    end = combine(results.values())
    outputs = _outputs(workflow, graph, contexts, results)
    return JobResult(outcome=Status(end.conclusion), outputs=outputs, unavailable=end.unavailable)


def _inputs(leg: Leg, job: ReusableJob, workflow: Workflow) -> Dictionary:
    trigger = workflow.triggers.get("workflow_call")
    definitions = trigger.inputs if trigger else {}
    names = {name: leg.level.contexts[name] for name in ("github", "vars")}
    values, found = resolve_call_inputs(
        definitions,
        job.inputs,
        caller=leg.scope(),
        callee=Scope(contexts={**names, "inputs": Dictionary()}),
        place=job.uses.span,
    )
    if found:
        raise InvalidInputError(found)
    return values


def _made_secrets(leg: Leg, job: ReusableJob) -> dict[str, str]:
    """The secrets that the call names. In the called jobs all of them are secrets (semantics 25)."""
    if job.secrets is None or job.secrets is SecretsInherit.INHERIT:
        return {}
    scope = leg.scope()
    seen = Scope(contexts={**scope.contexts, "secrets": leg.level.contexts["secrets"]}, functions=scope.functions)
    return evaluate_mapping(job.secrets, seen)


def _passed_secrets(leg: Leg, job: ReusableJob, made: Mapping[str, str]) -> Dictionary:
    known = leg.level.contexts["secrets"]
    everything = known if isinstance(known, Dictionary) else Dictionary()
    if job.secrets is SecretsInherit.INHERIT:
        return everything
    token = {name: value for name, value in everything.items() if name.upper() == "GITHUB_TOKEN"}
    return Dictionary({**token, **made})


def _outputs(workflow: Workflow, graph: Graph, contexts: dict[str, Value], results: dict[str, End]) -> dict[str, str]:
    trigger = workflow.triggers.get("workflow_call")
    if trigger is None:
        return {}
    jobs = Dictionary({graph.nodes[key].job.id: _job(result) for key, result in results.items()})
    scope = Scope(contexts={**workflow_scope(contexts).contexts, "jobs": jobs}, functions={})
    return {name: evaluate_text(output.value, scope) for name, output in trigger.outputs.items()}


def _job(result: End) -> Dictionary:
    return Dictionary({"result": result.conclusion, "outputs": Dictionary(dict(result.outputs))})
