"""Workflows that jobs call: read once, before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sluice.app.repository import read_workflows
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import InvalidInputError, UnavailableError
from sluice.workflow.calling import Granted, asked, check_call, granted
from sluice.workflow.model import Located, ReusableJob, Workflow

DEEPEST = 10


class CalledWorkflows:
    """The workflows reachable from one, by the ``uses`` that names them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Workflow] = {}

    def find(self, caller: str, uses: str) -> Workflow:  # noqa: ARG002 (a remote caller's own folder will matter)
        """The workflow that ``uses`` names in the file ``caller``."""
        return self._known[uses]

    def check(self, workflow: Workflow) -> None:
        """Read everything that ``workflow`` calls, however deep. Raises ``InvalidInputError``."""
        found = list(self._check(workflow, granted("Write"), 1))
        if found:
            raise InvalidInputError(found)

    def _check(self, workflow: Workflow, above: Granted, depth: int) -> Iterator[Diagnostic]:
        for job in workflow.jobs.values():
            if not isinstance(job, ReusableJob):
                continue
            if depth > DEEPEST:
                raise InvalidInputError([_found(job.uses, f"Nested reusable workflow depth exceeded {DEEPEST}.")])
            self._read(job.uses)
            called, allowed = self._known[job.uses.value], asked(job.permissions or workflow.permissions, above)
            yield from check_call(job, workflow, called, allowed)
            yield from self._check(called, allowed, depth + 1)

    def _read(self, uses: Located[str]) -> None:
        if uses.value in self._known:
            return
        if not uses.value.startswith("./"):
            raise UnavailableError(f"The workflow '{uses.value}' is in another repository")
        path = self._root / uses.value.removeprefix("./")
        if not path.is_file():
            raise InvalidInputError([_found(uses, f"workflow was not found: {uses.value}")])
        (read,) = read_workflows(self._root, [path])
        self._known[uses.value] = read.workflow


def _found(uses: Located[str], message: str) -> Diagnostic:
    return Diagnostic(span=uses.span, rule="called-workflow", message=message)
