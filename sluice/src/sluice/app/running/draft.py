"""A run before it is kept: everything that it will be made of, but its number. In: a setting, a workflow, an event.
Out: contexts, the first event.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from sluice.actions.repositories import Repositories
from sluice.app.running.given import given_to
from sluice.app.running.occasion import BY_HAND, Occasion
from sluice.app.running.options import RunOptions
from sluice.app.running.setting import Setting
from sluice.app.workflows.calls import CalledWorkflows
from sluice.app.workflows.other_repositories import other_repositories
from sluice.app.workflows.repository import ReadWorkflow
from sluice.engine.graph.planned import planned_jobs
from sluice.events.model import RunQueued
from sluice.expressions.values import Dictionary, Value, to_python
from sluice.machine.processes import identify
from sluice.plan.event.facts import EventFacts, RunFacts
from sluice.plan.event.github_context import build_github_context
from sluice.plan.event.inputs import resolve_dispatch_inputs
from sluice.plan.graph.building import Selection, build_graph, known_jobs, select_jobs
from sluice.plan.graph.model import Graph
from sluice.plan.graph.origin import Origin
from sluice.plan.rules.results import End
from sluice.source.errors import InvalidInputError, UsageError
from sluice.source.positions import Span
from sluice.workflow.evaluation import EvaluationError, Scope, evaluate_text, workflow_scope
from sluice.workflow.model import InputDefinition, Workflow


class Draft(Struct, frozen=True, kw_only=True):
    """``given`` are the contexts that don't depend on the run's number: inputs, vars, secrets and job. ``kept`` are the
    ends that stand from the run that this one does again.
    """

    setting: Setting
    found: ReadWorkflow
    occasion: Occasion
    repositories: Repositories
    called: CalledWorkflows
    graph: Graph
    selection: Selection | None
    given: Mapping[str, Value]
    kept: Mapping[str, End]

    @property
    def name(self) -> str:
        """The workflow's own name, else its file."""
        return _named(self.found.workflow)

    @property
    def attempt(self) -> int:
        """Which one this is: 1 for a run that does none again."""
        return self.setting.repeat.attempt if self.setting.repeat else 1

    def contexts(self, run_id: int, number: int) -> dict[str, Value]:
        """What the run's expressions start from."""
        facts = RunFacts(
            run_id=run_id,
            run_number=number,
            run_attempt=self.attempt,
            workflow_name=self.name,
            workflow_path=self.found.file,
        )
        return {**self.given, "github": build_github_context(self.occasion.facts, facts, self.occasion.payload)}

    def queued(self, contexts: Mapping[str, Value], run_id: int, number: int) -> RunQueued:
        """The run's first event."""
        setting, facts, snapshot = self.setting, self.occasion.facts, self.setting.snapshot
        pid, started = identify()
        return RunQueued(
            workflow_file=self.found.file,
            workflow_name=self.name,
            run_name=_run_name(self.found.workflow, contexts) or _told_by(facts) or self.name,
            number=number,
            run_id=run_id,
            attempt=self.attempt,
            rerun_of=setting.repeat.run if setting.repeat else None,
            trigger=facts.event,
            ref=facts.ref,
            sha=facts.sha,
            base_sha=snapshot.base_sha,
            dirty=snapshot.dirty and facts.sha == snapshot.sha,
            repository=facts.repository,
            actor=facts.actor,
            root=str(setting.root),
            inputs=_plain(contexts["inputs"]),
            jobs=planned_jobs(self.graph),
            engine_pid=pid,
            engine_started=started,
            command=setting.options.command,
            selected=setting.options.jobs,
            published=setting.options.publish,
            given=given_to(setting.options, self.occasion),
        )


def draft_run(setting: Setting, found: ReadWorkflow, occasion: Occasion) -> Draft:
    """The draft. Raises ``InvalidInputError`` and ``UsageError`` for calls, jobs and inputs that can't be."""
    facts, options = occasion.facts, setting.options
    repositories = other_repositories(
        setting.root, setting.settings, setting.places, mappings=options.actions, offline=options.offline
    )
    origin = Origin(repository=facts.repository, path=found.file, ref=facts.ref, sha=facts.sha)
    called = CalledWorkflows(found.root, repositories, origin)
    called.check(found.workflow)
    whole = build_graph(found.workflow)
    graph, selection = _selected(whole, options)
    inputs = _inputs(found.workflow, occasion, options)
    return Draft(
        setting=setting,
        found=found,
        occasion=replace(occasion, facts=replace(facts, inputs=inputs)),  # with defaults, too, as GitHub sends it
        repositories=repositories,
        called=called,
        graph=graph,
        selection=selection,
        given={
            "inputs": inputs,
            "vars": Dictionary(dict(options.variables)),
            "secrets": Dictionary(dict(options.secrets)),
            "job": origin.context(),
        },
        kept=setting.repeat.kept(whole) if setting.repeat else {},
    )


def _selected(graph: Graph, options: RunOptions) -> tuple[Graph, Selection | None]:
    if not options.jobs:
        return graph, None
    names = known_jobs(graph, options.jobs) or options.jobs  # others are of other workflows
    selection = select_jobs(graph, names, with_needs=not options.alone)
    return graph.narrowed(selection.nodes), selection


def _inputs(workflow: Workflow, occasion: Occasion, options: RunOptions) -> Dictionary:
    """Those of a dispatch, or of a called workflow that a person runs by itself."""
    event = occasion.facts.event
    if event not in BY_HAND:
        if options.inputs:
            raise UsageError("--input is for runs that workflow_dispatch starts", hint="add --event workflow_dispatch")
        return Dictionary()
    trigger = workflow.triggers.get(event)
    definitions: dict[str, InputDefinition] = dict(trigger.inputs) if trigger else {}
    place = trigger.event.span if trigger else Span.at(workflow.file)
    values, found = resolve_dispatch_inputs(
        definitions, options.inputs, place, _of_defaults(workflow, occasion, options)
    )
    if found:
        raise InvalidInputError(found)
    return values


def _named(workflow: Workflow) -> str:
    return workflow.name.value if workflow.name else workflow.file


def _of_defaults(workflow: Workflow, occasion: Occasion, options: RunOptions) -> Scope:
    """What the default of a called workflow's input may read (docs.github.com: context availability)."""
    run = RunFacts(run_id=0, workflow_name=_named(workflow), workflow_path=workflow.file)
    github = build_github_context(occasion.facts, run, occasion.payload)
    return workflow_scope({"github": github, "inputs": Dictionary(), "vars": Dictionary(dict(options.variables))})


def _run_name(workflow: Workflow, contexts: Mapping[str, Value]) -> str:
    """``run-name``; empty where there is none, or nothing but blanks."""
    if workflow.run_name is None:
        return ""
    try:
        return evaluate_text(workflow.run_name, workflow_scope(contexts)).strip()
    except EvaluationError:
        return ""


def _told_by(facts: EventFacts) -> str:
    """What GitHub calls a run otherwise: the commit's message or the pull request's title; of other events nothing."""
    if facts.pull_request is not None:
        return facts.pull_request.title
    return facts.message.partition("\n")[0] if facts.event == "push" else ""


def _plain(value: Value) -> dict[str, object]:
    data = to_python(value)
    return data if isinstance(data, dict) else {}
