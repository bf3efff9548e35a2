"""Workflows that jobs call, of this repository and of others: read once, before anything starts.

A ``./`` path in a workflow of another repository means that repository at the same ref.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from sluice.actions.repositories import Remote, Repositories, inside, parse_remote, with_own_actions
from sluice.app.workflows.repository import check_workflow, display_name, read_text
from sluice.plan.graph.building import build_graph
from sluice.plan.graph.model import Graph
from sluice.plan.graph.origin import CalledWorkflow, Origin
from sluice.source.diagnostics import Diagnostic, Severity, has_errors
from sluice.source.errors import InvalidInputError, UnavailableError
from sluice.workflow.calling import Granted, asked, check_call, granted
from sluice.workflow.model import Job, Located, NormalJob, ReusableJob, Workflow

DEEPEST = 10
MOST = 50
"""How deep calls may go and how many workflows one may call (docs.github.com: reusable workflows, limits)."""
_FOLDER = ".github/workflows/"


class CalledWorkflows:
    """The workflows reachable from one, by the ``uses`` that names them; ``own`` is where that one comes from."""

    def __init__(self, root: Path, repositories: Repositories, own: Origin) -> None:
        self._root = root
        self._repositories = repositories
        self._own = own
        self._known: dict[str, CalledWorkflow] = {}
        self._missing: dict[str, UnavailableError] = {}
        self._remotes: dict[str, Remote] = {}

    def find(self, caller: str, uses: str) -> CalledWorkflow:
        """The workflow that ``uses`` names in the file ``caller``, which ``check`` has read.

        Raises ``UnavailableError`` where it could not be had.
        """
        name = self._name(caller, uses)
        if name in self._missing:
            raise self._missing[name]
        return self._known[name]

    def workflow(self, caller: str, uses: str) -> Workflow | None:
        """What ``uses`` calls in the file ``caller``; ``None`` where it could not be had."""
        known = self._known.get(self._name(caller, uses))
        return known.workflow if known else None

    def check(self, workflow: Workflow) -> None:
        """Read everything that ``workflow`` calls, however deep. Raises ``InvalidInputError``.

        What can't be had fails only the job that calls it, when its turn comes, as with an action.
        """
        found = self.problems(workflow)
        if has_errors(found):
            raise InvalidInputError(found)

    def problems(self, workflow: Workflow) -> list[Diagnostic]:
        """The same as diagnostics; a workflow that can't be had is told as not checked."""
        return list(self._check(workflow, granted("Write"), 1))

    def graphs(self, graph: Graph) -> Iterator[Graph]:
        """The graphs of the workflows that a graph's jobs call, however deep, as far as they were read."""
        for key, node in graph.nodes.items():
            if isinstance(node.job, ReusableJob):
                called = self._known.get(self._name(graph.workflow.file, node.job.uses.value))
                if called is not None:
                    below = build_graph(called.workflow, prefix=key)
                    yield below
                    yield from self.graphs(below)

    def _name(self, caller: str, uses: str) -> str:
        """``./`` paths as the files that they are: of this repository, or ``owner/name/path@ref``."""
        path, remote = uses.removeprefix("./"), self._remotes.get(caller)
        return f"{remote.repository}/{path}@{remote.ref}" if remote is not None and path != uses else path

    def _check(self, workflow: Workflow, above: Granted, depth: int) -> Iterator[Diagnostic]:
        for job in workflow.jobs.values():
            if not isinstance(job, ReusableJob) or "${{" in job.uses.value:  # which the parser refuses
                continue
            try:
                called = self._read(workflow.file, job.uses, depth)
            except InvalidInputError as error:
                yield from error.diagnostics
            except UnavailableError as error:
                yield _not_checked(job.uses, error)
            else:
                allowed = asked(job.permissions or workflow.permissions, above)
                yield from check_call(job, workflow, called.workflow, allowed)
                if "workflow_call" in called.workflow.triggers:  # what can't be called at all goes no deeper
                    yield from self._check(called.workflow, allowed, depth + 1)

    def _read(self, caller: str, uses: Located[str], depth: int) -> CalledWorkflow:
        if depth > DEEPEST:
            raise InvalidInputError([_found(uses, f"Nested reusable workflow depth exceeded {DEEPEST}.")])
        name = self._name(caller, uses.value)
        if name in self._missing:
            raise self._missing[name]
        if name not in self._known:
            if len(self._known) == MOST:
                raise InvalidInputError([_found(uses, f"More than {MOST} reusable workflows are called")])
            here = caller not in self._remotes and uses.value.startswith("./")
            self._known[name] = self._from_here(name, uses) if here else self._from_remote(name, uses)
        return self._known[name]

    def _from_here(self, path: str, uses: Located[str]) -> CalledWorkflow:
        _check_path(path, uses)
        file = inside(self._root, path, uses.value)
        workflow = _parse(file, display_name(self._root, file), uses)
        return CalledWorkflow(workflow=workflow, origin=replace(self._own, path=path))

    def _from_remote(self, name: str, uses: Located[str]) -> CalledWorkflow:
        if "@" not in name:
            raise InvalidInputError([_found(uses, "invalid value workflow reference: no version specified")])
        remote = self._remotes[name] = parse_remote(name)
        _check_path(remote.path, uses)
        try:
            fetched = self._repositories.find(remote, "workflow")
        except UnavailableError as error:
            self._missing[name] = error
            raise
        workflow = _parse(inside(fetched.folder, remote.path, name), name, uses)
        pinned = replace(remote, ref=fetched.commit or remote.ref)
        origin = Origin(repository=remote.repository, path=remote.path, ref=remote.ref, sha=fetched.commit or "")
        return CalledWorkflow(workflow=_with_own_actions(workflow, pinned), origin=origin)


def _check_path(path: str, uses: Located[str]) -> None:
    if "@" in path:
        message = "cannot specify version when calling local workflows"
    elif not path.startswith(_FOLDER):
        message = "references to workflows must be rooted in '.github/workflows'"
    elif "/" in path.removeprefix(_FOLDER):
        message = "workflows must be defined at the top level of the .github/workflows/ directory"
    elif not path.endswith((".yml", ".yaml")):
        message = "a workflow's file ends in .yml or .yaml"
    else:
        return
    raise InvalidInputError([_found(uses, f"invalid value workflow reference: {message}")])


def _parse(path: Path, name: str, uses: Located[str]) -> Workflow:
    if not path.is_file():
        raise InvalidInputError([_found(uses, f"workflow was not found: {uses.value}")])
    workflow, found = check_workflow(read_text(path), name)
    if workflow is None or has_errors(found):
        raise InvalidInputError(found)
    return workflow


def _with_own_actions(workflow: Workflow, remote: Remote) -> Workflow:
    """``$/path`` means the workflow's own repository, at the commit that the workflow was read at."""
    jobs = {name: _job_with_own_actions(job, remote) for name, job in workflow.jobs.items()}
    return replace(workflow, jobs=jobs)


def _job_with_own_actions(job: Job, remote: Remote) -> Job:
    if not isinstance(job, NormalJob):
        return job
    return replace(job, steps=with_own_actions(job.steps, remote))


def _found(uses: Located[str], message: str) -> Diagnostic:
    return Diagnostic(span=uses.span, rule="called-workflow", message=message)


def _not_checked(uses: Located[str], error: UnavailableError) -> Diagnostic:
    message = f"The call of '{uses.value}' was not checked: {error.message}"
    return Diagnostic(span=uses.span, rule="not-checked", message=message, severity=Severity.NOTICE, hint=error.hint)
