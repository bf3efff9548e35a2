"""The graph of a run's jobs, each as it ended. In: a run's state. Out: SVG."""

from __future__ import annotations

from markupsafe import Markup

from sluice.events.state import JobState, NodeState, RunState
from sluice.plan.drawing.view import GraphView, NodeView
from sluice.views.run.outline import job_seconds, job_state, own_name
from sluice.views.run.phrases import count_states, state_word
from sluice.views.text.lines import label
from sluice.views.text.wording import duration

_WORST_FIRST = ("failure", "running", "waiting", "cancelled", "tolerated", "pending", "success", "skipped")
_STATUSES = {"pending": "queued", "tolerated": "success"}


def draw_graph(state: RunState, *, style: bool = True) -> Markup:
    """Every node, those of a called workflow in the place of their caller; nothing for a run of a single job.

    Without ``style`` the colours are those of the page's own style sheet.
    """
    view = graph_view(state)
    if len(view.nodes) < 2:
        return Markup()
    from sluice.plan.drawing.svg import draw_svg

    return Markup(draw_svg(view, background=False, style=style))  # noqa: S704  # the drawing escapes every text it is given


def graph_view(state: RunState) -> GraphView:
    """The nodes of the run as a picture wants them."""
    return _level(state, state.nodes_below(), "")


def _level(state: RunState, nodes: list[NodeState], prefix: str) -> GraphView:
    parts = {node.key: _part(state, node, prefix) for node in nodes}
    edges = [edge for part in parts.values() for edge in part.edges]
    starts = {key: _ends(part, 1) for key, part in parts.items()}
    stops = {key: _ends(part, 0) for key, part in parts.items()}
    for node in nodes:
        known = [need for need in node.needs if need in parts]
        edges += [(stop, start) for need in known for stop in stops[need] for start in starts[node.key]]
    return GraphView(nodes=tuple(one for part in parts.values() for one in part.nodes), edges=tuple(edges))


def _part(state: RunState, node: NodeState, prefix: str) -> GraphView:
    """What stands for one node: itself, or the jobs of the workflow that its only run calls."""
    runs = state.runs_of(node.key)
    name = own_name(state, node, node.name) or label(node.key)
    if len(runs) == 1 and runs[0].nodes:
        return _level(state, state.nodes_below(runs[0].key), f"{prefix}{name} / ")
    return GraphView(nodes=(_node(state, node, runs, prefix + name),), edges=())


def _node(state: RunState, node: NodeState, runs: list[JobState], name: str) -> NodeView:
    states = [job_state(state, job) for job in runs]
    found = next((one for one in _WORST_FIRST if one in states), "pending")
    return NodeView(
        key=node.key,
        label=name,
        status=_STATUSES.get(found, found),
        detail=_detail(state, runs, states),
        stacked=len(runs) > 1,
    )


def _detail(state: RunState, runs: list[JobState], states: list[str]) -> str:
    if len(runs) > 1:
        return count_states(states)
    took = duration(job_seconds(state, runs[0], state.time)) if runs else ""
    return took or (state_word(states[0]) if states else "")


def _ends(part: GraphView, side: int) -> list[str]:
    """The nodes of a part that no edge of its own enters (side 1) or leaves (side 0)."""
    linked = {edge[side] for edge in part.edges}
    return [node.key for node in part.nodes if node.key not in linked]
