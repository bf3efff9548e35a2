"""A job that calls another workflow: its inputs and secrets go in, a level of the graph opens, its outputs come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.engine.job import JobResult
from sluice.engine.planned import planned_jobs
from sluice.engine.status import Status
from sluice.events.model import JobsPlanned
from sluice.expressions.values import Dictionary, Value
from sluice.plan.graph import build_graph
from sluice.plan.inputs import resolve_call_inputs
from sluice.plan.model import Graph
from sluice.plan.results import End, combine
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope, evaluate_mapping, evaluate_text
from sluice.workflow.model import ReusableJob, SecretsInherit, Workflow

if TYPE_CHECKING:
    from sluice.engine.leg import Leg


async def run_called(leg: Leg, job: ReusableJob) -> JobResult:
    """Perform the called workflow below this leg."""
    level = leg.level
    called = level.plan.called(level.graph.workflow.file, job.uses.value)
    workflow = called.workflow
    graph = build_graph(workflow, prefix=leg.run.key)
    leg.facilities.emit(JobsPlanned(parent=leg.run.key, jobs=planned_jobs(graph)))
    contexts = {**_contexts(leg, job, workflow), "job": called.origin.context()}
    results = await level.perform_below(graph, contexts, leg)
    end = combine(results.values())
    outputs = _outputs(workflow, graph, contexts, results)
    return JobResult(outcome=Status(end.conclusion), outputs=outputs, unavailable=end.unavailable)


def _contexts(leg: Leg, job: ReusableJob, workflow: Workflow) -> dict[str, Value]:
    contexts = dict(leg.level.contexts)
    contexts["inputs"] = _inputs(leg, job, workflow)
    contexts["secrets"] = _secrets(leg, job)
    return contexts


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


def _secrets(leg: Leg, job: ReusableJob) -> Dictionary:
    known = leg.level.contexts["secrets"]
    everything = known if isinstance(known, Dictionary) else Dictionary()
    if job.secrets is SecretsInherit.INHERIT:
        return everything
    passed = Dictionary({name: value for name, value in everything.items() if name.upper() == "GITHUB_TOKEN"})
    if job.secrets is not None:
        scope = leg.scope()
        seen = Scope(contexts={**scope.contexts, "secrets": everything}, functions=scope.functions)
        passed.update(evaluate_mapping(job.secrets, seen))
    return passed


def _outputs(workflow: Workflow, graph: Graph, contexts: dict[str, Value], results: dict[str, End]) -> dict[str, str]:
    trigger = workflow.triggers.get("workflow_call")
    if trigger is None:
        return {}
    jobs = Dictionary({graph.nodes[key].job.id: _job(result) for key, result in results.items()})
    names = {name: contexts[name] for name in ("github", "inputs", "vars")}
    scope = Scope(contexts={**names, "jobs": jobs}, functions={})
    return {name: evaluate_text(output.value, scope) for name, output in trigger.outputs.items()}


def _job(result: End) -> Dictionary:
    return Dictionary({"result": result.conclusion, "outputs": Dictionary(dict(result.outputs))})
