"""What would run, as graphs: each workflow with those that its jobs call. In: files. Out: views to draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from sluice.actions.repositories import Repositories
from sluice.app.root import find_root
from sluice.app.settings import load_settings
from sluice.app.workflows.calls import CalledWorkflows
from sluice.app.workflows.other_repositories import other_repositories
from sluice.app.workflows.repository import ReadWorkflow, find_files, read_workflows
from sluice.plan.drawing.view import GraphView, view_of
from sluice.plan.graph.building import build_graph
from sluice.plan.graph.matrix import literal_problems
from sluice.plan.graph.origin import Origin
from sluice.source.diagnostics import Diagnostic, has_errors
from sluice.source.errors import InvalidInputError
from sluice.store.places import find_places
from sluice.workflow.model import Workflow


def plan_graphs(start: Path, paths: Iterable[str], *, offline: bool) -> tuple[list[GraphView], list[Diagnostic]]:
    """A view of each workflow, and notices of calls that could not be followed. Raises ``InvalidInputError``."""
    root = find_root(start)
    repositories = other_repositories(root, load_settings(root), find_places(), offline=offline)
    views, notices = [], []
    for read in read_workflows(root, find_files(root, paths)):
        calls = calls_before_a_run(root, read.file, repositories)
        found = [*calls.problems(read.workflow), *_matrix_problems(read.workflow)]
        if has_errors(found):
            raise InvalidInputError(found)
        views.append(_view(read, calls))
        notices += found
    return views, notices


def calls_before_a_run(root: Path, file: str, repositories: Repositories) -> CalledWorkflows:
    """What a workflow calls, while no event has given it a ref and a commit."""
    return CalledWorkflows(root, repositories, Origin(repository="", path=file, ref="", sha=""))


def _matrix_problems(workflow: Workflow) -> Iterator[Diagnostic]:
    """What each written-out matrix would end its job with."""
    for job in workflow.jobs.values():
        if job.strategy is not None and job.strategy.matrix is not None:
            yield from literal_problems(job.strategy.matrix)


def _view(read: ReadWorkflow, calls: CalledWorkflows) -> GraphView:
    graph = build_graph(read.workflow)
    return replace(view_of(graph, called=tuple(calls.graphs(graph))), title=read.file)
