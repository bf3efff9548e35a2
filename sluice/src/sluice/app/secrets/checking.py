"""Before a run starts: whether it has what its jobs need. What is declared and missing stops it; what nobody declared
is empty, as on GitHub, and each job that uses it says so; so is what an environment keeps for its own jobs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from sluice.app.running.options import RunOptions
from sluice.app.settings import Settings
from sluice.app.workflows.calls import CalledWorkflows
from sluice.delivery.secrets.declared import Declaration
from sluice.delivery.secrets.needs import Need, empty_names, needs_of, refusals
from sluice.expressions.values import Value
from sluice.plan.graph.building import build_graph
from sluice.plan.graph.model import Graph
from sluice.plan.rules.ahead import surely_skipped
from sluice.plan.rules.environments import planned_environment
from sluice.plan.uses import Kind, uses_in
from sluice.source.errors import InvalidInputError
from sluice.workflow.model import Job, NormalJob, Workflow

Names = frozenset[tuple[Kind, str]]
Kept = Mapping[tuple[Kind, str], frozenset[str]]
"""By kind and name in capitals, the environments whose jobs alone see it."""
_PLURALS = {Kind.SECRET: "secrets", Kind.VARIABLE: "variables"}


def check_needs(
    graph: Graph,
    calls: CalledWorkflows,
    contexts: Mapping[str, Value],
    declarations: tuple[Declaration, ...],
    names: Names,
    kept: Kept,
    *,
    publish: bool,
) -> dict[str, str]:
    """A notice for each job in which something is empty. ``kept`` is what environments have for themselves. Raises
    ``InvalidInputError`` for what is missing.
    """
    skipped = surely_skipped(graph, contexts)
    everything = build_graph(graph.workflow).nodes
    left_out = {node.job.id for key, node in everything.items() if key not in graph.nodes or key in skipped}
    needs = workflow_needs(graph.workflow, calls, declarations, names, skipped=left_out)
    found = refusals(needs, publish=publish)
    if found:
        raise InvalidInputError(found)
    return dict(_notices(needs, kept, (node.job for node in graph.nodes.values())))


def names_given(settings: Settings, options: RunOptions) -> Names:
    """What has a value, also where only the jobs of an environment see it."""
    variables = {*options.variables, *(name for one in settings.environments.values() for name in one.variables)}
    return frozenset({(Kind.SECRET, name) for name in options.secrets} | {(Kind.VARIABLE, name) for name in variables})


def names_kept(settings: Settings, options: RunOptions) -> Kept:
    """Secrets that environments list, and variables that only environments have."""
    found: defaultdict[tuple[Kind, str], frozenset[str]] = defaultdict(frozenset)
    everywhere = {name.upper() for name in options.variables}
    for place, policy in settings.environments.items():
        own = [(Kind.SECRET, name.upper()) for name in policy.secrets]
        own += [(Kind.VARIABLE, name.upper()) for name in policy.variables if name.upper() not in everywhere]
        for key in own:
            found[key] |= {place}
    return dict(found)


def workflow_needs(
    workflow: Workflow,
    calls: CalledWorkflows,
    declarations: tuple[Declaration, ...],
    names: Names,
    skipped: Collection[str] = (),
) -> tuple[Need, ...]:
    """What a workflow and all that it calls use."""
    return needs_of(uses_in(workflow, calls.workflow), declarations, names, skipped)


def _notices(needs: tuple[Need, ...], kept: Kept, jobs: Iterator[Job]) -> Iterator[tuple[str, str]]:
    for job in jobs:
        empty = _listed(list(empty_names(needs, job.id)))
        sentences = [f"Not given, and so empty in this job: {empty}"] if empty else []
        elsewhere: defaultdict[frozenset[str], list[tuple[Kind, str]]] = defaultdict(list)
        for name, places in _elsewhere(needs, kept, job):
            elsewhere[places].append(name)
        for places, names in elsewhere.items():
            only = " and ".join(sorted(places))
            sentences.append(f"Only jobs of {only} have these, and so they are empty in this job: {_listed(names)}")
        if sentences:
            yield job.id, ". ".join(sentences)


def _elsewhere(needs: tuple[Need, ...], kept: Kept, job: Job) -> Iterator[tuple[tuple[Kind, str], frozenset[str]]]:
    """What is given, but not to this job; a job whose environment is an expression may be in any."""
    place = planned_environment(job.environment) if isinstance(job, NormalJob) else None
    if not isinstance(job, NormalJob) or (place and "${{" in place):
        return
    for need in needs:
        places = kept.get((need.use.kind, need.use.name.upper()))
        if need.given and places and place not in places and job.id in need.now:
            yield (need.use.kind, need.use.name), places


def _listed(names: Collection[tuple[Kind, str]]) -> str:
    """``secrets A, B; variables C``."""
    return "; ".join(
        f"{_PLURALS[kind]} {', '.join(name for one, name in names if one is kind)}"
        for kind in Kind
        if any(one is kind for one, _ in names)
    )
