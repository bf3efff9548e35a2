"""``sluice run``, from words to an exit code: find, read, snapshot, choose, perform."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from sluice.app.calls import CalledWorkflows
from sluice.app.occasion import Occasion, choose_event, make_occasion
from sluice.app.options import RunOptions
from sluice.app.other_repositories import other_repositories
from sluice.app.performance import Performance, perform
from sluice.app.repository import ReadWorkflow, find_files, find_root, read_workflows
from sluice.app.settings import Settings, load_settings
from sluice.app.wiring import host_runner
from sluice.engine.facilities import RunPlan
from sluice.engine.planned import planned_jobs
from sluice.events.model import RunQueued
from sluice.expressions.values import Dictionary, Value, to_python
from sluice.plan.event_facts import RunFacts, occurrence_of
from sluice.plan.github_context import build_github_context
from sluice.plan.graph import Selection, build_graph, select_jobs
from sluice.plan.inputs import resolve_dispatch_inputs
from sluice.plan.model import Graph
from sluice.plan.origin import Origin
from sluice.plan.results import End
from sluice.plan.triggers import answer
from sluice.runners.host.runner import HostRunner
from sluice.runners.host.snapshot import Snapshot, new_target, take_snapshot
from sluice.source.errors import InvalidInputError, UsageError
from sluice.source.positions import Span
from sluice.store.places import Places, find_places
from sluice.store.processes import identify
from sluice.store.sqlite import SqliteStore
from sluice.workflow.evaluation import EvaluationError, Scope, evaluate_text
from sluice.workflow.model import InputDefinition, Workflow

SUCCESS, FAILURE, INTERRUPTED = 0, 1, 130


class Repeat(Struct, frozen=True, kw_only=True):
    """A run that is done again: ``kept`` ends stand, and ``artifacts`` is the folder of what was uploaded then."""

    run: str
    attempt: int
    number: int
    kept: Mapping[str, End] = field(default_factory=dict)
    artifacts: Path | None = None


class Setting(Struct, frozen=True, kw_only=True):
    """What all runs of one command share."""

    root: Path
    settings: Settings
    options: RunOptions
    places: Places
    store: SqliteStore
    snapshot: Snapshot
    runner: HostRunner
    repeat: Repeat | None = None


def run_workflows(options: RunOptions, repeat: Repeat | None = None) -> int:
    """Run what was asked for; 0 when every run succeeded, 1 when one didn't, 130 when it was interrupted.

    ``repeat`` is what this run does again.
    """
    root = find_root(_start(options))
    settings = load_settings(root)
    options = _with_values(options, settings, root)
    read = read_workflows(root, find_files(root, options.paths))
    runner = host_runner(settings, options.isolation)
    runner.prepare()
    places = find_places().prepare()
    with SqliteStore(places.state) as store:
        snapshot = take_snapshot(root, new_target(places.cache / "snapshots"))
        setting = Setting(
            root=root,
            settings=settings,
            options=options,
            places=places,
            store=store,
            snapshot=snapshot,
            runner=runner,
            repeat=repeat,
        )
        try:
            chosen = _choose(setting, read)
            return worst_code([_run_one(setting, found, occasion) for found, occasion in chosen])
        finally:
            shutil.rmtree(snapshot.repository, ignore_errors=True)


def _with_values(options: RunOptions, settings: Settings, root: Path) -> RunOptions:
    """The options with the values that sluice.toml has, or says where to look for."""
    options = replace(options, variables={**settings.variables, **options.variables})
    if not settings.declarations:
        return options
    from sluice.app.secrets.sources import Values, completed

    found = completed(Values(secrets=options.secrets, variables=options.variables), settings.declarations, root)
    return replace(options, secrets=found.secrets, variables=found.variables)


def worst_code(codes: list[int]) -> int:
    """One exit code for several runs."""
    return max(codes, default=SUCCESS)


def _start(options: RunOptions) -> Path:
    """Where to look for the repository: at the first path that is there, else here."""
    for word in options.paths:
        path = Path(word)
        if path.exists():
            return path if path.is_dir() else path.parent
    return Path.cwd()


def _choose(setting: Setting, read: tuple[ReadWorkflow, ...]) -> list[tuple[ReadWorkflow, Occasion]]:
    """The workflows that the event starts. A workflow named on the command line without an event always is."""
    options = setting.options
    by_hand = options.forced or (bool(options.paths) and options.event is None)
    chosen: list[tuple[ReadWorkflow, Occasion]] = []
    refusals: list[str] = []
    for found in read:
        event = choose_event(found.workflow, options) if by_hand else options.event or "push"
        occasion = make_occasion(event, setting.snapshot, options)
        verdict = answer(found.workflow, occurrence_of(occasion.facts))
        if verdict.starts or by_hand:
            chosen.append((found, occasion))
        else:
            refusals.append(f"{found.file}: {verdict.reason}")
    if not chosen:
        raise UsageError(
            "The event starts no workflow:\n" + "\n".join(f"  {line}" for line in refusals),
            hint="--event names another event; a workflow named without --event runs whatever its filters say",
        )
    return chosen


def _run_one(setting: Setting, found: ReadWorkflow, occasion: Occasion) -> int:
    """One run: its plan, its first event, its performance."""
    repositories = other_repositories(
        setting.settings, setting.places, mappings=setting.options.actions, offline=setting.options.offline
    )
    facts = occasion.facts
    origin = Origin(repository=facts.repository, path=found.file, ref=facts.ref, sha=facts.sha)
    called = CalledWorkflows(setting.root, repositories, origin)
    called.check(found.workflow)
    graph, selection = _selected(build_graph(found.workflow), setting.options)
    given = _given(setting, found, occasion)
    occasion = _with_inputs(occasion, given["inputs"])
    notices = _check_needs(setting, found, graph, called, {**given, "github": _github(found, occasion, number=0)})
    run, number = setting.store.new_run(found.file, str(setting.root))
    if setting.repeat is not None:
        number = setting.repeat.number  # a run keeps its number over all its attempts
    contexts = {**given, "github": _github(found, occasion, number), "job": origin.context()}
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
    queued = _queued(setting, found, occasion, plan, number)
    if setting.options.publish:
        from sluice.app.publishing import prepare_publication

        prepare_publication(setting.store, queued, setting.options.secrets)
    return perform(
        Performance(
            plan=plan,
            queued=queued,
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
    selection = select_jobs(graph, options.jobs, with_needs=not options.alone)
    return graph.narrowed(selection.nodes), selection


def _check_needs(
    setting: Setting, found: ReadWorkflow, graph: Graph, called: CalledWorkflows, contexts: Mapping[str, Value]
) -> Mapping[str, str]:
    """What each job will find empty. Raises ``InvalidInputError`` when something declared is missing."""
    if not setting.settings.declarations and not any(word in found.text for word in ("secrets", "vars")):
        return {}
    from sluice.app.secrets.checking import check_needs, names_given

    names = names_given(setting.settings, setting.options)
    declarations, publish = setting.settings.declarations, setting.options.publish
    return check_needs(graph, called, contexts, declarations, names, publish=publish)


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


def _queued(setting: Setting, found: ReadWorkflow, occasion: Occasion, plan: RunPlan, number: int) -> RunQueued:
    workflow, snapshot = found.workflow, setting.snapshot
    name = workflow.name.value if workflow.name else found.file
    pid, started = identify()
    return RunQueued(
        workflow_file=found.file,
        workflow_name=name,
        run_name=_run_name(workflow, plan, snapshot) or name,
        number=number,
        attempt=setting.repeat.attempt if setting.repeat else 1,
        rerun_of=setting.repeat.run if setting.repeat else None,
        trigger=occasion.facts.event,
        ref=occasion.facts.ref,
        sha=occasion.facts.sha,
        base_sha=snapshot.base_sha,
        dirty=snapshot.dirty,
        repository=occasion.facts.repository,
        actor=occasion.facts.actor,
        root=str(setting.root),
        inputs=_plain(plan.contexts["inputs"]),
        jobs=planned_jobs(plan.graph),
        engine_pid=pid,
        engine_started=started,
        command=setting.options.command,
        selected=setting.options.jobs,
    )


def _run_name(workflow: Workflow, plan: RunPlan, snapshot: Snapshot) -> str:
    if workflow.run_name is None:
        return snapshot.message.partition("\n")[0]
    scope = Scope(contexts={name: plan.contexts[name] for name in ("github", "inputs", "vars")})
    try:
        return evaluate_text(workflow.run_name, scope)
    except EvaluationError:
        return ""


def _plain(value: Value) -> dict[str, object]:
    data = to_python(value)
    return data if isinstance(data, dict) else {}
