"""One run of a command: its plan, its first event, its performance."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping

from msgspec.structs import replace

from sluice.app.running.occasion import Occasion
from sluice.app.running.options import RunOptions
from sluice.app.running.performance import Performance, perform
from sluice.app.running.setting import Setting
from sluice.app.workflows.calls import CalledWorkflows
from sluice.app.workflows.other_repositories import other_repositories
from sluice.app.workflows.repository import ReadWorkflow
from sluice.engine.facilities import RunPlan
from sluice.engine.planned import planned_jobs
from sluice.events.model import RunQueued
from sluice.expressions.values import Dictionary, Value, to_python
from sluice.plan.event_facts import RunFacts
from sluice.plan.github_context import build_github_context
from sluice.plan.graph import Selection, build_graph, known_jobs, select_jobs
from sluice.plan.inputs import resolve_dispatch_inputs
from sluice.plan.model import Graph
from sluice.plan.origin import Origin
from sluice.runners.host.snapshot import Snapshot
from sluice.source.errors import InvalidInputError, UsageError
from sluice.source.positions import Span
from sluice.store.processes import identify
from sluice.workflow.evaluation import EvaluationError, evaluate_text, workflow_scope
from sluice.workflow.model import InputDefinition, Workflow


def start_run(setting: Setting, found: ReadWorkflow, occasion: Occasion) -> int:
    """One run: its plan, its first event, its performance."""
    repositories = other_repositories(
        setting.settings, setting.places, mappings=setting.options.actions, offline=setting.options.offline
    )
    facts = occasion.facts
    origin = Origin(repository=facts.repository, path=found.file, ref=facts.ref, sha=facts.sha)
    called = CalledWorkflows(found.root, repositories, origin)
    called.check(found.workflow)
    graph, selection = _selected(build_graph(found.workflow), setting.options)
    given = _given(setting, found, occasion)
    occasion = _with_inputs(occasion, given["inputs"])
    contexts = {**given, "github": _github(found, occasion, number=0), "job": origin.context()}
    notices = _check_needs(setting, found, graph, called, contexts)
    if setting.options.publish:
        from sluice.app.running.publishing import prepare_publication

        queued = _queued(setting, found, occasion, graph, contexts, number=0)
        prepare_publication(setting.store, queued, setting.options.secrets)
    run, number = setting.store.new_run(found.file, str(setting.root))
    if setting.repeat is not None:
        number = setting.repeat.number  # a run keeps its number over all its attempts
    contexts["github"] = _github(found, occasion, number)
    if setting.repeat and setting.repeat.artifacts:
        shutil.copytree(setting.repeat.artifacts, setting.store.folder(run) / "artifacts", dirs_exist_ok=True)
    plan = RunPlan(
        run=run,
        workflow=found.workflow,
        graph=graph,
        contexts=contexts,
        called=called.find,
        strict=setting.options.strict,
        selection=selection,
        kept=setting.repeat.kept if setting.repeat else {},
    )
    return perform(
        Performance(
            plan=plan,
            queued=_queued(setting, found, occasion, graph, contexts, number),
            notices=notices,
            store=setting.store,
            places=setting.places,
            settings=setting.settings,
            options=setting.options,
            snapshot=setting.snapshot,
            repositories=repositories,
            runner=setting.runner,
        )
    )


def _selected(graph: Graph, options: RunOptions) -> tuple[Graph, Selection | None]:
    if not options.jobs:
        return graph, None
    names = known_jobs(graph, options.jobs) or options.jobs  # others are of other workflows
    selection = select_jobs(graph, names, with_needs=not options.alone)
    return graph.narrowed(selection.nodes), selection


def _check_needs(
    setting: Setting, found: ReadWorkflow, graph: Graph, called: CalledWorkflows, contexts: Mapping[str, Value]
) -> Mapping[str, str]:
    """What each job will find empty. Raises ``InvalidInputError`` when something declared is missing."""
    if not setting.settings.declarations and not any(word in found.text for word in ("secrets", "vars")):
        return {}
    from sluice.app.secrets.checking import check_needs, names_given, names_kept

    names = names_given(setting.settings, setting.options)
    declarations, publish = setting.settings.declarations, setting.options.publish
    kept = names_kept(setting.settings, setting.options)
    return check_needs(graph, called, contexts, declarations, names, kept, publish=publish)


def _github(found: ReadWorkflow, occasion: Occasion, number: int) -> Dictionary:
    return build_github_context(
        occasion.facts,
        RunFacts(
            run_id=time.time_ns() // 1_000_000,
            run_number=number,
            workflow_name=found.workflow.name.value if found.workflow.name else found.file,
            workflow_path=found.file,
        ),
        occasion.payload,
    )


def _given(setting: Setting, found: ReadWorkflow, occasion: Occasion) -> dict[str, Value]:
    """The contexts that the person fills."""
    return {
        "inputs": _inputs(found.workflow, occasion, setting.options),
        "vars": Dictionary(dict(setting.options.variables)),
        "secrets": Dictionary(dict(setting.options.secrets)),
    }


def _inputs(workflow: Workflow, occasion: Occasion, options: RunOptions) -> Dictionary:
    trigger = workflow.triggers.get("workflow_dispatch")
    definitions: dict[str, InputDefinition] = dict(trigger.inputs) if trigger else {}
    if occasion.facts.event != "workflow_dispatch":
        if options.inputs:
            raise UsageError("--input is for runs that workflow_dispatch starts", hint="add --event workflow_dispatch")
        return Dictionary()
    place = trigger.event.span if trigger else Span.at(workflow.file)
    values, found = resolve_dispatch_inputs(definitions, options.inputs, place)
    if found:
        raise InvalidInputError(found)
    return values


def _with_inputs(occasion: Occasion, inputs: Value) -> Occasion:
    """The event with every input, those that have their defaults too, as GitHub sends it."""
    if not isinstance(inputs, Dictionary):
        return occasion
    return replace(occasion, facts=replace(occasion.facts, inputs=inputs))


def _queued(
    setting: Setting,
    found: ReadWorkflow,
    occasion: Occasion,
    graph: Graph,
    contexts: Mapping[str, Value],
    number: int,
) -> RunQueued:
    workflow, snapshot = found.workflow, setting.snapshot
    name = workflow.name.value if workflow.name else found.file
    pid, started = identify()
    return RunQueued(
        workflow_file=found.file,
        workflow_name=name,
        run_name=_run_name(workflow, contexts, snapshot) or name,
        number=number,
        attempt=setting.repeat.attempt if setting.repeat else 1,
        rerun_of=setting.repeat.run if setting.repeat else None,
        trigger=occasion.facts.event,
        ref=occasion.facts.ref,
        sha=occasion.facts.sha,
        base_sha=snapshot.base_sha,
        dirty=snapshot.dirty and occasion.facts.sha == snapshot.sha,
        repository=occasion.facts.repository,
        actor=occasion.facts.actor,
        root=str(setting.root),
        inputs=_plain(contexts["inputs"]),
        jobs=planned_jobs(graph),
        engine_pid=pid,
        engine_started=started,
        command=setting.options.command,
        selected=setting.options.jobs,
    )


def _run_name(workflow: Workflow, contexts: Mapping[str, Value], snapshot: Snapshot) -> str:
    if workflow.run_name is None:
        return snapshot.message.partition("\n")[0]
    try:
        return evaluate_text(workflow.run_name, workflow_scope(contexts))
    except EvaluationError:
        return ""


def _plain(value: Value) -> dict[str, object]:
    data = to_python(value)
    return data if isinstance(data, dict) else {}
