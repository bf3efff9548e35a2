"""The graph of a workflow's jobs, and which of them a person asked for.

In: a typed workflow (the parser has refused unknown needs and cycles). Out: nodes with their needs, an order, and
selections by name or by what failed before. It knows nothing of how a job runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from sluice.events.model import Result
from sluice.plan.graph.expansion import written_runs
from sluice.plan.graph.model import Graph, JobNode
from sluice.plan.graph.naming import node_of, what_there_is
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import UsageError
from sluice.source.numbers import whole_number
from sluice.source.suggestions import did_you_mean
from sluice.workflow.model import Job, NormalJob, Workflow


class Selection(Struct, frozen=True, kw_only=True):
    """What of a graph is to run. A node that ``legs`` names runs only those job runs, any other all of them."""

    nodes: frozenset[str]
    legs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def takes(self, node: str) -> bool:
        """Whether this node runs at all."""
        return node in self.nodes

    def takes_run(self, node: str, run: str) -> bool:
        """Whether this job run of the node runs."""
        return self.takes(node) and run in self.legs.get(node, frozenset({run}))


def find_job_problems(workflow: Workflow) -> list[Diagnostic]:
    """What GitHub says of jobs that would do nothing, once the file itself is right."""
    idle = [job for job in workflow.jobs.values() if isinstance(job, NormalJob) and not job.steps]
    if not idle:
        return []
    named = ", ".join(job.id for job in idle)
    message = f"No steps defined in `steps` and no workflow called in `uses` for the following jobs: {named}"
    return [Diagnostic(span=idle[0].place or idle[0].span, rule="steps", message=message)]


def build_graph(workflow: Workflow, prefix: str = "") -> Graph:
    """The graph of one workflow; ``prefix`` is the job-run key of the job that calls it, ``''`` at the top.

    Job ids ignore case in ``needs``, as on GitHub.
    """
    keys = {name.lower(): _key(prefix, name) for name in workflow.jobs}
    nodes = (_node(job, keys) for job in workflow.jobs.values())
    return Graph(workflow=workflow, prefix=prefix, nodes={node.key: node for node in nodes})


def topological_order(graph: Graph) -> tuple[str, ...]:
    """Every key after the keys it needs, otherwise in file order."""
    placed: dict[str, None] = {}
    waiting = list(graph.nodes)
    while waiting:
        ready = [key for key in waiting if all(need in placed for need in graph.nodes[key].needs)]
        if not ready:
            raise ValueError(f"needs form a cycle among {', '.join(waiting)}")
        placed.update(dict.fromkeys(ready))
        waiting = [key for key in waiting if key not in placed]
    return tuple(placed)


def dependents(graph: Graph, keys: Iterable[str]) -> frozenset[str]:
    """Every node that depends on one of ``keys``, however far down; without ``keys`` themselves."""
    sources = frozenset(keys)
    return frozenset(key for key in graph.nodes if key not in sources and graph.ancestors(key) & sources)


def select_jobs(graph: Graph, names: Iterable[str], *, with_needs: bool) -> Selection:
    """The jobs that ``names`` ask for: an id (``test``) or one leg of a matrix (``test.2``).

    With ``with_needs`` also everything they depend on. Raises ``UsageError`` naming what there is.
    """
    nodes: set[str] = set()
    legs: dict[str, set[str]] = {}
    whole: set[str] = set()
    for name in names:
        node, run = _find(graph, name)
        nodes.add(node)
        if run is None:
            whole.add(node)
        else:
            legs.setdefault(node, set()).add(run)
    needed = frozenset().union(*(graph.ancestors(node) for node in nodes)) if with_needs else frozenset()
    return Selection(
        nodes=frozenset(nodes) | needed,
        legs={node: frozenset(runs) for node, runs in legs.items() if node not in whole | needed},
    )


def select_failed(graph: Graph, conclusions: Mapping[str, Result]) -> Selection:
    """What ``rerun --failed`` repeats: the job runs that failed or were cancelled, and all that depends on them.

    ``conclusions`` has the job-run keys (or node keys) of an earlier attempt, nested ones too; legs that succeeded
    are left alone, as on GitHub. A job that calls a workflow is repeated when one of the jobs below it failed; ask
    again with the called workflow's own graph to know which.
    """
    failed: dict[str, set[str]] = {}
    for key, conclusion in conclusions.items():
        run = _run_within(graph, key)
        if run is not None and conclusion in {"failure", "cancelled"}:
            failed.setdefault(node_of(run), set()).add(run)
    legs = {
        node: frozenset(runs)
        for node, runs in failed.items()
        if runs != {node} and not graph.ancestors(node) & failed.keys()
    }
    return Selection(nodes=frozenset(failed) | dependents(graph, failed), legs=legs)


def _key(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name


def _node(job: Job, keys: Mapping[str, str]) -> JobNode:
    return JobNode(key=keys[job.id.lower()], job=job, needs=tuple(keys[need.value.lower()] for need in job.needs))


def _find(graph: Graph, name: str) -> tuple[str, str | None]:
    """The node that a name stands for, and its job run when it names a leg."""
    known = {node.key.lower(): node.key for node in graph.nodes.values()}
    if name.lower() in known:
        return known[name.lower()], None
    base, dot, leg = name.rpartition(".")
    number = whole_number(leg)
    if dot and number is not None and base.lower() in known:
        node = known[base.lower()]
        run = f"{node}.{number}"
        there = written_runs(graph.nodes[node])
        if there is not None and run not in there:
            raise UsageError(f"there is no job '{name}' in this workflow", hint=what_there_is(there))
        return node, run
    raise _unknown(name, tuple(graph.nodes))


def known_jobs(graph: Graph, names: Iterable[str]) -> tuple[str, ...]:
    """The names that jobs, or legs of a matrix, of this graph may have."""
    known = {node.lower() for node in graph.nodes}
    return tuple(name for name in names if name.lower() in known or name.rpartition(".")[0].lower() in known)


def _unknown(name: str, there: tuple[str, ...]) -> UsageError:
    hint = did_you_mean(name, there) or f"the jobs are: {', '.join(there)}"
    return UsageError(f"there is no job '{name}' in this workflow", hint=hint)


def _run_within(graph: Graph, key: str) -> str | None:
    """The job-run key at this graph's level that ``key`` is or lies below; ``None`` when it is elsewhere."""
    start = f"{graph.prefix}/" if graph.prefix else ""
    if not key.startswith(start):
        return None
    run = start + key.removeprefix(start).split("/", 1)[0]
    return run if node_of(run) in graph.nodes else None
